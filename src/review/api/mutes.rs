//! What people want to hear nothing of.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::view::ListView;
use crate::model::{Mute, MuteId, MuteMode, Score, StoryId, Timestamp, duration_text};
use crate::review::api::asked::{Asked, Body, Id};
use crate::review::api::document::Refusals;
use crate::review::{App, MuteWish, Person, Problem, Reviewer};

/// Something to hear nothing of: `receiver`, `story` or both, with one of `for` and `until`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MuteRequest {
    /// Who is not told; nobody when not given.
    #[serde(default)]
    pub receiver: Option<String>,
    /// Of which story; of none when not given.
    #[serde(default)]
    pub story: Option<StoryId>,
    /// For how long from now on, in minutes, hours or days: `2h`; at most 366 days.
    #[serde(default, rename = "for")]
    #[schema(pattern = "^[0-9]{1,9}[mhd]$")]
    pub duration: Option<String>,
    /// When it ends.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// What is at least so sure is told all the same.
    #[serde(default)]
    pub unless_score: Option<Score>,
    /// Alerts are not made at all, instead of being held until the mute ends.
    #[serde(default)]
    pub drop: bool,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub reason: Option<String>,
}

impl MuteRequest {
    fn wish(self, now: Timestamp) -> Result<MuteWish, Problem> {
        let until = match (self.duration, self.until) {
            // What is over within seconds is over before anybody could end it.
            (Some(text), None) if text.ends_with('s') => {
                return Err(Problem::field("for", "for: use minutes, hours or days, like \"2h\""));
            }
            (Some(text), None) => {
                let duration = duration_text::parse(&text);
                now.plus(duration.map_err(|words| Problem::field("for", format!("for: {words}")))?)
            }
            (None, Some(until)) => until,
            _ => {
                let words = "one of for and until is needed";
                return Err(Problem::new(StatusCode::CONFLICT, words));
            }
        };
        Ok(MuteWish {
            receiver: self.receiver,
            story: self.story,
            until,
            unless_score: self.unless_score,
            mode: if self.drop { MuteMode::Drop } else { MuteMode::Hold },
            reason: self.reason,
        })
    }
}

/// Mutes that have not ended, by their ends; never more than one page.
#[utoipa::path(
    get, path = "/api/v1/mutes", tag = "deliveries", operation_id = "list_mutes",
    responses((status = 200, description = "The whole list", body = ListView<Mute>), Refusals)
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Person,
    asked: Asked,
) -> Result<Json<ListView<Mute>>, Problem> {
    asked.nothing()?;
    let now = app.clock.now();
    let mut items = app.store.mutes().await?;
    items.retain(|mute| now < mute.until);
    Ok(Json(ListView { items, next: None }))
}

/// Keeps alerts back for some time. At most 100 mutes at once.
#[utoipa::path(
    post, path = "/api/v1/mutes", tag = "deliveries", operation_id = "add_mute",
    request_body = MuteRequest,
    responses((status = 201, description = "There is quiet", body = Mute), Refusals)
)]
pub(super) async fn add(
    State(app): State<App>,
    Reviewer(person): Reviewer,
    Body(request): Body<MuteRequest>,
) -> Result<(StatusCode, Json<Mute>), Problem> {
    let wish = request.wish(app.clock.now())?;
    let mute = app.controls.mute(wish, &person.name).await;
    Ok((StatusCode::CREATED, Json(mute.map_err(|error| as_things_stand(error.into()))?)))
}

/// A request in the right shape that means nothing now: an end that has passed, no end, nothing to
/// be quiet about.
fn as_things_stand(problem: Problem) -> Problem {
    let is_meant = problem.status() != StatusCode::UNPROCESSABLE_ENTITY;
    let status = if is_meant { problem.status() } else { StatusCode::CONFLICT };
    Problem { parameter: problem.parameter, ..Problem::new(status, problem.detail) }
}

/// Ends a mute: what it held is sent at once.
#[utoipa::path(
    delete, path = "/api/v1/mutes/{id}", tag = "deliveries", operation_id = "end_mute",
    params(("id" = MuteId, Path, description = "The mute's id")),
    responses((status = 204, description = "It has ended"), Refusals)
)]
pub(super) async fn end(
    State(app): State<App>,
    _: Reviewer,
    Id(id): Id<MuteId>,
) -> Result<StatusCode, Problem> {
    app.controls.unmute(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
