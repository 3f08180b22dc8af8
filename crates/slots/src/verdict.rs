//! Whether one start can be booked, and if not why.

use jiff::Timestamp;

use crate::availability::{Availability, Slot};
use crate::hosts;
use crate::interval::{Instant, Interval};
use crate::request::notice_ends;
use crate::time::{Reason, booking_of};
use crate::zone::Zone;

/// Why a start cannot be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Which rule; of several, the first in the order of file 03, 7.9.
    pub reason: Reason,
    /// What is in the way: the booking, its buffer, the event or the hold, the part outside
    /// of working hours, the period of the limit, the days out of office, the slot that is
    /// the first of its day, the time until the notice ends. Of a window, the time that can
    /// be booked; of seats, the slot.
    pub time: Interval,
    /// Position of the host whose time it is in [`Request::hosts`](crate::Request::hosts);
    /// none when it is nobody's in particular.
    pub host: Option<usize>,
    /// Position in the host's [`booked`](crate::Host::booked) of the booking that is in the
    /// way, itself or by its buffer.
    pub booking: Option<usize>,
}

impl Refusal {
    fn of(reason: Reason, time: Interval) -> Self {
        Self { reason, time, host: None, booking: None }
    }
}

impl Availability<'_> {
    /// Whether a slot that starts then can be booked (SLOT-91): by all rules but the laying
    /// out of starts, so whatever the query is. What [`days`](Self::days) shows can be
    /// booked, unless all seats are taken or the host is out of office. Somebody who joins a
    /// booking that has seats left takes no more of the hosts' time, and is not asked for
    /// it (R7.60).
    ///
    /// # Errors
    ///
    /// The first rule against it. The work grows with the days that a slot is long.
    pub fn verdict(&self, start: Timestamp) -> Result<Slot, Refusal> {
        let request = self.request();
        let (now, start) = (request.now.as_microsecond(), start.as_microsecond());
        for (reason, earliest) in
            [(Reason::Past, now), (Reason::Notice, notice_ends(request.now, &request.rules))]
        {
            if start < earliest {
                let time = Interval { start: Instant::MIN, end: earliest };
                return Err(Refusal::of(reason, time));
            }
        }
        let mut booker = Zone::new(request.query.zone);
        let allowed = self.allowed(&mut booker);
        let time = self.time(start);
        let near = Self::within(request, time);
        let slot = near.slot(start, &mut booker);
        let reason = near.refusal(&slot, allowed);
        if reason == Some(Reason::Window) {
            return Err(Refusal::of(Reason::Window, allowed));
        }
        if let Some(refusal) = near.not_free(&slot, time) {
            // Limits come before holds, and holds before whatever else takes the time (7.9).
            let is_limit = matches!(refusal.reason, Reason::CountLimit | Reason::DurationLimit);
            if is_limit || reason != Some(Reason::Hold) {
                return Err(refusal);
            }
        }
        if let Some(reason) = reason {
            return Err(Refusal::of(reason, near.taken(reason, &slot, time)));
        }
        if near.is_full(&slot) {
            return Err(Refusal::of(Reason::SeatsFull, time));
        }
        if let (Some(entry), None) = (slot.away, slot.seated) {
            let refusal = Refusal::of(Reason::OutOfOffice, near.times[0].away[entry]);
            return Err(Refusal { host: Some(0), ..refusal });
        }
        if request.rules.only_first
            && let Some(first) = near.earlier_of_day(&slot, allowed, &mut booker)
        {
            let time = self.time(first.start().as_microsecond());
            return Err(Refusal::of(Reason::NotFirst, time));
        }
        Ok(slot)
    }

    /// Whose time is missing for a slot.
    fn not_free(&self, slot: &Slot, time: Interval) -> Option<Refusal> {
        let request = self.request();
        if request.hosts.is_empty() {
            return Some(Refusal::of(Reason::WorkingHours, time));
        }
        if slot.seated.is_some() {
            return None;
        }
        let rules = &request.rules;
        let position = hosts::missing(rules.scheduling, request.hosts, &self.times, time)?;
        let host = &request.hosts[position];
        let block = self.times[position].in_the_way(time, host.hours);
        let block = block.expect("what is not free is closed or blocked");
        Some(Refusal {
            reason: block.reason,
            time: block.time,
            // The number of bookings is everybody's.
            host: (block.reason != Reason::CountLimit).then_some(position),
            booking: booking_of(rules, host, block),
        })
    }

    /// The hold or the booking with seats because of which a slot in free time is refused.
    fn taken(&self, reason: Reason, slot: &Slot, time: Interval) -> Interval {
        let request = self.request();
        let holds = request.holds.iter().filter(|hold| {
            let is_other = !hold.is_seat || hold.time.start != time.start;
            let is_shared = !hold.is_seat && slot.seated.is_some();
            reason == Reason::Hold && hold.until > request.now && is_other && !is_shared
        });
        let seated = request.seated.iter().filter(|it| it.time.start != time.start);
        let mut times = holds.map(|hold| hold.time).chain(seated.map(|booking| booking.time));
        times.find(|taken| taken.overlaps(time)).expect("a hold or a booking was counted")
    }

    /// Positions of the hosts who are free for a slot that starts then, whatever else is
    /// against it: of round robin, those to choose from (R7.36).
    #[must_use]
    pub fn free_hosts(&self, start: Timestamp) -> Vec<usize> {
        let time = self.time(start.as_microsecond());
        let near = Self::within(self.request(), time);
        let is_free = |host: &usize| {
            let host = &near.times[*host];
            host.is_free(time) && !host.away.iter().any(|away| away.overlaps(time))
        };
        (0..near.times.len()).filter(is_free).collect()
    }
}
