//! What holds for every request, whatever the answer is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use slotd_domain::event_type::{BookingWindow, Limits};
use slotd_domain::schedule::{DateOverride, WallTime};
use slotd_slots::{
    Availability, Booked, DayReport, Hold, Interval, Kind, Query, Reads, Scheduling,
};

use crate::scene::{Scene, SceneHost, zone};
use crate::strategies::{any_zone, cases, scene, steady_scene, time};
use crate::twin;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn minutes(count: i32) -> SignedDuration {
    SignedDuration::from_mins(count.into())
}

/// Starts that are offered, those of days out of office among them.
fn starts(scene: &Scene) -> BTreeSet<Timestamp> {
    scene.days().iter().flat_map(|day| &day.slots).map(slotd_slots::Slot::start).collect()
}

fn overlap(one: (Timestamp, Timestamp), other: (Timestamp, Timestamp)) -> bool {
    one.0.max(other.0) < one.1.min(other.1)
}

/// A slot without the second by which it may pass the end of its range (SLOT-64).
fn slot(scene: &Scene, start: Timestamp) -> (Timestamp, Timestamp) {
    (start, start + minutes(scene.rules.length) - SECOND)
}

/// What the bookings and calendars of a host block, one by one.
fn blocks(scene: &Scene, host: &SceneHost) -> Vec<(Timestamp, Timestamp)> {
    let rules = &scene.rules;
    let (before, after) = (minutes(rules.before_buffer), minutes(rules.after_buffer));
    let shares = rules.seats.is_some_and(|seats| seats > 1);
    let mut blocks = Vec::new();
    for booked in &host.booked {
        if booked.kind == Kind::OwnPending && !rules.blocks_unconfirmed {
            continue;
        }
        let (start, end) = booked.time.into();
        let sides = (
            start - minutes(booked.before_buffer) - after,
            end + minutes(booked.after_buffer) + before,
        );
        if booked.kind == Kind::Own && shares {
            blocks.extend([(sides.0, start), (end, sides.1)]);
        } else {
            blocks.push(sides);
        }
    }
    blocks
}

/// Whether the clock of a host, who is not near a change of it, shows a time of work.
fn shows_work(host: &SceneHost, instant: Timestamp) -> bool {
    let wall = host.zone.to_datetime(instant);
    let time = WallTime::of(wall.time());
    let is_in =
        |start: WallTime, end: WallTime| start <= time && (time < end || end == WallTime::LAST);
    let mut overrides = host.overrides.iter().filter(|entry| entry.date == wall.date()).peekable();
    if overrides.peek().is_some() {
        return overrides.any(|entry| is_in(entry.start, entry.end));
    }
    let weekday = wall.weekday().to_sunday_zero_offset();
    host.weekly.iter().any(|entry| {
        let days = entry.days.as_slice();
        days.iter().any(|day| i8::try_from(day.number()) == Ok(weekday))
            && is_in(entry.start, entry.end)
    })
}

fn is_near_a_change(zone: &TimeZone, instant: Timestamp) -> bool {
    let day = SignedDuration::from_hours(36);
    zone.following(instant - day).next().is_some_and(|change| change.timestamp() < instant + day)
}

fn explain(scene: &Scene) -> Vec<DayReport> {
    scene.request(|request| Availability::of(request).explain())
}

/// Whether every slot stands on a mark of the clock, whatever is around it: then the
/// answer to a part of a query is that part of its answer.
fn is_on_marks(scene: &Scene) -> bool {
    let rules = &scene.rules;
    [60, 30, 20, 15, 10, 5, 1].contains(&rules.step) && rules.offset == 0 && !rules.optimized
}

