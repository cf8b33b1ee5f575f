//! The pages: stories to judge, near misses, feeds, deliveries; rendered here, usable without
//! script.
//!
//! Invariant: a page is one document with our style, script and icon; nothing is inline.
//! Invariant: templates escape what they print; a foreign text brings its language and
//! direction along.

mod words;
mod marks;
mod assets;
mod parts;
mod visit;
mod inbox;
mod story;
mod articles;
mod near_misses;
mod search;
mod feeds;
mod feed_orders;
mod deliveries;
mod alert_orders;
mod problem;
mod forms;
mod corrections;
mod erasures;

use askama::Template;
use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use crate::model::ReviewVerdict;
use crate::review::pages::problem::ProblemPage;
use crate::review::pages::words::inert;
use crate::review::{App, Problem};

/// All pages and forms, with the files that they load.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(inbox::show))
        .route("/stories/{id}", get(story::show))
        .route("/stories/{id}/review", post(forms::review_story))
        .route("/stories/{id}/note", post(forms::note_story))
        .route("/stories/{id}/move", post(corrections::relocate))
        .route("/stories/{id}/split", post(corrections::split))
        .route("/stories/{id}/merge", post(corrections::merge))
        .route("/stories/{id}/erase", post(erasures::erase))
        .route("/near-misses", get(near_misses::show))
        .route("/near-misses/{id}/review", post(forms::review_near_miss))
        .route("/reviews/undo", post(forms::undo))
        .route("/search", get(search::show))
        .route("/feeds", get(feeds::show))
        .route("/feeds/{id}/{order}", post(feed_orders::order))
        .route("/deliveries", get(deliveries::show))
        .route("/deliveries/replay", get(alert_orders::preview).post(alert_orders::replay))
        .route("/deliveries/{id}/replay", post(alert_orders::replay_one))
        .route("/receivers/{name}/{order}", post(alert_orders::receiver))
        .route("/mutes", post(alert_orders::mute))
        .route("/mutes/{id}/end", post(alert_orders::unmute))
        .route("/assets/{name}", get(assets::serve))
}

/// The page for an address that leads nowhere.
pub(super) fn not_found(uri: &Uri) -> Response {
    let path: String = uri.path().chars().take(100).collect();
    ProblemPage::of_page(&Problem::unknown(&format!("page {}", inert(&path)))).into_response()
}

fn html(page: &impl Template) -> Result<Html<String>, Problem> {
    page.render().map(Html).map_err(|error| {
        tracing::error!(%error, "a page was not rendered: {error}");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the page could not be written")
    })
}

fn answer(page: Result<Html<String>, Problem>) -> Response {
    match page {
        Ok(page) => page.into_response(),
        Err(problem) => ProblemPage::of_page(&problem).into_response(),
    }
}

/// The button's word.
fn verdict_said(verdict: ReviewVerdict) -> &'static str {
    match verdict {
        ReviewVerdict::Relevant => "Relevant",
        ReviewVerdict::NotRelevant => "Not relevant",
        ReviewVerdict::Unsure => "Unsure",
    }
}

/// A cursor as part of an address.
fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
