//! `GET /v2/oauth-clients/{clientId}/managed-users`: not in the contract, but served (OC-18).

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::managed_users::{ListManagedUsers, ManagedUser};

use crate::access::PathClient;
use crate::body::Query;
use crate::{ApiError, App, managed_users};

/// Lists a client's managed users, like `/users` but without the filter by address.
#[utoipa::path(
    get, path = "/v2/oauth-clients/{clientId}/managed-users", operation_id = "OAuthClientsController_getManagedUsers",
    tag = "Platform OAuth Clients", summary = "List the managed users of an OAuth client",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key>`"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
        ("limit" = Option<i32>, Query, description = "How many users to return: 1 to 250"),
        ("offset" = Option<i32>, Query, description = "How many users to skip"),
    ),
    responses((status = 200, description = "The users, oldest first", body = Success<Vec<ManagedUser>>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    PathClient(client): PathClient,
    Query(mut pairs): Query,
) -> Result<Json<Success<Vec<ManagedUser>>>, ApiError> {
    pairs.retain(|(key, _)| key != "emails");
    let query = ListManagedUsers::read(&pairs).map_err(managed_users::refused_query)?;
    Ok(Json(Success::of(managed_users::page(&app, &client, &query).await?)))
}
