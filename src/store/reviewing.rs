//! Verdicts, and the way back from these and from corrections, for every store: what is read and what must be written.
//!
//! Invariant: what somebody else said meanwhile is never undone.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::model::{
    Article, ArticleId, EventId, Match, MatchId, Review, ReviewVerdict, Story, StoryId, Subject,
    Timestamp,
};
use crate::store::inheritance::followed;
use crate::store::regrouping::{self, Moved};
use crate::store::{ReviewChange, StoreError, Undone};

/// So many steps back for each person.
const STEPS_MAX: usize = 100;

/// Where the rules read.
pub(super) trait Records {
    fn matched(&self, id: MatchId) -> Result<Option<Match>, StoreError>;
    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError>;
    fn story(&self, id: StoryId) -> Result<Option<Story>, StoreError>;
    /// All matches of the story, oldest `created` first.
    fn matches_of(&self, id: StoryId) -> Result<Vec<Match>, StoreError>;
    /// The person's steps, oldest first.
    fn steps_by(&self, by: &str) -> Result<Vec<Step>, StoreError>;
}

/// One change of a verdict, or one correction, that can be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    subject: Subject,
    before: Option<Review>,
    /// The review's revision with nothing but this person's doing on top of the step.
    revision: u64,
    /// What a correction moved. The rest then stands for nothing: a version that knows no
    /// corrections finds no such revision and passes over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moved: Option<Moved>,
}

impl Step {
    /// Whether it holds something of one of these matches.
    pub(super) fn is_about(&self, matches: &HashSet<MatchId>) -> bool {
        match (&self.moved, self.subject) {
            (Some(moved), _) => moved.is_about(matches),
            (None, Subject::Match(id)) => matches.contains(&id),
            (None, Subject::Story(_)) => false,
        }
    }

    /// Forgets what it holds of these matches; false if nothing is left to be taken back.
    pub(super) fn forget(&mut self, matches: &HashSet<MatchId>) -> bool {
        match &mut self.moved {
            Some(moved) => moved.forget(matches),
            None => !self.is_about(matches),
        }
    }
}

/// What must be written, together.
#[derive(Debug)]
pub(super) struct Edits {
    pub(super) matches: Vec<Match>,
    pub(super) stories: Vec<Story>,
    /// An update that nobody wants any more.
    pub(super) unwanted: Option<EventId>,
    pub(super) by: String,
    pub(super) steps: Vec<Step>,
}

/// Plans a change.
///
/// # Errors
/// As [`Reviews::review`](crate::store::Reviews::review).
pub(super) fn review(
    records: &impl Records,
    change: ReviewChange,
) -> Result<(Review, Edits), StoreError> {
    let ReviewChange { subject, verdict, note, by, at, expected } = change;
    let reviewed = Reviewed::find(records, subject)?.ok_or_else(|| unknown(subject))?;
    if let Some(other) = reviewed.merged_into() {
        let reason = format!("this story was merged into story {other}");
        return Err(StoreError::Refused { reason });
    }
    let before = reviewed.review().cloned();
    let revision = revision_of(before.as_ref());
    if expected.is_some_and(|expected| expected != revision) {
        return Err(StoreError::Conflict);
    }
    let mut after = before.clone().unwrap_or_else(|| nothing(&by, at));
    after.by.clone_from(&by);
    after.at = at;
    after.revision = revision + 1;
    if let Some(verdict) = verdict {
        after.verdict = verdict;
        after.is_inherited = false;
    }
    after.note = note.unwrap_or(after.note);
    let mut edits = Edits::by(records, by)?;
    let was = before.as_ref().map(|it| (it.verdict, it.is_inherited)).unwrap_or_default();
    if was == (after.verdict, after.is_inherited) {
        edits.carry(subject, revision, after.revision);
    } else {
        edits.push(Step { subject, before, revision: after.revision, moved: None });
    }
    if verdict.is_some() {
        edits.spread(records, subject, &after)?;
    }
    edits.put(reviewed, after.clone());
    Ok((after, edits))
}

/// Plans the step back.
pub(super) fn undo(
    records: &impl Records,
    by: &str,
    at: Timestamp,
) -> Result<(Option<Undone>, Edits), StoreError> {
    let mut edits = Edits::by(records, by.to_owned())?;
    while let Some(Step { subject, before, revision, moved }) = edits.steps.pop() {
        if let Some(moved) = moved {
            match regrouping::take_back(records, &mut edits, moved, at)? {
                Some(undone) => return Ok((Some(undone), edits)),
                None => continue,
            }
        }
        let Some(reviewed) = Reviewed::find(records, subject)? else { continue };
        if revision_of(reviewed.review()) != revision {
            continue;
        }
        edits.carry(subject, revision_of(before.as_ref()), revision + 1);
        let mut restored = before.unwrap_or_else(|| nothing(by, at));
        restored.revision = revision + 1;
        if restored.is_inherited {
            // The story's verdict may be another one by now.
            restored.verdict = reviewed.verdict_of_story(records)?;
            restored.is_inherited = restored.verdict.is_some();
        }
        edits.spread(records, subject, &restored)?;
        edits.put(reviewed, restored);
        return Ok((Some(Undone::Review(subject)), edits));
    }
    Ok((None, edits))
}

