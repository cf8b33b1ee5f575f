//! Records with what belongs to them: their index entries, and what the catalog must know.

use crate::model::{Delivery, Match, MatchId, NearMiss, Story, StoryId, Timestamp};
use crate::store::StoreError;
use crate::store::catalog::Note;
use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::layout;
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
    batch.notes.push(Note::story(story));
    engine.put(batch, &layout::story(story.id), story)
}

/// Adds what removes a story.
pub(super) fn remove_story(
    engine: &Engine,
    batch: &mut Batch,
    id: StoryId,
) -> Result<(), StoreError> {
    batch.notes.push(Note::NoStory(id));
    engine.remove(batch, &layout::story(id))
}

/// Adds what removes a delivery that is due at `due`.
pub(super) fn remove_delivery(
    engine: &Engine,
    batch: &mut Batch,
    delivery: &Delivery,
    due: Timestamp,
) -> Result<(), StoreError> {
    let Delivery { id, created, .. } = *delivery;
    batch.remove(layout::due(&delivery.receiver, Place { at: due, id }));
    batch.remove(layout::delivery_at(Place { at: created, id }));
    batch.notes.push(Note::Delivery(Some(delivery.state), None));
    engine.remove(batch, &layout::delivery(id))
}

/// Adds what stores `near_miss`, whose place never changes.
pub(super) fn put_near_miss(
    engine: &Engine,
    batch: &mut Batch,
    near_miss: &NearMiss,
) -> Result<(), StoreError> {
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
    batch.notes.push(Note::NoNearMiss(place.id));
    engine.remove(batch, &layout::near_miss(place.id))
}
