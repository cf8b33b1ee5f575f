//! Which entries are known: by far the most numerous records, so many of them share a value.
//!
//! All keys whose hashes start with the same two bytes stand in one bucket: with a million keys
//! there are 65,536 buckets of about 15 keys and 540 bytes. A value of its own for each key costs
//! much more memory, because sled keeps about a kilobyte for every leaf of at most 16 values.
//!
//! A bucket is one byte, how long an entry is, then its entries, sorted: the other 14 bytes of
//! the key, article (8), content (8), day (4). Fields are added at the end of an entry only.
//!
//! Invariant: a bucket that is damaged is written over by nothing but what heals it.

use std::collections::BTreeMap;

use crate::model::ArticleId;
use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::{layout, record};
use crate::store::journal::{Entry, Kind, hex};
use crate::store::{SeenKey, Sighting, StoreError};

/// A bucket is written anew with every key, so it has a limit: who finds names for entries that
/// all fall into one bucket pays with the entries that were seen longest ago.
const KEYS_MAX: usize = 16_384;

/// The bytes of a key that its bucket does not say.
const REST_BYTES: usize = 16 - layout::BUCKET_BYTES;

/// What an entry takes: the key's rest, article, content, day.
const ENTRY_BYTES: usize = REST_BYTES + 8 + 8 + 4;

/// What is to be known of an entry from now on; none: nothing.
pub(super) type SeenChange = (SeenKey, Option<Sighting>);

/// All keys that start with the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    /// Sorted, each key once.
    entries: Vec<(SeenKey, Sighting)>,
}

impl Bucket {
    /// Reads the bucket at `key`; one that is not there is empty.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] names the bucket.
    pub(super) fn read(engine: &Engine, key: &[u8]) -> Result<Self, StoreError> {
        let packed = engine.packed(key)?;
        packed.map_or(Ok(Self::default()), |packed| Self::unpack(key, &packed))
    }

    /// Its keys, in order.
    pub(super) fn entries(&self) -> &[(SeenKey, Sighting)] {
        &self.entries
    }

    fn get(&self, key: SeenKey) -> Option<Sighting> {
        let at = self.entries.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(self.entries[at].1)
    }

    /// Makes all of these changes, and says how many keys went because it was too large.
    pub(super) fn change(&mut self, changes: impl IntoIterator<Item = SeenChange>) -> usize {
        let mut entries: BTreeMap<_, _> = std::mem::take(&mut self.entries).into_iter().collect();
        for (key, sighting) in changes {
            match sighting {
                Some(sighting) => drop(entries.insert(key, sighting)),
                None => drop(entries.remove(&key)),
            }
        }
        self.entries = entries.into_iter().collect();
        let n_over = self.entries.len().saturating_sub(KEYS_MAX);
        if 0 < n_over {
            self.entries.sort_by_key(|(_, sighting)| sighting.day);
            self.entries.drain(..n_over);
            self.entries.sort_by_key(|(key, _)| *key);
        }
        n_over
    }

    /// Forgets what no feed has carried since `oldest`, and says how many keys that were.
    pub(super) fn drop_before(&mut self, oldest: u32) -> usize {
        let n_before = self.entries.len();
        self.entries.retain(|(_, sighting)| oldest <= sighting.day);
        n_before - self.entries.len()
    }

    /// Adds to `batch` what makes this the bucket at `key`; an empty one goes.
    pub(super) fn put(
        &self,
        engine: &Engine,
        batch: &mut Batch,
        key: &[u8],
    ) -> Result<(), StoreError> {
        if self.entries.is_empty() {
            return engine.remove(batch, key);
        }
        engine.put_packed(batch, key, &self.pack())
    }

    /// Bytes of all keys and values that it takes at `key`.
    pub(super) fn stored_bytes(&self, key: &[u8]) -> u64 {
        if self.entries.is_empty() {
            return 0;
        }
        let frames = record::frames(key, &self.pack());
        frames.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum()
    }

