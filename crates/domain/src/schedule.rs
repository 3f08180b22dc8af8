//! When a person works: hours that repeat every week, and dates with hours of their own.
//!
//! All times are readings of the wall clock in the schedule's zone, also the weekdays
//! and dates (SCH-12). Nothing checks that ranges end after they start or do not
//! overlap: what they mean is the business of the slot engine (SCH-11).

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::WeekDay;

const MINUTES_PER_DAY: u16 = 24 * 60;

/// A reading of the wall clock in whole minutes, 00:00 to 23:59.
///
/// There is no 24:00: as an end, 23:59 means the end of the day (SCH-10).
///
/// ```
/// # use slotd_domain::schedule::WallTime;
/// assert_eq!(WallTime::parse("09:05").unwrap().minutes(), 545);
/// assert_eq!(WallTime::at(17, 0).to_string(), "17:00");
/// assert_eq!(WallTime::parse("24:00"), None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(u16);

impl WallTime {
    /// 23:59, which as an end means the end of the day.
    pub const LAST: Self = Self(MINUTES_PER_DAY - 1);

    /// A time that is known to exist.
    ///
    /// # Panics
    ///
    /// When it does not; in a constant that is an error of the compiler.
    #[must_use]
    pub const fn at(hour: u8, minute: u8) -> Self {
        assert!(hour < 24 && minute < 60, "a time of day is at most 23:59");
        Self(hour as u16 * 60 + minute as u16)
    }

    /// The time so many minutes after midnight; none outside of 0 to 1439.
    #[must_use]
    pub fn from_minutes(minutes: i32) -> Option<Self> {
        u16::try_from(minutes).ok().filter(|minutes| *minutes < MINUTES_PER_DAY).map(Self)
    }

    /// Minutes after midnight.
    #[must_use]
    pub fn minutes(self) -> i32 {
        self.0.into()
    }

    /// Reads `HH:MM`, two digits each.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let [h, hh, b':', m, mm] = *text.as_bytes() else { return None };
        let digit = |byte: u8| byte.is_ascii_digit().then(|| byte - b'0');
        let (hour, minute) = (digit(h)? * 10 + digit(hh)?, digit(m)? * 10 + digit(mm)?);
        (hour < 24 && minute < 60).then(|| Self::at(hour, minute))
    }

    /// A time without its seconds.
    #[must_use]
    pub fn of(time: Time) -> Self {
        Self::from_minutes(i32::from(time.hour()) * 60 + i32::from(time.minute()))
            .expect("a clock shows at most 23:59")
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// Days of the week without repetitions, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WeekDays(Vec<WeekDay>);

impl WeekDays {
    /// The days.
    #[must_use]
    pub fn as_slice(&self) -> &[WeekDay] {
        &self.0
    }

    /// A digit for each day, 0 is Sunday: how they are stored.
    #[must_use]
    pub fn digits(&self) -> String {
        self.0.iter().map(|day| char::from(b'0' + day.number())).collect()
    }

    /// Reads what [`digits`](Self::digits) made.
    #[must_use]
    pub fn of_digits(digits: &str) -> Option<Self> {
        digits.bytes().map(|digit| WeekDay::from_number(digit.wrapping_sub(b'0'))).collect()
    }
}

/// Later repetitions of a day are dropped.
impl FromIterator<WeekDay> for WeekDays {
    fn from_iter<I: IntoIterator<Item = WeekDay>>(days: I) -> Self {
        let mut set = Vec::new();
        for day in days {
            if !set.contains(&day) {
                set.push(day);
            }
        }
        Self(set)
    }
}

/// Hours that repeat every week on some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeeklyEntry {
    /// On which days.
    pub days: WeekDays,
    /// From when.
    pub start: WallTime,
    /// Until when; 23:59 is the end of the day.
    pub end: WallTime,
}

/// Hours of one date, which take the place of its weekly ones. A date may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateOverride {
    /// The date in the schedule's zone.
    pub date: Date,
    /// From when.
    pub start: WallTime,
    /// Until when; the same as the start on a day off (SCH-11).
    pub end: WallTime,
}

/// The ranges of each day, from Sunday.
pub type Week = [Vec<(WallTime, WallTime)>; 7];

/// The ranges of each day, in the order of the entries.
#[must_use]
pub fn week_of(entries: &[WeeklyEntry]) -> Week {
    let mut week = Week::default();
    for entry in entries {
        for day in entry.days.as_slice() {
            week[usize::from(day.number())].push((entry.start, entry.end));
        }
    }
    week
}

