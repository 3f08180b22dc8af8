//! `POST /v2/bookings/{bookingUid}/attendees` (section 16): a guest with a name.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use slotd_contract::Success;
use slotd_contract::bookings::{AddAttendee, AddedAttendee, BookingAttendee, Guest};
use slotd_store::bookings;

use super::guests::{Add, Added, Outcome};
use super::standing::Standing;
use super::{Current, PathBooking, shown};
use crate::access::Principal;
use crate::body::Unread;
use crate::idempotency::{self, success};
use crate::{ApiError, App, messages};

/// Adds somebody to a booking.
#[utoipa::path(
    post, path = "/v2/bookings/{bookingUid}/attendees",
    operation_id = "BookingAttendeesController_2024-08-13_addAttendee",
    tag = "Bookings / Attendees", summary = "Add an attendee to a booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    request_body = AddAttendee,
    responses((status = 201, description = "The attendee", body = Success<AddedAttendee>)),
)]
pub(super) async fn add_attendee(
    State(app): State<App>,
    _: Current,
    principal: Principal,
    PathBooking(uid): PathBooking,
    body: Unread,
) -> Result<(StatusCode, Json<Success<BookingAttendee>>), ApiError> {
    let forbidden = messages::no_access_to_booking(principal.user_id, &uid);
    let forbidden = || ApiError::forbidden(forbidden.clone());
    // Whoever may not know the booking does not hear what is wrong with the body (R16.1).
    let conn = app.store.read().await?;
    let booking = bookings::by_uid(&conn, &uid).await?.ok_or_else(forbidden)?;
    let attendees = bookings::attendees_of(&conn, booking.id).await?;
    if !Standing::takes_part(&conn, &principal, &booking, &attendees).await? {
        return Err(forbidden());
    }
    drop(conn);
    let body: AddAttendee = body.read()?;
    let guest = Guest {
        email: body.email,
        name: Some(body.name),
        time_zone: Some(body.time_zone),
        phone_number: body.phone_number,
        language: body.language,
    };
    let add = Add::new(&app, uid, vec![guest], principal).await?;
    let status = StatusCode::CREATED;
    let body = |outcome: &Outcome| success(&last_attendee(outcome.added()?));
    let outcome = idempotency::write(&app, add, status, body).await?;
    let added = outcome.added().ok_or_else(forbidden)?;
    Ok((status, Json(Success::of(last_attendee(added)))))
}

fn last_attendee(added: &Added) -> BookingAttendee {
    let attendee = added.attendees.last().expect("somebody was added");
    BookingAttendee {
        id: attendee.id.0,
        booking_id: Some(added.booking.id.0),
        attendee: shown::attendee(attendee),
    }
}
