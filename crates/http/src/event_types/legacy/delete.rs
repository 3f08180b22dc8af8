//! `DELETE /v2/event-types/{eventTypeId}`

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use slotd_contract::Success;
use slotd_domain::{EventTypeId, UserId};
use slotd_store::event_types::{self, Stored};
use slotd_store::{Conn, UnitOfWork};

use crate::access::Principal;
use crate::{ApiError, App, messages};

/// Deletes an event type of the caller (ET-62, ET-63).
pub(in super::super) async fn delete(
    app: &App,
    principal: &Principal,
    id: EventTypeId,
) -> Result<Response, ApiError> {
    let stored = app.store.write(Delete { owner: principal.user_id, id }).await?;
    let event_type = stored.event_type;
    Ok(Json(Success::of(json!({
        "id": id.0, "length": event_type.length_minutes, "slug": event_type.slug,
        "title": event_type.title,
    })))
    .into_response())
}

struct Delete {
    owner: UserId,
    id: EventTypeId,
}

impl UnitOfWork for Delete {
    type Output = Stored;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Stored, ApiError> {
        let stored = event_types::lock(conn, self.id).await?;
        let stored =
            stored.ok_or_else(|| ApiError::not_found(messages::absent_event_type(self.id)))?;
        if stored.user_id != Some(self.owner) {
            return Err(ApiError::forbidden(messages::foreign_event_type(self.owner, self.id)));
        }
        conn.commit_with(event_types::delete(conn, self.id)).await?;
        Ok(stored)
    }
}
