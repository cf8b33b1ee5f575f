//! The journey of an entry, in one place: feed due → fetch → read → known already? → judge →
//! story → one commit with its deliveries.
//!
//! Invariant: what a poll brought is stored before the feed's validators are.
//! Invariant: a match is stored with its deliveries or with the reason why there are none.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Mutex, Notify, Semaphore};
use tokio::task::spawn_blocking;
use url::Url;

use crate::alert::Router;
use crate::alert::update::Pace;
use crate::collect::identity::{self, Identified, Standing};
use crate::collect::permission::Permissions;
use crate::collect::schedule::{self, Circumstances, Outcome};
use crate::collect::{self, Fetcher, FullText, PageText, Permit, Visitor};
use crate::model::{
    Article, ArticleId, Clock, Feed, FeedState, Judgement, Language, MatchId, NearMiss, Timestamp,
    Verdict,
};
use crate::net::chance;
use crate::review::{AlertWanted, Change};
use crate::service::gather::Gathered;
use crate::service::ownership::PollingRight;
use crate::service::text::{self, Words};
use crate::service::watch::Watch;
use crate::store::{
    Announcement, Commit, Epoch, MatchCommit, SeenKey, Sighting, Store, StoreError, StoreHealth,
};
use crate::telemetry::Metrics;
use crate::understand::Judge;
use crate::understand::story::{Recent, Sight};

/// Somebody can change a story between our decision and our commit; so often in a row only if
/// something is broken.
const DECISIONS_MAX: u32 = 10;

/// A date without a zone is up to 14 hours ahead when it is read as UTC; one further in the
/// future says nothing.
const AHEAD_MAX: Duration = Duration::from_hours(14);

/// Everybody whom an entry meets on its journey.
pub(super) struct Pipeline {
    pub(super) collect: collect::Config,
    pub(super) fetcher: Fetcher,
    pub(super) judge: Arc<Judge>,
    pub(super) router: Router,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    /// Tells the dispatcher that deliveries were committed.
    pub(super) wake: Arc<Notify>,
    /// What is counted.
    pub(super) metrics: Arc<Metrics>,
    /// Learns how polling stands.
    pub(super) watch: Arc<Watch>,
    /// How updates of a story keep their distance.
    pub(super) pace: Pace,
    /// Polls decide on stories one after the other: what one of them decides is what the next
    /// one builds on. Whoever has the turn has the recent matches.
    pub(super) turn: Mutex<Recent>,
    /// What sites allow.
    pub(super) permissions: Arc<Permissions>,
    /// Fetches pages of promising entries.
    pub(super) full_text: FullText,
    /// Allows this process to poll.
    pub(super) right: PollingRight,
    /// Reading and judging keep a core busy; more of it at once only costs memory.
    pub(super) cores: Semaphore,
}

/// An entry that may matter, judged.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) id: MatchId,
    pub(super) article: Article,
    /// Whether the publisher dated it.
    pub(super) is_dated: bool,
    /// Whether that date can be true: it does not lie in the future.
    pub(super) is_date_possible: bool,
    pub(super) judgement: Judgement,
    pub(super) sight: Sight,
    pub(super) seen: Vec<(SeenKey, Sighting)>,
    /// Its page.
    pub(super) link: Option<Url>,
    /// What the entry, its feed or its page says of its language.
    pub(super) declared: Option<Language>,
}

/// An entry that is new or was edited.
struct News {
    entry: Identified,
    article: ArticleId,
    /// What to remember so that it is known from now on.
    seen: Vec<(SeenKey, Sighting)>,
}

/// Entries of a document by what is known of them.
#[derive(Default)]
struct Sorted {
    /// New and edited ones.
    news: Vec<News>,
    /// What to note of the known ones.
    seen: Vec<(SeenKey, Sighting)>,
    /// Entries that were never seen.
    n_new: usize,
}

#[async_trait]
impl Visitor for Pipeline {
    fn can_store(&self) -> bool {
        !matches!(self.store.health(), StoreHealth::ReadOnly { .. })
    }

    async fn visit(
        &self,
        feed: &Feed,
        state: &FeedState,
        permit: Permit,
    ) -> Result<FeedState, StoreError> {
        let epoch = self.right.epoch(&*self.store, &*self.clock).await?;
        let next = self.poll(feed, state, permit, epoch).await?;
        self.watch.note(&next);
        Ok(next)
    }
}

