//! What keeps a store well: how it is, and what is done for it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::store::{Backup, StoreError, VerifyReport};

/// How a store is, and what keeps it well.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Whether the store can do its work; from memory, so it may be asked at any time.
    fn health(&self) -> StoreHealth;

    /// What should be mended although the store works, in words.
    fn notices(&self) -> Vec<String>;

    /// How much room the store has and needs; from memory.
    fn size(&self) -> StoreSize;

    /// Gives the disk back what deleted and changed records still take, and returns when that
    /// is done. Everything else goes on meanwhile; a second caller waits for the same end.
    ///
    /// # Errors
    /// [`StoreError::Full`] when there is no room for the copy that this needs; the store is as
    /// it was after any error.
    async fn compact(&self) -> Result<Compacted, StoreError>;

    /// Begins a backup of everything that is stored. Everything else goes on meanwhile.
    ///
    /// # Errors
    /// The store is none that can be backed up. What fails later is among the pieces.
    async fn backup(&self) -> Result<Backup, StoreError>;

    /// Checks every record, in both copies, with everything that it refers to, and heals what is
    /// whole in one of them. Everything else goes on meanwhile.
    ///
    /// # Errors
    /// The store could not be read to the end. Damage is no error: it stands in the report.
    async fn verify(&self) -> Result<VerifyReport, StoreError>;
}

/// Whether a store can do its work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StoreHealth {
    /// It takes and gives everything.
    #[default]
    Ok,
    /// The disk is full: it can be read, what polls and people bring is refused with
    /// [`StoreError::Full`]. It goes on by itself once there is room.
    ReadOnly {
        /// Why, in words for a person.
        reason: String,
    },
    /// It is being made anew from its journal.
    Rebuilding {
        /// How much of that is done.
        percent: u8,
    },
    /// It failed; only opening it again helps.
    Failed {
        /// Why, in words for a person.
        reason: String,
    },
}

/// How much room a store has and needs, in bytes; none where that is not known (yet).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreSize {
    /// Free on its file system.
    pub free_bytes: Option<u64>,
    /// Keys and records, without what the engine takes beside them.
    pub live_bytes: Option<u64>,
}

/// What compacting a store did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Compacted {
    /// Bytes on disk before.
    pub bytes_before: u64,
    /// Bytes on disk after.
    pub bytes_after: u64,
    /// Keys that were copied.
    pub n_keys: u64,
    /// Records whose checksum was wrong. They were copied as they are, so that reading them is
    /// still an error and `store verify` can heal them.
    pub n_damaged: u64,
    /// The first of these by name, at most [`Compacted::DAMAGED_MAX`].
    pub damaged: Vec<String>,
}

impl Compacted {
    /// More names help nobody.
    pub const DAMAGED_MAX: usize = 20;
}
