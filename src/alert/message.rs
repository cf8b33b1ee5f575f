//! What is to be written to a receiver, whatever its format.

use crate::alert::{News, Tidings};
use crate::model::view::StoryView;
use crate::model::{AlertKind, DeliveryId, EventId, Language, Score, Story, Timestamp};

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    /// Of a match and its story.
    News {
        /// What is said of it.
        tidings: Tidings<'a>,
        /// The match with everything around it.
        news: &'a News<'a>,
    },
    /// What a span of time brought.
    Digest(&'a Digest),
    /// Something that operators have to know.
    Notice(&'a Notice),
    /// Somebody tries a receiver.
    Test {
        /// Its name.
        receiver: &'a str,
    },
}

impl Message<'_> {
    /// The `type` of a webhook.
    pub fn kind(&self) -> AlertKind {
        match self {
            Self::News { tidings, .. } => tidings.kind(),
            Self::Digest(_) => AlertKind::Digest,
            Self::Notice(notice) => notice.kind,
            Self::Test { .. } => AlertKind::WebhookTest,
        }
    }
}

/// Names and times of one delivery: the same message with the same stamp is the same body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The event.
    pub event: EventId,
    /// The event on its way to this receiver.
    pub delivery: DeliveryId,
    /// Grows in the order in which a receiver's alerts become due; below 2^53.
    pub sequence: u64,
    /// When it is committed.
    pub now: Timestamp,
}

/// What a span of time brought, for one receiver. It may be empty: then it says that somebody
/// looked.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// The topic's name.
    pub topic: String,
    /// From this time on.
    pub from: Timestamp,
    /// Before this time.
    pub to: Timestamp,
    /// Feeds that answered in this time.
    pub n_feeds_checked: usize,
    /// Feeds that fail as it ends.
    pub n_feeds_failing: usize,
    /// The stories, what matters most first; formats show as many as they have room for.
    pub stories: Vec<DigestStory>,
    /// How many there are; more than `stories` if that was cut.
    pub n_stories: usize,
}

/// A story in a digest.
#[derive(Clone, Debug, PartialEq)]
pub struct DigestStory {
    /// The story as it stands.
    pub story: StoryView,
    /// Its title as its first publisher has it.
    pub title: String,
    /// In which language that is.
    pub language: Language,
    /// Where to read it: the link of the match that convinces most.
    pub url: Option<String>,
    /// How sure we are of that match.
    pub score: Score,
    /// Matches that joined in the digest's time.
    pub n_matches: u32,
    /// What changed in it in that time, in words; nothing for a story that is new.
    pub changes: Vec<String>,
}

impl DigestStory {
    /// `story`, whose most convincing match of the time is at `url`.
    pub fn new(story: &Story, url: Option<String>, score: Score, n_matches: u32) -> Self {
        let title = story.title_for(&crate::model::Languages::default());
        let (title, language) = (title.text.to_owned(), title.language);
        let changes = Vec::new();
        Self { story: story.into(), title, language, url, score, n_matches, changes }
    }
}

/// Something that operators have to know, such as a receiver that is disabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened.
    pub kind: AlertKind,
    /// Of which receiver it speaks.
    pub receiver: String,
    /// It in a sentence or two, without an address or a secret.
    pub text: String,
}
