//! The sketches of recent matches, in memory for quick story decisions.
//!
//! Invariant: which sketches are kept follows from the sketches alone, so that adding one
//! twice, or in another order, ends the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::model::{MatchId, Sketch, StoryId, Timestamp};
use crate::store::SKETCHES_MAX;
use crate::store::paging::Place;

/// Two weeks: a story that was silent for longer is over.
const KEPT_MS: i64 = 14 * 24 * 3_600_000;

/// The sketches of recent matches, oldest first.
#[derive(Debug, Default)]
pub(super) struct Sketchbook {
    sketches: BTreeMap<Place<MatchId>, Arc<Sketch>>,
    /// Where the sketch of a match stands.
    places: HashMap<MatchId, Place<MatchId>>,
}

impl Sketchbook {
    /// Adds a sketch and says which ones fell out, perhaps that very one.
    pub(super) fn add(&mut self, sketch: Sketch) -> Vec<Place<MatchId>> {
        let place = Place { at: sketch.published, id: sketch.matched };
        self.places.insert(place.id, place);
        self.sketches.insert(place, Arc::new(sketch));
        let mut fallen = Vec::new();
        while self.is_oldest_over() {
            fallen.extend(self.sketches.pop_first().map(|(place, _)| place));
        }
        for place in &fallen {
            self.forget(*place);
        }
        fallen
    }

    /// Takes out the sketch of a match and says where it stood.
    pub(super) fn remove(&mut self, id: MatchId) -> Option<Place<MatchId>> {
        let place = self.places.remove(&id)?;
        self.sketches.remove(&place);
        Some(place)
    }

    /// Puts the sketch of a match into another story, so that later articles follow it there;
    /// none if it has no sketch, or is there already.
    pub(super) fn regroup(
        &mut self,
        id: MatchId,
        story: StoryId,
    ) -> Option<(Place<MatchId>, Arc<Sketch>)> {
        let place = *self.places.get(&id)?;
        let sketch = self.sketches.get_mut(&place).filter(|sketch| sketch.story != story)?;
        *sketch = Arc::new(Sketch { story, ..Sketch::clone(sketch) });
        Some((place, Arc::clone(sketch)))
    }

    fn forget(&mut self, place: Place<MatchId>) {
        if self.places.get(&place.id) == Some(&place) {
            self.places.remove(&place.id);
        }
    }

    /// Those published at or after `since`, oldest first.
    pub(super) fn since(&self, since: Timestamp) -> Vec<Arc<Sketch>> {
        let recent = self.sketches.iter().rev().take_while(|(place, _)| since <= place.at);
        let mut sketches: Vec<_> = recent.map(|(_, sketch)| Arc::clone(sketch)).collect();
        sketches.reverse();
        sketches
    }

    /// The newest sketch tells the time: the store has no clock, and no match is published
    /// later than it was seen.
    fn is_oldest_over(&self) -> bool {
        let (Some((oldest, _)), Some((newest, _))) =
            (self.sketches.first_key_value(), self.sketches.last_key_value())
        else {
            return false;
        };
        let age_ms = newest.at.unix_ms() - oldest.at.unix_ms();
        KEPT_MS < age_ms || SKETCHES_MAX < self.sketches.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Language, StoryId, Traces};

    fn sketch(number: u64) -> Sketch {
        let id = number.to_be_bytes();
        Sketch {
            matched: MatchId::from_be_bytes(id),
            story: StoryId::from_be_bytes(id),
            topic: String::new(),
            published: Timestamp::from_unix_ms(i64::try_from(number).unwrap()).unwrap(),
            language: Language::UNKNOWN,
            is_dated: true,
            traces: Traces::default(),
        }
    }

    /// Goal: a flood of matches costs a bounded amount of memory and hides no new story.
    #[test]
    fn oldest_sketch_makes_room() {
        let mut book = Sketchbook::default();
        let n = u64::try_from(SKETCHES_MAX).unwrap();
        assert!((1..=n).all(|number| book.add(sketch(number)).is_empty()));
        assert_eq!(book.add(sketch(n)), []);
        let [fallen] = book.add(sketch(n + 1))[..] else { panic!("one in, one out") };
        assert_eq!(fallen.id, sketch(1).matched);
        assert_eq!(book.add(sketch(0))[0].id, sketch(0).matched);
        assert_eq!(book.since(sketch(n).published).len(), 2);
    }
}
