//! The shape of version 2024-04-15, for old clients and for the components.

use jiff::Timestamp;
use slotd_contract::schedules_2024_04_15::{self as wire, NoDateTime};
use slotd_domain::{ScheduleId, UserId, schedule};
use slotd_store::schedules::Schedule;
use slotd_store::{Conn, StoreError, event_types, schedules};

use super::time_zone;
use super::update::{Update, Updated};
use crate::{ApiError, App, messages};

/// SCH-31
pub(super) fn refused(NoDateTime(text): NoDateTime) -> ApiError {
    ApiError::bad_request(messages::no_date_time(&text))
}

/// A name without the spaces around it (SCH-40).
pub(super) fn trimmed(name: &str) -> Result<String, ApiError> {
    match name.trim() {
        "" => Err(ApiError::bad_request(messages::EMPTY_SCHEDULE_NAME)),
        name => Ok(name.to_owned()),
    }
}

/// The legacy shape of a stored schedule. `is_last` says that its owner has no other.
pub(super) fn shown(schedule: &Schedule, is_last: bool, now: Timestamp) -> wire::Schedule {
    let (id, user) = (schedule.id.0, schedule.user_id.0);
    let time_zone = time_zone(schedule);
    wire::Schedule {
        id,
        name: schedule.name.clone(),
        is_managed: false,
        working_hours: wire::working_hours(&schedule.weekly, user),
        schedule: wire::rows(id, &schedule.weekly, &schedule.overrides),
        availability: wire::availability(&schedule.weekly, now),
        date_overrides: wire::date_overrides(&schedule.overrides, schedule::today(now, &time_zone)),
        time_zone,
        is_default: schedule.is_default,
        is_last_schedule: is_last,
        read_only: false,
        user_id: user,
    }
}

/// The same, once it is known whether the owner has others.
pub(super) async fn detailed(
    conn: &Conn,
    schedule: &Schedule,
    now: Timestamp,
) -> Result<wire::Schedule, StoreError> {
    let count = schedules::count_of_user(conn, schedule.user_id).await?;
    Ok(shown(schedule, count.is_none_or(|(count,)| count <= 1), now))
}

/// A `PATCH`. With a name it replaces the overrides and, where they are given, the
/// weekly hours; without one it changes the default alone (SCH-32, SCH-33).
pub(super) async fn update(
    app: &App,
    user: UserId,
    id: ScheduleId,
    body: &wire::UpdateSchedule,
) -> Result<wire::Updated, ApiError> {
    let (weekly, overrides) = (body.weekly().map_err(refused)?, body.overrides().map_err(refused)?);
    let becomes_default = body.is_default == Some(true);
    let Some(name) = &body.name else {
        let unit = Update {
            user,
            id,
            name: None,
            time_zone: None,
            weekly: None,
            overrides: None,
            becomes_default,
        };
        let Updated { schedule, .. } = app.store.write(unit).await?;
        return Ok(wire::Updated::Untouched(wire::Untouched {
            is_default: schedule.is_default,
            schedule: wire::UntouchedSchedule { user_id: user.0, name: schedule.name, id: id.0 },
        }));
    };
    let unit = Update {
        user,
        id,
        name: Some(trimmed(name)?),
        time_zone: body.time_zone.as_ref().map(|zone| zone.as_str().to_owned()),
        weekly,
        overrides: Some(overrides),
        becomes_default,
    };
    let Updated { schedule, default_before } = app.store.write(unit).await?;
    let default_now = if schedule.is_default { Some(id) } else { default_before };
    let zone = time_zone(&schedule);
    let conn = app.store.read().await?;
    let event_types = event_types::of_user(&conn, user).await?;
    let event_types = event_types.into_iter().filter(|it| it.event_type.schedule_id == Some(id));
    let event_type = event_types.map(|it| wire::ScheduledEventType {
        id: it.id.0,
        event_name: it.event_type.settings.custom_name,
    });
    let event_type = event_type.collect();
    Ok(wire::Updated::Changed(Box::new(wire::Changed {
        availability: wire::availability(&schedule.weekly, app.clock.now()),
        time_zone: zone.clone(),
        is_default: schedule.is_default,
        prev_default_id: default_before.map(|id| id.0),
        current_default_id: default_now.map(|id| id.0),
        schedule: wire::ChangedSchedule {
            id: id.0,
            user_id: user.0,
            availability: wire::rows(id.0, &schedule.weekly, &schedule.overrides),
            name: schedule.name,
            time_zone: zone,
            event_type,
        },
    })))
}
