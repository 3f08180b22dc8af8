//! Random requests, most of them near a change of the clock.

use std::sync::LazyLock;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use slotd_domain::WeekDay;
use slotd_domain::event_type::{BookingWindow, Limits};
use slotd_domain::schedule::{DateOverride, WallTime, WeeklyEntry};
use slotd_slots::{Away, Booked, Counted, Hold, Interval, Kind, Rules, Scheduling, Seated};

use crate::scene::{Scene, SceneHost, zone};

/// How many cases a property has: `PROPTEST_CASES`, or few.
pub(crate) fn cases(few: u32, source_file: &'static str) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(few, |cases| cases.parse().unwrap());
    ProptestConfig { cases, source_file: Some(source_file), ..ProptestConfig::default() }
}

/// Zones that differ by odd offsets, change by half hours or two hours, at midnight, in
/// Ramadan, or that once left a day out.
const ZONES: [&str; 18] = [
    "UTC",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Scoresbysund",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Rome",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Norfolk",
];

/// Each zone with its changes from 2020 to 2035.
static CHANGES: LazyLock<Vec<(&str, TimeZone, Vec<Timestamp>)>> = LazyLock::new(|| {
    let (from, until): (Timestamp, Timestamp) =
        ("2020-01-01T00:00:00Z".parse().unwrap(), "2036-01-01T00:00:00Z".parse().unwrap());
    let of_zone = |name| {
        let tz = zone(name);
        let changes = tz.following(from).map(|change| change.timestamp());
        let changes = changes.take_while(|at| *at < until).collect();
        (name, tz, changes)
    };
    ZONES.into_iter().map(of_zone).collect()
});

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

pub(crate) fn any_zone() -> impl Strategy<Value = TimeZone> {
    (0..ZONES.len()).prop_map(|index| CHANGES[index].1.clone())
}

/// An instant and a zone: at a change of its clock, or somewhere.
fn anchor() -> impl Strategy<Value = (Timestamp, TimeZone)> {
    let change = (0..ZONES.len(), any::<Index>()).prop_map(|(index, at)| {
        let (_, tz, changes) = &CHANGES[index];
        let at = if changes.is_empty() {
            "2026-03-29T01:00:00Z".parse().unwrap()
        } else {
            *at.get(changes)
        };
        (at, tz.clone())
    });
    let first = date(2020, 1, 1);
    let anywhere = (0..5_800_i32, any_zone()).prop_map(move |(days, tz)| {
        let day = first + days.days();
        (day.to_zoned(TimeZone::UTC).unwrap().timestamp(), tz)
    });
    let history = prop_oneof![
        Just(("2011-12-30T10:00:00Z", "Pacific/Apia")),
        Just(("2007-11-04T02:31:00Z", "America/St_Johns")),
    ]
    .prop_map(|(at, name)| (at.parse().unwrap(), zone(name)));
    prop_oneof![14 => change, 4 => anywhere, 1 => history]
}

fn length() -> impl Strategy<Value = i32> {
    prop_oneof![
        6 => select(vec![15, 20, 30, 45, 60, 60, 90, 120]),
        2 => select(vec![1, 5, 7, 8, 25, 40, 50, 75, 480]),
    ]
}

fn buffer() -> impl Strategy<Value = i32> {
    prop_oneof![5 => Just(0), 3 => select(vec![5, 10, 15, 30, 60]), 1 => select(vec![7, 240, 1_440])]
}

fn wall_time() -> impl Strategy<Value = WallTime> {
    prop_oneof![
        6 => (0..48).prop_map(|half| half * 30),
        2 => (0..288).prop_map(|five| five * 5),
        1 => 0..1_440,
        2 => Just(1_439),
        1 => Just(0),
        // In the gap of clocks that go forward before midnight.
        1 => Just(1_410),
    ]
    .prop_map(|minutes| WallTime::from_minutes(minutes).unwrap())
}

/// Mostly in order.
fn wall_range() -> impl Strategy<Value = (WallTime, WallTime)> {
    prop_oneof![
        8 => (wall_time(), wall_time()).prop_map(|(one, other)| (one.min(other), one.max(other))),
        1 => (wall_time(), wall_time()),
        4 => Just((WallTime::at(0, 0), WallTime::LAST)),
        4 => Just((WallTime::at(9, 0), WallTime::at(17, 0))),
    ]
}

