//! Writes to the journal what it should say, from the database.

use std::collections::HashMap;

use crate::model::{NearMiss, Timestamp};
use crate::store::disk::digest::Digest;
use crate::store::disk::engine::Engine;
use crate::store::disk::{layout, lists, record};
use crate::store::journal::{Entry, Journal, Kind, Read};
use crate::store::{Sighting, StoreError};

/// So many lines make a frame.
const FRAME_LINES_MAX: usize = 100;

/// The last state of every record in the journal, as a hash; none: it is gone.
pub(super) type States = HashMap<u64, (Kind, Option<u64>)>;

/// What the journal says of every record.
///
/// Takes 24 to 48 bytes for each.
pub(super) fn states(journal: &Journal) -> Result<States, StoreError> {
    let mut states = States::new();
    for read in journal.read(None) {
        if let Read::Frame(frame) = read? {
            for Entry { kind, id, record } in frame.entries {
                let state = record.as_deref().map(fingerprint);
                states.insert(name_hash(kind, &id), (kind, state));
            }
        }
    }
    Ok(states)
}

/// The name of a record as [`States`] has it.
pub(super) fn name_hash(kind: Kind, id: &str) -> u64 {
    let kind = kind.as_str().as_bytes();
    let sum = crc32c::crc32c_append(crc32c::crc32c(kind), id.as_bytes());
    // Ids are hashes already: their last digits are as good as any further sum.
    let tail = id.bytes().rev().take(8).fold(0_u32, |tail, byte| tail.rotate_left(4) ^ u32::from(byte));
    u64::from(sum) << 32 | u64::from(tail)
}

/// A record as [`States`] has it.
pub(super) fn fingerprint(record: &[u8]) -> u64 {
    let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
    u64::from(crc32c::crc32c(record)) << 32 | u64::from(length)
}

/// Everything in the database that the journal should say, one by one.
pub(super) fn each_journaled(
    engine: &Engine,
    tell: &mut dyn FnMut(Entry) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for range in layout::journaled_ranges() {
        for key in engine.keys(range) {
            let key = key?;
            let Some((kind, id)) = layout::journaled(&key) else { continue };
            // Gone since the keys were read.
            let Some(json) = engine.json(&key)? else { continue };
            tell(Entry { kind, id, record: Some(json) })?;
        }
    }
    for near_miss in lists::all::<NearMiss>(engine, layout::NEAR_MISS) {
        let near_miss = near_miss?;
        if near_miss.review.is_some() {
            let (kind, id) = (Kind::NearMiss, near_miss.id.to_string());
            tell(Entry { kind, id, record: Some(record::json(&near_miss)) })?;
        }
    }
    for key in engine.keys(layout::starting_with(&[layout::SEEN])) {
        let key = key?;
        let Some(sighting) = engine.sighting(&key)? else { continue };
        if is_of_match(engine, &sighting)? {
            let id = layout::hex(key.get(1..).unwrap_or_default());
            let record = Some(record::json(&sighting));
            tell(Entry { kind: Kind::Seen, id, record })?;
        }
    }
    Ok(())
}

fn is_of_match(engine: &Engine, sighting: &Sighting) -> Result<bool, StoreError> {
    engine.contains(&layout::article(sighting.article))
}

/// Appends to the journal what it does not say, as writes of `group`, and makes it durable.
/// Returns how many records that were.
pub(super) fn refill(
    engine: &Engine,
    journal: &mut Journal,
    group: u64,
    at: Timestamp,
) -> Result<u64, StoreError> {
    let mut states = states(journal)?;
    let mut refill = Refill { journal, group, at, n: 0, lines: Vec::new() };
    each_journaled(engine, &mut |entry| {
        let said = states.remove(&name_hash(entry.kind, &entry.id)).and_then(|(_, said)| said);
        if said == entry.record.as_deref().map(fingerprint) { Ok(()) } else { refill.add(entry) }
    })?;
    // What is left is in the journal only. What goes by age alone is not written there.
    states.retain(|_, (kind, state)| {
        state.is_some() && !matches!(kind, Kind::Sketch | Kind::Seen)
    });
    if !states.is_empty() {
        for entry in named(refill.journal, &mut states)? {
            refill.add(entry)?;
        }
    }
    refill.finish()
}

/// Lines that say that the records of `states` are gone.
fn named(journal: &Journal, states: &mut States) -> Result<Vec<Entry>, StoreError> {
    let mut gone = Vec::new();
    for read in journal.read(None) {
        if let Read::Frame(frame) = read? {
            for Entry { kind, id, .. } in frame.entries {
                if states.remove(&name_hash(kind, &id)).is_some() {
                    gone.push(Entry { kind, id, record: None });
                }
            }
        }
    }
    Ok(gone)
}

struct Refill<'a> {
    journal: &'a mut Journal,
    group: u64,
    at: Timestamp,
    n: u64,
    lines: Vec<Entry>,
}

impl Refill<'_> {
    fn add(&mut self, entry: Entry) -> Result<(), StoreError> {
        self.n += 1;
        self.lines.push(entry);
        if self.lines.len() == FRAME_LINES_MAX { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), StoreError> {
        let lines = std::mem::take(&mut self.lines);
        if lines.is_empty() { Ok(()) } else { self.journal.append(self.group, self.at, &lines) }
    }

    fn finish(mut self) -> Result<u64, StoreError> {
        self.write()?;
        self.journal.sync()?;
        Ok(self.n)
    }
}

/// The sum over all records as they are.
pub(super) fn digest_of(engine: &Engine) -> Result<Digest, StoreError> {
    let mut digest = Digest::default();
    for range in layout::digested_ranges() {
        for pair in engine.written(range) {
            let (key, value) = pair?;
            if layout::is_digested(&key) {
                digest.replace(&key, None, Some(&value));
            }
        }
    }
    Ok(digest)
}
