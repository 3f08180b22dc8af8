//! The time of one host: when they work, and what is in the way.

use slotd_domain::schedule::WallTime;

use crate::interval::{Instant, Interval, MINUTE, merge, minutes, subtract, without_contained};
use crate::limits;
use crate::request::{Booked, Host, Hours, Kind, Request, Rules, Scheduling};
use crate::starts::TOLERANCE;
use crate::zone::{Zone, day_number, week_day};

/// Why a time cannot be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The schedule has no hours then (SLOT-25).
    WorkingHours,
    /// The date has hours of its own, and not then (SLOT-27).
    Override,
    /// The host is out of office (SLOT-30, SLOT-72).
    OutOfOffice,
    /// A booking (SLOT-40).
    Booking,
    /// What is kept free around a booking or a calendar's event (SLOT-42, SLOT-43).
    Buffer,
    /// An event of a calendar (SLOT-43).
    Calendar,
    /// As many bookings as the period may have (SLOT-48).
    CountLimit,
    /// As many minutes as the period may have (SLOT-49).
    DurationLimit,
    /// Too soon (SLOT-67).
    Notice,
    /// Too far ahead, or outside of the dates that can be booked (SLOT-80 to SLOT-84).
    Window,
    /// Somebody is about to book it (SLOT-70).
    Hold,
    /// Another start shares the time with a booking that has seats (SLOT-47).
    SharedTime,
    /// Only the first slot of the day can be booked (SLOT-86).
    NotFirst,
    /// All seats are taken (SLOT-86, R7.57).
    SeatsFull,
    /// It has begun already (03, 7.9).
    Past,
}

/// A time that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) time: Interval,
    pub(crate) reason: Reason,
}

/// What is known of a host's time inside a window.
pub(crate) struct HostTime {
    /// When they work, merged.
    pub(crate) open: Vec<Interval>,
    /// What is in the way, by its start.
    pub(crate) blocks: Vec<Block>,
    /// `open` without `blocks`.
    pub(crate) free: Vec<Interval>,
    /// Days out of office that are marked and not cut out, each with its position in the
    /// host's list.
    pub(crate) away: Vec<Interval>,
}

impl HostTime {
    /// The time of a host between two instants; `everybody` is what blocks all hosts.
    pub(crate) fn of(
        request: &Request<'_>,
        position: usize,
        window: Interval,
        everybody: &[Block],
    ) -> Self {
        let host = &request.hosts[position];
        let mut zone = Zone::new(host.hours.zone);
        let open = open(host.hours, &mut zone, window);
        let mut blocks = booked(request, host);
        blocks.extend(calendar(request, host));
        blocks.extend_from_slice(everybody);
        blocks.extend(limits::full_periods_of_host(request, position, window));
        let mut away: Vec<Interval> = host.away.iter().map(|away| days(&mut zone, *away)).collect();
        if request.rules.scheduling != Scheduling::Single {
            blocks.extend(away.drain(..).map(|time| Block { time, reason: Reason::OutOfOffice }));
        }
        blocks.retain(|block| !block.time.is_empty());
        blocks.sort_unstable_by_key(|block| block.time);
        // A slot may pass the end of its hours by a second, but never overlap what blocks it
        // (R7.32). Slots end on whole minutes.
        let strict = |time: Interval| {
            let is_within_reach = time.start.rem_euclid(MINUTE) >= MINUTE - TOLERANCE;
            Interval { start: time.start - if is_within_reach { TOLERANCE } else { 0 }, ..time }
        };
        let free = subtract(&open, blocks.iter().map(|block| strict(block.time)));
        Self { open, blocks, free, away }
    }

    /// Whether one free range has the whole of a time (R7.32).
    pub(crate) fn is_free(&self, time: Interval) -> bool {
        let place = self.free.partition_point(|range| range.start <= time.start);
        let Some(range) = place.checked_sub(1).map(|index| self.free[index]) else { return false };
        time.end <= range.end
            || time.end - TOLERANCE <= range.end
                && !self.blocks.iter().any(|block| block.time.overlaps(time))
    }

    /// What is in the way of a time that is not free; of several, what a booker can do least
    /// about: a limit, then the hours, then the rest.
    pub(crate) fn in_the_way(&self, time: Interval, hours: Hours<'_>) -> Option<Block> {
        let rank = |block: &&Block| match block.reason {
            Reason::CountLimit => 0,
            Reason::DurationLimit => 1,
            Reason::OutOfOffice => 2,
            Reason::Booking => 3,
            Reason::Calendar => 4,
            _ => 5,
        };
        let block = self.blocks.iter().filter(|block| block.time.overlaps(time)).min_by_key(rank);
        let is_limit = |block: &&Block| rank(block) < 2;
        let closed = || {
            let time = Interval { end: time.end - TOLERANCE, ..time };
            let time = *subtract(&[time], self.open.iter().copied()).first()?;
            let day = Zone::new(hours.zone).day_of(time.start);
            let is_override = hours.overrides.iter().any(|entry| day_number(entry.date) == day);
            let reason = if is_override { Reason::Override } else { Reason::WorkingHours };
            Some(Block { time, reason })
        };
        block.filter(is_limit).copied().or_else(closed).or(block.copied())
    }
}

fn days(zone: &mut Zone<'_>, away: crate::Away) -> Interval {
    Interval {
        start: zone.start_of(day_number(away.first)),
        end: zone.start_of(day_number(away.last) + 1),
    }
}

