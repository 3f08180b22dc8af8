//! Slots and holds: who is asked for, and the raw work of it.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Span, Timestamp, ToSpan as _};
use slotd_domain::defaults;
use slotd_domain::event_type::EventType;
use slotd_domain::schedule::WeeklyEntry;
use slotd_http::Clock;
use slotd_slots::{
    Availability, Booked, Host, Hours, Interval, Kind, Query, Request, Rules, Scheduling,
};

use crate::pool::PoolEntry;
use crate::rows::{Value, ZONE};

/// Bookings of a month that users of the pool can have.
const BOOKED: [usize; 3] = [0, 50, 500];
/// The users with so many: which part of the pool, and of how many.
pub(crate) const PARTS: [(usize, usize); 3] = [(0, 3), (1, 3), LIST];
/// Those whose bookings are listed.
pub(crate) const LIST: (usize, usize) = (2, 30);
const LENGTH: i32 = 30;

/// What can be booked: half an hour, with the defaults of all settings.
pub(crate) fn event_type() -> EventType {
    EventType::new("Slots", "slots", LENGTH)
}

/// The first day that slots are asked for: tomorrow.
pub(crate) fn first_day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date().saturating_add(1.day())
}

/// When the bookings of a month take place: a quarter of an hour each, from seven o'clock
/// UTC on, the same number on each of 30 days.
pub(crate) fn time(first_day: Date, number: usize) -> Timestamp {
    let day = first_day.saturating_add(days(number % 30));
    quarter(day, 7 * 4 + number / 30)
}

/// When those of the 1,000 days until yesterday took place: on each of them the same number.
pub(crate) fn past_time(first_day: Date, number: usize) -> Timestamp {
    let day = first_day.saturating_sub(days(2 + number % 1_000));
    quarter(day, number / 1_000)
}

fn days(count: usize) -> Span {
    i64::try_from(count).unwrap_or(0).days()
}

fn quarter(day: Date, number: usize) -> Timestamp {
    midnight(day) + SignedDuration::from_mins(15 * i64::try_from(number).unwrap_or(0))
}

fn midnight(date: Date) -> Timestamp {
    date.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// How many bookings of a month the pool's user with a number has.
pub(crate) fn booked(number: usize) -> usize {
    let found = PARTS.into_iter().zip(BOOKED).find(|(part, _)| is_in(number, *part));
    found.map_or(0, |(_, count)| count)
}

/// Whether the pool's user with a number is in a part of it.
pub(crate) fn is_in(number: usize, (part, parts): (usize, usize)) -> bool {
    number % parts == part
}

/// Values of the statements of a week's slots.
pub(crate) fn week(entry: &PoolEntry) -> Vec<Vec<Value>> {
    reads(entry, entry.week)
}

/// Values of the statements of a month's slots.
pub(crate) fn month(entry: &PoolEntry) -> Vec<Vec<Value>> {
    reads(entry, entry.month)
}

fn reads(entry: &PoolEntry, last: Date) -> Vec<Vec<Value>> {
    let id = || Value::Int(entry.slots);
    let day = |date: Date, days: i64| midnight(date.saturating_add(days.days()));
    let (from, to) = (day(entry.from, -2), day(last, 3));
    vec![
        vec![id()],
        vec![id()],
        vec![id()],
        vec![id(), Value::Instant(from), Value::Instant(to), Value::Instant(day(last, 4))],
        vec![id(), Value::Instant(from), Value::Instant(to), Value::Instant(Clock::system().now())],
        vec![id(), Value::Date(entry.from), Value::Date(last)],
    ]
}

/// The row of a hold. Each is of an hour that nobody else holds.
pub(crate) fn hold(entry: &PoolEntry, id: i32) -> Vec<Vec<Value>> {
    let start =
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(600_000 + i64::from(id % 1_000_000));
    let end = start + SignedDuration::from_mins(LENGTH.into());
    let release_at = Clock::system().now() + SignedDuration::from_mins(5);
    vec![vec![
        Value::Text(uuid::Uuid::new_v4().to_string()),
        Value::Int(entry.user),
        Value::Int(entry.slots),
        Value::Instant(start),
        Value::Instant(end),
        Value::Instant(release_at),
        Value::Bool(false),
    ]]
}

/// What the engine does with the rows of so many days and bookings, again and again.
struct Fixture {
    now: Timestamp,
    zone: TimeZone,
    weekly: Vec<WeeklyEntry>,
    booked: Vec<Booked>,
}

impl Fixture {
    fn new(count: usize) -> Self {
        let now = Clock::system().now();
        let times = (0..count).map(|number| time(first_day(now), number));
        let booked = times.map(|start| Booked {
            time: Interval::new(start, start + SignedDuration::from_mins(15)),
            kind: Kind::Other,
            before_buffer: 0,
            after_buffer: 0,
        });
        let zone = TimeZoneDatabase::bundled().get(ZONE).unwrap_or(TimeZone::UTC);
        Self { now, zone, weekly: defaults::weekly_hours(), booked: booked.collect() }
    }
}

static FIXTURES: LazyLock<[Fixture; BOOKED.len()]> = LazyLock::new(|| BOOKED.map(Fixture::new));

/// Works out the slots of a host.
pub(crate) fn engine<const DAYS: i64, const COUNT: usize>() {
    let fixture = FIXTURES.iter().find(|fixture| fixture.booked.len() == COUNT);
    let Some(Fixture { now, zone, weekly, booked }) = fixture else { return };
    let from = first_day(*now);
    let host = Host {
        is_fixed: false,
        group: None,
        hours: Hours { zone, weekly, overrides: &[] },
        booked,
        calendar: &[],
        away: &[],
    };
    let end = midnight(from.saturating_add(DAYS.days()));
    let days = Availability::of(&Request {
        now: *now,
        query: Query { start: midnight(from), end, zone },
        rules: Rules::of(&event_type(), None, Scheduling::Single),
        event_zone: zone,
        hosts: &[host],
        holds: &[],
        seated: &[],
        counted: &[],
        rescheduled: None,
    })
    .days();
    std::hint::black_box(days);
}
