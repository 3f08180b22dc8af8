//! `GET /v2/provider/{clientId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::provider::Provider;
use slotd_store::oauth_clients;

use crate::access::PathClient;
use crate::{ApiError, App, messages};

/// Says whether an OAuth client exists, and to which organization it belongs (PV-1, PV-5).
#[utoipa::path(
    get, path = "/v2/provider/{clientId}", operation_id = "CalProviderController_verifyClientId",
    tag = "Cal provider", summary = "Get a provider",
    params(("clientId" = String, Path, description = "Id of the OAuth client")),
    responses((status = 200, description = "The client", body = Success<Provider>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    PathClient(id): PathClient,
) -> Result<Json<Success<Provider>>, ApiError> {
    let conn = app.store.read().await?;
    let client = oauth_clients::by_id(&conn, &id).await?;
    // 401 and not 404: the components look for it.
    let client = client.ok_or_else(|| ApiError::unauthorized(messages::UNAUTHORIZED))?;
    Ok(Json(Success::of(Provider {
        client_id: client.id.to_string(),
        organization_id: client.organization_id.0,
        name: client.name,
    })))
}
