//! `/v2/bookings` (file 03): making bookings and everything that becomes of them, in the
//! current shape, which is also that of version 2026-02-25, and in the legacy one.

mod book;
mod cancel;
mod create;
mod decide;
mod draft;
mod facts;
mod legacy;
mod reschedule;
mod reschedule_seat;
mod shown;
mod standing;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use slotd_domain::{Permission, Permissions, Scope, UserId};
use slotd_store::bookings::{self, Booking};
use slotd_store::{Conn, StoreError, oauth_clients, users};
use utoipa_axum::routes;

use facts::Switches;

use crate::ApiError;
use crate::access::{ANY_CREDENTIAL, Access, Check, path_parameter};
use crate::route::Routes;

pub use decide::LimitsStatus;

/// Where the paths begin.
pub(crate) const PATH: &str = "/v2/bookings";

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
    let host = async {
        for host in hosts {
            users::lock(conn, host).await?;
        }
        Ok(())
    };
    let (_, _, booking) = tokio::try_join!(
        biased;
        host,
        bookings::lock(conn, booking.id),
        bookings::by_uid(conn, uid),
    )?;
    Ok(booking)
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
        .merge(legacy::routes())
}
