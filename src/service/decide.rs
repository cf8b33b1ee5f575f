//! Which story a match belongs to, and who is told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::alert::News;
use crate::model::view::shortened;
use crate::model::{
    AlertKind, Match, Member, Silence, Sketch, Story, StoryId, StoryLink, Timestamp,
};
use crate::review::AlertWanted;
use crate::service::pipeline::{Candidate, Occasion, Pipeline, Poll};
use crate::store::{Announcement, MatchCommit, StoreError, StoryChange};
use crate::understand::story::{self, Decision, Link, Recent};

/// Earlier matches are candidates so long: a story lasts days, not weeks.
const WINDOW: Duration = Duration::from_hours(8 * 24);

/// Stories that one poll opens or changes, by id.
type Stories = BTreeMap<StoryId, StoryChange>;

impl Pipeline {
    /// Decides for each candidate, in order, as the store stands now.
    pub(super) async fn decide(
        &self,
        poll: &Poll<'_>,
        candidates: &[Candidate],
    ) -> Result<(Vec<MatchCommit>, Vec<StoryChange>), StoreError> {
        let Some(first) = candidates.first() else { return Ok((Vec::new(), Vec::new())) };
        let mut recent = self.judge.recent();
        recent.sync(&self.store.sketches(first.article.published.minus(WINDOW)).await?);
        let mut stories = Stories::new();
        let mut matches = Vec::new();
        for candidate in candidates {
            let decided = match self.store.matched(candidate.id).await? {
                Some(before) => self.edited(candidate, before).await?,
                None => self.new_match(poll, candidate, &recent, &mut stories).await?,
            };
            if let Some(sketch) = &decided.sketch {
                recent.add(Arc::new(sketch.clone()));
            }
            matches.push(decided);
        }
        Ok((matches, stories.into_values().collect()))
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
        recent: &Recent,
        stories: &mut Stories,
    ) -> Result<MatchCommit, StoreError> {
        let opened = StoryId::opened_by(candidate.id);
        let mut sketch = self.sketch(candidate, opened);
        let (joined, link) = match story::decide(&sketch, recent) {
            Decision::Join(link) => (self.story(link.story, stories).await?, Some(link)),
            Decision::Open => (None, None),
        };
        let link = link.filter(|_| joined.is_some()).map(kept);
        let joined = match joined {
            Some(joined) => Some(joined),
            // Only after a withdrawal: the story that this match once opened lives on.
            None => self.story(opened, stories).await?,
        };
        let id = joined.as_ref().map_or(opened, |joined| joined.story.id);
        sketch.story = id;
        let home = Some(poll.feed.side);
        let mut matched = Match { home, link, ..self.judged(candidate, id, poll.now) };
        let member = Member::new(&matched, &candidate.article);
        let (mut story, expected) = match joined {
            Some(StoryChange { mut story, expected, .. }) => {
                story.grow(member);
                (story, expected)
            }
            None => (Story::opened(id, member), None),
        };
        let announcement = self.announcement(poll, candidate, &matched, &story);
        match &announcement {
            Announcement::Deliver(_) => story.is_announced = true,
            Announcement::Silent(silence) => matched.silence = Some(*silence),
            Announcement::Settled => {}
        }
        stories.insert(story.id, StoryChange::untold(story, expected));
        Ok(MatchCommit {
            article: candidate.article.clone(),
            matched,
            sketch: Some(sketch),
            seen: candidate.seen.clone(),
            announcement,
        })
    }

    /// A story as this poll has left it so far, else as the store has it; one that was merged
    /// into another one is that other one.
    async fn story(
        &self,
        id: StoryId,
        stories: &Stories,
    ) -> Result<Option<StoryChange>, StoreError> {
        if let Some(change) = stories.get(&id) {
            return Ok(Some(change.clone()));
        }
        let Some(story) = self.store.current_story(id).await? else { return Ok(None) };
        let expected = Some(story.revision);
        let known = stories.get(&story.id).cloned();
        Ok(Some(known.unwrap_or_else(|| StoryChange::untold(story, expected))))
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
        match poll.occasion {
            Occasion::Baseline if !self.is_fresh(poll, candidate) => {
                return Announcement::Silent(Silence::Baseline);
            }
            Occasion::Rescue(AlertWanted::No) => return Announcement::Silent(Silence::Rescued),
            Occasion::Baseline | Occasion::News | Occasion::Rescue(AlertWanted::Yes) => {}
        }
        let article = &candidate.article;
        let news = News { matched, article, story, feed: Some(poll.feed) };
        self.router.announce(AlertKind::MatchCreated, &news, poll.now)
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
            is_dated: candidate.is_dated,
            language: candidate.judgement.language,
            traces: candidate.traces.clone(),
        }
    }
}

/// The link as it is kept with its match.
fn kept(link: Link) -> StoryLink {
    let Link { nearest, kinship, why, .. } = link;
    StoryLink { nearest, kinship, why: shortened(&why, StoryLink::WHY_CHARACTERS_MAX) }
}
