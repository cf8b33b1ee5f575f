//! Corrections of stories through forms: articles that belong elsewhere, two stories about one
//! event.
//!
//! Invariant: these forms work without script and answer 303.

use axum::extract::rejection::RawFormRejection;
use axum::extract::{Path, RawForm, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::model::{MatchId, Role, StoryId};
use crate::review::correct::{Seen, correct, current_story};
use crate::review::pages::problem::ProblemPage;
use crate::review::pages::words::inert;
use crate::review::{App, Person, Problem, csrf};
use crate::store::Correction;

/// All fields of the form. Each box that is ticked sends its own `articles`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sent {
    csrf: String,
    /// The revision of the story that the page showed.
    revision: Option<u64>,
    /// Which articles.
    articles: Vec<String>,
    /// The story that was chosen; empty if none was.
    to: String,
    /// The story that was typed or pasted, which goes before the chosen one.
    address: String,
}

impl Sent {
    fn read(bytes: &[u8]) -> Self {
        let mut sent = Self::default();
        for (name, value) in url::form_urlencoded::parse(bytes) {
            let value = value.into_owned();
            match name.as_ref() {
                "csrf" => sent.csrf = value,
                "revision" => sent.revision = value.parse().ok(),
                "articles" if !sent.articles.contains(&value) => sent.articles.push(value),
                "to" => sent.to = value,
                "address" => sent.address = value,
                _ => {}
            }
        }
        sent
    }

    fn matches(&self) -> Result<Vec<MatchId>, Problem> {
        if self.articles.is_empty() {
            return Err(Problem::field("articles", "tick the articles that are meant"));
        }
        let id = |text: &String| {
            text.parse().map_err(|_| Problem::unknown(&format!("article {}", inert(text))))
        };
        self.articles.iter().map(id).collect()
    }

    /// The other story: an id, or the address of a page of ours.
    fn other(&self) -> Result<StoryId, Problem> {
        let typed = self.address.trim();
        let text = if typed.is_empty() { self.to.trim() } else { typed };
        if text.is_empty() {
            return Err(Problem::field("to", "choose a story, or give its address"));
        }
        let path = text.split(['?', '#']).next().unwrap_or_default();
        let id = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let unknown = || Problem::unknown(&format!("story {}", inert(text)));
        id.parse().map_err(|_| unknown())
    }
}

/// What a handler gets of a form.
type Posted = Result<RawForm, RawFormRejection>;

/// What the form wants with the story.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    Move,
    Split,
    Merge,
}

/// `POST /stories/{id}/move`: the ticked articles go to another story.
pub(super) async fn relocate(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Path(id): Path<String>,
    form: Posted,
) -> Response {
    respond(done(&app, person, &id, form, Wanted::Move).await, &id)
}

/// `POST /stories/{id}/split`: the ticked articles become a story of their own.
pub(super) async fn split(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Path(id): Path<String>,
    form: Posted,
) -> Response {
    respond(done(&app, person, &id, form, Wanted::Split).await, &id)
}

/// `POST /stories/{id}/merge`: the whole story goes into another one.
pub(super) async fn merge(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Path(id): Path<String>,
    form: Posted,
) -> Response {
    respond(done(&app, person, &id, form, Wanted::Merge).await, &id)
}

/// Does it, and says which page shows it.
async fn done(
    app: &App,
    person: Result<Person, Problem>,
    id: &str,
    form: Posted,
    wanted: Wanted,
) -> Result<String, Problem> {
    let person = person?;
    person.needs(Role::Reviewer)?;
    let RawForm(bytes) = form.map_err(|error| Problem::new(error.status(), error.body_text()))?;
    let sent = Sent::read(&bytes);
    csrf::check(app, &person, Some(&sent.csrf))?;
    let story: StoryId =
        id.parse().map_err(|_| Problem::unknown(&format!("story {}", inert(id))))?;
    let correction = match wanted {
        Wanted::Split => Correction::Split { matches: sent.matches()? },
        Wanted::Move => {
            let matches = sent.matches()?;
            Correction::Move { matches, to: current_story(app, sent.other()?).await?.id }
        }
        Wanted::Merge => {
            Correction::Merge { from: story, into: current_story(app, sent.other()?).await?.id }
        }
    };
    let seen = Seen { story, revision: sent.revision };
    let corrected = correct(app, &person, seen, correction).await?;
    let (from, to) = (corrected.from.id, corrected.to.id);
    Ok(match (wanted, corrected.from.merged_into) {
        (_, Some(_)) => format!("/stories/{to}?said=merged&last={to}"),
        (Wanted::Split, None) => format!("/stories/{from}?said=split&last={to}"),
        (_, None) => format!("/stories/{from}?said=moved&last={to}"),
    })
}

fn respond(outcome: Result<String, Problem>, id: &str) -> Response {
    match outcome {
        Ok(place) => Redirect::to(&place).into_response(),
        Err(problem) => {
            let back = id.parse::<StoryId>().ok().map(|id| format!("/stories/{id}"));
            ProblemPage::of_correction(&problem, back.as_deref()).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(fields: &str) -> Option<String> {
        Sent::read(fields.as_bytes()).other().map(|id| id.to_string()).ok()
    }

    /// Goal: whatever a person has of the other story, its id or its page's address, is taken.
    #[test]
    fn other_story_is_named_by_id_or_address() {
        let id = Some("14b7da9001e317ca".to_owned());
        assert_eq!(other("to=14b7da9001e317ca"), id);
        assert_eq!(other("to=0000000000000000&address=+14b7da9001e317ca+"), id);
        let address =
            "http%3A%2F%2F127.0.0.1%3A7455%2Fstories%2F14b7da9001e317ca%2F%3Flast%3Dx%23y";
        assert_eq!(other(&format!("to=&address={address}")), id);
        assert_eq!(other("to=&address="), None);
        assert_eq!(other("address=%3Cscript%3E"), None);
    }

    /// Goal: every ticked article is taken, each once.
    #[test]
    fn ticked_boxes_are_collected() {
        let sent = Sent::read(
            b"articles=00000000000000aa&articles=00000000000000ab&articles=00000000000000aa&x=y",
        );
        let ids: Vec<String> = sent.matches().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(ids, ["00000000000000aa", "00000000000000ab"]);
        assert!(Sent::read(b"").matches().is_err());
        assert!(Sent::read(b"articles=x").matches().is_err());
    }
}
