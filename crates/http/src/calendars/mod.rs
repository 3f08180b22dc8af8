//! `/v2/calendars` (section 17 of the availability rules).

mod busy_times;

use utoipa_axum::routes;

use crate::access::{ANY_CREDENTIAL, Access, Check};
use crate::route::Routes;

const READ: Access =
    Access { credentials: ANY_CREDENTIAL, checks: &[Check::Authenticated], scopes: &[] };

pub(crate) fn routes() -> Routes {
    Routes::default().add(&READ, routes!(busy_times::busy_times))
}
