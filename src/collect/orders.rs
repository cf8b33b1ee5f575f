//! What people ask of the rounds while they run: watch one more feed, forget one, poll one now.

use std::sync::Arc;

use super::rounds::{Rounds, Waiting};
use crate::model::{Feed, FeedId, FeedState};

/// What a person asks of the rounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Poll this feed too from now on. One that was forgotten goes on where it was.
    Watch(Feed),
    /// Poll this feed no more; a visit under way ends.
    Forget(FeedId),
    /// Poll this feed as soon as its host is free; a pause that the host asked for is kept.
    Poll(FeedId),
}

impl Rounds {
    /// Carries out an order. One about a feed that is not watched changes nothing.
    pub(super) fn obey(&mut self, order: Order, waiting: &mut Waiting) {
        let now = self.clock.now();
        match order {
            Order::Watch(feed) => {
                let known = self.slots.iter().position(|slot| slot.feed.id == feed.id);
                let index = known.unwrap_or_else(|| {
                    let state = FeedState::new(feed.id, now);
                    self.add(feed.clone(), state);
                    self.slots.len() - 1
                });
                let slot = &mut self.slots[index];
                slot.feed = Arc::new(feed);
                slot.is_forgotten = false;
                if !slot.is_visited {
                    waiting.insert((slot.state.next_poll, index));
                }
            }
            Order::Forget(id) => {
                if let Some(index) = self.slots.iter().position(|slot| slot.feed.id == id) {
                    self.slots[index].is_forgotten = true;
                    waiting.retain(|(_, waits)| *waits != index);
                }
            }
            Order::Poll(id) => {
                let watched = |slot: &&mut super::rounds::Slot| {
                    slot.feed.id == id && !slot.is_forgotten && !slot.is_visited
                };
                let found = self.slots.iter_mut().enumerate().find(|(_, slot)| watched(slot));
                if let Some((index, slot)) = found {
                    waiting.retain(|(_, waits)| *waits != index);
                    slot.state.next_poll = slot.state.not_before.unwrap_or(now).max(now);
                    slot.state.is_gone = false;
                    waiting.insert((slot.state.next_poll, index));
                }
            }
        }
    }
}
