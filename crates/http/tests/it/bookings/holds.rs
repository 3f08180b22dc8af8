//! Slots that somebody holds (7.9.3).

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_testkit::{Answer, Engine, TestServer, on_both_engines};

use super::{CURRENT, DAY, at, book, bookable, booked, seats, stored, wanted, wanted_by, with};
use crate::slots::{hold, hours, uid_of};

/// A server where holds also count for whoever names none.
struct Strict(TestServer);

impl Strict {
    async fn start(engine: Engine) -> Option<Self> {
        let mut settings = TestServer::settings();
        settings.bookings.holds_are_advisory = false;
        TestServer::start_with(engine, settings, axum::Router::new()).await.map(Self)
    }
}

fn holding(body: &Value, uid: &str) -> Value {
    with(body, &json!({ "reservedSlotUid": uid }))
}

async fn book_with_cookie(server: &TestServer, body: &Value, uid: &str) -> Answer {
    let call = server.call("POST", "/v2/bookings").header("cal-api-version", CURRENT);
    call.header("cookie", &format!("a=b; uid={uid}")).json(body).send().await
}

#[track_caller]
fn held(answer: &Answer, seconds: u32) {
    let text = format!(
        "Someone else reserved this slot before you. This time slot will be freed up in {seconds} seconds"
    );
    assert_eq!(answer.refused(400), text);
    assert_eq!((&answer.body["statusCode"], &answer.body["message"]), (&json!(400), &json!(text)));
    assert_eq!(answer.body["error"]["details"]["reason"], "hold");
}

