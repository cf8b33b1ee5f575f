//! Near misses, and how a person rescues one.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::view::{ListView, NearMissReviewView, NearMissView};
use crate::model::{
    FeedId, Language, MatchId, NearMiss, Review, ReviewVerdict, StoryId, Timestamp,
};
use crate::review::api::asked::{Asked, Body, Id, list_refused};
use crate::review::api::document::Refusals;
use crate::review::api::matches::feeds;
use crate::review::{AlertWanted, App, Person, Problem, Reviewer};
use crate::store::NearMissFilter;

/// Near misses, newest first.
#[utoipa::path(
    get, path = "/api/v1/near-misses", tag = "near-misses", operation_id = "list_near_misses",
    params(
        ("feed" = Option<FeedId>, Query, description = "Of this feed only"),
        ("language" = Option<Language>, Query, description = "In this language only"),
        ("since" = Option<Timestamp>, Query, description = "Seen at or after this time"),
        ("open" = Option<bool>, Query, description = "`true`: only those that nobody has looked at"),
        ("limit" = Option<u16>, Query, description = "At most so many; 50 when not given", minimum = 1, maximum = 200),
        ("after" = Option<String>, Query, description = "`next` of the page before", pattern = "^[0-9]{1,13}-[0-9a-f]{16}$"),
    ),
    responses((status = 200, description = "Part of the list", body = ListView<NearMissView>), Refusals)
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Person,
    mut asked: Asked,
) -> Result<Json<ListView<NearMissView>>, Problem> {
    let filter = NearMissFilter {
        feed: asked.take("feed")?,
        language: asked.take("language")?,
        since: asked.take("since")?,
        only_open: asked.take("open")?.unwrap_or(false),
    };
    let page = app.store.near_misses(filter, asked.page()?).await.map_err(list_refused)?;
    let feeds = feeds(&app);
    let view = |it: &NearMiss| NearMissView::new(it, feeds.get(&it.feed));
    Ok(Json(ListView { items: page.items.iter().map(view).collect(), next: page.next }))
}

/// One near miss.
#[utoipa::path(
    get, path = "/api/v1/near-misses/{id}", tag = "near-misses", operation_id = "show_near_miss",
    params(("id" = MatchId, Path, description = "The id of the match that it would be")),
    responses((status = 200, description = "The near miss", body = NearMissView), Refusals)
)]
pub(super) async fn show(
    State(app): State<App>,
    _: Person,
    Id(id): Id<MatchId>,
) -> Result<Json<NearMissView>, Problem> {
    let near_miss = find(&app, id).await?;
    Ok(Json(NearMissView::new(&near_miss, feeds(&app).get(&near_miss.feed))))
}

/// What a person says of a near miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NearMissReviewRequest {
    /// `relevant` rescues it: it becomes a match. Null takes everything back.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    pub verdict: Option<ReviewVerdict>,
    /// Whether a rescue tells receivers.
    #[serde(default)]
    pub alert: AlertAnswer,
}

/// Whether a rescue tells receivers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlertAnswer {
    /// As for any new match.
    Yes,
    /// Nobody is told.
    #[default]
    No,
}

/// Judges a near miss.
#[utoipa::path(
    post, path = "/api/v1/near-misses/{id}/review", tag = "near-misses",
    operation_id = "review_near_miss",
    params(("id" = MatchId, Path, description = "The id of the match that it would be")),
    request_body = NearMissReviewRequest,
    responses((status = 200, description = "The near miss after it", body = NearMissReviewView), Refusals)
)]
pub(super) async fn judge(
    State(app): State<App>,
    Reviewer(person): Reviewer,
    Id(id): Id<MatchId>,
    Body(request): Body<NearMissReviewRequest>,
) -> Result<Json<NearMissReviewView>, Problem> {
    let wanted = match request.alert {
        AlertAnswer::Yes => AlertWanted::Yes,
        AlertAnswer::No => AlertWanted::No,
    };
    let story = review_near_miss(&app, &person, id, request.verdict, wanted).await?;
    let near_miss = find(&app, id).await?;
    let near_miss = NearMissView::new(&near_miss, feeds(&app).get(&near_miss.feed));
    Ok(Json(NearMissReviewView { near_miss, story }))
}

/// Stores what `person` says of a near miss; the story of its match if that rescues it.
pub(in crate::review) async fn review_near_miss(
    app: &App,
    person: &Person,
    id: MatchId,
    verdict: Option<ReviewVerdict>,
    alert: AlertWanted,
) -> Result<Option<StoryId>, Problem> {
    let near_miss = find(app, id).await?;
    if verdict == Some(ReviewVerdict::Relevant) {
        return Ok(Some(app.controls.rescue(id, &person.name, alert).await?));
    }
    let before = near_miss.review.as_ref();
    if before.and_then(|review| review.verdict) == Some(ReviewVerdict::Relevant) {
        app.controls.withdraw(id).await?;
    }
    let review = verdict.map(|verdict| Review {
        verdict: Some(verdict),
        note: before.and_then(|review| review.note.clone()),
        by: person.name.clone(),
        at: app.clock.now(),
        revision: before.map_or(0, |review| review.revision) + 1,
        is_inherited: false,
    });
    app.store.review_near_miss(id, review).await?;
    Ok(None)
}

async fn find(app: &App, id: MatchId) -> Result<NearMiss, Problem> {
    let near_miss = app.store.near_miss(id).await?;
    near_miss.ok_or_else(|| Problem::unknown(&format!("near miss {id}")))
}
