//! Many callers who want one slot (RES-18). `scripts/soak` repeats these; with
//! `SLOTD_RACE_ROUNDS` one run is as long as wanted.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slotd_testkit::{Tables, TestServer, on_both_engines};

use super::{Host, hold, uid_of};

const CALLERS: usize = 16;

fn rounds() -> i64 {
    std::env::var("SLOTD_RACE_ROUNDS").map_or(12, |rounds| rounds.parse().unwrap())
}

/// Each round is about a day of its own, and by its end what the one before held is over.
fn day(server: &TestServer, round: i64) -> Timestamp {
    server.advance(SignedDuration::from_mins(6));
    let first: Timestamp = "2050-01-01T10:00:00Z".parse().unwrap();
    first + SignedDuration::from_hours(24 * round)
}

/// Sends all of them at once; their statuses, in the order in which they were put.
async fn race(server: &Arc<TestServer>, calls: Vec<(&'static str, String, Value)>) -> Vec<u16> {
    let mut callers = tokio::task::JoinSet::new();
    for (place, (method, path, body)) in calls.into_iter().enumerate() {
        let server = Arc::clone(server);
        callers.spawn(async move {
            let answer = server.call(method, &path).json(&body).send().await;
            assert!(matches!(answer.status, 200 | 201 | 422), "{}", answer.text);
            (place, answer.status)
        });
    }
    let mut statuses = callers.join_all().await;
    statuses.sort_unstable();
    statuses.into_iter().map(|(_, status)| status).collect()
}

fn count(statuses: &[u16], status: u16) -> usize {
    statuses.iter().filter(|one| **one == status).count()
}

/// The holds that count, as `start end seat` in ascending order.
async fn held(tables: &Tables, server: &TestServer, event_type: i32) -> Vec<[Timestamp; 2]> {
    let instant = |column: &str| match tables {
        Tables::Sqlite(_) => column.to_owned(),
        Tables::Postgres(_) => format!("(extract(epoch from {column}) * 1000000)::bigint"),
    };
    let select = |column: &str| {
        let (release, now) = (instant("release_at"), server.now().as_microsecond());
        format!(
            "select {} from slot_hold where event_type_id = {event_type} and {release} > {now} order by start_at, uid",
            instant(column)
        )
    };
    let read = |text: String| Timestamp::from_microsecond(text.parse().unwrap()).unwrap();
    let starts = tables.column(&select("start_at")).await;
    let ends = tables.column(&select("end_at")).await;
    starts.into_iter().zip(ends).map(|(start, end)| [read(start), read(end)]).collect()
}

const PATH: &str = "/v2/slots/reservations";

on_both_engines! {
    /// RES-18
    async fn races_for_one_slot_have_one_winner(server: TestServer) {
        let event_type = Host::new(&server).await.event_type("own", &json!({})).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = day(&server, round);
            let body = json!({ "eventTypeId": event_type, "slotStart": start.to_string() });
            let calls = vec![("POST", PATH.to_owned(), body); CALLERS];
            let statuses = race(&server, calls).await;
            assert_eq!((count(&statuses, 201), count(&statuses, 422)), (1, CALLERS - 1), "round {round}");
            let held = held(&tables, &server, event_type).await;
            assert_eq!(held, [[start, start + SignedDuration::from_hours(1)]], "round {round}");
        }
    }

    /// RES-9, RES-18: of times that overlap pairwise one is held; of others as many as fit.
    async fn races_for_unequal_times_end_without_an_overlap(server: TestServer) {
        let lengths = [15, 30, 45, 60];
        let options = json!({ "lengthInMinutes": 60, "lengthInMinutesOptions": lengths });
        let event_type = Host::new(&server).await.event_type("own", &options).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let ten = day(&server, round);
            // Every other round all of them have the minutes from 10:10 to 10:15.
            let spread = if round % 2 == 0 { 3 } else { 24 };
            let mut times = Vec::new();
            let mut calls = Vec::new();
            for caller in 0..i64::try_from(CALLERS).unwrap() {
                let number = caller * 7 + round * 13;
                let start = ten + SignedDuration::from_mins(5 * (number % spread));
                let length = lengths[usize::try_from((number / 3) % 4).unwrap()];
                times.push([start, start + SignedDuration::from_mins(length.into())]);
                let body = json!({ "eventTypeId": event_type, "slotStart": start.to_string(), "slotDuration": length });
                calls.push(("POST", PATH.to_owned(), body));
            }
            let statuses = race(&server, calls).await;
            let held = held(&tables, &server, event_type).await;
            let mut winners: Vec<[Timestamp; 2]> =
                times.iter().zip(&statuses).filter(|(_, status)| **status == 201).map(|(time, _)| *time).collect();
            winners.sort_unstable();
            assert_eq!(held, winners, "round {round}");
            assert!(held.windows(2).all(|pair| pair[0][1] <= pair[1][0]), "round {round}: {held:?}");
            for (time, status) in times.iter().zip(&statuses) {
                let overlaps = held.iter().any(|other| other[0] < time[1] && time[0] < other[1]);
                assert!(*status == 201 || overlaps, "round {round}: {time:?} was refused for nothing");
            }
            assert!(round % 2 != 0 || held.len() == 1, "round {round}: {held:?}");
        }
    }

    /// RES-11, RES-18: as many holds as seats.
    async fn races_for_seats_have_as_many_winners_as_seats(server: TestServer) {
        let seats = json!({ "seatsPerTimeSlot": 5, "showAttendeeInfo": false, "showAvailabilityCount": true });
        let event_type = Host::new(&server).await.event_type("own", &json!({ "seats": seats })).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = day(&server, round);
            let body = json!({ "eventTypeId": event_type, "slotStart": start.to_string() });
            let statuses = race(&server, vec![("POST", PATH.to_owned(), body); CALLERS]).await;
            assert_eq!((count(&statuses, 201), count(&statuses, 422)), (5, CALLERS - 5), "round {round}");
            assert_eq!(held(&tables, &server, event_type).await.len(), 5, "round {round}");
        }
    }

    /// RES-16, RES-18: holds from elsewhere, also of another owner, that move to one slot.
    async fn races_of_moves_have_one_winner(server: TestServer) {
        let event_type = Host::new(&server).await.event_type("own", &json!({})).await;
        let foreign = Host::new(&server).await.event_type("own", &json!({})).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = day(&server, round);
            let mut calls = Vec::new();
            for caller in 0..CALLERS {
                let from = start + SignedDuration::from_hours(100_000 + 2 * i64::try_from(caller).unwrap());
                let of = if caller % 2 == 0 { event_type } else { foreign };
                let uid = uid_of(&hold(&server, of, &from.to_string()).await);
                let body = json!({ "eventTypeId": event_type, "slotStart": start.to_string() });
                calls.push(("PATCH", format!("{PATH}/{uid}"), body));
            }
            let statuses = race(&server, calls).await;
            assert_eq!((count(&statuses, 200), count(&statuses, 422)), (1, CALLERS - 1), "round {round}");
            let held = [held(&tables, &server, event_type).await, held(&tables, &server, foreign).await].concat();
            assert_eq!(held.len(), CALLERS, "round {round}: whoever lost keeps what was held");
            assert_eq!(held.iter().filter(|time| time[0] == start).count(), 1, "round {round}");
        }
    }

    /// SLOT-111: the components' callers all hear a uid, and one of them holds the slot.
    async fn races_of_components_end_in_one_hold(server: TestServer) {
        let event_type = Host::new(&server).await.event_type("own", &json!({})).await;
        let tables = Tables::open(&server.database.options.location).await;
        let server = Arc::new(server);
        for round in 0..rounds() {
            let start = day(&server, round);
            let end = start + SignedDuration::from_hours(1);
            let legacy = json!({
                "eventTypeId": event_type, "slotUtcStartDate": start.to_string(), "slotUtcEndDate": end.to_string(),
            });
            let current = json!({ "eventTypeId": event_type, "slotStart": start.to_string() });
            let mut calls = vec![("POST", "/v2/slots/reserve".to_owned(), legacy); CALLERS / 2];
            calls.resize(CALLERS, ("POST", PATH.to_owned(), current));
            let statuses = race(&server, calls).await;
            assert_eq!(count(&statuses[..CALLERS / 2], 201), CALLERS / 2, "round {round}");
            assert!(count(&statuses[CALLERS / 2..], 201) <= 1, "round {round}");
            assert_eq!(held(&tables, &server, event_type).await, [[start, end]], "round {round}");
        }
    }
}
