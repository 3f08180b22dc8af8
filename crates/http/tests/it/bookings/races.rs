//! Many callers who want the same time (section 25). `scripts/soak` repeats these; with
//! `SLOTD_RACE_ROUNDS` and `SLOTD_RACE_CALLERS` one run is as long as wanted.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slotd_http::{BookingSettings, Settings};
use slotd_testkit::{Answer, Engine, Tables, TestServer, on_both_engines};

use super::{CURRENT, bookable, booked, uid, wanted_by, with};

fn number(variable: &str, otherwise: i64) -> i64 {
    std::env::var(variable).map_or(otherwise, |number| number.parse().unwrap())
}

fn rounds() -> i64 {
    number("SLOTD_RACE_ROUNDS", 3)
}

fn callers() -> i64 {
    number("SLOTD_RACE_CALLERS", 16)
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// Ten o'clock, five days after that of the round before, so that no two rounds share a day
/// also where one is about a day of each of four weeks. By the end of a round what was held
/// in it is free.
fn ten(server: &TestServer, round: i64) -> Timestamp {
    server.advance(SignedDuration::from_mins(6));
    let first: Timestamp = "2050-01-01T10:00:00Z".parse().unwrap();
    first + hours(24 * 5 * round)
}

/// An hour for each caller of each round, long after those that they want.
fn elsewhere(round: i64, caller: i64) -> Timestamp {
    let first: Timestamp = "2100-01-01T09:00:00Z".parse().unwrap();
    let place = round * callers() + caller;
    first + hours(24 * (place / 8) + place % 8)
}

/// A server on which holds keep everybody out.
struct Strict(TestServer);

impl Strict {
    async fn start(engine: Engine) -> Option<Self> {
        let bookings = BookingSettings { holds_are_advisory: false, ..BookingSettings::default() };
        let settings = Settings { bookings, ..TestServer::settings() };
        TestServer::start_with(engine, settings, axum::Router::new()).await.map(Self)
    }
}

/// Everything that somebody may hear who lost a race.
const LOST: [(u16, &str); 12] = [
    (400, "User either already has booking at this time or is not available"),
    (400, "Someone else reserved this slot before you. This time slot will be freed up in "),
    (400, "Can't cancel booking with uid="),
    (400, "Can't reschedule booking with uid="),
    (400, "Can't confirm booking with uid="),
    (400, "Can't decline booking with uid="),
    // Of an answer to what was accepted already; the details say so.
    (400, "Bad request: Please check your request data and try again"),
    (409, "No more seats left at this seated booking."),
    (409, "not_enough_available_seats_error"),
    (400, "Invalid seatUid: this seat does not exist or has already been cancelled."),
    (422, "Can't reserve a slot if the event is already booked."),
    (422, "This time slot is already reserved by another user. Please choose a different time."),
];

/// A request, and whose it is: a key, or nobody's.
#[derive(Clone)]
struct Wish {
    path: String,
    key: Option<String>,
    body: Value,
}

impl Wish {
    fn new(path: String, body: Value) -> Self {
        Self { path, key: None, body }
    }

    /// Another booker for each caller.
    fn to_book(event_type: i32, start: Timestamp, caller: i64) -> Self {
        let booker = format!("caller{caller}@mail.test");
        let mut body = wanted_by(event_type, &start.to_string(), &booker);
        // A series keeps the booker's time of day, which here never changes.
        body["attendee"]["timeZone"] = json!("UTC");
        Self::new("/v2/bookings".to_owned(), body)
    }

    fn to_move(booking: &str, start: Timestamp) -> Self {
        let path = format!("/v2/bookings/{booking}/reschedule");
        Self::new(path, json!({ "start": start.to_string() }))
    }

    fn to_cancel(booking: &str) -> Self {
        Self::new(format!("/v2/bookings/{booking}/cancel"), json!({}))
    }

    fn to_answer(booking: &str, answer: &str, key: &str) -> Self {
        let wish = Self::new(format!("/v2/bookings/{booking}/{answer}"), json!({}));
        Self { key: Some(key.to_owned()), ..wish }
    }

    fn to_hold(event_type: i32, start: Timestamp) -> Self {
        let body = json!({ "eventTypeId": event_type, "slotStart": start.to_string() });
        Self::new("/v2/slots/reservations".to_owned(), body)
    }
}

/// Sends all of them at once; whether each was granted, in their order.
async fn race(server: &Arc<TestServer>, wishes: Vec<Wish>) -> Vec<Option<Answer>> {
    let mut callers = tokio::task::JoinSet::new();
    for (place, wish) in wishes.into_iter().enumerate() {
        let server = Arc::clone(server);
        callers.spawn(async move {
            let mut call = server.call("POST", &wish.path).json(&wish.body);
            if wish.path.starts_with("/v2/bookings") {
                call = call.header("cal-api-version", CURRENT);
            }
            if let Some(key) = &wish.key {
                call = call.bearer(key);
            }
            (place, call.send().await)
        });
    }
    let mut answers = callers.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| granted(answer)).collect()
}

