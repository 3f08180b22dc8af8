//! `PATCH /v2/schedules/{scheduleId}`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use slotd_contract::{Success, schedules as wire, schedules_2024_04_15 as legacy_wire};
use slotd_domain::schedule::{DateOverride, WeeklyEntry};
use slotd_domain::{ScheduleId, UserId};
use slotd_store::schedules::Schedule;
use slotd_store::{Conn, StoreError, UnitOfWork, schedules};

use super::{is_current, legacy, lock, own, shown};
use crate::access::{PathSchedule, Principal};
use crate::body::Unread;
use crate::version::ApiVersion;
use crate::{ApiError, App};

/// What a change answers, in the shape of the version asked for.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum ShownChange {
    Current(wire::Schedule),
    Legacy(legacy_wire::Updated),
}

/// Changes what is given about a schedule of the caller (SCH-7 to SCH-9, SCH-32, SCH-33).
#[utoipa::path(
    patch, path = "/v2/schedules/{scheduleId}", operation_id = "SchedulesController_updateSchedule",
    tag = "Schedules", summary = "Update a schedule",
    params(
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
        ("cal-api-version" = String, Header, description = "2024-06-11 or later; else the shapes of 2024-04-15"),
        ("scheduleId" = String, Path, description = "Id of the schedule"),
    ),
    request_body = wire::UpdateSchedule,
    responses((status = 200, description = "The schedule as it is now", body = Success<wire::Schedule>)),
)]
pub(super) async fn update(
    State(app): State<App>,
    version: ApiVersion,
    principal: Principal,
    PathSchedule(id): PathSchedule,
    body: Unread,
) -> Result<Json<Success<ShownChange>>, ApiError> {
    if !is_current(version) {
        let updated = legacy::update(&app, principal.user_id, id, &body.read()?).await?;
        return Ok(Json(Success::of(ShownChange::Legacy(updated))));
    }
    let body: wire::UpdateSchedule = body.read()?;
    let unit = Update {
        user: principal.user_id,
        id,
        name: body.name,
        time_zone: body.time_zone.map(|zone| zone.as_str().to_owned()),
        weekly: body.availability,
        overrides: body.overrides,
        becomes_default: body.is_default == Some(true),
    };
    let updated = app.store.write(unit).await?;
    Ok(Json(Success::of(ShownChange::Current(shown(&updated.schedule)))))
}

/// Changes a schedule: what is absent stays as it is.
pub(super) struct Update {
    pub(super) user: UserId,
    pub(super) id: ScheduleId,
    pub(super) name: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) weekly: Option<Vec<WeeklyEntry>>,
    pub(super) overrides: Option<Vec<DateOverride>>,
    /// Otherwise the default stays what it is (SCH-4).
    pub(super) becomes_default: bool,
}

/// A schedule after its change.
pub(super) struct Updated {
    pub(super) schedule: Schedule,
    /// The user's default before.
    pub(super) default_before: Option<ScheduleId>,
}

impl UnitOfWork for Update {
    type Output = Updated;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Updated, ApiError> {
        lock(conn, self.user).await?;
        let default_before = schedules::default_id(conn, self.user).await?.map(|(id,)| id);
        let mut schedule = own(conn, self.user, self.id).await?;
        if let Some(name) = &self.name {
            schedule.name.clone_from(name);
        }
        if let Some(zone) = &self.time_zone {
            schedule.time_zone = Some(zone.clone());
        }
        if let Some(weekly) = &self.weekly {
            schedule.weekly.clone_from(weekly);
        }
        if let Some(overrides) = &self.overrides {
            schedule.overrides.clone_from(overrides);
        }
        if self.becomes_default && !schedule.is_default {
            schedule.is_default = true;
            schedules::clear_default(conn, self.user).await?;
            schedules::set_default(conn, self.user, self.id).await?;
        }
        conn.commit_with(self.write(conn, &schedule)).await?;
        Ok(Updated { schedule, default_before })
    }
}

impl Update {
    async fn write(&self, conn: &Conn, schedule: &Schedule) -> Result<(), StoreError> {
        tokio::try_join!(
            biased;
            schedules::update(conn, self.id, &schedule.name, schedule.time_zone.as_deref()),
            async {
                match &self.weekly {
                    Some(weekly) => schedules::replace_weekly(conn, self.id, weekly).await,
                    None => Ok(()),
                }
            },
            async {
                match &self.overrides {
                    Some(overrides) => {
                        schedules::replace_overrides(conn, self.id, overrides).await
                    }
                    None => Ok(()),
                }
            },
        )
        .map(drop)
    }
}
