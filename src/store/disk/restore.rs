//! Puts into the database what the journal says.
//!
//! Invariant: saying it twice changes nothing, so a tail may be taken in again after a crash.

use serde::de::DeserializeOwned;

use crate::model::{
    Article, Delivery, FeedState, Match, Mute, NearMiss, ReceiverState, Sketch, Story, Token,
};
use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::progress::Mark;
use crate::store::disk::{entries, layout};
use crate::store::journal::{Damage, Entry, Frame, Journal, Kind, Position, Read};
use crate::store::paging::Place;
use crate::store::reviewing::Step;
use crate::store::{FeedChange, Sighting, StoreError};

/// Staged writes are made after so many entries: a bound for memory.
const STAGED_MAX: usize = 100;

/// What was taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Restored {
    pub(super) n_entries: u64,
    /// What could not be read, by name.
    pub(super) damaged: Vec<String>,
    /// The last group that was found.
    pub(super) group: u64,
    /// Behind the last frame that was found.
    pub(super) end: Option<Position>,
}

/// Takes in the journal from `from` on, and tells `watch` after each frame where it is.
///
/// `engine` is one for writing; nothing is synced.
pub(super) fn take_in(
    engine: &Engine,
    mark: &mut Mark,
    journal: &Journal,
    from: Option<Position>,
    watch: &mut dyn FnMut(Position),
) -> Result<Restored, StoreError> {
    let mut restored = Restored::default();
    let mut n_staged = 0;
    for read in journal.read(from) {
        match read? {
            Read::Frame(frame) => {
                restored.end = Some(frame.end);
                restored.group = restored.group.max(frame.group);
                watch(frame.end);
                let Frame { entries, .. } = frame;
                n_staged += entries.len();
                for entry in &entries {
                    restored.n_entries += 1;
                    if let Err(damage) = put(engine, mark, entry)? {
                        restored.damaged.push(damage);
                    }
                }
                if STAGED_MAX <= n_staged {
                    engine.write_staged()?;
                    n_staged = 0;
                }
            }
            Read::Damaged(damage) => {
                restored.end = Some(damage.end);
                restored.damaged.push(in_words(&damage));
            }
        }
    }
    engine.write_staged()?;
    Ok(restored)
}

/// Which records a damaged place held, as far as that is known.
pub(super) fn in_words(damage: &Damage) -> String {
    let Damage { start, names, .. } = damage;
    if names.is_empty() {
        return format!("records of unknown names in the journal of {start}");
    }
    let names: Vec<String> = names.iter().map(|(kind, id)| [kind.as_str(), id].join(" ")).collect();
    format!("{} in the journal of {start}", names.join(", "))
}

/// Stages the entries of a frame; the inner error says why the first of them makes no sense.
///
/// Seen keys that follow each other in order are staged together, so that each bucket is written
/// once.
pub(super) fn put_all(
    engine: &Engine,
    mark: &mut Mark,
    entries: &[Entry],
) -> Result<Result<(), String>, StoreError> {
    let is_alike = |a: &Entry, b: &Entry| a.kind == Kind::Seen && b.kind == Kind::Seen;
    for some in entries.chunk_by(is_alike).flat_map(|alike| alike.chunks(Batch::KEYS_MAX)) {
        let mut whole = Batch::default();
        for entry in some {
            match batch(engine, entry) {
                Ok(batch) => whole.append(batch),
                Err(StoreError::Corrupt { what }) => return Ok(Err(what)),
                Err(error) => return Err(error),
            }
        }
        engine.stage(whole, mark)?;
    }
    Ok(Ok(()))
}

/// Stages one entry; the inner error says why it makes no sense.
pub(super) fn put(
    engine: &Engine,
    mark: &mut Mark,
    entry: &Entry,
) -> Result<Result<(), String>, StoreError> {
    match batch(engine, entry) {
        Ok(batch) => engine.stage(batch, mark).map(Ok),
        Err(StoreError::Corrupt { what }) => Ok(Err(what)),
        Err(error) => Err(error),
    }
}

/// The writes that make it so.
pub(super) fn batch(engine: &Engine, entry: &Entry) -> Result<Batch, StoreError> {
    let Entry { kind, id, record } = entry;
    if *kind == Kind::Seen {
        return sighting(entry, record.as_deref());
    }
    let key = layout::key_of(*kind, id).ok_or_else(|| senseless(entry, "its id makes no sense"))?;
    let mut batch = Batch::default();
    match record {
        Some(record) => put_record(engine, &mut batch, entry, &key, record)?,
        None => remove_record(engine, &mut batch, *kind, &key)?,
    }
    Ok(batch)
}

