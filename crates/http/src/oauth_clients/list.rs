//! `GET /v2/oauth-clients`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::oauth_clients::OAuthClient;
use slotd_store::oauth_clients;

use super::shown;
use crate::access::Principal;
use crate::{ApiError, App};

/// Lists the OAuth clients of the caller's organization (OC-7).
#[utoipa::path(
    get, path = "/v2/oauth-clients", operation_id = "OAuthClientsController_getOAuthClients",
    tag = "Platform OAuth Clients", summary = "Get all OAuth clients",
    params(("Authorization" = String, Header, description = "`Bearer <API key>`")),
    responses((status = 200, description = "The clients, oldest first", body = Success<Vec<OAuthClient>>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<Success<Vec<OAuthClient>>>, ApiError> {
    let organization = principal.bound_organization()?;
    let conn = app.store.read().await?;
    let clients = oauth_clients::of_organization(&conn, organization).await?;
    let keyring = app.store.keyring();
    let clients =
        clients.into_iter().map(|client| shown(keyring, client)).collect::<Result<_, _>>()?;
    Ok(Json(Success::of(clients)))
}
