//! What people say through forms: verdicts, notes, rescues, undo.
//!
//! Invariant: a form works without script and answers 303; `script.js` asks for JSON and gets
//! the new revision, so that the same form can be sent again.

use axum::Form;
use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};

use crate::model::{
    MatchId, NearMiss, Review, ReviewVerdict, ReviewVerdictError, Role, StoryId, Subject,
};
use crate::review::pages::problem::ProblemPage;
use crate::review::pages::words::inert;
use crate::review::undo;
use crate::review::{AlertWanted, App, Person, Problem, csrf};
use crate::store::{ReviewChange, StoreError, Undone};

/// All fields of all forms; which are needed depends on the form.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Sent {
    /// Proof that the form is ours.
    #[serde(default)]
    csrf: String,
    /// `relevant`, `not_relevant`, `unsure`; empty takes it back.
    #[serde(default)]
    verdict: Option<String>,
    /// Empty removes it.
    #[serde(default)]
    note: Option<String>,
    /// What the page knew of.
    #[serde(default)]
    revision: Option<u64>,
    /// `yes`: a rescue tells receivers.
    #[serde(default)]
    alert: Option<String>,
    /// The page to go back to.
    #[serde(default)]
    back: Option<String>,
    /// What to undo, if it is a near miss.
    #[serde(default)]
    near_miss: Option<String>,
}

/// What was done; the JSON answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Done {
    /// The row's `id` in the page.
    row: Option<String>,
    /// Its verdict from now on.
    verdict: Option<ReviewVerdict>,
    /// Its revision from now on.
    revision: u64,
    #[serde(skip)]
    place: String,
}

/// What a handler gets of a form.
type Posted = Result<Form<Sent>, FormRejection>;

/// `POST /stories/{id}/review`: verdict, and the note if the form has one.
pub(super) async fn review_story(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Posted,
) -> Response {
    let sent = form.as_ref().map(|form| form.0.clone()).unwrap_or_default();
    let outcome = async {
        let person = allowed(&app, person, form)?;
        let verdict = Some(verdict_of(&sent)?);
        let id = story_of(&id)?;
        let change = ReviewChange { verdict, ..change(&app, &person, id, &sent)? };
        change_story(&app, id, change, place(&sent, "/", &format!("last={id}"))).await
    };
    respond(outcome.await, &headers, &sent)
}

/// `POST /stories/{id}/note`: the note alone.
pub(super) async fn note_story(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Posted,
) -> Response {
    let sent = form.as_ref().map(|form| form.0.clone()).unwrap_or_default();
    let outcome = async {
        let person = allowed(&app, person, form)?;
        if sent.note.is_none() {
            return Err(Problem::field("note", "a note is needed; an empty one removes it"));
        }
        let id = story_of(&id)?;
        let change = change(&app, &person, id, &sent)?;
        change_story(&app, id, change, place(&sent, "/", &format!("said=noted&last={id}"))).await
    };
    respond(outcome.await, &headers, &sent)
}

fn story_of(id: &str) -> Result<StoryId, Problem> {
    id.parse().map_err(|_| Problem::unknown(&format!("story {}", inert(id))))
}

/// What a form says of a story, without the verdict.
fn change(app: &App, person: &Person, id: StoryId, sent: &Sent) -> Result<ReviewChange, Problem> {
    let note = sent.note.as_deref().map(str::trim);
    if note.is_some_and(|note| Review::NOTE_CHARACTERS_MAX < note.chars().count()) {
        let detail = format!("a note has at most {} characters", Review::NOTE_CHARACTERS_MAX);
        return Err(Problem::field("note", detail));
    }
    Ok(ReviewChange {
        subject: Subject::Story(id),
        verdict: None,
        note: note.map(|note| (!note.is_empty()).then(|| note.to_owned())),
        by: person.name.clone(),
        at: app.clock.now(),
        expected: sent.revision,
    })
}

