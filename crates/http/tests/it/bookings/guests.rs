//! `POST /v2/bookings/{bookingUid}/guests` and `.../attendees` (sections 16 and 17).

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_domain::UserId;
use slotd_http::{RateLimitSettings, Settings};
use slotd_testkit::{Answer, Engine, TestServer, on_both_engines};

use super::fields::with_rules;
use super::{
    DAY, addresses, approval, at, book, bookable, booked, call, call_as, history, latest_more, uid,
    wanted, with,
};
use crate::slots::{Host, daily, hours, id_of};

async fn add(host: &Host<'_>, uid: &str, guests: &Value) -> Answer {
    let body = json!({ "guests": guests });
    call_as(host.server, &host.key, "POST", &format!("/{uid}/guests"), &body).await
}

async fn attend(host: &Host<'_>, uid: &str, body: &Value) -> Answer {
    call_as(host.server, &host.key, "POST", &format!("/{uid}/attendees"), body).await
}

fn person(email: &str) -> Value {
    json!({ "name": "Lea Roth", "timeZone": "Asia/Tokyo", "email": email })
}

/// A server with the limits that are the default.
struct Limited(TestServer);

impl Limited {
    async fn start(engine: Engine) -> Option<Self> {
        let limits = RateLimitSettings::default();
        let settings = Settings { rate_limits: Some(limits), ..Settings::default() };
        TestServer::start_with(engine, settings, axum::Router::new()).await.map(Self)
    }
}

/// A server with an address that cannot book.
struct Blocking(TestServer);

impl Blocking {
    async fn start(engine: Engine) -> Option<Self> {
        let mut settings = TestServer::settings();
        settings.bookings.blocked_emails = vec!["evil@mail.test".to_owned()];
        TestServer::start_with(engine, settings, axum::Router::new()).await.map(Self)
    }
}

