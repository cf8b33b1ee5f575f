//! Feeds: which are fine, which are not, what is wrong with them and what to do.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use crate::model::view::FeedStateView;
use crate::model::{FeedPhase, Role};
use crate::review::pages::parts::{Frame, Scene, outlet};
use crate::review::pages::visit::{PageQuery, Visit};
use crate::review::pages::words::{Foreign, Moment, SideMark, count, inert};
use crate::review::pages::{answer, html};
use crate::review::{App, FeedStanding, Person, Problem};

/// Feeds on one page: with what is wrong with each of them, it stays below 100 KB.
const FEEDS_MAX: usize = 60;

#[derive(Template)]
#[template(path = "feeds.html")]
pub(super) struct FeedsPage {
    pub(super) frame: Frame,
    /// All groups that hold a feed, also those of other pages.
    groups: Vec<Group>,
    /// What was done last.
    done: Option<String>,
    /// Where the page before starts, and the one behind.
    before: Option<usize>,
    behind: Option<usize>,
}

/// Feeds that stand alike.
struct Group {
    kind: GroupKind,
    /// How many there are on all pages.
    n_feeds: usize,
    /// Those of this page.
    rows: Vec<FeedRow>,
}

/// In the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum GroupKind {
    Trouble,
    Silent,
    New,
    Paused,
    Fine,
}

impl GroupKind {
    const ALL: [Self; 5] = [Self::Trouble, Self::Silent, Self::New, Self::Paused, Self::Fine];

    fn of(view: &FeedStateView) -> Self {
        match view.state {
            FeedPhase::Failing | FeedPhase::Gone => Self::Trouble,
            FeedPhase::Paused => Self::Paused,
            FeedPhase::New => Self::New,
            FeedPhase::Ok if view.silence.is_some() => Self::Silent,
            FeedPhase::Ok => Self::Fine,
        }
    }

    /// Its `id` in the page, its heading, and how the headline counts it.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Trouble => ("look", "Worth a look", "failing"),
            Self::Silent => ("silent", "Silent for longer than usual", "silent"),
            Self::New => ("new", "Not read yet", "not read yet"),
            Self::Paused => ("paused", "Paused", "paused"),
            Self::Fine => ("fine", "Fine", "fine"),
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Trouble => "bad",
            Self::Silent | Self::New | Self::Paused => "wait",
            Self::Fine => "ok",
        }
    }
}

impl Group {
    fn id(&self) -> &'static str {
        self.kind.words().0
    }

    fn name(&self) -> &'static str {
        self.kind.words().1
    }

    /// Nobody has to look at paused feeds each time.
    fn is_folded(&self) -> bool {
        self.kind == GroupKind::Paused
    }
}

/// One feed.
struct FeedRow {
    id: String,
    class: &'static str,
    state: String,
    title: Foreign,
    home: SideMark,
    url: String,
    is_paused: bool,
    is_open: bool,
    /// What is wrong and what to do.
    advice: Option<String>,
    /// The server's or the reader's own words.
    error: Option<String>,
    silence: Option<String>,
    notes: Vec<String>,
    last_success: Option<Moment>,
    last_poll: Option<Moment>,
    next: String,
    entries: String,
    rate: Option<String>,
    streak: u32,
}

impl FeedRow {
    fn new(standing: &FeedStanding, view: FeedStateView, scene: Scene) -> Self {
        let group = GroupKind::of(&view);
        let moment = |time| Moment::new(time, scene.now);
        let next = match view.next_poll.filter(|_| view.state.is_polled()) {
            Some(next) => format!("{}, {}", moment(next).clock, view.next_poll_reason),
            None => view.next_poll_reason,
        };
        let clean = |text: String| inert(&text);
        let error = view.error.filter(|_| view.state.is_trouble());
        Self {
            id: view.id.to_string(),
            class: group.class(),
            state: view.summary,
            title: outlet(Some(&standing.feed)),
            home: scene.sides.home(view.side),
            url: inert(&view.url),
            is_paused: view.paused,
            is_open: view.flagged || group == GroupKind::Trouble,
            advice: view.advice.map(clean),
            error: error.map(clean),
            silence: view.silence,
            notes: view.notes.into_iter().map(clean).collect(),
            last_success: view.last_success.map(moment),
            last_poll: view.last_poll.map(moment),
            next,
            entries: count(u64::from(view.n_entries), "entry", "entries"),
            rate: view.rate,
            streak: view.streak,
        }
    }
}