/// Entries with the ranges of each day: equal ranges of several days become one
/// entry (SCH-34).
#[must_use]
pub fn entries_of(week: &Week) -> Vec<WeeklyEntry> {
    let mut entries: Vec<WeeklyEntry> = Vec::new();
    for (ranges, number) in week.iter().zip(0..) {
        let day = WeekDay::from_number(number).expect("a week has seven days");
        for &(start, end) in ranges {
            // Not an entry that has the day: a range that stands twice stays twice.
            let same = entries.iter_mut().find(|entry| {
                (entry.start, entry.end) == (start, end) && !entry.days.0.contains(&day)
            });
            match same {
                Some(entry) => entry.days.0.push(day),
                None => entries.push(WeeklyEntry { days: WeekDays(vec![day]), start, end }),
            }
        }
    }
    entries
}

/// Today's date where a schedule is. A zone that is not known counts as UTC.
#[must_use]
pub fn today(now: Timestamp, time_zone: &str) -> Date {
    let zone = TimeZoneDatabase::bundled().get(time_zone).unwrap_or(TimeZone::UTC);
    zone.to_datetime(now).date()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// SCH-10
    #[test]
    fn a_wall_time_is_two_digits_each_from_00_00_to_23_59() {
        for minutes in 0..1_440 {
            let time = WallTime::from_minutes(minutes).unwrap();
            assert_eq!(WallTime::parse(&time.to_string()), Some(time));
            assert_eq!(time.minutes(), minutes);
        }
        assert_eq!(WallTime::LAST.to_string(), "23:59");
        for bad in [
            "24:00",
            "23:60",
            "9:00",
            "09:0",
            "0900",
            "09:00:00",
            " 09:00",
            "09-00",
            "+9:00",
            "٠٩:٠٠",
            "",
        ] {
            assert_eq!(WallTime::parse(bad), None, "{bad}");
        }
        assert_eq!((WallTime::from_minutes(-1), WallTime::from_minutes(1_440)), (None, None));
    }

    #[test]
    fn days_keep_their_order_and_lose_repetitions() {
        let days: WeekDays =
            [WeekDay::Friday, WeekDay::Sunday, WeekDay::Friday].into_iter().collect();
        assert_eq!(days.as_slice(), [WeekDay::Friday, WeekDay::Sunday]);
        assert_eq!(days.digits(), "50");
        assert_eq!(WeekDays::of_digits("50"), Some(days));
        assert_eq!((WeekDays::of_digits("7"), WeekDays::of_digits("-")), (None, None));
    }

    #[test]
    fn today_is_the_date_of_the_zone() {
        let now = "2026-03-02T01:00:00Z".parse().unwrap();
        assert_eq!(today(now, "America/New_York").to_string(), "2026-03-01");
        assert_eq!(today(now, "Pacific/Kiritimati").to_string(), "2026-03-02");
        assert_eq!(today(now, "Narnia/Woods").to_string(), "2026-03-02");
    }

    fn week() -> impl Strategy<Value = Week> {
        let time =
            (0..1_440).prop_map(|minutes| WallTime::from_minutes(minutes / 300 * 300).unwrap());
        let ranges = proptest::collection::vec((time.clone(), time), 0..4);
        proptest::array::uniform7(ranges)
    }

    proptest! {
        /// SCH-34
        #[test]
        fn a_week_keeps_its_ranges_as_entries(week in week()) {
            let entries = entries_of(&week);
            let sorted = |mut week: Week| {
                for ranges in &mut week {
                    ranges.sort();
                }
                week
            };
            prop_assert_eq!(sorted(week_of(&entries)), sorted(week.clone()));
            let ranges = week.iter().flatten().count();
            prop_assert!(entries.len() <= ranges);
        }
    }

    /// SCH-34
    #[test]
    fn equal_ranges_of_several_days_become_one_entry() {
        let (nine, five) = (WallTime::at(9, 0), WallTime::at(17, 0));
        let mut week = Week::default();
        week[1..=5].fill(vec![(nine, five)]);
        week[3].push((WallTime::at(20, 0), WallTime::LAST));
        let entries = entries_of(&week);
        let shown: Vec<_> = entries.iter().map(|entry| entry.days.digits()).collect();
        assert_eq!(shown, ["12345", "3"]);
    }
}
