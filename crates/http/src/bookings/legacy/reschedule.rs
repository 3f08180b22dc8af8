//! `POST /v2/bookings` in the legacy shape with a `rescheduleUid` (R24.3): the rules are
//! those of section 11.

use axum::http::HeaderMap;
use slotd_contract::bookings_2024_04_15::{Booking, CreateBooking};
use slotd_store::Conn;
use slotd_store::bookings;

use super::{find, in_legacy, named_client, shown};
use crate::access::Principal;
use crate::bookings::draft::{minutes_of_group, until};
use crate::bookings::reschedule::{Legacy, Moved, Wanted, move_booking};
use crate::slots::selected_slot;
use crate::{ApiError, App, messages};

/// Moves the booking with a uid, or the seat with it.
pub(super) async fn reschedule(
    app: &App,
    principal: Option<&Principal>,
    headers: &HeaderMap,
    uid: &str,
    body: &CreateBooking,
) -> Result<Booking, ApiError> {
    let conn = app.store.read().await?;
    let unknown = || ApiError::not_found(messages::LEGACY_UNKNOWN_BOOKING).bare().legacy();
    let (booking, is_seat) = find(&conn, uid).await?.ok_or_else(unknown)?;
    let client = named_client(&conn, headers).await?;
    let length_minutes = length(&conn, &booking, body).await?;
    drop(conn);
    let named_seat = || body.seat_reference_uid.clone();
    let wanted = Wanted {
        uid: booking.uid,
        start: body.start,
        length_minutes,
        seat: if is_seat { Some(uid.to_owned()) } else { named_seat() },
        by: body.rescheduled_by.clone(),
        reason: body.responses.reschedule_reason.clone().filter(|reason| !reason.is_empty()),
        hold: body.reserved_slot_uid.clone().or_else(|| selected_slot::cookie(headers)),
        principal: principal.cloned(),
        legacy: Some(Legacy {
            metadata: body.metadata.clone(),
            client,
            is_dry_run: body.is_dry_run,
        }),
    };
    let (sent, is_dry_run) = (body.responses.sent.clone(), body.is_dry_run);
    let data = move |moved: &Moved| {
        let shown = shown::created(&moved.made, sent.clone(), moved.reader);
        if is_dry_run { shown.into_dry_run() } else { shown }
    };
    move_booking(app, wanted, data).await.map_err(in_legacy)
}

/// How long the booking is to be: as before, unless an end is named that fits.
async fn length(
    conn: &Conn,
    booking: &bookings::Booking,
    body: &CreateBooking,
) -> Result<Option<i32>, ApiError> {
    let Some(end) = body.end else { return Ok(None) };
    if end.duration_since(body.start) == booking.end.duration_since(booking.start) {
        return Ok(None);
    }
    let event_type = crate::bookings::cancel::event_type(conn, booking.event_type_id).await?;
    let minutes = match event_type {
        Some(stored) => until(&stored.event_type, body.start, end),
        None => minutes_of_group(body.start, end),
    };
    minutes.map(Some).map_err(ApiError::legacy)
}
