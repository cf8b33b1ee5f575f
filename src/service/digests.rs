//! Makes digests when their time has come.
//!
//! Invariant: a digest is made once, whatever becomes of process and clock: its name follows from
//! its route and its time, and the store knows whether it is there.
//! Deliberately absent: a timetable that is stored. What a digest is about begins where the last
//! one that is in the store ended.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::alert::digest::{self, Listed, Period, STORIES_MAX};
use crate::alert::{Digest, DigestRoute, News, Router};
use crate::model::{
    Clock, DeliveryId, FeedPhase, Match, MatchId, ReviewVerdict, Silence, StoryId, StoryNews,
    Timestamp,
};
use crate::service::watch::Watch;
use crate::store::{Commit, MatchFilter, PageRequest, Store, StoreError};

/// The time is looked at so often, whatever is due next: the machine's clock may be set.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// Between two looks at the time.
const PAUSE_MIN: Duration = Duration::from_millis(10);

/// A full disk is asked so often whether it has room again.
const PAUSE_FULL: Duration = Duration::from_secs(5);

/// A poll may end this long after a digest was due although the process was killed before it made
/// it.
const WORKED_GRACE: Duration = Duration::from_mins(10);

/// More matches between two digests no topic has; a bound for memory.
const MATCHES_MAX: usize = 5_000;

/// So many earlier matches of a story are enough to know what is new in it.
const EARLIER_MAX: usize = 500;

/// Matches are read so many at a time.
const PAGE: usize = 200;

/// Makes digests.
pub(super) struct Digests {
    parts: DigestParts,
    /// Until when this service is known to have worked.
    worked: Timestamp,
    /// By route, the last time that was seen to.
    done: HashMap<String, Timestamp>,
}

/// What digests are made of.
#[derive(Clone)]
pub(super) struct DigestParts {
    pub(super) topic: String,
    pub(super) router: Router,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) watch: Arc<Watch>,
    /// Tells the dispatcher that deliveries were committed.
    pub(super) wake: Arc<Notify>,
}

/// What of a digest is in the store already.
struct Made {
    /// The times before it that were told, last first.
    times: Vec<Timestamp>,
    /// What these list.
    lists: HashSet<MatchId>,
}

impl Digests {
    /// Goes on where the store says that the service ended.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) async fn new(parts: DigestParts) -> Result<Self, StoreError> {
        let states = parts.store.feed_states().await?;
        let last_poll = states.iter().filter_map(|state| state.last_poll).max();
        let now = parts.clock.now();
        let worked = last_poll.map_or(now, |at| at.minus(WORKED_GRACE).min(now));
        Ok(Self { parts, worked, done: HashMap::new() })
    }

    /// Makes each digest when it is due, until `cancel` fires. What is not made by then is made by
    /// the next run.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn run(mut self, cancel: CancellationToken) -> Result<(), StoreError> {
        while !cancel.is_cancelled() {
            let pause = match self.once().await {
                Err(StoreError::Full(_)) => PAUSE_FULL,
                other => other.map(|()| self.pause())?,
            };
            tokio::select! {
                () = cancel.cancelled() => {}
                () = sleep(pause) => {}
            }
        }
        Ok(())
    }

    /// Makes what is due now.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn once(&mut self) -> Result<(), StoreError> {
        let Self { parts, worked, done } = self;
        let now = parts.clock.now();
        for route in parts.router.digests() {
            let Some(at) = route.plan().last_at(now) else { continue };
            let key = route.plan().key();
            if done.get(key) != Some(&at) {
                parts.make(route, at, *worked, now).await?;
                done.insert(key.to_owned(), at);
            }
        }
        *worked = now;
        Ok(())
    }

    fn pause(&self) -> Duration {
        let now = self.parts.clock.now();
        let routes = self.parts.router.digests();
        let next = routes.iter().filter_map(|route| route.plan().next_after(now)).min();
        next.map_or(PAUSE_MAX, |next| next.since(now).clamp(PAUSE_MIN, PAUSE_MAX))
    }
}

