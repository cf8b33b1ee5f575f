//! The desk while no service runs: the store and the configuration.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

use crate::alert;
use crate::model::view::{
    CorrectionView, DeliveryView, EnabledView, ErasedView, FeedStateView, MatchListView,
    ReceiverTestView, ReceiverView, ReplayView, RoutingView, SearchView, StoryDetailView,
    StoryListView, TokenView,
};
use crate::model::{
    ArticleId, Clock, DeliveryId, Feed, FeedId, FeedState, Languages, Match, MatchId, Mute, MuteId,
    Role, Secret, StoryId, StoryNews, Subject, SystemClock, Token,
};
use crate::review::api::UndoView;
use crate::review::{
    ControlError, FeedAdded, LOCAL_NAME, MuteWish, NewFeed, ReplayOrder, Typing, Urgency,
    check_name, found_view, hash_of, new_token, words_of,
};
use crate::service::command::Places;
use crate::service::command::desk::{
    Desk, Said, SearchRequest, Take, no_article, no_delivery, no_feed, no_match, no_receiver,
    no_story, no_subject, no_token,
};
use crate::service::command::print;
use crate::service::config::{
    load_reader, load_receivers, load_router, load_sections, state_folder,
};
use crate::service::overlay::{NotWatched, Wish, change, feed_of, with_changes};
use crate::service::receivers::{self, Configured};
use crate::service::replay::Replayer;
use crate::service::routing::WayFinder;
use crate::service::{Exit, Failure};
use crate::store::{
    Articles, Compacted, Corrected, Correction, CorrectionOrder, Corrections, Counts,
    DeliveryFilter, DiskStore, Erased, Erasure, Erasures, FeedChange, FeedList, MatchFilter, Mutes,
    Outbox, Page, PageRequest, ReviewChange, Reviews, Schedule, Search, SearchQuery, SearchState,
    SearchWord, StoreError, StoryFilter, Tokens, Upkeep, VerifyReport,
};

/// How often a command looks whether the search index is complete.
const INDEX_PAUSE: Duration = Duration::from_millis(200);

/// The store and the configuration, each read when it is needed.
pub(super) struct StoppedDesk {
    places: Places,
    store: OnceCell<DiskStore>,
}

impl StoppedDesk {
    pub(super) fn new(places: &Places) -> Self {
        Self { places: places.clone(), store: OnceCell::new() }
    }

    /// The store; it is not made if there is none.
    async fn store(&self) -> Result<&DiskStore, Failure> {
        self.store.get_or_try_init(|| self.open(DiskStore::open_existing)).await
    }

    /// The store; it is made if there is none, to keep what comes before the first run.
    async fn store_or_new(&self) -> Result<&DiskStore, Failure> {
        self.store.get_or_try_init(|| self.open(DiskStore::open)).await
    }

