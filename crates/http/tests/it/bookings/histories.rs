//! Random histories of two hosts: what `GET /v2/slots` shows and what `POST /v2/bookings`
//! accepts agree, after every step and at the same instant (SLOT-91, R7.30 to R7.33).
//!
//! Whether a time can be booked is asked without booking it: the database of these tests
//! refuses to write an attendee with the address [`PROBE`]. Such a request goes the whole way
//! of a booking, through its decision and up to the rows of its attendees, and is then rolled
//! back by the database: it answers 500 where a booking would be made, and the refusal where
//! it would not. Nothing is left of it.
//!
//! What is answered is compared with what is shown, and with the rules read once more
//! (`reading.rs`), which know nothing of the engine.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use slotd_http::{BookingSettings, Settings};
use slotd_testkit::{Answer, Engine, TestServer};
use tokio::runtime::Runtime;

use super::reading::{
    Booked, CLOCKS, DayNumber, Held, Hours, Kind, Minute, Reading, Rules, Shown, Window, Wish,
    number_of,
};
use super::steps::{Beginning, DAYS, KINDS, Pick, Step, WEEKS, beginning, step};
use super::{book, call, call_as, uid, with};
use crate::generated::cases;
use crate::slots::{Host, hold, uid_of};

/// Who books nothing.
const PROBE: &str = "probe@mail.test";
/// Histories in the short form, and steps of a history.
const FEW: u32 = 16;
const STEPS: usize = 12;
/// What every run must have tried.
const TRIED: [&str; 9] = [
    "shown: accepted",
    "explained, bookingWindow: refused",
    "explained, notFirst: refused",
    "any time, not shown: accepted",
    "any time, not shown: refused, booking",
    "any time, not shown: refused, buffer",
    "held, by its holder: accepted",
    "held, by others: refused, hold",
    "booked: accepted",
];
/// So many histories share a database.
const ERA: usize = 500;
/// Days of which a rolling window, of three days at most, needs to be seen.
const ROLLED: DayNumber = 14;

/// How often what was tried.
type Tried = BTreeMap<String, usize>;

/// The hosts, what was done to them, and what must follow.
struct History<'a> {
    server: &'a TestServer,
    hosts: [Host<'a>; 2],
    schedules: [i32; 2],
    event_types: [i32; KINDS.len()],
    reading: Reading,
    /// Holds keep everybody else out.
    is_strict: bool,
    chance: u64,
    guests: usize,
    made_holds: usize,
    tried: &'a mut Tried,
}

fn instant(minute: Minute) -> String {
    Timestamp::from_second(minute * 60).unwrap().to_string()
}

fn minute_of(instant: &Value) -> Minute {
    let at: Timestamp = instant.as_str().unwrap().parse().unwrap();
    assert_eq!(at.as_millisecond() % 60_000, 0, "{at}");
    at.as_second() / 60
}

impl<'a> History<'a> {
    async fn begin(server: &'a TestServer, beginning: &Beginning, tried: &'a mut Tried) -> Self {
        let (clocks, days, minutes, rules, chance) = *beginning;
        let clock = CLOCKS[clocks[0]];
        let today = clock.day(server.now().as_second() / 60);
        let now = clock.start_of(today + days) + minutes;
        server.advance(server.now().duration_until(Timestamp::from_second(now * 60).unwrap()));
        let today = clock.day(now);
        let hosts = [Host::new(server).await, Host::new(server).await];
        let hours = [clocks[1], clocks[2]].map(|clock| Hours {
            clock: CLOCKS[clock],
            weekly: WEEKS[0].to_vec(),
            instead: None,
        });
        let mut schedules = [0; 2];
        for (place, host) in hosts.iter().enumerate() {
            schedules[place] = host.schedule(&hours[place].body()).await;
        }
        let (mut event_types, mut kinds) = ([0; KINDS.len()], Vec::new());
        for (place, (host, length)) in KINDS.into_iter().enumerate() {
            let rules = of_today(rules[place], today);
            let body = with(&rules.body(), &json!({ "lengthInMinutes": length }));
            event_types[place] = hosts[host].event_type(&format!("kind-{place}"), &body).await;
            kinds.push(Kind { host, length, rules });
        }
        let is_strict = !server.app.settings.bookings.holds_are_advisory;
        let reading = Reading {
            now: server.now().as_millisecond(),
            clock,
            kinds,
            hours: hours.to_vec(),
            booked: BTreeMap::new(),
            held: BTreeMap::new(),
        };
        Self {
            server,
            hosts,
            schedules,
            event_types,
            reading,
            is_strict,
            chance,
            guests: 0,
            made_holds: 0,
            tried,
        }
    }

