//! Days on which users of an organization are out of office (section 16 of the availability
//! rules, section 11 of the organizations' rules).

mod create;
mod delete;
mod list;
mod update;

use jiff::civil::Date;
use slotd_contract::fields::{self, FieldError, FromBody, Number};
use slotd_contract::out_of_office as wire;
use slotd_domain::{OrganizationId, Role, UserId};
use slotd_store::out_of_office::{self, Entry};
use slotd_store::{Conn, StoreError, organizations, users};
use utoipa_axum::routes;

use crate::access::{ANY_CREDENTIAL, Access, Check};
use crate::body::Unread;
use crate::route::Routes;
use crate::{ApiError, messages};

/// Most entries of a user.
const MOST: i64 = 1_000;

const OF_ORGANIZATION: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[Check::Authenticated, Check::Organization, Check::RoleInOrganization(Role::Admin)],
    scopes: &[],
};

const OF_USER: Access = Access {
    checks: &[
        Check::Authenticated,
        Check::Organization,
        Check::RoleInOrganization(Role::Admin),
        Check::UserOfOrganization,
    ],
    ..OF_ORGANIZATION
};

const ONE: Access = Access {
    checks: &[
        Check::Authenticated,
        Check::Organization,
        Check::RoleInOrganization(Role::Admin),
        Check::UserOfOrganization,
        Check::OutOfOfficeOfUser,
    ],
    ..OF_ORGANIZATION
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&OF_USER, routes!(list::of_user))
        .add(&OF_USER, routes!(create::create))
        .add(&ONE, routes!(update::update))
        .add(&ONE, routes!(delete::delete))
        .add(&OF_ORGANIZATION, routes!(list::of_organization))
}

/// The wire form of a stored entry (OOF-1, ORG-56).
fn shown(entry: Entry) -> wire::OutOfOffice {
    wire::OutOfOffice {
        id: entry.id.0,
        uuid: entry.uuid,
        user_id: entry.user_id.0,
        to_user_id: entry.to_user_id.map(|id| id.0),
        start: format!("{}T00:00:00.000Z", entry.start_date),
        end: format!("{}T23:59:59.999Z", entry.end_date),
        reason: entry.reason,
        notes: entry.notes,
    }
}

/// Reads a body. A start or an end of the wrong form has a text of its own, which goes
/// before everything else.
fn read<T: FromBody>(body: &Unread) -> Result<T, ApiError> {
    let is_date = |error: &FieldError| {
        ["start", "end"].contains(&error.property.as_ref()) && error.value.is_some()
    };
    fields::read_body(&body.0).map_err(|errors| {
        if errors.iter().any(is_date) {
            ApiError::invalid_with(messages::INVALID_DATE, errors)
        } else {
            ApiError::invalid(errors)
        }
    })
}

fn check_order(start: Date, end: Date) -> Result<(), ApiError> {
    if start <= end { Ok(()) } else { Err(ApiError::bad_request(messages::START_AFTER_END)) }
}

/// Whom a request names to be booked instead. Ids start at 1, so what can be no id
/// names a stranger (TY-1).
fn named(number: &Number) -> UserId {
    UserId(number.as_id().unwrap_or(0))
}

/// Somebody in an organization. Nobody else is held by its requests.
async fn in_organization(
    conn: &Conn,
    organization: OrganizationId,
    user: Option<UserId>,
) -> Result<Option<UserId>, StoreError> {
    let Some(user) = user else { return Ok(None) };
    Ok(organizations::person(conn, organization, user).await?.map(|(user,)| user))
}

/// Holds who is away and who is to be booked instead until the end of the transaction, in
/// ascending order: of two users who name each other at once, one is told (ORG-57).
async fn lock(conn: &Conn, user: UserId, to_user: Option<UserId>) -> Result<(), StoreError> {
    let mut held: Vec<UserId> = to_user.into_iter().chain([user]).collect();
    held.sort();
    held.dedup();
    for user in held {
        users::lock(conn, user).await?;
    }
    Ok(())
}

/// What of an entry a request sets.
#[derive(Debug, Clone, Copy)]
struct Sets {
    dates: bool,
    to_user: bool,
}

/// Checks an entry as it is to be, in the contract's order (ORG-57).
async fn check(
    conn: &Conn,
    organization: OrganizationId,
    entry: &Entry,
    sets: Sets,
) -> Result<(), ApiError> {
    let Entry { user_id: user, start_date: start, end_date: end, .. } = *entry;
    if (sets.dates || sets.to_user)
        && let Some(to_user) = entry.to_user_id
        && out_of_office::redirecting(conn, to_user, user, start, end).await?.is_some()
    {
        return Err(ApiError::bad_request(messages::ENDLESS_REDIRECT));
    }
    // The entry itself counts as well when it is changed (ORG-58).
    if sets.dates && out_of_office::with_dates(conn, user, start, end).await?.is_some() {
        return Err(ApiError::conflict(messages::OUT_OF_OFFICE_EXISTS));
    }
    if sets.to_user && entry.to_user_id == Some(user) {
        return Err(ApiError::bad_request(messages::REDIRECT_TO_SELF));
    }
    if sets.to_user
        && entry.to_user_id.is_some()
        && in_organization(conn, organization, entry.to_user_id).await?.is_none()
    {
        return Err(ApiError::bad_request(messages::REDIRECT_TO_STRANGER));
    }
    Ok(())
}
