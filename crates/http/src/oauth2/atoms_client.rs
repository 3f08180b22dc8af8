//! `GET /v2/atoms/auth/oauth2/clients/{clientId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::oauth2::AtomsOAuth2Client;

use super::{PathOAuth2Client, find};
use crate::{ApiError, App, messages};

/// Says to the components whether an app exists (section 6).
#[utoipa::path(
    get, path = "/v2/atoms/auth/oauth2/clients/{clientId}", operation_id = "AtomsOAuth2Controller_getClient",
    tag = "Cal provider", summary = "Get an OAuth2 client for the components",
    params(("clientId" = String, Path, description = "Id of the app")),
    responses((status = 200, description = "The app", body = Success<AtomsOAuth2Client>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    PathOAuth2Client(id): PathOAuth2Client,
) -> Result<Json<Success<AtomsOAuth2Client>>, ApiError> {
    let client = find(&app, &id).await?;
    let client = client.ok_or_else(|| ApiError::not_found(messages::UNAUTHORIZED_CLIENT))?;
    let client_id = client.id.to_string();
    Ok(Json(Success::of(AtomsOAuth2Client { client_id, organization_id: None })))
}
