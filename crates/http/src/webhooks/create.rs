//! `POST /v2/oauth-clients/{clientId}/webhooks` and
//! `POST /v2/event-types/{eventTypeId}/webhooks`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::json;
use slotd_contract::Success;
use slotd_contract::webhooks::{self as wire, CreateWebhook, EventTypeWebhook, OAuthClientWebhook};
use slotd_domain::webhook::{Trigger, VERSION};
use slotd_store::webhooks::{self, Owner, Webhook};
use slotd_store::{Conn, Constraint, StoreError, UnitOfWork};

use super::{check_reach, shown, shown_of_client, shown_of_event_type};
use crate::access::{PathClient, PathEventType};
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
pub(super) async fn of_client(
    State(app): State<App>,
    PathClient(client): PathClient,
    body: Validated<CreateWebhook>,
) -> Result<(StatusCode, Json<Success<OAuthClientWebhook>>), ApiError> {
    let webhook = create(&app, Owner::OAuthClient(client.clone()), body).await?;
    Ok((StatusCode::CREATED, Json(Success::of(shown_of_client(&client, webhook)))))
}

/// Creates a webhook of an event type (EW-3).
#[utoipa::path(
    post, path = "/v2/event-types/{eventTypeId}/webhooks",
    operation_id = "EventTypeWebhooksController_createEventTypeWebhook",
    tag = "Event Types / Webhooks", summary = "Create a webhook",
    params(
        ("Authorization" = String, Header, description = "Bearer token: API key or access token"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
    ),
    request_body = CreateWebhook,
    responses((status = 201, description = "The new webhook", body = Success<EventTypeWebhook>)),
)]
pub(super) async fn of_event_type(
    State(app): State<App>,
    PathEventType(event_type): PathEventType,
    body: Validated<CreateWebhook>,
) -> Result<(StatusCode, Json<Success<EventTypeWebhook>>), ApiError> {
    let webhook = create(&app, Owner::EventType(event_type), body).await?;
    Ok((StatusCode::CREATED, Json(Success::of(shown_of_event_type(event_type, webhook)))))
}

async fn create(
    app: &App,
    owner: Owner,
    Validated { body, sent }: Validated<CreateWebhook>,
) -> Result<wire::Webhook, ApiError> {
    check_reach::<CreateWebhook>(app, &body.subscriber_url, &sent)?;
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
    let answer = shown(keyring, webhook.clone())?;
    app.store.write(Create { owner, webhook, now: app.clock.now() }).await?;
    Ok(answer)
}

struct Create {
    owner: Owner,
    webhook: Webhook,
    now: Timestamp,
}

impl UnitOfWork for Create {
    type Output = ();
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<(), ApiError> {
        let insert = webhooks::insert(conn, &self.owner, &self.webhook, self.now);
        match conn.commit_with(insert).await {
            Ok(_) => Ok(()),
            Err(StoreError::Constraint(Constraint::WebhookOAuthClientUrl)) => {
                Err(ApiError::conflict(messages::CLIENT_WEBHOOK_EXISTS))
            }
            Err(StoreError::Constraint(Constraint::WebhookEventTypeUrl)) => {
                Err(ApiError::conflict(messages::EVENT_TYPE_WEBHOOK_EXISTS))
            }
            // The owner was deleted since it was looked up.
            Err(StoreError::BrokenReference) => Err(ApiError::not_found(match &self.owner {
                Owner::OAuthClient(_) => messages::OAUTH_CLIENT_NOT_FOUND.to_owned(),
                Owner::EventType(id) => messages::unknown_event_type_of_webhooks(&id.to_string()),
            })),
            Err(error) => Err(error.into()),
        }
    }
}
