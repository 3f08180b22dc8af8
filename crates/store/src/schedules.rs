//! Schedules: weekly working hours of a user, and dates with hours of their own.

use jiff::Timestamp;
use jiff::civil::Date;
use slotd_domain::schedule::{DateOverride, WallTime, WeekDays, WeeklyEntry};
use slotd_domain::{EventTypeId, ScheduleId, UserId};

use crate::sql::{queries, row};
use crate::{Conn, StoreError};

/// A schedule with its hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Id.
    pub id: ScheduleId,
    /// Whose it is.
    pub user_id: UserId,
    /// Name.
    pub name: String,
    /// IANA name.
    pub time_zone: Option<String>,
    /// Whether it is the user's `defaultScheduleId`.
    pub is_default: bool,
    /// Weekly hours, in the order in which they were sent.
    pub weekly: Vec<WeeklyEntry>,
    /// Dates with hours of their own, in the order in which they were sent.
    pub overrides: Vec<DateOverride>,
}

row! {
    /// A schedule, one of its weekly entries or one of its overrides: what is null tells.
    struct Part {
        schedule_id: ScheduleId,
        _kind: i32,
        _position: i32,
        user_id: Option<UserId>,
        name: Option<String>,
        time_zone: Option<String>,
        is_default: Option<bool>,
        days: Option<WeekDays>,
        date: Option<Date>,
        start: Option<WallTime>,
        end: Option<WallTime>,
    }
}

/// Schedules with all of their hours. One statement sees one state of the database,
/// so that nobody reads half of a change.
macro_rules! parts {
    ($which:literal) => {
        concat!(
            "select s.id, 0, 0, s.user_id, s.name, s.time_zone, s.is_default, ",
            "cast(null as text), cast(null as date), cast(null as int), cast(null as int) ",
            "from schedule s where ",
            $which,
            " union all ",
            "select s.id, 1, r.position, null, null, null, null, r.days, null, r.start_minute, r.end_minute ",
            "from schedule s join schedule_range r on r.schedule_id = s.id where ",
            $which,
            " union all ",
            "select s.id, 2, o.position, null, null, null, null, null, o.date, o.start_minute, o.end_minute ",
            "from schedule s join schedule_override o on o.schedule_id = s.id where ",
            $which,
            " order by 1, 2, 3"
        )
    };
}

queries! {
    fn parts_of_user(user: UserId) -> Vec<Part> = parts!("s.user_id = $1");

    fn parts_of_default(user: UserId) -> Vec<Part> = parts!("s.user_id = $1 and s.is_default");

    fn parts_in_force(user: UserId) -> Vec<Part> = parts!("s.id = coalesce(
        (select d.id from schedule d where d.user_id = $1 and d.is_default),
        (select min(o.id) from schedule o where o.user_id = $1))");

    fn parts_of_event_type(event_type: EventTypeId) -> Vec<Part> = parts!("s.id = (select coalesce(
        e.schedule_id,
        (select d.id from schedule d where d.user_id = e.user_id and d.is_default),
        (select min(o.id) from schedule o where o.user_id = e.user_id))
        from event_type e where e.id = $1)");

    /// Whose schedule it is.
    pub fn owner(schedule: ScheduleId) -> Option<(UserId,)> =
        "select user_id from schedule where id = $1";

    fn parts_by_id(schedule: ScheduleId) -> Vec<Part> = parts!("s.id = $1");

    /// Id of the default schedule of a user.
    pub fn default_id(user: UserId) -> Option<(ScheduleId,)> =
        "select id from schedule where user_id = $1 and is_default";

    /// How many schedules a user has.
    pub fn count_of_user(user: UserId) -> Option<(i64,)> =
        "select count(*) from schedule where user_id = $1";

    /// The schedule that an event type of a user goes by, its own or the default one:
    /// none inside when the user has no default schedule, none at all when there is no such event type.
    pub fn schedule_of_event_type(user: UserId, slug: &str) -> Option<(Option<ScheduleId>,)> =
        "select coalesce(e.schedule_id, (select s.id from schedule s where s.user_id = e.user_id and s.is_default))
         from event_type e where e.user_id = $1 and e.slug = $2";

    fn insert_row(
        id: ScheduleId,
        user: UserId,
        name: &str,
        time_zone: Option<&str>,
        is_default: bool,
        now: Timestamp,
    ) -> u64 = "insert into schedule (id, user_id, name, time_zone, is_default, created_at)
         values ($1, $2, $3, $4, $5, $6)";

    fn insert_range(
        schedule: ScheduleId,
        position: i32,
        days: &str,
        start: WallTime,
        end: WallTime,
    ) -> u64 = "insert into schedule_range (schedule_id, position, days, start_minute, end_minute)
         values ($1, $2, $3, $4, $5)";

    fn insert_override(
        schedule: ScheduleId,
        position: i32,
        date: Date,
        start: WallTime,
        end: WallTime,
    ) -> u64 = "insert into schedule_override (schedule_id, position, date, start_minute, end_minute)
         values ($1, $2, $3, $4, $5)";

    /// Writes the name and the zone of a schedule.
    pub fn update(schedule: ScheduleId, name: &str, time_zone: Option<&str>) -> u64 =
        "update schedule set name = $2, time_zone = $3 where id = $1";

    fn delete_ranges(schedule: ScheduleId) -> u64 =
        "delete from schedule_range where schedule_id = $1";

    fn delete_overrides(schedule: ScheduleId) -> u64 =
        "delete from schedule_override where schedule_id = $1";

    /// Removes a schedule with its hours, and the mark if it was the default (SCH-15).
    pub fn delete(schedule: ScheduleId) -> u64 = "delete from schedule where id = $1";

    /// Takes the mark from a user's default schedule.
    pub fn clear_default(user: UserId) -> u64 =
        "update schedule set is_default = false where user_id = $1 and is_default";

    /// Marks a schedule as its user's default; changes nothing when it is not the user's (QI-18).
    pub fn set_default(user: UserId, schedule: ScheduleId) -> u64 =
        "update schedule set is_default = true where id = $2 and user_id = $1";
}

