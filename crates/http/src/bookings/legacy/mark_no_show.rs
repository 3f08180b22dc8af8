//! `POST /v2/bookings/{bookingUid}/mark-no-show` (24.5): marking absent (section 14) under
//! its older names.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use slotd_contract::Success;
use slotd_contract::bookings_2024_04_15::{MarkNoShow, MarkedAttendee, MarkedNoShow};
use slotd_store::{Conn, UnitOfWork};

use crate::access::Principal;
use crate::body::Validated;
use crate::bookings::mark_absent::note;
use crate::bookings::standing::Standing;
use crate::bookings::{PathBooking, lock};
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
        let marks = self.body.attendees.iter().map(|said| (said.email.as_str(), said.no_show));
        let named = note(conn, &booking, self.body.no_show_host, marks, self.now).await?;
        let marked = named.into_iter();
        let marked = marked.map(|(it, no_show)| MarkedAttendee { email: it.email, no_show });
        Ok(marked.collect())
    }
}
