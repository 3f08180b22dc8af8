//! `POST /v2/atoms/schedules/{scheduleId}/duplicate`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use slotd_contract::{Success, schedules_2024_04_15 as wire};
use slotd_domain::{ScheduleId, UserId};
use slotd_store::schedules::Schedule;
use slotd_store::{Conn, Sequence, UnitOfWork};

use super::create::created;
use crate::access::{PathSchedule, Principal};
use crate::schedules::create::Create;
use crate::schedules::{lock, own};
use crate::{ApiError, App};

const SUFFIX: &str = " (Copy)";
/// Longest name, in characters.
const LONGEST_NAME: usize = 1_000;

/// Copies the hours and overrides of a schedule. The copy does not become the default.
#[utoipa::path(
    post, path = "/v2/atoms/schedules/{scheduleId}/duplicate",
    operation_id = "AtomsSchedulesController_duplicateSchedule",
    tag = "Schedules", summary = "Duplicate a schedule for the components",
    params(
        ("Authorization" = String, Header, description = "`Bearer <access token>`"),
        ("scheduleId" = i32, Path, description = "Id of the schedule"),
    ),
    responses((status = 201, description = "The copy", body = Success<wire::CreatedSchedule>)),
)]
pub(super) async fn duplicate(
    State(app): State<App>,
    principal: Principal,
    PathSchedule(original): PathSchedule,
) -> Result<(StatusCode, Json<Success<wire::CreatedSchedule>>), ApiError> {
    let copy = ScheduleId(app.store.next_id(Sequence::Schedule).await?);
    let unit = Duplicate { user: principal.user_id, original, copy, now: app.clock.now() };
    let copy = app.store.write(unit).await?;
    Ok((StatusCode::CREATED, Json(Success::of(created(&copy)))))
}

struct Duplicate {
    user: UserId,
    original: ScheduleId,
    copy: ScheduleId,
    now: Timestamp,
}

impl UnitOfWork for Duplicate {
    type Output = Schedule;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Schedule, ApiError> {
        lock(conn, self.user).await?;
        let original = own(conn, self.user, self.original).await?;
        let kept = original.name.chars().take(LONGEST_NAME - SUFFIX.len());
        let copy = Schedule {
            id: self.copy,
            name: kept.chain(SUFFIX.chars()).collect(),
            is_default: false,
            ..original
        };
        Create { schedule: copy.clone(), now: self.now }.run(conn).await?;
        Ok(copy)
    }
}
