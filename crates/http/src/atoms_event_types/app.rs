//! `GET /v2/atoms/event-types-app/{appSlug}`

use axum::Json;
use axum::http::request::Parts;
use serde_json::{Value, json};
use slotd_contract::Success;

use crate::access::path_parameter;
use crate::{ApiError, messages};

/// Says whether an app is installed for the settings form (file 06, 5.20). No app can
/// be installed yet.
#[utoipa::path(
    get, path = "/v2/atoms/event-types-app/{appSlug}", operation_id = "AtomsEventTypesController_getApp",
    tag = "Event Types", summary = "Get an app of an event type",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
        ("appSlug" = String, Path, description = "Slug of the app"),
    ),
    responses((status = 200, description = "The app", body = Success<Object>)),
)]
pub(super) async fn app(parts: Parts) -> Result<Json<Success<Value>>, ApiError> {
    let slug = path_parameter(&parts, "appSlug").unwrap_or_default();
    if slug != "stripe" {
        return Err(ApiError::not_found(messages::no_app(&slug)));
    }
    Ok(Json(Success::of(json!({ "app": {
        "slug": "stripe", "name": "Stripe", "categories": ["payment"], "userCredentialIds": [],
        "teams": [], "isInstalled": false, "logo": null,
    } }))))
}