/// The answer to a wish that was granted; none of one that lost. All else fails.
fn granted(answer: Answer) -> Option<Answer> {
    if matches!(answer.status, 200 | 201) {
        assert_eq!(answer.body["status"], "success", "{}", answer.text);
        return Some(answer);
    }
    let message = answer.refused(answer.status);
    let is_known =
        |(status, text): &(u16, &str)| *status == answer.status && message.starts_with(text);
    assert!(LOST.iter().any(is_known), "{} {}", answer.status, answer.text);
    if message.starts_with("Bad request: ") {
        let told = answer.body["error"]["details"]["message"].as_str().unwrap();
        assert!(told.ends_with(" because it is accepted."), "{}", answer.text);
    }
    // Who was kept out by the decision hears why; the database's own defence, which knows
    // no reason, was not needed.
    if message == LOST[0].1 {
        let details = &answer.body["error"]["details"];
        let starts = details["conflicts"].as_array().map_or(0, Vec::len);
        assert!(details["reason"] == "booking" || starts > 0, "{}", answer.text);
    }
    None
}

fn winners(answers: &[Option<Answer>]) -> Vec<&Value> {
    answers.iter().flatten().map(|answer| &answer.body["data"]).collect()
}

fn at(text: &Value) -> Timestamp {
    text.as_str().unwrap().parse().unwrap()
}

/// Event types of one host that take 30, 45 and 60 minutes.
async fn of_unequal_lengths(server: &TestServer) -> Vec<(i32, SignedDuration)> {
    let (host, first) = bookable(server, &json!({ "lengthInMinutes": 30 })).await;
    let mut event_types = vec![(first, SignedDuration::from_mins(30))];
    for length in [45, 60] {
        let fields = json!({ "minimumBookingNotice": 0, "lengthInMinutes": length });
        let id = host.event_type(&format!("own{length}"), &fields).await;
        event_types.push((id, SignedDuration::from_mins(length)));
    }
    event_types
}

fn with_seats(count: i64) -> Value {
    json!({ "seats": { "seatsPerTimeSlot": count, "showAttendeeInfo": true, "showAvailabilityCount": true } })
}

/// Everything about a booking, as one text.
async fn rows(tables: &Tables, booking: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for (table, column) in [
        ("booking", "id"),
        ("attendee", "booking_id"),
        ("occupancy", "booking_id"),
        ("booking_event", "booking_id"),
    ] {
        let details = match table {
            "booking" => {
                "status || ' ' || start_at || ' ' || end_at || ' ' || updated_at || ' ' || ical_sequence"
            }
            "attendee" => "id || ' ' || email",
            "occupancy" => "user_id || ' ' || start_at || ' ' || end_at",
            _ => "sequence || ' ' || kind || ' ' || snapshot",
        };
        rows.extend(
            tables
                .column(&format!(
                    "select {details} from {table} where {column} = (select id from booking where uid = '{booking}') order by 1"
                ))
                .await,
        );
    }
    rows
}

