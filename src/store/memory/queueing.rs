//! Many deliveries moved at once, and mutes, in memory.

use async_trait::async_trait;

use crate::model::{Delivery, DeliveryId, DeliveryState, Mute, MuteId, Timestamp};
use crate::store::memory::{Content, MemoryStore};
use crate::store::outbox::{Leases, buried, from, hurried, postponed, replayed};
use crate::store::{ChangeKind, Fence, Mutes, Replayed, StoreError, mutes};

impl Content {
    pub(super) fn postpone(
        &mut self,
        leases: &Leases,
        id: DeliveryId,
        fence: Fence,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let unknown = || StoreError::Unknown { what: format!("delivery {id}") };
        let delivery = self.deliveries.get(&id).cloned().ok_or_else(unknown)?;
        leases.pin(id, fence)?;
        self.put_delivery(postponed(delivery, until));
        leases.give_back(id, fence);
        Ok(())
    }

    pub(super) fn hurry(&mut self, receiver: Option<&str>, now: Timestamp) -> u64 {
        let is_meant = |it: &&Delivery| receiver.is_none_or(|name| name == it.receiver);
        let held = self.deliveries.values().filter(|it| it.is_held).filter(is_meant);
        let hurried: Vec<Delivery> = held.cloned().filter_map(|it| hurried(it, now)).collect();
        let n = hurried.len() as u64;
        for delivery in hurried {
            self.put_delivery(delivery);
        }
        n
    }

    pub(super) fn replay(&mut self, ids: &[DeliveryId], due: Timestamp) -> Replayed {
        let mut counts = Replayed::default();
        for (id, due) in ids.iter().zip(from(due)) {
            if let Some(is) = replayed(self.deliveries.get(id).cloned(), due, &mut counts) {
                self.put_delivery(is);
            }
        }
        counts
    }

    pub(super) fn bury(&mut self, leases: &Leases, receiver: &str, at: Timestamp) -> u64 {
        let is_pending = |it: &&Delivery| {
            it.receiver == receiver && matches!(it.state, DeliveryState::Pending { .. })
        };
        let pending: Vec<Delivery> = self.deliveries.values().filter(is_pending).cloned().collect();
        let mut n = 0;
        for delivery in pending {
            let Some(_lease) = leases.seize(delivery.id) else { continue };
            if let Some(is) = buried(delivery, at) {
                self.put_delivery(is);
                n += 1;
            }
        }
        n
    }
}

#[async_trait]
impl Mutes for MemoryStore {
    async fn mutes(&self) -> Result<Vec<Mute>, StoreError> {
        self.with(|content| Ok(mutes::by_end(content.mutes.values().cloned().collect())))
    }

    async fn mute(&self, mute: Mute) -> Result<(), StoreError> {
        self.with(|content| {
            let stored: Vec<Mute> = content.mutes.values().cloned().collect();
            for id in mutes::ended(&stored, &mute)? {
                content.mutes.remove(&id);
                content.log.note(ChangeKind::Mute, &id);
            }
            content.log.note(ChangeKind::Mute, &mute.id);
            content.mutes.insert(mute.id, mute);
            Ok(())
        })
    }

    async fn unmute(&self, id: MuteId) -> Result<bool, StoreError> {
        self.with(|content| {
            let is_known = content.mutes.remove(&id).is_some();
            if is_known {
                content.log.note(ChangeKind::Mute, &id);
            }
            Ok(is_known)
        })
    }
}