proptest! {
    #![proptest_config(cases(300, file!()))]

    /// SLOT-25, SLOT-27, SLOT-50, SLOT-91
    #[test]
    fn slots_lie_in_hours_of_work_and_outside_of_what_blocks(scene in scene()) {
        let mut scene = scene;
        if scene.rules.scheduling == Scheduling::RoundRobin {
            scene.rules.scheduling = Scheduling::Collective;
        }
        for start in starts(&scene) {
            let slot = slot(&scene, start);
            prop_assert!(scene.start <= start && slot.1 <= scene.end);
            prop_assert!(start >= scene.now + minutes(scene.rules.notice));
            for host in &scene.hosts {
                for block in blocks(&scene, host) {
                    prop_assert!(!overlap(block, slot), "{start} in {block:?}");
                }
                if !is_near_a_change(&host.zone, start) {
                    for minute in 0..scene.rules.length {
                        let at = start + minutes(minute);
                        prop_assert!(shows_work(host, at), "{at} of {start}");
                    }
                }
            }
        }
    }

    /// SLOT-65: where the step is the grid and nothing moves it, starts are marks of the
    /// booker's clock. A shorter query shows exactly the slots that fit into it.
    #[test]
    fn a_part_of_a_query_on_marks_has_that_part_of_its_slots(
        scene in steady_scene(),
        from in 0..10_000_i64,
        length in 0..5_000_i64,
    ) {
        prop_assert!(is_on_marks(&scene));
        let whole = starts(&scene);
        let mut part = scene.clone();
        part.start = (scene.start + SignedDuration::from_mins(from)).min(scene.end);
        part.end = (part.start + SignedDuration::from_mins(length)).min(scene.end);
        let fits = |start: &Timestamp| part.start <= *start && slot(&scene, *start).1 <= part.end;
        let expected: BTreeSet<Timestamp> = whole.into_iter().filter(fits).collect();
        prop_assert_eq!(starts(&part), expected);
    }

    /// SLOT-63, SLOT-65: other chains begin anew where a query is cut, and go on over gaps
    /// shorter than a step. Where nobody works for a step, any query can be cut.
    #[test]
    fn a_query_can_be_cut_where_nobody_works_for_a_step(scene in scene()) {
        let mut scene = scene;
        scene.rules.only_first = false;
        let step = minutes(scene.rules.step) + minutes(scene.rules.offset);
        let working: Vec<Interval> = explain(&scene)
            .into_iter()
            .flat_map(|day| day.hosts)
            .flat_map(|host| host.working)
            .collect();
        let mut cut = scene.start + SignedDuration::from_mins(17);
        let whole = starts(&scene);
        let mut cuts = 0;
        while cut < scene.end && cuts < 4 {
            if !working.iter().any(|time| overlap((time.start(), time.end()), (cut - step, cut))) {
                let (mut one, mut other) = (scene.clone(), scene.clone());
                one.end = cut;
                other.start = cut;
                let both: BTreeSet<Timestamp> = starts(&one).union(&starts(&other)).copied().collect();
                prop_assert_eq!(&both, &whole, "cut at {}", cut);
                cuts += 1;
            }
            cut += SignedDuration::from_mins(37 * (1 + cuts * 8));
        }
    }

    /// SLOT-61
    #[test]
    fn a_zone_that_differs_by_whole_grids_shows_the_same_instants(
        scene in scene(),
        whole_hours in select(vec!["UTC", "Europe/Rome", "America/New_York", "Atlantic/Azores",
            "America/Nuuk", "Africa/Casablanca", "Antarctica/Troll", "Africa/Cairo"]),
        other in any_zone(),
    ) {
        let mut scene = scene;
        scene.rules.only_first = false;
        if matches!(scene.rules.window, Some(BookingWindow::Days { .. })) {
            scene.rules.window = None;
        }
        let grid = [60, 30, 20, 15, 10, 5].into_iter().find(|grid| scene.rules.step % grid == 0).unwrap_or(1);
        let mut first = scene.clone();
        first.booker = zone(whole_hours);
        let mut second = scene.clone();
        second.booker = TimeZone::UTC;
        prop_assert_eq!(starts(&first), starts(&second));
        second.booker = other.clone();
        let changes = other.following(scene.start - SignedDuration::from_hours(48)).map(|change| change.timestamp());
        let mut instants: Vec<Timestamp> = changes.take_while(|at| *at < scene.end).collect();
        instants.push(scene.start - SignedDuration::from_hours(48));
        if instants.iter().all(|at| other.to_offset(*at).seconds() % (grid * 60) == 0) {
            prop_assert_eq!(starts(&first), starts(&second));
        }
    }

    /// SLOT-50, SLOT-65
    #[test]
    fn more_busy_time_adds_no_slot_on_marks(
        scene in steady_scene(),
        host in any::<Index>(),
        more in select(vec![0, 30, 200, 3_000]).prop_flat_map(|start| (Just(start), 1..600_i64)),
        is_booking in any::<bool>(),
    ) {
        if scene.hosts.is_empty() {
            return Ok(());
        }
        let start = scene.start + SignedDuration::from_mins(more.0);
        let time = Interval::new(start, start + SignedDuration::from_mins(more.1));
        let mut busier = scene.clone();
        let host = host.get(&scene.hosts.iter().enumerate().collect::<Vec<_>>()).0;
        if is_booking {
            busier.hosts[host].booked.push(Booked { time, kind: Kind::Other, before_buffer: 5, after_buffer: 0 });
        } else {
            busier.hosts[host].calendar.push(time);
        }
        let (before, after) = (starts(&scene), starts(&busier));
        prop_assert!(after.is_subset(&before), "added {:?}", after.difference(&before));
    }

    /// SLOT-65: elsewhere it moves the chain behind it, and nothing before it. In round
    /// robin, what is left of a range may no longer contain another host's (SLOT-56), which
    /// then has starts of its own, but none that end before the busy time.
    #[test]
    fn more_busy_time_adds_slots_only_behind_it(scene in scene(), more in any::<Index>(), length in 1..600_i64) {
        let mut scene = scene;
        scene.rules.only_first = false;
        scene.rules.optimized = false;
        if matches!(scene.rules.window, Some(BookingWindow::Days { rolling: true, .. })) {
            scene.rules.window = None;
        }
        if scene.hosts.is_empty() {
            return Ok(());
        }
        let span = (scene.end - scene.start).get_seconds() / 60 + 1;
        let after = i64::try_from(more.index(usize::try_from(span).unwrap())).unwrap();
        let start = scene.start + SignedDuration::from_mins(after);
        let time = Interval::new(start, start + SignedDuration::from_mins(length));
        let mut busier = scene.clone();
        busier.hosts[0].calendar.push(time);
        let (known, found) = (starts(&scene), starts(&busier));
        for added in found.difference(&known) {
            if scene.rules.scheduling == Scheduling::RoundRobin {
                let blocked = time.start() - minutes(scene.rules.after_buffer);
                prop_assert!(slot(&scene, *added).1 > blocked - SECOND, "{added} before {blocked}");
            } else {
                prop_assert!(*added >= time.end(), "{added} before {}", time.end());
            }
        }
    }

    /// SLOT-70: a hold is a filter (K-14). Only what chooses among slots shows others then:
    /// the first of a day is a later one (SLOT-86), a rolling window ends later (SLOT-82).
    #[test]
    fn a_hold_adds_no_slot_but_those_that_take_the_place_of_others(
        scene in scene(),
        hold in time(Timestamp::UNIX_EPOCH, 60),
        is_seat: bool,
    ) {
        let moved = scene.start - Timestamp::UNIX_EPOCH;
        let time = Interval::new(hold.start() + moved, hold.end() + moved);
        let mut held = scene.clone();
        held.holds.push(Hold { time, until: scene.now + SECOND, is_seat });
        let (before, after) = (starts(&scene), starts(&held));
        let is_rolling = matches!(scene.rules.window, Some(BookingWindow::Days { rolling: true, .. }));
        for added in after.difference(&before) {
            let day = |start: Timestamp| scene.booker.to_datetime(start).date();
            // The first one may lie before the query.
            let was_shown = day(scene.start) == day(*added)
                || before.iter().any(|start| start < added && day(*start) == day(*added));
            let is_later = before.last().is_none_or(|last| last < added);
            prop_assert!(
                scene.rules.only_first && was_shown || is_rolling && is_later,
                "added {added}"
            );
        }
        // A hold of no length is none.
        if is_seat && time.start() < time.end() && !scene.rules.only_first && !is_rolling {
            // It shares its own start and no other one.
            let length = SignedDuration::from_mins(scene.rules.length.into());
            let is_left = |start: &Timestamp| {
                *start == time.start() || *start >= time.end() || *start + length <= time.start()
            };
            prop_assert_eq!(after, before.into_iter().filter(is_left).collect());
        }
    }

    /// SLOT-48, SLOT-49: a full period is like busy time, so it moves chains that are not
    /// on marks.
    #[test]
    fn a_limit_adds_no_slot_on_marks(scene in steady_scene(), unit in 0..4_usize, limit in 1..4, is_count: bool) {
        let mut limited = scene.clone();
        let mut limits = Limits::default();
        let units = [&mut limits.day, &mut limits.week, &mut limits.month, &mut limits.year];
        *units.into_iter().nth(unit).unwrap() = Some(if is_count { limit } else { limit * 60 });
        let mut unlimited = scene.clone();
        if is_count {
            unlimited.rules.count_limits = Limits::default();
            limited.rules.count_limits = limits;
        } else {
            unlimited.rules.duration_limits = Limits::default();
            limited.rules.duration_limits = limits;
        }
        let (before, after) = (starts(&unlimited), starts(&limited));
        prop_assert!(after.is_subset(&before), "added {:?}", after.difference(&before));
    }

    /// SLOT-86, SLOT-82: these two choose among the slots that there are.
    #[test]
    fn only_first_and_windows_choose_among_the_slots(scene in scene()) {
        let chosen = scene.days();
        let mut all = scene;
        all.rules.only_first = false;
        let of_windows = starts(&all);
        for day in &chosen {
            let mut slots = day.slots.iter().filter(|slot| slot.away.is_none());
            if let Some(first) = slots.next().filter(|_| is_on_marks(&all)) {
                prop_assert!(of_windows.contains(&first.start()));
            }
        }
        all.rules.window = None;
        prop_assert!(of_windows.is_subset(&starts(&all)));
    }

    /// SLOT-92
    #[test]
    fn the_order_of_what_was_read_does_not_matter(scene in scene()) {
        let mut turned = scene.clone();
        for host in &mut turned.hosts {
            host.weekly.reverse();
            host.overrides.reverse();
            host.booked.reverse();
            host.calendar.reverse();
            let again = host.calendar.clone();
            host.calendar.extend(again);
        }
        turned.holds.reverse();
        turned.counted.reverse();
        prop_assert_eq!(turned.days(), scene.days());
        prop_assert_eq!(scene.days(), scene.days());
    }

    /// SLOT-44: what the engine asks for is enough, as long as no buffer is longer than a day.
    #[test]
    fn nothing_that_was_not_read_matters(scene in scene()) {
        let query = Query { start: scene.start, end: scene.end, zone: &scene.booker };
        let reads = Reads::of(scene.now, query, &scene.rules, &scene.event_zone);
        let touches = |time: Interval| time.start() < reads.time.end() && time.end() > reads.time.start();
        let mut read = scene.clone();
        for host in &mut read.hosts {
            host.booked.retain(|booked| touches(booked.time));
            host.calendar.retain(|event| touches(*event));
        }
        read.holds.retain(|hold| touches(hold.time));
        read.counted.retain(|counted| {
            let start = counted.time.start();
            reads.limits.is_some_and(|time| time.start() <= start && start < time.end())
        });
        let starts_in = |scene: &Scene| twin::of_engine(scene);
        prop_assert_eq!(starts_in(&read), starts_in(&scene));
        read.seated.retain(|seated| touches(seated.time));
        prop_assert_eq!(starts(&read), starts(&scene));
    }

    /// Section 20: a report that explains a day must not contradict what the day shows.
    #[test]
    fn reports_agree_with_the_days_they_explain(scene in scene()) {
        let reports = explain(&scene);
        let days = scene.days();
        let offered: BTreeSet<Timestamp> = days
            .iter()
            .flat_map(|day| &day.slots)
            .filter(|slot| slot.away.is_none())
            .map(slotd_slots::Slot::start)
            .collect();
        let counts = |date| {
            let day = days.iter().find(|day| day.date == date);
            day.map_or(0, |day| day.slots.iter().filter(|slot| slot.away.is_none()).count())
        };
        for report in &reports {
            prop_assert_eq!(report.slots, counts(report.date), "{}", report.date);
        }
        let all: usize = reports.iter().map(|report| report.slots).sum();
        prop_assert_eq!(all, offered.len());
        for report in &reports {
            for refused in &report.refused {
                prop_assert!(!offered.contains(&refused.time.start()), "{refused:?}");
            }
        }
        for position in 0..scene.hosts.len() {
            let of_host = || reports.iter().map(|report| &report.hosts[position]);
            let mut covered: Vec<Interval> =
                of_host().flat_map(|host| host.working.iter().copied().chain(host.removed.iter().map(|removed| removed.time))).collect();
            covered.sort();
            let mut reached = scene.start;
            for time in covered {
                prop_assert!(time.start() <= reached, "nothing is said about {reached}");
                reached = reached.max(time.end());
            }
            prop_assert!(scene.start >= scene.end || reached == scene.end);
            if scene.rules.scheduling != Scheduling::RoundRobin {
                for removed in of_host().flat_map(|host| &host.removed) {
                    for start in &offered {
                        let slot = slot(&scene, *start);
                        prop_assert!(!overlap((removed.time.start(), removed.time.end()), slot), "{removed:?} {start}");
                    }
                }
            }
        }
    }
}

