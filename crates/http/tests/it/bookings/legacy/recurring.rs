//! `POST /v2/bookings/recurring` (24.3).

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};
use uuid::Uuid;

use super::{LEGACY, book, call, effects, refused_with, rows, sent, sent_by};
use crate::bookings::{bookable, latest_more, with};

/// A day of September 2050, and an hour of it.
fn on(body: &Value, day: u32) -> Value {
    let time = |name: &str| body[name].as_str().unwrap().replace("-05T", &format!("-{day:02}T"));
    with(body, &json!({ "start": time("start"), "end": time("end") }))
}

fn weekly() -> Value {
    json!({ "recurrence": { "interval": 1, "occurrences": 4, "frequency": "weekly" } })
}

fn four(event_type: i32) -> Vec<Value> {
    [5, 12, 19, 26].map(|day| on(&sent(event_type, 10), day)).to_vec()
}

async fn make(server: &TestServer, bodies: &[Value]) -> slotd_testkit::Answer {
    call(server, "POST", "/recurring", &json!(bodies)).await
}

on_both_engines! {
    /// BK-92, R1.2
    async fn all_bookings_of_a_series_are_made(server: TestServer) {
        let (_, id) = bookable(&server, &weekly()).await;
        let answer = make(&server, &four(id)).await;
        let data = answer.accepted(201).as_array().unwrap();
        assert_eq!(data.len(), 4);
        let series = data[0]["recurringEventId"].as_str().unwrap();
        assert!(Uuid::parse_str(series).is_ok(), "{series}");
        for (booking, day) in data.iter().zip([5, 12, 19, 26]) {
            assert_eq!(booking["recurringEventId"], series);
            assert_eq!(booking["startTime"], format!("2050-09-{day:02}T10:00:00.000Z"));
        }
        assert_eq!(data.iter().map(|it| it["uid"].as_str()).collect::<std::collections::BTreeSet<_>>().len(), 4);
        // The name that it once had.
        let other: Vec<Value> = four(id).iter().map(|body| answering_at(body, 11)).collect();
        let path = "/v2/bookings/reccuring";
        let called = server.call("POST", path).header("cal-api-version", LEGACY).json(&json!(other)).send().await;
        assert_eq!(called.accepted(201).as_array().unwrap().len(), 4);
    }

    /// 24.3: all or nothing.
    async fn one_that_is_taken_keeps_all_from_being_made(server: TestServer) {
        let (_, id) = bookable(&server, &weekly()).await;
        let _ = book(&server, &on(&sent_by(id, 10, "lea@mail.test"), 19)).await.accepted(201);
        let before = (rows(&server).await, effects(&server).await);
        refused_with(&make(&server, &four(id)).await, 400, "no_available_users_found_error");
        // Its own bookings are in each other's way, too.
        let twice = [on(&sent(id, 10), 5), on(&sent(id, 10), 5)];
        refused_with(&make(&server, &twice).await, 400, "no_available_users_found_error");
        let dry = twice.map(|body| with(&body, &json!({ "_isDryRun": true })));
        refused_with(&make(&server, &dry).await, 400, "no_available_users_found_error");
        assert_eq!((rows(&server).await, effects(&server).await), before);
    }

    /// 24.3: mails for the first only; webhooks for each (R7.53).
    async fn mails_tell_of_the_first_only(server: TestServer) {
        let (_, id) = bookable(&server, &weekly()).await;
        let world = server.world().await;
        let path = format!("/v2/oauth-clients/{}", world.client);
        let patch = server.call("PATCH", &path).bearer(&world.key);
        assert_eq!(patch.json(&json!({ "areEmailsEnabled": true })).send().await.status, 200);
        let made = server.call("POST", "/v2/bookings/recurring").header("x-cal-client-id", &world.client);
        let _ = made.json(&json!(four(id))).send().await.accepted(201);
        let count = |name: &str, effects: &[String]| effects.iter().filter(|it| *it == name).count();
        let effects = effects(&server).await;
        assert_eq!(count("mail.scheduled", &effects), 1);
        assert_eq!(count("webhook.BOOKING_CREATED", &effects), 4);
    }

    /// Whoever knows the id of a series can cancel it, so nobody is made part of another's.
    async fn a_series_id_joins_no_series_of_somebody_else(server: TestServer) {
        let (_, id) = bookable(&server, &weekly()).await;
        let named = |bodies: &[Value], series: &str| -> Vec<Value> {
            bodies.iter().map(|body| with(body, &json!({ "recurringEventId": series, "recurringCount": 4 }))).collect()
        };
        let series = "7c2b85b2-63b1-4432-b800-144f4967240c";
        let made = make(&server, &named(&four(id), series)).await;
        assert_eq!(made.accepted(201)[3]["recurringEventId"], series);
        let before = rows(&server).await;
        let (_, other) = bookable(&server, &weekly()).await;
        let stranger = [on(&sent_by(id, 12, "lea@mail.test"), 5), on(&sent_by(id, 12, "lea@mail.test"), 12)];
        for bodies in [named(&four(other), series), named(&stranger, series), named(&four(other)[..1], series)] {
            let refused = make(&server, &bodies).await;
            assert!(refused.refused(409).contains("recurringEventId"), "{}", refused.text);
        }
        let single = with(&sent_by(id, 12, "lea@mail.test"), &json!({ "recurringEventId": series }));
        assert!(book(&server, &single).await.refused(409).contains("recurringEventId"));
        assert_eq!(rows(&server).await, before);
        // The same booker goes on with it, one by one.
        let single = with(&sent(id, 12), &json!({ "recurringEventId": series }));
        assert_eq!(book(&server, &single).await.accepted(201)["recurringEventId"], series);
        for (bad, last) in [("x", "x"), (series, "3e5c1a52-6c1b-4f5e-9b0c-0f6f3c1a7b11")] {
            let mut bodies = named(&four(id), bad);
            bodies[3]["recurringEventId"] = last.into();
            assert!(make(&server, &bodies).await.refused(400).contains("UUID"), "{bad}");
        }
    }

    /// R7.49: not more than the event type repeats; what it does not repeat keeps the window.
    async fn a_list_is_no_way_around_the_event_type(server: TestServer) {
        let window = json!({ "bookingWindow": { "type": "calendarDays", "value": 9000, "rolling": false } });
        let (_, plain) = bookable(&server, &window).await;
        let far = |event_type: i32, year: &str| {
            let body = sent(event_type, 10).to_string().replace("2050-09", year);
            serde_json::from_str::<Value>(&body).unwrap()
        };
        let near = far(plain, "2050-09");
        refused_with(&make(&server, &[near, far(plain, "2050-11")]).await, 400, "booking_time_out_of_bounds_error");
        let (_, repeated) = bookable(&server, &with(&window, &weekly())).await;
        let near = |day| on(&sent(repeated, 10), day);
        refused_with(&make(&server, &[near(5), far(repeated, "2050-11")]).await, 400, "booking_time_out_of_bounds_error");
        let five = [5, 12, 19, 26, 28].map(near);
        let text = "Provided recurrence count is higher than the event type's recurring event count.";
        assert_eq!(make(&server, &five).await.refused(400), text);
        assert_eq!(rows(&server).await[0], "0");
    }

    /// 7.9 row 3: of what does not repeat, each booking counts.
    async fn a_list_is_no_way_around_the_limit_of_a_booker(server: TestServer) {
        let limit = json!({ "bookerActiveBookingsLimit": { "maximumActiveBookings": 1, "offerReschedule": false } });
        let (_, id) = bookable(&server, &limit).await;
        let answer = make(&server, &[sent(id, 10), sent(id, 12)]).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert_eq!(rows(&server).await[0], "0");
        let _ = make(&server, &[sent(id, 10)]).await.accepted(201);
    }

    async fn lists_that_are_no_series_are_refused(server: TestServer) {
        let (_, id) = bookable(&server, &weekly()).await;
        let (_, other) = bookable(&server, &weekly()).await;
        assert_eq!(make(&server, &[sent(id, 10), on(&sent(other, 10), 12)]).await.status, 400);
        let moving = with(&sent(id, 10), &json!({ "rescheduleUid": "hK3vQ9rW1xUeT5bYz7NcAm" }));
        assert!(make(&server, &[moving]).await.refused(400).contains("rescheduleUid"));
        for body in [json!([]), json!({}), sent(id, 10), json!([1]), json!(vec![json!({}); 201])] {
            let answer = call(&server, "POST", "/recurring", &body).await;
            assert_eq!(answer.refused(400), "Bad Request Exception");
        }
        let mut wrong = four(id);
        wrong[2]["timeZone"] = json!("Nowhere");
        assert_eq!(make(&server, &wrong).await.invalid_fields(), ["2"]);
        assert_eq!(rows(&server).await[0], "0");
    }

    /// BK-91
    async fn a_dry_run_of_a_series_stores_nothing(server: TestServer) {
        let (_, id) = bookable(&server, &weekly()).await;
        let before = (rows(&server).await, effects(&server).await);
        let dry: Vec<Value> = four(id).iter().map(|body| with(body, &json!({ "_isDryRun": true }))).collect();
        let answer = make(&server, &dry).await;
        for booking in answer.accepted(201).as_array().unwrap() {
            assert_eq!(booking["uid"], "DRY_RUN_UID");
        }
        assert_eq!((rows(&server).await, effects(&server).await), before);
    }

    /// R7.51, R7.53, BK-62: calendars learn the rule of the whole series, if it follows one.
    async fn every_booking_of_a_series_has_its_rule(server: TestServer) {
        let (_, id) = bookable(&server, &weekly()).await;
        let rules = async |bodies: &[Value]| {
            let made = make(&server, bodies).await;
            let mut rules = Vec::new();
            for booking in made.accepted(201).as_array().unwrap() {
                rules.push(latest_more(&server, booking).await["recurrenceRule"].clone());
            }
            rules
        };
        assert_eq!(rules(&four(id)).await, vec![json!("FREQ=WEEKLY;INTERVAL=1;COUNT=4"); 4]);
        let uneven = [on(&sent(id, 14), 5), on(&sent(id, 14), 6)];
        assert_eq!(rules(&uneven).await, vec![Value::Null; 2]);
    }
}

fn answering_at(body: &Value, hour: u32) -> Value {
    let time = |name: &str, hour: u32| {
        let day = &body[name].as_str().unwrap()[..11];
        format!("{day}{hour:02}:00:00Z")
    };
    with(body, &json!({ "start": time("start", hour), "end": time("end", hour + 1) }))
}
