//! Managed users' access and refresh tokens.
//!
//! A pair is one row. The tokens' texts are not stored: they follow from the row
//! and the server's key, so a pair can be given out again to a caller that lost
//! the answer (TK-12) without a token ever being kept in clear.

use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_domain::{OAuthClientId, OrganizationId, UserId};
use uuid::Uuid;

use crate::secrets::Derived;
use crate::sql::{queries, row};
use crate::{Conn, Keyring, StoreError, digest};

row! {
    /// What authentication with an access token asks (AU-9 to AU-11, PM-1).
    #[derive(Debug, Clone)]
    pub struct AccessToken {
        /// Whose token it is.
        pub user_id: UserId,
        /// The client that issued it.
        pub oauth_client_id: OAuthClientId,
        /// From this instant on the token is expired.
        pub access_expires_at: Timestamp,
        /// When the pair was issued.
        pub issued_at: Timestamp,
        /// Key of the pair.
        pub refresh_digest: Vec<u8>,
        /// Whether the pair came from a refresh and none of its tokens was seen yet.
        pub is_unseen_successor: bool,
        /// The client's permissions.
        pub permissions: i32,
        /// The client's redirect URIs.
        pub redirect_uris: Value,
        /// The user's main organization.
        pub organization_id: Option<OrganizationId>,
        /// Whether the user is locked (AU-16).
        pub is_locked: bool,
        /// Whether the user is a system administrator (AU-18).
        pub is_system_admin: bool,
    }
}

row! {
    /// The part of a pair's row from which its texts follow.
    #[derive(Debug, Clone)]
    pub struct PairRow {
        refresh_digest: Vec<u8>,
        oauth_client_id: OAuthClientId,
        user_id: UserId,
        access_jti: Vec<u8>,
        refresh_jti: Vec<u8>,
        issued_at: Timestamp,
        access_expires_at: Timestamp,
        refresh_expires_at: Timestamp,
        /// Whether the pair came from a refresh: then its claims carry `userId` (TK-2).
        is_refreshed: bool,
    }
}

row! {
    /// A refresh token that was exchanged before, and what came of it.
    #[derive(Debug, Clone)]
    pub struct Exchange {
        /// When it was exchanged.
        pub used_at: Timestamp,
        /// Whether a token of the new pair was seen since.
        pub is_successor_seen: bool,
        /// Whether the user is locked (AU-16).
        pub is_locked: bool,
    }
}

queries! {
    /// An access token by its digest, with its user and client.
    pub fn by_access_digest(digest: &[u8]) -> Option<AccessToken> =
        "select p.user_id, p.oauth_client_id, p.access_expires_at, p.issued_at, p.refresh_digest,
            p.predecessor_digest is not null and p.presented_at is null and p.refresh_used_at is null,
            c.permissions, c.redirect_uris, u.organization_id, u.locked_at is not null, u.is_system_admin
         from token_pair p
         join oauth_client c on c.id = p.oauth_client_id
         join user_account u on u.id = p.user_id
         where p.access_digest = $1";

    /// Notes that a token of a pair was seen.
    pub fn mark_presented(refresh_digest: &[u8], now: Timestamp) -> u64 =
        "update token_pair set presented_at = $2 where refresh_digest = $1 and presented_at is null";

    /// Uses a refresh token up, and says whether its user is locked (AU-16). None when the token is
    /// unknown, used, expired or another client's.
    pub fn use_refresh(refresh_digest: &[u8], client: &OAuthClientId, now: Timestamp) -> Option<(UserId, bool)> =
        "update token_pair set refresh_used_at = $3
         where refresh_digest = $1 and oauth_client_id = $2 and refresh_used_at is null and refresh_expires_at > $3
         returning user_id, (select u.locked_at is not null from user_account u where u.id = user_id)";

    /// What became of a refresh token that was used.
    pub fn exchange(refresh_digest: &[u8], client: &OAuthClientId) -> Option<Exchange> =
        "select p.refresh_used_at, s.presented_at is not null or s.refresh_used_at is not null, u.locked_at is not null
         from token_pair p
         join token_pair s on s.predecessor_digest = p.refresh_digest
         join user_account u on u.id = p.user_id
         where p.refresh_digest = $1 and p.oauth_client_id = $2 and p.refresh_used_at is not null";

    /// The pair that a refresh token was exchanged for.
    pub fn successor(refresh_digest: &[u8]) -> Option<PairRow> =
        "select refresh_digest, oauth_client_id, user_id, access_jti, refresh_jti, issued_at, access_expires_at,
            refresh_expires_at, predecessor_digest is not null
         from token_pair where predecessor_digest = $1";

    /// Ends all tokens of a user at one client (MU-41).
    pub fn delete_of_user(client: &OAuthClientId, user: UserId) -> u64 =
        "delete from token_pair where oauth_client_id = $1 and user_id = $2";

    /// Forgets a user's pairs that can no longer be used for anything: the access
    /// token expired before `expired_before` (TK-6), the refresh token used or expired.
    pub fn purge(client: &OAuthClientId, user: UserId, expired_before: Timestamp, now: Timestamp) -> u64 =
        "delete from token_pair
         where oauth_client_id = $1 and user_id = $2 and access_expires_at < $3
           and (refresh_used_at is not null or refresh_expires_at <= $4)";

    fn insert_row(
        refresh_digest: &[u8],
        access_digest: &[u8],
        client: &OAuthClientId,
        user: UserId,
        access_jti: &[u8],
        refresh_jti: &[u8],
        issued_at: Timestamp,
        access_expires_at: Timestamp,
        refresh_expires_at: Timestamp,
        predecessor_digest: Option<&[u8]>,
    ) -> u64 = "insert into token_pair (
        refresh_digest, access_digest, oauth_client_id, user_id, access_jti, refresh_jti,
        issued_at, access_expires_at, refresh_expires_at, predecessor_digest
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
}

