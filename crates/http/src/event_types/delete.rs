//! `DELETE /v2/event-types/{eventTypeId}`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use slotd_contract::Success;
use slotd_contract::event_types::DeletedEventType;
use slotd_domain::UserId;
use slotd_store::{Conn, UnitOfWork, event_types};

use super::legacy;
use crate::access::{EventTypeNumber, Principal};
use crate::version::ApiVersion;
use crate::{ApiError, App, messages};

/// Deletes an event type of the caller (ET-62, ET-63).
#[utoipa::path(
    delete, path = "/v2/event-types/{eventTypeId}",
    operation_id = "EventTypesController_2024_06_14_deleteEventType",
    tag = "Event Types", summary = "Delete an event type",
    params(
        ("cal-api-version" = String, Header, description = "`2024-06-14`"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    responses((status = 200, description = "What was deleted", body = Success<DeletedEventType>)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    version: ApiVersion,
    principal: Principal,
    path: EventTypeNumber,
) -> Result<Response, ApiError> {
    if version < ApiVersion::V2024_06_14 {
        return legacy::delete(&app, &principal, path).await;
    }
    let deleted = app.store.write(Delete { path, user: principal.user_id }).await?;
    Ok(Json(Success::of(deleted)).into_response())
}

pub(super) struct Delete {
    pub(super) path: EventTypeNumber,
    pub(super) user: UserId,
}

impl UnitOfWork for Delete {
    type Output = DeletedEventType;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<DeletedEventType, ApiError> {
        let text = &self.path.text;
        let unknown = || ApiError::not_found(messages::no_event_type_to_delete(text));
        let id = self.path.known.ok_or_else(unknown)?;
        let stored = event_types::lock(conn, id).await?.ok_or_else(unknown)?;
        if stored.user_id != Some(self.user) {
            return Err(ApiError::forbidden(messages::not_the_owner(self.user, text)));
        }
        event_types::delete(conn, id).await?;
        Ok(DeletedEventType {
            id: id.0,
            length_in_minutes: stored.event_type.length_minutes,
            slug: stored.event_type.slug,
            title: stored.event_type.title,
        })
    }
}
