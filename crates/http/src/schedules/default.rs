//! `GET /v2/schedules/default`

use axum::Json;
use axum::extract::State;
use slotd_contract::{Success, schedules as wire};
use slotd_store::schedules;

use super::{Shown, is_current, legacy, shown};
use crate::access::Principal;
use crate::version::ApiVersion;
use crate::{ApiError, App};

/// Returns the caller's default schedule, or null (SCH-6, SCH-35).
#[utoipa::path(
    get, path = "/v2/schedules/default", operation_id = "SchedulesController_getDefaultSchedule",
    tag = "Schedules", summary = "Get default schedule",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
        ("cal-api-version" = String, Header, description = "2024-06-11 or later; else the shapes of 2024-04-15"),
    ),
    responses((status = 200, description = "The schedule", body = Success<Option<wire::Schedule>>)),
)]
pub(super) async fn default(
    State(app): State<App>,
    version: ApiVersion,
    principal: Principal,
) -> Result<Json<Success<Option<Shown>>>, ApiError> {
    let conn = app.store.read().await?;
    let Some(schedule) = schedules::default_of_user(&conn, principal.user_id).await? else {
        return Ok(Json(Success::of(None)));
    };
    let shown = if is_current(version) {
        Shown::Current(shown(&schedule))
    } else {
        Shown::Legacy(legacy::detailed(&conn, &schedule, app.clock.now()).await?)
    };
    Ok(Json(Success::of(Some(shown))))
}
