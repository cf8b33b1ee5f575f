//! What people should know of the store's past: damage, and what became of it.

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::layout;

/// Older ones make room.
const NOTICES_MAX: usize = 20;

/// Something that people should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notice {
    pub(super) at: Timestamp,
    pub(super) text: String,
}

/// Adds a notice; not durable before the next sync.
pub(super) fn add_notice(engine: &Engine, notice: Notice) -> Result<(), StoreError> {
    let mut notices = notices(engine)?;
    notices.push(notice);
    let n_over = notices.len().saturating_sub(NOTICES_MAX);
    notices.drain(..n_over);
    let mut batch = Batch::default();
    engine.put(&mut batch, layout::NOTICES_KEY, &notices)?;
    engine.stage_aside(batch)?;
    engine.write_staged()
}

/// All notices that are kept, oldest first.
pub(super) fn notices(engine: &Engine) -> Result<Vec<Notice>, StoreError> {
    Ok(engine.get(layout::NOTICES_KEY)?.unwrap_or_default())
}
