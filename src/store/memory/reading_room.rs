//! Reviews, near misses, the feed list and tokens in memory.

use async_trait::async_trait;

use crate::model::{
    AlertKind, Article, ArticleId, Delivery, DeliveryState, Match, MatchId, NearMiss, Review,
    Story, StoryId, Timestamp, Token,
};
use crate::store::catalog::Note;
use crate::store::inheritance::is_rescued;
use crate::store::memory::{Content, MemoryStore};
use crate::store::outbox::Leases;
use crate::store::paging::{page, place_behind, walk};
use crate::store::regrouping;
use crate::store::reviewing::{self, Edits, Records, Step};
use crate::store::withdrawal::{self, RescueRecords, Withdrawal};
use crate::store::{
    ChangeKind, Corrected, CorrectionOrder, Corrections, Counts, FeedChange, FeedList,
    NearMissFilter, NearMisses, Page, PageRequest, ReviewChange, Reviews, StoreError, StoryFilter,
    Tokens, Undone,
};

impl Records for Content {
    fn matched(&self, id: MatchId) -> Result<Option<Match>, StoreError> {
        Ok(self.matches.get(&id).cloned())
    }

    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        Ok(self.articles.get(&id).cloned())
    }

    fn story(&self, id: StoryId) -> Result<Option<Story>, StoreError> {
        Ok(self.stories.get(&id).cloned())
    }

    fn matches_of(&self, id: StoryId) -> Result<Vec<Match>, StoreError> {
        let matches = self.matches_by_time.iter().filter_map(|place| self.matches.get(&place.id));
        Ok(matches.filter(|matched| matched.story == id).cloned().collect())
    }

    fn steps_by(&self, by: &str) -> Result<Vec<Step>, StoreError> {
        Ok(self.steps.get(by).cloned().unwrap_or_default())
    }
}

impl RescueRecords for Content {
    fn near_miss(&self, id: MatchId) -> Result<Option<NearMiss>, StoreError> {
        Ok(self.near_misses.get(&id).cloned())
    }
}

impl Content {
    /// Drops the near misses among `touched` that are matches by now, and what is too much.
    pub(super) fn drop_near_misses(&mut self, touched: &[MatchId]) {
        let is_over = |id: &&MatchId| {
            let near_miss = self.near_misses.get(id);
            near_miss.is_some_and(|it| self.matches.contains_key(id) && !is_rescued(it))
        };
        let over: Vec<MatchId> = touched.iter().filter(is_over).copied().collect();
        for id in over {
            self.drop_near_miss(id);
        }
        for place in self.catalog.near_misses_over() {
            self.drop_near_miss(place.id);
        }
    }

    pub(super) fn drop_near_miss(&mut self, id: MatchId) {
        let gone = self.near_misses.remove(&id);
        if gone.is_some_and(|it| it.review.is_some()) {
            self.log.note(ChangeKind::NearMiss, &id);
        }
        self.catalog.note(Note::NoNearMiss(id));
    }

    fn edit(&mut self, edits: Edits, leases: &Leases) {
        if let Some(event) = edits.unwanted {
            self.call_back(leases, |it| it.event == event);
        }
        for matched in edits.matches {
            self.sketches.regroup(matched.id, matched.story);
            self.put_match(matched);
        }
        edits.stories.into_iter().for_each(|story| self.put_story(story));
        self.steps.insert(edits.by, edits.steps);
    }

    fn withdraw(&mut self, withdrawal: Withdrawal, leases: &Leases) -> Option<Story> {
        let Withdrawal { gone, story, near_miss } = withdrawal;
        // Later news, above all of the withdrawal, stay.
        let is_alert =
            |it: &Delivery| it.matched == Some(gone.id) && it.kind == AlertKind::MatchCreated;
        self.call_back(leases, is_alert);
        self.remove_match(&gone);
        if let Some(story) = &story {
            self.put_story(story.clone());
        } else {
            self.remove_story(gone.story);
        }
        self.put_near_miss(near_miss);
        story
    }

    /// Removes those deliveries that are to be tried and that nobody works on.
    pub(super) fn call_back(&mut self, leases: &Leases, is_wanted: impl Fn(&Delivery) -> bool) {
        let wanted = self.deliveries.values().filter(|delivery| is_wanted(delivery));
        for delivery in wanted.cloned().collect::<Vec<Delivery>>() {
            if !matches!(delivery.state, DeliveryState::Pending { .. }) {
                continue;
            }
            if let Some(_lease) = leases.seize(delivery.id) {
                self.remove_delivery(&delivery);
            }
        }
    }
}

