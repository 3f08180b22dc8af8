//! Third-party apps, the codes they exchange, and what users granted them
//! (section 7 of the platform rules).

use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::{OAuth2ClientId, OrganizationId, Scope, UserId};

use crate::sql::{queries, row};
use crate::{Conn, StoreError};

row! {
    /// An app.
    #[derive(Debug, Clone)]
    pub struct Client {
        /// Its id.
        pub id: OAuth2ClientId,
        /// Its name, as people see it.
        pub name: String,
        /// Array of the addresses that codes may be sent to.
        pub redirect_uris: Value,
        /// Address of its picture.
        pub logo: Option<String>,
        /// `CONFIDENTIAL` or `PUBLIC`.
        pub client_type: String,
        /// SHA-256 of its secret.
        pub secret_digest: Option<Vec<u8>>,
        /// Whether the operator vouches for it.
        pub is_trusted: bool,
        /// Array of scope names; none when its tokens are not limited (O2-11).
        pub scopes: Option<Value>,
        /// `PENDING`, `APPROVED` or `REJECTED`.
        pub status: String,
        /// Who registered it.
        pub owner_user_id: UserId,
        /// When it was registered.
        pub created_at: Timestamp,
    }
}

row! {
    /// A code, whether it was used or not.
    #[derive(Debug, Clone)]
    pub struct Code {
        /// Who authorized the app.
        pub user_id: UserId,
        /// The team for which they did.
        pub team_id: Option<OrganizationId>,
        /// Array of scope names; none when they are not limited.
        pub scopes: Option<Value>,
        /// The address it was sent to.
        pub redirect_uri: String,
        /// S256 of the verifier (RFC 7636).
        pub code_challenge: Option<String>,
        /// From this instant on it cannot be exchanged.
        pub expires_at: Timestamp,
        /// When it was exchanged.
        pub used_at: Option<Timestamp>,
        /// Whether the user is locked (AU-16).
        pub is_locked: bool,
    }
}

row! {
    /// What a user allowed an app.
    #[derive(Debug, Clone)]
    pub struct Grant {
        /// Who authorized the app.
        pub user_id: UserId,
        /// The team for which they did.
        pub team_id: Option<OrganizationId>,
        /// Array of scope names; none when they are not limited.
        pub scopes: Option<Value>,
        /// From this instant on the refresh token cannot be exchanged.
        pub refresh_expires_at: Timestamp,
        /// Whether the user is locked (AU-16).
        pub is_locked: bool,
    }
}

row! {
    /// What authentication with an access token asks.
    #[derive(Debug, Clone)]
    pub struct Standing {
        /// The user's main organization.
        pub organization_id: Option<OrganizationId>,
        /// Whether the user is locked (AU-16).
        pub is_locked: bool,
        /// The app's status.
        pub status: String,
        /// Whether the user registered the app.
        pub is_owner: bool,
        /// Whether what was granted is not limited by scopes (O2-11).
        pub is_unlimited: bool,
        /// When the user allowed the app, since it was last taken back.
        pub allowed_at: Timestamp,
    }
}

macro_rules! clients {
    ($condition:literal) => {
        concat!(
            "select id, name, redirect_uris, logo, client_type, secret_digest, is_trusted, scopes, status,
                owner_user_id, created_at
             from oauth2_client where ",
            $condition
        )
    };
}

