//! The same answer once more, written from the specification (file 02, section 13) in its
//! order and without the engine's code: every minute of every host is a yes or a no.
//!
//! Instants are milliseconds. Beyond the specification's letter stand, as in the engine:
//! a start inside of a booking with seats that is not its own one is not offered, a hold
//! takes one host of round robin (I-16) and the whole slot otherwise, a start does not lie
//! before its range when its seconds were dropped (SLOT-22, SLOT-91), and the first slot of
//! a day is that of the whole day, whatever of it is asked for (SLOT-86, SLOT-91).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;
use slotd_domain::event_type::BookingWindow;
use slotd_domain::schedule::WallTime;
use slotd_slots::{Interval, Kind, Scheduling};

use crate::scene::{Scene, SceneHost};
use crate::strategies::{cases, scene, start};

type Millis = i64;
type Range = (Millis, Millis);

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;

/// What both are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) start: Timestamp,
    pub(crate) offset_seconds: i32,
    pub(crate) seats_taken: Option<i32>,
    pub(crate) seated: Option<usize>,
    pub(crate) away: Option<usize>,
}

/// What the engine says, in the twin's form.
pub(crate) fn of_engine(scene: &Scene) -> Vec<(Date, Vec<Shown>)> {
    let shown = |slot: &slotd_slots::Slot| Shown {
        start: slot.start(),
        offset_seconds: slot.offset_seconds(),
        seats_taken: slot.seats_taken,
        seated: slot.seated,
        away: slot.away,
    };
    scene.days().iter().map(|day| (day.date, day.slots.iter().map(shown).collect())).collect()
}

fn minutes(count: i32) -> Millis {
    Millis::from(count) * MINUTE
}

fn range(interval: Interval) -> Range {
    (interval.start().as_millisecond(), interval.end().as_millisecond())
}

fn overlap(one: Range, other: Range) -> bool {
    one.0.max(other.0) < one.1.min(other.1)
}

fn local(zone: &TimeZone, instant: Millis) -> DateTime {
    zone.to_datetime(Timestamp::from_millisecond(instant).unwrap())
}

fn offset_seconds(zone: &TimeZone, instant: Millis) -> i32 {
    zone.to_offset(Timestamp::from_millisecond(instant).unwrap()).seconds()
}

/// SLOT-23
fn wall(zone: &TimeZone, date: Date, time: Time) -> Millis {
    zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible().unwrap().as_millisecond()
}

/// SLOT-24
fn local_day(zone: &TimeZone, date: Date) -> Range {
    (wall(zone, date, Time::midnight()), wall(zone, date.tomorrow().unwrap(), Time::midnight()))
}

/// SLOT-24: an end of 23:59 is the end of the day.
fn hours(zone: &TimeZone, date: Date, start: WallTime, end: WallTime) -> Range {
    let at = |time: WallTime| {
        let part = |minutes: i32| i8::try_from(minutes).unwrap();
        wall(zone, date, Time::constant(part(time.minutes() / 60), part(time.minutes() % 60), 0, 0))
    };
    let end = if end.to_string() == "23:59" { local_day(zone, date).1 } else { at(end) };
    (at(start), end)
}

/// Every date that has something to do with a time, and some around it.
fn dates(zone: &TimeZone, (lo, hi): Range) -> impl Iterator<Item = Date> {
    let last = local(zone, hi).date() + 2.days();
    (local(zone, lo).date() - 2.days()).series(1.day()).take_while(move |date| *date <= last)
}

/// One host's time, tick by tick. A tick is a minute, or less when the busy times have
/// seconds.
#[derive(Clone)]
struct Ticks {
    from: Millis,
    tick: Millis,
    is_free: Vec<bool>,
}

impl Ticks {
    fn none((lo, hi): Range, tick: Millis) -> Self {
        let from = lo - lo.rem_euclid(tick);
        let count = (hi - from + tick - 1) / tick;
        Self { from, tick, is_free: vec![false; usize::try_from(count).unwrap()] }
    }

