//! `POST /v2/oauth/{clientId}/refresh`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use slotd_contract::Success;
use slotd_contract::tokens::{RefreshToken, Tokens};
use slotd_domain::OAuthClientId;
use slotd_domain::tokens::EXPIRED_IS_KNOWN_FOR;
use slotd_store::tokens::{self, Pair};
use slotd_store::{Conn, Keyring, UnitOfWork, digest};

use super::shown;
use crate::access::PathClient;
use crate::body::Validated;
use crate::{ApiError, App, messages};

/// Exchanges a refresh token for a new pair (TK-10 to TK-17).
#[utoipa::path(
    post, path = "/v2/oauth/{clientId}/refresh", operation_id = "OAuthFlowController_refreshTokens",
    tag = "Platform / Managed Users", summary = "Refresh managed user tokens",
    params(
        ("clientId" = String, Path, description = "Id of the OAuth client"),
        ("x-cal-secret-key" = String, Header, description = "Secret of the OAuth client"),
    ),
    request_body = RefreshToken,
    responses((status = 200, description = "The new pair", body = Success<Tokens>)),
)]
pub(super) async fn refresh(
    State(app): State<App>,
    PathClient(client): PathClient,
    Validated { body, .. }: Validated<RefreshToken>,
) -> Result<Json<Success<Tokens>>, ApiError> {
    let invalid = || ApiError::bad_request(messages::INVALID_REFRESH_TOKEN);
    if !app.may_know(&body.refresh_token) {
        return Err(invalid());
    }
    let pair = app
        .store
        .write(Refresh {
            client,
            digest: digest(&body.refresh_token),
            keyring: Arc::clone(app.store.keyring()),
            lost_answer_period: app.settings.lost_answer_period,
            now: app.clock.now(),
        })
        .await?;
    pair.map(|pair| Json(Success::of(shown(&pair)))).ok_or_else(invalid)
}

struct Refresh {
    client: OAuthClientId,
    digest: [u8; 32],
    keyring: Arc<Keyring>,
    lost_answer_period: SignedDuration,
    now: Timestamp,
}

impl UnitOfWork for Refresh {
    type Output = Option<Pair>;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Option<Pair>, ApiError> {
        // Of callers that race with one token exactly one gets past this line;
        // the others wait here for its commit and find the token used (TK-16).
        let Some((user, is_locked)) =
            tokens::use_refresh(conn, &self.digest, &self.client, self.now).await?
        else {
            return self.answered_before(conn).await;
        };
        if is_locked {
            // Undoes the use: the token works again once the user is let in again.
            return Err(ApiError::unauthorized(messages::USER_LOCKED));
        }
        let pair = Pair::issue(&self.keyring, &self.client, user, true, self.now);
        let forgotten = self.now.saturating_sub(EXPIRED_IS_KNOWN_FOR).unwrap_or(self.now);
        conn.commit_with(async {
            tokio::try_join!(
                biased;
                tokens::purge(conn, &self.client, user, forgotten, self.now),
                pair.insert(conn, Some(&self.digest)),
            )
        })
        .await?;
        Ok(Some(pair))
    }
}

impl Refresh {
    /// The pair that this token was exchanged for, while its answer may have been
    /// lost: the period has not passed and no token of the pair was seen (TK-12).
    async fn answered_before(&self, conn: &Conn) -> Result<Option<Pair>, ApiError> {
        let Some(exchange) = tokens::exchange(conn, &self.digest, &self.client).await? else {
            return Ok(None);
        };
        let age = self.now.duration_since(exchange.used_at);
        if exchange.is_successor_seen
            || self.lost_answer_period.is_zero()
            || age > self.lost_answer_period
        {
            return Ok(None);
        }
        if exchange.is_locked {
            return Err(ApiError::unauthorized(messages::USER_LOCKED));
        }
        let successor = tokens::successor(conn, &self.digest).await?;
        Ok(successor.and_then(|row| Pair::of_row(&self.keyring, &row)))
    }
}