fn weekly() -> impl Strategy<Value = Vec<WeeklyEntry>> {
    let days = prop_oneof![
        5 => Just(0b111_1111_u8),
        2 => Just(0b001_1111),
        3 => 0_u8..128,
    ];
    let entry = (days, wall_range()).prop_map(|(mask, (start, end))| WeeklyEntry {
        days: WeekDay::ALL
            .into_iter()
            .zip(0..)
            .filter_map(|(day, bit)| (mask & (1 << bit) != 0).then_some(day))
            .collect(),
        start,
        end,
    });
    prop_oneof![1 => Just(vec![]), 16 => vec(entry, 1..6)]
}

fn near(origin: Date) -> impl Strategy<Value = Date> {
    (-3..12_i32).prop_map(move |days| origin + days.days())
}

fn overrides(origin: Date) -> impl Strategy<Value = Vec<DateOverride>> {
    let range = prop_oneof![
        4 => wall_range(),
        1 => Just((WallTime::at(0, 0), WallTime::at(0, 0))),
    ];
    let entry =
        (near(origin), range).prop_map(|(date, (start, end))| DateOverride { date, start, end });
    vec(entry, 0..5)
}

/// A time near an instant, most often on the full or half hour.
pub(crate) fn time(origin: Timestamp, length_minutes: i32) -> impl Strategy<Value = Interval> {
    let start = prop_oneof![
        8 => (-6..60_i64).prop_map(|hours| hours * 60),
        2 => (-40..240_i64).prop_map(|hours| hours * 60),
        3 => (-80..480_i64).prop_map(|halves| halves * 30),
        2 => (-2_880..14_400_i64).prop_map(|minutes| minutes),
    ];
    let length = prop_oneof![
        6 => Just(length_minutes),
        3 => length(),
        1 => select(vec![0, 10, 1_440, 4_320]),
    ];
    let hour = origin - SignedDuration::from_secs(origin.as_second().rem_euclid(3_600));
    (start, length).prop_map(move |(start, length)| {
        let start = hour + minutes(start);
        Interval::new(start, start + minutes(length.into()))
    })
}

fn booked(origin: Timestamp, rules: &Rules) -> impl Strategy<Value = Booked> + use<> {
    let (before, after) = (rules.before_buffer, rules.after_buffer);
    let kind = select(vec![Kind::Own, Kind::Own, Kind::Other, Kind::Other, Kind::OwnPending]);
    (time(origin, rules.length), kind, buffer(), buffer()).prop_map(
        move |(time, kind, before_other, after_other)| {
            let is_other = kind == Kind::Other;
            Booked {
                time,
                kind,
                before_buffer: if is_other { before_other } else { before },
                after_buffer: if is_other { after_other } else { after },
            }
        },
    )
}

fn calendar(origin: Timestamp) -> impl Strategy<Value = Vec<Interval>> {
    let event = (time(origin, 30), prop_oneof![30 => Just((0, 0)), 1 => (0..4_i64, 0..4_i64)]);
    let event = event.prop_map(|(time, (start, end))| {
        let seconds = |parts: i64| SignedDuration::from_secs(parts * 15);
        Interval::new(time.start() + seconds(start), time.end() + seconds(start + end))
    });
    vec(event, 0..4)
}

fn host(origin: Timestamp, near_zone: TimeZone, rules: &Rules) -> BoxedStrategy<SceneHost> {
    let zone = prop_oneof![2 => Just(near_zone), 1 => any_zone()];
    let rules = rules.clone();
    (zone, weighted(0.25, 0..2_u32), prop::bool::weighted(0.25))
        .prop_flat_map(move |(zone, group, is_fixed)| {
            let today = zone.to_datetime(origin).date();
            let away = (near(today), 0..3_i32)
                .prop_map(|(first, days)| Away { first, last: first + days.days() });
            let booked = vec(booked(origin, &rules), 0..6);
            // Calendars have copies of bookings.
            let copies = vec(any::<Index>(), 0..3);
            let rest = (overrides(today), calendar(origin), copies);
            let away = prop_oneof![2 => Just(vec![]), 1 => vec(away, 1..3)];
            (weekly(), booked, rest, away).prop_map(
                move |(weekly, booked, (overrides, mut calendar, copies), away)| {
                    if !booked.is_empty() {
                        calendar.extend(copies.iter().map(|copy| copy.get(&booked).time));
                    }
                    let zone = zone.clone();
                    SceneHost { is_fixed, group, zone, weekly, overrides, booked, calendar, away }
                },
            )
        })
        .boxed()
}

fn limits(most: i32, unit: i32) -> impl Strategy<Value = Limits> {
    let limit = move || weighted(0.15, (0..most).prop_map(move |count| count * unit));
    (limit(), limit(), limit(), limit()).prop_map(|(day, week, month, year)| Limits {
        day,
        week,
        month,
        year,
    })
}

