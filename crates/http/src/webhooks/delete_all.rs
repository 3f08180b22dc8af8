//! `DELETE /v2/oauth-clients/{clientId}/webhooks` and
//! `DELETE /v2/event-types/{eventTypeId}/webhooks`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_store::webhooks::{self, Owner};
use slotd_store::{Conn, StoreError, UnitOfWork};

use crate::access::{PathClient, PathEventType};
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
pub(super) async fn of_client(
    State(app): State<App>,
    PathClient(client): PathClient,
) -> Result<Json<Success<String>>, ApiError> {
    Ok(Json(Success::of(delete_all(&app, Owner::OAuthClient(client)).await?)))
}

/// Deletes all webhooks of an event type and says how many they were.
#[utoipa::path(
    delete, path = "/v2/event-types/{eventTypeId}/webhooks",
    operation_id = "EventTypeWebhooksController_deleteAllEventTypeWebhooks",
    tag = "Event Types / Webhooks", summary = "Delete all webhooks",
    params(
        ("Authorization" = String, Header, description = "Bearer token: API key or access token"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
    ),
    responses((status = 200, description = "`<n> webhooks deleted`", body = Success<String>)),
)]
pub(super) async fn of_event_type(
    State(app): State<App>,
    PathEventType(event_type): PathEventType,
) -> Result<Json<Success<String>>, ApiError> {
    Ok(Json(Success::of(delete_all(&app, Owner::EventType(event_type)).await?)))
}

async fn delete_all(app: &App, owner: Owner) -> Result<String, StoreError> {
    let count = app.store.write(DeleteAll { owner }).await?;
    Ok(format!("{count} webhooks deleted"))
}

struct DeleteAll {
    owner: Owner,
}

impl UnitOfWork for DeleteAll {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        webhooks::delete_all(conn, self.owner.client(), self.owner.event_type()).await
    }
}
