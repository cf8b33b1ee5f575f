//! What keeps the store well.

use axum::Json;
use axum::extract::State;

use crate::review::api::document::Refusals;
use crate::review::{Admin, App, Problem};
use crate::store::Compacted;

/// Gives the disk back what deleted and changed records still take; answers when that is done.
/// Everything else goes on meanwhile, and the work goes on if nobody waits for the answer.
#[utoipa::path(
    post, path = "/api/v1/store/compact", tag = "service", operation_id = "compact_store",
    responses((status = 200, description = "What it did", body = Compacted), Refusals)
)]
pub(super) async fn compact(State(app): State<App>, _: Admin) -> Result<Json<Compacted>, Problem> {
    Ok(Json(app.store.compact().await?))
}
