//! `PATCH /v2/oauth-clients/{clientId}`

use axum::Json;
use axum::extract::State;
use serde_json::json;
use slotd_contract::Success;
use slotd_contract::oauth_clients::{OAuthClient, UpdateOAuthClient};
use slotd_domain::OAuthClientId;
use slotd_store::{Conn, UnitOfWork, oauth_clients};

use super::shown;
use crate::access::PathClient;
use crate::body::Validated;
use crate::{ApiError, App, messages};

/// Changes the fields that are given (OC-10).
#[utoipa::path(
    patch, path = "/v2/oauth-clients/{clientId}", operation_id = "OAuthClientsController_updateOAuthClient",
    tag = "Platform OAuth Clients", summary = "Update an OAuth client",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key>`"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
    ),
    request_body = UpdateOAuthClient,
    responses((status = 200, description = "The client as it is now", body = Success<OAuthClient>)),
)]
pub(super) async fn update(
    State(app): State<App>,
    PathClient(id): PathClient,
    Validated { body: changes, .. }: Validated<UpdateOAuthClient>,
) -> Result<Json<Success<OAuthClient>>, ApiError> {
    let client = app.store.write(Update { id, changes }).await?;
    Ok(Json(Success::of(shown(app.store.keyring(), client)?)))
}

struct Update {
    id: OAuthClientId,
    changes: UpdateOAuthClient,
}

impl UnitOfWork for Update {
    type Output = oauth_clients::OAuthClient;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Self::Output, ApiError> {
        let (_, client) = tokio::try_join!(biased; oauth_clients::lock(conn, &self.id), oauth_clients::by_id(conn, &self.id))?;
        let mut client =
            client.ok_or_else(|| ApiError::not_found(messages::OAUTH_CLIENT_NOT_FOUND))?;
        let changes = self.changes.clone();
        if let Some(name) = changes.name {
            client.name = name;
        }
        if let Some(redirect_uris) = changes.redirect_uris {
            client.redirect_uris = json!(redirect_uris);
        }
        changes.logo.apply_to(&mut client.logo);
        changes.booking_redirect_uri.apply_to(&mut client.booking_redirect_uri);
        changes.booking_cancel_redirect_uri.apply_to(&mut client.booking_cancel_redirect_uri);
        changes
            .booking_reschedule_redirect_uri
            .apply_to(&mut client.booking_reschedule_redirect_uri);
        for (switch, change) in [
            (&mut client.are_emails_enabled, changes.are_emails_enabled),
            (&mut client.are_default_event_types_enabled, changes.are_default_event_types_enabled),
            (&mut client.are_calendar_events_enabled, changes.are_calendar_events_enabled),
        ] {
            *switch = change.unwrap_or(*switch);
        }
        conn.commit_with(oauth_clients::update(conn, &client)).await?;
        Ok(client)
    }
}
