//! Where bookings take place.

use serde_json::{Value, json};
use slotd_domain::event_type::Integration;
use slotd_testkit::{TestServer, on_both_engines};

use super::{User, texts};

on_both_engines! {
    /// ET-20, ET-23
    async fn every_location_is_shown_as_it_was_sent_and_stored_under_its_internal_name(server: TestServer) {
        let user = User::regular(&server).await;
        let locations = json!([
            { "type": "address", "address": "1 Main St", "public": true },
            { "type": "link", "link": "https://meet.example.com/x", "public": false },
            { "type": "integration", "integration": "cal-video" },
            { "type": "phone", "phone": "+4930123456", "public": true },
            { "type": "attendeeAddress" },
            { "type": "attendeePhone" },
            { "type": "attendeeDefined" },
        ]);
        let created = user.create("x", json!({ "locations": locations })).await;
        assert_eq!(created["locations"], locations);
        let tables = slotd_testkit::Tables::open(&server.database.options.location).await;
        let stored = tables.column("select locations from event_type").await.concat();
        for name in ["inPerson", "link", "integrations:daily", "userPhone", "attendeeInPerson", "phone", "somewhereElse"] {
            assert!(stored.contains(&format!("\"{name}\"")), "{name}: {stored}");
        }
    }

    /// ET-20
    async fn locations_of_the_wrong_form_are_refused_in_the_contracts_words(server: TestServer) {
        let user = User::regular(&server).await;
        for (locations, text) in [
            (json!({}), "'locations' must be an array."),
            (json!([]), "'locations' must contain at least 1 location."),
            (json!([{ "address": "x" }]), "Each object in 'locations' must have a 'type' property."),
            (json!([5]), "Each object in 'locations' must have a 'type' property."),
            (
                json!([{ "type": "moon" }]),
                "Unsupported location type 'moon'. Valid types are address, link, integration, and phone.",
            ),
            (
                json!([{ "type": "organizersDefaultApp" }]),
                "Unsupported location type 'organizersDefaultApp'. Valid types are address, link, integration, and phone.",
            ),
        ] {
            assert_eq!(texts(&user.try_create("x", json!({ "locations": locations })).await), [text]);
        }
        for (kind, rest, part) in [
            ("address", json!({ "address": "", "public": true }), "address"),
            ("address", json!({ "address": "x" }), "public"),
            ("link", json!({ "link": "not a url", "public": true }), "link"),
            ("link", json!({ "link": "javascript:alert(1)", "public": true }), "link"),
            ("phone", json!({ "phone": "030 123", "public": true }), "phone"),
            ("integration", json!({ "integration": "carrier-pigeon" }), "integration"),
        ] {
            let mut location = rest;
            location["type"] = json!(kind);
            let good = json!({ "type": "attendeePhone" });
            let answer = user.try_create("x", json!({ "locations": [good, location] })).await;
            let told = texts(&answer);
            assert!(told[0].starts_with(&format!("Validation failed for {kind} location: {part}")), "{told:?}");
            let place = &answer.body["error"]["details"]["errors"][0]["children"][0];
            assert_eq!(place["property"], "1", "the index");
            assert_eq!(place["children"][0]["property"], part);
        }
        let many = vec![json!({ "type": "attendeePhone" }); 101];
        let answer = user.try_create("x", json!({ "locations": many })).await;
        assert_eq!(texts(&answer), ["'locations' must contain no more than 100 locations."]);
    }

    /// ET-21
    async fn an_app_has_to_be_connected_except_the_built_in_video(server: TestServer) {
        let user = User::regular(&server).await;
        let created = user.create("x", json!({})).await;
        assert_eq!(Integration::ALL.len(), 29);
        for app in Integration::ALL {
            let body = json!({ "locations": [{ "type": "integration", "integration": app.name() }] });
            if app.name() == "cal-video" {
                let _ = user.patch(&created["id"], body).await.accepted(200);
                continue;
            }
            for answer in [user.try_create("y", body.clone()).await, user.patch(&created["id"], body).await] {
                assert_eq!(answer.refused(400), format!("{} not connected.", app.app_slug()));
            }
        }
        let teams = json!({ "locations": [{ "type": "integration", "integration": "office365-video" }] });
        assert_eq!(user.try_create("y", teams).await.refused(400), "msteams not connected.");
    }

    /// ET-22: what an import brought is shown, and stays what it is.
    async fn stored_locations_of_other_forms_are_shown(server: TestServer) {
        let user = User::regular(&server).await;
        let created = user.create("x", json!({})).await;
        server.database.run_sql(
            "update event_type set locations = '[{\"type\":\"integrations:zoom\",\"link\":\"https://z.example/1\",\"credentialId\":7},{\"type\":\"cloud\",\"n\":1}]'"
        ).await;
        let shown = user.patch(&created["id"], json!({ "title": "New" })).await.accepted(200)["locations"].clone();
        assert_eq!(shown[0], json!({ "type": "integration", "integration": "zoom", "link": "https://z.example/1", "credentialId": 7 }));
        assert_eq!(shown[1]["type"], "unknown");
        let stored: Value = serde_json::from_str(shown[1]["location"].as_str().unwrap()).unwrap();
        assert_eq!(stored, json!({ "type": "cloud", "n": 1 }));
    }
}