on_both_engines! {
    /// BK-14, BK-202
    async fn races_for_one_time_have_one_winner(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = ten(&server, round);
            let answers = race(&server, (0..callers()).map(|caller| Wish::to_book(id, start, caller)).collect()).await;
            assert_eq!(winners(&answers).len(), 1, "round {round}");
            tables.check_bookings().await;
        }
    }

    /// BK-203: of times that overlap pairwise one is booked; of others as many as fit.
    async fn races_for_unequal_times_end_without_an_overlap(server: TestServer) {
        let event_types = of_unequal_lengths(&server).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let ten = ten(&server, round);
            // Every other round all of them have the minutes from 10:25 to 10:30.
            let spread = if round % 2 == 0 { 25 } else { 180 };
            let (mut times, mut wishes) = (Vec::new(), Vec::new());
            for caller in 0..callers() {
                let number = caller * 7 + round * 13;
                let (event_type, length) = event_types[usize::try_from(number % 3).unwrap()];
                let start = ten + SignedDuration::from_mins(number % spread);
                times.push([start, start + length]);
                wishes.push(Wish::to_book(event_type, start, caller));
            }
            let answers = race(&server, wishes).await;
            let won: Vec<_> = times.iter().zip(&answers).filter(|(_, answer)| answer.is_some()).map(|(time, _)| *time).collect();
            for (time, answer) in times.iter().zip(&answers) {
                let in_its_way = won.iter().filter(|other| other[0] < time[1] && time[0] < other[1]).count();
                assert!(in_its_way > 0, "round {round}: {time:?} was refused for nothing");
                assert!(answer.is_none() || in_its_way == 1, "round {round}: {time:?} was booked twice");
            }
            assert!(round % 2 != 0 || won.len() == 1, "round {round}: {won:?}");
            tables.check_bookings().await;
        }
    }

    /// BK-202: a host has one time, whatever it is booked for.
    async fn races_of_two_event_types_of_one_host_have_one_winner(server: TestServer) {
        let (host, first) = bookable(&server, &json!({})).await;
        let second = host.event_type("other", &json!({ "minimumBookingNotice": 0 })).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = ten(&server, round);
            let wishes = (0..callers()).map(|caller| Wish::to_book([first, second][usize::from(caller % 2 == 0)], start, caller));
            let answers = race(&server, wishes.collect()).await;
            assert_eq!(winners(&answers).len(), 1, "round {round}");
            tables.check_bookings().await;
        }
    }

    /// R7.55 to R7.57: as many bookers as seats, and of those who want the one that became
    /// free again, one.
    async fn races_for_seats_have_as_many_winners_as_seats(server: TestServer) {
        let (_, id) = bookable(&server, &with_seats(5)).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = ten(&server, round);
            let answers = race(&server, (0..callers()).map(|caller| Wish::to_book(id, start, caller)).collect()).await;
            let won = winners(&answers);
            assert_eq!(won.len(), 5, "round {round}");
            let uids: BTreeSet<&str> = won.iter().map(|booking| uid(booking)).collect();
            assert_eq!(uids.len(), 1, "round {round}: they share one booking");
            tables.check_bookings().await;
            let mut leaves = Wish::to_cancel(uid(won[0]));
            leaves.body = json!({ "seatUid": won[0]["seatUid"] });
            assert!(race(&server, vec![leaves]).await[0].is_some());
            let others = (0..callers()).map(|caller| Wish::to_book(id, start, callers() + caller));
            let answers = race(&server, others.collect()).await;
            assert_eq!(winners(&answers).len(), 1, "round {round}");
            tables.check_bookings().await;
        }
    }

    /// R11.12, R12.5: seats are given up and taken at once, the last one too.
    async fn races_of_seats_given_up_and_taken_lose_none(server: TestServer) {
        let (_, id) = bookable(&server, &with_seats(3)).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = ten(&server, round);
            let first = race(&server, (0..3).map(|caller| Wish::to_book(id, start, caller)).collect()).await;
            let leavers = winners(&first).into_iter().map(|seat| {
                let mut wish = Wish::to_cancel(uid(seat));
                wish.body = json!({ "seatUid": seat["seatUid"] });
                wish
            });
            let joiners = (3..callers()).map(|caller| Wish::to_book(id, start, caller));
            let answers = race(&server, leavers.chain(joiners).collect()).await;
            assert!(answers[..3].iter().all(Option::is_some), "round {round}: a seat can be given up once");
            // Who came before the last one left found no seat. No seat is lost by that.
            let joined = winners(&answers[3..]).len();
            assert!(joined <= 3, "round {round}: {joined}");
            tables.check_bookings().await;
            let others = (0..4).map(|caller| Wish::to_book(id, start, callers() + caller));
            let more = race(&server, others.collect()).await;
            assert_eq!(joined + winners(&more).len(), 3, "round {round}");
            tables.check_bookings().await;
        }
    }

    /// R11.12: seats of other times move to one.
    async fn races_of_moved_seats_have_as_many_winners_as_seats(server: TestServer) {
        let (_, id) = bookable(&server, &with_seats(5)).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = ten(&server, round);
            let seats = (0..callers()).map(|caller| Wish::to_book(id, elsewhere(round, caller), caller));
            let seats = race(&server, seats.collect()).await;
            let moves = winners(&seats).into_iter().map(|seat| {
                let mut wish = Wish::to_move(uid(seat), start);
                wish.body["seatUid"] = seat["seatUid"].clone();
                wish
            });
            let moves: Vec<Wish> = moves.collect();
            assert_eq!(moves.len(), usize::try_from(callers()).unwrap());
            let answers = race(&server, moves).await;
            assert_eq!(winners(&answers).len(), 5, "round {round}");
            tables.check_bookings().await;
        }
    }

    /// BK-205: bookings of elsewhere move into one gap, unequal ones and with new bookings
    /// among them; what loses stays as it was.
    async fn races_of_moves_into_one_gap_have_one_winner(server: TestServer) {
        let event_types = of_unequal_lengths(&server).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let ten = ten(&server, round);
            let (mut wishes, mut olds) = (Vec::new(), Vec::new());
            for caller in 0..callers() {
                let (event_type, _) = event_types[usize::try_from(caller % 3).unwrap()];
                let start = ten + SignedDuration::from_mins(caller % 25);
                if round % 2 == 1 && caller % 4 == 3 {
                    wishes.push(Wish::to_book(event_type, start, caller));
                    olds.push(None);
                    continue;
                }
                let old = booked(&server, event_type, &elsewhere(round, caller).to_string()).await;
                wishes.push(Wish::to_move(uid(&old), start));
                olds.push(Some((uid(&old).to_owned(), rows(&tables, uid(&old)).await)));
            }
            let answers = race(&server, wishes).await;
            assert_eq!(winners(&answers).len(), 1, "round {round}");
            for (old, answer) in olds.iter().zip(&answers) {
                let Some((uid, before)) = old else { continue };
                let is_as_before = rows(&tables, uid).await == *before;
                assert_eq!(is_as_before, answer.is_none(), "round {round}: {uid}");
            }
            tables.check_bookings().await;
        }
    }

    /// BK-149, BK-159: one booking is moved to many times and cancelled at once.
    async fn races_of_moves_and_cancellations_of_one_booking_have_one_winner(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = ten(&server, round);
            let old = booked(&server, id, &start.to_string()).await;
            // In odd rounds all moves go to one time, which may be its own.
            let moved = |caller: i64| match round % 2 {
                0 => elsewhere(round, caller),
                _ => start + hours(round % 4 - 1),
            };
            let wishes = (0..callers()).map(|caller| match caller % 2 {
                0 => Wish::to_move(uid(&old), moved(caller)),
                _ => Wish::to_cancel(uid(&old)),
            });
            let answers = race(&server, wishes.collect()).await;
            let won = winners(&answers);
            assert_eq!(won.len(), 1, "round {round}");
            let is_moved = won[0]["rescheduledFromUid"] == old["uid"];
            assert!(is_moved || won[0]["uid"] == old["uid"], "{}", won[0]);
            let of_round = format!(
                "select uid from booking where status = 'accepted' and (uid = '{0}' or from_reschedule_uid = '{0}')",
                uid(&old)
            );
            assert_eq!(tables.column(&of_round).await.len(), usize::from(is_moved), "round {round}");
            tables.check_bookings().await;
        }
    }

    /// R7.52: a series is booked as a whole or not at all, and every start once.
    async fn races_of_series_and_single_bookings_book_every_start_once(server: TestServer) {
        let (host, single) = bookable(&server, &json!({})).await;
        let weekly = json!({ "frequency": "weekly", "interval": 1, "occurrences": 4 });
        let series = host.event_type("series", &json!({ "minimumBookingNotice": 0, "recurrence": weekly })).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = ten(&server, round);
            // The series are among the first, in the middle, or among the last.
            let wishes = (0..callers()).map(|caller| match (caller + round) % 8 {
                it @ 0..4 => Wish::to_book(single, start + hours(24 * 7 * it), caller),
                _ => Wish::to_book(series, start, caller),
            });
            let answers = race(&server, wishes.collect()).await;
            let won = winners(&answers);
            let whole = won.iter().filter(|won| won.is_array()).count();
            assert!((whole, won.len()) == (1, 1) || (whole, won.len()) == (0, 4), "round {round}: {won:?}");
            let booked: Vec<&Value> = match won[0].as_array() {
                Some(series) => series.iter().collect(),
                None => won,
            };
            let starts: BTreeSet<Timestamp> = booked.iter().map(|booking| at(&booking["start"])).collect();
            assert_eq!(starts, (0..4).map(|week| start + hours(24 * 7 * week)).collect(), "round {round}");
            tables.check_bookings().await;
        }
    }

    /// 7.9.3: where holds are advisory, a hold and a booking may both exist, and no two
    /// of a kind.
    async fn races_of_advisory_holds_and_bookings_have_one_winner_of_a_kind(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = ten(&server, round);
            let wishes = (0..callers()).map(|caller| match caller % 2 {
                0 => Wish::to_hold(id, start),
                _ => Wish::to_book(id, start, caller),
            });
            let answers = race(&server, wishes.collect()).await;
            let booked = winners(&answers).iter().filter(|won| won["uid"].is_string()).count();
            let held = winners(&answers).len() - booked;
            assert_eq!(booked, 1, "round {round}");
            assert!(held <= 1, "round {round}: {held} holds");
            tables.check_bookings().await;
        }
    }

    /// BK-27: the same request for approval, sent by an impatient booker.
    async fn races_of_one_request_for_approval_end_in_one_booking(server: TestServer) {
        let (_, id) = bookable(&server, &approval()).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = ten(&server, round);
            let answers = race(&server, vec![Wish::to_book(id, start, round); usize::try_from(callers()).unwrap()]).await;
            let uids: BTreeSet<&str> = winners(&answers).into_iter().map(uid).collect();
            assert_eq!((winners(&answers).len(), uids.len()), (answers.len(), 1), "round {round}");
            let count = tables.column("select count(*) from booking").await;
            assert_eq!(count, [(round + 1).to_string()]);
            tables.check_bookings().await;
        }
    }

    /// BK-174, BK-204, R13.5: of requests for times that overlap pairwise, each confirmed
    /// twice, one is accepted, once; the others wait as they did.
    async fn races_of_confirmations_have_one_winner(server: TestServer) {
        let (host, first) = bookable(&server, &approval()).await;
        let length = json!({ "minimumBookingNotice": 0, "lengthInMinutes": 45 });
        let second = host.event_type("short", &with(&length, &approval())).await;
        let open = host.event_type("open", &json!({ "minimumBookingNotice": 0 })).await;
        let key = host.key.clone();
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let ten = ten(&server, round);
            let requests = (0..callers() / 2).map(|caller| {
                let start = ten + SignedDuration::from_mins(caller % 45);
                Wish::to_book([first, second][usize::from(caller % 2 == 0)], start, caller)
            });
            let requests = race(&server, requests.collect()).await;
            let requests = winners(&requests);
            assert_eq!(requests.len(), usize::try_from(callers() / 2).unwrap(), "round {round}: requests take no time");
            let mut wishes = Vec::new();
            for request in [&requests[..], &requests[..]].concat() {
                assert_eq!(request["status"], "pending");
                wishes.push(Wish::to_answer(uid(request), "confirm", &key));
            }
            // Every other round somebody books that time meanwhile.
            if round % 2 == 1 {
                let place = wishes.len() / 2;
                wishes.insert(place, Wish::to_book(open, ten + SignedDuration::from_mins(44), callers()));
            }
            let answers = race(&server, wishes).await;
            assert_eq!(winners(&answers).len(), 1, "round {round}");
            let others = winners(&answers)[0]["uid"].as_str().unwrap();
            for request in requests.into_iter().map(uid).filter(|request| *request != others) {
                let status = tables.column(&format!("select status from booking where uid = '{request}'")).await;
                assert_eq!(status, ["pending"], "round {round}");
            }
            tables.check_bookings().await;
        }
    }

    /// Section 4: one request is confirmed, declined, moved and cancelled at once.
    async fn races_of_answers_to_one_request_end_in_one(server: TestServer) {
        let (host, id) = bookable(&server, &approval()).await;
        let key = host.key.clone();
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = ten(&server, round);
            let request = booked(&server, id, &start.to_string()).await;
            let wishes = (0..callers()).map(|caller| match (caller + round) % 4 {
                0 => Wish::to_answer(uid(&request), "confirm", &key),
                1 => Wish::to_answer(uid(&request), "decline", &key),
                2 => Wish::to_move(uid(&request), elsewhere(round, caller)),
                _ => Wish::to_cancel(uid(&request)),
            });
            let answers = race(&server, wishes.collect()).await;
            let won = |kind: i64| {
                let places = answers.iter().zip(0..).filter(|(_, place)| (place + round) % 4 == kind);
                places.filter(|(answer, _)| answer.is_some()).count()
            };
            let (answered, ended) = (won(0) + won(1), won(2) + won(3));
            // What was confirmed can be moved, and whatever it is, cancelled.
            assert!(answered <= 1 && ended == 1, "round {round}: {answered} {ended}");
            tables.check_bookings().await;
        }
    }
}

