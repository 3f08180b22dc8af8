//! What the pure computation costs: `cargo bench -p slotd-slots`.
//!
//! Budgets, on one core: 50 µs for one host, 30 days and 50 bookings; linear in the number
//! of hosts; 10 ms for round robin of 100 hosts.

#![expect(clippy::unwrap_used, reason = "what is built here is valid")]

use divan::Bencher;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use slotd_domain::WeekDay;
use slotd_domain::event_type::{BookingWindow, Limits};
use slotd_domain::schedule::{WallTime, WeeklyEntry};
use slotd_slots::{
    Availability, Booked, Host, Hours, Interval, Kind, Query, Request, Rules, Scheduling,
};

fn main() {
    divan::main();
}

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn start() -> Timestamp {
    // A change of the clock lies within the next 30 days, as it does twice a year.
    "2026-03-15T00:00:00Z".parse().unwrap()
}

struct Bench {
    zones: Vec<TimeZone>,
    weekly: Vec<WeeklyEntry>,
    booked: Vec<Vec<Booked>>,
    rules: Rules,
    days: i64,
}

impl Bench {
    /// Hosts who work from Monday to Friday, 09:00 to 17:00, in different zones, with
    /// bookings of a quarter of an hour between 08:00 and 16:00 UTC of 30 days.
    fn new(hosts: usize, bookings: usize, days: i64, scheduling: Scheduling) -> Self {
        let zones = ["Europe/Rome", "Europe/London", "America/New_York", "Asia/Kolkata"].map(zone);
        let monday_to_friday = WeekDay::ALL.into_iter().take(5).collect();
        let minutes = 30 * 8 * 60 / i64::try_from(bookings.max(1)).unwrap();
        let booking = |host: usize, index: usize| {
            let host = i64::try_from(host % 7).unwrap();
            let at = i64::try_from(index).unwrap() * minutes + host * 37;
            let (day, minute) = (at / 480, 480 + at % 480);
            let begin = start() + SignedDuration::from_mins(day * 1_440 + minute);
            Booked {
                time: Interval::new(begin, begin + SignedDuration::from_mins(15)),
                kind: Kind::Other,
                before_buffer: 0,
                after_buffer: 5,
            }
        };
        Self {
            zones: zones.to_vec(),
            weekly: vec![WeeklyEntry {
                days: monday_to_friday,
                start: WallTime::at(9, 0),
                end: WallTime::at(17, 0),
            }],
            booked: (0..hosts)
                .map(|host| (0..bookings).map(|index| booking(host, index)).collect())
                .collect(),
            rules: Rules {
                length: 30,
                step: 30,
                offset: 0,
                notice: 120,
                before_buffer: 0,
                after_buffer: 0,
                count_limits: Limits::default(),
                duration_limits: Limits::default(),
                window: None,
                seats: None,
                blocks_unconfirmed: false,
                only_first: false,
                optimized: false,
                scheduling,
            },
            days,
        }
    }

    fn run(&self, bencher: Bencher<'_, '_>) {
        let host = |(index, booked)| Host {
            is_fixed: false,
            group: None,
            hours: Hours {
                // Collective hosts in far zones would have nothing in common.
                zone: match self.rules.scheduling {
                    Scheduling::RoundRobin => &self.zones[index % self.zones.len()],
                    _ => &self.zones[index % 2],
                },
                weekly: &self.weekly,
                overrides: &[],
            },
            booked,
            calendar: &[],
            away: &[],
        };
        let hosts: Vec<Host<'_>> =
            self.booked.iter().map(Vec::as_slice).enumerate().map(host).collect();
        let request = Request {
            now: start(),
            query: Query {
                start: start(),
                end: start() + SignedDuration::from_hours(24 * self.days),
                zone: &self.zones[0],
            },
            rules: self.rules.clone(),
            event_zone: &self.zones[0],
            hosts: &hosts,
            holds: &[],
            seated: &[],
            counted: &[],
            rescheduled: None,
        };
        bencher.bench(|| Availability::of(divan::black_box(&request)).days());
    }
}

#[divan::bench(args = [0, 50, 500])]
fn one_host_7_days(bencher: Bencher<'_, '_>, bookings: usize) {
    Bench::new(1, bookings, 7, Scheduling::Single).run(bencher);
}

#[divan::bench(args = [0, 50, 500])]
fn one_host_30_days(bencher: Bencher<'_, '_>, bookings: usize) {
    Bench::new(1, bookings, 30, Scheduling::Single).run(bencher);
}

/// 50 bookings each.
#[divan::bench(args = [10, 50, 100, 500])]
fn collective_30_days(bencher: Bencher<'_, '_>, hosts: usize) {
    Bench::new(hosts, 50, 30, Scheduling::Collective).run(bencher);
}

/// 50 bookings each.
#[divan::bench(args = [10, 50, 100, 500])]
fn round_robin_30_days(bencher: Bencher<'_, '_>, hosts: usize) {
    Bench::new(hosts, 50, 30, Scheduling::RoundRobin).run(bencher);
}

/// 61 days are worked out for the window, and 30 for the query.
#[divan::bench(args = [1, 10])]
fn rolling_window(bencher: Bencher<'_, '_>, hosts: usize) {
    let mut bench = Bench::new(hosts, 50, 30, Scheduling::RoundRobin);
    bench.rules.window = Some(BookingWindow::Days { count: 10, business: true, rolling: true });
    bench.run(bencher);
}
