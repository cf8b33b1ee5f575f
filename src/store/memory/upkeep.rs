//! Memory needs no upkeep.

use async_trait::async_trait;

use crate::store::{Compacted, MemoryStore, StoreError, StoreHealth, StoreSize, Upkeep};

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
}
