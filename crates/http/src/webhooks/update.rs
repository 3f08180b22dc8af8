//! `PATCH /v2/oauth-clients/{clientId}/webhooks/{webhookId}` and
//! `PATCH /v2/event-types/{eventTypeId}/webhooks/{webhookId}`

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use slotd_contract::Success;
use slotd_contract::fields::Patch;
use slotd_contract::webhooks::{self as wire, EventTypeWebhook, OAuthClientWebhook, UpdateWebhook};
use slotd_domain::WebhookId;
use slotd_domain::webhook::Trigger;
use slotd_store::webhooks::{self, Owner, Webhook};
use slotd_store::{Conn, UnitOfWork};

use super::{check_reach, shown, shown_of_client, shown_of_event_type, unknown};
use crate::access::{PathClient, PathEventType, PathWebhook};
use crate::body::Validated;
use crate::{ApiError, App};

/// Changes the given fields of an OAuth client's webhook (OW-2).
#[utoipa::path(
    patch, path = "/v2/oauth-clients/{clientId}/webhooks/{webhookId}",
    operation_id = "OAuthClientWebhooksController_updateOAuthClientWebhook",
    tag = "Platform / Webhooks", summary = "Update a webhook",
    params(
        ("x-cal-secret-key" = String, Header, description = "Secret of the OAuth client"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
        ("webhookId" = String, Path, description = "Id of the webhook"),
    ),
    request_body = UpdateWebhook,
    responses((status = 200, description = "The webhook as it is now", body = Success<OAuthClientWebhook>)),
)]
pub(super) async fn of_client(
    State(app): State<App>,
    PathClient(client): PathClient,
    PathWebhook(id): PathWebhook,
    body: Validated<UpdateWebhook>,
) -> Result<Json<Success<OAuthClientWebhook>>, ApiError> {
    let webhook = update(&app, Owner::OAuthClient(client.clone()), id, body).await?;
    Ok(Json(Success::of(shown_of_client(&client, webhook))))
}

/// Changes the given fields of an event type's webhook.
#[utoipa::path(
    patch, path = "/v2/event-types/{eventTypeId}/webhooks/{webhookId}",
    operation_id = "EventTypeWebhooksController_updateEventTypeWebhook",
    tag = "Event Types / Webhooks", summary = "Update a webhook",
    params(
        ("Authorization" = String, Header, description = "Bearer token: API key or access token"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
        ("webhookId" = String, Path, description = "Id of the webhook"),
    ),
    request_body = UpdateWebhook,
    responses((status = 200, description = "The webhook as it is now", body = Success<EventTypeWebhook>)),
)]
pub(super) async fn of_event_type(
    State(app): State<App>,
    PathEventType(event_type): PathEventType,
    PathWebhook(id): PathWebhook,
    body: Validated<UpdateWebhook>,
) -> Result<Json<Success<EventTypeWebhook>>, ApiError> {
    let webhook = update(&app, Owner::EventType(event_type), id, body).await?;
    Ok(Json(Success::of(shown_of_event_type(event_type, webhook))))
}

async fn update(
    app: &App,
    owner: Owner,
    id: WebhookId,
    Validated { body, sent }: Validated<UpdateWebhook>,
) -> Result<wire::Webhook, ApiError> {
    if let Some(url) = &body.subscriber_url {
        check_reach::<UpdateWebhook>(app, url, &sent)?;
    }
    let keyring = app.store.keyring();
    let context = webhooks::secret_context(&id);
    let unit = Update {
        owner,
        id,
        payload_template: body.payload_template,
        is_active: body.active,
        subscriber_url: body.subscriber_url,
        triggers: body
            .triggers
            .map(|triggers| json!(triggers.into_iter().map(Trigger::name).collect::<Vec<_>>())),
        secret: body.secret.map(|secret| keyring.encrypt(&context, &secret)),
        version: body.version,
    };
    let webhook = app.store.write(unit).await?;
    Ok(shown(keyring, webhook)?)
}

struct Update {
    owner: Owner,
    id: WebhookId,
    payload_template: Patch<String>,
    is_active: Option<bool>,
    subscriber_url: Option<String>,
    triggers: Option<Value>,
    secret: Patch<Vec<u8>>,
    version: Option<String>,
}

impl UnitOfWork for Update {
    type Output = Webhook;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Webhook, ApiError> {
        let (_, webhook) = tokio::try_join!(
            biased;
            webhooks::lock(conn, &self.id),
            webhooks::of_owner(conn, self.owner.client(), self.owner.event_type(), &self.id),
        )?;
        let mut webhook = webhook.ok_or_else(|| unknown(&self.id))?;
        self.payload_template.clone().apply_to(&mut webhook.payload_template);
        self.secret.clone().apply_to(&mut webhook.secret);
        if let Some(is_active) = self.is_active {
            webhook.is_active = is_active;
        }
        if let Some(url) = &self.subscriber_url {
            webhook.subscriber_url.clone_from(url);
        }
        if let Some(triggers) = &self.triggers {
            webhook.triggers.clone_from(triggers);
        }
        if let Some(version) = &self.version {
            webhook.version.clone_from(version);
        }
        conn.commit_with(webhooks::update(conn, &webhook)).await?;
        Ok(webhook)
    }
}
