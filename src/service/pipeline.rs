//! The journey of an entry, in one place: feed due → fetch → read → known already? → judge →
//! story → one commit with its deliveries.
//!
//! Invariant: what a poll brought is stored before the feed's validators are.
//! Invariant: a match is stored with its deliveries or with the reason why there are none.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::sync::{Notify, Semaphore};
use tokio::task::spawn_blocking;

use crate::alert::Router;
use crate::collect::identity::{self, Identified, Standing};
use crate::collect::schedule::{self, Outcome};
use crate::collect::{self, Document, Fetched, Fetcher, Visitor};
use crate::model::{
    Article, ArticleId, Clock, Feed, FeedState, Judgement, MatchId, Timestamp, Verdict,
};
use crate::net::chance;
use crate::service::text::Words;
use crate::store::{Announcement, Commit, MatchCommit, SeenKey, Sighting, Store, StoreError};
use crate::understand::{Judge, Traces};

/// Another poll can change a story between our decision and our commit; so often in a row
/// only if something is broken.
const DECISIONS_MAX: u32 = 10;

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
    pub(super) tally: Tally,
    /// Reading and judging keep a core busy; more of it at once only costs memory.
    pub(super) cores: Semaphore,
}

/// What has happened since the start.
#[derive(Debug, Default)]
pub(super) struct Tally {
    polls: AtomicUsize,
    failures: AtomicUsize,
    entries: AtomicUsize,
    matches: AtomicUsize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: &AtomicUsize| number.load(Ordering::Relaxed);
        let (polls, failures) = (count(&self.polls), count(&self.failures));
        let (entries, matches) = (count(&self.entries), count(&self.matches));
        write!(
            f,
            "{polls} feeds polled, {failures} failed; {entries} new entries, {matches} matches"
        )
    }
}

/// An entry that may matter, judged.
pub(super) struct Candidate {
    pub(super) id: MatchId,
    pub(super) article: Article,
    /// Whether the publisher dated it.
    pub(super) is_dated: bool,
    pub(super) judgement: Judgement,
    pub(super) traces: Traces,
    pub(super) seen: Vec<(SeenKey, Sighting)>,
}

/// An entry that is new or was edited.
struct News {
    entry: Identified,
    article: ArticleId,
    /// What to remember so that it is known from now on.
    seen: Vec<(SeenKey, Sighting)>,
}

#[async_trait]
impl Visitor for Pipeline {
    async fn visit(&self, feed: &Feed, state: &FeedState) -> Result<FeedState, StoreError> {
        let outcome = match self.fetcher.fetch(feed, state).await {
            Ok(Fetched::Document(document)) => return self.take_in(feed, state, document).await,
            Ok(Fetched::NotModified { validators, hint }) => {
                Outcome::NotModified { validators, hint }
            }
            Err(error) => Outcome::from(&error),
        };
        self.finish(feed, state, outcome).await
    }
}

impl Pipeline {
    /// Stores a poll that brought nothing.
    async fn finish(
        &self,
        feed: &Feed,
        state: &FeedState,
        outcome: Outcome,
    ) -> Result<FeedState, StoreError> {
        let next = self.after(state, outcome);
        self.tally.polls.fetch_add(1, Ordering::Relaxed);
        if let Some(error) = &next.error {
            let (url, streak) = (&feed.url, next.streak);
            self.tally.failures.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(feed.url = %url, feed.streak = streak, "feed {url}: {error}");
        }
        self.store.finish(next.clone()).await?;
        Ok(next)
    }

    /// Reads a document, judges what is new in it and stores everything.
    async fn take_in(
        &self,
        feed: &Feed,
        state: &FeedState,
        document: Document,
    ) -> Result<FeedState, StoreError> {
        let (validators, hint) = (document.validators.clone(), document.hint);
        let document = match self.in_the_background(move || document.read()).await {
            Ok(document) => document,
            Err(error) => return self.finish(feed, state, Outcome::from(&error)).await,
        };
        let n_entries = document.entries.len();
        let entries = identity::identify(feed.id, document.entries, state.n_entries);
        let (news, mut seen) = self.sort_out(entries).await?;
        let outcome = Outcome::Read {
            validators,
            hint: hint.max(document.hint),
            n_entries,
            n_new: news.len(),
        };
        let next = self.after(state, outcome);
        self.tally.polls.fetch_add(1, Ordering::Relaxed);
        self.tally.entries.fetch_add(news.len(), Ordering::Relaxed);
        let candidates = self.judge(feed, news, &mut seen).await;
        let poll = Poll { feed, is_baseline: state.last_success.is_none(), now: self.clock.now() };
        self.commit(&poll, &candidates, seen, &next).await?;
        Ok(next)
    }

