//! `GET /v2/event-types/{username}/public`

use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use serde_json::{Map, Value, json};
use slotd_contract::Success;
use slotd_contract::event_type_internal::booker;
use slotd_store::event_types;

use crate::access::path_parameter;
use crate::atoms_event_types::find_user;
use crate::{ApiError, App};

/// What the list shows of the booker's model.
const SHOWN: [&str; 12] = [
    "title",
    "description",
    "length",
    "slug",
    "locations",
    "metadata",
    "recurringEvent",
    "requiresConfirmation",
    "seatsPerTimeSlot",
    "price",
    "currency",
    "schedulingType",
];

/// Lists a user's event types without the hidden ones; nobody's when there is no such
/// user (ET-82).
#[utoipa::path(
    get, path = "/v2/event-types/{username}/public",
    operation_id = "EventTypesController_2024_04_15_getPublicEventTypes",
    tag = "Event Types", summary = "Get a user's event types, in the legacy form",
    params(("username" = String, Path, description = "Whose they are")),
    responses((status = 200, description = "The event types", body = Success<Vec<Object>>)),
)]
pub(super) async fn public_list(
    State(app): State<App>,
    parts: Parts,
) -> Result<Json<Success<Value>>, ApiError> {
    let username = path_parameter(&parts, "username").unwrap_or_default();
    let conn = app.store.read().await?;
    let stored = match find_user(&conn, &username, None).await? {
        Some(user) => event_types::of_user(&conn, user.id).await?,
        None => Vec::new(),
    };
    let visible = stored.iter().filter(|stored| !stored.event_type.is_hidden);
    let shown = visible.map(|stored| {
        let mut shown = Map::new();
        shown.insert("id".to_owned(), json!(stored.id.0));
        let model = booker(&stored.event_type);
        shown.extend(model.into_iter().filter(|(name, _)| SHOWN.contains(&name.as_str())));
        Value::Object(shown)
    });
    Ok(Json(Success::of(shown.collect())))
}
