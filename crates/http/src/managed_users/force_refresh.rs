//! `POST /v2/oauth-clients/{clientId}/users/{userId}/force-refresh`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use slotd_contract::Success;
use slotd_contract::tokens::Tokens;
use slotd_domain::{OAuthClientId, UserId};
use slotd_store::tokens::{self, Pair};
use slotd_store::{Conn, Keyring, StoreError, UnitOfWork, users};

use super::unknown;
use crate::access::{PathClient, PathUser};
use crate::tokens::shown;
use crate::{ApiError, App};

/// Ends all tokens of a user at this client and gives out new ones (MU-40 to MU-42).
#[utoipa::path(
    post, path = "/v2/oauth-clients/{clientId}/users/{userId}/force-refresh",
    operation_id = "OAuthClientUsersController_forceRefresh",
    tag = "Platform / Managed Users", summary = "Force refresh tokens",
    params(
        ("x-cal-secret-key" = String, Header, description = "Secret of the OAuth client"),
        ("userId" = i32, Path, description = "Id of the managed user"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
    ),
    responses((status = 200, description = "New tokens", body = Success<Tokens>)),
)]
pub(super) async fn force_refresh(
    State(app): State<App>,
    PathClient(client): PathClient,
    path_user: PathUser,
) -> Result<Json<Success<Tokens>>, ApiError> {
    let id = path_user.id().ok_or_else(|| unknown(&path_user))?;
    let keyring = Arc::clone(app.store.keyring());
    let pair = app.store.write(ForceRefresh { client, id, keyring, now: app.clock.now() }).await?;
    pair.map(|pair| Json(Success::of(shown(&pair)))).ok_or_else(|| unknown(&path_user))
}

struct ForceRefresh {
    client: OAuthClientId,
    id: UserId,
    keyring: Arc<Keyring>,
    now: Timestamp,
}

impl UnitOfWork for ForceRefresh {
    type Output = Option<Pair>;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<Option<Pair>, StoreError> {
        let (_, user) = tokio::try_join!(
            biased;
            users::lock(conn, self.id),
            users::managed_by_id(conn, &self.client, self.id),
        )?;
        if user.is_none() {
            return Ok(None);
        }
        let pair = Pair::issue(&self.keyring, &self.client, self.id, false, self.now);
        conn.commit_with(async {
            tokio::try_join!(
                biased;
                tokens::delete_of_user(conn, &self.client, self.id),
                pair.insert(conn, None),
            )
        })
        .await?;
        Ok(Some(pair))
    }
}