#[async_trait]
impl Reviews for MemoryStore {
    async fn review(&self, change: ReviewChange) -> Result<Review, StoreError> {
        self.with(|content| {
            let (review, edits) = reviewing::review(content, change)?;
            content.edit(edits, &self.leases);
            Ok(review)
        })
    }

    async fn undo(&self, by: &str, at: Timestamp) -> Result<Option<Undone>, StoreError> {
        self.with(|content| {
            let (subject, edits) = reviewing::undo(content, by, at)?;
            content.edit(edits, &self.leases);
            Ok(subject)
        })
    }

    async fn stories(
        &self,
        filter: StoryFilter,
        request: PageRequest,
    ) -> Result<Page<Story>, StoreError> {
        self.with(|content| {
            let behind = place_behind(request.after.as_deref())?;
            let ranking = &content.catalog.stories;
            let places = walk(behind, |behind| ranking.before(filter.verdict, behind));
            page(request.limit, places, |place| {
                let story = content.stories.get(&place.id);
                Ok(story.filter(|story| filter.accepts(story)).cloned())
            })
        })
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        self.with(|content| Ok(content.catalog.counts(0)))
    }
}

#[async_trait]
impl Corrections for MemoryStore {
    async fn correct(&self, order: CorrectionOrder) -> Result<Corrected, StoreError> {
        self.with(|content| {
            let (corrected, edits) = regrouping::correct(content, order)?;
            content.edit(edits, &self.leases);
            Ok(corrected)
        })
    }

    async fn current_story(&self, id: StoryId) -> Result<Option<Story>, StoreError> {
        self.with(|content| regrouping::current_story(content, id))
    }
}

#[async_trait]
impl NearMisses for MemoryStore {
    async fn near_miss(&self, id: MatchId) -> Result<Option<NearMiss>, StoreError> {
        self.with(|content| Ok(content.near_misses.get(&id).cloned()))
    }

    async fn near_misses(
        &self,
        filter: NearMissFilter,
        request: PageRequest,
    ) -> Result<Page<NearMiss>, StoreError> {
        self.with(|content| {
            let behind = place_behind(request.after.as_deref())?;
            let ranking = &content.catalog.near_misses;
            let places =
                walk(behind, |behind| ranking.before(filter.only_open.then_some(true), behind));
            page(request.limit, places, |place| {
                let near_miss = content.near_misses.get(&place.id);
                Ok(near_miss.filter(|near_miss| filter.accepts(near_miss)).cloned())
            })
        })
    }

    async fn review_near_miss(
        &self,
        id: MatchId,
        review: Option<Review>,
    ) -> Result<NearMiss, StoreError> {
        self.with(|content| {
            let unknown = || StoreError::Unknown { what: format!("near miss {id}") };
            let near_miss = content.near_misses.get(&id).cloned().ok_or_else(unknown)?;
            let near_miss = NearMiss { review, ..near_miss };
            content.put_near_miss(near_miss.clone());
            Ok(near_miss)
        })
    }

    async fn withdraw(&self, id: MatchId) -> Result<Option<Story>, StoreError> {
        self.with(|content| {
            let withdrawal = withdrawal::withdraw(content, id)?;
            Ok(content.withdraw(withdrawal, &self.leases))
        })
    }
}

#[async_trait]
impl FeedList for MemoryStore {
    async fn feed_changes(&self) -> Result<Vec<FeedChange>, StoreError> {
        self.with(|content| Ok(content.feed_changes.values().cloned().collect()))
    }

    async fn change_feed(&self, change: FeedChange) -> Result<(), StoreError> {
        self.with(|content| {
            content.log.note(ChangeKind::Feed, &change.feed());
            content.feed_changes.insert(change.feed(), change);
            Ok(())
        })
    }
}

#[async_trait]
impl Tokens for MemoryStore {
    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.with(|content| Ok(content.tokens.values().cloned().collect()))
    }

    async fn set_token(&self, token: Token) -> Result<(), StoreError> {
        self.with(|content| {
            content.log.note(ChangeKind::Token, &token.name);
            content.tokens.insert(token.name.clone(), token);
            Ok(())
        })
    }
}
