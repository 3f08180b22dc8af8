//! Slots and holds: who is asked for, and the raw work of it.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use slotd_domain::event_type::EventType;
use slotd_domain::schedule::WeeklyEntry;
use slotd_domain::{AttendeeId, BookingId, EventTypeId, UserId, defaults};
use slotd_http::Clock;
use slotd_slots::{
    Availability, Booked, Host, Hours, Interval, Kind, Query, Request, Rules, Scheduling,
};
use slotd_store::bookings::{NewAttendee, NewBooking};

use crate::pool::PoolEntry;
use crate::rows::{Value, ZONE};

/// Bookings of a month that the users of the pool have, in turn.
const BOOKED: [usize; 3] = [0, 50, 500];
/// So many parts the pool has.
pub(crate) const PARTS: usize = BOOKED.len();
const LENGTH: i32 = 30;

/// What can be booked: half an hour, with the defaults of all settings.
pub(crate) fn event_type() -> EventType {
    EventType::new("Slots", "slots", LENGTH)
}

/// The first day that slots are asked for: tomorrow.
pub(crate) fn first_day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date().saturating_add(1.day())
}

/// When a month's bookings take place: quarters of an hour from seven o'clock UTC on, the
/// same number on each of 30 days.
fn times(from: Date, count: usize) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    (0..count).map(move |number| {
        let day = i64::try_from(number % 30).unwrap_or(0);
        let quarter = i64::try_from(number / 30).unwrap_or(0);
        let at = midnight(from.saturating_add(day.days()))
            + SignedDuration::from_mins(7 * 60 + 15 * quarter);
        (at, at + SignedDuration::from_mins(15))
    })
}

fn midnight(date: Date) -> Timestamp {
    date.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// The bookings of the pool's user with a number; ids are the caller's to give.
pub(crate) fn bookings(number: usize, from: Date) -> Vec<(Timestamp, Timestamp)> {
    times(from, BOOKED[number % PARTS]).collect()
}

/// So many bookings from 300 days ago to 60 days ahead, of a quarter of an hour each.
pub(crate) fn history(count: usize, from: Date) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    let quarters = 360 * 24 * 4;
    let first = midnight(from.saturating_sub(300.days()));
    (0..count).map(move |number| {
        let quarter = i64::try_from(number * quarters / count).unwrap_or(0);
        let at = first + SignedDuration::from_mins(15 * quarter);
        (at, at + SignedDuration::from_mins(15))
    })
}

/// A booking of a user at some time.
pub(crate) fn booking(
    host: UserId,
    event_type: Option<EventTypeId>,
    (id, attendee): (i32, i32),
    (start, end): (Timestamp, Timestamp),
) -> NewBooking {
    let attendee = NewAttendee::new(
        AttendeeId(attendee),
        "guest@example.org".to_owned(),
        "Guest".to_owned(),
        ZONE.to_owned(),
    );
    let uid = format!("booking{id:015}");
    NewBooking {
        event_type_id: event_type,
        title: "Meeting".to_owned(),
        attendees: vec![attendee],
        ..NewBooking::new(BookingId(id), uid, host, "host@example.com".to_owned(), start, end)
    }
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
        let booked = times(first_day(now), count).map(|(start, end)| Booked {
            time: Interval::new(start, end),
            kind: Kind::Other,
            before_buffer: 0,
            after_buffer: 0,
        });
        let zone = TimeZoneDatabase::bundled().get(ZONE).unwrap_or(TimeZone::UTC);
        Self { now, zone, weekly: defaults::weekly_hours(), booked: booked.collect() }
    }
}

static FIXTURES: LazyLock<[Fixture; PARTS]> = LazyLock::new(|| BOOKED.map(Fixture::new));

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
