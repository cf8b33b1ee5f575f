//! What is seen of a story: in an alert, in a list, with its matches, after a correction.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::view::MatchListView;
use crate::model::{
    Aspect, Figure, Language, Languages, MatchId, Review, ReviewVerdict, Side, Story, StoryId,
    StoryTitle, Timestamp,
};

/// A story as part of an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StoryView {
    /// Its id.
    pub id: StoryId,
    /// How many matches it holds.
    pub size: u32,
    /// Their languages.
    pub languages: Vec<Language>,
    /// Earliest publication among them.
    pub first_published: Timestamp,
    /// The match that was published first.
    pub first_publisher: MatchId,
    /// The best title in each language, in order of arrival.
    pub titles: Vec<TitleView>,
    /// Homes of the outlets that report it: `JP`, or `third`.
    #[schema(value_type = Vec<String>)]
    pub sides: Vec<Side>,
    /// How many feeds report it.
    pub n_outlets: usize,
    /// What its matches are about.
    pub aspects: Vec<Aspect>,
    /// Amounts in its matches, each once.
    pub figures: Vec<Figure>,
}

impl From<&Story> for StoryView {
    fn from(story: &Story) -> Self {
        Self {
            id: story.id,
            size: story.size,
            languages: story.languages.clone(),
            first_published: story.first_published,
            first_publisher: story.first_publisher(),
            titles: story.titles.iter().map(TitleView::from).collect(),
            sides: story.sides.clone(),
            n_outlets: story.n_outlets(),
            aspects: story.aspects.clone(),
            figures: story.figures.clone(),
        }
    }
}

/// A story's title in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TitleView {
    /// In which language.
    pub language: Language,
    /// The title.
    pub title: String,
}

impl From<&StoryTitle> for TitleView {
    fn from(best: &StoryTitle) -> Self {
        Self { language: best.language, title: best.title.clone() }
    }
}

/// A story in a list: the shape of alerts, and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StoryListView {
    /// The story.
    #[serde(flatten)]
    pub story: StoryView,
    /// The topic's name.
    pub topic: String,
    /// Its title in the first of the reader's languages that has one; if none has, in English;
    /// else, and for a reader who names no language, that of its first publisher.
    pub title: String,
    /// The match that came first.
    pub first_match: MatchId,
    /// Counts changes from 1; a correction may say which one it builds on.
    pub revision: u64,
    /// When the last match joined.
    pub updated: Timestamp,
    /// Whether somebody was told.
    pub is_announced: bool,
    /// The story that took over its matches; null: it has matches of its own.
    pub merged_into: Option<StoryId>,
    /// What a person said of it; null: nothing.
    pub verdict: Option<ReviewVerdict>,
    /// Who said so, when, with which note; null when nobody ever did.
    pub review: Option<Review>,
}

impl StoryListView {
    /// `story` for somebody who reads `languages`.
    pub fn new(story: &Story, languages: &Languages) -> Self {
        Self {
            story: story.into(),
            topic: story.topic.clone(),
            title: story.title_for(languages).text.to_owned(),
            first_match: story.first_match,
            revision: story.revision,
            updated: story.updated,
            is_announced: story.is_announced,
            merged_into: story.merged_into,
            verdict: story.review.as_ref().and_then(|review| review.verdict),
            review: story.review.clone(),
        }
    }
}

/// One story with its newest matches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StoryDetailView {
    /// The story.
    #[serde(flatten)]
    pub story: StoryListView,
    /// Its matches, newest first; a very large story has more (`matches?story=`).
    pub matches: Vec<MatchListView>,
}

impl StoryDetailView {
    /// A story with more matches is read on through the list of matches.
    pub const MATCHES_MAX: usize = 50;
}

/// What a correction of stories came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CorrectionView {
    /// How many matches were moved; all of them are in `to` now.
    pub n_moved: usize,
    /// The story that they were in, as it is left. If nothing is left of it, it is `merged_into`
    /// the other one.
    pub from: StoryListView,
    /// The story that they are in now.
    pub to: StoryListView,
}

impl CorrectionView {
    /// Puts together what a store answers, for somebody who reads `languages`.
    pub fn new(n_moved: usize, from: &Story, to: &Story, languages: &Languages) -> Self {
        let view = |story| StoryListView::new(story, languages);
        Self { n_moved, from: view(from), to: view(to) }
    }
}
