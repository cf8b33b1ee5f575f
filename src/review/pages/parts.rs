//! What several pages show: the frame around them, a report, a story in a row.

use std::collections::{BTreeMap, HashMap};

use crate::model::{
    Article, Feed, FeedId, Field, Figure, Language, Languages, Match, MatchId, Review,
    ReviewVerdict, Role, Story, Timestamp,
};
use crate::review::FeedStanding;
use crate::review::pages::marks::{Piece, excerpt, marked};
use crate::review::pages::words::{Foreign, Moment, SideMark, Sides, Tongue, count, inert};
use crate::store::Counts;

/// Enough of a text to decide by.
const QUOTE_CHARACTERS_MAX: usize = 180;

/// Figures of a story that are shown.
const FIGURES_MAX: usize = 12;

/// More marks for outlets tell nothing more.
const PIPS_MAX: usize = 9;

/// A match with what is stored apart from it.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub(super) matched: Match,
    pub(super) article: Article,
    pub(super) feed: Option<Feed>,
}

/// What pages need to know of the moment and the topic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    pub(super) sides: Sides,
    pub(super) now: Timestamp,
}

/// The frame of a page: who looks at it, what is left to do, how the service is.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) current: &'static str,
    pub(super) who: String,
    pub(super) role: Role,
    pub(super) csrf: String,
    pub(super) counts: Counts,
    pub(super) n_receivers_off: usize,
    pub(super) feeds: FeedsSummary,
    pub(super) problems: Vec<String>,
    pub(super) pair: String,
    pub(super) clock: Moment,
    /// What was done last, for the dock.
    pub(super) said: Option<Said>,
    /// Where forms lead back to; empty for the page's own first address.
    pub(super) back: String,
    /// The near miss that "undo" takes back; else it takes back the last verdict on a story.
    pub(super) undo_near_miss: Option<String>,
}

/// What was done last.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) what: &'static str,
    pub(super) title: Option<Foreign>,
    /// Where that is, if it is not here.
    pub(super) link: Option<String>,
}

impl Frame {
    /// Whether this person may judge.
    pub(super) fn can_review(&self) -> bool {
        Role::Reviewer <= self.role
    }

    /// Whether there are rows to judge, and so keys and a dock.
    pub(super) fn has_rows(&self) -> bool {
        ["inbox", "story", "near-misses"].contains(&self.current)
    }

    /// The date, for the strip.
    pub(super) fn day(&self) -> &str {
        self.clock.exact.get(..10).unwrap_or_default()
    }
}

/// How all feeds stand, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FeedsSummary {
    pub(super) total: usize,
    /// Were read at least once.
    pub(super) read: usize,
    pub(super) failing: usize,
    /// When the next one is asked, in words.
    pub(super) next: Option<String>,
}

impl FeedsSummary {
    pub(super) fn new(feeds: &[FeedStanding], now: Timestamp) -> Self {
        let polled = feeds.iter().filter(|it| it.phase().is_polled());
        let next = polled.filter_map(|it| it.state.as_ref()).map(|it| it.next_poll).min();
        Self {
            total: feeds.len(),
            read: feeds
                .iter()
                .filter(|it| it.state.as_ref().is_some_and(|it| it.last_success.is_some()))
                .count(),
            failing: feeds.iter().filter(|it| it.phase().is_trouble()).count(),
            next: next.map(|next| {
                if next <= now { "now".to_owned() } else { Moment::new(next, now).distance }
            }),
        }
    }

    /// `41 feeds`.
    pub(super) fn said(&self) -> String {
        count(u64::try_from(self.total).unwrap_or(u64::MAX), "feed", "feeds")
    }
}

/// A story or a near miss in a list: what is needed to judge it without opening it.
#[derive(Clone, Debug)]
pub(super) struct StoryRow {
    pub(super) id: String,
    pub(super) title: Foreign,
    pub(super) score: String,
    pub(super) percent: String,
    pub(super) quote: Vec<Piece>,
    pub(super) language: Tongue,
    pub(super) aspects: String,
    pub(super) figure: Option<String>,
    pub(super) outlet: Foreign,
    pub(super) home: SideMark,
    pub(super) published: Moment,
    pub(super) size: u32,
    /// `3 outlets`; empty if nobody counted them.
    pub(super) outlets: String,
    pub(super) lanes: Vec<Lane>,
    pub(super) languages: String,
    pub(super) review: ReviewState,
}

