//! `POST /v2/bookings/instant` (24.4). There are no event types of teams yet, and those of
//! users cannot be booked so.

use axum::Extension;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::bookings_2024_04_15::{CreateBooking, InstantMeeting};
use slotd_contract::slots::LegacyTarget;
use slotd_domain::EventTypeId;

use crate::access::Principal;
use crate::body::Unread;
use crate::bookings::create::check_caller;
use crate::{ApiError, App, messages};

/// Makes an instant meeting, for the components.
#[utoipa::path(
    post, path = "/v2/bookings/instant",
    operation_id = "BookingsController_2024_04_15_createInstantBooking",
    tag = "Bookings", summary = "Create an instant meeting, for the components",
    request_body = inline(Object),
    responses((status = 201, description = "The meeting", body = Success<InstantMeeting>)),
)]
pub(super) async fn instant(
    State(app): State<App>,
    principal: Option<Extension<Principal>>,
    body: Unread,
) -> Result<(), ApiError> {
    let body: CreateBooking = super::read(&body.0)?;
    if let LegacyTarget::EventType(id) = body.target {
        let conn = app.store.read().await?;
        let principal = principal.map(|Extension(principal)| principal);
        check_caller(&conn, principal.as_ref(), EventTypeId(id), false, false).await?;
    }
    Err(ApiError::bad_request(messages::LEGACY_INSTANT_OF_USER))
}
