//! Sizes and numbers that nobody should send: no panic, no overflow, bounded work.
//!
//! The bounds on work are what the suite's time-out allows: what grows with the product
//! of two of these sizes does not finish.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use proptest::prelude::*;
use proptest::sample::select;
use slotd_domain::event_type::{BookingWindow, Limits};
use slotd_domain::schedule::{DateOverride, WallTime};
use slotd_slots::{
    Availability, Away, Booked, Counted, Hold, Interval, Kind, Query, Reads, Scheduling, Seated,
};

use crate::scene::{Scene, SceneHost, every_day, zone};
use crate::strategies::cases;

fn every_five_minutes(from: Timestamp, count: i64) -> Vec<Interval> {
    let start = |index| from + SignedDuration::from_mins(5 * index);
    (0..count).map(|index| Interval::new(start(index), start(index + 1))).collect()
}

/// 10,000 of everything, most of it twice.
fn crowded() -> Scene {
    let mut scene = Scene::always("Europe/Rome", "2026-03-01T00:00", "2026-05-01T00:00");
    let times = every_five_minutes(scene.start, 10_000);
    let booked = |time: &Interval| Booked {
        time: *time,
        kind: Kind::Own,
        before_buffer: 0,
        after_buffer: 0,
    };
    let host = &mut scene.hosts[0];
    host.booked = times.iter().chain(&times).map(booked).collect();
    host.calendar = times.repeat(2);
    let first = "2026-01-01".parse::<jiff::civil::Date>().unwrap();
    let day = |index: i32| DateOverride {
        date: first + (index / 3).days(),
        start: WallTime::at(9, 0),
        end: WallTime::at(17, 0),
    };
    host.overrides = (0..1_000).map(day).collect();
    host.away = vec![Away { first, last: first }; 1_000];
    host.weekly = vec![every_day(WallTime::at(0, 0), WallTime::LAST).remove(0); 100];
    let hold = |time: &Interval| Hold {
        time: *time,
        until: scene.start + SignedDuration::from_hours(1),
        is_seat: false,
    };
    scene.holds = times.iter().map(hold).collect();
    scene.seated = times.iter().map(|time| Seated { time: *time, attendees: i32::MAX }).collect();
    scene.counted = times.iter().map(|time| Counted { time: *time, host: Some(0) }).collect();
    scene.rules.length = 5;
    scene.rules.step = 5;
    scene
}

fn answer(scene: &Scene) -> usize {
    let query = Query { start: scene.start, end: scene.end, zone: &scene.booker };
    let _ = Reads::of(scene.now, query, &scene.rules, &scene.event_zone);
    scene.request(|request| {
        let availability = Availability::of(request);
        let slots = availability.days().iter().map(|day| day.slots.len()).sum();
        let explained: usize = availability.explain().iter().map(|day| day.slots).sum();
        let away = availability
            .days()
            .iter()
            .flat_map(|day| &day.slots)
            .filter(|slot| slot.away.is_some())
            .count();
        assert_eq!(explained + away, slots);
        // The work grows with the days that a slot is long.
        if scene.rules.length <= 525_600 {
            for start in [Timestamp::MIN, scene.now, scene.start, scene.end, Timestamp::MAX] {
                let query = Query::of_start(start, scene.rules.length, &scene.booker);
                let _ = Reads::of(scene.now, query, &scene.rules, &scene.event_zone);
                let _ = (availability.verdict(start), availability.free_hosts(start));
            }
        }
        slots
    })
}

/// SLOT-21, SLOT-40, SLOT-70
#[test]
fn ten_thousand_bookings_of_every_kind_are_answered() {
    let mut scene = crowded();
    assert!(answer(&scene) > 0);
    scene.rules.seats = Some(i32::MAX);
    assert!(answer(&scene) > 0);
    scene.rules.only_first = true;
    scene.rules.window = Some(BookingWindow::Days { count: 3, business: true, rolling: true });
    answer(&scene);
    scene.hosts = vec![scene.hosts[0].clone(); 3];
    scene.rules.scheduling = Scheduling::RoundRobin;
    answer(&scene);
}

/// SLOT-21, SLOT-25
#[test]
fn a_hundred_years_are_answered() {
    let mut scene = crowded();
    scene.end = scene.start + SignedDuration::from_hours(100 * 365 * 24);
    scene.hosts[0].weekly = every_day(WallTime::at(9, 0), WallTime::at(11, 0));
    scene.rules.length = 60;
    scene.rules.step = 60;
    let most = Some(i32::MAX);
    let limits = Limits { day: most, week: most, month: most, year: most };
    (scene.rules.count_limits, scene.rules.duration_limits) = (limits, limits);
    assert!(answer(&scene) > 36_000);
    scene.rules.seats = Some(2);
    assert!(answer(&scene) > 36_000);
}

