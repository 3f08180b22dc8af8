//! `GET /v2/atoms/event-types/{eventTypeId}`

use axum::Json;
use axum::extract::State;
use serde_json::Value;
use slotd_contract::Success;

use super::{editor, own};
use crate::access::{EventTypeNumber, Principal};
use crate::{ApiError, App};

/// Shows the settings form an event type of the caller (file 06, 5.16).
#[utoipa::path(
    get, path = "/v2/atoms/event-types/{eventTypeId}", operation_id = "AtomsEventTypesController_getEventType",
    tag = "Event Types", summary = "Get an event type for the settings form",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
    ),
    responses((status = 200, description = "The editor's model", body = Success<Object>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    principal: Principal,
    path: EventTypeNumber,
) -> Result<Json<Success<Value>>, ApiError> {
    let conn = app.store.read().await?;
    let (stored, owner) = own(&conn, &principal, &path).await?;
    Ok(Json(Success::of(editor(&conn, &stored, &owner).await?)))
}
