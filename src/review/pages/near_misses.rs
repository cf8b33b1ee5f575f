//! Near misses: what was nearly flagged, each with its reason.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use crate::model::{Feed, Field, MatchId, NearMiss, ReviewVerdict};
use crate::review::pages::marks::{Piece, excerpt};
use crate::review::pages::parts::{Frame, ReviewState, Said, Scene, outlet, percent, web_address};
use crate::review::pages::visit::{PageQuery, Visit};
use crate::review::pages::words::{Foreign, Moment, SideMark, inert};
use crate::review::pages::{answer, html};
use crate::review::{App, Person, Problem};
use crate::store::{NearMissFilter, PageRequest, StoreError};

/// Near misses on one page.
const OPEN_MAX: usize = 50;

/// The latest ones, among which those that somebody judged are shown.
const LATEST_MAX: usize = 50;

/// Enough to see what was just done.
const DONE_MAX: usize = 10;

/// The words that count, with what stands around them.
const QUOTE_CHARACTERS_MAX: usize = 140;

#[derive(Template)]
#[template(path = "near_misses.html")]
pub(super) struct NearMissesPage {
    pub(super) frame: Frame,
    pub(super) open: Vec<NearMissRow>,
    pub(super) done: Vec<NearMissRow>,
    pub(super) next: Option<String>,
    pub(super) is_first: bool,
}

/// One near miss.
pub(super) struct NearMissRow {
    pub(super) id: MatchId,
    pub(super) score: String,
    pub(super) percent: String,
    pub(super) why_not: String,
    pub(super) title: Foreign,
    pub(super) url: Option<String>,
    pub(super) quote: Vec<Piece>,
    pub(super) outlet: Foreign,
    pub(super) home: SideMark,
    pub(super) published: Moment,
    pub(super) review: ReviewState,
}

impl NearMissRow {
    pub(super) fn new(near_miss: &NearMiss, feed: Option<&Feed>, scene: Scene) -> Self {
        let everywhere = [Field::Title, Field::Summary, Field::Body];
        let quote = |text: &str| {
            excerpt(text, &everywhere, &near_miss.evidence, scene.sides, QUOTE_CHARACTERS_MAX)
        };
        Self {
            id: near_miss.id,
            score: near_miss.score.to_string(),
            percent: percent(near_miss.score.value()),
            why_not: inert(&near_miss.why_not),
            title: Foreign::title(&near_miss.title, near_miss.language),
            url: web_address(near_miss.url.as_deref()),
            quote: quote(&near_miss.text).or_else(|| quote(&near_miss.title)).unwrap_or_default(),
            outlet: outlet(feed),
            home: scene.sides.home(feed.map(|feed| feed.side).unwrap_or_default()),
            published: Moment::new(near_miss.published, scene.now),
            review: ReviewState::new(near_miss.review.as_ref(), scene.now),
        }
    }
}

impl NearMissesPage {
    fn headline(&self) -> &'static str {
        if self.frame.counts.near_misses == 0 {
            "No near misses yet"
        } else {
            "All near misses are judged"
        }
    }
}

/// `GET /near-misses`.
pub(super) async fn show(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Query(query): Query<PageQuery>,
) -> Response {
    answer(async { html(&page(&app, &person?, &query).await?) }.await)
}

async fn page(app: &App, person: &Person, query: &PageQuery) -> Result<NearMissesPage, Problem> {
    let visit = Visit::new(app, person);
    let only_open = NearMissFilter { only_open: true, ..NearMissFilter::default() };
    let open = app.store.near_misses(only_open, query.request(OPEN_MAX)).await?;
    let is_first = query.after.is_none();
    let done = if is_first { lately(app).await? } else { Vec::new() };
    let last = match query.last.as_deref().and_then(|id| id.parse().ok()) {
        Some(id) => app.store.near_miss(id).await?,
        None => None,
    };
    let back = match &query.after {
        Some(cursor) => format!("/near-misses?after={}", super::escaped(cursor)),
        None => "/near-misses".to_owned(),
    };
    let mut frame = visit.frame("near-misses", back, said(query, last.as_ref())).await?;
    let own = done.iter().find(|it| it.review.as_ref().is_some_and(|it| it.by == person.name));
    let undone = last.as_ref().filter(|it| it.review.is_some()).or(own);
    frame.undo_near_miss = undone.map(|it| it.id.to_string());
    let row = |it: &NearMiss| NearMissRow::new(it, visit.feeds.get(&it.feed), visit.scene);
    Ok(NearMissesPage {
        frame,
        open: open.items.iter().map(row).collect(),
        done: done.iter().map(row).collect(),
        next: open.next,
        is_first,
    })
}

/// Those of the latest near misses that somebody judged, the last judged first.
async fn lately(app: &App) -> Result<Vec<NearMiss>, StoreError> {
    let all = NearMissFilter::default();
    let mut done = app.store.near_misses(all, PageRequest::first(LATEST_MAX)).await?.items;
    done.retain(|it| it.review.as_ref().is_some_and(|it| it.verdict.is_some()));
    done.sort_by_key(|it| std::cmp::Reverse(it.review.as_ref().map(|it| it.at)));
    done.truncate(DONE_MAX);
    Ok(done)
}

fn said(query: &PageQuery, last: Option<&NearMiss>) -> Option<Said> {
    let verdict = last.and_then(|it| it.review.as_ref()?.verdict);
    let what = query.said().or(verdict.map(|it| match it {
        ReviewVerdict::Relevant => "Made it a match",
        _ => "Rightly out",
    }))?;
    let title = last.map(|it| Foreign::title(&it.title, it.language));
    Some(Said { what, title, link: None })
}
