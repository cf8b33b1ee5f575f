//! What pages and API must do beyond the store; `service` does it.

use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::broadcast;

use crate::model::view::{EnabledView, FeedStateView, ReceiverView, ReplayView, RoutingView};
use crate::model::{
    Feed, FeedId, FeedKind, FeedPhase, FeedState, Language, MatchId, Mute, MuteId, Selectors, Side,
    StoryId, StoryNews, Timestamp,
};
use crate::review::{MuteWish, ReplayOrder};
use crate::store::StoreError;
use crate::understand::Name;

/// What pages and API must do beyond the store.
#[async_trait]
pub trait Controls: Send + Sync {
    /// All feeds that are watched now, with how polling them stands.
    fn feeds(&self) -> Vec<FeedStanding>;

    /// Names of all receivers, in the configuration's order.
    fn receivers(&self) -> Vec<String>;

    /// The topic's two countries, first and second.
    fn sides(&self) -> [crate::model::Country; 2];

    /// The names of the lexicon in what a person typed, with all their spellings.
    fn names_in(&self, text: &str) -> Vec<Name>;

    /// Watches one more feed from now on, also after a restart. Adding one twice changes nothing.
    async fn add_feed(&self, feed: NewFeed) -> Result<FeedAdded, ControlError>;

    /// Watches a feed no more, whoever named it; what it brought stays.
    async fn remove_feed(&self, id: FeedId) -> Result<(), ControlError>;

    /// Polls a feed no more, but keeps it in the list; also after a restart. A visit under way
    /// ends.
    async fn pause_feed(&self, id: FeedId) -> Result<(), ControlError>;

    /// Polls a paused feed again, when it would have been its turn.
    async fn resume_feed(&self, id: FeedId) -> Result<(), ControlError>;

    /// Polls a feed as soon as its host is free.
    ///
    /// # Errors
    /// [`ControlError::TooEarly`] during a pause that its server asked for, or while the
    /// publisher says that nothing changes; one who insists is refused once a minute has not
    /// passed since they insisted last.
    async fn poll_feed(&self, id: FeedId, urgency: Urgency) -> Result<(), ControlError>;

    /// Sends alerts again, or says what would be sent.
    ///
    /// # Errors
    /// [`ControlError::Refused`] if a receiver is off, or what is wanted was erased.
    async fn replay(&self, order: ReplayOrder) -> Result<ReplayView, ControlError>;

    /// How all receivers stand, and what waits for each.
    async fn receiver_views(&self) -> Result<Vec<ReceiverView>, ControlError>;

    /// Switches a receiver on again; what waited for it becomes dead letters.
    async fn enable_receiver(&self, name: &str) -> Result<EnabledView, ControlError>;

    /// Makes a mute, said by `by`.
    ///
    /// # Errors
    /// [`ControlError::Unknown`] for a receiver or story that there is not.
    async fn mute(&self, wish: MuteWish, by: &str) -> Result<Mute, ControlError>;

    /// Ends a mute; what it held is due at once.
    async fn unmute(&self, id: MuteId) -> Result<(), ControlError>;

    /// Sends one signed `webhook.test` to a receiver and says how that went.
    async fn test_receiver(&self, name: &str) -> Result<ReceiverTest, ControlError>;

    /// Who would be told of a match, near miss or article now, and what became of it.
    async fn routing(&self, id: MatchId, tells: StoryNews) -> Result<RoutingView, ControlError>;

    /// Makes a match of a near miss, reviewed as relevant by `by`; alerts only if asked.
    async fn rescue(
        &self,
        id: MatchId,
        by: &str,
        alert: AlertWanted,
    ) -> Result<StoryId, ControlError>;

    /// Takes a rescue back; if an alert went out, one `story.updated` says that it is withdrawn.
    async fn withdraw(&self, id: MatchId) -> Result<(), ControlError>;

    /// How the service is.
    fn health(&self) -> Health;

    /// Tells open pages of a change that was made to the store itself.
    fn tell(&self, change: Change);

