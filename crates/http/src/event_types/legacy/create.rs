//! `POST /v2/event-types`

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::Value;
use slotd_contract::Success;
use slotd_contract::event_type_internal::NewEventType;
use slotd_contract::fields::read_body;
use slotd_domain::event_type::EventType;
use slotd_domain::{EventTypeId, UserId};
use slotd_store::event_types::{self, Stored};
use slotd_store::{Conn, Sequence, UnitOfWork};

use super::shown;
use crate::access::Principal;
use crate::atoms_event_types::{Connections, refused_write};
use crate::{ApiError, App};

/// Creates an event type of the caller.
pub(in super::super) async fn create(
    app: &App,
    principal: &Principal,
    sent: &Value,
) -> Result<Response, ApiError> {
    let new: NewEventType = read_body(sent).map_err(ApiError::invalid)?;
    let event_type = new.event_type().map_err(ApiError::bad_request)?;
    let id = EventTypeId(app.store.next_id(Sequence::EventType).await?);
    let unit = Create { id, owner: principal.user_id, event_type, now: app.clock.now() };
    let stored = app.store.write(unit).await?;
    Ok((StatusCode::CREATED, Json(Success::of(shown(&stored)))).into_response())
}

struct Create {
    id: EventTypeId,
    owner: UserId,
    event_type: EventType,
    now: Timestamp,
}

impl UnitOfWork for Create {
    type Output = Stored;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Stored, ApiError> {
        let Self { id, owner, event_type, now } = self;
        let nothing = EventType::new("", "", 1);
        let connections = Connections { owner: *owner, before: &nothing };
        connections.check(conn, event_type).await?;
        let insert = event_types::insert(conn, *id, *owner, event_type, *now);
        match conn.commit_with(insert).await {
            Ok(_) => Ok(Stored {
                id: *id,
                user_id: Some(*owner),
                team_id: None,
                event_type: event_type.clone(),
                created_at: *now,
            }),
            Err(error) => Err(refused_write(error, *owner, event_type)),
        }
    }
}
