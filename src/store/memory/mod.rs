//! A store that forgets everything at its end: for tests, and for commands without state.

mod reading_room;
mod erasing;
mod queueing;
mod search;
mod upkeep;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::model::{
    Article, ArticleId, Attempt, Delivery, DeliveryId, DeliveryState, FeedId, FeedState, Match,
    MatchId, Mute, MuteId, NearMiss, ReceiverState, Sketch, Story, StoryId, Timestamp, Token,
    Tombstone,
};
use crate::store::catalog::{Catalog, Note};
use crate::store::changes::ChangeLog;
use crate::store::erasing::check_commit;
use crate::store::inheritance::{joined, kept, regrown, seen_again};
use crate::store::outbox::{Leases, next_free, settled};
use crate::store::ownership::Owner;
use crate::store::paging::{Place, page, place_behind};
use crate::store::reviewing::Step;
use crate::store::search::SearchIndex;
use crate::store::sketchbook::Sketchbook;
use crate::store::{
    Announcement, Articles, ChangeCursor, ChangeKind, ChangePage, Changes, Commit, DeliveryFilter,
    Epoch, FeedChange, Fence, Leased, MatchCommit, MatchFilter, Outbox, Ownership, Page,
    PageRequest, QueueState, Replayed, Schedule, Seen, SeenKey, Settlement, Sighting, Store,
    StoreError, StoryChange,
};

/// A store in memory, with the same behaviour as the one on disk but for its end.
#[derive(Debug)]
pub struct MemoryStore {
    /// None once it is closed.
    content: Mutex<Option<Content>>,
    leases: Leases,
    /// None before the first search.
    index: Mutex<Option<SearchIndex>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self {
            content: Mutex::new(Some(Content::default())),
            leases: Leases::default(),
            index: Mutex::default(),
        }
    }

    /// Runs `work` on the content, alone.
    fn with<T>(
        &self,
        work: impl FnOnce(&mut Content) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let closed = || StoreError::Unavailable { reason: "it is closed".to_owned() };
        work(self.locked().as_mut().ok_or_else(closed)?)
    }

    fn locked(&self) -> MutexGuard<'_, Option<Content>> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Debug, Default)]
struct Content {
    feeds: HashMap<FeedId, FeedState>,
    seen: HashMap<SeenKey, Sighting>,
    articles: HashMap<ArticleId, Article>,
    matches: HashMap<MatchId, Match>,
    matches_by_time: BTreeSet<Place<MatchId>>,
    stories: HashMap<StoryId, Story>,
    sketches: Sketchbook,
    deliveries: HashMap<DeliveryId, Delivery>,
    deliveries_by_time: BTreeSet<Place<DeliveryId>>,
    due: HashMap<String, BTreeSet<Place<DeliveryId>>>,
    receivers: HashMap<String, ReceiverState>,
    near_misses: HashMap<MatchId, NearMiss>,
    feed_changes: HashMap<FeedId, FeedChange>,
    tokens: BTreeMap<String, Token>,
    steps: HashMap<String, Vec<Step>>,
    catalog: Catalog,
    owner: Option<Owner>,
    mutes: HashMap<MuteId, Mute>,
    /// By article, and by match.
    tombstones: HashMap<[u8; 8], Tombstone>,
    log: ChangeLog,
}

impl Content {
    fn commit(&mut self, commit: Commit, leases: &Leases) -> Result<(), StoreError> {
        Owner::check(self.owner.as_ref(), commit.epoch)?;
        let is_erased = |id: ArticleId| Ok(self.tombstones.contains_key(&id.to_be_bytes()));
        check_commit(&commit, is_erased)?;
        let current = |story| self.stories.get(&story);
        if !commit.stories.iter().all(|change| change.fits(current(change.story.id))) {
            return Err(StoreError::Conflict);
        }
        let near_misses = commit.near_misses.iter().map(|near_miss| near_miss.id);
        let matches = commit.matches.iter().map(|commit| commit.matched.id);
        let touched: Vec<MatchId> = near_misses.chain(matches).collect();
        for StoryChange { story, deliveries, replaced, .. } in commit.stories {
            let stored = self.stories.get(&story.id);
            self.put_story(regrown(story, stored));
            self.call_back(leases, |it| replaced.contains(&it.id) && it.attempts.is_empty());
            for delivery in deliveries {
                self.add_delivery(delivery);
            }
        }
        for near_miss in commit.near_misses {
            let stored = self.near_misses.get(&near_miss.id);
            self.put_near_miss(seen_again(near_miss, stored));
        }
        for matched in commit.matches {
            self.add_match(matched);
        }
        for delivery in commit.deliveries {
            self.add_delivery(delivery);
        }
        self.drop_near_misses(&touched);
        self.seen.extend(commit.seen);
        self.feeds.extend(commit.feed.map(|state| (state.feed, state)));
        Ok(())
    }

