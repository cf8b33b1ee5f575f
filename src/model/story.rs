//! Matches that report the same event.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::{
    Aspect, EventId, FeedId, Figure, Kinship, Language, Languages, Match, MatchId, Review, Side,
    StoryId, Timestamp,
};

/// Matches that report the same event.
///
/// What it says of its matches follows from them alone ([`Story::rebuilt`]); its names, what
/// people said of it and what receivers know of it do not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// Named after its first match.
    pub id: StoryId,
    /// The topic's name.
    pub topic: String,
    /// Counts changes from 1; a commit says which one it builds on.
    pub revision: u64,
    /// The match that came first.
    pub first_match: MatchId,
    /// Title of its first match.
    pub title: String,
    /// How many matches it holds; 0 once it was merged into another one.
    pub size: u32,
    /// Their languages, in order of arrival.
    pub languages: Vec<Language>,
    /// Earliest publication among them.
    pub first_published: Timestamp,
    /// When the last one joined.
    pub updated: Timestamp,
    /// The earliest published, of equally early ones the one that came first. None in stories
    /// that were stored before this was kept: see [`Story::first_publisher`].
    #[serde(default)]
    pub first_publisher: Option<MatchId>,
    /// How the first match relates to an earlier published one that came later.
    #[serde(default)]
    pub overtaken: Option<Kinship>,
    /// The best title in each language, in order of arrival; at most [`Story::TITLES_MAX`].
    #[serde(default)]
    pub titles: Vec<StoryTitle>,
    /// Homes of the outlets that report, in order of arrival; at most [`Story::SIDES_MAX`].
    #[serde(default)]
    pub sides: Vec<Side>,
    /// The feeds that report, in order of arrival; at most [`Story::OUTLETS_MAX`].
    #[serde(default)]
    pub outlets: Vec<FeedId>,
    /// What it is about, in order of arrival.
    #[serde(default)]
    pub aspects: Vec<Aspect>,
    /// Amounts in it, each value and unit once, in order of arrival; at most
    /// [`Story::FIGURES_MAX`].
    #[serde(default)]
    pub figures: Vec<Figure>,
    /// Whether somebody was told; until then the next match tells.
    pub is_announced: bool,
    /// What receivers know of it; none before they know anything.
    #[serde(default)]
    pub told: Option<Told>,
    /// The story that took over its matches. It is then in no list, and readers are sent on.
    #[serde(default)]
    pub merged_into: Option<StoryId>,
    /// What a person said of it.
    #[serde(default)]
    pub review: Option<Review>,
}

impl Story {
    /// No event is reported in more languages that we know.
    pub const TITLES_MAX: usize = 24;
    /// Longer titles are cut.
    pub const TITLE_CHARACTERS_MAX: usize = 300;
    /// Two sides, third places, and homes of outlets that a configuration invents.
    pub const SIDES_MAX: usize = 8;
    /// So many feeds are told apart; more make no difference to anybody.
    pub const OUTLETS_MAX: usize = 64;
    /// More amounts are no summary.
    pub const FIGURES_MAX: usize = 24;

    /// The match that was published first, as far as we know.
    pub fn first_publisher(&self) -> MatchId {
        self.first_publisher.unwrap_or(self.first_match)
    }

    /// How many feeds report it: at most [`Story::OUTLETS_MAX`], and 0 if it was stored before
    /// this was kept.
    pub fn n_outlets(&self) -> usize {
        self.outlets.len()
    }

    /// Its title for somebody who reads `languages`: in the most wanted one that has one, else in
    /// English; without that, and for somebody who wishes nothing, as its first publisher has it.
    pub fn title_for(&self, languages: &Languages) -> ShownTitle<'_> {
        let first = self.first_publisher();
        let chosen = languages.choose(&self.titles, |it| it.language);
        let chosen = chosen.or_else(|| self.titles.iter().find(|it| it.matched == first));
        match chosen {
            Some(StoryTitle { title, language, matched, .. }) => {
                ShownTitle { text: title, language: *language, matched: *matched }
            }
            None => ShownTitle {
                text: &self.title,
                language: self.languages.first().copied().unwrap_or_default(),
                matched: self.first_match,
            },
        }
    }
}

