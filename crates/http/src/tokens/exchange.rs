//! `POST /v2/oauth/{clientId}/exchange`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use jiff::Timestamp;
use slotd_contract::Success;
use slotd_contract::oauth2::Exchange as Body;
use slotd_contract::tokens::Tokens;
use slotd_domain::OAuthClientId;
use slotd_store::tokens::Pair;
use slotd_store::{
    Conn, Keyring, StoreError, UnitOfWork, authorization_codes, digest, oauth_clients, same_secret,
};

use super::shown;
use crate::access::PathClient;
use crate::body::Validated;
use crate::{ApiError, App, messages};

/// Exchanges a code for the tokens of the user who authorized the client (OF-10 to OF-14).
#[utoipa::path(
    post, path = "/v2/oauth/{clientId}/exchange", operation_id = "OAuthFlowController_exchange",
    tag = "Platform / Managed Users", summary = "Exchange an authorization code",
    params(
        ("clientId" = String, Path, description = "Id of the OAuth client"),
        ("Authorization" = String, Header, description = "`Bearer <code>`"),
    ),
    request_body = Body,
    responses((status = 200, description = "The tokens", body = Success<Tokens>)),
)]
pub(super) async fn exchange(
    State(app): State<App>,
    PathClient(id): PathClient,
    headers: HeaderMap,
    Validated { body, .. }: Validated<Body>,
) -> Result<Json<Success<Tokens>>, ApiError> {
    let code = headers.get("authorization").and_then(|value| value.to_str().ok());
    let code = code.and_then(|value| value.strip_prefix("Bearer "));
    let code = code.ok_or_else(|| ApiError::bad_request(messages::MISSING_BEARER))?;
    let invalid = || ApiError::bad_request(messages::INVALID_OAUTH_CLIENT);
    let conn = app.store.read().await?;
    let client = oauth_clients::credentials(&conn, &id).await?.ok_or_else(invalid)?;
    drop(conn);
    let stored =
        app.store.keyring().decrypt(&oauth_clients::secret_context(&id), &client.secret)?;
    if !same_secret(&stored, &body.client_secret) {
        return Err(invalid());
    }
    let unit = Exchange {
        client: id,
        digest: digest(code),
        keyring: Arc::clone(app.store.keyring()),
        now: app.clock.now(),
    };
    let pair = app.store.write(unit).await?.ok_or_else(invalid)?;
    Ok(Json(Success::of(shown(&pair))))
}

struct Exchange {
    client: OAuthClientId,
    digest: [u8; 32],
    keyring: Arc<Keyring>,
    now: Timestamp,
}

impl UnitOfWork for Exchange {
    type Output = Option<Pair>;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<Option<Pair>, StoreError> {
        // Of callers that race with one code exactly one gets past this line.
        let taken = authorization_codes::take(conn, &self.client, &self.digest, self.now).await?;
        let Some((user,)) = taken else { return Ok(None) };
        let pair = Pair::issue(&self.keyring, &self.client, user, false, self.now);
        conn.commit_with(pair.insert(conn, None)).await?;
        Ok(Some(pair))
    }
}
