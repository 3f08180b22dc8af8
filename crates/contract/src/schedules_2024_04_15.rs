//! Schedules in the shape of version 2024-04-15, which the components use as well
//! (section 4 of the availability rules).

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use slotd_domain::schedule::{self, DateOverride, WallTime, Week, WeekDays, WeeklyEntry};
use slotd_domain::{TimeZoneName, WeekDay};
use utoipa::ToSchema;

use crate::fields::{self, Checked, Fields, FromBody, one_of, too_many, wrong};
use crate::schedules::{MOST_ENTRIES, MOST_OVERRIDES};

/// A text that is no full date-time (SCH-31).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoDateTime(pub String);

/// Reads a full ISO date-time with seconds and a zone.
fn instant(text: &str) -> Result<Timestamp, NoDateTime> {
    let refused = || NoDateTime(text.to_owned());
    // The library also takes shorter and looser spellings, and a leap second.
    let bytes = text.as_bytes();
    let is_full = bytes.len() >= 20
        && bytes.iter().take(19).enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            10 => *byte == b'T',
            13 | 16 => *byte == b':',
            _ => byte.is_ascii_digit(),
        })
        && &bytes[17..19] != b"60";
    if is_full { text.parse().map_err(|_| refused()) } else { Err(refused()) }
}

fn clock(text: &str) -> Result<WallTime, NoDateTime> {
    instant(text).map(WallTime::of_utc)
}

/// The body of `POST /v2/schedules`.
#[derive(Debug, Clone)]
pub struct CreateSchedule {
    /// Name.
    pub name: String,
    /// Zone of all times.
    pub time_zone: TimeZoneName,
    /// Whether it becomes the owner's default.
    pub is_default: bool,
    availabilities: Option<Vec<NewEntry>>,
}

#[derive(Debug, Clone)]
struct NewEntry {
    days: WeekDays,
    start: String,
    end: String,
}

impl FromBody for CreateSchedule {
    const FIELDS: &'static [&'static str] = &["name", "timeZone", "availabilities", "isDefault"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.required("name", fields::short_text),
            time_zone: fields.required("timeZone", fields::time_zone),
            availabilities: fields.optional_objects("availabilities", MOST_ENTRIES),
            is_default: fields.required("isDefault", fields::boolean),
        }
    }
}

impl FromBody for NewEntry {
    const FIELDS: &'static [&'static str] = &["days", "startTime", "endTime"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            days: fields.required("days", days),
            start: fields.required("startTime", fields::string),
            end: fields.required("endTime", fields::string),
        }
    }
}

impl CreateSchedule {
    /// The weekly hours; none when none were given (SCH-30).
    ///
    /// # Errors
    ///
    /// The first text that is no full date-time.
    pub fn weekly(&self) -> Result<Option<Vec<WeeklyEntry>>, NoDateTime> {
        let given = self.availabilities.as_ref().filter(|entries| !entries.is_empty());
        let entries = given.map(|entries| {
            let entries = entries.iter().map(|NewEntry { days, start, end }| {
                Ok(WeeklyEntry { days: days.clone(), start: clock(start)?, end: clock(end)? })
            });
            entries.collect()
        });
        entries.transpose()
    }
}

/// The body of `POST /v2/atoms/schedules/create`.
#[derive(Debug, Clone, ToSchema)]
#[schema(as = AtomsCreateScheduleInput, rename_all = "camelCase")]
pub struct CreateNamedSchedule {
    /// Name.
    pub name: String,
    /// Seven lists of ranges, Sunday first; of their times only the UTC clock counts.
    #[schema(required = false, value_type = Vec<Vec<Range>>)]
    schedule: Option<Vec<Vec<SentRange>>>,
}

impl FromBody for CreateNamedSchedule {
    const FIELDS: &'static [&'static str] = &["name", "schedule"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.required("name", fields::short_text),
            schedule: fields.optional("schedule", week),
        }
    }
}

impl CreateNamedSchedule {
    /// The weekly hours; none when none were given.
    ///
    /// # Errors
    ///
    /// The first text that is no full date-time.
    pub fn weekly(&self) -> Result<Option<Vec<WeeklyEntry>>, NoDateTime> {
        self.schedule.as_deref().map(entries).transpose()
    }
}

/// The body of `PATCH /v2/schedules/{scheduleId}` and `PATCH /v2/atoms/schedules/{scheduleId}`.
#[derive(Debug, Clone, ToSchema)]
#[schema(as = AtomsUpdateScheduleInput, rename_all = "camelCase")]
pub struct UpdateSchedule {
    /// Zone of all times.
    #[schema(required = false, value_type = String)]
    pub time_zone: Option<TimeZoneName>,
    /// Name; without it only the default can change (SCH-33).
    #[schema(required = false, value_type = String)]
    pub name: Option<String>,
    /// Whether it becomes the owner's default; false changes nothing.
    #[schema(required = false, value_type = bool)]
    pub is_default: Option<bool>,
    /// Seven lists of ranges, Sunday first; of their times only the UTC clock counts.
    #[schema(required = false, value_type = Vec<Vec<Range>>)]
    schedule: Option<Vec<Vec<SentRange>>>,
    /// Ranges of single dates, which are the UTC dates of their starts; absent for none.
    #[schema(required = false, value_type = Vec<Range>)]
    date_overrides: Option<Vec<SentRange>>,
}

