//! Random histories of one host: what is shown can be reserved, and what is reserved is not
//! shown. A twin of the host has the same bookings and hours and no holds: what it shows, less
//! the holds, is what the host must show (SLOT-70, SLOT-71, SLOT-91, K-14, RES-8, RES-10, RES-14 to RES-16).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use slotd_domain::BookingId;
use slotd_testkit::{Engine, TestBooking, TestServer};
use tokio::runtime::Runtime;

use super::{Host, daily, hold, slots, uid_of};
use crate::generated::cases;

/// One hour, every half an hour.
const PLAIN: usize = 0;
/// 45 minutes, whose waiting bookings keep nothing.
const WAITING: usize = 1;
/// One hour, every half an hour, for three bookers.
const SEATED: usize = 2;
const SEATS: usize = 3;
const LENGTHS: [i64; 3] = [60, 45, 60];

const HOURS: [[&str; 2]; 4] =
    [["09:00", "17:00"], ["08:15", "12:00"], ["10:20", "18:00"], ["13:00", "23:59"]];

#[derive(Debug, Clone)]
enum Step {
    /// At a quarter after 07:00, of one of the event types.
    Hold(usize, i64),
    /// Of a time that is shown.
    HoldShown(usize, Index),
    Move(Index, usize, i64),
    Release(Index),
    Wait(i64),
    Book(usize, i64, bool),
    Cancel(Index),
    WorkAt(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let (kind, quarter) = (0..3_usize, 0..48_i64);
    prop_oneof![
        4 => (kind.clone(), quarter.clone()).prop_map(|(kind, quarter)| Step::Hold(kind, quarter)),
        4 => (kind.clone(), any::<Index>()).prop_map(|(kind, index)| Step::HoldShown(kind, index)),
        3 => (any::<Index>(), kind.clone(), quarter.clone()).prop_map(|(hold, kind, quarter)| Step::Move(hold, kind, quarter)),
        2 => any::<Index>().prop_map(Step::Release),
        2 => (1..4_i64).prop_map(Step::Wait),
        4 => (kind, quarter, any::<bool>()).prop_map(|(kind, quarter, waits)| Step::Book(kind, quarter, waits)),
        2 => any::<Index>().prop_map(Step::Cancel),
        1 => (0..HOURS.len()).prop_map(Step::WorkAt),
    ]
}

/// Some time of an event type.
#[derive(Debug, Clone, Copy)]
struct Time {
    kind: usize,
    start: Timestamp,
}

impl Time {
    fn at(kind: usize, quarter: i64) -> Self {
        let seven: Timestamp = "2050-09-05T07:00:00Z".parse().unwrap();
        Self { kind, start: seven + SignedDuration::from_mins(15 * quarter) }
    }

    fn end(self) -> Timestamp {
        self.start + SignedDuration::from_mins(LENGTHS[self.kind])
    }

    fn overlaps(self, other: Self) -> bool {
        self.start < other.end() && other.start < self.end()
    }
}

struct Booking {
    time: Time,
    waits: bool,
    /// Of the host and of the twin.
    ids: [BookingId; 2],
}

/// The host, its twin, and what was done to them.
struct History<'a> {
    server: &'a TestServer,
    hosts: [Host<'a>; 2],
    schedules: [i32; 2],
    event_types: [[i32; 3]; 2],
    holds: BTreeMap<String, (Time, Timestamp)>,
    bookings: Vec<Booking>,
    /// Slots that are shown although a waiting booking keeps them from being held.
    refused_for_waiting: usize,
}

impl<'a> History<'a> {
    async fn begin(server: &'a TestServer) -> Self {
        let hosts = [Host::new(server).await, Host::new(server).await];
        let (mut schedules, mut event_types) = ([0; 2], [[0; 3]; 2]);
        let seats = json!({ "seatsPerTimeSlot": SEATS, "showAttendeeInfo": false, "showAvailabilityCount": true });
        for (place, host) in hosts.iter().enumerate() {
            schedules[place] = host.schedule(&daily("UTC")).await;
            let plain = json!({ "slotInterval": 30 });
            let seated = json!({ "slotInterval": 30, "seats": seats });
            event_types[place] = [
                host.event_type("plain", &plain).await,
                host.event_type("waiting", &json!({ "lengthInMinutes": 45 })).await,
                host.event_type("seated", &seated).await,
            ];
        }
        Self {
            server,
            hosts,
            schedules,
            event_types,
            holds: BTreeMap::new(),
            bookings: Vec::new(),
            refused_for_waiting: 0,
        }
    }

