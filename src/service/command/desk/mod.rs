//! What commands read and change: through the API of the running service, or on the store when
//! none runs.
//!
//! Invariant: commands do not know which; what they print is the same both ways.

mod running;
mod stopped;

use async_trait::async_trait;

use crate::model::view::{
    CorrectionView, DeliveryView, EnabledView, ErasedView, FeedStateView, MatchListView,
    ReceiverTestView, ReceiverView, ReplayView, RoutingView, SearchView, StoryDetailView,
    StoryListView, TokenView,
};
use crate::model::{
    DeliveryId, FeedId, Languages, MatchId, Mute, MuteId, ReviewVerdict, Role, Secret, StoryId,
    StoryNews, Subject,
};
use crate::review::api::UndoView;
use crate::review::{FeedAdded, MuteWish, NewFeed, ReplayOrder, Urgency};
use crate::service::client::Client;
use crate::service::command::Places;
use crate::service::command::desk::running::RunningDesk;
use crate::service::command::desk::stopped::StoppedDesk;
use crate::service::config::state_folder;
use crate::service::{Exit, Failure, api_file};
use crate::store::{
    Compacted, Correction, Counts, DeliveryFilter, MatchFilter, Page, PageRequest, SearchFilter,
    SearchOrder, StoryFilter, VerifyReport,
};

/// What commands read and change.
#[async_trait]
pub(super) trait Desk: Send + Sync {
    /// Matches, newest first.
    async fn matches(
        &self,
        filter: &MatchFilter,
        page: PageRequest,
    ) -> Result<Page<MatchListView>, Failure>;

    /// Matches by their words.
    async fn search(
        &self,
        search: &SearchRequest,
        page: PageRequest,
    ) -> Result<SearchView, Failure>;

    /// One match.
    async fn matched(&self, id: MatchId) -> Result<MatchListView, Failure>;

    /// Erases the article of a match or near miss for good.
    async fn erase(&self, id: MatchId, reason: &str) -> Result<ErasedView, Failure>;

    /// Stories, last updated first.
    async fn stories(
        &self,
        filter: &StoryFilter,
        page: PageRequest,
        languages: &Languages,
    ) -> Result<Page<StoryListView>, Failure>;

    /// One story with its newest matches, or the one that it was merged into.
    async fn story(&self, id: StoryId, languages: &Languages) -> Result<StoryDetailView, Failure>;

    /// Corrects which matches report the event of the story `from`.
    async fn correct(
        &self,
        from: StoryId,
        correction: Correction,
    ) -> Result<CorrectionView, Failure>;

    /// Takes back the last verdict or correction that was given on the command line.
    async fn undo(&self) -> Result<UndoView, Failure>;

    /// Says something of a match or a story.
    async fn review(&self, subject: Subject, said: Said) -> Result<(), Failure>;

    /// All feeds that are watched, in no order.
    async fn feeds(&self) -> Result<Vec<FeedStateView>, Failure>;

    /// Watches one more feed, unless it is watched already.
    async fn add_feed(&self, feed: NewFeed) -> Result<FeedAdded, Failure>;

    /// Watches a feed no more.
    async fn remove_feed(&self, id: FeedId) -> Result<(), Failure>;

    /// Polls a feed no more, but keeps it in the list.
    async fn pause_feed(&self, id: FeedId) -> Result<(), Failure>;

    /// Polls a paused feed again.
    async fn resume_feed(&self, id: FeedId) -> Result<(), Failure>;

    /// Polls a feed as soon as its host is free.
    async fn poll_feed(&self, id: FeedId, urgency: Urgency) -> Result<(), Failure>;

    /// Deliveries, newest first.
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<DeliveryView>, Failure>;

    /// One delivery.
    async fn delivery(&self, id: DeliveryId) -> Result<DeliveryView, Failure>;

    /// Who would be told of a match, near miss or article, and what became of it.
    async fn routing(&self, id: MatchId, tells: StoryNews) -> Result<RoutingView, Failure>;

