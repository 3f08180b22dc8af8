//! Users: regular ones and managed ones.

use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::{EventTypeId, OAuthClientId, OrganizationId, ScheduleId, UserId};

use crate::sql::{queries, row};
use crate::{Conn, StoreError};

row! {
    /// A user as it is stored.
    #[derive(Debug, Clone)]
    pub struct User {
        /// Id.
        pub id: UserId,
        /// The main organization, if any.
        pub organization_id: Option<OrganizationId>,
        /// The client that the user was created through, while it exists.
        pub oauth_client_id: Option<OAuthClientId>,
        /// Address, with the client's suffix for managed users (MU-3).
        pub email: String,
        /// Username (MU-5).
        pub username: Option<String>,
        /// Display name.
        pub name: Option<String>,
        /// About the user.
        pub bio: Option<String>,
        /// Picture.
        pub avatar_url: Option<String>,
        /// IANA name.
        pub time_zone: String,
        /// English name of a day.
        pub week_start: String,
        /// 12 or 24.
        pub time_format: Option<i32>,
        /// One of MU-6.
        pub locale: Option<String>,
        /// The customer's own data (VA-10).
        pub metadata: Option<Value>,
        /// Whether a client manages the user.
        pub is_platform_managed: bool,
        /// When the user was created.
        pub created_at: Timestamp,
        /// The schedule marked as default.
        pub default_schedule_id: Option<ScheduleId>,
        /// Whether the main organization is a platform.
        pub is_in_platform: Option<bool>,
        /// Whether the user is locked out (AU-16). Written by [`set_locked`] alone.
        pub is_locked: bool,
    }
}

macro_rules! user {
    ($rest:literal) => {
        concat!(
            "select u.id, u.organization_id, u.oauth_client_id, u.email, u.username, u.name, u.bio, u.avatar_url, ",
            "u.time_zone, u.week_start, u.time_format, u.locale, u.metadata, u.is_platform_managed, u.created_at, ",
            "(select s.id from schedule s where s.user_id = u.id and s.is_default), ",
            "(select t.is_platform from team t where t.id = u.organization_id), ",
            "u.locked_at is not null ",
            "from user_account u ",
            $rest
        )
    };
}

