//! Platform OAuth clients.

use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::{OAuthClientId, OrganizationId, Role, UserId};

use crate::sql::{queries, row};
use crate::{Conn, StoreError};

row! {
    /// An OAuth client as it is stored.
    #[derive(Debug, Clone)]
    pub struct OAuthClient {
        /// Id (TY-2).
        pub id: OAuthClientId,
        /// The organization it belongs to, for ever (OC-7).
        pub organization_id: OrganizationId,
        /// Name.
        pub name: String,
        /// Encrypted secret: see [`secret_context`].
        pub secret: Vec<u8>,
        /// Bit mask (section 1.4 of the platform rules).
        pub permissions: i32,
        /// Picture.
        pub logo: Option<String>,
        /// Array of strings; `*` is a wildcard (CO-3).
        pub redirect_uris: Value,
        /// Where bookings are viewed (OC-16).
        pub booking_redirect_uri: Option<String>,
        /// Where bookings are cancelled (OC-16).
        pub booking_cancel_redirect_uri: Option<String>,
        /// Where bookings are rescheduled (OC-16).
        pub booking_reschedule_redirect_uri: Option<String>,
        /// Whether booking e-mails are sent (OC-15).
        pub are_emails_enabled: bool,
        /// Whether new managed users get the four default event types (MU-13).
        pub are_default_event_types_enabled: bool,
        /// Whether calendar events are written (OC-15).
        pub are_calendar_events_enabled: bool,
        /// When the client was created.
        pub created_at: Timestamp,
    }
}

row! {
    /// An OAuth client in a list for operators.
    #[derive(Debug, Clone)]
    pub struct Listed {
        /// Id.
        pub id: OAuthClientId,
        /// The organization it belongs to.
        pub organization_id: OrganizationId,
        /// Name.
        pub name: String,
        /// Bit mask.
        pub permissions: i32,
        /// When the client was created.
        pub created_at: Timestamp,
        /// How many users it manages.
        pub managed_users: i64,
    }
}

row! {
    /// What authentication with client credentials asks (AU-6, AU-7).
    #[derive(Debug, Clone)]
    pub struct Credentials {
        /// The client's organization.
        pub organization_id: OrganizationId,
        /// Encrypted secret.
        pub secret: Vec<u8>,
        /// Bit mask.
        pub permissions: i32,
        /// Whether that organization is a platform.
        pub is_platform: bool,
        first_owner: Option<UserId>,
        first_admin: Option<UserId>,
    }
}

row! {
    /// What a client's new user depends on.
    #[derive(Debug, Clone)]
    pub struct ForNewUser {
        /// The user's organization.
        pub organization_id: OrganizationId,
        /// Whether the user gets the default event types (MU-13).
        pub has_event_types: bool,
        /// Who has the address already (QI-19).
        pub owner: Option<UserId>,
        /// Whose managed user that is.
        pub owner_client: Option<OAuthClientId>,
    }
}

impl Credentials {
    /// Who the credentials act as: the first OWNER, else the first ADMIN (AU-7).
    #[must_use]
    pub fn acting(&self) -> Option<(UserId, Role)> {
        let owner = self.first_owner.map(|user| (user, Role::Owner));
        owner.or(self.first_admin.map(|user| (user, Role::Admin)))
    }
}

/// A look-up apart for each role: an index answers it without looking at all members.
macro_rules! first_with_role {
    ($role:literal) => {
        concat!(
            "(select a.user_id from membership a join user_account u on u.id = a.user_id ",
            "where a.team_id = c.organization_id and a.role = '",
            $role,
            "' and a.accepted and u.locked_at is null order by a.id limit 1)"
        )
    };
}

macro_rules! client {
    ($rest:literal) => {
        concat!(
            "select c.id, c.organization_id, c.name, c.secret, c.permissions, c.logo, c.redirect_uris, ",
            "c.booking_redirect_uri, c.booking_cancel_redirect_uri, c.booking_reschedule_redirect_uri, ",
            "c.are_emails_enabled, c.are_default_event_types_enabled, c.are_calendar_events_enabled, c.created_at ",
            "from oauth_client c ",
            $rest
        )
    };
}

