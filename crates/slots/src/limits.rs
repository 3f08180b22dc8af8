//! Most bookings, and most booked minutes, of a day, week, month or year (SLOT-48,
//! SLOT-49).

use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use slotd_domain::event_type::Limits;

use crate::interval::{Interval, MINUTE};
use crate::request::{Counted, Request, Rules};
use crate::time::{Block, Reason};
use crate::zone::{DayNumber, Zone, date, day_number, week_day};

/// A period of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Day,
    Week,
    Month,
    Year,
}

impl Unit {
    /// The limits that are set, each with its period. 0 limits nothing (section 6.1).
    fn limited(limits: &Limits) -> impl Iterator<Item = (Self, i32)> {
        [
            (Self::Day, limits.day),
            (Self::Week, limits.week),
            (Self::Month, limits.month),
            (Self::Year, limits.year),
        ]
        .into_iter()
        .filter_map(|(unit, limit)| limit.filter(|limit| *limit > 0).map(|limit| (unit, limit)))
    }

    /// The first day of the period that a day lies in. Weeks begin with Sunday (K-12).
    fn first_day(self, day: DayNumber) -> DayNumber {
        match self {
            Self::Day => day,
            Self::Week => day - DayNumber::try_from(week_day(day)).expect("a day of the week"),
            Self::Month => day_number(date(day).first_of_month()),
            Self::Year => day_number(date(day).first_of_year()),
        }
    }

    /// The first day of the next period.
    fn next(self, first: DayNumber) -> DayNumber {
        let after =
            |span: jiff::Span| date(first).checked_add(span).map_or(first + 366, day_number);
        match self {
            Self::Day => first + 1,
            Self::Week => first + 7,
            Self::Month => after(1.month()),
            Self::Year => after(1.year()),
        }
    }

    /// The periods that touch some time, on the clock of a zone.
    fn periods(self, zone: &mut Zone<'_>, touched: Interval) -> Vec<Interval> {
        let last = zone.day_of(touched.end);
        let mut first = self.first_day(zone.day_of(touched.start));
        let mut periods = Vec::new();
        while first <= last {
            let next = self.next(first);
            periods.push(Interval { start: zone.start_of(first), end: zone.start_of(next) });
            first = next;
        }
        periods
    }
}

/// All periods whose limits matter for some time; none without limits (SLOT-48).
pub(crate) fn touched(rules: &Rules, zone: &TimeZone, time: Interval) -> Option<Interval> {
    let units = Unit::limited(&rules.count_limits).chain(Unit::limited(&rules.duration_limits));
    if time.is_empty() {
        return None;
    }
    let mut zone = Zone::new(zone);
    units
        .map(|(unit, _)| {
            let (first, last) = (zone.day_of(time.start), zone.day_of(time.end));
            let end = unit.next(unit.first_day(last));
            Interval { start: zone.start_of(unit.first_day(first)), end: zone.start_of(end) }
        })
        .reduce(|one, other| Interval {
            start: one.start.min(other.start),
            end: one.end.max(other.end),
        })
}

/// Periods in which nobody can be booked any more.
pub(crate) fn full_periods(request: &Request<'_>, touched: Interval) -> Vec<Block> {
    let mut zone = Zone::new(request.event_zone);
    let counted = by_start(request.counted.iter());
    let mut blocks = Vec::new();
    for (unit, limit) in Unit::limited(&request.rules.count_limits) {
        for period in unit.periods(&mut zone, touched) {
            let count = in_period(&counted, period).len();
            if usize::try_from(limit).is_ok_and(|limit| count >= limit) {
                blocks.push(Block { time: period, reason: Reason::CountLimit });
            }
        }
    }
    blocks
}

/// Periods in which a host has no minutes left for another booking.
pub(crate) fn full_periods_of_host(
    request: &Request<'_>,
    host: usize,
    touched: Interval,
) -> Vec<Block> {
    let mut zone = Zone::new(request.event_zone);
    let mut blocks = Vec::new();
    for (unit, limit) in Unit::limited(&request.rules.duration_limits) {
        let counts = |booked: &&Counted| unit == Unit::Year || booked.host == Some(host);
        let counted = by_start(request.counted.iter().filter(counts));
        for period in unit.periods(&mut zone, touched) {
            let booked: i64 = in_period(&counted, period)
                .iter()
                .map(|booked| (booked.end - booked.start) / MINUTE)
                .sum();
            if booked + i64::from(request.rules.length) > i64::from(limit) {
                blocks.push(Block { time: period, reason: Reason::DurationLimit });
            }
        }
    }
    blocks
}

fn by_start<'c>(counted: impl Iterator<Item = &'c Counted>) -> Vec<Interval> {
    let mut times: Vec<Interval> = counted.map(|booked| booked.time).collect();
    times.sort_unstable();
    times
}

/// Bookings that start in a period.
fn in_period(by_start: &[Interval], period: Interval) -> &[Interval] {
    let place = |instant| by_start.partition_point(|time| time.start < instant);
    &by_start[place(period.start)..place(period.end)]
}
