//! Bookings that are made and read: of what, when, and the raw work of it.

use std::sync::{Arc, LazyLock};

use jiff::{SignedDuration, Timestamp};
use slotd_domain::event_type::{EventType, Settings};
use slotd_http::Clock;
use slotd_store::{Kind, Statement};

use crate::pool::PoolEntry;
use crate::rows::{self, Raw, Value, ZONE};

/// Ids of bookings and attendees that are made during measurements are not smaller.
pub(crate) const FIRST_NEW: i32 = 500_000_000;

/// Everything that bookings made during a measurement leave.
pub(crate) const LEAVES: &[(&str, &str)] = &[
    ("outbox", "booking_id >= 500000000"),
    ("booking_event", "booking_id >= 500000000"),
    ("attendee", "id >= 500000000"),
    ("occupancy", "booking_id >= 500000000"),
    ("booking", "id >= 500000000"),
];

pub(crate) const LENGTH: i32 = 15;

/// What is booked: a quarter of an hour, without notice.
pub(crate) fn appointment() -> EventType {
    let settings = Settings { minimum_notice_minutes: 0, ..Settings::default() };
    EventType { settings, ..EventType::new("Appointment", "appointment", LENGTH) }
}

pub(crate) const TITLE: &str = "Appointment between Alice Smith and Bob Jones";
/// The answers that slotd stores with a booking, and the booking as its history shows it.
pub(crate) const RESPONSES: &str = include_str!("../responses.json").trim_ascii_end();
pub(crate) const SNAPSHOT: &str = include_str!("../snapshot.json").trim_ascii_end();

/// Quarters of an hour of a working day that are so in Rome in summer and in winter: from
/// 08:00 UTC on.
const QUARTERS: i32 = 28;
/// Working days from Monday, 7 January 2030, on.
const DAYS: i32 = 18_000;

/// Another quarter of an hour for each number below 504,000: the same one on every working
/// day of 69 years, then the next. `load.lua` knows it as well.
fn free_time(number: i32) -> Timestamp {
    const FIRST: i64 = 1_893_974_400 + 8 * 3_600;
    let (day, quarter) = (number % DAYS, number / DAYS % QUARTERS);
    let days = SignedDuration::from_hours(24 * i64::from(day / 5 * 7 + day % 5));
    let first = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(FIRST);
    first + days + SignedDuration::from_mins(15 * i64::from(quarter))
}

/// The rows of a booking: itself, who attends it, whose time it takes, what happened, and
/// what follows.
pub(crate) const CREATE: Raw = Raw {
    statements: &[
        ("bookings::insert", "insert_row"),
        ("bookings::insert", "insert_attendee"),
        ("bookings::insert", "insert_occupancy"),
        ("outbox", "insert_event"),
        ("outbox", "insert_effect"),
        ("outbox", "insert_effect"),
        ("outbox", "insert_effect"),
        ("outbox", "insert_effect"),
        ("outbox", "insert_effect"),
    ],
    values: new_booking,
};

fn new_booking(entry: &PoolEntry, id: i32) -> Vec<Vec<Value>> {
    use Value::{Bool, Instant, Int, Null};
    let [responses, snapshot, metadata] = &*JSON;
    let json = |value: &Arc<serde_json::Value>| Value::Json(Arc::clone(value));
    let now = Clock::system().now();
    let start = free_time(id % (DAYS * QUARTERS));
    let end = start + SignedDuration::from_mins(LENGTH.into());
    let uid = format!("raw{id:019}");
    let guest = format!("guest-{id}@example.org");
    let mut values = vec![
        vec![
            Int(id),
            Value::text(&uid),
            Int(entry.appointment),
            Int(entry.user),
            Value::text("user-1000+clientidclientidclientidc@example.com"),
            Value::text(TITLE),
            Value::text(""),
            Instant(start),
            Instant(end),
            Value::text("accepted"),
            json(responses),
            json(metadata),
            Value::text("integrations:daily"),
            Null,
            Null,
            Null,
            Value::Text(format!("{uid}@Cal.com")),
            Int(0),
            Bool(false),
            Null,
            Value::text(&entry.client),
            Null,
            Null,
            Instant(now),
        ],
        vec![
            Int(id),
            Int(id),
            Value::text(&guest),
            Value::Text(guest),
            Value::text("Bob Jones"),
            Value::text(ZONE),
            Value::text("en"),
            Null,
            Null,
        ],
        vec![
            Int(entry.user),
            Bool(false),
            Instant(end),
            Int(id),
            Instant(start),
            Int(entry.appointment),
            Bool(false),
            Bool(true),
            Bool(false),
        ],
        vec![Int(id), Value::text("created"), json(snapshot), Instant(now)],
    ];
    // Of a client that sends no mails.
    let effects = [
        ("calendar.create", now),
        ("conferencing.create", now),
        ("webhook.BOOKING_CREATED", now),
        ("webhook.MEETING_STARTED", start),
        ("webhook.MEETING_ENDED", end),
    ];
    values.extend(effects.map(|(effect, due)| vec![Int(id), Value::text(effect), Instant(due)]));
    values
}

/// Answers, snapshot and metadata.
static JSON: LazyLock<[Arc<serde_json::Value>; 3]> = LazyLock::new(|| {
    [RESPONSES, SNAPSHOT, "{}"].map(|text| {
        let text =
            text.replace("{uid}", &"u".repeat(22)).replace("{guest}", "guest-1234567@example.org");
        Arc::new(serde_json::from_str(&text).expect("the files hold JSON"))
    })
});

/// How many bookings a user has, and a hundred of them: without who attends each.
pub(crate) const LIST: Raw = Raw {
    statements: LISTED,
    values: |entry, _| LIST_STATEMENTS.iter().map(|known| listed(known, entry)).collect(),
};

const LISTED: &[(&str, &str)] =
    &[("bookings::list", "count_rows"), ("bookings::list", "page_rows")];

static LIST_STATEMENTS: LazyLock<Vec<&'static Statement>> =
    LazyLock::new(|| rows::find(LISTED).expect("slotd lists bookings"));

/// Of each kind of parameters the first one says whose, when, that nothing is left out and
/// how many; the others are filters and orders.
fn listed(statement: &Statement, entry: &PoolEntry) -> Vec<Value> {
    let mut seen = Vec::new();
    let value = |kind: &Kind| {
        let is_first = !seen.contains(kind);
        seen.push(*kind);
        match kind {
            Kind::Int if is_first => Value::Int(entry.user),
            Kind::Text if is_first => Value::text("nobody@example.com"),
            Kind::Instant if is_first => Value::Instant(Clock::system().now()),
            Kind::Bool => Value::Bool(is_first),
            Kind::Big => Value::Big(if is_first { 100 } else { 0 }),
            _ => Value::Null,
        }
    };
    statement.params.iter().map(value).collect()
}
