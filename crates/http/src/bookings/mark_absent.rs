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
use slotd_store::bookings::{self, Attendee};
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
        let attendees = bookings::attendees_of(conn, booking.id).await?;
        let marked = self.marked(&attendees);
        for (attendee, is_absent) in &marked {
            bookings::set_absent(conn, attendee.id, *is_absent).await?;
        }
        let is_host_absent = self.body.host.unwrap_or(booking.is_host_absent);
        let fact = match marked.as_slice() {
            [] if is_host_absent == booking.is_host_absent => None,
            [] => Some(Fact::HostAbsenceMarked),
            _ => Some(Fact::AbsenceMarked),
        };
        let Some(fact) = fact else {
            let shown = shown::booking(&booking, &attendees, Reader::MANAGER, None);
            return Ok(Bookings::One(Box::new(shown)));
        };
        bookings::set_absent_host(conn, booking.id, is_host_absent, self.now).await?;
        let booking = changed(conn, booking.id).await?;
        let now_absent = bookings::attendees_of(conn, booking.id).await?;
        let told = marked
            .iter()
            .map(|(attendee, is_absent)| json!({ "email": attendee.email, "noShow": is_absent }));
        let more = json!({ "attendees": told.collect::<Vec<_>>() });
        let switches = switches(conn, &booking).await?;
        facts::record(conn, fact, &booking, &now_absent, switches, more, self.now).await?;
        let shown = shown::booking(&booking, &now_absent, Reader::MANAGER, None);
        Ok(Bookings::One(Box::new(shown)))
    }
}

impl Mark {
    /// Whose mark changes. The later of two that name the same attendee counts; addresses
    /// of nobody are passed over (R14.4).
    fn marked<'a>(&self, attendees: &'a [Attendee]) -> Vec<(&'a Attendee, bool)> {
        let mut marks: Vec<Option<bool>> = vec![None; attendees.len()];
        for mark in self.body.attendees.iter().flatten() {
            let exact = email::comparison_key(&mark.email);
            let shown = display_address(&exact);
            let has_exact =
                attendees.iter().any(|attendee| email::comparison_key(&attendee.email) == exact);
            for (attendee, found) in attendees.iter().zip(&mut marks) {
                let key = email::comparison_key(&attendee.email);
                // Either form of a managed user's address finds them.
                if key == exact || !has_exact && display_address(&key) == shown {
                    *found = Some(mark.absent);
                }
            }
        }
        let marks = attendees.iter().zip(marks);
        let marks = marks.filter_map(|(attendee, mark)| Some((attendee, mark?)));
        marks.filter(|(attendee, is_absent)| attendee.is_absent != *is_absent).collect()
    }
}
