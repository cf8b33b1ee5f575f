//! Compaction by rewriting: sled gives no space back, a fresh copy does (spec/store.md 3).
//!
//! The writer copies key by key in slices between its groups. Keys up to a cursor are in the
//! copy; a batch that is written meanwhile goes to the copy too, as far as it concerns them.
//! So the copy is the same as the database once the cursor has come to its end.
//!
//! A record whose checksum is wrong is counted, named and copied as it is: left out, it would be
//! taken for one that never was; like this, reading it stays an error until it is healed.
//!
//! Invariant: the database is only read; whatever goes wrong, it is as good as before.

use std::mem;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::store::disk::engine::{Engine, RawWrite};
use crate::store::disk::shared::Failure;
use crate::store::disk::{layout, open, record};
use crate::store::{Compacted, StoreError};

/// After so long whoever waits for the writer gets a turn.
pub(super) const SLICE: Duration = Duration::from_millis(20);

/// Small batches keep sled's memory small.
const BATCH_KEYS: usize = 50;

/// So much is made durable at once: a single `fsync` of everything would hold up the writer.
const SYNC_BYTES: u64 = 4_000_000;

/// Who waits for the end of a compaction.
pub(super) type Waiter = oneshot::Sender<Result<Compacted, StoreError>>;

/// A copy of the database in the making.
pub(super) struct Compaction {
    copy: Engine,
    /// Everything up to this key is copied, but for the record of the schema, which says that a
    /// database is complete.
    cursor: Vec<u8>,
    /// Bytes that were copied since the copy was made durable last.
    unsynced_bytes: u64,
    live_bytes: u64,
    report: Compacted,
}

/// A complete copy.
pub(super) struct Copied {
    pub(super) engine: Engine,
    pub(super) live_bytes: u64,
    pub(super) report: Compacted,
}

impl Compaction {
    /// Begins a copy of `database` in `folder`.
    pub(super) fn begin(database: &Engine, folder: &Path) -> Result<Self, StoreError> {
        let bytes_before = database.disk_bytes()?;
        Ok(Self {
            copy: open::begin(folder)?,
            cursor: Vec::new(),
            unsynced_bytes: 0,
            live_bytes: 0,
            report: Compacted { bytes_before, ..Compacted::default() },
        })
    }

    /// Copies for about [`SLICE`]; true once everything is copied.
    pub(super) fn slice(&mut self, database: &Engine) -> Result<bool, StoreError> {
        let started = Instant::now();
        let mut writes = Vec::new();
        let mut is_complete = true;
        for pair in database.pairs_behind(&self.cursor) {
            if SLICE <= started.elapsed() {
                is_complete = false;
                break;
            }
            let (key, value) = pair?;
            self.note(&key, &value);
            self.cursor.clear();
            self.cursor.extend_from_slice(&key);
            if key != layout::SCHEMA_KEY {
                writes.push((key, Some(value)));
            }
            if BATCH_KEYS <= writes.len() {
                self.copy.write_raw(mem::take(&mut writes))?;
            }
        }
        self.copy.write_raw(writes)?;
        if SYNC_BYTES <= self.unsynced_bytes {
            self.copy.sync()?;
            self.unsynced_bytes = 0;
        }
        Ok(is_complete)
    }

    /// What the database is about to write of that which is copied already.
    pub(super) fn staged(&self, database: &Engine) -> Vec<RawWrite> {
        database.staged_up_to(&self.cursor)
    }

    /// Writes to the copy what was written to the database.
    pub(super) fn follow(&self, writes: Vec<RawWrite>) -> Result<(), StoreError> {
        self.copy.write_raw(writes)
    }

    /// Makes the copy durable, with the folder that holds it, and says in it that it is complete.
    pub(super) fn complete(mut self) -> Result<Copied, StoreError> {
        open::finish(&self.copy)?;
        self.report.bytes_after = self.copy.disk_bytes()?;
        let Self { copy, live_bytes, report, .. } = self;
        Ok(Copied { engine: copy, live_bytes, report })
    }

    fn note(&mut self, key: &[u8], value: &[u8]) {
        let bytes = (key.len() + value.len()) as u64;
        self.live_bytes += bytes;
        self.unsynced_bytes += bytes;
        self.report.n_keys += 1;
        // An entry of an index has no value.
        if value.is_empty() || record::open_frame(key, value).is_ok() {
            return;
        }
        self.report.n_damaged += 1;
        if self.report.damaged.len() < Compacted::DAMAGED_MAX {
            self.report.damaged.push(layout::name(key));
        }
    }
}

/// Tells everybody who waits how it ended.
pub(super) fn answer(waiters: Vec<Waiter>, outcome: &Result<Compacted, Failure>) {
    for waiter in waiters {
        waiter.send(outcome.clone().map_err(|failure| failure.error())).ok();
    }
}
