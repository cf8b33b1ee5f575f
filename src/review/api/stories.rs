//! Stories.

use axum::Json;
use axum::extract::State;

use crate::model::view::{ListView, StoryDetailView, StoryListView};
use crate::model::{Language, Review, StoryId, Subject, Timestamp};
use crate::review::api::asked::{Asked, Body, Id, VerdictFilter, list_refused};
use crate::review::api::document::Refusals;
use crate::review::api::matches;
use crate::review::api::reviews::{ReviewRequest, review};
use crate::review::{App, Person, Problem, Reviewer};
use crate::store::{MatchFilter, PageRequest, StoryFilter};

/// Stories, last updated first.
#[utoipa::path(
    get, path = "/api/v1/stories", tag = "stories", operation_id = "list_stories",
    params(
        ("language" = Option<Language>, Query, description = "With a match in this language only"),
        ("since" = Option<Timestamp>, Query, description = "Updated at or after this time"),
        ("verdict" = Option<VerdictFilter>, Query,
            description = "With this verdict only; `open`: with none"),
        ("limit" = Option<u16>, Query, description = "At most so many; 50 when not given", minimum = 1, maximum = 200),
        ("after" = Option<String>, Query, description = "`next` of the page before", pattern = "^[0-9]{1,13}-[0-9a-f]{16}$"),
    ),
    responses((status = 200, description = "Part of the list", body = ListView<StoryListView>), Refusals)
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Person,
    mut asked: Asked,
) -> Result<Json<ListView<StoryListView>>, Problem> {
    let filter = StoryFilter {
        language: asked.take("language")?,
        since: asked.take("since")?,
        verdict: asked.verdict()?,
    };
    let page = app.store.stories(filter, asked.page()?).await.map_err(list_refused)?;
    let items = page.items.iter().map(StoryListView::from).collect();
    Ok(Json(ListView { items, next: page.next }))
}

/// One story with its newest matches.
#[utoipa::path(
    get, path = "/api/v1/stories/{id}", tag = "stories", operation_id = "show_story",
    params(("id" = StoryId, Path, description = "The story's id")),
    responses((status = 200, description = "The story", body = StoryDetailView), Refusals)
)]
pub(super) async fn show(
    State(app): State<App>,
    _: Person,
    Id(id): Id<StoryId>,
) -> Result<Json<StoryDetailView>, Problem> {
    let unknown = || Problem::unknown(&format!("story {id}"));
    let story = app.store.story(id).await?.ok_or_else(unknown)?;
    let filter = MatchFilter { story: Some(id), ..MatchFilter::default() };
    let page = app.store.matches(filter, PageRequest::first(StoryDetailView::MATCHES_MAX)).await?;
    let matches = matches::views(&app, &page.items).await?;
    Ok(Json(StoryDetailView { story: (&story).into(), matches }))
}

/// Judges a story with all its matches.
#[utoipa::path(
    post, path = "/api/v1/stories/{id}/review", tag = "stories", operation_id = "review_story",
    params(("id" = StoryId, Path, description = "The story's id")),
    request_body = ReviewRequest,
    responses((status = 200, description = "The review as it stands now", body = Review), Refusals)
)]
pub(super) async fn judge(
    State(app): State<App>,
    Reviewer(person): Reviewer,
    Id(id): Id<StoryId>,
    Body(request): Body<ReviewRequest>,
) -> Result<Json<Review>, Problem> {
    review(&app, &person, Subject::Story(id), request).await.map(Json)
}
