//! What can be read and marked of a booking in the legacy shape (24.5).

use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::{answering, book, call, call_as, effects, sent, sent_by};
use crate::bookings::{at, bookable, history, latest_more, uid};
use crate::slots::{Host, set_clock};

fn two_seats(shows: bool) -> Value {
    json!({ "seats": { "seatsPerTimeSlot": 2, "showAttendeeInfo": shows, "showAvailabilityCount": true } })
}

on_both_engines! {
    /// BK-94
    async fn a_booking_can_be_read_to_be_moved(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let made = book(&server, &answering(&sent(id, 10), &json!({ "notes": "Second visit" }))).await;
        let made = made.accepted(201);
        let read = call(&server, "GET", &format!("/{}/reschedule", uid(made)), &json!({})).await;
        let expected = json!({
            "id": made["id"],
            "uid": made["uid"],
            "startTime": at("10:00"),
            "endTime": at("11:00"),
            "description": "Second visit",
            "customInputs": {},
            "responses": {
                "name": "Bo Guest",
                "email": "bo.guest@example.com",
                "guests": [],
                "location": { "value": "integrations:daily", "optionValue": "" },
                "notes": "Second visit",
            },
            "smsReminderNumber": null,
            "location": "integrations:daily",
            "eventTypeId": id,
            "status": "ACCEPTED",
            "eventType": {
                "disableRescheduling": false,
                "allowReschedulingPastBookings": false,
                "allowReschedulingCancelledBookings": false,
                "seatsPerTimeSlot": null,
            },
            "attendees": [{ "email": "bo.guest@example.com", "name": "Bo Guest", "bookingSeat": null }],
            "user": { "id": host.id, "username": format!("person-{}", host.id) },
        });
        assert_eq!(read.accepted(200), &expected);
        for unknown in ["nobody", "%00", "7"] {
            let read = call(&server, "GET", &format!("/{unknown}/reschedule"), &json!({})).await;
            assert!(read.refused(404).starts_with("Booking with UID="), "{}", read.text);
        }
    }

    /// BK-94, R8.3: whoever holds a seat sees it, and not the others.
    async fn a_seat_can_be_read_to_be_moved(server: TestServer) {
        for shows in [false, true] {
            let (host, id) = bookable(&server, &two_seats(shows)).await;
            let first = answering(&sent(id, 10), &json!({ "notes": "mine" }));
            let first = book(&server, &first).await;
            let second = book(&server, &sent_by(id, 10, "lea@mail.test")).await;
            let (first, second) = (first.accepted(201), second.accepted(201));
            let seat = first["seatReferenceUid"].as_str().unwrap();
            let read = call(&server, "GET", &format!("/{seat}/reschedule"), &json!({})).await;
            let data = read.accepted(200);
            assert_eq!((&data["uid"], &data["description"]), (&first["uid"], &json!("mine")));
            assert_eq!(data["attendees"].as_array().unwrap().len(), 1);
            assert_eq!(data["attendees"][0]["bookingSeat"]["referenceUid"], seat);
            assert_eq!(data["responses"]["email"], "bo.guest@example.com");
            let path = format!("/{}/reschedule", uid(second));
            let stranger = call(&server, "GET", &path, &json!({})).await;
            let seen = stranger.accepted(200)["attendees"].as_array().unwrap().len();
            assert_eq!(seen, if shows { 2 } else { 0 });
            let own = call_as(&server, &host.key, "GET", &path, &json!({})).await;
            assert_eq!(own.accepted(200)["attendees"].as_array().unwrap().len(), 2);
        }
    }

    /// 24.5, R14.1 to R14.7
    async fn the_host_marks_who_did_not_come(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let made = book(&server, &answering(&sent(id, 10), &json!({ "guests": ["lea@mail.test"] }))).await;
        let path = format!("/{}/mark-no-show", uid(made.accepted(201)));
        let mark = json!({ "noShowHost": true, "attendees": [
            { "email": "BO.guest@example.com", "noShow": true },
            { "email": "nobody@mail.test", "noShow": true },
        ] });
        let early = call_as(&server, &host.key, "POST", &path, &mark).await;
        assert!(early.refused(400).starts_with("Bookings can only be marked as absent after"));
        set_clock(&server, "2050-09-05T10:00:00Z".parse::<Timestamp>().unwrap());
        let other = Host::new(&server).await;
        assert_eq!(call(&server, "POST", &path, &mark).await.status, 403, "R6.3");
        assert_eq!(call_as(&server, &other.key, "POST", &path, &mark).await.status, 403);
        let before = effects(&server).await.len();
        let marked = call_as(&server, &host.key, "POST", &path, &mark).await;
        let data = marked.accepted(200);
        assert_eq!(data["noShowHost"], true);
        assert_eq!(data["attendees"], json!([{ "email": "bo.guest@example.com", "noShow": true }]));
        assert_eq!(effects(&server).await.split_off(before), ["webhook.BOOKING_NO_SHOW_UPDATED"]);
        // The host alone is told to nobody (R14.5).
        let cleared = call_as(&server, &host.key, "POST", &path, &json!({ "noShowHost": false })).await;
        assert_eq!(cleared.accepted(200)["attendees"], json!([]));
        assert_eq!(effects(&server).await.len(), before + 1);
        let unknown = call_as(&server, &host.key, "POST", "/nobody/mark-no-show", &mark).await;
        assert_eq!(unknown.refused(404), "Booking with UID=nobody does not exist.");
        for bad in [json!({ "noShowHost": 1 }), json!({ "attendees": [{ "email": "a@b.test" }] })] {
            assert_eq!(call_as(&server, &host.key, "POST", &path, &bad).await.status, 400, "{bad}");
        }
    }

    /// R14.5, 25.4: what is told is who, and nobody is told what they know.
    async fn a_mark_is_told_once_and_by_name(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let made = book(&server, &answering(&sent(id, 10), &json!({ "guests": ["lea@mail.test"] }))).await;
        let made = made.accepted(201);
        set_clock(&server, "2050-09-05T12:00:00Z".parse::<Timestamp>().unwrap());
        let path = format!("/{}/mark-no-show", uid(made));
        let mark = async |body: Value| {
            let answer = call_as(&server, &host.key, "POST", &path, &body).await;
            answer.accepted(200).clone()
        };
        let updated_at = async || {
            let read = crate::bookings::call(&server, "GET", &format!("/{}", uid(made)), &json!({})).await;
            read.accepted(200)["updatedAt"].clone()
        };
        let lea = json!({ "attendees": [{ "email": "lea@mail.test", "noShow": true }] });
        assert_eq!(mark(lea.clone()).await["attendees"], lea["attendees"]);
        assert_eq!(updated_at().await, "2050-09-05T12:00:00.000Z");
        assert_eq!(history(&server, made).await[1..], ["absence_marked: webhook.BOOKING_NO_SHOW_UPDATED"]);
        assert_eq!(latest_more(&server, made).await["attendees"], lea["attendees"]);
        set_clock(&server, "2050-09-05T13:00:00Z".parse::<Timestamp>().unwrap());
        assert_eq!(mark(lea.clone()).await["attendees"], lea["attendees"]);
        assert_eq!(updated_at().await, "2050-09-05T12:00:00.000Z");
        assert_eq!(history(&server, made).await.len(), 2);
        assert_eq!(mark(json!({ "noShowHost": true })).await["noShowHost"], true);
        assert_eq!(updated_at().await, "2050-09-05T13:00:00.000Z");
        assert_eq!(history(&server, made).await[2..], ["host_absence_marked: "]);
    }
}
