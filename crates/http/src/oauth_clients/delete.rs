//! `DELETE /v2/oauth-clients/{clientId}`

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde_json::json;
use slotd_contract::Success;
use slotd_contract::oauth_clients::OAuthClient;
use slotd_domain::{OAuthClientId, UserId};
use slotd_store::{Conn, UnitOfWork, audit, oauth_clients, organizations, webhooks};
use uuid::Uuid;

use super::shown;
use crate::access::{PathClient, Principal};
use crate::{ApiError, App, messages};

/// Deletes a client with its tokens, its webhooks and the teams made with its credentials. Its
/// managed users stay, without a client (OC-12).
#[utoipa::path(
    delete, path = "/v2/oauth-clients/{clientId}", operation_id = "OAuthClientsController_deleteOAuthClient",
    tag = "Platform OAuth Clients", summary = "Delete an OAuth client",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key>`"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
    ),
    responses((status = 200, description = "The deleted client", body = Success<OAuthClient>)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    principal: Principal,
    PathClient(id): PathClient,
) -> Result<Json<Success<OAuthClient>>, ApiError> {
    let audit_id = Uuid::new_v4().to_string();
    let client = app
        .store
        .write(Delete { id, actor: principal.user_id, audit_id, now: app.clock.now() })
        .await?;
    Ok(Json(Success::of(shown(app.store.keyring(), client)?)))
}

struct Delete {
    id: OAuthClientId,
    actor: UserId,
    audit_id: String,
    now: Timestamp,
}

impl UnitOfWork for Delete {
    type Output = oauth_clients::OAuthClient;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Self::Output, ApiError> {
        let (_, client, teams, users, webhooks) = tokio::try_join!(
            biased;
            oauth_clients::lock(conn, &self.id),
            oauth_clients::by_id(conn, &self.id),
            organizations::teams_of_client(conn, self.id.as_str()),
            oauth_clients::count_users(conn, &self.id),
            webhooks::count_of_client(conn, &self.id),
        )?;
        let client = client.ok_or_else(|| ApiError::not_found(messages::OAUTH_CLIENT_NOT_FOUND))?;
        let details = json!({
            "clientId": client.id.as_str(),
            "name": client.name,
            "deletedTeams": teams.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect::<Vec<_>>(),
            "deletedWebhooks": webhooks.map_or(0, |(count,)| count),
            "usersLeftWithoutClient": users.map_or(0, |(count,)| count),
        });
        let (organization, actor) = (Some(client.organization_id), Some(self.actor));
        conn.commit_with(async {
            tokio::try_join!(
                biased;
                audit::insert(conn, &self.audit_id, organization, actor, "oauth_client.deleted", &details, self.now),
                oauth_clients::delete(conn, &self.id),
            )
        })
        .await?;
        Ok(client)
    }
}