    fn add_match(&mut self, commit: MatchCommit) {
        let MatchCommit { article, matched, sketch, seen, announcement } = commit;
        self.log.note(ChangeKind::Article, &article.id);
        let stored = self.articles.get(&article.id);
        let article = kept(article, stored);
        self.articles.insert(article.id, article);
        let (stored, story) = (self.matches.get(&matched.id), self.stories.get(&matched.story));
        self.put_match(joined(matched, stored, story));
        if let Some(sketch) = sketch {
            self.sketches.add(sketch);
        }
        self.seen.extend(seen);
        if let Announcement::Deliver(deliveries) = announcement {
            for delivery in deliveries {
                self.add_delivery(delivery);
            }
        }
    }

    fn put_match(&mut self, matched: Match) {
        let Match { id, created, .. } = matched;
        if let Some(earlier) = self.matches.insert(id, matched) {
            self.matches_by_time.remove(&Place { at: earlier.created, id });
        }
        self.matches_by_time.insert(Place { at: created, id });
        self.catalog.note(Note::Match(id));
        self.log.note(ChangeKind::Match, &id);
    }

    fn put_story(&mut self, story: Story) {
        self.catalog.note(Note::story(&story));
        self.log.note(ChangeKind::Story, &story.id);
        self.stories.insert(story.id, story);
    }

    fn put_near_miss(&mut self, near_miss: NearMiss) {
        self.catalog.note(Note::near_miss(&near_miss));
        if near_miss.review.is_some() {
            self.log.note(ChangeKind::NearMiss, &near_miss.id);
        }
        self.near_misses.insert(near_miss.id, near_miss);
    }

    fn add_delivery(&mut self, delivery: Delivery) {
        if self.deliveries.contains_key(&delivery.id) {
            return;
        }
        self.deliveries_by_time.insert(Place { at: delivery.created, id: delivery.id });
        self.put_delivery(delivery);
    }

    fn put_delivery(&mut self, delivery: Delivery) {
        let id = delivery.id;
        let due = self.due.entry(delivery.receiver.clone()).or_default();
        if let DeliveryState::Pending { due: at } = delivery.state {
            due.insert(Place { at, id });
        }
        let state = delivery.state;
        self.log.note(ChangeKind::Delivery, &id);
        self.catalog.note(Note::delivery(&delivery));
        let earlier = self.deliveries.insert(id, delivery);
        let Some(earlier) = earlier else { return };
        if let DeliveryState::Pending { due: at } = earlier.state
            && earlier.state != state
        {
            due.remove(&Place { at, id });
        }
    }

    /// What is due at `receiver`, in order.
    fn due_at(&self, receiver: &str) -> impl Iterator<Item = &Place<DeliveryId>> {
        self.due.get(receiver).into_iter().flatten()
    }
}

/// Places before `behind`, newest first.
fn newest_first<Id: Copy + Ord>(
    places: &BTreeSet<Place<Id>>,
    behind: Option<Place<Id>>,
) -> impl Iterator<Item = Result<Place<Id>, StoreError>> {
    let is_open = move |place: &Place<Id>| behind.is_none_or(|behind| *place < behind);
    places.iter().rev().copied().filter(is_open).map(Ok)
}

#[async_trait]
impl Schedule for MemoryStore {
    async fn feed_states(&self) -> Result<Vec<FeedState>, StoreError> {
        self.with(|content| Ok(content.feeds.values().cloned().collect()))
    }

    async fn feed_state(&self, feed: FeedId) -> Result<Option<FeedState>, StoreError> {
        self.with(|content| Ok(content.feeds.get(&feed).cloned()))
    }

    async fn finish(&self, state: FeedState, epoch: Option<Epoch>) -> Result<(), StoreError> {
        self.with(|content| {
            Owner::check(content.owner.as_ref(), epoch)?;
            content.feeds.insert(state.feed, state);
            Ok(())
        })
    }
}

#[async_trait]
impl Seen for MemoryStore {
    async fn sightings(&self, keys: Vec<SeenKey>) -> Result<Vec<Option<Sighting>>, StoreError> {
        self.with(|content| Ok(keys.iter().map(|key| content.seen.get(key).copied()).collect()))
    }
}

#[async_trait]
impl Articles for MemoryStore {
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.with(|content| content.commit(commit, &self.leases))
    }

    async fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        self.with(|content| Ok(content.articles.get(&id).cloned()))
    }

    async fn matched(&self, id: MatchId) -> Result<Option<Match>, StoreError> {
        self.with(|content| Ok(content.matches.get(&id).cloned()))
    }

    async fn matches(
        &self,
        filter: MatchFilter,
        request: PageRequest,
    ) -> Result<Page<Match>, StoreError> {
        self.with(|content| {
            let behind = place_behind(request.after.as_deref())?;
            let places = newest_first(&content.matches_by_time, behind);
            page(request.limit, places, |place| {
                let matched = content.matches.get(&place.id);
                Ok(matched.filter(|matched| filter.accepts(matched)).cloned())
            })
        })
    }

    async fn story(&self, id: StoryId) -> Result<Option<Story>, StoreError> {
        self.with(|content| Ok(content.stories.get(&id).cloned()))
    }

    async fn sketches(&self, since: Timestamp) -> Result<Vec<Arc<Sketch>>, StoreError> {
        self.with(|content| Ok(content.sketches.since(since)))
    }
}

