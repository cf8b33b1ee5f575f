//! Which story a match belongs to, and who is told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::alert::{News, Router, update};
use crate::model::view::shortened;
use crate::model::{
    Match, MatchId, Member, ReviewVerdict, Silence, Sketch, Story, StoryId, StoryLink, Timestamp,
    Told, Update,
};
use crate::review::AlertWanted;
use crate::service::pipeline::{Candidate, Occasion, Pipeline, Poll};
use crate::store::{Announcement, MatchCommit, StoreError, StoryChange};
use crate::understand::story::{self, Decision, Label, Link, Recent};

/// Stories that one poll opens or changes, by id.
type Stories = BTreeMap<StoryId, Draft>;

/// A story as one poll leaves it so far.
struct Draft {
    story: Story,
    /// The revision that the store has; none for a new story.
    expected: Option<u64>,
    /// What changed that those who were told of it want to know.
    changes: Vec<String>,
    /// The match that changed it last.
    by: MatchId,
}

/// The matches that may be the beginning of a candidate's story.
struct Known<'a> {
    recent: &'a mut Recent,
    sketches: Vec<Arc<Sketch>>,
}

impl Known<'_> {
    fn add(&mut self, sketch: Arc<Sketch>) {
        self.recent.add(Arc::clone(&sketch));
        self.sketches.push(sketch);
    }

    fn sketch(&self, id: MatchId) -> Option<&Arc<Sketch>> {
        self.sketches.iter().find(|sketch| sketch.matched == id)
    }
}

impl Pipeline {
    /// Decides for each candidate, in order, as the store stands now.
    pub(super) async fn decide(
        &self,
        poll: &Poll<'_>,
        candidates: &[Candidate],
        recent: &mut Recent,
    ) -> Result<(Vec<MatchCommit>, Vec<StoryChange>), StoreError> {
        let sketches = self.store.sketches(poll.now.minus(Duration::MAX)).await?;
        recent.sync(&sketches);
        let mut known = Known { recent, sketches };
        let mut stories = Stories::new();
        let mut matches = Vec::new();
        for candidate in candidates {
            let decided = match self.store.matched(candidate.id).await? {
                Some(before) => self.edited(candidate, before).await?,
                None => self.new_match(poll, candidate, &known, &mut stories).await?,
            };
            if let Some(sketch) = &decided.sketch {
                known.add(Arc::new(sketch.clone()));
            }
            matches.push(decided);
        }
        let changes = stories.into_values().map(|draft| self.change(poll, draft, &matches));
        let changes = changes.collect();
        Ok((matches, changes))
    }

    /// A match whose text changed, or that another feed brought in the meantime: text and
    /// judgement are renewed, story and alerts stay.
    async fn edited(
        &self,
        candidate: &Candidate,
        before: Match,
    ) -> Result<MatchCommit, StoreError> {
        let mut article = candidate.article.clone();
        if let Some(known) = self.store.article(before.article).await? {
            article.feed = known.feed;
            article.first_seen = known.first_seen;
            article.published = known.published;
        }
        let judged = self.judged(candidate, before.story, before.created);
        let matched = Match {
            feed: before.feed,
            home: before.home,
            link: before.link,
            placed: before.placed,
            silence: before.silence,
            ..judged
        };
        let seen = candidate.seen.clone();
        Ok(MatchCommit {
            article,
            matched,
            sketch: None,
            seen,
            announcement: Announcement::Settled,
        })
    }

