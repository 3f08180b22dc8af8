//! `GET /v2/bookings/{bookingUid}/attendees` and
//! `GET /v2/bookings/{bookingUid}/attendees/{attendeeId}` (section 16).

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use slotd_contract::Success;
use slotd_contract::bookings as wire;
use slotd_domain::AttendeeId;
use slotd_store::bookings::{self, Attendee};

use super::standing::managed_booking;
use super::{PathBooking, shown};
use crate::access::{Principal, integer, path_parameter};
use crate::{ApiError, App, messages};

/// Lists who attends a booking, the booker first.
#[utoipa::path(
    get, path = "/v2/bookings/{bookingUid}/attendees",
    operation_id = "BookingAttendeesController_2024-08-13_getBookingAttendees",
    tag = "Bookings / Attendees", summary = "Get all attendees for a booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    responses((status = 200, description = "The attendees", body = Success<Vec<wire::BookingAttendee>>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    PathBooking(uid): PathBooking,
) -> Result<Json<Success<Vec<wire::BookingAttendee>>>, ApiError> {
    let conn = app.store.read().await?;
    let booking = managed_booking(&conn, &principal, &uid).await?;
    let attendees = bookings::attendees_of(&conn, booking.id).await?;
    Ok(Json(Success::of(attendees.iter().map(by_itself).collect())))
}

/// Returns somebody who attends a booking.
#[utoipa::path(
    get, path = "/v2/bookings/{bookingUid}/attendees/{attendeeId}",
    operation_id = "BookingAttendeesController_2024-08-13_getBookingAttendee",
    tag = "Bookings / Attendees", summary = "Get a specific attendee for a booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        ("attendeeId" = i32, Path, description = "Id of the attendee"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    responses((status = 200, description = "The attendee", body = Success<wire::BookingAttendee>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    principal: Principal,
    PathBooking(uid): PathBooking,
    PathAttendee(id): PathAttendee,
) -> Result<Json<Success<wire::BookingAttendee>>, ApiError> {
    let conn = app.store.read().await?;
    let booking = managed_booking(&conn, &principal, &uid).await?;
    let attendees = bookings::attendees_of(&conn, booking.id).await?;
    let found = attendees.iter().find(|attendee| attendee.id == id);
    let unknown = || ApiError::not_found(messages::unknown_attendee(id, &uid));
    Ok(Json(Success::of(found.map(by_itself).ok_or_else(unknown)?)))
}

fn by_itself(attendee: &Attendee) -> wire::BookingAttendee {
    wire::BookingAttendee {
        id: attendee.id.0,
        booking_id: None,
        attendee: wire::Attendee { seat: None, ..shown::attendee(attendee) },
    }
}

/// The attendee in the path: an integer (AV-6).
pub(super) struct PathAttendee(AttendeeId);

impl<S: Sync> FromRequestParts<S> for PathAttendee {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let text = path_parameter(parts, "attendeeId").unwrap_or_default();
        integer(&text).map(|id| Self(AttendeeId(id)))
    }
}
