//! `GET /v2/oauth-clients/{clientId}/users`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::managed_users::{ListManagedUsers, ManagedUser};
use slotd_contract::query::QueryError;
use slotd_domain::{OAuthClientId, email};
use slotd_store::users;

use super::shown;
use crate::access::PathClient;
use crate::body::Query;
use crate::{ApiError, App};

/// Lists the managed users of a client, oldest first (MU-20 to MU-25).
#[utoipa::path(
    get, path = "/v2/oauth-clients/{clientId}/users", operation_id = "OAuthClientUsersController_getManagedUsers",
    tag = "Platform / Managed Users", summary = "Get all managed users",
    params(
        ("x-cal-secret-key" = String, Header, description = "Secret of the OAuth client"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
        ListManagedUsers,
    ),
    responses((status = 200, description = "The users", body = Success<Vec<ManagedUser>>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    PathClient(client): PathClient,
    Query(pairs): Query,
) -> Result<Json<Success<Vec<ManagedUser>>>, ApiError> {
    let query = ListManagedUsers::read(&pairs).map_err(refused_query)?;
    Ok(Json(Success::of(page(&app, &client, &query).await?)))
}

pub(crate) fn refused_query(error: QueryError) -> ApiError {
    match error {
        QueryError::Invalid(errors) => ApiError::invalid(errors),
        QueryError::Refused(message) => ApiError::bad_request(message),
    }
}

/// One page of a client's users.
pub(crate) async fn page(
    app: &App,
    client: &OAuthClientId,
    query: &ListManagedUsers,
) -> Result<Vec<ManagedUser>, ApiError> {
    let conn = app.store.read().await?;
    let users = match &query.emails {
        None => users::list_managed(&conn, client, query.limit, query.offset).await?,
        Some(emails) => {
            // One look-up each: a query string holds a few hundred addresses at most.
            let mut wanted: Vec<String> =
                emails.iter().map(|one| with_suffix(one, client)).collect();
            wanted.sort_unstable();
            wanted.dedup();
            let keys: Vec<String> =
                wanted.iter().map(|address| email::comparison_key(address)).collect();
            let found = keys.iter().map(|key| users::managed_by_email(&conn, client, key));
            let found = futures_util::future::try_join_all(found).await?;
            let mut found: Vec<users::User> =
                found.into_iter().flatten().filter(|user| wanted.contains(&user.email)).collect();
            found.sort_by_key(|user| user.id);
            found.dedup_by_key(|user| user.id);
            let skipped =
                found.into_iter().skip(usize::try_from(query.offset).unwrap_or(usize::MAX));
            skipped.take(usize::try_from(query.limit).unwrap_or_default()).collect()
        }
    };
    Ok(users.into_iter().map(shown).collect())
}

/// An address that has the client's id anywhere is taken as it is (MU-21).
fn with_suffix(address: &str, client: &OAuthClientId) -> String {
    if address.contains(client.as_str()) {
        address.to_owned()
    } else {
        email::with_client_suffix(address, client)
    }
}
