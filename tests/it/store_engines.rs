//! The stores that the contract is tested with.
//!
//! Whoever writes another engine adds it to `contract!`, and to `durable!` if it keeps what it
//! has, and has nothing else to do: every case must then pass.

use async_trait::async_trait;
use silkwire::model::{Attempt, Delivery, DeliveryId, Timestamp};
use silkwire::store::{DiskStore, Leased, MemoryStore, Settlement, Store, StoreError};
use tempfile::TempDir;

use crate::store_samples::{DAY_MS, at};

/// Makes stores of one kind, all of which have the same content.
#[async_trait]
pub(crate) trait Engine: Send + Sync {
    /// A place for a store that is empty.
    async fn new() -> Self;

    /// Opens the store that stands there; the one before must be closed.
    async fn open(&self) -> Box<dyn Store>;
}

/// In memory.
pub(crate) struct Memory;

#[async_trait]
impl Engine for Memory {
    async fn new() -> Self {
        Self
    }

    async fn open(&self) -> Box<dyn Store> {
        Box::new(MemoryStore::new())
    }
}

/// On disk.
pub(crate) struct Disk {
    folder: TempDir,
}

#[async_trait]
impl Engine for Disk {
    async fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    async fn open(&self) -> Box<dyn Store> {
        Box::new(DiskStore::open(self.folder.path()).unwrap())
    }
}

/// Runs each case, which gets a store, with each engine.
macro_rules! contract {
    ($($case:ident,)*) => {
        cases!(memory, Memory, open, $($case,)*);
        cases!(disk, Disk, open, $($case,)*);
    };
}

/// Runs each case, which opens its store and opens it again, with each engine that keeps what it
/// has.
macro_rules! durable {
    ($($case:ident,)*) => {
        cases!(durable_disk, Disk, reopen, $($case,)*);
    };
}

/// One module with a test for each case.
macro_rules! cases {
    ($name:ident, $engine:ident, open, $($case:ident,)*) => {
        mod $name {
            use crate::store_engines::Engine;

            $(#[tokio::test]
            async fn $case() {
                let engine = crate::store_engines::$engine::new().await;
                super::$case(&*engine.open().await).await;
            })*
        }
    };
    ($name:ident, $engine:ident, reopen, $($case:ident,)*) => {
        mod $name {
            use crate::store_engines::Engine;

            $(#[tokio::test]
            async fn $case() {
                super::$case(&crate::store_engines::$engine::new().await).await;
            })*
        }
    };
}

/// A lease at `now` for longer than any case takes.
pub(crate) async fn lease(
    store: &dyn Store,
    receiver: &str,
    now: Timestamp,
    limit: usize,
) -> Vec<Leased> {
    store.lease(receiver, now, at(1_000 * DAY_MS), limit).await.unwrap()
}

/// The same, of which only the deliveries are of interest.
pub(crate) async fn leased(
    store: &dyn Store,
    receiver: &str,
    now: Timestamp,
    limit: usize,
) -> Vec<Delivery> {
    lease(store, receiver, now, limit).await.into_iter().map(|it| it.delivery).collect()
}

/// Leases one delivery, tries it and settles it, whenever it is due.
pub(crate) async fn settle(
    store: &dyn Store,
    id: DeliveryId,
    attempt: Attempt,
    settlement: Settlement,
) -> Result<(), StoreError> {
    let receiver = store.delivery(id).await?.map(|it| it.receiver).unwrap_or_default();
    let mut wanted = None;
    for Leased { delivery, fence } in lease(store, &receiver, at(999 * DAY_MS), usize::MAX).await {
        if delivery.id == id {
            wanted = Some(fence);
        } else {
            store.release(delivery.id, fence).await?;
        }
    }
    store.settle(id, wanted.unwrap(), attempt, settlement).await
}
