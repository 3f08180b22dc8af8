//! `POST /v2/slots/reserve` and `DELETE /v2/slots/selected-slot`, which the components call
//! (12.2 of the availability rules).

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_http::Settings;
use slotd_testkit::{Answer, Engine, TestBooking, TestServer, on_both_engines};

use super::{Host, daily, hold, hours, set_clock, slots};
use crate::contract::shared;

const DAY: &str = "2050-09-05";

async fn at_office<'a>(server: &'a TestServer, fields: &Value) -> (Host<'a>, i32) {
    let host = Host::new(server).await;
    host.schedule(&daily("UTC")).await;
    let id = host.event_type("meeting", fields).await;
    (host, id)
}

fn wanted(event_type: i32, hour: i32) -> Value {
    json!({
        "eventTypeId": event_type,
        "slotUtcStartDate": format!("{DAY}T{hour:02}:00:00Z"),
        "slotUtcEndDate": format!("{DAY}T{:02}:00:00Z", hour + 1),
    })
}

async fn reserve(server: &TestServer, body: &Value, uid: Option<&str>) -> Answer {
    let call = server.call("POST", "/v2/slots/reserve").header("cal-api-version", "2024-06-14");
    let call = match uid {
        Some(uid) => call.header("cookie", &format!("uid={uid}")),
        None => call,
    };
    call.json(body).send().await
}

fn uid(answer: &Answer) -> String {
    let uid = answer.accepted(201).as_str().unwrap();
    assert!(uuid::Uuid::parse_str(uid).is_ok(), "{uid}");
    uid.to_owned()
}

async fn release(server: &TestServer, query: &str, cookie: Option<&str>) {
    let call = server.call("DELETE", &format!("/v2/slots/selected-slot{query}"));
    let call = match cookie {
        Some(uid) => call.header("cookie", &format!("uid={uid}")),
        None => call,
    };
    let answer = call.send().await;
    assert_eq!(
        (answer.status, &answer.body),
        (200, &json!({ "status": "success" })),
        "{}",
        answer.text
    );
}

/// A server that is reached over https.
struct Secure(TestServer);

impl Secure {
    async fn start(engine: Engine) -> Option<Self> {
        let public_url = "https://slotd.example.com".to_owned();
        let settings = Settings { public_url, ..TestServer::settings() };
        TestServer::start_with(engine, settings, axum::Router::new()).await.map(Self)
    }
}

