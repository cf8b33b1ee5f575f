//! Deliveries, and tests of receivers.

use axum::Json;
use axum::extract::State;

use crate::model::view::{DeliveryView, ListView, ReceiverTestView};
use crate::model::{AlertKind, DeliveryId, Timestamp};
use crate::review::api::asked::{Asked, Id, StateFilter, list_refused};
use crate::review::api::document::Refusals;
use crate::review::{Admin, App, Person, Problem};
use crate::store::{DeliveryFilter, DeliveryPhase};

/// Deliveries, newest first.
#[utoipa::path(
    get, path = "/api/v1/deliveries", tag = "deliveries", operation_id = "list_deliveries",
    params(
        ("receiver" = Option<String>, Query, description = "To this receiver only"),
        ("state" = Option<StateFilter>, Query, description = "In this state only"),
        ("kind" = Option<AlertKind>, Query, description = "Of this type only"),
        ("since" = Option<Timestamp>, Query, description = "Committed at or after this time"),
        ("until" = Option<Timestamp>, Query, description = "Committed before this time"),
        ("limit" = Option<u16>, Query, description = "At most so many; 50 when not given", minimum = 1, maximum = 200),
        ("after" = Option<String>, Query, description = "`next` of the page before", pattern = "^[0-9]{1,13}-[0-9a-f]{16}$"),
    ),
    responses((status = 200, description = "Part of the list", body = ListView<DeliveryView>), Refusals)
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Person,
    mut asked: Asked,
) -> Result<Json<ListView<DeliveryView>>, Problem> {
    let phase = asked.word::<StateFilter>("state")?.map(DeliveryPhase::from);
    let filter = DeliveryFilter {
        receiver: asked.take("receiver")?,
        phase,
        kind: asked.word("kind")?,
        since: asked.take("since")?,
        until: asked.take("until")?,
    };
    let page = app.store.deliveries(filter, asked.page()?).await.map_err(list_refused)?;
    let items = page.items.iter().map(DeliveryView::from).collect();
    Ok(Json(ListView { items, next: page.next }))
}

/// One delivery.
#[utoipa::path(
    get, path = "/api/v1/deliveries/{id}", tag = "deliveries", operation_id = "show_delivery",
    params(("id" = DeliveryId, Path, description = "The delivery's id")),
    responses((status = 200, description = "The delivery", body = DeliveryView), Refusals)
)]
pub(super) async fn show(
    State(app): State<App>,
    _: Person,
    Id(id): Id<DeliveryId>,
) -> Result<Json<DeliveryView>, Problem> {
    let delivery = app.store.delivery(id).await?;
    let delivery = delivery.ok_or_else(|| Problem::unknown(&format!("delivery {id}")))?;
    Ok(Json((&delivery).into()))
}

/// Sends a signed `webhook.test` to a receiver and says how that went.
#[utoipa::path(
    post, path = "/api/v1/receivers/{name}/test", tag = "deliveries",
    operation_id = "test_receiver",
    params(("name" = String, Path, description = "The receiver's name")),
    responses((status = 200, description = "How it went", body = ReceiverTestView), Refusals)
)]
pub(super) async fn test_receiver(
    State(app): State<App>,
    _: Admin,
    Id(name): Id<String>,
) -> Result<Json<ReceiverTestView>, Problem> {
    let test = app.controls.test_receiver(&name).await?;
    Ok(Json(ReceiverTestView {
        receiver: name,
        ok: test.error.is_none(),
        status: test.status,
        took_ms: u64::try_from(test.took.as_millis()).unwrap_or(u64::MAX),
        error: test.error,
        answer: test.answer,
        verification: test.verification,
    }))
}