/// Puts schedules together; a schedule comes before its hours.
fn together(parts: Vec<Part>) -> Vec<Schedule> {
    let mut schedules: Vec<Schedule> = Vec::new();
    for part in parts {
        if let (Some(user_id), Some(name)) = (part.user_id, part.name) {
            schedules.push(Schedule {
                id: part.schedule_id,
                user_id,
                name,
                time_zone: part.time_zone,
                is_default: part.is_default.unwrap_or(false),
                weekly: Vec::new(),
                overrides: Vec::new(),
            });
        } else if let (Some(schedule), Some(start), Some(end)) =
            (schedules.last_mut(), part.start, part.end)
        {
            schedule.weekly.extend(part.days.map(|days| WeeklyEntry { days, start, end }));
            schedule.overrides.extend(part.date.map(|date| DateOverride { date, start, end }));
        }
    }
    schedules
}

/// The schedules of a user, oldest first (SCH-21).
///
/// # Errors
///
/// The database's.
pub async fn of_user(conn: &Conn, user: UserId) -> Result<Vec<Schedule>, StoreError> {
    parts_of_user(conn, user).await.map(together)
}

/// The default schedule of a user (SCH-6).
///
/// # Errors
///
/// The database's.
pub async fn default_of_user(conn: &Conn, user: UserId) -> Result<Option<Schedule>, StoreError> {
    parts_of_default(conn, user).await.map(|parts| together(parts).pop())
}

/// The schedule that a user works by: the default one, else the oldest (SLOT-20).
///
/// # Errors
///
/// The database's.
pub async fn in_force(conn: &Conn, user: UserId) -> Result<Option<Schedule>, StoreError> {
    parts_in_force(conn, user).await.map(|parts| together(parts).pop())
}

/// The schedule that an event type of a user goes by: its own, else its owner's
/// ([`in_force`]).
///
/// # Errors
///
/// The database's.
pub async fn of_event_type(
    conn: &Conn,
    event_type: EventTypeId,
) -> Result<Option<Schedule>, StoreError> {
    parts_of_event_type(conn, event_type).await.map(|parts| together(parts).pop())
}

/// A schedule, whoever's it is.
///
/// # Errors
///
/// The database's.
pub async fn by_id(conn: &Conn, schedule: ScheduleId) -> Result<Option<Schedule>, StoreError> {
    parts_by_id(conn, schedule).await.map(|parts| together(parts).pop())
}

/// Writes a new schedule with its hours. The statements do not wait for one another.
///
/// # Errors
///
/// [`Constraint::DefaultSchedule`](crate::Constraint::DefaultSchedule) when the user has
/// another default, [`StoreError::BrokenReference`] when the user is gone.
pub async fn insert(conn: &Conn, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
    tokio::try_join!(
        biased;
        insert_row(
            conn,
            schedule.id,
            schedule.user_id,
            &schedule.name,
            schedule.time_zone.as_deref(),
            schedule.is_default,
            now,
        ),
        insert_weekly(conn, schedule.id, &schedule.weekly),
        insert_all_overrides(conn, schedule.id, &schedule.overrides),
    )
    .map(drop)
}

/// Replaces the weekly hours of a schedule (SCH-8).
///
/// # Errors
///
/// The database's.
pub async fn replace_weekly(
    conn: &Conn,
    schedule: ScheduleId,
    weekly: &[WeeklyEntry],
) -> Result<(), StoreError> {
    tokio::try_join!(
        biased;
        delete_ranges(conn, schedule),
        insert_weekly(conn, schedule, weekly),
    )
    .map(drop)
}

/// Replaces the overrides of a schedule (SCH-8).
///
/// # Errors
///
/// The database's.
pub async fn replace_overrides(
    conn: &Conn,
    schedule: ScheduleId,
    overrides: &[DateOverride],
) -> Result<(), StoreError> {
    tokio::try_join!(
        biased;
        delete_overrides(conn, schedule),
        insert_all_overrides(conn, schedule, overrides),
    )
    .map(drop)
}

async fn insert_weekly(
    conn: &Conn,
    schedule: ScheduleId,
    weekly: &[WeeklyEntry],
) -> Result<(), StoreError> {
    let inserts = weekly.iter().zip(0..).map(async |(entry, position)| {
        insert_range(conn, schedule, position, &entry.days.digits(), entry.start, entry.end).await
    });
    futures_util::future::try_join_all(inserts).await.map(drop)
}

async fn insert_all_overrides(
    conn: &Conn,
    schedule: ScheduleId,
    overrides: &[DateOverride],
) -> Result<(), StoreError> {
    let inserts = overrides.iter().zip(0..).map(|(entry, position)| {
        insert_override(conn, schedule, position, entry.date, entry.start, entry.end)
    });
    futures_util::future::try_join_all(inserts).await.map(drop)
}
