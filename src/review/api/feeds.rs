//! Feeds.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::view::{FeedStateView, ListView};
use crate::model::{FeedId, FeedKind, Language, Selectors, Side, duration_text};
use crate::review::api::asked::{Asked, Body, Id, OptionalBody};
use crate::review::api::document::Refusals;
use crate::review::{Admin, App, FeedAdded, FeedStanding, NewFeed, Person, Problem, Urgency};

/// All feeds that are watched, with how polling them stands; never more than one page.
#[utoipa::path(
    get, path = "/api/v1/feeds", tag = "feeds", operation_id = "list_feeds",
    responses((status = 200, description = "The whole list", body = ListView<FeedStateView>), Refusals)
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Person,
    asked: Asked,
) -> Result<Json<ListView<FeedStateView>>, Problem> {
    asked.nothing()?;
    let items = FeedStanding::views(&app.controls.feeds(), app.clock.now());
    Ok(Json(ListView { items, next: None }))
}

/// A feed to be watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedRequest {
    /// Its address: http or https.
    #[schema(format = "uri")]
    pub url: String,
    /// What people call it; the host's name when not given.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub title: Option<String>,
    /// From where it speaks: `JP`, or `third`, which is meant when it is not given.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^([A-Z]{2}|third)$")]
    pub side: Option<Side>,
    /// The language it is known to use.
    #[serde(default)]
    pub language: Option<Language>,
    /// What stands at the address; `feed` when not given.
    #[serde(default)]
    pub kind: Option<FeedKind>,
    /// The pause between two polls, `5m`; found out from what it brings when not given.
    #[serde(default)]
    #[schema(pattern = "^[0-9]+(ms|s|m|h|d)$")]
    pub every: Option<String>,
    /// Where the entries of a page stand.
    #[serde(default)]
    pub selectors: Option<Selectors>,
    /// Listed, but not polled.
    #[serde(default)]
    pub paused: bool,
}

/// A feed that is watched now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeedAddedView {
    /// Its id.
    pub id: FeedId,
    /// Whether it was not watched before.
    pub added: bool,
}

/// Watches one more feed. Adding one twice changes nothing.
#[utoipa::path(
    post, path = "/api/v1/feeds", tag = "feeds", operation_id = "add_feed",
    request_body = FeedRequest,
    responses((status = 201, description = "It is watched", body = FeedAddedView), Refusals)
)]
pub(super) async fn add(
    State(app): State<App>,
    _: Admin,
    Body(request): Body<FeedRequest>,
) -> Result<(StatusCode, Json<FeedAddedView>), Problem> {
    let title_max = NewFeed::TITLE_CHARACTERS_MAX;
    if request.title.as_ref().is_some_and(|title| title.chars().nth(title_max).is_some()) {
        return Err(Problem::field("title", format!("title: more than {title_max} characters")));
    }
    let url = address(&request.url)?;
    let every = request.every.as_deref().map(duration_text::parse).transpose();
    let feed = NewFeed {
        title: request.title,
        side: request.side.unwrap_or_default(),
        language: request.language,
        kind: request.kind.unwrap_or_default(),
        every: every.map_err(|words| Problem::field("every", format!("every: {words}")))?,
        selectors: request.selectors,
        is_paused: request.paused,
        ..NewFeed::at(url)
    };
    let FeedAdded { id, is_new } = app.controls.add_feed(feed).await?;
    Ok((StatusCode::CREATED, Json(FeedAddedView { id, added: is_new })))
}

fn address(text: &str) -> Result<url::Url, Problem> {
    let url: url::Url =
        text.trim().parse().map_err(|error| Problem::field("url", format!("url: {error}")))?;
    if ["http", "https"].contains(&url.scheme()) && url.has_host() {
        return Ok(url);
    }
    Err(Problem::field("url", "url: not an address that starts with http:// or https://"))
}

/// Watches a feed no more; what it brought stays.
#[utoipa::path(
    delete, path = "/api/v1/feeds/{id}", tag = "feeds", operation_id = "remove_feed",
    params(("id" = FeedId, Path, description = "The feed's id")),
    responses((status = 204, description = "It is watched no more"), Refusals)
)]
pub(super) async fn remove(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<FeedId>,
) -> Result<StatusCode, Problem> {
    app.controls.remove_feed(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Polls a feed no more, but keeps it in the list.
#[utoipa::path(
    post, path = "/api/v1/feeds/{id}/pause", tag = "feeds", operation_id = "pause_feed",
    params(("id" = FeedId, Path, description = "The feed's id")),
    responses((status = 204, description = "It is paused"), Refusals)
)]
pub(super) async fn pause(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<FeedId>,
) -> Result<StatusCode, Problem> {
    app.controls.pause_feed(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Polls a paused feed again.
#[utoipa::path(
    post, path = "/api/v1/feeds/{id}/resume", tag = "feeds", operation_id = "resume_feed",
    params(("id" = FeedId, Path, description = "The feed's id")),
    responses((status = 204, description = "It is polled"), Refusals)
)]
pub(super) async fn resume(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<FeedId>,
) -> Result<StatusCode, Problem> {
    app.controls.resume_feed(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How much somebody wants a poll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PollRequest {
    /// Even during a pause that the server asked for, or while the publisher says that nothing
    /// changes; once a minute.
    #[serde(default)]
    pub force: bool,
}

/// Polls a feed as soon as its host is free. Refused (409) during a pause that its server asked
/// for, and while the publisher says that nothing changes.
#[utoipa::path(
    post, path = "/api/v1/feeds/{id}/poll", tag = "feeds", operation_id = "poll_feed",
    params(("id" = FeedId, Path, description = "The feed's id")),
    request_body = Option<PollRequest>,
    responses((status = 202, description = "It is polled soon"), Refusals)
)]
pub(super) async fn poll(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<FeedId>,
    OptionalBody(request): OptionalBody<PollRequest>,
) -> Result<StatusCode, Problem> {
    let urgency = if request.force { Urgency::Forced } else { Urgency::Polite };
    app.controls.poll_feed(id, urgency).await?;
    Ok(StatusCode::ACCEPTED)
}
