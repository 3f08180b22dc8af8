//! Webhooks of event types (section 9 of the availability rules). They share all
//! but their owner with those of OAuth clients (`webhooks.rs`).

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_domain::{EventTypeId, UserId, WebhookId};
use slotd_store::webhooks;
use slotd_testkit::{Answer, Tables, TestServer, World, on_both_engines};

const UNKNOWN: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const EXISTS: &str = "Webhook with this subscriber url already exists for this event type";

fn path(event_type: EventTypeId) -> String {
    format!("/v2/event-types/{event_type}/webhooks")
}

fn hook(url: &str) -> Value {
    json!({ "active": true, "subscriberUrl": url, "triggers": ["BOOKING_CREATED"], "secret": "geheim" })
}

async fn create(server: &TestServer, key: &str, event_type: EventTypeId, body: &Value) -> Answer {
    server.call("POST", &path(event_type)).bearer(key).json(body).send().await
}

async fn new_webhook(server: &TestServer, key: &str, event_type: EventTypeId, url: &str) -> String {
    let created = create(server, key, event_type, &hook(url)).await;
    server.advance(SignedDuration::from_secs(1));
    created.accepted(201)["id"].as_str().unwrap().to_owned()
}

async fn one(server: &TestServer, key: &str, method: &str, place: EventTypeId, id: &str) -> Answer {
    let path = format!("{}/{id}", path(place));
    server.call(method, &path).bearer(key).json(&json!({ "active": false })).send().await
}

async fn list(server: &TestServer, key: &str, event_type: EventTypeId, query: &str) -> Answer {
    let path = format!("{}{query}", path(event_type));
    server.call("GET", &path).bearer(key).send().await
}

/// An organization's owner with two event types.
async fn world(server: &TestServer) -> (World, EventTypeId, EventTypeId) {
    let world = server.world().await;
    let first = server.new_event_type(world.owner).await;
    let second = server.new_event_type(world.owner).await;
    (world, first, second)
}

