//! The rules of booking, read once more: slowly, minute by minute where that is simplest, and
//! without the engine. It knows zones that never change their offset, and days of which a
//! schedule says the same every week but for one date.
//!
//! What follows from the laying out of starts, the first slot of a day and the days that a
//! rolling window counts, it takes from the slots that are shown.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, ToSpan as _};
use serde_json::{Value, json};

/// Minutes since the epoch.
pub(super) type Minute = i64;
/// Days since the epoch, on some clock.
pub(super) type DayNumber = i64;

const DAY: Minute = 24 * 60;

pub(super) fn date_of(day: DayNumber) -> Date {
    date(1970, 1, 1) + day.days()
}

/// The number of a date.
pub(super) fn number_of(day: &str) -> DayNumber {
    let day: Date = day.parse().unwrap();
    day.duration_since(date(1970, 1, 1)).as_hours() / 24
}

/// 0 is Sunday: the epoch was a Thursday.
fn week_day(day: DayNumber) -> i64 {
    (day + 4).rem_euclid(7)
}

fn is_business_day(day: DayNumber) -> bool {
    (1..=5).contains(&week_day(day))
}

/// A clock that is always as far ahead of UTC.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub(super) name: &'static str,
    ahead: Minute,
}

pub(super) const CLOCKS: [Clock; 3] = [
    Clock { name: "UTC", ahead: 0 },
    Clock { name: "Asia/Kolkata", ahead: 330 },
    Clock { name: "America/Phoenix", ahead: -420 },
];

impl Clock {
    pub(super) fn day(self, at: Minute) -> DayNumber {
        (at + self.ahead).div_euclid(DAY)
    }

    pub(super) fn start_of(self, day: DayNumber) -> Minute {
        day * DAY - self.ahead
    }
}

/// How far ahead can be booked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Window {
    Always,
    Days {
        count: i64,
        business: bool,
        rolling: bool,
    },
    /// Of so many days from the day on, both ends among them.
    Range {
        first: DayNumber,
        last: DayNumber,
    },
}

/// What an event type asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) interval: Minute,
    pub(super) before: Minute,
    pub(super) after: Minute,
    pub(super) notice: Minute,
    pub(super) bookings_per_day: Option<usize>,
    pub(super) minutes_per_day: Option<Minute>,
    pub(super) seats: Option<usize>,
    pub(super) window: Window,
    pub(super) only_first: bool,
    /// The host confirms; whether what waits keeps its time.
    pub(super) confirmation: Option<bool>,
}

impl Rules {
    /// The body of a change.
    pub(super) fn body(&self) -> Value {
        let off = || json!({ "disabled": true });
        let window = match self.window {
            Window::Always => off(),
            Window::Days { count, business, rolling } => {
                let kind = if business { "businessDays" } else { "calendarDays" };
                json!({ "type": kind, "value": count, "rolling": rolling })
            }
            Window::Range { first, last } => {
                json!({ "type": "range", "value": [date_of(first), date_of(last)] })
            }
        };
        json!({
            "slotInterval": self.interval,
            "beforeEventBuffer": self.before,
            "afterEventBuffer": self.after,
            "minimumBookingNotice": self.notice,
            "bookingLimitsCount": self.bookings_per_day.map_or_else(off, |most| json!({ "day": most })),
            "bookingLimitsDuration": self.minutes_per_day.map_or_else(off, |most| json!({ "day": most })),
            "onlyShowFirstAvailableSlot": self.only_first,
            "bookingWindow": window,
            "confirmationPolicy": self.confirmation.map_or_else(off, |blocks| json!({
                "type": "always", "blockUnconfirmedBookingsInBooker": blocks,
            })),
            "seats": self.seats.map_or_else(off, |seats| json!({
                "seatsPerTimeSlot": seats, "showAttendeeInfo": true, "showAvailabilityCount": true,
            })),
        })
    }

