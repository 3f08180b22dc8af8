//! `POST /v2/oauth-clients/{clientId}/webhooks`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::json;
use slotd_contract::Success;
use slotd_contract::webhooks::{CreateWebhook, OAuthClientWebhook};
use slotd_domain::OAuthClientId;
use slotd_domain::webhook::{Trigger, VERSION};
use slotd_store::webhooks::{self, Webhook};
use slotd_store::{Conn, Constraint, StoreError, UnitOfWork};

use super::{check_reach, shown};
use crate::access::PathClient;
use crate::body::Validated;
use crate::{ApiError, App, messages};

/// Creates a webhook of an OAuth client (OW-1).
#[utoipa::path(
    post, path = "/v2/oauth-clients/{clientId}/webhooks",
    operation_id = "OAuthClientWebhooksController_createOAuthClientWebhook",
    tag = "Platform / Webhooks", summary = "Create a webhook",
    params(
        ("x-cal-secret-key" = String, Header, description = "Secret of the OAuth client"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
    ),
    request_body = CreateWebhook,
    responses((status = 201, description = "The new webhook", body = Success<OAuthClientWebhook>)),
)]
pub(super) async fn create(
    State(app): State<App>,
    PathClient(client): PathClient,
    Validated { body, sent }: Validated<CreateWebhook>,
) -> Result<(StatusCode, Json<Success<OAuthClientWebhook>>), ApiError> {
    check_reach::<CreateWebhook>(&app, &body.subscriber_url, &sent)?;
    let keyring = app.store.keyring();
    let id = webhooks::new_id();
    let context = webhooks::secret_context(&id);
    let triggers: Vec<&str> = body.triggers.iter().copied().map(Trigger::name).collect();
    let webhook = Webhook {
        id,
        subscriber_url: body.subscriber_url,
        triggers: json!(triggers),
        is_active: body.active,
        payload_template: body.payload_template,
        secret: body.secret.map(|secret| keyring.encrypt(&context, &secret)),
        version: body.version.unwrap_or_else(|| VERSION.to_owned()),
    };
    let answer = shown(keyring, &client, webhook.clone())?;
    app.store.write(Create { client, webhook, now: app.clock.now() }).await?;
    Ok((StatusCode::CREATED, Json(Success::of(answer))))
}

struct Create {
    client: OAuthClientId,
    webhook: Webhook,
    now: Timestamp,
}

impl UnitOfWork for Create {
    type Output = ();
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<(), ApiError> {
        let insert = webhooks::insert_of_client(conn, &self.client, &self.webhook, self.now);
        match conn.commit_with(insert).await {
            Ok(_) => Ok(()),
            Err(StoreError::Constraint(Constraint::WebhookOAuthClientUrl)) => {
                Err(ApiError::conflict(messages::WEBHOOK_EXISTS))
            }
            // The client was deleted since its owner was looked up.
            Err(StoreError::BrokenReference) => {
                Err(ApiError::not_found(messages::OAUTH_CLIENT_NOT_FOUND))
            }
            Err(error) => Err(error.into()),
        }
    }
}
