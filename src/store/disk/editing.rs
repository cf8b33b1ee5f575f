//! What people change, as batches.

use std::sync::Arc;

use crate::model::{
    Article, ArticleId, Delivery, Match, MatchId, NearMiss, Review, Sketch, Story, StoryId,
};
use crate::store::StoreError;
use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::{entries, layout, lists};
use crate::store::outbox::{Lease, Leases};
use crate::store::paging::Place;
use crate::store::reviewing::{Edits, Records, Step};
use crate::store::withdrawal::{RescueRecords, Withdrawal};

/// The write that stores changed reviews or stories, with the sketches of moved matches.
pub(super) fn edits(
    engine: &Engine,
    edits: &Edits,
    sketches: Vec<(Place<MatchId>, Arc<Sketch>)>,
) -> Result<Batch, StoreError> {
    let mut batch = Batch::default();
    for matched in &edits.matches {
        let stored = Records::matched(engine, matched.id)?;
        entries::put_match(engine, &mut batch, matched, stored.as_ref())?;
    }
    for (place, sketch) in sketches {
        engine.put(&mut batch, &layout::sketch(place), sketch.as_ref())?;
    }
    for story in &edits.stories {
        entries::put_story(engine, &mut batch, story)?;
    }
    engine.put(&mut batch, &layout::steps(&edits.by), &edits.steps)?;
    Ok(batch)
}

/// The near miss with what a person says of it now.
pub(super) fn reviewed(
    engine: &Engine,
    id: MatchId,
    review: Option<Review>,
) -> Result<NearMiss, StoreError> {
    let unknown = || StoreError::Unknown { what: format!("near miss {id}") };
    let near_miss = engine.near_miss(id)?.ok_or_else(unknown)?;
    Ok(NearMiss { review, ..near_miss })
}

/// The write that takes back a rescue; its sketch, if there is one, stands at `sketch`.
pub(super) fn withdrawal(
    engine: &Engine,
    withdrawal: &Withdrawal,
    sketch: Option<Place<MatchId>>,
) -> Result<Batch, StoreError> {
    let Withdrawal { gone, story, near_miss } = withdrawal;
    let mut batch = Batch::default();
    entries::remove_match(engine, &mut batch, gone)?;
    match story {
        Some(story) => entries::put_story(engine, &mut batch, story)?,
        None => entries::remove_story(engine, &mut batch, gone.story)?,
    }
    entries::put_near_miss(engine, &mut batch, near_miss)?;
    if let Some(place) = sketch {
        engine.remove(&mut batch, &layout::sketch(place))?;
    }
    Ok(batch)
}

/// The write that removes those deliveries that are to be tried and that nobody works on; nobody
/// will as long as the leases live.
pub(super) fn calling_back(
    engine: &Engine,
    leases: &Leases,
    is_wanted: impl Fn(&Delivery) -> bool,
) -> Result<(Batch, Vec<Lease>), StoreError> {
    let mut batch = Batch::default();
    let mut taken = Vec::new();
    for place in lists::all_due(engine) {
        let place = place?;
        let delivery: Delivery = engine.need(&layout::delivery(place.id))?;
        if !is_wanted(&delivery) {
            continue;
        }
        if let Some(lease) = leases.seize(place.id) {
            entries::remove_delivery(engine, &mut batch, &delivery)?;
            taken.push(lease);
        }
    }
    Ok((batch, taken))
}

impl Records for Engine {
    fn matched(&self, id: MatchId) -> Result<Option<Match>, StoreError> {
        self.get(&layout::matched(id))
    }

    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        self.get(&layout::article(id))
    }

    fn story(&self, id: StoryId) -> Result<Option<Story>, StoreError> {
        self.get(&layout::story(id))
    }

    fn matches_of(&self, id: StoryId) -> Result<Vec<Match>, StoreError> {
        let story = layout::matches_of(id);
        let places = lists::match_places(self, &story);
        places.map(|place| self.need(&layout::matched(place?.id))).collect()
    }

    fn steps_by(&self, by: &str) -> Result<Vec<Step>, StoreError> {
        Ok(self.get(&layout::steps(by))?.unwrap_or_default())
    }
}

impl RescueRecords for Engine {
    fn near_miss(&self, id: MatchId) -> Result<Option<NearMiss>, StoreError> {
        self.get(&layout::near_miss(id))
    }
}
