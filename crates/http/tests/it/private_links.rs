//! Private links of event types (section 8 of the availability rules).

use axum::Router;
use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_domain::{EventTypeId, Role};
use slotd_http::Settings;
use slotd_store::{new_private_link_id, private_links};
use slotd_testkit::{Answer, Engine, Tables, TestServer, on_both_engines};

/// An hour after the clock's start, and as an answer has it.
const SOON: &str = "2026-03-02T11:15:04.120999+01:00";
const SOON_SHOWN: &str = "2026-03-02T10:15:04.120Z";

/// Somebody with an event type and a key.
struct Place<'a> {
    server: &'a TestServer,
    event_type: EventTypeId,
    key: String,
}

impl<'a> Place<'a> {
    async fn new(server: &'a TestServer) -> Self {
        let world = server.world().await;
        let event_type = server.new_event_type(world.owner).await;
        Self { server, event_type, key: world.key }
    }

    async fn call(&self, method: &str, id: &str, body: &Value) -> Answer {
        let id = if id.is_empty() { String::new() } else { format!("/{id}") };
        let path = format!("/v2/event-types/{}/private-links{id}", self.event_type);
        let call = self.server.call(method, &path).bearer(&self.key);
        if method == "GET" { call.send().await } else { call.json(body).send().await }
    }

    async fn create(&self, body: &Value) -> Value {
        let created = self.call("POST", "", body).await;
        self.server.advance(SignedDuration::from_secs(1));
        created.accepted(201).clone()
    }

    async fn list(&self) -> Value {
        self.call("GET", "", &json!(null)).await.accepted(200).clone()
    }
}

fn id(link: &Value) -> &str {
    link["linkId"].as_str().unwrap()
}

