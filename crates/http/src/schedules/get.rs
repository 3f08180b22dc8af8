//! `GET /v2/schedules/{scheduleId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::{Success, schedules as wire};

use super::{Shown, is_current, legacy, own, shown};
use crate::access::{PathSchedule, Principal};
use crate::version::ApiVersion;
use crate::{ApiError, App};

/// Returns a schedule of the caller (SCH-17, SCH-36).
#[utoipa::path(
    get, path = "/v2/schedules/{scheduleId}", operation_id = "SchedulesController_getSchedule",
    tag = "Schedules", summary = "Get a schedule",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
        ("cal-api-version" = String, Header, description = "2024-06-11 or later; else the shapes of 2024-04-15"),
        ("scheduleId" = i32, Path, description = "Id of the schedule"),
    ),
    responses((status = 200, description = "The schedule", body = Success<wire::Schedule>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    version: ApiVersion,
    principal: Principal,
    PathSchedule(id): PathSchedule,
) -> Result<Json<Success<Shown>>, ApiError> {
    let conn = app.store.read().await?;
    let schedule = own(&conn, principal.user_id, id).await?;
    let shown = if is_current(version) {
        Shown::Current(shown(&schedule))
    } else {
        Shown::Legacy(legacy::detailed(&conn, &schedule, app.clock.now()).await?)
    };
    Ok(Json(Success::of(shown)))
}