impl Edits {
    pub(super) fn by(records: &impl Records, by: String) -> Result<Self, StoreError> {
        let steps = records.steps_by(&by)?;
        Ok(Self { matches: Vec::new(), stories: Vec::new(), unwanted: None, by, steps })
    }

    /// Notes a correction as the last thing that this person did.
    pub(super) fn push_moved(&mut self, moved: Moved) {
        let subject = Subject::Story(moved.story());
        self.push(Step { subject, before: None, revision: u64::MAX, moved: Some(moved) });
    }

    fn push(&mut self, step: Step) {
        self.steps.push(step);
        let n_over = self.steps.len().saturating_sub(STEPS_MAX);
        self.steps.drain(..n_over);
    }

    /// What moving a match does to its review does not bar the way back to this person's verdict.
    pub(super) fn carry_match(&mut self, was: &Match, is: &Match) {
        let [from, to] = [was, is].map(|matched| revision_of(matched.review.as_ref()));
        if from != to {
            self.carry(Subject::Match(was.id), from, to);
        }
    }

    /// What this person does on top of a step does not bar the way back to it.
    fn carry(&mut self, subject: Subject, from: u64, to: u64) {
        let own = self.steps.iter_mut().filter(|step| step.subject == subject);
        own.filter(|step| step.revision == from).for_each(|step| step.revision = to);
    }

    /// Brings what is said of a story to its matches.
    fn spread(
        &mut self,
        records: &impl Records,
        subject: Subject,
        said: &Review,
    ) -> Result<(), StoreError> {
        let Subject::Story(id) = subject else { return Ok(()) };
        for matched in records.matches_of(id)? {
            let Some(review) = followed(matched.review.as_ref(), said) else { continue };
            let revision = revision_of(matched.review.as_ref());
            self.carry(Subject::Match(matched.id), revision, review.revision);
            self.matches.push(Match { review: Some(review), ..matched });
        }
        Ok(())
    }

    fn put(&mut self, reviewed: Reviewed, review: Review) {
        let review = Some(review);
        match reviewed {
            Reviewed::Match(matched) => self.matches.push(Match { review, ..matched }),
            Reviewed::Story(story) => {
                let verdict = review.as_ref().and_then(|review| review.verdict);
                if verdict == Some(ReviewVerdict::NotRelevant) {
                    // Whether it waits is known to the outbox alone.
                    let update = story.told.as_ref().and_then(|told| told.update.as_ref());
                    self.unwanted = update.map(|update| update.event);
                }
                self.stories.push(Story { review, ..story });
            }
        }
    }
}

/// A subject as it is stored.
enum Reviewed {
    Match(Match),
    Story(Story),
}

impl Reviewed {
    fn find(records: &impl Records, subject: Subject) -> Result<Option<Self>, StoreError> {
        Ok(match subject {
            Subject::Match(id) => records.matched(id)?.map(Self::Match),
            Subject::Story(id) => records.story(id)?.map(Self::Story),
        })
    }

    /// The story that took over its matches, if it is one that has none.
    fn merged_into(&self) -> Option<StoryId> {
        match self {
            Self::Match(_) => None,
            Self::Story(story) => story.merged_into,
        }
    }

    fn review(&self) -> Option<&Review> {
        match self {
            Self::Match(matched) => matched.review.as_ref(),
            Self::Story(story) => story.review.as_ref(),
        }
    }

    fn verdict_of_story(
        &self,
        records: &impl Records,
    ) -> Result<Option<ReviewVerdict>, StoreError> {
        let Self::Match(matched) = self else { return Ok(None) };
        let story = records.story(matched.story)?;
        Ok(story.and_then(|story| story.review).and_then(|review| review.verdict))
    }
}

fn unknown(subject: Subject) -> StoreError {
    match subject {
        Subject::Match(id) => unknown_match(id),
        Subject::Story(id) => unknown_story(id),
    }
}

pub(super) fn unknown_match(id: MatchId) -> StoreError {
    StoreError::Unknown { what: format!("match {id}") }
}

pub(super) fn unknown_story(id: StoryId) -> StoreError {
    StoreError::Unknown { what: format!("story {id}") }
}

pub(super) fn revision_of(review: Option<&Review>) -> u64 {
    review.map_or(0, |review| review.revision)
}

pub(super) fn nothing(by: &str, at: Timestamp) -> Review {
    Review { verdict: None, note: None, by: by.to_owned(), at, revision: 0, is_inherited: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the way back that an earlier version noted still leads back, and the other way round
    /// a verdict's step looks as it did.
    #[test]
    fn older_steps_are_read() {
        let text = r#"{"subject":{"match":"298ca2707e08eba4"},"before":null,"revision":1}"#;
        let step: Step = serde_json::from_str(text).unwrap();
        assert_eq!(step.moved, None);
        assert_eq!(serde_json::to_string(&step).unwrap(), text);
    }
}