    fn pack(&self) -> Vec<u8> {
        let mut packed = Vec::with_capacity(1 + self.entries.len() * ENTRY_BYTES);
        packed.push(u8::try_from(ENTRY_BYTES).expect("an entry has some dozen bytes"));
        for (SeenKey(hash), sighting) in &self.entries {
            let Sighting { article, content, day } = sighting;
            packed.extend_from_slice(&hash[layout::BUCKET_BYTES..]);
            packed.extend_from_slice(&article.to_be_bytes());
            packed.extend_from_slice(&content.to_be_bytes());
            packed.extend_from_slice(&day.to_be_bytes());
        }
        packed
    }

    fn unpack(key: &[u8], packed: &[u8]) -> Result<Self, StoreError> {
        let senseless = || record::corrupt(key, "it makes no sense");
        let start = layout::start_of_bucket(key).ok_or_else(senseless)?;
        let (length, entries) = packed.split_first().ok_or_else(senseless)?;
        let length = usize::from(*length);
        if length < ENTRY_BYTES || entries.len() % length != 0 {
            return Err(senseless());
        }
        let entries = entries.chunks_exact(length).map(|entry| unpack_entry(start, entry));
        let entries: Option<Vec<_>> = entries.collect();
        let is_sorted = |entries: &Vec<(SeenKey, _)>| entries.is_sorted_by(|(a, _), (b, _)| a < b);
        let entries = entries.filter(is_sorted).ok_or_else(senseless)?;
        Ok(Self { entries })
    }
}

fn unpack_entry(start: [u8; layout::BUCKET_BYTES], entry: &[u8]) -> Option<(SeenKey, Sighting)> {
    let (rest, entry) = entry.split_first_chunk::<REST_BYTES>()?;
    let (article, entry) = entry.split_first_chunk::<8>()?;
    let (content, entry) = entry.split_first_chunk::<8>()?;
    let (day, _) = entry.split_first_chunk::<4>()?;
    let mut hash = [0; 16];
    hash[..layout::BUCKET_BYTES].copy_from_slice(&start);
    hash[layout::BUCKET_BYTES..].copy_from_slice(rest);
    let sighting = Sighting {
        article: ArticleId::from_be_bytes(*article),
        content: u64::from_be_bytes(*content),
        day: u32::from_be_bytes(*day),
    };
    Some((SeenKey(hash), sighting))
}

/// What is known of each of these keys, in order. Each bucket is read once.
pub(super) fn sightings(
    engine: &Engine,
    keys: &[SeenKey],
) -> Result<Vec<Option<Sighting>>, StoreError> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by_key(|at| keys[*at]);
    let mut found = vec![None; keys.len()];
    for some in order.chunk_by(|a, b| layout::bucket(keys[*a]) == layout::bucket(keys[*b])) {
        let Some(first) = some.first() else { continue };
        let bucket = Bucket::read(engine, &layout::bucket(keys[*first]))?;
        for at in some {
            found[*at] = bucket.get(keys[*at]);
        }
    }
    Ok(found)
}

/// What is known of one key.
pub(super) fn sighting(engine: &Engine, key: SeenKey) -> Result<Option<Sighting>, StoreError> {
    Ok(Bucket::read(engine, &layout::bucket(key))?.get(key))
}

/// The lines of all that stands in a bucket, as the journal or a backup has them.
pub(super) fn lines(bucket: &Bucket) -> impl Iterator<Item = (Sighting, Entry)> {
    bucket.entries.iter().map(|(key, sighting)| (*sighting, line(*key, sighting)))
}

/// The line that says what is known of an entry.
pub(super) fn line(key: SeenKey, sighting: &Sighting) -> Entry {
    Entry { kind: Kind::Seen, id: hex(&key.0), record: Some(record::json(sighting)) }
}

impl Batch {
    /// From now on this is known of the entry.
    pub(super) fn see(&mut self, key: SeenKey, sighting: Sighting) {
        self.seen.push((key, Some(sighting)));
    }

