//! `DELETE /v2/organizations/{orgId}/users/{userId}/ooo/{oooId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::out_of_office as wire;
use slotd_domain::{OutOfOfficeId, UserId};
use slotd_store::out_of_office::{self, Entry};
use slotd_store::{Conn, UnitOfWork};

use super::shown;
use crate::access::{CredentialHeaders, PathMember, PathOutOfOffice};
use crate::{ApiError, App, messages};

/// Deletes an entry and returns what it was.
#[utoipa::path(
    delete, path = "/v2/organizations/{orgId}/users/{userId}/ooo/{oooId}",
    operation_id = "OrganizationsUsersOOOController_deleteOrganizationUserOOO",
    tag = "Orgs / Users / OOO", summary = "Delete an out-of-office entry for a user",
    params(
        CredentialHeaders,
        ("orgId" = i32, Path, description = "Id of the organization"),
        ("userId" = i32, Path, description = "Id of a user in the organization"),
        ("oooId" = i32, Path, description = "Id of the user's entry"),
    ),
    responses((status = 200, description = "The entry, which is gone", body = Success<wire::OutOfOffice>)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    PathMember(user): PathMember,
    PathOutOfOffice(id): PathOutOfOffice,
) -> Result<Json<Success<wire::OutOfOffice>>, ApiError> {
    Ok(Json(Success::of(shown(app.store.write(Delete { user, id }).await?))))
}

struct Delete {
    user: UserId,
    id: OutOfOfficeId,
}

impl UnitOfWork for Delete {
    type Output = Entry;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Entry, ApiError> {
        let deleted = out_of_office::delete(conn, self.user, self.id).await?;
        deleted.ok_or_else(|| ApiError::forbidden(messages::FOREIGN_OUT_OF_OFFICE))
    }
}