/// When a schedule is open, inside a window (SLOT-22 to SLOT-29).
fn open(hours: Hours<'_>, zone: &mut Zone<'_>, window: Interval) -> Vec<Interval> {
    if window.is_empty() {
        return Vec::new();
    }
    // A time in a gap moves forward, at times into the next day: so from the day before.
    let (first, last) = (zone.day_of(window.start) - 1, zone.day_of(window.end));
    let mut overrides: Vec<_> = hours
        .overrides
        .iter()
        .map(|entry| (day_number(entry.date), entry.start, entry.end))
        .filter(|(day, ..)| (first..=last).contains(day))
        .collect();
    overrides.sort_by_key(|(day, ..)| *day);
    let mut overrides = overrides.as_slice();
    let mut ranges = Vec::new();
    let mut start_of_day = zone.start_of(first);
    for day in first..=last {
        let end_of_day = zone.start_of(day + 1);
        let count = overrides.iter().take_while(|(date, ..)| *date == day).count();
        let (of_day, later) = overrides.split_at(count);
        overrides = later;
        // A day that the calendar of the zone leaves out.
        if start_of_day < end_of_day {
            let is_next_replaced = overrides.first().is_some_and(|(date, ..)| *date == day + 1);
            let latest = if is_next_replaced { end_of_day } else { window.end };
            let mut add = |start: WallTime, end: WallTime, latest: Instant| {
                let is_whole = end == WallTime::LAST;
                let end = if is_whole { end_of_day } else { zone.instant(day, end).min(latest) };
                let range = Interval { start: zone.instant(day, start), end }.cut(window);
                if !range.is_empty() {
                    ranges.push(range);
                }
            };
            if of_day.is_empty() {
                let weekday = week_day(day);
                for entry in hours.weekly {
                    let has_day = entry
                        .days
                        .as_slice()
                        .iter()
                        .any(|day| usize::from(day.number()) == weekday);
                    if has_day && entry.start < entry.end {
                        add(entry.start, entry.end, latest);
                    }
                }
            } else {
                for (_, start, end) in of_day.iter().filter(|(_, start, end)| start < end) {
                    add(*start, *end, window.end);
                }
            }
        }
        start_of_day = end_of_day;
    }
    merge(&mut ranges);
    ranges
}

/// What the bookings of a host block (SLOT-40 to SLOT-42, SLOT-47).
fn booked(request: &Request<'_>, host: &Host<'_>) -> Vec<Block> {
    let mut blocks = Vec::with_capacity(host.booked.len());
    for booked in host.booked {
        push_booked(&mut blocks, &request.rules, booked);
    }
    blocks
}

fn push_booked(blocks: &mut Vec<Block>, rules: &Rules, booked: &Booked) {
    if booked.kind == Kind::OwnPending && !rules.blocks_unconfirmed {
        return;
    }
    let time = booked.time;
    if !(booked.kind == Kind::Own && rules.shares_slots()) {
        blocks.push(Block { time, reason: Reason::Booking });
    }
    let before = minutes(booked.before_buffer) + minutes(rules.after_buffer);
    let after = minutes(booked.after_buffer) + minutes(rules.before_buffer);
    push_buffers(blocks, time, time.widened(before, after));
}

/// The first booking of a host that a block is of; none when it is of something else.
pub(crate) fn booking_of(rules: &Rules, host: &Host<'_>, block: Block) -> Option<usize> {
    host.booked.iter().position(|booked| {
        let mut blocks = Vec::new();
        push_booked(&mut blocks, rules, booked);
        blocks.contains(&block)
    })
}

/// What the calendars of a host block. The copy of the booking that is to be moved does
/// not, nor do those of bookings with seats (SLOT-43, SLOT-45, SLOT-47).
fn calendar(request: &Request<'_>, host: &Host<'_>) -> Vec<Block> {
    let rules = &request.rules;
    let mut blocks = Vec::with_capacity(host.calendar.len());
    let own = host.booked.iter().filter(|it| rules.shares_slots() && it.kind == Kind::Own);
    let originals = own.map(|it| it.time).chain(request.rescheduled).collect();
    let originals = without_contained(originals);
    let is_copy = |event: Interval| {
        // The last one that begins in time is the one that ends last.
        let begun = originals.partition_point(|original| original.start <= event.start);
        begun.checked_sub(1).is_some_and(|last| event.end <= originals[last].end)
    };
    for event in host.calendar.iter().copied().filter(|event| !is_copy(*event)) {
        blocks.push(Block { time: event, reason: Reason::Calendar });
        let wide = event.widened(minutes(rules.after_buffer), minutes(rules.before_buffer));
        push_buffers(&mut blocks, event, wide);
    }
    blocks
}

fn push_buffers(blocks: &mut Vec<Block>, time: Interval, wide: Interval) {
    let sides = [
        Interval { start: wide.start, end: time.start },
        Interval { start: time.end, end: wide.end },
    ];
    let sides = sides.into_iter().filter(|side| !side.is_empty());
    blocks.extend(sides.map(|time| Block { time, reason: Reason::Buffer }));
}

/// The minute that an instant lies in, as minutes of the hour.
pub(crate) fn minute_of_hour(wall: Instant) -> Instant {
    (wall / MINUTE).rem_euclid(60)
}
