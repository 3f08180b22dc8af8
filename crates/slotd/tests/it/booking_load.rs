//! Callers who book, move and cancel at times that others want too, and know what must be
//! there afterwards: what was acknowledged, of the one write that was cut off either all
//! or nothing, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use slotd_testkit::{Answer, Tables};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::process::{Endpoint, Server};

/// How many share a booking of [`Desk::shared`].
pub(crate) const SEATS: usize = 3;
/// How many bookings a series of [`Desk::series`] has.
const OCCURRENCES: i64 = 2;

/// What can be booked of one host, who works every day from 09:00 to 17:00 UTC.
pub(crate) struct Desk {
    /// Event types of 30, 45 and 60 minutes.
    pub(crate) single: [i32; 3],
    pub(crate) shared: i32,
    series: i32,
}

impl Desk {
    /// Opens one for whoever has this API key or access token.
    pub(crate) async fn open(server: &Server, key: &str) -> Self {
        let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        let hours = json!({
            "name": "Hours", "timeZone": "UTC", "isDefault": true,
            "availability": [{ "days": days, "startTime": "09:00", "endTime": "17:00" }],
        });
        let call = server.call("POST", "/v2/schedules").header("cal-api-version", "2024-06-11");
        let _ = call.bearer(key).json(&hours).send().await.accepted(201);
        let event_type = async |length: i32, more: Value| {
            let slug = format!("desk{}", uuid::Uuid::new_v4());
            let mut body = json!({
                "title": "Event", "slug": slug, "lengthInMinutes": length, "minimumBookingNotice": 0,
            });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let call = server.call("POST", "/v2/event-types");
            let call = call.header("cal-api-version", "2024-06-14").bearer(key);
            let id = call.json(&body).send().await.accepted(201)["id"].as_i64().unwrap();
            i32::try_from(id).unwrap()
        };
        let seats = json!({
            "seatsPerTimeSlot": SEATS, "showAttendeeInfo": true, "showAvailabilityCount": true,
        });
        let weekly = json!({ "frequency": "weekly", "interval": 1, "occurrences": OCCURRENCES });
        Self {
            single: [
                event_type(30, json!({})).await,
                event_type(45, json!({})).await,
                event_type(60, json!({})).await,
            ],
            shared: event_type(60, json!({ "seats": seats })).await,
            series: event_type(60, json!({ "recurrence": weekly })).await,
        }
    }
}

/// The body of a booking.
pub(crate) fn wanted(event_type: i32, start: Timestamp, booker: &str) -> Value {
    json!({
        "start": start.to_string(), "eventTypeId": event_type,
        "attendee": { "name": "Omar Haddad", "email": booker, "timeZone": "UTC" },
    })
}

/// Sends a request below `/v2/bookings`; none when the answer did not arrive.
pub(crate) async fn send(server: &Endpoint, path: &str, body: &Value) -> Option<Answer> {
    send_as(server, path, body, None).await
}

/// The same with an `Idempotency-Key`, if there is one.
async fn send_as(server: &Endpoint, path: &str, body: &Value, key: Option<&str>) -> Option<Answer> {
    let call = server.call("POST", &format!("/v2/bookings{path}"));
    let mut call = call.header("cal-api-version", "2024-08-13").json(body);
    if let Some(key) = key {
        call = call.header("Idempotency-Key", key);
    }
    call.try_send().await.ok()
}

/// What was granted; none when somebody else was quicker. All else fails.
#[track_caller]
pub(crate) fn granted(answer: &Answer) -> Option<&Value> {
    match answer.status {
        200 | 201 => Some(answer.accepted(answer.status)),
        409 => {
            let message = answer.refused(409);
            let is_full = message == "No more seats left at this seated booking."
                || message == "not_enough_available_seats_error";
            assert!(is_full, "{}", answer.text);
            None
        }
        _ => {
            let busy = "User either already has booking at this time or is not available";
            assert_eq!(answer.refused(400), busy);
            // The decision refused it, not the database's own defence, which has no reason.
            let details = &answer.body["error"]["details"];
            let is_decided = details["reason"] == "booking" || details["conflicts"].is_array();
            assert!(is_decided, "{}", answer.text);
            None
        }
    }
}

/// A booking, or a seat, as the answers left it.
struct Known {
    uid: String,
    /// Of the seat, where there are some.
    seat: Option<String>,
    start: Timestamp,
    is_there: bool,
    /// An address that no other booking was made with.
    booker: String,
}

enum Write {
    Book {
        event_type: i32,
        start: Timestamp,
        booker: String,
    },
    /// The booking at a place, to another time.
    Move(usize, Timestamp),
    Cancel(usize),
}

/// A write whose answer did not arrive, and that is sent again.
struct Again {
    write: Write,
    path: String,
    body: Value,
    key: String,
    is_written: bool,
}

