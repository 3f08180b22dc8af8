//! `/v2/bookings` (file 03): making bookings and everything that becomes of them, in the
//! current shape, which is also that of version 2026-02-25, and in the legacy one.

mod add_attendee;
mod approval;
mod attendees;
mod book;
mod calendar_links;
mod cancel;
mod create;
mod decide;
mod draft;
mod facts;
mod get;
mod guests;
mod legacy;
mod list;
mod location;
mod mark_absent;
mod of_organization;
mod reassign;
mod references;
mod reschedule;
mod reschedule_seat;
mod shown;
mod standing;
mod video;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::json;
use slotd_domain::{BookingId, Permission, Permissions, Role, Scope, UserId};
use slotd_store::bookings::{self, Booking};
use slotd_store::{Conn, StoreError, oauth_clients, users};
use utoipa_axum::routes;

use facts::Switches;

use crate::ApiError;
use crate::access::{ANY_CREDENTIAL, Access, Check, path_parameter};
use crate::route::Routes;
use crate::version::ApiVersion;

pub use decide::LimitsStatus;

/// Links to a booking's entry in calendars.
pub(crate) const CALENDAR_LINKS: &str = "/v2/bookings/{bookingUid}/calendar-links";

/// Whoever knows a uid may use it; credentials only change what is seen (R6.2).
const OPEN: Access =
    Access { credentials: ANY_CREDENTIAL, checks: &[Check::AuthenticatedIfPresented], scopes: &[] };

/// Permissions are checked first: without credentials the answer is 403 (R6.3).
const READ: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Permissions(Permissions::of(&[Permission::BookingRead])),
        Check::Authenticated,
    ],
    scopes: &[Scope::BOOKING_READ],
};

/// The same for changes.
const WRITE: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Permissions(Permissions::of(&[Permission::BookingWrite])),
        Check::Authenticated,
    ],
    scopes: &[Scope::BOOKING_WRITE],
};

/// Operations of 2026 authenticate first: without credentials the answer is 401 (R6.3).
const KNOWN_READ: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Authenticated,
        Check::Permissions(Permissions::of(&[Permission::BookingRead])),
    ],
    scopes: &[Scope::BOOKING_READ],
};

/// The same for changes.
const KNOWN_WRITE: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Authenticated,
        Check::Permissions(Permissions::of(&[Permission::BookingWrite])),
    ],
    scopes: &[Scope::BOOKING_WRITE],
};

/// Lists of an organization's bookings are for its administrators (R22.1).
const OF_ORGANIZATION: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[Check::Authenticated, Check::Organization, Check::RoleInOrganization(Role::Admin)],
    scopes: &[Scope::ORG_BOOKING_READ],
};

/// The same of one member's.
const OF_MEMBER: Access = Access {
    checks: &[
        Check::Authenticated,
        Check::Organization,
        Check::RoleInOrganization(Role::Admin),
        Check::UserOfOrganization,
    ],
    ..OF_ORGANIZATION
};

/// Section 16: a guest gets an e-mail, and so does everybody else who attends.
const ADD_ATTENDEE: Access = Access {
    checks: &[
        Check::Authenticated,
        Check::Permissions(Permissions::of(&[Permission::BookingWrite])),
        Check::MostPerMinute("add_attendee", 5),
    ],
    ..KNOWN_WRITE
};

/// The same for several at once (section 17).
const ADD_GUESTS: Access = Access {
    checks: &[
        Check::Authenticated,
        Check::Permissions(Permissions::of(&[Permission::BookingWrite])),
        Check::MostPerMinute("add_guests", 5),
    ],
    ..KNOWN_WRITE
};

/// What only the current shape has is not found in older versions (section 16).
struct Current;

impl<S: Sync> FromRequestParts<S> for Current {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Ok(version) = ApiVersion::from_request_parts(parts, state).await;
        if version >= ApiVersion::V2024_08_13 {
            return Ok(Self);
        }
        let message = format!("Cannot {} {}", parts.method, parts.uri.path());
        let hint = "the header cal-api-version must be 2024-08-13";
        Err(ApiError::not_found(message).because(json!({ "hint": hint })))
    }
}

/// The uid in the path, which may be any text.
struct PathBooking(String);

impl<S: Sync> FromRequestParts<S> for PathBooking {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(path_parameter(parts, "bookingUid").unwrap_or_default()))
    }
}

/// The other hosts of a group that was booked at once (R7.10); only they have no event type.
async fn co_hosts(conn: &Conn, booking: &Booking) -> Result<Vec<UserId>, StoreError> {
    if booking.event_type_id.is_some() {
        return Ok(Vec::new());
    }
    let hosts = bookings::hosts_of(conn, booking.id).await?;
    let hosts = hosts.into_iter().map(|(host,)| host);
    Ok(hosts.filter(|host| Some(*host) != booking.host).collect())
}

/// The booking with a uid, its host and itself locked until the end of the transaction,
/// as it is then.
async fn lock(conn: &Conn, uid: &str) -> Result<Option<Booking>, StoreError> {
    let Some(booking) = bookings::by_uid(conn, uid).await? else { return Ok(None) };
    let mut hosts: Vec<UserId> = booking.host.into_iter().collect();
    hosts.extend(co_hosts(conn, &booking).await?);
    hosts.sort_unstable();
    let locked = async {
        let mut locked = 0;
        for host in hosts {
            locked += users::lock(conn, host).await?;
        }
        Ok(locked)
    };
    let (_, _, booking) = tokio::try_join!(
        biased;
        locked,
        bookings::lock(conn, booking.id),
        bookings::by_uid(conn, uid),
    )?;
    Ok(booking)
}

/// A booking that is locked, as it is after a change.
async fn changed(conn: &Conn, id: BookingId) -> Result<Booking, ApiError> {
    let booking = bookings::by_id(conn, id).await?;
    booking.ok_or_else(|| ApiError::internal("a booking that is locked is there"))
}

/// What follows from changes of a booking.
async fn switches(conn: &Conn, booking: &Booking) -> Result<Switches, StoreError> {
    let client = match &booking.oauth_client_id {
        Some(client) => oauth_clients::by_id(conn, client).await?,
        None => None,
    };
    Ok(Switches::of(client.as_ref(), false))
}

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&OPEN, routes!(create::create))
        .add(&OPEN, routes!(cancel::cancel))
        .add(&OPEN, routes!(reschedule::reschedule))
        .add(&READ, routes!(list::list))
        .add(&OPEN, routes!(get::get))
        .add(&OPEN, routes!(get::by_seat))
        .add(&READ, routes!(calendar_links::list))
        .add(&READ, routes!(references::list))
        .add(&READ, routes!(video::recordings))
        .add(&READ, routes!(video::transcripts))
        .add(&READ, routes!(video::sessions))
        .add(&KNOWN_READ, routes!(attendees::list))
        .add(&KNOWN_READ, routes!(attendees::get))
        .add(&OF_ORGANIZATION, routes!(of_organization::of_members))
        .add(&OF_MEMBER, routes!(of_organization::of_member))
        .add(&WRITE, routes!(approval::confirm))
        .add(&WRITE, routes!(approval::decline))
        .add(&WRITE, routes!(mark_absent::mark_absent))
        .add(&WRITE, routes!(reassign::reassign))
        .add(&WRITE, routes!(reassign::reassign_to))
        .add(&ADD_ATTENDEE, routes!(add_attendee::add_attendee))
        .add(&ADD_GUESTS, routes!(guests::add_guests))
        .add(&KNOWN_WRITE, routes!(location::update_location))
        .merge(legacy::routes())
}
