//! Feeds: which are fine, which are not, and what is wrong with them.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::model::view::{FeedPhase, FeedStateView};
use crate::review::pages::parts::{Frame, Scene, outlet};
use crate::review::pages::visit::Visit;
use crate::review::pages::words::{Foreign, Moment, SideMark, count, inert};
use crate::review::pages::{answer, html};
use crate::review::{App, FeedStanding, Person, Problem};

#[derive(Template)]
#[template(path = "feeds.html")]
pub(super) struct FeedsPage {
    pub(super) frame: Frame,
    /// Those with trouble, then those that wait for their first poll, then those that are fine.
    pub(super) failing: Vec<FeedRow>,
    pub(super) new: Vec<FeedRow>,
    pub(super) fine: Vec<FeedRow>,
}

/// One feed.
pub(super) struct FeedRow {
    pub(super) class: &'static str,
    pub(super) state: String,
    pub(super) title: Foreign,
    pub(super) home: SideMark,
    pub(super) url: String,
    pub(super) error: Option<String>,
    pub(super) last_success: Option<Moment>,
    pub(super) last_poll: Option<Moment>,
    pub(super) next: String,
    pub(super) entries: String,
    pub(super) streak: u32,
}

impl FeedRow {
    fn new(standing: &FeedStanding, scene: Scene) -> Self {
        let view = FeedStateView::new(&standing.feed, standing.state.as_ref());
        let moment = |time| Moment::new(time, scene.now);
        let (class, state) = match view.state {
            FeedPhase::Ok => ("ok", "fine".to_owned()),
            FeedPhase::New => ("wait", "not read yet".to_owned()),
            FeedPhase::Gone => ("bad", "gone".to_owned()),
            FeedPhase::Failing => {
                ("bad", format!("failing, {}", count(u64::from(view.streak), "time", "times")))
            }
        };
        let is_gone = view.state == FeedPhase::Gone;
        let next = view.next_poll.filter(|_| !is_gone).map(moment);
        Self {
            class,
            state,
            title: outlet(Some(&standing.feed)),
            home: scene.sides.home(view.side),
            url: inert(&view.url),
            error: view
                .error
                .map(|error| inert(&error))
                .or_else(|| is_gone.then(|| GONE.to_owned())),
            last_success: view.last_success.map(moment),
            last_poll: view.last_poll.map(moment),
            next: next.map_or_else(
                || if is_gone { "never".to_owned() } else { "now".to_owned() },
                |next| next.clock,
            ),
            entries: count(u64::from(view.n_entries), "entry", "entries"),
            streak: view.streak,
        }
    }
}

const GONE: &str = "The site says that this feed is gone (410). It is asked no more.";

impl FeedsPage {
    pub(super) fn new(frame: Frame, standings: &[FeedStanding], scene: Scene) -> Self {
        let mut page = Self { frame, failing: Vec::new(), new: Vec::new(), fine: Vec::new() };
        for row in standings.iter().map(|it| FeedRow::new(it, scene)) {
            match row.class {
                "bad" => page.failing.push(row),
                "wait" => page.new.push(row),
                _ => page.fine.push(row),
            }
        }
        page
    }

    fn headline(&self) -> String {
        let parts = [
            (self.fine.len(), "fine"),
            (self.failing.len(), "failing"),
            (self.new.len(), "not read yet"),
        ];
        let said = parts.iter().filter(|(n, _)| 0 < *n).map(|(n, word)| format!("{n} {word}"));
        let said = said.collect::<Vec<_>>().join(", ");
        let total = self.frame.feeds.said();
        if said.is_empty() { total } else { format!("{total}: {said}") }
    }

    fn groups(&self) -> Vec<(&'static str, &'static str, &[FeedRow])> {
        let all = [
            ("look", "Worth a look", self.failing.as_slice()),
            ("new", "Not read yet", self.new.as_slice()),
            ("fine", "Fine", self.fine.as_slice()),
        ];
        all.into_iter().filter(|(_, _, feeds)| !feeds.is_empty()).collect()
    }
}

/// `GET /feeds`.
pub(super) async fn show(State(app): State<App>, person: Result<Person, Problem>) -> Response {
    answer(async { html(&page(&app, &person?).await?) }.await)
}

async fn page(app: &App, person: &Person) -> Result<FeedsPage, Problem> {
    let visit = Visit::new(app, person);
    let frame = visit.frame("feeds", String::new(), None).await?;
    Ok(FeedsPage::new(frame, &visit.standings, visit.scene))
}
