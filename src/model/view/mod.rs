//! The JSON shapes that `scan`, commands, webhooks and the API share.
//!
//! One set of shapes, so that a script written for one of them reads them all; what the API
//! answers, the commands read back.

mod story;
mod feeds;
mod desk;
mod search;
mod routing;
mod alerting;

pub use alerting::{
    EnabledView, ReceiverStanding, ReceiverView, ReplayItemView, ReplayView, SkipReason,
    SkippedView,
};
pub use desk::{
    ErasedView, ListView, NearMissReviewView, NearMissView, NewTokenView, ReceiverTestView,
    TokenView,
};
pub use feeds::FeedStateView;
pub use routing::{HappenedView, RouteStanding, RouteStepView, RoutedHow, RoutedView, RoutingView};
pub use search::{FoundView, MarkView, SearchView, SnippetView};
pub use story::{CorrectionView, StoryDetailView, StoryListView, StoryView, TitleView};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::{
    AlertKind, Article, Aspect, Attempt, Delivery, DeliveryId, DeliveryState, Evidence, Extraction,
    Feed, FeedId, Figure, Judgement, Language, Match, MatchId, PageSource, Placed, Review,
    ReviewVerdict, Score, Side, Silence, Story, StoryId, StoryRole, Timestamp, Verdict,
};

/// Outside texts carry title, link and at most so many characters of summary.
pub const SUMMARY_CHARACTERS_MAX: usize = 300;

/// Outside texts carry at most so many reasons, the strongest.
pub const EVIDENCE_MAX: usize = 12;

/// A match as everybody outside sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MatchView {
    /// Its id.
    pub id: MatchId,
    /// Where to read it.
    pub url: Option<String>,
    /// Its title.
    pub title: String,
    /// The start of its summary.
    pub summary: String,
    /// Its language.
    pub language: Language,
    /// When it was published.
    pub published: Timestamp,
    /// How sure we are.
    pub score: Score,
    /// What it is about.
    pub aspects: Vec<Aspect>,
    /// Amounts in it.
    pub figures: Vec<Figure>,
    /// Why, strongest first.
    pub evidence: Vec<Evidence>,
    /// Who brought it.
    pub feed: FeedView,
}

impl MatchView {
    /// Puts together what is stored apart. `feed` is none when the feed was removed since.
    pub fn new(matched: &Match, article: &Article, feed: Option<&Feed>) -> Self {
        Self {
            id: matched.id,
            url: article.url.clone(),
            title: article.title.clone(),
            summary: shortened(&article.summary, SUMMARY_CHARACTERS_MAX),
            language: matched.language,
            published: article.published,
            score: matched.score,
            aspects: matched.aspects.clone(),
            figures: matched.figures.clone(),
            evidence: matched.evidence.iter().take(EVIDENCE_MAX).cloned().collect(),
            feed: FeedView::new(matched.feed, feed),
        }
    }
}

/// A match in a list: the shape of alerts, and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MatchListView {
    /// The match.
    #[serde(flatten)]
    pub matched: MatchView,
    /// The story it belongs to.
    pub story: StoryId,
    /// What it is to its story; null only if that went a moment ago.
    pub role: Option<StoryRole>,
    /// What it shares with the match of its story that is most alike; null: it opened the story,
    /// or a person put it there.
    pub why_joined: Option<String>,
    /// Who put it into its story; null: nobody did.
    pub placed_by: Option<Placed>,
    /// What a person said of it; null: nothing.
    pub verdict: Option<ReviewVerdict>,
    /// Who said so, when, with which note; null when nobody ever did.
    pub review: Option<Review>,
    /// When we flagged it.
    pub created: Timestamp,
    /// Why nobody was told; null when deliveries were made.
    pub silence: Option<Silence>,
    /// The page that its text was taken from; null when all of it is the feed's.
    pub page: Option<PageSource>,
    /// Where the text that was judged comes from, to be checked by others.
    #[serde(default)]
    pub source: Option<SourceView>,
    /// When summary and body were dropped because they were old; null: they were not.
    #[serde(default)]
    pub text_dropped: Option<Timestamp>,
}

/// Where a text that was judged comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SourceView {
    /// The address that it was taken from: the page's behind all redirects; for a text of the feed
    /// that of the article.
    pub url: Option<String>,
    /// The page's own name for its address; null for a text of the feed.
    pub canonical: Option<String>,
    /// When it was fetched; a text of the feed: when we first saw it.
    pub fetched: Timestamp,
    /// The HTTP status of the page; null for a text of the feed.
    pub status: Option<u16>,
    /// SHA-256, in hexadecimal: of the page's text, or of title, summary and body as the feed has
    /// them, with a line feed between them.
    pub hash: String,
    /// How it was found.
    pub method: SourceMethod,
    /// Hash of lexicon, topic, weights and thresholds that judged it, in hexadecimal.
    pub basis: String,
}

/// How a text was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SourceMethod {
    /// The feed carries it.
    Feed,
    /// In the page, by trafilatura, its fall-backs included.
    Trafilatura,
}

impl SourceMethod {
    /// The word for outside.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Trafilatura => "trafilatura",
        }
    }
}

