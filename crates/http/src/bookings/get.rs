//! `GET /v2/bookings/{bookingUid}` and `GET /v2/bookings/by-seat/{seatUid}` (section 9).

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use slotd_contract::Success;
use slotd_contract::bookings::Bookings;
use slotd_store::bookings;

use super::shown::{self, Reader};
use super::standing::Standing;
use super::{PathBooking, legacy};
use crate::access::{CredentialHeaders, Principal, path_parameter};
use crate::version::ApiVersion;
use crate::{ApiError, App, messages};

/// Returns a booking to whoever knows its uid or the uid of a seat in it (R9.1), and all
/// bookings of a series to whoever knows the series' uid.
#[utoipa::path(
    get, path = "/v2/bookings/{bookingUid}",
    operation_id = "BookingsController_2024-08-13_getBooking",
    tag = "Bookings", summary = "Get a booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking, of a seat, or of a series"),
        CredentialHeaders,
    ),
    responses((status = 200, description = "The booking", body = Success<Bookings>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    version: ApiVersion,
    principal: Option<Extension<Principal>>,
    PathBooking(uid): PathBooking,
) -> Result<Response, ApiError> {
    let principal = principal.map(|Extension(principal)| principal);
    if version < ApiVersion::V2024_08_13 {
        return Ok(legacy::get(&app, principal.as_ref(), &uid).await?.into_response());
    }
    let conn = app.store.read().await?;
    let found = match bookings::by_uid(&conn, &uid).await? {
        Some(booking) => Some(booking),
        None => bookings::by_seat(&conn, &uid).await?,
    };
    let data = if let Some(booking) = found {
        let standing = Standing::of(&conn, principal.as_ref(), &booking).await?;
        let reader = standing.reader(&conn, &booking).await?;
        Bookings::One(Box::new(shown::read(&conn, &booking, reader).await?))
    } else {
        let series = bookings::of_series(&conn, &uid).await?;
        let Some(first) = series.first() else {
            return Err(ApiError::not_found(messages::unknown_booking(&uid)));
        };
        let standing = Standing::of(&conn, principal.as_ref(), first).await?;
        Bookings::Many(shown::read_all(&conn, &series, standing).await?)
    };
    Ok(Json(Success::of(data)).into_response())
}

/// Returns the booking that a seat is in, with nobody but the seat's holder (R8.5).
#[utoipa::path(
    get, path = "/v2/bookings/by-seat/{seatUid}",
    operation_id = "BookingsController_2024-08-13_getBookingBySeatUid",
    tag = "Bookings", summary = "Get a booking by seat UID",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("seatUid" = String, Path, description = "Uid of the seat"),
        CredentialHeaders,
    ),
    responses((status = 200, description = "The booking", body = Success<Bookings>)),
)]
pub(super) async fn by_seat(
    State(app): State<App>,
    PathSeat(uid): PathSeat,
) -> Result<Json<Success<Bookings>>, ApiError> {
    let conn = app.store.read().await?;
    let unknown = || ApiError::not_found(messages::unknown_seat_to_read(&uid));
    let booking = bookings::by_seat(&conn, &uid).await?.ok_or_else(unknown)?;
    let mut attendees = bookings::attendees_of(&conn, booking.id).await?;
    attendees.retain(|attendee| attendee.seat_uid.as_ref() == Some(&uid));
    let data = shown::booking(&booking, &attendees, Reader::OF_THEMSELVES, None);
    Ok(Json(Success::of(Bookings::One(Box::new(data)))))
}

/// The uid of a seat in the path, which may be any text.
pub(super) struct PathSeat(String);

impl<S: Sync> FromRequestParts<S> for PathSeat {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(path_parameter(parts, "seatUid").unwrap_or_default()))
    }
}
