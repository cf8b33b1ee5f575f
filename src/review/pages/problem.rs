//! The page that says why a page or a form was refused, and what to do.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::review::Problem;
use crate::review::pages::words::inert;

#[derive(Template)]
#[template(path = "problem.html")]
pub(super) struct ProblemPage {
    headline: &'static str,
    detail: String,
    advice: &'static str,
    is_alarm: bool,
    /// What a person typed and would lose.
    note: Option<String>,
    back: String,
    back_said: &'static str,
    status: u16,
}

impl ProblemPage {
    /// Why a page cannot be shown.
    pub(super) fn of_page(problem: &Problem) -> Self {
        let (headline, advice) = match problem.status {
            401 => (
                "A token is needed",
                "Whoever runs silkwire makes one: silkwire tokens create NAME --role reader.",
            ),
            403 => ("You may not see this", "Whoever runs silkwire can give you another role."),
            404 => {
                ("There is no such page", "The address may be cut short. Stories never disappear.")
            }
            400 => {
                ("This address cannot be meant", "The link may be old. Start again from the inbox.")
            }
            503 => ("silkwire cannot answer now", "Try again in a minute; nothing is lost."),
            _ => ("Something went wrong here", "Nothing was lost. The log says more."),
        };
        Self {
            headline,
            detail: inert(&problem.detail),
            advice,
            is_alarm: problem.status != 404,
            note: None,
            back: "/".to_owned(),
            back_said: "Back to the inbox",
            status: problem.status,
        }
    }

    /// Why a form was refused. The page before still holds what was filled in; the note is
    /// shown all the same.
    pub(super) fn of_form(problem: &Problem, note: Option<&str>, back: Option<&str>) -> Self {
        let (headline, advice) = match problem.status {
            409 => (
                "Your verdict was not saved",
                "Somebody else said something meanwhile. Look at it again, then judge.",
            ),
            404 => (
                "There is nothing to judge here",
                "It may have been erased or withdrawn meanwhile.",
            ),
            _ => ("Nothing was saved", "Load the page again and repeat it."),
        };
        Self {
            headline,
            advice,
            is_alarm: true,
            note: note.filter(|note| !note.is_empty()).map(inert),
            back: back.unwrap_or("/").to_owned(),
            back_said: "Load the page again",
            ..Self::of_page(problem)
        }
    }
}

impl ProblemPage {
    /// Why a feed was not polled, paused, resumed or removed.
    pub(super) fn of_order(problem: &Problem, back: &str) -> Self {
        let (headline, advice) = match problem.status {
            409 => (
                "It is too early",
                "Its server wants it so. Whoever must know now types: silkwire feeds poll ID --force.",
            ),
            404 => ("There is no such feed", "Somebody may have removed it meanwhile."),
            _ => ("Nothing was changed", "Load the page again and repeat it."),
        };
        Self { headline, advice, ..Self::of_form(problem, None, Some(back)) }
    }

    /// Why an alert was not sent again, a receiver not enabled, or a mute not made.
    pub(super) fn of_alert(problem: &Problem, back: &str) -> Self {
        let headline = match problem.status {
            404 => "There is no such thing",
            403 => "You may not do this",
            _ => "Nothing was changed",
        };
        let advice = "Load the page again and repeat it.";
        Self { headline, advice, ..Self::of_form(problem, None, Some(back)) }
    }

    /// Why a correction was refused.
    pub(super) fn of_correction(problem: &Problem, back: Option<&str>) -> Self {
        let (headline, advice) = match problem.status {
            409 => (
                "The story was changed meanwhile",
                "Somebody else was faster, or an article joined. Look at it again, then repeat it.",
            ),
            404 => ("There is no such story or article", "The address may be cut short."),
            _ => ("Nothing was changed", "Load the page again and repeat it."),
        };
        Self { headline, advice, ..Self::of_form(problem, None, back) }
    }
}

impl IntoResponse for ProblemPage {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let Ok(text) = self.render() else { return status.into_response() };
        let mut response = (status, Html(text)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"silkwire\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
