//! `POST /v2/bookings` (section 7).

use serde_json::json;
use slotd_testkit::{TestServer, on_both_engines};

use super::{DAY, at, book, bookable, booked, call, uid, wanted, wanted_by, with};
use crate::slots::{hold, hours};

on_both_engines! {
    /// BK-4, BK-5
    async fn a_booking_shows_what_was_sent(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let body = with(&wanted(id, &at("10:00")), &json!({
            "guests": ["lea@mail.test"],
            "location": "https://meet.example.test/room",
            "metadata": { "crmId": "A-77" },
            "bookingFieldsResponses": { "notes": "Second visit", "other": 7 },
        }));
        let answer = book(&server, &body).await;
        let data = answer.accepted(201);
        assert_eq!(data["status"], "accepted");
        assert_eq!(data["start"], at("10:00"));
        assert_eq!(data["end"], at("11:00"));
        assert_eq!(data["hosts"][0]["id"], host.id);
        assert_eq!(data["attendees"][1]["email"], "lea@mail.test");
        assert_eq!(data["location"], "https://meet.example.test/room");
        assert_eq!(data["metadata"], json!({ "crmId": "A-77" }));
        assert_eq!(data["bookingFieldsResponses"]["other"], 7);
        assert!(!hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
    }

    /// BK-14
    async fn the_same_time_cannot_be_booked_twice(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        booked(&server, id, &at("10:00")).await;
        let refused = book(&server, &wanted(id, &at("10:00"))).await;
        assert_eq!(
            refused.refused(400),
            "User either already has booking at this time or is not available"
        );
        assert_eq!(refused.body["error"]["details"]["reason"], "booking");
    }

    /// SLOT-91, SLOT-82, SLOT-86: found by `histories.rs`. A hold, which keeps nobody out,
    /// makes the next slot the first one of its day, and another day one that a window counts.
    async fn what_is_shown_beside_holds_can_be_booked(server: TestServer) {
        let first = json!({ "onlyShowFirstAvailableSlot": true });
        let (_, id) = bookable(&server, &first).await;
        let _ = hold(&server, id, &at("09:00")).await.accepted(201);
        assert_eq!(hours(&server, id, DAY).await, ["10:00"]);
        booked(&server, id, &at("10:00")).await;

        let whole_day = json!({
            "lengthInMinutes": 480,
            "bookingWindow": { "type": "calendarDays", "value": 1, "rolling": true },
        });
        let (_, id) = bookable(&server, &whole_day).await;
        let day = |date: &str| format!("{date}T09:00:00.000Z");
        assert_eq!(hours(&server, id, "2026-03-03").await, ["09:00"]);
        assert!(hours(&server, id, "2026-03-04").await.is_empty());
        let _ = hold(&server, id, &day("2026-03-03")).await.accepted(201);
        assert_eq!(hours(&server, id, "2026-03-04").await, ["09:00"]);
        booked(&server, id, &day("2026-03-04")).await;
        // Nor does it keep anybody out of what it hides.
        booked(&server, id, &day("2026-03-03")).await;
    }

    /// SLOT-73, SLOT-91: what is booked before its event type gets seats is shown with seats
    /// that are left, and they can be taken. Who was there first gets a seat, too.
    async fn a_booking_from_before_there_were_seats_can_be_joined(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let first = booked(&server, id, &at("10:00")).await;
        let seats = json!({ "seats": {
            "seatsPerTimeSlot": 2, "showAttendeeInfo": true, "showAvailabilityCount": true,
        } });
        let path = format!("/v2/event-types/{id}");
        let _ = host.call("PATCH", &path, "2024-06-14", &seats).await.accepted(200);
        assert!(hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
        let second = book(&server, &wanted_by(id, &at("10:00"), "b@mail.test")).await;
        let second = second.accepted(201);
        assert_eq!(second["uid"], first["uid"]);
        assert_eq!(second["attendees"].as_array().unwrap().len(), 2);
        let third = book(&server, &wanted_by(id, &at("10:00"), "c@mail.test")).await;
        assert_eq!(third.refused(409), "No more seats left at this seated booking.");
        let seat = json!({ "seatUid": second["attendees"][0]["seatUid"] });
        let left = call(&server, "POST", &format!("/{}/cancel", uid(&first)), &seat).await;
        assert_eq!(left.accepted(200)["attendees"][0]["email"], "b@mail.test");
    }
}