    /// What is known of a match's entry must outlive the database: nobody is told twice.
    pub(super) fn see_match(&mut self, key: SeenKey, sighting: Sighting) {
        self.see(key, sighting);
        self.journal.push(line(key, &sighting));
    }

    /// From now on the entry is unknown.
    pub(super) fn forget(&mut self, key: SeenKey) {
        self.seen.push((key, None));
    }

    /// Turns what it says of entries into writes, on top of what the engine has staged. Each
    /// bucket is written once.
    ///
    /// A bucket that is damaged stays as it is: written over, it would hide that entries of
    /// matches are gone, which the journal still has.
    pub(super) fn settle_seen(&mut self, engine: &Engine) -> Result<(), StoreError> {
        let mut changes = std::mem::take(&mut self.seen);
        // The last change of a key stays the last.
        changes.sort_by_key(|(key, _)| *key);
        for some in changes.chunk_by(|(a, _), (b, _)| layout::bucket(*a) == layout::bucket(*b)) {
            let Some((first, _)) = some.first() else { continue };
            let key = layout::bucket(*first);
            match Bucket::read(engine, &key) {
                Ok(mut bucket) => {
                    let n_over = bucket.change(some.iter().copied());
                    if 0 < n_over {
                        let name = layout::name(&key);
                        tracing::warn!("{n_over} of the {name} were dropped: they are too many");
                    }
                    bucket.put(engine, self, &key)?;
                }
                Err(StoreError::Corrupt { what }) => {
                    let n = some.len();
                    tracing::error!(
                        "{n} entries were not noted: {what}; run silkwire store verify"
                    );
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The write that makes `entries` all that stands in the damaged bucket at `key`.
pub(super) fn healing(
    engine: &Engine,
    key: &[u8],
    entries: impl IntoIterator<Item = (SeenKey, Sighting)>,
) -> Result<Batch, StoreError> {
    let mut batch = Batch::default();
    // How many frames a damaged one has cannot be known.
    for frame in engine.keys(layout::continuations_of(key)) {
        batch.remove(frame?.to_vec());
    }
    let mut bucket = Bucket::default();
    bucket.change(entries.into_iter().map(|(key, sighting)| (key, Some(sighting))));
    bucket.put(engine, &mut batch, key)?;
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Articles, Commit, DiskStore, Seen, Store, Upkeep};

    /// Keys that all start with the same bytes.
    fn key(number: u32) -> SeenKey {
        let mut key = [7; 16];
        key[4..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9).to_be_bytes());
        key[12..].copy_from_slice(&number.to_be_bytes());
        SeenKey(key)
    }

    fn seen(number: u32) -> Sighting {
        Sighting { article: ArticleId::from_be_bytes([3; 8]), content: 5, day: number }
    }

    fn commit(numbers: std::ops::Range<u32>) -> Commit {
        let seen = numbers.map(|number| (key(number), seen(number))).collect();
        Commit { seen, ..Commit::default() }
    }

    async fn known(store: &DiskStore, numbers: std::ops::Range<u32>) -> Vec<Option<Sighting>> {
        store.sightings(numbers.map(key).collect()).await.unwrap()
    }

    fn n_written(store: &DiskStore) -> usize {
        let ranges =
            [layout::starting_with(&[layout::SEEN]), layout::starting_with(&[layout::CHUNK])];
        let count =
            |engine: &Engine| Ok(ranges.into_iter().flat_map(|it| engine.written(it)).count());
        store.shared.with_engine(count).unwrap()
    }

    /// Goal: who finds ten thousand names that fall into one bucket does not stop anybody: each is
    /// known, once, and the store is whole, also after a restart.
    #[tokio::test]
    async fn ten_thousand_keys_fit_one_bucket() {
        let folder = tempfile::tempdir().unwrap();
        let store = DiskStore::open(folder.path()).unwrap();
        store.commit(commit(0..9_000)).await.unwrap();
        for _ in 0..2 {
            store.commit(commit(9_000..10_000)).await.unwrap();
        }
        let expected: Vec<_> =
            (0..10_001).map(|it| Some(seen(it)).filter(|_| it < 10_000)).collect();
        assert_eq!(known(&store, 0..10_001).await, expected);
        assert_eq!(n_written(&store), 84);
        assert_eq!(store.verify().await.unwrap().n_healed, 0);
        store.close().await.unwrap();
        let store = DiskStore::open(folder.path()).unwrap();
        assert_eq!(known(&store, 0..10_001).await, expected);
        store.close().await.unwrap();
    }

    /// Goal: what polls note at the same moment in one bucket is all there.
    #[tokio::test]
    async fn commits_of_one_group_share_a_bucket() {
        let folder = tempfile::tempdir().unwrap();
        let store = DiskStore::open(folder.path()).unwrap();
        let commits = (0..60).map(|number| store.commit(commit(3 * number..3 * number + 5)));
        for done in futures_util::future::join_all(commits).await {
            done.unwrap();
        }
        assert_eq!(known(&store, 0..182).await.into_iter().flatten().count(), 182);
        assert_eq!(n_written(&store), 2);
        store.close().await.unwrap();
    }

    /// Goal: one bucket cannot grow without a bound; what was seen last stays known.
    #[test]
    fn oldest_keys_of_a_bucket_go() {
        let mut bucket = Bucket::default();
        let max = u32::try_from(KEYS_MAX).unwrap();
        let changes = |numbers: std::ops::Range<u32>| numbers.map(|it| (key(it), Some(seen(it))));
        assert_eq!(bucket.change(changes(0..max)), 0);
        assert_eq!(bucket.change(changes(max..max + 10)), 10);
        assert_eq!(bucket.entries().len(), KEYS_MAX);
        assert_eq!((bucket.get(key(9)), bucket.get(key(10))), (None, Some(seen(10))));
        assert_eq!(bucket.get(key(max + 9)), Some(seen(max + 9)));
    }

    /// Goal: the last word on an entry counts; a bucket of which all entries went takes no room.
    #[test]
    fn last_change_counts() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(folder.path()).unwrap().for_writing().unwrap();
        let mut batch = Batch::default();
        for number in 0..300 {
            batch.see(key(number), seen(number));
        }
        batch.see(key(1), seen(77));
        batch.forget(key(2));
        engine.stage_aside(batch).unwrap();
        let found = sightings(&engine, &[key(2), key(1), key(0)]).unwrap();
        assert_eq!(found, [None, Some(seen(77)), Some(seen(0))]);
        let mut batch = Batch::default();
        for number in 0..300 {
            batch.forget(key(number));
        }
        engine.stage_aside(batch).unwrap();
        engine.write_staged().unwrap();
        assert_eq!(engine.pairs_behind(&[]).count(), 0);
    }

    /// Goal: a later version may add fields to an entry; what makes no sense is no bucket.
    #[test]
    fn longer_entries_are_read() {
        let at = layout::bucket(key(0));
        let mut bucket = Bucket::default();
        bucket.change((0..3).map(|number| (key(number), Some(seen(number)))));
        let packed = bucket.pack();
        assert_eq!(Bucket::unpack(&at, &packed).unwrap(), bucket);
        let mut longer = vec![packed[0] + 1];
        for entry in packed[1..].chunks(ENTRY_BYTES) {
            longer.extend_from_slice(entry);
            longer.push(9);
        }
        assert_eq!(Bucket::unpack(&at, &longer).unwrap(), bucket);
        let twice = [&packed[..], &packed[1..=ENTRY_BYTES]].concat();
        let shorter = [&[packed[0] - 1], &packed[1..]].concat();
        for senseless in [&[], &packed[..packed.len() - 1], &twice, &shorter] {
            let error = Bucket::unpack(&at, senseless).unwrap_err().to_string();
            assert_eq!(error, "store is damaged: seen keys 0707: it makes no sense");
        }
    }
}
