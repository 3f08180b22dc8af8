//! Third-party apps that regular users authorize: `/v2/auth/oauth2` and the consent
//! page (section 7 of the platform rules).

mod atoms_client;
mod authorization;
mod authorize;
mod client;
mod consent;
mod issue;
mod token;

use axum::Router;
use axum::routing::get;
use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_domain::{OAuth2ClientId, OrganizationId, Scope, UserId};
use slotd_store::oauth2;
use utoipa_axum::routes;

use crate::access::{ANY_CREDENTIAL, Access, Check, CredentialKind, PUBLIC, path_parameter};
use crate::route::{Routes, guard};
use crate::{ApiError, App, messages};

/// The one route whose errors have no envelope (O2-9).
pub(crate) const TOKEN_PATH: &str = "/v2/auth/oauth2/token";
const ACCESS_TOKEN: &str = "Access Token";
const REFRESH_TOKEN: &str = "Refresh Token";

/// Whoever is known may ask about an app (O2-1).
const READ: Access =
    Access { credentials: ANY_CREDENTIAL, checks: &[Check::Authenticated], scopes: &[] };

/// Only a person in a browser authorizes an app (O2-2).
const AUTHORIZE: Access = Access {
    credentials: &[CredentialKind::Session],
    checks: &[Check::Authenticated],
    scopes: &[],
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&READ, routes!(client::get))
        .add(&AUTHORIZE, routes!(authorize::authorize))
        .add(&PUBLIC, routes!(token::token))
        .add(&PUBLIC, routes!(atoms_client::get))
}

pub(crate) fn pages() -> Router<App> {
    Router::new()
        .route("/auth/oauth2/authorize", guard(&PUBLIC, get(consent::show).post(consent::decide)))
}

/// The app in the path.
pub(crate) struct PathOAuth2Client(pub(crate) OAuth2ClientId);

impl<S: Sync> axum::extract::FromRequestParts<S> for PathOAuth2Client {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, ApiError> {
        Ok(Self(OAuth2ClientId::new(path_parameter(parts, "clientId").unwrap_or_default())))
    }
}

/// An app by its id, which may be any text.
async fn find(app: &App, id: &OAuth2ClientId) -> Result<Option<oauth2::Client>, ApiError> {
    // NUL, which PostgreSQL cannot look up.
    if id.as_str().contains('\0') {
        return Ok(None);
    }
    let conn = app.store.read().await?;
    Ok(oauth2::by_id(&conn, id).await?)
}

async fn existing(app: &App, id: &OAuth2ClientId) -> Result<oauth2::Client, ApiError> {
    let client = find(app, id).await?;
    client.ok_or_else(|| ApiError::not_found(messages::oauth2_client_not_found(id)))
}

fn redirect_uris(client: &oauth2::Client) -> Vec<String> {
    slotd_store::texts(&client.redirect_uris).map(str::to_owned).collect()
}

/// The claims of an access token (O2-7).
pub(crate) struct AccessClaims {
    pub(crate) client_id: OAuth2ClientId,
    pub(crate) user_id: UserId,
    pub(crate) team_id: Option<OrganizationId>,
    pub(crate) scopes: Vec<Scope>,
    /// Unix time in seconds.
    pub(crate) issued_at: i64,
}

impl AccessClaims {
    /// Reads the claims that this server signed; none when they are not those of an
    /// access token, or when it is expired.
    pub(crate) fn read(claims: &Value, now: Timestamp) -> Option<Self> {
        if claims["token_type"] != json!(ACCESS_TOKEN) || claims["exp"].as_i64()? <= now.as_second()
        {
            return None;
        }
        let id = |value: &Value| i32::try_from(value.as_i64()?).ok();
        let team_id = match &claims["teamId"] {
            Value::Null => None,
            team => Some(OrganizationId(id(team)?)),
        };
        Some(Self {
            client_id: OAuth2ClientId::new(claims["clientId"].as_str()?),
            user_id: UserId(id(&claims["userId"])?),
            team_id,
            scopes: oauth2::scopes_of(&claims["scope"]),
            issued_at: claims["iat"].as_i64()?,
        })
    }
}
