//! `GET /v2/oauth-clients/{clientId}/webhooks/{webhookId}` and
//! `GET /v2/event-types/{eventTypeId}/webhooks/{webhookId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::webhooks::{self as wire, EventTypeWebhook, OAuthClientWebhook};
use slotd_domain::WebhookId;
use slotd_store::webhooks::{self, Owner};

use super::{shown, shown_of_client, shown_of_event_type, unknown};
use crate::access::{PathClient, PathEventType, PathWebhook};
use crate::{ApiError, App};

/// Returns a webhook of an OAuth client with its secret.
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
pub(super) async fn of_client(
    State(app): State<App>,
    PathClient(client): PathClient,
    PathWebhook(id): PathWebhook,
) -> Result<Json<Success<OAuthClientWebhook>>, ApiError> {
    let webhook = get(&app, &Owner::OAuthClient(client.clone()), &id).await?;
    Ok(Json(Success::of(shown_of_client(&client, webhook))))
}

/// Returns a webhook of an event type with its secret.
#[utoipa::path(
    get, path = "/v2/event-types/{eventTypeId}/webhooks/{webhookId}",
    operation_id = "EventTypeWebhooksController_getEventTypeWebhook",
    tag = "Event Types / Webhooks", summary = "Get a webhook",
    params(
        ("Authorization" = String, Header, description = "Bearer token: API key or access token"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
        ("webhookId" = String, Path, description = "Id of the webhook"),
    ),
    responses((status = 200, description = "The webhook", body = Success<EventTypeWebhook>)),
)]
pub(super) async fn of_event_type(
    State(app): State<App>,
    PathEventType(event_type): PathEventType,
    PathWebhook(id): PathWebhook,
) -> Result<Json<Success<EventTypeWebhook>>, ApiError> {
    let webhook = get(&app, &Owner::EventType(event_type), &id).await?;
    Ok(Json(Success::of(shown_of_event_type(event_type, webhook))))
}

async fn get(app: &App, owner: &Owner, id: &WebhookId) -> Result<wire::Webhook, ApiError> {
    let conn = app.store.read().await?;
    let webhook = webhooks::of_owner(&conn, owner.client(), owner.event_type(), id).await?;
    Ok(shown(app.store.keyring(), webhook.ok_or_else(|| unknown(id))?)?)
}
