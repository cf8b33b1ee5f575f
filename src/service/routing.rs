//! Finds out who is told of an article, by which way, and what really became of it.

use std::time::Duration;

use crate::alert::{News, Router};
use crate::model::view::{DeliveryView, HappenedView, RoutingView};
use crate::model::{
    AlertKind, Article, Clock, Feed, FeedId, Match, MatchId, Member, NearMiss, Story, StoryId,
    StoryNews,
};
use crate::store::{DeliveryFilter, PageRequest, Store, StoreError};

/// More deliveries are not made for one match.
const DELIVERIES_MAX: usize = 200;

/// What the way of an article is found with.
pub(super) struct WayFinder<'a> {
    pub(super) router: &'a Router,
    pub(super) store: &'a dyn Store,
    pub(super) clock: &'a dyn Clock,
    pub(super) feed: &'a (dyn Fn(FeedId) -> Option<Feed> + Sync),
}

impl WayFinder<'_> {
    /// The way of the match or near miss `id`; none if there is none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) async fn routing(
        &self,
        id: MatchId,
        tells: StoryNews,
    ) -> Result<Option<RoutingView>, StoreError> {
        if let Some(matched) = self.store.matched(id).await? {
            let Some(article) = self.store.article(matched.article).await? else { return Ok(None) };
            let stored = self.store.current_story(matched.story).await?;
            let happened = HappenedView {
                silence: matched.silence,
                deliveries: self.deliveries(&matched).await?,
            };
            let story = stored.unwrap_or_else(|| own_story(&matched, &article));
            let way = self.way(&matched, &article, &story, tells);
            return Ok(Some(RoutingView { happened: Some(happened), ..way }));
        }
        let Some(near_miss) = self.store.near_miss(id).await? else { return Ok(None) };
        let home = (self.feed)(near_miss.feed).map(|feed| feed.side);
        let (matched, article) = as_match(&near_miss, home);
        let story = own_story(&matched, &article);
        Ok(Some(self.way(&matched, &article, &story, tells)))
    }

    fn way(
        &self,
        matched: &Match,
        article: &Article,
        story: &Story,
        tells: StoryNews,
    ) -> RoutingView {
        let feed = (self.feed)(matched.feed);
        let news = News { matched, article, story, feed: feed.as_ref() };
        let explanation = self.router.explain(&news, tells, self.clock.now());
        RoutingView {
            matched: matched.id,
            article: article.id,
            title: article.title.clone(),
            kind: match tells {
                StoryNews::New => AlertKind::MatchCreated,
                StoryNews::Updated => AlertKind::StoryUpdated,
            },
            steps: explanation.steps,
            told: explanation.told,
            happened: None,
        }
    }

    /// What was put into the outbox when the match was stored, oldest first.
    async fn deliveries(&self, matched: &Match) -> Result<Vec<DeliveryView>, StoreError> {
        let at = matched.created;
        let filter = DeliveryFilter {
            since: Some(at),
            until: Some(at.plus(Duration::from_millis(1))),
            ..DeliveryFilter::default()
        };
        let page = self.store.deliveries(filter, PageRequest::first(DELIVERIES_MAX)).await?;
        let own = page.items.iter().rev().filter(|it| it.matched == Some(matched.id));
        Ok(own.map(DeliveryView::from).collect())
    }
}

/// The story of which it is the only match.
fn own_story(matched: &Match, article: &Article) -> Story {
    Story::opened(matched.story, Member::new(matched, article))
}

/// A near miss as the match that it would be.
fn as_match(near_miss: &NearMiss, home: Option<crate::model::Side>) -> (Match, Article) {
    let matched = Match {
        id: near_miss.id,
        topic: near_miss.topic.clone(),
        article: near_miss.article,
        feed: near_miss.feed,
        home,
        story: StoryId::opened_by(near_miss.id),
        link: None,
        placed: None,
        score: near_miss.score,
        language: near_miss.language,
        aspects: Vec::new(),
        figures: Vec::new(),
        evidence: near_miss.evidence.clone(),
        basis: 0,
        created: near_miss.created,
        silence: None,
        review: None,
    };
    let article = Article {
        id: near_miss.article,
        feed: near_miss.feed,
        url: near_miss.url.clone(),
        title: near_miss.title.clone(),
        summary: near_miss.text.clone(),
        body: String::new(),
        language: near_miss.language,
        published: near_miss.published,
        first_seen: near_miss.created,
        stated: None,
        page: None,
        text_dropped: None,
        hash: None,
    };
    (matched, article)
}
