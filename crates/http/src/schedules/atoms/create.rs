//! `POST /v2/atoms/schedules/create`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use slotd_contract::{Success, schedules_2024_04_15 as wire};
use slotd_domain::{ScheduleId, defaults};
use slotd_store::schedules::Schedule;
use slotd_store::{Sequence, users};

use crate::access::Principal;
use crate::body::Validated;
use crate::schedules::create::Create;
use crate::schedules::{legacy, time_zone};
use crate::{ApiError, App, messages};

/// Creates a schedule in the zone of the caller's profile (SCH-40). It does not
/// become the default.
#[utoipa::path(
    post, path = "/v2/atoms/schedules/create", operation_id = "AtomsSchedulesController_createSchedule",
    tag = "Schedules", summary = "Create a schedule for the components",
    params(("Authorization" = String, Header, description = "`Bearer <access token>`")),
    request_body = wire::CreateNamedSchedule,
    responses((status = 201, description = "The schedule", body = Success<wire::CreatedSchedule>)),
)]
pub(super) async fn create(
    State(app): State<App>,
    principal: Principal,
    Validated { body, .. }: Validated<wire::CreateNamedSchedule>,
) -> Result<(StatusCode, Json<Success<wire::CreatedSchedule>>), ApiError> {
    let name = legacy::trimmed(&body.name)?;
    let weekly = body.weekly().map_err(legacy::refused)?;
    let conn = app.store.read().await?;
    let user = users::by_id(&conn, principal.user_id).await?;
    drop(conn);
    // Deleted between the check and this read.
    let user = user.ok_or_else(|| ApiError::unauthorized(messages::INVALID_ACCESS_TOKEN))?;
    let schedule = Schedule {
        id: ScheduleId(app.store.next_id(Sequence::Schedule).await?),
        user_id: user.id,
        name,
        time_zone: Some(user.time_zone),
        is_default: false,
        weekly: weekly.unwrap_or_else(defaults::weekly_hours),
        overrides: Vec::new(),
    };
    let created = created(&schedule);
    app.store.write(Create { schedule, now: app.clock.now() }).await?;
    Ok((StatusCode::CREATED, Json(Success::of(created))))
}

/// What a new schedule shows of itself.
pub(super) fn created(schedule: &Schedule) -> wire::CreatedSchedule {
    wire::CreatedSchedule {
        schedule: wire::NewSchedule {
            id: schedule.id.0,
            user_id: schedule.user_id.0,
            name: schedule.name.clone(),
            time_zone: time_zone(schedule),
        },
    }
}
