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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AlertKind, DeliveryState, EventId};
    use crate::store::QueueState;
    use crate::store::disk::engine::Batch;
    use crate::store::disk::entries;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms).unwrap()
    }

    fn delivery(number: i64, state: DeliveryState) -> Delivery {
        let event = EventId::of_test("desk", at(number));
        Delivery {
            id: DeliveryId::of(event, "desk"),
            event,
            kind: AlertKind::MatchCreated,
            receiver: "desk".to_owned(),
            matched: None,
            story: None,
            lists: Vec::new(),
            score: None,
            mute_windows: Vec::new(),
            is_held: false,
            replayed: None,
            body: "{}".to_owned(),
            created: at(number),
            state,
            attempts: Vec::new(),
        }
    }

    /// Goal: a store that an earlier version left says what waits, too.
    /// Method: such a version left the entries of its lists empty.
    #[test]
    fn bare_entries_are_read() {
        for is_bare in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let engine = Engine::open(folder.path()).unwrap();
            let mut batch = Batch::default();
            let pending = [3, 2].map(|it| delivery(it, DeliveryState::Pending { due: at(9) }));
            let dead = delivery(1, DeliveryState::Dead { at: at(9) });
            for delivery in pending.iter().chain([&dead]) {
                entries::put_delivery(&engine, &mut batch, delivery, None).unwrap();
                if is_bare {
                    batch.put_key(entries::phase_entry(delivery).unwrap().0);
                }
            }
            engine.apply(batch).unwrap();
            let queues = load(&engine).unwrap().catalog.queues();
            let receiver = "desk".to_owned();
            let wanted = QueueState { receiver, n_pending: 2, oldest: Some(at(2)), n_dead: 1 };
            assert_eq!(queues, [wanted]);
        }
    }
}
