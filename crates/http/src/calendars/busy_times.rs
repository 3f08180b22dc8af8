//! `GET /v2/calendars/busy-times`

use axum::Json;
use slotd_contract::Success;
use slotd_contract::busy_times::{BusyTime, BusyTimesQuery, Calendar};

use crate::body::Query;
use crate::{ApiError, messages};

/// Lists what is in the calendars that the caller connected (BUSY-1, BUSY-2, BUSY-4). No
/// calendar can be connected yet, so nobody has a credential, and the list is empty.
#[utoipa::path(
    get, path = "/v2/calendars/busy-times", operation_id = "CalendarsController_getBusyTimes",
    tag = "Calendars", summary = "Get busy times",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
        BusyTimesQuery,
        Calendar,
    ),
    responses((status = 200, description = "The times that are taken", body = Success<Vec<BusyTime>>)),
)]
pub(super) async fn busy_times(
    Query(pairs): Query,
) -> Result<Json<Success<Vec<BusyTime>>>, ApiError> {
    let query = BusyTimesQuery::read(&pairs).map_err(ApiError::invalid)?;
    if query.time_zone.or(query.logged_in_users_tz).is_none() {
        return Err(ApiError::bad_request(messages::NO_TIME_ZONE));
    }
    if !query.calendars.is_empty() {
        return Err(ApiError::unauthorized(messages::FOREIGN_CREDENTIALS));
    }
    Ok(Json(Success::of(Vec::new())))
}
