//! What keeps the store well.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::review::api::document::Refusals;
use crate::review::serve::Lasting;
use crate::review::{Admin, App, Problem};
use crate::store::{Compacted, VerifyReport};

/// Gives the disk back what deleted and changed records still take; answers when that is done.
/// Everything else goes on meanwhile, and the work goes on if nobody waits for the answer.
#[utoipa::path(
    post, path = "/api/v1/store/compact", tag = "service", operation_id = "compact_store",
    responses((status = 200, description = "What it did", body = Compacted), Refusals)
)]
pub(super) async fn compact(
    State(app): State<App>,
    lasting: Lasting,
    _: Admin,
) -> Result<Json<Compacted>, Problem> {
    Ok(Json(lasting.hold(app.store.compact()).await?))
}

/// Checks every record, in both copies, with everything that it refers to, heals what is whole in
/// one of them, and answers what it found. Everything else goes on meanwhile.
#[utoipa::path(
    post, path = "/api/v1/store/verify", tag = "service", operation_id = "verify_store",
    responses((status = 200, description = "What it found", body = VerifyReport), Refusals)
)]
pub(super) async fn verify(
    State(app): State<App>,
    lasting: Lasting,
    _: Admin,
) -> Result<Json<VerifyReport>, Problem> {
    Ok(Json(lasting.hold(app.store.verify()).await?))
}

/// A backup of everything that is stored, as `silkwire store restore` takes it: secrets' hashes
/// and texts are in it. Everything else goes on meanwhile. An answer that breaks off is no backup.
#[utoipa::path(
    get, path = "/api/v1/store/backup", tag = "service", operation_id = "backup_store",
    responses(
        (status = 200, description = "The file", body = Vec<u8>,
            content_type = "application/octet-stream"),
        Refusals
    )
)]
pub(super) async fn backup(
    State(app): State<App>,
    lasting: Lasting,
    _: Admin,
) -> Result<Response, Problem> {
    let backup = app.store.backup().await?;
    let pieces = stream::unfold((backup, lasting), |(mut backup, lasting)| async move {
        lasting.touch();
        let piece = backup.next().await?;
        Some((piece, (backup, lasting)))
    });
    let headers = [
        (CONTENT_TYPE, "application/octet-stream"),
        (CONTENT_DISPOSITION, "attachment; filename=\"silkwire.backup\""),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}
