//! `POST /v2/auth/oauth2/token` (RFC 6749, 4.1.3 and 6; RFC 7636)

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_contract::oauth2::{OAuth2Tokens, TokenBody};
use slotd_domain::OAuth2ClientId;
use slotd_domain::oauth2::{ClientStatus, ClientType};
use slotd_store::oauth2::{self, Client, Code};
use slotd_store::{Conn, Keyring, UnitOfWork, digest, same_secret};

use super::issue::Issued;
use super::{REFRESH_TOKEN, find};
use crate::body::{Form, Json as SentJson};
use crate::{ApiError, App};

const FIELDS: [&str; 7] = [
    "client_id",
    "grant_type",
    "code",
    "redirect_uri",
    "client_secret",
    "code_verifier",
    "refresh_token",
];

fn invalid_request(description: impl Into<String>) -> ApiError {
    ApiError::oauth2(StatusCode::BAD_REQUEST, "invalid_request", description)
}

fn invalid_grant(description: &str) -> ApiError {
    ApiError::oauth2(StatusCode::BAD_REQUEST, "invalid_grant", description)
}

fn invalid_client(description: &str) -> ApiError {
    ApiError::oauth2(StatusCode::UNAUTHORIZED, "invalid_client", description)
}

fn unauthorized_client(description: &str) -> ApiError {
    ApiError::oauth2(StatusCode::UNAUTHORIZED, "unauthorized_client", description)
}

/// The fields of the request, from a form or from JSON. Empty ones count as absent
/// (RFC 6749, 3.2).
pub(super) struct Sent(BTreeMap<String, String>);

impl<S: Sync> FromRequestParts<S> for Sent {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let pairs = match (parts.extensions.remove::<Form>(), parts.extensions.remove::<SentJson>())
        {
            (Some(Form(pairs)), _) => pairs,
            (None, Some(SentJson(Value::Object(object)))) => object
                .into_iter()
                .map(|(name, value)| match value {
                    Value::String(text) => Ok((name, text)),
                    _ if FIELDS.contains(&&*name) => {
                        Err(invalid_request(format!("{name} must be a string")))
                    }
                    _ => Ok((name, String::new())),
                })
                .collect::<Result<_, _>>()?,
            _ => Vec::new(),
        };
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            if !FIELDS.contains(&&*name) {
                return Err(invalid_request("the request has a field that is not known"));
            }
            if fields.insert(name.clone(), value).is_some() {
                return Err(invalid_request(format!("{name} is given more than once")));
            }
        }
        fields.retain(|_, value| !value.is_empty());
        Ok(Self(fields))
    }
}

impl Sent {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.get(name).ok_or_else(|| invalid_request(format!("{name} is required")))
    }

    fn without(&self, names: &[&str]) -> Result<(), ApiError> {
        match names.iter().find(|name| self.0.contains_key(**name)) {
            Some(name) => {
                Err(invalid_request(format!("{name} does not belong to this grant_type")))
            }
            None => Ok(()),
        }
    }
}

/// Exchanges a code or a refresh token for tokens (O2-5 to O2-9).
#[utoipa::path(
    post, path = "/v2/auth/oauth2/token", operation_id = "OAuth2Controller_token",
    tag = "OAuth2", summary = "Exchange authorization code or refresh token for tokens",
    request_body(content((TokenBody = "application/json"), (TokenBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "The tokens", body = OAuth2Tokens)),
)]
pub(super) async fn token(
    State(app): State<App>,
    sent: Sent,
) -> Result<([(HeaderName, HeaderValue); 1], Json<OAuth2Tokens>), ApiError> {
    let id = OAuth2ClientId::new(sent.required("client_id")?);
    let tokens = match sent.required("grant_type")? {
        "authorization_code" => exchange(&app, &sent, &id).await?,
        "refresh_token" => refresh(&app, &sent, &id).await?,
        _ => {
            return Err(invalid_request(
                "grant_type must be 'authorization_code' or 'refresh_token'",
            ));
        }
    };
    Ok(([(header::PRAGMA, HeaderValue::from_static("no-cache"))], Json(tokens)))
}

/// The client, once it proved to be itself.
async fn client(app: &App, sent: &Sent, id: &OAuth2ClientId) -> Result<Client, ApiError> {
    let client = find(app, id).await?.ok_or_else(|| invalid_client("client_not_found"))?;
    let wrong = || invalid_client("invalid_client_credentials");
    match (ClientType::parse(&client.client_type), sent.get("client_secret")) {
        (Some(ClientType::Confidential), Some(secret)) => {
            let stored = client.secret_digest.as_deref().ok_or_else(wrong)?;
            if !same_secret(stored, digest(secret)) {
                return Err(wrong());
            }
        }
        (Some(ClientType::Public), None) => {}
        (Some(ClientType::Public), Some(_)) if sent.get("code_verifier").is_some() => {
            return Err(invalid_request(
                "a public client sends code_verifier and no client_secret",
            ));
        }
        (Some(ClientType::Confidential), None)
        | (Some(ClientType::Public), Some(_))
        | (None, _) => {
            return Err(wrong());
        }
    }
    if ClientStatus::parse(&client.status) == Some(ClientStatus::Rejected) {
        return Err(unauthorized_client("client_rejected"));
    }
    Ok(client)
}

