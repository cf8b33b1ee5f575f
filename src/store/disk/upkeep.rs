//! How the store on disk is, and what keeps it well.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::oneshot;

use crate::model::{Clock, SystemClock};
use crate::store::disk::backup;
use crate::store::disk::shared::closed;
use crate::store::disk::start::JOURNAL;
use crate::store::disk::writer::Work;
use crate::store::{Backup, Compacted, DiskStore, StoreError, StoreHealth, StoreSize, Upkeep};

#[async_trait]
impl Upkeep for DiskStore {
    fn health(&self) -> StoreHealth {
        self.shared.health()
    }

    fn notices(&self) -> Vec<String> {
        let mut notices = self.shared.notices(SystemClock.now());
        notices.extend(self.shared.room_notice());
        notices
    }

    fn size(&self) -> StoreSize {
        self.shared.size()
    }

    async fn compact(&self) -> Result<Compacted, StoreError> {
        let (tell, told) = oneshot::channel();
        self.write(Work::Compact(tell)).await?;
        told.await.unwrap_or_else(|_| Err(closed()))
    }

    async fn backup(&self) -> Result<Backup, StoreError> {
        self.queue()?;
        Ok(backup::begin(Arc::clone(&self.shared), self.folder.join(JOURNAL)))
    }
}