    fn today(&self) -> DayNumber {
        self.reading.clock.day(self.reading.now.div_euclid(60_000))
    }

    /// A number below another one.
    fn chance(&mut self, below: usize) -> usize {
        self.chance = self
            .chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.chance >> 33) % u64::try_from(below.max(1)).unwrap()).unwrap()
    }

    fn choose<T: Clone>(&mut self, among: &[T]) -> Option<T> {
        let place = self.chance(among.len());
        among.get(place).cloned()
    }

    fn count(&mut self, what: impl Into<String>) {
        *self.tried.entry(what.into()).or_default() += 1;
    }

    /// What is shown of an event type, to nobody in particular.
    async fn slots(&self, kind: usize, more: &str) -> Value {
        let rules = &self.reading.kinds[kind].rules;
        let days = if rules.depends_on_slots() { ROLLED } else { DAYS };
        let clock = self.reading.clock;
        let path = format!(
            "/v2/slots?eventTypeId={}&start={}&end={}&timeZone={}{more}",
            self.event_types[kind],
            instant(clock.start_of(self.today())),
            instant(clock.start_of(self.today() + days)),
            clock.name,
        );
        let host = &self.hosts[KINDS[kind].0];
        let call = self.server.call("GET", &path).header("cal-api-version", "2024-09-04");
        let answer = call.bearer(&host.key).send().await;
        let _ = answer.accepted(200);
        answer.body
    }

    /// The same to whoever has a hold.
    async fn shown_to_holder(&self, kind: usize, hold: &str) -> Shown {
        let clock = self.reading.clock;
        let path = format!(
            "/v2/slots/available?eventTypeId={}&startTime={}&endTime={}&timeZone={}",
            self.event_types[kind],
            instant(clock.start_of(self.today())),
            // The other list shows the day at its end as well.
            instant(clock.start_of(self.today() + ROLLED + 1)),
            clock.name,
        );
        let call = self.server.call("GET", &path).header("cookie", &format!("uid={hold}"));
        shown(&call.send().await.accepted(200)["slots"], "time")
    }

    /// What must come of a wish; none where the slots that decide are not shown to anybody.
    fn expected(&self, wish: Wish<'_>, shown: &Shown) -> Option<Result<(), &'static str>> {
        let wish = Wish { holds: wish.holds.or(self.is_strict.then_some(None)), ..wish };
        if let Some(reason) = self.reading.refusal(wish) {
            return Some(Err(reason));
        }
        if !self.reading.kinds[wish.kind].rules.depends_on_slots() {
            return Some(Ok(()));
        }
        if self.reading.hides_a_day(wish.kind, shown) {
            return None;
        }
        if wish.holds.is_none() && self.reading.refusal(wish.with_holds(None)).is_some() {
            return None;
        }
        Some(match self.reading.refusal_by_slots(wish.kind, wish.start, shown) {
            Some(reason) => Err(reason),
            None => Ok(()),
        })
    }

    fn wanted(&self, kind: usize, start: Minute, email: &str, hold: Option<&str>) -> Value {
        let mut body = json!({
            "start": instant(start),
            "eventTypeId": self.event_types[kind],
            "attendee": { "name": "Guest", "email": email, "timeZone": self.reading.clock.name },
        });
        if let Some(hold) = hold {
            body["reservedSlotUid"] = hold.into();
        }
        body
    }

    /// Whether a time can be booked now.
    async fn probe(&self, kind: usize, start: Minute, hold: Option<&str>) -> Result<(), String> {
        let answer = book(self.server, &self.wanted(kind, start, PROBE, hold)).await;
        if answer.status == 500 { Ok(()) } else { Err(refusal(&answer)) }
    }

    /// Asks for a time and compares; `what` is counted with what came of it.
    async fn try_time(&mut self, what: &str, wish: Wish<'_>, shown: &Shown) {
        let hold = wish.holds.flatten();
        let found = self.probe(wish.kind, wish.start, hold).await;
        let Some(expected) = self.expected(wish, shown) else {
            return self.count(format!("{what}: not known"));
        };
        assert_eq!(
            found.is_ok(),
            expected.is_ok(),
            "{what} {wish:?} at {}: {found:?}, but {expected:?}\n{:#?}\n{shown:?}",
            instant(wish.start),
            self.reading,
        );
        self.count(match expected {
            Ok(()) => format!("{what}: accepted"),
            Err(reason) => format!("{what}: refused, {reason}"),
        });
    }

    /// Compares what is shown and what can be booked of all kinds, or of two of them.
    async fn check(&mut self, of_all: bool) {
        let two = [self.chance(KINDS.len()), self.chance(KINDS.len())];
        let kinds = if of_all { (0..KINDS.len()).collect() } else { BTreeSet::from(two) };
        for kind in kinds {
            let is_explained = self.chance(3) == 0;
            let body = self.slots(kind, if is_explained { "&explain=true" } else { "" }).await;
            let shown = shown(&body["data"], "start");
            let all: Vec<Minute> = shown.values().flatten().copied().collect();
            // (a) All that is shown can be booked, unless it says that all seats are taken.
            for start in &all {
                let wish = Wish::of(kind, *start).with_holds(None);
                let refusal = self.reading.refusal(wish);
                let is_right = refusal.is_none() || refusal == Some("seatsFull");
                assert!(is_right, "{wish:?} is shown: {refusal:?}\n{:#?}", self.reading);
            }
            for _ in 0..2 {
                let Some(start) = self.choose(&all) else { continue };
                let is_full =
                    self.reading.refusal(Wish::of(kind, start).with_holds(None)).is_some();
                let found = self.probe(kind, start, None).await;
                if !is_full {
                    assert_eq!(
                        found,
                        Ok(()),
                        "{} of {kind} is shown\n{:#?}",
                        instant(start),
                        self.reading
                    );
                    self.count("shown: accepted");
                } else if self.is_strict {
                    assert!(
                        found.is_err(),
                        "{} of {kind} is full\n{:#?}",
                        instant(start),
                        self.reading
                    );
                    self.count("shown as full: refused");
                }
            }
            // (b) What some rule takes from the list cannot be booked.
            let refused: Vec<(String, Minute)> = explained(&body["explanation"]);
            for _ in 0..2 {
                let Some((rule, start)) = self.choose(&refused) else { continue };
                let found = self.probe(kind, start, None).await;
                if self.is_strict || !["hold", "seatsFull"].contains(&rule.as_str()) {
                    assert!(
                        found.is_err(),
                        "{} of {kind}, {rule}\n{:#?}",
                        instant(start),
                        self.reading
                    );
                }
                self.count(format!(
                    "explained, {rule}: {}",
                    if found.is_ok() { "accepted" } else { "refused" }
                ));
            }
            // (c) Any time, on the grid or off it.
            for start in self.times(kind) {
                let is_shown = all.binary_search(&start).is_ok();
                let what = if is_shown { "any time, shown" } else { "any time, not shown" };
                self.try_time(what, Wish::of(kind, start), &shown).await;
            }
            // (d) What is held is its holder's.
            let now = self.reading.now;
            let live = self.reading.held.iter();
            let live = live.filter(|(_, held)| held.kind == kind && held.until > now);
            let live: Vec<(String, Minute)> =
                live.map(|(uid, held)| (uid.clone(), held.start)).collect();
            if let Some((uid, start)) = self.choose(&live) {
                let own = self.shown_to_holder(kind, &uid).await;
                let wish = Wish::of(kind, start).with_holds(Some(&uid));
                self.try_time("held, by its holder", wish, &own).await;
                self.try_time("held, by others", Wish::of(kind, start), &shown).await;
            }
        }
    }

    /// Times to ask for: some by chance, one that touches a booking or nearly does.
    fn times(&mut self, kind: usize) -> Vec<Minute> {
        let clock = self.reading.clock;
        let mut times = Vec::new();
        for step in [15, 1] {
            let day = self.today() + DayNumber::try_from(self.chance(4)).unwrap();
            let minute = Minute::try_from(self.chance(24 * 60 / step) * step).unwrap();
            times.push(clock.start_of(day) + minute);
        }
        let booked: Vec<Booked> = self.reading.booked.values().cloned().collect();
        if let Some(booked) = self.choose(&booked) {
            let lengths = [KINDS[booked.kind].1, -KINDS[kind].1, 0];
            let length = lengths[self.chance(lengths.len())];
            let near = [0, 0, 1, -1, 10, -10, 30, -30][self.chance(8)];
            times.push(booked.start + length + near);
            times.push(booked.start);
        }
        times
    }

    async fn pick(&self, pick: &Pick) -> (usize, Minute, Shown) {
        let (Pick::Shown(kind, _) | Pick::At(kind, ..) | Pick::Again(kind, _)) = *pick;
        let shown = shown(&self.slots(kind, "").await["data"], "start");
        let clock = self.reading.clock;
        let at = |day, minute| clock.start_of(self.today() + day) + minute;
        let start = match pick {
            Pick::Shown(_, index) => {
                let all: Vec<Minute> = shown.values().flatten().copied().collect();
                if all.is_empty() { at(1, 600) } else { *index.get(&all) }
            }
            Pick::At(_, day, minute) => at(*day, *minute),
            Pick::Again(_, index) => {
                self.choose_booking(*index).map_or_else(|| at(1, 600), |(_, booked)| booked.start)
            }
        };
        (kind, start, shown)
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Book(pick, guest) => {
                let (kind, start, shown) = self.pick(pick).await;
                self.book(Wish::of(kind, start), &shown, *guest).await;
            }
            Step::Hold(pick) => {
                let (kind, start, _) = self.pick(pick).await;
                self.hold(kind, start).await;
            }
            Step::BookHeld(index) => {
                let uids: Vec<String> = self.reading.held.keys().cloned().collect();
                if uids.is_empty() {
                    return;
                }
                let uid = index.get(&uids).clone();
                let Held { kind, start, .. } = self.reading.held[&uid];
                let shown = self.shown_to_holder(kind, &uid).await;
                let wish = Wish::of(kind, start).with_holds(Some(&uid));
                if self.book(wish, &shown, false).await {
                    self.reading.held.remove(&uid);
                }
            }
            Step::Move(index, pick) => self.reschedule(*index, pick).await,
            Step::Cancel(index) => self.cancel(*index).await,
            Step::Answer(index, confirms) => self.answer(*index, *confirms).await,
            Step::Wait(minutes) => {
                self.server.advance(SignedDuration::from_mins(*minutes));
                self.reading.now = self.server.now().as_millisecond();
            }
            Step::Work(host, week, instead) => {
                let hours = &mut self.reading.hours[*host];
                let today = hours.clock.day(self.reading.now.div_euclid(60_000));
                hours.weekly = WEEKS[*week].to_vec();
                hours.instead = instead.map(|(days, from)| (today + days, from, from + 200));
                let body = hours.body();
                let path = format!("/v2/schedules/{}", self.schedules[*host]);
                let host = &self.hosts[*host];
                let _ = host.call("PATCH", &path, "2024-06-11", &body).await.accepted(200);
            }
            Step::Change(kind, rules) => {
                let rules = of_today(*rules, self.today());
                let path = format!("/v2/event-types/{}", self.event_types[*kind]);
                let host = &self.hosts[KINDS[*kind].0];
                let _ = host.call("PATCH", &path, "2024-06-14", &rules.body()).await.accepted(200);
                self.reading.kinds[*kind].rules = rules;
            }
        }
    }

    /// Books a time, and tells whether that was done.
    async fn book(&mut self, wish: Wish<'_>, shown: &Shown, guest: bool) -> bool {
        let Wish { kind, start, .. } = wish;
        let Kind { host, rules, .. } = self.reading.kinds[kind].clone();
        let guest = (guest && rules.seats.is_none()).then(|| 1 - host);
        self.guests += 1;
        let email = format!("guest-{}@mail.test", self.guests);
        let mut body = self.wanted(kind, start, &email, wish.holds.flatten());
        if let Some(guest) = guest {
            body["guests"] = json!([format!("person-{}@example.com", self.hosts[guest].id)]);
        }
        let answer = book(self.server, &body).await;
        if !self.is_as_expected("booked", &answer, wish, shown) {
            return false;
        }
        let booking = answer.accepted(201);
        let seat = booking["seatUid"].as_str().map(str::to_owned);
        let uid = uid(booking).to_owned();
        let is_shared = rules.seats.is_some();
        assert_eq!(seat.is_some(), is_shared, "{}", answer.text);
        if let Some(joined) = self.reading.booked.get_mut(&uid) {
            assert!(is_shared && (joined.kind, joined.start) == (kind, start), "{}", answer.text);
            joined.attendees = seats(booking);
            self.count("seat taken");
            return true;
        }
        let waits = booking["status"] == "pending";
        assert_eq!(waits, rules.confirmation.is_some(), "{}", answer.text);
        let attendees = std::iter::once(seat).chain(guest.map(|_| None)).collect();
        let hosts = std::iter::once(host).chain(guest).collect();
        self.reading.booked.insert(uid, Booked { kind, start, waits, hosts, attendees });
        true
    }

    /// Compares what was done with what must be, and tells whether it was done.
    fn is_as_expected(
        &mut self,
        what: &str,
        answer: &Answer,
        wish: Wish<'_>,
        shown: &Shown,
    ) -> bool {
        let is_done = answer.status == 201;
        match self.expected(wish, shown) {
            None => self.count(format!("{what}: not known")),
            Some(expected) => {
                assert_eq!(
                    is_done,
                    expected.is_ok(),
                    "{what} {wish:?} at {}: {}, but {expected:?}\n{:#?}\n{shown:?}",
                    instant(wish.start),
                    answer.text,
                    self.reading,
                );
                self.count(format!("{what}: {}", if is_done { "accepted" } else { "refused" }));
            }
        }
        is_done
    }

    async fn hold(&mut self, kind: usize, start: Minute) {
        let answer = hold(self.server, self.event_types[kind], &instant(start)).await;
        if answer.status == 201 {
            let until = answer.accepted(201)["reservationUntil"].as_str().unwrap();
            let until: Timestamp = until.parse().unwrap();
            let is_seat = self.reading.kinds[kind].rules.seats.is_some();
            let older = self.made_holds;
            self.made_holds += 1;
            let held = Held { kind, start, is_seat, until: until.as_millisecond(), older };
            self.reading.held.insert(uid_of(&answer), held);
        }
        self.count(format!("hold: {}", answer.status));
    }

    fn choose_booking(&self, index: Index) -> Option<(String, Booked)> {
        let uids: Vec<&String> = self.reading.booked.keys().collect();
        let uid = (!uids.is_empty()).then(|| (*index.get(&uids)).clone())?;
        let booked = self.reading.booked[&uid].clone();
        Some((uid, booked))
    }

    async fn reschedule(&mut self, index: Index, pick: &Pick) {
        let Some((old, booked)) = self.choose_booking(index) else { return };
        let kind = booked.kind;
        let pick = match pick {
            Pick::Shown(_, index) => Pick::Shown(kind, *index),
            Pick::At(_, day, minute) => Pick::At(kind, *day, *minute),
            Pick::Again(_, index) => Pick::Again(kind, *index),
        };
        let (_, start, _) = self.pick(&pick).await;
        let seat = booked.attendees.first().cloned().flatten();
        let mut body = json!({ "start": instant(start) });
        if let Some(seat) = &seat {
            body["seatUid"] = seat.as_str().into();
        }
        // Who leaves others behind leaves their booking where it is.
        let moved = (seat.is_none() || booked.attendees.len() == 1).then_some(old.as_str());
        let more = moved.map(|uid| format!("&bookingUidToReschedule={uid}")).unwrap_or_default();
        let shown = shown(&self.slots(kind, &more).await["data"], "start");
        let answer = call(self.server, "POST", &format!("/{old}/reschedule"), &body).await;
        let is_over = (booked.start + KINDS[kind].1) * 60_000 <= self.reading.now;
        if is_over {
            let _ = answer.refused(400);
            return self.count("moved: over");
        }
        if seat.is_some() && start == booked.start {
            let _ = answer.accepted(201);
            return self.count("moved: seat stays");
        }
        let wish = Wish { moved, ..Wish::of(kind, start) };
        // What was never shared joins nothing: the host would be booked twice. Some other rule
        // may have refused before.
        let is_shared = self.reading.booked.iter().any(|(uid, it)| {
            it.kind == kind && it.start == start && !it.waits && Some(uid.as_str()) != moved
        });
        if seat.is_none() && is_shared {
            refusal(&answer);
            return self.count("moved onto another: refused");
        }
        let what = if seat.is_some() { "seat moved" } else { "moved" };
        if !self.is_as_expected(what, &answer, wish, &shown) {
            return;
        }
        let booking = answer.accepted(201);
        let uid = uid(booking).to_owned();
        let waits = booking["status"] == "pending";
        let Some(_) = seat else {
            assert_eq!(waits, self.reading.kinds[kind].rules.confirmation.is_some());
            self.reading.booked.remove(&old);
            self.reading.booked.insert(uid, Booked { start, waits, ..booked });
            return;
        };
        let seat = Some(booking["seatUid"].as_str().unwrap().to_owned());
        let left = self.reading.booked.get_mut(&old).unwrap();
        left.attendees.remove(0);
        if left.attendees.is_empty() {
            self.reading.booked.remove(&old);
        }
        if let Some(joined) = self.reading.booked.get_mut(&uid) {
            joined.attendees = seats(booking);
        } else {
            let attendees = vec![seat];
            self.reading.booked.insert(uid, Booked { start, waits, attendees, ..booked });
        }
    }

    async fn cancel(&mut self, index: Index) {
        let Some((uid, mut booked)) = self.choose_booking(index) else { return };
        let seat = booked.attendees.first().cloned().flatten();
        let body = seat.as_ref().map_or_else(|| json!({}), |seat| json!({ "seatUid": seat }));
        let answer = call(self.server, "POST", &format!("/{uid}/cancel"), &body).await;
        let _ = answer.accepted(200);
        booked.attendees.remove(0);
        if seat.is_none() || booked.attendees.is_empty() {
            self.reading.booked.remove(&uid);
        } else {
            self.reading.booked.insert(uid, booked);
        }
        self.count(if seat.is_some() { "seat cancelled" } else { "cancelled" });
    }

    async fn answer(&mut self, index: Index, confirms: bool) {
        let waiting = self.reading.booked.iter().filter(|(_, booked)| booked.waits);
        let waiting: Vec<String> = waiting.map(|(uid, _)| uid.clone()).collect();
        if waiting.is_empty() {
            return;
        }
        let uid = index.get(&waiting).clone();
        let host = &self.hosts[self.reading.kinds[self.reading.booked[&uid].kind].host];
        let verb = if confirms { "confirm" } else { "decline" };
        let path = format!("/{uid}/{verb}");
        let answer = call_as(self.server, &host.key, "POST", &path, &json!({})).await;
        if answer.status == 200 {
            if confirms {
                self.reading.booked.get_mut(&uid).unwrap().waits = false;
            } else {
                self.reading.booked.remove(&uid);
            }
        } else {
            let _ = answer.refused(400);
        }
        self.count(format!("{verb}: {}", answer.status));
    }
}

