//! `POST /v2/oauth-clients`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::json;
use slotd_contract::Success;
use slotd_contract::oauth_clients::{CreateOAuthClient, CreatedOAuthClient};
use slotd_domain::OrganizationId;
use slotd_store::oauth_clients::{self, OAuthClient};
use slotd_store::{Conn, Keyring, UnitOfWork, new_client_secret, new_oauth_client_id};

use crate::access::Principal;
use crate::body::Validated;
use crate::{ApiError, App, messages};

/// Creates an OAuth client in the caller's organization.
#[utoipa::path(
    post, path = "/v2/oauth-clients", operation_id = "OAuthClientsController_createOAuthClient",
    tag = "Platform OAuth Clients", summary = "Create an OAuth client",
    params(("Authorization" = String, Header, description = "`Bearer <API key>`")),
    request_body = CreateOAuthClient,
    responses((status = 201, description = "The new client's id and secret", body = Success<CreatedOAuthClient>)),
)]
pub(super) async fn create(
    State(app): State<App>,
    principal: Principal,
    Validated { body, .. }: Validated<CreateOAuthClient>,
) -> Result<(StatusCode, Json<Success<CreatedOAuthClient>>), ApiError> {
    let organization = principal.bound_organization()?;
    let (client, secret) = new_client(app.store.keyring(), organization, &body, app.clock.now());
    let created = CreatedOAuthClient { client_id: client.id.to_string(), client_secret: secret };
    app.store.write(Create { client }).await?;
    Ok((StatusCode::CREATED, Json(Success::of(created))))
}

/// Most clients of one organization: a list shows all of them.
const MOST_CLIENTS: i64 = 1_000;

/// A new client with a new id and secret, and that secret in clear.
#[must_use]
pub fn new_client(
    keyring: &Keyring,
    organization_id: OrganizationId,
    body: &CreateOAuthClient,
    now: Timestamp,
) -> (OAuthClient, String) {
    let id = new_oauth_client_id();
    let secret = new_client_secret();
    let client = OAuthClient {
        secret: keyring.encrypt(&oauth_clients::secret_context(&id), &secret),
        id,
        organization_id,
        name: body.name.clone(),
        permissions: body.permissions.bits(),
        logo: body.logo.clone(),
        redirect_uris: json!(body.redirect_uris),
        booking_redirect_uri: body.booking_redirect_uri.clone(),
        booking_cancel_redirect_uri: body.booking_cancel_redirect_uri.clone(),
        booking_reschedule_redirect_uri: body.booking_reschedule_redirect_uri.clone(),
        are_emails_enabled: body.are_emails_enabled,
        are_default_event_types_enabled: body.are_default_event_types_enabled,
        are_calendar_events_enabled: body.are_calendar_events_enabled,
        created_at: now,
    };
    (client, secret)
}

struct Create {
    client: OAuthClient,
}

impl UnitOfWork for Create {
    type Output = ();
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<(), ApiError> {
        let count = oauth_clients::count_of_organization(conn, self.client.organization_id).await?;
        if count.is_some_and(|(count,)| count >= MOST_CLIENTS) {
            return Err(ApiError::bad_request(messages::TOO_MANY_CLIENTS));
        }
        conn.commit_with(oauth_clients::insert(conn, &self.client)).await?;
        Ok(())
    }
}