impl DigestParts {
    /// Makes the digest of `route` that is told at `at`, unless it is there or not to be made;
    /// until `worked` the service is known to have worked.
    async fn make(
        &self,
        route: DigestRoute<'_>,
        at: Timestamp,
        worked: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if self.is_made(route, at, &mut HashSet::new()).await? {
            return Ok(());
        }
        let made = self.made_before(route, at).await?;
        let Some(period) = route.plan().period(at, &made.times, worked) else {
            return Ok(());
        };
        let mut stories = self.listed(route, period, &made.lists).await?;
        if stories.is_empty() && !route.plan().tells_empty {
            return Ok(());
        }
        digest::sort(&mut stories);
        let n_stories = stories.len();
        stories.truncate(STORIES_MAX);
        let (n_feeds_checked, n_feeds_failing) = self.feeds_since(period.from);
        let digest = Digest {
            topic: self.topic.clone(),
            from: period.from,
            to: period.at,
            n_feeds_checked,
            n_feeds_failing,
            stories: stories.iter().map(Listed::written).collect(),
            n_stories,
        };
        let mut lists: Vec<MatchId> = stories.iter().flat_map(Listed::names).collect();
        lists.sort_unstable();
        lists.dedup();
        let deliveries = route.deliveries(&digest, at, lists, now);
        let (label, n_told) = (route.label(), deliveries.len());
        self.store.commit(Commit { deliveries, ..Commit::default() }).await?;
        self.wake.notify_one();
        tracing::info!(
            "digest of {label} at {}: {n_stories} stories, told to {n_told}",
            route.plan().zone().shown(at)
        );
        Ok(())
    }

    /// Whether the digest of `route` at `at` is in the store; what it lists is added to `lists`.
    async fn is_made(
        &self,
        route: DigestRoute<'_>,
        at: Timestamp,
        lists: &mut HashSet<MatchId>,
    ) -> Result<bool, StoreError> {
        let event = route.plan().event(&self.topic, at);
        let mut is_made = false;
        for receiver in route.receivers() {
            if let Some(delivery) = self.store.delivery(DeliveryId::of(event, receiver)).await? {
                lists.extend(delivery.lists);
                is_made = true;
            }
        }
        Ok(is_made)
    }

    async fn made_before(&self, route: DigestRoute<'_>, at: Timestamp) -> Result<Made, StoreError> {
        let mut made = Made { times: Vec::new(), lists: HashSet::new() };
        for time in route.plan().before(at) {
            if self.is_made(route, time, &mut made.lists).await? {
                made.times.push(time);
            }
        }
        Ok(made)
    }