fn approval() -> Value {
    json!({ "confirmationPolicy": { "type": "always", "blockUnconfirmedBookingsInBooker": false } })
}

on_both_engines! {
    /// 7.9.3: where holds keep everybody out, whoever holds a time books it, and who holds
    /// it and who books it without a hold are never both.
    async fn races_of_strict_holds_and_bookings_are_won_by_the_holder(strict: Strict) {
        let (_, id) = bookable(&strict.0, &json!({})).await;
        let tables = Tables::open(&strict.0.database.options.location).await;
        let server = Arc::new(strict.0);
        for round in 0..rounds() {
            let start = ten(&server, round);
            let wishes = (0..callers()).map(|caller| match caller % 2 {
                0 => Wish::to_hold(id, start),
                _ => Wish::to_book(id, start, caller),
            });
            let answers = race(&server, wishes.collect()).await;
            assert_eq!(winners(&answers).len(), 1, "round {round}: one holds or books it");

            let start = start + hours(2);
            let held = race(&server, vec![Wish::to_hold(id, start); 2]).await;
            let held = winners(&held);
            assert_eq!(held.len(), 1, "round {round}");
            let wishes = (0..callers()).map(|caller| {
                let wish = Wish::to_book(id, start, caller);
                let own = json!({ "reservedSlotUid": held[0]["reservationUid"] });
                if caller == round % callers() { Wish { body: with(&wish.body, &own), ..wish } } else { wish }
            });
            let answers = race(&server, wishes.collect()).await;
            assert_eq!(winners(&answers).len(), 1, "round {round}");
            let holder = usize::try_from(round % callers()).unwrap();
            assert!(answers[holder].is_some(), "round {round}: the holder books it");
            tables.check_bookings().await;
        }
    }
}
