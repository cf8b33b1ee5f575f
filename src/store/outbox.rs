//! Who works on which delivery until when, and what an attempt makes of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::{Attempt, Delivery, DeliveryId, DeliveryState, Timestamp};
use crate::store::{Settlement, StoreError};

/// A delivery that somebody works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    /// What is to be delivered.
    pub delivery: Delivery,
    /// What settles it.
    pub fence: Fence,
}

/// Names one lease: whoever comes with an older one has lost the delivery to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fence(u64);

impl Fence {
    /// The fence of lease `number`; an engine numbers its leases from 1.
    pub fn new(number: u64) -> Self {
        Self(number)
    }
}

/// What became of deliveries that were to be sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// They are due.
    pub n_replayed: u64,
    /// They were on their way already.
    pub n_pending: u64,
    /// Their articles were erased: they are never sent again.
    pub n_erased: u64,
    /// There are none with these ids.
    pub n_unknown: u64,
}

impl Replayed {
    /// Adds what became of others.
    pub(super) fn add(&mut self, other: Self) {
        self.n_replayed += other.n_replayed;
        self.n_pending += other.n_pending;
        self.n_erased += other.n_erased;
        self.n_unknown += other.n_unknown;
    }
}

/// What waits for one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueState {
    /// Its name.
    pub receiver: String,
    /// Deliveries that are to be tried, held ones included.
    pub n_pending: u64,
    /// Since when the oldest of these waits: when it was committed, or last replayed.
    pub oldest: Option<Timestamp>,
    /// Deliveries that were given up.
    pub n_dead: u64,
}

/// Deliveries that somebody works on. In memory only: a process that ended works on none, and
/// only one process works on the store that these leases belong to.
#[derive(Clone, Debug, Default)]
pub(super) struct Leases {
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    terms: HashMap<DeliveryId, Term>,
    last_fence: u64,
}

/// Whose a delivery is, and how long.
#[derive(Clone, Copy, Debug)]
struct Term {
    fence: Fence,
    /// None: until it is given back.
    until: Option<Timestamp>,
}

impl Leases {
    /// Takes `id` for somebody who works on it until `until`, unless somebody else does at `now`.
    pub(super) fn take(&self, id: DeliveryId, now: Timestamp, until: Timestamp) -> Option<Lease> {
        let mut held = self.locked();
        let has_ended = |term: &Term| term.until.is_some_and(|until| until <= now);
        let is_free = held.terms.get(&id).is_none_or(has_ended);
        is_free.then(|| self.lease(&mut held, id, Some(until)))
    }

    /// Takes `id` for the store itself, unless somebody has it: also somebody whose time is over
    /// may have sent it.
    pub(super) fn seize(&self, id: DeliveryId) -> Option<Lease> {
        let mut held = self.locked();
        let is_free = !held.terms.contains_key(&id);
        is_free.then(|| self.lease(&mut held, id, None))
    }

    /// Keeps `id` for whoever has `fence` until it is given back: what was done with it is about
    /// to be written.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when somebody else has it, or nobody.
    pub(super) fn pin(&self, id: DeliveryId, fence: Fence) -> Result<(), StoreError> {
        let mut held = self.locked();
        let term = held.terms.get_mut(&id).filter(|term| term.fence == fence);
        term.ok_or(StoreError::Fenced)?.until = None;
        Ok(())
    }

    /// When `id`, which is due at `due`, may be handed out; none: not before it is given back.
    pub(super) fn free_from(&self, id: DeliveryId, due: Timestamp) -> Option<Timestamp> {
        match self.locked().terms.get(&id) {
            None => Some(due),
            Some(term) => term.until.map(|until| until.max(due)),
        }
    }

    /// Makes `id` free again, if `fence` still holds it.
    pub(super) fn give_back(&self, id: DeliveryId, fence: Fence) {
        let mut held = self.locked();
        if held.terms.get(&id).is_some_and(|term| term.fence == fence) {
            held.terms.remove(&id);
        }
    }

    fn lease(&self, held: &mut Held, id: DeliveryId, until: Option<Timestamp>) -> Lease {
        held.last_fence += 1;
        let fence = Fence(held.last_fence);
        held.terms.insert(id, Term { fence, until });
        Lease { leases: self.clone(), id, fence, is_kept: false }
    }

