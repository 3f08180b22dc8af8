//! Organizations and teams, their members and profiles.

use jiff::Timestamp;
use slotd_domain::{MembershipId, OrganizationId, Role, UserId};
use uuid::Uuid;

use crate::sql::{queries, row};
use crate::users::{self, User};
use crate::{Conn, Sequence, Store, StoreError, UnitOfWork};

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

    /// The organization with a slug.
    pub fn by_slug(slug: &str) -> Option<(OrganizationId,)> =
        "select id from team where coalesce(parent_id, 0) = 0 and slug = $1 and is_organization";

    /// The organization that was made first.
    pub fn first() -> Option<(OrganizationId,)> =
        "select id from team where is_organization order by id limit 1";

    /// Who acts for an organization: its first OWNER, else its first ADMIN (AU-7).
    pub fn acting_user(organization: OrganizationId) -> Option<(UserId,)> =
        "select a.user_id from membership a join user_account u on u.id = a.user_id
         where a.team_id = $1 and a.accepted and a.role in ('OWNER', 'ADMIN') and u.locked_at is null
         order by a.role desc, a.id limit 1";

    /// Writes an organization.
    pub fn insert(id: OrganizationId, name: &str, slug: &str, is_platform: bool, now: Timestamp) -> u64 =
        "insert into team (id, name, slug, is_organization, is_platform, created_at)
         values ($1, $2, $3, true, $4, $5)";

    /// Writes a team of an organization; `client` is the OAuth client whose
    /// credentials created it, if any.
    pub fn insert_team(
        id: OrganizationId,
        organization: OrganizationId,
        name: &str,
        slug: &str,
        client: Option<&str>,
        now: Timestamp,
    ) -> u64 = "insert into team (
            id, parent_id, name, slug, is_organization, is_platform, created_by_oauth_client_id, created_at
         ) values ($1, $2, $3, $4, false, false, $5, $6)";

    /// Whether two users are in one team or organization, both accepted (RES-3).
    pub fn share_a_team(user: UserId, other: UserId) -> Option<(OrganizationId,)> =
        "select m.team_id from membership m join membership o on o.team_id = m.team_id
         where m.user_id = $1 and o.user_id = $2 and m.accepted and o.accepted limit 1";

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

    /// A user who is in an organization: who has a profile there (ORG-2).
    pub fn person(organization: OrganizationId, user: UserId) -> Option<(UserId,)> =
        "select user_id from profile where organization_id = $1 and user_id = $2";

    /// Teams that were created with a client's credentials; they go with it (OC-12).
    pub fn teams_of_client(client: &str) -> Vec<(i32, String)> =
        "select id, name from team where created_by_oauth_client_id = $1 order by id";
}

/// A platform organization and its owner.
pub struct NewOrganization {
    /// The new organization.
    pub organization_id: OrganizationId,
    /// Its owner.
    pub owner: User,
    name: String,
    membership_id: MembershipId,
    profile_uid: String,
    now: Timestamp,
}

impl NewOrganization {
    /// Takes the ids; nothing is written until the unit runs.
    pub async fn prepare(
        store: &Store,
        name: &str,
        email: &str,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let organization_id = OrganizationId(store.next_id(Sequence::Team).await?);
        let owner = User {
            id: UserId(store.next_id(Sequence::User).await?),
            organization_id: Some(organization_id),
            oauth_client_id: None,
            email: email.to_owned(),
            username: Some(slotd_domain::username::derive(email)),
            name: Some("Owner".to_owned()),
            bio: None,
            avatar_url: None,
            time_zone: slotd_domain::TimeZoneName::default().as_str().to_owned(),
            week_start: slotd_domain::WeekDay::Sunday.as_str().to_owned(),
            time_format: Some(12),
            locale: None,
            metadata: None,
            is_platform_managed: false,
            created_at: now,
            default_schedule_id: None,
            is_in_platform: Some(true),
            is_locked: false,
        };
        Ok(Self {
            organization_id,
            owner,
            name: name.to_owned(),
            membership_id: MembershipId(store.next_id(Sequence::Membership).await?),
            profile_uid: Uuid::new_v4().to_string(),
            now,
        })
    }
}

impl UnitOfWork for NewOrganization {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        let Self { organization_id, owner, now, .. } = self;
        let slug = format!("organization-{organization_id}");
        insert(conn, *organization_id, &self.name, &slug, true, *now).await?;
        users::insert(conn, owner).await?;
        let username = owner.username.as_deref().unwrap_or_default();
        insert_profile(conn, *organization_id, owner.id, &self.profile_uid, username, *now).await?;
        let role = Role::Owner.name();
        insert_membership(conn, self.membership_id, *organization_id, owner.id, role, true, *now)
            .await?;
        Ok(())
    }
}
