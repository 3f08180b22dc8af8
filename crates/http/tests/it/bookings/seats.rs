//! Bookings that several share (7.14).

use futures_util::future::join_all;
use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::{
    addresses, at, book, book_as, bookable, booked, call, call_as, change, check_tables, effects,
    facts, seats, stored, uid, wanted, wanted_by, with,
};
use crate::slots::set_clock;

on_both_engines! {
    /// BK-70, R7.55, R7.58, R3.3, R3.4, section 8.3
    async fn the_first_seat_makes_the_booking(server: TestServer) {
        let (_, id) = bookable(&server, &seats(2, true)).await;
        let body = with(&wanted(id, &at("10:00")), &json!({
            "metadata": { "a": 1 }, "bookingFieldsResponses": { "notes": "Hi", "other": 7 },
        }));
        let answer = book(&server, &body).await;
        let data = answer.accepted(201);
        let seat = data["seatUid"].as_str().unwrap();
        assert_eq!(uuid::Uuid::parse_str(seat).unwrap().get_version_num(), 4);
        assert_eq!(data["attendees"], json!([{
            "name": "Omar Haddad", "email": "omar@mail.test", "displayEmail": "omar@mail.test", "timeZone": "Europe/Berlin", "language": "en",
            "absent": false, "seatUid": seat, "metadata": { "a": 1 },
            "bookingFieldsResponses": { "name": "Omar Haddad", "notes": "Hi", "other": 7 },
        }]));
        for absent in ["guests", "bookingFieldsResponses", "metadata", "recurringBookingUid"] {
            assert!(data.get(absent).is_none(), "{absent} {data}");
        }
        assert_eq!(data["description"], Value::Null);
        let ics = data["icsUid"].as_str().unwrap();
        assert!(ics.ends_with("@Cal.com") && !ics.starts_with(data["uid"].as_str().unwrap()), "{ics}");
    }

    /// BK-71, BK-72, BK-73, R7.56, R7.57, R7.33
    async fn further_seats_join_it_until_it_is_full(server: TestServer) {
        let (_, id) = bookable(&server, &seats(2, true)).await;
        let first = booked(&server, id, &at("10:00")).await;
        let again = book(&server, &wanted_by(id, &at("10:00"), "OMAR@mail.test")).await;
        assert_eq!(again.refused(409), "already_signed_up_for_this_booking_error");
        assert_eq!((&again.body["statusCode"], &again.body["message"]), (&json!(409), &json!("already_signed_up_for_this_booking_error")));
        let second = book(&server, &wanted_by(id, &at("10:00"), "second@mail.test")).await;
        let second = second.accepted(201);
        assert_eq!((&second["id"], &second["uid"], &second["icsUid"]), (&first["id"], &first["uid"], &first["icsUid"]));
        assert_ne!(second["seatUid"], first["seatUid"]);
        assert_eq!(addresses(second), ["omar@mail.test", "second@mail.test"]);
        assert_eq!(second["attendees"][0], first["attendees"][0]);
        let full = book(&server, &wanted_by(id, &at("10:00"), "third@mail.test")).await;
        assert_eq!(full.refused(409), "No more seats left at this seated booking.");
        assert!(full.body.get("statusCode").is_none(), "{}", full.text);
        assert_eq!(stored(&server).await, 1);
        // The time beside it is the host's own.
        let _ = book(&server, &wanted_by(id, &at("10:30"), "third@mail.test")).await.refused(400);
    }

    /// R7.58
    async fn guests_cannot_come_along(server: TestServer) {
        let (_, id) = bookable(&server, &seats(2, true)).await;
        for start in [at("10:00"), at("10:00")] {
            let body = with(&wanted(id, &start), &json!({ "guests": ["lea@mail.test"] }));
            let _ = book(&server, &body).await.refused(400);
        }
        assert_eq!(stored(&server).await, 0);
    }

    /// BK-81, R8.3: the creation's part.
    async fn other_bookers_are_hidden_from_strangers_if_the_event_type_says_so(server: TestServer) {
        let (host, id) = bookable(&server, &seats(5, false)).await;
        let first = booked(&server, id, &at("10:00")).await;
        assert_eq!(first["attendees"], json!([]));
        assert!(first["seatUid"].is_string(), "{first}");
        let stranger = crate::slots::Host::new(&server).await;
        let second = book_as(&server, &stranger.key, &wanted_by(id, &at("10:00"), "second@mail.test")).await;
        assert_eq!(second.accepted(201)["attendees"], json!([]));
        let third = book_as(&server, &host.key, &wanted_by(id, &at("10:00"), "third@mail.test")).await;
        assert_eq!(addresses(third.accepted(201)), ["omar@mail.test", "second@mail.test", "third@mail.test"]);
    }

    /// BK-83, R7.45
    async fn parallel_joins_never_take_more_seats_than_there_are(server: TestServer) {
        let (_, id) = bookable(&server, &seats(3, true)).await;
        let bodies: Vec<Value> = (0..6).map(|at_once| wanted_by(id, &at("10:00"), &format!("booker-{at_once}@mail.test"))).collect();
        let answers = join_all(bodies.iter().map(|body| book(&server, body))).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 201, 201, 409, 409, 409]);
        assert_eq!(stored(&server).await, 1);
    }

    /// R7.60: whoever joins keeps notice and window, and the past stays past.
    async fn joining_is_bounded_by_notice_and_past(server: TestServer) {
        let (host, id) = bookable(&server, &with(&seats(5, true), &json!({ "minimumBookingNotice": 60 }))).await;
        booked(&server, id, &at("10:00")).await;
        set_clock(&server, "2050-09-05T09:30:00Z".parse().unwrap());
        let join = wanted_by(id, &at("10:00"), "second@mail.test");
        assert!(book(&server, &join).await.refused(400).starts_with("The event type can't be booked"));
        // The owner does not have to, and takes a seat of the same booking.
        let over = with(&join, &json!({ "overrideAvailability": true }));
        let joined = book_as(&server, &host.key, &over).await;
        assert_eq!(addresses(joined.accepted(201)), ["omar@mail.test", "second@mail.test"]);
        change(&host, id, &seats(2, true)).await;
        let full = with(&wanted_by(id, &at("10:00"), "third@mail.test"), &json!({ "overrideAvailability": true }));
        assert_eq!(book_as(&server, &host.key, &full).await.refused(409), "No more seats left at this seated booking.");
        assert_eq!(stored(&server).await, 1);
        set_clock(&server, "2050-09-05T10:00:01Z".parse().unwrap());
        assert_eq!(book(&server, &join).await.refused(400), "Attempting to book a meeting in the past.");
    }

    /// R7.60: the host's other limits do not count for whoever joins.
    async fn joining_is_not_bounded_by_limits(server: TestServer) {
        let (_, id) = bookable(&server, &with(&seats(3, true), &json!({ "bookingLimitsCount": { "day": 1 } }))).await;
        booked(&server, id, &at("10:00")).await;
        let _ = book(&server, &wanted_by(id, &at("10:00"), "second@mail.test")).await.accepted(201);
        assert_eq!(book(&server, &wanted_by(id, &at("12:00"), "third@mail.test")).await.refused(401), "booking_limit_reached");
    }

    /// R7.59, 23.2
    async fn a_seat_is_a_fact_of_its_own(server: TestServer) {
        let (_, id) = bookable(&server, &seats(2, true)).await;
        let first = booked(&server, id, &at("10:00")).await;
        let second = book(&server, &wanted_by(id, &at("10:00"), "second@mail.test")).await;
        let second = second.accepted(201);
        let facts = facts(&server, &first).await;
        assert_eq!(facts.iter().map(|fact| fact.kind.as_str()).collect::<Vec<_>>(), ["created", "seat_taken"]);
        assert_eq!(facts[0].snapshot["more"]["attendeeSeatId"], first["seatUid"]);
        assert_eq!(facts[1].snapshot["more"]["attendeeSeatId"], second["seatUid"]);
        assert_eq!(facts[1].snapshot["booking"]["attendees"].as_array().unwrap().len(), 2);
        let effects = effects(&server, &first).await;
        for expected in ["mail.scheduled", "mail.seat_taken"] {
            assert_eq!(effects.iter().filter(|effect| *effect == expected).count(), 1, "{effects:?}");
        }
        assert_eq!(effects.iter().filter(|effect| *effect == "webhook.BOOKING_CREATED").count(), 2, "{effects:?}");
    }

    /// R7.57: who has a seat hears that, also when there is none left.
    async fn who_has_a_seat_of_a_full_booking_hears_that(server: TestServer) {
        let (_, id) = bookable(&server, &seats(1, true)).await;
        booked(&server, id, &at("10:00")).await;
        let again = book(&server, &wanted_by(id, &at("10:00"), "OMAR@mail.test")).await;
        assert_eq!(again.refused(409), "already_signed_up_for_this_booking_error");
        let full = book(&server, &wanted_by(id, &at("10:00"), "second@mail.test")).await;
        assert_eq!(full.refused(409), "No more seats left at this seated booking.");
    }

    /// R12.4, R12.6: nobody is left in it who could be moved.
    async fn a_shared_booking_that_was_cancelled_is_not_moved(server: TestServer) {
        let fields = with(&seats(2, true), &json!({ "allowReschedulingCancelledBookings": true }));
        let (host, id) = bookable(&server, &fields).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let path = |action: &str| format!("/{}/{action}", uid(&booking));
        let reason = json!({ "cancellationReason": "Ill" });
        let _ = call_as(&server, &host.key, "POST", &path("cancel"), &reason).await.accepted(200);
        let before = facts(&server, &booking).await;
        for body in [json!({ "start": at("12:00") }), json!({ "start": at("12:00"), "seatUid": booking["seatUid"] })] {
            let refused = call_as(&server, &host.key, "POST", &path("reschedule"), &body).await;
            assert!(refused.refused(400).starts_with("Can't reschedule booking with uid="), "{}", refused.text);
        }
        assert_eq!(facts(&server, &booking).await, before);
        check_tables(&server).await;
    }

    /// R11.13, R3.4: its calendar's event is removed, at a higher sequence.
    async fn a_booking_that_everybody_left_is_cancelled_in_calendars(server: TestServer) {
        let (_, id) = bookable(&server, &seats(2, true)).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let body = json!({ "start": at("12:00"), "seatUid": booking["seatUid"] });
        let _ = call(&server, "POST", &format!("/{}/reschedule", uid(&booking)), &body).await.accepted(201);
        let facts = facts(&server, &booking).await;
        let last = facts.last().unwrap();
        assert_eq!((last.kind.as_str(), &last.snapshot["iCalSequence"]), ("emptied", &json!(1)));
    }
}
