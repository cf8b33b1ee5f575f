//! What pages and API can make the service do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{broadcast, mpsc};

use crate::alert::{self, Receiver, Standings};
use crate::collect::{Order, ServerClocks, UplinkStatus, schedule};
use crate::model::duration_text::in_words;
use crate::model::view::{EnabledView, ReceiverView, ReplayView, RoutingView};
use crate::model::{
    Article, ArticleId, Clock, Country, Feed, FeedId, Judgement, MatchId, Mute, MuteId, NearMiss,
    PollReason, Review, ReviewVerdict, StoryId, StoryNews, Subject, Timestamp, Verdict, minute_of,
};
use crate::review::{
    AlertWanted, Change, ControlError, Controls, FeedAdded, FeedStanding, Health, MuteWish,
    NewFeed, ReceiverTest, ReplayOrder, Urgency,
};
use crate::service::overlay::{NotWatched, Wish, change, feed_of, with_changes};
use crate::service::pipeline::{Candidate, Judged, Occasion, Pipeline, Poll};
use crate::service::receivers::{self, Configured};
use crate::service::replay::Replayer;
use crate::service::routing::WayFinder;
use crate::service::watch::Watch;
use crate::store::{Commit, ReviewChange, Store, StoreHealth};
use crate::understand::{Name, Text};

/// The collector takes an order at once; more waiting ones mean that it has stopped.
pub(super) const ORDERS_MAX: usize = 64;

/// So often one feed is polled against its server's word.
const INSIST_PAUSE: Duration = Duration::from_mins(1);