on_both_engines! {
    /// WH-6, VR-3
    async fn a_webhook_is_created_read_changed_and_deleted(server: TestServer) {
        let (world, event_type, sister) = world(&server).await;
        let created = create(&server, &world.key, event_type, &json!({
            "active": true, "subscriberUrl": "https://hooks.example.com", "triggers": ["OOO_CREATED"], "eventTypeId": sister.0,
        })).await;
        let mut expected = created.accepted(201).clone();
        let id = expected["id"].as_str().unwrap().to_owned();
        assert_eq!(expected, json!({
            "payloadTemplate": null, "triggers": ["OOO_CREATED"], "eventTypeId": event_type.0, "id": id,
            "subscriberUrl": "https://hooks.example.com", "active": true, "secret": null,
        }));
        let get = async || server.call("GET", &format!("{}/{id}", path(event_type))).bearer(&world.key).send().await;
        assert_eq!(get().await.accepted(200), &expected);
        expected["active"] = json!(false);
        assert_eq!(one(&server, &world.key, "PATCH", event_type, &id).await.accepted(200), &expected);
        assert_eq!(list(&server, &world.key, event_type, "").await.accepted(200), &json!([expected]));
        assert_eq!(list(&server, &world.key, sister, "").await.accepted(200), &json!([]));
        assert_eq!(one(&server, &world.key, "DELETE", event_type, &id).await.accepted(200), &expected);
        let _ = get().await.refused(404);

        // Any version, and the client's credentials as the organization's owner.
        for (n, version) in ["2024-04-15", "2024-06-14", "2026-02-25", "x"].into_iter().enumerate() {
            let call = server.call("POST", &path(event_type)).header("x-cal-client-id", &world.client).secret(&world.secret);
            let created = call.header("cal-api-version", version).json(&hook(&format!("https://{n}.example"))).send().await;
            assert_eq!(created.accepted(201)["eventTypeId"], event_type.0);
        }
    }

    /// PG-1, PG-3, WH-6
    async fn a_list_has_pages_and_all_can_be_deleted(server: TestServer) {
        let (world, event_type, sister) = world(&server).await;
        let mut all = Vec::new();
        for n in 0..3 {
            all.push(new_webhook(&server, &world.key, event_type, &format!("https://{n}.example")).await);
        }
        let kept = new_webhook(&server, &world.key, sister, "https://0.example").await;
        for (query, expected) in [("", 0..3), ("?take=2", 0..2), ("?take=2&skip=1", 1..3), ("?skip=9", 0..0)] {
            let answer = list(&server, &world.key, event_type, query).await;
            let ids: Vec<&str> = answer.accepted(200).as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
            assert_eq!(ids, all[expected], "{query}");
        }
        assert_eq!(list(&server, &world.key, event_type, "?take=251&skip=-1").await.invalid_fields(), ["take", "skip"]);
        let delete_all = async || server.call("DELETE", &path(event_type)).bearer(&world.key).send().await;
        assert_eq!(delete_all().await.accepted(200), "3 webhooks deleted");
        assert_eq!(delete_all().await.accepted(200), "0 webhooks deleted");
        assert_eq!(list(&server, &world.key, sister, "").await.accepted(200)[0]["id"], *kept);
    }

    /// EW-1, AV-6: another user, another tenant, the tenant's own client as it acts
    /// for its owner; and numbers that are no event type.
    async fn only_the_owner_of_an_event_type_has_its_webhooks(server: TestServer) {
        let (world, own, _) = world(&server).await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let number = i32::try_from(user["user"]["id"].as_i64().unwrap()).unwrap();
        let theirs = server.new_event_type(UserId(number)).await;
        let token = user["accessToken"].as_str().unwrap();
        let (mine, foreign) = (new_webhook(&server, &world.key, own, "https://a.example").await, new_webhook(&server, token, theirs, "https://a.example").await);
        let other = server.world().await;
        let every = [("POST", String::new()), ("GET", String::new()), ("DELETE", String::new())];
        let one = |id: &str| ["GET", "PATCH", "DELETE"].map(|method| (method, format!("/{id}")));
        for (event_type, id, key, caller) in [
            (own, &mine, token, number), (theirs, &foreign, &*world.key, world.owner.0), (theirs, &foreign, &*other.key, other.owner.0),
        ] {
            for (method, rest) in every.iter().cloned().chain(one(id)).chain(one(UNKNOWN)) {
                let answer = server.call(method, &format!("{}{rest}", path(event_type))).bearer(key).json(&json!({ "active": 1 })).send().await;
                let text = format!("IsUserEventTypeWebhookGuard - User ({caller}) is not the owner of event type ({event_type})");
                assert_eq!(answer.refused(403), text, "{method} {rest}");
            }
        }
        for number in ["0", "-7", "2147483647", "99999999999999999999", &format!("0{own}")] {
            for (method, rest) in every.iter().cloned().chain(one(&mine)) {
                let answer = server.call(method, &format!("/v2/event-types/{number}/webhooks{rest}")).bearer(&world.key).send().await;
                assert_eq!(answer.refused(404), format!("IsUserEventTypeWebhookGuard - Event type ({number}) not found"), "{method}");
            }
        }
        for number in ["x", "1.0", "%00", "%31x", "+1"] {
            for (method, rest) in every.iter().cloned().chain(one(&mine)) {
                let answer = server.call(method, &format!("/v2/event-types/{number}/webhooks{rest}")).bearer(&world.key).send().await;
                assert_eq!(answer.refused(400), "Validation failed (numeric string is expected)", "{method}");
            }
        }
        assert_eq!(list(&server, &world.key, own, "").await.accepted(200).as_array().unwrap().len(), 1);
        assert_eq!(list(&server, token, theirs, "").await.accepted(200).as_array().unwrap().len(), 1);
    }

    /// EW-2: unknown, of another event type, of an OAuth client, of another tenant.
    async fn a_webhook_is_reached_through_its_event_type_only(server: TestServer) {
        let (world, event_type, sister) = world(&server).await;
        let other = server.world().await;
        let others = server.new_event_type(other.owner).await;
        let id = new_webhook(&server, &world.key, event_type, "https://a.example").await;
        let of_other = new_webhook(&server, &other.key, others, "https://a.example").await;
        let client_webhooks = |world: &World| format!("/v2/oauth-clients/{}/webhooks", world.client);
        let mut of_clients = Vec::new();
        for world in [&world, &other] {
            let created = server.call("POST", &client_webhooks(world)).bearer(&world.key).json(&hook("https://a.example")).send().await;
            of_clients.push(created.accepted(201)["id"].as_str().unwrap().to_owned());
        }
        for method in ["GET", "PATCH", "DELETE"] {
            let answer = one(&server, &world.key, method, sister, &id).await;
            let guard = "IsUserEventTypeWebhookGuard - Webhook";
            assert_eq!(answer.refused(400), format!("{guard} ({id}) is not associated with event type ({sister})"));
            let answer = one(&server, &world.key, method, event_type, &of_clients[0]).await;
            assert_eq!(answer.refused(400), format!("{guard} ({}) is not associated with an event type", of_clients[0]));
            for unknown in [UNKNOWN, &of_other, &of_clients[1], &id.to_uppercase()] {
                let answer = one(&server, &world.key, method, event_type, unknown).await;
                assert_eq!(answer.refused(404), format!("Webhook ({unknown}) not found"), "{method}");
            }
            for odd in ["%00", "%FF", "1", &"x".repeat(5_000)] {
                let _ = one(&server, &world.key, method, event_type, odd).await.refused(404);
            }
            // The other way round: an event type's webhook below the tenant's client (OW-3), and below another's.
            let below = |world: &World| format!("{}/{id}", client_webhooks(world));
            let answer = server.call(method, &below(&world)).bearer(&world.key).send().await;
            assert_eq!(answer.refused(403), "IsOAuthClientWebhookGuard - Webhook does not belong to this oAuthClient");
            let _ = server.call(method, &below(&other)).bearer(&other.key).send().await.refused(404);
        }
        assert_eq!(list(&server, &world.key, event_type, "").await.accepted(200)[0]["active"], true, "nothing was changed");
    }

    /// EW-3, RA.1, WH-2: at once or one after the other.
    async fn an_event_type_has_one_webhook_for_an_address(server: TestServer) {
        let (world, event_type, sister) = world(&server).await;
        let body = hook("https://a.example");
        let all = futures_util::future::join_all((0..8).map(|_| create(&server, &world.key, event_type, &body))).await;
        assert_eq!(all.iter().filter(|answer| answer.status == 201).count(), 1);
        for answer in all.iter().filter(|answer| answer.status != 201) {
            assert_eq!(answer.refused(409), EXISTS);
        }
        let _ = create(&server, &world.key, sister, &body).await.accepted(201);
        let id = new_webhook(&server, &world.key, event_type, "https://b.example").await;
        let path = format!("{}/{id}", path(event_type));
        let taken = server.call("PATCH", &path).bearer(&world.key).json(&body).send().await;
        assert_eq!(taken.refused(409), "Invalid Input: Trying to create a record that already exists.");
    }

    /// VA-1, VA-4, QI-16, QI-23
    async fn bad_input_is_refused_and_writes_nothing(server: TestServer) {
        let (world, event_type, _) = world(&server).await;
        assert_eq!(create(&server, &world.key, event_type, &json!({})).await.invalid_fields(), ["active", "subscriberUrl", "triggers"]);
        let html = json!("<img src=x onerror=alert(1)>");
        for (field, values) in [
            ("active", vec![json!("true"), json!(1), html.clone()]),
            ("subscriberUrl", vec![json!(5), html.clone(), json!("http://127.0.0.1"), json!("http://169.254.169.254"), json!("ftp://a.example")]),
            ("triggers", vec![json!({}), json!(["BOOKING_CONFIRMED"]), json!([-1]), json!([html])]),
            ("secret", vec![json!(5), json!("geheim".repeat(200))]),
            ("payloadTemplate", vec![json!([]), json!("x".repeat(20_001))]),
        ] {
            for value in values {
                let mut bad = hook("https://a.example");
                bad[field] = value;
                let answer = create(&server, &world.key, event_type, &bad).await;
                assert_eq!(answer.invalid_fields(), [field]);
                assert!(!answer.text.contains("geheim"), "{}", answer.text);
            }
        }
        let huge = json!({ "payloadTemplate": "x".repeat(110_000) });
        let _ = create(&server, &world.key, event_type, &huge).await.refused(413);
        assert_eq!(list(&server, &world.key, event_type, "").await.accepted(200), &json!([]));
    }

    /// QI-23
    async fn a_secret_is_read_back_and_stored_encrypted(server: TestServer) {
        let (world, event_type, _) = world(&server).await;
        let id = new_webhook(&server, &world.key, event_type, "https://a.example").await;
        assert_eq!(list(&server, &world.key, event_type, "").await.accepted(200)[0]["secret"], "geheim");
        let conn = server.app.store.read().await.unwrap();
        let id = WebhookId::new(id);
        let stored = webhooks::of_owner(&conn, None, Some(event_type), &id).await.unwrap().unwrap();
        let sealed = stored.secret.unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"geheim"), "stored in clear");
        let opened = server.app.store.keyring().decrypt(&webhooks::secret_context(&id), &sealed);
        assert_eq!(opened.unwrap(), "geheim");
    }

    /// EW-4
    async fn webhooks_go_with_their_event_type(server: TestServer) {
        let (world, event_type, sister) = world(&server).await;
        let gone = new_webhook(&server, &world.key, event_type, "https://a.example").await;
        let kept = new_webhook(&server, &world.key, sister, "https://a.example").await;
        server.database.run_sql(&format!("delete from event_type where id = {event_type}")).await;
        let tables = Tables::open(&server.database.options.location).await;
        assert_eq!(tables.column("select id from webhook").await, [kept]);
        let _ = one(&server, &world.key, "GET", event_type, &gone).await.refused(404);
    }
}
