//! What people do with alerts through buttons: try and enable receivers, send alerts again, be
//! quiet for some time.
//!
//! Invariant: as all forms, they need our token, work without script and answer 303; many alerts
//! are sent again only after a page that says how many.

use std::time::Duration;

use askama::Template;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::model::view::{ReplayItemView, ReplayView, SkippedView};
use crate::model::{DeliveryId, MuteId, MuteMode, Role, Score, StoryId, Timestamp};
use crate::review::pages::forms::is_own_page;
use crate::review::pages::parts::Frame;
use crate::review::pages::problem::ProblemPage;
use crate::review::pages::visit::Visit;
use crate::review::pages::words::{Moment, inert};
use crate::review::pages::{answer, html};
use crate::review::{App, MuteWish, Person, Problem, ReplayMode, ReplayOrder, ReplayWhat, csrf};

/// Alerts that a preview names.
const NAMED_MAX: usize = 50;

/// All fields of all forms; which are needed depends on the form. Empty ones are not given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    /// Proof that the form is ours.
    csrf: String,
    /// The page to go back to.
    back: String,
    receiver: String,
    story: String,
    /// `yes`: only what was given up.
    dead: String,
    since: String,
    until: String,
    /// `1h`, `8h`, `morning`; empty: `until` says it.
    length: String,
    unless_score: String,
    /// `yes`: alerts are not made at all.
    drop: String,
    reason: String,
}

/// What a handler gets of a form.
type Posted = Result<Form<Sent>, FormRejection>;

/// `POST /receivers/{name}/{order}`: `test` or `enable`.
pub(super) async fn receiver(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Path((name, order)): Path<(String, String)>,
    form: Posted,
) -> Response {
    let outcome = async {
        allowed(&app, person, form, Role::Admin)?;
        let said = match order.as_str() {
            "test" => {
                let tested = app.controls.test_receiver(&name).await?;
                let word = if tested.error.is_none() { "tested" } else { "untaken" };
                let status = tested.status.map_or_else(String::new, |it| it.to_string());
                format!("said={word}&n={status}")
            }
            "enable" => {
                let enabled = app.controls.enable_receiver(&name).await?;
                format!("said=enabled&n={}", enabled.n_missed)
            }
            _ => return Err(Problem::unknown("such button")),
        };
        Ok(format!("/deliveries?{said}&last={}", escaped(&name)))
    };
    respond(outcome.await, "/deliveries")
}

/// `POST /deliveries/{id}/replay`: one alert is sent again.
pub(super) async fn replay_one(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Path(id): Path<String>,
    form: Posted,
) -> Response {
    let outcome = async {
        allowed(&app, person, form, Role::Admin)?;
        let unknown = || Problem::unknown(&format!("delivery {}", inert(&id)));
        let id: DeliveryId = id.parse().map_err(|_| unknown())?;
        let order = ReplayOrder { what: ReplayWhat::One(id), mode: ReplayMode::Send };
        let replayed = app.controls.replay(order).await?;
        Ok(format!("/deliveries?said=replayed&n={}", replayed.n_replayed))
    };
    respond(outcome.await, "/deliveries")
}

/// `GET /deliveries/replay`: what would be sent again, and a button that sends it.
pub(super) async fn preview(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Query(sent): Query<Sent>,
) -> Response {
    let page = async {
        let person = person?;
        person.needs(Role::Admin)?;
        let what = several(&sent)?;
        let view = app.controls.replay(ReplayOrder { what, mode: ReplayMode::Show }).await?;
        let visit = Visit::new(&app, &person);
        html(&ReplayPage {
            frame: visit.frame("deliveries", String::new(), None).await?,
            now: visit.scene.now,
            sent,
            view,
        })
    };
    answer(page.await)
}

/// `POST /deliveries/replay`: alerts of a time or a receiver are sent again.
pub(super) async fn replay(
    State(app): State<App>,
    person: Result<Person, Problem>,
    form: Posted,
) -> Response {
    let outcome = async {
        let (_, sent) = allowed(&app, person, form, Role::Admin)?;
        let what = several(&sent)?;
        let replayed = app.controls.replay(ReplayOrder { what, mode: ReplayMode::Send }).await?;
        Ok(format!("/deliveries?said=replayed&n={}", replayed.n_replayed))
    };
    respond(outcome.await, "/deliveries")
}

/// `POST /mutes`: somebody wants to hear nothing for some time.
pub(super) async fn mute(
    State(app): State<App>,
    person: Result<Person, Problem>,
    form: Posted,
) -> Response {
    let back = back_of(&form);
    let outcome = async {
        let (person, sent) = allowed(&app, person, form, Role::Reviewer)?;
        let wish = wish(&sent, app.clock.now())?;
        app.controls.mute(wish, &person.name).await?;
        Ok(with_word(&back, "said=muted"))
    };
    respond(outcome.await, &back)
}

/// `POST /mutes/{id}/end`: a mute ends now.
pub(super) async fn unmute(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Path(id): Path<String>,
    form: Posted,
) -> Response {
    let back = back_of(&form);
    let outcome = async {
        allowed(&app, person, form, Role::Reviewer)?;
        let unknown = || Problem::unknown(&format!("mute {}", inert(&id)));
        let id: MuteId = id.parse().map_err(|_| unknown())?;
        app.controls.unmute(id).await?;
        Ok(with_word(&back, "said=unmuted"))
    };
    respond(outcome.await, &back)
}

