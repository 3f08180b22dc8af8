//! `POST /v2/bookings/{bookingUid}/reschedule` (section 11).

use serde_json::{Value, json};
use slotd_testkit::{TestBooking, TestServer, on_both_engines};

use super::{
    DAY, approval, at, book, bookable, booked, call, call_as, change, check_tables, effects,
    managed, seats, uid, wanted_by, weekly, with,
};
use crate::slots::{hours, set_clock};

/// What an event type that keeps its bookings where they are says.
const KEPT: &str = "This event type does not allow rescheduling";

/// Moves a booking, as nobody.
pub(super) async fn moved(server: &TestServer, booking: &str, body: &Value) -> Value {
    let answer = call(server, "POST", &format!("/{booking}/reschedule"), body).await;
    answer.accepted(201).clone()
}

async fn refused(server: &TestServer, booking: &str, body: &Value, status: u16) -> String {
    let answer = call(server, "POST", &format!("/{booking}/reschedule"), body).await;
    answer.refused(status).to_owned()
}

on_both_engines! {
    /// BK-147, BK-153, BK-157, R11.1, R11.10
    async fn a_new_booking_takes_the_place_of_the_old_one(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let old = booked(&server, id, &at("10:00")).await;
        let body = json!({ "start": at("14:00"), "reschedulingReason": "Train late" });
        let new = moved(&server, uid(&old), &body).await;
        assert_ne!(new["uid"], old["uid"]);
        assert_eq!(new["status"], "accepted");
        assert_eq!(new["rescheduledFromUid"], old["uid"]);
        assert_eq!(new["reschedulingReason"], "Train late");
        assert_eq!(new["rescheduledByEmail"], "omar@mail.test");
        assert_eq!((&new["start"], &new["end"]), (&json!(at("14:00")), &json!(at("15:00"))));
        assert_eq!(new["attendees"], old["attendees"]);
        assert_eq!(new["icsUid"], old["icsUid"]);
        assert_eq!(effects(&server, &old).await, ["mail.scheduled", "webhook.BOOKING_CREATED"], "told already");
        assert!(effects(&server, &new).await.contains(&"calendar.update".to_owned()));
        let free = hours(&server, id, DAY).await;
        assert!(free.contains(&"10:00".to_owned()) && !free.contains(&"14:00".to_owned()));
    }

    /// BK-149
    async fn what_was_cancelled_or_moved_cannot_be_moved(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let old = booked(&server, id, &at("10:00")).await;
        let new = moved(&server, uid(&old), &json!({ "start": at("11:00") })).await;
        let (old, new) = (uid(&old), uid(&new));
        assert_eq!(
            refused(&server, old, &json!({ "start": at("12:00") }), 400).await,
            format!("Can't reschedule booking with uid={old} because it has been cancelled and rescheduled already to booking with uid={new}. You probably want to reschedule {new} instead by passing it within the request URL.")
        );
        let _ = call(&server, "POST", &format!("/{new}/cancel"), &json!({})).await.accepted(200);
        assert_eq!(
            refused(&server, new, &json!({ "start": at("12:00") }), 400).await,
            format!("Can't reschedule booking with uid={new} because it has been cancelled. Please provide uid of a booking that is not cancelled.")
        );
        let unknown = refused(&server, "nobody", &json!({ "start": at("12:00") }), 404).await;
        assert_eq!(unknown, "Booking with uid=nobody was not found in the database");
    }

    /// BK-151, R11.5
    async fn its_own_time_is_not_in_its_way(server: TestServer) {
        let (_, id) = bookable(&server, &json!({ "slotInterval": 15 })).await;
        let old = booked(&server, id, &at("10:00")).await;
        booked(&server, id, &at("13:00")).await;
        let same = moved(&server, uid(&old), &json!({ "start": at("10:00") })).await;
        let near = moved(&server, uid(&same), &json!({ "start": at("10:15") })).await;
        let busy = refused(&server, uid(&near), &json!({ "start": at("12:30") }), 400).await;
        assert_eq!(busy, "User either already has booking at this time or is not available");
        let again = moved(&server, uid(&near), &json!({ "start": at("10:30") })).await;
        assert_eq!(again["status"], "accepted");
    }

    /// BK-152, BK-155, R7.42, R11.3, R11.4
    async fn who_moves_decides_about_approval(server: TestServer) {
        let policy = json!({ "confirmationPolicy": {
            "type": "always", "blockUnconfirmedBookingsInBooker": false,
        } });
        let (host, id) = bookable(&server, &policy).await;
        let old = booked(&server, id, &at("10:00")).await;
        assert_eq!(old["status"], "pending");
        let new = moved(&server, uid(&old), &json!({ "start": at("11:00") })).await;
        assert_eq!(new["status"], "pending");
        let by = json!({ "start": at("12:00"), "rescheduledBy": "omar@mail.test" });
        let new = moved(&server, uid(&new), &by).await;
        assert_eq!(new["status"], "pending");
        let email = new["hosts"][0]["email"].clone();
        let new = moved(&server, uid(&new), &json!({ "start": at("13:00"), "rescheduledBy": email })).await;
        assert_eq!(new["status"], "accepted");
        let by_key = call_as(&server, &host.key, "POST", &format!("/{}/reschedule", uid(&new)), &json!({ "start": at("14:00") })).await;
        assert_eq!(by_key.accepted(201)["status"], "accepted");
        assert_eq!(by_key.accepted(201)["attendees"], old["attendees"], "R11.3");
    }

    /// BK-75, BK-76, BK-77, R11.11 to R11.13, R11.15
    async fn a_seat_moves_alone(server: TestServer) {
        let seats = json!({ "seats": { "seatsPerTimeSlot": 2, "showAttendeeInfo": true, "showAvailabilityCount": true } });
        let (_, id) = bookable(&server, &seats).await;
        let seat = async |start: &str, email: &str| {
            book(&server, &wanted_by(id, start, email)).await.accepted(201).clone()
        };
        let first = seat(&at("10:00"), "a@mail.test").await;
        let second = seat(&at("10:00"), "b@mail.test").await;
        assert_eq!(first["uid"], second["uid"]);
        assert!(refused(&server, uid(&first), &json!({ "start": at("11:00") }), 400).await.starts_with(
            &format!("Booking with uid={} is a seated booking which means you have to provide seatUid", uid(&first))
        ));
        let body = json!({ "start": at("11:00"), "seatUid": first["seatUid"] });
        let moved_first = moved(&server, uid(&first), &body).await;
        assert_ne!(moved_first["uid"], first["uid"]);
        assert_ne!(moved_first["seatUid"], first["seatUid"]);
        assert_eq!(moved_first["attendees"].as_array().unwrap().len(), 1);
        assert_eq!(moved_first["attendees"][0]["email"], "a@mail.test");
        // Into a booking that is there.
        let body = json!({ "start": at("11:00"), "seatUid": second["seatUid"] });
        let joined = moved(&server, uid(&second), &body).await;
        assert_eq!(joined["uid"], moved_first["uid"]);
        assert_eq!(joined["seatUid"], second["seatUid"]);
        assert_eq!(joined["attendees"].as_array().unwrap().len(), 2);
        assert!(effects(&server, &joined).await.contains(&"mail.seat_moved".to_owned()), "R11.15");
        let third = seat(&at("12:00"), "c@mail.test").await;
        let body = json!({ "start": at("11:00"), "seatUid": third["seatUid"] });
        assert_eq!(refused(&server, uid(&third), &body, 409).await, "not_enough_available_seats_error");
        assert!(hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
        let body = json!({ "start": at("13:00"), "seatUid": "1f7a3a36-7d3c-4b8e-9e39-0f4a4c9f0000" });
        assert!(refused(&server, uid(&third), &body, 404).await.starts_with("Seat with uid="));
    }

    /// BK-77, R11.12, R11.14
    async fn a_booking_that_is_full_is_not_moved_into(server: TestServer) {
        let (host, id) = bookable(&server, &seats(1, true)).await;
        let seat = async |start: &str, email: &str| {
            book(&server, &wanted_by(id, start, email)).await.accepted(201).clone()
        };
        seat(&at("10:00"), "a@mail.test").await;
        let other = seat(&at("11:00"), "b@mail.test").await;
        let double = seat(&at("12:00"), "A@mail.test").await;
        let path = |booking: &Value| format!("/{}/reschedule", uid(booking));
        for (booking, text) in [
            (&other, "not_enough_available_seats_error"),
            (&double, "already_signed_up_for_this_booking_error"),
        ] {
            let body = json!({ "start": at("10:00"), "seatUid": booking["seatUid"] });
            let full = call(&server, "POST", &path(booking), &body).await;
            assert_eq!(full.refused(409), text);
            assert_eq!((&full.body["statusCode"], &full.body["message"]), (&json!(409), &json!(text)));
        }
        let whole = call_as(&server, &host.key, "POST", &path(&other), &json!({ "start": at("10:00") })).await;
        assert_eq!(whole.refused(409), "not_enough_available_seats_error");
        assert_eq!(whole.body["statusCode"], json!(409));
    }

    /// BK-82, R11.14
    async fn the_organizer_moves_everybody(server: TestServer) {
        let seats = json!({ "seats": { "seatsPerTimeSlot": 2, "showAttendeeInfo": true, "showAvailabilityCount": true } });
        let (host, id) = bookable(&server, &seats).await;
        let booking = book(&server, &wanted_by(id, &at("10:00"), "a@mail.test")).await.accepted(201).clone();
        let _ = book(&server, &wanted_by(id, &at("10:00"), "b@mail.test")).await.accepted(201);
        let path = format!("/{}/reschedule", uid(&booking));
        let all = call_as(&server, &host.key, "POST", &path, &json!({ "start": at("14:00") })).await;
        let all = all.accepted(201);
        assert_eq!((&all["uid"], &all["start"]), (&booking["uid"], &json!(at("14:00"))));
        assert_eq!(all["attendees"].as_array().unwrap().len(), 2);
        let other = book(&server, &wanted_by(id, &at("15:00"), "b@mail.test")).await.accepted(201).clone();
        let path = format!("/{}/reschedule", uid(&other));
        let merged = call_as(&server, &host.key, "POST", &path, &json!({ "start": at("14:00") })).await;
        assert_eq!(merged.status, 409, "{}", merged.text);
    }

    /// BK-148, R11.6
    async fn one_booking_of_a_series_moves_alone(server: TestServer) {
        let (_, id) = bookable(&server, &weekly(3)).await;
        let made = booked(&server, id, &at("10:00")).await;
        let second = &made[1];
        let new = moved(&server, uid(second), &json!({ "start": "2050-09-12T14:00:00Z" })).await;
        assert_eq!(new["recurringBookingUid"], second["recurringBookingUid"]);
        let series = second["recurringBookingUid"].as_str().unwrap();
        let all = call(&server, "GET", &format!("/{series}"), &json!({})).await;
        let all = all.accepted(200).as_array().unwrap();
        let statuses: Vec<&str> = all.iter().map(|it| it["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, ["accepted", "cancelled", "accepted", "accepted"]);
    }

    /// BK-150, R11.8
    async fn answers_that_are_missing_are_the_attendees(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = TestBooking::new(host.id, id, &at("10:00"), &at("11:00"));
        let (_, old) = server.new_booking(&booking).await;
        let new = moved(&server, &old, &json!({ "start": at("14:00") })).await;
        let answers = &new["bookingFieldsResponses"];
        assert_eq!((&answers["name"], &answers["email"]), (&json!("Somebody"), &json!("stranger-0@example.org")));
    }

    /// BK-156, R11.2
    async fn a_moved_booking_is_as_long_as_before(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let old = booked(&server, id, &at("10:00")).await;
        change(&host, id, &json!({ "lengthInMinutes": 30 })).await;
        let new = moved(&server, uid(&old), &json!({ "start": at("12:00") })).await;
        assert_eq!((&new["duration"], &new["end"]), (&json!(60), &json!(at("13:00"))));
    }

    /// R11.9, section 4, 25.6: an accepted booking that becomes a request is in no calendar.
    async fn a_move_that_has_to_be_approved_removes_the_event(server: TestServer) {
        let (host, id) = bookable(&server, &approval(false)).await;
        let old = booked(&server, id, &at("10:00")).await;
        let _ = call_as(&server, &host.key, "POST", &format!("/{}/confirm", uid(&old)), &json!({})).await.accepted(200);
        // The calendar has it.
        server.database.run_sql("delete from outbox where effect like 'calendar.%' or effect like 'conferencing.%'").await;
        let new = moved(&server, uid(&old), &json!({ "start": at("12:00") })).await;
        assert_eq!(new["status"], "pending");
        let left = effects(&server, &old).await;
        for due in ["calendar.delete", "conferencing.delete"] {
            assert!(left.contains(&due.to_owned()), "{left:?}");
        }
        // Moved while it waits, there is none to remove.
        let again = moved(&server, uid(&new), &json!({ "start": at("14:00") })).await;
        assert!(!effects(&server, &new).await.contains(&"calendar.delete".to_owned()));
        let _ = call_as(&server, &host.key, "POST", &format!("/{}/confirm", uid(&again)), &json!({})).await.accepted(200);
        assert!(effects(&server, &again).await.contains(&"calendar.create".to_owned()));
    }

    /// Section 11, `disableRescheduling`
    async fn an_event_type_can_forbid_it(server: TestServer) {
        for fields in [json!({}), seats(2, true)] {
            let fields = with(&fields, &json!({ "disableRescheduling": { "disabled": true } }));
            let (host, id) = bookable(&server, &fields).await;
            let old = booked(&server, id, &at("10:00")).await;
            let mut body = json!({ "start": at("14:00") });
            if let Some(seat) = old.get("seatUid") {
                body["seatUid"] = seat.clone();
            }
            assert_eq!(refused(&server, uid(&old), &body, 400).await, KEPT);
            let by_host = call_as(&server, &host.key, "POST", &format!("/{}/reschedule", uid(&old)), &body).await;
            assert_eq!(by_host.refused(400), KEPT);
            let read = call(&server, "GET", &format!("/{}", uid(&old)), &json!({})).await;
            assert_eq!((&read.accepted(200)["status"], &read.accepted(200)["start"]), (&json!("accepted"), &old["start"]));
            change(&host, id, &json!({ "disableRescheduling": { "disabled": false } })).await;
            moved(&server, uid(&old), &body).await;
        }
    }

    /// Section 11, `disableRescheduling.minutesBefore`
    async fn shortly_before_it_starts_it_is_too_late(server: TestServer) {
        let (_, id) = bookable(&server, &json!({ "disableRescheduling": { "minutesBefore": 120 } })).await;
        let old = booked(&server, id, &at("12:00")).await;
        set_clock(&server, at("10:00").parse().unwrap());
        let new = moved(&server, uid(&old), &json!({ "start": at("14:00") })).await;
        set_clock(&server, "2050-09-05T12:00:01Z".parse().unwrap());
        assert_eq!(refused(&server, uid(&new), &json!({ "start": at("16:00") }), 400).await, KEPT);
    }

    /// Section 11, `allowReschedulingPastBookings`
    async fn what_is_over_moves_only_where_that_is_allowed(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let old = booked(&server, id, &at("10:00")).await;
        // It has begun, and is not over.
        set_clock(&server, "2050-09-05T10:59:59Z".parse().unwrap());
        let new = moved(&server, uid(&old), &json!({ "start": at("11:00") })).await;
        set_clock(&server, at("12:00").parse().unwrap());
        let body = json!({ "start": at("14:00") });
        assert_eq!(refused(&server, uid(&new), &body, 400).await, KEPT);
        change(&host, id, &json!({ "allowReschedulingPastBookings": true })).await;
        let again = moved(&server, uid(&new), &body).await;
        assert_eq!((&again["start"], &again["rescheduledFromUid"]), (&json!(at("14:00")), &new["uid"]));
    }

    /// R12.4, `allowReschedulingCancelledBookings`: once, and only what was not moved.
    async fn what_was_cancelled_moves_only_where_that_is_allowed(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let old = booked(&server, id, &at("10:00")).await;
        let _ = call(&server, "POST", &format!("/{}/cancel", uid(&old)), &json!({})).await.accepted(200);
        let body = json!({ "start": at("14:00") });
        let text = refused(&server, uid(&old), &body, 400).await;
        assert_eq!(text, format!("Can't reschedule booking with uid={} because it has been cancelled. Please provide uid of a booking that is not cancelled.", uid(&old)));
        change(&host, id, &json!({ "allowReschedulingCancelledBookings": true })).await;
        let new = moved(&server, uid(&old), &body).await;
        assert_eq!((&new["status"], &new["rescheduledFromUid"]), (&json!("accepted"), &old["uid"]));
        let read = call(&server, "GET", &format!("/{}", uid(&old)), &json!({})).await;
        assert_eq!((&read.accepted(200)["status"], &read.accepted(200)["rescheduledToUid"]), (&json!("cancelled"), &new["uid"]));
        let again = refused(&server, uid(&old), &json!({ "start": at("16:00") }), 400).await;
        assert!(again.contains("has been cancelled and rescheduled already"), "{again}");
        check_tables(&server).await;
    }

    /// BK-152, R11.4: in either form of their address.
    async fn a_managed_host_needs_no_approval_of_their_own(server: TestServer) {
        let world = server.world().await;
        let (_, id) = managed(&server, &world, "host@klinik.test", &approval(false)).await;
        let mut booking = booked(&server, id, &at("09:00")).await;
        let host = booking["hosts"][0].clone();
        assert_ne!(host["email"], host["displayEmail"]);
        for (start, by, status) in [
            ("10:00", &host["displayEmail"], "accepted"),
            ("11:00", &json!("omar@mail.test"), "pending"),
            ("12:00", &host["email"], "accepted"),
        ] {
            booking = moved(&server, uid(&booking), &json!({ "start": at(start), "rescheduledBy": by })).await;
            assert_eq!(booking["status"], status, "{by}");
        }
    }
}
