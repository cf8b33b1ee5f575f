//! Writes to the journal what it should say, from the database.

use std::collections::HashMap;
use std::fmt;

use crate::model::{Match, NearMiss, Timestamp};
use crate::store::disk::digest::Digest;
use crate::store::disk::engine::Engine;
use crate::store::disk::progress::Mark;
use crate::store::disk::seen::{self, Bucket};
use crate::store::disk::{layout, lists, record};
use crate::store::journal::hex;
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
    let tail =
        id.bytes().rev().take(8).fold(0_u32, |tail, byte| tail.rotate_left(4) ^ u32::from(byte));
    u64::from(sum) << 32 | u64::from(tail)
}

/// A record as [`States`] has it.
pub(super) fn fingerprint(record: &[u8]) -> u64 {
    let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
    u64::from(crc32c::crc32c(record)) << 32 | u64::from(length)
}

/// The name of a record that is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) kind: Kind,
    pub(super) id: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.id)
    }
}

/// Everything in the database that the journal should say, one by one; of what cannot be read,
/// the name.
pub(super) fn each_journaled(
    engine: &Engine,
    tell: &mut dyn FnMut(Result<Entry, Unreadable>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for range in layout::journaled_ranges() {
        for key in engine.keys(range) {
            let key = key?;
            let Some((kind, id)) = layout::journaled(&key) else { continue };
            match engine.json(&key) {
                Ok(Some(json)) => tell(Ok(Entry { kind, id, record: Some(json) }))?,
                // Gone since the keys were read.
                Ok(None) => {}
                Err(StoreError::Corrupt { .. }) => tell(Err(Unreadable { kind, id }))?,
                Err(error) => return Err(error),
            }
        }
    }
    for key in engine.keys(layout::starting_with(&[layout::NEAR_MISS])) {
        let key = key?;
        match engine.get::<NearMiss>(&key) {
            Ok(Some(near_miss)) if near_miss.review.is_some() => {
                let (kind, id) = (Kind::NearMiss, near_miss.id.to_string());
                tell(Ok(Entry { kind, id, record: Some(record::json(&near_miss)) }))?;
            }
            Ok(_) => {}
            Err(StoreError::Corrupt { .. }) => {
                let id = hex(key.get(1..).unwrap_or_default());
                tell(Err(Unreadable { kind: Kind::NearMiss, id }))?;
            }
            Err(error) => return Err(error),
        }
    }
    for key in engine.keys(layout::starting_with(&[layout::SEEN])) {
        let key = key?;
        // Those that cannot be read are asked for again.
        let Ok(bucket) = Bucket::read(engine, &key) else { continue };
        for (sighting, line) in seen::lines(&bucket) {
            if is_of_match(engine, &sighting)? {
                tell(Ok(line))?;
            }
        }
    }
    Ok(())
}

/// What was found in a damaged database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Salvaged {
    /// Records that the journal did not have and now has.
    pub(super) n_added: u64,
    /// Records that can be read in neither of them, by name.
    pub(super) lost: Vec<String>,
    /// Whether all of the database could be walked over.
    pub(super) is_whole: bool,
}

/// Appends to the journal what can be read in a damaged database and is not known there.
///
/// Of a record that both have, the journal's state counts, because the database may have
/// forgotten the last one; unless the journal lost its end, which the database had seen.
pub(super) fn salvage(
    engine: &Engine,
    journal: &mut Journal,
    group: u64,
    at: Timestamp,
) -> Result<Salvaged, StoreError> {
    let states = states(journal)?;
    let is_ahead = Some(journal.end()) < Mark::of(engine).unwrap_or_default().journal;
    let is_known = |entry: &Entry| match states.get(&name_hash(entry.kind, &entry.id)) {
        Some((_, state)) if is_ahead => *state == entry.record.as_deref().map(fingerprint),
        said => said.is_some(),
    };
    let mut refill = Refill { journal, group, at, n: 0, lines: Vec::new() };
    let mut lost = Vec::new();
    let walked = each_journaled(engine, &mut |found| match found {
        Ok(entry) if is_known(&entry) => Ok(()),
        Ok(entry) => refill.add(entry),
        Err(Unreadable { kind, id }) => {
            if !states.contains_key(&name_hash(kind, &id)) {
                lost.push(Unreadable { kind, id }.to_string());
            }
            Ok(())
        }
    });
    // A page that cannot be read ends the walk; what was found is kept.
    let ended = walked.err().map(|error| error.to_string());
    let n_added = refill.finish()?;
    let is_whole = ended.is_none();
    lost.extend(ended);
    Ok(Salvaged { n_added, lost, is_whole })
}

/// What a rebuilt database lacks, by name: articles and stories of matches, matches of
/// deliveries.
pub(super) fn dangling(engine: &Engine) -> Result<Vec<String>, StoreError> {
    let mut lost = Vec::new();
    for matched in lists::all::<Match>(engine, layout::MATCH) {
        let matched = matched?;
        for key in [layout::article(matched.article), layout::story(matched.story)] {
            if !engine.contains(&key)? {
                lost.push(format!("{} of match {}", layout::name(&key), matched.id));
            }
        }
    }
    Ok(lost)
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
        let entry = entry.map_err(|it| StoreError::Corrupt { what: it.to_string() })?;
        let said = states.remove(&name_hash(entry.kind, &entry.id)).and_then(|(_, said)| said);
        if said == entry.record.as_deref().map(fingerprint) { Ok(()) } else { refill.add(entry) }
    })?;
    // What is left is in the journal only. What goes by age alone is not written there.
    states.retain(|_, (kind, state)| state.is_some() && !matches!(kind, Kind::Sketch | Kind::Seen));
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
