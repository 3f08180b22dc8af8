//! `GET /v2/atoms/event-types/list-with-team`

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use slotd_contract::Success;
use slotd_store::{event_types, users};

use crate::access::Principal;
use crate::{ApiError, App};

/// Lists the caller's event types with whose they are (file 06, 5.15). Teams have none
/// yet.
#[utoipa::path(
    get, path = "/v2/atoms/event-types/list-with-team",
    operation_id = "AtomsEventTypesController_getEventTypesWithTeam",
    tag = "Event Types", summary = "Get my event types and those of my teams for the components",
    params(("Authorization" = String, Header, description = "`Bearer <API key or access token>`")),
    responses((status = 200, description = "The event types", body = Success<Vec<Object>>)),
)]
pub(super) async fn list_with_team(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<Success<Value>>, ApiError> {
    let conn = app.store.read().await?;
    let (user, stored) = tokio::try_join!(
        users::by_id(&conn, principal.user_id),
        event_types::of_user(&conn, principal.user_id),
    )?;
    let username = user.and_then(|user| user.username);
    let shown = stored.iter().map(|stored| {
        let event_type = &stored.event_type;
        json!({
            "id": stored.id.0, "team": null, "title": event_type.title, "slug": event_type.slug,
            "length": event_type.length_minutes, "username": username,
        })
    });
    Ok(Json(Success::of(shown.collect())))
}
