//! What people change about stories: which matches report the same event.

use async_trait::async_trait;

use crate::model::{MatchId, Story, StoryId, Subject, Timestamp};
use crate::store::StoreError;

/// Corrections of stories by people. They are taken back with
/// [`Reviews::undo`](crate::store::Reviews::undo), like verdicts.
#[async_trait]
pub trait Corrections: Send + Sync {
    /// Moves matches between stories; durable on return, and done completely or not at all.
    ///
    /// A moved match is marked as placed by that person: no machine moves it again. Its sketch
    /// moves along, so that later articles follow it. An inherited verdict of the story that it
    /// leaves goes, one of the story that it joins comes; its own verdict stays. Both stories
    /// get their next revision. A story that is left empty stays as a pointer
    /// ([`Story::merged_into`]). Nobody is alerted: a story counts as told if a story was whose
    /// matches it takes over.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if a story is not at the expected revision;
    /// [`StoreError::Unknown`] if there is no such match or story;
    /// [`StoreError::Refused`] with the reason if it makes no sense.
    async fn correct(&self, order: CorrectionOrder) -> Result<Corrected, StoreError>;

    /// The story that readers of `id` are looking for: itself, or the one that it was merged
    /// into, over as many steps as it takes. None if there is no such story.
    async fn current_story(&self, id: StoryId) -> Result<Option<Story>, StoreError>;
}

/// More matches in one correction are refused: it is written as one unit.
pub const CORRECTED_MATCHES_MAX: usize = 500;

/// What a person wants to correct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectionOrder {
    /// What.
    pub correction: Correction,
    /// Who says so.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// At which revisions that person saw the stories; one that is not named may stand at any.
    pub expected: Vec<(StoryId, u64)>,
}

/// A change to which matches report the same event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Correction {
    /// These matches of one story report the event of another one. If they are all of its
    /// matches, this is a merge.
    Move {
        /// Which ones.
        matches: Vec<MatchId>,
        /// Where they belong.
        to: StoryId,
    },
    /// These matches of one story report an event of their own. Others must be left.
    Split {
        /// Which ones.
        matches: Vec<MatchId>,
    },
    /// Two stories are one.
    Merge {
        /// The one that goes.
        from: StoryId,
        /// The one that takes over its matches.
        into: StoryId,
    },
}

/// What a correction came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Corrected {
    /// The story that lost matches, as it is left.
    pub from: Story,
    /// The story that has them now.
    pub to: Story,
    /// How many matches were moved.
    pub n_moved: usize,
}

/// What was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    /// A verdict.
    Review(Subject),
    /// A correction.
    Correction {
        /// The story that has its matches again.
        story: StoryId,
        /// The story that the correction had put them into.
        left: StoryId,
        /// How many matches are back.
        n_back: usize,
        /// How many stay where they are, because they went, or somebody moved them since.
        n_kept: usize,
    },
}

impl Undone {
    /// What people want to look at afterwards.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Review(subject) => *subject,
            Self::Correction { story, .. } => Subject::Story(*story),
        }
    }
}