    fn set(&mut self, (start, end): Range, is_free: bool) {
        assert!((start - self.from) % self.tick == 0 && (end - self.from) % self.tick == 0);
        let index = |instant: Millis| {
            let last = Millis::try_from(self.is_free.len()).unwrap();
            usize::try_from(((instant - self.from) / self.tick).clamp(0, last)).unwrap()
        };
        let (first, last) = (index(start), index(end));
        for index in first..last {
            self.is_free[index] = is_free;
        }
    }

    fn and(mut self, other: &Self) -> Self {
        for (one, other) in self.is_free.iter_mut().zip(&other.is_free) {
            *one = *one && *other;
        }
        self
    }

    /// Runs of free ticks, clipped (SLOT-22, SLOT-29).
    fn ranges(&self, (lo, hi): Range) -> Vec<Range> {
        let mut ranges = Vec::new();
        let mut start = None;
        for (index, is_free) in self.is_free.iter().copied().chain([false]).enumerate() {
            let at = self.from + Millis::try_from(index).unwrap() * self.tick;
            match start {
                None if is_free => start = Some(at),
                Some(begun) if !is_free => {
                    ranges.push((begun.max(lo), at.min(hi)));
                    start = None;
                }
                _ => {}
            }
        }
        ranges.retain(|(start, end)| start < end);
        ranges
    }
}

fn greatest_common_divisor(one: Millis, other: Millis) -> Millis {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}

/// SLOT-25, SLOT-27, SLOT-28
fn working(host: &SceneHost, time: Range, tick: Millis) -> Ticks {
    let zone = &host.zone;
    let mut ticks = Ticks::none(time, tick);
    let is_there = |date: &Date| {
        let (start, end) = local_day(zone, *date);
        start < end
    };
    let has_override = |date: &Date| host.overrides.iter().any(|entry| entry.date == *date);
    for date in dates(zone, time).filter(is_there).filter(|date| !has_override(date)) {
        let weekday = date.weekday().to_sunday_zero_offset();
        for entry in &host.weekly {
            let has_day =
                entry.days.as_slice().iter().any(|day| i8::try_from(day.number()) == Ok(weekday));
            if has_day && entry.end > entry.start {
                ticks.set(hours(zone, date, entry.start, entry.end), true);
            }
        }
    }
    // A time in a gap may lie in the next day.
    for entry in host.overrides.iter().filter(|entry| is_there(&entry.date)) {
        ticks.set(local_day(zone, entry.date), false);
    }
    for entry in host.overrides.iter().filter(|entry| is_there(&entry.date)) {
        if entry.end > entry.start {
            ticks.set(hours(zone, entry.date, entry.start, entry.end), true);
        }
    }
    ticks
}

fn away(host: &SceneHost) -> Vec<Range> {
    let zone = &host.zone;
    host.away
        .iter()
        .map(|away| (local_day(zone, away.first).0, local_day(zone, away.last).1))
        .collect()
}

/// SLOT-40 to SLOT-47, SLOT-30
fn busy(scene: &Scene, host: &SceneHost) -> Vec<Range> {
    let rules = &scene.rules;
    let (before, after) = (minutes(rules.before_buffer), minutes(rules.after_buffer));
    let shares = rules.seats.is_some_and(|seats| seats > 1);
    let mut busy = Vec::new();
    for booked in &host.booked {
        if booked.kind == Kind::OwnPending && !rules.blocks_unconfirmed {
            continue;
        }
        let (start, end) = range(booked.time);
        let first = start - minutes(booked.before_buffer) - after;
        let last = end + minutes(booked.after_buffer) + before;
        if shares && booked.kind == Kind::Own {
            busy.extend([(first, start), (end, last)]);
        } else {
            busy.push((first, last));
        }
    }
    for event in host.calendar.iter().map(|event| range(*event)) {
        let inside = |(start, end): Range| start <= event.0 && event.1 <= end;
        let is_moved = scene.rescheduled.is_some_and(|time| inside(range(time)));
        let is_shared =
            shares && host.booked.iter().any(|it| it.kind == Kind::Own && inside(range(it.time)));
        if !is_moved && !is_shared {
            busy.push((event.0 - after, event.1 + before));
        }
    }
    if rules.scheduling != Scheduling::Single {
        busy.extend(away(host));
    }
    busy
}

