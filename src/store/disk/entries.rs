//! Records with what belongs to them: their index entries, and what the catalog must know.

use crate::model::{Delivery, DeliveryState, Match, MatchId, NearMiss, Story, StoryId};
use crate::store::StoreError;
use crate::store::catalog::Note;
use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::{layout, record};
use crate::store::journal::{Entry, Kind};
use crate::store::paging::Place;

/// Adds what stores `matched`, which was `stored` before.
pub(super) fn put_match(
    engine: &Engine,
    batch: &mut Batch,
    matched: &Match,
    stored: Option<&Match>,
) -> Result<(), StoreError> {
    if let Some(stored) = stored {
        remove_places(batch, stored);
    }
    // After the removal: the last write of a key counts, and they may be the same.
    let place = Place { at: matched.created, id: matched.id };
    batch.put_key(layout::match_at(place));
    batch.put_key(layout::match_of(matched.story, place));
    batch.notes.push(Note::Match(matched.id));
    engine.put(batch, &layout::matched(matched.id), matched)
}

/// Adds what removes `matched`.
pub(super) fn remove_match(
    engine: &Engine,
    batch: &mut Batch,
    matched: &Match,
) -> Result<(), StoreError> {
    remove_places(batch, matched);
    batch.notes.push(Note::NoMatch(matched.id));
    engine.remove(batch, &layout::matched(matched.id))
}

fn remove_places(batch: &mut Batch, matched: &Match) {
    let place = Place { at: matched.created, id: matched.id };
    batch.remove(layout::match_at(place));
    batch.remove(layout::match_of(matched.story, place));
}

/// Adds what stores `story`.
pub(super) fn put_story(
    engine: &Engine,
    batch: &mut Batch,
    story: &Story,
) -> Result<(), StoreError> {
    let note = Note::story(story);
    let key = layout::story_at(story.id);
    match note {
        Note::Story(place, judged) => batch.put_story_place(&key, place.at, judged),
        _ => batch.remove(key),
    }
    batch.notes.push(note);
    engine.put(batch, &layout::story(story.id), story)
}

/// Adds what removes a story.
pub(super) fn remove_story(
    engine: &Engine,
    batch: &mut Batch,
    id: StoryId,
) -> Result<(), StoreError> {
    batch.notes.push(Note::NoStory(id));
    batch.remove(layout::story_at(id));
    engine.remove(batch, &layout::story(id))
}

/// Adds what stores `delivery`, whose state was `earlier` before, unless it is new.
pub(super) fn put_delivery(
    engine: &Engine,
    batch: &mut Batch,
    delivery: &Delivery,
    earlier: Option<DeliveryState>,
) -> Result<(), StoreError> {
    let Delivery { id, created, .. } = *delivery;
    match earlier {
        None => batch.put_key(layout::delivery_at(Place { at: created, id })),
        Some(earlier) => remove_phase(batch, delivery, earlier),
    }
    // After the removal: the last write of a key counts, and both may name the same time.
    if let Some((key, value)) = phase_entry(delivery) {
        batch.put_entry(key, value);
    }
    batch.notes.push(Note::delivery(delivery));
    engine.put(batch, &layout::delivery(id), delivery)
}

/// Adds what removes `delivery`.
pub(super) fn remove_delivery(
    engine: &Engine,
    batch: &mut Batch,
    delivery: &Delivery,
) -> Result<(), StoreError> {
    let Delivery { id, created, .. } = *delivery;
    remove_phase(batch, delivery, delivery.state);
    batch.remove(layout::delivery_at(Place { at: created, id }));
    batch.notes.push(Note::no_delivery(delivery));
    engine.remove(batch, &layout::delivery(id))
}

/// The entry of the list of those that are where `delivery` is; none if there is no such list.
///
/// Each says what the catalog must know, so that a store opens without reading deliveries.
/// Earlier versions left it empty.
pub(super) fn phase_entry(delivery: &Delivery) -> Option<(Vec<u8>, Vec<u8>)> {
    let Delivery { id, is_held, .. } = *delivery;
    let (key, packed) = match delivery.state {
        DeliveryState::Pending { due } => {
            let key = layout::due(&delivery.receiver, Place { at: due, id });
            (key, record::pack_waiting(delivery.waiting_since(), is_held))
        }
        DeliveryState::Dead { .. } => (layout::dead(id), delivery.receiver.as_bytes().to_vec()),
        DeliveryState::Delivered { .. } => return None,
    };
    let mut frames = record::frames(&key, &packed);
    // No entry has two: of a name that is so long the record is asked.
    let value = if frames.len() == 1 { frames.remove(0).1 } else { Vec::new() };
    Some((key, value))
}

/// Adds what takes `delivery` out of the list of those that are where `state` says.
fn remove_phase(batch: &mut Batch, delivery: &Delivery, state: DeliveryState) {
    match state {
        DeliveryState::Pending { due } => {
            batch.remove(layout::due(&delivery.receiver, Place { at: due, id: delivery.id }));
        }
        DeliveryState::Dead { .. } => batch.remove(layout::dead(delivery.id)),
        DeliveryState::Delivered { .. } => {}
    }
}

/// Adds what stores `near_miss`, whose place never changes. The journal keeps those of which a
/// person said something.
pub(super) fn put_near_miss(
    engine: &Engine,
    batch: &mut Batch,
    near_miss: &NearMiss,
) -> Result<(), StoreError> {
    let stored: Option<NearMiss> = engine.get(&layout::near_miss(near_miss.id))?;
    let was_reviewed = stored.is_some_and(|stored| stored.review.is_some());
    let record = near_miss.review.is_some().then(|| record::json(near_miss));
    if was_reviewed || record.is_some() {
        let (kind, id) = (Kind::NearMiss, near_miss.id.to_string());
        batch.journal.push(Entry { kind, id, record });
    }
    let note = Note::near_miss(near_miss);
    if let Note::NearMiss(place, is_open) = note {
        batch.put_key(layout::near_miss_at(place));
        let open = layout::near_miss_open(place);
        if is_open { batch.put_key(open) } else { batch.remove(open) }
    }
    batch.notes.push(note);
    engine.put(batch, &layout::near_miss(near_miss.id), near_miss)
}

/// Adds what removes the near miss at `place`.
pub(super) fn remove_near_miss(
    engine: &Engine,
    batch: &mut Batch,
    place: Place<MatchId>,
) -> Result<(), StoreError> {
    batch.remove(layout::near_miss_at(place));
    batch.remove(layout::near_miss_open(place));
    let key = layout::near_miss(place.id);
    if engine.get::<NearMiss>(&key)?.is_some_and(|stored| stored.review.is_some()) {
        let (kind, id) = (Kind::NearMiss, place.id.to_string());
        batch.journal.push(Entry { kind, id, record: None });
    }
    batch.notes.push(Note::NoNearMiss(place.id));
    engine.remove(batch, &key)
}
