//! `DELETE /v2/oauth-clients/{clientId}/webhooks`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_domain::OAuthClientId;
use slotd_store::{Conn, StoreError, UnitOfWork, webhooks};

use crate::access::PathClient;
use crate::{ApiError, App};

/// Deletes all webhooks of an OAuth client and says how many they were (OW-7).
#[utoipa::path(
    delete, path = "/v2/oauth-clients/{clientId}/webhooks",
    operation_id = "OAuthClientWebhooksController_deleteAllOAuthClientWebhooks",
    tag = "Platform / Webhooks", summary = "Delete all webhooks",
    params(
        ("x-cal-secret-key" = String, Header, description = "Secret of the OAuth client"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
    ),
    responses((status = 200, description = "`<n> webhooks deleted`", body = Success<String>)),
)]
pub(super) async fn delete_all(
    State(app): State<App>,
    PathClient(client): PathClient,
) -> Result<Json<Success<String>>, ApiError> {
    let count = app.store.write(DeleteAll { client }).await?;
    Ok(Json(Success::of(format!("{count} webhooks deleted"))))
}

struct DeleteAll {
    client: OAuthClientId,
}

impl UnitOfWork for DeleteAll {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        webhooks::delete_all_of_client(conn, &self.client).await
    }
}
