//! `GET /v2/event-types/{username}/{slug}/public`

use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use serde_json::Value;
use slotd_contract::Success;

use crate::access::path_parameter;
use crate::atoms_event_types::{Wanted, booker_of};
use crate::{ApiError, App};

/// The booker's model of an event type; null when there is none (ET-82).
#[utoipa::path(
    get, path = "/v2/event-types/{username}/{slug}/public",
    operation_id = "EventTypesController_2024_04_15_getPublicEventType",
    tag = "Event Types", summary = "Get an event type for the booker, in the legacy form",
    params(
        ("username" = String, Path, description = "Whose it is"),
        ("slug" = String, Path, description = "Slug of the event type"),
    ),
    responses((status = 200, description = "The booker's model, or null", body = Success<Option<Object>>)),
)]
pub(super) async fn public(
    State(app): State<App>,
    parts: Parts,
) -> Result<Json<Success<Option<Value>>>, ApiError> {
    let parameter = |name| path_parameter(&parts, name).unwrap_or_default();
    let (username, slug) = (parameter("username"), parameter("slug"));
    // `org` is a slug, and adds nothing: a username alone names its managed user.
    let wanted = Wanted { username: &username, slug: &slug, organization: None };
    let conn = app.store.read().await?;
    Ok(Json(Success::of(booker_of(&conn, &wanted).await?)))
}