    /// What changes from now on; the stream ends when the service stops.
    fn changes(&self) -> broadcast::Receiver<Change>;
}

/// Something that an open page or list shows has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A story got or lost a match, or somebody corrected it.
    Story(StoryId),
    /// There is a new near miss, or somebody has looked at one.
    NearMiss(MatchId),
    /// A feed was polled, added or removed.
    Feed(FeedId),
}

/// Whether a rescue tells receivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertWanted {
    /// As for any new match.
    Yes,
    /// Nobody is told.
    No,
}

/// A feed and how polling it stands; none before the first poll.
#[derive(Clone, Debug)]
pub struct FeedStanding {
    /// What is polled.
    pub feed: Feed,
    /// How that stands.
    pub state: Option<FeedState>,
}

impl FeedStanding {
    /// All of them as lists show them.
    pub fn views(standings: &[Self], now: Timestamp) -> Vec<FeedStateView> {
        let pairs = standings.iter().map(|standing| (&standing.feed, standing.state.as_ref()));
        FeedStateView::all(pairs, now)
    }

    /// How polling it goes.
    pub fn phase(&self) -> FeedPhase {
        FeedPhase::of(&self.feed, self.state.as_ref())
    }
}

/// How much somebody wants a feed to be polled now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Urgency {
    /// Not against its server's word.
    #[default]
    Polite,
    /// Even so.
    Forced,
}

/// What became of a feed that somebody added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedAdded {
    /// Its id.
    pub id: FeedId,
    /// Whether it was not watched before.
    pub is_new: bool,
}

/// A feed to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFeed {
    /// Its address: http or https.
    pub url: url::Url,
    /// What people call it; none: the host's name.
    pub title: Option<String>,
    /// Its home.
    pub side: Side,
    /// Its language, if it is known.
    pub language: Option<Language>,
    /// What stands at the address.
    pub kind: FeedKind,
    /// The pause between two polls, if somebody wants a certain one.
    pub every: Option<Duration>,
    /// Where the entries of a page stand.
    pub selectors: Option<Selectors>,
    /// Listed, but not polled.
    pub is_paused: bool,
}

impl NewFeed {
    /// Longer titles are no names.
    pub const TITLE_CHARACTERS_MAX: usize = 200;

    /// A feed at `url` of which nothing else is known.
    pub fn at(url: url::Url) -> Self {
        Self {
            url,
            title: None,
            side: Side::default(),
            language: None,
            kind: FeedKind::default(),
            every: None,
            selectors: None,
            is_paused: false,
        }
    }
}

impl From<Feed> for NewFeed {
    fn from(feed: Feed) -> Self {
        let Feed { url, side, language, kind, every, selectors, is_paused, .. } = feed;
        let title = Some(feed.title);
        Self { url, title, side, language, kind, every, selectors, is_paused }
    }
}

/// How a test of a receiver went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverTest {
    /// HTTP status, if an answer came.
    pub status: Option<u16>,
    /// How long it took.
    pub took: Duration,
    /// What went wrong, in words without addresses; none when it was taken.
    pub error: Option<String>,
    /// The first bytes of the answer.
    pub answer: String,
    /// What the receiver can check, in words.
    pub verification: String,
}

/// How the service is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Whether it can do its work: the store takes everything, collector turning, not stopping.
    pub is_ready: bool,
    /// What is wrong, in words; some of it keeps the service from nothing.
    pub problems: Vec<String>,
    /// Since when our own network is down.
    pub offline_since: Option<Timestamp>,
    /// How many seconds servers' clocks are ahead of ours, if that is much; behind: negative.
    pub clock_skew_s: Option<i64>,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// There is no such thing.
    #[error("no {what}")]
    Unknown {
        /// What was asked for.
        what: String,
    },

    /// It cannot be done, and trying again will not help.
    #[error("{reason}")]
    Refused {
        /// Why, in words for a person.
        reason: String,
    },

    /// It can be done later.
    #[error("{reason}")]
    TooEarly {
        /// Until when, and why, in words for a person.
        reason: String,
    },

    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