    fn locked(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A delivery in our hands; given back when it is dropped, so that a caller who went away
/// while we searched keeps nothing.
#[derive(Debug)]
pub(super) struct Lease {
    leases: Leases,
    id: DeliveryId,
    fence: Fence,
    is_kept: bool,
}

impl Lease {
    /// Leaves the delivery with the caller until it is settled, released or its time is over.
    pub(super) fn hand_over(mut self) -> Fence {
        self.is_kept = true;
        self.fence
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.is_kept {
            self.leases.give_back(self.id, self.fence);
        }
    }
}

/// When the next of the deliveries at these places may be handed out; they are in the order in
/// which they are due.
pub(super) fn next_free<E>(
    leases: &Leases,
    due: impl Iterator<Item = Result<(DeliveryId, Timestamp), E>>,
) -> Result<Option<Timestamp>, E> {
    let mut next: Option<Timestamp> = None;
    for place in due {
        let (id, due) = place?;
        let free_from = leases.free_from(id, due);
        next = [next, free_from].into_iter().flatten().min();
        // Nothing that is due later is free earlier.
        if next.is_some_and(|next| next <= due) {
            break;
        }
    }
    Ok(next)
}

/// The delivery after `attempt`.
pub(super) fn settled(
    mut delivery: Delivery,
    attempt: Attempt,
    settlement: Settlement,
) -> Delivery {
    delivery.attempts.push(attempt);
    delivery.is_held = false;
    let n_over = delivery.attempts.len().saturating_sub(Delivery::ATTEMPTS_MAX);
    delivery.attempts.drain(..n_over);
    delivery.state = match settlement {
        Settlement::Delivered { at } => DeliveryState::Delivered { at },
        // Its words were erased while it was on its way.
        Settlement::RetryAt { .. } if delivery.body.is_empty() => given_up(&delivery),
        Settlement::RetryAt { due } => DeliveryState::Pending { due },
        Settlement::Dead { at } => DeliveryState::Dead { at },
    };
    delivery
}

/// The delivery that a mute holds until then; one whose words were erased meanwhile never goes.
pub(super) fn postponed(mut delivery: Delivery, until: Timestamp) -> Delivery {
    if delivery.body.is_empty() {
        delivery.state = given_up(&delivery);
        return delivery;
    }
    delivery.state = DeliveryState::Pending { due: until };
    delivery.is_held = true;
    delivery
}

/// The delivery that no mute holds any more.
pub(super) fn hurried(mut delivery: Delivery, now: Timestamp) -> Option<Delivery> {
    let DeliveryState::Pending { due } = delivery.state else { return None };
    if !std::mem::take(&mut delivery.is_held) {
        return None;
    }
    delivery.state = DeliveryState::Pending { due: due.min(now) };
    Some(delivery)
}

/// The delivery to a receiver that was given up.
pub(super) fn buried(mut delivery: Delivery, at: Timestamp) -> Option<Delivery> {
    if !matches!(delivery.state, DeliveryState::Pending { .. }) {
        return None;
    }
    delivery.is_held = false;
    delivery.state = DeliveryState::Dead { at };
    Some(delivery)
}

/// The delivery that is to be sent again at `due`, counted; none if it is not.
pub(super) fn replayed(
    delivery: Option<Delivery>,
    due: Timestamp,
    counts: &mut Replayed,
) -> Option<Delivery> {
    let Some(mut delivery) = delivery else {
        counts.n_unknown += 1;
        return None;
    };
    if delivery.body.is_empty() {
        counts.n_erased += 1;
        return None;
    }
    if matches!(delivery.state, DeliveryState::Pending { .. }) {
        counts.n_pending += 1;
        return None;
    }
    counts.n_replayed += 1;
    delivery.is_held = false;
    delivery.replayed = Some(due);
    delivery.state = DeliveryState::Pending { due };
    Some(delivery)
}

/// Times from `due` on, a millisecond apart: what is replayed is sent in its order.
pub(super) fn from(due: Timestamp) -> impl Iterator<Item = Timestamp> {
    (0..).map(move |ms| due.plus(Duration::from_millis(ms)))
}

/// Where a delivery stands that nobody can send: its words are gone.
fn given_up(delivery: &Delivery) -> DeliveryState {
    let tried = delivery.attempts.last().map_or(delivery.created, |attempt| attempt.at);
    DeliveryState::Dead { at: tried }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> DeliveryId {
        DeliveryId::from_be_bytes([7; 8])
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms).unwrap()
    }

    /// Goal: a worker that was cancelled while it asked for work does not keep the work.
    #[test]
    fn dropped_lease_frees_its_delivery() {
        let leases = Leases::default();
        drop(leases.take(id(), at(0), at(9)));
        let fence = leases.take(id(), at(0), at(9)).unwrap().hand_over();
        assert!(leases.take(id(), at(0), at(9)).is_none());
        leases.give_back(id(), fence);
        assert_eq!(leases.free_from(id(), at(0)), Some(at(0)));
    }

    /// Goal: a worker that was away too long cannot undo what the next one does.
    #[test]
    fn old_fence_frees_nothing() {
        let leases = Leases::default();
        let old = leases.take(id(), at(0), at(9)).unwrap().hand_over();
        let new = leases.take(id(), at(9), at(20)).unwrap().hand_over();
        leases.give_back(id(), old);
        assert_eq!(leases.free_from(id(), at(0)), Some(at(20)));
        assert!(matches!(leases.pin(id(), old), Err(StoreError::Fenced)));
        leases.pin(id(), new).unwrap();
        assert!(leases.take(id(), at(99), at(100)).is_none());
    }
}
