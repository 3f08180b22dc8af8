//! `GET /v2/bookings/{bookingUid}` in the legacy shape (24.5).

use axum::Json;
use slotd_contract::Success;
use slotd_contract::bookings_2024_04_15::BookingInfo;
use slotd_store::Conn;
use slotd_store::bookings::{self, Booking};

use super::{find, reader, shown};
use crate::access::Principal;
use crate::bookings::cancel::event_type;
use crate::{ApiError, App, messages};

/// Reads a booking by its uid, or by that of a seat in it.
pub(in crate::bookings) async fn get(
    app: &App,
    principal: Option<&Principal>,
    uid: &str,
) -> Result<Json<Success<BookingInfo>>, ApiError> {
    let conn = app.store.read().await?;
    let unknown = || ApiError::not_found(messages::unknown_legacy_booking(uid));
    let (booking, _) = find(&conn, uid).await?.ok_or_else(unknown)?;
    Ok(Json(Success::of(info(&conn, principal, &booking).await?)))
}

/// A booking as a caller sees it.
pub(super) async fn info(
    conn: &Conn,
    principal: Option<&Principal>,
    booking: &Booking,
) -> Result<BookingInfo, ApiError> {
    let attendees = bookings::attendees_of(conn, booking.id).await?;
    let event_type = event_type(conn, booking.event_type_id).await?;
    let title = event_type.map(|stored| stored.event_type.title);
    let reader = reader(conn, principal, booking).await?;
    Ok(shown::info(booking, &attendees, title, reader))
}
