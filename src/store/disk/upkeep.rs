//! How the store on disk is, and what keeps it well.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::oneshot;

use crate::model::{Clock, SystemClock};
use crate::store::disk::open::caught;
use crate::store::disk::shared::closed;
use crate::store::disk::start::JOURNAL;
use crate::store::disk::verify::survey;
use crate::store::disk::writer::Work;
use crate::store::disk::{backup, ended};
use crate::store::{
    Backup, Compacted, DiskStore, StoreError, StoreHealth, StoreSize, Upkeep, VerifyReport,
};

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

    async fn verify(&self) -> Result<VerifyReport, StoreError> {
        let mut report: Option<VerifyReport> = None;
        loop {
            self.queue()?;
            let (shared, journal) = (Arc::clone(&self.shared), self.folder.join(JOURNAL));
            let surveying = move || caught(|| survey(&shared, &journal));
            let surveyed = tokio::task::spawn_blocking(surveying).await;
            let (surveyed, suspects) = surveyed.unwrap_or_else(|error| Err(ended(error)))?;
            let report = report.get_or_insert(surveyed);
            if suspects.is_empty() {
                return Ok(report.clone());
            }
            let is_partial = suspects.is_partial;
            let (tell, told) = oneshot::channel();
            self.write(Work::Mend(Box::new((suspects, tell)))).await?;
            let mended = told.await.unwrap_or_else(|_| Err(closed()))?;
            let is_better = 0 < mended.n_healed;
            report.merge(mended);
            // More than fits into one round: what was healed makes room for the rest.
            if !is_partial || !is_better {
                return Ok(report.clone());
            }
        }
    }
}
