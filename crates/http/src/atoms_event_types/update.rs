//! `PATCH /v2/atoms/event-types/{eventTypeId}`

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use slotd_contract::Success;
use slotd_contract::event_type_internal::{Changes, settings};

use super::{Changed, known};
use crate::access::{EventTypeNumber, Principal};
use crate::body::Validated;
use crate::{ApiError, App};

/// Changes what the settings form sent about an event type of the caller (file 06,
/// 5.17).
#[utoipa::path(
    patch, path = "/v2/atoms/event-types/{eventTypeId}",
    operation_id = "AtomsEventTypesController_updateEventType",
    tag = "Event Types", summary = "Update an event type from the settings form",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
    ),
    request_body = Object,
    responses((status = 200, description = "The event type as it is now", body = Success<Object>)),
)]
pub(super) async fn update(
    State(app): State<App>,
    principal: Principal,
    path: EventTypeNumber,
    Validated { body: changes, .. }: Validated<Changes>,
) -> Result<Json<Success<Value>>, ApiError> {
    let unit = Changed { owner: principal.user_id, id: known(&path)?, changes };
    let stored = app.store.write(unit).await?;
    let mut shown = settings(&stored.event_type);
    shown.insert("id".to_owned(), json!(stored.id.0));
    Ok(Json(Success::of(json!({ "eventType": shown }))))
}
