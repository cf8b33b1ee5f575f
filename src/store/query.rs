//! What can be asked for.

use crate::model::{
    AlertKind, Delivery, DeliveryState, FeedId, Language, Match, NearMiss, Review, ReviewVerdict,
    Story, StoryId, Timestamp,
};

/// Which matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatchFilter {
    /// Of this feed only.
    pub feed: Option<FeedId>,
    /// In this language only.
    pub language: Option<Language>,
    /// Of this story only.
    pub story: Option<StoryId>,
    /// Created at or after this time.
    pub since: Option<Timestamp>,
    /// With this verdict only.
    pub verdict: Option<Judged>,
}

impl MatchFilter {
    /// Whether `matched` is one of these.
    pub(super) fn accepts(&self, matched: &Match) -> bool {
        self.feed.is_none_or(|feed| feed == matched.feed)
            && self.language.is_none_or(|language| language == matched.language)
            && self.story.is_none_or(|story| story == matched.story)
            && self.since.is_none_or(|since| since <= matched.created)
            && self.verdict.is_none_or(|judged| judged == Judged::of(matched.review.as_ref()))
    }
}

/// Which stories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoryFilter {
    /// With this verdict only.
    pub verdict: Option<Judged>,
    /// With a match in this language only.
    pub language: Option<Language>,
    /// Updated at or after this time.
    pub since: Option<Timestamp>,
}

impl StoryFilter {
    /// Whether `story` is one of these.
    pub(super) fn accepts(&self, story: &Story) -> bool {
        self.verdict.is_none_or(|judged| judged == Judged::of(story.review.as_ref()))
            && self.language.is_none_or(|language| story.languages.contains(&language))
            && self.since.is_none_or(|since| since <= story.updated)
    }
}

/// Which near misses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NearMissFilter {
    /// Of this feed only.
    pub feed: Option<FeedId>,
    /// In this language only.
    pub language: Option<Language>,
    /// Seen at or after this time.
    pub since: Option<Timestamp>,
    /// Only those that nobody has looked at.
    pub only_open: bool,
}

impl NearMissFilter {
    /// Whether `near_miss` is one of these.
    pub(super) fn accepts(&self, near_miss: &NearMiss) -> bool {
        self.feed.is_none_or(|feed| feed == near_miss.feed)
            && self.language.is_none_or(|language| language == near_miss.language)
            && self.since.is_none_or(|since| since <= near_miss.created)
            && (!self.only_open || Judged::of(near_miss.review.as_ref()) == Judged::Open)
    }
}

/// Whether and how somebody has judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Judged {
    /// Nobody has.
    Open,
    /// Somebody has, like this.
    As(ReviewVerdict),
}

impl Judged {
    /// What `review` comes to.
    pub(super) fn of(review: Option<&Review>) -> Self {
        review.and_then(|review| review.verdict).map_or(Self::Open, Self::As)
    }
}

/// Which deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// To this receiver only.
    pub receiver: Option<String>,
    /// In this phase only.
    pub phase: Option<DeliveryPhase>,
    /// Saying this only.
    pub kind: Option<AlertKind>,
    /// Created at or after this time.
    pub since: Option<Timestamp>,
    /// Created before this time.
    pub until: Option<Timestamp>,
}

impl DeliveryFilter {
    /// Whether `delivery` is one of these.
    pub(super) fn accepts(&self, delivery: &Delivery) -> bool {
        self.receiver.as_ref().is_none_or(|receiver| *receiver == delivery.receiver)
            && self.phase.is_none_or(|phase| phase == DeliveryPhase::of(delivery.state))
            && self.kind.is_none_or(|kind| kind == delivery.kind)
            && self.since.is_none_or(|since| since <= delivery.created)
            && self.until.is_none_or(|until| delivery.created < until)
    }
}

/// Where a delivery stands, without the details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryPhase {
    /// To be tried.
    Pending,
    /// Taken.
    Delivered,
    /// Given up.
    Dead,
}

impl DeliveryPhase {
    /// The phase of `state`.
    pub fn of(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Pending { .. } => Self::Pending,
            DeliveryState::Delivered { .. } => Self::Delivered,
            DeliveryState::Dead { .. } => Self::Dead,
        }
    }
}

/// Which part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// At most so many items.
    pub limit: usize,
    /// Where the page before ended ([`Page::next`]); none for the first.
    pub after: Option<String>,
}

impl PageRequest {
    /// The first `limit` items.
    pub fn first(limit: usize) -> Self {
        Self { limit, after: None }
    }
}

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts; none at the end. Opaque.
    pub next: Option<String>,
}

/// Where a delivery stands after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The receiver took it.
    Delivered {
        /// When it answered.
        at: Timestamp,
    },
    /// To be tried again.
    RetryAt {
        /// Not before this time.
        due: Timestamp,
    },
    /// Given up.
    Dead {
        /// When.
        at: Timestamp,
    },
}
