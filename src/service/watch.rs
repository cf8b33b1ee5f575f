//! What is watched now and how that stands, for pages and commands.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::broadcast;
use url::Url;

use crate::model::{Feed, FeedId, FeedState};
use crate::review::{Change, FeedStanding};
use crate::store::FeedChange;

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

    pub(super) fn feed(&self, id: FeedId) -> Option<Feed> {
        read(&self.feeds).iter().find(|feed| feed.id == id).cloned()
    }

    /// How many feeds but this one say that they move to `address`, or have done so.
    pub(super) fn n_moving(&self, address: &Url, but: FeedId) -> usize {
        let moves = |state: &&FeedState| {
            let moving = state.moving.as_ref().map(|moving| &moving.to);
            state.feed != but && [moving, state.address.as_ref()].contains(&Some(address))
        };
        read(&self.states).values().filter(moves).count()
    }

    /// Adds a feed; false if it is watched already.
    pub(super) fn add(&self, feed: Feed) -> bool {
        let mut feeds = write(&self.feeds);
        let is_new = feeds.iter().all(|known| known.id != feed.id);
        if is_new {
            self.tell(Change::Feed(feed.id));
            feeds.push(feed);
        }
        is_new
    }

    pub(super) fn remove(&self, id: FeedId) {
        write(&self.feeds).retain(|feed| feed.id != id);
        self.tell(Change::Feed(id));
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

/// The configured feeds with what commands added and removed since.
pub(super) fn with_changes(mut feeds: Vec<Feed>, changes: Vec<FeedChange>) -> Vec<Feed> {
    let pause = |feeds: &mut Vec<Feed>, id, is_paused| {
        feeds.iter_mut().filter(|feed| feed.id == id).for_each(|it| it.is_paused = is_paused);
    };
    for change in changes {
        match change {
            FeedChange::Removed(id) => feeds.retain(|feed| feed.id != id),
            FeedChange::Paused(id) => pause(&mut feeds, id, true),
            FeedChange::Resumed(id) => pause(&mut feeds, id, false),
            FeedChange::Added(feed) => {
                if feeds.iter().all(|known| known.id != feed.id) {
                    feeds.push(*feed);
                }
            }
        }
    }
    feeds
}

/// A thread that panicked with the lock held has not left half a list: each change is one call.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
