//! What pages and API can make the service do.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{broadcast, mpsc};

use crate::alert::{self, Receiver};
use crate::collect::Order;
use crate::model::{
    Article, Clock, Country, Feed, FeedId, Judgement, MatchId, NearMiss, Review, ReviewVerdict,
    StoryId, Subject, Timestamp, Verdict,
};
use crate::review::{
    AlertWanted, Change, ControlError, Controls, FeedStanding, Health, NewFeed, ReceiverTest,
};
use crate::service::pipeline::{Candidate, Judged, Occasion, Pipeline, Poll};
use crate::service::watch::Watch;
use crate::store::{Commit, FeedChange, ReviewChange, Store};
use crate::understand::Text;

/// The collector takes an order at once; more waiting ones mean that it has stopped.
pub(super) const ORDERS_MAX: usize = 64;

/// Implements what `review` asks for.
pub(super) struct Desk {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) watch: Arc<Watch>,
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) receivers: Arc<[Receiver]>,
    pub(super) sides: [Country; 2],
}

#[async_trait]
impl Controls for Desk {
    fn feeds(&self) -> Vec<FeedStanding> {
        self.watch.standings()
    }

    fn receivers(&self) -> Vec<String> {
        self.receivers.iter().map(|receiver| receiver.name().to_owned()).collect()
    }

    fn sides(&self) -> [Country; 2] {
        self.sides
    }

    async fn add_feed(&self, new: NewFeed) -> Result<FeedId, ControlError> {
        let host = new.url.host_str().unwrap_or_default().to_owned();
        if !matches!(new.url.scheme(), "http" | "https") || host.is_empty() {
            let reason = "a feed's address starts with http:// or https://".to_owned();
            return Err(ControlError::Refused { reason });
        }
        let feed = Feed {
            title: new.title.unwrap_or(host),
            side: new.side,
            language: new.language,
            ..Feed::at(new.url)
        };
        let id = feed.id;
        self.store.change_feed(FeedChange::Added(Box::new(feed.clone()))).await?;
        if self.watch.add(feed.clone()) {
            self.order(Order::Watch(Box::new(feed))).await?;
        }
        Ok(id)
    }

    async fn remove_feed(&self, id: FeedId) -> Result<(), ControlError> {
        self.known(id)?;
        self.store.change_feed(FeedChange::Removed(id)).await?;
        self.watch.remove(id);
        self.order(Order::Forget(id)).await
    }

    async fn poll_feed(&self, id: FeedId) -> Result<(), ControlError> {
        self.known(id)?;
        self.order(Order::Poll(id)).await
    }

    async fn test_receiver(&self, name: &str) -> Result<ReceiverTest, ControlError> {
        let receiver = self.receivers.iter().find(|receiver| receiver.name() == name);
        let what = || format!("receiver {name:?}");
        let receiver = receiver.ok_or_else(|| ControlError::Unknown { what: what() })?;
        let attempt = alert::test(receiver, self.clock.now()).await;
        Ok(ReceiverTest {
            status: attempt.status,
            took: Duration::from_millis(attempt.took_ms),
            error: attempt.error,
            answer: attempt.answer,
        })
    }

    async fn rescue(
        &self,
        id: MatchId,
        by: &str,
        alert: AlertWanted,
    ) -> Result<StoryId, ControlError> {
        let unknown = || ControlError::Unknown { what: format!("near miss {id}") };
        let near_miss = self.store.near_miss(id).await?.ok_or_else(unknown)?;
        let now = self.clock.now();
        let verdict = Some(ReviewVerdict::Relevant);
        // First, so that the near miss stays in its list when it becomes a match.
        self.store.review_near_miss(id, Some(review(&near_miss, verdict, by, now))).await?;
        if self.store.matched(id).await?.is_none() {
            let feed = self.feed_of(&near_miss);
            let poll = Poll { feed: &feed, occasion: Occasion::Rescue(alert), now };
            let candidates = vec![self.rescued(&near_miss)];
            let judged = Judged { candidates, ..Judged::default() };
            self.pipeline.commit(&poll, judged, None).await?;
        }
        let change = ReviewChange {
            subject: Subject::Match(id),
            verdict: Some(verdict),
            note: None,
            by: by.to_owned(),
            at: now,
            expected: None,
        };
        self.store.review(change).await?;
        let matched = self.store.matched(id).await?.ok_or_else(unknown)?;
        self.watch.tell(Change::NearMiss(id));
        Ok(matched.story)
    }

