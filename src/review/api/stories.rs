//! Stories.

use axum::Json;
use axum::extract::State;

use crate::model::view::{ListView, StoryDetailView, StoryListView};
use crate::model::{Language, Review, StoryId, Subject, Timestamp};
use crate::review::api::asked::{Asked, Body, Id, VerdictFilter, list_refused};
use crate::review::api::document::Refusals;
use crate::review::api::matches;
use crate::review::api::reviews::{ReviewRequest, review};
use crate::review::correct::current_story;
use crate::review::reading::Reading;
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
        ("accept-language" = Option<String>, Header, description = "In which language titles are wanted"),
        ("after" = Option<String>, Query, description = "`next` of the page before", pattern = "^[0-9]{1,13}-[0-9a-f]{16}$"),
    ),
    responses((status = 200, description = "Part of the list", body = ListView<StoryListView>), Refusals)
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Person,
    Reading(languages): Reading,
    mut asked: Asked,
) -> Result<Json<ListView<StoryListView>>, Problem> {
    let filter = StoryFilter {
        language: asked.take("language")?,
        since: asked.take("since")?,
        verdict: asked.verdict()?,
    };
    let page = app.store.stories(filter, asked.page()?).await.map_err(list_refused)?;
    let items = page.items.iter().map(|it| StoryListView::new(it, &languages)).collect();
    Ok(Json(ListView { items, next: page.next }))
}

/// One story with its newest matches. For a story that was merged into another one, that other
/// one is the answer, with its own id.
#[utoipa::path(
    get, path = "/api/v1/stories/{id}", tag = "stories", operation_id = "show_story",
    params(("id" = StoryId, Path, description = "The story's id, or that of one merged into it"),
        ("accept-language" = Option<String>, Header, description = "In which language its title is wanted")),
    responses((status = 200, description = "The story", body = StoryDetailView), Refusals)
)]
pub(super) async fn show(
    State(app): State<App>,
    _: Person,
    Reading(languages): Reading,
    Id(id): Id<StoryId>,
) -> Result<Json<StoryDetailView>, Problem> {
    let story = current_story(&app, id).await?;
    let filter = MatchFilter { story: Some(story.id), ..MatchFilter::default() };
    let page = app.store.matches(filter, PageRequest::first(StoryDetailView::MATCHES_MAX)).await?;
    let matches = matches::views(&app, &page.items).await?;
    Ok(Json(StoryDetailView { story: StoryListView::new(&story, &languages), matches }))
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