/// A range as it was sent.
#[derive(Debug, Clone)]
struct SentRange {
    start: String,
    end: String,
}

impl FromBody for SentRange {
    const FIELDS: &'static [&'static str] = &["start", "end"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            start: fields.required("start", fields::string),
            end: fields.required("end", fields::string),
        }
    }
}

impl FromBody for UpdateSchedule {
    const FIELDS: &'static [&'static str] =
        &["timeZone", "name", "isDefault", "schedule", "dateOverrides"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            time_zone: fields.optional("timeZone", fields::time_zone),
            name: fields.optional("name", fields::short_text),
            is_default: fields.optional("isDefault", fields::boolean),
            schedule: fields.optional("schedule", week),
            date_overrides: fields.optional_objects("dateOverrides", MOST_OVERRIDES),
        }
    }
}

impl UpdateSchedule {
    /// The new weekly hours; none when they stay (SCH-32).
    ///
    /// # Errors
    ///
    /// The first text that is no full date-time.
    pub fn weekly(&self) -> Result<Option<Vec<WeeklyEntry>>, NoDateTime> {
        self.schedule.as_deref().map(entries).transpose()
    }

    /// The new overrides, of which there are none when none were given (SCH-32).
    ///
    /// # Errors
    ///
    /// The first text that is no full date-time.
    pub fn overrides(&self) -> Result<Vec<DateOverride>, NoDateTime> {
        let sent = self.date_overrides.iter().flatten();
        let overrides = sent.map(|SentRange { start, end }| {
            let start = instant(start)?;
            let date = TimeZone::UTC.to_datetime(start).date();
            Ok(DateOverride { date, start: WallTime::of_utc(start), end: clock(end)? })
        });
        overrides.collect()
    }
}

fn entries(sent: &[Vec<SentRange>]) -> Result<Vec<WeeklyEntry>, NoDateTime> {
    let mut week = Week::default();
    for (day, ranges) in week.iter_mut().zip(sent) {
        for SentRange { start, end } in ranges {
            day.push((clock(start)?, clock(end)?));
        }
    }
    Ok(schedule::entries_of(&week))
}

fn days(name: &str, value: Option<&Value>) -> Checked<WeekDays> {
    let each = || {
        let numbers = ["0", "1", "2", "3", "4", "5", "6"];
        ("isIn", one_of(&format!("each value in {name}"), &numbers))
    };
    let Some(Value::Array(values)) = value else {
        return Err(vec![each(), ("isArray", format!("{name} must be an array"))]);
    };
    let day = |value: &Value| {
        let number = u8::try_from(value.as_u64()?).ok()?;
        WeekDay::from_number(number)
    };
    values.iter().map(day).collect::<Option<_>>().ok_or_else(|| vec![each()])
}

/// At most seven lists of `{start, end}`.
fn week(name: &str, value: Option<&Value>) -> Checked<Vec<Vec<SentRange>>> {
    let Some(Value::Array(lists)) = value else {
        return wrong("isArray", format!("{name} must be an array"));
    };
    if lists.len() > 7 {
        return wrong("arrayMaxSize", too_many(name, 7));
    }
    let text = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str);
        text.map(str::to_owned)
    };
    let range = |value: &Value| {
        Some(SentRange { start: text(value.get("start"))?, end: text(value.get("end"))? })
    };
    let ranges = |list: &Value| list.as_array()?.iter().map(range).collect::<Option<Vec<_>>>();
    let Some(week) = lists.iter().map(ranges).collect::<Option<Vec<_>>>() else {
        let text = format!("each value in {name} must be a list of objects with start and end");
        return wrong("isArray", text);
    };
    if week.iter().map(Vec::len).sum::<usize>() > MOST_ENTRIES {
        return wrong("arrayMaxSize", too_many(name, MOST_ENTRIES));
    }
    Ok(week)
}

/// A range whose UTC clock is the wall clock of the schedule's zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AtomsScheduleRange)]
pub struct Range {
    /// From when.
    #[schema(example = "2026-11-24T09:00:00.000Z")]
    pub start: String,
    /// Until when.
    #[schema(example = "2026-11-24T17:00:00.000Z")]
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
    Changed(Changed),
    /// Without a name.
    Untouched(Untouched),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SCH-31
    #[test]
    fn only_a_full_date_time_is_one() {
        for good in [
            "2025-04-12T13:17:56.324Z",
            "1970-01-01T00:00:00Z",
            "2025-04-12T13:17:56+02:00",
            "2025-04-12T13:17:56.123456Z",
        ] {
            assert!(instant(good).is_ok(), "{good}");
        }
        for bad in [
            "11:15",
            "",
            "2025-04-12",
            "2025-04-12T13:17:56",
            "2025-04-12T13:17Z",
            "2025-04-12 13:17:56Z",
            "2025-04-12T24:00:00Z",
            "2025-04-12T23:60:00Z",
            "2025-04-12T23:59:60Z",
            "2025-04-12T23:59:61Z",
            "2025-02-30T10:00:00Z",
            "+002025-04-12T13:17:56Z",
            "2025-04-12T13:17:56Zé",
            "2025-04-12T13:17:56é",
            "9999-12-31T23:59:59-23:00",
        ] {
            assert_eq!(instant(bad), Err(NoDateTime(bad.to_owned())), "{bad}");
        }
    }
}
