//! Schedules in the shape of version 2024-04-15, which the components use as well
//! (section 4 of the availability rules).

mod answers;

use jiff::civil::DateTime;
use serde_json::Value;
use slotd_domain::schedule::{self, DateOverride, WallTime, Week, WeekDays, WeeklyEntry};
use slotd_domain::{TimeZoneName, WeekDay};
use utoipa::ToSchema;

use crate::date_times::utc;
use crate::fields::{self, Checked, Fields, FromBody, one_of, too_many, wrong};
use crate::schedules::{MOST_ENTRIES, MOST_OVERRIDES};

pub use answers::{
    Changed, ChangedSchedule, CreatedSchedule, ListedSchedule, NewSchedule, OverriddenDate, Range,
    Row, Schedule, ScheduledEventType, Schedules, Untouched, UntouchedSchedule, Updated,
    WorkingHours, availability, date_overrides, rows, working_hours,
};

/// A text that is no full date-time (SCH-31).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoDateTime(pub String);

/// Reads a full ISO date-time with seconds and a zone.
fn instant(text: &str) -> Result<DateTime, NoDateTime> {
    // Shorter and looser spellings, and a leap second, are no full date-times.
    let bytes = text.as_bytes();
    let is_full = bytes.len() >= 20
        && bytes.iter().take(19).enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            10 => *byte == b'T',
            13 | 16 => *byte == b':',
            _ => byte.is_ascii_digit(),
        })
        && &bytes[17..19] != b"60"
        && bytes[19..].iter().any(|byte| matches!(byte, b'Z' | b'+' | b'-'));
    utc(text).filter(|_| is_full).ok_or_else(|| NoDateTime(text.to_owned()))
}

fn clock(text: &str) -> Result<WallTime, NoDateTime> {
    instant(text).map(|instant| WallTime::of(instant.time()))
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
            let (date, start) = (start.date(), WallTime::of(start.time()));
            Ok(DateOverride { date, start, end: clock(end)? })
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

#[cfg(test)]
mod tests {
    use super::*;

    /// SCH-31
    #[test]
    fn only_the_utc_clock_counts() {
        let shown = |text: &str| clock(text).unwrap().to_string();
        assert_eq!(shown("1970-01-01T09:00:00.000Z"), "09:00");
        assert_eq!(shown("2026-11-24T23:59:59.999Z"), "23:59");
        assert_eq!(shown("2026-11-24T01:30:00+02:00"), "23:30");
    }

    /// SCH-31
    #[test]
    fn only_a_full_date_time_is_one() {
        for good in [
            "2025-04-12T13:17:56.324Z",
            "1970-01-01T00:00:00Z",
            "2025-04-12T13:17:56+02:00",
            "2025-04-12T13:17:56.123456Z",
            "9999-12-31T23:59:59.999Z",
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
            "2025-04-12T13:17:56Z[UTC]",
            "2025-04-12T13:17:56.123",
        ] {
            assert_eq!(instant(bad), Err(NoDateTime(bad.to_owned())), "{bad}");
        }
    }
}
