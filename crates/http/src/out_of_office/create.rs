//! `POST /v2/organizations/{orgId}/users/{userId}/ooo`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use slotd_contract::Success;
use slotd_contract::out_of_office::{self as wire, CreateOutOfOffice};
use slotd_domain::{OrganizationId, OutOfOfficeId};
use slotd_store::out_of_office::{self, Entry};
use slotd_store::{Conn, Sequence, StoreError, UnitOfWork};
use uuid::Uuid;

use super::{MOST, Sets, check, check_order, in_organization, lock, named, read, shown};
use crate::access::{CredentialHeaders, PathMember, PathOrganization};
use crate::body::Unread;
use crate::{ApiError, App, messages};

/// Writes down that a user is out of office: on whole days, the first and the last one
/// included (OOF-1).
#[utoipa::path(
    post, path = "/v2/organizations/{orgId}/users/{userId}/ooo",
    operation_id = "OrganizationsUsersOOOController_createOrganizationUserOOO",
    tag = "Orgs / Users / OOO", summary = "Create an out-of-office entry for a user",
    params(
        CredentialHeaders,
        ("orgId" = i32, Path, description = "Id of the organization"),
        ("userId" = i32, Path, description = "Id of a user in the organization"),
    ),
    request_body = CreateOutOfOffice,
    responses((status = 201, description = "The new entry", body = Success<wire::OutOfOffice>)),
)]
pub(super) async fn create(
    State(app): State<App>,
    PathOrganization(organization): PathOrganization,
    PathMember(user_id): PathMember,
    body: Unread,
) -> Result<(StatusCode, Json<Success<wire::OutOfOffice>>), ApiError> {
    let body: CreateOutOfOffice = read(&body)?;
    check_order(body.start, body.end)?;
    let entry = Entry {
        id: OutOfOfficeId(app.store.next_id(Sequence::OutOfOffice).await?),
        uuid: Uuid::new_v4().to_string(),
        user_id,
        to_user_id: body.to_user_id.as_ref().map(named),
        start_date: body.start,
        end_date: body.end,
        reason: body.reason.name().to_owned(),
        notes: body.notes,
    };
    let create = Create { organization, entry: entry.clone(), now: app.clock.now() };
    app.store.write(create).await?;
    Ok((StatusCode::CREATED, Json(Success::of(shown(entry)))))
}

struct Create {
    organization: OrganizationId,
    entry: Entry,
    now: Timestamp,
}

impl UnitOfWork for Create {
    type Output = ();
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<(), ApiError> {
        let Self { organization, entry, now } = self;
        let to_user = in_organization(conn, *organization, entry.to_user_id).await?;
        lock(conn, entry.user_id, to_user).await?;
        check(conn, *organization, entry, Sets { dates: true, to_user: true }).await?;
        let count = out_of_office::count(conn, entry.user_id).await?;
        if count.is_some_and(|(count,)| count >= MOST) {
            return Err(ApiError::bad_request(messages::TOO_MANY_OUT_OF_OFFICE));
        }
        match conn.commit_with(out_of_office::insert(conn, entry, *now)).await {
            Ok(_) => Ok(()),
            // The user was deleted since the access rule looked.
            Err(StoreError::BrokenReference) => {
                Err(ApiError::forbidden(messages::not_in_organization(
                    &entry.user_id.to_string(),
                    &organization.to_string(),
                )))
            }
            Err(error) => Err(error.into()),
        }
    }
}
