//! The articles of a story: what each is to it, why it is there, and copies out of the way.

use std::collections::HashMap;

use crate::model::{Field, MatchId, Placed, Story, StoryRole, Timestamp};
use crate::review::pages::marks::{Piece, marked};
use crate::review::pages::parts::{Report, Scene, outlet, quote, web_address};
use crate::review::pages::verdict_said;
use crate::review::pages::words::{Foreign, Moment, SideMark, Tongue, inert};

/// Enough of each text to see why.
const QUOTE_CHARACTERS_MAX: usize = 400;

/// More copies of one article are folded away.
const COPIES_OPEN_MAX: usize = 2;

/// One article of a story.
pub(super) struct ArticleRow {
    pub(super) id: MatchId,
    pub(super) published: Moment,
    pub(super) outlet: Foreign,
    pub(super) home: SideMark,
    pub(super) language: Tongue,
    pub(super) score: String,
    pub(super) url: Option<String>,
    pub(super) title: Vec<Piece>,
    pub(super) quote: Vec<Piece>,
    role: StoryRole,
    /// Whose words it repeats, if it is a copy or a translation of one that is shown.
    pub(super) source: Option<Foreign>,
    /// What it shares with the one that is most alike.
    pub(super) why: Option<String>,
    pub(super) placed: Option<PlacedMark>,
    /// A verdict on this match alone.
    pub(super) own_verdict: Option<&'static str>,
    /// Copies of it that are folded away, earliest first.
    pub(super) copies: Vec<Self>,
}

/// Who put an article into its story.
pub(super) struct PlacedMark {
    pub(super) by: String,
    pub(super) at: Moment,
}

impl PlacedMark {
    fn new(placed: &Placed, now: Timestamp) -> Self {
        Self { by: inert(&placed.by), at: Moment::new(placed.at, now) }
    }
}

impl ArticleRow {
    fn new(story: &Story, report: &Report, nearest: Option<&Report>, scene: Scene) -> Self {
        let Report { matched, article, feed } = report;
        let own = matched.review.as_ref().filter(|it| !it.is_inherited);
        let title = Foreign::title(&article.title, article.language).text;
        let role = StoryRole::of(story, matched);
        let is_derived = matches!(role, StoryRole::Copy | StoryRole::Translation);
        let link = matched.link.as_ref().filter(|_| matched.placed.is_none());
        Self {
            id: matched.id,
            published: Moment::new(article.published, scene.now),
            outlet: outlet(feed.as_ref()),
            home: scene.sides.home(feed.as_ref().map(|feed| feed.side).unwrap_or_default()),
            language: Tongue(article.language),
            score: matched.score.to_string(),
            url: web_address(article.url.as_deref()),
            title: marked(&title, &[Field::Title], &matched.evidence, scene.sides),
            quote: quote(article, matched, scene.sides, QUOTE_CHARACTERS_MAX),
            role,
            source: nearest.filter(|_| is_derived).map(|it| outlet(it.feed.as_ref())),
            why: link.map(|link| inert(&link.why)).filter(|why| !why.is_empty()),
            placed: matched.placed.as_ref().map(|it| PlacedMark::new(it, scene.now)),
            own_verdict: own.and_then(|it| it.verdict).map(verdict_said),
            copies: Vec::new(),
        }
    }

    pub(super) fn is_first(&self) -> bool {
        self.role == StoryRole::First
    }

    /// `copy`, `translation`, `own report`.
    pub(super) fn role_said(&self) -> &'static str {
        match self.role {
            StoryRole::First => "first to publish",
            StoryRole::Copy => "copy",
            StoryRole::Translation => "translation",
            StoryRole::OwnReport => "own report",
        }
    }

    /// `3 copies, last at 05:50`.
    pub(super) fn copies_said(&self) -> String {
        let last = self.copies.last().map(|it| it.published.clock.as_str()).unwrap_or_default();
        format!("{} copies, last at {last}", self.copies.len())
    }
}

/// The articles of `story` in the order of `reports`, copies of one article below it if they are
/// many.
pub(super) fn articles(story: &Story, reports: &[Report], scene: Scene) -> Vec<ArticleRow> {
    let by_id: HashMap<MatchId, &Report> = reports.iter().map(|it| (it.matched.id, it)).collect();
    let nearest = |report: &Report| report.matched.link.as_ref().map(|link| link.nearest);
    let is_copy = |report: &Report| StoryRole::of(story, &report.matched) == StoryRole::Copy;
    // A copy of a copy repeats the same article; so many steps at most, whatever is stored.
    let original = |copy: &Report| {
        let mut at = copy.matched.id;
        for _ in 0..reports.len() {
            let report = by_id.get(&at)?;
            match nearest(report).filter(|_| is_copy(report)) {
                Some(next) => at = next,
                None => return Some(at).filter(|at| *at != copy.matched.id),
            }
        }
        None
    };
    let originals: Vec<Option<MatchId>> = reports.iter().map(original).collect();
    let is_folded = |id: MatchId| {
        COPIES_OPEN_MAX < originals.iter().filter(|original| **original == Some(id)).count()
    };
    let mut rows = Vec::new();
    let mut folded: HashMap<MatchId, Vec<ArticleRow>> = HashMap::new();
    for (report, original) in reports.iter().zip(&originals) {
        let nearest = nearest(report).and_then(|id| by_id.get(&id).copied());
        let row = ArticleRow::new(story, report, nearest, scene);
        match original {
            Some(id) if is_folded(*id) => folded.entry(*id).or_default().push(row),
            _ => rows.push(row),
        }
    }
    for row in &mut rows {
        row.copies = folded.remove(&row.id).unwrap_or_default();
    }
    rows
}
