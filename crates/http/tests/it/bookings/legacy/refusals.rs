//! Errors of the legacy shape (R24.1).

use serde_json::{Value, json};
use slotd_http::Settings;
use slotd_testkit::{Engine, TestServer, on_both_engines};

use super::{answering, book, call, call_as, refused_with, rows, sent, sent_by};
use crate::bookings::{bookable, with};
use crate::slots::{Host, away};

fn seats(count: i32) -> Value {
    json!({ "seats": { "seatsPerTimeSlot": count, "showAttendeeInfo": false, "showAvailabilityCount": true } })
}

/// A server with an address that cannot book.
struct Blocking(TestServer);

impl Blocking {
    async fn start(engine: Engine) -> Option<Self> {
        let mut settings = TestServer::settings();
        settings.bookings.blocked_emails = vec!["evil@mail.test".to_owned()];
        TestServer::start_with(engine, Settings { ..settings }, axum::Router::new()).await.map(Self)
    }
}

on_both_engines! {
    /// BK-86, R24.1
    async fn a_time_that_is_not_free_has_a_code(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let _ = book(&server, &sent(id, 10)).await.accepted(201);
        for body in [sent(id, 20), sent_by(id, 10, "lea@mail.test"), sent(id, 10)] {
            refused_with(&book(&server, &body).await, 400, "no_available_users_found_error");
        }
        away(&server, host.id, ["2050-09-05", "2050-09-05"], "unspecified", None).await;
        refused_with(&book(&server, &sent(id, 12)).await, 400, "no_available_users_found_error");
        assert_eq!(rows(&server).await[0], "1");
    }

    /// R24.1
    async fn a_time_too_soon_or_too_late_has_another_code(server: TestServer) {
        let window = json!({ "bookingWindow": { "type": "calendarDays", "value": 10, "rolling": false }, "minimumBookingNotice": 120 });
        let (_, id) = bookable(&server, &window).await;
        // It is 2026-03-02, 09:15.
        let on = |day: &str, hour: u32| {
            serde_json::from_str::<Value>(&sent(id, hour).to_string().replace("2050-09-05", day)).unwrap()
        };
        for body in [on("2026-03-02", 10), on("2026-03-20", 10)] {
            refused_with(&book(&server, &body).await, 400, "booking_time_out_of_bounds_error");
        }
        let past = book(&server, &on("2026-03-01", 10)).await;
        assert_eq!(past.refused(400), "Attempting to book a meeting in the past.");
    }

    /// R24.1, R5.6: limits have their codes in both shapes.
    async fn limits_have_their_codes(server: TestServer) {
        let (_, id) = bookable(&server, &json!({ "bookingLimitsCount": { "day": 1 } })).await;
        let _ = book(&server, &sent(id, 10)).await.accepted(201);
        refused_with(&book(&server, &sent(id, 12)).await, 401, "booking_limit_reached");
        let (_, id) = bookable(&server, &json!({ "bookingLimitsDuration": { "day": 60 } })).await;
        let _ = book(&server, &sent(id, 10)).await.accepted(201);
        refused_with(&book(&server, &sent(id, 12)).await, 401, "duration_limit_reached");
        let active = json!({ "bookerActiveBookingsLimit": { "maximumActiveBookings": 1 } });
        let (_, id) = bookable(&server, &active).await;
        let _ = book(&server, &sent(id, 10)).await.accepted(201);
        refused_with(&book(&server, &sent(id, 12)).await, 400, "booker_limit_exceeded_error");
    }

    /// R24.1, R7.57
    async fn seats_have_their_codes(server: TestServer) {
        let (_, id) = bookable(&server, &seats(2)).await;
        let answer = book(&server, &sent(id, 10)).await;
        let first = answer.accepted(201);
        assert!(first["seatReferenceUid"].is_string());
        assert_eq!(first["attendees"], json!([]), "others are not shown (R8.3)");
        refused_with(&book(&server, &sent(id, 10)).await, 409, "already_signed_up_for_this_booking_error");
        let answer = book(&server, &sent_by(id, 10, "lea@mail.test")).await;
        let second = answer.accepted(201);
        assert_eq!(second["uid"], first["uid"]);
        assert_ne!(second["seatReferenceUid"], first["seatReferenceUid"]);
        refused_with(&book(&server, &sent_by(id, 10, "kim@mail.test")).await, 409, "booking_seats_full_error");
    }

    /// R24.1: what was a bare 500 names what is missing.
    async fn unknown_event_types_and_missing_answers_are_named(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let text = "Event type with id 2147483000 not found.";
        assert_eq!(book(&server, &sent(2_147_483_000, 10)).await.refused(404), text);
        let mut body = sent(id, 10);
        body.as_object_mut().unwrap().remove("responses");
        assert_eq!(book(&server, &body).await.invalid_fields(), ["responses"]);
        for missing in ["metadata", "language", "timeZone", "start"] {
            let mut body = sent(id, 10);
            body.as_object_mut().unwrap().remove(missing);
            assert_eq!(book(&server, &body).await.invalid_fields(), [missing]);
        }
        assert_eq!(rows(&server).await[0], "0");
    }

    /// R24.4, R7.16: only the second layer looks at the answers.
    async fn answers_are_checked_once(server: TestServer) {
        let fields = json!({ "bookingFields": [{ "type": "text", "slug": "reason", "label": "Reason", "required": true, "placeholder": "" }] });
        let (_, id) = bookable(&server, &fields).await;
        let refused = book(&server, &sent(id, 10)).await;
        assert_eq!(refused.refused(400), "responses - {reason}error_required_field, ");
        assert_eq!(refused.body["error"]["code"], "BAD_REQUEST");
        let address = answering(&sent(id, 10), &json!({ "reason": "tooth", "email": "no address" }));
        assert_eq!(book(&server, &address).await.refused(400), "responses - {email}email_validation_error, ");
        let nobody = answering(&sent(id, 10), &json!({ "reason": "tooth", "email": null, "name": null }));
        assert!(book(&server, &nobody).await.refused(400).contains("{email}error_required_field"));
        let _ = book(&server, &answering(&sent(id, 10), &json!({ "reason": "tooth" }))).await.accepted(201);
    }

    /// R24.1
    async fn blocked_addresses_have_the_legacy_envelope(server: Blocking) {
        let (_, id) = bookable(&server.0, &json!({})).await;
        let refused = book(&server.0, &sent_by(id, 10, "evil+tag@mail.test")).await;
        refused_with(&refused, 403, "Cannot use this email to create the booking.");
    }

    /// 7.2 row 3: the event type may ask for its owner.
    async fn an_event_type_may_ask_who_books(server: TestServer) {
        let (host, id) = bookable(&server, &json!({ "bookingRequiresAuthentication": true })).await;
        let other = Host::new(&server).await;
        assert!(book(&server, &sent(id, 10)).await.refused(401).starts_with("checkBookingRequiresAuthentication"));
        let foreign = call_as(&server, &other.key, "POST", "", &sent(id, 10)).await;
        assert!(foreign.refused(403).starts_with("checkBookingRequiresAuthentication"));
        let _ = call_as(&server, &host.key, "POST", "", &sent(id, 10)).await.accepted(201);
    }

    /// BK-84, 24.4
    async fn users_cannot_be_booked_at_once(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let instant = async |body: &Value| call(&server, "POST", "/instant", body).await;
        let text = "Only Team Event Types are supported for Instant Meeting";
        assert_eq!(instant(&sent(id, 10)).await.refused(400), text);
        let group = with(&sent(id, 10), &json!({ "eventTypeId": 0 }));
        assert_eq!(instant(&group).await.refused(400), text);
        assert_eq!(instant(&sent(2_147_483_000, 10)).await.refused(404), "Event type with id 2147483000 not found.");
        assert_eq!(instant(&json!({})).await.status, 400);
        assert_eq!(rows(&server).await[0], "0");
    }
}
