//! `/v2/oauth/{clientId}` (sections 4 and 5 of the platform rules).

mod authorize;
mod exchange;
mod refresh;

use slotd_contract::tokens as wire;
use slotd_store::tokens::Pair;
use utoipa_axum::routes;

use crate::access::{Access, Check, CredentialKind, PUBLIC};
use crate::route::Routes;

/// The secret is mandatory: a bearer token alone does not open this route (TK-17).
const REFRESH: Access = Access {
    credentials: &[CredentialKind::OAuthClient],
    checks: &[Check::Authenticated, Check::OwnOAuthClient],
    scopes: &[],
};

/// Only a person in a browser grants a client tokens (OF-1).
const AUTHORIZE: Access = Access {
    credentials: &[CredentialKind::Session],
    checks: &[Check::Authenticated],
    scopes: &[],
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&REFRESH, routes!(refresh::refresh))
        .add(&AUTHORIZE, routes!(authorize::authorize))
        .add(&PUBLIC, routes!(exchange::exchange))
}

/// The wire form of a pair of tokens.
pub(crate) fn shown(pair: &Pair) -> wire::Tokens {
    wire::Tokens {
        access_token: pair.access_token.clone(),
        refresh_token: pair.refresh_token.clone(),
        access_token_expires_at: pair.access_token_expires_at().as_millisecond(),
        refresh_token_expires_at: pair.refresh_token_expires_at().as_millisecond(),
    }
}
