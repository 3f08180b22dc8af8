//! `/v2/schedules` (sections 3 and 4 of the availability rules).
//!
//! The current shape is that of version 2024-06-11. Older versions, and the
//! components, get the legacy one (`legacy.rs`). Both read and write the same rows (SCH-37).

mod atoms;
mod create;
mod default;
mod delete;
mod get;
mod legacy;
mod list;
mod update;

use serde::Serialize;
use slotd_contract::{schedules as wire, schedules_2024_04_15 as legacy_wire};
use slotd_domain::{Permission, Permissions, ScheduleId, Scope, TimeZoneName, UserId};
use slotd_store::schedules::Schedule;
use slotd_store::{Conn, schedules, users};
use utoipa_axum::routes;

use crate::access::{ANY_CREDENTIAL, Access, Check};
use crate::route::Routes;
use crate::version::ApiVersion;
use crate::{ApiError, messages};

/// Most schedules of a user.
const MOST_SCHEDULES: i64 = 100;

const READ: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Authenticated,
        Check::Permissions(Permissions::of(&[Permission::ScheduleRead])),
    ],
    scopes: &[Scope::SCHEDULE_READ],
};

const WRITE: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Authenticated,
        Check::Permissions(Permissions::of(&[Permission::ScheduleWrite])),
    ],
    scopes: &[Scope::SCHEDULE_WRITE],
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&WRITE, routes!(create::create))
        .add(&READ, routes!(list::list))
        .add(&READ, routes!(default::default))
        .add(&READ, routes!(get::get))
        .add(&WRITE, routes!(update::update))
        .add(&WRITE, routes!(delete::delete))
        .merge(atoms::routes())
}

/// Whether a version has the current shape (QI-1).
fn is_current(version: ApiVersion) -> bool {
    version >= ApiVersion::V2024_06_11
}

/// A schedule in the shape of the version asked for.
#[derive(Serialize)]
#[serde(untagged)]
enum Shown {
    Current(wire::Schedule),
    Legacy(legacy_wire::Schedule),
}

/// The current shape of a stored schedule.
fn shown(schedule: &Schedule) -> wire::Schedule {
    wire::Schedule {
        id: schedule.id.0,
        owner_id: schedule.user_id.0,
        name: schedule.name.clone(),
        time_zone: time_zone(schedule),
        availability: schedule.weekly.iter().map(wire::Availability::of).collect(),
        is_default: schedule.is_default,
        overrides: schedule.overrides.iter().map(wire::Override::of).collect(),
    }
}

/// A schedule without a zone goes by London's.
fn time_zone(schedule: &Schedule) -> String {
    let zone = schedule.time_zone.clone();
    zone.unwrap_or_else(|| TimeZoneName::default().as_str().to_owned())
}

/// A schedule that must exist and be the caller's (SCH-17, SCH-36).
async fn own(conn: &Conn, user: UserId, id: ScheduleId) -> Result<Schedule, ApiError> {
    let schedule = schedules::by_id(conn, id).await?;
    let schedule = schedule.ok_or_else(|| ApiError::not_found(messages::unknown_schedule(id)))?;
    check_owner(user, &schedule)?;
    Ok(schedule)
}

fn check_owner(user: UserId, schedule: &Schedule) -> Result<(), ApiError> {
    if schedule.user_id == user {
        Ok(())
    } else {
        Err(ApiError::forbidden(messages::foreign_schedule(user, schedule.id)))
    }
}

/// Holds the caller's row, so that of two changes to one user's schedules each sees
/// the other's whole outcome.
async fn lock(conn: &Conn, user: UserId) -> Result<(), ApiError> {
    if users::lock(conn, user).await? == 0 {
        // Deleted since the caller was authenticated.
        return Err(ApiError::unauthorized(messages::INVALID_ACCESS_TOKEN));
    }
    Ok(())
}