/// Implements what `review` asks for.
pub(super) struct Desk {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) watch: Arc<Watch>,
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) receivers: Arc<[Receiver]>,
    pub(super) standings: Standings,
    pub(super) sides: [Country; 2],
    /// The feeds of files, without what people changed.
    pub(super) files: Arc<[Feed]>,
    /// Whoever changes the list of feeds has it.
    pub(super) changing: tokio::sync::Mutex<()>,
    /// Who was polled by force within the last minute.
    pub(super) insisted: Mutex<HashMap<FeedId, Timestamp>>,
    pub(super) uplink: UplinkStatus,
    pub(super) clocks: ServerClocks,
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

    fn names_in(&self, text: &str) -> Vec<Name> {
        self.pipeline.judge.names_in(text)
    }

    async fn add_feed(&self, new: NewFeed) -> Result<FeedAdded, ControlError> {
        let feed = feed_of(new).map_err(|reason| ControlError::Refused { reason })?;
        let id = feed.id;
        let is_new = self.change_list(Wish::Add(Box::new(feed))).await?;
        Ok(FeedAdded { id, is_new })
    }

    async fn remove_feed(&self, id: FeedId) -> Result<(), ControlError> {
        self.change_list(Wish::Remove(id)).await.map(|_| ())
    }

    async fn pause_feed(&self, id: FeedId) -> Result<(), ControlError> {
        self.change_list(Wish::Pause(id)).await.map(|_| ())
    }

    async fn resume_feed(&self, id: FeedId) -> Result<(), ControlError> {
        self.change_list(Wish::Resume(id)).await.map(|_| ())
    }

    async fn poll_feed(&self, id: FeedId, urgency: Urgency) -> Result<(), ControlError> {
        let standing = self.watch.standing(id).ok_or_else(|| unknown_feed(id))?;
        if standing.feed.is_paused {
            let reason = format!("feed {id} is paused: resume it first");
            return Err(ControlError::Refused { reason });
        }
        let now = self.clock.now();
        match urgency {
            Urgency::Polite => {
                let refused = standing.state.and_then(|it| schedule::refused_until(&it, now));
                match refused {
                    Some((end, reason)) => Err(too_early(end, reason)),
                    None => self.order(Order::Poll(id)).await,
                }
            }
            Urgency::Forced => {
                self.insist(id, now)?;
                self.order(Order::Insist(id)).await
            }
        }
    }

    async fn test_receiver(&self, name: &str) -> Result<ReceiverTest, ControlError> {
        let receiver = self.receivers.iter().find(|receiver| receiver.name() == name);
        let what = || format!("receiver {name:?}");
        let receiver = receiver.ok_or_else(|| ControlError::Unknown { what: what() })?;
        let now = self.clock.now();
        let attempt = alert::test(receiver, now).await;
        Ok(ReceiverTest {
            status: attempt.status,
            took: Duration::from_millis(attempt.took_ms),
            error: attempt.error,
            answer: attempt.answer,
            verification: receiver.verification(now),
        })
    }

    async fn replay(&self, order: ReplayOrder) -> Result<ReplayView, ControlError> {
        let receivers = self.receivers();
        let replayer = Replayer {
            store: self.store.as_ref(),
            router: &self.pipeline.router,
            receivers: &receivers,
            feed: &|id| self.watch.feed(id),
            now: self.clock.now(),
        };
        let view = replayer.replay(&order).await?;
        self.pipeline.wake.notify_one();
        Ok(view)
    }

    async fn receiver_views(&self) -> Result<Vec<ReceiverView>, ControlError> {
        let configured = self.receivers.iter().map(|it| Configured {
            name: it.name().to_owned(),
            format: it.target().format(),
            left_alone_since: self.standings.of(it.name()).and_then(|it| it.open_since),
        });
        let configured: Vec<Configured> = configured.collect();
        Ok(receivers::views(self.store.as_ref(), &configured, self.clock.now()).await?)
    }

    async fn enable_receiver(&self, name: &str) -> Result<EnabledView, ControlError> {
        if !self.receivers.iter().any(|receiver| receiver.name() == name) {
            return Err(ControlError::Unknown { what: format!("receiver {name:?}") });
        }
        let view = receivers::enable(self.store.as_ref(), name, self.clock.now()).await?;
        self.pipeline.wake.notify_one();
        Ok(view)
    }

    async fn mute(&self, wish: MuteWish, by: &str) -> Result<Mute, ControlError> {
        let (store, now) = (self.store.as_ref(), self.clock.now());
        let mute = receivers::mute(store, &self.receivers(), wish, by, now).await?;
        self.pipeline.router.quiet().set_mutes(store.mutes().await?);
        Ok(mute)
    }

    async fn unmute(&self, id: MuteId) -> Result<(), ControlError> {
        let (store, now) = (self.store.as_ref(), self.clock.now());
        let mute = receivers::unmute(store, id, now).await?;
        // First: whoever looks at a held alert from here on finds that it may go.
        self.pipeline.router.quiet().set_mutes(store.mutes().await?);
        store.hurry(mute.receiver.as_deref(), now).await?;
        self.pipeline.wake.notify_one();
        Ok(())
    }

    async fn routing(&self, id: MatchId, tells: StoryNews) -> Result<RoutingView, ControlError> {
        let finder = WayFinder {
            router: &self.pipeline.router,
            store: self.store.as_ref(),
            clock: self.clock.as_ref(),
            feed: &|id| self.watch.feed(id),
        };
        let article = ArticleId::from_be_bytes(id.to_be_bytes());
        for id in [id, MatchId::of(self.pipeline.judge.topic(), article)] {
            if let Some(way) = finder.routing(id, tells).await? {
                return Ok(way);
            }
        }
        Err(ControlError::Unknown { what: format!("match, near miss or article {id}") })
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
            let poll = Poll { feed: &feed, occasion: Occasion::Rescue(alert), now, epoch: None };
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
        let store = store_words(self.store.health());
        let is_turning = !self.orders.is_closed();
        let offline_since = self.uplink.down_since();
        let clock_skew_s = self.clocks.skew_s();
        let stuck = (!is_turning).then(|| "feeds are not polled any more".to_owned());
        let is_ready = is_turning && store.is_none();
        let problems =
            [stuck, store, offline_since.map(offline_words), clock_skew_s.map(skew_words)];
        let mut problems: Vec<String> = problems.into_iter().flatten().collect();
        problems.extend(self.store.notices());
        problems.extend(self.watch.moves().problems());
        let now = self.clock.now();
        problems.extend(self.receivers.iter().filter_map(|receiver| receiver.problem(now)));
        Health { is_ready, problems, offline_since, clock_skew_s }
    }

    fn tell(&self, change: Change) {
        self.watch.tell(change);
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.watch.listen()
    }
}