    /// Slots are shown on which it depends what can be booked.
    pub(super) fn depends_on_slots(&self) -> bool {
        self.only_first || matches!(self.window, Window::Days { rolling: true, .. })
    }

    fn shares(&self) -> bool {
        self.seats.is_some_and(|seats| seats > 1)
    }
}

/// When somebody works: the same every week, but for one date.
#[derive(Debug, Clone)]
pub(super) struct Hours {
    pub(super) clock: Clock,
    /// Days of the week from Sunday, and minutes of the day from and to.
    pub(super) weekly: Vec<(&'static [i64], Minute, Minute)>,
    pub(super) instead: Option<(DayNumber, Minute, Minute)>,
}

const DAY_NAMES: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl Hours {
    /// The body of a schedule with them.
    pub(super) fn body(&self) -> Value {
        let wall = |minute: &Minute| format!("{:02}:{:02}", minute / 60, minute % 60);
        let weekly = self.weekly.iter().map(|(days, from, to)| {
            let days = days.iter().map(|day| DAY_NAMES[usize::try_from(*day).unwrap()]);
            json!({ "days": days.collect::<Vec<_>>(), "startTime": wall(from), "endTime": wall(to) })
        });
        let instead = self.instead.iter().map(|(day, from, to)| {
            json!({ "date": date_of(*day), "startTime": wall(from), "endTime": wall(to) })
        });
        json!({
            "timeZone": self.clock.name,
            "availability": weekly.collect::<Vec<_>>(),
            "overrides": instead.collect::<Vec<_>>(),
        })
    }

    /// Whether they work in that minute.
    fn has(&self, at: Minute) -> bool {
        let day = self.clock.day(at);
        let minute = at - self.clock.start_of(day);
        // The last minute of a day is written as its end.
        let is_in = |from: Minute, to: Minute| from <= minute && (minute < to || to == DAY - 1);
        match self.instead {
            Some((date, from, to)) if date == day => is_in(from, to),
            _ => self
                .weekly
                .iter()
                .any(|(days, from, to)| days.contains(&week_day(day)) && is_in(*from, *to)),
        }
    }
}

/// What is booked: an event type with its host and its length.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub(super) host: usize,
    pub(super) length: Minute,
    pub(super) rules: Rules,
}

/// A booking that takes time, or that waits for its host.
#[derive(Debug, Clone)]
pub(super) struct Booked {
    pub(super) kind: usize,
    pub(super) start: Minute,
    pub(super) waits: bool,
    /// Hosts whose time it takes.
    pub(super) hosts: Vec<usize>,
    /// Uids of the seats of those who attend; none of an attendee who has none.
    pub(super) attendees: Vec<Option<String>>,
}

/// A time that is kept for somebody.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) kind: usize,
    pub(super) start: Minute,
    pub(super) is_seat: bool,
    /// In milliseconds since the epoch.
    pub(super) until: i64,
    /// How many were made before.
    pub(super) older: usize,
}

/// Everything that decides.
#[derive(Debug)]
pub(super) struct Reading {
    /// Milliseconds since the epoch.
    pub(super) now: i64,
    /// The bookers'.
    pub(super) clock: Clock,
    pub(super) kinds: Vec<Kind>,
    /// Of each host.
    pub(super) hours: Vec<Hours>,
    /// By their uids.
    pub(super) booked: BTreeMap<String, Booked>,
    /// By their uids.
    pub(super) held: BTreeMap<String, Held>,
}

/// A question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'w> {
    pub(super) kind: usize,
    pub(super) start: Minute,
    /// Uid of a booking whose time does not count.
    pub(super) moved: Option<&'w str>,
    /// Holds count, but the one with this uid.
    #[expect(clippy::option_option, reason = "whether holds count, and whose does not")]
    pub(super) holds: Option<Option<&'w str>>,
}

impl<'w> Wish<'w> {
    pub(super) fn of(kind: usize, start: Minute) -> Self {
        Self { kind, start, moved: None, holds: None }
    }