    fn live(&self) -> impl Iterator<Item = (&String, Time)> {
        let now = self.server.now();
        self.holds
            .iter()
            .filter(move |(_, (_, until))| *until > now)
            .map(|(uid, (time, _))| (uid, *time))
    }

    /// Whether a hold must be refused; `own` is its uid, if it has one.
    fn conflicts(&self, time: Time, own: Option<&str>) -> bool {
        let is_shared = |other: Time| time.kind == SEATED && other.start == time.start;
        let mut taken = 0;
        for booking in self.bookings.iter().filter(|booking| booking.time.kind == time.kind) {
            if booking.time.overlaps(time) {
                if booking.waits || !is_shared(booking.time) {
                    return true;
                }
                taken += 1;
            }
        }
        for (uid, other) in self.live().filter(|(_, other)| other.kind == time.kind) {
            if Some(uid.as_str()) != own && other.overlaps(time) {
                if !is_shared(other) {
                    return true;
                }
                taken += 1;
            }
        }
        time.kind == SEATED && taken >= SEATS
    }

    async fn shown(&self, place: usize, kind: usize) -> Vec<Value> {
        let id = self.event_types[place][kind];
        let query = format!("eventTypeId={id}&start=2050-09-05&end=2050-09-05");
        let data = slots(self.server, &query).await;
        data.get("2050-09-05").and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// What the twin shows without what is held.
    async fn expected(&self, kind: usize) -> Vec<Value> {
        let mut expected = Vec::new();
        for mut slot in self.shown(1, kind).await {
            let time = time_of(kind, &slot);
            let is_booked = !slot["bookingUid"].is_null();
            let mut seats = 0;
            let mut is_hidden = false;
            for (_, other) in self.live() {
                let is_own_seat = kind == SEATED && other.kind == SEATED;
                if is_own_seat && other.start == time.start {
                    seats += 1;
                } else if other.overlaps(time) {
                    is_hidden |= is_own_seat || !is_booked;
                }
            }
            if kind == SEATED {
                let booked = slot["seatsBooked"].as_i64().unwrap() + seats;
                slot["seatsBooked"] = booked.into();
                slot["seatsRemaining"] = (i64::try_from(SEATS).unwrap() - booked).max(0).into();
            }
            if !is_hidden {
                expected.push(slot);
            }
        }
        expected
    }

    async fn check(&mut self) {
        for kind in [PLAIN, WAITING, SEATED] {
            let without_uid = |mut slots: Vec<Value>| {
                for slot in &mut slots {
                    if slot["bookingUid"].is_string() {
                        slot["bookingUid"] = true.into();
                    }
                }
                slots
            };
            let shown = without_uid(self.shown(0, kind).await);
            assert_eq!(shown, without_uid(self.expected(kind).await), "{kind}: {:?}", self.holds);
            // What is shown can be reserved, is then not shown, and is again when it is given back.
            let Some(slot) = shown.get(self.holds.len() * 7 % shown.len().max(1)) else { continue };
            let time = time_of(kind, slot);
            let answer =
                hold(self.server, self.event_types[0][kind], &time.start.to_string()).await;
            let is_full = slot["seatsRemaining"] == 0;
            let waits = self.bookings.iter().any(|booking| {
                booking.waits && booking.time.kind == kind && booking.time.overlaps(time)
            });
            if is_full || waits {
                let _ = answer.refused(422);
                self.refused_for_waiting += usize::from(waits);
                continue;
            }
            let uid = uid_of(&answer);
            let left = self.shown(0, kind).await;
            let same = left.iter().find(|left| left["start"] == slot["start"]);
            match same {
                Some(same) => {
                    let remaining = |slot: &Value| slot["seatsRemaining"].as_i64().unwrap();
                    assert_eq!((kind, remaining(same)), (SEATED, remaining(slot) - 1));
                }
                None => assert_ne!(kind, SEATED),
            }
            self.release(&uid).await;
            assert_eq!(without_uid(self.shown(0, kind).await), shown);
        }
    }

    async fn release(&self, uid: &str) {
        let path = format!("/v2/slots/reservations/{uid}");
        let _ = self.server.call("DELETE", &path).send().await.accepted(200);
    }

    async fn hold(&mut self, time: Time) {
        let refuses = self.conflicts(time, None);
        let answer =
            hold(self.server, self.event_types[0][time.kind], &time.start.to_string()).await;
        if refuses {
            let _ = answer.refused(422);
        } else {
            let until = answer.accepted(201)["reservationUntil"].as_str().unwrap().parse().unwrap();
            self.holds.insert(uid_of(&answer), (time, until));
        }
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Hold(kind, quarter) => self.hold(Time::at(*kind, *quarter)).await,
            Step::HoldShown(kind, index) => {
                let shown = self.shown(0, *kind).await;
                if !shown.is_empty() {
                    self.hold(time_of(*kind, index.get(&shown))).await;
                }
            }
            Step::Move(index, kind, quarter) => {
                let uids: Vec<String> = self.holds.keys().cloned().collect();
                if uids.is_empty() {
                    return;
                }
                let (uid, time) = (index.get(&uids), Time::at(*kind, *quarter));
                let body = json!({
                    "eventTypeId": self.event_types[0][*kind], "slotStart": time.start.to_string(),
                });
                let path = format!("/v2/slots/reservations/{uid}");
                let answer = self.server.call("PATCH", &path).json(&body).send().await;
                if !self.live().any(|(live, _)| live == uid) {
                    let _ = answer.refused(404);
                } else if self.conflicts(time, Some(uid)) {
                    let _ = answer.refused(422);
                } else {
                    let until = answer.accepted(200)["reservationUntil"].as_str().unwrap();
                    self.holds.insert(uid.clone(), (time, until.parse().unwrap()));
                }
            }
            Step::Release(index) => {
                let uids: Vec<String> = self.holds.keys().cloned().collect();
                if !uids.is_empty() {
                    let uid = index.get(&uids);
                    self.release(uid).await;
                    self.holds.remove(uid);
                }
            }
            Step::Wait(minutes) => self.server.advance(SignedDuration::from_mins(*minutes)),
            Step::Book(kind, quarter, waits) => self.book(Time::at(*kind, *quarter), *waits).await,
            Step::Cancel(index) => {
                if !self.bookings.is_empty() {
                    let booking = self.bookings.swap_remove(index.index(self.bookings.len()));
                    for id in booking.ids {
                        self.server.cancel_booking(id).await;
                    }
                }
            }
            Step::WorkAt(hours) => {
                let [start, end] = HOURS[*hours];
                let body = json!({ "availability": [{ "days": ["Monday"], "startTime": start, "endTime": end }] });
                for (host, schedule) in self.hosts.iter().zip(self.schedules) {
                    let path = format!("/v2/schedules/{schedule}");
                    let _ = host.call("PATCH", &path, "2024-06-11", &body).await.accepted(200);
                }
            }
        }
    }

