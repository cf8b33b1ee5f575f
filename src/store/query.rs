//! What can be asked for.

use crate::model::{FeedId, Language, StoryId, Timestamp};

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
}

/// Which deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// To this receiver only.
    pub receiver: Option<String>,
    /// In this phase only.
    pub phase: Option<DeliveryPhase>,
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