/// An app that is not approved works for its owner only (O2-3).
fn check_status(client: &Client, user: slotd_domain::UserId) -> Result<(), ApiError> {
    let status = ClientStatus::parse(&client.status);
    if status.is_some_and(|status| status.lets_in(client.owner_user_id == user)) {
        Ok(())
    } else {
        Err(unauthorized_client("client_not_approved"))
    }
}

async fn exchange(app: &App, sent: &Sent, id: &OAuth2ClientId) -> Result<OAuth2Tokens, ApiError> {
    sent.without(&["refresh_token"])?;
    let code = sent.required("code")?;
    let redirect_uri = sent.required("redirect_uri")?;
    if sent.get("client_secret").is_none() && sent.get("code_verifier").is_none() {
        return Err(invalid_request("client_secret or code_verifier is required"));
    }
    let client = client(app, sent, id).await?;
    let unit = Exchange {
        digest: digest(code),
        redirect_uri: redirect_uri.to_owned(),
        verifier: sent.get("code_verifier").map(str::to_owned),
        keyring: Arc::clone(app.store.keyring()),
        now: app.clock.now(),
        client,
    };
    app.store.write(unit).await?.ok_or_else(|| invalid_grant("code_invalid_or_expired"))
}

struct Exchange {
    client: Client,
    digest: [u8; 32],
    redirect_uri: String,
    verifier: Option<String>,
    keyring: Arc<Keyring>,
    now: Timestamp,
}

impl UnitOfWork for Exchange {
    /// None when the code was used before.
    type Output = Option<OAuth2Tokens>;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Option<OAuth2Tokens>, ApiError> {
        let invalid = || invalid_grant("code_invalid_or_expired");
        let id = &self.client.id;
        // Of callers that race with one code exactly one gets past this line unused.
        let code = oauth2::lock_code(conn, id, &self.digest).await?.ok_or_else(invalid)?;
        if self.now >= code.expires_at || code.is_locked {
            return Err(invalid());
        }
        check_status(&self.client, code.user_id)?;
        if code.redirect_uri != self.redirect_uri {
            return Err(invalid_grant("redirect_uri_mismatch"));
        }
        check_verifier(&code, self.verifier.as_deref())?;
        if code.used_at.is_some() {
            // Two holders of one code: what the first one got ends (RFC 6749, 4.1.2).
            oauth2::delete_grant(conn, id, code.user_id, code.team_id).await?;
            return Ok(None);
        }
        let scopes = code.scopes.as_ref();
        let issued = Issued::new(&self.keyring, id, code.user_id, code.team_id, scopes, self.now);
        oauth2::use_code(conn, &self.digest, self.now).await?;
        oauth2::put_grant(
            conn,
            id,
            code.user_id,
            code.team_id,
            scopes,
            &issued.refresh_digest,
            issued.refresh_expires_at,
            self.now,
        )
        .await?;
        Ok(Some(issued.tokens))
    }
}

/// The verifier belongs to the challenge that was sent with the request for the
/// code, and there is none without one (RFC 7636, 4.6).
fn check_verifier(code: &Code, verifier: Option<&str>) -> Result<(), ApiError> {
    let proven = match (&code.code_challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            same_secret(challenge, URL_SAFE_NO_PAD.encode(digest(verifier)))
        }
        (Some(_), None) | (None, Some(_)) => false,
    };
    if proven { Ok(()) } else { Err(invalid_grant("pkce_verification_failed")) }
}

async fn refresh(app: &App, sent: &Sent, id: &OAuth2ClientId) -> Result<OAuth2Tokens, ApiError> {
    sent.without(&["code", "redirect_uri", "code_verifier"])?;
    let token = sent.required("refresh_token")?;
    let client = client(app, sent, id).await?;
    let unreadable = || invalid_grant("invalid_refresh_token");
    match app.store.keyring().third_party_claims(token) {
        Some(claims) if claims["token_type"] != json!(REFRESH_TOKEN) => return Err(unreadable()),
        Some(claims) if claims["clientId"] != json!(id.as_str()) => {
            return Err(invalid_grant("client_id_mismatch"));
        }
        // A token can outlive the key that signed it: then the look-up decides alone.
        None if !app.settings.has_former_keys => return Err(unreadable()),
        Some(_) | None => {}
    }
    let unit = Refresh {
        client,
        digest: digest(token),
        keyring: Arc::clone(app.store.keyring()),
        now: app.clock.now(),
    };
    app.store.write(unit).await
}

struct Refresh {
    client: Client,
    digest: [u8; 32],
    keyring: Arc<Keyring>,
    now: Timestamp,
}

impl UnitOfWork for Refresh {
    type Output = OAuth2Tokens;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<OAuth2Tokens, ApiError> {
        let id = &self.client.id;
        // Of callers that race with one token exactly one gets past this line.
        let grant = oauth2::lock_grant(conn, id, &self.digest).await?;
        let grant = grant.ok_or_else(|| invalid_grant("refresh_token_revoked"))?;
        if self.now >= grant.refresh_expires_at || grant.is_locked {
            return Err(invalid_grant("invalid_refresh_token"));
        }
        check_status(&self.client, grant.user_id)?;
        let scopes = grant.scopes.as_ref();
        let issued = Issued::new(&self.keyring, id, grant.user_id, grant.team_id, scopes, self.now);
        let (digest, expires_at) = (issued.refresh_digest, issued.refresh_expires_at);
        oauth2::rotate(conn, &self.digest, &digest, expires_at).await?;
        Ok(issued.tokens)
    }
}
