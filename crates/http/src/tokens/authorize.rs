//! `POST /v2/oauth/{clientId}/authorize`

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use slotd_contract::oauth2::Authorize;
use slotd_domain::oauth2::{CODE_LIFETIME, with_parameters};
use slotd_domain::{OAuthClientId, UserId, origin};
use slotd_store::{
    Conn, StoreError, UnitOfWork, authorization_codes, digest, new_authorization_code,
    oauth_clients,
};

use crate::access::{PathClient, Principal};
use crate::body::Validated;
use crate::{ApiError, App, messages};

/// Makes a code with which the client gets tokens of the person whose session this
/// is (OF-1 to OF-5).
#[utoipa::path(
    post, path = "/v2/oauth/{clientId}/authorize", operation_id = "OAuthFlowController_authorize",
    tag = "Platform / Managed Users", summary = "Authorize an OAuth client",
    params(("clientId" = String, Path, description = "Id of the OAuth client")),
    request_body = Authorize,
    responses((status = 302, description = "To the redirect URI, with a code")),
)]
pub(super) async fn authorize(
    State(app): State<App>,
    principal: Principal,
    PathClient(id): PathClient,
    Validated { body, .. }: Validated<Authorize>,
) -> Result<Response, ApiError> {
    let conn = app.store.read().await?;
    let client = oauth_clients::by_id(&conn, &id).await?;
    drop(conn);
    let client =
        client.ok_or_else(|| ApiError::bad_request(messages::oauth_client_not_found(&id)))?;
    let entries: Vec<&str> = slotd_store::texts(&client.redirect_uris).collect();
    let invalid = || ApiError::bad_request(messages::INVALID_REDIRECT_URI);
    if !origin::is_allowed(&entries, &body.redirect_uri) {
        return Err(invalid());
    }
    let code = new_authorization_code();
    let location = with_parameters(&body.redirect_uri, &[("code", &code)]);
    let location = HeaderValue::try_from(location).map_err(|_| invalid())?;
    let now = app.clock.now();
    let unit = NewCode { client: id.clone(), user: principal.user_id, digest: digest(&code), now };
    if app.store.write(unit).await? == 0 {
        let already = messages::already_authorized(principal.user_id, &id);
        return Err(ApiError::bad_request(already));
    }
    Ok((StatusCode::FOUND, [(header::LOCATION, location)]).into_response())
}

struct NewCode {
    client: OAuthClientId,
    user: UserId,
    digest: [u8; 32],
    now: Timestamp,
}

impl UnitOfWork for NewCode {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        let expires_at = self.now.saturating_add(CODE_LIFETIME).unwrap_or(self.now);
        authorization_codes::insert(
            conn,
            &self.client,
            self.user,
            &self.digest,
            expires_at,
            self.now,
        )
        .await
    }
}