/// Days of a range are counted from a day.
fn of_today(rules: Rules, today: DayNumber) -> Rules {
    let window = match rules.window {
        Window::Range { first, last } => Window::Range { first: today + first, last: today + last },
        window => window,
    };
    Rules { window, ..rules }
}

/// The seats of those who attend a booking.
fn seats(booking: &Value) -> Vec<Option<String>> {
    let attendees = booking["attendees"].as_array().unwrap().iter();
    attendees.map(|attendee| Some(attendee["seatUid"].as_str().unwrap().to_owned())).collect()
}

fn shown(days: &Value, key: &str) -> Shown {
    let days = days.as_object().unwrap().iter();
    let days = days.map(|(day, slots)| {
        let slots = slots.as_array().unwrap().iter();
        (number_of(day), slots.map(|slot| minute_of(&slot[key])).collect())
    });
    days.collect()
}

/// Starts that are refused, with the rules that do.
fn explained(explanation: &Value) -> Vec<(String, Minute)> {
    let days = explanation.as_array().into_iter().flatten();
    let refused = days.flat_map(|day| day["refused"].as_array().unwrap());
    refused
        .map(|refused| (refused["rule"].as_str().unwrap().to_owned(), minute_of(&refused["start"])))
        .collect()
}

/// What a refusal says.
fn refusal(answer: &Answer) -> String {
    assert!((400..500).contains(&answer.status), "{}", answer.text);
    answer.text.clone()
}

