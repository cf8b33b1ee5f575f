//! Feeds that are due and not to be asked all the same: quiet hours, and two feeds at one address.

use super::rounds::{Repeat, Rounds, Waiting};
use super::schedule::{later, quiet_until};
use crate::model::{PollReason, Timestamp};
use crate::net::chance;

impl Rounds {
    /// Feeds that are due and not to be asked now wait on; a single round leaves them out.
    pub(super) fn put_off(&mut self, now: Timestamp, repeat: Repeat, waiting: &mut Waiting) {
        let is_due = |item: &&(Timestamp, usize)| item.0 <= now;
        let due: Vec<_> = waiting.iter().take_while(is_due).copied().collect();
        for item in due {
            let (_, index) = item;
            let Some(until) = self.unwanted_until(index, now) else { continue };
            waiting.remove(&item);
            if repeat == Repeat::Forever {
                self.slots[index].state.next_poll = until;
                waiting.insert((until, index));
            }
        }
    }

    /// Until when a feed that is due is not polled all the same, unless a person asked for it: its
    /// publisher wants quiet, or another feed is polled at its address.
    pub(super) fn unwanted_until(&self, index: usize, now: Timestamp) -> Option<Timestamp> {
        let state = &self.slots[index].state;
        if state.reason == PollReason::Asked {
            return None;
        }
        let spread = self.poll_interval_min.mul_f64(chance::unit());
        let is_doubled = || self.is_doubled(index).then(|| later(now, self.poll_interval_min));
        quiet_until(now, state.wishes.quiet, spread).or_else(is_doubled)
    }

    /// Whether a feed moved to where another one is polled.
    fn is_doubled(&self, index: usize) -> bool {
        let Some(address) = &self.slots[index].state.address else { return false };
        let mut others = self.slots.iter().enumerate().filter(|(other, _)| *other != index);
        others.any(|(other, slot)| {
            let is_alive = !slot.is_forgotten && !slot.state.is_gone;
            let was_first = slot.state.address.is_none() || other < index;
            is_alive && was_first && slot.state.url_of(&slot.feed) == address
        })
    }
}
