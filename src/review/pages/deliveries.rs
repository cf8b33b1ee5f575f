//! Deliveries: what was told to whom, what waits, what was given up.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use crate::model::view::shortened;
use crate::model::{
    AlertKind, Attempt, Delivery, DeliveryState, Language, Languages, ReceiverState, Story,
    StoryId, Timestamp,
};
use crate::review::pages::parts::{Frame, Scene, title_of};
use crate::review::pages::visit::{PageQuery, Visit};
use crate::review::pages::words::{Foreign, Moment, count, inert};
use crate::review::pages::{answer, html};
use crate::review::reading::Reading;
use crate::review::{App, Person, Problem};
use crate::store::{DeliveryFilter, DeliveryPhase, Page, PageRequest, StoreError};

/// Delivered ones on one page.
const SENT_MAX: usize = 30;

/// Those that wait or were given up, each; the head says how many there are.
const TROUBLE_MAX: usize = 20;

/// Tries shown of one delivery, the last.
const TRIES_MAX: usize = 8;

/// What is shown of an answer.
const ANSWER_CHARACTERS_MAX: usize = 120;

#[derive(Template)]
#[template(path = "deliveries.html")]
pub(super) struct DeliveriesPage {
    pub(super) frame: Frame,
    pub(super) receivers: Vec<ReceiverRow>,
    pub(super) dead: Vec<DeliveryRow>,
    pub(super) pending: Vec<DeliveryRow>,
    pub(super) sent: Vec<DeliveryRow>,
    pub(super) next: Option<String>,
}

/// One receiver.
pub(super) struct ReceiverRow {
    pub(super) name: String,
    pub(super) class: &'static str,
    pub(super) state: String,
}

impl ReceiverRow {
    pub(super) fn new(name: String, state: Option<&ReceiverState>, now: Timestamp) -> Self {
        let paused = state.and_then(|it| it.paused_until).filter(|until| now < *until);
        let (class, state) = match (state.and_then(|it| it.disabled), paused) {
            (Some(since), _) => {
                let since = Moment::new(since, now);
                (
                    "bad",
                    format!(
                        "switched off: it said 410 Gone, {}; its alerts are kept",
                        since.distance
                    ),
                )
            }
            (None, Some(until)) => (
                "wait",
                format!("pausing until {}: it asked for that", Moment::new(until, now).clock),
            ),
            (None, None) => ("ok", "fine".to_owned()),
        };
        Self { name, class, state }
    }
}

/// One delivery.
pub(super) struct DeliveryRow {
    pub(super) class: &'static str,
    pub(super) state: &'static str,
    pub(super) at: Moment,
    pub(super) receiver: String,
    pub(super) kind: AlertKind,
    pub(super) answer: String,
    pub(super) story: Option<StoryId>,
    pub(super) title: Foreign,
    pub(super) event: String,
    pub(super) tries: Vec<TryRow>,
    n_tries: usize,
}

/// One try at a delivery.
pub(super) struct TryRow {
    pub(super) at: Moment,
    pub(super) answer: String,
    pub(super) took_ms: u64,
    pub(super) words: String,
}

impl DeliveryRow {
    fn new(
        delivery: &Delivery,
        story: Option<&Story>,
        languages: &Languages,
        scene: Scene,
    ) -> Self {
        let (class, state, at) = class_of_state(delivery.state);
        let gone = || {
            let words = match delivery.kind {
                AlertKind::Digest => "a digest",
                AlertKind::ReceiverDisabled => "a notice about a receiver",
                _ => "a story that is gone",
            };
            Foreign::title(words, Language::UNKNOWN)
        };
        let tries = delivery.attempts.iter().rev().take(TRIES_MAX).map(|it| TryRow {
            at: Moment::new(it.at, scene.now),
            answer: answer_said(Some(it)),
            took_ms: it.took_ms,
            words: shortened(&inert(&it.answer), ANSWER_CHARACTERS_MAX),
        });
        Self {
            class,
            state,
            at: Moment::new(at, scene.now),
            receiver: delivery.receiver.clone(),
            kind: delivery.kind,
            answer: answer_said(delivery.attempts.last()),
            story: delivery.story,
            title: story.map_or_else(gone, |it| title_of(it, languages)),
            event: delivery.event.webhook_id(),
            tries: tries.collect(),
            n_tries: delivery.attempts.len(),
        }
    }

