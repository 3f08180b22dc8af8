//! `/v2/me` (section 9 of the platform rules).

mod get;
mod update;

use slotd_contract::me as wire;
use slotd_domain::{Permission, Permissions, Scope};
use slotd_store::users;
use utoipa_axum::routes;

use crate::access::{ANY_CREDENTIAL, Access, Check};
use crate::route::Routes;

const READ: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Authenticated,
        Check::Permissions(Permissions::of(&[Permission::ProfileRead])),
    ],
    scopes: &[Scope::PROFILE_READ],
};

const WRITE: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Authenticated,
        Check::Permissions(Permissions::of(&[Permission::ProfileWrite])),
    ],
    scopes: &[Scope::PROFILE_WRITE],
};

pub(crate) fn routes() -> Routes {
    Routes::default().add(&READ, routes!(get::get)).add(&WRITE, routes!(update::update))
}

/// The wire form of a stored user.
fn shown(user: users::User) -> wire::Me {
    let organization = user.organization_id.zip(user.is_in_platform);
    wire::Me {
        id: user.id.0,
        username: user.username,
        email: user.email,
        name: user.name,
        avatar_url: user.avatar_url,
        bio: user.bio,
        time_format: user.time_format.unwrap_or(12),
        default_schedule_id: user.default_schedule_id.map(|id| id.0),
        week_start: user.week_start,
        time_zone: user.time_zone,
        locale: user.locale,
        organization_id: user.organization_id.map(|id| id.0),
        organization: organization
            .map(|(id, is_platform)| wire::MeOrganization { is_platform, id: id.0 }),
    }
}
