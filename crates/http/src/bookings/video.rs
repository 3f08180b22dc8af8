//! What a built-in video meeting left behind (section 21). This server has no provider of
//! such meetings, so it has no recordings, transcripts or sessions either.

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::bookings::{Recording, VideoSession};
use slotd_store::bookings;

use super::PathBooking;
use super::standing::Standing;
use crate::access::Principal;
use crate::{ApiError, App, messages};

/// Of a meeting that has one.
const CAL_VIDEO: &str = "daily_video";

/// An answer without entries.
type Nothing = Json<Success<[(); 0]>>;

/// Lists recordings: there are none (R21.3).
#[utoipa::path(
    get, path = "/v2/bookings/{bookingUid}/recordings",
    operation_id = "BookingsController_2024-08-13_getBookingRecordings",
    tag = "Bookings", summary = "Get all the recordings for the booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    responses((status = 200, description = "The recordings", body = Success<Vec<Recording>>)),
)]
pub(super) async fn recordings(
    State(app): State<App>,
    principal: Principal,
    PathBooking(uid): PathBooking,
) -> Result<Nothing, ApiError> {
    nothing(&app, &principal, &uid).await
}

/// Lists links to transcripts: there are none.
#[utoipa::path(
    get, path = "/v2/bookings/{bookingUid}/transcripts",
    operation_id = "BookingsController_2024-08-13_getBookingTranscripts",
    tag = "Bookings",
    summary = "Get Cal Video real time transcript download links for the booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    responses((status = 200, description = "The links", body = Success<Vec<String>>)),
)]
pub(super) async fn transcripts(
    State(app): State<App>,
    principal: Principal,
    PathBooking(uid): PathBooking,
) -> Result<Nothing, ApiError> {
    nothing(&app, &principal, &uid).await
}

/// Lists who met when: nobody did.
#[utoipa::path(
    get, path = "/v2/bookings/{bookingUid}/conferencing-sessions",
    operation_id = "BookingsController_2024-08-13_getVideoSessions",
    tag = "Bookings", summary = "Get Video Meeting Sessions. Only supported for Cal Video",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    responses((status = 200, description = "The sessions", body = Success<Vec<VideoSession>>)),
)]
pub(super) async fn sessions(
    State(app): State<App>,
    principal: Principal,
    PathBooking(uid): PathBooking,
) -> Result<Nothing, ApiError> {
    nothing(&app, &principal, &uid).await
}

/// Clients tell a booking without a meeting from one whose meeting left nothing (R21.2).
async fn nothing(app: &App, principal: &Principal, uid: &str) -> Result<Nothing, ApiError> {
    let conn = app.store.read().await?;
    let unknown = || ApiError::not_found(messages::unknown_booking(uid));
    let booking = bookings::by_uid(&conn, uid).await?.ok_or_else(unknown)?;
    if !Standing::of(&conn, Some(principal), &booking).await?.manages() {
        return Err(ApiError::forbidden(messages::no_access_to_booking(principal.user_id, uid)));
    }
    if bookings::references_of(&conn, booking.id, Some(CAL_VIDEO)).await?.is_empty() {
        return Err(ApiError::not_found(messages::no_cal_video(uid)));
    }
    Ok(Json(Success::of([])))
}
