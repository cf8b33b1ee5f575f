//! What is watched now and how that stands, for pages and commands.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::broadcast;
use url::Url;

use crate::model::{Feed, FeedId, FeedState, Moves};
use crate::review::{Change, FeedStanding};

/// A reader that falls further behind is told so and reads everything anew.
const CHANGES_MAX: usize = 256;

/// The feeds with their states, and word of every change.
pub(super) struct Watch {
    feeds: RwLock<Vec<Feed>>,
    states: RwLock<HashMap<FeedId, FeedState>>,
    changes: broadcast::Sender<Change>,
}

impl Watch {
    pub(super) fn new(feeds: Vec<Feed>, states: &[FeedState]) -> Self {
        let states = states.iter().map(|state| (state.feed, state.clone())).collect();
        let (changes, _) = broadcast::channel(CHANGES_MAX);
        Self { feeds: RwLock::new(feeds), states: RwLock::new(states), changes }
    }

    /// All feeds, in the order of the configuration; added ones behind them.
    pub(super) fn standings(&self) -> Vec<FeedStanding> {
        let states = read(&self.states);
        let standing =
            |feed: &Feed| FeedStanding { state: states.get(&feed.id).cloned(), feed: feed.clone() };
        read(&self.feeds).iter().map(standing).collect()
    }

    /// One of them; none if it is not watched.
    pub(super) fn standing(&self, id: FeedId) -> Option<FeedStanding> {
        let feed = self.feed(id)?;
        Some(FeedStanding { state: read(&self.states).get(&id).cloned(), feed })
    }

    /// Where the feeds say that they move.
    pub(super) fn moves(&self) -> Moves {
        // In the order of `standings`, so that no two readers wait for each other's writers.
        let states = read(&self.states);
        let feeds = read(&self.feeds);
        Moves::among(feeds.iter().filter_map(|feed| states.get(&feed.id)))
    }

    pub(super) fn feed(&self, id: FeedId) -> Option<Feed> {
        read(&self.feeds).iter().find(|feed| feed.id == id).cloned()
    }

    /// How many feeds but this one say that they move to `address`, or have done so.
    pub(super) fn n_moving(&self, address: &Url, but: FeedId) -> usize {
        let moves =
            |state: &&FeedState| state.feed != but && state.destinations().any(|it| it == address);
        read(&self.states).values().filter(moves).count()
    }

    /// Takes over the list in which the feed `changed` has changed.
    pub(super) fn replace(&self, feeds: Vec<Feed>, changed: FeedId) {
        *write(&self.feeds) = feeds;
        self.tell(Change::Feed(changed));
    }

    /// Notes how polling a feed stands now.
    pub(super) fn note(&self, state: &FeedState) {
        write(&self.states).insert(state.feed, state.clone());
        self.tell(Change::Feed(state.feed));
    }

    /// Tells whoever listens.
    pub(super) fn tell(&self, change: Change) {
        // An error means that nobody listens.
        self.changes.send(change).ok();
    }

    pub(super) fn listen(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}

/// A thread that panicked with the lock held has not left half a list: each change is one call.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