/// SLOT-48, SLOT-49: periods of a limit that a time touches.
fn periods(
    scene: &Scene,
    time: Range,
    limits: &slotd_domain::event_type::Limits,
) -> Vec<(&'static str, i32, Range)> {
    let zone = &scene.event_zone;
    let mut found = BTreeSet::new();
    for (unit, limit) in limits.periods() {
        let Some(limit) = limit else { continue };
        for date in dates(zone, time) {
            let (first, next) = match unit {
                "day" => (date, date + 1.day()),
                "week" => {
                    let sunday = date - i32::from(date.weekday().to_sunday_zero_offset()).days();
                    (sunday, sunday + 7.days())
                }
                "month" => (date.first_of_month(), date.first_of_month() + 1.month()),
                "year" => (date.first_of_year(), date.first_of_year() + 1.year()),
                other => panic!("{other}"),
            };
            let period = (local_day(zone, first).0, local_day(zone, next).0);
            found.insert((unit, limit, period));
        }
    }
    found.into_iter().collect()
}

/// The periods that are full for one host.
fn full(scene: &Scene, host: usize, time: Range) -> Vec<Range> {
    let starts_in = |(start, end): Range| {
        scene.counted.iter().filter(move |it| {
            let at = it.time.start().as_millisecond();
            start <= at && at < end
        })
    };
    let mut full = Vec::new();
    for (_, limit, period) in periods(scene, time, &scene.rules.count_limits) {
        // 0 limits nothing (section 6.1).
        if limit > 0 && starts_in(period).count() >= usize::try_from(limit).unwrap() {
            full.push(period);
        }
    }
    for (unit, limit, period) in periods(scene, time, &scene.rules.duration_limits) {
        let mut booked = Millis::from(scene.rules.length);
        for it in starts_in(period).filter(|it| unit == "year" || it.host == Some(host)) {
            let (start, end) = range(it.time);
            booked += (end - start) / MINUTE;
        }
        if limit > 0 && booked > Millis::from(limit) {
            full.push(period);
        }
    }
    full
}

/// SLOT-50: the free time of every host.
fn free(scene: &Scene, time: Range) -> Vec<Ticks> {
    let seconds = scene.hosts.iter().flat_map(|host| {
        let booked = host.booked.iter().map(|it| it.time);
        booked.chain(host.calendar.iter().copied()).flat_map(|it| [range(it).0, range(it).1])
    });
    let tick = seconds
        .fold(MINUTE, |tick, instant| greatest_common_divisor(tick, instant.rem_euclid(MINUTE)));
    let of_host = |(position, host)| {
        let mut ticks = working(host, time, tick);
        for block in busy(scene, host).into_iter().chain(full(scene, position, time)) {
            ticks.set(block, false);
        }
        ticks
    };
    scene.hosts.iter().enumerate().map(of_host).collect()
}

/// SLOT-55 to SLOT-58: the ranges that are offered. One rotating host of each group is
/// tried with each of the others.
fn offered(scene: &Scene, free: &[Ticks], time: Range) -> Vec<Range> {
    let is_needed =
        |host: &SceneHost| scene.rules.scheduling != Scheduling::RoundRobin || host.is_fixed;
    let mut teams: Vec<Vec<usize>> = vec![vec![]];
    let mut groups: BTreeMap<Option<u32>, Vec<usize>> = BTreeMap::new();
    for (position, host) in scene.hosts.iter().enumerate() {
        if is_needed(host) {
            teams[0].push(position);
        } else {
            groups.entry(host.group).or_default().push(position);
        }
    }
    for group in groups.values() {
        teams = teams
            .iter()
            .flat_map(|team| group.iter().map(|host| [&team[..], &[*host]].concat()))
            .collect();
    }
    let mut ranges = BTreeSet::new();
    for team in teams {
        let Some((first, others)) = team.split_first() else { continue };
        let together =
            others.iter().fold(free[*first].clone(), |ticks, host| ticks.and(&free[*host]));
        ranges.extend(together.ranges(time));
    }
    let contained = |range: &Range| {
        ranges.iter().any(|other| other != range && other.0 <= range.0 && range.1 <= other.1)
    };
    ranges.iter().copied().filter(|range| !contained(range)).collect()
}

