//! What one poll brought, as one unit.

use serde::{Deserialize, Serialize};

use crate::model::{
    Article, ArticleId, Delivery, DeliveryId, FeedState, Match, NearMiss, Silence, Sketch, Story,
};
use crate::store::Epoch;
use crate::store::inheritance::regrown;

/// What one poll brought, as one unit.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// Entries that did not match, or are known: remembered, not kept.
    pub seen: Vec<(SeenKey, Sighting)>,
    /// Articles that matched.
    pub matches: Vec<MatchCommit>,
    /// Articles that were nearly flagged.
    pub near_misses: Vec<NearMiss>,
    /// Stories that these matches opened or changed; each at most once.
    pub stories: Vec<StoryChange>,
    /// What is told beside new matches: that one was withdrawn.
    pub deliveries: Vec<Delivery>,
    /// How polling the feed stands now, with its new validators.
    pub feed: Option<FeedState>,
    /// Under which right to poll it was brought; none for what people do, which needs none.
    pub epoch: Option<Epoch>,
}

/// One match and everything that must be stored together with it.
#[derive(Clone, Debug)]
pub struct MatchCommit {
    /// The text.
    pub article: Article,
    /// The judgement.
    pub matched: Match,
    /// Trace for later story decisions; none when the match is stored again after an edit.
    pub sketch: Option<Sketch>,
    /// Under which keys its entry is known from now on.
    pub seen: Vec<(SeenKey, Sighting)>,
    /// Who is told.
    pub announcement: Announcement,
}

/// Who is told of a match.
#[derive(Clone, Debug)]
pub enum Announcement {
    /// These receivers; not empty.
    Deliver(Vec<Delivery>),
    /// Nobody, for this reason; it stands in [`Match::silence`] too.
    Silent(Silence),
    /// That was settled when the match was first stored; this is an edit of it.
    Settled,
}

/// A new or changed story.
#[derive(Clone, Debug)]
pub struct StoryChange {
    /// The story as it shall be, with its new revision.
    pub story: Story,
    /// The revision this change builds on; none for a new story.
    pub expected: Option<u64>,
    /// The update that tells of it, stored together with it; empty if none is due.
    pub deliveries: Vec<Delivery>,
    /// Deliveries that the update replaces: they go unless somebody works on them or has tried.
    pub replaced: Vec<DeliveryId>,
}

impl StoryChange {
    /// A change that nobody is told of.
    pub fn untold(story: Story, expected: Option<u64>) -> Self {
        Self { story, expected, deliveries: Vec::new(), replaced: Vec::new() }
    }

    /// Whether the change may be made to the story as it stands; a change that was made
    /// already fits, so that a commit may be retried.
    pub(super) fn fits(&self, current: Option<&Story>) -> bool {
        match (current, self.expected) {
            (None, expected) => expected.is_none(),
            (Some(current), _) if *current == regrown(self.story.clone(), Some(current)) => true,
            (Some(current), expected) => expected == Some(current.revision),
        }
    }
}

/// The name under which an entry is known: a hash of its identity (`collect::identity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeenKey(pub [u8; 16]);

/// What is known of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// The article it became, or would have become.
    pub article: ArticleId,
    /// Hash of title and text: a changed one means the entry was edited.
    pub content: u64,
    /// Days since 1970 when a feed last carried it; refreshed weekly at most.
    pub day: u32,
}
