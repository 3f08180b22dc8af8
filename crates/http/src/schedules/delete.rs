//! `DELETE /v2/schedules/{scheduleId}`

use axum::Json;
use axum::extract::State;
use slotd_contract::Done;
use slotd_domain::{ScheduleId, UserId};
use slotd_store::{Conn, UnitOfWork, schedules};

use super::{check_owner, lock};
use crate::access::{PathSchedule, Principal};
use crate::{ApiError, App, messages};

/// Deletes a schedule of the caller, also the default and the last one (SCH-15, SCH-16).
#[utoipa::path(
    delete, path = "/v2/schedules/{scheduleId}", operation_id = "SchedulesController_deleteSchedule",
    tag = "Schedules", summary = "Delete a schedule",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
        ("cal-api-version" = String, Header, description = "All versions alike"),
        ("scheduleId" = i32, Path, description = "Id of the schedule"),
    ),
    responses((status = 200, description = "It is deleted", body = Done)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    principal: Principal,
    PathSchedule(id): PathSchedule,
) -> Result<Json<Done>, ApiError> {
    app.store.write(Delete { user: principal.user_id, id }).await?;
    Ok(Json(Done::SUCCESS))
}

struct Delete {
    user: UserId,
    id: ScheduleId,
}

impl UnitOfWork for Delete {
    type Output = ();
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<(), ApiError> {
        lock(conn, self.user).await?;
        let schedule = schedules::by_id(conn, self.id).await?;
        // 400 and not 404: clients know it so.
        let schedule =
            schedule.ok_or_else(|| ApiError::bad_request(messages::unknown_schedule(self.id)))?;
        check_owner(self.user, &schedule)?;
        conn.commit_with(schedules::delete(conn, self.id)).await?;
        Ok(())
    }
}
