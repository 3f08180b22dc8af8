//! `GET /v2/event-types/{eventTypeId}/private-links`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::private_links as wire;
use slotd_store::private_links;

use super::{MOST_LINKS, shown};
use crate::access::PathEventType;
use crate::{ApiError, App};

/// Lists the private links of an event type, oldest first.
#[utoipa::path(
    get, path = "/v2/event-types/{eventTypeId}/private-links",
    operation_id = "EventTypesPrivateLinksController_getPrivateLinks",
    tag = "Event Types Private Links", summary = "Get all private links for an event type",
    params(
        ("Authorization" = String, Header, description = "Bearer token: API key or access token"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
    ),
    responses((status = 200, description = "The links, of both kinds", body = Success<Vec<wire::PrivateLink>>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    PathEventType(event_type): PathEventType,
) -> Result<Json<Success<Vec<wire::PrivateLink>>>, ApiError> {
    let conn = app.store.read().await?;
    let links = private_links::list(&conn, event_type, MOST_LINKS).await?;
    Ok(Json(Success::of(links.iter().map(|link| shown(&app, event_type, link)).collect())))
}
