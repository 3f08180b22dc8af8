//! The booker's model.

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::Host;

on_both_engines! {
    /// ET-84
    async fn the_booker_finds_a_managed_user_with_and_without_the_organization(server: TestServer) {
        let host = Host::new(&server).await;
        let base = format!("/v2/atoms/event-types/intro/public?username={}", host.username());
        let organization = host.world.organization.0;
        for query in [String::new(), format!("&orgId={organization}"), "&orgId=undefined".to_owned(), "&isTeamEvent=false".to_owned()] {
            let answer = server.call("GET", &format!("{base}{query}")).send().await;
            assert_eq!(answer.accepted(200)["id"], host.id, "{query}");
        }
        let upper = format!("/v2/atoms/event-types/intro/public?username={}", host.username().to_uppercase());
        assert_eq!(server.call("GET", &upper).send().await.accepted(200)["id"], host.id);
        let foreign = server.world().await.organization.0;
        for query in [format!("&orgId={foreign}"), "&orgId=99999999999999".to_owned(), "&isTeamEvent=true&teamId=1".to_owned()] {
            let answer = server.call("GET", &format!("{base}{query}")).send().await;
            assert_eq!(answer.refused(404), "Event type with slug intro not found", "{query}");
        }
        let wrong = server.call("GET", &format!("{base}&orgId=x")).send().await;
        assert_eq!(wrong.refused(400), "Validation failed (numeric string is expected)");
        assert_eq!(host.booker(&server, "no-such").await.refused(404), "Event type with slug no-such not found");
        let nobody = server.call("GET", "/v2/atoms/event-types/intro/public").send().await;
        let _ = nobody.refused(404);
        let version = server.call("GET", &base).header("cal-api-version", "2024-09-04").send().await;
        assert_eq!(version.accepted(200)["id"], host.id, "whatever version is asked for");
    }

    /// ET-84, ET-82
    async fn a_hidden_event_type_is_not_shown_to_the_booker(server: TestServer) {
        let host = Host::new(&server).await;
        let legacy = format!("/v2/event-types/{}/intro/public", host.username());
        let list = format!("/v2/event-types/{}/public", host.username());
        let listed = async || {
            let answer = server.call("GET", &list).send().await;
            let slugs = answer.accepted(200).as_array().unwrap().clone();
            slugs.iter().any(|one| one["slug"] == "intro")
        };
        assert_eq!(server.call("GET", &legacy).send().await.accepted(200)["id"], host.id);
        assert!(listed().await);
        let _ = host.patch(&server, &json!({ "hidden": true })).await.accepted(200);
        let _ = host.booker(&server, "intro").await.refused(404);
        assert_eq!(server.call("GET", &legacy).send().await.accepted(200), &Value::Null);
        assert!(!listed().await);
        let unknown = server.call("GET", "/v2/event-types/nobody/public").send().await;
        assert_eq!(unknown.accepted(200), &json!([]));
        let unknown = server.call("GET", "/v2/event-types/nobody/intro/public").send().await;
        assert_eq!(unknown.accepted(200), &Value::Null);
    }

    /// ET-85
    async fn the_booker_shows_nothing_that_is_not_public(server: TestServer) {
        let host = Host::new(&server).await;
        let locations = json!([
            { "type": "inPerson", "address": "1 Secret St", "displayLocationPublicly": false },
            { "type": "inPerson", "address": "2 Open St", "displayLocationPublicly": true, "customLabel": "Office" },
            { "type": "link", "link": "https://secret.example/room" },
            { "type": "userPhone", "hostPhoneNumber": "+4930123456", "displayLocationPublicly": false },
            { "type": "integrations:daily", "link": "https://secret.example/daily", "credentialId": 7 },
            { "type": "attendeeInPerson" },
        ]);
        let metadata = json!({
            "customer": "secret", "multipleDuration": [15, 30],
            "apps": { "stripe": { "enabled": true, "price": 500, "currency": "usd", "paymentOption": "ON_BOOKING", "credentialId": 991 } },
        });
        let sent = json!({ "locations": locations, "metadata": metadata, "customReplyToEmail": "secret@example.com", "aiPhoneCallConfig": { "number": "secret" } });
        let _ = host.patch(&server, &sent).await.accepted(200);
        let answer = host.booker(&server, "intro").await;
        let shown = answer.accepted(200);
        assert_eq!(shown["locations"], json!([
            { "type": "inPerson" },
            { "type": "inPerson", "address": "2 Open St", "displayLocationPublicly": true, "customLabel": "Office" },
            { "type": "link" },
            { "type": "userPhone" },
            { "type": "integrations:daily" },
            { "type": "attendeeInPerson" },
        ]));
        assert_eq!(shown["metadata"], json!({
            "multipleDuration": [15, 30],
            "apps": { "stripe": { "enabled": true, "price": 500, "currency": "usd", "paymentOption": "ON_BOOKING" } },
        }));
        for secret in ["ecret", "991", "host+", "@example", "4930123456"] {
            assert!(!answer.text.contains(secret), "{secret}: {}", answer.text);
        }
        let form = host.form(&server).await;
        let mut expected = locations.clone();
        expected[2]["displayLocationPublicly"] = json!(false);
        assert_eq!(form["locations"], expected, "their owner sees them");
        assert_eq!(form["metadata"]["customer"], "secret");
    }

    /// ET-85
    async fn texts_are_no_markup(server: TestServer) {
        let host = Host::new(&server).await;
        let markup = "<script>alert(1)</script>\n\n**x** & 'y'";
        let field = json!([{ "name": "agree", "type": "boolean", "required": true, "label": "<b>Yes</b>" }]);
        let sent = json!({ "description": markup, "title": "<i>t</i>", "bookingFields": field });
        let _ = host.patch(&server, &sent).await.accepted(200);
        let answer = host.booker(&server, "intro").await;
        let shown = answer.accepted(200);
        assert_eq!(
            shown["description"],
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p><p>**x** &amp; &#39;y&#39;</p>"
        );
        assert_eq!(shown["title"], "<i>t</i>", "a title is drawn as text");
        let fields = shown["bookingFields"].as_array().unwrap();
        let agree = fields.iter().find(|field| field["name"] == "agree").unwrap();
        assert_eq!(agree["labelAsSafeHtml"], "&lt;b&gt;Yes&lt;/b&gt;");
        assert_eq!(host.form(&server).await["description"], markup);
    }

    /// ET-85, ET-80
    async fn the_booker_knows_whose_hours_count(server: TestServer) {
        let host = Host::new(&server).await;
        let default = &host.user["defaultScheduleId"];
        let shown = host.booker(&server, "intro").await;
        assert_eq!(shown.accepted(200)["schedule"], json!({ "id": default, "timeZone": "Europe/Rome" }));
        assert_eq!(host.form(&server).await["schedule"], Value::Null, "the default one");
        let _ = host.patch(&server, &json!({ "schedule": default })).await.accepted(200);
        let form = host.form(&server).await;
        assert_eq!((&form["schedule"], &form["scheduleId"]), (default, default));
        assert!(form["scheduleName"].is_string());
        assert_eq!(host.booker(&server, "intro").await.accepted(200)["schedule"]["id"], *default);
        let _ = host.patch(&server, &json!({ "schedule": null })).await.accepted(200);
        assert_eq!(host.form(&server).await["schedule"], Value::Null);
    }

    /// ET-84
    async fn several_people_meet_for_the_moment(server: TestServer) {
        let host = Host::new(&server).await;
        let other = server.new_managed_user(&host.world, "colleague@example.com").await;
        let (one, two) = (host.username(), other["user"]["username"].as_str().unwrap());
        let path = |names: String| format!("/v2/atoms/event-types/whatever/public?username={names}");
        for names in [format!("{one}%2B{two}"), format!("{one}+nobody+{two}+{one}")] {
            let answer = server.call("GET", &path(names)).send().await;
            let shown = answer.accepted(200);
            assert_eq!((&shown["id"], &shown["isDynamic"]), (&json!(0), &json!(true)));
            assert_eq!((&shown["length"], &shown["schedulingType"]), (&json!(30), &json!("COLLECTIVE")));
            assert_eq!(shown["metadata"], json!({ "multipleDuration": [15, 30, 45, 60, 90] }));
            let people: Vec<&Value> = shown["subsetOfUsers"].as_array().unwrap().iter().map(|user| &user["username"]).collect();
            assert_eq!(people, [one, two]);
            assert!(!answer.text.contains('@'), "no address: {}", answer.text);
        }
        let _ = server.call("GET", &path("nobody%2Bno-one".to_owned())).send().await.refused(404);
        let many = vec!["x"; 31].join("%2B");
        let _ = server.call("GET", &path(many)).send().await.refused(400);
    }
}
