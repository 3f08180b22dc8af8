//! `GET /v2/bookings/{bookingUid}` in the legacy shape (24.5).

use axum::Json;
use slotd_contract::Success;
use slotd_contract::bookings_2024_04_15::BookingInfo;
use slotd_store::bookings::{self, Booking};
use slotd_store::{Conn, StoreError, event_types};

use super::{reader, shown};
use crate::access::Principal;
use crate::{ApiError, App, messages};

/// Reads a booking by its uid, or by that of a seat in it.
pub(in crate::bookings) async fn get(
    app: &App,
    principal: Option<&Principal>,
    uid: &str,
) -> Result<Json<Success<BookingInfo>>, ApiError> {
    let conn = app.store.read().await?;
    let (booking, _) = find(&conn, uid).await?;
    Ok(Json(Success::of(info(&conn, principal, &booking).await?)))
}

/// The booking with a uid, or the one that a seat with it is in, and whether it was a
/// seat's.
pub(super) async fn find(conn: &Conn, uid: &str) -> Result<(Booking, bool), ApiError> {
    if let Some(booking) = bookings::by_uid(conn, uid).await? {
        return Ok((booking, false));
    }
    let unknown = || ApiError::not_found(messages::unknown_legacy_booking(uid));
    Ok((bookings::by_seat(conn, uid).await?.ok_or_else(unknown)?, true))
}

/// A booking as a caller sees it.
pub(super) async fn info(
    conn: &Conn,
    principal: Option<&Principal>,
    booking: &Booking,
) -> Result<BookingInfo, StoreError> {
    let event_type = async {
        match booking.event_type_id {
            Some(id) => event_types::by_id(conn, id).await,
            None => Ok(None),
        }
    };
    let (event_type, attendees, reader) = tokio::try_join!(
        biased;
        event_type,
        bookings::attendees_of(conn, booking.id),
        reader(conn, principal, booking),
    )?;
    let title = event_type.map(|stored| stored.event_type.title);
    Ok(shown::info(booking, &attendees, title, reader))
}
