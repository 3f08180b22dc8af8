//! `DELETE /v2/oauth-clients/{clientId}/webhooks/{webhookId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::webhooks::OAuthClientWebhook;
use slotd_domain::{OAuthClientId, WebhookId};
use slotd_store::webhooks::{self, Webhook};
use slotd_store::{Conn, UnitOfWork};

use super::{shown, unknown};
use crate::access::{PathClient, PathWebhook};
use crate::{ApiError, App};

/// Deletes a webhook (OW-6).
#[utoipa::path(
    delete, path = "/v2/oauth-clients/{clientId}/webhooks/{webhookId}",
    operation_id = "OAuthClientWebhooksController_deleteOAuthClientWebhook",
    tag = "Platform / Webhooks", summary = "Delete a webhook",
    params(
        ("x-cal-secret-key" = String, Header, description = "Secret of the OAuth client"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
        ("webhookId" = String, Path, description = "Id of the webhook"),
    ),
    responses((status = 200, description = "The deleted webhook", body = Success<OAuthClientWebhook>)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    PathClient(client): PathClient,
    PathWebhook(id): PathWebhook,
) -> Result<Json<Success<OAuthClientWebhook>>, ApiError> {
    let webhook = app.store.write(Delete { client: client.clone(), id }).await?;
    Ok(Json(Success::of(shown(app.store.keyring(), &client, webhook)?)))
}

struct Delete {
    client: OAuthClientId,
    id: WebhookId,
}

impl UnitOfWork for Delete {
    type Output = Webhook;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Webhook, ApiError> {
        let webhook = webhooks::delete_of_client(conn, &self.client, &self.id).await?;
        webhook.ok_or_else(|| unknown(&self.id))
    }
}