    /// A booking past the API, which checks nothing: but of one start of shared ones.
    async fn book(&mut self, time: Time, waits: bool) {
        let is_taken =
            |booking: &Booking| booking.time.kind == SEATED && booking.time.overlaps(time);
        if time.kind == SEATED && self.bookings.iter().any(is_taken) {
            return;
        }
        let mut ids = Vec::new();
        for (host, event_types) in self.hosts.iter().zip(self.event_types) {
            let (start, end) = (time.start.to_string(), time.end().to_string());
            let mut booking = TestBooking::new(host.id, event_types[time.kind], &start, &end);
            booking.is_pending = waits;
            ids.push(self.server.new_booking(&booking).await.0);
        }
        self.bookings.push(Booking { time, waits, ids: [ids[0], ids[1]] });
    }
}

fn time_of(kind: usize, slot: &Value) -> Time {
    Time { kind, start: slot["start"].as_str().unwrap().parse().unwrap() }
}

fn histories(engine: Engine, source_file: &'static str) {
    let runtime = Runtime::new().unwrap();
    let Some(server) = runtime.block_on(TestServer::start(engine)) else { return };
    let mut runner = TestRunner::new(cases(5, source_file));
    let steps = proptest::collection::vec(step(), 40);
    let outcome = runner.run(&steps, |steps| {
        runtime.block_on(async {
            let mut history = History::begin(&server).await;
            for step in &steps {
                history.take(step).await;
                history.check().await;
            }
        });
        Ok(())
    });
    outcome.unwrap();
}

/// RES-8, RES-10, RES-14, RES-15, SLOT-41, SLOT-91
#[test]
fn shown_and_reserved_times_agree_on_sqlite() {
    histories(Engine::Sqlite, file!());
}

/// RES-8, RES-10, RES-14, RES-15, SLOT-41, SLOT-91
#[test]
fn shown_and_reserved_times_agree_on_postgres() {
    histories(Engine::Postgres, file!());
}
