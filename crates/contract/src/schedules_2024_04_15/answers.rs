//! What is answered.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use slotd_domain::schedule::{self, DateOverride, WallTime, WeeklyEntry};
use utoipa::ToSchema;

/// A range whose UTC clock is the wall clock of the schedule's zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AtomsScheduleRange)]
pub struct Range {
    /// From when.
    #[schema(format = DateTime, example = "2026-11-24T09:00:00.000Z")]
    pub start: String,
    /// Until when.
    #[schema(format = DateTime, example = "2026-11-24T17:00:00.000Z")]
    pub end: String,
}

/// A wall clock on a date, written as if it were UTC.
fn written(date: Date, time: WallTime) -> String {
    format!("{date}T{time}:00.000Z")
}

/// The ranges of each day, Sunday first, on the current UTC date. The end of a day
/// shows as the last millisecond.
#[must_use]
pub fn availability(weekly: &[WeeklyEntry], now: Timestamp) -> [Vec<Range>; 7] {
    let today = TimeZone::UTC.to_datetime(now).date();
    schedule::week_of(weekly).map(|ranges| {
        let ranges = ranges.into_iter().map(|(start, end)| Range {
            start: written(today, start),
            end: if end == WallTime::LAST {
                format!("{today}T{end}:59.999Z")
            } else {
                written(today, end)
            },
        });
        ranges.collect()
    })
}

/// The ranges of a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AtomsDateOverride)]
pub struct OverriddenDate {
    /// Ranges of that date.
    pub ranges: Vec<Range>,
}

/// The dates with hours of their own from `today` on, the first one first.
#[must_use]
pub fn date_overrides(overrides: &[DateOverride], today: Date) -> Vec<OverriddenDate> {
    let mut coming: Vec<_> = overrides.iter().filter(|entry| entry.date >= today).collect();
    coming.sort_by_key(|entry| entry.date);
    coming
        .chunk_by(|one, other| one.date == other.date)
        .map(|entries| {
            let ranges = entries.iter().map(|entry| Range {
                start: written(entry.date, entry.start),
                end: written(entry.date, entry.end),
            });
            OverriddenDate { ranges: ranges.collect() }
        })
        .collect()
}

/// Weekly hours in minutes of the wall clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AtomsWorkingHours)]
pub struct WorkingHours {
    /// 0 is Sunday.
    pub days: Vec<u8>,
    /// Minutes after midnight.
    pub start_time: i32,
    /// Minutes after midnight.
    pub end_time: i32,
    /// Whose they are.
    pub user_id: i32,
}

/// A weekly entry or an override.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AtomsScheduleRow)]
pub struct Row {
    /// Number within the schedule, from 1.
    pub id: i32,
    /// Always null: a row belongs to its schedule.
    #[schema(required = true)]
    pub user_id: Option<i32>,
    /// Always null.
    #[schema(required = true)]
    pub event_type_id: Option<i32>,
    /// 0 is Sunday; empty for an override.
    pub days: Vec<u8>,
    /// The wall clock on the first day of 1970, as if it were UTC.
    #[schema(example = "1970-01-01T09:00:00.000Z")]
    pub start_time: String,
    /// The same for the end.
    #[schema(example = "1970-01-01T17:00:00.000Z")]
    pub end_time: String,
    /// Midnight of an override's date, as if it were UTC.
    #[schema(required = true)]
    pub date: Option<String>,
    /// Id of the schedule.
    pub schedule_id: i32,
}

/// The weekly entries and overrides of a schedule.
#[must_use]
pub fn rows(id: i32, weekly: &[WeeklyEntry], overrides: &[DateOverride]) -> Vec<Row> {
    let epoch = Date::constant(1970, 1, 1);
    let row = |days: Vec<u8>, start, end, date: Option<Date>| Row {
        id: 0,
        user_id: None,
        event_type_id: None,
        days,
        start_time: written(epoch, start),
        end_time: written(epoch, end),
        date: date.map(|date| written(date, WallTime::default())),
        schedule_id: id,
    };
    let weekly = weekly.iter().map(|entry| row(numbers(entry), entry.start, entry.end, None));
    let overrides =
        overrides.iter().map(|entry| row(Vec::new(), entry.start, entry.end, Some(entry.date)));
    weekly.chain(overrides).zip(1..).map(|(row, id)| Row { id, ..row }).collect()
}

fn numbers(entry: &WeeklyEntry) -> Vec<u8> {
    entry.days.as_slice().iter().map(|day| day.number()).collect()
}

