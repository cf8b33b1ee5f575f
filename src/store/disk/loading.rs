//! What an open store keeps in memory, read from what is stored.

use crate::model::{DeliveryState, MatchId, StoryId, Timestamp};
use crate::store::StoreError;
use crate::store::catalog::{Catalog, Note};
use crate::store::disk::engine::Engine;
use crate::store::disk::notices::{Notice, notices};
use crate::store::disk::{layout, lists, record};
use crate::store::ownership::Owner;
use crate::store::paging::Place;
use crate::store::sketchbook::Sketchbook;

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
    for place in lists::all_due(engine) {
        catalog.note(Note::Delivery(None, Some(DeliveryState::Pending { due: place?.at })));
    }
    for key in engine.keys(layout::starting_with(&[layout::DEAD])) {
        key?;
        // Only that there is one is counted.
        let at = Timestamp::from_unix_ms(0).expect("1970 is a time");
        catalog.note(Note::Delivery(None, Some(DeliveryState::Dead { at })));
    }
    Ok(catalog)
}

fn story_id(key: &[u8]) -> Result<StoryId, StoreError> {
    let id = key.split_last_chunk::<8>().map(|(_, id)| *id);
    id.map(StoryId::from_be_bytes).ok_or_else(|| record::corrupt(key, "its key is too short"))
}