    /// The store; none if there is none.
    async fn store_if_any(&self) -> Result<Option<&DiskStore>, Failure> {
        match self.store().await {
            Err(error) if matches!(error.store_error(), Some(StoreError::Missing { .. })) => {
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    async fn open(
        &self,
        open: fn(&std::path::Path) -> Result<DiskStore, StoreError>,
    ) -> Result<DiskStore, Failure> {
        let folder = state_folder(self.places.state.as_deref());
        let folder = folder.map_err(|it| Failure::config(&[it]))?;
        let opened = spawn_blocking(move || open(&folder)).await;
        let opened = opened.map_err(|error| Failure::new(Exit::Task, error))?;
        Ok(opened?)
    }

    /// The configured feeds, and what was changed since.
    async fn list(&self) -> Result<(Vec<Feed>, Vec<FeedChange>), Failure> {
        let sections = load_sections(self.places.config.as_deref());
        let feeds = sections.map_err(|it| Failure::config(&it))?.feeds;
        let changes = match self.store_if_any().await? {
            Some(store) => store.feed_changes().await?,
            None => Vec::new(),
        };
        Ok((feeds, changes))
    }

    /// What is watched.
    async fn watched(&self) -> Result<Vec<Feed>, Failure> {
        let (feeds, changes) = self.list().await?;
        Ok(with_changes(&feeds, &changes))
    }

    /// Changes the list of feeds; false if there is nothing to change.
    async fn change_list(&self, wish: Wish) -> Result<bool, Failure> {
        let id = wish.feed();
        let (feeds, changes) = self.list().await?;
        match change(&feeds, &changes, wish) {
            Err(NotWatched) => Err(no_feed(id)),
            Ok(None) => Ok(false),
            Ok(Some(change)) => {
                self.store_or_new().await?.change_feed(change).await?;
                Ok(true)
            }
        }
    }

    /// None if the match has lost its article to an erasure.
    async fn view(
        &self,
        feeds: &[Feed],
        matched: &Match,
    ) -> Result<Option<MatchListView>, Failure> {
        let article = self.store().await?.article(matched.article).await?;
        let story = self.store().await?.story(matched.story).await?;
        let feed = feeds.iter().find(|feed| feed.id == matched.feed);
        let view = |article| MatchListView::new(matched, &article, feed, story.as_ref());
        Ok(article.map(view))
    }

    /// The receivers that are configured; no secret is touched.
    fn configured(&self) -> Result<Vec<Configured>, Failure> {
        let sections = load_sections(self.places.config.as_deref());
        let sections = sections.map_err(|it| Failure::config(&it))?;
        let configured = sections.receiver_configs().iter().map(|it| Configured {
            name: it.name.get_ref().clone(),
            format: it.format,
            left_alone_since: None,
        });
        Ok(configured.collect())
    }

    /// The topic's name.
    async fn topic(&self) -> Result<String, Failure> {
        let config = self.places.config.clone();
        let reader = spawn_blocking(move || load_reader(config.as_deref())).await;
        let reader = reader.map_err(|error| Failure::new(Exit::Task, error))?;
        Ok(reader.map_err(|it| Failure::config(&it))?.topic().to_owned())
    }

    /// What was typed, with the spellings that the lexicon knows.
    async fn words(&self, typed: &str) -> Result<Vec<SearchWord>, Failure> {
        if typed.trim().is_empty() {
            return Ok(Vec::new());
        }
        let config = self.places.config.clone();
        let reader = spawn_blocking(move || load_reader(config.as_deref())).await;
        let reader = reader.map_err(|error| Failure::new(Exit::Task, error))?;
        let reader = reader.map_err(|it| Failure::config(&it))?;
        let words = words_of(typed, Typing::Done, &|text| reader.names_in(text));
        words.map_err(|words| Failure::because(Exit::Data, words))
    }

    async fn token(&self, name: &str) -> Result<Option<Token>, Failure> {
        let tokens = match self.store_if_any().await? {
            Some(store) => store.tokens().await?,
            None => Vec::new(),
        };
        Ok(tokens.into_iter().find(|token| token.name == name))
    }
}

/// What could not be done, as the running service says it.
fn refused(error: ControlError) -> Failure {
    match error {
        ControlError::Unknown { what } => {
            Failure::because(Exit::NoInput, format_args!("no {what}"))
        }
        ControlError::Store(error @ StoreError::Refused { .. }) => Failure::new(Exit::Data, error),
        ControlError::Store(error) => error.into(),
        other => Failure::because(Exit::Data, other),
    }
}

#[async_trait]
impl Desk for StoppedDesk {
    async fn matches(
        &self,
        filter: &MatchFilter,
        page: PageRequest,
    ) -> Result<Page<MatchListView>, Failure> {
        let found = self.store().await?.matches(filter.clone(), page).await?;
        let feeds = self.watched().await?;
        let mut items = Vec::with_capacity(found.items.len());
        for matched in &found.items {
            items.extend(self.view(&feeds, matched).await?);
        }
        Ok(Page { items, next: found.next })
    }

    async fn search(
        &self,
        search: &SearchRequest,
        page: PageRequest,
    ) -> Result<SearchView, Failure> {
        let SearchRequest { words, filter, order } = search.clone();
        let words = self.words(&words).await?;
        let query = SearchQuery { words, filter, order };
        let store = self.store().await?;
        let refused = |error| match error {
            refused @ (StoreError::Refused { .. } | StoreError::Unknown { .. }) => {
                Failure::new(Exit::Data, refused)
            }
            other => Failure::from(other),
        };
        let mut told = 0;
        let found = loop {
            let found = store.search(query.clone(), page.clone()).await.map_err(refused)?;
            // Nobody asks twice: whoever types a command wants all of it.
            let SearchState::Building { percent } = store.search_state() else { break found };
            if told + 10 <= percent {
                told = percent;
                print::talk(format_args!("silkwire: making the search index: {percent} %"));
            }
            tokio::time::sleep(INDEX_PAUSE).await;
        };
        let feeds = self.watched().await?;
        let mut items = Vec::with_capacity(found.items.len());
        for hit in &found.items {
            let event = store.story(hit.matched.story).await?;
            let feed = feeds.iter().find(|feed| feed.id == hit.matched.feed);
            items.push(found_view(hit, feed, event.as_ref()));
        }
        Ok(SearchView { items, next: found.next, notice: store.search_state().in_words() })
    }

    async fn matched(&self, id: MatchId) -> Result<MatchListView, Failure> {
        let store = self.store().await?;
        let view = match store.matched(id).await? {
            Some(matched) => self.view(&self.watched().await?, &matched).await?,
            None => None,
        };
        if let Some(view) = view {
            return Ok(view);
        }
        let tombstone = store.tombstone(id).await?.ok_or_else(|| no_match(id))?;
        let words = format_args!("match {id}: {}", tombstone.in_words());
        Err(Failure::because(Exit::NoInput, words))
    }

    async fn erase(&self, id: MatchId, reason: &str) -> Result<ErasedView, Failure> {
        let (by, reason) = (LOCAL_NAME.to_owned(), reason.to_owned());
        let order = Erasure { id, reason, by, at: SystemClock.now() };
        match self.store().await?.erase(order).await {
            Err(StoreError::Unknown { .. }) => Err(no_match(id)),
            other => {
                let Erased { tombstone, is_new, kept_copies } = other?;
                Ok(ErasedView { tombstone, is_new, kept_copies })
            }
        }
    }

    async fn stories(
        &self,
        filter: &StoryFilter,
        page: PageRequest,
        languages: &Languages,
    ) -> Result<Page<StoryListView>, Failure> {
        let found = self.store().await?.stories(filter.clone(), page).await?;
        let view = |story| StoryListView::new(story, languages);
        Ok(Page { items: found.items.iter().map(view).collect(), next: found.next })
    }

    async fn story(&self, id: StoryId, languages: &Languages) -> Result<StoryDetailView, Failure> {
        let story = self.store().await?.current_story(id).await?.ok_or_else(|| no_story(id))?;
        let filter = MatchFilter { story: Some(story.id), ..MatchFilter::default() };
        let page = self.matches(&filter, PageRequest::first(StoryDetailView::MATCHES_MAX)).await?;
        let story = StoryListView::new(&story, languages);
        Ok(StoryDetailView { story, matches: page.items })
    }

    async fn correct(
        &self,
        from: StoryId,
        correction: Correction,
    ) -> Result<CorrectionView, Failure> {
        let order = CorrectionOrder {
            correction,
            by: LOCAL_NAME.to_owned(),
            at: SystemClock.now(),
            expected: Vec::new(),
        };
        match self.store().await?.correct(order).await {
            Err(StoreError::Unknown { .. }) => Err(no_story(from)),
            Err(refused @ StoreError::Refused { .. }) => Err(Failure::new(Exit::Data, refused)),
            other => {
                let Corrected { from, to, n_moved } = other?;
                Ok(CorrectionView::new(n_moved, &from, &to, &Languages::default()))
            }
        }
    }

    async fn undo(&self) -> Result<UndoView, Failure> {
        let undone = self.store().await?.undo(LOCAL_NAME, SystemClock.now()).await?;
        Ok(UndoView::from(undone.as_ref()))
    }

    async fn review(&self, subject: Subject, said: Said) -> Result<(), Failure> {
        let change = ReviewChange {
            subject,
            verdict: Some(said.verdict),
            note: said.note.map(|note| Some(note).filter(|note| !note.is_empty())),
            by: LOCAL_NAME.to_owned(),
            at: SystemClock.now(),
            expected: None,
        };
        match self.store().await?.review(change).await {
            Err(StoreError::Unknown { .. }) => Err(no_subject(subject)),
            other => Ok(other.map(|_| ())?),
        }
    }

    async fn feeds(&self) -> Result<Vec<FeedStateView>, Failure> {
        let feeds = self.watched().await?;
        let states = match self.store_if_any().await? {
            Some(store) => store.feed_states().await?,
            None => Vec::new(),
        };
        let states: HashMap<FeedId, FeedState> =
            states.into_iter().map(|state| (state.feed, state)).collect();
        let pairs = feeds.iter().map(|feed| (feed, states.get(&feed.id)));
        Ok(FeedStateView::all(pairs, SystemClock.now()))
    }

    async fn add_feed(&self, feed: NewFeed) -> Result<FeedAdded, Failure> {
        let feed = feed_of(feed).map_err(|words| Failure::because(Exit::Data, words))?;
        let id = feed.id;
        let is_new = self.change_list(Wish::Add(Box::new(feed))).await?;
        Ok(FeedAdded { id, is_new })
    }

    async fn remove_feed(&self, id: FeedId) -> Result<(), Failure> {
        self.change_list(Wish::Remove(id)).await.map(|_| ())
    }

    async fn pause_feed(&self, id: FeedId) -> Result<(), Failure> {
        self.change_list(Wish::Pause(id)).await.map(|_| ())
    }

    async fn resume_feed(&self, id: FeedId) -> Result<(), Failure> {
        self.change_list(Wish::Resume(id)).await.map(|_| ())
    }

    async fn poll_feed(&self, _id: FeedId, _urgency: Urgency) -> Result<(), Failure> {
        let words = "only the running service polls single feeds; `silkwire run --once` polls \
                     all that are due";
        Err(Failure::because(Exit::Unavailable, words))
    }

    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<DeliveryView>, Failure> {
        let found = self.store().await?.deliveries(filter.clone(), page).await?;
        Ok(Page { items: found.items.iter().map(DeliveryView::from).collect(), next: found.next })
    }

    async fn delivery(&self, id: DeliveryId) -> Result<DeliveryView, Failure> {
        let found = self.store().await?.delivery(id).await?.ok_or_else(|| no_delivery(id))?;
        Ok(DeliveryView::from(&found))
    }

    async fn routing(&self, id: MatchId, tells: StoryNews) -> Result<RoutingView, Failure> {
        let sections = load_sections(self.places.config.as_deref());
        let sections = sections.map_err(|it| Failure::config(&it))?;
        let feeds = self.watched().await?;
        let store = self.store().await?;
        let router = sections.guide();
        router.quiet().set_mutes(store.mutes().await?);
        let finder = WayFinder {
            router: &router,
            store,
            clock: &SystemClock,
            feed: &|id| feeds.iter().find(|feed| feed.id == id).cloned(),
        };
        if let Some(way) = finder.routing(id, tells).await? {
            return Ok(way);
        }
        let article = ArticleId::from_be_bytes(id.to_be_bytes());
        let matched = MatchId::of(&self.topic().await?, article);
        finder.routing(matched, tells).await?.ok_or_else(|| no_article(id))
    }

    async fn replay(&self, order: &ReplayOrder) -> Result<ReplayView, Failure> {
        let config = self.places.config.clone();
        let loaded = spawn_blocking(move || load_router(config.as_deref())).await;
        let loaded = loaded.map_err(|error| Failure::new(Exit::Task, error))?;
        let router = loaded.map_err(|it| Failure::config(&it))?;
        let feeds = self.watched().await?;
        let receivers: Vec<String> = self.configured()?.into_iter().map(|it| it.name).collect();
        let replayer = Replayer {
            store: self.store().await?,
            router: &router,
            receivers: &receivers,
            feed: &|id| feeds.iter().find(|feed| feed.id == id).cloned(),
            now: SystemClock.now(),
        };
        replayer.replay(order).await.map_err(refused)
    }

    async fn receivers(&self) -> Result<Vec<ReceiverView>, Failure> {
        let configured = self.configured()?;
        let store = self.store().await?;
        Ok(receivers::views(store, &configured, SystemClock.now()).await?)
    }

    async fn enable_receiver(&self, name: &str) -> Result<EnabledView, Failure> {
        if self.configured()?.iter().all(|it| it.name != name) {
            return Err(no_receiver(name));
        }
        Ok(receivers::enable(self.store().await?, name, SystemClock.now()).await?)
    }

    async fn mute(&self, wish: MuteWish) -> Result<Mute, Failure> {
        let names: Vec<String> = self.configured()?.into_iter().map(|it| it.name).collect();
        let (store, now) = (self.store_or_new().await?, SystemClock.now());
        receivers::mute(store, &names, wish, LOCAL_NAME, now).await.map_err(refused)
    }

    async fn mutes(&self) -> Result<Vec<Mute>, Failure> {
        match self.store_if_any().await? {
            Some(store) => Ok(receivers::mutes(store, SystemClock.now()).await?),
            None => Ok(Vec::new()),
        }
    }

    async fn unmute(&self, id: MuteId) -> Result<(), Failure> {
        let (store, now) = (self.store().await?, SystemClock.now());
        let mute = receivers::unmute(store, id, now).await.map_err(refused)?;
        store.hurry(mute.receiver.as_deref(), now).await?;
        Ok(())
    }

    async fn test_receiver(&self, name: &str) -> Result<ReceiverTestView, Failure> {
        let receivers = load_receivers(self.places.config.as_deref());
        let receivers = receivers.map_err(|it| Failure::config(&it))?;
        let receiver = receivers.iter().find(|receiver| receiver.name() == name);
        let receiver = receiver.ok_or_else(|| no_receiver(name))?;
        let now = SystemClock.now();
        let attempt = alert::test(receiver, now).await;
        Ok(ReceiverTestView {
            receiver: name.to_owned(),
            ok: attempt.error.is_none(),
            status: attempt.status,
            took_ms: attempt.took_ms,
            error: attempt.error,
            answer: attempt.answer,
            verification: receiver.verification(now),
        })
    }

    async fn tokens(&self) -> Result<Vec<TokenView>, Failure> {
        let tokens = match self.store_if_any().await? {
            Some(store) => store.tokens().await?,
            None => Vec::new(),
        };
        Ok(tokens.iter().map(TokenView::from).collect())
    }

    async fn create_token(&self, name: &str, role: Role) -> Result<Secret<String>, Failure> {
        check_name(name).map_err(|words| Failure::because(Exit::Data, words))?;
        if self.token(name).await?.is_some() {
            let words =
                format_args!("a token called {name} exists; a name stays taken when it is revoked");
            return Err(Failure::because(Exit::Data, words));
        }
        let secret = new_token().map_err(|error| Failure::new(Exit::Unavailable, error))?;
        let token = Token {
            name: name.to_owned(),
            role,
            hash: hash_of(secret.reveal()),
            created: SystemClock.now(),
            revoked: None,
        };
        self.store_or_new().await?.set_token(token).await?;
        Ok(secret)
    }

    async fn revoke_token(&self, name: &str) -> Result<(), Failure> {
        let mut token = self.token(name).await?.ok_or_else(|| no_token(name))?;
        token.revoked = token.revoked.or(Some(SystemClock.now()));
        Ok(self.store().await?.set_token(token).await?)
    }

    async fn counts(&self) -> Result<Counts, Failure> {
        Ok(self.store().await?.counts().await?)
    }

    async fn compact(&self) -> Result<Compacted, Failure> {
        Ok(self.store().await?.compact().await?)
    }

    async fn verify(&self) -> Result<VerifyReport, Failure> {
        Ok(self.store().await?.verify().await?)
    }

    async fn backup(&self, take: Take<'_>) -> Result<(), Failure> {
        let mut backup = self.store().await?.backup().await?;
        while let Some(piece) = backup.next().await {
            take(&piece?)?;
        }
        Ok(())
    }
}
