//! `GET /v2/auth/oauth2/clients/{clientId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::oauth2::OAuth2Client;

use super::{PathOAuth2Client, existing, redirect_uris};
use crate::{ApiError, App};

/// What everybody may know about an app (O2-1).
#[utoipa::path(
    get, path = "/v2/auth/oauth2/clients/{clientId}", operation_id = "OAuth2Controller_getClient",
    tag = "OAuth2", summary = "Get OAuth2 client",
    params(("clientId" = String, Path, description = "Id of the app")),
    responses((status = 200, description = "The app", body = Success<OAuth2Client>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    PathOAuth2Client(id): PathOAuth2Client,
) -> Result<Json<Success<OAuth2Client>>, ApiError> {
    let client = existing(&app, &id).await?;
    let redirect_uris = redirect_uris(&client);
    Ok(Json(Success::of(OAuth2Client {
        client_id: client.id.to_string(),
        redirect_uri: redirect_uris.first().cloned().unwrap_or_default(),
        redirect_uris,
        name: client.name,
        logo: client.logo,
        is_trusted: client.is_trusted,
        client_type: client.client_type,
    })))
}
