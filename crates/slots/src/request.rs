//! What is asked, and everything that the answer depends on.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use slotd_domain::event_type::{BookingWindow, EventType, Limits};
use slotd_domain::schedule::{DateOverride, WeeklyEntry};

use crate::interval::{DAY, Instant, Interval, MINUTE, minutes, timestamp};
use crate::starts::TOLERANCE;
use crate::zone::{DayNumber, Zone};
use crate::{limits, window};

/// Everything that slots depend on (SLOT-21).
#[derive(Debug, Clone)]
pub struct Request<'r> {
    /// The clock.
    pub now: Timestamp,
    /// Which slots are asked for.
    pub query: Query<'r>,
    /// What the event type says.
    pub rules: Rules,
    /// Zone of the event type's own schedule, else of the first host's (EZ).
    pub event_zone: &'r TimeZone,
    /// Who can be booked, in their order; nobody: there are no slots (SLOT-57).
    pub hosts: &'r [Host<'r>],
    /// Times that are kept for others, of any host.
    pub holds: &'r [Hold],
    /// Accepted bookings of this event type with seats, sorted by their start.
    pub seated: &'r [Seated],
    /// Accepted bookings of this event type in the periods of its limits, see
    /// [`Reads::limits`].
    pub counted: &'r [Counted],
    /// The booking that is to be moved: calendar events inside of it do not block
    /// (SLOT-45).
    pub rescheduled: Option<Interval>,
}

/// Which slots are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Query<'r> {
    /// The first instant (SLOT-6).
    pub start: Timestamp,
    /// The last one (SLOT-7).
    pub end: Timestamp,
    /// The booker's zone: dates and the alignment of starts go by its clock (B).
    pub zone: &'r TimeZone,
}

impl<'r> Query<'r> {
    /// Just the time of a booking, of so many minutes: [`Reads::of`] it is what
    /// [`Availability::verdict`](crate::Availability::verdict) needs.
    #[must_use]
    pub fn of_start(start: Timestamp, length: i32, zone: &'r TimeZone) -> Self {
        let end = timestamp(start.as_microsecond() + minutes(length));
        Self { start, end, zone }
    }
}

/// What an event type says about its slots. Lengths are minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Of a slot; at least 1 (L).
    pub length: i32,
    /// From start to start; at least 1 (F).
    pub step: i32,
    /// Starts are moved by so much (O).
    pub offset: i32,
    /// How long before its start a slot can be booked (N).
    pub notice: i32,
    /// Kept free before a booking (bb).
    pub before_buffer: i32,
    /// Kept free after a booking (ab).
    pub after_buffer: i32,
    /// Most bookings per period.
    pub count_limits: Limits,
    /// Most booked minutes per period.
    pub duration_limits: Limits,
    /// How far ahead can be booked.
    pub window: Option<BookingWindow>,
    /// Bookers who share a slot.
    pub seats: Option<i32>,
    /// Whether bookings that wait for their host keep their time from others (SLOT-41).
    pub blocks_unconfirmed: bool,
    /// Only the first slot of a day is shown (SLOT-86).
    pub only_first: bool,
    /// Starts are moved as little as possible (SLOT-66).
    pub optimized: bool,
    /// How many of the hosts are needed.
    pub scheduling: Scheduling,
}

/// How many of the hosts a booking needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheduling {
    /// The only one, the owner. Days out of office are marked (SLOT-72).
    Single,
    /// All of them.
    Collective,
    /// All that are fixed, and one of every group of the others (SLOT-56, SLOT-58).
    RoundRobin,
}

impl Rules {
    /// The rules of an event type, for slots of its length or of another one (SLOT-10).
    #[must_use]
    pub fn of(event_type: &EventType, duration: Option<i32>, scheduling: Scheduling) -> Self {
        let settings = &event_type.settings;
        let length = duration.unwrap_or(event_type.length_minutes).max(1);
        Self {
            length,
            step: settings.slot_interval_minutes.unwrap_or(length).max(1),
            offset: settings.offset_start_minutes.max(0),
            notice: settings.minimum_notice_minutes.max(0),
            before_buffer: settings.before_buffer_minutes.max(0),
            after_buffer: settings.after_buffer_minutes.max(0),
            count_limits: settings.booking_limits_count,
            duration_limits: settings.booking_limits_duration,
            window: settings.booking_window,
            seats: settings.seats.map(|seats| seats.per_slot),
            blocks_unconfirmed: settings
                .confirmation
                .is_some_and(|policy| policy.blocks_unconfirmed),
            only_first: settings.only_first_available_slot,
            optimized: settings.show_optimized_slots,
            scheduling,
        }
    }

    /// Several bookers can share a slot: then a booking does not block its own one.
    pub(crate) fn shares_slots(&self) -> bool {
        self.seats.is_some_and(|seats| seats > 1)
    }
}

/// Somebody who can be booked.
#[derive(Debug, Clone)]
pub struct Host<'r> {
    /// Round robin: needed for every booking.
    pub is_fixed: bool,
    /// Round robin: one of each group is needed.
    pub group: Option<u32>,
    /// When they work.
    pub hours: Hours<'r>,
    /// Bookings that take their time.
    pub booked: &'r [Booked],
    /// Events of their calendars.
    pub calendar: &'r [Interval],
    /// Days out of office.
    pub away: &'r [Away],
}

/// When somebody works: a schedule.
#[derive(Debug, Clone, Copy)]
pub struct Hours<'r> {
    /// Whose clock and dates the entries mean.
    pub zone: &'r TimeZone,
    /// Hours of every week.
    pub weekly: &'r [WeeklyEntry],
    /// Hours of a date instead of the weekly ones.
    pub overrides: &'r [DateOverride],
}

