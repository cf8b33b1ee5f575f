//! How receivers stand, and switching them on again.

use axum::Json;
use axum::extract::State;

use crate::model::view::{EnabledView, ListView, ReceiverView};
use crate::review::api::asked::{Asked, Id};
use crate::review::api::document::Refusals;
use crate::review::{Admin, App, Person, Problem};

/// All receivers: how they stand, and what waits for each; never more than one page.
#[utoipa::path(
    get, path = "/api/v1/receivers", tag = "deliveries", operation_id = "list_receivers",
    responses((status = 200, description = "The whole list", body = ListView<ReceiverView>), Refusals)
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Person,
    asked: Asked,
) -> Result<Json<ListView<ReceiverView>>, Problem> {
    asked.nothing()?;
    let items = app.controls.receiver_views().await?;
    Ok(Json(ListView { items, next: None }))
}

/// Switches a receiver on again. What waited for it becomes dead letters, and nothing of that is
/// sent unasked.
#[utoipa::path(
    post, path = "/api/v1/receivers/{name}/enable", tag = "deliveries",
    operation_id = "enable_receiver",
    params(("name" = String, Path, description = "The receiver's name")),
    responses((status = 200, description = "What it missed", body = EnabledView), Refusals)
)]
pub(super) async fn enable(
    State(app): State<App>,
    _: Admin,
    Id(name): Id<String>,
) -> Result<Json<EnabledView>, Problem> {
    Ok(Json(app.controls.enable_receiver(&name).await?))
}
