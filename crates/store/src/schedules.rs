//! Schedules: weekly working hours of a user.

use jiff::Timestamp;
use slotd_domain::{ScheduleId, UserId};

use crate::sql::{queries, row};

row! {
    /// A schedule without its hours.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Schedule {
        /// Id.
        pub id: ScheduleId,
        /// Name.
        pub name: String,
        /// IANA name; the user's zone when null.
        pub time_zone: Option<String>,
        /// Whether it is the user's `defaultScheduleId`.
        pub is_default: bool,
    }
}

row! {
    /// Hours that repeat every week, in minutes of the wall clock.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct WeeklyRange {
        /// Bit 0 is Sunday, bit 6 is Saturday.
        pub week_days: i32,
        /// Minutes after midnight.
        pub start_minute: i32,
        /// Minutes after midnight.
        pub end_minute: i32,
    }
}

queries! {
    /// The schedules of a user, oldest first.
    pub fn of_user(user: UserId) -> Vec<Schedule> =
        "select id, name, time_zone, is_default from schedule where user_id = $1 order by id";

    /// Whose schedule it is.
    pub fn owner(schedule: ScheduleId) -> Option<(UserId,)> =
        "select user_id from schedule where id = $1";

    /// The hours of a schedule, in their order.
    pub fn ranges(schedule: ScheduleId) -> Vec<WeeklyRange> =
        "select week_days, start_minute, end_minute from schedule_range where schedule_id = $1 order by position";

    /// Writes a schedule.
    pub fn insert(
        id: ScheduleId,
        user: UserId,
        name: &str,
        time_zone: &str,
        is_default: bool,
        now: Timestamp,
    ) -> u64 = "insert into schedule (id, user_id, name, time_zone, is_default, created_at)
         values ($1, $2, $3, $4, $5, $6)";

    /// Writes hours of a schedule.
    pub fn insert_range(
        schedule: ScheduleId,
        position: i32,
        week_days: i32,
        start_minute: i32,
        end_minute: i32,
    ) -> u64 = "insert into schedule_range (schedule_id, position, week_days, start_minute, end_minute)
         values ($1, $2, $3, $4, $5)";

    /// Takes the mark from a user's default schedule.
    pub fn clear_default(user: UserId) -> u64 =
        "update schedule set is_default = false where user_id = $1 and is_default";

    /// Marks a schedule as its user's default; changes nothing when it is not the user's (QI-18).
    pub fn set_default(user: UserId, schedule: ScheduleId) -> u64 =
        "update schedule set is_default = true where id = $2 and user_id = $1";
}
