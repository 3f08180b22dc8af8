//! Who calls (AU-1 to AU-13).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use slotd_domain::oauth2::ClientStatus;
use slotd_domain::rate_limit::Limit;
use slotd_domain::{OAuthClientId, Permissions, origin};
use slotd_store::tokens::AccessToken;
use slotd_store::{
    Conn, StoreError, UnitOfWork, api_keys, digest, oauth_clients, oauth2, same_secret, tokens,
};

use super::{Access, Credential, CredentialKind, Presented, Principal};
use crate::oauth2::AccessClaims;
use crate::{ApiError, App, messages, sessions};

/// The first method that is present decides; a failing one is not followed by the next.
pub(super) async fn authenticate(
    app: &App,
    access: &Access,
    presented: &Presented,
) -> Result<Principal, ApiError> {
    let takes = |kind| access.credentials.contains(&kind);
    let client = presented.client();
    if let (Some(client), Some(secret)) = (client, &presented.secret)
        && takes(CredentialKind::OAuthClient)
    {
        return oauth_client(app, client, secret).await;
    }
    if let Some(bearer) = &presented.bearer {
        let is_key = is_api_key(app, bearer);
        if is_key && takes(CredentialKind::ApiKey) {
            return api_key(app, bearer).await;
        }
        if !is_key && takes(CredentialKind::AccessToken) {
            return access_token(app, bearer, presented.origin.as_deref()).await;
        }
    }
    if let Some(cookie) = &presented.session
        && takes(CredentialKind::Session)
    {
        return session(app, cookie).await;
    }
    if access.credentials == [CredentialKind::Session] {
        return Err(ApiError::unauthorized(messages::NO_SESSION));
    }
    Err(ApiError::unauthorized(match (client, &presented.secret) {
        (Some(_), None) => messages::ONLY_CLIENT_ID.to_owned(),
        (None, Some(_)) => messages::ONLY_SECRET.to_owned(),
        (None, None) if presented.bearer.is_none() => messages::NO_AUTHENTICATION.to_owned(),
        _ => messages::method_not_allowed(access.credentials),
    }))
}

/// Whether a bearer value is meant as an API key (AU-5).
pub(super) fn is_api_key(app: &App, bearer: &str) -> bool {
    bearer.starts_with("cal_") || bearer.starts_with(&app.settings.api_key_prefix)
}

async fn oauth_client(app: &App, id: &OAuthClientId, secret: &str) -> Result<Principal, ApiError> {
    let unknown = || ApiError::unauthorized(messages::unknown_client(id));
    let conn = app.store.read().await?;
    let client = oauth_clients::credentials(&conn, id).await?.ok_or_else(unknown)?;
    let stored = app.store.keyring().decrypt(&oauth_clients::secret_context(id), &client.secret)?;
    if !same_secret(&stored, secret) {
        return Err(ApiError::unauthorized(messages::INVALID_CLIENT_SECRET));
    }
    let Some((user_id, role)) = client.acting() else {
        return Err(ApiError::unauthorized(messages::NO_OWNER));
    };
    Ok(Principal {
        user_id,
        credential: Credential::OAuthClient {
            id: id.clone(),
            permissions: Permissions::from_bits(client.permissions),
            is_platform: client.is_platform,
            role,
        },
        organization_id: Some(client.organization_id),
        main_organization_id: Some(client.organization_id),
        is_system_admin: false,
    })
}

async fn api_key(app: &App, bearer: &str) -> Result<Principal, ApiError> {
    let Some(text) = bearer.strip_prefix(&app.settings.api_key_prefix) else {
        return Err(ApiError::unauthorized(messages::API_KEY_NOT_VALID));
    };
    let conn = app.store.read().await?;
    let digest = digest(text);
    let Some(key) = api_keys::by_digest(&conn, &digest).await? else {
        return Err(ApiError::unauthorized(messages::INVALID_API_KEY));
    };
    if key.expires_at.is_some_and(|expires_at| is_later_day(app.clock.now(), expires_at)) {
        return Err(ApiError::unauthorized(messages::API_KEY_EXPIRED));
    }
    if key.is_locked {
        return Err(ApiError::unauthorized(messages::USER_LOCKED));
    }
    Ok(Principal {
        user_id: key.user_id,
        credential: Credential::ApiKey {
            digest,
            rate_limits: key.rate_limits.as_ref().and_then(own_limits),
        },
        organization_id: key.team_id,
        main_organization_id: key.organization_id,
        is_system_admin: key.is_system_admin,
    })
}

/// The limits stored with a key. What cannot be read leaves the usual limits in force.
fn own_limits(stored: &Value) -> Option<Vec<Limit>> {
    let limit = |stored: &Value| {
        Some(Limit {
            name: stored["name"].as_str()?.to_owned(),
            requests: u32::try_from(stored["limit"].as_u64()?).ok()?,
            window: SignedDuration::from_millis(stored["windowMs"].as_i64()?),
            block: SignedDuration::from_millis(stored["blockMs"].as_i64()?),
        })
    };
    let limits: Vec<Limit> = stored.as_array()?.iter().map(limit).collect::<Option<_>>()?;
    (!limits.is_empty()).then_some(limits)
}

