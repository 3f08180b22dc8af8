//! `GET /v2/oauth-clients/{clientId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::oauth_clients::OAuthClient;
use slotd_store::oauth_clients;

use super::shown;
use crate::access::PathClient;
use crate::{ApiError, App, messages};

/// Returns an OAuth client with its secret.
#[utoipa::path(
    get, path = "/v2/oauth-clients/{clientId}", operation_id = "OAuthClientsController_getOAuthClientById",
    tag = "Platform OAuth Clients", summary = "Get an OAuth client",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key>`"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
    ),
    responses((status = 200, description = "The client", body = Success<OAuthClient>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    PathClient(id): PathClient,
) -> Result<Json<Success<OAuthClient>>, ApiError> {
    let conn = app.store.read().await?;
    let client = oauth_clients::by_id(&conn, &id).await?;
    let client = client.ok_or_else(|| ApiError::not_found(messages::OAUTH_CLIENT_NOT_FOUND))?;
    Ok(Json(Success::of(shown(app.store.keyring(), client)?)))
}