fn sighting(entry: &Entry, record: Option<&[u8]>) -> Result<Batch, StoreError> {
    let key = layout::seen_key(&entry.id);
    let key = key.ok_or_else(|| senseless(entry, "its id makes no sense"))?;
    let mut batch = Batch::default();
    match record {
        Some(record) => batch.see(key, parsed::<Sighting>(entry, record)?),
        None => batch.forget(key),
    }
    Ok(batch)
}

fn put_record(
    engine: &Engine,
    batch: &mut Batch,
    entry: &Entry,
    key: &[u8],
    record: &[u8],
) -> Result<(), StoreError> {
    match entry.kind {
        Kind::Match => {
            let matched: Match = parsed(entry, record)?;
            let stored: Option<Match> = readable(engine.get(key))?;
            entries::put_match(engine, batch, &matched, stored.as_ref())
        }
        Kind::Story => entries::put_story(engine, batch, &parsed(entry, record)?),
        Kind::Delivery => {
            let delivery: Delivery = parsed(entry, record)?;
            let stored: Option<Delivery> = readable(engine.get(key))?;
            entries::put_delivery(engine, batch, &delivery, stored.map(|stored| stored.state))
        }
        Kind::NearMiss => {
            let near_miss: NearMiss = parsed(entry, record)?;
            entries::put_near_miss(engine, batch, &near_miss)
        }
        kind => {
            // Whoever reads it later must be able to.
            match kind {
                Kind::Article => parsed::<Article>(entry, record).map(drop)?,
                Kind::Sketch => parsed::<Sketch>(entry, record).map(drop)?,
                Kind::Receiver => parsed::<ReceiverState>(entry, record).map(drop)?,
                Kind::FeedChange => parsed::<FeedChange>(entry, record).map(drop)?,
                Kind::Token => parsed::<Token>(entry, record).map(drop)?,
                Kind::FeedState => parsed::<FeedState>(entry, record).map(drop)?,
                Kind::Steps => parsed::<Vec<Step>>(entry, record).map(drop)?,
                Kind::Mute => parsed::<Mute>(entry, record).map(drop)?,
                _ => {}
            }
            engine.put_json(batch, key, record)
        }
    }
}

fn remove_record(
    engine: &Engine,
    batch: &mut Batch,
    kind: Kind,
    key: &[u8],
) -> Result<(), StoreError> {
    match kind {
        Kind::Match => {
            let stored: Option<Match> = readable(engine.get(key))?;
            stored.map_or(Ok(()), |stored| entries::remove_match(engine, batch, &stored))
        }
        Kind::Story => {
            let stored: Option<Story> = readable(engine.get(key))?;
            stored.map_or(Ok(()), |stored| entries::remove_story(engine, batch, stored.id))
        }
        Kind::Delivery => {
            let stored: Option<Delivery> = readable(engine.get(key))?;
            stored.map_or(Ok(()), |stored| entries::remove_delivery(engine, batch, &stored))
        }
        Kind::NearMiss => {
            let stored: Option<NearMiss> = readable(engine.get(key))?;
            let place = stored.map(|stored| Place { at: stored.created, id: stored.id });
            place.map_or(Ok(()), |place| entries::remove_near_miss(engine, batch, place))
        }
        _ => engine.remove(batch, key),
    }
}

/// The stored record; none if it is damaged, because it is about to be replaced.
fn readable<T>(stored: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match stored {
        Err(StoreError::Corrupt { .. }) => Ok(None),
        stored => stored,
    }
}

fn parsed<T: DeserializeOwned>(entry: &Entry, record: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(record).map_err(|error| senseless(entry, error))
}

fn senseless(entry: &Entry, reason: impl std::fmt::Display) -> StoreError {
    let what = format!("{} {} in the journal: {reason}", entry.kind.as_str(), entry.id);
    StoreError::Corrupt { what }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a line that makes no sense is named and does not keep the rest from being read.
    #[test]
    fn senseless_lines_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(folder.path()).unwrap().for_writing().unwrap();
        let entry = |kind, id: &str, record: &str| Entry {
            kind,
            id: id.to_owned(),
            record: Some(record.as_bytes().to_vec()),
        };
        let mut mark = Mark::default();
        let said = put(&engine, &mut mark, &entry(Kind::Match, "zz", "{}")).unwrap();
        assert_eq!(said.unwrap_err(), "match zz in the journal: its id makes no sense");
        let id = "0000000000000001";
        let said = put(&engine, &mut mark, &entry(Kind::Article, id, "[]")).unwrap();
        assert!(said.unwrap_err().starts_with("article 0000000000000001 in the journal: "));
        assert_eq!(mark, Mark::default());
    }
}