    fn tries_said(&self) -> String {
        count(u64::try_from(self.n_tries).unwrap_or(u64::MAX), "try", "tries")
    }
}

impl DeliveriesPage {
    fn headline(&self) -> String {
        let counts = &self.frame.counts;
        match (counts.deliveries_pending, counts.deliveries_dead) {
            (0, 0) if self.sent.is_empty() => "Nothing was sent yet".to_owned(),
            (0, 0) => "Everything is delivered".to_owned(),
            (pending, dead) => format!("{pending} waiting, {dead} dead"),
        }
    }

    fn groups(&self) -> Vec<(&'static str, &'static str, &[DeliveryRow])> {
        let all = [
            ("dead", "Dead", self.dead.as_slice()),
            ("waiting", "Waiting", self.pending.as_slice()),
            ("sent", "Delivered", self.sent.as_slice()),
        ];
        all.into_iter().filter(|(_, _, rows)| !rows.is_empty()).collect()
    }
}

/// The class, the words and the time of where a delivery stands.
pub(super) fn class_of_state(state: DeliveryState) -> (&'static str, &'static str, Timestamp) {
    match state {
        DeliveryState::Pending { due } => ("wait", "next try", due),
        DeliveryState::Delivered { at } => ("ok", "delivered", at),
        DeliveryState::Dead { at } => ("bad", "given up", at),
    }
}

/// `answer 200 in 84 ms`; empty when nothing was tried.
pub(super) fn answer_said(attempt: Option<&Attempt>) -> String {
    match attempt {
        None => String::new(),
        Some(Attempt { error: Some(error), .. }) => inert(error),
        Some(Attempt { status: Some(status), took_ms, .. }) => {
            format!("answer {status} in {took_ms} ms")
        }
        Some(Attempt { took_ms, .. }) => format!("taken in {took_ms} ms"),
    }
}

/// `GET /deliveries`.
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
) -> Result<DeliveriesPage, Problem> {
    let visit = Visit::new(app, person).reading(languages);
    let first = |phase| of_phase(app, phase, PageRequest::first(TROUBLE_MAX));
    let (dead, pending) = match query.after {
        None => {
            (first(DeliveryPhase::Dead).await?.items, first(DeliveryPhase::Pending).await?.items)
        }
        Some(_) => (Vec::new(), Vec::new()),
    };
    let sent = of_phase(app, DeliveryPhase::Delivered, query.request(SENT_MAX)).await?;
    Ok(DeliveriesPage {
        frame: visit.frame("deliveries", String::new(), None).await?,
        receivers: receivers(app, visit.scene.now).await?,
        dead: rows(&visit, &dead).await?,
        pending: rows(&visit, &pending).await?,
        sent: rows(&visit, &sent.items).await?,
        next: sent.next,
    })
}

async fn of_phase(
    app: &App,
    phase: DeliveryPhase,
    page: PageRequest,
) -> Result<Page<Delivery>, StoreError> {
    let filter = DeliveryFilter { phase: Some(phase), ..DeliveryFilter::default() };
    app.store.deliveries(filter, page).await
}

async fn receivers(app: &App, now: Timestamp) -> Result<Vec<ReceiverRow>, StoreError> {
    let mut rows = Vec::new();
    for name in app.controls.receivers() {
        let state = app.store.receiver(&name).await?;
        rows.push(ReceiverRow::new(name, state.as_ref(), now));
    }
    Ok(rows)
}

async fn rows(visit: &Visit<'_>, deliveries: &[Delivery]) -> Result<Vec<DeliveryRow>, StoreError> {
    let mut rows = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        let story = match delivery.story {
            Some(id) => visit.app.store.story(id).await?,
            None => None,
        };
        rows.push(DeliveryRow::new(delivery, story.as_ref(), &visit.languages, visit.scene));
    }
    Ok(rows)
}