impl Pipeline {
    async fn poll(
        &self,
        feed: &Feed,
        state: &FeedState,
        permit: Permit,
        epoch: Epoch,
    ) -> Result<FeedState, StoreError> {
        let gathered = match self.ask(feed, state, permit).await {
            Ok(document) => self.gather(feed, state, document).await?,
            Err(outcome) => Err(outcome),
        };
        match gathered {
            Ok(gathered) => self.take_in(feed, state, gathered, epoch).await,
            Err(outcome) => self.finish(feed, state, outcome, epoch).await,
        }
    }

    /// Stores a poll that brought nothing.
    async fn finish(
        &self,
        feed: &Feed,
        state: &FeedState,
        outcome: Outcome,
        epoch: Epoch,
    ) -> Result<FeedState, StoreError> {
        let next = self.after(feed, state, outcome);
        if next.error.is_none() {
            self.metrics.fetches_unchanged.add(1);
        }
        if let Some(error) = &next.error {
            let (url, streak) = (&feed.url, next.streak);
            self.metrics.fetches_failed.add(1);
            tracing::warn!(feed.url = %url, feed.streak = streak, "feed {url}: {error}");
        }
        self.store.finish(next.clone(), Some(epoch)).await?;
        Ok(next)
    }

    /// Judges what is new in a document and stores everything.
    async fn take_in(
        &self,
        feed: &Feed,
        state: &FeedState,
        gathered: Gathered,
        epoch: Epoch,
    ) -> Result<FeedState, StoreError> {
        let Gathered { entries, mut found, answered } = gathered;
        let entries = identity::identify(feed.id, entries, state.n_entries);
        let Sorted { news, seen, n_new } = self.sort_out(entries).await?;
        found.n_new = n_new;
        let next = self.after(feed, state, Outcome::Read { answered, found });
        self.metrics.fetches_changed.add(1);
        let occasion = match state.last_success {
            None => Occasion::Baseline,
            Some(_) => Occasion::News,
        };
        let poll = Poll { feed, occasion, now: self.clock.now(), epoch: Some(epoch) };
        let judged = self.judge(&poll, news, seen).await?;
        self.commit(&poll, judged, Some(&next)).await?;
        Ok(next)
    }

    fn after(&self, feed: &Feed, state: &FeedState, outcome: Outcome) -> FeedState {
        let n_others_moving_there =
            outcome.moved().map_or(0, |to| self.watch.n_moving(to, feed.id));
        let circumstances =
            Circumstances { now: self.clock.now(), jitter: chance::unit(), n_others_moving_there };
        schedule::after(&self.collect, feed, state, outcome, circumstances)
    }

    /// Tells new and edited entries from known ones.
    async fn sort_out(&self, entries: Vec<Identified>) -> Result<Sorted, StoreError> {
        let today = self.today();
        let keys = entries.iter().flat_map(|entry| entry.keys.iter().copied()).collect();
        let mut known = self.store.sightings(keys).await?.into_iter();
        let mut sorted = Sorted::default();
        for entry in entries {
            let known: Vec<_> = known.by_ref().take(entry.keys.len()).collect();
            match entry.standing(&known) {
                Standing::Known(article) => {
                    self.metrics.articles_seen.add(1);
                    sorted.seen.extend(entry.claims(&known, article, today));
                }
                Standing::Edited(article) => {
                    self.metrics.articles_updated.add(1);
                    let seen = entry.claims(&known, article, today);
                    sorted.news.push(News { entry, article, seen });
                }
                Standing::New => {
                    self.metrics.articles_new.add(1);
                    sorted.n_new += 1;
                    let article = entry.article;
                    let seen = entry.claims(&known, article, today);
                    sorted.news.push(News { entry, article, seen });
                }
            }
        }
        self.leave_out_erased(&mut sorted).await?;
        Ok(sorted)
    }

    /// What a person erased is no news, whatever becomes of it at the publisher's.
    async fn leave_out_erased(&self, sorted: &mut Sorted) -> Result<(), StoreError> {
        if sorted.news.is_empty() {
            return Ok(());
        }
        let articles = sorted.news.iter().map(|news| news.article).collect();
        let tombstones = self.store.tombstones(articles).await?;
        let news = std::mem::take(&mut sorted.news);
        for (news, tombstone) in news.into_iter().zip(tombstones) {
            match tombstone {
                None => sorted.news.push(news),
                Some(_) => sorted.seen.extend(news.seen),
            }
        }
        Ok(())
    }

