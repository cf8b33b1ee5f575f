//! Corrections of stories: a match that belongs elsewhere, two events in one story, one event in
//! two.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::view::CorrectionView;
use crate::model::{Languages, MatchId, StoryId};
use crate::review::api::asked::{Body, Id};
use crate::review::api::document::Refusals;
use crate::review::api::reviews::whole;
use crate::review::correct::{Seen, correct, current_story};
use crate::review::reading::Reading;
use crate::review::{App, Problem, Reviewer};
use crate::store::{Corrected, Correction};

/// Matches that report the event of another story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveRequest {
    /// Which ones. If they are all of their story, the two stories are merged.
    #[schema(min_items = 1, max_items = 500)]
    pub matches: Vec<MatchId>,
    /// The story that they belong to.
    pub to: StoryId,
    /// The story's revision that the person has seen. Another one in the meantime is refused.
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 4_294_967_295_i64)]
    pub revision: Option<u64>,
}

/// Matches that report an event of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitRequest {
    /// Which ones; others must be left.
    #[schema(min_items = 1, max_items = 500)]
    pub matches: Vec<MatchId>,
    /// The story's revision that the person has seen. Another one in the meantime is refused.
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 4_294_967_295_i64)]
    pub revision: Option<u64>,
}

/// Another story about the same event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The story that takes over all matches of this one.
    pub into: StoryId,
    /// The story's revision that the person has seen. Another one in the meantime is refused.
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 4_294_967_295_i64)]
    pub revision: Option<u64>,
}

/// Moves matches of a story to another one. No machine moves them again, and nobody is alerted.
#[utoipa::path(
    post, path = "/api/v1/stories/{id}/move", tag = "stories", operation_id = "move_matches",
    params(("id" = StoryId, Path, description = "The story that they are in")),
    request_body = MoveRequest,
    responses((status = 200, description = "Both stories after it", body = CorrectionView), Refusals)
)]
pub(super) async fn relocate(
    State(app): State<App>,
    Reviewer(person): Reviewer,
    Reading(languages): Reading,
    Id(story): Id<StoryId>,
    Body(request): Body<MoveRequest>,
) -> Result<Json<CorrectionView>, Problem> {
    let MoveRequest { matches, to, revision } = request;
    let to = current_story(&app, to).await?.id;
    let correction = Correction::Move { matches, to };
    let corrected = correct(&app, &person, Seen { story, revision }, correction).await?;
    Ok(Json(view(&corrected, &languages)))
}

/// Takes matches out of a story: they become one of their own. Nobody is alerted.
#[utoipa::path(
    post, path = "/api/v1/stories/{id}/split", tag = "stories", operation_id = "split_story",
    params(("id" = StoryId, Path, description = "The story that they are in")),
    request_body = SplitRequest,
    responses((status = 200, description = "Both stories after it", body = CorrectionView), Refusals)
)]
pub(super) async fn split(
    State(app): State<App>,
    Reviewer(person): Reviewer,
    Reading(languages): Reading,
    Id(story): Id<StoryId>,
    Body(request): Body<SplitRequest>,
) -> Result<Json<CorrectionView>, Problem> {
    let SplitRequest { matches, revision } = request;
    let correction = Correction::Split { matches };
    let corrected = correct(&app, &person, Seen { story, revision }, correction).await?;
    Ok(Json(view(&corrected, &languages)))
}

/// Puts all matches of a story into another one. Whoever asks for the story that went is given
/// the other one from then on. Nobody is alerted.
#[utoipa::path(
    post, path = "/api/v1/stories/{id}/merge", tag = "stories", operation_id = "merge_stories",
    params(("id" = StoryId, Path, description = "The story that goes")),
    request_body = MergeRequest,
    responses((status = 200, description = "Both stories after it", body = CorrectionView), Refusals)
)]
pub(super) async fn merge(
    State(app): State<App>,
    Reviewer(person): Reviewer,
    Reading(languages): Reading,
    Id(story): Id<StoryId>,
    Body(request): Body<MergeRequest>,
) -> Result<Json<CorrectionView>, Problem> {
    let MergeRequest { into, revision } = request;
    let into = current_story(&app, into).await?.id;
    let correction = Correction::Merge { from: story, into };
    let corrected = correct(&app, &person, Seen { story, revision }, correction).await?;
    Ok(Json(view(&corrected, &languages)))
}

fn view(corrected: &Corrected, languages: &Languages) -> CorrectionView {
    let Corrected { from, to, n_moved } = corrected;
    CorrectionView::new(*n_moved, from, to, languages)
}
