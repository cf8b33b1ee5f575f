//! sled with what it lacks: records, a durable flush, errors in our words.
//!
//! Invariant: nothing is called durable on sled's word alone: its `flush` does not reach the
//! disk on Linux (spacejam/sled#1452), so every one is followed by our own `fsync`.

use std::fs::File;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::thread;
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::catalog::Note;
use crate::store::disk::open::{LOCK_PATIENCE, LOCK_PAUSE};
use crate::store::disk::record;
use crate::store::{Sighting, StoreError};

/// Idle memory stays far below it; a page of matches fits many times.
const CACHE_BYTES: u64 = 48 * 1024 * 1024;

/// Cleaning runs in sled's flusher only, so it must stay on.
const FLUSH_EVERY_MS: u64 = 500;

/// Opens sled's files. Whoever calls has the store's own lock, so a lock on them is one that is
/// just being given up.
fn open_when_free(config: &sled::Config) -> Result<sled::Db, StoreError> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        match config.open() {
            Err(sled::Error::Io(error)) if is_lock(&error) && Instant::now() < deadline => {
                thread::sleep(LOCK_PAUSE);
            }
            opened => return opened.map_err(store_error),
        }
    }
}

/// sled wraps the system's "would block" into words.
fn is_lock(error: &io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}

/// An open database.
pub(super) struct Engine {
    db: sled::Db,
    /// Our own handle of the file in which sled keeps its log.
    file: File,
}

impl Engine {
    /// Opens or creates the database in `folder`. May panic if files are damaged.
    pub(super) fn open(folder: &Path) -> Result<Self, StoreError> {
        let config = sled::Config::new()
            .path(folder)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(Some(FLUSH_EVERY_MS));
        let db = open_when_free(&config)?;
        let file = File::open(folder.join("db")).map_err(io_error)?;
        Ok(Self { db, file })
    }

    /// The record at `key`.
    pub(super) fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, StoreError> {
        let packed = self.packed(key)?;
        packed.map(|packed| record::unpack(key, &packed)).transpose()
    }

    /// The record at `key`, to which an index points.
    pub(super) fn need<T: DeserializeOwned>(&self, key: &[u8]) -> Result<T, StoreError> {
        self.get(key)?.ok_or_else(|| record::corrupt(key, "it is missing"))
    }

    /// The sighting at `key`.
    pub(super) fn sighting(&self, key: &[u8]) -> Result<Option<Sighting>, StoreError> {
        let packed = self.packed(key)?;
        packed.map(|packed| record::unpack_sighting(key, &packed)).transpose()
    }

    pub(super) fn contains(&self, key: &[u8]) -> Result<bool, StoreError> {
        self.db.contains_key(key).map_err(store_error)
    }

    /// Bytes of its files.
    pub(super) fn disk_bytes(&self) -> Result<u64, StoreError> {
        self.db.size_on_disk().map_err(store_error)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.db.is_empty()
    }

    /// All keys in `range`, in order.
    pub(super) fn keys(
        &self,
        range: std::ops::Range<Vec<u8>>,
    ) -> impl DoubleEndedIterator<Item = Result<sled::IVec, StoreError>> {
        self.db.range(range).keys().map(|key| key.map_err(store_error))
    }

    /// All keys behind `key` with what stands there, in order.
    pub(super) fn pairs_behind(
        &self,
        key: &[u8],
    ) -> impl Iterator<Item = Result<(sled::IVec, sled::IVec), StoreError>> + use<> {
        let range = (Bound::Excluded(key), Bound::Unbounded);
        self.db.range::<&[u8], _>(range).map(|pair| pair.map_err(store_error))
    }

    /// Adds to `batch` what makes `value` the record at `key`.
    pub(super) fn put<T: Serialize>(
        &self,
        batch: &mut Batch,
        key: &[u8],
        value: &T,
    ) -> Result<(), StoreError> {
        let frames = record::frames(key, &record::pack(value));
        let n_frames = u32::try_from(frames.len()).unwrap_or(u32::MAX);
        batch.writes.extend(frames.into_iter().map(|(key, value)| (key, Some(value))));
        // What was there may have been larger.
        for index in n_frames..self.n_frames(key)? {
            batch.remove(record::frame_key(key, index));
        }
        Ok(())
    }