/// SLOT-60 to SLOT-67
fn starts(scene: &Scene, ranges: &[Range]) -> BTreeSet<Millis> {
    let rules = &scene.rules;
    let notice_ends = scene.now.as_millisecond() + minutes(rules.notice);
    let grid = [60, 30, 20, 15, 10, 5].into_iter().find(|grid| rules.step % grid == 0).unwrap_or(1);
    let step = minutes(rules.step) + minutes(rules.offset);
    let mut starts: BTreeSet<Millis> = BTreeSet::new();
    for (range_start, range_end) in ranges.iter().copied() {
        let mut start = range_start.max(notice_ends);
        start -= start.rem_euclid(MINUTE);
        let minute = i32::from(local(&scene.booker, start).minute());
        if minute % grid != 0 {
            if rules.optimized {
                let spare = (range_end - start) / MINUTE % Millis::from(grid);
                for round in [grid, 15, 5] {
                    let by = round - minute % round;
                    if spare >= by.into() {
                        start += minutes(by);
                        break;
                    }
                }
            } else {
                start += minutes(grid - minute % grid);
            }
        }
        start += minutes(rules.offset);
        if let Some(previous) = starts.range(..start).next_back().copied()
            && previous + step > start
        {
            start = if previous >= range_start { previous } else { previous + step };
        }
        while start + minutes(rules.length) - SECOND <= range_end {
            if start >= range_start {
                starts.insert(start);
            }
            start += step;
        }
    }
    starts.retain(|start| *start >= notice_ends);
    starts
}

/// SLOT-70, I-16: holds that take a slot away, which may be shared by bookers already.
fn is_held(scene: &Scene, free: &[Ticks], slot: Range, time: Range, is_shared: bool) -> bool {
    let in_the_way = || {
        scene.holds.iter().filter(|hold| hold.until > scene.now && overlap(range(hold.time), slot))
    };
    // Seats are of one start.
    if in_the_way().any(|hold| hold.is_seat && range(hold.time).0 != slot.0) {
        return true;
    }
    if is_shared {
        return false;
    }
    let holds = in_the_way().filter(|hold| !hold.is_seat).count();
    if scene.rules.scheduling != Scheduling::RoundRobin {
        return holds > 0;
    }
    if scene.hosts.iter().any(|host| host.is_fixed) {
        return holds > 0;
    }
    let rotating = || scene.hosts.iter().zip(free);
    let is_free = |ticks: &Ticks| {
        ticks.ranges(time).iter().any(|(start, end)| *start <= slot.0 && slot.1 - SECOND <= *end)
    };
    holds > 0
        && rotating().any(|(of_group, _)| {
            let left = rotating()
                .filter(|(host, ticks)| host.group == of_group.group && is_free(ticks))
                .count();
            holds >= left
        })
}

/// The slots of a time that are left after SLOT-72.
fn listed(scene: &Scene, time: Range) -> Vec<(Millis, Shown)> {
    let rules = &scene.rules;
    if time.0 >= time.1 {
        return Vec::new();
    }
    let free = free(scene, time);
    let mut slots = Vec::new();
    for start in starts(scene, &offered(scene, &free, time)) {
        let slot = (start, start + minutes(rules.length));
        let seated = scene.seated.iter().position(|it| range(it.time).0 == start);
        let seated = seated.filter(|_| rules.seats.is_some());
        if is_held(scene, &free, slot, time, seated.is_some()) {
            continue;
        }
        let is_inside = |other: Range| other.0 != start && overlap(other, slot);
        if rules.seats.is_some_and(|seats| seats > 1)
            && scene.seated.iter().any(|it| is_inside(range(it.time)))
        {
            continue;
        }
        let held =
            scene.holds.iter().filter(|hold| hold.time.start() < hold.time.end()).filter(|hold| {
                hold.is_seat && hold.until > scene.now && range(hold.time).0 == start
            });
        let taken = seated.map_or(0, |index| scene.seated[index].attendees)
            + i32::try_from(held.count()).unwrap();
        let is_away = |away: &Range| overlap(*away, slot);
        let away = match rules.scheduling {
            Scheduling::Single => away(&scene.hosts[0]).iter().position(is_away),
            _ => None,
        };
        let shown = Shown {
            start: Timestamp::from_millisecond(start).unwrap(),
            offset_seconds: offset_seconds(&scene.booker, start),
            seats_taken: rules.seats.map(|_| taken),
            seated,
            away,
        };
        slots.push((start, shown));
    }
    slots
}