#[async_trait]
impl Outbox for MemoryStore {
    async fn lease(
        &self,
        receiver: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Leased>, StoreError> {
        self.with(|content| {
            let due = content.due_at(receiver).take_while(|place| place.at <= now);
            let free =
                due.filter_map(|place| Some((self.leases.take(place.id, now, until)?, place.id)));
            let leased = free.take(limit).filter_map(|(lease, id)| {
                let delivery = content.deliveries.get(&id).cloned()?;
                Some(Leased { delivery, fence: lease.hand_over() })
            });
            Ok(leased.collect())
        })
    }

    async fn release(&self, id: DeliveryId, fence: Fence) -> Result<(), StoreError> {
        self.with(|_| {
            self.leases.give_back(id, fence);
            Ok(())
        })
    }

    async fn settle(
        &self,
        id: DeliveryId,
        fence: Fence,
        attempt: Attempt,
        settlement: Settlement,
    ) -> Result<(), StoreError> {
        self.with(|content| {
            let unknown = || StoreError::Unknown { what: format!("delivery {id}") };
            let delivery = content.deliveries.get(&id).cloned().ok_or_else(unknown)?;
            self.leases.pin(id, fence)?;
            content.put_delivery(settled(delivery, attempt, settlement));
            self.leases.give_back(id, fence);
            Ok(())
        })
    }

    async fn postpone(
        &self,
        id: DeliveryId,
        fence: Fence,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.with(|content| content.postpone(&self.leases, id, fence, until))
    }

    async fn hurry(&self, receiver: Option<&str>, now: Timestamp) -> Result<u64, StoreError> {
        self.with(|content| Ok(content.hurry(receiver, now)))
    }

    async fn replay(&self, ids: Vec<DeliveryId>, due: Timestamp) -> Result<Replayed, StoreError> {
        self.with(|content| Ok(content.replay(&ids, due)))
    }

    async fn bury(&self, receiver: &str, at: Timestamp) -> Result<u64, StoreError> {
        self.with(|content| Ok(content.bury(&self.leases, receiver, at)))
    }

    async fn queues(&self) -> Result<Vec<QueueState>, StoreError> {
        self.with(|content| Ok(content.catalog.queues()))
    }

    async fn next_due(&self, receiver: &str) -> Result<Option<Timestamp>, StoreError> {
        self.with(|content| {
            let due = content.due_at(receiver).map(|place| Ok((place.id, place.at)));
            next_free(&self.leases, due)
        })
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.with(|content| Ok(content.deliveries.get(&id).cloned()))
    }

    async fn deliveries(
        &self,
        filter: DeliveryFilter,
        request: PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        self.with(|content| {
            let behind = place_behind(request.after.as_deref())?;
            let places = newest_first(&content.deliveries_by_time, behind);
            page(request.limit, places, |place| {
                let delivery = content.deliveries.get(&place.id);
                Ok(delivery.filter(|delivery| filter.accepts(delivery)).cloned())
            })
        })
    }

    async fn receiver(&self, name: &str) -> Result<Option<ReceiverState>, StoreError> {
        self.with(|content| Ok(content.receivers.get(name).cloned()))
    }

    async fn set_receiver(&self, state: ReceiverState) -> Result<(), StoreError> {
        self.with(|content| {
            content.log.note(ChangeKind::Receiver, &state.receiver);
            content.receivers.insert(state.receiver.clone(), state);
            Ok(())
        })
    }
}

#[async_trait]
impl Ownership for MemoryStore {
    async fn own(
        &self,
        node: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Epoch>, StoreError> {
        self.with(|content| {
            let owner = Owner::after(content.owner.as_ref(), node, now, until);
            let epoch = owner.as_ref().map(|owner| owner.epoch);
            content.owner = owner.or_else(|| content.owner.take());
            Ok(epoch)
        })
    }
}

#[async_trait]
impl Changes for MemoryStore {
    async fn changes(
        &self,
        after: Option<ChangeCursor>,
        limit: usize,
    ) -> Result<ChangePage, StoreError> {
        self.with(|content| content.log.page(after.as_ref(), limit))
    }

    async fn last_change(&self) -> Result<ChangeCursor, StoreError> {
        self.with(|content| Ok(content.log.end()))
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn ping(&self) -> Result<(), StoreError> {
        self.with(|_| Ok(()))
    }

    async fn close(&self) -> Result<(), StoreError> {
        *self.locked() = None;
        Ok(())
    }
}