    async fn new_match(
        &self,
        poll: &Poll<'_>,
        candidate: &Candidate,
        known: &Known<'_>,
        stories: &mut Stories,
    ) -> Result<MatchCommit, StoreError> {
        let opened = StoryId::opened_by(candidate.id);
        let mut sketch = self.sketch(candidate, opened);
        let (joined, link) = self.place(&sketch, &candidate.sight.labels, known, stories).await?;
        sketch.story = joined.as_ref().map_or(opened, |draft| draft.story.id);
        let home = Some(poll.feed.side);
        let mut matched = Match { home, link, ..self.judged(candidate, sketch.story, poll.now) };
        let member = Member::new(&matched, &candidate.article);
        let mut draft = match joined {
            Some(draft) => self.grown(poll, candidate, draft, member),
            None => Draft {
                story: Story::opened(opened, member),
                expected: None,
                changes: Vec::new(),
                by: matched.id,
            },
        };
        let announcement = self.announcement(poll, candidate, &matched, &draft.story);
        match &announcement {
            Announcement::Deliver(deliveries) => {
                let receivers = deliveries.iter().map(|it| it.receiver.clone()).collect();
                draft.story.is_announced = true;
                draft.story.told = Some(Told { at: poll.now, update: None, receivers });
            }
            Announcement::Silent(silence) => matched.silence = Some(*silence),
            Announcement::Settled => {}
        }
        stories.insert(draft.story.id, draft);
        Ok(MatchCommit {
            article: candidate.article.clone(),
            matched,
            sketch: Some(sketch),
            seen: candidate.seen.clone(),
            announcement,
        })
    }

    /// The story that a new match joins, if it does, and why.
    async fn place(
        &self,
        sketch: &Sketch,
        labels: &[Label],
        known: &Known<'_>,
        stories: &mut Stories,
    ) -> Result<(Option<Draft>, Option<StoryLink>), StoreError> {
        if let Decision::Join(link) = story::decide(sketch, labels, known.recent)
            && let Some(draft) = self.story(link.story, stories).await?
        {
            let is_earlier = sketch.published < draft.story.first_published;
            let first = known.sketch(draft.story.first_match).filter(|_| is_earlier);
            let link = first.and_then(|first| self.link_to(first, sketch, labels)).unwrap_or(link);
            return Ok((Some(draft), Some(kept(link))));
        }
        // Only after a withdrawal: the story that this match once opened lives on.
        Ok((self.story(sketch.story, stories).await?, None))
    }

    /// How a match that was published before the first one of its story relates to that one: a
    /// reader wants to know which of the two copied.
    fn link_to(&self, first: &Arc<Sketch>, sketch: &Sketch, labels: &[Label]) -> Option<Link> {
        let mut only = self.judge.recent();
        only.sync(std::slice::from_ref(first));
        match story::decide(sketch, labels, &only) {
            Decision::Join(link) => Some(link),
            Decision::Open => None,
        }
    }

    /// A story as this poll has left it so far, else as the store has it; one that was merged
    /// into another one is that other one.
    async fn story(&self, id: StoryId, stories: &mut Stories) -> Result<Option<Draft>, StoreError> {
        if let Some(draft) = stories.remove(&id) {
            return Ok(Some(draft));
        }
        let Some(story) = self.store.current_story(id).await? else { return Ok(None) };
        let (expected, by) = (Some(story.revision), story.first_match);
        let known = stories.remove(&story.id);
        Ok(Some(known.unwrap_or(Draft { story, expected, changes: Vec::new(), by })))
    }

    /// `draft` with one match more, and what changed by it.
    fn grown(
        &self,
        poll: &Poll<'_>,
        candidate: &Candidate,
        mut draft: Draft,
        member: Member<'_>,
    ) -> Draft {
        let before = draft.story.clone();
        draft.story.grow(member);
        let verdict = before.review.as_ref().and_then(|review| review.verdict);
        let is_wanted = before.is_announced && verdict != Some(ReviewVerdict::NotRelevant);
        if is_wanted && self.silence(poll, candidate).is_none() {
            let changes = update::changes(&before, &draft.story);
            if !changes.is_empty() {
                draft.by = member.matched.id;
                draft.changes.extend(changes);
            }
        }
        draft
    }

