//! What the components call (section 4.2 of the availability rules, 5.12 to 5.14 of the
//! components' own).

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::{CURRENT, LEGACY, Person, new, office_hours};
use crate::contract::shared;

/// A recording or an answer without its ids, and without `workingHours[].userId`, which
/// only the rules of the legacy shape name.
fn without_ids(value: &Value) -> Value {
    const IDS: [&str; 6] =
        ["id", "userId", "ownerId", "scheduleId", "prevDefaultId", "currentDefaultId"];
    match value {
        Value::Object(members) => {
            let is_working_hours = members.get("startTime").is_some_and(Value::is_i64);
            let shown = members.iter().filter(|(name, _)| !is_working_hours || *name != "userId");
            let shown = shown.map(|(name, value)| {
                let is_id = IDS.contains(&name.as_str()) && value.is_i64();
                (name.clone(), if is_id { json!("<id>") } else { without_ids(value) })
            });
            Value::Object(shown.collect())
        }
        Value::Array(values) => values.iter().map(without_ids).collect(),
        other => other.clone(),
    }
}

on_both_engines! {
    /// SCH-41, AV-10: the recorded calls of the components, in the order in which they were made.
    async fn the_recorded_calls_have_the_recorded_answers(server: TestServer) {
        let world = server.world().await;
        let client = format!("/v2/oauth-clients/{}", world.client);
        let enable = json!({ "areDefaultEventTypesEnabled": true });
        let enabled = server.call("PATCH", &client).bearer(&world.key).json(&enable).send().await;
        assert_eq!(enabled.status, 200);
        // The recordings were made on 2026-11-24.
        server.advance(jiff::SignedDuration::from_hours(267 * 24));
        let person = Person::new(&server, &world, "a@example.com", Some("Europe/London")).await;
        let default = person.default(&server).await["id"].to_string();
        let mut created = String::new();
        for name in [
            "schedule-update", "schedule", "schedules-all", "schedule-create", "schedule-by-event-type",
            "schedule-set-default", "schedule-duplicate", "schedule-delete",
        ] {
            let Some(recorded) = shared(&format!("atoms-examples/{name}.json")) else { return };
            let (request, expected) = (&recorded["request"], &recorded["response"]);
            let path = request["path"].as_str().unwrap();
            let path = path.replace("/102", &format!("/{default}")).replace("/152", &format!("/{created}"));
            let path = path.replace("/154", &format!("/{created}")).replace("/intro", "/thirty-minutes");
            let method = request["method"].as_str().unwrap();
            let version = request["headers"]["cal-api-version"].as_str().unwrap();
            let answer = person.send(&server, version, method, &path, request.get("body")).await;
            assert_eq!(answer.status, expected["status"], "{name}: {}", answer.text);
            assert_eq!(without_ids(&answer.body), without_ids(&expected["body"]), "{name}");
            if name == "schedule-create" {
                created = answer.body["data"]["schedule"]["id"].to_string();
            }
        }
    }

    /// SCH-42
    async fn the_default_schedule_is_shown_unless_another_is_asked_for(server: TestServer) {
        let world = server.world().await;
        let person = Person::new(&server, &world, "a@example.com", Some("UTC")).await;
        let other = Person::new(&server, &world, "b@example.com", None).await;
        let default = person.default(&server).await;
        let second = person.create(&server, &new("Second", false)).await.accepted(201).clone();
        for version in [LEGACY, CURRENT, "2024-09-04"] {
            for (query, id) in [
                (String::new(), &default["id"]),
                ("?scheduleId=".to_owned(), &default["id"]),
                ("?isManagedEventType=true".to_owned(), &default["id"]),
                (format!("?scheduleId={}&isManagedEventType=false", second["id"]), &second["id"]),
            ] {
                let shown = person.call(&server, version, "GET", &format!("/v2/atoms/schedules{query}")).await;
                let legacy = person.call(&server, LEGACY, "GET", &format!("/v2/schedules/{id}")).await;
                assert_eq!(shown.accepted(200), legacy.accepted(200), "{query}");
            }
        }
        let path = format!("/v2/atoms/schedules?scheduleId={}", second["id"]);
        let foreign = other.call(&server, CURRENT, "GET", &path).await;
        assert_eq!(foreign.refused(403), format!("User with ID={} does not own schedule with ID={}", other.id, second["id"]));
        let absent = other.call(&server, CURRENT, "GET", "/v2/atoms/schedules?scheduleId=99999").await;
        assert_eq!(absent.refused(404), "Schedule with ID=99999 does not exist.");
        let bad = other.call(&server, CURRENT, "GET", "/v2/atoms/schedules?scheduleId=x").await;
        assert_eq!(bad.refused(400), "Validation failed (numeric string is expected)");
        assert_eq!(other.call(&server, CURRENT, "GET", "/v2/atoms/schedules").await.accepted(200), &json!(null));
        let all = other.call(&server, CURRENT, "GET", "/v2/atoms/schedules/all").await;
        assert_eq!(all.accepted(200), &json!({ "schedules": [] }));
        let _ = person.call(&server, CURRENT, "DELETE", &format!("/v2/schedules/{}", default["id"])).await.accepted(200);
        assert_eq!(person.call(&server, CURRENT, "GET", "/v2/atoms/schedules").await.accepted(200), &json!(null));
    }

    /// SCH-40
    async fn a_schedule_is_created_with_a_name_alone(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", Some("UTC")).await;
        let moved = person.send(&server, CURRENT, "PATCH", "/v2/me", Some(&json!({ "timeZone": "Asia/Tokyo" }))).await;
        assert_eq!(moved.status, 200);
        let path = "/v2/atoms/schedules/create";
        let created = person.send(&server, CURRENT, "POST", path, Some(&json!({ "name": "  Evenings\n", "eventTypeId": 1 }))).await;
        let schedule = &created.accepted(201)["schedule"];
        assert_eq!(schedule, &json!({ "id": schedule["id"], "userId": person.id, "name": "Evenings", "timeZone": "Asia/Tokyo" }));
        let list = person.list(&server).await;
        assert_eq!((&list[1]["availability"], &list[1]["isDefault"]), (&office_hours(), &json!(false)));

        let range = json!({ "start": "2026-03-02T18:00:00.000Z", "end": "2026-03-02T20:00:00.000Z" });
        let body = json!({ "name": "Own", "schedule": [[range], [], [range]] });
        let created = person.send(&server, CURRENT, "POST", path, Some(&body)).await;
        assert_eq!(created.status, 201);
        let hours = json!([{ "days": ["Sunday", "Tuesday"], "startTime": "18:00", "endTime": "20:00" }]);
        assert_eq!(person.list(&server).await[2]["availability"], hours);

        for empty in ["", "  ", "\t\n"] {
            let refused = person.send(&server, CURRENT, "POST", path, Some(&json!({ "name": empty }))).await;
            assert_eq!(refused.refused(400), "Schedule name cannot be empty");
            let id = &list[0]["id"];
            let refused = person.send(&server, CURRENT, "PATCH", &format!("/v2/atoms/schedules/{id}"), Some(&json!({ "name": empty }))).await;
            assert_eq!(refused.refused(400), "Schedule name cannot be empty");
        }
        let missing = person.send(&server, CURRENT, "POST", path, Some(&json!({}))).await;
        assert_eq!(missing.invalid_fields(), ["name"]);
    }

    /// Section 4.2 of the availability rules
    async fn a_copy_has_the_hours_and_overrides_and_is_not_the_default(server: TestServer) {
        let world = server.world().await;
        let person = Person::new(&server, &world, "a@example.com", Some("Asia/Tokyo")).await;
        let other = Person::new(&server, &world, "b@example.com", None).await;
        let id = person.default(&server).await["id"].clone();
        let changes = json!({
            "name": "n".repeat(1_000),
            "availability": [{ "days": ["Sunday", "Friday"], "startTime": "18:00", "endTime": "20:00" }],
            "overrides": [{ "date": "2026-05-05", "startTime": "10:00", "endTime": "12:00" }],
        });
        let original = person.patch(&server, &id, &changes).await.accepted(200).clone();
        let path = format!("/v2/atoms/schedules/{id}/duplicate");
        let copied = person.call(&server, CURRENT, "POST", &path).await;
        let mut expected = original.clone();
        expected["id"] = copied.accepted(201)["schedule"]["id"].clone();
        expected["isDefault"] = json!(false);
        expected["name"] = json!("n".repeat(993) + " (Copy)");
        assert_eq!(person.list(&server).await, json!([original, expected]));
        assert_eq!(other.call(&server, CURRENT, "POST", &path).await.status, 403);
        assert_eq!(other.call(&server, CURRENT, "POST", "/v2/atoms/schedules/99999/duplicate").await.status, 404);
    }

    /// Section 4.2 of the availability rules
    async fn an_event_type_goes_by_the_default_schedule(server: TestServer) {
        let world = server.world().await;
        let client = format!("/v2/oauth-clients/{}", world.client);
        let enable = json!({ "areDefaultEventTypesEnabled": true });
        let _ = server.call("PATCH", &client).bearer(&world.key).json(&enable).send().await.accepted(200);
        let person = Person::new(&server, &world, "a@example.com", Some("UTC")).await;
        let path = "/v2/atoms/schedules/event-type/thirty-minutes";
        let legacy = person.call(&server, LEGACY, "GET", "/v2/schedules/default").await;
        assert_eq!(person.call(&server, CURRENT, "GET", path).await.accepted(200), legacy.accepted(200));
        let without = Person::new(&server, &world, "b@example.com", None).await;
        assert_eq!(without.call(&server, CURRENT, "GET", path).await.accepted(200), &json!(null));
        for unknown in ["thirty", "%00", "a%2Fb"] {
            let answer = person.call(&server, CURRENT, "GET", &format!("/v2/atoms/schedules/event-type/{unknown}")).await;
            assert!(answer.refused(404).starts_with("Event type with slug "), "{}", answer.text);
        }
    }
}
