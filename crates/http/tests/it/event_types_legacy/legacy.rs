//! The legacy shape.

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::Host;

on_both_engines! {
    /// ET-80, ET-82, ET-83
    async fn an_event_type_is_created_read_changed_and_deleted(server: TestServer) {
        let host = Host::new(&server).await;
        let body = json!({
            "length": 60, "slug": " --Talk", "title": "Talk", "description": "About it", "hidden": true,
            "locations": [{ "type": "attendeeInPerson" }], "disableGuests": true, "slotInterval": 20,
            "minimumBookingNotice": 0, "beforeEventBuffer": 5, "afterEventBuffer": 10, "eventName": "is not a part",
        });
        let call = server.call("POST", "/v2/event-types").bearer(&host.token).json(&body);
        let answer = call.send().await;
        let created = answer.accepted(201);
        let mut expected = body.clone();
        expected["slug"] = json!("Talk");
        expected["eventName"] = Value::Null;
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&created[name], value, "{name}");
        }
        assert_eq!(created["userId"], host.user["id"]);
        let guests = created["bookingFields"].as_array().unwrap().iter().find(|field| field["name"] == "guests").unwrap().clone();
        assert_eq!(guests["hidden"], true);

        let path = format!("/v2/event-types/{}", created["id"]);
        let read = host.get(&server, &path).await;
        let editor = read.accepted(200);
        assert_eq!(editor["eventType"]["slug"], "Talk");
        let atoms = host.get(&server, &format!("/v2/atoms/event-types/{}", created["id"])).await;
        assert_eq!(atoms.accepted(200), editor, "the components read the same");

        let body = json!({ "length": 50, "seatsPerTimeSlot": 3, "metadata": { "multipleDuration": [25, 50] } });
        let changed = server.call("PATCH", &path).bearer(&host.token).json(&body).send().await;
        let changed = changed.accepted(200).clone();
        assert_eq!((&changed["id"], &changed["length"], &changed["seatsPerTimeSlot"]), (&created["id"], &json!(50), &json!(3)));
        assert_eq!(changed["metadata"], json!({ "multipleDuration": [25, 50] }));
        assert_eq!((&changed["title"], &changed["slotInterval"]), (&json!("Talk"), &json!(20)), "the rest stays");

        let groups = host.get(&server, "/v2/event-types").await;
        let group = &groups.accepted(200)["eventTypeGroups"][0];
        assert_eq!(group["profile"]["username"], host.username());
        let listed = group["eventTypes"].as_array().unwrap();
        assert!(listed.contains(&changed), "{listed:?}");
        assert!(listed.iter().any(|one| one["id"] == host.id));
        assert_eq!(groups.accepted(200)["profiles"][0]["username"], host.username());
        let nobody = server.call("GET", "/v2/event-types").send().await;
        assert!(nobody.refused(401).contains("No authentication method provided"), "there is no viewer");

        let deleted = server.call("DELETE", &path).bearer(&host.token).send().await;
        assert_eq!(deleted.accepted(200), &json!({ "id": created["id"], "length": 50, "slug": "Talk", "title": "Talk" }));
        let again = server.call("DELETE", &path).bearer(&host.token).send().await;
        assert_eq!(again.refused(404), format!("Event type with ID={} does not exist.", created["id"]));
        let gone = host.get(&server, &path).await;
        assert_eq!(gone.refused(404), format!("Event type with id {} not found", created["id"]));
    }

    /// ET-82
    async fn an_id_that_is_no_number_is_refused(server: TestServer) {
        let host = Host::new(&server).await;
        for base in ["/v2/event-types", "/v2/atoms/event-types"] {
            for id in ["x", "1x", "-", "+1", "1.5", "%00", "%20"] {
                let answer = host.get(&server, &format!("{base}/{id}")).await;
                assert_eq!(answer.refused(400), "Validation failed (numeric string is expected)", "{base}/{id}");
            }
            for id in ["0", "-1", "2147483647", "99999999999999999999"] {
                let answer = host.get(&server, &format!("{base}/{id}")).await;
                assert_eq!(answer.refused(404), format!("Event type with id {id} not found"));
            }
        }
    }

    /// ET-60, ET-62, ET-82
    async fn the_event_type_of_somebody_else_is_unknown(server: TestServer) {
        let host = Host::new(&server).await;
        let other = server.new_managed_user(&host.world, "other@example.com").await;
        let token = other["accessToken"].as_str().unwrap();
        let not_found = format!("Event type with id {} not found", host.id);
        for base in ["/v2/event-types", "/v2/atoms/event-types"] {
            let path = format!("{base}/{}", host.id);
            let call = |method: &str| server.call(method, &path).bearer(token).json(&json!({ "title": "mine" }));
            assert_eq!(call("GET").send().await.refused(404), not_found);
            assert_eq!(call("PATCH").send().await.refused(404), not_found);
            let owner = server.call("GET", &path).bearer(&host.world.key).send().await;
            assert_eq!(owner.refused(404), not_found, "nor is it the client's owner's");
        }
        let path = format!("/v2/event-types/{}", host.id);
        let deleted = server.call("DELETE", &path).bearer(token).send().await;
        assert_eq!(deleted.refused(403), format!("User with ID={} does not own event type with ID={}", other["user"]["id"], host.id));
        assert_eq!(host.form(&server).await["title"], "Intro call");
        let list = server.call("GET", "/v2/atoms/event-types").bearer(token).send().await;
        assert!(!list.text.contains("Intro call"));
    }

    /// ET-4, ET-83
    async fn a_slug_is_used_once(server: TestServer) {
        let host = Host::new(&server).await;
        let body = json!({ "title": "Another", "slug": "intro", "length": 30 });
        let call = server.call("POST", "/v2/event-types").bearer(&host.token).json(&body);
        assert_eq!(call.send().await.refused(400), "User already has an event type with this slug.");
        let body = json!({ "title": "Another", "slug": "another", "length": 30 });
        let call = server.call("POST", "/v2/event-types").bearer(&host.token).json(&body);
        let _ = call.send().await.accepted(201);
        let taken = host.patch(&server, &json!({ "slug": "-another", "title": "x" })).await;
        assert_eq!(taken.refused(400), "User already has an event type with this slug.");
        assert_eq!(host.form(&server).await["title"], "Intro call", "nothing of it was written");
        let _ = host.patch(&server, &json!({ "slug": "intro" })).await.accepted(200);
        // Another user may have it.
        let _ = Host::in_world(&server, host.world, "second@example.com").await;
    }
}