    pub(super) fn with_holds(self, own: Option<&'w str>) -> Self {
        Self { holds: Some(own), ..self }
    }
}

/// Starts that are shown by the dates of the bookers' clock.
pub(super) type Shown = BTreeMap<DayNumber, Vec<Minute>>;

impl Reading {
    fn booked_end(&self, booked: &Booked) -> Minute {
        booked.start + self.kinds[booked.kind].length
    }

    /// Holds that count for a wish.
    fn holds<'r>(&'r self, wish: Wish<'r>) -> impl Iterator<Item = &'r Held> {
        let host = self.kinds[wish.kind].host;
        let time = |held: &Held| held.start..held.start + self.kinds[held.kind].length;
        self.held
            .iter()
            .filter(move |(uid, held)| {
                let own = wish.holds.flatten();
                let own_hold = own.and_then(|uid| self.held.get(uid));
                // Whoever has held the time for this kind yields to nobody who came later.
                let yields = own_hold.is_some_and(|own| {
                    own.kind == wish.kind
                        && own.until > self.now
                        && held.kind != own.kind
                        && held.older > own.older
                        && time(held).start < time(own).end
                        && time(own).start < time(held).end
                });
                wish.holds.is_some()
                    && own != Some(uid.as_str())
                    && !yields
                    && held.until > self.now
                    && self.kinds[held.kind].host == host
            })
            .map(|(_, held)| held)
    }