/// SLOT-24, SLOT-25, SLOT-26: every zone, the days of every change of its clock from 2020
/// to 2035 and the days before, which may be the longer ones.
#[test]
fn a_whole_day_covers_the_local_day_in_every_zone() {
    let (from, until): (Timestamp, Timestamp) =
        ("2020-01-01T00:00:00Z".parse().unwrap(), "2036-01-01T00:00:00Z".parse().unwrap());
    let mut lengths = BTreeMap::new();
    for name in TimeZoneDatabase::bundled().available() {
        let mut scene = Scene::always("UTC", "2020-01-01T00:00", "2020-01-01T00:00");
        let zone = zone(name.as_str());
        scene.hosts[0].zone = zone.clone();
        scene.hosts[0].weekly.clear();
        // All offsets of these years are multiples of it.
        scene.rules.length = 15;
        scene.rules.step = 15;
        scene.now = from - SignedDuration::from_hours(240);
        let changes = zone.following(from).map(|change| change.timestamp());
        let days: BTreeSet<Date> = changes
            .take_while(|at| *at < until)
            .flat_map(|at| [at, at - SECOND].map(|at| zone.to_datetime(at).date()))
            .flat_map(|date| [date.yesterday().unwrap(), date])
            .collect();
        for date in days {
            let first = |date: Date| date.to_zoned(zone.clone()).unwrap().timestamp();
            let (start, end) = (first(date), first(date.tomorrow().unwrap()));
            let whole = (WallTime::at(0, 0), WallTime::LAST);
            scene.hosts[0].overrides = vec![DateOverride { date, start: whole.0, end: whole.1 }];
            scene.start = start - SignedDuration::from_hours(30);
            scene.end = end + SignedDuration::from_hours(30);
            let found: Vec<Timestamp> = starts(&scene).into_iter().collect();
            let quarters = (0..).map(|index| start + SignedDuration::from_mins(15 * index));
            let expected: Vec<Timestamp> = quarters.take_while(|at| *at < end).collect();
            assert_eq!(found, expected, "{} {date}", name.as_str());
            *lengths.entry(found.len()).or_insert(0) += 1;
        }
    }
    // Days of 21 to 27 hours.
    assert!(lengths.len() > 6 && lengths.values().sum::<i32>() > 10_000, "{lengths:?}");
}
