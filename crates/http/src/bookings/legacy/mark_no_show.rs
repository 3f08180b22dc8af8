//! `POST /v2/bookings/{bookingUid}/mark-no-show` (24.5): marking absent (section 14) under
//! its older names.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::json;
use slotd_contract::Success;
use slotd_contract::bookings_2024_04_15::{MarkNoShow, MarkedAttendee, MarkedNoShow};
use slotd_domain::booking::attendee::display_address;
use slotd_domain::email;
use slotd_store::bookings;
use slotd_store::{Conn, UnitOfWork};

use crate::access::Principal;
use crate::body::Validated;
use crate::bookings::facts::{self, Fact};
use crate::bookings::standing::Standing;
use crate::bookings::{PathBooking, lock, switches};
use crate::idempotency::{self, success};
use crate::{ApiError, App, messages};

/// Marks who did not come, for the components.
#[utoipa::path(
    post, path = "/v2/bookings/{bookingUid}/mark-no-show",
    operation_id = "BookingsController_2024_04_15_markNoShow",
    tag = "Bookings", summary = "Mark who did not come, for the components",
    params(("bookingUid" = String, Path, description = "Uid of the booking")),
    request_body = MarkNoShow,
    responses((status = 200, description = "Who was marked", body = Success<MarkedNoShow>)),
)]
pub(super) async fn mark_no_show(
    State(app): State<App>,
    principal: Principal,
    PathBooking(uid): PathBooking,
    Validated { body, .. }: Validated<MarkNoShow>,
) -> Result<Json<Success<MarkedNoShow>>, ApiError> {
    let now = app.clock.now();
    let no_show_host = body.no_show_host;
    let data = move |attendees: &Vec<MarkedAttendee>| MarkedNoShow {
        message: messages::NO_SHOWS_MARKED.to_owned(),
        no_show_host,
        attendees: attendees.clone(),
    };
    let mark = Mark { uid, principal, body, now };
    let body = move |attendees: &_| success(&data(attendees));
    let attendees = idempotency::write(&app, mark, StatusCode::OK, body).await?;
    Ok(Json(Success::of(data(&attendees))))
}

struct Mark {
    uid: String,
    principal: Principal,
    body: MarkNoShow,
    now: Timestamp,
}

impl UnitOfWork for Mark {
    /// The attendees that were marked.
    type Output = Vec<MarkedAttendee>;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Self::Output, ApiError> {
        let unknown = || ApiError::not_found(messages::unknown_legacy_booking(&self.uid));
        let booking = lock(conn, &self.uid).await?.ok_or_else(unknown)?;
        if !Standing::of(conn, Some(&self.principal), &booking).await?.manages() {
            return Err(ApiError::forbidden(messages::NO_SHOWS_OF_OTHERS));
        }
        if self.now < booking.start {
            return Err(ApiError::bad_request(messages::not_started(self.now, booking.start)));
        }
        if let Some(is_absent) = self.body.no_show_host {
            bookings::set_absent_host(conn, booking.id, is_absent, self.now).await?;
        }
        let key = |address: &str| email::comparison_key(&display_address(address));
        let mut marked = Vec::new();
        for attendee in bookings::attendees_of(conn, booking.id).await? {
            let own = key(&attendee.email);
            // Said twice, what was said last counts.
            let said = self.body.attendees.iter().rev().find(|said| key(&said.email) == own);
            if let Some(said) = said {
                bookings::set_absent(conn, attendee.id, said.no_show).await?;
                marked.push(MarkedAttendee { email: attendee.email, no_show: said.no_show });
            }
        }
        if !marked.is_empty() {
            let read = bookings::by_id(conn, booking.id).await?;
            let booking = read.ok_or_else(unknown)?;
            let attendees = bookings::attendees_of(conn, booking.id).await?;
            let switches = switches(conn, &booking).await?;
            let fact = Fact::AbsenceMarked;
            facts::record(conn, fact, &booking, &attendees, switches, json!({}), self.now).await?;
        }
        Ok(marked)
    }
}