impl Desk {
    /// Changes the list of feeds, stored and watched; false if there is nothing to change.
    async fn change_list(&self, wish: Wish) -> Result<bool, ControlError> {
        let id = wish.feed();
        // One after the other: what is decided builds on what is stored.
        let _turn = self.changing.lock().await;
        let changes = self.store.feed_changes().await?;
        let change = change(&self.files, &changes, wish).map_err(|NotWatched| unknown_feed(id))?;
        let Some(change) = change else { return Ok(false) };
        self.store.change_feed(change).await?;
        let feeds = with_changes(&self.files, &self.store.feed_changes().await?);
        let watched = feeds.iter().find(|feed| feed.id == id).cloned();
        self.watch.replace(feeds, id);
        let order = watched.map_or(Order::Forget(id), |feed| Order::Watch(Box::new(feed)));
        self.order(order).await?;
        Ok(true)
    }

    /// Notes that somebody insists on a poll.
    fn insist(&self, id: FeedId, now: Timestamp) -> Result<(), ControlError> {
        let mut insisted = self.insisted.lock().unwrap_or_else(PoisonError::into_inner);
        insisted.retain(|_, at| now.since(*at) < INSIST_PAUSE);
        if let Some(at) = insisted.get(&id) {
            let end = minute_and_second(at.plus(INSIST_PAUSE));
            let reason = format!("feed {id} was polled by force just now: not before {end}");
            return Err(ControlError::TooEarly { reason });
        }
        insisted.insert(id, now);
        Ok(())
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
                text_dropped: None,
                hash: None,
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

fn unknown_feed(id: FeedId) -> ControlError {
    ControlError::Unknown { what: format!("feed {id}") }
}

fn too_early(end: Timestamp, reason: PollReason) -> ControlError {
    let end = minute_and_second(end);
    let reason = match reason {
        PollReason::RetryAfter => format!("the server asked for no request before {end}"),
        _ => format!("the publisher says that nothing changes before {end}"),
    };
    ControlError::TooEarly { reason: format!("{reason}; force polls it all the same") }
}

/// `2026-11-24 06:40:12 UTC`.
fn minute_and_second(time: Timestamp) -> String {
    let text = time.to_string();
    format!("{} UTC", text.get(..19).unwrap_or(&text).replace('T', " "))
}

/// Why the store cannot do its work; none if it can.
pub(super) fn store_words(health: StoreHealth) -> Option<String> {
    match health {
        StoreHealth::Ok => None,
        StoreHealth::ReadOnly { reason } | StoreHealth::Failed { reason } => Some(reason),
        StoreHealth::Rebuilding { percent } => {
            Some(format!("the store is rebuilt from its journal: {percent} % done"))
        }
    }
}

fn offline_words(since: Timestamp) -> String {
    let since = minute_of(since);
    format!("no host answers since {since}: this machine's own network seems to be down")
}

fn skew_words(skew_s: i64) -> String {
    let skew = in_words(Duration::from_secs(skew_s.unsigned_abs()));
    let side = if 0 < skew_s { "behind" } else { "ahead of" };
    format!(
        "this machine's clock is {skew} {side} the median of the servers it asks: set it \
         (timedatectl)"
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: an operator reads what is wrong with this machine, and what to type.
    #[test]
    fn own_clock_and_network_are_told() {
        assert_eq!(
            skew_words(187),
            "this machine's clock is 3 min behind the median of the servers it asks: set it \
             (timedatectl)"
        );
        assert!(skew_words(-7_200).contains("is 2 h ahead of the median"));
        let since = "2026-11-24T06:40:12Z".parse().unwrap();
        assert_eq!(
            offline_words(since),
            "no host answers since 2026-11-24 06:40 UTC: this machine's own network seems to be \
             down"
        );
    }
}
