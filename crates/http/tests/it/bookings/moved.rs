//! What a booking that is moved keeps, and what is told of it (R3.4, R11.1, R11.4).

use serde_json::{Value, json};
use slotd_testkit::{Tables, TestServer, on_both_engines};

use super::reschedule::moved;
use super::{
    CURRENT, approval, at, book, bookable, booked, call_as, facts, history, latest_more, read,
    seats, uid, wanted, with,
};
use crate::slots::{hold, uid_of};

/// The sequence of a booking's calendar entry.
async fn sequence(server: &TestServer, booking: &Value) -> Value {
    facts(server, booking).await.last().unwrap().snapshot["iCalSequence"].clone()
}

/// What is told of a move besides the new booking.
fn told(old: &Value, by: &str, reason: &Value) -> Value {
    json!({
        "rescheduleUid": old["uid"], "rescheduleId": old["id"],
        "rescheduleStartTime": old["start"], "rescheduleEndTime": old["end"],
        "rescheduledBy": by, "reason": reason,
    })
}

on_both_engines! {
    /// R11.1, R11.10, BK-147, BK-153
    async fn a_move_changes_nothing_but_the_time(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let body = with(&wanted(id, &at("10:00")), &json!({
            "attendee": {
                "name": "Omar Haddad", "email": "omar@mail.test", "timeZone": "Europe/Berlin",
                "language": "it", "phoneNumber": "+4930901820",
            },
            "guests": ["lea@mail.test", "ann@mail.test"], "location": "https://meet.example.test/x",
            "metadata": { "crmId": "A-77" }, "bookingFieldsResponses": { "notes": "My knee", "other": 7 },
        }));
        let old = book(&server, &body).await.accepted(201).clone();
        assert_eq!((&old["description"], &old["metadata"]), (&json!("My knee"), &json!({ "crmId": "A-77" })));
        let body = json!({ "start": at("14:00"), "reschedulingReason": "Train late" });
        let new = moved(&server, uid(&old), &body).await;
        let mut expected = with(&old, &json!({
            "start": at("14:00"), "end": at("15:00"), "rescheduledFromUid": old["uid"],
            "reschedulingReason": "Train late", "rescheduledByEmail": "omar@mail.test",
        }));
        expected["bookingFieldsResponses"]["rescheduledReason"] = json!("Train late");
        for own in ["id", "uid", "createdAt", "updatedAt"] {
            expected[own] = new[own].clone();
        }
        assert_eq!(new, expected);
        assert_eq!(read(&server, &new).await, new);
        let left = read(&server, &old).await;
        assert_eq!(left, with(&old, &json!({
            "status": "cancelled", "rescheduledToUid": new["uid"], "rescheduledByEmail": "omar@mail.test",
            "updatedAt": left["updatedAt"],
        })));
    }

    /// R3.4, BK-157, BK-201: calendars move the entry that they have.
    async fn each_move_is_a_later_version_of_one_calendar_entry(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let first = booked(&server, id, &at("10:00")).await;
        let mut booking = first.clone();
        for (version, start) in [(0, None), (1, Some("11:00")), (2, Some("12:00"))] {
            if let Some(start) = start {
                booking = moved(&server, uid(&booking), &json!({ "start": at(start) })).await;
            }
            assert_eq!((&booking["icsUid"], sequence(&server, &booking).await), (&first["icsUid"], json!(version)));
            let path = format!("/{}/calendar-links", uid(&booking));
            let links = call_as(&server, &host.key, "GET", &path, &json!({})).await;
            let ics = links.accepted(200)[3]["link"].as_str().unwrap();
            let named = format!("%0AUID%3A{}%0D%0A", first["icsUid"].as_str().unwrap().replace('@', "%40"));
            assert!(ics.contains(&named) && ics.contains(&format!("%0ASEQUENCE%3A{version}%0D%0A")), "{ics}");
        }
    }

    /// R11.1, R11.4, 25.5: the old booking and the new one tell of each other.
    async fn mails_and_webhooks_tell_where_a_booking_was(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let old = booked(&server, id, &at("10:00")).await;
        let body = json!({ "start": at("14:00"), "reschedulingReason": "Train late" });
        let new = moved(&server, uid(&old), &body).await;
        assert_eq!(history(&server, &new).await, [
            "rescheduled: calendar.update conferencing.update mail.rescheduled webhook.BOOKING_RESCHEDULED webhook.MEETING_ENDED webhook.MEETING_STARTED",
        ]);
        assert_eq!(latest_more(&server, &new).await, told(&old, "omar@mail.test", &json!("Train late")));
        let replaced = json!({ "rescheduledToUid": new["uid"], "rescheduledBy": "omar@mail.test" });
        assert_eq!(latest_more(&server, &old).await, replaced);
    }

    /// R11.4, I9: receivers can tell a request that is a move from a new one.
    async fn a_request_tells_where_the_booking_was(server: TestServer) {
        let (_, id) = bookable(&server, &approval(false)).await;
        let old = booked(&server, id, &at("10:00")).await;
        let new = moved(&server, uid(&old), &json!({ "start": at("14:00") })).await;
        assert_eq!(history(&server, &new).await, ["reschedule_requested: mail.requested webhook.BOOKING_REQUESTED"]);
        assert_eq!(latest_more(&server, &new).await, told(&old, "omar@mail.test", &Value::Null));
    }

    /// R11.11, R11.14, R11.15: of a seat, too, and of everybody at once.
    async fn what_is_told_of_seats_says_where_they_were(server: TestServer) {
        let (host, id) = bookable(&server, &seats(2, true)).await;
        let old = booked(&server, id, &at("10:00")).await;
        let body = json!({ "start": at("12:00"), "seatUid": old["seatUid"] });
        let new = moved(&server, uid(&old), &body).await;
        let of_seat = with(&told(&old, "omar@mail.test", &Value::Null), &json!({ "attendeeSeatId": new["seatUid"] }));
        assert_eq!(latest_more(&server, &new).await, of_seat);
        let body = json!({ "start": at("14:00"), "reschedulingReason": "Room taken" });
        let path = format!("/{}/reschedule", uid(&new));
        let whole = call_as(&server, &host.key, "POST", &path, &body).await.accepted(201).clone();
        let by = whole["hosts"][0]["email"].as_str().unwrap();
        assert_eq!(latest_more(&server, &whole).await, told(&new, by, &json!("Room taken")));
    }

    /// R7.45: of the hold that was the mover's, and of no other.
    async fn the_hold_of_whoever_moves_is_gone(server: TestServer) {
        for fields in [json!({}), seats(2, true)] {
            let (_, id) = bookable(&server, &fields).await;
            let old = booked(&server, id, &at("10:00")).await;
            let mine = uid_of(&hold(&server, id, &at("12:00")).await);
            let other = uid_of(&hold(&server, id, &at("14:00")).await);
            let call = server.call("POST", &format!("/v2/bookings/{}/reschedule", uid(&old)));
            let call = call.header("cal-api-version", CURRENT).header("cookie", &format!("a=b; uid={mine}"));
            let mut body = json!({ "start": at("12:00") });
            if let Some(seat) = old.get("seatUid") {
                body["seatUid"] = seat.clone();
            }
            let _ = call.json(&body).send().await.accepted(201);
            let tables = Tables::open(&server.database.options.location).await;
            let left = format!("select uid from slot_hold where event_type_id = {id}");
            assert_eq!(tables.column(&left).await, [other]);
        }
    }
}
