//! `POST /v2/bookings/{bookingUid}/cancel` in the legacy shape (24.5).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use slotd_contract::Success;
use slotd_contract::bookings_2024_04_15::{CancelBooking, CancelledBooking};
use slotd_store::bookings;

use super::in_legacy;
use crate::access::Principal;
use crate::body::Unread;
use crate::bookings::cancel::{Cancel, Cancelled, Which};
use crate::idempotency::{self, success};
use crate::{ApiError, App, messages};

/// Cancels a booking, the rest of its series, or a seat.
pub(in crate::bookings) async fn cancel(
    app: &App,
    principal: Option<Principal>,
    uid: String,
    body: &Unread,
) -> Result<Response, ApiError> {
    if !uid.is_empty() && uid.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ApiError::bad_request(messages::LEGACY_NUMERIC_UID));
    }
    let body: CancelBooking = body.read()?;
    let conn = app.store.read().await?;
    let booking = bookings::by_uid(&conn, &uid).await?;
    let unknown = || ApiError::not_found(messages::LEGACY_UNKNOWN_BOOKING).bare().legacy();
    if booking.is_none() && bookings::of_series(&conn, &uid).await?.is_empty() {
        return Err(unknown());
    }
    drop(conn);
    let is_of_series = booking.as_ref().is_some_and(|it| it.recurring_event_id.is_some());
    // The components ask for all of the series, also where there is none.
    let which = match is_of_series {
        true if body.all_remaining_bookings => Which::AllRemaining,
        true if body.cancel_subsequent_bookings => Which::Subsequent,
        _ => Which::One,
    };
    let cancel = Cancel {
        uid,
        which,
        seat: body.seat_reference_uid,
        reason: body.cancellation_reason,
        by: body.cancelled_by,
        principal,
        now: app.clock.now(),
    };
    // Of a series that is named itself it is the first that was cancelled.
    let data = move |cancelled: &Cancelled| {
        let (id, uid) = match &booking {
            Some(booking) => (booking.id, &booking.uid),
            None => (cancelled.booking, &cancelled.uid),
        };
        CancelledBooking {
            booking_id: id.0,
            booking_uid: uid.clone(),
            only_removed_attendee: cancelled.only_removed_attendee,
        }
    };
    let (kept, status) = (data.clone(), StatusCode::CREATED);
    let body = move |cancelled: &Cancelled| success(&kept(cancelled));
    let cancelled = idempotency::write(app, cancel, status, body).await.map_err(in_legacy)?;
    Ok((status, Json(Success::of(data(&cancelled)))).into_response())
}
