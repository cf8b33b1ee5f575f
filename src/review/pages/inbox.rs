//! The inbox: stories that nobody has judged, then those that somebody has.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use crate::model::{Languages, ReviewVerdict, Story};
use crate::review::pages::parts::{Frame, StoryRow, outlets};
use crate::review::pages::visit::{PageQuery, Visit};
use crate::review::pages::words::count;
use crate::review::pages::{answer, html};
use crate::review::reading::Reading;
use crate::review::{App, Person, Problem};
use crate::store::{Judged, PageRequest, StoreError, StoryFilter};

/// Stories on one page: a morning's work, and with the judged ones under 100 KB.
const OPEN_MAX: usize = 30;

/// Enough to see what was just done.
const DONE_MAX: usize = 8;

/// Articles of a story whose outlets are drawn.
const MATCHES_MAX: usize = 12;

#[derive(Template)]
#[template(path = "inbox.html")]
pub(super) struct Inbox {
    pub(super) frame: Frame,
    pub(super) open: Vec<StoryRow>,
    pub(super) done: Vec<StoryRow>,
    pub(super) next: Option<String>,
    pub(super) is_first: bool,
    pub(super) state: Emptiness,
    pub(super) receivers: usize,
}

/// Why there is nothing to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Emptiness {
    NoFeeds,
    NothingRead,
    NotAllRead,
    NothingMatched,
    AllReviewed,
}

impl Emptiness {
    /// The first reason that holds.
    pub(super) fn of(frame: &Frame) -> Self {
        match (frame.counts.stories, &frame.feeds) {
            (1.., _) => Self::AllReviewed,
            (_, feeds) if feeds.total == 0 => Self::NoFeeds,
            (_, feeds) if 0 < feeds.failing => Self::NotAllRead,
            (_, feeds) if feeds.read == 0 => Self::NothingRead,
            _ => Self::NothingMatched,
        }
    }
}

impl Inbox {
    fn headline(&self) -> String {
        match self.state {
            Emptiness::NoFeeds | Emptiness::NothingRead => {
                "silkwire has not read anything yet".to_owned()
            }
            Emptiness::NotAllRead => "No matches, but not everything was read".to_owned(),
            Emptiness::NothingMatched => "No matches yet".to_owned(),
            Emptiness::AllReviewed => {
                let stories = count(self.frame.counts.stories, "story is", "stories are");
                format!("All reviewed: {stories} judged")
            }
        }
    }

    fn near_misses_said(&self) -> String {
        count(self.frame.counts.near_misses_open, "near miss", "near misses")
    }
}

/// `GET /`.
pub(super) async fn show(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Reading(languages): Reading,
    Query(query): Query<PageQuery>,
) -> Response {
    answer(async { html(&page(&app, &person?, languages, &query).await?) }.await)
}

async fn page(
    app: &App,
    person: &Person,
    languages: Languages,
    query: &PageQuery,
) -> Result<Inbox, Problem> {
    let visit = Visit::new(app, person).reading(languages);
    let filter = StoryFilter { verdict: Some(Judged::Open), ..StoryFilter::default() };
    let stories = app.store.stories(filter, query.request(OPEN_MAX)).await?;
    let is_first = query.after.is_none();
    let done = if is_first { lately(app).await? } else { Vec::new() };
    let back = match &query.after {
        Some(cursor) => format!("/?after={}", super::escaped(cursor)),
        None => String::new(),
    };
    let said = visit.said_of_story(query).await?;
    let frame = visit.frame("inbox", back, said).await?;
    Ok(Inbox {
        state: Emptiness::of(&frame),
        frame,
        open: rows(&visit, stories.items).await?,
        done: rows(&visit, done).await?,
        next: stories.next,
        is_first,
        receivers: app.controls.receivers().len(),
    })
}

async fn rows(visit: &Visit<'_>, stories: Vec<Story>) -> Result<Vec<StoryRow>, StoreError> {
    let mut rows = Vec::with_capacity(stories.len());
    for story in stories {
        let reports = visit.faces(&story).await?;
        let matches = match (story.size, reports.first()) {
            (0..=1, Some(report)) => vec![report.matched.clone()],
            _ => visit.matches(&story, MATCHES_MAX).await?,
        };
        let outlets = outlets(&matches, &visit.feeds, visit.scene.sides);
        rows.push(StoryRow::new(&story, &reports, &outlets, &visit.languages, visit.scene));
    }
    Ok(rows)
}

/// The stories that were judged last, whatever the verdict.
async fn lately(app: &App) -> Result<Vec<Story>, StoreError> {
    let verdicts = [ReviewVerdict::Relevant, ReviewVerdict::NotRelevant, ReviewVerdict::Unsure];
    let mut stories = Vec::new();
    for verdict in verdicts {
        let filter = StoryFilter { verdict: Some(Judged::As(verdict)), ..StoryFilter::default() };
        stories.extend(app.store.stories(filter, PageRequest::first(DONE_MAX)).await?.items);
    }
    stories.sort_by_key(|story| std::cmp::Reverse(story.review.as_ref().map(|it| it.at)));
    stories.truncate(DONE_MAX);
    Ok(stories)
}
