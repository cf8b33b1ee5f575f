//! What an open store keeps in memory, read from what is stored.

use crate::model::{Delivery, DeliveryId, MatchId, StoryId, Timestamp};
use crate::store::catalog::{Catalog, Note};
use crate::store::disk::engine::Engine;
use crate::store::disk::notices::{Notice, notices};
use crate::store::disk::{layout, lists, record};
use crate::store::ownership::Owner;
use crate::store::paging::Place;
use crate::store::sketchbook::Sketchbook;
use crate::store::{DeliveryPhase, StoreError};

/// What was found in the database.
pub(super) struct Loaded {
    pub(super) sketchbook: Sketchbook,
    /// Sketches that are too old by now.
    pub(super) fallen: Vec<Place<MatchId>>,
    pub(super) catalog: Catalog,
    pub(super) notices: Vec<Notice>,
    pub(super) owner: Option<Owner>,
}

pub(super) fn load(engine: &Engine) -> Result<Loaded, StoreError> {
    let mut sketchbook = Sketchbook::default();
    let mut fallen = Vec::new();
    for place in lists::match_places(engine, &[layout::SKETCH]) {
        fallen.extend(sketchbook.add(engine.need(&layout::sketch(place?))?));
    }
    let (catalog, notices) = (catalog(engine)?, notices(engine)?);
    let owner = engine.get(layout::OWNER_KEY)?;
    Ok(Loaded { sketchbook, fallen, catalog, notices, owner })
}

/// Made from indexes alone: no record is read, so that a large store opens quickly.
fn catalog(engine: &Engine) -> Result<Catalog, StoreError> {
    let mut catalog = Catalog::default();
    for place in lists::match_places(engine, &[layout::MATCH_AT]) {
        catalog.note(Note::Match(place?.id));
    }
    for pair in engine.written(layout::starting_with(&[layout::STORY_AT])) {
        let (key, value) = pair?;
        let (at, judged) = record::unpack_story_place(&key, &value)?;
        catalog.note(Note::Story(Place { at, id: story_id(&key)? }, judged));
    }
    for place in lists::match_places(engine, &[layout::NEAR_MISS_AT]) {
        catalog.note(Note::NearMiss(place?, false));
    }
    for place in lists::match_places(engine, &[layout::NEAR_MISS_OPEN]) {
        catalog.note(Note::NearMiss(place?, true));
    }
    queues(engine, &mut catalog)?;
    Ok(catalog)
}

/// What waits for receivers and what was given up. Entries of earlier versions say too little, so
/// their records are read.
fn queues(engine: &Engine, catalog: &mut Catalog) -> Result<(), StoreError> {
    let record = |id| engine.need::<Delivery>(&layout::delivery(id));
    for pair in engine.written(layout::starting_with(&[layout::DUE])) {
        let (key, value) = pair?;
        let id = delivery_id(&key)?;
        let receiver = layout::receiver_of_due(&key);
        catalog.note(match (receiver, record::unpack_waiting(&key, &value)?) {
            (Some(receiver), Some((since, _))) => {
                let place = Place { at: since, id };
                Note::Delivery(receiver.to_owned(), place, Some(DeliveryPhase::Pending))
            }
            _ => Note::delivery(&record(id)?),
        });
    }
    for pair in engine.written(layout::starting_with(&[layout::DEAD])) {
        let (key, value) = pair?;
        let id = delivery_id(&key)?;
        catalog.note(match record::unpack_dead(&key, &value)? {
            Some(receiver) => {
                // Of these nobody asks for the oldest.
                let at = Timestamp::from_unix_ms(0).expect("1970 is a time");
                Note::Delivery(receiver, Place { at, id }, Some(DeliveryPhase::Dead))
            }
            None => Note::delivery(&record(id)?),
        });
    }
    Ok(())
}

fn delivery_id(key: &[u8]) -> Result<DeliveryId, StoreError> {
    let id = key.split_last_chunk::<8>().map(|(_, id)| *id);
    id.map(DeliveryId::from_be_bytes).ok_or_else(|| record::corrupt(key, "its key is too short"))
}

fn story_id(key: &[u8]) -> Result<StoryId, StoreError> {
    let id = key.split_last_chunk::<8>().map(|(_, id)| *id);
    id.map(StoryId::from_be_bytes).ok_or_else(|| record::corrupt(key, "its key is too short"))
}
