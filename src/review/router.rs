//! Which request goes where, and what all of them go through.

use std::any::Any;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::review::guard::{BODY_BYTES_MAX, guard};
use crate::review::{App, Problem, api, health, pages};

/// Everything that is answered over HTTP.
pub fn router(app: App) -> Router {
    dressed(health::routes().merge(api::routes()).merge(pages::routes()), app)
}

/// Routes, and around them what holds for every request.
fn dressed(routes: Router<App>, app: App) -> Router {
    routes
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn_with_state(app.clone(), guard))
        .with_state(app)
}

/// The answer to an address that leads nowhere: a page, or a problem document for programs.
async fn unknown(uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        return Problem::unknown("such page").into_response();
    }
    pages::not_found(&uri)
}

/// A mistake of ours ends one request, not the service.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over like this")]
fn after_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let words = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!("a request was not answered: panic: {}", words.unwrap_or("no words"));
    let detail = "a mistake of ours; the log says more";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response()
}