async fn change_story(
    app: &App,
    id: StoryId,
    change: ReviewChange,
    place: String,
) -> Result<Done, Problem> {
    let review = app.store.review(change).await?;
    let row = Some(format!("s-{id}"));
    Ok(Done { row, verdict: review.verdict, revision: review.revision, place })
}

/// `POST /near-misses/{id}/review`: `relevant` rescues, `not_relevant` leaves it out, empty
/// takes either back.
pub(super) async fn review_near_miss(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Posted,
) -> Response {
    let sent = form.as_ref().map(|form| form.0.clone()).unwrap_or_default();
    let outcome = async {
        let person = allowed(&app, person, form)?;
        let near_miss = near_miss(&app, &id).await?;
        let present = near_miss.review.as_ref().map_or(0, |it| it.revision);
        if sent.revision.is_some_and(|expected| expected != present) {
            return Err(StoreError::Conflict.into());
        }
        let verdict = verdict_of(&sent)?;
        let near_miss = judge(&app, &person, near_miss, verdict, &sent).await?;
        let said = if verdict.is_some() { "last=" } else { "said=undone&last=" };
        Ok(done_with(&near_miss, place(&sent, "/near-misses", &format!("{said}{}", near_miss.id))))
    };
    respond(outcome.await, &headers, &sent)
}

/// Changes a near miss from what was said of it to `verdict`.
async fn judge(
    app: &App,
    person: &Person,
    near_miss: NearMiss,
    verdict: Option<ReviewVerdict>,
    sent: &Sent,
) -> Result<NearMiss, Problem> {
    let before = near_miss.review.as_ref().and_then(|it| it.verdict);
    if before == verdict {
        return Ok(near_miss);
    }
    if before == Some(ReviewVerdict::Relevant) {
        app.controls.withdraw(near_miss.id).await?;
    }
    match verdict {
        Some(ReviewVerdict::Relevant) => {
            let is_wanted = sent.alert.as_deref() == Some("yes");
            let alert = if is_wanted { AlertWanted::Yes } else { AlertWanted::No };
            app.controls.rescue(near_miss.id, &person.name, alert).await?;
        }
        Some(verdict) => {
            let revision = near_miss.review.map_or(0, |it| it.revision) + 1;
            let review = Review {
                verdict: Some(verdict),
                note: None,
                by: person.name.clone(),
                at: app.clock.now(),
                revision,
                is_inherited: false,
            };
            app.store.review_near_miss(near_miss.id, Some(review)).await?;
        }
        None if before == Some(ReviewVerdict::Relevant) => {}
        None => {
            app.store.review_near_miss(near_miss.id, None).await?;
        }
    }
    self::near_miss(app, &near_miss.id.to_string()).await
}

async fn near_miss(app: &App, id: &str) -> Result<NearMiss, Problem> {
    let unknown = || Problem::unknown(&format!("near miss {}", inert(id)));
    let id: MatchId = id.parse().map_err(|_| unknown())?;
    app.store.near_miss(id).await?.ok_or_else(unknown)
}

fn done_with(near_miss: &NearMiss, place: String) -> Done {
    let review = near_miss.review.as_ref();
    Done {
        row: Some(format!("m-{}", near_miss.id)),
        verdict: review.and_then(|it| it.verdict),
        revision: review.map_or(0, |it| it.revision),
        place,
    }
}

/// `POST /reviews/undo`: takes back the near miss that the form names, else this person's last
/// verdict.
pub(super) async fn undo(
    State(app): State<App>,
    person: Result<Person, Problem>,
    headers: HeaderMap,
    form: Posted,
) -> Response {
    let sent = form.as_ref().map(|form| form.0.clone()).unwrap_or_default();
    let outcome = async {
        let person = allowed(&app, person, form)?;
        match sent.near_miss.as_deref().filter(|id| !id.is_empty()) {
            Some(id) => {
                let before = near_miss(&app, id).await?;
                let near_miss = judge(&app, &person, before, None, &sent).await?;
                let said = format!("said=undone&last={}", near_miss.id);
                Ok(done_with(&near_miss, place(&sent, "/near-misses", &said)))
            }
            None => undo_last(&app, &person, &sent).await,
        }
    };
    respond(outcome.await, &headers, &sent)
}