/// Bookings of a host other than the one to be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booked {
    /// When it takes place.
    pub time: Interval,
    /// Which kind it is.
    pub kind: Kind,
    /// What its event type keeps free before it, in minutes.
    pub before_buffer: i32,
    /// What its event type keeps free after it, in minutes.
    pub after_buffer: i32,
}

/// Which bookings block what (SLOT-40, SLOT-41).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Accepted, of this event type.
    Own,
    /// Accepted, of another event type.
    Other,
    /// Pending, of this event type. Others that are pending never block.
    OwnPending,
}

/// Days out of office, dates of the host's schedule (OOF-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    /// The first one.
    pub first: Date,
    /// The last one.
    pub last: Date,
}

/// A time that somebody keeps for a booking to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Which time.
    pub time: Interval,
    /// From this instant on it counts for nothing (RES-2).
    pub until: Timestamp,
    /// One seat of this event type's slot, which stays open for others; else the slot.
    pub is_seat: bool,
}

/// An accepted booking of this event type that bookers share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seated {
    /// When it takes place.
    pub time: Interval,
    /// Seats that are taken.
    pub attendees: i32,
}

/// An accepted booking of this event type, as limits count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// When it takes place.
    pub time: Interval,
    /// Position of its host in [`Request::hosts`]; none when it is none of them.
    pub host: Option<usize>,
}

/// What has to be known of a host's time and of the event type's bookings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reads {
    /// Bookings, holds and calendar events that touch this time (SLOT-44).
    pub time: Interval,
    /// Accepted bookings of the event type that start in this time; none when nothing
    /// limits their number.
    pub limits: Option<Interval>,
}

impl Reads {
    /// What a request needs, before anything was read.
    #[must_use]
    pub fn of(now: Timestamp, query: Query<'_>, rules: &Rules, event_zone: &TimeZone) -> Self {
        // A booking may begin before the first slot that is shown (SLOT-22).
        let earliest = notice_ends(now, rules);
        let mut time = clipped(query, earliest);
        if rules.only_first {
            time = whole_days(time, query.zone, rules, earliest);
        }
        if time.is_empty() {
            return Self { time, limits: None };
        }
        if let Some(counted) = window::counted_days(now.as_microsecond(), query.zone, rules.window)
        {
            time =
                Interval { start: time.start.min(counted.start), end: time.end.max(counted.end) };
        }
        let limits = limits::touched(rules, event_zone, time);
        let reach = minutes(rules.before_buffer) + minutes(rules.after_buffer) + DAY;
        // The last slot may end after the window that its start lies in.
        Self { time: Interval { start: time.start - reach, end: time.end + reach }, limits }
    }
}

impl Reads {
    /// Whether what was read for `self` is enough for another request.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        let (mine, wanted) = (self.time, other.time);
        wanted.is_empty() || mine.start <= wanted.start && wanted.end <= mine.end
    }

    /// Accepted bookings of the event type that start in this time are asked for: by limits,
    /// and where bookers share slots. None when they are not.
    #[must_use]
    pub fn bookings_of_event_type(self, rules: &Rules) -> Option<Interval> {
        let seated = rules.seats.map(|_| self.time).filter(|time| !time.is_empty());
        match (self.limits, seated) {
            (Some(one), Some(other)) => {
                Some(Interval { start: one.start.min(other.start), end: one.end.max(other.end) })
            }
            (one, other) => one.or(other),
        }
    }
}

/// What of the query can be booked at all (SLOT-22).
pub(crate) fn asked(now: Timestamp, query: Query<'_>, rules: &Rules) -> Interval {
    clipped(query, first_shown(now, rules))
}

fn clipped(query: Query<'_>, earliest: Instant) -> Interval {
    Interval { start: query.start.as_microsecond().max(earliest), end: query.end.as_microsecond() }
}

/// The first instant at which a slot is shown (SLOT-22).
pub(crate) fn first_shown(now: Timestamp, rules: &Rules) -> Instant {
    now.as_microsecond() + minutes(rules.notice.max(1))
}

/// The booker's days that a time touches, until the ends of their slots: which slot is the
/// first of its day does not depend on where a query begins (SLOT-86, SLOT-91). Nothing
/// when no slot fits into the time.
pub(crate) fn whole_days(
    time: Interval,
    zone: &TimeZone,
    rules: &Rules,
    earliest: Instant,
) -> Interval {
    if time.is_empty() || time.end - time.start < minutes(rules.length) - TOLERANCE {
        return Interval { end: time.start, ..time };
    }
    let mut zone = Zone::new(zone);
    let (first, last) = (zone.day(time.start), zone.day_of(time.end));
    let end = day_with_slots(last, &mut zone, rules, earliest).end;
    Interval { start: zone.start_of(first).max(earliest), end }
}

/// The booker's day until the ends of its slots.
pub(crate) fn day_with_slots(
    day: DayNumber,
    zone: &mut Zone<'_>,
    rules: &Rules,
    earliest: Instant,
) -> Interval {
    Interval {
        start: zone.start_of(day).max(earliest),
        end: zone.start_of(day + 1) + minutes(rules.length),
    }
}

/// The first instant at which a slot can be booked (SLOT-60, SLOT-67).
pub(crate) fn notice_ends(now: Timestamp, rules: &Rules) -> Instant {
    now.as_microsecond() + Instant::from(rules.notice) * MINUTE
}

impl Interval {
    /// The same time widened to both sides, in minutes.
    pub(crate) fn widened(self, before: Instant, after: Instant) -> Self {
        Self { start: self.start - before, end: self.end + after }
    }
}

impl From<Interval> for (Timestamp, Timestamp) {
    fn from(interval: Interval) -> Self {
        (timestamp(interval.start), timestamp(interval.end))
    }
}