/// SLOT-22: all the time there is, and the years at its ends.
#[test]
fn the_first_and_the_last_years_are_answered() {
    for name in ["UTC", "America/New_York", "Africa/Monrovia", "Pacific/Apia", "Asia/Kathmandu"] {
        for (start, end) in [
            (Timestamp::MIN, Timestamp::MIN + SignedDuration::from_hours(700)),
            (Timestamp::MAX - SignedDuration::from_hours(700), Timestamp::MAX),
        ] {
            for business in [false, true] {
                for rolling in [false, true] {
                    let mut scene = Scene::always("UTC", "2026-01-01T00:00", "2026-01-01T00:00");
                    let zone = zone(name);
                    (scene.booker, scene.event_zone) = (zone.clone(), zone.clone());
                    scene.hosts = vec![SceneHost::always(zone)];
                    scene.rules.count_limits =
                        Limits { day: Some(9), week: Some(9), month: Some(9), year: Some(9) };
                    scene.rules.window = Some(BookingWindow::Days { count: 9, business, rolling });
                    (scene.now, scene.start, scene.end) = (start, start, end);
                    assert!(answer(&scene) > 0, "{name} {start}");
                    let widest = Interval::new(Timestamp::MIN, Timestamp::MAX);
                    scene.hosts[0].booked = vec![Booked {
                        time: widest,
                        kind: Kind::Other,
                        before_buffer: i32::MAX,
                        after_buffer: i32::MAX,
                    }];
                    scene.rules.after_buffer = i32::MAX;
                    scene.holds =
                        vec![Hold { time: widest, until: Timestamp::MAX, is_seat: false }];
                    assert_eq!(answer(&scene), 0);
                }
            }
        }
    }
}

fn number() -> impl Strategy<Value = i32> {
    select(vec![0, 1, 60, 525_600, 100_000_000, i32::MAX - 1, i32::MAX])
}

fn limits() -> impl Strategy<Value = Limits> {
    let limit = || prop::option::of(number());
    (limit(), limit(), limit(), limit()).prop_map(|(day, week, month, year)| Limits {
        day,
        week,
        month,
        year,
    })
}

proptest! {
    #![proptest_config(cases(300, file!()))]

    /// SLOT-21: any number that a rule can have.
    #[test]
    fn numbers_of_any_size_are_answered(
        lengths in (number(), number(), number(), number()),
        buffers in (number(), number(), number(), number()),
        limits in (limits(), limits()),
        window in prop::option::of((number(), any::<bool>(), any::<bool>())),
        seats in prop::option::of(number()),
        choices in (any::<bool>(), any::<bool>(), any::<bool>()),
        scheduling in select(vec![Scheduling::Single, Scheduling::Collective, Scheduling::RoundRobin]),
    ) {
        let mut scene = Scene::always("America/St_Johns", "2026-03-07T00:00", "2026-03-12T00:00");
        let time = scene.time("2026-03-08T09:00", "2026-03-08T10:00");
        let rules = &mut scene.rules;
        rules.length = lengths.0.max(1);
        rules.step = lengths.1.max(1);
        rules.offset = lengths.2;
        rules.notice = lengths.3;
        rules.before_buffer = buffers.0;
        rules.after_buffer = buffers.1;
        (rules.count_limits, rules.duration_limits) = limits;
        rules.window = window.map(|(count, business, rolling)| BookingWindow::Days { count, business, rolling });
        rules.seats = seats;
        (rules.only_first, rules.optimized, rules.blocks_unconfirmed) = choices;
        rules.scheduling = scheduling;
        let other = SceneHost::always(TimeZone::UTC);
        scene.hosts.push(other);
        let kinds = [Kind::Own, Kind::Other, Kind::OwnPending];
        scene.hosts[0].booked = kinds.map(|kind| Booked { time, kind, before_buffer: buffers.2, after_buffer: buffers.3 }).to_vec();
        scene.seated = vec![Seated { time, attendees: i32::MAX }];
        scene.holds = vec![Hold { time, until: Timestamp::MAX, is_seat: true }; 3];
        scene.counted = vec![Counted { time, host: Some(9) }; 3];
        answer(&scene);
    }
}
