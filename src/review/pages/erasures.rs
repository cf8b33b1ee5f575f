//! Erasing an article through a form.
//!
//! Invariant: nothing is erased without a reason and a tick that says so.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::model::{MatchId, Role, StoryId};
use crate::review::api::matches::erased;
use crate::review::pages::problem::ProblemPage;
use crate::review::pages::words::inert;
use crate::review::{App, Person, Problem, csrf};

/// All fields of the form.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Sent {
    /// Proof that the form is ours.
    #[serde(default)]
    csrf: String,
    /// Which article.
    #[serde(default)]
    article: String,
    /// Why.
    #[serde(default)]
    reason: String,
    /// `yes`: the person knows that there is no way back.
    #[serde(default)]
    sure: Option<String>,
}

/// What a handler gets of a form.
type Posted = Result<Form<Sent>, FormRejection>;

/// `POST /stories/{id}/erase`: one article of the story goes for good.
pub(super) async fn erase(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Path(id): Path<String>,
    form: Posted,
) -> Response {
    let reason = form.as_ref().map(|form| form.reason.clone()).unwrap_or_default();
    match done(&app, person, &id, form).await {
        Ok(place) => Redirect::to(&place).into_response(),
        Err(problem) => {
            let back = id.parse::<StoryId>().ok().map(|id| format!("/stories/{id}"));
            ProblemPage::of_form(&problem, Some(&reason), back.as_deref()).into_response()
        }
    }
}

/// Does it, and says which page comes then.
async fn done(
    app: &App,
    person: Result<Person, Problem>,
    id: &str,
    form: Posted,
) -> Result<String, Problem> {
    let person = person?;
    person.needs(Role::Admin)?;
    let Form(sent) = form.map_err(|error| Problem::new(error.status(), error.body_text()))?;
    csrf::check(app, &person, Some(&sent.csrf))?;
    let unknown = |what: &str, id: &str| Problem::unknown(&format!("{what} {}", inert(id)));
    let story: StoryId = id.parse().map_err(|_| unknown("story", id))?;
    let article: MatchId = sent.article.parse().map_err(|_| unknown("article", &sent.article))?;
    if sent.sure.as_deref() != Some("yes") {
        return Err(Problem::field("sure", "tick that you want to erase it for good"));
    }
    erased(app, &person, article, sent.reason).await?;
    Ok(match app.store.current_story(story).await? {
        Some(story) => format!("/stories/{}?said=erased", story.id),
        None => "/?said=erased".to_owned(),
    })
}