on_both_engines! {
    /// BK-192, RES-17, R7.45
    async fn who_is_second_in_line_hears_how_long_to_wait(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let first = uid_of(&hold(&server, id, &at("10:00")).await);
        let second = uid_of(&hold(&server, id, &at("12:00")).await);
        server.advance(SignedDuration::from_secs(100));
        let body = wanted(id, &at("10:00"));
        held(&book(&server, &holding(&body, &second)).await, 200);
        held(&book_with_cookie(&server, &body, &second).await, 200);
        assert_eq!(stored(&server).await, 0);
        // The body's uid counts before the cookie's.
        held(&book_with_cookie(&server, &holding(&body, &second), &first).await, 200);
        let _ = book(&server, &holding(&body, &first)).await.accepted(201);
        // It is gone: cancelled, its time is free at once.
        let tables = slotd_testkit::Tables::open(&server.database.options.location).await;
        assert_eq!(tables.column("select uid from slot_hold").await, [second.as_str()]);
        let _ = book_with_cookie(&server, &wanted_by(id, &at("12:00"), "second@mail.test"), &second).await.accepted(201);
        assert!(tables.column("select uid from slot_hold").await.is_empty());
    }

    /// 7.9.3
    async fn a_hold_that_has_run_out_keeps_nobody_out(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let _ = hold(&server, id, &at("10:00")).await.accepted(201);
        let mine = uid_of(&hold(&server, id, &at("12:00")).await);
        server.advance(SignedDuration::from_secs(300));
        let _ = book(&server, &holding(&wanted(id, &at("10:00")), &mine)).await.accepted(201);
    }

    /// 7.9.3: `holds_are_advisory`, as the original.
    async fn whoever_names_no_hold_is_not_kept_out(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let first = uid_of(&hold(&server, id, &at("10:00")).await);
        assert!(!hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
        booked(&server, id, &at("10:00")).await;
        // Whoever held it is late.
        let late = book(&server, &holding(&wanted_by(id, &at("10:00"), "late@mail.test"), &first)).await;
        assert_eq!(late.refused(400), "User either already has booking at this time or is not available");
    }

    /// 7.9.3, I14: the other position.
    async fn holds_keep_everybody_out_if_the_operator_says_so(strict: Strict) {
        let server = strict.0;
        let (_, id) = bookable(&server, &json!({})).await;
        let first = uid_of(&hold(&server, id, &at("10:00")).await);
        held(&book(&server, &wanted(id, &at("10:00"))).await, 300);
        held(&book(&server, &wanted(id, &at("10:30"))).await, 300);
        held(&book_with_cookie(&server, &wanted(id, &at("09:30")), "no uid").await, 300);
        booked(&server, id, &at("11:00")).await;
        let _ = book(&server, &holding(&wanted(id, &at("10:00")), &first)).await.accepted(201);
    }

    /// R7.33: a hold of a seat takes a seat.
    async fn a_hold_of_a_seat_leaves_the_other_seats(strict: Strict) {
        let server = strict.0;
        let (_, id) = bookable(&server, &seats(2, true)).await;
        let mine = uid_of(&hold(&server, id, &at("10:00")).await);
        booked(&server, id, &at("10:00")).await;
        let full = book(&server, &wanted_by(id, &at("10:00"), "second@mail.test")).await;
        assert_eq!(full.refused(409), "No more seats left at this seated booking.");
        let _ = book(&server, &holding(&wanted_by(id, &at("10:00"), "second@mail.test"), &mine)).await.accepted(201);
    }

    /// 7.9.3, RES-13: of holds of two event types that overlap the older one counts.
    async fn whoever_held_a_time_first_can_book_it(server: TestServer) {
        let (host, first) = bookable(&server, &json!({})).await;
        let second = host.event_type("second", &json!({ "minimumBookingNotice": 0 })).await;
        let older = uid_of(&hold(&server, first, &at("10:00")).await);
        let newer = uid_of(&hold(&server, second, &at("10:30")).await);
        held(&book(&server, &holding(&wanted(second, &at("10:30")), &newer)).await, 300);
        // Naming the hold of another event type opens nothing.
        held(&book(&server, &holding(&wanted(second, &at("10:30")), &older)).await, 300);
        let _ = book(&server, &holding(&wanted(first, &at("10:00")), &older)).await.accepted(201);
    }

    /// The same where holds count for everybody; a hold that moves is as new as its move.
    async fn whoever_held_a_time_first_keeps_the_others_out(strict: Strict) {
        let server = strict.0;
        let (host, first) = bookable(&server, &json!({})).await;
        let second = host.event_type("second", &json!({ "minimumBookingNotice": 0 })).await;
        let moved = uid_of(&hold(&server, first, &at("14:00")).await);
        let other = uid_of(&hold(&server, second, &at("10:00")).await);
        let body = json!({ "eventTypeId": first, "slotStart": at("10:00") });
        let path = format!("/v2/slots/reservations/{moved}");
        let patch = server.call("PATCH", &path).header("cal-api-version", "2024-09-04").json(&body).send().await;
        let _ = patch.accepted(200);
        held(&book(&server, &wanted(first, &at("10:00"))).await, 300);
        held(&book(&server, &holding(&wanted(first, &at("10:00")), &moved)).await, 300);
        let _ = book(&server, &holding(&wanted(second, &at("10:00")), &other)).await.accepted(201);
    }

    /// 7.9: row 12 comes before row 13, and after the limits.
    async fn a_hold_is_told_before_what_else_takes_the_time(server: TestServer) {
        let (host, id) = bookable(&server, &json!({ "bookingLimitsCount": { "day": 1 } })).await;
        let late = uid_of(&hold(&server, id, &at("18:00")).await);
        let mine = uid_of(&hold(&server, id, &at("12:00")).await);
        held(&book(&server, &holding(&wanted(id, &at("18:00")), &mine)).await, 300);
        let refused = book(&server, &holding(&wanted(id, &at("18:00")), &late)).await;
        assert_eq!(refused.refused(400), "User either already has booking at this time or is not available");
        let other = host.event_type("other", &json!({ "minimumBookingNotice": 0 })).await;
        booked(&server, other, &at("10:00")).await;
        booked(&server, id, &at("16:00")).await;
        let refused = book(&server, &holding(&wanted(id, &at("18:00")), &mine)).await;
        assert_eq!(refused.refused(401), "booking_limit_reached");
    }
}
