//! `GET /v2/atoms/schedules`

use axum::Json;
use axum::extract::State;
use slotd_contract::{Success, schedules_2024_04_15 as wire};
use slotd_domain::ScheduleId;
use slotd_store::schedules;

use crate::access::{Principal, integer};
use crate::body::Query;
use crate::schedules::{legacy, own};
use crate::{ApiError, App};

/// Returns a schedule of the caller, the default one unless another is asked for, or
/// null when there is none (SCH-42).
#[utoipa::path(
    get, path = "/v2/atoms/schedules", operation_id = "AtomsSchedulesController_getSchedule",
    tag = "Schedules", summary = "Get a schedule for the components",
    params(
        ("Authorization" = String, Header, description = "`Bearer <access token>`"),
        ("scheduleId" = Option<i32>, Query, description = "Id of the schedule; the default one when absent"),
        ("isManagedEventType" = Option<bool>, Query, description = "Not looked at"),
    ),
    responses((status = 200, description = "The schedule", body = Success<Option<wire::Schedule>>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    principal: Principal,
    Query(pairs): Query,
) -> Result<Json<Success<Option<wire::Schedule>>>, ApiError> {
    let asked = pairs.iter().find(|(name, value)| name == "scheduleId" && !value.is_empty());
    let id = asked.map(|(_, value)| integer(value)).transpose()?;
    let conn = app.store.read().await?;
    let schedule = match id {
        Some(id) => Some(own(&conn, principal.user_id, ScheduleId(id)).await?),
        None => schedules::default_of_user(&conn, principal.user_id).await?,
    };
    let shown = match schedule {
        Some(schedule) => Some(legacy::detailed(&conn, &schedule, app.clock.now()).await?),
        None => None,
    };
    Ok(Json(Success::of(shown)))
}
