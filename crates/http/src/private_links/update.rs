//! `PATCH /v2/event-types/{eventTypeId}/private-links/{linkId}`

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use slotd_contract::Success;
use slotd_contract::private_links::{self as wire, UpdatePrivateLink};
use slotd_domain::{EventTypeId, PrivateLinkId};
use slotd_store::private_links::{self, PrivateLink};
use slotd_store::{Conn, UnitOfWork};

use super::shown;
use crate::access::{PathEventType, PathLink};
use crate::body::Validated;
use crate::{ApiError, App, messages};

/// Gives a private link another end; without one it counts its uses (PL-4).
#[utoipa::path(
    patch, path = "/v2/event-types/{eventTypeId}/private-links/{linkId}",
    operation_id = "EventTypesPrivateLinksController_updatePrivateLink",
    tag = "Event Types Private Links", summary = "Update a private link for an event type",
    params(
        ("Authorization" = String, Header, description = "Bearer token: API key or access token"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
        ("linkId" = String, Path, description = "Id of the link"),
    ),
    request_body = UpdatePrivateLink,
    responses((status = 200, description = "The link as it is now", body = Success<wire::PrivateLink>)),
)]
pub(super) async fn update(
    State(app): State<App>,
    PathEventType(event_type): PathEventType,
    PathLink(id): PathLink,
    Validated { body, .. }: Validated<UpdatePrivateLink>,
) -> Result<Json<Success<wire::PrivateLink>>, ApiError> {
    let UpdatePrivateLink { expires_at, max_usage_count } = body;
    if expires_at.is_some() && max_usage_count.is_some() {
        return Err(ApiError::bad_request(messages::ONE_END_OF_LINK));
    }
    let link = app.store.write(Update { event_type, id, expires_at, max_usage_count }).await?;
    Ok(Json(Success::of(shown(&app, event_type, &link))))
}

struct Update {
    event_type: EventTypeId,
    id: PrivateLinkId,
    expires_at: Option<Timestamp>,
    max_usage_count: Option<i32>,
}

impl UnitOfWork for Update {
    type Output = PrivateLink;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<PrivateLink, ApiError> {
        let Self { event_type, id, expires_at, max_usage_count } = self;
        let link =
            private_links::update(conn, *event_type, id, *expires_at, *max_usage_count).await?;
        link.ok_or_else(|| ApiError::not_found(messages::UPDATED_LINK_NOT_FOUND))
    }
}
