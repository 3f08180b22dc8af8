//! `POST /v2/bookings/{bookingUid}/cancel` (section 12).

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_testkit::{Answer, TestServer, on_both_engines};

use super::{
    CURRENT, DAY, approval, at, book, bookable, booked, call, call_as, check_tables, effects,
    facts, managed, uid, wanted, wanted_by, weekly, with,
};
use crate::slots::{Host, hold, hours, set_clock};

async fn cancel(server: &TestServer, booking: &str, body: &Value) -> Answer {
    call(server, "POST", &format!("/{booking}/cancel"), body).await
}

fn series() -> Value {
    json!({ "recurrence": { "frequency": "weekly", "interval": 1, "occurrences": 4 } })
}

fn seats() -> Value {
    json!({ "seats": { "seatsPerTimeSlot": 3, "showAttendeeInfo": true, "showAvailabilityCount": true } })
}

fn statuses(series: &Value) -> Vec<&str> {
    series.as_array().unwrap().iter().map(|it| it["status"].as_str().unwrap()).collect()
}

on_both_engines! {
    /// BK-158, BK-159, BK-160, BK-167, BK-168
    async fn a_cancelled_booking_frees_its_time(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let _ = hold(&server, id, &at("10:00")).await.refused(422);
        let answer = cancel(&server, uid(&booking), &json!({ "cancellationReason": "Ill" })).await;
        let data = answer.accepted(200);
        assert_eq!((&data["status"], &data["cancellationReason"]), (&json!("cancelled"), &json!("Ill")));
        let again = cancel(&server, uid(&booking), &json!({})).await;
        assert_eq!(again.refused(400), format!(
            "Can't cancel booking with uid={} because it has been cancelled already. Please provide uid of a booking that is not cancelled.",
            uid(&booking)
        ));
        assert!(hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
        let _ = hold(&server, id, &at("10:00")).await.accepted(201);
        let booking = booked(&server, id, &at("10:00")).await;
        let without_body = server.call("POST", &format!("/v2/bookings/{}/cancel", uid(&booking)))
            .header("cal-api-version", CURRENT).send().await;
        assert_eq!(without_body.accepted(200)["status"], "cancelled");
        let unknown = cancel(&server, "nobody", &json!({})).await;
        assert_eq!(unknown.refused(404), "Booking with uid=nobody not found");
    }

    /// BK-162, BK-163, R12.1
    async fn a_series_is_cancelled_from_somewhere_on(server: TestServer) {
        let (_, id) = bookable(&server, &series()).await;
        let made = booked(&server, id, &at("10:00")).await;
        let all = made.as_array().unwrap();
        let third = uid(&all[2]);
        let answer = cancel(&server, third, &json!({ "cancelSubsequentBookings": true })).await;
        let data = answer.accepted(200);
        assert_eq!(statuses(data), ["accepted", "accepted", "cancelled", "cancelled"]);
        let series = all[0]["recurringBookingUid"].as_str().unwrap();
        let both = cancel(&server, series, &json!({ "cancelSubsequentBookings": true })).await;
        assert_eq!(
            both.refused(400),
            "Cannot cancel subsequent bookings for recurring event - you have to provide uid of one of the individual bookings of a recurring booking."
        );
        let rest = cancel(&server, series, &json!({})).await;
        assert_eq!(statuses(rest.accepted(200)), ["cancelled"; 4]);
        let single = bookable(&server, &json!({})).await.1;
        let single = booked(&server, single, &at("12:00")).await;
        let answer = cancel(&server, uid(&single), &json!({ "cancelSubsequentBookings": true })).await;
        assert_eq!(answer.refused(400), format!(
            "Booking with bookingUid={} is not part of a recurring booking.", uid(&single)
        ));
    }

    /// BK-161, R12.1: what begins now is cancelled, what began before stays as it is.
    async fn what_is_over_of_a_series_is_left_alone(server: TestServer) {
        let (_, id) = bookable(&server, &series()).await;
        let whole = booked(&server, id, &at("10:00")).await;
        let some = booked(&server, id, &at("12:00")).await;
        set_clock(&server, "2050-09-12T10:00:00Z".parse().unwrap());
        let name = whole[0]["recurringBookingUid"].as_str().unwrap();
        for (made, named, body) in [
            (&whole, name, json!({})),
            (&some, uid(&some[1]), json!({ "cancelSubsequentBookings": true })),
        ] {
            let answer = cancel(&server, named, &body).await;
            let all = answer.accepted(200);
            assert_eq!(statuses(all), ["accepted", "cancelled", "cancelled", "cancelled"]);
            assert_eq!(all[0], made[0]);
            assert_eq!(facts(&server, &made[0]).await.len(), 1);
        }
    }

    /// BK-164, BK-165
    async fn a_host_without_a_client_says_why(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let path = format!("/{}/cancel", uid(&booking));
        let without = call_as(&server, &host.key, "POST", &path, &json!({})).await;
        assert_eq!(without.refused(400), "Cancellation reason is required when you are the host");
        assert_eq!(without.body["statusCode"], 400, "R5.1");
        let body = json!({ "cancellationReason": "Ill" });
        let with = call_as(&server, &host.key, "POST", &path, &body).await;
        let data = with.accepted(200);
        assert_eq!(data["cancelledByEmail"], data["hosts"][0]["email"]);
    }

    /// BK-160, BK-165, R12.2: bookings of platforms need no reason, shared ones neither.
    async fn a_host_with_a_client_need_not_say_why(server: TestServer) {
        let world = server.world().await;
        let (host, id) = managed(&server, &world, "nina@klinik.test", &json!({})).await;
        let class = host.event_type("class", &seats()).await;
        for (event_type, hour) in [(id, "10:00"), (class, "12:00")] {
            let booking = booked(&server, event_type, &at(hour)).await;
            let call = server.call("POST", &format!("/v2/bookings/{}/cancel", uid(&booking))).bearer(&host.key);
            let answer = call.header("cal-api-version", CURRENT).send().await;
            let data = answer.accepted(200);
            assert_eq!((&data["status"], &data["cancellationReason"]), (&json!("cancelled"), &json!("")));
            assert_eq!(data["cancelledByEmail"], data["hosts"][0]["email"]);
        }
    }

    /// BK-166
    async fn an_event_type_can_forbid_it(server: TestServer) {
        let (_, id) = bookable(&server, &json!({ "disableCancelling": { "disabled": true } })).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let refused = cancel(&server, uid(&booking), &json!({})).await;
        assert_eq!(refused.refused(400), "This event type does not allow cancellations");
    }

    /// BK-78, BK-79, BK-80, R12.5, R12.6
    async fn a_seat_is_given_up_alone(server: TestServer) {
        let (host, id) = bookable(&server, &seats()).await;
        let first = book(&server, &wanted(id, &at("10:00"))).await.accepted(201).clone();
        let second = book(&server, &wanted_by(id, &at("10:00"), "b@mail.test")).await.accepted(201).clone();
        let other = book(&server, &wanted(id, &at("12:00"))).await.accepted(201).clone();
        let booking = uid(&first);
        let unknown = cancel(&server, booking, &json!({ "seatUid": "2c5f2c2e-0000-4000-8000-000000000000" })).await;
        assert_eq!(unknown.refused(400), "Invalid seatUid: this seat does not exist or has already been cancelled.");
        let foreign = cancel(&server, booking, &json!({ "seatUid": other["seatUid"] })).await;
        assert_eq!(foreign.refused(400), "Invalid seatUid: this seat does not belong to this booking.");
        let whole = cancel(&server, booking, &json!({})).await;
        assert_eq!(whole.refused(401), "User not a host of this event");
        let left = cancel(&server, booking, &json!({ "seatUid": first["seatUid"], "cancellationReason": "x" })).await;
        let left = left.accepted(200);
        assert_eq!((&left["status"], left["attendees"].as_array().unwrap().len()), (&json!("accepted"), 1));
        let last = cancel(&server, booking, &json!({ "seatUid": second["seatUid"] })).await;
        let last = last.accepted(200);
        assert_eq!((&last["status"], &last["attendees"]), (&json!("cancelled"), &json!([])));
        let path = format!("/{}/cancel", uid(&other));
        let without = call_as(&server, &host.key, "POST", &path, &json!({})).await;
        assert_eq!(without.refused(400), "Cancellation reason is required when you are the host");
        let body = json!({ "cancellationReason": "Ill" });
        let all = call_as(&server, &host.key, "POST", &path, &body).await;
        assert_eq!(all.accepted(200)["attendees"], json!([]));
    }

    /// R12.3: what was to happen does not, and what cancelling asks for does.
    async fn cancelling_takes_back_what_was_to_come(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        assert!(effects(&server, &booking).await.contains(&"webhook.MEETING_STARTED".to_owned()));
        let _ = cancel(&server, uid(&booking), &json!({ "cancellationReason": "Ill" })).await.accepted(200);
        let left = effects(&server, &booking).await;
        for gone in ["webhook.MEETING_STARTED", "webhook.MEETING_ENDED", "calendar.create", "calendar.delete"] {
            assert!(!left.iter().any(|effect| effect == gone), "{gone}: {left:?}");
        }
        for due in ["mail.cancelled", "webhook.BOOKING_CANCELLED"] {
            assert!(left.iter().any(|effect| effect == due), "{due}: {left:?}");
        }
        let events = facts(&server, &booking).await;
        assert_eq!((events[1].kind.as_str(), &events[1].snapshot["iCalSequence"]), ("cancelled", &json!(1)));
    }

    /// R12.4
    async fn a_booking_that_is_over_can_be_cancelled(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, "2026-03-03T10:00:00Z").await;
        server.advance(SignedDuration::from_hours(48));
        let answer = cancel(&server, uid(&booking), &json!({})).await;
        assert_eq!(answer.accepted(200)["status"], "cancelled");
    }

    /// R12.7: an event type has either, so no series has seats.
    async fn no_series_has_seats(server: TestServer) {
        let host = Host::new(&server).await;
        let body = with(&weekly(2), &with(&seats(), &json!({ "title": "T", "slug": "t", "lengthInMinutes": 30 })));
        let refused = host.call("POST", "/v2/event-types", "2024-06-14", &body).await;
        let _ = refused.refused(400);
    }

    /// R12.8
    async fn a_series_is_told_once_by_mail_and_each_time_by_webhook(server: TestServer) {
        let (_, id) = bookable(&server, &weekly(3)).await;
        let made = booked(&server, id, &at("10:00")).await;
        let series = made[0]["recurringBookingUid"].as_str().unwrap();
        let _ = cancel(&server, series, &json!({})).await.accepted(200);
        let mut mails = 0;
        for booking in made.as_array().unwrap() {
            let effects = effects(&server, booking).await;
            mails += effects.iter().filter(|effect| *effect == "mail.cancelled").count();
            assert!(effects.contains(&"webhook.BOOKING_CANCELLED".to_owned()), "{effects:?}");
        }
        assert_eq!(mails, 1);
    }

    /// R12.9
    async fn a_request_can_be_cancelled(server: TestServer) {
        let (_, id) = bookable(&server, &approval(true)).await;
        let booking = booked(&server, id, &at("10:00")).await;
        assert_eq!(booking["status"], "pending");
        let answer = cancel(&server, uid(&booking), &json!({})).await;
        assert_eq!(answer.accepted(200)["status"], "cancelled");
        let effects = effects(&server, &booking).await;
        assert!(effects.contains(&"mail.cancelled".to_owned()), "{effects:?}");
        assert!(effects.contains(&"webhook.BOOKING_CANCELLED".to_owned()), "{effects:?}");
        assert!(hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
    }

    /// 25.6: what is to be changed of an event that was never made, and the removal of one
    /// that never was.
    async fn cancelling_leaves_nothing_for_a_calendar_that_knows_nothing(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let nothing_left = async |booking: &Value| {
            let left = effects(&server, booking).await;
            assert!(!left.iter().any(|effect| effect.starts_with("calendar.") || effect.starts_with("conferencing.")), "{left:?}");
        };
        let booking = booked(&server, id, &at("10:00")).await;
        let body = json!({ "location": { "type": "address", "address": "1 Main St" } });
        let path = format!("/{}/location", uid(&booking));
        let _ = call_as(&server, &host.key, "PATCH", &path, &body).await.accepted(200);
        let path = format!("/{}/guests", uid(&booking));
        let _ = call_as(&server, &host.key, "POST", &path, &json!({ "guests": [{ "email": "lea@mail.test" }] })).await.accepted(200);
        let _ = cancel(&server, uid(&booking), &json!({})).await.accepted(200);
        nothing_left(&booking).await;
        let waiting = host.event_type("waiting", &approval(false)).await;
        let request = booked(&server, waiting, &at("12:00")).await;
        let _ = cancel(&server, uid(&request), &json!({})).await.accepted(200);
        nothing_left(&request).await;
        check_tables(&server).await;
    }
}
