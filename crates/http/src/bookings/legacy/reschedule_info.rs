//! `GET /v2/bookings/{bookingUid}/reschedule` (24.5), which fills the components' form when
//! a booking is moved.

use axum::extract::State;
use axum::{Extension, Json};
use slotd_contract::Success;
use slotd_contract::bookings_2024_04_15::{
    MovableAttendee, MovableBooking, MovableEventType, MovableSeat, MovableUser,
};
use slotd_contract::timestamp;
use slotd_domain::event_type::EventType;
use slotd_store::bookings;

use super::{find, reader, shown};
use crate::access::Principal;
use crate::bookings::PathBooking;
use crate::bookings::cancel::event_type;
use crate::{ApiError, App, messages};

/// Shows a booking that is to be moved, by its uid or by that of a seat, for the components.
#[utoipa::path(
    get, path = "/v2/bookings/{bookingUid}/reschedule",
    operation_id = "BookingsController_2024_04_15_getBookingForReschedule",
    tag = "Bookings", summary = "Get a booking that is to be moved, for the components",
    params(("bookingUid" = String, Path, description = "Uid of the booking, or of a seat")),
    responses((status = 200, description = "The booking", body = Success<MovableBooking>)),
)]
pub(super) async fn reschedule_info(
    State(app): State<App>,
    principal: Option<Extension<Principal>>,
    PathBooking(uid): PathBooking,
) -> Result<Json<Success<MovableBooking>>, ApiError> {
    let principal = principal.map(|Extension(principal)| principal);
    let conn = app.store.read().await?;
    let unknown = || ApiError::not_found(messages::unknown_legacy_booking(&uid));
    let (booking, is_seat) = find(&conn, &uid).await?.ok_or_else(unknown)?;
    let event_type = event_type(&conn, booking.event_type_id).await?;
    let all = bookings::attendees_of(&conn, booking.id).await?;
    let reader = reader(&conn, principal.as_ref(), &booking).await?;
    let is_asked = |uid_of_seat: Option<&str>| is_seat && uid_of_seat == Some(&uid);
    let seat = all.iter().find(|it| is_asked(it.seat_uid.as_deref()));
    // Whoever holds a seat sees themselves, and nobody else's seat is theirs to move.
    let attendees = match seat {
        Some(seat) => std::slice::from_ref(seat),
        None => reader.seen(&booking, &all),
    };
    let attendees = attendees.iter().map(|attendee| MovableAttendee {
        email: attendee.email.clone(),
        name: attendee.name.clone(),
        booking_seat: attendee.seat_uid.clone().map(|uid| MovableSeat { reference_uid: uid }),
    });
    Ok(Json(Success::of(MovableBooking {
        id: booking.id.0,
        uid: booking.uid.clone(),
        start_time: timestamp(booking.start),
        end_time: timestamp(booking.end),
        description: shown::description(&booking, seat),
        custom_inputs: serde_json::Map::new(),
        responses: shown::answers_to_move(&booking, seat),
        sms_reminder_number: shown::sms_reminder_number(&booking, seat),
        location: booking.location.clone(),
        event_type_id: booking.event_type_id.map(|id| id.0),
        status: shown::status(&booking),
        event_type: event_type.map(|stored| movable(&stored.event_type)),
        attendees: attendees.collect(),
        user: booking
            .host
            .map(|id| MovableUser { id: id.0, username: booking.host_username.clone() }),
    })))
}

fn movable(event_type: &EventType) -> MovableEventType {
    let settings = &event_type.settings;
    MovableEventType {
        disable_rescheduling: settings.rescheduling.disabled,
        allow_rescheduling_past_bookings: settings.allow_rescheduling_past_bookings,
        allow_rescheduling_cancelled_bookings: settings.allow_rescheduling_cancelled_bookings,
        seats_per_time_slot: settings.seats.map(|seats| seats.per_slot),
    }
}
