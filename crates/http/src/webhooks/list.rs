//! `GET /v2/oauth-clients/{clientId}/webhooks`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::query::Page;
use slotd_contract::webhooks::OAuthClientWebhook;
use slotd_store::webhooks;

use super::shown;
use crate::access::PathClient;
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
pub(super) async fn list(
    State(app): State<App>,
    PathClient(client): PathClient,
    Query(pairs): Query,
) -> Result<Json<Success<Vec<OAuthClientWebhook>>>, ApiError> {
    let page = Page::read(&pairs).map_err(refused_query)?;
    let conn = app.store.read().await?;
    let webhooks = webhooks::list_of_client(&conn, &client, page.take, page.skip).await?;
    let keyring = app.store.keyring();
    let webhooks = webhooks.into_iter().map(|webhook| shown(keyring, &client, webhook));
    Ok(Json(Success::of(webhooks.collect::<Result<_, _>>()?)))
}
