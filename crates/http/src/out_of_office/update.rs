//! `PATCH /v2/organizations/{orgId}/users/{userId}/ooo/{oooId}`

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use slotd_contract::Success;
use slotd_contract::fields::Patch;
use slotd_contract::out_of_office::{self as wire, UpdateOutOfOffice};
use slotd_domain::out_of_office::Reason;
use slotd_domain::{OrganizationId, OutOfOfficeId, UserId};
use slotd_store::out_of_office::{self, Entry};
use slotd_store::{Conn, UnitOfWork, users};

use super::{Sets, check, check_order, in_organization, lock, named, read, shown};
use crate::access::{CredentialHeaders, PathMember, PathOrganization, PathOutOfOffice};
use crate::body::Unread;
use crate::{ApiError, App, messages};

/// Changes an entry. What is not sent stays; the days change together.
#[utoipa::path(
    patch, path = "/v2/organizations/{orgId}/users/{userId}/ooo/{oooId}",
    operation_id = "OrganizationsUsersOOOController_updateOrganizationUserOOO",
    tag = "Orgs / Users / OOO", summary = "Update an out-of-office entry for a user",
    params(
        CredentialHeaders,
        ("orgId" = i32, Path, description = "Id of the organization"),
        ("userId" = i32, Path, description = "Id of a user in the organization"),
        ("oooId" = i32, Path, description = "Id of the user's entry"),
    ),
    request_body = UpdateOutOfOffice,
    responses((status = 200, description = "The entry as it is now", body = Success<wire::OutOfOffice>)),
)]
pub(super) async fn update(
    State(app): State<App>,
    PathOrganization(organization): PathOrganization,
    PathMember(user): PathMember,
    PathOutOfOffice(id): PathOutOfOffice,
    body: Unread,
) -> Result<Json<Success<wire::OutOfOffice>>, ApiError> {
    let body: UpdateOutOfOffice = read(&body)?;
    if body.start.is_some() != body.end.is_some() {
        return Err(ApiError::bad_request(messages::ONE_OF_START_AND_END));
    }
    let dates = body.start.zip(body.end);
    if let Some((start, end)) = dates {
        check_order(start, end)?;
    }
    let to_user = body.to_user_id.map(|number| named(&number));
    let UpdateOutOfOffice { notes, reason, .. } = body;
    let update = Update { organization, user, id, dates, to_user, notes, reason };
    Ok(Json(Success::of(shown(app.store.write(update).await?))))
}

struct Update {
    organization: OrganizationId,
    user: UserId,
    id: OutOfOfficeId,
    dates: Option<(Date, Date)>,
    to_user: Patch<UserId>,
    notes: Patch<String>,
    reason: Option<Reason>,
}

impl UnitOfWork for Update {
    type Output = Entry;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Entry, ApiError> {
        let Self { organization, user, dates, to_user, notes, reason, .. } = self;
        let held = match to_user {
            Patch::Absent => self.entry(conn).await?.to_user_id,
            Patch::Null => None,
            Patch::Value(named) => in_organization(conn, *organization, Some(*named)).await?,
        };
        lock(conn, *user, held).await?;
        let mut entry = self.entry(conn).await?;
        if *to_user == Patch::Absent
            && let Some(other) = entry.to_user_id.filter(|_| entry.to_user_id != held)
        {
            // Changed before it was held. Out of order, but a deadlock is tried again.
            users::lock(conn, other).await?;
        }
        if let Some((start, end)) = *dates {
            (entry.start_date, entry.end_date) = (start, end);
        }
        to_user.clone().apply_to(&mut entry.to_user_id);
        notes.clone().apply_to(&mut entry.notes);
        if let Some(reason) = reason {
            entry.reason = reason.name().to_owned();
        }
        let sets = Sets { dates: dates.is_some(), to_user: *to_user != Patch::Absent };
        check(conn, *organization, &entry, sets).await?;
        conn.commit_with(out_of_office::update(conn, &entry)).await?;
        Ok(entry)
    }
}

impl Update {
    /// The entry, unless it was deleted since the access rule looked.
    async fn entry(&self, conn: &Conn) -> Result<Entry, ApiError> {
        let entry = out_of_office::of_user(conn, self.user, self.id).await?;
        entry.ok_or_else(|| ApiError::forbidden(messages::FOREIGN_OUT_OF_OFFICE))
    }
}
