//! Memory needs no upkeep.

use async_trait::async_trait;

use crate::store::{
    Backup, Compacted, MemoryStore, StoreError, StoreHealth, StoreSize, Upkeep, VerifyReport,
};

#[async_trait]
impl Upkeep for MemoryStore {
    fn health(&self) -> StoreHealth {
        StoreHealth::Ok
    }

    fn notices(&self) -> Vec<String> {
        Vec::new()
    }

    fn size(&self) -> StoreSize {
        StoreSize::default()
    }

    async fn compact(&self) -> Result<Compacted, StoreError> {
        self.with(|_| Ok(Compacted::default()))
    }

    async fn backup(&self) -> Result<Backup, StoreError> {
        let reason = "this store is in memory only: there is nothing to bring back".to_owned();
        Err(StoreError::Refused { reason })
    }

    async fn verify(&self) -> Result<VerifyReport, StoreError> {
        self.with(|_| Ok(VerifyReport::default()))
    }
}
