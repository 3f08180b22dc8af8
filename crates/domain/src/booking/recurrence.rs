//! The bookings of a series (section 7.14).

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::event_type::{Frequency, Recurrence};

/// Most bookings that a series can have. All of them are checked and stored in one
/// transaction (R7.52); an event type may say any number.
pub const MOST_BOOKINGS: i32 = 500;

/// Why there is no such series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More bookings were asked for than the event type has. The text is the contract's.
    #[error("Provided recurrence count is higher than the event type's recurring event count.")]
    TooMany,
    /// More bookings than [`MOST_BOOKINGS`].
    #[error("A series can have at most {MOST_BOOKINGS} bookings.")]
    TooLong,
    /// Its last booking lies where there is no calendar.
    #[error("The series ends too far in the future.")]
    TooFar,
}

/// How many bookings a series has: as many as were asked for, or all (R7.49).
///
/// # Errors
///
/// [`Refusal::TooMany`] above the event type's count, [`Refusal::TooLong`] above
/// [`MOST_BOOKINGS`].
pub fn count(recurrence: &Recurrence, requested: Option<i32>) -> Result<usize, Refusal> {
    let all = recurrence.occurrences.max(1);
    let count = requested.unwrap_or(all).max(1);
    if count > all {
        return Err(Refusal::TooMany);
    }
    if count > MOST_BOOKINGS {
        return Err(Refusal::TooLong);
    }
    usize::try_from(count).map_err(|_| Refusal::TooLong)
}

