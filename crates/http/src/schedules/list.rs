//! `GET /v2/schedules`

use axum::Json;
use axum::extract::State;
use slotd_contract::{Success, schedules as wire};
use slotd_store::schedules;

use super::{Shown, is_current, legacy, shown};
use crate::access::Principal;
use crate::version::ApiVersion;
use crate::{ApiError, App};

/// Lists the caller's schedules, oldest first (SCH-21, SCH-35).
#[utoipa::path(
    get, path = "/v2/schedules", operation_id = "SchedulesController_getSchedules",
    tag = "Schedules", summary = "Get all schedules",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
        ("cal-api-version" = String, Header, description = "2024-06-11 or later; else the shapes of 2024-04-15"),
    ),
    responses((status = 200, description = "The schedules", body = Success<Vec<wire::Schedule>>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    version: ApiVersion,
    principal: Principal,
) -> Result<Json<Success<Vec<Shown>>>, ApiError> {
    let conn = app.store.read().await?;
    let schedules = schedules::of_user(&conn, principal.user_id).await?;
    let now = app.clock.now();
    let is_last = schedules.len() <= 1;
    let all = schedules.iter().map(|schedule| {
        if is_current(version) {
            Shown::Current(shown(schedule))
        } else {
            Shown::Legacy(legacy::shown(schedule, is_last, now))
        }
    });
    Ok(Json(Success::of(all.collect())))
}
