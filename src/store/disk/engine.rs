//! sled with what it lacks: records, a durable flush, errors in our words.
//!
//! Invariant: nothing is called durable on sled's word alone: its `flush` does not reach the
//! disk on Linux (spacejam/sled#1452), so every one is followed by our own `fsync`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::ops::{Bound, Range};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sled::IVec;

use crate::model::Timestamp;
use crate::store::catalog::Note;
use crate::store::disk::open::{LOCK_PATIENCE, LOCK_PAUSE};
use crate::store::disk::progress::Mark;
use crate::store::disk::seen::SeenChange;
use crate::store::disk::{layout, record};
use crate::store::journal::Entry;
use crate::store::{Judged, StoreError};

/// Idle memory stays far below it; a page of matches fits many times.
const CACHE_BYTES: u64 = 24 * 1024 * 1024;

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

/// An open database, as readers see it or as the writer does.
///
/// The writer plans a group of requests on what is stored and what the group has staged so far;
/// readers see none of that until it is written.
pub(super) struct Engine {
    db: sled::Db,
    folder: PathBuf,
    /// Our own handle of the file in which sled keeps its log.
    file: File,
    /// What the writer has staged; none for readers.
    staged: Option<Mutex<Staged>>,
}

/// A key with what stands there from now on; none: nothing.
pub(super) type RawWrite = (IVec, Option<IVec>);