    async fn withdraw(&self, id: MatchId) -> Result<(), ControlError> {
        let unknown = || ControlError::Unknown { what: format!("match {id}") };
        let matched = self.store.matched(id).await?.ok_or_else(unknown)?;
        let article = self.store.article(matched.article).await?.ok_or_else(unknown)?;
        let before = self.store.story(matched.story).await?.ok_or_else(unknown)?;
        let now = self.clock.now();
        // Telling comes first: cut short here, the person withdraws once more, and the event
        // has the same id.
        if matched.silence.is_none() {
            let feed = self.watch.feed(matched.feed);
            let (matched, article, story) = (&matched, &article, &before);
            let news = alert::News { matched, article, story, feed: feed.as_ref() };
            let deliveries = self.pipeline.router.withdrawn(&news, now);
            self.store.commit(Commit { deliveries, ..Commit::default() }).await?;
            self.pipeline.wake.notify_one();
        }
        self.store.withdraw(id).await?;
        self.watch.tell(Change::Story(matched.story));
        self.watch.tell(Change::NearMiss(id));
        Ok(())
    }

    fn health(&self) -> Health {
        let is_ready = !self.orders.is_closed();
        let problems =
            if is_ready { Vec::new() } else { vec!["feeds are not polled any more".to_owned()] };
        Health { is_ready, problems }
    }

    fn tell(&self, change: Change) {
        self.watch.tell(change);
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.watch.listen()
    }
}

impl Desk {
    fn known(&self, id: FeedId) -> Result<Feed, ControlError> {
        let unknown = || ControlError::Unknown { what: format!("feed {id}") };
        self.watch.feed(id).ok_or_else(unknown)
    }

    async fn order(&self, order: Order) -> Result<(), ControlError> {
        let stopped = |_| ControlError::Refused { reason: "the service is stopping".to_owned() };
        self.orders.send(order).await.map_err(stopped)
    }

    /// The feed that brought a near miss; one that was removed since still has its name.
    fn feed_of(&self, near_miss: &NearMiss) -> Feed {
        let url = near_miss.url.as_deref().and_then(|url| url.parse().ok());
        let url = url.unwrap_or_else(|| "about:blank".parse().expect("a constant address"));
        let removed = || Feed { id: near_miss.feed, title: String::new(), ..Feed::at(url) };
        self.watch.feed(near_miss.feed).unwrap_or_else(removed)
    }

    /// The near miss as the match that it becomes: a person's verdict stands above the score.
    fn rescued(&self, near_miss: &NearMiss) -> Candidate {
        let text = Text {
            title: &near_miss.title,
            summary: &near_miss.text,
            language: Some(near_miss.language),
            ..Text::default()
        };
        let judged = self.pipeline.judge.judge(&text);
        let judgement = Judgement {
            verdict: Verdict::Match,
            score: near_miss.score,
            language: near_miss.language,
            evidence: near_miss.evidence.clone(),
            why_not: None,
            ..judged
        };
        Candidate {
            id: near_miss.id,
            article: Article {
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
            },
            link: None,
            declared: Some(near_miss.language),
            is_dated: true,
            is_date_possible: true,
            sight: self.pipeline.judge.traces(&text),
            judgement,
            seen: Vec::new(),
        }
    }
}

/// What a person says of a near miss, on top of what was said before.
fn review(near_miss: &NearMiss, verdict: Option<ReviewVerdict>, by: &str, at: Timestamp) -> Review {
    let before = near_miss.review.as_ref();
    Review {
        verdict,
        note: before.and_then(|review| review.note.clone()),
        by: by.to_owned(),
        at,
        revision: before.map_or(1, |review| review.revision + 1),
        is_inherited: false,
    }
}