on_both_engines! {
    /// SLOT-110, RES-2
    async fn a_slot_is_kept_for_five_minutes(server: TestServer) {
        let (_, id) = at_office(&server, &json!({})).await;
        let answer = reserve(&server, &wanted(id, 9), None).await;
        let uid = uid(&answer);
        assert_eq!(answer.headers["set-cookie"], format!("uid={uid}; Path=/"));
        assert_eq!(hours(&server, id, DAY).await.len(), 7);
        // Repeated in time, it is kept for longer and has the same uid.
        server.advance(SignedDuration::from_mins(4));
        let again = reserve(&server, &wanted(id, 9), Some(&uid)).await;
        assert_eq!(again.accepted(201), &json!(uid));
        assert_eq!(again.headers["set-cookie"], format!("uid={uid}; Path=/"));
        server.advance(SignedDuration::from_mins(5) - SignedDuration::from_micros(1));
        assert_eq!(hours(&server, id, DAY).await.len(), 7);
        server.advance(SignedDuration::from_micros(1));
        assert_eq!(hours(&server, id, DAY).await.len(), 8);
    }

    /// SLOT-110
    async fn over_https_the_cookie_is_for_other_sites(secure: Secure) {
        let server = secure.0;
        let (_, id) = at_office(&server, &json!({})).await;
        let answer = reserve(&server, &wanted(id, 9), None).await;
        let uid = uid(&answer);
        let cookie = &answer.headers["set-cookie"];
        let mut parts: Vec<&str> = cookie.split("; ").collect();
        assert_eq!(parts.remove(0), format!("uid={uid}"));
        parts.sort_unstable();
        assert_eq!(parts, ["Path=/", "SameSite=None", "Secure"]);
    }

    /// SLOT-111: who comes late hears nothing of it, and gives up what was held before.
    async fn a_slot_that_cannot_be_kept_is_answered_alike(server: TestServer) {
        let (host, id) = at_office(&server, &json!({})).await;
        let first = uid(&reserve(&server, &wanted(id, 9), None).await);
        let second = uid(&reserve(&server, &wanted(id, 9), None).await);
        assert_ne!(first, second);
        release(&server, &format!("?uid={second}"), None).await;
        assert_eq!(hours(&server, id, DAY).await[0], "10:00", "the second held nothing");
        server.new_booking(&TestBooking::new(host.id, id, "2050-09-05T12:00:00Z", "2050-09-05T13:00:00Z")).await;
        let third = uid(&reserve(&server, &wanted(id, 10), None).await);
        assert_eq!(hours(&server, id, DAY).await[0], "11:00");
        let moved = reserve(&server, &wanted(id, 12), Some(&third)).await;
        assert_eq!(moved.accepted(201), &json!(third));
        assert_eq!(hours(&server, id, DAY).await[0], "10:00");
        // To a free one it moves.
        let _ = reserve(&server, &wanted(id, 13), Some(&third)).await.accepted(201);
        assert_eq!(hours(&server, id, DAY).await, ["10:00", "11:00", "14:00", "15:00", "16:00"]);
    }

    /// SLOT-112, I-12
    async fn every_seat_can_be_kept(server: TestServer) {
        let seats = json!({ "seatsPerTimeSlot": 3, "showAttendeeInfo": false, "showAvailabilityCount": true });
        let (host, id) = at_office(&server, &json!({ "seats": seats })).await;
        let remaining = async || {
            let data = slots(&server, &format!("eventTypeId={id}&start={DAY}&end={DAY}")).await;
            data[DAY][0]["seatsRemaining"].as_i64().unwrap()
        };
        let first = uid(&reserve(&server, &wanted(id, 9), None).await);
        assert_eq!(remaining().await, 2);
        server.new_booking(&TestBooking::new(host.id, id, "2050-09-05T09:00:00Z", "2050-09-05T10:00:00Z")).await;
        let _ = uid(&reserve(&server, &wanted(id, 9), None).await);
        assert_eq!(remaining().await, 0);
        let late = uid(&reserve(&server, &wanted(id, 9), None).await);
        release(&server, &format!("?uid={late}"), None).await;
        assert_eq!(remaining().await, 0);
        // Its own seat is not in the way.
        let _ = reserve(&server, &wanted(id, 9), Some(&first)).await.accepted(201);
        release(&server, "", Some(&first)).await;
        assert_eq!(remaining().await, 1);
    }

    /// SLOT-113, SLOT-114, AV-5
    async fn wrong_bodies_are_refused_and_a_dry_run_keeps_nothing(server: TestServer) {
        let (_, id) = at_office(&server, &json!({})).await;
        for unknown in [0, -1, 2_147_483_647] {
            let refused = reserve(&server, &wanted(unknown, 9), None).await;
            if unknown > 0 {
                assert_eq!(refused.refused(404), "Event Type not found");
            } else {
                assert_eq!(refused.status, 400, "{}", refused.text);
            }
        }
        let mut dry = wanted(id, 9);
        dry["_isDryRun"] = true.into();
        let answer = reserve(&server, &dry, None).await;
        let _ = uid(&answer);
        assert_eq!(hours(&server, id, DAY).await.len(), 8);
        let empty = reserve(&server, &json!({}), None).await;
        assert_eq!(empty.invalid_fields(), ["eventTypeId", "slotUtcStartDate", "slotUtcEndDate"]);
        for (field, value) in [
            ("eventTypeId", json!("1")),
            ("eventTypeId", json!(1.5)),
            ("slotUtcStartDate", json!("tomorrow")),
            ("slotUtcStartDate", json!(1)),
            ("slotUtcEndDate", json!(null)),
            ("_isDryRun", json!("yes")),
        ] {
            let mut wrong = wanted(id, 9);
            wrong[field] = value;
            assert_eq!(reserve(&server, &wrong, None).await.invalid_fields(), [field], "{wrong}");
        }
        let mut backwards = wanted(id, 9);
        backwards["slotUtcEndDate"] = "2050-09-05T09:00:00Z".into();
        assert_eq!(reserve(&server, &backwards, None).await.refused(400), "slotUtcEndDate must be after slotUtcStartDate");
        let mut long = wanted(id, 9);
        long["slotUtcEndDate"] = "2050-09-05T10:00:01Z".into();
        let text = "slotUtcEndDate must not be later than the longest booking of this event type would end";
        assert_eq!(reserve(&server, &long, None).await.refused(400), text);
        // Unknown fields, and a booking to join.
        let mut more = wanted(id, 9);
        more["bookingUid"] = "x".into();
        more["more"] = json!([1]);
        let _ = uid(&reserve(&server, &more, None).await);
        assert_eq!(hours(&server, id, DAY).await.len(), 7);
        // The past is as good as never held.
        let past = json!({ "eventTypeId": id, "slotUtcStartDate": "2020-01-01T09:00:00Z", "slotUtcEndDate": "2020-01-01T10:00:00Z" });
        let _ = uid(&reserve(&server, &past, None).await);
    }

    /// RES-19: a cookie that another site set is not a hold's name.
    async fn a_cookie_that_is_no_uuid_is_passed_over(server: TestServer) {
        let (_, id) = at_office(&server, &json!({})).await;
        for (cookie, hour) in [("5", 9), ("", 10), ("a'b", 11), ("%00", 12), (&*"x".repeat(3_000), 13)] {
            let uid = uid(&reserve(&server, &wanted(id, hour), Some(cookie)).await);
            assert_ne!(uid, cookie);
            release(&server, "", Some(cookie)).await;
            release(&server, "?uid=5&uid=", Some(cookie)).await;
        }
        assert_eq!(hours(&server, id, DAY).await, ["14:00", "15:00", "16:00"]);
    }

    /// 5.6 of the components' rules: releasing always succeeds, by cookie before the query.
    async fn a_kept_slot_is_given_back(server: TestServer) {
        let (_, id) = at_office(&server, &json!({})).await;
        let one = uid(&reserve(&server, &wanted(id, 9), None).await);
        let other = uid(&reserve(&server, &wanted(id, 10), None).await);
        release(&server, "", None).await;
        release(&server, "?uid=", None).await;
        release(&server, "?uid=nothing", None).await;
        release(&server, "?uid=%00&uid[]=x", None).await;
        assert_eq!(hours(&server, id, DAY).await.len(), 6);
        release(&server, &format!("?uid={one}"), Some(&other)).await;
        assert_eq!(hours(&server, id, DAY).await, ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]);
        release(&server, &format!("?uid={one}"), None).await;
        release(&server, &format!("?uid={one}"), None).await;
        assert_eq!(hours(&server, id, DAY).await.len(), 8);
    }

    /// RES-15: both versions know each other's holds.
    async fn holds_of_both_versions_are_of_one_kind(server: TestServer) {
        let (_, id) = at_office(&server, &json!({})).await;
        let uid = uid(&reserve(&server, &wanted(id, 9), None).await);
        assert_eq!(
            hold(&server, id, "2050-09-05T09:30:00Z").await.refused(422),
            "This time slot is already reserved by another user. Please choose a different time."
        );
        let read = server.call("GET", &format!("/v2/slots/reservations/{uid}")).send().await;
        assert_eq!(read.accepted(200)["slotStart"], "2050-09-05T09:00:00.000Z");
        let _ = server.call("DELETE", &format!("/v2/slots/reservations/{uid}")).send().await.accepted(200);
        assert_eq!(hours(&server, id, DAY).await.len(), 8);
    }

    /// AV-10, 5.5 and 5.6 of the components' rules: the recorded calls have answers of the recorded shapes.
    async fn the_recorded_calls_have_the_recorded_answers(server: TestServer) {
        // The recordings were made on 2026-11-24.
        set_clock(&server, "2026-11-24T12:00:00Z".parse().unwrap());
        let host = Host::new(&server).await;
        let free = |days: &[&str]| json!({ "timeZone": "Europe/London", "availability": [{ "days": days, "startTime": "09:00", "endTime": "11:00" }] });
        host.schedule(&free(&["Wednesday", "Thursday"])).await;
        let seats = json!({ "seatsPerTimeSlot": 3, "showAttendeeInfo": true, "showAvailabilityCount": true });
        let intro = host.event_type("intro", &json!({ "lengthInMinutes": 30 })).await;
        let class = host.event_type("class", &json!({ "lengthInMinutes": 30, "seats": seats })).await;
        let mut booking = TestBooking::new(host.id, class, "2026-12-03T09:00:00Z", "2026-12-03T09:30:00Z");
        booking.attendees = 1;
        let (_, booked) = server.new_booking(&booking).await;
        for name in ["slots-available", "slots-available-seats", "slots-reserve", "slots-release"] {
            let Some(recorded) = shared(&format!("atoms-examples/{name}.json")) else { return };
            let (request, expected) = (&recorded["request"], &recorded["response"]);
            let ids = |text: &str| match text {
                "110" => intro.to_string(),
                "114" => class.to_string(),
                text if text.starts_with("host-") => format!("person-{}", host.id),
                text => text.to_owned(),
            };
            let pairs = request["query"].as_object().into_iter().flatten();
            let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}={}", ids(value.as_str().unwrap()))).collect();
            let path = format!("{}?{}", request["path"].as_str().unwrap(), pairs.join("&"));
            let call = server.call(request["method"].as_str().unwrap(), &path);
            let call = call.header("cal-api-version", request["headers"]["cal-api-version"].as_str().unwrap());
            let call = match request.get("body") {
                Some(body) => {
                    let mut body = body.clone();
                    body["eventTypeId"] = intro.into();
                    call.json(&body)
                }
                None => call,
            };
            let answer = call.header("x-cal-platform-embed", "false").send().await;
            assert_eq!(answer.status, expected["status"], "{name}: {}", answer.text);
            let (ours, theirs) = (&answer.body, &expected["body"]);
            match name {
                "slots-available" => assert_eq!(ours["data"]["slots"]["2026-11-25"], theirs["data"]["slots"]["2026-11-25"]),
                "slots-available-seats" => {
                    let mut theirs = theirs["data"]["slots"]["2026-12-03"].clone();
                    theirs[0]["bookingUid"] = booked.clone().into();
                    assert_eq!(ours["data"]["slots"]["2026-12-03"], theirs);
                }
                "slots-reserve" => assert!(ours["data"].is_string() && ours["status"] == "success", "{ours}"),
                _ => assert_eq!(ours, theirs),
            }
        }
    }
}