queries! {
    /// A user by id.
    pub fn by_id(user: UserId) -> Option<User> = user!("where u.id = $1");

    /// The user whose event type it is.
    pub fn owner_of_event_type(event_type: EventTypeId) -> Option<User> =
        user!("where u.id = (select e.user_id from event_type e where e.id = $1)");

    /// Whether a user can be booked in a group (SLOT-12).
    pub fn allows_dynamic_booking(user: UserId) -> Option<(bool,)> =
        "select allows_dynamic_booking from user_account where id = $1";

    /// A managed user of one client (MU-25).
    pub fn managed_by_id(client: &OAuthClientId, user: UserId) -> Option<User> =
        user!("where u.id = $2 and u.oauth_client_id = $1 and u.is_platform_managed");

    /// Who has a username outside of organizations, where managed users count as well
    /// although they belong to their client's (ET-51).
    pub fn by_username(username: &str) -> Option<User> =
        user!("where u.username = $1 and (u.organization_id is null or u.is_platform_managed) order by u.id limit 1");

    /// Who has a username inside an organization (ET-51).
    pub fn by_username_in(organization: OrganizationId, username: &str) -> Option<User> =
        user!("join profile p on p.user_id = u.id where p.organization_id = $1 and p.username = $2");

    /// A managed user of one client by the address's comparison key.
    pub fn managed_by_email(client: &OAuthClientId, email_key: &str) -> Option<User> =
        user!("where u.email_key = $2 and u.oauth_client_id = $1 and u.is_platform_managed");

    /// The managed users of one client, oldest first (MU-20).
    pub fn list_managed(client: &OAuthClientId, limit: i64, offset: i64) -> Vec<User> =
        user!("where u.oauth_client_id = $1 and u.is_platform_managed order by u.id limit $2 offset $3");

    /// Who has an address, whatever its letter case (QI-19), and whose managed user that is.
    pub fn owner_of_email(email_key: &str) -> Option<(UserId, Option<OAuthClientId>)> =
        "select id, oauth_client_id from user_account where email_key = $1";

    /// Holds a user until the end of the transaction, so that what is read next
    /// is what the write changes. Not by its id, for which SQLite would write every
    /// index anew and look through what refers to it.
    pub fn lock(user: UserId) -> u64 =
        "update user_account set created_at = created_at where id = $1";

    /// The same of a user who is to be booked: none is held who is locked out.
    pub fn lock_to_book(user: UserId) -> u64 =
        "update user_account set created_at = created_at where id = $1 and locked_at is null";

    fn insert_row(
        id: UserId,
        organization: Option<OrganizationId>,
        client: Option<&OAuthClientId>,
        email: &str,
        email_key: &str,
        username: Option<&str>,
        name: Option<&str>,
        bio: Option<&str>,
        avatar_url: Option<&str>,
        time_zone: &str,
        week_start: &str,
        time_format: Option<i32>,
        locale: Option<&str>,
        metadata: Option<&Value>,
        is_platform_managed: bool,
        now: Timestamp,
    ) -> u64 = "insert into user_account (
        id, organization_id, oauth_client_id, email, email_key, username, name, bio, avatar_url,
        time_zone, week_start, time_format, locale, metadata, is_platform_managed, is_system_admin, created_at
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, false, $16)";

    fn update_row(
        id: UserId,
        email: &str,
        email_key: &str,
        username: Option<&str>,
        name: Option<&str>,
        bio: Option<&str>,
        avatar_url: Option<&str>,
        time_zone: &str,
        week_start: &str,
        time_format: Option<i32>,
        locale: Option<&str>,
        metadata: Option<&Value>,
    ) -> u64 = "update user_account set
        email = $2, email_key = $3, username = $4, name = $5, bio = $6, avatar_url = $7,
        time_zone = $8, week_start = $9, time_format = $10, locale = $11, metadata = $12
        where id = $1";

    /// Removes a managed user of one client and everything that belongs to it (MU-38).
    pub fn delete_managed(client: &OAuthClientId, user: UserId) -> u64 =
        "delete from user_account where id = $2 and oauth_client_id = $1 and is_platform_managed";

    /// How many managed users have no client any more (OC-12).
    pub fn count_orphaned() -> Option<(i64,)> =
        "select count(*) from user_account where oauth_client_id is null and is_platform_managed";

    /// Removes some of them and everything that belongs to them (MU-38), and
    /// returns who they were and their organization.
    pub fn delete_orphaned(limit: i64) -> Vec<(UserId, Option<OrganizationId>)> =
        "delete from user_account
         where id in (
            select id from user_account where oauth_client_id is null and is_platform_managed order by id limit $1
         ) and oauth_client_id is null and is_platform_managed
         returning id, organization_id";

    /// Locks a user out of every way to authenticate (AU-16), or lets it in again.
    pub fn set_locked(user: UserId, locked_at: Option<Timestamp>) -> u64 =
        "update user_account set locked_at = $2 where id = $1";

    /// Makes a user a system administrator, or an ordinary user again (AU-18).
    pub fn set_system_admin(user: UserId, is_system_admin: bool) -> u64 =
        "update user_account set is_system_admin = $2 where id = $1";
}

/// Writes a new user. `default_schedule_id` is not part of the row: the schedule
/// carries the mark.
///
/// # Errors
///
/// [`Constraint::UserEmail`](crate::Constraint::UserEmail) when the address is taken.
pub async fn insert(conn: &Conn, user: &User) -> Result<u64, StoreError> {
    insert_row(
        conn,
        user.id,
        user.organization_id,
        user.oauth_client_id.as_ref(),
        &user.email,
        &slotd_domain::email::comparison_key(&user.email),
        user.username.as_deref(),
        user.name.as_deref(),
        user.bio.as_deref(),
        user.avatar_url.as_deref(),
        &user.time_zone,
        &user.week_start,
        user.time_format,
        user.locale.as_deref(),
        user.metadata.as_ref(),
        user.is_platform_managed,
        user.created_at,
    )
    .await
}

/// Writes what can change about a user.
///
/// # Errors
///
/// [`Constraint::UserEmail`](crate::Constraint::UserEmail) when the address is taken.
pub async fn update(conn: &Conn, user: &User) -> Result<u64, StoreError> {
    update_row(
        conn,
        user.id,
        &user.email,
        &slotd_domain::email::comparison_key(&user.email),
        user.username.as_deref(),
        user.name.as_deref(),
        user.bio.as_deref(),
        user.avatar_url.as_deref(),
        &user.time_zone,
        &user.week_start,
        user.time_format,
        user.locale.as_deref(),
        user.metadata.as_ref(),
    )
    .await
}