    /// Why it cannot be booked whatever is shown, if it cannot.
    pub(super) fn refusal(&self, wish: Wish<'_>) -> Option<&'static str> {
        let kind = &self.kinds[wish.kind];
        let (rules, start, end) = (&kind.rules, wish.start, wish.start + kind.length);
        let notice = SignedDuration::from_mins(rules.notice).as_millis();
        if i128::from(start) * 60_000 < i128::from(self.now) + notice {
            return Some("notice");
        }
        let today = self.clock.day(self.now.div_euclid(60_000));
        let is_in_window = match rules.window {
            Window::Always | Window::Days { rolling: true, .. } => true,
            Window::Days { count, business: false, .. } => self.clock.day(start) <= today + count,
            Window::Days { count, .. } => {
                let counted = (today + 1..).filter(|day| is_business_day(*day));
                let last = counted.take(usize::try_from(count).unwrap()).last();
                self.clock.day(start) <= last.unwrap_or(today)
            }
            Window::Range { first, last } => {
                (first..=last).contains(&self.hours[kind.host].clock.day(start))
            }
        };
        if !is_in_window {
            return Some("window");
        }
        // Of this event type and accepted, with the time of each.
        let accepted = || {
            self.booked.iter().filter(|(uid, booked)| {
                booked.kind == wish.kind && !booked.waits && wish.moved != Some(uid.as_str())
            })
        };
        let joined = accepted().find(|(_, booked)| booked.start == start);
        let joined = joined.filter(|_| rules.seats.is_some()).map(|(_, booked)| booked);
        if joined.is_none()
            && let Some(reason) = self.not_free(wish, start..end)
        {
            return Some(reason);
        }
        let overlaps = |other: Minute, length: Minute| other < end && start < other + length;
        let is_own_seat =
            |held: &Held| held.is_seat && held.kind == wish.kind && rules.seats.is_some();
        for held in self.holds(wish) {
            let is_at_start = is_own_seat(held) && held.start == start;
            let is_open = is_at_start || joined.is_some() && !is_own_seat(held);
            if !is_open && overlaps(held.start, self.kinds[held.kind].length) {
                return Some("hold");
            }
        }
        if rules.shares()
            && accepted().any(|(_, it)| it.start != start && overlaps(it.start, kind.length))
        {
            return Some("sharedTime");
        }
        let held = self.holds(wish).filter(|held| is_own_seat(held) && held.start == start).count();
        let taken = joined.map_or(0, |booked| booked.attendees.len()) + held;
        rules.seats.filter(|seats| taken >= *seats).map(|_| "seatsFull")
    }

    /// What is in the way of the host.
    fn not_free(&self, wish: Wish<'_>, time: std::ops::Range<Minute>) -> Option<&'static str> {
        let Kind { host, length, rules } = &self.kinds[wish.kind];
        let hours = &self.hours[*host];
        if !time.clone().all(|minute| hours.has(minute)) {
            return Some("workingHours");
        }
        for (uid, booked) in &self.booked {
            let is_own = booked.kind == wish.kind;
            let counts = !booked.waits || is_own && rules.confirmation == Some(true);
            if !counts || !booked.hosts.contains(host) || wish.moved == Some(uid.as_str()) {
                continue;
            }
            let (start, end) = (booked.start, self.booked_end(booked));
            let theirs = &self.kinds[booked.kind].rules;
            let touches =
                |from: Minute, to: Minute| from < to && from < time.end && time.start < to;
            if !(is_own && !booked.waits && rules.shares()) && touches(start, end) {
                return Some("booking");
            }
            if touches(start - theirs.before - rules.after, start)
                || touches(end, end + theirs.after + rules.before)
            {
                return Some("buffer");
            }
        }
        for day in hours.clock.day(time.start)..=hours.clock.day(time.end - 1) {
            let of_day = self.booked.iter().filter(|(uid, booked)| {
                booked.kind == wish.kind
                    && !booked.waits
                    && wish.moved != Some(uid.as_str())
                    && hours.clock.day(booked.start) == day
            });
            let count = of_day.count();
            if rules.bookings_per_day.is_some_and(|most| count >= most) {
                return Some("countLimit");
            }
            let minutes = *length * Minute::try_from(count + 1).unwrap();
            if rules.minutes_per_day.is_some_and(|most| minutes > most) {
                return Some("durationLimit");
            }
        }
        None
    }

    /// The last day that a rolling window lets through; none: all that are looked at.
    fn last_of_rolling(&self, kind: usize, shown: &Shown) -> Option<DayNumber> {
        let Window::Days { count, business, rolling: true } = self.kinds[kind].rules.window else {
            return None;
        };
        let today = self.clock.day(self.now.div_euclid(60_000));
        let counts = |day: &DayNumber| !business || *day == today || is_business_day(*day);
        let counted = shown.keys().copied().filter(counts);
        counted.take(usize::try_from(count).unwrap()).last()
    }

    /// Whether a day has slots that are not shown: all of their seats are taken, and a list of
    /// first slots passes over them (SLOT-86). A rolling window counts the day (SLOT-82).
    pub(super) fn hides_a_day(&self, kind: usize, shown: &Shown) -> bool {
        let Rules { only_first, window, .. } = &self.kinds[kind].rules;
        let booked = self.booked.values().filter(|it| it.kind == kind).map(|it| it.start);
        let held = self.held.values().filter(|it| it.kind == kind).map(|it| it.start);
        *only_first
            && matches!(window, Window::Days { rolling: true, .. })
            && booked.chain(held).any(|start| {
                !shown.contains_key(&self.clock.day(start))
                    && self.refusal(Wish::of(kind, start).with_holds(None)) == Some("seatsFull")
            })
    }

    /// Why a time is refused because of the slots that are shown.
    pub(super) fn refusal_by_slots(
        &self,
        kind: usize,
        start: Minute,
        shown: &Shown,
    ) -> Option<&'static str> {
        let day = self.clock.day(start);
        if self.last_of_rolling(kind, shown).is_some_and(|last| day > last) {
            return Some("rollingWindow");
        }
        let first = shown.get(&day).and_then(|starts| starts.first());
        let is_later = first.is_some_and(|first| *first < start);
        (is_later && self.kinds[kind].rules.only_first).then_some("notFirst")
    }
}
