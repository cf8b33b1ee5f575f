//! Matches.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::view::{ErasedView, ListView, MatchListView};
use crate::model::{
    Feed, FeedId, Language, Match, MatchId, Review, Story, StoryId, Subject, Timestamp,
};
use crate::review::api::asked::{Asked, Body, Id, VerdictFilter, list_refused};
use crate::review::api::document::Refusals;
use crate::review::api::reviews::{ReviewRequest, review};
use crate::review::{Admin, App, Change, Person, Problem, Reviewer};
use crate::store::{Erased, Erasure, MatchFilter};

/// Matches, newest first.
#[utoipa::path(
    get, path = "/api/v1/matches", tag = "matches", operation_id = "list_matches",
    params(
        ("feed" = Option<FeedId>, Query, description = "Of this feed only"),
        ("language" = Option<Language>, Query, description = "In this language only"),
        ("story" = Option<StoryId>, Query, description = "Of this story only"),
        ("since" = Option<Timestamp>, Query, description = "Flagged at or after this time"),
        ("verdict" = Option<VerdictFilter>, Query,
            description = "With this verdict only; `open`: with none"),
        ("limit" = Option<u16>, Query, description = "At most so many; 50 when not given", minimum = 1, maximum = 200),
        ("after" = Option<String>, Query, description = "`next` of the page before", pattern = "^[0-9]{1,13}-[0-9a-f]{16}$"),
    ),
    responses((status = 200, description = "Part of the list", body = ListView<MatchListView>), Refusals)
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Person,
    mut asked: Asked,
) -> Result<Json<ListView<MatchListView>>, Problem> {
    let filter = MatchFilter {
        feed: asked.take("feed")?,
        language: asked.take("language")?,
        story: asked.take("story")?,
        since: asked.take("since")?,
        verdict: asked.verdict()?,
    };
    let page = app.store.matches(filter, asked.page()?).await.map_err(list_refused)?;
    Ok(Json(ListView { items: views(&app, &page.items).await?, next: page.next }))
}

/// One match.
#[utoipa::path(
    get, path = "/api/v1/matches/{id}", tag = "matches", operation_id = "show_match",
    params(("id" = MatchId, Path, description = "The match's id")),
    responses((status = 200, description = "The match", body = MatchListView), Refusals)
)]
pub(super) async fn show(
    State(app): State<App>,
    _: Person,
    Id(id): Id<MatchId>,
) -> Result<Json<MatchListView>, Problem> {
    let view = match app.store.matched(id).await? {
        Some(matched) => views(&app, &[matched]).await?.pop(),
        None => None,
    };
    match view {
        Some(view) => Ok(Json(view)),
        None => Err(missing(&app, id).await?),
    }
}

/// Why there is no such match.
async fn missing(app: &App, id: MatchId) -> Result<Problem, Problem> {
    Ok(match app.store.tombstone(id).await? {
        Some(it) => Problem::new(StatusCode::GONE, format!("match {id}: {}", it.in_words())),
        None => Problem::unknown(&format!("match {id}")),
    })
}

/// Why an article is erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureRequest {
    /// Why, for whoever looks for it later.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Erases the article of a match or near miss for good: what it said, the bodies of its alerts,
/// what its story has from it. A tombstone says when, by whom and why, and keeps it from coming
/// back. Receivers are not told. It answers when nothing of it is left on the disk; a second time
/// is harmless.
#[utoipa::path(
    post, path = "/api/v1/matches/{id}/erase", tag = "matches", operation_id = "erase_match",
    params(("id" = MatchId, Path, description = "The id of the match or near miss")),
    request_body = ErasureRequest,
    responses((status = 200, description = "What is left", body = ErasedView), Refusals)
)]
pub(super) async fn erase(
    State(app): State<App>,
    Admin(person): Admin,
    Id(id): Id<MatchId>,
    Body(request): Body<ErasureRequest>,
) -> Result<Json<ErasedView>, Problem> {
    erased(&app, &person, id, request.reason).await.map(Json)
}

/// Erases for `person`, and tells open pages.
pub(in crate::review) async fn erased(
    app: &App,
    person: &Person,
    id: MatchId,
    reason: String,
) -> Result<ErasedView, Problem> {
    let order = Erasure { id, reason, by: person.name.clone(), at: app.clock.now() };
    // Whoever asked may go away: it is done all the same.
    let store = Arc::clone(&app.store);
    #[expect(clippy::disallowed_methods, reason = "it ends by itself and must not be cut short")]
    let erasing = tokio::spawn(async move { store.erase(order).await });
    let ended = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the erasure was cut short");
    let Erased { tombstone, is_new, kept_copies } = erasing.await.map_err(ended)??;
    for story in &tombstone.stories {
        app.controls.tell(Change::Story(*story));
    }
    for id in &tombstone.matches {
        app.controls.tell(Change::NearMiss(*id));
    }
    Ok(ErasedView { tombstone, is_new, kept_copies })
}

/// Judges a match.
#[utoipa::path(
    post, path = "/api/v1/matches/{id}/review", tag = "matches", operation_id = "review_match",
    params(("id" = MatchId, Path, description = "The match's id")),
    request_body = ReviewRequest,
    responses((status = 200, description = "The review as it stands now", body = Review), Refusals)
)]
pub(super) async fn judge(
    State(app): State<App>,
    Reviewer(person): Reviewer,
    Id(id): Id<MatchId>,
    Body(request): Body<ReviewRequest>,
) -> Result<Json<Review>, Problem> {
    review(&app, &person, Subject::Match(id), request).await.map(Json)
}

/// Matches as they are seen outside. One that lost its article to an erasure a moment ago is
/// left out.
pub(super) async fn views(app: &App, matches: &[Match]) -> Result<Vec<MatchListView>, Problem> {
    let feeds = feeds(app);
    let mut stories: HashMap<StoryId, Option<Story>> = HashMap::new();
    let mut views = Vec::with_capacity(matches.len());
    for matched in matches {
        let Some(article) = app.store.article(matched.article).await? else { continue };
        let story = match stories.entry(matched.story) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(app.store.story(matched.story).await?),
        };
        let feed = feeds.get(&matched.feed);
        views.push(MatchListView::new(matched, &article, feed, story.as_ref()));
    }
    Ok(views)
}

/// The feeds that are watched now, by id.
pub(super) fn feeds(app: &App) -> HashMap<FeedId, Feed> {
    let standings = app.controls.feeds().into_iter();
    standings.map(|standing| (standing.feed.id, standing.feed)).collect()
}
