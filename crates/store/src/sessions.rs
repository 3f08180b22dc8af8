//! Sessions of regular users in a browser, and the one-time addresses that begin them.

use jiff::Timestamp;
use slotd_domain::{OrganizationId, UserId};

use crate::sql::{queries, row};

row! {
    /// A session with its user.
    #[derive(Debug, Clone)]
    pub struct Session {
        /// Name of the session, to list and revoke it.
        pub id: String,
        /// Whose session it is.
        pub user_id: UserId,
        /// When it began.
        pub created_at: Timestamp,
        /// From this instant on it is over.
        pub expires_at: Timestamp,
        /// The user's e-mail address.
        pub email: String,
        /// The user's main organization.
        pub organization_id: Option<OrganizationId>,
        /// Whether the user is locked (AU-16).
        pub is_locked: bool,
        /// Whether the user is a system administrator (AU-18).
        pub is_system_admin: bool,
    }
}

macro_rules! sessions {
    ($condition:literal) => {
        concat!(
            "select s.id, s.user_id, s.created_at, s.expires_at, u.email, u.organization_id,
                u.locked_at is not null, u.is_system_admin
             from session s join user_account u on u.id = s.user_id
             where ",
            $condition
        )
    };
}

queries! {
    /// Writes a one-time address.
    pub fn insert_login_link(digest: &[u8], user: UserId, expires_at: Timestamp) -> u64 =
        "insert into login_link (digest, user_id, expires_at) values ($1, $2, $3)";

    /// Uses a one-time address up. None when it is unknown, used or expired.
    pub fn take_login_link(digest: &[u8], now: Timestamp) -> Option<(UserId,)> =
        "delete from login_link where digest = $1 and expires_at > $2 returning user_id";

    /// Forgets one-time addresses that nobody used.
    pub fn purge_login_links(now: Timestamp) -> u64 = "delete from login_link where expires_at <= $1";

    /// Writes a session.
    pub fn insert(id: &str, digest: &[u8], user: UserId, now: Timestamp, expires_at: Timestamp) -> u64 =
        "insert into session (id, digest, user_id, created_at, expires_at) values ($1, $2, $3, $4, $5)";

    /// A session by the digest of its cookie's text, unless it is over.
    pub fn by_digest(digest: &[u8], now: Timestamp) -> Option<Session> =
        sessions!("s.digest = $1 and s.expires_at > $2");

    /// Sessions that are not over, the oldest first.
    pub fn list(now: Timestamp) -> Vec<Session> = sessions!("s.expires_at > $1 order by s.created_at, s.id");

    /// Ends a session.
    pub fn delete(id: &str) -> u64 = "delete from session where id = $1";

    /// Ends all sessions of a user.
    pub fn delete_of_user(user: UserId) -> u64 = "delete from session where user_id = $1";

    /// Forgets sessions that are over.
    pub fn purge(now: Timestamp) -> u64 = "delete from session where expires_at <= $1";
}
