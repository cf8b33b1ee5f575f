//! What people do with feeds through buttons: poll now, pause, resume, remove.
//!
//! Invariant: as all forms, they need our token, work without script and answer 303.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::model::{FeedId, Role};
use crate::review::pages::forms::is_own_page;
use crate::review::pages::problem::ProblemPage;
use crate::review::pages::words::inert;
use crate::review::{App, Person, Problem, Urgency, csrf};

/// The fields of the form.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    csrf: String,
    /// The page to go back to.
    #[serde(default)]
    back: Option<String>,
}

/// `POST /feeds/{id}/{order}`.
pub(super) async fn order(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Path((id, order)): Path<(String, String)>,
    form: Result<Form<Sent>, FormRejection>,
) -> Response {
    let sent = form.as_ref().map(|form| form.0.clone()).unwrap_or_default();
    let back = sent.back.as_deref().filter(|it| is_own_page(it)).unwrap_or("/feeds");
    match obey(&app, person, &id, &order, form).await {
        Ok(said) => {
            let joint = if back.contains('?') { '&' } else { '?' };
            Redirect::to(&format!("{back}{joint}said={said}&last={id}")).into_response()
        }
        Err(problem) => ProblemPage::of_order(&problem, back).into_response(),
    }
}

/// Does it, and returns the word for what was done.
async fn obey(
    app: &App,
    person: Result<Person, Problem>,
    id: &str,
    order: &str,
    form: Result<Form<Sent>, FormRejection>,
) -> Result<&'static str, Problem> {
    let person = person?;
    person.needs(Role::Admin)?;
    let form = form.map_err(|error| Problem::new(error.status(), error.body_text()))?;
    csrf::check(app, &person, Some(&form.csrf))?;
    let unknown = || Problem::unknown(&format!("feed {}", inert(id)));
    let id: FeedId = id.parse().map_err(|_| unknown())?;
    let said = match order {
        "poll" => app.controls.poll_feed(id, Urgency::Polite).await.map(|()| "polled"),
        "pause" => app.controls.pause_feed(id).await.map(|()| "paused"),
        "resume" => app.controls.resume_feed(id).await.map(|()| "resumed"),
        "remove" => app.controls.remove_feed(id).await.map(|()| "removed"),
        _ => return Err(Problem::unknown("such button")),
    };
    Ok(said?)
}
