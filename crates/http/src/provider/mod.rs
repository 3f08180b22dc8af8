//! `/v2/provider` (section 6 of the platform rules): what the front end asks
//! before anything else. Not in the contract, but served.

mod access_token;
mod get;

use utoipa_axum::routes;

use crate::access::{Access, Check, CredentialKind, PUBLIC};
use crate::route::Routes;

/// A managed user's token says that it works, at its own client.
const ACCESS_TOKEN: Access = Access {
    credentials: &[CredentialKind::AccessToken],
    checks: &[Check::Authenticated, Check::TokenOfOAuthClient],
    scopes: &[],
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&PUBLIC, routes!(get::get))
        .add(&ACCESS_TOKEN, routes!(access_token::check))
}
