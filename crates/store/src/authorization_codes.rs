//! Codes by which a regular user grants tokens to a platform OAuth client
//! (section 5 of the platform rules).

use jiff::Timestamp;
use slotd_domain::{OAuthClientId, UserId};

use crate::sql::queries;

queries! {
    /// Writes a code. Nothing is changed while an unused one has not expired (OF-3).
    pub fn insert(
        client: &OAuthClientId,
        user: UserId,
        digest: &[u8],
        expires_at: Timestamp,
        now: Timestamp,
    ) -> u64 = "insert into authorization_code (oauth_client_id, user_id, digest, expires_at)
         values ($1, $2, $3, $4)
         on conflict (oauth_client_id, user_id) do update set digest = $3, expires_at = $4
         where authorization_code.expires_at <= $5";

    /// Uses a code up. None when it is unknown, used, expired or another client's.
    pub fn take(client: &OAuthClientId, digest: &[u8], now: Timestamp) -> Option<(UserId,)> =
        "delete from authorization_code
         where digest = $2 and oauth_client_id = $1 and expires_at > $3
         returning user_id";
}
