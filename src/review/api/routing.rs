//! Who is told of an article, and why.

use axum::Json;
use axum::extract::State;

use crate::model::view::RoutingView;
use crate::model::{MatchId, StoryNews};
use crate::review::api::asked::{Asked, Id};
use crate::review::api::document::Refusals;
use crate::review::{App, Person, Problem};

/// The way of an article through the routes: who would be told of it now, how, and why not the
/// others; and what really became of it. The id is that of a match, a near miss or an article.
#[utoipa::path(
    get, path = "/api/v1/matches/{id}/route", tag = "matches", operation_id = "route_match",
    params(
        ("id" = MatchId, Path, description = "The id of the match, near miss or article"),
        ("kind" = Option<StoryNews>, Query,
            description = "What would be told of its story; `new` when not given"),
    ),
    responses((status = 200, description = "The way", body = RoutingView), Refusals)
)]
pub(super) async fn show(
    State(app): State<App>,
    _: Person,
    Id(id): Id<MatchId>,
    mut asked: Asked,
) -> Result<Json<RoutingView>, Problem> {
    let tells = asked.take("kind")?.unwrap_or_default();
    asked.nothing()?;
    Ok(Json(app.controls.routing(id, tells).await?))
}
