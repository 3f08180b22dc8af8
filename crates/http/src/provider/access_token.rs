//! `GET /v2/provider/{clientId}/access-token`

use axum::Json;
use slotd_contract::Done;

/// Says whether an access token works. On 498 and 401 the components refresh it (PV-2 to PV-4).
#[utoipa::path(
    get, path = "/v2/provider/{clientId}/access-token", operation_id = "CalProviderController_verifyAccessToken",
    tag = "Cal provider", summary = "Verify an access token",
    params(
        ("Authorization" = String, Header, description = "`Bearer <access token>`"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
    ),
    responses((status = 200, description = "The token works", body = Done)),
)]
pub(super) async fn check() -> Json<Done> {
    Json(Done::SUCCESS)
}