/// Two servers: holds are a hint on one, and keep everybody else out on the other.
async fn servers(engine: Engine) -> Option<[TestServer; 2]> {
    let start = async |holds_are_advisory| {
        let bookings = BookingSettings { holds_are_advisory, ..BookingSettings::default() };
        let settings = Settings { bookings, ..TestServer::settings() };
        let mut server = TestServer::start_with(engine, settings, axum::Router::new()).await?;
        server.leave_out_the_socket();
        let body = match engine {
            Engine::Sqlite => format!(
                "create trigger probe before insert on attendee when new.email = '{PROBE}'
                 begin select raise(abort, 'probe'); end"
            ),
            Engine::Postgres => format!(
                "create function probe() returns trigger language plpgsql as
                    $$ begin raise exception 'probe'; end $$;
                 create trigger probe before insert on attendee for each row
                    when (new.email = '{PROBE}') execute function probe()"
            ),
        };
        server.database.run_sql(&body).await;
        Some(server)
    };
    Some([start(true).await?, start(false).await?])
}

/// In a long run each core has histories of its own.
#[expect(clippy::print_stderr, reason = "a long run says what it tried")]
fn histories(engine: Engine, source_file: &'static str) {
    let is_long = std::env::var("PROPTEST_CASES").is_ok();
    let threads = if is_long { std::thread::available_parallelism().unwrap().get() } else { 1 };
    let tried = std::thread::scope(|scope| {
        let run = || run(engine, source_file, u32::try_from(threads).unwrap());
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect::<Option<Vec<_>>>()
    });
    let Some(tried) = tried else { return };
    let mut all = Tried::new();
    for (what, count) in tried.into_iter().flatten() {
        *all.entry(what).or_default() += count;
    }
    for (what, count) in &all {
        eprintln!("{count:>9} {what}");
    }
    for kind in TRIED {
        assert!(all.keys().any(|what| what.starts_with(kind)), "never tried: {kind}");
    }
}

