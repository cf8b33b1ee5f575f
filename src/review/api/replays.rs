//! Alerts that are sent again.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::view::ReplayView;
use crate::model::{DeliveryId, Timestamp};
use crate::review::api::asked::{Body, Id, OptionalBody};
use crate::review::api::document::Refusals;
use crate::review::{Admin, App, Problem, ReplayMode, ReplayOrder, ReplayWhat};

/// How one alert is sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayOneRequest {
    /// Only says what would be sent.
    #[serde(default)]
    pub dry_run: bool,
}

/// Which alerts are sent again; `receiver` or `since` must be given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {
    /// To this receiver: what was delivered and what was given up; of events that it was never
    /// told of because it came later, what it would have been told. Without it only what was
    /// given up, for all receivers.
    #[serde(default)]
    pub receiver: Option<String>,
    /// Committed at or after this time.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// Committed before this time.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Only what was given up.
    #[serde(default)]
    pub dead: bool,
    /// Only says what would be sent.
    #[serde(default)]
    pub dry_run: bool,
}

impl From<ReplayRequest> for ReplayOrder {
    fn from(request: ReplayRequest) -> Self {
        let ReplayRequest { receiver, since, until, dead, dry_run } = request;
        let what = ReplayWhat::Several { receiver, since, until, only_dead: dead };
        Self { what, mode: ReplayMode::of_dry_run(dry_run) }
    }
}

/// Sends one alert again, with the same id and body. Refused (422) when its article was erased, or
/// its receiver is switched off.
#[utoipa::path(
    post, path = "/api/v1/deliveries/{id}/replay", tag = "deliveries",
    operation_id = "replay_delivery",
    params(("id" = DeliveryId, Path, description = "The delivery's id")),
    request_body = Option<ReplayOneRequest>,
    responses((status = 200, description = "What is sent", body = ReplayView), Refusals)
)]
pub(super) async fn one(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<DeliveryId>,
    OptionalBody(request): OptionalBody<ReplayOneRequest>,
) -> Result<Json<ReplayView>, Problem> {
    let mode = ReplayMode::of_dry_run(request.dry_run);
    let order = ReplayOrder { what: ReplayWhat::One(id), mode };
    Ok(Json(app.controls.replay(order).await?))
}

/// Sends the alerts of a time or of a receiver again, with the same ids and bodies, in the order
/// in which they were first told. Refused (422) when the receiver is switched off.
#[utoipa::path(
    post, path = "/api/v1/deliveries/replay", tag = "deliveries",
    operation_id = "replay_deliveries",
    request_body = ReplayRequest,
    responses((status = 200, description = "What is sent", body = ReplayView), Refusals)
)]
pub(super) async fn several(
    State(app): State<App>,
    _: Admin,
    Body(request): Body<ReplayRequest>,
) -> Result<Json<ReplayView>, Problem> {
    Ok(Json(app.controls.replay(request.into()).await?))
}