pub(crate) struct Caller {
    name: String,
    rng: StdRng,
    desks: Arc<Vec<Desk>>,
    /// A request goes to any of them.
    servers: Vec<Endpoint>,
    answers: Arc<Semaphore>,
    /// Noon of the first of the days that all callers want now.
    noon: Timestamp,
    known: Vec<Known>,
    /// The write without an answer, and its key.
    cut: Option<(Write, Option<String>)>,
    /// What became of it.
    again: Option<Again>,
    made: usize,
    acknowledged: usize,
    refused: usize,
    cut_off: usize,
    cut_off_but_written: usize,
}

/// All callers.
pub(crate) struct Load {
    callers: Vec<Caller>,
    /// A permit for each that arrived.
    answers: Arc<Semaphore>,
    windows: i64,
}

impl Load {
    pub(crate) fn new(desks: Vec<Desk>, callers: usize, rng: &mut StdRng) -> Self {
        let desks = Arc::new(desks);
        let answers = Arc::new(Semaphore::new(0));
        let new = |number| Caller {
            name: format!("caller{number}"),
            rng: StdRng::seed_from_u64(rng.random()),
            desks: Arc::clone(&desks),
            servers: Vec::new(),
            answers: Arc::clone(&answers),
            noon: Timestamp::MIN,
            known: Vec::new(),
            cut: None,
            again: None,
            made: 0,
            acknowledged: 0,
            refused: 0,
            cut_off: 0,
            cut_off_but_written: 0,
        };
        let callers = (0..callers).map(new).collect();
        Self { callers, answers, windows: 0 }
    }

    /// Starts all callers at days of their own, each for so many writes or until an answer
    /// does not arrive.
    pub(crate) fn start(&mut self, servers: &[&Server], writes: usize) -> JoinSet<Caller> {
        let first: Timestamp = "2050-01-01T12:00:00Z".parse().unwrap();
        let noon = first + SignedDuration::from_hours(24 * 3 * self.windows);
        self.windows += 1;
        self.answers.forget_permits(usize::MAX);
        let mut running = JoinSet::new();
        for mut caller in self.callers.drain(..) {
            caller.servers = servers.iter().map(|server| server.endpoint()).collect();
            caller.noon = noon;
            running.spawn(async move {
                for _ in 0..writes {
                    if !caller.act().await {
                        break;
                    }
                }
                caller
            });
        }
        running
    }

    /// Waits until so many answers arrived since the start.
    pub(crate) async fn answers(&self, count: u32) {
        self.answers.acquire_many(count).await.unwrap().forget();
    }

    /// Compares what is there with what must be.
    pub(crate) async fn check(&mut self, database: &Tables) {
        database.check_bookings().await;
        let found = Found::read(database).await;
        for caller in &mut self.callers {
            caller.check(&found);
        }
        let known = self.callers.iter().flat_map(|caller| &caller.known);
        let known: BTreeSet<&str> = known.map(|known| &*known.uid).collect();
        for (uid, booking) in &found.bookings {
            assert!(booking.is_shared || known.contains(&**uid), "nobody made {uid}");
        }
    }

    /// Sends again what had a key and no answer: what was written is answered as it would
    /// have been, what was not is done now.
    pub(crate) async fn send_again(&mut self, server: &Endpoint) {
        for caller in &mut self.callers {
            caller.send_again(server).await;
        }
    }

    /// Waits for the end of all callers.
    pub(crate) async fn end(&mut self, running: JoinSet<Caller>) {
        self.callers = running.join_all().await;
    }

    /// What was done, for people.
    pub(crate) fn summary(&self) -> String {
        let sum = |count: fn(&Caller) -> usize| self.callers.iter().map(count).sum::<usize>();
        format!(
            "{} writes acknowledged, {} refused, {} cut off, of which {} were written",
            sum(|caller| caller.acknowledged),
            sum(|caller| caller.refused),
            sum(|caller| caller.cut_off),
            sum(|caller| caller.cut_off_but_written),
        )
    }
}

impl Caller {
    /// Whether an answer arrived.
    async fn act(&mut self) -> bool {
        let write = self.choose();
        let (path, body) = self.request(&write);
        let server = &self.servers[self.rng.random_range(0..self.servers.len())];
        let key = self.rng.random::<bool>().then(|| uuid::Uuid::new_v4().to_string());
        let Some(answer) = send_as(server, &path, &body, key.as_deref()).await else {
            self.cut = Some((write, key));
            return false;
        };
        self.answers.add_permits(1);
        let Some(data) = granted(&answer) else {
            self.refused += 1;
            return true;
        };
        self.acknowledged += 1;
        self.acknowledge(write, data);
        true
    }

