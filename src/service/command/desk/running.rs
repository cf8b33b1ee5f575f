//! The desk of the running service: its API.

use std::time::Duration;

use async_trait::async_trait;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

use crate::model::view::{
    CorrectionView, DeliveryView, EnabledView, ErasedView, FeedStateView, ListView, MatchListView,
    NewTokenView, ReceiverTestView, ReceiverView, ReplayView, RoutingView, SearchView,
    StoryDetailView, StoryListView, TokenView,
};
use crate::model::{
    DeliveryId, FeedId, Languages, MatchId, Mute, MuteId, MuteMode, Role, Secret, StoryId,
    StoryNews, Subject, duration_text,
};
use crate::review::api::{
    ErasureRequest, FeedAddedView, FeedRequest, MuteRequest, PollRequest, ReplayOneRequest,
    ReplayRequest, UndoView,
};
use crate::review::{FeedAdded, MuteWish, NewFeed, ReplayMode, ReplayOrder, ReplayWhat, Urgency};
use crate::service::client::{Call, Client};
use crate::service::command::desk::{
    Desk, Said, SearchRequest, Take, no_article, no_delivery, no_feed, no_match, no_mute,
    no_receiver, no_story, no_subject, no_token,
};
use crate::service::{Exit, Failure};
use crate::store::{
    Compacted, Correction, Counts, DeliveryFilter, DeliveryPhase, Judged, MatchFilter, Page,
    PageRequest, StoryFilter, VerifyReport,
};

/// A million keys are copied in less than a minute; the service keeps a connection for ten.
const COMPACT_PATIENCE: Duration = Duration::from_mins(10);

/// A hundred thousand alerts are moved in about a minute.
const REPLAY_PATIENCE: Duration = Duration::from_mins(10);

/// Everything is read twice, and a store may be large.
const VERIFY_PATIENCE: Duration = Duration::from_hours(6);

/// The desk of the running service.
pub(super) struct RunningDesk {
    pub(super) client: Client,
}