async fn undo_last(app: &App, person: &Person, sent: &Sent) -> Result<Done, Problem> {
    let undone = undo::last(app, person).await?;
    let story = match undone.as_ref().map(Undone::subject) {
        Some(Subject::Story(id)) => app.store.story(id).await?,
        _ => None,
    };
    let review = story.as_ref().and_then(|it| it.review.as_ref());
    let word = match &undone {
        None => "nothing",
        Some(Undone::Correction { n_kept: 0, .. }) => "back",
        Some(Undone::Correction { .. }) => "partly",
        Some(Undone::Review(_)) => "undone",
    };
    let last = story.as_ref().map(|story| format!("&last={}", story.id)).unwrap_or_default();
    let said = format!("said={word}{last}");
    Ok(Done {
        row: story.as_ref().map(|it| format!("s-{}", it.id)),
        verdict: review.and_then(|it| it.verdict),
        revision: review.map_or(0, |it| it.revision),
        place: place(sent, "/", &said),
    })
}

/// Who may judge, with a form of ours.
fn allowed(app: &App, person: Result<Person, Problem>, form: Posted) -> Result<Person, Problem> {
    let person = person?;
    person.needs(Role::Reviewer)?;
    let form = form.map_err(|error| Problem::new(error.status(), error.body_text()))?;
    csrf::check(app, &person, Some(&form.csrf))?;
    Ok(person)
}

/// The verdict that a form says; an empty one takes it back.
fn verdict_of(sent: &Sent) -> Result<Option<ReviewVerdict>, Problem> {
    match sent.verdict.as_deref() {
        None => Err(Problem::field("verdict", "a verdict is needed")),
        Some("") => Ok(None),
        Some(word) => {
            let verdict = word.parse().map(Some);
            verdict
                .map_err(|error: ReviewVerdictError| Problem::field("verdict", error.to_string()))
        }
    }
}

/// The page to go back to, saying what was done.
fn place(sent: &Sent, usual: &str, said: &str) -> String {
    let back = sent.back.as_deref().filter(|it| is_own_page(it)).unwrap_or(usual);
    let joint = if back.contains('?') { '&' } else { '?' };
    format!("{back}{joint}{said}")
}

/// Whether an address is a page of ours: a form must not lead elsewhere.
pub(super) fn is_own_page(address: &str) -> bool {
    const ADDRESS_BYTES_MAX: usize = 500;
    let mut bytes = address.bytes();
    let is_rooted = bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'));
    let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    is_rooted && is_plain && address.len() <= ADDRESS_BYTES_MAX
}

fn respond(outcome: Result<Done, Problem>, headers: &HeaderMap, sent: &Sent) -> Response {
    let accepts = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let is_script = accepts.contains("application/json");
    match outcome {
        Ok(done) if is_script => (StatusCode::OK, Json(done)).into_response(),
        Ok(done) => Redirect::to(&done.place).into_response(),
        Err(problem) if is_script => problem.into_response(),
        Err(problem) => {
            let back = sent.back.as_deref().filter(|it| is_own_page(it));
            ProblemPage::of_form(&problem, sent.note.as_deref(), back).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: nobody is led to another site by a form that was filled in for them.
    #[test]
    fn forms_lead_back_to_our_pages_only() {
        for own in ["/", "/?after=abc", "/stories/14b7da9001e317ca", "/near-misses"] {
            assert!(is_own_page(own), "{own}");
        }
        for other in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/#x"]
        {
            assert!(!is_own_page(other), "{other}");
        }
    }
}
