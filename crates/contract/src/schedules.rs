//! Schedules in the shape of version 2024-06-11 (section 3 of the availability rules).

use jiff::civil::{Date, DateTime};
use serde::Serialize;
use serde_json::Value;
use slotd_domain::schedule::{DateOverride, WallTime, WeekDays, WeeklyEntry};
use slotd_domain::{TimeZoneName, WeekDay};
use utoipa::ToSchema;

use crate::date_times::utc;
use crate::fields::{self, Checked, Fields, FromBody, one_of, wrong};

/// Most weekly entries of a schedule.
pub const MOST_ENTRIES: usize = 200;
/// Most overrides of a schedule.
pub const MOST_OVERRIDES: usize = 1_000;

/// Names of the days, for the document only.
fn names_of_days() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    use utoipa::openapi::{ArrayBuilder, ObjectBuilder, Type};
    let names = WeekDay::ALL.map(WeekDay::as_str);
    let name = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names));
    ArrayBuilder::new().items(name).into()
}

/// Weekly hours, as they are sent and returned.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ScheduleAvailabilityInput)]
pub struct Availability {
    /// On which days.
    #[schema(schema_with = names_of_days)]
    pub days: Vec<&'static str>,
    /// `HH:MM` in the schedule's zone.
    #[schema(example = "09:00")]
    pub start_time: String,
    /// `HH:MM`; `23:59` means the end of the day.
    #[schema(example = "17:00")]
    pub end_time: String,
}

/// Hours of one date, as they are sent and returned.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ScheduleOverrideInput)]
pub struct Override {
    /// `YYYY-MM-DD` in the schedule's zone.
    #[schema(example = "2026-05-20")]
    pub date: String,
    /// `HH:MM`.
    #[schema(example = "18:00")]
    pub start_time: String,
    /// `HH:MM`; the same as the start on a day off.
    #[schema(example = "21:00")]
    pub end_time: String,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ScheduleOutput)]
pub struct Schedule {
    /// Id.
    pub id: i32,
    /// Id of the user whose schedule it is.
    pub owner_id: i32,
    /// Name.
    pub name: String,
    /// IANA name of the zone of all times.
    #[schema(example = "Europe/Rome")]
    pub time_zone: String,
    /// Weekly hours, in the order in which they were sent.
    pub availability: Vec<Availability>,
    /// Whether it is the owner's default.
    pub is_default: bool,
    /// Dates with hours of their own, in the order in which they were sent.
    pub overrides: Vec<Override>,
}

impl Availability {
    /// The wire form of weekly hours.
    #[must_use]
    pub fn of(entry: &WeeklyEntry) -> Self {
        Self {
            days: entry.days.as_slice().iter().map(|day| day.as_str()).collect(),
            start_time: entry.start.to_string(),
            end_time: entry.end.to_string(),
        }
    }
}

impl Override {
    /// The wire form of a date's hours.
    #[must_use]
    pub fn of(entry: &DateOverride) -> Self {
        Self {
            date: entry.date.to_string(),
            start_time: entry.start.to_string(),
            end_time: entry.end.to_string(),
        }
    }
}

/// The body of `POST /v2/schedules`.
#[derive(Debug, Clone, ToSchema)]
#[schema(as = CreateScheduleInput, rename_all = "camelCase")]
pub struct CreateSchedule {
    /// Name: at most 1,000 characters.
    pub name: String,
    /// IANA name of the zone of all times.
    #[schema(value_type = String, example = "Europe/Rome")]
    pub time_zone: TimeZoneName,
    /// Weekly hours, at most 200 entries; Monday to Friday 09:00-17:00 when absent.
    #[schema(required = false, value_type = Vec<Availability>)]
    pub availability: Option<Vec<WeeklyEntry>>,
    /// Whether it becomes the owner's default.
    pub is_default: bool,
    /// Dates with hours of their own, at most 1,000.
    #[schema(required = false, value_type = Vec<Override>)]
    pub overrides: Option<Vec<DateOverride>>,
}

impl FromBody for CreateSchedule {
    const FIELDS: &'static [&'static str] =
        &["name", "timeZone", "availability", "isDefault", "overrides"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.required("name", fields::short_text),
            time_zone: fields.required("timeZone", fields::time_zone),
            availability: fields.optional_objects("availability", MOST_ENTRIES),
            is_default: fields.required("isDefault", fields::boolean),
            overrides: fields.optional_objects("overrides", MOST_OVERRIDES),
        }
    }
}

