//! `POST /v2/schedules`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use slotd_contract::{Success, schedules as wire, schedules_2024_04_15 as legacy_wire};
use slotd_domain::{ScheduleId, defaults};
use slotd_store::schedules::Schedule;
use slotd_store::{Conn, Sequence, UnitOfWork, schedules};

use super::{MOST_SCHEDULES, Shown, is_current, legacy, lock, shown};
use crate::access::Principal;
use crate::body::Unread;
use crate::version::ApiVersion;
use crate::{ApiError, App, messages};

/// Creates a schedule of the caller (SCH-1 to SCH-4, SCH-30).
#[utoipa::path(
    post, path = "/v2/schedules", operation_id = "SchedulesController_createSchedule",
    tag = "Schedules", summary = "Create a schedule",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
        ("cal-api-version" = String, Header, description = "2024-06-11 or later; else the shapes of 2024-04-15"),
    ),
    request_body = wire::CreateSchedule,
    responses((status = 201, description = "The schedule", body = Success<wire::Schedule>)),
)]
pub(super) async fn create(
    State(app): State<App>,
    version: ApiVersion,
    principal: Principal,
    body: Unread,
) -> Result<(StatusCode, Json<Success<Shown>>), ApiError> {
    let (name, time_zone, is_default, weekly, overrides);
    if is_current(version) {
        let body: wire::CreateSchedule = body.read()?;
        (name, time_zone, is_default) = (body.name, body.time_zone, body.is_default);
        (weekly, overrides) = (body.availability, body.overrides.unwrap_or_default());
    } else {
        let body: legacy_wire::CreateSchedule = body.read()?;
        (weekly, overrides) = (body.weekly().map_err(legacy::refused)?, Vec::new());
        (name, time_zone, is_default) = (body.name, body.time_zone, body.is_default);
    }
    let schedule = Schedule {
        id: ScheduleId(app.store.next_id(Sequence::Schedule).await?),
        user_id: principal.user_id,
        name,
        time_zone: Some(time_zone.as_str().to_owned()),
        is_default,
        weekly: weekly.unwrap_or_else(defaults::weekly_hours),
        overrides,
    };
    let now = app.clock.now();
    let before = app.store.write(Create { schedule: schedule.clone(), now }).await?;
    let shown = if is_current(version) {
        Shown::Current(shown(&schedule))
    } else {
        Shown::Legacy(legacy::shown(&schedule, before == 0, now))
    };
    Ok((StatusCode::CREATED, Json(Success::of(shown))))
}

/// Writes a new schedule, and returns how many its user had before.
pub(super) struct Create {
    pub(super) schedule: Schedule,
    pub(super) now: Timestamp,
}

impl UnitOfWork for Create {
    type Output = i64;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<i64, ApiError> {
        let user = self.schedule.user_id;
        lock(conn, user).await?;
        let before = schedules::count_of_user(conn, user).await?.map_or(0, |(count,)| count);
        if before >= MOST_SCHEDULES {
            return Err(ApiError::bad_request(messages::TOO_MANY_SCHEDULES));
        }
        if self.schedule.is_default {
            schedules::clear_default(conn, user).await?;
        }
        conn.commit_with(schedules::insert(conn, &self.schedule, self.now)).await?;
        Ok(before)
    }
}
