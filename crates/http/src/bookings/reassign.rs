//! `POST /v2/bookings/{bookingUid}/reassign` and `.../reassign/{userId}` (section 15). Hosts
//! take turns in event types of teams alone: nobody else can take over a user's booking.

use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::bookings::{ReassignBooking, ReassignedBooking};
use slotd_store::{Conn, bookings, users};

use super::standing::Standing;
use super::{Current, PathBooking};
use crate::access::{PathUser, Principal};
use crate::body::Validated;
use crate::{ApiError, App, messages};

/// Gives a booking to another of its hosts who is free.
#[utoipa::path(
    post, path = "/v2/bookings/{bookingUid}/reassign",
    operation_id = "BookingsController_2024-08-13_reassignBooking",
    tag = "Bookings", summary = "Reassign a booking to auto-selected host",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    responses((status = 200, description = "The new host", body = Success<ReassignedBooking>)),
)]
pub(super) async fn reassign(
    State(app): State<App>,
    _: Current,
    principal: Principal,
    PathBooking(uid): PathBooking,
) -> ApiError {
    match check(&app, &principal, &uid).await {
        Ok(_) => ApiError::bad_request(messages::NO_OTHER_HOST),
        Err(refusal) => refusal,
    }
}

/// Gives a booking to one of its hosts.
#[utoipa::path(
    post, path = "/v2/bookings/{bookingUid}/reassign/{userId}",
    operation_id = "BookingsController_2024-08-13_reassignBookingToUser",
    tag = "Bookings", summary = "Reassign a booking to a specific host",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        ("userId" = i32, Path, description = "Id of the user"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    request_body = ReassignBooking,
    responses((status = 200, description = "The new host", body = Success<ReassignedBooking>)),
)]
pub(super) async fn reassign_to(
    State(app): State<App>,
    _: Current,
    principal: Principal,
    PathBooking(uid): PathBooking,
    user: PathUser,
    Validated { .. }: Validated<ReassignBooking>,
) -> ApiError {
    match find_user(&app, &principal, &uid, &user).await {
        Ok(refusal) | Err(refusal) => refusal,
    }
}

/// Whether there is such a booking, and the caller manages it.
async fn check(app: &App, principal: &Principal, uid: &str) -> Result<Conn, ApiError> {
    let conn = app.store.read().await?;
    let booking = bookings::by_uid(&conn, uid).await?;
    let booking = booking.ok_or_else(|| ApiError::not_found(messages::unknown_booking(uid)))?;
    if Standing::of(&conn, Some(principal), &booking).await?.manages() {
        Ok(conn)
    } else {
        Err(ApiError::forbidden(messages::NOT_WHO_REASSIGNS))
    }
}

/// Why the booking cannot be that user's.
async fn find_user(
    app: &App,
    principal: &Principal,
    uid: &str,
    user: &PathUser,
) -> Result<ApiError, ApiError> {
    let conn = check(app, principal, uid).await?;
    let unknown = || ApiError::not_found(messages::unknown_user_to_reassign_to(&user.0));
    let id = user.id().ok_or_else(unknown)?;
    users::by_id(&conn, id).await?.ok_or_else(unknown)?;
    Ok(ApiError::bad_request(messages::not_a_round_robin_host(id)))
}