/// An access token and its refresh token, in clear: what the caller gets.
#[derive(Clone)]
pub struct Pair {
    /// Text of the access token.
    pub access_token: String,
    /// Text of the refresh token.
    pub refresh_token: String,
    row: PairRow,
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair").field("row", &self.row).finish_non_exhaustive()
    }
}

impl Pair {
    /// Makes a new pair for a user of a client (TK-1 to TK-3). `is_refreshed`
    /// says that it replaces an older one.
    #[must_use]
    pub fn issue(
        keyring: &Keyring,
        client: &OAuthClientId,
        user: UserId,
        is_refreshed: bool,
        now: Timestamp,
    ) -> Self {
        let jti = || Uuid::new_v4().as_bytes().to_vec();
        let mut pair = Self::signed(
            keyring.current(),
            PairRow {
                refresh_digest: Vec::new(),
                oauth_client_id: client.clone(),
                user_id: user,
                access_jti: jti(),
                refresh_jti: jti(),
                issued_at: now,
                access_expires_at: slotd_domain::tokens::access_token_expiry(now),
                refresh_expires_at: slotd_domain::tokens::refresh_token_expiry(now),
                is_refreshed,
            },
        );
        pair.row.refresh_digest = digest(&pair.refresh_token).to_vec();
        pair
    }

    /// The pair of a stored row: the very texts that were given out before. None
    /// when they were signed with a key that is no longer known.
    #[must_use]
    pub fn of_row(keyring: &Keyring, row: &PairRow) -> Option<Self> {
        let mut pairs = keyring.all().map(|key| Self::signed(key, row.clone()));
        pairs.find(|pair| digest(&pair.refresh_token)[..] == row.refresh_digest)
    }

    fn signed(key: &Derived, row: PairRow) -> Self {
        let token = |kind: &str, jti: &[u8], expires_at: Timestamp| {
            let mut claims = json!({
                "type": kind,
                "clientId": row.oauth_client_id.as_str(),
                "ownerId": row.user_id.0,
                "expiresAt": expires_at.as_millisecond(),
                "jti": Uuid::from_slice(jti).unwrap_or_default().to_string(),
                "iat": row.issued_at.as_second(),
            });
            if row.is_refreshed {
                claims["userId"] = json!(row.user_id.0);
            }
            key.sign(&claims.to_string())
        };
        Self {
            access_token: token("access_token", &row.access_jti, row.access_expires_at),
            refresh_token: token("refresh_token", &row.refresh_jti, row.refresh_expires_at),
            row,
        }
    }

    /// When the access token expires.
    #[must_use]
    pub fn access_token_expires_at(&self) -> Timestamp {
        self.row.access_expires_at
    }

    /// When the refresh token expires.
    #[must_use]
    pub fn refresh_token_expires_at(&self) -> Timestamp {
        self.row.refresh_expires_at
    }

    /// Stores the pair. `predecessor` is the digest of the refresh token it replaces.
    ///
    /// # Errors
    ///
    /// [`Constraint::TokenSuccessor`](crate::Constraint::TokenSuccessor) when that
    /// token has a successor already.
    pub async fn insert(&self, conn: &Conn, predecessor: Option<&[u8]>) -> Result<u64, StoreError> {
        let row = &self.row;
        insert_row(
            conn,
            &row.refresh_digest,
            &digest(&self.access_token),
            &row.oauth_client_id,
            row.user_id,
            &row.access_jti,
            &row.refresh_jti,
            row.issued_at,
            row.access_expires_at,
            row.refresh_expires_at,
            predecessor,
        )
        .await
    }
}
