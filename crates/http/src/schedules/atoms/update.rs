//! `PATCH /v2/atoms/schedules/{scheduleId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::{Success, schedules_2024_04_15 as wire};

use crate::access::{PathSchedule, Principal};
use crate::body::Validated;
use crate::schedules::legacy;
use crate::{ApiError, App};

/// Changes a schedule of the caller (SCH-32, SCH-33).
#[utoipa::path(
    patch, path = "/v2/atoms/schedules/{scheduleId}", operation_id = "AtomsSchedulesController_updateSchedule",
    tag = "Schedules", summary = "Update a schedule for the components",
    params(
        ("Authorization" = String, Header, description = "`Bearer <access token>`"),
        ("scheduleId" = i32, Path, description = "Id of the schedule"),
    ),
    request_body = wire::UpdateSchedule,
    responses((status = 200, description = "The schedule as it is now", body = Success<wire::Updated>)),
)]
pub(super) async fn update(
    State(app): State<App>,
    principal: Principal,
    PathSchedule(id): PathSchedule,
    Validated { body, .. }: Validated<wire::UpdateSchedule>,
) -> Result<Json<Success<wire::Updated>>, ApiError> {
    let updated = legacy::update(&app, principal.user_id, id, &body).await?;
    Ok(Json(Success::of(updated)))
}