    /// Adds to `batch` what removes the record at `key`.
    pub(super) fn remove(&self, batch: &mut Batch, key: &[u8]) -> Result<(), StoreError> {
        for index in 0..self.n_frames(key)?.max(1) {
            batch.remove(record::frame_key(key, index));
        }
        Ok(())
    }

    /// Writes a whole batch or nothing; not durable before [`Engine::sync`].
    pub(super) fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        let mut writes = sled::Batch::default();
        for (key, value) in batch.writes {
            match value {
                Some(value) => writes.insert(key, value),
                None => writes.remove(key),
            }
        }
        self.db.apply_batch(writes).map_err(store_error)
    }

    /// Makes everything applied so far durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.db.flush().map_err(store_error)?;
        self.file.sync_all().map_err(io_error)
    }

    fn packed(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(value) = self.db.get(key).map_err(store_error)? else { return Ok(None) };
        let (n_more, part) = record::open_frame(key, &value)?;
        let mut packed = part.to_vec();
        for index in 1..=n_more {
            let key = record::frame_key(key, index);
            let value = self.db.get(&key).map_err(store_error)?;
            let value = value.ok_or_else(|| record::corrupt(&key, "it is missing"))?;
            packed.extend_from_slice(record::open_frame(&key, &value)?.1);
        }
        Ok(Some(packed))
    }

    /// How many frames there are now. None if the record is damaged: writing it anew heals it.
    fn n_frames(&self, key: &[u8]) -> Result<u32, StoreError> {
        let Some(value) = self.db.get(key).map_err(store_error)? else { return Ok(0) };
        let frame = record::open_frame(key, &value);
        Ok(frame.map_or(0, |(n_more, _)| n_more.saturating_add(1)))
    }
}

/// Writes that happen together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// What the catalog must know once it is written.
    pub(super) notes: Vec<Note>,
}

impl Batch {
    /// Larger batches multiply sled's memory (spec/store.md 3). One match with a huge text
    /// may exceed it: staying whole matters more.
    pub(super) const KEYS_MAX: usize = 200;

    /// A batch that removes `key`.
    pub(super) fn removing(key: Vec<u8>) -> Self {
        Self { writes: vec![(key, None)], notes: Vec::new() }
    }

    pub(super) fn n_keys(&self) -> usize {
        self.writes.len()
    }

    /// An entry of an index: the key says everything.
    pub(super) fn put_key(&mut self, key: Vec<u8>) {
        self.writes.push((key, Some(Vec::new())));
    }

    pub(super) fn put_sighting(&mut self, key: &[u8], sighting: &Sighting) {
        let frames = record::frames(key, &record::pack_sighting(sighting));
        self.writes.extend(frames.into_iter().map(|(key, value)| (key, Some(value))));
    }

    /// What already has the shape that it has on the disk.
    pub(super) fn put_raw(&mut self, key: &[u8], value: &[u8]) {
        self.writes.push((key.to_vec(), Some(value.to_vec())));
    }

    /// The writes of keys up to `last`.
    pub(super) fn up_to(&self, last: &[u8]) -> Self {
        let writes = self.writes.iter().filter(|(key, _)| key.as_slice() <= last);
        Self { writes: writes.cloned().collect(), ..Self::default() }
    }

    pub(super) fn remove(&mut self, key: Vec<u8>) {
        self.writes.push((key, None));
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.writes.append(&mut other.writes);
        self.notes.append(&mut other.notes);
    }
}

/// An error of the file system in our words.
pub(super) fn io_error(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full(error),
        _ => StoreError::Unavailable { reason: error.to_string() },
    }
}

fn store_error(error: sled::Error) -> StoreError {
    match error {
        sled::Error::Io(error) => io_error(error),
        error => StoreError::Corrupt { what: error.to_string() },
    }
}
