//! A time zone that remembers the offset it looked up last.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use slotd_domain::schedule::WallTime;

use crate::interval::{DAY, Instant, MINUTE, SECOND, timestamp};

/// Days since 1970-01-01 of some calendar.
pub(crate) type DayNumber = i64;

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The number of a date.
pub(crate) fn day_number(date: Date) -> DayNumber {
    DayNumber::from((date - EPOCH).get_days())
}

/// The date of a number; the last or first one where there is none.
pub(crate) fn date(day: DayNumber) -> Date {
    let edge = if day < 0 { Date::MIN } else { Date::MAX };
    let days = jiff::Span::new().try_days(day);
    days.and_then(|days| EPOCH.checked_add(days)).unwrap_or(edge)
}

/// The day of the week, 0 is Sunday.
pub(crate) fn week_day(day: DayNumber) -> usize {
    usize::try_from((day + 4).rem_euclid(7)).expect("a remainder of 7")
}

/// Converts between instants and the wall clock of a zone.
///
/// A look-up in the zone's data takes most of the time of a conversion, and most
/// conversions of a request fall between the same two changes of the clock.
pub(crate) struct Zone<'z> {
    rules: &'z TimeZone,
    /// What the clock is ahead of UTC between two instants.
    offset: Instant,
    from: Instant,
    until: Instant,
}

/// So far from a change of the clock a wall time means one instant: no change is larger
/// than a day.
const MARGIN: Instant = 2 * DAY;
/// So far before an instant an offset is looked up for; more than twice the margin.
const LOOK_BACK: Instant = 60 * DAY;

impl<'z> Zone<'z> {
    pub(crate) fn new(zone: &'z TimeZone) -> Self {
        Self { rules: zone, offset: 0, from: 0, until: 0 }
    }

    /// What the clock is ahead of UTC.
    pub(crate) fn offset(&mut self, instant: Instant) -> Instant {
        if instant < self.from || self.until <= instant {
            self.look_up(instant);
        }
        self.offset
    }

    /// Walks from a while before an instant to the first change after it. Never back:
    /// jiff's `preceding` passes over changes that do not follow a zone's present rule.
    fn look_up(&mut self, instant: Instant) {
        self.offset = Instant::from(self.rules.to_offset(timestamp(instant)).seconds()) * SECOND;
        self.from = instant.saturating_sub(LOOK_BACK);
        self.until = Instant::MAX;
        for change in self.rules.following(timestamp(self.from)) {
            let change = change.timestamp().as_microsecond();
            if change > instant {
                self.until = change;
                break;
            }
            self.from = change;
        }
    }

    /// The wall clock as if it were UTC's: its date and minutes follow by division.
    pub(crate) fn wall(&mut self, instant: Instant) -> Instant {
        instant + self.offset(instant)
    }

    /// The date that the clock shows.
    pub(crate) fn day(&mut self, instant: Instant) -> DayNumber {
        self.wall(instant).div_euclid(DAY)
    }

    /// The local day that an instant lies in (SLOT-24). After the clock went back over
    /// midnight it shows the date of the day before.
    pub(crate) fn day_of(&mut self, instant: Instant) -> DayNumber {
        let day = self.day(instant);
        day + DayNumber::from(self.start_of(day + 1) <= instant)
    }

    /// The instant of a wall time. One in a gap moves forward by its length, of two the
    /// first is meant (SLOT-23).
    pub(crate) fn instant(&mut self, day: DayNumber, time: WallTime) -> Instant {
        let wall = day * DAY + Instant::from(time.minutes()) * MINUTE;
        let offset = self.offset(wall);
        let guess = wall - offset;
        let is_far =
            self.from.saturating_add(MARGIN) < guess && guess < self.until.saturating_sub(MARGIN);
        if is_far { guess } else { self.near_a_change(day, time) }
    }

    fn near_a_change(&self, day: DayNumber, time: WallTime) -> Instant {
        let (hour, minute) = (time.minutes() / 60, time.minutes() % 60);
        let part = |value: i32| i8::try_from(value).expect("a time of day");
        let time = Time::constant(part(hour), part(minute), 0, 0);
        let ambiguous = self.rules.to_ambiguous_timestamp(DateTime::from_parts(date(day), time));
        let edge = if day < 0 { Timestamp::MIN } else { Timestamp::MAX };
        ambiguous.compatible().unwrap_or(edge).as_microsecond()
    }

    /// The first instant of a local day (SLOT-24).
    pub(crate) fn start_of(&mut self, day: DayNumber) -> Instant {
        self.instant(day, WallTime::at(0, 0))
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    #[test]
    fn dates_have_numbers_and_week_days() {
        for (text, number, weekday) in [
            ("1970-01-01", 0, 4),
            ("1969-12-31", -1, 3),
            ("2026-11-22", 20_779, 0),
            ("9999-12-31", 2_932_896, 5),
        ] {
            let day: Date = text.parse().unwrap();
            assert_eq!((day_number(day), week_day(number)), (number, weekday), "{text}");
            assert_eq!(date(number), day);
        }
        assert_eq!((date(i64::MAX), date(-5_000_000)), (Date::MAX, Date::MIN));
    }

    /// SLOT-23, SLOT-24: every zone, every hour around every change from 2020 to 2035, and
    /// what jiff says without anything remembered.
    #[test]
    fn every_zone_is_read_as_without_memory() {
        let (from, until): (Timestamp, Timestamp) =
            ("2020-01-01T00:00:00Z".parse().unwrap(), "2036-01-01T00:00:00Z".parse().unwrap());
        let mut changes = 0;
        for name in TimeZoneDatabase::bundled().available() {
            let tz = TimeZoneDatabase::bundled().get(name.as_str()).unwrap();
            let mut zone = Zone::new(&tz);
            let mut instants = vec![from];
            instants.extend(
                tz.following(from).map(|change| change.timestamp()).take_while(|at| *at < until),
            );
            changes += instants.len() - 1;
            for change in instants {
                let day = zone.day(change.as_microsecond());
                for day in day - 3..=day + 3 {
                    for minutes in (0..1_440).step_by(45) {
                        let time = WallTime::from_minutes(minutes).unwrap();
                        let instant = zone.instant(day, time);
                        assert_eq!(
                            instant,
                            zone.near_a_change(day, time),
                            "{} {day} {time}",
                            name.as_str()
                        );
                        let wall = tz.to_datetime(timestamp(instant));
                        let read = zone.wall(instant);
                        assert_eq!(zone.day(instant), day_number(wall.date()));
                        assert_eq!(
                            read.rem_euclid(DAY) / MINUTE,
                            i64::from(wall.hour()) * 60 + i64::from(wall.minute())
                        );
                    }
                }
            }
        }
        assert!(changes > 3_000, "{changes} changes of the clock");
    }
}
