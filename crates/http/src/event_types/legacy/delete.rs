//! `DELETE /v2/event-types/{eventTypeId}`

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use slotd_contract::Success;

use super::super::delete::Delete;
use crate::access::{EventTypeNumber, Principal};
use crate::{ApiError, App};

/// Deletes an event type of the caller (ET-62, ET-63).
pub(in super::super) async fn delete(
    app: &App,
    principal: &Principal,
    path: EventTypeNumber,
) -> Result<Response, ApiError> {
    let deleted = app.store.write(Delete { path, user: principal.user_id }).await?;
    Ok(Json(Success::of(json!({
        "id": deleted.id, "length": deleted.length_in_minutes, "slug": deleted.slug,
        "title": deleted.title,
    })))
    .into_response())
}
