//! `GET /v2/slots?explain=true`: why a day has the slots it has, and who may know.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use slotd_domain::oauth2::ClientType;
use slotd_domain::{Role, UserId};
use slotd_testkit::{TestBooking, TestServer, on_both_engines};

use super::{Host, away, daily, hold, id_of};

const DAYS: &str = "start=2050-09-05&end=2050-09-06";

/// Names of the rules that the answer mentions.
fn rules(explanation: &Value) -> BTreeSet<&str> {
    let days = explanation.as_array().unwrap().iter();
    let removed = days.flat_map(|day| {
        let hosts = day["hosts"].as_array().unwrap().iter();
        let removed = hosts.flat_map(|host| host["removed"].as_array().unwrap());
        removed.chain(day["refused"].as_array().unwrap())
    });
    removed.map(|removed| removed["rule"].as_str().unwrap()).collect()
}

async fn explained(host: &Host<'_>, event_type: i32, days: &str) -> Value {
    let path = format!("/v2/slots?eventTypeId={event_type}&{days}&explain=true");
    let answer = host.call("GET", &path, "2024-09-04", &json!({})).await;
    let _ = answer.accepted(200);
    answer.body["explanation"].clone()
}

on_both_engines! {
    /// Who may see the event types of all hosts may know why they are not free.
    async fn only_who_manages_the_hosts_gets_an_explanation(server: TestServer) {
        let world = server.world().await;
        let place = |role| Some((world.organization, role, true));
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap().to_owned();
        let host = Host { server: &server, id: id_of(&user["user"]), key: token.clone() };
        let id = host.event_type("own", &json!({})).await;
        let path = format!("/v2/slots?eventTypeId={id}&{DAYS}&explain=true");
        let call = || server.call("GET", &path);
        let admin = server.new_person(place(Role::Admin)).await;
        let member = server.new_person(place(Role::Member)).await;
        let admin = server.new_key(admin, Some(world.organization), None).await;
        let member = server.new_key(member, Some(world.organization), None).await;
        let client = call().header("x-cal-client-id", &world.client).secret(&world.secret);
        for call in [call().bearer(&token), call().bearer(&admin), call().bearer(&world.key), client] {
            let answer = call.send().await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            let explanation = answer.body["explanation"].as_array().unwrap();
            assert_eq!(explanation.len(), 2, "{}", answer.text);
            assert_eq!(explanation[0]["hosts"][0]["userId"], host.id);
        }

        let stranger = Host::new(&server).await;
        let other = server.world().await;
        let foreign = server.new_managed_user(&other, "m@example.com").await;
        let sibling = server.new_managed_user(&world, "bob@example.com").await;
        let token_of = |user: &Value| user["accessToken"].as_str().unwrap().to_owned();
        for bearer in [stranger.key.clone(), other.key.clone(), token_of(&foreign), token_of(&sibling), member] {
            let answer = call().bearer(&bearer).send().await;
            assert!(answer.refused(403).starts_with("explain can only be used by the owner"), "{}", answer.text);
            assert!(answer.body.get("explanation").is_none());
        }
        let foreign_client = call().header("x-cal-client-id", &other.client).secret(&other.secret);
        let _ = foreign_client.send().await.refused(403);
        let nobody = call().send().await;
        assert!(nobody.refused(401).starts_with("explain can only be used for authenticated requests"));
        for bearer in ["cal_unknown", "unknown"] {
            let _ = call().bearer(bearer).send().await.refused(401);
        }
        let wrong = call().header("x-cal-client-id", &world.client).secret("wrong");
        let _ = wrong.send().await.refused(401);

        // Without the question there is no explanation, for nobody.
        for query in ["", "&explain=false", "&explain="] {
            let path = format!("/v2/slots?eventTypeId={id}&{DAYS}{query}");
            for call in [server.call("GET", &path), server.call("GET", &path).bearer(&token)] {
                let answer = call.send().await;
                let keys: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
                assert_eq!(keys, ["status", "data"], "{}", answer.text);
            }
        }
    }

    /// O2-12: an app hears only what it may see.
    async fn an_app_needs_the_scope_of_event_types(server: TestServer) {
        let host = Host::new(&server).await;
        let id = host.event_type("own", &json!({})).await;
        let app = server.new_app(UserId(host.id), ClientType::Confidential, Some(&["APPS_READ", "EVENT_TYPE_READ"])).await;
        let session = server.new_session(UserId(host.id)).await;
        let path = format!("/v2/slots?eventTypeId={id}&{DAYS}");
        for (scope, status) in [("APPS_READ", 403), ("EVENT_TYPE_READ", 200)] {
            let tokens = server.app_tokens(&app, &session, &[scope]).await;
            let token = tokens["access_token"].as_str().unwrap();
            assert_eq!(server.call("GET", &path).bearer(token).send().await.status, 200);
            let explained = server.call("GET", &format!("{path}&explain=true")).bearer(token).send().await;
            assert_eq!(explained.status, status, "{scope}: {}", explained.text);
        }
    }

    /// SLOT-12: of a group, every host must be the caller's to see.
    async fn a_group_is_explained_to_who_manages_all_of_it(server: TestServer) {
        let (one, other) = (Host::new(&server).await, Host::new(&server).await);
        let path = format!("/v2/slots?usernames=person-{},person-{}&{DAYS}&explain=true", one.id, other.id);
        let _ = one.call("GET", &path, "2024-09-04", &json!({})).await.refused(403);
    }

    /// SLOT-21: each rule is named where it took something, and nothing else is told.
    async fn every_rule_has_its_name(server: TestServer) {
        let host = Host::new(&server).await;
        let mut schedule = daily("UTC");
        schedule["overrides"] = json!([{ "date": "2050-09-06", "startTime": "10:00", "endTime": "12:00" }]);
        host.schedule(&schedule).await;
        let id = host.event_type("own", &json!({ "afterEventBuffer": 15 })).await;
        let days = explained(&host, id, DAYS).await;
        assert_eq!(days[0]["date"], "2050-09-05");
        assert_eq!(days[0]["slots"], 8);
        assert_eq!(
            days[0]["hosts"][0]["working"],
            json!([{ "start": "2050-09-05T09:00:00.000Z", "end": "2050-09-05T17:00:00.000Z" }])
        );
        assert!(rules(&days).contains("workingHours"), "{days}");
        assert!(rules(&days).contains("override"), "{days}");

        let mut booking = TestBooking::new(host.id, id, "2050-09-05T10:00:00Z", "2050-09-05T11:00:00Z");
        booking.attendees = 3;
        let (booking_id, uid) = server.new_booking(&booking).await;
        let _ = hold(&server, id, "2050-09-05T13:00:00Z").await.accepted(201);
        let days = explained(&host, id, DAYS).await;
        let found = rules(&days);
        for rule in ["booking", "buffer", "hold"] {
            assert!(found.contains(rule), "{rule}: {days}");
        }
        // Whose booking it is, and what, is not told.
        let text = days.to_string();
        for secret in [&uid, "stranger-", "Meeting", "example.org", "@", "Somebody"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        let day = days[0].as_object().unwrap();
        assert_eq!(day.keys().collect::<Vec<_>>(), ["date", "slots", "hosts", "refused"]);
        for removed in day["hosts"][0]["removed"].as_array().unwrap() {
            assert_eq!(removed.as_object().unwrap().keys().collect::<Vec<_>>(), ["rule", "start", "end"]);
        }

        // Limits, windows, notice, days out of office, the first of a day.
        let limited = host.event_type("limited", &json!({ "bookingLimitsCount": { "day": 1 }, "bookingLimitsDuration": { "day": 60 } })).await;
        booking.event_type = Some(limited);
        booking.start = "2050-09-05T15:00:00Z".parse().unwrap();
        booking.end = "2050-09-05T16:00:00Z".parse().unwrap();
        server.new_booking(&booking).await;
        let found = explained(&host, limited, DAYS).await;
        assert!(rules(&found).is_superset(&["countLimit", "durationLimit"].into()), "{found}");
        let window = json!({ "bookingWindow": { "type": "calendarDays", "value": 3, "rolling": false }, "minimumBookingNotice": 600 });
        let window = host.event_type("window", &window).await;
        let found = explained(&host, window, "start=2026-03-02&end=2026-03-10").await;
        assert!(rules(&found).is_superset(&["notice", "bookingWindow"].into()), "{found}");
        let first = host.event_type("first", &json!({ "onlyShowFirstAvailableSlot": true })).await;
        let found = explained(&host, first, DAYS).await;
        assert!(rules(&found).contains("notFirst"), "{found}");
        assert_eq!(found[0]["slots"], 1);
        let seats = json!({ "seatsPerTimeSlot": 2, "showAttendeeInfo": false, "showAvailabilityCount": true });
        let class = host.event_type("class", &json!({ "seats": seats, "slotInterval": 30 })).await;
        booking.event_type = Some(class);
        booking.start = "2050-09-05T10:00:00Z".parse().unwrap();
        booking.end = "2050-09-05T11:00:00Z".parse().unwrap();
        server.cancel_booking(booking_id).await;
        server.new_booking(&booking).await;
        let found = explained(&host, class, DAYS).await;
        assert!(rules(&found).contains("sharedTime"), "{found}");

        away(&server, host.id, ["2050-09-05", "2050-09-05"], "sick", None).await;
        let found = explained(&host, id, DAYS).await;
        assert!(rules(&found).contains("outOfOffice"), "{found}");
        assert_eq!(found[0]["slots"], 0);
        let text = found.to_string();
        assert!(!text.contains("sick") && !text.contains("private"), "{text}");
    }
}
