//! Which entries' pages are fetched, and what that changes.
//!
//! A title and a summary often hint at a tie without telling it. The page of such an entry is
//! read, where the publisher allows it, and the whole text judged instead.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::collect::{PageText, identity};
use crate::model::{Article, ArticleId, EvidenceKind, Side, Verdict, letters};
use crate::service::pipeline::{Candidate, Occasion, Pipeline, Poll};
use crate::service::text;
use crate::store::{SeenKey, Sighting, StoreError};

/// A feed that gives so many bytes of text gives the article.
const OWN_TEXT_BYTES_MIN: usize = 1_500;

/// All pages of one poll together: an alert does not wait for longer.
const PATIENCE: Duration = Duration::from_secs(40);

/// Hosts that are asked at the same time for one poll.
const N_AT_ONCE: usize = 4;

/// A candidate whose page is wanted.
struct Chosen {
    index: usize,
    link: Url,
    title: String,
    summary: String,
}

impl Pipeline {
    /// Reads the pages of the most promising candidates and judges those anew. Candidates whose
    /// page turns out to be a known article are given back as known, with their names.
    pub(super) async fn read_pages(
        &self,
        poll: &Poll<'_>,
        mut candidates: Vec<Candidate>,
    ) -> Result<(Vec<Candidate>, Vec<(SeenKey, Sighting)>), StoreError> {
        let deadline = Instant::now() + PATIENCE;
        let fetched: Vec<Option<(usize, PageText)>> =
            stream::iter(self.promising(poll, &candidates))
                .map(|chosen| self.fetch_page(chosen, deadline))
                .buffer_unordered(N_AT_ONCE)
                .collect()
                .await;
        let mut known = Vec::new();
        let mut gone = BTreeSet::new();
        for (index, text) in fetched.into_iter().flatten() {
            let candidate = &mut candidates[index];
            match self.other_article(candidate, &text).await? {
                Some(claims) => {
                    known.extend(claims);
                    gone.insert(index);
                }
                None => self.judge_whole(poll, candidate, text).await,
            }
        }
        let mut index = 0..;
        candidates.retain(|_| !index.next().is_some_and(|index| gone.contains(&index)));
        Ok((candidates, known))
    }

    async fn fetch_page(&self, chosen: Chosen, deadline: Instant) -> Option<(usize, PageText)> {
        let Chosen { index, link, title, summary } = chosen;
        let text = timeout_at(deadline, self.full_text.fetch(&link, &title, &summary)).await;
        match text {
            Ok(Ok(text)) => {
                self.metrics.pages_read.add(1);
                return Some((index, text));
            }
            Ok(Err(why)) => tracing::debug!("no text from {link}: {why}"),
            Err(_) => tracing::debug!("no text from {link} in time"),
        }
        self.metrics.pages_unread.add(1);
        None
    }

    /// The candidates whose pages are worth a request, the most promising first.
    fn promising(&self, poll: &Poll<'_>, candidates: &[Candidate]) -> Vec<Chosen> {
        if !self.collect.full_text || matches!(poll.occasion, Occasion::Rescue(_)) {
            return Vec::new();
        }
        let is_baseline = poll.occasion == Occasion::Baseline;
        let mut chosen: Vec<_> = candidates
            .iter()
            .enumerate()
            .filter(|(_, it)| is_promising(it, poll.feed.side))
            .filter(|(_, it)| !is_baseline || self.is_fresh(poll, it))
            .collect();
        // Stable: of equals the one that stands first in the feed.
        chosen.sort_by_key(|(_, it)| Reverse(it.judgement.score));
        let with_link = chosen.into_iter().filter_map(|(index, it)| {
            let (title, summary) = (it.article.title.clone(), it.article.summary.clone());
            Some(Chosen { index, link: it.link.clone()?, title, summary })
        });
        with_link.take(self.collect.n_pages_max).collect()
    }

    /// The names under which the candidate belongs to an article that is known already, from
    /// another address.
    async fn other_article(
        &self,
        candidate: &mut Candidate,
        text: &PageText,
    ) -> Result<Option<Vec<(SeenKey, Sighting)>>, StoreError> {
        let own = Some(text.source.url.as_str());
        let names = [own, text.source.canonical.as_deref()];
        let names: BTreeSet<_> =
            names.into_iter().flatten().filter_map(identity::link_key).collect();
        let keys: Vec<SeenKey> = names.into_iter().collect();
        let known = self.store.sightings(keys.clone()).await?;
        let other = known.iter().flatten().find(|it| it.article != candidate.article.id);
        if let Some(other) = other
            && self.is_same(other.article, &candidate.article, text).await?
        {
            let claims = candidate
                .seen
                .iter()
                .map(|(key, seen)| (*key, Sighting { article: other.article, ..*seen }));
            return Ok(Some(claims.collect()));
        }
        // Whoever brings it by that address brings the same article.
        let unknown = keys.into_iter().zip(known).filter(|(_, known)| known.is_none());
        let content = candidate.seen.first().map_or(0, |(_, seen)| seen.content);
        let sighting = Sighting { article: candidate.article.id, content, day: self.today() };
        candidate.seen.extend(unknown.map(|(key, _)| (key, sighting)));
        Ok(None)
    }

    /// Whether a kept article is the same as one that gives the same address. Some sites give one
    /// address to all their pages.
    async fn is_same(
        &self,
        known: ArticleId,
        article: &Article,
        text: &PageText,
    ) -> Result<bool, StoreError> {
        let Some(known) = self.store.article(known).await? else {
            return self.is_erased(known, article, text).await;
        };
        let has_text = known.page.is_some_and(|page| page.hash == text.source.hash);
        Ok(has_text || letters(&known.title).eq(letters(&article.title)))
    }

    /// Whether an article that a person erased is the same as one that gives the same address.
    async fn is_erased(
        &self,
        known: ArticleId,
        article: &Article,
        text: &PageText,
    ) -> Result<bool, StoreError> {
        let tombstone = self.store.tombstones(vec![known]).await?.pop().flatten();
        let prints = tombstone.map(|tombstone| tombstone.prints).unwrap_or_default();
        let mut own = article.prints().into_iter().chain([text.source.hash.clone()]);
        Ok(own.any(|print| prints.contains(&print)))
    }

    async fn judge_whole(&self, poll: &Poll<'_>, candidate: &mut Candidate, page: PageText) {
        candidate.take_page(page);
        let judge = Arc::clone(&self.judge);
        let (article, side) = (candidate.article.clone(), poll.feed.side);
        let declared = candidate.declared;
        let judged = self.in_the_background(move || {
            judge.judge_with_traces(&text::judged(&article, declared, side))
        });
        let (judgement, sight) = judged.await;
        candidate.article.language = judgement.language;
        candidate.judgement = judgement;
        candidate.sight = sight;
    }
}

/// Whether more text may show a tie, or tell more of it: both sides are hinted at, or one of
/// them in a feed that is at home on the other, or it was nearly flagged; and the feed has not
/// given the text itself.
fn is_promising(candidate: &Candidate, home: Side) -> bool {
    let Candidate { article, judgement, .. } = candidate;
    if OWN_TEXT_BYTES_MIN <= article.body.len() {
        return false;
    }
    let sides: BTreeSet<_> = judgement
        .evidence
        .iter()
        .filter(|it| it.kind == EvidenceKind::Mention)
        .filter_map(|it| it.side)
        .collect();
    let is_foreign_to_home = match home {
        Side::Country(home) => sides.iter().any(|side| *side != home),
        Side::Third => false,
    };
    judgement.verdict != Verdict::Irrelevant || 2 <= sides.len() || is_foreign_to_home
}
