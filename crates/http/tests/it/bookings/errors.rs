//! What refusals say, and to whom (section 5).

use serde_json::{Value, json};
use slotd_http::LimitsStatus;
use slotd_testkit::{Answer, Engine, TestServer, on_both_engines};

use super::{
    at, book, book_as, book_as_client, bookable, booked, call, call_as, change, managed, stored,
    uid, wanted, wanted_by, weekly, with,
};
use crate::slots::{Host, away};

const NOT_AVAILABLE: &str = "User either already has booking at this time or is not available";

/// A server whose limits answer 400, and where some addresses cannot book.
struct Careful(TestServer);

impl Careful {
    async fn start(engine: Engine) -> Option<Self> {
        let mut settings = TestServer::settings();
        settings.bookings.limits_status = LimitsStatus::BadRequest;
        settings.bookings.blocked_emails = vec!["spam@mail.test".to_owned()];
        settings.bookings.ical_host = "calendar.example.test".to_owned();
        TestServer::start_with(engine, settings, axum::Router::new()).await.map(Self)
    }
}

fn details(answer: &Answer) -> &Value {
    &answer.body["error"]["details"]
}

/// What the original says without an envelope stands beside it.
#[track_caller]
fn bare(answer: &Answer, status: u16, message: &str) {
    assert_eq!(answer.refused(status), message);
    assert_eq!(
        (&answer.body["statusCode"], &answer.body["message"]),
        (&json!(status), &json!(message))
    );
}

