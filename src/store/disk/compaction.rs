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

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, mem};

use tokio::sync::oneshot;

use crate::store::disk::engine::{Batch, Engine, io_error};
use crate::store::disk::shared::Failure;
use crate::store::disk::{layout, record};
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
    folder: PathBuf,
    /// Everything up to this key is copied.
    cursor: Vec<u8>,
    /// Bytes that were copied since the copy was made durable last.
    unsynced_bytes: u64,
    live_bytes: u64,
    report: Compacted,
    waiters: Vec<Waiter>,
}

/// A complete copy.
pub(super) struct Copied {
    pub(super) engine: Engine,
    pub(super) live_bytes: u64,
    pub(super) report: Compacted,
    pub(super) waiters: Vec<Waiter>,
}

impl Compaction {
    /// Begins a copy of `database` in `folder`, which nothing is in.
    pub(super) fn begin(
        database: &Engine,
        folder: &Path,
        waiters: Vec<Waiter>,
    ) -> Result<Self, StoreError> {
        let bytes_before = database.disk_bytes()?;
        Ok(Self {
            copy: Engine::open(folder)?,
            folder: folder.to_owned(),
            cursor: Vec::new(),
            unsynced_bytes: 0,
            live_bytes: 0,
            report: Compacted { bytes_before, ..Compacted::default() },
            waiters,
        })
    }

    /// Lets somebody else wait too.
    pub(super) fn add_waiter(&mut self, waiter: Waiter) {
        self.waiters.push(waiter);
    }

    /// Copies for about [`SLICE`]; true once everything is copied.
    pub(super) fn slice(&mut self, database: &Engine) -> Result<bool, StoreError> {
        let started = Instant::now();
        let mut batch = Batch::default();
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
            batch.put_raw(&key, &value);
            if BATCH_KEYS <= batch.n_keys() {
                self.copy.apply(mem::take(&mut batch))?;
            }
        }
        self.copy.apply(batch)?;
        if is_complete || SYNC_BYTES <= self.unsynced_bytes {
            self.copy.sync()?;
            self.unsynced_bytes = 0;
        }
        Ok(is_complete)
    }

    /// Writes to the copy what was written to the database, as far as that is copied already.
    pub(super) fn follow(&self, batch: &Batch) -> Result<(), StoreError> {
        self.copy.apply(batch.up_to(&self.cursor))
    }

    /// Makes the copy durable with the folder that holds its files.
    pub(super) fn complete(mut self) -> Result<Copied, (StoreError, Self)> {
        let synced = self.copy.sync().and_then(|()| {
            let folders = [self.folder.clone(), self.folder.join("blobs")];
            let sync = |folder: &PathBuf| fs::File::open(folder)?.sync_all();
            folders.iter().try_for_each(sync).map_err(io_error)
        });
        match synced.and_then(|()| self.copy.disk_bytes()) {
            Err(error) => Err((error, self)),
            Ok(bytes_after) => {
                self.report.bytes_after = bytes_after;
                let Self { copy, live_bytes, report, waiters, .. } = self;
                Ok(Copied { engine: copy, live_bytes, report, waiters })
            }
        }
    }

    /// Gives up: the copy goes, and whoever waits is told why.
    pub(super) fn give_up(self, error: &StoreError) {
        let Self { copy, folder, waiters, .. } = self;
        drop(copy);
        if let Err(error) = fs::remove_dir_all(&folder) {
            // The next start removes it.
            tracing::warn!(%error, "{} was not removed: {error}", folder.display());
        }
        for waiter in waiters {
            waiter.send(Err(Failure::from(error).error())).ok();
        }
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
