//! `PATCH /v2/event-types/{eventTypeId}`

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use slotd_contract::Success;
use slotd_contract::event_type_internal::Changes;
use slotd_contract::fields::read_body;
use slotd_domain::EventTypeId;

use super::shown;
use crate::access::Principal;
use crate::atoms_event_types::Changed;
use crate::{ApiError, App};

/// Changes the fields that were sent, under their internal names (ET-80).
pub(in super::super) async fn update(
    app: &App,
    principal: &Principal,
    id: EventTypeId,
    sent: &Value,
) -> Result<Response, ApiError> {
    let changes: Changes = read_body(sent).map_err(ApiError::invalid)?;
    let unit = Changed { owner: principal.user_id, id, changes };
    let stored = app.store.write(unit).await?;
    Ok(Json(Success::of(shown(&stored))).into_response())
}
