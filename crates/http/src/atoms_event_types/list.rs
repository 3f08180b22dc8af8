//! `GET /v2/atoms/event-types`

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use slotd_contract::Success;
use slotd_contract::event_type_internal::settings;
use slotd_store::event_types;

use crate::access::Principal;
use crate::{ApiError, App};

/// Lists the caller's event types, hidden ones included (file 06, 5.15).
#[utoipa::path(
    get, path = "/v2/atoms/event-types", operation_id = "AtomsEventTypesController_getEventTypes",
    tag = "Event Types", summary = "Get my event types for the components",
    params(("Authorization" = String, Header, description = "`Bearer <API key or access token>`")),
    responses((status = 200, description = "The event types", body = Success<Object>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<Success<Value>>, ApiError> {
    let conn = app.store.read().await?;
    let stored = event_types::of_user(&conn, principal.user_id).await?;
    let shown = stored.iter().map(|stored| {
        let all = settings(&stored.event_type);
        json!({
            "id": stored.id.0, "title": all["title"], "slug": all["slug"],
            "description": all["description"], "length": all["length"],
            "locations": all["locations"], "logo": null,
        })
    });
    Ok(Json(Success::of(json!({ "eventTypes": shown.collect::<Value>() }))))
}
