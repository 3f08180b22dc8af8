//! Organizations and teams, their members and profiles.

use jiff::Timestamp;
use slotd_domain::{MembershipId, OrganizationId, UserId};

use crate::sql::{queries, row};

row! {
    /// What a role check asks about a user and an organization (PM-10 to PM-13).
    #[derive(Debug, Clone)]
    pub struct Standing {
        /// Whether the organization is a platform.
        pub is_platform: bool,
        /// `OWNER`, `ADMIN` or `MEMBER`; none without a membership.
        pub role: Option<String>,
        /// Whether the membership was accepted.
        pub accepted: Option<bool>,
    }
}

queries! {
    /// How a user stands to an organization; none when there is no such organization.
    pub fn standing(organization: OrganizationId, user: UserId) -> Option<Standing> =
        "select t.is_platform, m.role, m.accepted
         from team t left join membership m on m.team_id = t.id and m.user_id = $2
         where t.id = $1";

    /// Whether an organization is a platform.
    pub fn is_platform(organization: OrganizationId) -> Option<(bool,)> =
        "select is_platform from team where id = $1 and is_organization";

    /// The organization that was made first.
    pub fn first() -> Option<(OrganizationId,)> =
        "select id from team where is_organization order by id limit 1";

    /// Who acts for an organization: its first OWNER, else its first ADMIN (AU-7).
    pub fn acting_user(organization: OrganizationId) -> Option<(UserId,)> =
        "select user_id from membership
         where team_id = $1 and accepted and role in ('OWNER', 'ADMIN')
         order by role desc, id limit 1";

    /// Writes an organization.
    pub fn insert(id: OrganizationId, name: &str, slug: &str, is_platform: bool, now: Timestamp) -> u64 =
        "insert into team (id, name, slug, is_organization, is_platform, created_at)
         values ($1, $2, $3, true, $4, $5)";

    /// Writes a membership.
    pub fn insert_membership(
        id: MembershipId,
        organization: OrganizationId,
        user: UserId,
        role: &str,
        accepted: bool,
        now: Timestamp,
    ) -> u64 = "insert into membership (id, team_id, user_id, role, accepted, created_at)
         values ($1, $2, $3, $4, $5, $6)";

    /// Writes a profile: the user's name inside the organization.
    pub fn insert_profile(
        organization: OrganizationId,
        user: UserId,
        uid: &str,
        username: &str,
        now: Timestamp,
    ) -> u64 = "insert into profile (organization_id, user_id, uid, username, created_at)
         values ($1, $2, $3, $4, $5)";

    /// Changes a user's name inside an organization (MU-32).
    pub fn rename_profile(organization: OrganizationId, user: UserId, username: &str) -> u64 =
        "update profile set username = $3 where organization_id = $1 and user_id = $2";

    /// Teams that were created with a client's credentials; they go with it (OC-12).
    pub fn teams_of_client(client: &str) -> Vec<(i32, String)> =
        "select id, name from team where created_by_oauth_client_id = $1 order by id";
}
