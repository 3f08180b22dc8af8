//! `/v2/api-keys` (section 8 of the platform rules).

mod refresh;

use utoipa_axum::routes;

use crate::access::{Access, Check, CredentialKind};
use crate::route::Routes;

/// Whoever has the key. Its binding is looked at when it is replaced (AK-4).
const REFRESH: Access =
    Access { credentials: &[CredentialKind::ApiKey], checks: &[Check::Authenticated], scopes: &[] };

pub(crate) fn routes() -> Routes {
    Routes::default().add(&REFRESH, routes!(refresh::refresh))
}
