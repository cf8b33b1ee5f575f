//! A commit as batches: what belongs together stays together, validators come last.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::model::{
    Article, ArticleId, Delivery, DeliveryId, DeliveryState, FeedState, Match, MatchId, NearMiss,
    Story, StoryId,
};
use crate::store::disk::engine::{Batch, Engine, Prepared};
use crate::store::disk::{entries, layout};
use crate::store::inheritance::{is_rescued, joined, kept, regrown, seen_again};
use crate::store::outbox::{Lease, Leases};
use crate::store::paging::Place;
use crate::store::{Announcement, Commit, MatchCommit, StoreError, StoryChange};

/// A commit whose articles are packed.
pub(super) struct PreparedCommit {
    pub(super) commit: Commit,
    articles: HashMap<ArticleId, Prepared>,
}

impl From<Commit> for PreparedCommit {
    fn from(commit: Commit) -> Self {
        let articles = commit.matches.iter().map(|it| &it.article);
        let articles = articles.map(|article| (article.id, Prepared::of(article))).collect();
        Self { commit, articles }
    }
}

/// The batches that store `commit`, in the order in which they must be applied.
///
/// A story and the matches that changed it are one unit; so is any other match. Then come
/// the other seen keys, then the feed's state. One batch takes as many of them as fit.
///
/// # Errors
/// [`StoreError::Conflict`] before anything is written.
pub(super) fn batches(
    engine: &Engine,
    leases: &Leases,
    commit: PreparedCommit,
) -> Result<(Vec<Batch>, Vec<Lease>), StoreError> {
    let PreparedCommit { commit, articles } = commit;
    let mut stories = Vec::new();
    for change in commit.stories {
        let current: Option<Story> = engine.get(&layout::story(change.story.id))?;
        if !change.fits(current.as_ref()) {
            return Err(StoreError::Conflict);
        }
        let story = regrown(change.story, current.as_ref());
        stories.push(StoryChange { story, ..change });
    }
    let near_misses = commit.near_misses.into_iter().map(|near_miss| (near_miss.id, near_miss));
    let near_misses = near_misses.collect();
    let mut planner = Planner {
        engine,
        leases,
        articles,
        taken: Vec::new(),
        near_misses,
        new_deliveries: HashSet::new(),
    };
    let mut batches = Vec::new();
    for unit in units(stories, commit.matches) {
        add(&mut batches, planner.unit(unit)?);
    }
    for (id, near_miss) in std::mem::take(&mut planner.near_misses) {
        let mut batch = Batch::default();
        let is_match = engine.contains(&layout::matched(id))?;
        planner.near_miss(&mut batch, id, Some(near_miss), is_match)?;
        add(&mut batches, batch);
    }
    for new in &commit.deliveries {
        let mut batch = Batch::default();
        planner.add_delivery(&mut batch, new)?;
        add(&mut batches, batch);
    }
    let mut seen = commit.seen;
    // The last one of a key stays the last.
    seen.sort_by_key(|(key, _)| *key);
    // However many they are, those of one bucket are written once.
    for some in seen.chunk_by(|(a, _), (b, _)| layout::bucket(*a) == layout::bucket(*b)) {
        let mut batch = Batch::default();
        for (key, sighting) in some {
            batch.see(*key, *sighting);
        }
        add(&mut batches, batch);
    }
    if let Some(state) = commit.feed {
        add(&mut batches, feed_state(engine, &state)?);
    }
    Ok((batches, planner.taken))
}

/// Adds what must stay together to the last batch, or to a new one if that one is full.
pub(super) fn add(batches: &mut Vec<Batch>, unit: Batch) {
    match batches.last_mut() {
        Some(last) if last.n_keys() + unit.n_keys() <= Batch::KEYS_MAX => last.append(unit),
        _ => batches.push(unit),
    }
}

/// The write that stores a feed's state.
pub(super) fn feed_state(engine: &Engine, state: &FeedState) -> Result<Batch, StoreError> {
    let mut batch = Batch::default();
    engine.put(&mut batch, &layout::feed_state(state.feed), state)?;
    Ok(batch)
}

/// What must be stored together.
#[derive(Default)]
struct Unit {
    story: Option<StoryChange>,
    matches: Vec<MatchCommit>,
}

fn units(stories: Vec<StoryChange>, matches: Vec<MatchCommit>) -> Vec<Unit> {
    let mut units: Vec<Unit> =
        stories.into_iter().map(|story| Unit { story: Some(story), matches: Vec::new() }).collect();
    let ids = units.iter().enumerate();
    let positions: HashMap<StoryId, usize> =
        ids.filter_map(|(at, unit)| Some((unit.story.as_ref()?.story.id, at))).collect();
    for matched in matches {
        match positions.get(&matched.matched.story) {
            Some(at) => units[*at].matches.push(matched),
            None => units.push(Unit { story: None, matches: vec![matched] }),
        }
    }
    units
}