/// Weekly hours in minutes, an element per entry.
#[must_use]
pub fn working_hours(weekly: &[WeeklyEntry], user_id: i32) -> Vec<WorkingHours> {
    let hours = weekly.iter().map(|entry| WorkingHours {
        days: numbers(entry),
        start_time: entry.start.minutes(),
        end_time: entry.end.minutes(),
        user_id,
    });
    hours.collect()
}

/// A schedule with everything about it.
#[expect(clippy::struct_excessive_bools, reason = "the contract's fields")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AtomsSchedule)]
pub struct Schedule {
    /// Id.
    pub id: i32,
    /// Name.
    pub name: String,
    /// Always false: managed event types have no schedules of their own.
    pub is_managed: bool,
    /// Weekly hours in minutes.
    pub working_hours: Vec<WorkingHours>,
    /// Weekly entries, then overrides.
    pub schedule: Vec<Row>,
    /// Seven lists of ranges, Sunday first, on the current UTC date.
    pub availability: [Vec<Range>; 7],
    /// IANA name.
    pub time_zone: String,
    /// Dates with hours of their own, from today on.
    pub date_overrides: Vec<OverriddenDate>,
    /// Whether it is the owner's default.
    pub is_default: bool,
    /// Whether the owner has no other.
    pub is_last_schedule: bool,
    /// Always false: only the owner reads it.
    pub read_only: bool,
    /// Whose it is.
    pub user_id: i32,
}

/// A schedule in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AtomsListedSchedule)]
pub struct ListedSchedule {
    /// Id.
    pub id: i32,
    /// Name.
    pub name: String,
    /// Weekly entries, then overrides.
    pub availability: Vec<Row>,
    /// IANA name.
    pub time_zone: String,
    /// Whether it is the owner's default.
    pub is_default: bool,
}

/// What `GET /v2/atoms/schedules/all` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AtomsSchedules)]
pub struct Schedules {
    /// The caller's schedules, oldest first.
    pub schedules: Vec<ListedSchedule>,
}

/// A new schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AtomsNewSchedule)]
pub struct NewSchedule {
    /// Id.
    pub id: i32,
    /// Whose it is.
    pub user_id: i32,
    /// Name.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
}

/// What creating and duplicating answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AtomsCreatedSchedule)]
pub struct CreatedSchedule {
    /// The new schedule.
    pub schedule: NewSchedule,
}

/// An event type that goes by a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AtomsScheduledEventType)]
pub struct ScheduledEventType {
    /// Id.
    pub id: i32,
    /// Name of its bookings.
    #[schema(required = true)]
    pub event_name: Option<String>,
}

/// A schedule as a change shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AtomsChangedSchedule)]
pub struct ChangedSchedule {
    /// Id.
    pub id: i32,
    /// Whose it is.
    pub user_id: i32,
    /// Name.
    pub name: String,
    /// Weekly entries, then overrides.
    pub availability: Vec<Row>,
    /// IANA name.
    pub time_zone: String,
    /// Event types that go by it.
    pub event_type: Vec<ScheduledEventType>,
}

/// What a `PATCH` with a name answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AtomsUpdatedSchedule)]
pub struct Changed {
    /// The schedule as it is now.
    pub schedule: ChangedSchedule,
    /// Seven lists of ranges, Sunday first, on the current UTC date.
    pub availability: [Vec<Range>; 7],
    /// IANA name.
    pub time_zone: String,
    /// Whether it is the owner's default now.
    pub is_default: bool,
    /// The default before.
    #[schema(required = true)]
    pub prev_default_id: Option<i32>,
    /// The default now.
    #[schema(required = true)]
    pub current_default_id: Option<i32>,
}

/// The schedule of a `PATCH` without a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AtomsUntouchedSchedule)]
pub struct UntouchedSchedule {
    /// Whose it is.
    pub user_id: i32,
    /// Name.
    pub name: String,
    /// Id.
    pub id: i32,
}

/// What a `PATCH` without a name answers (SCH-33).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AtomsDefaultSchedule)]
pub struct Untouched {
    /// Which schedule it is.
    pub schedule: UntouchedSchedule,
    /// Whether it is the owner's default now.
    pub is_default: bool,
}

/// What a `PATCH` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AtomsUpdateScheduleOutput)]
pub enum Updated {
    /// With a name.
    Changed(Box<Changed>),
    /// Without a name.
    Untouched(Untouched),
}
