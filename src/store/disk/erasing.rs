//! Erasing on disk: in the database, then in the journal, then in what the files still hold.

use std::collections::HashSet;

use async_trait::async_trait;
use serde::Deserialize;

use crate::model::{
    Article, ArticleId, Delivery, DeliveryId, MatchId, Story, StoryId, Timestamp, Tombstone,
};
use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::progress::Mark;
use crate::store::disk::purging::{Purge, journal_of};
use crate::store::disk::writer::Work;
use crate::store::disk::{DiskStore, entries, generation, layout, lists};
use crate::store::erasing::{self, ErasurePlan, ErasureRecords, Spread, emptied};
use crate::store::journal::{Kind, Read};
use crate::store::outbox::{Lease, Leases};
use crate::store::paging::Place;
use crate::store::reviewing::Step;
use crate::store::{Erased, Erasure, Erasures, StoreError, Upkeep};

/// Articles whose texts are dropped in one write.
const DROPPED_AT_ONCE: usize = 50;

/// The part of a match or a near miss that says which article it is.
#[derive(Deserialize)]
struct Named {
    id: MatchId,
    article: ArticleId,
}

impl ErasureRecords for Engine {
    fn tombstone(&self, id: [u8; 8]) -> Result<Option<Tombstone>, StoreError> {
        self.get(&layout::erased(id))
    }

    fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.get(&layout::delivery(id))
    }

    fn each_match(&self, look: &mut dyn FnMut(MatchId, ArticleId)) -> Result<(), StoreError> {
        each::<Named>(self, layout::MATCH, |it| look(it.id, it.article))
    }

    fn each_near_miss(&self, look: &mut dyn FnMut(MatchId, ArticleId)) -> Result<(), StoreError> {
        each::<Named>(self, layout::NEAR_MISS, |it| look(it.id, it.article))
    }

    fn each_story(&self, look: &mut dyn FnMut(&Story)) -> Result<(), StoreError> {
        each(self, layout::STORY, |story| look(&story))
    }

    fn each_delivery(&self, look: &mut dyn FnMut(&Delivery)) -> Result<(), StoreError> {
        each(self, layout::DELIVERY, |delivery| look(&delivery))
    }

    fn each_steps(&self, look: &mut dyn FnMut(&str, &[Step])) -> Result<(), StoreError> {
        for key in self.keys(layout::starting_with(&[layout::STEPS])) {
            let key = key?;
            let by = String::from_utf8_lossy(key.get(1..).unwrap_or_default()).into_owned();
            if let Some(steps) = self.get::<Vec<Step>>(&key)? {
                look(&by, &steps);
            }
        }
        Ok(())
    }
}

/// Looks at all records of a kind; one that goes meanwhile is passed over.
fn each<T: serde::de::DeserializeOwned>(
    engine: &Engine,
    kind: u8,
    mut look: impl FnMut(T),
) -> Result<(), StoreError> {
    for key in engine.keys(layout::starting_with(&[kind])) {
        if let Some(record) = engine.get(&key?)? {
            look(record);
        }
    }
    Ok(())
}

/// The write that erases; the sketches of its matches stand at `sketches`.
pub(super) fn batch(
    engine: &Engine,
    leases: &Leases,
    plan: &ErasurePlan,
    sketches: Vec<Place<MatchId>>,
) -> Result<(Batch, Vec<Lease>), StoreError> {
    let ErasurePlan { tombstone, .. } = plan;
    let mut batch = Batch::default();
    let mut taken = Vec::new();
    for gone in &plan.matches {
        entries::remove_match(engine, &mut batch, gone)?;
    }
    for gone in &plan.near_misses {
        let place = Place { at: gone.created, id: gone.id };
        entries::remove_near_miss(engine, &mut batch, place)?;
    }
    for place in sketches {
        engine.remove(&mut batch, &layout::sketch(place))?;
    }
    engine.remove(&mut batch, &layout::article(tombstone.article))?;
    for story in &plan.stories {
        entries::put_story(engine, &mut batch, story)?;
    }
    for id in &plan.gone_stories {
        entries::remove_story(engine, &mut batch, *id)?;
    }
    for delivery in &plan.deliveries {
        match leases.seize(delivery.id) {
            Some(lease) if erasing::goes(delivery) => {
                entries::remove_delivery(engine, &mut batch, delivery)?;
                taken.push(lease);
            }
            _ => {
                let is = emptied(delivery.clone(), tombstone.at);
                entries::put_delivery(engine, &mut batch, &is, Some(delivery.state))?;
            }
        }
    }
    for (was, is) in &plan.others {
        entries::put_delivery(engine, &mut batch, is, Some(was.state))?;
    }
    for (by, steps) in &plan.steps {
        engine.put(&mut batch, &layout::steps(by), steps)?;
    }
    let names = tombstone.matches.iter().map(|id| id.to_be_bytes());
    for name in names.chain([tombstone.article.to_be_bytes()]) {
        engine.put(&mut batch, &layout::erased(name), tombstone)?;
    }
    Ok((batch, taken))
}