    /// Sends alerts again, or says what would be sent.
    async fn replay(&self, order: &ReplayOrder) -> Result<ReplayView, Failure>;

    /// How all receivers stand.
    async fn receivers(&self) -> Result<Vec<ReceiverView>, Failure>;

    /// Switches a receiver on again.
    async fn enable_receiver(&self, name: &str) -> Result<EnabledView, Failure>;

    /// Makes a mute.
    async fn mute(&self, wish: MuteWish) -> Result<Mute, Failure>;

    /// Mutes that have not ended.
    async fn mutes(&self) -> Result<Vec<Mute>, Failure>;

    /// Ends a mute.
    async fn unmute(&self, id: MuteId) -> Result<(), Failure>;

    /// Sends one `webhook.test`.
    async fn test_receiver(&self, name: &str) -> Result<ReceiverTestView, Failure>;

    /// All tokens, by name.
    async fn tokens(&self) -> Result<Vec<TokenView>, Failure>;

    /// Makes a token; this is the only time that it is seen.
    async fn create_token(&self, name: &str, role: Role) -> Result<Secret<String>, Failure>;

    /// Revokes a token.
    async fn revoke_token(&self, name: &str) -> Result<(), Failure>;

    /// How much there is of everything.
    async fn counts(&self) -> Result<Counts, Failure>;

    /// Gives the disk back what deleted and changed records still take.
    async fn compact(&self) -> Result<Compacted, Failure>;

    /// Hands a backup of everything to `take`, piece by piece.
    async fn backup(&self, take: Take<'_>) -> Result<(), Failure>;

    /// Checks everything and heals what can be healed.
    async fn verify(&self) -> Result<VerifyReport, Failure>;
}

/// Takes the next bytes of something large.
pub(super) type Take<'a> = &'a mut (dyn FnMut(&[u8]) -> Result<(), Failure> + Send);
/// What is looked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SearchRequest {
    /// As it was typed.
    pub(super) words: String,
    /// Which matches.
    pub(super) filter: SearchFilter,
    /// What comes first.
    pub(super) order: SearchOrder,
}

/// What a person says of a match or a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// None takes the verdict back.
    pub(super) verdict: Option<ReviewVerdict>,
    /// None leaves the note as it is.
    pub(super) note: Option<String>,
}

/// The desk of the running service, else of the store.
pub(super) fn open(places: &Places) -> Result<Box<dyn Desk>, Failure> {
    Ok(match service(places)? {
        Some(client) => Box::new(RunningDesk { client }),
        None => Box::new(StoppedDesk::new(places)),
    })
}

/// The running service, if one runs.
pub(super) fn service(places: &Places) -> Result<Option<Client>, Failure> {
    let state = state_folder(places.state.as_deref()).map_err(|it| Failure::config(&[it]))?;
    Client::find(&api_file::folders(&state, places.state.is_some()))
}

fn no_match(id: MatchId) -> Failure {
    Failure::because(Exit::NoInput, format_args!("no match {id}"))
}

fn no_story(id: StoryId) -> Failure {
    Failure::because(Exit::NoInput, format_args!("no story {id}"))
}

fn no_subject(subject: Subject) -> Failure {
    match subject {
        Subject::Match(id) => no_match(id),
        Subject::Story(id) => no_story(id),
    }
}

fn no_feed(id: FeedId) -> Failure {
    Failure::because(Exit::NoInput, format_args!("no feed {id}"))
}

fn no_delivery(id: DeliveryId) -> Failure {
    Failure::because(Exit::NoInput, format_args!("no delivery {id}"))
}

fn no_article(id: MatchId) -> Failure {
    Failure::because(Exit::NoInput, format_args!("no match, near miss or article {id}"))
}

fn no_receiver(name: &str) -> Failure {
    Failure::because(Exit::NoInput, format_args!("no receiver {name:?}"))
}

fn no_mute(id: MuteId) -> Failure {
    Failure::because(Exit::NoInput, format_args!("no mute {id}"))
}

fn no_token(name: &str) -> Failure {
    Failure::because(Exit::NoInput, format_args!("no token {name:?}"))
}