/// Keys work until the end of the day on which they expire (AU-8), in UTC.
fn is_later_day(now: Timestamp, expires_at: Timestamp) -> bool {
    now.to_zoned(TimeZone::UTC).date() > expires_at.to_zoned(TimeZone::UTC).date()
}

async fn access_token(
    app: &App,
    bearer: &str,
    origin: Option<&str>,
) -> Result<Principal, ApiError> {
    let Some(token) = stored_access_token(app, bearer).await? else {
        return third_party(app, bearer).await;
    };
    if app.clock.now() >= token.access_expires_at {
        return Err(ApiError::token_expired());
    }
    if token.is_locked {
        return Err(ApiError::unauthorized(messages::USER_LOCKED));
    }
    if let Some(origin) = origin {
        let entries: Vec<&str> = slotd_store::texts(&token.redirect_uris).collect();
        if !origin::is_allowed(&entries, origin) {
            return Err(ApiError::unauthorized(messages::invalid_origin(
                origin,
                &token.oauth_client_id,
            )));
        }
    }
    Ok(Principal {
        user_id: token.user_id,
        credential: Credential::AccessToken {
            client_id: token.oauth_client_id,
            permissions: Permissions::from_bits(token.permissions),
            digest: digest(bearer),
        },
        organization_id: token.organization_id,
        main_organization_id: token.organization_id,
        is_system_admin: token.is_system_admin,
    })
}

/// The stored token of a bearer value.
pub(super) async fn stored_access_token(
    app: &App,
    bearer: &str,
) -> Result<Option<AccessToken>, ApiError> {
    if !app.may_know(bearer) {
        return Ok(None);
    }
    let conn = app.store.read().await?;
    let token = tokens::by_access_digest(&conn, &digest(bearer)).await?;
    drop(conn);
    // From here on the answer that carried this token is known to have arrived (TK-12).
    if let Some(token) = &token
        && token.is_unseen_successor
        && app.clock.now().duration_since(token.issued_at) <= app.settings.lost_answer_period
    {
        let refresh_digest = token.refresh_digest.clone();
        app.store.write(MarkPresented { refresh_digest, now: app.clock.now() }).await?;
    }
    Ok(token)
}

/// The access token of a third-party app (AU-9, O2-7). Its claims say what it is
/// for; the look-up says whether that is still allowed.
async fn third_party(app: &App, bearer: &str) -> Result<Principal, ApiError> {
    let invalid = || ApiError::unauthorized(messages::INVALID_ACCESS_TOKEN);
    let claims = app.store.keyring().third_party_claims(bearer).ok_or_else(invalid)?;
    let claims = AccessClaims::read(&claims, app.clock.now()).ok_or_else(invalid)?;
    let AccessClaims { client_id, user_id, team_id, scopes, issued_at } = claims;
    let conn = app.store.read().await?;
    let standing = oauth2::standing(&conn, &client_id, user_id, team_id).await?;
    // What was taken back stays so when the user allows the app again.
    let standing = standing.filter(|standing| standing.allowed_at.as_second() <= issued_at);
    let standing = standing.ok_or_else(invalid)?;
    if standing.is_locked {
        return Err(ApiError::unauthorized(messages::USER_LOCKED));
    }
    let status = ClientStatus::parse(&standing.status);
    if !status.is_some_and(|status| status.lets_in(standing.is_owner)) {
        return Err(invalid());
    }
    let is_unlimited = standing.is_unlimited && scopes.is_empty();
    Ok(Principal {
        user_id,
        credential: Credential::ThirdParty {
            client_id,
            digest: digest(bearer),
            scopes: if is_unlimited { None } else { Some(scopes) },
        },
        organization_id: team_id.or(standing.organization_id),
        main_organization_id: standing.organization_id,
        // An app never gets more than its user's own rights.
        is_system_admin: false,
    })
}

async fn session(app: &App, cookie: &str) -> Result<Principal, ApiError> {
    let session = sessions::current(app, cookie).await?;
    let session = session.ok_or_else(|| ApiError::unauthorized(messages::NO_SESSION))?;
    Ok(Principal {
        user_id: session.user_id,
        credential: Credential::Session { digest: digest(cookie) },
        organization_id: session.organization_id,
        main_organization_id: session.organization_id,
        is_system_admin: session.is_system_admin,
    })
}

struct MarkPresented {
    refresh_digest: Vec<u8>,
    now: Timestamp,
}

impl UnitOfWork for MarkPresented {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        tokens::mark_presented(conn, &self.refresh_digest, self.now).await
    }
}