    /// What came in `period`, that `route` takes and that is not among `told`, by story.
    async fn listed(
        &self,
        route: DigestRoute<'_>,
        period: Period,
        told: &HashSet<MatchId>,
    ) -> Result<Vec<Listed>, StoreError> {
        let mut stories: BTreeMap<StoryId, Option<Listed>> = BTreeMap::new();
        for matched in self.matches_of(period).await? {
            if told.contains(&matched.id) || !is_worth_telling(&matched) {
                continue;
            }
            let Some(article) = self.store.article(matched.article).await? else { continue };
            let listed = match stories.entry(matched.story) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.story(&matched, route, period.at).await?),
            };
            let Some(listed) = listed else { continue };
            let feed = self.watch.feed(matched.feed);
            let news = News {
                matched: &matched,
                article: &article,
                story: &listed.story,
                feed: feed.as_ref(),
            };
            let tells = match matched.silence {
                Some(Silence::StoryKnown) => StoryNews::Updated,
                _ => StoryNews::New,
            };
            if route.takes(&news, tells) {
                listed.matches.push((matched, article.url));
            }
        }
        let mut stories: Vec<Listed> = stories.into_values().flatten().collect();
        stories.retain(|listed| !listed.matches.is_empty());
        for listed in &mut stories {
            listed.earlier = self.earlier(listed, period).await?;
        }
        Ok(stories)
    }

    /// Matches that came in `period`, newest first; at most [`MATCHES_MAX`].
    async fn matches_of(&self, period: Period) -> Result<Vec<Match>, StoreError> {
        let filter = MatchFilter { since: Some(period.looked_from), ..MatchFilter::default() };
        let mut matches = Vec::new();
        let mut after = None;
        loop {
            let request = PageRequest { limit: PAGE, after };
            let page = self.store.matches(filter.clone(), request).await?;
            let is_in = |it: &Match| period.looked_from < it.created && it.created <= period.at;
            matches.extend(page.items.into_iter().filter(is_in));
            after = page.next;
            if after.is_none() || MATCHES_MAX <= matches.len() {
                matches.truncate(MATCHES_MAX);
                return Ok(matches);
            }
        }
    }

    /// The story of `matched`, still without matches, unless nobody is to hear of it.
    async fn story(
        &self,
        matched: &Match,
        route: DigestRoute<'_>,
        at: Timestamp,
    ) -> Result<Option<Listed>, StoreError> {
        let Some(story) = self.store.story(matched.story).await? else { return Ok(None) };
        let verdict = story.review.as_ref().and_then(|review| review.verdict);
        let mutes = self.router.quiet().mutes();
        let is_muted = mutes.iter().filter(|mute| mute.story == Some(story.id)).any(|mute| {
            let mut receivers = route.receivers();
            receivers.all(|receiver| mute.is_about(receiver, mute.story, None, at))
        });
        let is_wanted = verdict != Some(ReviewVerdict::NotRelevant) && !is_muted;
        let listed = Listed { story, matches: Vec::new(), earlier: Vec::new() };
        Ok(is_wanted.then_some(listed))
    }

    /// What the story had before `period`.
    async fn earlier(&self, listed: &Listed, period: Period) -> Result<Vec<Match>, StoreError> {
        if listed.story.size as usize <= listed.matches.len() {
            return Ok(Vec::new());
        }
        let filter = MatchFilter { story: Some(listed.story.id), ..MatchFilter::default() };
        let mut earlier = Vec::new();
        let mut after = None;
        loop {
            let page =
                self.store.matches(filter.clone(), PageRequest { limit: PAGE, after }).await?;
            let is_earlier = |it: &Match| {
                it.created <= period.from
                    && listed.matches.iter().all(|(other, _)| other.id != it.id)
            };
            earlier.extend(page.items.into_iter().filter(is_earlier));
            after = page.next;
            if after.is_none() || EARLIER_MAX <= earlier.len() {
                return Ok(earlier);
            }
        }
    }

    /// How many feeds were polled since `from`, and how many of these fail now.
    fn feeds_since(&self, from: Timestamp) -> (usize, usize) {
        let standings = self.watch.standings();
        let polled = standings.iter().filter(|standing| {
            let last_poll = standing.state.as_ref().and_then(|state| state.last_poll);
            !standing.feed.is_paused && last_poll.is_some_and(|at| from <= at)
        });
        let phases: Vec<FeedPhase> =
            polled.map(|it| FeedPhase::of(&it.feed, it.state.as_ref())).collect();
        let n_failing = phases.iter().filter(|phase| phase.is_trouble()).count();
        (phases.len(), n_failing)
    }
}

/// Whether a match is news: not from an archive, not dropped, not found to be a mistake.
fn is_worth_telling(matched: &Match) -> bool {
    let verdict = matched.review.as_ref().and_then(|review| review.verdict);
    let is_news = match matched.silence {
        Some(Silence::Baseline | Silence::Backfill | Silence::Rescued | Silence::Muted) => false,
        Some(Silence::NoRoute | Silence::StoryKnown | Silence::Digest) | None => true,
    };
    is_news && verdict != Some(ReviewVerdict::NotRelevant)
}

#[cfg(test)]
mod tests;
