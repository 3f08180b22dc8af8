//! `GET /v2/me`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::me::Me;
use slotd_store::users;

use super::shown;
use crate::access::Principal;
use crate::{ApiError, App, messages};

/// Returns the caller's profile (ME-1, ME-10).
#[utoipa::path(
    get, path = "/v2/me", operation_id = "MeController_getMe", tag = "Me", summary = "Get my profile",
    params(("Authorization" = String, Header, description = "`Bearer <API key or access token>`")),
    responses((status = 200, description = "The profile", body = Success<Me>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<Success<Me>>, ApiError> {
    let conn = app.store.read().await?;
    let user = users::by_id(&conn, principal.user_id).await?;
    // Deleted between the check and this read.
    let user = user.ok_or_else(|| ApiError::unauthorized(messages::INVALID_ACCESS_TOKEN))?;
    Ok(Json(Success::of(shown(user))))
}