/// SLOT-80 to SLOT-85
fn is_allowed(scene: &Scene) -> impl Fn(Millis) -> bool {
    let booker = &scene.booker;
    let today = local(booker, scene.now.as_millisecond()).date();
    let is_business = |date: Date| (1..=5).contains(&date.weekday().to_sunday_zero_offset());
    let until = |date: Date| (Millis::MIN, local_day(booker, date).1);
    let (from, end) = match scene.rules.window {
        None => (Millis::MIN, Millis::MAX),
        Some(BookingWindow::Range { from, to }) => {
            (local_day(&scene.event_zone, from).0, local_day(&scene.event_zone, to).1)
        }
        Some(BookingWindow::Days { count, business: false, rolling: false }) => {
            until(today + count.days())
        }
        Some(BookingWindow::Days { count, business: true, rolling: false }) => {
            let mut date = today;
            for _ in 0..count {
                date = date.tomorrow().unwrap();
                while !is_business(date) {
                    date = date.tomorrow().unwrap();
                }
            }
            until(date)
        }
        Some(BookingWindow::Days { count, business, rolling: true }) => {
            let looked_at: Vec<Date> = today
                .series(1.day())
                .filter(|date| *date == today || !business || is_business(*date))
                .take(61)
                .collect();
            let earliest = scene.now.as_millisecond() + minutes(scene.rules.notice.max(1));
            let all = listed(scene, (earliest, local_day(booker, looked_at[60]).1));
            let with_slots: BTreeSet<Date> = all
                .iter()
                .filter(|(_, slot)| slot.away.is_none())
                .map(|(start, _)| local(booker, *start).date())
                .collect();
            let mut counted = looked_at.iter().filter(|date| with_slots.contains(date));
            let last = counted.by_ref().take(usize::try_from(count).unwrap()).last();
            until(last.map_or_else(|| looked_at[60].tomorrow().unwrap(), |last| *last))
        }
    };
    move |start| from <= start && start < end
}

/// The slots of each date of the booker.
pub(crate) fn days(scene: &Scene) -> Vec<(Date, Vec<Shown>)> {
    let rules = &scene.rules;
    let earliest = scene.now.as_millisecond() + minutes(rules.notice.max(1));
    let time = (scene.start.as_millisecond().max(earliest), scene.end.as_millisecond());
    let mut days: BTreeMap<Date, Vec<Shown>> = BTreeMap::new();
    if rules.only_first {
        if time.0 < time.1 {
            for (date, first) in firsts(scene, dates(&scene.booker, time)) {
                days.entry(date).or_default().extend(first);
            }
        }
        let last = time.1 + SECOND - minutes(rules.length);
        let is_asked = |start: Millis| time.0 <= start && start <= last;
        for slots in days.values_mut() {
            slots.retain(|slot| is_asked(slot.start.as_millisecond()));
        }
    } else {
        let is_allowed = is_allowed(scene);
        for (start, slot) in listed(scene, time).into_iter().filter(|(at, _)| is_allowed(*at)) {
            days.entry(local(&scene.booker, start).date()).or_default().push(slot);
        }
    }
    days.into_iter().filter(|(_, slots)| !slots.is_empty()).collect()
}

/// SLOT-86: the first slot of each date, and those out of office.
fn firsts(scene: &Scene, dates: impl Iterator<Item = Date>) -> BTreeMap<Date, Vec<Shown>> {
    let rules = &scene.rules;
    let earliest = scene.now.as_millisecond() + minutes(rules.notice.max(1));
    let is_allowed = is_allowed(scene);
    let mut days: BTreeMap<Date, Vec<Shown>> = BTreeMap::new();
    for date in dates {
        let (start_of_day, end_of_day) = local_day(&scene.booker, date);
        let time = (start_of_day.max(earliest), end_of_day + minutes(rules.length));
        let of_day = listed(scene, time).into_iter();
        for (start, slot) in of_day.filter(|(start, _)| *start < end_of_day && is_allowed(*start)) {
            let day = days.entry(local(&scene.booker, start).date()).or_default();
            let is_full = rules.seats.is_some() && slot.seats_taken >= rules.seats;
            if slot.away.is_some() || !is_full && day.iter().all(|slot| slot.away.is_some()) {
                day.push(slot);
            }
        }
    }
    days
}

