//! `GET /v2/bookings/{bookingUid}/references` (section 20).

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::bookings::{ListReferences, Reference};
use slotd_store::bookings;

use super::PathBooking;
use super::standing::Standing;
use crate::access::Principal;
use crate::body::Query;
use crate::{ApiError, App, messages};

/// Lists what a booking is in other systems, for whoever manages it.
#[utoipa::path(
    get, path = "/v2/bookings/{bookingUid}/references",
    operation_id = "BookingsController_2024-08-13_getBookingReferences",
    tag = "Bookings", summary = "Get booking references",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
        ListReferences,
    ),
    responses((status = 200, description = "The references", body = Success<Vec<Reference>>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    PathBooking(uid): PathBooking,
    Query(pairs): Query,
) -> Result<Json<Success<Vec<Reference>>>, ApiError> {
    let ListReferences { kind } = ListReferences::read(&pairs).map_err(ApiError::invalid)?;
    let conn = app.store.read().await?;
    let unknown = || ApiError::not_found(messages::no_booking(&uid));
    let booking = bookings::by_uid(&conn, &uid).await?.ok_or_else(unknown)?;
    if !Standing::of(&conn, Some(&principal), &booking).await?.manages() {
        return Err(ApiError::bad_request(messages::foreign_booking(&uid)));
    }
    let references = bookings::references_of(&conn, booking.id, kind).await?;
    let shown = references.into_iter().map(|reference| Reference {
        kind: reference.kind,
        event_uid: reference.event_uid,
        destination_calendar_id: reference.external_calendar_id,
        id: reference.id,
    });
    Ok(Json(Success::of(shown.collect())))
}