/// The body of `PATCH /v2/schedules/{scheduleId}`: what is absent stays as it is.
#[derive(Debug, Clone, ToSchema)]
#[schema(as = UpdateScheduleInput, rename_all = "camelCase")]
pub struct UpdateSchedule {
    /// Name.
    #[schema(required = false, value_type = String)]
    pub name: Option<String>,
    /// IANA name; the times on the clock stay.
    #[schema(required = false, value_type = String)]
    pub time_zone: Option<TimeZoneName>,
    /// Weekly hours, replaced as a whole.
    #[schema(required = false, value_type = Vec<Availability>)]
    pub availability: Option<Vec<WeeklyEntry>>,
    /// Whether it becomes the owner's default; false changes nothing.
    #[schema(required = false, value_type = bool)]
    pub is_default: Option<bool>,
    /// Dates with hours of their own, replaced as a whole.
    #[schema(required = false, value_type = Vec<Override>)]
    pub overrides: Option<Vec<DateOverride>>,
}

impl FromBody for UpdateSchedule {
    const FIELDS: &'static [&'static str] = CreateSchedule::FIELDS;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.given("name", fields::short_text),
            time_zone: fields.given("timeZone", fields::time_zone),
            availability: fields.given_objects("availability", MOST_ENTRIES),
            is_default: fields.given("isDefault", fields::boolean),
            overrides: fields.given_objects("overrides", MOST_OVERRIDES),
        }
    }
}

impl FromBody for WeeklyEntry {
    const FIELDS: &'static [&'static str] = &["days", "startTime", "endTime"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            days: fields.required("days", days),
            start: fields.required("startTime", time),
            end: fields.required("endTime", time),
        }
    }
}

impl FromBody for DateOverride {
    const FIELDS: &'static [&'static str] = &["date", "startTime", "endTime"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            date: fields.required("date", date),
            start: fields.required("startTime", time),
            end: fields.required("endTime", time),
        }
    }
}

fn days(name: &str, value: Option<&Value>) -> Checked<WeekDays> {
    let each =
        || ("isIn", one_of(&format!("each value in {name}"), &WeekDay::ALL.map(WeekDay::as_str)));
    let Some(Value::Array(values)) = value else {
        return Err(vec![each(), ("isArray", format!("{name} must be an array"))]);
    };
    let days = values.iter().map(|value| value.as_str().and_then(WeekDay::parse));
    days.collect::<Option<_>>().ok_or_else(|| vec![each()])
}

fn time(name: &str, value: Option<&Value>) -> Checked<WallTime> {
    match value.and_then(Value::as_str).and_then(WallTime::parse) {
        Some(time) => Ok(time),
        None => wrong("matches", format!("{name} must be a valid time format HH:MM")),
    }
}

/// A date, or the UTC date of a date-time (SCH-14).
fn date(name: &str, value: Option<&Value>) -> Checked<Date> {
    match value.and_then(Value::as_str).and_then(parse_date) {
        Some(date) => Ok(date),
        None => wrong("isISO8601", format!("{name} must be a valid ISO 8601 date string")),
    }
}

/// The date of a date or date-time, in which it counts in UTC.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    // Four digits of the year and dashes: the library knows more spellings.
    let [y, yy, yyy, yyyy, b'-', _, _, b'-', _, _, ref rest @ ..] = *text.as_bytes() else {
        return None;
    };
    if ![y, yy, yyy, yyyy].iter().all(u8::is_ascii_digit) {
        return None;
    }
    match rest {
        [] => text.parse().ok(),
        [b'T', ..] => utc(text).map(DateTime::date),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SCH-14
    #[test]
    fn a_date_is_read_with_or_without_a_time() {
        let read = |text: &str| parse_date(text).map(|date| date.to_string());
        for (text, date) in [
            ("2026-05-05", "2026-05-05"),
            ("2026-05-05T23:30:00.000Z", "2026-05-05"),
            ("2026-05-05T23:30:00-04:00", "2026-05-06"),
            ("2026-05-05T00:30", "2026-05-05"),
            ("2024-02-29", "2024-02-29"),
            ("0000-01-01", "0000-01-01"),
            ("9999-12-31", "9999-12-31"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31"),
        ] {
            assert_eq!(read(text).as_deref(), Some(date), "{text}");
        }
        for bad in [
            "",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-5-5",
            "20260505",
            "2026-W19-2",
            "2026-125",
            "2026-05",
            "+002026-05-05",
            "-002026-05-05",
            "2026-05-05 10:00",
            "2026-05-05T25:00:00Z",
            "2026-05-05Z",
            "2026-05-05T10:00:00Z[UTC]",
            "9999-12-31T23:59:59-01:00",
            "05/05/2026",
            "tomorrow",
            "2026-05-05\0",
            "２０２６-05-05",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