impl StoryRow {
    /// The story as somebody sees it who reads `languages`. `reports` holds at least its
    /// [faces](crate::review::pages::visit::Visit::faces), unless the store lost them.
    pub(super) fn new(
        story: &Story,
        reports: &[Report],
        outlets: &[SideMark],
        languages: &Languages,
        scene: Scene,
    ) -> Self {
        let whose = |id: MatchId| reports.iter().find(|it| it.matched.id == id);
        let first = whose(story.first_publisher()).or(reports.first());
        let shown = whose(story.title_for(languages).matched).or(first);
        let scores = reports.iter().map(|it| it.matched.score).max();
        let n_outlets = u64::try_from(story.n_outlets()).unwrap_or(u64::MAX);
        Self {
            id: story.id.to_string(),
            title: title_of(story, languages),
            score: scores.map(|score| score.to_string()).unwrap_or_default(),
            percent: percent(scores.map_or(0.0, crate::model::Score::value)),
            quote: shown
                .map(|it| quote(&it.article, &it.matched, scene.sides, QUOTE_CHARACTERS_MAX))
                .unwrap_or_default(),
            language: Tongue(shown.map_or(Language::UNKNOWN, |it| it.article.language)),
            aspects: aspects(story, reports),
            figure: figures(story, reports).first().map(|(_, read)| read.clone()),
            outlets: if n_outlets == 0 {
                String::new()
            } else {
                count(n_outlets, "outlet", "outlets")
            },
            outlet: first.map_or_else(|| outlet(None), |it| outlet(it.feed.as_ref())),
            home: scene.sides.home(
                first.and_then(|it| it.feed.as_ref()).map(|feed| feed.side).unwrap_or_default(),
            ),
            published: Moment::new(story.first_published, scene.now),
            size: story.size,
            lanes: lanes(outlets, scene.sides),
            languages: story.languages.iter().map(Language::as_str).collect::<Vec<_>>().join(" "),
            review: ReviewState::new(story.review.as_ref(), scene.now),
        }
    }
}

/// How a review stands, for buttons and fields.
#[derive(Clone, Debug, Default)]
pub(super) struct ReviewState {
    pub(super) verdict: Option<ReviewVerdict>,
    pub(super) note: String,
    pub(super) revision: u64,
    pub(super) by: String,
    pub(super) at: Option<Moment>,
}

impl ReviewState {
    pub(super) fn new(review: Option<&Review>, now: Timestamp) -> Self {
        let Some(review) = review else { return Self::default() };
        Self {
            verdict: review.verdict,
            note: review.note.clone().unwrap_or_default(),
            revision: review.revision,
            by: review.by.clone(),
            at: Some(Moment::new(review.at, now)),
        }
    }

    /// For `data-verdict`; none for a row that is open.
    pub(super) fn word(&self) -> Option<&'static str> {
        self.verdict.map(ReviewVerdict::as_str)
    }

    /// For `aria-pressed`.
    pub(super) fn is(&self, word: &str) -> bool {
        self.word() == Some(word)
    }
}

/// The outlets of one side that carry a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) side: SideMark,
    pub(super) n_outlets: usize,
    /// Where each mark stands.
    pub(super) pips: Vec<usize>,
    pub(super) width: usize,
}

/// One lane for each side that has outlets.
fn lanes(outlets: &[SideMark], sides: Sides) -> Vec<Lane> {
    let all = sides.all().into_iter().map(|side| {
        let n_outlets = outlets.iter().filter(|it| it.class == side.class).count();
        let pips: Vec<usize> = (0..n_outlets.min(PIPS_MAX)).map(|at| at * 12).collect();
        let width = pips.len() * 12;
        Lane { side, n_outlets, pips, width }
    });
    all.filter(|lane| 0 < lane.n_outlets).collect()
}

/// Feeds by id.
pub(super) fn by_id(feeds: &[FeedStanding]) -> HashMap<FeedId, Feed> {
    feeds.iter().map(|it| (it.feed.id, it.feed.clone())).collect()
}

/// The homes of the different feeds among `matches`.
pub(super) fn outlets(
    matches: &[Match],
    feeds: &HashMap<FeedId, Feed>,
    sides: Sides,
) -> Vec<SideMark> {
    let homes: BTreeMap<FeedId, SideMark> = matches
        .iter()
        .map(|it| {
            (it.feed, sides.home(feeds.get(&it.feed).map(|feed| feed.side).unwrap_or_default()))
        })
        .collect();
    homes.into_values().collect()
}

/// What a feed is called.
pub(super) fn outlet(feed: Option<&Feed>) -> Foreign {
    let Some(feed) = feed else {
        return Foreign {
            text: "a feed that was removed".to_owned(),
            language: Tongue(Language::UNKNOWN),
        };
    };
    Foreign::title(&feed.title, feed.language.unwrap_or(Language::UNKNOWN))
}

