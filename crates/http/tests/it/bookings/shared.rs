//! What those who share a booking learn of one another, and what is told when they come and
//! go (R8.3, R11.11, R12.5).

use serde_json::{Value, json};
use slotd_testkit::{Tables, TestServer, on_both_engines};

use super::{at, book, bookable, call, seats, uid, wanted_by};

async fn seat(server: &TestServer, event_type: i32, hour: &str, email: &str) -> Value {
    book(server, &wanted_by(event_type, &at(hour), email)).await.accepted(201).clone()
}

/// Moves a seat, as nobody.
async fn move_seat(server: &TestServer, seat: &Value, hour: &str) -> Value {
    let body = json!({ "start": at(hour), "seatUid": seat["seatUid"] });
    let path = format!("/{}/reschedule", uid(seat));
    call(server, "POST", &path, &body).await.accepted(201).clone()
}

async fn read(server: &TestServer, booking: &Value) -> Value {
    let path = format!("/{}", uid(booking));
    call(server, "GET", &path, &json!({})).await.accepted(200).clone()
}

/// Nothing in the tables of bookings is half there.
async fn check(server: &TestServer) {
    Tables::open(&server.database.options.location).await.check_bookings().await;
}

on_both_engines! {
    /// R3.2, R8.3, 8.1: who knows the uid of a booking does not learn where a seat of it went.
    async fn who_stays_does_not_learn_where_a_seat_moved(server: TestServer) {
        let (_, id) = bookable(&server, &seats(2, false)).await;
        let first = seat(&server, id, "10:00", "a@mail.test").await;
        let second = seat(&server, id, "10:00", "b@mail.test").await;
        let moved = move_seat(&server, &first, "12:00").await;
        let stays = read(&server, &first).await;
        assert_eq!((&stays["status"], stays.get("rescheduledToUid")), (&json!("accepted"), None));
        assert_eq!(moved.get("rescheduledFromUid"), None);
        check(&server).await;
        let path = format!("/{}/cancel", uid(&second));
        let _ = call(&server, "POST", &path, &json!({ "seatUid": second["seatUid"] })).await.accepted(200);
        let path = format!("/{}/reschedule", uid(&second));
        let refused = call(&server, "POST", &path, &json!({ "start": at("14:00") })).await;
        assert!(!refused.refused(400).contains(uid(&moved)), "{}", refused.text);
        // The last one who goes takes the booking along.
        let last = seat(&server, id, "15:00", "c@mail.test").await;
        let moved = move_seat(&server, &last, "16:00").await;
        assert_eq!(moved["rescheduledFromUid"], last["uid"]);
        assert_eq!(read(&server, &last).await["rescheduledToUid"], moved["uid"]);
        check(&server).await;
    }
}
