//! How far ahead can be booked (SLOT-80 to SLOT-85).

use jiff::tz::TimeZone;
use slotd_domain::event_type::BookingWindow;

use crate::interval::{Instant, Interval};
use crate::zone::{DayNumber, Zone, day_number, week_day};

/// Days that a rolling window looks at (SLOT-82).
const MOST_DAYS: usize = 61;

/// 9999-12-31: a window that is longer has no end.
const LAST_DAY: DayNumber = 2_932_896;

fn is_business_day(day: DayNumber) -> bool {
    (1..=5).contains(&week_day(day))
}

/// The days that a rolling window may count: today, then all or Monday to Friday.
fn countable(today: DayNumber, business: bool) -> impl Iterator<Item = DayNumber> {
    (today..).filter(move |day| *day == today || !business || is_business_day(*day)).take(MOST_DAYS)
}

/// The time whose slots a rolling window counts, on the booker's clock; none for all
/// others. It depends on the clock and not on the query.
pub(crate) fn counted_days(
    now: Instant,
    booker: &TimeZone,
    window: Option<BookingWindow>,
) -> Option<Interval> {
    let Some(BookingWindow::Days { business, rolling: true, .. }) = window else { return None };
    let mut zone = Zone::new(booker);
    let today = zone.day(now);
    let last = countable(today, business).last()?;
    Some(Interval { start: zone.start_of(today), end: zone.start_of(last + 1) })
}

/// Starts that the window lets through. `has_slot` says whether a day of the booker's
/// clock has a slot; a rolling window asks it.
pub(crate) fn allowed(
    window: Option<BookingWindow>,
    now: Instant,
    booker: &mut Zone<'_>,
    event_zone: &TimeZone,
    has_slot: impl Fn(DayNumber) -> bool,
) -> Interval {
    let today = booker.day(now);
    let last = match window {
        None => return Interval::ALWAYS,
        Some(BookingWindow::Range { from, to }) => {
            let mut zone = Zone::new(event_zone);
            return Interval {
                start: zone.start_of(day_number(from)),
                end: zone.start_of(day_number(to) + 1),
            };
        }
        Some(BookingWindow::Days { count, business: false, rolling: false }) => {
            today + DayNumber::from(count)
        }
        Some(BookingWindow::Days { count, business: true, rolling: false }) => {
            business_days_after(today, count)
        }
        Some(BookingWindow::Days { count, business, rolling: true }) => {
            let mut days = countable(today, business);
            let count = usize::try_from(count).unwrap_or(0);
            let counted = days.by_ref().filter(|day| has_slot(*day)).take(count).last();
            counted
                .unwrap_or_else(|| countable(today, business).last().map_or(today, |last| last + 1))
        }
    };
    Interval { start: Instant::MIN, end: booker.start_of(last.min(LAST_DAY) + 1) }
}

fn business_days_after(today: DayNumber, count: i32) -> DayNumber {
    // Five business days are a week; what is left is at most four of them.
    let (weeks, left) = (DayNumber::from(count) / 5, DayNumber::from(count) % 5);
    let mut day = today;
    for _ in 0..left {
        day = next_business_day(day);
    }
    // From a weekend the first business day of a week counts for the whole.
    if left == 0 && weeks > 0 && !is_business_day(day) {
        while !is_business_day(day) {
            day -= 1;
        }
    }
    day + 7 * weeks
}

fn next_business_day(day: DayNumber) -> DayNumber {
    (day + 1..day + 8).find(|day| is_business_day(*day)).expect("every week has business days")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SLOT-81
    #[test]
    fn business_days_are_counted_as_one_by_one() {
        for today in 20_000..20_014 {
            let mut day = today;
            for count in 0..40 {
                assert_eq!(business_days_after(today, count), day, "{count} after {today}");
                day = next_business_day(day);
            }
        }
    }

    /// SLOT-82
    #[test]
    fn a_rolling_window_looks_at_61_days_the_first_of_them_today() {
        let saturday = 20_778;
        assert_eq!(week_day(saturday), 6);
        let days: Vec<_> = countable(saturday, true).collect();
        assert_eq!(
            (days.len(), days[0], days[1], days[60]),
            (61, saturday, saturday + 2, saturday + 2 + 7 * 11 + 4)
        );
        assert_eq!(countable(saturday, false).last(), Some(saturday + 60));
    }
}
