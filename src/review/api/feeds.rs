//! Feeds.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::view::{FeedStateView, ListView};
use crate::model::{FeedId, Language, Side};
use crate::review::api::asked::{Asked, Body, Id};
use crate::review::api::document::Refusals;
use crate::review::{Admin, App, NewFeed, Person, Problem};

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
    let standings = app.controls.feeds();
    let views = standings.iter().map(|it| FeedStateView::new(&it.feed, it.state.as_ref()));
    Ok(Json(ListView { items: views.collect(), next: None }))
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
}

/// A feed that is watched now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeedAddedView {
    /// Its id.
    pub id: FeedId,
}

/// Longer titles are no names.
const TITLE_CHARACTERS_MAX: usize = 200;

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
    let title = request.title.filter(|title| !title.trim().is_empty());
    if title.as_ref().is_some_and(|title| title.chars().nth(TITLE_CHARACTERS_MAX).is_some()) {
        let detail = format!("title: more than {TITLE_CHARACTERS_MAX} characters");
        return Err(Problem::field("title", detail));
    }
    let url = address(&request.url)?;
    let side = request.side.unwrap_or_default();
    let feed = NewFeed { url, title, side, language: request.language };
    let id = app.controls.add_feed(feed).await?;
    Ok((StatusCode::CREATED, Json(FeedAddedView { id })))
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

/// Polls a feed as soon as its host is free.
#[utoipa::path(
    post, path = "/api/v1/feeds/{id}/poll", tag = "feeds", operation_id = "poll_feed",
    params(("id" = FeedId, Path, description = "The feed's id")),
    responses((status = 202, description = "It is polled soon"), Refusals)
)]
pub(super) async fn poll(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<FeedId>,
) -> Result<StatusCode, Problem> {
    app.controls.poll_feed(id).await?;
    Ok(StatusCode::ACCEPTED)
}