/// Writes that are planned and not yet made.
#[derive(Default)]
struct Staged {
    /// The last write of each key.
    values: BTreeMap<Vec<u8>, Option<IVec>>,
    /// All of them, in order.
    batches: Vec<sled::Batch>,
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
        Ok(Self { db, folder: folder.to_owned(), file, staged: None })
    }

    /// The same database for the writer.
    pub(super) fn for_writing(&self) -> Result<Self, StoreError> {
        let file = self.file.try_clone().map_err(io_error)?;
        let (db, folder) = (self.db.clone(), self.folder.clone());
        Ok(Self { db, folder, file, staged: Some(Mutex::default()) })
    }

    /// The folder that holds it.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
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

    /// The record at `key` as JSON.
    pub(super) fn json(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let packed = self.packed(key)?;
        packed.map(|packed| record::unpack_json(key, &packed)).transpose()
    }

    pub(super) fn contains(&self, key: &[u8]) -> Result<bool, StoreError> {
        Ok(self.value(key)?.is_some())
    }

    /// The bytes at `key`.
    pub(super) fn value(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        if let Some(staged) = self.staged()
            && let Some(value) = staged.values.get(key)
        {
            return Ok(value.clone());
        }
        self.db.get(key).map_err(store_error)
    }

    /// The bytes that are written at `key`, whatever is staged.
    pub(super) fn written_value(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        self.db.get(key).map_err(store_error)
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
        range: Range<Vec<u8>>,
    ) -> Box<dyn DoubleEndedIterator<Item = Result<IVec, StoreError>> + '_> {
        let is_staged = |staged: &Staged| staged.values.range(range.clone()).next().is_some();
        if self.staged().is_some_and(|staged| is_staged(&staged)) {
            return match self.keys_with_staged(&range) {
                Ok(keys) => Box::new(keys.into_iter().map(Ok)),
                Err(error) => Box::new(std::iter::once(Err(error))),
            };
        }
        Box::new(self.db.range(range).keys().map(|key| key.map_err(store_error)))
    }

    /// All keys behind `key` with what stands there, in order.
    pub(super) fn pairs_behind(
        &self,
        key: &[u8],
    ) -> impl Iterator<Item = Result<(IVec, IVec), StoreError>> + use<> {
        let range = (Bound::Excluded(key), Bound::Unbounded);
        self.db.range::<&[u8], _>(range).map(|pair| pair.map_err(store_error))
    }

    /// All keys and values that are written in `range`, in order.
    pub(super) fn written(
        &self,
        range: Range<Vec<u8>>,
    ) -> impl Iterator<Item = Result<(IVec, IVec), StoreError>> {
        self.db.range(range).map(|pair| pair.map_err(store_error))
    }

    /// Adds to `batch` what makes `value` the record at `key`; what cannot be fetched again also
    /// goes to the journal.
    pub(super) fn put<T: Serialize>(
        &self,
        batch: &mut Batch,
        key: &[u8],
        value: &T,
    ) -> Result<(), StoreError> {
        self.put_prepared(batch, key, Prepared::of(value))
    }

    /// Adds to `batch` what makes `json` the record at `key`, and nothing to the journal.
    pub(super) fn put_json(
        &self,
        batch: &mut Batch,
        key: &[u8],
        json: &[u8],
    ) -> Result<(), StoreError> {
        self.put_packed(batch, key, &record::pack(json))
    }

    /// Like [`Engine::put`] for a record that is packed already.
    pub(super) fn put_prepared(
        &self,
        batch: &mut Batch,
        key: &[u8],
        prepared: Prepared,
    ) -> Result<(), StoreError> {
        let Prepared { json, packed } = prepared;
        self.put_packed(batch, key, &packed)?;
        if let Some((kind, id)) = layout::journaled(key) {
            batch.journal.push(Entry { kind, id, record: Some(json) });
        }
        Ok(())
    }

    /// Adds to `batch` what makes `packed` the record at `key`, and nothing to the journal.
    pub(super) fn put_packed(
        &self,
        batch: &mut Batch,
        key: &[u8],
        packed: &[u8],
    ) -> Result<(), StoreError> {
        let frames = record::frames(key, packed);
        let n_frames = u32::try_from(frames.len()).unwrap_or(u32::MAX);
        batch.writes.extend(frames.into_iter().map(|(key, value)| (key, Some(value))));
        // What was there may have been larger.
        for index in n_frames..self.n_frames(key)? {
            batch.remove(record::frame_key(key, index));
        }
        Ok(())
    }

    /// Adds to `batch` what removes the record at `key`, and says so in the journal.
    pub(super) fn remove(&self, batch: &mut Batch, key: &[u8]) -> Result<(), StoreError> {
        for index in 0..self.n_frames(key)?.max(1) {
            batch.remove(record::frame_key(key, index));
        }
        if let Some((kind, id)) = layout::journaled(key) {
            batch.journal.push(Entry { kind, id, record: None });
        }
        Ok(())
    }

    /// Adds `batch` to what is staged, so that what is planned next builds on it, with `mark`,
    /// whose sum is brought up to date: the two are never apart.
    pub(super) fn stage(&self, mut batch: Batch, mark: &mut Mark) -> Result<(), StoreError> {
        batch.settle_seen(self)?;
        let mut writes = sled::Batch::default();
        for (key, value) in batch.writes {
            let value = value.map(IVec::from);
            if layout::is_digested(&key) {
                let before = self.value(&key)?;
                mark.digest.replace(&key, before.as_deref(), value.as_deref());
            }
            self.stage_write(&mut writes, key, value);
        }
        let mut marking = Batch::default();
        self.put(&mut marking, layout::PROGRESS_KEY, mark)?;
        for (key, value) in marking.writes {
            self.stage_write(&mut writes, key, value.map(IVec::from));
        }
        self.stage_batch(writes)
    }

    /// Stages what the sum over all records does not count.
    pub(super) fn stage_aside(&self, mut batch: Batch) -> Result<(), StoreError> {
        batch.settle_seen(self)?;
        let mut writes = sled::Batch::default();
        for (key, value) in batch.writes {
            self.stage_write(&mut writes, key, value.map(IVec::from));
        }
        self.stage_batch(writes)
    }

    fn stage_write(&self, writes: &mut sled::Batch, key: Vec<u8>, value: Option<IVec>) {
        match &value {
            Some(value) => writes.insert(key.as_slice(), value),
            None => writes.remove(key.as_slice()),
        }
        if let Some(mut staged) = self.staged() {
            staged.values.insert(key, value);
        }
    }

    fn stage_batch(&self, writes: sled::Batch) -> Result<(), StoreError> {
        match self.staged() {
            Some(mut staged) => {
                staged.batches.push(writes);
                Ok(())
            }
            None => self.db.apply_batch(writes).map_err(store_error),
        }
    }

    /// Writes a whole batch or nothing, past the journal and the sum: for tests of damage.
    #[cfg(test)]
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

    /// Makes the staged writes, each batch completely or not at all; not durable before
    /// [`Engine::sync`].
    pub(super) fn write_staged(&self) -> Result<(), StoreError> {
        let Some(mut staged) = self.staged() else { return Ok(()) };
        let Staged { batches, .. } = std::mem::take(&mut *staged);
        batches.into_iter().try_for_each(|batch| self.db.apply_batch(batch).map_err(store_error))
    }

    /// The last staged write of each key up to `key`.
    pub(super) fn staged_up_to(&self, key: &[u8]) -> Vec<RawWrite> {
        let Some(staged) = self.staged() else { return Vec::new() };
        let range = (Bound::Unbounded, Bound::Included(key));
        let writes = staged.values.range::<[u8], _>(range);
        writes.map(|(key, value)| (IVec::from(key.as_slice()), value.clone())).collect()
    }

    /// Makes all of these writes or none, as they are; not durable before [`Engine::sync`].
    pub(super) fn write_raw(&self, writes: Vec<RawWrite>) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        for (key, value) in writes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        self.db.apply_batch(batch).map_err(store_error)
    }

    /// Forgets the staged writes.
    pub(super) fn drop_staged(&self) {
        if let Some(mut staged) = self.staged() {
            *staged = Staged::default();
        }
    }

    /// Makes everything written so far durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.db.flush().map_err(store_error)?;
        self.file.sync_all().map_err(io_error)
    }

    fn staged(&self) -> Option<MutexGuard<'_, Staged>> {
        let staged = self.staged.as_ref()?;
        Some(staged.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keys_with_staged(&self, range: &Range<Vec<u8>>) -> Result<BTreeSet<IVec>, StoreError> {
        let written = self.db.range(range.clone()).keys();
        let mut keys: BTreeSet<IVec> = written.collect::<Result<_, _>>().map_err(store_error)?;
        let Some(staged) = self.staged() else { return Ok(keys) };
        for (key, value) in staged.values.range(range.clone()) {
            let key = IVec::from(key.as_slice());
            if value.is_some() {
                keys.insert(key)
            } else {
                keys.remove(&key)
            };
        }
        Ok(keys)
    }

    /// The record at `key` as it was packed, all of it.
    pub(super) fn packed(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(value) = self.value(key)? else { return Ok(None) };
        let (n_more, part) = record::open_frame(key, &value)?;
        let mut packed = part.to_vec();
        for index in 1..=n_more {
            let key = record::frame_key(key, index);
            let value = self.value(&key)?;
            let value = value.ok_or_else(|| record::corrupt(&key, "it is missing"))?;
            packed.extend_from_slice(record::open_frame(&key, &value)?.1);
        }
        Ok(Some(packed))
    }

    /// How many frames there are now. None if the record is damaged: writing it anew heals it.
    fn n_frames(&self, key: &[u8]) -> Result<u32, StoreError> {
        let Some(value) = self.value(key)? else { return Ok(0) };
        let frame = record::open_frame(key, &value);
        Ok(frame.map_or(0, |(n_more, _)| n_more.saturating_add(1)))
    }
}

