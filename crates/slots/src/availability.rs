//! From a request to its slots.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::hosts;
use crate::interval::{DAY, Instant, Interval, Overlaps, minutes, timestamp, within};
use crate::limits;
use crate::request::{Hold, Request, asked, day_with_slots, first_shown, notice_ends, whole_days};
use crate::starts;
use crate::time::{HostTime, Reason};
use crate::window;
use crate::zone::{DayNumber, Zone, date};

/// The slots of a local date of the booker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The date.
    pub date: Date,
    /// Ascending.
    pub slots: Vec<Slot>,
}

/// A time that can be booked, or that would be if the host were not out of office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    start: Instant,
    /// What the booker's clock is ahead of UTC then.
    offset: Instant,
    /// Seats that are booked or held, where bookers share a slot (SLOT-71, SLOT-73).
    pub seats_taken: Option<i32>,
    /// Position of the booking that is there already in [`Request::seated`].
    pub seated: Option<usize>,
    /// Position of the entry of the only host that the slot falls into (SLOT-72): it cannot
    /// be booked, but some answers show it.
    pub away: Option<usize>,
}

impl Slot {
    /// When it starts.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        timestamp(self.start)
    }

    /// Seconds that the booker's clock is ahead of UTC at its start.
    #[must_use]
    pub fn offset_seconds(&self) -> i32 {
        i32::try_from(self.offset / crate::interval::SECOND)
            .expect("offsets are smaller than two days")
    }

    /// The date that the booker's clock shows at its start.
    pub(crate) fn day(&self) -> DayNumber {
        (self.start + self.offset).div_euclid(DAY)
    }
}

/// What a request asks for, worked out up to where slots can start.
pub struct Availability<'r> {
    request: &'r Request<'r>,
    /// What of the query can be booked (SLOT-22).
    pub(crate) window: Interval,
    pub(crate) times: Vec<HostTime>,
    /// Holds of slots that count.
    held: Overlaps,
    /// Holds of seats that count.
    held_seats: Overlaps,
    /// Bookings that have seats.
    seated: Overlaps,
}

impl<'r> Availability<'r> {
    /// Works out when the hosts are free in the time that is asked for.
    #[must_use]
    pub fn of(request: &'r Request<'r>) -> Self {
        let Request { now, query, ref rules, .. } = *request;
        let window = asked(now, query, rules);
        if !rules.only_first {
            return Self::within(request, window);
        }
        let days = whole_days(window, query.zone, rules, first_shown(now, rules));
        // No slot fits, and what is not free has its reasons all the same.
        if days.is_empty() {
            return Self::within(request, window);
        }
        Self { window, ..Self::within(request, days) }
    }

    /// Works out when the hosts are free in some time.
    pub(crate) fn within(request: &'r Request<'r>, window: Interval) -> Self {
        let everybody =
            if window.is_empty() { Vec::new() } else { limits::full_periods(request, window) };
        let hosts = if window.is_empty() { 0 } else { request.hosts.len() };
        let times =
            (0..hosts).map(|host| HostTime::of(request, host, window, &everybody)).collect();
        let (seats, slots): (Vec<&Hold>, Vec<&Hold>) = request
            .holds
            .iter()
            .filter(|hold| hold.until > request.now)
            .partition(|hold| hold.is_seat);
        let held = Overlaps::of(slots.into_iter().map(|hold| hold.time));
        let held_seats = Overlaps::of(seats.into_iter().map(|hold| hold.time));
        let seated = Overlaps::of(request.seated.iter().map(|booking| booking.time));
        Self { request, window, times, held, held_seats, seated }
    }

    pub(crate) fn request(&self) -> &'r Request<'r> {
        self.request
    }

    /// The slots of each date that has any (SLOT-87), those of days out of office among
    /// them ([`Slot::away`]).
    #[must_use]
    pub fn days(&self) -> Vec<Day> {
        let mut days: BTreeMap<DayNumber, Vec<Slot>> = BTreeMap::new();
        for (slot, _) in self.decided().into_iter().filter(|(_, refusal)| refusal.is_none()) {
            days.entry(slot.day()).or_default().push(slot);
        }
        days.into_iter().map(|(day, slots)| Day { date: date(day), slots }).collect()
    }

    /// Every start that the free ranges have, with the reason for which it is not offered.
    pub(crate) fn decided(&self) -> Vec<(Slot, Option<Reason>)> {
        if self.window.is_empty() {
            return Vec::new();
        }
        let mut booker = Zone::new(self.request.query.zone);
        let allowed = self.allowed(&mut booker);
        if self.request.rules.only_first {
            return self.decided_of_whole_days(allowed, &mut booker);
        }
        let decided = self.starts(self.window).into_iter().map(|start| {
            let slot = self.slot(start, &mut booker);
            (slot, self.refusal(&slot, allowed))
        });
        decided.collect()
    }

    /// The same where only the first slot of a day is shown (SLOT-86).
    fn decided_of_whole_days(
        &self,
        allowed: Interval,
        booker: &mut Zone<'_>,
    ) -> Vec<(Slot, Option<Reason>)> {
        let mut decided = Vec::new();
        let mut days_with_first = BTreeSet::new();
        for day in booker.day(self.window.start)..=booker.day_of(self.window.end) {
            for start in self.starts_of_day(day, booker) {
                let slot = self.slot(start, booker);
                let mut refusal = self.refusal(&slot, allowed);
                // What is shown of days out of office is neither taken nor the first.
                if refusal.is_none() && slot.away.is_none() {
                    if self.is_full(&slot) {
                        refusal = Some(Reason::SeatsFull);
                    } else if !days_with_first.insert(slot.day()) {
                        refusal = Some(Reason::NotFirst);
                    }
                }
                let end = self.time(start).end - starts::TOLERANCE;
                if self.window.start <= start && end <= self.window.end {
                    decided.push((slot, refusal));
                }
            }
        }
        decided
    }

