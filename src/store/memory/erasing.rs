//! Erasing in memory.

use async_trait::async_trait;

use crate::model::{
    ArticleId, Delivery, DeliveryId, DeliveryState, Match, MatchId, Story, StoryId, Timestamp,
    Tombstone,
};
use crate::store::catalog::Note;
use crate::store::erasing::{self, ErasurePlan, ErasureRecords, emptied};
use crate::store::memory::{Content, MemoryStore};
use crate::store::outbox::Leases;
use crate::store::paging::Place;
use crate::store::reviewing::Step;
use crate::store::{ChangeKind, Erased, Erasure, Erasures, StoreError};

impl ErasureRecords for Content {
    fn tombstone(&self, id: [u8; 8]) -> Result<Option<Tombstone>, StoreError> {
        Ok(self.tombstones.get(&id).cloned())
    }

    fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        Ok(self.deliveries.get(&id).cloned())
    }

    fn each_match(&self, look: &mut dyn FnMut(MatchId, ArticleId)) -> Result<(), StoreError> {
        self.matches.values().for_each(|matched| look(matched.id, matched.article));
        Ok(())
    }

    fn each_near_miss(&self, look: &mut dyn FnMut(MatchId, ArticleId)) -> Result<(), StoreError> {
        self.near_misses.values().for_each(|near_miss| look(near_miss.id, near_miss.article));
        Ok(())
    }

    fn each_story(&self, look: &mut dyn FnMut(&Story)) -> Result<(), StoreError> {
        self.stories.values().for_each(look);
        Ok(())
    }

    fn each_delivery(&self, look: &mut dyn FnMut(&Delivery)) -> Result<(), StoreError> {
        self.deliveries.values().for_each(look);
        Ok(())
    }

    fn each_steps(&self, look: &mut dyn FnMut(&str, &[Step])) -> Result<(), StoreError> {
        self.steps.iter().for_each(|(by, steps)| look(by, steps));
        Ok(())
    }
}

impl Content {
    fn erase(&mut self, plan: ErasurePlan, leases: &Leases) {
        let ErasurePlan { tombstone, .. } = plan;
        for gone in plan.matches {
            self.remove_match(&gone);
        }
        for near_miss in plan.near_misses {
            self.drop_near_miss(near_miss.id);
        }
        self.articles.remove(&tombstone.article);
        self.log.note(ChangeKind::Article, &tombstone.article);
        plan.stories.into_iter().for_each(|story| self.put_story(story));
        plan.gone_stories.into_iter().for_each(|id| self.remove_story(id));
        for delivery in plan.deliveries {
            match leases.seize(delivery.id) {
                Some(_lease) if erasing::goes(&delivery) => self.remove_delivery(&delivery),
                _ => self.put_delivery(emptied(delivery, tombstone.at)),
            }
        }
        plan.others.into_iter().for_each(|(_, is)| self.put_delivery(is));
        self.steps.extend(plan.steps);
        let names = tombstone.matches.iter().map(|id| id.to_be_bytes());
        for name in names.chain([tombstone.article.to_be_bytes()]) {
            self.tombstones.insert(name, tombstone.clone());
        }
        self.log.note(ChangeKind::Tombstone, &tombstone.article);
    }

    fn drop_texts(&mut self, before: Timestamp, at: Timestamp) -> u64 {
        let old = self.matches_by_time.iter().take_while(|place| place.at < before);
        let old = old.filter_map(|place| Some(self.matches.get(&place.id)?.article));
        let is_whole = |id: &ArticleId| {
            self.articles.get(id).is_some_and(|article| article.text_dropped.is_none())
        };
        let old: Vec<ArticleId> = old.filter(is_whole).collect();
        for id in &old {
            if let Some(article) = self.articles.remove(id) {
                self.articles.insert(*id, article.without_text(at));
                self.log.note(ChangeKind::Article, id);
                self.catalog.note(Note::Article(*id));
            }
        }
        old.len() as u64
    }

    pub(super) fn remove_story(&mut self, id: StoryId) {
        self.stories.remove(&id);
        self.catalog.note(Note::NoStory(id));
        self.log.note(ChangeKind::Story, &id);
    }

    pub(super) fn remove_match(&mut self, gone: &Match) {
        self.matches.remove(&gone.id);
        self.matches_by_time.remove(&Place { at: gone.created, id: gone.id });
        self.catalog.note(Note::NoMatch(gone.id));
        self.log.note(ChangeKind::Match, &gone.id);
        self.sketches.remove(gone.id);
    }

    /// Removes a delivery that is to be tried.
    pub(super) fn remove_delivery(&mut self, delivery: &Delivery) {
        let Delivery { id, state, created, .. } = *delivery;
        self.deliveries.remove(&id);
        self.deliveries_by_time.remove(&Place { at: created, id });
        if let DeliveryState::Pending { due } = state {
            let due_at = self.due.entry(delivery.receiver.clone()).or_default();
            due_at.remove(&Place { at: due, id });
        }
        self.catalog.note(Note::no_delivery(delivery));
        self.log.note(ChangeKind::Delivery, &id);
    }
}

#[async_trait]
impl Erasures for MemoryStore {
    async fn erase(&self, order: Erasure) -> Result<Erased, StoreError> {
        self.with(|content| {
            let spread = erasing::spread(content, order.id, &[])?;
            let plan = erasing::erase(content, &order, &spread)?;
            let (tombstone, is_new) = (plan.tombstone.clone(), plan.is_new);
            content.erase(plan, &self.leases);
            Ok(Erased { tombstone, is_new, kept_copies: Vec::new() })
        })
    }

    async fn tombstone(&self, id: MatchId) -> Result<Option<Tombstone>, StoreError> {
        self.with(|content| ErasureRecords::tombstone(content, id.to_be_bytes()))
    }

    async fn tombstones(
        &self,
        articles: Vec<ArticleId>,
    ) -> Result<Vec<Option<Tombstone>>, StoreError> {
        self.with(|content| {
            let known = articles.iter().map(|id| content.tombstones.get(&id.to_be_bytes()));
            Ok(known.map(Option::<&Tombstone>::cloned).collect())
        })
    }

    async fn drop_texts(&self, before: Timestamp, at: Timestamp) -> Result<u64, StoreError> {
        self.with(|content| Ok(content.drop_texts(before, at)))
    }
}
