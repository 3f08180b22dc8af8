//! Series (7.14).

use serde_json::{Value, json};
use slotd_http::{App, Settings};
use slotd_testkit::{Engine, Tables, TestBooking, TestServer, on_both_engines};

use super::{
    approval, at, book, bookable, booked, call, call_as, check_tables, effects, facts, latest_more,
    seats, stored, uid, wanted, weekly, with,
};
use crate::slots::set_clock;

/// A server that looks at the first booking of a series only.
struct Lax(TestServer);

impl Lax {
    async fn start(engine: Engine) -> Option<Self> {
        let mut settings: Settings = TestServer::settings();
        settings.bookings.checks_whole_series = false;
        TestServer::start_with(engine, settings, axum::Router::<App>::new()).await.map(Self)
    }
}

fn starts(data: &Value) -> Vec<&str> {
    data.as_array().unwrap().iter().map(|booking| booking["start"].as_str().unwrap()).collect()
}

/// What is in the way of the third booking of a weekly series.
fn third(host: i32, id: i32) -> TestBooking {
    TestBooking::new(host, id, "2050-09-19T10:30:00Z", "2050-09-19T11:30:00Z")
}

on_both_engines! {
    /// BK-58, R7.49, R7.51, section 8.2
    async fn a_series_is_an_array_of_bookings(server: TestServer) {
        let (_, id) = bookable(&server, &weekly(3)).await;
        let body = with(&wanted(id, &at("10:00")), &json!({ "guests": ["lea@mail.test"], "metadata": { "a": 1 } }));
        let answer = book(&server, &body).await;
        let data = answer.accepted(201);
        assert_eq!(starts(data), [at("10:00"), "2050-09-12T10:00:00.000Z".to_owned(), "2050-09-19T10:00:00.000Z".to_owned()]);
        let all = data.as_array().unwrap();
        let distinct = |key: &str| {
            let mut values: Vec<String> = all.iter().map(|booking| booking[key].to_string()).collect();
            values.sort();
            values.dedup();
            values.len()
        };
        assert_eq!([distinct("uid"), distinct("id"), distinct("icsUid"), distinct("recurringBookingUid")], [3, 3, 3, 1]);
        let series = all[0]["recurringBookingUid"].as_str().unwrap();
        assert_eq!(uuid::Uuid::parse_str(series).unwrap().get_version_num(), 4);
        for booking in all {
            assert_eq!((&booking["status"], &booking["duration"]), (&json!("accepted"), &json!(60)));
            assert_eq!((&booking["guests"], &booking["metadata"]), (&json!(["lea@mail.test"]), &json!({ "a": 1 })));
            assert_eq!(booking["attendees"].as_array().unwrap().len(), 2);
        }
    }

    /// BK-59, R7.49
    async fn a_series_can_be_shorter_but_not_longer(server: TestServer) {
        let (host, id) = bookable(&server, &weekly(3)).await;
        let of = |hour: &str, count: Value| with(&wanted(id, &at(hour)), &json!({ "recurrenceCount": count }));
        for count in [4, 1000, i32::MAX] {
            let refused = book(&server, &of("10:00", json!(count))).await;
            assert_eq!(refused.refused(400), "Provided recurrence count is higher than the event type's recurring event count.");
        }
        for count in [json!(0), json!(-1), json!(1.5), json!("2"), json!(1_000_000_000_000_u64)] {
            assert!(book(&server, &of("10:00", count)).await.refused(400).contains("recurrenceCount"));
        }
        assert_eq!(stored(&server).await, 0);
        for (hour, count) in [("10:00", 2), ("11:00", 3), ("12:00", 1)] {
            let answer = book(&server, &of(hour, json!(count))).await;
            assert_eq!(answer.accepted(201).as_array().unwrap().len(), count);
        }
        // Of an event type without a series it says nothing.
        let single = host.event_type("single", &json!({})).await;
        let one = with(&wanted(single, &at("15:00")), &json!({ "recurrenceCount": 1000 }));
        assert!(book(&server, &one).await.accepted(201).is_object());
    }

    /// BK-60, R7.50
    async fn a_series_keeps_the_attendees_wall_clock(server: TestServer) {
        let (_, id) = bookable(&server, &weekly(3)).await;
        let mut body = wanted(id, "2026-10-22T13:00:00Z");
        body["attendee"]["timeZone"] = json!("America/New_York");
        let answer = book(&server, &body).await;
        assert_eq!(
            starts(answer.accepted(201)),
            ["2026-10-22T13:00:00.000Z", "2026-10-29T13:00:00.000Z", "2026-11-05T14:00:00.000Z"]
        );
    }

    /// BK-61, R7.52
    async fn a_series_is_made_as_a_whole_or_not_at_all(server: TestServer) {
        let (host, id) = bookable(&server, &weekly(4)).await;
        server.new_booking(&third(host.id, id)).await;
        let before = stored(&server).await;
        let refused = book(&server, &wanted(id, &at("10:00"))).await;
        assert_eq!(refused.refused(400), "User either already has booking at this time or is not available");
        let details = &refused.body["error"]["details"];
        assert_eq!(details["conflicts"], json!(["2050-09-19T10:00:00.000Z"]));
        assert_eq!(details["reason"], "booking");
        assert_eq!(stored(&server).await, before);
        // Every start that is not free is named.
        server.new_booking(&TestBooking::new(host.id, id, "2050-09-05T10:00:00Z", "2050-09-05T11:00:00Z")).await;
        let refused = book(&server, &wanted(id, &at("10:00"))).await;
        assert_eq!(refused.body["error"]["details"]["conflicts"], json!([at("10:00"), "2050-09-19T10:00:00.000Z"]));
        let _ = refused.refused(400);
    }

    /// R7.52: limits count the bookings of the series itself.
    async fn a_series_that_breaks_its_own_limit_is_refused(server: TestServer) {
        let (_, id) = bookable(&server, &with(&weekly(4), &json!({ "bookingLimitsCount": { "month": 3 } }))).await;
        let refused = book(&server, &wanted(id, &at("10:00"))).await;
        assert_eq!(refused.refused(401), "booking_limit_reached");
        assert_eq!(refused.body["error"]["details"]["conflicts"], json!(["2050-09-26T10:00:00.000Z"]));
        assert_eq!(stored(&server).await, 0);
        let short = with(&wanted(id, &at("10:00")), &json!({ "recurrenceCount": 3 }));
        assert_eq!(book(&server, &short).await.accepted(201).as_array().unwrap().len(), 3);
    }

    /// BK-61, the other position of the switch.
    async fn only_the_first_booking_need_be_free_if_the_operator_says_so(lax: Lax) {
        let server = lax.0;
        let (host, id) = bookable(&server, &weekly(3)).await;
        let _ = host.event_type("other", &json!({})).await;
        // Through the API, so that the second line of defence knows of it.
        let single = host.event_type("single", &json!({ "minimumBookingNotice": 0 })).await;
        let _ = book(&server, &wanted(single, "2050-09-19T10:00:00Z")).await.accepted(201);
        assert_eq!(book(&server, &wanted(id, &at("10:00"))).await.accepted(201).as_array().unwrap().len(), 3);
        let _ = book(&server, &wanted(id, &at("10:30"))).await.refused(400);
    }

    /// BK-62, R7.53: mails once, with the rule for calendars; webhooks for each.
    async fn a_series_is_told_once(server: TestServer) {
        let (_, id) = bookable(&server, &weekly(3)).await;
        let answer = book(&server, &wanted(id, &at("10:00"))).await;
        for (place, booking) in answer.accepted(201).as_array().unwrap().iter().enumerate() {
            let effects = effects(&server, booking).await;
            let mails: Vec<&String> = effects.iter().filter(|effect| effect.starts_with("mail.")).collect();
            assert_eq!(mails, if place == 0 { vec!["mail.scheduled"] } else { vec![] }, "{effects:?}");
            assert!(effects.contains(&"webhook.BOOKING_CREATED".to_owned()), "{effects:?}");
            let facts = facts(&server, booking).await;
            let [fact] = facts.as_slice() else { panic!("{facts:?}") };
            assert_eq!(fact.kind, "created");
            assert_eq!(fact.snapshot["more"]["recurrenceRule"], "FREQ=WEEKLY;INTERVAL=1;COUNT=3");
            assert_eq!(fact.snapshot["booking"]["uid"], booking["uid"]);
        }
    }

    /// R13.2, R7.51, R12.8: what is told of a series says its rule, and how much was called off.
    async fn facts_of_a_series_tell_of_all_of_it(server: TestServer) {
        let (host, id) = bookable(&server, &with(&weekly(3), &approval(false))).await;
        let made = booked(&server, id, &at("10:00")).await;
        let all = made.as_array().unwrap();
        let series = all[0]["recurringBookingUid"].as_str().unwrap();
        let _ = call_as(&server, &host.key, "POST", &format!("/{series}/confirm"), &json!({})).await.accepted(200);
        for booking in all {
            assert_eq!(latest_more(&server, booking).await, json!({ "recurrenceRule": "FREQ=WEEKLY;INTERVAL=1;COUNT=3" }));
        }
        let _ = call(&server, "POST", &format!("/{series}/cancel"), &json!({})).await.accepted(200);
        for booking in all {
            assert_eq!(latest_more(&server, booking).await, json!({ "which": "allRemaining" }));
        }
    }

    /// R12.7: a seat is given up in one occurrence, and nothing else is cancelled by that.
    async fn a_seat_of_a_series_cancels_nothing_else(server: TestServer) {
        let (host, id) = bookable(&server, &weekly(2)).await;
        let data = booked(&server, id, &at("10:00")).await;
        let shared = host.event_type("shared", &with(&seats(2, true), &json!({ "minimumBookingNotice": 0 }))).await;
        let other = booked(&server, shared, &at("14:00")).await;
        let series = data[0]["recurringBookingUid"].as_str().unwrap();
        let missing = "Invalid seatUid: this seat does not exist or has already been cancelled.";
        let foreign = "Invalid seatUid: this seat does not belong to this booking.";
        let unknown = "4b4ad1ae-5f3c-4a43-a9c5-5a86ee33cd50";
        let single = format!("Booking with bookingUid={} is not part of a recurring booking.", uid(&other));
        for (path, body, expected) in [
            (series, json!({ "seatUid": unknown }), missing),
            (series, json!({ "seatUid": other["seatUid"] }), foreign),
            (uid(&data[0]), json!({ "seatUid": unknown, "cancelSubsequentBookings": true }), missing),
            (uid(&other), json!({ "seatUid": other["seatUid"], "cancelSubsequentBookings": true }), single.as_str()),
        ] {
            let refused = call(&server, "POST", &format!("/{path}/cancel"), &body).await;
            assert_eq!(refused.refused(400), expected, "{path} {body}");
        }
        let none = call(&server, "POST", &format!("/{unknown}/cancel"), &json!({ "seatUid": unknown })).await;
        assert_eq!(none.refused(404), format!("Booking with uid={unknown} not found"));
        let tables = Tables::open(&server.database.options.location).await;
        assert_eq!(tables.column("select status from booking").await, ["accepted"; 3]);
    }

    /// Section 12: a series of which nothing stands any more was cancelled.
    async fn a_series_is_cancelled_once(server: TestServer) {
        let (_, id) = bookable(&server, &weekly(2)).await;
        let data = booked(&server, id, &at("10:00")).await;
        let (series, second) = (data[0]["recurringBookingUid"].as_str().unwrap(), uid(&data[1]));
        let subsequent = json!({ "cancelSubsequentBookings": true });
        let _ = call(&server, "POST", &format!("/{second}/cancel"), &subsequent).await.accepted(200);
        let again = call(&server, "POST", &format!("/{second}/cancel"), &subsequent).await;
        let text = |uid: &str| format!(
            "Can't cancel booking with uid={uid} because it has been cancelled already. Please provide uid of a booking that is not cancelled."
        );
        assert_eq!(again.refused(400), text(second));
        let _ = call(&server, "POST", &format!("/{series}/cancel"), &json!({})).await.accepted(200);
        assert_eq!(call(&server, "POST", &format!("/{series}/cancel"), &json!({})).await.refused(400), text(series));
    }

    /// R7.41, R7.53: the first start decides for the whole series, so that one mail tells of it.
    async fn a_series_waits_for_its_host_as_a_whole(server: TestServer) {
        let threshold = json!({ "confirmationPolicy": {
            "type": "time", "noticeThreshold": { "unit": "hours", "count": 24 }, "blockUnconfirmedBookingsInBooker": false,
        } });
        let (_, id) = bookable(&server, &with(&weekly(3), &threshold)).await;
        set_clock(&server, "2050-09-05T08:00:00Z".parse().unwrap());
        let soon = booked(&server, id, &at("10:00")).await;
        let later = booked(&server, id, "2050-09-12T12:00:00.000Z").await;
        for (data, status) in [(soon, "pending"), (later, "accepted")] {
            let data = data.as_array().unwrap();
            assert_eq!(data.iter().map(|it| it["status"].as_str().unwrap()).collect::<Vec<_>>(), [status; 3]);
        }
        check_tables(&server).await;
    }
}
