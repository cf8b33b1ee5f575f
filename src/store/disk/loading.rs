//! What an open store keeps in memory, read from what is stored.

use serde::Deserialize;

use crate::model::{DeliveryState, Match, MatchId, Story};
use crate::store::StoreError;
use crate::store::catalog::{Catalog, Note};
use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::progress::Progress;
use crate::store::disk::{layout, lists, units};
use crate::store::ownership::Owner;
use crate::store::paging::Place;
use crate::store::sketchbook::Sketchbook;

/// What was found in the folder.
pub(super) struct Loaded {
    pub(super) engine: Engine,
    pub(super) progress: Progress,
    pub(super) sketchbook: Sketchbook,
    /// Sketches that are too old by now.
    pub(super) fallen: Vec<Place<MatchId>>,
    pub(super) catalog: Catalog,
    pub(super) owner: Option<Owner>,
}

pub(super) fn load(engine: Engine, progress: Progress) -> Result<Loaded, StoreError> {
    let mut sketchbook = Sketchbook::default();
    let mut fallen = Vec::new();
    for place in lists::match_places(&engine, &[layout::SKETCH]) {
        fallen.extend(sketchbook.add(engine.need(&layout::sketch(place?))?));
    }
    let catalog = catalog(&engine)?;
    complete_story_index(&engine)?;
    let owner = engine.get(layout::OWNER_KEY)?;
    Ok(Loaded { engine, progress, sketchbook, fallen, catalog, owner })
}

/// The part of a delivery that is counted.
#[derive(Deserialize)]
struct Standing {
    state: DeliveryState,
}

fn catalog(engine: &Engine) -> Result<Catalog, StoreError> {
    let mut catalog = Catalog::default();
    for place in lists::match_places(engine, &[layout::MATCH_AT]) {
        catalog.note(Note::Match(place?.id));
    }
    for story in lists::all::<Story>(engine, layout::STORY) {
        catalog.note(Note::story(&story?));
    }
    for place in lists::match_places(engine, &[layout::NEAR_MISS_AT]) {
        catalog.note(Note::NearMiss(place?, false));
    }
    for place in lists::match_places(engine, &[layout::NEAR_MISS_OPEN]) {
        catalog.note(Note::NearMiss(place?, true));
    }
    for standing in lists::all::<Standing>(engine, layout::DELIVERY) {
        catalog.note(Note::Delivery(None, Some(standing?.state)));
    }
    Ok(catalog)
}

/// Versions before 0.2 knew no index of a story's matches; one of them may have been at work
/// since.
fn complete_story_index(engine: &Engine) -> Result<(), StoreError> {
    let n = |kind| lists::match_places(engine, &[kind]).count();
    if n(layout::MATCH_OF) == n(layout::MATCH_AT) {
        return Ok(());
    }
    let mut batches = Vec::new();
    for place in lists::match_places(engine, &[layout::MATCH_AT]) {
        let place = place?;
        let matched: Match = engine.need(&layout::matched(place.id))?;
        let mut batch = Batch::default();
        batch.put_key(layout::match_of(matched.story, place));
        units::add(&mut batches, batch);
    }
    batches.into_iter().try_for_each(|batch| engine.apply(batch))?;
    engine.sync()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArticleId, FeedId, Language, Score, StoryId, Timestamp};
    use crate::store::disk::entries;
    use crate::store::disk::open::{self, IfMissing};
    use crate::store::reviewing::Records;

    fn matched() -> Match {
        Match {
            id: MatchId::from_be_bytes([1; 8]),
            topic: String::new(),
            article: ArticleId::from_be_bytes([2; 8]),
            feed: FeedId::of_url(""),
            story: StoryId::from_be_bytes([3; 8]),
            score: Score::new(0.5).unwrap(),
            language: Language::UNKNOWN,
            aspects: Vec::new(),
            figures: Vec::new(),
            evidence: Vec::new(),
            basis: 0,
            created: Timestamp::from_unix_ms(0).unwrap(),
            home: None,
            link: None,
            placed: None,
            silence: None,
            review: None,
        }
    }

    /// Goal: a store that an older version wrote shows its stories' matches.
    #[test]
    fn old_store_gets_its_story_index() {
        let folder = tempfile::tempdir().unwrap();
        let write = |engine: Engine, _| {
            let matched = matched();
            let mut batch = Batch::default();
            entries::put_match(&engine, &mut batch, &matched, None)?;
            let place = Place { at: matched.created, id: matched.id };
            batch.remove(layout::match_of(matched.story, place));
            engine.apply(batch)?;
            assert_eq!(engine.matches_of(matched.story)?, []);
            engine.sync()
        };
        open::open(folder.path(), IfMissing::Create, write).unwrap();
        let (_lock, loaded) = open::open(folder.path(), IfMissing::Fail, load).unwrap();
        assert_eq!(loaded.engine.matches_of(matched().story).unwrap(), [matched()]);
    }
}