impl FeedsPage {
    /// The feeds from the one numbered `start` on.
    pub(super) fn new(
        frame: Frame,
        standings: &[FeedStanding],
        scene: Scene,
        start: usize,
        done: Option<String>,
    ) -> Self {
        let views = FeedStanding::views(standings, scene.now);
        let mut feeds: Vec<_> = standings.iter().zip(views).collect();
        feeds.sort_by_key(|(_, view)| GroupKind::of(view));
        let n_feeds = feeds.len();
        let mut groups: Vec<Group> = Vec::new();
        for kind in GroupKind::ALL {
            let n_feeds = feeds.iter().filter(|(_, view)| GroupKind::of(view) == kind).count();
            groups.push(Group { kind, n_feeds, rows: Vec::new() });
        }
        for (standing, view) in feeds.into_iter().skip(start).take(FEEDS_MAX) {
            let kind = GroupKind::of(&view);
            let row = FeedRow::new(standing, view, scene);
            if let Some(group) = groups.iter_mut().find(|it| it.kind == kind) {
                group.rows.push(row);
            }
        }
        let behind = start.saturating_add(FEEDS_MAX);
        Self {
            frame,
            groups,
            done,
            before: (0 < start).then(|| start.saturating_sub(FEEDS_MAX)),
            behind: (behind < n_feeds).then_some(behind),
        }
    }

    fn headline(&self) -> String {
        let of = |kind: GroupKind| self.groups.iter().find(|it| it.kind == kind);
        let order = [
            GroupKind::Fine,
            GroupKind::Trouble,
            GroupKind::Silent,
            GroupKind::New,
            GroupKind::Paused,
        ];
        let groups = order.into_iter().filter_map(of).filter(|group| 0 < group.n_feeds);
        let said = groups.map(|group| format!("{} {}", group.n_feeds, group.kind.words().2));
        let said = said.collect::<Vec<_>>().join(", ");
        let total = self.frame.feeds.said();
        if said.is_empty() { total } else { format!("{total}: {said}") }
    }

    fn shown(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(|group| !group.rows.is_empty())
    }

    /// Whether this person may poll, pause and remove.
    fn can_order(&self) -> bool {
        Role::Admin <= self.frame.role
    }
}

/// `GET /feeds`.
pub(super) async fn show(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Query(query): Query<PageQuery>,
) -> Response {
    answer(async { html(&page(&app, &person?, &query).await?) }.await)
}

async fn page(app: &App, person: &Person, query: &PageQuery) -> Result<FeedsPage, Problem> {
    let start = query.after.as_deref().map(str::parse).transpose();
    let start: usize = start
        .map_err(|_| Problem::parameter("after", "after: not a place in the list"))?
        .unwrap_or_default();
    let visit = Visit::new(app, person);
    let back = query.after.as_ref().map(|_| format!("/feeds?after={start}"));
    let frame = visit.frame("feeds", back.unwrap_or_default(), None).await?;
    let id = query.last.as_deref().and_then(|id| id.parse().ok());
    let name = id.and_then(|id| visit.feeds.get(&id)).map(|feed| outlet(Some(feed)).text);
    let done = query.said().map(|said| match name {
        Some(name) => format!("{said}: {name}"),
        None => said.to_owned(),
    });
    Ok(FeedsPage::new(frame, &visit.standings, visit.scene, start, done))
}
