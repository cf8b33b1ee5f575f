//! Many deliveries moved at once, and mutes, on disk.

use std::collections::HashSet;

use async_trait::async_trait;

use crate::model::{Delivery, DeliveryId, Mute, MuteId, Timestamp};
use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::writer::Work;
use crate::store::disk::{DiskStore, entries, layout, lists, units};
use crate::store::outbox::{Lease, Leases, buried, from, hurried, replayed};
use crate::store::{Mutes, Replayed, StoreError, mutes};

/// So many are moved in one request of the writer, so that nobody waits long for it.
const MOVED_AT_ONCE: usize = 100;

/// The writes that make due at `now` those that a mute holds, and how many these are.
pub(super) fn hurrying(
    engine: &Engine,
    ids: &[DeliveryId],
    now: Timestamp,
) -> Result<(Vec<Batch>, u64), StoreError> {
    let mut batches = Vec::new();
    let mut n = 0;
    for id in ids {
        let Some(was): Option<Delivery> = engine.get(&layout::delivery(*id))? else { continue };
        let earlier = was.state;
        let Some(is) = hurried(was, now) else { continue };
        let mut batch = Batch::default();
        entries::put_delivery(engine, &mut batch, &is, Some(earlier))?;
        units::add(&mut batches, batch);
        n += 1;
    }
    Ok((batches, n))
}

/// The writes that make due from `due` on those that were delivered or given up.
pub(super) fn replaying(
    engine: &Engine,
    ids: &[DeliveryId],
    due: Timestamp,
) -> Result<(Vec<Batch>, Replayed), StoreError> {
    let mut batches = Vec::new();
    let mut counts = Replayed::default();
    let mut known = HashSet::new();
    for (id, due) in ids.iter().zip(from(due)) {
        if !known.insert(*id) {
            counts.n_pending += 1;
            continue;
        }
        let was: Option<Delivery> = engine.get(&layout::delivery(*id))?;
        let earlier = was.as_ref().map(|was| was.state);
        let Some(is) = replayed(was, due, &mut counts) else { continue };
        let mut batch = Batch::default();
        entries::put_delivery(engine, &mut batch, &is, earlier)?;
        units::add(&mut batches, batch);
    }
    Ok((batches, counts))
}

/// The writes that give up those that wait and that nobody works on; nobody will as long as the
/// leases live.
pub(super) fn burying(
    engine: &Engine,
    leases: &Leases,
    ids: &[DeliveryId],
    at: Timestamp,
) -> Result<(Vec<Batch>, Vec<Lease>), StoreError> {
    let mut batches = Vec::new();
    let mut taken = Vec::new();
    for id in ids {
        let Some(lease) = leases.seize(*id) else { continue };
        // Read after it was taken: it may have been settled just before.
        let Some(was): Option<Delivery> = engine.get(&layout::delivery(*id))? else { continue };
        let earlier = was.state;
        let Some(is) = buried(was, at) else { continue };
        let mut batch = Batch::default();
        entries::put_delivery(engine, &mut batch, &is, Some(earlier))?;
        units::add(&mut batches, batch);
        taken.push(lease);
    }
    Ok((batches, taken))
}

/// The write that adds a mute, and takes out those that have ended.
pub(super) fn muting(engine: &Engine, mute: &Mute) -> Result<Batch, StoreError> {
    let stored: Vec<Mute> = lists::all(engine, layout::MUTE).collect::<Result<_, _>>()?;
    let mut batch = Batch::default();
    for id in mutes::ended(&stored, mute)? {
        engine.remove(&mut batch, &layout::mute(id))?;
    }
    engine.put(&mut batch, &layout::mute(mute.id), mute)?;
    Ok(batch)
}

/// The write that takes out a mute, and whether there is one.
pub(super) fn unmuting(engine: &Engine, id: MuteId) -> Result<(Batch, bool), StoreError> {
    let key = layout::mute(id);
    let mut batch = Batch::default();
    let is_known = engine.contains(&key)?;
    if is_known {
        engine.remove(&mut batch, &key)?;
    }
    Ok((batch, is_known))
}

impl DiskStore {
    pub(super) async fn hurry_held(
        &self,
        receiver: Option<&str>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let receiver = receiver.map(str::to_owned);
        let held = self.read(move |_, engine| lists::held(engine, receiver.as_deref())).await?;
        let mut n = 0;
        for ids in held.chunks(MOVED_AT_ONCE) {
            let ids = ids.to_vec();
            n += self.write_and_hear(|tell| Work::Hurry { ids, now, tell }).await?;
        }
        Ok(n)
    }

    pub(super) async fn replay_all(
        &self,
        ids: &[DeliveryId],
        due: Timestamp,
    ) -> Result<Replayed, StoreError> {
        let mut counts = Replayed::default();
        let firsts = from(due).step_by(MOVED_AT_ONCE);
        for (ids, due) in ids.chunks(MOVED_AT_ONCE).zip(firsts) {
            let ids = ids.to_vec();
            counts.add(self.write_and_hear(|tell| Work::Replay { ids, due, tell }).await?);
        }
        Ok(counts)
    }

    pub(super) async fn bury_pending(
        &self,
        receiver: &str,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let receiver = receiver.to_owned();
        let pending = self.read(move |_, engine| lists::pending(engine, &receiver)).await?;
        let mut n = 0;
        for ids in pending.chunks(MOVED_AT_ONCE) {
            let ids = ids.to_vec();
            n += self.write_and_hear(|tell| Work::Bury { ids, at, tell }).await?;
        }
        Ok(n)
    }
}

#[async_trait]
impl Mutes for DiskStore {
    async fn mutes(&self) -> Result<Vec<Mute>, StoreError> {
        self.read(|_, engine| {
            let stored = lists::all(engine, layout::MUTE).collect::<Result<_, _>>()?;
            Ok(mutes::by_end(stored))
        })
        .await
    }

    async fn mute(&self, mute: Mute) -> Result<(), StoreError> {
        self.write_and_hear(|tell| Work::Mute { mute, tell }).await
    }

    async fn unmute(&self, id: MuteId) -> Result<bool, StoreError> {
        self.write_and_hear(|tell| Work::Unmute { id, tell }).await
    }
}