fn window(today: Date) -> impl Strategy<Value = Option<BookingWindow>> {
    let days = |rolling| {
        (0..12_i32, any::<bool>()).prop_map(move |(count, business)| BookingWindow::Days {
            count,
            business,
            rolling,
        })
    };
    let range = (near(today), 0..8_i32)
        .prop_map(|(from, days)| BookingWindow::Range { from, to: from + days.days() });
    prop_oneof![
        10 => Just(None),
        2 => days(false).prop_map(Some),
        2 => days(true).prop_map(Some),
        2 => range.prop_map(Some),
    ]
}

fn rules(today: Date) -> BoxedStrategy<Rules> {
    let scheduling = select(vec![
        Scheduling::Single,
        Scheduling::Single,
        Scheduling::Collective,
        Scheduling::RoundRobin,
        Scheduling::RoundRobin,
    ]);
    let step = weighted(0.4, prop_oneof![5 => length(), 1 => select(vec![1, 3, 10, 11])]);
    let offset = prop_oneof![6 => Just(0), 2 => select(vec![5, 7, 10, 30, 60])];
    let notice = prop_oneof![4 => select(vec![0, 1, 60, 120]), 1 => 0..3_000];
    let seats = weighted(0.45, 1..4_i32);
    let lengths = (length(), step, offset, notice, buffer(), buffer());
    let choices = (any::<bool>(), prop::bool::weighted(0.15), prop::bool::weighted(0.25));
    let limits = prop_oneof![
        1 => Just((Limits::default(), Limits::default())),
        1 => (limits(4, 1), limits(20, 45)),
    ];
    (lengths, choices, limits, window(today), seats, scheduling)
        .prop_map(|(lengths, choices, limits, window, seats, scheduling)| {
            let (length, step, offset, notice, before_buffer, after_buffer) = lengths;
            let (blocks_unconfirmed, only_first, optimized) = choices;
            Rules {
                length,
                step: step.unwrap_or(length),
                offset,
                notice,
                before_buffer,
                after_buffer,
                count_limits: limits.0,
                duration_limits: limits.1,
                window,
                seats,
                blocks_unconfirmed,
                only_first,
                optimized,
                scheduling,
            }
        })
        .boxed()
}

/// What is asked: start, end, the clock.
fn asked(origin: Timestamp) -> impl Strategy<Value = (Timestamp, Timestamp, Timestamp)> {
    let seconds = || prop_oneof![8 => Just(0), 1 => select(vec![1, 30, 59])];
    let minute = || prop_oneof![4 => Just(0), 1 => 0..60_i64];
    let start = (prop_oneof![4 => -60..20_i64, 1 => -1..2_i64], minute(), seconds());
    let length = (
        prop_oneof![3 => 2..120_i64, 1 => 1..240_i64],
        minute(),
        prop_oneof![
            2 => Just(0),
            1 => Just(-1),
            1 => seconds()
        ],
    );
    let now = (prop_oneof![3 => 0..80_i64, 1 => -40..900_i64], minute(), 0..5_i64);
    (start, length, now).prop_map(move |(start, length, now)| {
        let of = |(hours, minute, seconds): (i64, i64, i64)| {
            minutes(hours * 60 + minute) + SignedDuration::from_secs(seconds)
        };
        let start = origin + of(start);
        let millis = SignedDuration::from_millis(
            [0, 0, 500, 20_000, 30_000][usize::try_from(now.2).unwrap()],
        );
        (start, start + of(length), start - of((now.0, now.1, 0)) + millis)
    })
}

