//! What is answered before there is a store.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;

/// Says to everybody that nothing works yet, and why.
pub fn waiting(words: &'static str) -> Router {
    let pause = [(header::RETRY_AFTER, "5")];
    let refused = async move || (StatusCode::SERVICE_UNAVAILABLE, pause, format!("{words}\n"));
    // A restart would not help.
    Router::new().route("/-/healthy", get(async || "healthy\n")).fallback(refused)
}
