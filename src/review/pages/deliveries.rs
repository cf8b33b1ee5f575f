//! Deliveries: what was told to whom, what waits, what was given up.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::model::view::shortened;
use crate::model::view::{ReceiverStanding, ReceiverView};
use crate::model::{
    AlertKind, Attempt, Delivery, DeliveryId, DeliveryState, Language, Languages, Mute, MuteId,
    MuteMode, Role, Story, StoryId, Timestamp, WhyDisabled,
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
    pub(super) mutes: Vec<MuteRow>,
    /// What was done last.
    pub(super) done: Option<String>,
    pub(super) dead: Vec<DeliveryRow>,
    pub(super) pending: Vec<DeliveryRow>,
    pub(super) sent: Vec<DeliveryRow>,
    pub(super) next: Option<String>,
}

/// One receiver.
pub(super) struct ReceiverRow {
    pub(super) name: String,
    /// Its name in an address.
    pub(super) path: String,
    pub(super) format: String,
    pub(super) class: &'static str,
    pub(super) state: String,
    pub(super) muted: Option<Moment>,
    pub(super) n_pending: u64,
    pub(super) oldest: Option<Moment>,
    pub(super) n_dead: u64,
    pub(super) is_off: bool,
    pub(super) is_configured: bool,
}

impl ReceiverRow {
    pub(super) fn new(view: ReceiverView, now: Timestamp) -> Self {
        let (class, state) = standing_said(&view, now);
        let at = |time| Moment::new(time, now);
        Self {
            path: utf8_percent(&view.name),
            name: view.name,
            format: view.format.unwrap_or_default(),
            class,
            state,
            muted: view.muted_until.map(at),
            n_pending: view.n_pending,
            oldest: view.oldest.map(at),
            n_dead: view.n_dead,
            is_off: view.state == ReceiverStanding::Off,
            is_configured: view.state != ReceiverStanding::NotConfigured,
        }
    }
}

/// The class and the words of how a receiver stands.
fn standing_said(view: &ReceiverView, now: Timestamp) -> (&'static str, String) {
    let at = |time: Option<Timestamp>| time.map(|it| Moment::new(it, now));
    match view.state {
        ReceiverStanding::Fine => ("ok", "fine".to_owned()),
        ReceiverStanding::Paused => {
            let until = at(view.paused_until).map(|it| it.clock).unwrap_or_default();
            ("wait", format!("pausing until {until}: it asked for that"))
        }
        ReceiverStanding::LeftAlone => {
            let since = at(view.left_alone_since).map(|it| it.distance).unwrap_or_default();
            (
                "wait",
                format!(
                    "left alone, {since}: it nearly always fails, so one is tried now and then"
                ),
            )
        }
        ReceiverStanding::Off => {
            let since = at(view.off_since).map(|it| it.distance).unwrap_or_default();
            let why = view.why_off.map(WhyDisabled::in_words).unwrap_or_default();
            ("bad", format!("switched off, {since}: {why}; its alerts are kept"))
        }
        ReceiverStanding::NotConfigured => {
            ("wait", "not in the configuration: its alerts wait".to_owned())
        }
    }
}

/// A name as one part of a path.
fn utf8_percent(name: &str) -> String {
    // A form writes a blank as a plus, which means itself in a path.
    let escaped: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    escaped.replace('+', "%20")
}

/// A mute that has not ended.
pub(super) struct MuteRow {
    pub(super) id: MuteId,
    pub(super) what: String,
    pub(super) story: Option<(StoryId, Foreign)>,
    pub(super) until: Moment,
    pub(super) is_dropping: bool,
    pub(super) unless_score: Option<String>,
    pub(super) by: String,
    pub(super) reason: String,
}

impl MuteRow {
    fn new(mute: &Mute, story: Option<&Story>, languages: &Languages, now: Timestamp) -> Self {
        let gone = || Foreign::title("a story that is gone", Language::UNKNOWN);
        let title = || story.map_or_else(gone, |it| title_of(it, languages));
        Self {
            id: mute.id,
            what: mute.receiver.clone().unwrap_or_else(|| "all receivers".to_owned()),
            story: mute.story.map(|id| (id, title())),
            until: Moment::new(mute.until, now),
            is_dropping: mute.mode == MuteMode::Drop,
            unless_score: mute.unless_score.map(|score| score.to_string()),
            by: inert(&mute.by),
            reason: inert(mute.reason.as_deref().unwrap_or_default()),
        }
    }
}

/// What was done last, with what it was about and a number that belongs to it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct DoneQuery {
    #[serde(default)]
    said: Option<String>,
    #[serde(default)]
    last: Option<String>,
    #[serde(default)]
    n: Option<String>,
}

impl DoneQuery {
    /// What was done last, in words.
    fn in_words(&self) -> Option<String> {
        let last = inert(self.last.as_deref().unwrap_or_default());
        let n: u64 = self.n.as_deref().and_then(|n| n.parse().ok()).unwrap_or_default();
        Some(match self.said.as_deref()? {
            "tested" => format!("{last} took the test: answer {n}"),
            "untaken" if n == 0 => format!("{last} did not take the test: no answer"),
            "untaken" => format!("{last} did not take the test: answer {n}"),
            "enabled" if n == 0 => format!("{last} is on"),
            "enabled" => format!(
                "{last} is on; it missed {}, which are dead letters",
                count(n, "alert", "alerts")
            ),
            "replayed" if n == 0 => "Nothing was sent: it waits already".to_owned(),
            "replayed" => format!("{} sent again", count(n, "alert is", "alerts are")),
            "muted" => "Muted".to_owned(),
            "unmuted" => "The mute has ended".to_owned(),
            _ => return None,
        })
    }
}

/// One delivery.
pub(super) struct DeliveryRow {
    pub(super) id: DeliveryId,
    /// Whether it was given up and can be sent again.
    pub(super) is_replayable: bool,
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
            id: delivery.id,
            is_replayable: matches!(delivery.state, DeliveryState::Dead { .. })
                && !delivery.body.is_empty(),
            class,
            state: if delivery.is_held { "held until" } else { state },
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
    /// Whether this person may try receivers and send alerts again.
    fn can_order(&self) -> bool {
        Role::Admin <= self.frame.role
    }

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
    Query(done): Query<DoneQuery>,
) -> Response {
    let page = async {
        let page = page(&app, &person?, languages, &query).await?;
        html(&DeliveriesPage { done: done.in_words(), ..page })
    };
    answer(page.await)
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
        mutes: mutes(&visit).await?,
        done: None,
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

async fn receivers(app: &App, now: Timestamp) -> Result<Vec<ReceiverRow>, Problem> {
    let views = app.controls.receiver_views().await?;
    Ok(views.into_iter().map(|view| ReceiverRow::new(view, now)).collect())
}

async fn mutes(visit: &Visit<'_>) -> Result<Vec<MuteRow>, StoreError> {
    let now = visit.scene.now;
    let mut rows = Vec::new();
    for mute in visit.app.store.mutes().await?.iter().filter(|mute| now < mute.until) {
        let story = match mute.story {
            Some(id) => visit.app.store.story(id).await?,
            None => None,
        };
        rows.push(MuteRow::new(mute, story.as_ref(), &visit.languages, now));
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
