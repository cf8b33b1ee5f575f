//! Matches.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use axum::Json;
use axum::extract::State;

use crate::model::view::{ListView, MatchListView};
use crate::model::{
    Feed, FeedId, Language, Match, MatchId, Review, Story, StoryId, Subject, Timestamp,
};
use crate::review::api::asked::{Asked, Body, Id, VerdictFilter, list_refused};
use crate::review::api::document::Refusals;
use crate::review::api::reviews::{ReviewRequest, review};
use crate::review::{App, Person, Problem, Reviewer};
use crate::store::MatchFilter;

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
    let unknown = || Problem::unknown(&format!("match {id}"));
    let matched = app.store.matched(id).await?.ok_or_else(unknown)?;
    let view = views(&app, &[matched]).await?.pop();
    view.map(Json).ok_or_else(unknown)
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
