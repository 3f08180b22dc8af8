//! `PATCH /v2/bookings/{bookingUid}/location` (section 18).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_contract::Success;
use slotd_contract::bookings::{Bookings, NewLocation, UpdateLocation};
use slotd_domain::booking::location::{Replacement, replaced};
use slotd_domain::booking::metadata::VIDEO_CALL_URL;
use slotd_domain::event_type::Integration;
use slotd_store::bookings;
use slotd_store::{Conn, UnitOfWork};

use super::facts::{self, Fact, PREVIOUS_LOCATION};
use super::guests::check_is_on;
use super::shown::{self, Reader};
use super::standing::Standing;
use super::{Current, PathBooking, changed, lock, switches};
use crate::access::Principal;
use crate::body::Validated;
use crate::idempotency::{self, success};
use crate::{ApiError, App, messages};

/// Changes where a booking takes place.
#[utoipa::path(
    patch, path = "/v2/bookings/{bookingUid}/location",
    operation_id = "BookingLocationController_2024-08-13_updateBookingLocation",
    tag = "Bookings", summary = "Update booking location for an existing booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    request_body = UpdateLocation,
    responses((status = 200, description = "The booking", body = Success<Bookings>)),
)]
pub(super) async fn update_location(
    State(app): State<App>,
    _: Current,
    principal: Principal,
    PathBooking(uid): PathBooking,
    Validated { body, .. }: Validated<UpdateLocation>,
) -> Result<Json<Success<Bookings>>, ApiError> {
    let place = body.location.map(replacement);
    let relocate = Relocate { uid, place, principal, now: app.clock.now() };
    let shown = idempotency::write(&app, relocate, StatusCode::OK, success).await?;
    Ok(Json(Success::of(shown)))
}

/// Where a booking is to take place; where it does, if nothing is said.
struct Relocate {
    uid: String,
    place: Option<Replacement>,
    principal: Principal,
    now: Timestamp,
}

impl UnitOfWork for Relocate {
    type Output = Bookings;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Bookings, ApiError> {
        let booking = lock(conn, &self.uid).await?;
        let unknown = || ApiError::not_found(messages::unknown_booking(&self.uid));
        let mut booking = booking.ok_or_else(unknown)?;
        if !Standing::of(conn, Some(&self.principal), &booking).await?.manages() {
            return Err(ApiError::forbidden(messages::NOT_WHO_MOVES));
        }
        let attendees = bookings::attendees_of(conn, booking.id).await?;
        if let Some(replacement) = &self.place {
            check_is_on(&booking)?;
            let place = replaced(replacement);
            let responses = booking.responses.as_ref().map(|stored| {
                let mut answers = stored.as_object().cloned().unwrap_or_default();
                answers.insert("location".to_owned(), place.answer());
                Value::from(answers)
            });
            let mut metadata = booking.metadata.as_object().cloned().unwrap_or_default();
            metadata.remove(VIDEO_CALL_URL);
            let (location, metadata) = (&place.location, metadata.into());
            let (id, responses) = (booking.id, responses.as_ref());
            bookings::set_location(conn, id, location, responses, &metadata, self.now).await?;
            let more = json!({ PREVIOUS_LOCATION: booking.location });
            booking = changed(conn, booking.id).await?;
            let (fact, switches) = (Fact::LocationChanged, switches(conn, &booking).await?);
            facts::record(conn, fact, &booking, &attendees, switches, more, self.now).await?;
        }
        let shown = shown::booking(&booking, &attendees, Reader::MANAGER, None);
        Ok(Bookings::One(Box::new(shown)))
    }
}

fn replacement(location: NewLocation) -> Replacement {
    match location {
        NewLocation::Address { address } => Replacement::Address(address),
        NewLocation::AttendeeAddress { address } => Replacement::AttendeeAddress(address),
        NewLocation::AttendeeDefined { location } => Replacement::AttendeeDefined(location),
        NewLocation::AttendeePhone { phone } => Replacement::AttendeePhone(phone),
        NewLocation::Link { link } => Replacement::Link(link),
        NewLocation::Phone { phone } => Replacement::Phone(phone),
        // Nobody has connected a Google account: it is the built-in video (R18.5).
        NewLocation::Integration { integration: Integration::GoogleMeet } => {
            Replacement::Integration(Integration::CalVideo)
        }
        NewLocation::Integration { integration } => Replacement::Integration(integration),
    }
}
