//! `/v2/oauth-clients/{clientId}/users` (section 3 of the platform rules).

mod create;
mod delete;
mod force_refresh;
mod get;
mod list;
mod update;

pub(crate) use list::{page, refused_query};
pub(crate) use update::apply;

use slotd_contract::managed_users as wire;
use slotd_domain::Role;
use slotd_store::users;
use utoipa_axum::routes;

use crate::access::{ANY_CREDENTIAL, Access, Check, PathUser};
use crate::route::Routes;
use crate::{ApiError, messages};

/// Unlike on the client's own routes, ownership is checked before the role.
const ACCESS: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Authenticated,
        Check::OwnOAuthClient,
        Check::OrganizationRole(&[Role::Admin, Role::Owner]),
    ],
    scopes: &[],
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&ACCESS, routes!(create::create))
        .add(&ACCESS, routes!(list::list))
        .add(&ACCESS, routes!(get::get))
        .add(&ACCESS, routes!(update::update))
        .add(&ACCESS, routes!(delete::delete))
        .add(&ACCESS, routes!(force_refresh::force_refresh))
}

/// The wire form of a stored user.
fn shown(user: users::User) -> wire::ManagedUser {
    wire::ManagedUser {
        id: user.id.0,
        email: user.email,
        username: user.username,
        name: user.name,
        bio: user.bio,
        time_zone: user.time_zone,
        week_start: user.week_start,
        created_date: slotd_contract::timestamp(user.created_at),
        time_format: user.time_format,
        default_schedule_id: user.default_schedule_id.map(|id| id.0),
        locale: user.locale,
        avatar_url: user.avatar_url,
        metadata: user.metadata,
    }
}

/// 404 for an id that is no managed user of the client: unknown, deleted, another
/// client's, a regular user, or no number at all (QI-6).
fn unknown(user: &PathUser) -> ApiError {
    ApiError::not_found(messages::not_a_managed_user(&user.0))
}