/// The write that drops the texts of these articles, and of how many.
pub(super) fn dropping(
    engine: &Engine,
    articles: &[ArticleId],
    at: Timestamp,
) -> Result<(Batch, u64), StoreError> {
    let mut batch = Batch::default();
    let mut n = 0;
    for id in articles {
        let key = layout::article(*id);
        let article: Option<Article> = engine.get(&key)?;
        if let Some(article) = article.filter(|article| article.text_dropped.is_none()) {
            engine.put(&mut batch, &key, &article.without_text(at))?;
            n += 1;
        }
    }
    Ok((batch, n))
}

impl DiskStore {
    /// Where an article may stand, the journal included.
    async fn spread(&self, id: MatchId) -> Result<Spread, StoreError> {
        self.read(move |_, engine| {
            let spread = erasing::spread(engine, id, &[])?;
            let former = former_stories(engine, &spread.matches)?;
            if former.iter().all(|story| spread.stories.contains(story)) {
                return Ok(spread);
            }
            erasing::spread(engine, id, &former)
        })
        .await
    }

    /// Rewrites the segments of the journal in which something is to go.
    async fn purge(&self, purge: Purge) -> Result<(), StoreError> {
        let (segments, purge) =
            self.read(move |_, engine| Ok((purge.segments(engine)?, purge))).await?;
        // One by one: the writer comes to others in between.
        for segment in segments {
            let purge = purge.clone();
            self.write(Work::Purge { segment, purge }).await?;
        }
        Ok(())
    }

    /// Articles of matches created before then that have their texts, and the time up to which
    /// none has any more once these are dropped.
    async fn texts_before(&self, before: Timestamp) -> Result<Vec<ArticleId>, StoreError> {
        self.read(move |_, engine| {
            let done: Option<Timestamp> = engine.get(layout::TEXTS_KEY)?;
            let mut articles = Vec::new();
            for place in lists::match_places(engine, &[layout::MATCH_AT]) {
                let place = place?;
                if before <= place.at {
                    break;
                }
                if done.is_some_and(|done| place.at < done) {
                    continue;
                }
                let named: Option<Named> = engine.get(&layout::matched(place.id))?;
                articles.extend(named.map(|named| named.article));
            }
            Ok(articles)
        })
        .await
    }
}

/// The stories that these matches ever were in, as the journal has it.
fn former_stories(engine: &Engine, matches: &[MatchId]) -> Result<Vec<StoryId>, StoreError> {
    #[derive(Deserialize)]
    struct Placed {
        story: StoryId,
    }
    let ids: HashSet<String> = matches.iter().map(MatchId::to_string).collect();
    let mut stories = Vec::new();
    for read in journal_of(engine, Mark::of(engine)?)? {
        let Read::Frame(frame) = read? else { continue };
        for entry in frame.entries {
            if entry.kind == Kind::Match && ids.contains(&entry.id) {
                let placed = entry.record.and_then(|it| serde_json::from_slice(&it).ok());
                stories.extend(placed.map(|placed: Placed| placed.story));
            }
        }
    }
    Ok(stories)
}

#[async_trait]
impl Erasures for DiskStore {
    async fn erase(&self, order: Erasure) -> Result<Erased, StoreError> {
        let mut spread = self.spread(order.id).await?;
        let (tombstone, is_new) = loop {
            let (wish, found) = (order.clone(), spread.clone());
            let (tombstone, is_new) = self
                .write_and_hear(|tell| Work::Erase { order: wish, spread: found, tell })
                .await?;
            // What was on its way while we looked stands in other places, too.
            let left = self.spread(order.id).await?;
            if left == spread || left.deliveries.iter().all(|it| spread.deliveries.contains(it)) {
                break (tombstone, is_new);
            }
            spread = left;
        };
        self.purge(Purge::Erased(tombstone.clone())).await?;
        // What was deleted stands in the files until they are written anew.
        self.compact().await?;
        self.settle_search().await?;
        let kept_copies =
            self.read(|_, engine| Ok(generation::kept_copies(engine.folder()))).await?;
        Ok(Erased { tombstone, is_new, kept_copies })
    }

    async fn tombstone(&self, id: MatchId) -> Result<Option<Tombstone>, StoreError> {
        self.record(layout::erased(id.to_be_bytes())).await
    }

    async fn tombstones(
        &self,
        articles: Vec<ArticleId>,
    ) -> Result<Vec<Option<Tombstone>>, StoreError> {
        self.read(move |_, engine| {
            let tombstone = |id: &ArticleId| engine.get(&layout::erased(id.to_be_bytes()));
            articles.iter().map(tombstone).collect()
        })
        .await
    }

    async fn drop_texts(&self, before: Timestamp, at: Timestamp) -> Result<u64, StoreError> {
        let mut n_dropped = 0;
        let articles = self.texts_before(before).await?;
        for articles in articles.chunks(DROPPED_AT_ONCE) {
            let articles = articles.to_vec();
            n_dropped += self.write_and_hear(|tell| Work::DropTexts { articles, at, tell }).await?;
        }
        if !articles.is_empty() {
            self.purge(Purge::Texts).await?;
            // Only now: a drop that was cut short begins anew.
            self.write(Work::DroppedTexts { before }).await?;
        }
        Ok(n_dropped)
    }
}