impl SourceView {
    /// Puts together what is stored apart.
    pub fn new(matched: &Match, article: &Article) -> Self {
        let page = article.page.as_ref();
        let method = match page.map(|page| page.extraction) {
            None => SourceMethod::Feed,
            Some(Extraction::Trafilatura) => SourceMethod::Trafilatura,
        };
        Self {
            url: page.map_or_else(|| article.url.clone(), |page| Some(page.url.clone())),
            canonical: page.and_then(|page| page.canonical.clone()),
            fetched: page.map_or(article.first_seen, |page| page.fetched),
            status: page.map(|page| page.status),
            hash: article.text_hash(),
            method,
            basis: format!("{:016x}", matched.basis),
        }
    }
}

impl MatchListView {
    /// Puts together what is stored apart. `story` is none when it went a moment ago.
    pub fn new(
        matched: &Match,
        article: &Article,
        feed: Option<&Feed>,
        story: Option<&Story>,
    ) -> Self {
        let link = matched.link.as_ref().filter(|_| matched.placed.is_none());
        Self {
            matched: MatchView::new(matched, article, feed),
            story: matched.story,
            role: story.map(|story| StoryRole::of(story, matched)),
            why_joined: link.map(|link| link.why.clone()),
            placed_by: matched.placed.clone(),
            verdict: matched.review.as_ref().and_then(|review| review.verdict),
            review: matched.review.clone(),
            created: matched.created,
            silence: matched.silence,
            page: article.page.clone(),
            source: Some(SourceView::new(matched, article)),
            text_dropped: article.text_dropped,
        }
    }
}

/// A delivery and how it stands. The body is left out of lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryView {
    /// Its id.
    pub id: DeliveryId,
    /// The event's id as the receiver sees it in `webhook-id`.
    pub event: String,
    /// What it says.
    #[serde(rename = "type")]
    pub kind: AlertKind,
    /// To whom.
    pub receiver: String,
    /// The match it tells of; none in digests and in notices to operators.
    #[serde(rename = "match")]
    pub matched: Option<MatchId>,
    /// The story it tells of; none in digests and in notices to operators.
    pub story: Option<StoryId>,
    /// Whether a mute holds it, so that it is due when that ends.
    #[serde(default)]
    pub held: bool,
    /// When somebody last had it sent again.
    #[serde(default)]
    pub replayed: Option<Timestamp>,
    /// When it was committed.
    pub created: Timestamp,
    /// `state`, and `due` or `at`.
    #[serde(flatten)]
    pub state: DeliveryState,
    /// What was tried, oldest first.
    pub attempts: Vec<Attempt>,
}

impl From<&Delivery> for DeliveryView {
    fn from(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id,
            event: delivery.event.webhook_id(),
            kind: delivery.kind,
            receiver: delivery.receiver.clone(),
            matched: delivery.matched,
            story: delivery.story,
            held: delivery.is_held,
            replayed: delivery.replayed,
            created: delivery.created,
            state: delivery.state,
            attempts: delivery.attempts.clone(),
        }
    }
}

/// A feed as part of a match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeedView {
    /// Its id.
    pub id: FeedId,
    /// What people call it; empty when it was removed since.
    pub title: String,
    /// From where it speaks: `JP`, or `third`.
    #[schema(value_type = String)]
    pub side: Side,
}

impl FeedView {
    /// The feed `id`, which may be unknown by now.
    pub fn new(id: FeedId, feed: Option<&Feed>) -> Self {
        let title = feed.map(|feed| feed.title.clone()).unwrap_or_default();
        Self { id, title, side: feed.map(|feed| feed.side).unwrap_or_default() }
    }
}

/// A judged text, as `scan` and `evaluate --predictions` print it.
#[derive(Clone, Debug, Serialize)]
pub struct ScanView {
    /// The text's own id, else its number in the input.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where to read it.
    pub url: Option<String>,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// Whether it is flagged.
    pub relevant: bool,
    /// How sure we are.
    pub score: Score,
    /// Its language.
    pub language: Language,
    /// What it is about.
    pub aspects: Vec<Aspect>,
    /// The story it belongs to within this run; none if it is not flagged.
    pub story: Option<String>,
    /// Amounts in it.
    pub figures: Vec<Figure>,
    /// Why, strongest first.
    pub evidence: Vec<Evidence>,
    /// Why it is not flagged although it names something of both sides.
    pub why_not: Option<String>,
}

impl ScanView {
    /// The view of a text that belongs to no story yet.
    pub fn new(id: String, title: String, judgement: Judgement) -> Self {
        Self {
            id,
            title,
            url: None,
            published: None,
            relevant: judgement.verdict == Verdict::Match,
            score: judgement.score,
            language: judgement.language,
            aspects: judgement.aspects,
            story: None,
            figures: judgement.figures,
            evidence: judgement.evidence,
            why_not: judgement.why_not,
        }
    }
}

/// The first `characters_max` characters of `text`, with an ellipsis if some were cut.
pub fn shortened(text: &str, characters_max: usize) -> String {
    if text.chars().nth(characters_max).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(characters_max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a long summary never exceeds its limit and never breaks a character.
    #[test]
    fn cutting_keeps_whole_characters() {
        assert_eq!(shortened("日本とアゼルバイジャン", 4), "日本と…");
        assert_eq!(shortened("short", 5), "short");
    }
}