struct Planner<'a> {
    engine: &'a Engine,
    leases: &'a Leases,
    articles: HashMap<ArticleId, Prepared>,
    /// Deliveries that this very commit takes out of the outbox.
    taken: Vec<Lease>,
    /// Near misses of this very commit.
    near_misses: BTreeMap<MatchId, NearMiss>,
    /// Deliveries of this very commit, which the engine does not know yet.
    new_deliveries: HashSet<DeliveryId>,
}

impl Planner<'_> {
    fn unit(&mut self, unit: Unit) -> Result<Batch, StoreError> {
        let mut batch = Batch::default();
        let mut changed = None;
        if let Some(StoryChange { story, deliveries, replaced, .. }) = unit.story {
            entries::put_story(self.engine, &mut batch, &story)?;
            for id in replaced {
                self.take_out(&mut batch, id)?;
            }
            deliveries.iter().try_for_each(|new| self.add_delivery(&mut batch, new))?;
            changed = Some(story);
        }
        for commit in unit.matches {
            let story = match &changed {
                Some(story) => Some(story.clone()),
                None => self.engine.get(&layout::story(commit.matched.story))?,
            };
            self.add_match(&mut batch, commit, story.as_ref())?;
        }
        Ok(batch)
    }

    fn add_match(
        &mut self,
        batch: &mut Batch,
        commit: MatchCommit,
        story: Option<&Story>,
    ) -> Result<(), StoreError> {
        let MatchCommit { article, matched, sketch, seen, announcement } = commit;
        let stored: Option<Match> = self.engine.get(&layout::matched(matched.id))?;
        self.put_article(batch, &article, stored.is_some())?;
        let matched = joined(matched, stored.as_ref(), story);
        entries::put_match(self.engine, batch, &matched, stored.as_ref())?;
        let near_miss = self.near_misses.remove(&matched.id);
        self.near_miss(batch, matched.id, near_miss, true)?;
        if let Some(sketch) = sketch {
            let place = Place { at: sketch.published, id: sketch.matched };
            self.engine.put(batch, &layout::sketch(place), &sketch)?;
        }
        for (key, sighting) in seen {
            batch.see_match(key, sighting);
        }
        match announcement {
            Announcement::Deliver(deliveries) => {
                deliveries.iter().try_for_each(|new| self.add_delivery(batch, new))
            }
            Announcement::Silent(_) | Announcement::Settled => Ok(()),
        }
    }

    fn put_article(
        &mut self,
        batch: &mut Batch,
        article: &Article,
        is_known: bool,
    ) -> Result<(), StoreError> {
        let key = layout::article(article.id);
        let stored: Option<Article> = if is_known { self.engine.get(&key)? } else { None };
        let prepared = self.articles.remove(&article.id);
        let kept = kept(article.clone(), stored.as_ref());
        let prepared = prepared.filter(|_| kept == *article);
        let prepared = prepared.unwrap_or_else(|| Prepared::of(&kept));
        self.engine.put_prepared(batch, &key, prepared)
    }

    /// Stores a near miss, or drops it if it became a match without being rescued.
    fn near_miss(
        &self,
        batch: &mut Batch,
        id: MatchId,
        new: Option<NearMiss>,
        is_match: bool,
    ) -> Result<(), StoreError> {
        let stored: Option<NearMiss> = self.engine.get(&layout::near_miss(id))?;
        let place = stored.as_ref().map(|stored| Place { at: stored.created, id });
        let present = match new {
            Some(new) => seen_again(new, stored.as_ref()),
            None => match stored {
                Some(stored) => stored,
                None => return Ok(()),
            },
        };
        match place {
            _ if !is_match || is_rescued(&present) => {
                entries::put_near_miss(self.engine, batch, &present)
            }
            Some(place) => entries::remove_near_miss(self.engine, batch, place),
            None => Ok(()),
        }
    }

    /// Removes a delivery that is still to be tried for the first time.
    fn take_out(&mut self, batch: &mut Batch, id: DeliveryId) -> Result<(), StoreError> {
        let Some(lease) = self.leases.seize(id) else { return Ok(()) };
        // Read after it was taken: it may have been settled just before.
        let stored: Option<Delivery> = self.engine.get(&layout::delivery(id))?;
        let Some(stored) = stored.filter(|it| it.attempts.is_empty()) else { return Ok(()) };
        if matches!(stored.state, DeliveryState::Pending { .. }) {
            entries::remove_delivery(self.engine, batch, &stored)?;
            self.taken.push(lease);
        }
        Ok(())
    }

    /// A delivery that exists is on its way already: it is left alone.
    fn add_delivery(&mut self, batch: &mut Batch, new: &Delivery) -> Result<(), StoreError> {
        let is_known = self.engine.contains(&layout::delivery(new.id))?;
        if is_known || !self.new_deliveries.insert(new.id) {
            return Ok(());
        }
        entries::put_delivery(self.engine, batch, new, None)
    }
}