    fn after(&self, state: &FeedState, outcome: Outcome) -> FeedState {
        schedule::after(&self.collect, state, outcome, self.clock.now(), chance::unit())
    }

    /// New and edited entries, and what to note of the known ones.
    async fn sort_out(
        &self,
        entries: Vec<Identified>,
    ) -> Result<(Vec<News>, Vec<(SeenKey, Sighting)>), StoreError> {
        let today = self.today();
        let keys = entries.iter().flat_map(|entry| entry.keys.iter().copied()).collect();
        let mut known = self.store.sightings(keys).await?.into_iter();
        let mut news = Vec::new();
        let mut seen = Vec::new();
        for entry in entries {
            let known: Vec<_> = known.by_ref().take(entry.keys.len()).collect();
            match entry.standing(&known) {
                Standing::Known(article) => seen.extend(entry.claims(&known, article, today)),
                Standing::Edited(article) => {
                    news.push(News { seen: entry.claims(&known, article, today), article, entry });
                }
                Standing::New => {
                    let article = entry.article;
                    news.push(News { seen: entry.claims(&known, article, today), article, entry });
                }
            }
        }
        Ok((news, seen))
    }

    /// Judges entries; what does not match is only remembered, in `seen`.
    async fn judge(
        &self,
        feed: &Feed,
        news: Vec<News>,
        seen: &mut Vec<(SeenKey, Sighting)>,
    ) -> Vec<Candidate> {
        let (judge, feed, now) = (Arc::clone(&self.judge), feed.clone(), self.clock.now());
        let judged = self
            .in_the_background(move || {
                news.into_iter().map(|it| candidate(&judge, &feed, it, now)).collect::<Vec<_>>()
            })
            .await;
        let mut candidates = Vec::new();
        for candidate in judged {
            match candidate.judgement.verdict {
                Verdict::Match => candidates.push(candidate),
                Verdict::NearMiss | Verdict::Irrelevant => seen.extend(candidate.seen),
            }
        }
        // The first report of a story opens it, whatever the order in the document.
        candidates.sort_by_key(|candidate| (candidate.article.published, candidate.id));
        candidates
    }

    /// Decides stories and alerts, and stores everything at once; decides again when a story
    /// changed in between.
    async fn commit(
        &self,
        poll: &Poll<'_>,
        candidates: &[Candidate],
        seen: Vec<(SeenKey, Sighting)>,
        state: &FeedState,
    ) -> Result<(), StoreError> {
        let mut decisions = 0;
        loop {
            let (matches, stories) = self.decide(poll, candidates).await?;
            let lines: Vec<String> = matches.iter().map(|it| line_about(it, poll.feed)).collect();
            let feed = Some(state.clone());
            let commit =
                Commit { seen: seen.clone(), matches, near_misses: Vec::new(), stories, feed };
            decisions += 1;
            match self.store.commit(commit).await {
                Err(StoreError::Conflict) if decisions < DECISIONS_MAX => continue,
                stored => stored?,
            }
            for line in &lines {
                tracing::info!(feed.url = %poll.feed.url, "{line}");
            }
            if !lines.is_empty() {
                self.tally.matches.fetch_add(lines.len(), Ordering::Relaxed);
                self.wake.notify_one();
            }
            return Ok(());
        }
    }

    /// Runs work that takes longer than a millisecond away from the runtime's threads, at most
    /// as many pieces at once as there are cores.
    async fn in_the_background<T: Send + 'static>(
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

    fn today(&self) -> u32 {
        u32::try_from(self.clock.now().unix_ms() / 86_400_000).unwrap_or_default()
    }
}

/// The circumstances of one poll.
pub(super) struct Poll<'a> {
    pub(super) feed: &'a Feed,
    /// The first document of a new feed: old entries in it tell nobody anything new.
    pub(super) is_baseline: bool,
    pub(super) now: Timestamp,
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

fn candidate(judge: &Judge, feed: &Feed, news: News, now: Timestamp) -> Candidate {
    let entry = &news.entry.entry;
    let mut words = Words::of(entry);
    words.declared = words.declared.or(feed.language);
    let judged = words.judged(feed.side);
    let judgement = judge.judge(&judged);
    let traces = match judgement.verdict {
        Verdict::Match => judge.traces(&judged),
        Verdict::NearMiss | Verdict::Irrelevant => Traces::default(),
    };
    Candidate {
        id: MatchId::of(judge.topic(), news.article),
        is_dated: entry.published.is_some(),
        article: words.into_article(entry, news.article, feed, judgement.language, now),
        judgement,
        traces,
        seen: news.seen,
    }
}
