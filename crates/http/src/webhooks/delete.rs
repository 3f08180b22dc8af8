//! `DELETE /v2/oauth-clients/{clientId}/webhooks/{webhookId}` and
//! `DELETE /v2/event-types/{eventTypeId}/webhooks/{webhookId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::webhooks::{self as wire, EventTypeWebhook, OAuthClientWebhook};
use slotd_domain::WebhookId;
use slotd_store::webhooks::{self, Owner, Webhook};
use slotd_store::{Conn, UnitOfWork};

use super::{shown, shown_of_client, shown_of_event_type, unknown};
use crate::access::{PathClient, PathEventType, PathWebhook};
use crate::{ApiError, App};

/// Deletes a webhook of an OAuth client (OW-6).
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
pub(super) async fn of_client(
    State(app): State<App>,
    PathClient(client): PathClient,
    PathWebhook(id): PathWebhook,
) -> Result<Json<Success<OAuthClientWebhook>>, ApiError> {
    let webhook = delete(&app, Owner::OAuthClient(client.clone()), id).await?;
    Ok(Json(Success::of(shown_of_client(&client, webhook))))
}

/// Deletes a webhook of an event type.
#[utoipa::path(
    delete, path = "/v2/event-types/{eventTypeId}/webhooks/{webhookId}",
    operation_id = "EventTypeWebhooksController_deleteEventTypeWebhook",
    tag = "Event Types / Webhooks", summary = "Delete a webhook",
    params(
        ("Authorization" = String, Header, description = "Bearer token: API key or access token"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
        ("webhookId" = String, Path, description = "Id of the webhook"),
    ),
    responses((status = 200, description = "The deleted webhook", body = Success<EventTypeWebhook>)),
)]
pub(super) async fn of_event_type(
    State(app): State<App>,
    PathEventType(event_type): PathEventType,
    PathWebhook(id): PathWebhook,
) -> Result<Json<Success<EventTypeWebhook>>, ApiError> {
    let webhook = delete(&app, Owner::EventType(event_type), id).await?;
    Ok(Json(Success::of(shown_of_event_type(event_type, webhook))))
}

async fn delete(app: &App, owner: Owner, id: WebhookId) -> Result<wire::Webhook, ApiError> {
    let webhook = app.store.write(Delete { owner, id }).await?;
    Ok(shown(app.store.keyring(), webhook)?)
}

struct Delete {
    owner: Owner,
    id: WebhookId,
}

impl UnitOfWork for Delete {
    type Output = Webhook;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Webhook, ApiError> {
        let Self { owner, id } = self;
        let webhook = webhooks::delete(conn, owner.client(), owner.event_type(), id).await?;
        webhook.ok_or_else(|| unknown(id))
    }
}