/// A part of all histories; none without PostgreSQL.
fn run(engine: Engine, source_file: &'static str, parts: u32) -> Option<Tried> {
    let runtime = Runtime::new().unwrap();
    let mut era = runtime.block_on(servers(engine))?;
    // A shorter history than the one that failed is worth little, and each takes long.
    let config = ProptestConfig { max_shrink_iters: 20, ..cases(FEW, source_file) };
    let config = ProptestConfig { cases: config.cases.div_ceil(parts), ..config };
    // The short form is the same every time, so that it tries everything every time.
    let mut runner = if std::env::var("PROPTEST_CASES").is_ok() {
        TestRunner::new(config)
    } else {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    let tried = std::cell::RefCell::new((Tried::new(), 0_usize, &mut era));
    let steps = proptest::collection::vec(step(), STEPS);
    let outcome = runner.run(&(beginning(), steps), |(beginning, steps)| {
        let (tried, number, era) = &mut *tried.borrow_mut();
        *number += 1;
        runtime.block_on(async {
            if number.is_multiple_of(ERA) {
                **era = servers(engine).await.unwrap();
            }
            let server = &era[*number % 2];
            let mut history = History::begin(server, &beginning, tried).await;
            for step in &steps {
                history.take(step).await;
                history.check(false).await;
            }
            history.check(true).await;
            history.count("histories");
        });
        Ok(())
    });
    outcome.unwrap();
    Some(tried.into_inner().0)
}

/// SLOT-91
#[test]
fn what_is_shown_can_be_booked_and_nothing_else_on_sqlite() {
    histories(Engine::Sqlite, file!());
}

/// SLOT-91
#[test]
fn what_is_shown_can_be_booked_and_nothing_else_on_postgres() {
    histories(Engine::Postgres, file!());
}