    fn choose(&mut self) -> Write {
        let there = self.known.iter().enumerate().filter(|(_, known)| known.is_there);
        let there: Vec<usize> = there.map(|(place, _)| place).collect();
        let choice = if there.is_empty() { 0 } else { self.rng.random_range(0..8) };
        if choice >= 4 {
            let place = there[self.rng.random_range(0..there.len())];
            if choice >= 6 {
                return Write::Cancel(place);
            }
            let is_shared = self.known[place].seat.is_some();
            let start = self.time(is_shared);
            // A seat that stays leaves nothing by which to know whether it was moved.
            if is_shared && start == self.known[place].start {
                return Write::Cancel(place);
            }
            return Write::Move(place, start);
        }
        self.made += 1;
        let desk = self.rng.random_range(0..self.desks.len());
        let (event_type, is_shared) = match self.rng.random_range(0..8) {
            kind @ 0..3 => (self.desks[desk].single[kind], false),
            3 => (self.desks[desk].series, false),
            _ => (self.desks[desk].shared, true),
        };
        let booker = format!("{}n{}@mail.test", self.name, self.made);
        Write::Book { event_type, start: self.time(is_shared), booker }
    }

    /// A time in one of three days: any for bookings without seats, of others one of two.
    fn time(&mut self, is_shared: bool) -> Timestamp {
        let day = self.noon + SignedDuration::from_hours(24 * self.rng.random_range(0..3));
        let minutes = if is_shared {
            60 * self.rng.random_range(0..2)
        } else {
            5 * self.rng.random_range(-36..48)
        };
        day + SignedDuration::from_mins(minutes)
    }

    fn request(&self, write: &Write) -> (String, Value) {
        let mut body = match write {
            Write::Book { event_type, start, booker } => {
                return (String::new(), wanted(*event_type, *start, booker));
            }
            Write::Move(_, start) => json!({ "start": start.to_string() }),
            Write::Cancel(_) => json!({}),
        };
        let (Write::Move(place, _) | Write::Cancel(place)) = write else { unreachable!() };
        let known = &self.known[*place];
        if let Some(seat) = &known.seat {
            body["seatUid"] = json!(seat);
        }
        let verb = if matches!(write, Write::Move(..)) { "reschedule" } else { "cancel" };
        (format!("/{}/{verb}", known.uid), body)
    }

    fn acknowledge(&mut self, write: Write, data: &Value) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let shown = |booking: &Value, booker: String| Known {
            uid: text(&booking["uid"]).unwrap(),
            seat: text(&booking["seatUid"]),
            start: booking["start"].as_str().unwrap().parse().unwrap(),
            is_there: true,
            booker,
        };
        match write {
            Write::Book { booker, .. } => match data.as_array() {
                Some(series) => {
                    self.known.extend(series.iter().map(|one| shown(one, booker.clone())));
                }
                None => self.known.push(shown(data, booker)),
            },
            Write::Move(place, start) => {
                let booker = self.known[place].booker.clone();
                let new = shown(data, booker);
                assert_eq!(new.start, start, "{data}");
                self.replace(place, new);
            }
            Write::Cancel(place) => self.known[place].is_there = false,
        }
    }

    /// A seat moves; a booking without seats stays, cancelled.
    fn replace(&mut self, place: usize, new: Known) {
        if new.seat.is_some() {
            self.known[place] = new;
        } else {
            self.known[place].is_there = false;
            self.known.push(new);
        }
    }

    fn check(&mut self, found: &Found) {
        if let Some((write, key)) = self.cut.take() {
            let (path, body) = self.request(&write);
            let is_written = self.resolve(&write, found);
            self.cut_off += 1;
            self.cut_off_but_written += usize::from(is_written);
            self.again = key.map(|key| Again { write, path, body, key, is_written });
        }
        for known in &self.known {
            if known.seat.is_some() {
                let seat = found.of_booker(&known.booker);
                let expected = known.is_there.then_some((&*known.uid, known.seat.as_deref()));
                let actual: Vec<_> =
                    seat.iter().map(|seat| (&*seat.uid, seat.seat.as_deref())).collect();
                assert_eq!(actual, expected.into_iter().collect::<Vec<_>>(), "{}", known.booker);
            }
            let booking = &found.bookings[&known.uid];
            let is_there = booking.status == "accepted";
            let is_as_known = known.seat.is_some() && !known.is_there || is_there == known.is_there;
            assert!(is_as_known, "{} is {}", known.uid, booking.status);
            assert_eq!(booking.start, known.start, "{}", known.uid);
        }
    }

    async fn send_again(&mut self, server: &Endpoint) {
        let Some(Again { write, path, body, key, is_written }) = self.again.take() else { return };
        let answer = send_as(server, &path, &body, Some(&key)).await.unwrap();
        let is_replay = answer.headers.contains_key("idempotent-replay");
        assert_eq!(is_replay, is_written, "{}", answer.text);
        let Some(data) = granted(&answer) else { return };
        if !is_written {
            self.acknowledge(write, data);
            return;
        }
        let shown = data.as_array().map_or_else(|| vec![data], |series| series.iter().collect());
        for booking in shown {
            let is_known = self.known.iter().any(|known| booking["uid"] == json!(known.uid));
            assert!(is_known, "{}", answer.text);
        }
    }

    /// Finds out what became of a write whose answer did not arrive: whether it was written.
    fn resolve(&mut self, write: &Write, found: &Found) -> bool {
        match write {
            Write::Book { event_type, start, booker } => {
                let made = found.of_booker(booker);
                let is_series = self.desks.iter().any(|desk| desk.series == *event_type);
                let count = if is_series { OCCURRENCES } else { 1 };
                let starts: BTreeSet<Timestamp> = made.iter().map(|made| made.start).collect();
                let week = |number| SignedDuration::from_hours(24 * 7 * number);
                let whole = (0..count).map(|number| *start + week(number)).collect();
                assert!(made.is_empty() || starts == whole, "{booker}: {starts:?}");
                let is_written = !made.is_empty();
                self.known.extend(made);
                is_written
            }
            Write::Move(place, start) => {
                let old = &self.known[*place];
                let is_new = |uid: &str| found.bookings[uid].replaces.as_ref() == Some(&old.uid);
                let mut of_booker = found.of_booker(&old.booker).into_iter();
                let new = match old.seat {
                    Some(_) => of_booker.next(),
                    None => of_booker.find(|one| is_new(&one.uid)),
                };
                let Some(new) = new else { return false };
                let is_written = new.uid != old.uid || new.seat != old.seat;
                if is_written {
                    assert_eq!(new.start, *start, "{}", new.uid);
                    self.replace(*place, new);
                }
                is_written
            }
            Write::Cancel(place) => {
                let known = &mut self.known[*place];
                known.is_there = match known.seat {
                    Some(_) => !found.of_booker(&known.booker).is_empty(),
                    None => found.bookings[&known.uid].status == "accepted",
                };
                !known.is_there
            }
        }
    }
}