queries! {
    /// An app by its id.
    pub fn by_id(id: &OAuth2ClientId) -> Option<Client> = clients!("id = $1");

    /// Apps behind an id, in the order of their ids.
    pub fn list(after: &str, limit: i64) -> Vec<Client> = clients!("id > $1 order by id limit $2");

    /// Decides about an app.
    pub fn set_status(id: &OAuth2ClientId, status: &str) -> u64 =
        "update oauth2_client set status = $2 where id = $1";

    fn insert_client_row(
        id: &OAuth2ClientId,
        name: &str,
        redirect_uris: &Value,
        logo: Option<&str>,
        client_type: &str,
        secret_digest: Option<&[u8]>,
        is_trusted: bool,
        scopes: Option<&Value>,
        status: &str,
        owner: UserId,
        created_at: Timestamp,
    ) -> u64 = "insert into oauth2_client (
        id, name, redirect_uris, logo, client_type, secret_digest, is_trusted, scopes, status, owner_user_id, created_at
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

    /// A team by its slug, if the user is an accepted ADMIN or OWNER of it (O2-3).
    /// Slugs are unique per parent only: the team that was made first counts.
    pub fn team_of_admin(user: UserId, slug: &str) -> Option<(OrganizationId,)> =
        "select t.id from membership m join team t on t.id = m.team_id
         where m.user_id = $1 and t.slug = $2 and m.accepted and m.role in ('OWNER', 'ADMIN')
         order by t.id limit 1";

    /// Writes a code.
    pub fn insert_code(
        digest: &[u8],
        client: &OAuth2ClientId,
        user: UserId,
        team: Option<OrganizationId>,
        scopes: Option<&Value>,
        redirect_uri: &str,
        code_challenge: Option<&str>,
        expires_at: Timestamp,
    ) -> u64 = "insert into oauth2_code (
        digest, oauth2_client_id, user_id, team_id, scopes, redirect_uri, code_challenge, expires_at
    ) values ($1, $2, $3, $4, $5, $6, $7, $8)";

    /// Forgets codes that expired.
    pub fn purge_codes(now: Timestamp) -> u64 = "delete from oauth2_code where expires_at <= $1";

    /// A code of an app, held until the end of the transaction.
    pub fn lock_code(client: &OAuth2ClientId, digest: &[u8]) -> Option<Code> =
        "update oauth2_code set digest = digest where digest = $2 and oauth2_client_id = $1
         returning user_id, team_id, scopes, redirect_uri, code_challenge, expires_at, used_at,
            (select u.locked_at is not null from user_account u where u.id = oauth2_code.user_id)";

    /// Notes that a code was exchanged.
    pub fn use_code(digest: &[u8], now: Timestamp) -> u64 =
        "update oauth2_code set used_at = $2 where digest = $1";

    /// Writes what a user allowed an app; its older refresh token ends (O2-8). `now` is
    /// when it was allowed, unless it was before.
    pub fn put_grant(
        client: &OAuth2ClientId,
        user: UserId,
        team: Option<OrganizationId>,
        scopes: Option<&Value>,
        refresh_digest: &[u8],
        refresh_expires_at: Timestamp,
        now: Timestamp,
    ) -> u64 = "insert into oauth2_grant (
            oauth2_client_id, user_id, team_id, scopes, refresh_digest, refresh_expires_at, created_at
         ) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (oauth2_client_id, user_id, coalesce(team_id, 0))
         do update set scopes = $4, refresh_digest = $5, refresh_expires_at = $6";

    /// The grant of a refresh token that is live, held until the end of the transaction.
    pub fn lock_grant(client: &OAuth2ClientId, refresh_digest: &[u8]) -> Option<Grant> =
        "update oauth2_grant set refresh_digest = refresh_digest
         where refresh_digest = $2 and oauth2_client_id = $1
         returning user_id, team_id, scopes, refresh_expires_at,
            (select u.locked_at is not null from user_account u where u.id = oauth2_grant.user_id)";

    /// Puts a new refresh token in the place of the old one.
    pub fn rotate(old_digest: &[u8], new_digest: &[u8], expires_at: Timestamp) -> u64 =
        "update oauth2_grant set refresh_digest = $2, refresh_expires_at = $3 where refresh_digest = $1";

    fn delete_grant_row(client: &OAuth2ClientId, user: UserId, team: i32) -> u64 =
        "delete from oauth2_grant where oauth2_client_id = $1 and user_id = $2 and coalesce(team_id, 0) = $3";

    fn standing_row(client: &OAuth2ClientId, user: UserId, team: i32) -> Option<Standing> =
        "select u.organization_id, u.locked_at is not null, c.status, c.owner_user_id = u.id,
            g.scopes is null, g.created_at
         from oauth2_grant g
         join oauth2_client c on c.id = g.oauth2_client_id
         join user_account u on u.id = g.user_id
         where g.oauth2_client_id = $1 and g.user_id = $2 and coalesce(g.team_id, 0) = $3";
}

/// Writes an app.
pub async fn insert_client(conn: &Conn, client: &Client) -> Result<u64, StoreError> {
    insert_client_row(
        conn,
        &client.id,
        &client.name,
        &client.redirect_uris,
        client.logo.as_deref(),
        &client.client_type,
        client.secret_digest.as_deref(),
        client.is_trusted,
        client.scopes.as_ref(),
        &client.status,
        client.owner_user_id,
        client.created_at,
    )
    .await
}

/// How a user who authorized an app, and the app, stand now. None when nothing is
/// allowed (any more).
pub async fn standing(
    conn: &Conn,
    client: &OAuth2ClientId,
    user: UserId,
    team: Option<OrganizationId>,
) -> Result<Option<Standing>, StoreError> {
    standing_row(conn, client, user, team.map_or(0, |team| team.0)).await
}

/// Takes back what a user allowed an app: its tokens end at once.
pub async fn delete_grant(
    conn: &Conn,
    client: &OAuth2ClientId,
    user: UserId,
    team: Option<OrganizationId>,
) -> Result<u64, StoreError> {
    delete_grant_row(conn, client, user, team.map_or(0, |team| team.0)).await
}

/// Reads a stored array of scopes. A name that is none any more grants nothing.
#[must_use]
pub fn scopes_of(stored: &Value) -> Vec<Scope> {
    crate::texts(stored).filter_map(Scope::parse).collect()
}
