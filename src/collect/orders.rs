//! What people ask of the rounds while they run: watch one more feed, forget one, poll one now.

use std::sync::Arc;

use super::rounds::{Rounds, Slot, Waiting};
use crate::model::{Feed, FeedId, FeedState, PollReason};

/// What a person asks of the rounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Poll this feed too from now on. One that was forgotten goes on where it was.
    Watch(Box<Feed>),
    /// Poll this feed no more; a visit under way ends.
    Forget(FeedId),
    /// Poll this feed as soon as its host is free; a pause that the host asked for is kept.
    Poll(FeedId),
    /// As [`Self::Poll`], but even during a pause: a person insists.
    Insist(FeedId),
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
                    self.add(Feed::clone(&feed), state);
                    self.slots.len() - 1
                });
                let slot = &mut self.slots[index];
                slot.is_forgotten = feed.is_paused;
                slot.feed = Arc::new(*feed);
                waiting.retain(|(_, waits)| *waits != index);
                if !slot.is_visited && !slot.is_forgotten && !slot.state.is_gone {
                    waiting.insert((slot.state.next_poll, index));
                }
            }
            Order::Forget(id) => {
                if let Some(index) = self.slots.iter().position(|slot| slot.feed.id == id) {
                    self.slots[index].is_forgotten = true;
                    waiting.retain(|(_, waits)| *waits != index);
                }
            }
            Order::Poll(id) => self.hurry(id, false, waiting),
            Order::Insist(id) => self.hurry(id, true, waiting),
        }
    }

    fn hurry(&mut self, id: FeedId, is_insisted: bool, waiting: &mut Waiting) {
        let now = self.clock.now();
        let watched =
            |slot: &&mut Slot| slot.feed.id == id && !slot.is_forgotten && !slot.is_visited;
        let Some((index, slot)) = self.slots.iter_mut().enumerate().find(|(_, it)| watched(it))
        else {
            return;
        };
        waiting.retain(|(_, waits)| *waits != index);
        let pause = slot.state.not_before.filter(|_| !is_insisted);
        slot.state.next_poll = pause.unwrap_or(now).max(now);
        slot.state.reason = PollReason::Asked;
        slot.state.is_gone = false;
        slot.is_insisted = is_insisted;
        waiting.insert((slot.state.next_poll, index));
    }
}