on_both_engines! {
    /// PL-1, PL-2: the two kinds of links, and a link that says nothing.
    async fn links_of_both_kinds_are_created_listed_and_deleted(server: TestServer) {
        let place = Place::new(&server).await;
        let timed = place.create(&json!({ "expiresAt": SOON, "maxUsageCount": null, "usageCount": 5 })).await;
        let counted = place.create(&json!({ "maxUsageCount": 3.0 })).await;
        let once = place.create(&json!({ "expiresAt": null })).await;
        let url = |link: &Value| format!("http://127.0.0.1:3000/d/{}", id(link));
        assert_eq!(timed, json!({
            "linkId": id(&timed), "eventTypeId": place.event_type.0, "isExpired": false, "bookingUrl": url(&timed), "expiresAt": SOON_SHOWN,
        }));
        assert_eq!(counted, json!({
            "linkId": id(&counted), "eventTypeId": place.event_type.0, "isExpired": false, "bookingUrl": url(&counted),
            "maxUsageCount": 3, "usageCount": 0,
        }));
        assert_eq!((&once["maxUsageCount"], &once["usageCount"]), (&json!(1), &json!(0)));
        for link in [&timed, &counted, &once] {
            assert!(id(link).len() >= 22 && id(link).bytes().all(|byte| byte.is_ascii_alphanumeric()), "{link}");
        }
        assert_eq!(place.list().await, json!([timed, counted, once]));

        let deleted = place.call("DELETE", id(&counted), &json!({})).await;
        assert_eq!(deleted.accepted(200), &json!({ "linkId": id(&counted), "message": "Private link deleted successfully" }));
        assert_eq!(place.list().await, json!([timed, once]));
    }

    /// PL-1: the ways to write an end.
    async fn an_end_is_an_instant_or_a_date(server: TestServer) {
        let place = Place::new(&server).await;
        for (sent, shown) in [
            ("2026-12-31T23:59:59.000Z", "2026-12-31T23:59:59.000Z"),
            ("2026-12-31T23:59:59.0009-05:00", "2027-01-01T04:59:59.000Z"),
            ("2026-12-31T23:59:59", "2026-12-31T23:59:59.000Z"),
            ("2026-12-31", "2026-12-31T00:00:00.000Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
            ("9999-12-30T21:59:59Z", "9999-12-30T21:59:59.000Z"),
        ] {
            let link = place.create(&json!({ "expiresAt": sent })).await;
            assert_eq!(link["expiresAt"], shown, "{sent}");
            assert_eq!(place.list().await.as_array().unwrap().last().unwrap(), &link, "as it is stored");
        }
    }

    /// PL-2: a link has expired after its end, and when it was used often enough.
    async fn a_link_expires_by_the_clock_or_by_its_uses(server: TestServer) {
        let place = Place::new(&server).await;
        let past = place.create(&json!({ "expiresAt": "2020-01-01" })).await;
        assert_eq!((&past["isExpired"], &past["expiresAt"]), (&json!(true), &json!("2020-01-01T00:00:00.000Z")));
        let now = slotd_contract::timestamp(server.now());
        assert_eq!(place.call("PATCH", id(&past), &json!({ "expiresAt": now })).await.accepted(200)["isExpired"], false);
        server.advance(SignedDuration::from_millis(1));
        assert_eq!(place.list().await[0]["isExpired"], true);

        let counted = place.create(&json!({ "maxUsageCount": 2 })).await;
        for (used, expired) in [(1, false), (2, true), (3, true)] {
            let sql = format!("update private_link set usage_count = {used} where id = '{}'", id(&counted));
            server.database.run_sql(&sql).await;
            let shown = &place.list().await[1];
            assert_eq!((&shown["isExpired"], &shown["usageCount"]), (&json!(expired), &json!(used)));
        }
        // More uses open it again; those that were made still count.
        let more = place.call("PATCH", id(&counted), &json!({ "maxUsageCount": 4 })).await;
        assert_eq!((&more.accepted(200)["isExpired"], &more.body["data"]["usageCount"]), (&json!(false), &json!(3)));
    }

    /// PL-4
    async fn a_patch_without_an_end_makes_a_link_count_its_uses(server: TestServer) {
        let place = Place::new(&server).await;
        let link = place.create(&json!({ "expiresAt": SOON })).await;
        for (body, end, most) in [
            (json!({}), None, Some(1)),
            (json!({ "maxUsageCount": 7 }), None, Some(7)),
            (json!({ "expiresAt": "2027-01-01T00:00:00Z" }), Some("2027-01-01T00:00:00.000Z"), None),
            (json!({ "expiresAt": null }), None, Some(7)),
            (json!({ "expiresAt": "2027-01-01T00:00:00Z", "maxUsageCount": null }), Some("2027-01-01T00:00:00.000Z"), None),
            (json!({ "maxUsageCount": 2, "usageCount": 9, "linkId": "x" }), None, Some(2)),
        ] {
            let patched = place.call("PATCH", id(&link), &body).await;
            let shown = patched.accepted(200);
            assert_eq!((shown["expiresAt"].as_str(), shown["maxUsageCount"].as_i64()), (end, most), "{body}: {shown}");
            assert_eq!(shown.get("usageCount").is_some(), most.is_some(), "{shown}");
            assert_eq!(&place.list().await, &json!([shown]), "{body}");
        }
    }

    /// PL-1, AV-6, VA-1, VA-4
    async fn bad_input_is_refused_and_writes_nothing(server: TestServer) {
        let place = Place::new(&server).await;
        let link = place.create(&json!({ "maxUsageCount": 5 })).await;
        let both = json!({ "expiresAt": SOON, "maxUsageCount": 1 });
        let html = "<script>alert(1)</script>";
        for (method, id) in [("POST", ""), ("PATCH", id(&link))] {
            assert_eq!(place.call(method, id, &both).await.refused(400), "Provide only one of expiresAt or maxUsageCount");
            for value in [
                json!(""), json!(true), json!(5), json!(1e300), json!([]), json!({}), json!([SOON]), json!("tomorrow"), json!(html), json!("\0"),
                json!("2026-02-30T00:00:00Z"), json!("2026-13-01"), json!("2026-03-02T25:00:00Z"), json!("1969-12-31T23:59:59Z"),
                json!("-009999-01-02T00:00:00Z"), json!("0000-01-01"), json!("9999-12-31T23:59:59-23:59"), json!("+275760-09-13T00:00:00Z"),
                json!("2026-03-02T10:00:00[Europe/Rome]"), json!("9".repeat(90_000)),
            ] {
                let answer = place.call(method, id, &json!({ "expiresAt": value })).await;
                assert_eq!(answer.invalid_fields(), ["expiresAt"], "{method} {value:.40}");
                let constraints = &answer.body["error"]["details"]["errors"][0]["constraints"];
                assert_eq!(constraints, &json!({ "isDateString": "expiresAt must be a valid ISO 8601 date string" }));
            }
            for value in [
                json!(0), json!(-1), json!(1.5), json!("1"), json!(true), json!([1]), json!({}), json!(html), json!(2_147_483_648_i64), json!(1e300),
                json!(u64::MAX), json!(i64::MIN),
            ] {
                let answer = place.call(method, id, &json!({ "maxUsageCount": value })).await;
                assert_eq!(answer.invalid_fields(), ["maxUsageCount"], "{method} {value}");
            }
            let huge = json!({ "maxUsageCount": 1, "x": "x".repeat(110_000) });
            let _ = place.call(method, id, &huge).await.refused(413);
        }
        assert_eq!(place.list().await, json!([link]));

        for number in ["x", "1.5", "1e3", "%00", "+1", "-", "0x1", "%D9%A1", "%3Cb%3E"] {
            for (method, rest) in [("GET", ""), ("POST", ""), ("PATCH", "/x"), ("DELETE", "/x")] {
                let path = format!("/v2/event-types/{number}/private-links{rest}");
                let answer = server.call(method, &path).bearer(&place.key).send().await;
                assert_eq!(answer.refused(400), "Validation failed (numeric string is expected)", "{method} {number}");
                assert_eq!(server.call(method, &path).send().await.status, 401, "who asks comes first");
            }
        }
    }

    /// PL-3: absent links, links of another event type, and event types of others.
    async fn only_the_owner_sees_links_and_only_below_their_event_type(server: TestServer) {
        let (place, other) = (Place::new(&server).await, Place::new(&server).await);
        let (link, foreign) = (place.create(&json!({})).await, other.create(&json!({})).await);
        for unknown in [id(&foreign), "x", "%00", "%FF", &"x".repeat(5_000), &id(&link).to_uppercase()] {
            assert_eq!(place.call("PATCH", unknown, &json!({})).await.refused(404), "Updated link not found");
            assert_eq!(place.call("DELETE", unknown, &json!({})).await.refused(404), "Deleted link not found");
        }
        let number = place.event_type;
        let zeros = format!("0{number}");
        for (event_type, key) in [
            (number.to_string(), &other.key), (zeros, &place.key), ("0".to_owned(), &place.key), ("-1".to_owned(), &place.key),
            ("2147483647".to_owned(), &place.key), ("99999999999999999999".to_owned(), &place.key),
        ] {
            for (method, rest) in [("GET", String::new()), ("POST", String::new()), ("PATCH", format!("/{}", id(&link))), ("DELETE", format!("/{}", id(&link)))] {
                let path = format!("/v2/event-types/{event_type}/private-links{rest}");
                let answer = server.call(method, &path).bearer(key).json(&json!({ "maxUsageCount": "wrong" })).send().await;
                assert_eq!(answer.refused(404), format!("Event type with id {event_type} not found"), "{method}");
            }
        }
        assert_eq!(place.list().await, json!([link]));
    }

    /// CH-8, VR-3: who may create, by whatever credential and version.
    async fn managed_users_change_links_but_do_not_create_them(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let number = i32::try_from(user["user"]["id"].as_i64().unwrap()).unwrap();
        let event_type = server.new_event_type(slotd_domain::UserId(number)).await;
        let key = server.new_key(slotd_domain::UserId(number), None, None).await;
        let path = format!("/v2/event-types/{event_type}/private-links");
        for token in [user["accessToken"].as_str().unwrap(), &key] {
            let refused = server.call("POST", &path).bearer(token).json(&json!({ "maxUsageCount": "x" })).send().await;
            assert_eq!(refused.refused(403), "IsNotManagedUserGuard - Managed users cannot create private links.");
            assert_eq!(server.call("GET", &path).bearer(token).send().await.accepted(200), &json!([]));
        }
        // What was there before can be changed and deleted.
        let (link, now) = (new_private_link_id(), server.now());
        let stored = link.clone();
        server.write(move |conn| {
            let link = stored.clone();
            Box::pin(async move { private_links::insert(conn, &link, event_type, None, 1, now).await.map(drop) })
        }).await;
        let token = user["accessToken"].as_str().unwrap();
        for method in ["PATCH", "DELETE"] {
            let answer = server.call(method, &format!("{path}/{link}")).bearer(token).json(&json!({})).send().await;
            assert_eq!(answer.accepted(200)["linkId"], link.to_string());
        }

        // The organization's owner, as such and by the client's credentials.
        let event_type = server.new_event_type(world.owner).await;
        let path = format!("/v2/event-types/{event_type}/private-links");
        for version in ["", "2024-04-15", "2024-06-14", "2024-08-13", "x"] {
            for call in [
                server.call("POST", &path).bearer(&world.key),
                server.call("POST", &path).header("x-cal-client-id", &world.client).secret(&world.secret),
            ] {
                let created = call.header("cal-api-version", version).json(&json!({})).send().await;
                assert_eq!(created.accepted(201)["eventTypeId"], event_type.0);
            }
        }
        let admin = server.new_person(Some((world.organization, Role::Admin, true))).await;
        let admin = server.new_key(admin, Some(world.organization), None).await;
        let _ = server.call("GET", &path).bearer(&admin).send().await.refused(404);
    }

    /// At most 1,000 links: a list shows all of them. Those that are made at once
    /// are counted one after the other.
    async fn an_event_type_has_at_most_a_thousand_links(server: TestServer) {
        let place = Place::new(&server).await;
        let (event_type, now) = (place.event_type, server.now());
        server.write(move |conn| Box::pin(async move {
            for _ in 0..997 {
                private_links::insert(conn, &new_private_link_id(), event_type, None, 1, now).await?;
            }
            Ok(())
        })).await;
        let body = json!({});
        let answers = futures_util::future::join_all((0..10).map(|_| place.call("POST", "", &body))).await;
        let (created, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!((created.len(), refused.len()), (3, 7));
        for answer in refused {
            assert_eq!(answer.refused(400), "An event type can have at most 1000 private links.");
        }
        assert_eq!(place.list().await.as_array().unwrap().len(), 1_000);
        let _ = place.call("DELETE", created[0].body["data"]["linkId"].as_str().unwrap(), &body).await.accepted(200);
        let _ = place.create(&body).await;
    }

    /// ET-63
    async fn links_go_with_their_event_type(server: TestServer) {
        let place = Place::new(&server).await;
        let link = place.create(&json!({})).await;
        let event_type = place.event_type;
        server.database.run_sql(&format!("delete from event_type where id = {event_type}")).await;
        let tables = Tables::open(&server.database.options.location).await;
        assert_eq!(tables.column("select id from private_link").await, [""; 0]);
        let _ = place.call("GET", "", &json!({})).await.refused(404);
        let _ = place.call("PATCH", id(&link), &json!({})).await.refused(404);
    }
}

/// The address of the booking pages is the one by which people reach the server.
#[tokio::test(flavor = "multi_thread")]
async fn links_lead_to_the_public_address() {
    let settings =
        Settings { public_url: "https://book.example.com".to_owned(), ..TestServer::settings() };
    let server = TestServer::start_with(Engine::Sqlite, settings, Router::new()).await.unwrap();
    let link = Place::new(&server).await.create(&json!({})).await;
    assert_eq!(link["bookingUrl"], format!("https://book.example.com/d/{}", id(&link)));
}
