//! How the store on disk is, and what keeps it well.

use async_trait::async_trait;

use crate::store::{Compacted, DiskStore, StoreError, StoreHealth, StoreSize, Upkeep};

#[async_trait]
impl Upkeep for DiskStore {
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
        Err(StoreError::Unavailable { reason: "not yet".to_owned() })
    }
}