/// Parts are boxed: together they would not fit onto the stack of a test.
pub(crate) fn scene() -> BoxedStrategy<Scene> {
    anchor()
        .prop_flat_map(|(origin, tz)| {
            let today = tz.to_datetime(origin).date();
            (asked(origin), rules(today), Just(tz))
        })
        .prop_flat_map(|(asked, rules, tz)| {
            let count = if rules.scheduling == Scheduling::Single { 1..2_usize } else { 1..5 };
            let hosts = prop_oneof![
                30 => vec(host(asked.0, tz.clone(), &rules), count),
                1 => Just(vec![]),
            ];
            let zones = (prop_oneof![1 => Just(tz), 2 => any_zone()], weighted(0.3, any_zone()));
            let origin = asked.0;
            let hold = (time(origin, rules.length), -2..10_i64, prop::bool::weighted(0.4));
            let seated = vec((time(origin, rules.length), 0..4_i32), 0..4);
            let counted = vec((time(origin, rules.length), weighted(0.8, 0..4_usize)), 0..8);
            let rescheduled = weighted(0.3, any::<Index>());
            let lists = (vec(hold, 0..4), seated, counted, rescheduled);
            (Just(asked), Just(rules), zones, hosts, lists)
        })
        .prop_map(|(asked, rules, (booker, event_zone), hosts, lists)| {
            let (start, end, now) = asked;
            let (holds, extra, counted, rescheduled) = lists;
            let hold = |(time, until, is_seat)| Hold { time, until: now + minutes(until), is_seat };
            let own = hosts.iter().flat_map(|host: &SceneHost| &host.booked);
            let own = own.filter(|it| it.kind == Kind::Own).map(|it| (it.time, 1));
            let mut seated: Vec<Seated> =
                own.chain(extra).map(|(time, attendees)| Seated { time, attendees }).collect();
            seated.sort_by_key(|it| it.time);
            let events: Vec<Interval> =
                hosts.iter().flat_map(|host| host.calendar.iter().copied()).collect();
            Scene {
                now,
                start,
                end,
                booker,
                event_zone: event_zone.unwrap_or_else(|| {
                    hosts.first().map_or(TimeZone::UTC, |host| host.zone.clone())
                }),
                holds: holds.into_iter().map(hold).collect(),
                seated,
                counted: counted
                    .into_iter()
                    .map(|(time, host)| Counted { time, host: host.filter(|at| *at < hosts.len()) })
                    .collect(),
                rescheduled: rescheduled
                    .filter(|_| !events.is_empty())
                    .map(|index| *index.get(&events)),
                hosts,
                rules,
            }
        })
        .boxed()
}

/// Starts that may be booked, on the grid or off it, each near what matters: the query, the
/// clock, bookings, holds, the slots that are listed.
pub(crate) fn start() -> BoxedStrategy<(Scene, Vec<Timestamp>)> {
    let near = prop_oneof![
        3 => Just(0),
        3 => select(vec![15, 30, 60, -15, -30, -60]),
        3 => (-3..4_i64).prop_map(|quarters| quarters * 15 * 60),
        1 => (-2_000..6_000_i64).prop_map(|minutes| minutes * 60),
        1 => (-400..400_i64).prop_map(|parts| parts * 15),
    ];
    (scene(), vec((any::<Index>(), any::<Index>(), near), 8))
        .prop_map(|(scene, picks)| {
            let listed: Vec<Timestamp> = scene
                .days()
                .iter()
                .flat_map(|day| &day.slots)
                .map(slotd_slots::Slot::start)
                .collect();
            let booked: Vec<Timestamp> = scene
                .hosts
                .iter()
                .flat_map(|host| host.booked.iter().map(|it| it.time))
                .flat_map(|time| [time.start(), time.end()])
                .collect();
            let others: Vec<Timestamp> = scene
                .holds
                .iter()
                .map(|hold| hold.time)
                .chain(scene.seated.iter().map(|it| it.time))
                .map(Interval::start)
                .chain([scene.start, scene.now, scene.now + minutes(scene.rules.notice.into())])
                .collect();
            let lists = [&listed, &listed, &booked, &others]
                .map(|list| if list.is_empty() { &others } else { list });
            let start = |(list, at, seconds): (Index, Index, i64)| {
                let list = lists[list.index(lists.len())];
                *at.get(list) + SignedDuration::from_secs(seconds)
            };
            let starts = picks.into_iter().map(start).collect();
            (scene, starts)
        })
        .boxed()
}

/// Requests whose starts are marks of the booker's clock: the step is the grid, no offset,
/// not optimized, and the booker's offsets are whole hours. Nor do windows or the choice
/// of the first slot depend on what else is offered.
pub(crate) fn steady_scene() -> BoxedStrategy<Scene> {
    let whole_hours = select(vec!["UTC", "Europe/Rome", "America/New_York", "America/Nuuk"]);
    (scene(), select(vec![5, 10, 15, 20, 30, 60]), whole_hours)
        .prop_map(|(mut scene, step, booker)| {
            scene.rules.step = step;
            scene.rules.offset = 0;
            scene.rules.optimized = false;
            scene.rules.only_first = false;
            if matches!(scene.rules.window, Some(BookingWindow::Days { rolling: true, .. })) {
                scene.rules.window = None;
            }
            scene.booker = zone(booker);
            scene
        })
        .boxed()
}
