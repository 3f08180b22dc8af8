//! `GET /v2/atoms/schedules/all`

use axum::Json;
use axum::extract::State;
use slotd_contract::{Success, schedules_2024_04_15 as wire};
use slotd_store::schedules;

use crate::access::Principal;
use crate::schedules::time_zone;
use crate::{ApiError, App};

/// Lists the caller's schedules, oldest first.
#[utoipa::path(
    get, path = "/v2/atoms/schedules/all", operation_id = "AtomsSchedulesController_getSchedules",
    tag = "Schedules", summary = "Get all schedules for the components",
    params(("Authorization" = String, Header, description = "`Bearer <access token>`")),
    responses((status = 200, description = "The schedules", body = Success<wire::Schedules>)),
)]
pub(super) async fn all(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<Success<wire::Schedules>>, ApiError> {
    let conn = app.store.read().await?;
    let schedules = schedules::of_user(&conn, principal.user_id).await?;
    let listed = schedules.into_iter().map(|schedule| wire::ListedSchedule {
        id: schedule.id.0,
        availability: wire::rows(schedule.id.0, &schedule.weekly, &schedule.overrides),
        time_zone: time_zone(&schedule),
        is_default: schedule.is_default,
        name: schedule.name,
    });
    Ok(Json(Success::of(wire::Schedules { schedules: listed.collect() })))
}
