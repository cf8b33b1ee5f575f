//! Who works on which delivery, and what an attempt makes of it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{Attempt, Delivery, DeliveryId, DeliveryState};
use crate::store::Settlement;

/// Deliveries that somebody works on. In memory only: a process that ended works on none.
#[derive(Clone, Debug, Default)]
pub(super) struct Leases {
    taken: Arc<Mutex<HashSet<DeliveryId>>>,
}

impl Leases {
    /// Takes `id`, unless somebody has it.
    pub(super) fn take(&self, id: DeliveryId) -> Option<Lease> {
        let is_free = self.locked().insert(id);
        is_free.then(|| Lease { leases: self.clone(), id: Some(id) })
    }

    /// Whether somebody has `id`.
    pub(super) fn holds(&self, id: DeliveryId) -> bool {
        self.locked().contains(&id)
    }

    /// Makes `id` free again.
    pub(super) fn give_back(&self, id: DeliveryId) {
        self.locked().remove(&id);
    }

    fn locked(&self) -> MutexGuard<'_, HashSet<DeliveryId>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A delivery in our hands; given back when it is dropped, so that a caller who went away
/// while we searched keeps nothing.
#[derive(Debug)]
pub(super) struct Lease {
    leases: Leases,
    id: Option<DeliveryId>,
}

impl Lease {
    /// Leaves the delivery with the caller until it is settled or released.
    pub(super) fn hand_over(mut self) {
        self.id = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.leases.give_back(id);
        }
    }
}

/// The delivery after `attempt`.
pub(super) fn settled(
    mut delivery: Delivery,
    attempt: Attempt,
    settlement: Settlement,
) -> Delivery {
    delivery.attempts.push(attempt);
    let n_over = delivery.attempts.len().saturating_sub(Delivery::ATTEMPTS_MAX);
    delivery.attempts.drain(..n_over);
    delivery.state = match settlement {
        Settlement::Delivered { at } => DeliveryState::Delivered { at },
        Settlement::RetryAt { due } => DeliveryState::Pending { due },
        Settlement::Dead { at } => DeliveryState::Dead { at },
    };
    delivery
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a worker that was cancelled while it asked for work does not keep the work.
    #[test]
    fn dropped_lease_frees_its_delivery() {
        let leases = Leases::default();
        let id = DeliveryId::from_be_bytes([7; 8]);
        drop(leases.take(id));
        let lease = leases.take(id);
        assert!(lease.is_some() && leases.take(id).is_none());
        lease.into_iter().for_each(Lease::hand_over);
        assert!(leases.holds(id));
        leases.give_back(id);
        assert!(!leases.holds(id));
    }
}
