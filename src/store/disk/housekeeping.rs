//! A walk over everything that is stored: how much of it lives, which seen keys are old, and
//! whether it still has the sum that it should have.
//!
//! The writer walks in slices between its groups. A seen key goes when no feed has carried its
//! entry for so long; matches, stories and whatever people said never go.

use std::time::{Duration, Instant};

use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::disk::compaction::SLICE;
use crate::store::disk::digest::Digest;
use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::layout;
use crate::store::disk::seen::Bucket;

/// How long an entry is known after a feed carried it last: 90 days, and a week because sightings
/// are noted anew that often at most.
const SEEN_DAYS: u32 = 90 + 7;

/// A database is walked over so often, however little it has grown.
pub(super) const WALK_EVERY: Duration = Duration::from_hours(24);

/// What one slice of a walk came to.
pub(super) enum Slice {
    /// There is more; these keys go now.
    Going(Batch),
    /// That was all.
    Done(Walked),
}

/// What a walk found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Walked {
    /// Bytes of all keys and values that are left.
    pub(super) live_bytes: u64,
    /// Seen keys that were dropped.
    pub(super) n_dropped: u64,
    /// The sum over all records, as they were found.
    pub(super) digest: Digest,
}

/// A walk under way.
pub(super) struct Walk {
    /// The present day: seen keys do not tell the time if a clock was wrong once.
    today: u32,
    /// Everything up to this key was looked at.
    cursor: Vec<u8>,
    /// First and last day of all sightings.
    first_day: u32,
    last_day: u32,
    /// Sightings before this day go. None while everything is counted; then only seen keys are
    /// walked over, if any is so old.
    oldest: Option<u32>,
    walked: Walked,
}

impl Walk {
    /// A walk at the time `now`.
    pub(super) fn begin(now: Timestamp) -> Self {
        let days = now.unix_ms().div_euclid(86_400_000);
        Self {
            today: u32::try_from(days).unwrap_or_default(),
            cursor: Vec::new(),
            first_day: u32::MAX,
            last_day: 0,
            oldest: None,
            walked: Walked::default(),
        }
    }

    /// Walks for about [`SLICE`].
    pub(super) fn slice(&mut self, engine: &Engine) -> Result<Slice, StoreError> {
        let started = Instant::now();
        let mut batch = Batch::default();
        for pair in engine.pairs_behind(&self.cursor) {
            let is_over = SLICE <= started.elapsed() || Batch::KEYS_MAX <= batch.n_keys();
            if is_over {
                return Ok(Slice::Going(batch));
            }
            let (key, value) = pair?;
            if self.oldest.is_some() && !layout::is_bucket(&key) {
                break;
            }
            self.look_at(engine, &mut batch, &key, &value)?;
            self.cursor.clear();
            self.cursor.extend_from_slice(&key);
        }
        if self.oldest.is_none() && self.begin_dropping() || 0 < batch.n_keys() {
            return Ok(Slice::Going(batch));
        }
        Ok(Slice::Done(self.walked))
    }

    fn look_at(
        &mut self,
        engine: &Engine,
        batch: &mut Batch,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), StoreError> {
        let bucket = layout::is_bucket(key).then(|| Bucket::read(engine, key)).transpose();
        let bucket = match bucket {
            // What cannot be read is no reason to forget an entry.
            Err(StoreError::Corrupt { .. }) => None,
            bucket => bucket?,
        };
        let Some(oldest) = self.oldest else {
            self.count(key, value, bucket.as_ref());
            return Ok(());
        };
        let Some(mut bucket) = bucket else { return Ok(()) };
        let before = bucket.stored_bytes(key);
        let n_dropped = bucket.drop_before(oldest);
        if 0 < n_dropped {
            bucket.put(engine, batch, key)?;
            let freed = before.saturating_sub(bucket.stored_bytes(key));
            self.walked.live_bytes = self.walked.live_bytes.saturating_sub(freed);
            self.walked.n_dropped += n_dropped as u64;
        }
        Ok(())
    }

    fn count(&mut self, key: &[u8], value: &[u8], bucket: Option<&Bucket>) {
        if layout::is_digested(key) {
            self.walked.digest.replace(key, None, Some(value));
        }
        self.walked.live_bytes += (key.len() + value.len()) as u64;
        for (_, sighting) in bucket.into_iter().flat_map(Bucket::entries) {
            self.first_day = self.first_day.min(sighting.day);
            self.last_day = self.last_day.max(sighting.day);
        }
    }

    /// Takes in what is about to be written where the walk has been.
    pub(super) fn follow(&mut self, engine: &Engine) -> Result<(), StoreError> {
        if self.oldest.is_some() {
            return Ok(());
        }
        for (key, value) in engine.staged_up_to(&self.cursor) {
            if layout::is_digested(&key) {
                let before = engine.written_value(&key)?;
                self.walked.digest.replace(&key, before.as_deref(), value.as_deref());
            }
        }
        Ok(())
    }

    /// Goes back to the first seen key, if one of them is too old.
    fn begin_dropping(&mut self) -> bool {
        let oldest = self.last_day.min(self.today).saturating_sub(SEEN_DAYS);
        if oldest <= self.first_day {
            return false;
        }
        self.oldest = Some(oldest);
        self.cursor = layout::before_buckets();
        true
    }
}