    /// Starts that can be booked so far ahead.
    pub(crate) fn allowed(&self, booker: &mut Zone<'_>) -> Interval {
        let Request { now, event_zone, ref rules, .. } = *self.request;
        let counted = self.days_with_slots();
        let has_slot = |day| counted.contains(&day);
        window::allowed(rules.window, now.as_microsecond(), booker, event_zone, has_slot)
    }

    /// The local days of the booker that a rolling window counts (SLOT-82). The query
    /// plays no part in it.
    fn days_with_slots(&self) -> BTreeSet<DayNumber> {
        let request = self.request;
        let (now, zone) = (request.now.as_microsecond(), request.query.zone);
        let Some(time) = window::counted_days(now, zone, request.rules.window) else {
            return BTreeSet::new();
        };
        let start = time.start.max(first_shown(request.now, &request.rules));
        let all = Self::within(request, Interval { start, end: time.end });
        let mut booker = Zone::new(zone);
        let mut days = BTreeSet::new();
        for start in all.starts(all.window) {
            let slot = all.slot(start, &mut booker);
            let is_new = !days.contains(&slot.day());
            if is_new && slot.away.is_none() && all.refusal(&slot, Interval::ALWAYS).is_none() {
                days.insert(slot.day());
            }
        }
        days
    }

    /// Starts that are laid out in a part of what was worked out.
    fn starts(&self, time: Interval) -> Vec<Instant> {
        let Request { rules, now, query, hosts, .. } = self.request;
        let free = self.times.iter().map(|host| within(&host.free, time)).collect();
        let offered = hosts::offered(rules.scheduling, hosts, free);
        starts::of(rules, &offered, notice_ends(*now, rules), &mut Zone::new(query.zone))
    }

    /// Those of one of the booker's days, laid out as if nobody asked for another day.
    fn starts_of_day(&self, day: DayNumber, booker: &mut Zone<'_>) -> Vec<Instant> {
        let Request { now, ref rules, .. } = *self.request;
        let time = day_with_slots(day, booker, rules, first_shown(now, rules));
        let mut starts = self.starts(time);
        starts.retain(|start| *start < booker.start_of(day + 1));
        starts
    }

    /// A slot that is offered before this one on the date that its booker's clock shows.
    pub(crate) fn earlier_of_day(
        &self,
        slot: &Slot,
        allowed: Interval,
        booker: &mut Zone<'_>,
    ) -> Option<Slot> {
        let request = self.request;
        // After the clock went back over midnight a date is shown in two local days.
        (slot.day()..=booker.day_of(slot.start)).find_map(|day| {
            let earliest = first_shown(request.now, &request.rules);
            let time = day_with_slots(day, booker, &request.rules, earliest);
            let of_day = Self::within(request, time);
            let starts = of_day.starts_of_day(day, booker).into_iter();
            let mut earlier =
                starts.take_while(|it| *it < slot.start).map(|it| of_day.slot(it, booker));
            earlier.find(|it| {
                let is_open = it.away.is_none() && !of_day.is_full(it);
                it.day() == slot.day() && is_open && of_day.refusal(it, allowed).is_none()
            })
        })
    }

    /// Whether all of its seats are taken.
    pub(crate) fn is_full(&self, slot: &Slot) -> bool {
        let seats = self.request.rules.seats;
        seats.is_some() && slot.seats_taken >= seats
    }

    pub(crate) fn slot(&self, start: Instant, booker: &mut Zone<'_>) -> Slot {
        let time = self.time(start);
        let away = self
            .times
            .first()
            .and_then(|host| host.away.iter().position(|away| away.overlaps(time)));
        let (seats_taken, seated) = self.seats(start);
        Slot { start, offset: booker.offset(start), seats_taken, seated, away }
    }

    /// Seats that are taken at a start, and the booking that has them.
    fn seats(&self, start: Instant) -> (Option<i32>, Option<usize>) {
        if self.request.rules.seats.is_none() {
            return (None, None);
        }
        let seated = self.request.seated;
        let place = seated.partition_point(|booking| booking.time.start < start);
        let booking = seated.get(place).filter(|booking| booking.time.start == start);
        let held = self.held_seats.count_of_start(start);
        let taken = booking.map_or(0, |booking| booking.attendees);
        (
            Some(taken.saturating_add(i32::try_from(held).unwrap_or(i32::MAX))),
            booking.map(|_| place),
        )
    }

    pub(crate) fn time(&self, start: Instant) -> Interval {
        Interval { start, end: start + minutes(self.request.rules.length) }
    }

    /// Why a slot in the hosts' free time is not offered, before seats are counted and one
    /// of its day is chosen.
    pub(crate) fn refusal(&self, slot: &Slot, allowed: Interval) -> Option<Reason> {
        let time = self.time(slot.start);
        let rules = &self.request.rules;
        if !(allowed.start <= slot.start && slot.start < allowed.end) {
            return Some(Reason::Window);
        }
        if slot.seated.is_none() {
            let holds = self.held.count(time);
            if holds > 0
                && !hosts::enough_without(
                    rules.scheduling,
                    self.request.hosts,
                    &self.times,
                    time,
                    holds,
                )
            {
                return Some(Reason::Hold);
            }
        }
        // Seats are of one start: somebody at another one would be booked twice.
        let at_others = |seats: &Overlaps| seats.count(time) - seats.count_of_start(slot.start);
        if at_others(&self.held_seats) > 0 {
            return Some(Reason::Hold);
        }
        if rules.shares_slots() && at_others(&self.seated) > 0 {
            return Some(Reason::SharedTime);
        }
        None
    }
}