/// A story's title as one person sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownTitle<'a> {
    /// The title.
    pub text: &'a str,
    /// In which language.
    pub language: Language,
    /// Whose title it is.
    pub matched: MatchId,
}

/// The best title in a language: that of the earliest own report in it, else of the earliest
/// match in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoryTitle {
    /// In which language.
    pub language: Language,
    /// The title; at most [`Story::TITLE_CHARACTERS_MAX`] characters.
    pub title: String,
    /// Whose title it is.
    #[serde(rename = "match")]
    pub matched: MatchId,
    /// When that one was published.
    pub published: Timestamp,
    /// Whether that one is a copy or a translation.
    pub is_derived: bool,
}

/// What receivers know of a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When they were last told; in the future while an update waits.
    pub at: Timestamp,
    /// The update that is told at that time; none if that alert was none.
    #[serde(default)]
    pub update: Option<Update>,
    /// The receivers that were told of the story, in order of the first time; empty in stories
    /// that were told before this was kept.
    #[serde(default)]
    pub receivers: Vec<String>,
}

/// An update of a story that was put into the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// Its event.
    pub event: EventId,
    /// What changed, in words for people; at most [`Update::CHANGES_MAX`].
    pub changes: Vec<String>,
}

impl Update {
    /// What changed beyond that is left out.
    pub const CHANGES_MAX: usize = 8;
}

/// What a match is to its story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StoryRole {
    /// The earliest published.
    First,
    /// Nearly the same words in the same language.
    Copy,
    /// The same told in another language.
    Translation,
    /// Its own words about the same event.
    OwnReport,
}

impl StoryRole {
    /// What `matched` is to `story`, to which it belongs.
    pub fn of(story: &Story, matched: &Match) -> Self {
        if story.first_publisher() == matched.id {
            return Self::First;
        }
        let own = matched.link.as_ref().map(|link| link.kinship);
        let overtaken = story.overtaken.filter(|_| story.first_match == matched.id);
        match own.or(overtaken).unwrap_or_default() {
            Kinship::Copy => Self::Copy,
            Kinship::Translation => Self::Translation,
            Kinship::OwnReport => Self::OwnReport,
        }
    }

    /// The word for outside.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Copy => "copy",
            Self::Translation => "translation",
            Self::OwnReport => "own_report",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a store of an earlier version opens, and its stories say what they said.
    #[test]
    fn older_stories_and_matches_are_read() {
        let story = r#"{"id": "14b7da9001e317ca", "topic": "t", "revision": 2,
            "first_match": "298ca2707e08eba4", "title": "A", "size": 2, "languages": ["de", "en"],
            "first_published": "2026-11-24T05:30:00Z", "updated": "2026-11-24T06:00:00Z",
            "is_announced": true}"#;
        let story: Story = serde_json::from_str(story).unwrap();
        assert_eq!(story.first_publisher(), story.first_match);
        assert_eq!(story.title_for(&Languages::of_header("en")).text, "A");
        assert_eq!((story.n_outlets(), story.merged_into, &story.told), (0, None, &None));
        let matched = r#"{"id": "298ca2707e08eba4", "topic": "t", "article": "8d59485df91c386b",
            "feed": "4ec8281eb118986d", "story": "14b7da9001e317ca", "score": 0.9,
            "language": "de", "aspects": [], "figures": [], "evidence": [], "basis": 1,
            "created": "2026-11-24T06:00:00Z", "silence": null}"#;
        let mut matched: Match = serde_json::from_str(matched).unwrap();
        assert_eq!(StoryRole::of(&story, &matched), StoryRole::First);
        matched.id = MatchId::from_be_bytes([7; 8]);
        assert_eq!(StoryRole::of(&story, &matched), StoryRole::OwnReport);
    }
}