/// What is in the tables.
struct Found {
    bookings: BTreeMap<String, Booking>,
    /// Bookings and seats by the address of who booked them.
    bookers: BTreeMap<String, Vec<(String, Option<String>)>>,
}

struct Booking {
    status: String,
    start: Timestamp,
    is_shared: bool,
    replaces: Option<String>,
}

impl Found {
    async fn read(tables: &Tables) -> Self {
        let start = match tables {
            Tables::Sqlite(_) => "start_at",
            Tables::Postgres(_) => "(extract(epoch from start_at) * 1000000)::bigint",
        };
        let select = format!(
            "select uid || ' ' || status || ' ' || {start} || ' ' || coalesce(seats_taken, -1) || ' '
                || coalesce(from_reschedule_uid, '') from booking"
        );
        let mut bookings = BTreeMap::new();
        for row in tables.column(&select).await {
            let [uid, status, start, seats, replaces] = row.splitn(5, ' ').collect::<Vec<_>>()[..]
            else {
                panic!("{row}")
            };
            let booking = Booking {
                status: status.to_owned(),
                start: Timestamp::from_microsecond(start.parse().unwrap()).unwrap(),
                is_shared: seats != "-1",
                replaces: (!replaces.is_empty()).then(|| replaces.to_owned()),
            };
            bookings.insert(uid.to_owned(), booking);
        }
        let select = "select a.email || ' ' || b.uid || ' ' || coalesce(s.uid, '') from attendee a
            join booking b on b.id = a.booking_id left join booking_seat s on s.attendee_id = a.id order by a.id";
        let mut bookers = BTreeMap::<_, Vec<_>>::new();
        for row in tables.column(select).await {
            let [booker, uid, seat] = row.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                panic!("{row}")
            };
            let seat = (!seat.is_empty()).then(|| seat.to_owned());
            bookers.entry(booker.to_owned()).or_default().push((uid.to_owned(), seat));
        }
        Self { bookings, bookers }
    }

    /// What somebody has booked that takes place, or took place before it was moved.
    fn of_booker(&self, booker: &str) -> Vec<Known> {
        let rows = self.bookers.get(booker).into_iter().flatten();
        let known = rows.map(|(uid, seat)| Known {
            uid: uid.clone(),
            seat: seat.clone(),
            start: self.bookings[uid].start,
            is_there: self.bookings[uid].status == "accepted",
            booker: booker.to_owned(),
        });
        known.collect()
    }
}
