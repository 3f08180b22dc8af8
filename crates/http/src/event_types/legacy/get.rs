//! `GET /v2/event-types/{eventTypeId}`

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use slotd_contract::Success;

use crate::access::{EventTypeNumber, Principal};
use crate::atoms_event_types::{editor, own};
use crate::{ApiError, App};

/// The editor's model of an event type of the caller (ET-82).
pub(in super::super) async fn get(
    app: &App,
    principal: &Principal,
    path: &EventTypeNumber,
) -> Result<Response, ApiError> {
    let conn = app.store.read().await?;
    let (stored, owner) = own(&conn, principal, path).await?;
    Ok(Json(Success::of(editor(&conn, &stored, &owner).await?)).into_response())
}
