//! `PATCH /v2/event-types/{eventTypeId}`

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use slotd_contract::Success;
use slotd_contract::event_type_internal::Changes;

use super::shown;
use crate::access::{EventTypeNumber, Principal};
use crate::atoms_event_types::{Changed, known};
use crate::body::Unread;
use crate::{ApiError, App};

/// Changes the fields that were sent, under their internal names (ET-80).
pub(in super::super) async fn update(
    app: &App,
    principal: &Principal,
    path: &EventTypeNumber,
    sent: Unread,
) -> Result<Response, ApiError> {
    let changes = sent.read::<Changes>()?;
    let unit = Changed { owner: principal.user_id, id: known(path)?, changes };
    let stored = app.store.write(unit).await?;
    Ok(Json(Success::of(shown(&stored))).into_response())
}