/// What would be sent again.
#[derive(Template)]
#[template(path = "replay.html")]
pub(super) struct ReplayPage {
    frame: Frame,
    now: Timestamp,
    sent: Sent,
    view: ReplayView,
}

impl ReplayPage {
    fn headline(&self) -> String {
        match self.view.n_replayed {
            0 => "Nothing would be sent".to_owned(),
            1 => "1 alert would be sent".to_owned(),
            n => format!("{n} alerts would be sent"),
        }
    }

    fn items(&self) -> impl Iterator<Item = (&ReplayItemView, Moment)> {
        let items = self.view.items.iter().take(NAMED_MAX);
        items.map(|item| (item, Moment::new(item.created, self.now)))
    }

    fn n_more(&self) -> u64 {
        self.view.n_replayed.saturating_sub(NAMED_MAX as u64)
    }

    fn skipped(&self) -> &[SkippedView] {
        &self.view.skipped
    }
}

/// Who may do it, with a form of ours.
fn allowed(
    app: &App,
    person: Result<Person, Problem>,
    form: Posted,
    role: Role,
) -> Result<(Person, Sent), Problem> {
    let person = person?;
    person.needs(role)?;
    let Form(sent) = form.map_err(|error| Problem::new(error.status(), error.body_text()))?;
    csrf::check(app, &person, Some(&sent.csrf))?;
    Ok((person, sent))
}

fn several(sent: &Sent) -> Result<ReplayWhat, Problem> {
    Ok(ReplayWhat::Several {
        receiver: given(&sent.receiver).map(str::to_owned),
        since: time("since", &sent.since)?,
        until: time("until", &sent.until)?,
        only_dead: sent.dead == "yes",
    })
}

fn wish(sent: &Sent, now: Timestamp) -> Result<MuteWish, Problem> {
    let hours = |n| Some(now.plus(Duration::from_hours(n)));
    let until = match sent.length.as_str() {
        "1h" => hours(1),
        "8h" => hours(8),
        "morning" => Some(tomorrow_morning(now)),
        _ => time("until", &sent.until)?,
    };
    let until = until.ok_or_else(|| Problem::field("until", "say how long, or until when"))?;
    let unknown_story = |id: &str| Problem::unknown(&format!("story {}", inert(id)));
    let story = given(&sent.story).map(|id| id.parse::<StoryId>().map_err(|_| unknown_story(id)));
    let score = given(&sent.unless_score).map(|text| {
        let score = text.parse().ok().and_then(|number| Score::new(number).ok());
        score.ok_or_else(|| Problem::field("unless_score", "a score is a number from 0 to 1"))
    });
    Ok(MuteWish {
        receiver: given(&sent.receiver).map(str::to_owned),
        story: story.transpose()?,
        until,
        unless_score: score.transpose()?,
        mode: if sent.drop == "yes" { MuteMode::Drop } else { MuteMode::Hold },
        reason: given(&sent.reason).map(str::to_owned),
    })
}

/// 8:00 of the day after, in UTC as all times on our pages.
fn tomorrow_morning(now: Timestamp) -> Timestamp {
    const DAY_MS: i64 = 86_400_000;
    let midnight = now.unix_ms().div_euclid(DAY_MS) * DAY_MS;
    let midnight = Timestamp::from_unix_ms(midnight).unwrap_or(now);
    midnight.plus(Duration::from_hours(24 + 8))
}

fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// A time as the browser's field says it, `2026-11-24T06:00`, which is in UTC here.
fn time(name: &str, text: &str) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = given(text) else { return Ok(None) };
    let read = text.parse().or_else(|_| format!("{text}:00Z").parse::<Timestamp>());
    let read = read.or_else(|_| format!("{text}T00:00:00Z").parse());
    let refused = |_| Problem::field(name, "a time is written like 2026-11-24T06:00");
    read.map(Some).map_err(refused)
}

fn back_of(form: &Posted) -> String {
    let back = form.as_ref().map(|form| form.back.as_str()).unwrap_or_default();
    if is_own_page(back) { back.to_owned() } else { "/deliveries".to_owned() }
}

fn with_word(back: &str, word: &str) -> String {
    let joint = if back.contains('?') { '&' } else { '?' };
    format!("{back}{joint}{word}")
}

fn escaped(name: &str) -> String {
    url::form_urlencoded::byte_serialize(name.as_bytes()).collect()
}

fn respond(outcome: Result<String, Problem>, back: &str) -> Response {
    match outcome {
        Ok(place) => Redirect::to(&place).into_response(),
        Err(problem) => ProblemPage::of_alert(&problem, back).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a person who is quiet until tomorrow is woken at eight, not at night.
    #[test]
    fn morning_is_the_day_after() {
        for now in ["2026-11-24T00:00:00Z", "2026-11-24T23:59:59Z"] {
            let morning = tomorrow_morning(now.parse().unwrap());
            assert_eq!(morning.to_string(), "2026-11-25T08:00:00Z");
        }
    }

    /// Goal: what a browser's field for times says is understood.
    #[test]
    fn times_of_fields_are_read() {
        for text in ["2026-11-24T06:00", "2026-11-24T06:00:00Z"] {
            let read = time("since", text).unwrap().unwrap();
            assert_eq!(read.to_string(), "2026-11-24T06:00:00Z");
        }
        assert_eq!(time("since", " ").unwrap(), None);
        assert!(time("since", "soon").is_err());
    }
}
