//! `POST /v2/event-types`

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use slotd_contract::Success;
use slotd_contract::event_type_internal::NewEventType;
use slotd_domain::EventTypeId;
use slotd_domain::event_type::EventType;
use slotd_store::Sequence;
use slotd_store::event_types::Stored;

use super::super::create::Create;
use super::shown;
use crate::access::Principal;
use crate::atoms_event_types::check;
use crate::body::Unread;
use crate::{ApiError, App};

/// Creates an event type of the caller.
pub(in super::super) async fn create(
    app: &App,
    principal: &Principal,
    sent: Unread,
) -> Result<Response, ApiError> {
    let new = sent.read::<NewEventType>()?;
    let event_type = new.event_type().map_err(ApiError::bad_request)?;
    check(&event_type, &EventType::new("", "", 1))?;
    let (user, now) = (principal.user_id, app.clock.now());
    let id = EventTypeId(app.store.next_id(Sequence::EventType).await?);
    let create = Create { id, user, event_type: event_type.clone(), now };
    let _owner = Box::pin(app.store.write(create)).await?;
    let stored = Stored { id, user_id: Some(user), team_id: None, event_type, created_at: now };
    Ok((StatusCode::CREATED, Json(Success::of(shown(&stored)))).into_response())
}