/// File 03, 7.9 and 7.10: whether a booking can start then, on the grid or off it.
pub(crate) fn can_be_booked(scene: &Scene, start: Timestamp) -> bool {
    let rules = &scene.rules;
    let at = start.as_millisecond();
    let slot = (at, at + minutes(rules.length));
    let is_in_time = at >= scene.now.as_millisecond() + minutes(rules.notice);
    if !is_in_time || scene.hosts.is_empty() || !is_allowed(scene)(at) {
        return false;
    }
    let free = free(scene, slot);
    let seated = scene.seated.iter().find(|it| range(it.time).0 == at);
    // R7.60
    let joins = seated.filter(|_| rules.seats.is_some());
    let is_away = rules.scheduling == Scheduling::Single
        && away(&scene.hosts[0]).into_iter().any(|away| overlap(away, slot));
    // R7.34 to R7.36: somebody, or everybody, is free from the start to the end.
    let is_whole = |(start, end): &Range| *start <= slot.0 && slot.1 <= *end;
    if joins.is_none() && (is_away || !offered(scene, &free, slot).iter().any(is_whole)) {
        return false;
    }
    if is_held(scene, &free, slot, slot, joins.is_some()) {
        return false;
    }
    let is_at_another = |other: Range| other.0 != at && overlap(other, slot);
    if rules.seats.is_some_and(|seats| seats > 1)
        && scene.seated.iter().any(|it| is_at_another(range(it.time)))
    {
        return false;
    }
    let held = scene.holds.iter().filter(|hold| hold.time.start() < hold.time.end());
    let held = held.filter(|hold| hold.is_seat && hold.until > scene.now);
    let held = held.filter(|hold| hold.time.start() == start).count();
    let taken = joins.map_or(0, |it| it.attendees) + i32::try_from(held).unwrap();
    if rules.seats.is_some_and(|seats| taken >= seats) {
        return false;
    }
    // SLOT-86
    let date = local(&scene.booker, at).date();
    let near = [date, date.tomorrow().unwrap()].into_iter();
    let firsts = if rules.only_first { firsts(scene, near) } else { BTreeMap::new() };
    let first = firsts.get(&date).and_then(|day| day.iter().find(|slot| slot.away.is_none()));
    first.is_none_or(|first| first.start >= start)
}

/// Slots that only one of the two has: the engine's, the twin's.
fn differences(scene: &Scene) -> (Vec<Shown>, Vec<Shown>) {
    let flat = |days: Vec<(_, Vec<Shown>)>| -> Vec<Shown> {
        days.into_iter().flat_map(|(_, slots)| slots).collect()
    };
    let (engine, twin) = (flat(of_engine(scene)), flat(days(scene)));
    let without = |one: &[Shown], other: &[Shown]| {
        one.iter().filter(|slot| !other.contains(slot)).take(3).copied().collect()
    };
    (without(&engine, &twin), without(&twin, &engine))
}

proptest! {
    #![proptest_config(cases(2_000, file!()))]

    /// SLOT-20 to SLOT-92, OOF-1 to OOF-4
    #[test]
    fn the_engine_and_its_twin_agree(scene in scene()) {
        let is_same = of_engine(&scene) == days(&scene);
        prop_assert!(is_same, "only the engine has, only the twin has: {:?}", differences(&scene));
    }
}

proptest! {
    #![proptest_config(cases(500, file!()))]

    /// SLOT-91, R7.32 to R7.36, R7.60
    #[test]
    fn the_engine_and_its_twin_agree_about_any_start((scene, starts) in start()) {
        for start in starts {
            let verdict = scene.verdict(start);
            prop_assert_eq!(verdict.is_ok(), can_be_booked(&scene, start), "{}: {:?}", start, verdict);
        }
    }
}
