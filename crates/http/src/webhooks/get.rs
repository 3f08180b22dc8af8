//! `GET /v2/oauth-clients/{clientId}/webhooks/{webhookId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::webhooks::OAuthClientWebhook;
use slotd_store::webhooks;

use super::{shown, unknown};
use crate::access::{PathClient, PathWebhook};
use crate::{ApiError, App};

/// Returns a webhook with its secret.
#[utoipa::path(
    get, path = "/v2/oauth-clients/{clientId}/webhooks/{webhookId}",
    operation_id = "OAuthClientWebhooksController_getOAuthClientWebhook",
    tag = "Platform / Webhooks", summary = "Get a webhook",
    params(
        ("x-cal-secret-key" = String, Header, description = "Secret of the OAuth client"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
        ("webhookId" = String, Path, description = "Id of the webhook"),
    ),
    responses((status = 200, description = "The webhook", body = Success<OAuthClientWebhook>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    PathClient(client): PathClient,
    PathWebhook(id): PathWebhook,
) -> Result<Json<Success<OAuthClientWebhook>>, ApiError> {
    let conn = app.store.read().await?;
    let webhook = webhooks::of_client(&conn, &client, &id).await?.ok_or_else(|| unknown(&id))?;
    Ok(Json(Success::of(shown(app.store.keyring(), &client, webhook)?)))
}
