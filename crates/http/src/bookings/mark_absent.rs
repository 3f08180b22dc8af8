//! `POST /v2/bookings/{bookingUid}/mark-absent` (section 14).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::json;
use slotd_contract::Success;
use slotd_contract::bookings::{AbsentBooking, Bookings, MarkAbsent};
use slotd_domain::booking::attendee::display_address;
use slotd_domain::email;
use slotd_store::bookings::{self, Attendee, Booking};
use slotd_store::{Conn, UnitOfWork};

use super::facts::{self, Fact};
use super::shown::{self, Reader};
use super::standing::Standing;
use super::{Current, PathBooking, changed, lock, switches};
use crate::access::Principal;
use crate::body::Validated;
use crate::idempotency::{self, success};
use crate::{ApiError, App, messages};

/// Notes who did not come, or did after all.
#[utoipa::path(
    post, path = "/v2/bookings/{bookingUid}/mark-absent",
    operation_id = "BookingsController_2024-08-13_markNoShow",
    tag = "Bookings", summary = "Mark a booking absence",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    request_body = MarkAbsent,
    responses((status = 200, description = "The booking", body = Success<AbsentBooking>)),
)]
pub(super) async fn mark_absent(
    State(app): State<App>,
    _: Current,
    principal: Principal,
    PathBooking(uid): PathBooking,
    Validated { body, .. }: Validated<MarkAbsent>,
) -> Result<Json<Success<Bookings>>, ApiError> {
    let mark = Mark { uid, body, principal, now: app.clock.now() };
    let shown = idempotency::write(&app, mark, StatusCode::OK, success).await?;
    Ok(Json(Success::of(shown)))
}

/// Who came and who did not.
struct Mark {
    uid: String,
    body: MarkAbsent,
    principal: Principal,
    now: Timestamp,
}

impl UnitOfWork for Mark {
    type Output = Bookings;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Bookings, ApiError> {
        let booking = lock(conn, &self.uid).await?;
        let unknown = || ApiError::not_found(messages::unknown_booking_to_mark(&self.uid));
        let booking = booking.ok_or_else(unknown)?;
        if !Standing::of(conn, Some(&self.principal), &booking).await?.manages() {
            return Err(ApiError::forbidden(messages::NOT_WHO_MARKS));
        }
        if self.now < booking.start {
            return Err(ApiError::bad_request(messages::not_started(self.now, booking.start)));
        }
        let marks = self.body.attendees.iter().flatten();
        let marks = marks.map(|mark| (mark.email.as_str(), mark.absent));
        note(conn, &booking, self.body.host, marks, self.now).await?;
        let booking = changed(conn, booking.id).await?;
        let shown = shown::read(conn, &booking, Reader::MANAGER).await?;
        Ok(Bookings::One(Box::new(shown)))
    }
}

/// Notes who came to a booking that is locked, and tells what changed, if anything did.
/// Returns the attendees whom the marks name, an address and whether it is of somebody
/// absent, with what is noted of them now.
pub(super) async fn note(
    conn: &Conn,
    booking: &Booking,
    is_host_absent: Option<bool>,
    marks: impl Iterator<Item = (&str, bool)>,
    now: Timestamp,
) -> Result<Vec<(Attendee, bool)>, ApiError> {
    let named = named(bookings::attendees_of(conn, booking.id).await?, marks);
    let mut told = Vec::new();
    for (attendee, is_absent) in &named {
        if attendee.is_absent != *is_absent {
            bookings::set_absent(conn, attendee.id, *is_absent).await?;
            told.push(json!({ "email": attendee.email, "noShow": is_absent }));
        }
    }
    let is_host_absent = is_host_absent.unwrap_or(booking.is_host_absent);
    let fact = match told.as_slice() {
        [] if is_host_absent == booking.is_host_absent => return Ok(named),
        [] => Fact::HostAbsenceMarked,
        _ => Fact::AbsenceMarked,
    };
    bookings::set_absent_host(conn, booking.id, is_host_absent, now).await?;
    let booking = changed(conn, booking.id).await?;
    let attendees = bookings::attendees_of(conn, booking.id).await?;
    let switches = switches(conn, &booking).await?;
    let more = json!({ "attendees": told });
    facts::record(conn, fact, &booking, &attendees, switches, more, now).await?;
    Ok(named)
}

/// Whom marks name. The later of two that name the same attendee counts; addresses of
/// nobody are passed over (R14.4).
fn named<'m>(
    attendees: Vec<Attendee>,
    marks: impl Iterator<Item = (&'m str, bool)>,
) -> Vec<(Attendee, bool)> {
    let mut found: Vec<Option<bool>> = vec![None; attendees.len()];
    for (address, is_absent) in marks {
        let exact = email::comparison_key(address);
        let shown = display_address(&exact);
        let has_exact =
            attendees.iter().any(|attendee| email::comparison_key(&attendee.email) == exact);
        for (attendee, found) in attendees.iter().zip(&mut found) {
            let key = email::comparison_key(&attendee.email);
            // Either form of a managed user's address finds them.
            if key == exact || !has_exact && display_address(&key) == shown {
                *found = Some(is_absent);
            }
        }
    }
    let found = attendees.into_iter().zip(found);
    found.filter_map(|(attendee, is_absent)| Some((attendee, is_absent?))).collect()
}
