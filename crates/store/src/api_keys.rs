//! API keys.

use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::{OrganizationId, UserId};

use crate::sql::{queries, row};

row! {
    /// What authentication with an API key asks (AU-8).
    #[derive(Debug, Clone)]
    pub struct ApiKey {
        /// Whose key it is.
        pub user_id: UserId,
        /// The organization or team it is bound to.
        pub team_id: Option<OrganizationId>,
        /// Works until the end of the day of this instant; for ever without one.
        pub expires_at: Option<Timestamp>,
        /// The user's main organization.
        pub organization_id: Option<OrganizationId>,
        /// Whether the user is locked (AU-16).
        pub is_locked: bool,
        /// Whether the user is a system administrator (AU-18).
        pub is_system_admin: bool,
        /// Limits of this key alone, as a list of `{name, limit, windowMs, blockMs}` (RL-7).
        pub rate_limits: Option<Value>,
    }
}

row! {
    /// A key that was taken away, for the key that takes its place (AK-1).
    #[derive(Debug, Clone)]
    pub struct TakenKey {
        /// Whose key it was.
        pub user_id: UserId,
        /// The organization or team it was bound to.
        pub team_id: Option<OrganizationId>,
        /// What its owner noted about it.
        pub note: Option<String>,
        /// Its own rate limits, if it had any (RL-7).
        pub rate_limits: Option<Value>,
    }
}

queries! {
    /// Removes a key. None when somebody else was faster.
    pub fn take(digest: &[u8]) -> Option<TakenKey> =
        "delete from api_key where digest = $1 returning user_id, team_id, note, rate_limits";

    /// A key by the digest of its text without the prefix.
    pub fn by_digest(digest: &[u8]) -> Option<ApiKey> =
        "select k.user_id, k.team_id, k.expires_at, u.organization_id, u.locked_at is not null, u.is_system_admin,
            k.rate_limits
         from api_key k join user_account u on u.id = k.user_id
         where k.digest = $1";

    /// Writes a key.
    pub fn insert(
        digest: &[u8],
        user: UserId,
        team: Option<OrganizationId>,
        note: Option<&str>,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> u64 = "insert into api_key (digest, user_id, team_id, note, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6)";

    /// Gives a key limits of its own, or the usual ones again.
    pub fn set_rate_limits(digest: &[u8], rate_limits: Option<&Value>) -> u64 =
        "update api_key set rate_limits = $2 where digest = $1";
}