/// When the bookings of a series start, ascending. Each has the wall-clock time that
/// the first one has in the attendee's zone; a day that a month lacks becomes its last
/// one (R7.50). A time that the clocks skip becomes the one after the gap.
///
/// ```
/// # use jiff::{Timestamp, tz::TimeZone};
/// # use slotd_domain::booking::recurrence;
/// # use slotd_domain::event_type::{Frequency, Recurrence};
/// let weekly = Recurrence { interval: 1, occurrences: 3, frequency: Frequency::Weekly };
/// let first: Timestamp = "2026-10-22T13:00:00Z".parse()?; // 09:00 in summer time
/// let zone = TimeZone::get("America/New_York")?;
/// let starts = recurrence::starts(first, &zone, &weekly, 3)?;
/// assert_eq!(starts[2], "2026-11-05T14:00:00Z".parse()?); // 09:00 in winter time
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Refusal::TooFar`] when the calendar ends before the series, [`Refusal::TooLong`]
/// above [`MOST_BOOKINGS`].
pub fn starts(
    first: Timestamp,
    zone: &TimeZone,
    recurrence: &Recurrence,
    count: usize,
) -> Result<Vec<Timestamp>, Refusal> {
    let indices = 0..i64::try_from(count).map_err(|_| Refusal::TooLong)?;
    if indices.end > i64::from(MOST_BOOKINGS) {
        return Err(Refusal::TooLong);
    }
    let local = zone.to_datetime(first);
    let start = |index: i64| {
        if index == 0 {
            return Some(first);
        }
        let units = index * i64::from(recurrence.interval.max(1));
        let span = match recurrence.frequency {
            Frequency::Yearly => Span::new().try_years(units),
            Frequency::Monthly => Span::new().try_months(units),
            Frequency::Weekly => Span::new().try_weeks(units),
        };
        let moved = local.checked_add(span.ok()?).ok()?;
        zone.to_ambiguous_timestamp(moved).compatible().ok()
    };
    indices.map(|index| start(index).ok_or(Refusal::TooFar)).collect()
}

/// The rule of a series for calendars (R7.51): `FREQ=WEEKLY;INTERVAL=1;COUNT=3`.
#[must_use]
pub fn rule(recurrence: &Recurrence, count: usize) -> String {
    let frequency = recurrence.frequency.name().to_uppercase();
    format!("FREQ={frequency};INTERVAL={};COUNT={count}", recurrence.interval.max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn series(frequency: Frequency, interval: i32, occurrences: i32) -> Recurrence {
        Recurrence { interval, occurrences, frequency }
    }

    fn printed(first: &str, zone: &str, series: &Recurrence, count: usize) -> Vec<String> {
        let zone = TimeZone::get(zone).unwrap();
        let starts = starts(first.parse().unwrap(), &zone, series, count).unwrap();
        starts.iter().map(ToString::to_string).collect()
    }

    /// R7.49, R7.50, BK-58, BK-60
    #[test]
    fn a_series_keeps_the_attendees_wall_clock() {
        let weekly = series(Frequency::Weekly, 1, 3);
        assert_eq!(
            printed("2026-10-22T13:00:00Z", "America/New_York", &weekly, 3),
            ["2026-10-22T13:00:00Z", "2026-10-29T13:00:00Z", "2026-11-05T14:00:00Z"]
        );
        let skipped = printed("2027-03-07T07:30:00Z", "America/New_York", &weekly, 3);
        assert_eq!(
            skipped,
            ["2027-03-07T07:30:00Z", "2027-03-14T07:30:00Z", "2027-03-21T06:30:00Z"],
            "02:30 does not exist on the 14th: 03:30 takes its place"
        );
    }

    /// R7.50
    #[test]
    fn a_day_that_a_month_lacks_becomes_its_last_one() {
        assert_eq!(
            printed("2027-12-31T10:00:00Z", "UTC", &series(Frequency::Monthly, 1, 5), 4),
            [
                "2027-12-31T10:00:00Z",
                "2028-01-31T10:00:00Z",
                "2028-02-29T10:00:00Z",
                "2028-03-31T10:00:00Z"
            ]
        );
        assert_eq!(
            printed("2028-02-29T10:00:00Z", "UTC", &series(Frequency::Yearly, 2, 3), 3),
            ["2028-02-29T10:00:00Z", "2030-02-28T10:00:00Z", "2032-02-29T10:00:00Z"]
        );
    }

    /// R7.49, BK-59
    #[test]
    fn a_series_has_as_many_bookings_as_asked_for_but_no_more_than_the_event_type_says() {
        let three = series(Frequency::Weekly, 1, 3);
        assert_eq!(count(&three, None), Ok(3));
        assert_eq!(count(&three, Some(2)), Ok(2));
        assert_eq!(count(&three, Some(3)), Ok(3));
        assert_eq!(
            count(&three, Some(1000)).unwrap_err().to_string(),
            "Provided recurrence count is higher than the event type's recurring event count."
        );
        assert_eq!(count(&series(Frequency::Weekly, 1, i32::MAX), None), Err(Refusal::TooLong));
        assert_eq!(count(&series(Frequency::Weekly, 1, 0), None), Ok(1));
    }

    /// R7.51
    #[test]
    fn a_series_has_a_rule_for_calendars() {
        let fortnightly = series(Frequency::Weekly, 2, 3);
        assert_eq!(rule(&fortnightly, 3), "FREQ=WEEKLY;INTERVAL=2;COUNT=3");
    }

    #[test]
    fn a_series_beyond_the_calendar_is_refused() {
        let first = "9990-01-01T00:00:00Z".parse().unwrap();
        let starts =
            |interval| starts(first, &TimeZone::UTC, &series(Frequency::Yearly, interval, 20), 20);
        assert_eq!(starts(1), Err(Refusal::TooFar));
        assert_eq!(starts(i32::MAX), Err(Refusal::TooFar));
    }

    proptest! {
        /// R7.50
        #[test]
        fn starts_ascend_and_begin_with_the_first(
            second in -60_000_000_000_i64..250_000_000_000,
            zone in select(vec!["UTC", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]),
            frequency in select(Frequency::ALL.to_vec()),
            interval: i32,
            small in 1..50_i32,
            count in 0..60_usize,
        ) {
            let first = Timestamp::from_second(second).unwrap();
            let zone = TimeZone::get(zone).unwrap();
            for interval in [interval, small] {
                let Ok(starts) = starts(first, &zone, &series(frequency, interval, 1), count) else {
                    continue;
                };
                prop_assert_eq!(starts.len(), count);
                prop_assert_eq!(starts.first().copied(), (count > 0).then_some(first));
                prop_assert!(starts.windows(2).all(|pair| pair[0] < pair[1]));
            }
        }

        #[test]
        fn any_count_is_answered(occurrences: i32, requested: Option<i32>) {
            let series = series(Frequency::Monthly, 1, occurrences);
            if let Ok(count) = count(&series, requested) {
                prop_assert!((1..=500).contains(&count));
            }
        }
    }
}
