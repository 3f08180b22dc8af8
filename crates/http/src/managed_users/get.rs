//! `GET /v2/oauth-clients/{clientId}/users/{userId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::managed_users::ManagedUser;
use slotd_store::users;

use super::{shown, unknown};
use crate::access::{PathClient, PathUser};
use crate::{ApiError, App};

/// Returns a managed user (MU-30).
#[utoipa::path(
    get, path = "/v2/oauth-clients/{clientId}/users/{userId}", operation_id = "OAuthClientUsersController_getUserById",
    tag = "Platform / Managed Users", summary = "Get a managed user",
    params(
        ("x-cal-secret-key" = String, Header, description = "Secret of the OAuth client"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
        ("userId" = i32, Path, description = "Id of the managed user"),
    ),
    responses((status = 200, description = "The user", body = Success<ManagedUser>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    PathClient(client): PathClient,
    path_user: PathUser,
) -> Result<Json<Success<ManagedUser>>, ApiError> {
    let id = path_user.id().ok_or_else(|| unknown(&path_user))?;
    let conn = app.store.read().await?;
    let user =
        users::managed_by_id(&conn, &client, id).await?.ok_or_else(|| unknown(&path_user))?;
    Ok(Json(Success::of(shown(user))))
}