    /// Judges entries. Near misses are kept small, the rest is only remembered.
    async fn judge(
        &self,
        poll: &Poll<'_>,
        news: Vec<News>,
        seen: Vec<(SeenKey, Sighting)>,
    ) -> Result<Judged, StoreError> {
        let (judge, feed, now) = (Arc::clone(&self.judge), poll.feed.clone(), poll.now);
        let candidates = self
            .in_the_background(move || {
                news.into_iter().map(|it| candidate(&judge, &feed, it, now)).collect::<Vec<_>>()
            })
            .await;
        let (candidates, known) = self.read_pages(poll, candidates).await?;
        let mut judged = Judged { seen, ..Judged::default() };
        judged.seen.extend(known);
        for candidate in candidates {
            if candidate.judgement.verdict == Verdict::Match {
                judged.candidates.push(candidate);
                continue;
            }
            if self.is_worth_a_look(poll, &candidate) {
                let known = self.store.near_miss(candidate.id).await?;
                let mut near_miss = candidate.near_miss(self.judge.topic(), now);
                near_miss.review = known.and_then(|known| known.review);
                judged.near_misses.push(near_miss);
            }
            judged.seen.extend(candidate.seen);
        }
        Ok(judged)
    }

    /// Whether it shows something of both sides, with the reason why it is not flagged: a
    /// person may see more. An archive's near misses are no news.
    fn is_worth_a_look(&self, poll: &Poll<'_>, candidate: &Candidate) -> bool {
        candidate.judgement.why_not.is_some()
            && (poll.occasion != Occasion::Baseline || self.is_fresh(poll, candidate))
    }

    /// Whether its own date is recent enough to alert from a new feed.
    pub(super) fn is_fresh(&self, poll: &Poll<'_>, candidate: &Candidate) -> bool {
        let oldest = poll.now.minus(self.collect.baseline_max_age);
        candidate.is_dated && oldest <= candidate.article.published
    }

    /// Decides stories and alerts, and stores everything at once; decides again when a story
    /// changed in between.
    pub(super) async fn commit(
        &self,
        poll: &Poll<'_>,
        mut judged: Judged,
        state: Option<&FeedState>,
    ) -> Result<(), StoreError> {
        // The first report of a story opens it, whatever the order in the document. Undated ones
        // count as published now, so they come last.
        judged.candidates.sort_by_key(|candidate| (candidate.article.published, candidate.id));
        let mut turn = match judged.candidates.as_slice() {
            [] => None,
            _ => Some(self.turn.lock().await),
        };
        let mut decisions = 0;
        loop {
            let (matches, stories) = match &mut turn {
                None => (Vec::new(), Vec::new()),
                Some(recent) => self.decide(poll, &judged.candidates, recent).await?,
            };
            let n_updates = stories.iter().filter(|change| !change.deliveries.is_empty()).count();
            let lines: Vec<String> = matches.iter().map(|it| line_about(it, poll.feed)).collect();
            let changes: Vec<Change> = judged
                .near_misses
                .iter()
                .map(|it| Change::NearMiss(it.id))
                .chain(matches.iter().map(|it| Change::Story(it.matched.story)))
                .collect();
            let commit = Commit {
                seen: judged.seen.clone(),
                matches,
                near_misses: judged.near_misses.clone(),
                stories,
                deliveries: Vec::new(),
                feed: state.cloned(),
                epoch: poll.epoch,
            };
            decisions += 1;
            match self.store.commit(commit).await {
                Err(StoreError::Conflict) if decisions < DECISIONS_MAX => {
                    self.take_out_erased(&mut judged).await?;
                    continue;
                }
                stored => stored?,
            }
            for line in &lines {
                tracing::info!(feed.url = %poll.feed.url, "{line}");
            }
            self.metrics.matches.add(lines.len() as u64);
            self.metrics.story_updates.add(n_updates as u64);
            self.metrics.near_misses.add(judged.near_misses.len() as u64);
            for change in changes {
                self.watch.tell(change);
            }
            if !lines.is_empty() {
                self.wake.notify_one();
            }
            return Ok(());
        }
    }

    /// Takes out what a person erased since it was judged.
    async fn take_out_erased(&self, judged: &mut Judged) -> Result<(), StoreError> {
        let candidates = judged.candidates.iter().map(|it| it.article.id);
        let near_misses = judged.near_misses.iter().map(|it| it.article);
        let articles: Vec<ArticleId> = candidates.chain(near_misses).collect();
        let tombstones = self.store.tombstones(articles.clone()).await?;
        let erased: HashSet<ArticleId> = articles
            .into_iter()
            .zip(tombstones)
            .filter_map(|(id, tombstone)| tombstone.map(|_| id))
            .collect();
        judged.near_misses.retain(|it| !erased.contains(&it.article));
        for candidate in judged.candidates.extract_if(.., |it| erased.contains(&it.article.id)) {
            judged.seen.extend(candidate.seen);
        }
        Ok(())
    }

