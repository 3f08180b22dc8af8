//! The tokens of an app (O2-7).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slotd_contract::oauth2::OAuth2Tokens;
use slotd_domain::oauth2::{ACCESS_TOKEN_LIFETIME, REFRESH_TOKEN_LIFETIME};
use slotd_domain::{OAuth2ClientId, OrganizationId, UserId};
use slotd_store::{Keyring, digest, new_client_secret, oauth2};

use super::{ACCESS_TOKEN, REFRESH_TOKEN};

/// A new access token and refresh token.
pub(super) struct Issued {
    pub(super) tokens: OAuth2Tokens,
    pub(super) refresh_digest: [u8; 32],
    pub(super) refresh_expires_at: Timestamp,
}

impl Issued {
    /// Makes tokens for what a user allowed. `scopes` is an array of names, or none
    /// when they are not limited.
    pub(super) fn new(
        keyring: &Keyring,
        client: &OAuth2ClientId,
        user: UserId,
        team: Option<OrganizationId>,
        scopes: Option<&Value>,
        now: Timestamp,
    ) -> Self {
        let expiry = |lifetime: SignedDuration| now.saturating_add(lifetime).unwrap_or(now);
        let refresh_expires_at = expiry(REFRESH_TOKEN_LIFETIME);
        let claims = |kind: &str, expires_at: Timestamp| {
            json!({
                "userId": user.0,
                "teamId": team.map(|team| team.0),
                "scope": scopes.unwrap_or(&json!([])),
                "token_type": kind,
                "clientId": client.as_str(),
                "iat": now.as_second(),
                "exp": expires_at.as_second(),
            })
        };
        let access = claims(ACCESS_TOKEN, expiry(ACCESS_TOKEN_LIFETIME));
        let mut refresh = claims(REFRESH_TOKEN, refresh_expires_at);
        refresh["secret"] = json!(new_client_secret());
        let refresh_token = keyring.sign_third_party(&refresh);
        let names: Vec<_> = scopes.map(oauth2::scopes_of).unwrap_or_default();
        let names: Vec<&str> = names.iter().map(|scope| scope.name()).collect();
        Self {
            refresh_digest: digest(&refresh_token),
            refresh_expires_at,
            tokens: OAuth2Tokens {
                access_token: keyring.sign_third_party(&access),
                token_type: "bearer",
                refresh_token,
                expires_in: ACCESS_TOKEN_LIFETIME.as_secs(),
                scope: names.join(" "),
            },
        }
    }
}
