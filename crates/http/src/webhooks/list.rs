//! `GET /v2/oauth-clients/{clientId}/webhooks` and
//! `GET /v2/event-types/{eventTypeId}/webhooks`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::query::{Page, Pairs};
use slotd_contract::webhooks::{self as wire, EventTypeWebhook, OAuthClientWebhook};
use slotd_store::webhooks::{self, Owner};

use super::{shown, shown_of_client, shown_of_event_type};
use crate::access::{PathClient, PathEventType};
use crate::body::Query;
use crate::managed_users::refused_query;
use crate::{ApiError, App};

/// Lists the webhooks of an OAuth client, oldest first (OW-4).
#[utoipa::path(
    get, path = "/v2/oauth-clients/{clientId}/webhooks",
    operation_id = "OAuthClientWebhooksController_getOAuthClientWebhooks",
    tag = "Platform / Webhooks", summary = "Get all webhooks",
    params(
        ("x-cal-secret-key" = String, Header, description = "Secret of the OAuth client"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
        Page,
    ),
    responses((status = 200, description = "The webhooks", body = Success<Vec<OAuthClientWebhook>>)),
)]
pub(super) async fn of_client(
    State(app): State<App>,
    PathClient(client): PathClient,
    Query(pairs): Query,
) -> Result<Json<Success<Vec<OAuthClientWebhook>>>, ApiError> {
    let webhooks = list(&app, &Owner::OAuthClient(client.clone()), &pairs).await?.into_iter();
    Ok(Json(Success::of(webhooks.map(|webhook| shown_of_client(&client, webhook)).collect())))
}

/// Lists the webhooks of an event type, oldest first.
#[utoipa::path(
    get, path = "/v2/event-types/{eventTypeId}/webhooks",
    operation_id = "EventTypeWebhooksController_getEventTypeWebhooks",
    tag = "Event Types / Webhooks", summary = "Get all webhooks",
    params(
        ("Authorization" = String, Header, description = "Bearer token: API key or access token"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
        Page,
    ),
    responses((status = 200, description = "The webhooks", body = Success<Vec<EventTypeWebhook>>)),
)]
pub(super) async fn of_event_type(
    State(app): State<App>,
    PathEventType(event_type): PathEventType,
    Query(pairs): Query,
) -> Result<Json<Success<Vec<EventTypeWebhook>>>, ApiError> {
    let webhooks = list(&app, &Owner::EventType(event_type), &pairs).await?.into_iter();
    Ok(Json(Success::of(
        webhooks.map(|webhook| shown_of_event_type(event_type, webhook)).collect(),
    )))
}

async fn list(app: &App, owner: &Owner, query: &Pairs) -> Result<Vec<wire::Webhook>, ApiError> {
    let Page { take, skip } = Page::read(query).map_err(refused_query)?;
    let conn = app.store.read().await?;
    let webhooks =
        webhooks::list(&conn, owner.client(), owner.event_type(), take, skip).await?.into_iter();
    let webhooks = webhooks.map(|webhook| shown(app.store.keyring(), webhook));
    Ok(webhooks.collect::<Result<_, _>>()?)
}