/// The sentence that convinced us, else how the text begins.
pub(super) fn quote(
    article: &Article,
    matched: &Match,
    sides: Sides,
    characters_max: usize,
) -> Vec<Piece> {
    let texts = [(Field::Summary, &article.summary), (Field::Body, &article.body)];
    let found = texts.iter().find_map(|(field, text)| {
        excerpt(text, &[*field], &matched.evidence, sides, characters_max)
    });
    found.unwrap_or_else(|| {
        let start = crate::model::view::shortened(&article.summary, characters_max);
        marked(&start, &[], &[], sides)
    })
}

/// The title of a story for somebody who reads `languages`.
pub(super) fn title_of(story: &Story, languages: &Languages) -> Foreign {
    let title = story.title_for(languages);
    Foreign::title(title.text, title.language)
}

/// Each amount of the story once, with the words of the text and as it was read; those of the
/// `reports` at hand come first, because their language is known.
pub(super) fn figures(story: &Story, reports: &[Report]) -> Vec<(Foreign, String)> {
    let told = reports.iter().flat_map(|report| {
        report.matched.figures.iter().map(|figure| (figure, report.article.language))
    });
    let whole = story.figures.iter().map(|figure| (figure, Language::UNKNOWN));
    let mut figures: Vec<(Foreign, String)> = Vec::new();
    for (figure, language) in told.chain(whole) {
        let read = inert(&in_words(figure));
        if figures.iter().all(|(_, known)| *known != read) && figures.len() < FIGURES_MAX {
            figures.push((Foreign::title(&figure.text, language), read));
        }
    }
    figures
}

/// What a story and the `reports` at hand are about, in the guideline's order.
fn aspects(story: &Story, reports: &[Report]) -> String {
    let told = reports.iter().flat_map(|it| it.matched.aspects.iter());
    let mut all: Vec<_> = story.aspects.iter().chain(told).copied().collect();
    all.sort_unstable();
    all.dedup();
    all.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ")
}

/// `USD 452,000,000`, `+19 %`, `1,200 people`, `2026-11-26`.
pub(super) fn in_words(figure: &Figure) -> String {
    let number = grouped(figure.value);
    let is_currency = |unit: &str| unit.len() == 3 && unit.chars().all(|c| c.is_ascii_uppercase());
    match figure.unit.as_str() {
        "" => number,
        "date" => day(figure.value),
        unit if is_currency(unit) => format!("{unit} {number}"),
        unit => format!("{number} {}", inert(unit)),
    }
}

/// A day that is written as one number, 20261126.
fn day(value: f64) -> String {
    let digits = format!("{value:08.0}");
    match (digits.get(..4), digits.get(4..6), digits.get(6..)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => digits,
    }
}

/// With a comma before each three digits; fractions to two places.
fn grouped(value: f64) -> String {
    let text = if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = whole.trim_start_matches('-');
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if 0 < at && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if whole.starts_with('-') { "−" } else { "" };
    let fraction = if fraction.is_empty() { String::new() } else { format!(".{fraction}") };
    format!("{sign}{grouped}{fraction}")
}

/// A share as `width`: `97%`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0}%", (share * 100.0).clamp(0.0, 100.0))
}

/// An address that a page may lead to; none if it is not the web's.
pub(super) fn web_address(url: Option<&str>) -> Option<String> {
    let url: url::Url = url?.parse().ok()?;
    ["http", "https"].contains(&url.scheme()).then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a script in a feed's link never becomes a link of ours.
    #[test]
    fn only_web_addresses_become_links() {
        assert_eq!(
            web_address(Some("https://example.org/a")).as_deref(),
            Some("https://example.org/a")
        );
        for url in ["javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:x", "/a", ""] {
            assert_eq!(web_address(Some(url)), None, "{url}");
        }
    }

    /// Goal: amounts are read at a glance.
    #[test]
    fn figures_are_grouped() {
        let said = |value: f64, unit: &str| {
            in_words(&Figure { text: String::new(), value, unit: unit.to_owned() })
        };
        assert_eq!(said(452e6, "USD"), "USD 452,000,000");
        assert_eq!(said(49.5, "%"), "49.50 %");
        assert_eq!(said(-1200.0, ""), "−1,200");
        assert_eq!(said(1200.0, "people"), "1,200 people");
        assert_eq!(said(20_261_126.0, "date"), "2026-11-26");
    }
}