on_both_engines! {
    /// BK-187, R17.2, R17.3, R17.4
    async fn guests_are_added_at_the_end(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let body = with(&wanted(id, &at("10:00")), &json!({ "guests": ["ann@mail.test"] }));
        let booking = book(&server, &body).await.accepted(201).clone();
        let guests = json!([
            "Bob@mail.test",
            { "email": "cid@mail.test", "name": "Cid", "timeZone": "Asia/Tokyo", "phoneNumber": "+4915112345678", "language": "de" },
            { "email": "bob+tag@mail.test", "name": "Bob again" },
            { "email": "omar+tag@mail.test" },
        ]);
        let answer = add(&host, uid(&booking), &guests).await;
        let data = answer.accepted(200);
        assert_eq!(addresses(data), ["omar@mail.test", "ann@mail.test", "Bob@mail.test", "cid@mail.test"]);
        assert_eq!(
            data["attendees"][2],
            json!({
                "name": "", "email": "Bob@mail.test", "displayEmail": "Bob@mail.test",
                "timeZone": "Europe/London", "language": "en", "absent": false,
            })
        );
        assert_eq!(
            data["attendees"][3],
            json!({
                "name": "Cid", "email": "cid@mail.test", "displayEmail": "cid@mail.test",
                "timeZone": "Asia/Tokyo", "language": "de", "absent": false, "phoneNumber": "+4915112345678",
            })
        );
        let all = json!(["ann@mail.test", "Bob@mail.test", "cid@mail.test"]);
        assert_eq!((&data["guests"], &data["bookingFieldsResponses"]["guests"]), (&all, &all));
        assert_eq!(history(&server, &booking).await[1..], ["guests_added: calendar.update conferencing.update mail.guests_added"]);
        assert_eq!(latest_more(&server, &booking).await["guests"], json!(["Bob@mail.test", "cid@mail.test"]));
    }

    /// BK-187, R17.1
    /// R16.2
    async fn who_attends_already_is_not_added_again(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        for email in ["omar@mail.test", "OMAR+x@Mail.test"] {
            let refused = add(&host, uid(&booking), &json!([email, email])).await;
            assert_eq!(refused.refused(400), "Bad request: Please check your request data and try again");
            let refused = attend(&host, uid(&booking), &person(email)).await;
            assert_eq!(refused.refused(400), "Bad request: Please check your request data and try again");
            let reason = "all of these addresses attend the booking already, or can't be used to book";
            assert_eq!(refused.body["error"]["details"]["message"], reason);
        }
        assert_eq!(history(&server, &booking).await.len(), 1);
    }

    /// BK-187
    async fn there_are_at_most_ten_guests_at_once_and_thirty_in_all(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let some = |from: usize, count: usize| -> Value {
            (from..from + count).map(|number| format!("guest-{number}@mail.test")).collect()
        };
        for (guests, is_good) in [(some(0, 11), false), (json!([]), false), (json!("a@b.cd"), false), (some(0, 10), true)] {
            let answer = add(&host, uid(&booking), &guests).await;
            if is_good {
                let _ = answer.accepted(200);
            } else {
                assert_eq!(answer.invalid_fields(), ["guests"], "{guests}");
            }
        }
        let _ = add(&host, uid(&booking), &some(10, 10)).await.accepted(200);
        let refused = add(&host, uid(&booking), &some(20, 10)).await;
        assert_eq!(
            refused.refused(400),
            "Cannot add 10 guests. This booking already has 21 attendees. Maximum total guests allowed is 30. You can add up to 9 more guests."
        );
        assert_eq!(add(&host, uid(&booking), &some(20, 9)).await.accepted(200)["attendees"].as_array().unwrap().len(), 30);
        let refused = attend(&host, uid(&booking), &person("last@mail.test")).await;
        assert!(refused.refused(400).starts_with("Cannot add 1 guests."));
    }

    /// BK-186, R16.3
    async fn an_attendee_is_added_with_a_name(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let body = with(&person("lea@mail.test"), &json!({ "phoneNumber": "+4915112345678", "language": "de" }));
        let answer = attend(&host, uid(&booking), &body).await;
        let data = answer.accepted(201);
        assert!(data["id"].is_i64());
        assert_eq!(
            data,
            &json!({
                "id": data["id"], "bookingId": booking["id"], "name": "Lea Roth",
                "email": "lea@mail.test", "displayEmail": "lea@mail.test", "timeZone": "Asia/Tokyo",
                "language": "de", "absent": false, "phoneNumber": "+4915112345678",
            })
        );
        let plain = attend(&host, uid(&booking), &person("ida@mail.test")).await;
        assert_eq!(plain.accepted(201)["language"], "en");
        let told = "guests_added: calendar.update conferencing.update mail.guests_added";
        assert_eq!(history(&server, &booking).await[1..], [told, told]);
        let bad = attend(&host, uid(&booking), &json!({ "name": "", "timeZone": "Mars/Base", "email": "x" })).await;
        assert_eq!(bad.invalid_fields(), ["name", "timeZone", "email"]);
    }

    /// R17.1, section 17: addresses that the server or the event type bars are left out.
    async fn addresses_that_cannot_book_are_not_added(blocking: Blocking) {
        let server = blocking.0;
        let (host, id) = with_rules(&server, &json!({ "excludeEmails": "spam@mail.test, @bad.test" })).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let barred = ["evil@mail.test", "Evil+tag@Mail.test", "SPAM@mail.test", "a@bad.test"];
        for email in barred {
            let guests = add(&host, uid(&booking), &json!([email])).await;
            let attendee = attend(&host, uid(&booking), &person(email)).await;
            for refused in [guests, attendee] {
                let text = refused.refused(400);
                assert_eq!(text, "Bad request: Please check your request data and try again", "{email}");
            }
        }
        assert_eq!(history(&server, &booking).await.len(), 1);
        let guests: Value = barred.into_iter().chain(["lea@mail.test"]).collect();
        let added = add(&host, uid(&booking), &guests).await;
        let added = added.accepted(200);
        assert_eq!(addresses(added), ["omar@mail.test", "lea@mail.test"]);
        assert_eq!(added["guests"], json!(["lea@mail.test"]));
    }

    /// R16.4, R7.58
    async fn bookings_that_take_no_guests_are_refused(server: TestServer) {
        let (host, id) = bookable(&server, &json!({ "seats": { "seatsPerTimeSlot": 3, "showAttendeeInfo": true, "showAvailabilityCount": true } })).await;
        let shared = booked(&server, id, &at("10:00")).await;
        let text = "Guests can't be added to a booking with seats: each of them has to book a seat";
        assert_eq!(add(&host, uid(&shared), &json!(["lea@mail.test"])).await.refused(400), text);
        assert_eq!(attend(&host, uid(&shared), &person("lea@mail.test")).await.refused(400), text);

        let plain = host.event_type("plain", &json!({ "minimumBookingNotice": 0 })).await;
        let booking = booked(&server, plain, &at("12:00")).await;
        server.cancel_booking(slotd_domain::BookingId(id_of(&booking))).await;
        let asking = host.event_type("asking", &approval(false)).await;
        let request = booked(&server, asking, &at("14:00")).await;
        let path = format!("/{}/decline", uid(&request));
        let _ = call_as(&server, &host.key, "POST", &path, &json!({})).await.accepted(200);
        for (booking, state) in [(&booking, "cancelled"), (&request, "rejected")] {
            let text = format!("Can't change booking with uid={} because it is {state}.", uid(booking));
            assert_eq!(add(&host, uid(booking), &json!(["lea@mail.test"])).await.refused(400), text);
            assert_eq!(attend(&host, uid(booking), &person("lea@mail.test")).await.refused(400), text);
        }
    }

    /// R17.3: a booking that waits is in no calendar yet.
    async fn a_pending_booking_takes_guests_without_an_event_elsewhere(server: TestServer) {
        let policy = json!({ "confirmationPolicy": { "type": "always", "blockUnconfirmedBookingsInBooker": false } });
        let (host, id) = bookable(&server, &policy).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let _ = add(&host, uid(&booking), &json!(["lea@mail.test"])).await.accepted(200);
        assert_eq!(history(&server, &booking).await[1..], ["guests_added: mail.guests_added"]);
    }

    /// R4.1: a guest who is a user is busy then, and may add others.
    async fn a_guest_who_is_a_user_gives_their_time(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let other = Host::new(&server).await;
        other.schedule(&daily("UTC")).await;
        let others = other.event_type("other", &json!({ "minimumBookingNotice": 0 })).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let denied = add(&other, uid(&booking), &json!(["lea@mail.test"])).await;
        let _ = denied.refused(403);
        assert!(hours(&server, others, DAY).await.contains(&"10:00".to_owned()));

        let email = format!("Person-{}@example.com", UserId(other.id));
        let _ = add(&host, uid(&booking), &json!([email])).await.accepted(200);
        assert!(!hours(&server, others, DAY).await.contains(&"10:00".to_owned()));
        let _ = add(&other, uid(&booking), &json!(["lea@mail.test"])).await.accepted(200);
        let _ = attend(&other, uid(&booking), &person("ida@mail.test")).await.accepted(201);
    }

    /// BK-186, R16.1, R17
    async fn an_unknown_booking_is_not_found_by_one_and_forbidden_by_the_other(server: TestServer) {
        let host = Host::new(&server).await;
        let refused = add(&host, "nothing", &json!(["lea@mail.test"])).await;
        assert_eq!(refused.refused(404), "Booking with uid nothing not found");
        let text = format!("BookingPbacGuard - user with id={} does not have access to booking with uid=nothing", host.id);
        assert_eq!(attend(&host, "nothing", &json!({})).await.refused(403), text);
        for path in ["/nothing/guests", "/nothing/attendees"] {
            let _ = call(&server, "POST", path, &json!({})).await.refused(401);
        }
    }

    /// R7.28, R17.1
    async fn a_managed_guest_is_stored_under_their_own_address(server: TestServer) {
        let world = server.world().await;
        let host = server.new_managed_user(&world, "host@example.com").await;
        let guest = server.new_managed_user(&world, "guest@example.com").await;
        let token = host["accessToken"].as_str().unwrap();
        let host = i32::try_from(host["user"]["id"].as_i64().unwrap()).unwrap();
        let booking = slotd_testkit::TestBooking {
            event_type: None,
            ..slotd_testkit::TestBooking::new(host, 0, &at("10:00"), &at("11:00"))
        };
        let (_, uid) = server.new_booking(&booking).await;
        let body = json!({ "guests": ["guest@example.com", "else@example.com"] });
        let answer = call_as(&server, token, "POST", &format!("/{uid}/guests"), &body).await;
        let data = answer.accepted(200);
        let stored = guest["user"]["email"].as_str().unwrap();
        assert_eq!(addresses(data)[1..], [stored, "else@example.com"]);
        assert_eq!(data["attendees"][1]["displayEmail"], "guest@example.com");
        let again = json!({ "guests": ["guest@example.com", stored] });
        let again = call_as(&server, token, "POST", &format!("/{uid}/guests"), &again).await;
        let _ = again.refused(400);
    }

    /// R5.5
    async fn people_are_added_five_times_a_minute(limited: Limited) {
        let server = limited.0;
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        for number in 0..5 {
            let guest = add(&host, uid(&booking), &json!([format!("guest-{number}@mail.test")])).await;
            let _ = guest.accepted(200);
            assert_eq!(guest.headers["x-ratelimit-remaining-add_guests"], (4 - number).to_string());
            let attendee = attend(&host, uid(&booking), &person(&format!("lea-{number}@mail.test"))).await;
            let _ = attendee.accepted(201);
            assert_eq!(attendee.headers["x-ratelimit-limit-add_attendee"], "5");
        }
        let refused = add(&host, uid(&booking), &json!(["late@mail.test"])).await;
        assert_eq!(refused.refused(429), "CustomThrottlerGuard - Too many requests. Please try again later.");
        assert_eq!(refused.headers["retry-after"], "60");
        assert_ne!(refused.headers["x-ratelimit-remaining-default"], "0");
        let _ = attend(&host, uid(&booking), &person("late@mail.test")).await.refused(429);
        // Only these are limited so, and only this caller's.
        let other = Host::new(&server).await;
        let _ = add(&other, uid(&booking), &json!(["late@mail.test"])).await.refused(403);
        let _ = host.call("GET", "/v2/me", "2024-08-13", &json!({})).await.accepted(200);
        server.advance(SignedDuration::from_mins(1));
        let _ = add(&host, uid(&booking), &json!(["late@mail.test"])).await.accepted(200);
    }
}
