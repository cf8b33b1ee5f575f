//! The OpenAPI document, made from the handlers.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi};

use crate::model::StoryNews;
use crate::review::Problem;
use crate::review::api::asked::{StateFilter, VerdictFilter};
use crate::review::api::search::OrderFilter;
use crate::review::api::{
    corrections, deliveries, events, feeds, matches, mutes, near_misses, receivers, replays,
    reviews, routing, search, stats, stories, tokens, upkeep,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "silkwire",
        description = "What silkwire found, what people said of it, and what it watches. \
            Errors are RFC 9457 problem documents. On loopback no token is needed."
    ),
    paths(
    matches::erase, matches::judge, matches::list, matches::show, routing::show,
        search::search,
        stories::list, stories::show, stories::judge,
        corrections::relocate, corrections::split, corrections::merge,
        near_misses::list, near_misses::show, near_misses::judge,
        reviews::undo,
        feeds::list, feeds::add, feeds::remove, feeds::poll, feeds::pause, feeds::resume,
        deliveries::list, deliveries::show, replays::several, replays::one,
        receivers::list, receivers::enable, deliveries::test_receiver,
        mutes::list, mutes::add, mutes::end,
        tokens::list, tokens::create, tokens::revoke,
        stats::show, upkeep::compact, upkeep::backup, upkeep::verify, events::stream, show,
    ),
    components(schemas(Problem, StoryNews, VerdictFilter, StateFilter, OrderFilter)),
    modifiers(&Bearer),
    security((), ("token" = [])),
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", scheme);
    }
}

/// This document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "service", operation_id = "openapi",
    responses((status = 200, description = "OpenAPI 3.1", body = Object), Refusals)
)]
pub(super) async fn show() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}

/// What the API is, as OpenAPI 3.1.
pub(super) fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// How any request may be refused.
pub(super) struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let reasons = [
            (StatusCode::BAD_REQUEST, "A parameter or the body cannot be read"),
            (StatusCode::UNAUTHORIZED, "The token is missing, unknown or revoked"),
            (StatusCode::FORBIDDEN, "The role is too low, or a foreign page asks"),
            (StatusCode::NOT_FOUND, "There is no such thing"),
            (StatusCode::GONE, "It was erased"),
            (
                StatusCode::CONFLICT,
                "Somebody else was faster, the name is taken, or it is too early",
            ),
            (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not JSON"),
            (StatusCode::MISDIRECTED_REQUEST, "The header Host names somebody else"),
            (StatusCode::UNPROCESSABLE_ENTITY, "It cannot be done like this"),
            (StatusCode::SERVICE_UNAVAILABLE, "Not now"),
            (StatusCode::INSUFFICIENT_STORAGE, "The disk is full"),
        ];
        reasons.map(|(status, words)| (status.as_str().to_owned(), refusal(words))).into()
    }
}

fn refusal(words: &str) -> RefOr<Response> {
    let shape = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(shape)).build();
    let response = ResponseBuilder::new().description(words);
    response.content("application/problem+json", content).build().into()
}