queries! {
    /// A client by id.
    pub fn by_id(id: &OAuthClientId) -> Option<OAuthClient> = client!("where c.id = $1");

    /// The clients of an organization, oldest first (OC-7, PG-3).
    pub fn of_organization(organization: OrganizationId) -> Vec<OAuthClient> =
        client!("where c.organization_id = $1 order by c.created_at, c.id");

    /// The next clients in the order of their ids, of one organization or of all.
    pub fn list(after: &str, organization: Option<OrganizationId>, limit: i64) -> Vec<Listed> =
        "select c.id, c.organization_id, c.name, c.permissions, c.created_at,
            (select count(*) from user_account u where u.oauth_client_id = c.id and u.is_platform_managed)
         from oauth_client c
         where c.id > $1 and c.organization_id = coalesce($2, c.organization_id)
         order by c.id limit $3";

    /// What authentication with the client's credentials needs.
    pub fn credentials(id: &OAuthClientId) -> Option<Credentials> =
        concat!(
            "select c.organization_id, c.secret, c.permissions, t.is_platform, ",
            first_with_role!("OWNER"), ", ", first_with_role!("ADMIN"),
            " from oauth_client c join team t on t.id = c.organization_id where c.id = $1"
        );

    /// How many clients an organization has.
    pub fn count_of_organization(organization: OrganizationId) -> Option<(i64,)> =
        "select count(*) from oauth_client where organization_id = $1";

    /// The organization of a client (PM-14).
    pub fn organization(id: &OAuthClientId) -> Option<(OrganizationId,)> =
        "select organization_id from oauth_client where id = $1";

    /// Holds a client until the end of the transaction, by a column without an index, as
    /// [`users::lock`](crate::users::lock) does.
    pub fn lock(id: &OAuthClientId) -> u64 = "update oauth_client set name = name where id = $1";

    /// What a client's new user depends on; `email_key` is that of the user's address.
    pub fn for_new_user(id: &OAuthClientId, email_key: &str) -> Option<ForNewUser> =
        "select c.organization_id, c.are_default_event_types_enabled, u.id, u.oauth_client_id
         from oauth_client c left join user_account u on u.email_key = $2
         where c.id = $1";

    /// Removes a client with its tokens and teams; its users stay (OC-12).
    pub fn delete(id: &OAuthClientId) -> u64 = "delete from oauth_client where id = $1";

    /// Gives a client another secret.
    pub fn set_secret(id: &OAuthClientId, secret: &[u8]) -> u64 =
        "update oauth_client set secret = $2 where id = $1";

    /// How many users a client manages.
    pub fn count_users(id: &OAuthClientId) -> Option<(i64,)> =
        "select count(*) from user_account where oauth_client_id = $1";

    fn insert_row(
        id: &OAuthClientId,
        organization: OrganizationId,
        name: &str,
        secret: &[u8],
        permissions: i32,
        logo: Option<&str>,
        redirect_uris: &Value,
        booking_redirect_uri: Option<&str>,
        booking_cancel_redirect_uri: Option<&str>,
        booking_reschedule_redirect_uri: Option<&str>,
        are_emails_enabled: bool,
        are_default_event_types_enabled: bool,
        are_calendar_events_enabled: bool,
        now: Timestamp,
    ) -> u64 = "insert into oauth_client (
        id, organization_id, name, secret, permissions, logo, redirect_uris,
        booking_redirect_uri, booking_cancel_redirect_uri, booking_reschedule_redirect_uri,
        are_emails_enabled, are_default_event_types_enabled, are_calendar_events_enabled, created_at
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

    fn update_row(
        id: &OAuthClientId,
        name: &str,
        logo: Option<&str>,
        redirect_uris: &Value,
        booking_redirect_uri: Option<&str>,
        booking_cancel_redirect_uri: Option<&str>,
        booking_reschedule_redirect_uri: Option<&str>,
        are_emails_enabled: bool,
        are_default_event_types_enabled: bool,
        are_calendar_events_enabled: bool,
    ) -> u64 = "update oauth_client set
        name = $2, logo = $3, redirect_uris = $4, booking_redirect_uri = $5,
        booking_cancel_redirect_uri = $6, booking_reschedule_redirect_uri = $7,
        are_emails_enabled = $8, are_default_event_types_enabled = $9, are_calendar_events_enabled = $10
        where id = $1";
}

/// The context under which a client's secret is encrypted
/// ([`Keyring::encrypt`](crate::Keyring::encrypt)).
#[must_use]
pub fn secret_context(id: &OAuthClientId) -> String {
    format!("oauth_client {id}")
}

/// Writes a new client.
pub async fn insert(conn: &Conn, client: &OAuthClient) -> Result<u64, StoreError> {
    insert_row(
        conn,
        &client.id,
        client.organization_id,
        &client.name,
        &client.secret,
        client.permissions,
        client.logo.as_deref(),
        &client.redirect_uris,
        client.booking_redirect_uri.as_deref(),
        client.booking_cancel_redirect_uri.as_deref(),
        client.booking_reschedule_redirect_uri.as_deref(),
        client.are_emails_enabled,
        client.are_default_event_types_enabled,
        client.are_calendar_events_enabled,
        client.created_at,
    )
    .await
}

/// Writes what can change about a client (OC-10).
pub async fn update(conn: &Conn, client: &OAuthClient) -> Result<u64, StoreError> {
    update_row(
        conn,
        &client.id,
        &client.name,
        client.logo.as_deref(),
        &client.redirect_uris,
        client.booking_redirect_uri.as_deref(),
        client.booking_cancel_redirect_uri.as_deref(),
        client.booking_reschedule_redirect_uri.as_deref(),
        client.are_emails_enabled,
        client.are_default_event_types_enabled,
        client.are_calendar_events_enabled,
    )
    .await
}
