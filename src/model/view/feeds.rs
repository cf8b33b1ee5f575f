//! A feed as lists show it: what it is, how polling it goes, and what to do.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::{
    Feed, FeedHealth, FeedId, FeedKind, FeedPhase, FeedState, Language, Moves, PollReason,
    Selectors, Side, Timestamp, Trouble, duration_text,
};

/// A feed and how polling it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeedStateView {
    /// Its id.
    pub id: FeedId,
    /// Where it is polled, unless it moved (`address`).
    pub url: String,
    /// What people call it.
    pub title: String,
    /// From where it speaks: `JP`, or `third`.
    #[schema(value_type = String)]
    pub side: Side,
    /// The language it is known to use.
    pub language: Option<Language>,
    /// What stands at the address.
    pub kind: FeedKind,
    /// The pause between two polls that somebody asked for: `5m`.
    pub every: Option<String>,
    /// Where the entries of a page stand.
    pub selectors: Option<Selectors>,
    /// Listed, but not polled.
    pub paused: bool,
    /// How polling it goes.
    pub state: FeedPhase,
    /// The same in some words: `failing, 3 days`.
    pub summary: String,
    /// What is wrong, in words.
    pub error: Option<String>,
    /// What kind of trouble that is.
    pub trouble: Option<Trouble>,
    /// What it means and what to do about it.
    pub advice: Option<String>,
    /// Somebody should act: waiting will not mend it.
    pub flagged: bool,
    /// Failures in a row.
    pub streak: u32,
    /// When the first of them was.
    pub failing_since: Option<Timestamp>,
    /// Entries in the last document.
    pub n_entries: u32,
    /// New entries a day, on average of two weeks; null before anything is known.
    pub rate_per_day: Option<f64>,
    /// The same in words: `about 34 a day`.
    pub rate: Option<String>,
    /// Since when it has brought nothing new, if that is longer than usual for it.
    pub silent_since: Option<Timestamp>,
    /// The same in words, and what to do; also for a feed that never had an entry.
    pub silence: Option<String>,
    /// When it last answered with a feed.
    pub last_success: Option<Timestamp>,
    /// When it was last asked.
    pub last_poll: Option<Timestamp>,
    /// When it is asked next; null when it never was.
    pub next_poll: Option<Timestamp>,
    /// Why then; null when it was never asked.
    pub reason: Option<PollReason>,
    /// The same in words: `publisher asked for 6 h`.
    pub next_poll_reason: String,
    /// Where it has moved for good, and is polled.
    pub address: Option<String>,
    /// Where it says that it moves for good; not followed yet.
    pub moving_to: Option<String>,
    /// When some of its entries were probably missed.
    pub last_gap: Option<Timestamp>,
    /// The hub that it names for push; noted, not used.
    pub hub: Option<String>,
    /// What else is worth knowing, a sentence each.
    pub notes: Vec<String>,
}

impl FeedStateView {
    /// All feeds at `now`; the state is none for one that was never polled.
    pub fn all<'a>(
        feeds: impl IntoIterator<Item = (&'a Feed, Option<&'a FeedState>)> + Clone,
        now: Timestamp,
    ) -> Vec<Self> {
        let states = feeds.clone().into_iter().filter_map(|(_, state)| state);
        let moves = Moves::among(states);
        feeds.into_iter().map(|(feed, state)| Self::new(feed, state, now, &moves)).collect()
    }

    fn new(feed: &Feed, state: Option<&FeedState>, now: Timestamp, moves: &Moves) -> Self {
        let health = FeedHealth::of(feed, state, now, moves);
        Self {
            id: feed.id,
            url: feed.url.to_string(),
            title: feed.title.clone(),
            side: feed.side,
            language: feed.language,
            kind: feed.kind,
            every: feed.every.map(duration_text::write),
            selectors: feed.selectors.clone(),
            paused: feed.is_paused,
            state: health.phase,
            summary: health.summary,
            error: state.and_then(|state| state.error.clone()),
            trouble: state.and_then(|state| state.trouble),
            advice: health.advice,
            flagged: health.is_flagged,
            streak: state.map_or(0, |state| state.streak),
            failing_since: state.and_then(|state| state.failing_since),
            n_entries: state.map_or(0, |state| state.n_entries),
            rate_per_day: state.and_then(|state| state.rhythm.per_day()).map(rounded),
            rate: health.rate,
            silent_since: health.silent_since,
            silence: health.silence,
            last_success: state.and_then(|state| state.last_success),
            last_poll: state.and_then(|state| state.last_poll),
            next_poll: state.map(|state| state.next_poll),
            reason: state.map(|state| state.reason),
            next_poll_reason: health.reason,
            address: state.and_then(|state| state.address.as_ref()).map(ToString::to_string),
            moving_to: state.and_then(|it| it.moving.as_ref()).map(|it| it.to.to_string()),
            last_gap: state.and_then(|state| state.last_gap),
            hub: state.and_then(|state| state.hub.clone()),
            notes: health.notes,
        }
    }

    /// The feed as it was configured.
    ///
    /// # Errors
    /// The view was not made from a feed: an address or a pause in it is none.
    pub fn feed(&self) -> Result<Feed, String> {
        let url = self.url.parse().map_err(|error| format!("{}: {error}", self.url))?;
        Ok(Feed {
            title: self.title.clone(),
            side: self.side,
            language: self.language,
            kind: self.kind,
            every: self.every.as_deref().map(duration_text::parse).transpose()?,
            selectors: self.selectors.clone(),
            is_paused: self.paused,
            ..Feed::at(url)
        })
    }
}

/// To a tenth: what is written reads back as the same number.
fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