    /// Runs work that takes longer than a millisecond away from the runtime's threads, at most
    /// as many pieces at once as there are cores.
    pub(super) async fn in_the_background<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let _core = self.cores.acquire().await.expect("the semaphore is never closed");
        match spawn_blocking(work).await {
            Ok(done) => done,
            // Never cancelled, so it panicked; that is a bug of ours, which ends the task.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    pub(super) fn today(&self) -> u32 {
        u32::try_from(self.clock.now().unix_ms() / 86_400_000).unwrap_or_default()
    }
}

/// The circumstances under which articles come in.
pub(super) struct Poll<'a> {
    pub(super) feed: &'a Feed,
    pub(super) occasion: Occasion,
    pub(super) now: Timestamp,
    /// Under which right to poll; none for what a person brings.
    pub(super) epoch: Option<Epoch>,
}

/// Why articles come in; decides who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// The first document of a new feed: old entries in it tell nobody anything new.
    Baseline,
    /// A later one.
    News,
    /// A person rescued a near miss.
    Rescue(AlertWanted),
}

/// What judging a document gave.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) candidates: Vec<Candidate>,
    pub(super) near_misses: Vec<NearMiss>,
    pub(super) seen: Vec<(SeenKey, Sighting)>,
}

impl Candidate {
    /// Takes over what its page says.
    pub(super) fn take_page(&mut self, page: PageText) {
        self.declared = self.declared.or(page.language);
        self.article.body = text::body(page.text);
        self.article.page = Some(page.source);
    }

    /// The small form in which a near miss is kept.
    fn near_miss(&self, topic: &str, now: Timestamp) -> NearMiss {
        let article = &self.article;
        let room = NearMiss::TEXT_BYTES_MAX.saturating_sub(article.title.len());
        let mut text = [article.summary.as_str(), &article.body].join("\n").trim().to_owned();
        text.truncate(text.floor_char_boundary(room));
        let evidence = self.judgement.evidence.iter().take(NearMiss::EVIDENCE_MAX);
        NearMiss {
            id: self.id,
            topic: topic.to_owned(),
            article: article.id,
            feed: article.feed,
            url: article.url.clone(),
            title: article.title.clone(),
            text,
            language: article.language,
            score: self.judgement.score,
            evidence: evidence.cloned().collect(),
            why_not: self.judgement.why_not.clone().unwrap_or_default(),
            published: article.published,
            created: now,
            review: None,
        }
    }
}

/// What the log says of a match: where to look, and whether somebody is told.
fn line_about(decided: &MatchCommit, feed: &Feed) -> String {
    let MatchCommit { matched, article, .. } = decided;
    let told = match &decided.announcement {
        Announcement::Deliver(deliveries) => format!("told to {}", deliveries.len()),
        Announcement::Silent(silence) => format!("not told: {}", silence.in_words()),
        Announcement::Settled => "edited".to_owned(),
    };
    let (id, score, title) = (matched.id, matched.score, &article.title);
    format!("match {id} ({score}) in {}, {told}: {title:?}", feed.title)
}

/// Whether an article can have been published then.
fn is_possible(published: Timestamp, now: Timestamp) -> bool {
    published <= now.plus(AHEAD_MAX)
}

fn candidate(judge: &Judge, feed: &Feed, news: News, now: Timestamp) -> Candidate {
    let entry = &news.entry.entry;
    let mut words = Words::of(entry);
    words.declared = words.declared.or(feed.language);
    let judged = words.judged(feed.side, entry.link.as_deref());
    let (judgement, sight) = judge.judge_with_traces(&judged);
    Candidate {
        link: entry.link.as_deref().and_then(|link| link.parse().ok()),
        declared: words.declared,
        id: MatchId::of(judge.topic(), news.article),
        is_dated: entry.published.is_some(),
        is_date_possible: entry.published.is_some_and(|it| is_possible(it, now)),
        article: words.into_article(entry, news.article, feed, judgement.language, now),
        judgement,
        sight,
        seen: news.seen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: an article from next year opens its own story; a Japanese feed that leaves out its
    /// zone is believed.
    #[test]
    fn dates_in_the_future_are_impossible() {
        let minute = |minutes: i64| Timestamp::from_unix_ms(minutes * 60_000).unwrap();
        let possible =
            [-525_600, 0, 840, 841, 525_600].map(|it| is_possible(minute(it), minute(0)));
        assert_eq!(possible, [true, true, true, false, false]);
    }
}
