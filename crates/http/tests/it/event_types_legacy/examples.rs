//! Our answers have the shape of those that the components were seen to accept.

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::Host;
use crate::contract::shared;

/// Where we have nothing, or another kind of nothing than the example.
const MAY_BE_NULL: [&str; 4] = [".logo", ".avatar", ".eventType.schedule", ".locale"];

/// Keys and kinds of `expected` that `ours` lacks.
fn lacks(place: &str, ours: &Value, expected: &Value, found: &mut Vec<String>) {
    match (expected, ours) {
        (Value::Object(expected), Value::Object(ours)) => {
            for (name, expected) in expected {
                match ours.get(name) {
                    Some(ours) => lacks(&format!("{place}.{name}"), ours, expected, found),
                    None => found.push(format!("{place}.{name} is missing")),
                }
            }
        }
        (Value::Array(expected), Value::Array(ours)) => {
            for (ours, expected) in ours.iter().zip(expected) {
                lacks(&format!("{place}[]"), ours, expected, found);
            }
        }
        (Value::Null, _)
        | (Value::String(_), Value::String(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::Bool(_), Value::Bool(_)) => {}
        (_, Value::Null) if MAY_BE_NULL.iter().any(|name| place.ends_with(name)) => {}
        _ => found.push(format!("{place} is {ours}, not like {expected}")),
    }
}

fn assert_shape(name: &str, ours: &Value) {
    let Some(example) = shared(&format!("atoms-examples/{name}.json")) else { return };
    let mut found = Vec::new();
    lacks("", ours, &example["response"]["body"], &mut found);
    assert!(found.is_empty(), "{name}:\n  {}", found.join("\n  "));
}

#[test]
fn a_missing_key_and_another_kind_of_value_are_found() {
    let expected = json!({ "a": 1, "b": [{ "c": "x" }], "d": null, "logo": "x" });
    let lacking = |ours: Value| {
        let mut found = Vec::new();
        lacks("", &ours, &expected, &mut found);
        found
    };
    assert_eq!(lacking(json!({ "a": 2, "b": [{ "c": "y" }], "d": 1, "logo": null })), [""; 0]);
    assert_eq!(
        lacking(json!({ "a": "2", "b": [{ "c": null }], "logo": "x" })),
        [".a is \"2\", not like 1", ".b[].c is null, not like \"x\"", ".d is missing"]
    );
}

on_both_engines! {
    /// ET-85
    async fn answers_have_the_shape_of_those_that_the_components_accept(server: TestServer) {
        let host = Host::new(&server).await;
        let video = json!({ "locations": [{ "type": "integrations:daily" }], "description": "Half an hour" });
        let _ = host.patch(&server, &video).await.accepted(200);
        assert_shape("event-type-public", &host.booker(&server, "intro").await.body);
        let path = format!("/v2/atoms/event-types/{}", host.id);
        assert_shape("atoms-event-type", &host.get(&server, &path).await.body);
        assert_shape("atoms-event-types", &host.get(&server, "/v2/atoms/event-types").await.body);
        let path = "/v2/atoms/event-types/list-with-team";
        assert_shape("event-types-with-team", &host.get(&server, path).await.body);
        assert_shape("event-type-app-stripe", &host.get(&server, "/v2/atoms/event-types-app/stripe").await.body);

        let series = json!({ "recurringEvent": { "interval": 1, "count": 3, "freq": 2 } });
        let _ = host.patch(&server, &series).await.accepted(200);
        assert_shape("event-type-public-recurring", &host.booker(&server, "intro").await.body);

        let other = server.new_managed_user(&host.world, "colleague@example.com").await;
        let names = format!("{}%2B{}", host.username(), other["user"]["username"].as_str().unwrap());
        let path = format!("/v2/atoms/event-types/anything/public?username={names}");
        let dynamic = server.call("GET", &path).send().await;
        assert_shape("event-type-public-dynamic", &dynamic.body);
    }

    /// ET-83
    async fn what_the_form_was_seen_to_send_is_saved_and_read_back(server: TestServer) {
        for name in ["setup", "limits", "recurring", "questions"] {
            let Some(example) = shared(&format!("atoms-examples/atoms-event-type-update-{name}.json")) else { return };
            let host = Host::new(&server).await;
            let sent = &example["request"]["body"];
            let answer = host.patch(&server, sent).await;
            let _ = answer.accepted(200);
            assert_shape(&format!("atoms-event-type-update-{name}"), &answer.body);
            let read = host.form(&server).await;
            for (key, value) in sent.as_object().unwrap() {
                if !["id", "children", "multiplePrivateLinks", "bookingFields"].contains(&key.as_str()) {
                    assert_eq!(&read[key], value, "{name}: {key}");
                }
            }
            // Of a field more is read than was sent: what follows from the rest.
            let mut lacking = Vec::new();
            lacks("", &read["bookingFields"], &sent["bookingFields"], &mut lacking);
            assert!(lacking.is_empty(), "{name}: {lacking:?}");
        }
    }

    /// ET-64
    async fn event_types_are_moved_to_the_default_app_all_or_none(server: TestServer) {
        let host = Host::new(&server).await;
        let path = "/v2/atoms/event-types/bulk-update-to-default-location";
        let bulk = async |ids: Value| {
            let body = json!({ "eventTypeIds": ids });
            server.call("PATCH", path).bearer(&host.token).json(&body).send().await
        };
        let refused = bulk(json!([host.id, 999_999])).await;
        assert_eq!(refused.refused(404), "Event type with id 999999 not found");
        assert_eq!(host.form(&server).await["locations"], json!([]));
        let moved = bulk(json!([host.id, host.id])).await;
        assert_eq!(moved.body, json!({ "status": "success" }));
        assert_shape("event-types-bulk-location", &moved.body);
        assert_eq!(host.form(&server).await["locations"], json!([{ "type": "integrations:daily" }]));
        for wrong in [json!("1"), json!([1.5]), json!(null), json!(["1"]), json!([[]])] {
            assert_eq!(bulk(wrong).await.invalid_fields(), ["eventTypeIds"]);
        }
        let foreign = Host::new(&server).await;
        let _ = bulk(json!([foreign.id])).await.refused(404);
        assert_eq!(foreign.form(&server).await["locations"], json!([]));
    }
}