/// One parameter of a query; none if it is not asked for.
type Parameter = Option<(&'static str, String)>;

impl RunningDesk {
    async fn page<T: DeserializeOwned>(
        &self,
        what: &str,
        filter: impl IntoIterator<Item = Parameter>,
        page: PageRequest,
    ) -> Result<Page<T>, Failure> {
        self.page_in(what, filter, page, &Languages::default()).await
    }

    async fn page_in<T: DeserializeOwned>(
        &self,
        what: &str,
        filter: impl IntoIterator<Item = Parameter>,
        page: PageRequest,
        languages: &Languages,
    ) -> Result<Page<T>, Failure> {
        let mut query: Vec<_> = filter.into_iter().flatten().collect();
        query.push(("limit", page.limit.to_string()));
        query.extend(page.after.map(|after| ("after", after)));
        let languages = languages.clone();
        let call = Call { path: &["api", "v1", what], query, languages, ..Call::default() };
        let listed: ListView<T> = self.client.get(call).await?.ok_or_else(|| no_route(what))?;
        Ok(Page { items: listed.items, next: listed.next })
    }

    /// A list that never has more than one page.
    async fn all<T: DeserializeOwned>(&self, what: &str) -> Result<Vec<T>, Failure> {
        let call = Call { path: &["api", "v1", what], ..Call::default() };
        let listed: ListView<T> = self.client.get(call).await?.ok_or_else(|| no_route(what))?;
        Ok(listed.items)
    }

    async fn one<T: DeserializeOwned>(&self, what: &str, id: &str) -> Result<Option<T>, Failure> {
        self.client.get(Call { path: &["api", "v1", what, id], ..Call::default() }).await
    }

    async fn order_feed(&self, id: FeedId, what: &str, body: Option<Value>) -> Result<(), Failure> {
        let path = ["api", "v1", "feeds", &id.to_string(), what];
        done(self.client.post(Call { path: &path, body, ..Call::default() }).await?, || no_feed(id))
    }
}

#[async_trait]
impl Desk for RunningDesk {
    async fn matches(
        &self,
        filter: &MatchFilter,
        page: PageRequest,
    ) -> Result<Page<MatchListView>, Failure> {
        let MatchFilter { feed, language, story, since, verdict } = filter;
        let query = [
            feed.map(|it| ("feed", it.to_string())),
            language.map(|it| ("language", it.to_string())),
            story.map(|it| ("story", it.to_string())),
            since.map(|it| ("since", it.to_string())),
            verdict.map(verdict_parameter),
        ];
        self.page("matches", query, page).await
    }

    async fn search(
        &self,
        search: &SearchRequest,
        page: PageRequest,
    ) -> Result<SearchView, Failure> {
        let SearchRequest { words, filter, order } = search;
        let query = [
            Some(("q", words.clone())).filter(|(_, words)| !words.is_empty()),
            filter.language.map(|it| ("language", it.to_string())),
            filter.side.map(|it| ("side", it.to_string())),
            filter.aspect.map(|it| ("aspect", it.to_string())),
            filter.feed.map(|it| ("feed", it.to_string())),
            filter.verdict.map(verdict_parameter),
            filter.score_min.map(|it| ("score_min", it.value().to_string())),
            filter.score_max.map(|it| ("score_max", it.value().to_string())),
            filter.since.map(|it| ("since", it.to_string())),
            filter.until.map(|it| ("until", it.to_string())),
            Some(("order", order.to_string())),
            Some(("limit", page.limit.to_string())),
            page.after.map(|after| ("after", after)),
        ];
        let query = query.into_iter().flatten().collect();
        let call = Call { path: &["api", "v1", "search"], query, ..Call::default() };
        self.client.get(call).await?.ok_or_else(|| no_route("search"))
    }

    async fn matched(&self, id: MatchId) -> Result<MatchListView, Failure> {
        self.one("matches", &id.to_string()).await?.ok_or_else(|| no_match(id))
    }

    async fn erase(&self, id: MatchId, reason: &str) -> Result<ErasedView, Failure> {
        let path = ["api", "v1", "matches", &id.to_string(), "erase"];
        let body = Some(json!(ErasureRequest { reason: reason.to_owned() }));
        let call = Call { path: &path, body, ..Call::default() };
        self.client.post(call).await?.ok_or_else(|| no_match(id))
    }

    async fn stories(
        &self,
        filter: &StoryFilter,
        page: PageRequest,
        languages: &Languages,
    ) -> Result<Page<StoryListView>, Failure> {
        let StoryFilter { verdict, language, since } = filter;
        let query = [
            verdict.map(verdict_parameter),
            language.map(|it| ("language", it.to_string())),
            since.map(|it| ("since", it.to_string())),
        ];
        self.page_in("stories", query, page, languages).await
    }

    async fn story(&self, id: StoryId, languages: &Languages) -> Result<StoryDetailView, Failure> {
        let path = ["api", "v1", "stories", &id.to_string()];
        let call = Call { path: &path, languages: languages.clone(), ..Call::default() };
        self.client.get(call).await?.ok_or_else(|| no_story(id))
    }

    async fn correct(
        &self,
        from: StoryId,
        correction: Correction,
    ) -> Result<CorrectionView, Failure> {
        let (what, body) = match correction {
            Correction::Move { matches, to } => ("move", json!({ "matches": matches, "to": to })),
            Correction::Split { matches } => ("split", json!({ "matches": matches })),
            Correction::Merge { into, .. } => ("merge", json!({ "into": into })),
        };
        let path = ["api", "v1", "stories", &from.to_string(), what];
        let call = Call { path: &path, body: Some(body), ..Call::default() };
        self.client.post(call).await?.ok_or_else(|| no_story(from))
    }

    async fn undo(&self) -> Result<UndoView, Failure> {
        let call = Call { path: &["api", "v1", "undo"], ..Call::default() };
        self.client.post(call).await?.ok_or_else(|| no_route("undo"))
    }

    async fn review(&self, subject: Subject, said: Said) -> Result<(), Failure> {
        let (what, id) = match subject {
            Subject::Match(id) => ("matches", id.to_string()),
            Subject::Story(id) => ("stories", id.to_string()),
        };
        let mut body = json!({ "verdict": said.verdict });
        if let Some(note) = said.note {
            body["note"] = json!(note);
        }
        let path = ["api", "v1", what, &id, "review"];
        let call = Call { path: &path, body: Some(body), ..Call::default() };
        done(self.client.post(call).await?, || no_subject(subject))
    }

    async fn feeds(&self) -> Result<Vec<FeedStateView>, Failure> {
        self.all("feeds").await
    }

    async fn add_feed(&self, feed: NewFeed) -> Result<FeedAdded, Failure> {
        let request = FeedRequest {
            url: feed.url.to_string(),
            title: feed.title,
            side: Some(feed.side),
            language: feed.language,
            kind: Some(feed.kind),
            every: feed.every.map(duration_text::write),
            selectors: feed.selectors,
            paused: feed.is_paused,
        };
        let call =
            Call { path: &["api", "v1", "feeds"], body: Some(json!(request)), ..Call::default() };
        let added: Option<FeedAddedView> = self.client.post(call).await?;
        let FeedAddedView { id, added } = added.ok_or_else(|| no_route("feeds"))?;
        Ok(FeedAdded { id, is_new: added })
    }

    async fn remove_feed(&self, id: FeedId) -> Result<(), Failure> {
        let path = ["api", "v1", "feeds", &id.to_string()];
        let call = Call { path: &path, ..Call::default() };
        done(self.client.delete(call).await?, || no_feed(id))
    }

    async fn pause_feed(&self, id: FeedId) -> Result<(), Failure> {
        self.order_feed(id, "pause", None).await
    }

    async fn resume_feed(&self, id: FeedId) -> Result<(), Failure> {
        self.order_feed(id, "resume", None).await
    }

    async fn poll_feed(&self, id: FeedId, urgency: Urgency) -> Result<(), Failure> {
        let request = PollRequest { force: urgency == Urgency::Forced };
        self.order_feed(id, "poll", Some(json!(request))).await
    }

    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<DeliveryView>, Failure> {
        let DeliveryFilter { receiver, phase, kind, since, until } = filter;
        let query = [
            receiver.clone().map(|it| ("receiver", it)),
            phase.map(|it| ("state", phase_word(it).to_owned())),
            kind.map(|it| ("kind", it.to_string())),
            since.map(|it| ("since", it.to_string())),
            until.map(|it| ("until", it.to_string())),
        ];
        self.page("deliveries", query, page).await
    }

    async fn delivery(&self, id: DeliveryId) -> Result<DeliveryView, Failure> {
        self.one("deliveries", &id.to_string()).await?.ok_or_else(|| no_delivery(id))
    }

    async fn routing(&self, id: MatchId, tells: StoryNews) -> Result<RoutingView, Failure> {
        let path = ["api", "v1", "matches", &id.to_string(), "route"];
        let query = vec![("kind", tells.to_string())];
        let call = Call { path: &path, query, ..Call::default() };
        self.client.get(call).await?.ok_or_else(|| no_article(id))
    }

    async fn replay(&self, order: &ReplayOrder) -> Result<ReplayView, Failure> {
        let dry_run = order.mode == ReplayMode::Show;
        let (id, body) = match &order.what {
            ReplayWhat::One(id) => (Some(id.to_string()), json!(ReplayOneRequest { dry_run })),
            ReplayWhat::Several { receiver, since, until, only_dead } => {
                let (since, until, dead) = (*since, *until, *only_dead);
                let receiver = receiver.clone();
                (None, json!(ReplayRequest { receiver, since, until, dead, dry_run }))
            }
        };
        let mut path = vec!["api", "v1", "deliveries"];
        path.extend(id.as_deref());
        path.push("replay");
        let body = Some(body);
        let call = Call { path: &path, body, patience: REPLAY_PATIENCE, ..Call::default() };
        let replayed = self.client.post(call).await?;
        replayed.ok_or_else(|| match &order.what {
            ReplayWhat::One(id) => no_delivery(*id),
            ReplayWhat::Several { receiver, .. } => {
                no_receiver(receiver.as_deref().unwrap_or_default())
            }
        })
    }

    async fn receivers(&self) -> Result<Vec<ReceiverView>, Failure> {
        self.all("receivers").await
    }

    async fn enable_receiver(&self, name: &str) -> Result<EnabledView, Failure> {
        let path = ["api", "v1", "receivers", name, "enable"];
        let call = Call { path: &path, patience: REPLAY_PATIENCE, ..Call::default() };
        self.client.post(call).await?.ok_or_else(|| no_receiver(name))
    }

    async fn mute(&self, wish: MuteWish) -> Result<Mute, Failure> {
        let unknown = |wish: &MuteWish| match (&wish.receiver, wish.story) {
            (Some(name), None) => no_receiver(name),
            (None, Some(id)) => no_story(id),
            _ => Failure::because(Exit::NoInput, "no such receiver or story"),
        };
        let request = MuteRequest {
            receiver: wish.receiver.clone(),
            story: wish.story,
            duration: None,
            until: Some(wish.until),
            unless_score: wish.unless_score,
            drop: wish.mode == MuteMode::Drop,
            reason: wish.reason.clone(),
        };
        let body = Some(json!(request));
        let call = Call { path: &["api", "v1", "mutes"], body, ..Call::default() };
        self.client.post(call).await?.ok_or_else(|| unknown(&wish))
    }

    async fn mutes(&self) -> Result<Vec<Mute>, Failure> {
        self.all("mutes").await
    }

    async fn unmute(&self, id: MuteId) -> Result<(), Failure> {
        let path = ["api", "v1", "mutes", &id.to_string()];
        let call = Call { path: &path, patience: REPLAY_PATIENCE, ..Call::default() };
        done(self.client.delete(call).await?, || no_mute(id))
    }

    async fn test_receiver(&self, name: &str) -> Result<ReceiverTestView, Failure> {
        let path = ["api", "v1", "receivers", name, "test"];
        let call = Call { path: &path, ..Call::default() };
        self.client.post(call).await?.ok_or_else(|| no_receiver(name))
    }

    async fn tokens(&self) -> Result<Vec<TokenView>, Failure> {
        self.all("tokens").await
    }

    async fn create_token(&self, name: &str, role: Role) -> Result<Secret<String>, Failure> {
        let body = json!({ "name": name, "role": role });
        let call = Call { path: &["api", "v1", "tokens"], body: Some(body), ..Call::default() };
        let made: NewTokenView = self.client.post(call).await?.ok_or_else(|| no_route("tokens"))?;
        Ok(Secret::new(made.token))
    }

    async fn revoke_token(&self, name: &str) -> Result<(), Failure> {
        let path = ["api", "v1", "tokens", name];
        let call = Call { path: &path, ..Call::default() };
        done(self.client.delete(call).await?, || no_token(name))
    }

    async fn counts(&self) -> Result<Counts, Failure> {
        let call = Call { path: &["api", "v1", "stats"], ..Call::default() };
        self.client.get(call).await?.ok_or_else(|| no_route("stats"))
    }

    async fn compact(&self) -> Result<Compacted, Failure> {
        let path = ["api", "v1", "store", "compact"];
        let call = Call { path: &path, patience: COMPACT_PATIENCE, ..Call::default() };
        self.client.post(call).await?.ok_or_else(|| no_route("store/compact"))
    }

    async fn backup(&self, take: Take<'_>) -> Result<(), Failure> {
        let call = Call { path: &["api", "v1", "store", "backup"], ..Call::default() };
        self.client.download(call, take).await
    }

    async fn verify(&self) -> Result<VerifyReport, Failure> {
        let path = ["api", "v1", "store", "verify"];
        let call = Call { path: &path, patience: VERIFY_PATIENCE, ..Call::default() };
        self.client.post(call).await?.ok_or_else(|| no_route("store/verify"))
    }
}

/// What an order answers is of no interest.
fn done(answer: Option<IgnoredAny>, unknown: impl FnOnce() -> Failure) -> Result<(), Failure> {
    answer.map(|_| ()).ok_or_else(unknown)
}

fn verdict_parameter(verdict: Judged) -> (&'static str, String) {
    let word = match verdict {
        Judged::Open => "open",
        Judged::As(verdict) => verdict.as_str(),
    };
    ("verdict", word.to_owned())
}

fn phase_word(phase: DeliveryPhase) -> &'static str {
    match phase {
        DeliveryPhase::Pending => "pending",
        DeliveryPhase::Delivered => "delivered",
        DeliveryPhase::Dead => "dead",
    }
}

/// The service is of another version than this command.
fn no_route(what: &str) -> Failure {
    let words = format_args!("the running service knows nothing of {what}: is it another version?");
    Failure::because(Exit::Unavailable, words)
}
