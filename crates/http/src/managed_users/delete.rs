//! `DELETE /v2/oauth-clients/{clientId}/users/{userId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::managed_users::ManagedUser;
use slotd_domain::{OAuthClientId, UserId};
use slotd_store::users::User;
use slotd_store::{Conn, StoreError, UnitOfWork, users};

use super::{shown, unknown};
use crate::access::{PathClient, PathUser};
use crate::{ApiError, App};

/// Deletes a managed user and everything that belongs to it (MU-37 to MU-39).
#[utoipa::path(
    delete, path = "/v2/oauth-clients/{clientId}/users/{userId}",
    operation_id = "OAuthClientUsersController_deleteUser",
    tag = "Platform / Managed Users", summary = "Delete a managed user",
    params(
        ("x-cal-secret-key" = String, Header, description = "Secret of the OAuth client"),
        ("clientId" = String, Path, description = "Id of the OAuth client"),
        ("userId" = i32, Path, description = "Id of the managed user"),
    ),
    responses((status = 200, description = "The user as it was", body = Success<ManagedUser>)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    PathClient(client): PathClient,
    path_user: PathUser,
) -> Result<Json<Success<ManagedUser>>, ApiError> {
    let id = path_user.id().ok_or_else(|| unknown(&path_user))?;
    let user = app.store.write(Delete { client, id }).await?;
    user.map(|user| Json(Success::of(shown(user)))).ok_or_else(|| unknown(&path_user))
}

struct Delete {
    client: OAuthClientId,
    id: UserId,
}

impl UnitOfWork for Delete {
    type Output = Option<User>;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<Option<User>, StoreError> {
        let (_, user, deleted) = tokio::try_join!(
            biased;
            users::lock(conn, self.id),
            users::managed_by_id(conn, &self.client, self.id),
            users::delete_managed(conn, &self.client, self.id),
        )?;
        Ok(user.filter(|_| deleted == 1))
    }
}
