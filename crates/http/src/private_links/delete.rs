//! `DELETE /v2/event-types/{eventTypeId}/private-links/{linkId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::private_links::DeletedPrivateLink;
use slotd_domain::{EventTypeId, PrivateLinkId};
use slotd_store::{Conn, UnitOfWork, private_links};

use crate::access::{PathEventType, PathLink};
use crate::{ApiError, App, messages};

/// Deletes a private link: it can no longer be opened.
#[utoipa::path(
    delete, path = "/v2/event-types/{eventTypeId}/private-links/{linkId}",
    operation_id = "EventTypesPrivateLinksController_deletePrivateLink",
    tag = "Event Types Private Links", summary = "Delete a private link for an event type",
    params(
        ("Authorization" = String, Header, description = "Bearer token: API key or access token"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
        ("linkId" = String, Path, description = "Id of the link"),
    ),
    responses((status = 200, description = "The link is gone", body = Success<DeletedPrivateLink>)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    PathEventType(event_type): PathEventType,
    PathLink(id): PathLink,
) -> Result<Json<Success<DeletedPrivateLink>>, ApiError> {
    let link_id = id.to_string();
    app.store.write(Delete { event_type, id }).await?;
    Ok(Json(Success::of(DeletedPrivateLink { link_id, message: messages::LINK_DELETED })))
}

struct Delete {
    event_type: EventTypeId,
    id: PrivateLinkId,
}

impl UnitOfWork for Delete {
    type Output = ();
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<(), ApiError> {
        match private_links::delete(conn, self.event_type, &self.id).await? {
            0 => Err(ApiError::not_found(messages::DELETED_LINK_NOT_FOUND)),
            _ => Ok(()),
        }
    }
}