on_both_engines! {
    /// Section 28, last line: whose booking is in the way is told to whoever may know it.
    async fn the_cause_is_told_to_whoever_may_see_it(server: TestServer) {
        let world = server.world().await;
        let (host, id) = managed(&server, &world, "nina@klinik.test", &json!({})).await;
        let known = booked(&server, id, &at("10:00")).await;
        let body = wanted_by(id, &at("10:30"), "second@mail.test");
        let owner = server.new_key(world.owner, Some(world.organization), None).await;
        for answer in [
            book_as(&server, &host.key, &body).await,
            book_as_client(&server, &world, &body).await,
            book_as(&server, &owner, &body).await,
        ] {
            assert_eq!(answer.refused(400), NOT_AVAILABLE);
            let details = details(&answer);
            assert_eq!((&details["reason"], &details["bookingId"]), (&json!("booking"), &known["id"]), "{details}");
            assert_eq!(details["window"], json!({ "start": at("10:00"), "end": at("11:00") }));
        }
        let stranger = Host::new(&server).await;
        let other = server.world().await;
        for answer in [
            book(&server, &body).await,
            book_as(&server, &stranger.key, &body).await,
            book_as_client(&server, &other, &body).await,
        ] {
            assert_eq!(answer.refused(400), NOT_AVAILABLE);
            let mut told = details(&answer).clone();
            for key in ["message", "error", "statusCode", "reason"] {
                assert!(told.as_object_mut().unwrap().remove(key).is_some(), "{key}");
            }
            assert_eq!(told, json!({}));
            for secret in ["omar", known["uid"].as_str().unwrap(), &at("10:00"), &at("11:00")] {
                assert!(!answer.text.contains(secret), "{secret} {}", answer.text);
            }
        }
    }

    /// The same of other rules: a booking of another event type, days out of office.
    async fn every_rule_has_a_name_and_a_window_for_the_owner(server: TestServer) {
        let (host, id) = bookable(&server, &json!({ "beforeEventBuffer": 30 })).await;
        let other = host.event_type("other", &json!({ "minimumBookingNotice": 0 })).await;
        let known = booked(&server, other, &at("10:00")).await;
        away(&server, host.id, ["2050-09-06", "2050-09-06"], "vacation", None).await;
        for (start, rule, booking) in [
            (at("10:30"), "booking", Some(&known["id"])),
            (at("11:15"), "buffer", Some(&known["id"])),
            (at("18:00"), "workingHours", None),
            ("2050-09-06T10:00:00Z".to_owned(), "outOfOffice", None),
        ] {
            let answer = book_as(&server, &host.key, &wanted(id, &start)).await;
            assert_eq!(answer.refused(400), NOT_AVAILABLE);
            let told = details(&answer);
            assert_eq!((&told["reason"], told.get("bookingId")), (&json!(rule), booking), "{told}");
            assert!(told["window"]["start"].is_string() && told["window"]["end"].is_string(), "{told}");
            let answer = book(&server, &wanted(id, &start)).await;
            assert_eq!(answer.refused(400), NOT_AVAILABLE);
            assert_eq!(details(&answer).as_object().unwrap().len(), 4, "{}", answer.text);
        }
    }

    /// R5.1, R5.2, R5.6: the default position.
    async fn limits_answer_401_with_bare_keys(server: TestServer) {
        let (host, id) = bookable(&server, &json!({ "bookingLimitsCount": { "day": 1 } })).await;
        booked(&server, id, &at("10:00")).await;
        let refused = book(&server, &wanted(id, &at("12:00"))).await;
        bare(&refused, 401, "booking_limit_reached");
        assert_eq!(refused.body["error"]["code"], "UnauthorizedException");
        assert_eq!(details(&refused)["reason"], "countLimit");
        assert_eq!(details(&refused)["window"], json!({ "start": "2050-09-05T00:00:00.000Z", "end": "2050-09-06T00:00:00.000Z" }));
        change(&host, id, &json!({ "bookingLimitsCount": { "disabled": true }, "bookingLimitsDuration": { "week": 100 } })).await;
        let refused = book(&server, &wanted(id, &at("12:00"))).await;
        bare(&refused, 401, "duration_limit_reached");
        for (key, value) in [("unit", json!("week")), ("limitMinutes", json!(100)), ("existingMinutes", json!(60)), ("requestedMinutes", json!(60))] {
            assert_eq!(details(&refused)[key], value, "{}", refused.text);
        }
    }

    /// R5.6: the other position; 7.9 row 1; R3.4.
    async fn an_operator_can_set_what_limits_answer_and_who_cannot_book(careful: Careful) {
        let server = careful.0;
        let (host, id) = bookable(&server, &json!({ "bookingLimitsCount": { "day": 1 } })).await;
        for address in ["spam@mail.test", "Spam+tag@Mail.test"] {
            bare(&book(&server, &wanted_by(id, &at("10:00"), address)).await, 403, "Cannot use this email to create the booking.");
        }
        let guest = with(&wanted(id, &at("10:00")), &json!({ "guests": ["SPAM@mail.test"] }));
        bare(&book(&server, &guest).await, 403, "Cannot use this email to create the booking.");
        let first = booked(&server, id, &at("10:00")).await;
        assert_eq!(first["icsUid"], format!("{}@calendar.example.test", first["uid"].as_str().unwrap()));
        let refused = book(&server, &wanted(id, &at("12:00"))).await;
        bare(&refused, 400, "booking_limit_reached");
        assert_eq!(refused.body["error"]["code"], "BadRequestException");
        change(&host, id, &json!({ "bookingLimitsCount": { "disabled": true }, "bookingLimitsDuration": { "day": 60 } })).await;
        bare(&book(&server, &wanted(id, &at("12:00"))).await, 400, "duration_limit_reached");
    }

    /// Section 5.2, R7.24
    async fn an_instant_booking_is_of_teams_only(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let instant = with(&wanted(id, &at("10:00")), &json!({ "instant": true }));
        let refused = book(&server, &instant).await;
        assert_eq!(refused.refused(400), "Instant bookings are only supported for team event types, not individual user event types.");
        let not = with(&wanted(id, &at("10:00")), &json!({ "instant": false }));
        let _ = book(&server, &not).await.accepted(201);
    }

    /// 7.9 row 2: codes are not sent yet, so that none is valid; the owner needs none.
    async fn an_event_type_that_verifies_addresses_can_be_booked_by_its_owner(server: TestServer) {
        let (host, id) = bookable(&server, &json!({ "requiresBookerEmailVerification": true })).await;
        for body in [wanted(id, &at("10:00")), with(&wanted(id, &at("10:00")), &json!({ "emailVerificationCode": "123456" }))] {
            assert!(book(&server, &body).await.refused(400).contains("emailVerificationCode"));
        }
        let _ = book_as(&server, &host.key, &wanted(id, &at("10:00"))).await.accepted(201);
    }

    /// Section 11, `emailVerificationCode`: as in creation.
    async fn who_has_no_code_cannot_move_it_either(server: TestServer) {
        let (host, id) = bookable(&server, &json!({ "requiresBookerEmailVerification": true })).await;
        let booking = book_as(&server, &host.key, &wanted(id, &at("10:00"))).await;
        let path = format!("/{}/reschedule", uid(booking.accepted(201)));
        for code in [json!({}), json!({ "emailVerificationCode": "123456" })] {
            let body = with(&json!({ "start": at("12:00") }), &code);
            assert!(call(&server, "POST", &path, &body).await.refused(400).contains("emailVerificationCode"));
        }
        let _ = call_as(&server, &host.key, "POST", &path, &json!({ "start": at("12:00") })).await.accepted(201);
    }

    /// 7.2, 7.9: a code is asked for after everything that is wrong with the request, and after
    /// blocked addresses.
    async fn a_code_is_asked_for_after_other_mistakes(careful: Careful) {
        let server = careful.0;
        let (_, id) = bookable(&server, &json!({
            "requiresBookerEmailVerification": true,
            "bookingFields": [{ "type": "text", "slug": "species", "label": "S", "required": true }],
        })).await;
        let body = wanted_by(id, &at("10:00"), "spam@mail.test");
        assert!(book(&server, &body).await.refused(400).starts_with("Missing required booking field response: species"));
        let body = with(&body, &json!({ "bookingFieldsResponses": { "species": "dog" } }));
        bare(&book(&server, &body).await, 403, "Cannot use this email to create the booking.");
        let body = with(&wanted(id, "2020-01-01T00:00:00Z"), &json!({ "bookingFieldsResponses": { "species": "dog" } }));
        assert!(book(&server, &body).await.refused(400).contains("emailVerificationCode"));
    }

    /// 7.2: the first failure is the one that is told.
    async fn checks_come_in_their_order(server: TestServer) {
        let fields = json!({
            "bookingFields": [{ "type": "text", "slug": "species", "label": "S", "required": true }],
            "locations": [{ "type": "attendeePhone" }],
            "bookingLimitsCount": { "day": 1 },
        });
        let (host, id) = bookable(&server, &with(&fields, &weekly(2))).await;
        let answers = json!({ "bookingFieldsResponses": { "species": "dog" } });
        let _ = book(&server, &with(&wanted(id, &at("16:00")), &answers)).await.accepted(201);
        let mut body = with(&wanted(id, "2020-01-01T00:00:00Z"), &json!({
            "instant": true, "lengthInMinutes": 7, "location": { "type": "address" }, "recurrenceCount": 9, "guests": ["x"],
            "eventTypeId": 999_999, "foo": 1,
        }));
        for (expected, repair) in [
            ("foo property is wrong", json!({ "foo": null })),
            ("Event type with id 999999 not found.", json!({ "eventTypeId": id })),
            ("Instant bookings", json!({ "instant": false })),
            ("Missing required booking field response: species", answers.clone()),
            ("Can't specify 'lengthInMinutes'", json!({ "lengthInMinutes": null })),
            ("Booking location with type address", json!({ "location": null })),
            ("Provided recurrence count", json!({ "recurrenceCount": 1 })),
            ("responses - {guests}", json!({ "guests": ["lea@mail.test"] })),
            ("Attempting to book a meeting in the past.", json!({ "start": at("20:00") })),
        ] {
            let answer = book(&server, &body).await;
            let text = answer.body["error"]["message"].as_str().unwrap_or_default();
            assert!(text.contains(expected), "{expected}: {}", answer.text);
            body = with(&body, &repair);
            body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        }
        // What limits say comes before who is free.
        let refused = book_as(&server, &host.key, &body).await;
        assert_eq!(refused.refused(401), "booking_limit_reached");
        assert_eq!(stored(&server).await, 2);
    }
}