    /// What is stored of `draft`: with the update that tells of its changes, if there are any.
    fn change(&self, poll: &Poll<'_>, draft: Draft, matches: &[MatchCommit]) -> StoryChange {
        let Draft { mut story, expected, changes, by } = draft;
        let newest = matches.iter().find(|it| it.matched.id == by);
        let Some(newest) = newest.filter(|_| !changes.is_empty() && !self.router.is_empty()) else {
            return StoryChange::untold(story, expected);
        };
        let told = story.told.clone();
        let due = update::due(told.as_ref(), self.pace, poll.now);
        let waiting = told.as_ref().and_then(|told| update::waiting(told, poll.now));
        let changes = update::together(waiting, changes);
        let news = News {
            matched: &newest.matched,
            article: &newest.article,
            story: &story,
            feed: Some(poll.feed),
        };
        let deliveries = self.router.updated(&news, &changes, due, poll.now);
        if deliveries.is_empty() {
            return StoryChange::untold(story, expected);
        }
        let replaced = waiting.map(|it| self.router.deliveries_of(it.event)).unwrap_or_default();
        tracing::debug!(story.id = %story.id, "an update of story {} is due at {due}", story.id);
        let update = Some(Update { event: Router::update_of(&story), changes });
        let mut receivers = told.map(|told| told.receivers).unwrap_or_default();
        for receiver in deliveries.iter().map(|delivery| &delivery.receiver) {
            if !receivers.contains(receiver) {
                receivers.push(receiver.clone());
            }
        }
        story.told = Some(Told { at: due, update, receivers });
        StoryChange { story, expected, deliveries, replaced }
    }

    fn announcement(
        &self,
        poll: &Poll<'_>,
        candidate: &Candidate,
        matched: &Match,
        story: &Story,
    ) -> Announcement {
        if story.is_announced {
            return Announcement::Silent(Silence::StoryKnown);
        }
        if let Some(silence) = self.silence(poll, candidate) {
            return Announcement::Silent(silence);
        }
        let article = &candidate.article;
        self.router.announce(&News { matched, article, story, feed: Some(poll.feed) }, poll.now)
    }

    /// Why nobody is told of a match, whatever story it belongs to.
    fn silence(&self, poll: &Poll<'_>, candidate: &Candidate) -> Option<Silence> {
        match poll.occasion {
            Occasion::Baseline if !self.is_fresh(poll, candidate) => Some(Silence::Baseline),
            Occasion::Rescue(AlertWanted::No) => Some(Silence::Rescued),
            Occasion::Baseline | Occasion::News | Occasion::Rescue(AlertWanted::Yes) => None,
        }
    }

    fn judged(&self, candidate: &Candidate, story: StoryId, created: Timestamp) -> Match {
        let judgement = &candidate.judgement;
        Match {
            id: candidate.id,
            topic: self.judge.topic().to_owned(),
            article: candidate.article.id,
            feed: candidate.article.feed,
            home: None,
            story,
            link: None,
            placed: None,
            score: judgement.score,
            language: judgement.language,
            aspects: judgement.aspects.clone(),
            figures: judgement.figures.clone(),
            evidence: judgement.evidence.clone(),
            basis: judgement.basis,
            created,
            silence: None,
            review: None,
        }
    }

    fn sketch(&self, candidate: &Candidate, story: StoryId) -> Sketch {
        Sketch {
            matched: candidate.id,
            story,
            topic: self.judge.topic().to_owned(),
            published: candidate.article.published,
            is_dated: candidate.is_date_possible,
            language: candidate.judgement.language,
            traces: candidate.sight.traces.clone(),
        }
    }
}

/// The link as it is kept with its match.
fn kept(link: Link) -> StoryLink {
    let Link { nearest, kinship, why, .. } = link;
    StoryLink { nearest, kinship, why: shortened(&why, StoryLink::WHY_CHARACTERS_MAX) }
}

#[cfg(test)]
mod tests;