/// A record that was made ready for the disk by whoever brings it: packing takes longer than
/// anything else that the writer would do.
#[derive(Debug)]
pub(super) struct Prepared {
    json: Vec<u8>,
    packed: Vec<u8>,
}

impl Prepared {
    pub(super) fn of<T: Serialize>(record: &T) -> Self {
        let json = record::json(record);
        let packed = record::pack(&json);
        Self { json, packed }
    }
}

/// Writes that happen together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// What is known of entries; becomes writes when the batch is staged.
    pub(super) seen: Vec<SeenChange>,
    /// What the journal must say before.
    pub(super) journal: Vec<Entry>,
    /// What the catalog must know once it is written.
    pub(super) notes: Vec<Note>,
}

impl Batch {
    /// Larger batches multiply sled's memory (spec/store.md 3). One match with a huge text
    /// may exceed it: staying whole matters more.
    pub(super) const KEYS_MAX: usize = 200;

    /// A batch that removes `key`.
    pub(super) fn removing(key: Vec<u8>) -> Self {
        Self { writes: vec![(key, None)], ..Self::default() }
    }

    pub(super) fn n_keys(&self) -> usize {
        self.writes.len() + self.seen.len()
    }

    /// An entry of an index: the key says everything.
    pub(super) fn put_key(&mut self, key: Vec<u8>) {
        self.writes.push((key, Some(Vec::new())));
    }

    /// An entry of an index as it stands.
    pub(super) fn put_entry(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.writes.push((key, Some(value)));
    }

    /// Where a story stands in lists: its last update, and what was said of it.
    pub(super) fn put_story_place(&mut self, key: &[u8], at: Timestamp, judged: Judged) {
        let frames = record::frames(key, &record::pack_story_place(at, judged));
        self.writes.extend(frames.into_iter().map(|(key, value)| (key, Some(value))));
    }

    pub(super) fn remove(&mut self, key: Vec<u8>) {
        self.writes.push((key, None));
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.writes.append(&mut other.writes);
        self.seen.append(&mut other.seen);
        self.journal.append(&mut other.journal);
        self.notes.append(&mut other.notes);
    }
}

/// An error of the file system in our words.
pub(super) fn io_error(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full(error),
        _ => StoreError::Io { reason: error.to_string() },
    }
}

fn store_error(error: sled::Error) -> StoreError {
    match error {
        sled::Error::Io(error) if is_lock(&error) => {
            StoreError::Unavailable { reason: "another program has its database open".to_owned() }
        }
        sled::Error::Io(error) if is_of_the_disk(&error) => io_error(error),
        error => StoreError::Corrupt { what: error.to_string() },
    }
}

/// Whether the disk, and not what stands on it, is at fault.
fn is_of_the_disk(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded => true,
        NotFound | IsADirectory | NotADirectory => false,
        // What sled says itself has no number of the system.
        _ => error.raw_os_error().is_some(),
    }
}
