//! Webhooks of OAuth clients (section 11 of the platform rules).

use axum::Router;
use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_domain::{OAuthClientId, Permissions, Role, WebhookId};
use slotd_http::Settings;
use slotd_store::{audit, webhooks};
use slotd_testkit::{Answer, Engine, TestServer, World, on_both_engines};

const UNKNOWN: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

fn path(client: &str) -> String {
    format!("/v2/oauth-clients/{client}/webhooks")
}

async fn create(server: &TestServer, world: &World, body: &Value) -> Answer {
    server.call("POST", &path(&world.client)).secret(&world.secret).json(body).send().await
}

/// Creates a webhook and returns its id.
async fn new_webhook(server: &TestServer, world: &World, url: &str) -> String {
    let body = json!({ "active": true, "subscriberUrl": url, "triggers": ["BOOKING_CREATED"], "secret": "geheim" });
    let created = create(server, world, &body).await;
    server.advance(SignedDuration::from_secs(1));
    created.accepted(201)["id"].as_str().unwrap().to_owned()
}

async fn one(server: &TestServer, world: &World, method: &str, id: &str) -> Answer {
    let path = format!("{}/{id}", path(&world.client));
    server.call(method, &path).secret(&world.secret).send().await
}

async fn patch(server: &TestServer, world: &World, id: &str, body: &Value) -> Answer {
    let path = format!("{}/{id}", path(&world.client));
    server.call("PATCH", &path).secret(&world.secret).json(body).send().await
}

async fn list(server: &TestServer, world: &World, query: &str) -> Answer {
    let path = format!("{}{query}", path(&world.client));
    server.call("GET", &path).secret(&world.secret).send().await
}

fn ids(answer: &Answer) -> Vec<&str> {
    let list = answer.accepted(200).as_array().unwrap();
    list.iter().map(|webhook| webhook["id"].as_str().unwrap()).collect()
}

on_both_engines! {
    /// Step 24 of section 18; OW-1, OW-2, OW-3, OW-6, TY-3, TY-5
    async fn a_webhook_is_created_read_changed_and_deleted(server: TestServer) {
        let world = server.world().await;
        let body = json!({
            "active": true, "triggers": ["BOOKING_CANCELLED", "BOOKING_CREATED", "BOOKING_CANCELLED"],
            "subscriberUrl": "https://hooks.example.com/a?b=ü", "payloadTemplate": "{\"title\":\"{{title}}\"}", "unknown": 1,
        });
        let created = create(&server, &world, &body).await;
        let webhook = created.accepted(201);
        let id = webhook["id"].as_str().unwrap();
        assert_eq!((id.len(), &id[14..15]), (36, "4"), "a UUID v4");
        assert_eq!(webhook, &json!({
            "payloadTemplate": "{\"title\":\"{{title}}\"}", "triggers": ["BOOKING_CANCELLED", "BOOKING_CREATED"],
            "oAuthClientId": world.client, "id": id, "subscriberUrl": "https://hooks.example.com/a?b=ü", "active": true, "secret": null,
        }));

        let again = create(&server, &world, &body).await;
        assert_eq!(again.refused(409), "Webhook with this subscriber url already exists for this oAuth client");
        assert_eq!(again.body["error"]["code"], "ConflictException");

        let patched = patch(&server, &world, id, &json!({ "active": false })).await;
        let mut expected = webhook.clone();
        expected["active"] = json!(false);
        assert_eq!(patched.accepted(200), &expected);
        assert_eq!(one(&server, &world, "GET", id).await.accepted(200), &expected);
        assert_eq!(list(&server, &world, "").await.accepted(200), &json!([expected]));
        assert_eq!(one(&server, &world, "DELETE", id).await.accepted(200), &expected);
        let not_found = format!("Webhook ({id}) not found");
        for method in ["GET", "DELETE", "PATCH"] {
            assert_eq!(one(&server, &world, method, id).await.refused(404), not_found, "{method}");
            assert_eq!(one(&server, &world, method, UNKNOWN).await.refused(404), format!("Webhook ({UNKNOWN}) not found"));
        }
        // The URL is free again.
        let _ = create(&server, &world, &body).await.accepted(201);
    }

    /// OW-2
    async fn a_patch_changes_only_the_given_fields(server: TestServer) {
        let world = server.world().await;
        let id = new_webhook(&server, &world, "https://hooks.example.com").await;
        let mut expected = one(&server, &world, "GET", &id).await.accepted(200).clone();
        for (field, value) in [
            ("subscriberUrl", json!("http://other.example.com:8080/x")),
            ("triggers", json!(["WRONG_ASSIGNMENT_REPORT", "OOO_CREATED"])),
            ("triggers", json!([])),
            ("active", json!(false)),
            ("payloadTemplate", json!("{{title}}")),
            ("payloadTemplate", json!(null)),
            ("secret", json!("another")),
            ("secret", json!("")),
            ("secret", json!(null)),
        ] {
            expected[field] = value.clone();
            assert_eq!(patch(&server, &world, &id, &json!({ field: value })).await.accepted(200), &expected, "{field}");
            assert_eq!(one(&server, &world, "GET", &id).await.accepted(200), &expected, "{field}");
        }
        for body in [json!({}), json!({ "version": "2021-10-20" }), json!({ "id": "x", "oAuthClientId": "y" })] {
            assert_eq!(patch(&server, &world, &id, &body).await.accepted(200), &expected, "{body}");
        }
        for field in ["active", "subscriberUrl", "triggers", "version"] {
            assert_eq!(patch(&server, &world, &id, &json!({ field: null })).await.invalid_fields(), [field]);
        }
    }

    /// The table of errors of section 11: a URL that is registered already.
    async fn one_url_is_registered_once_per_client(server: TestServer) {
        let (world, other) = (server.world().await, server.world().await);
        new_webhook(&server, &world, "https://a.example").await;
        let id = new_webhook(&server, &world, "https://b.example").await;
        new_webhook(&server, &other, "https://a.example").await;
        let taken = patch(&server, &world, &id, &json!({ "subscriberUrl": "https://a.example", "active": false })).await;
        assert_eq!(taken.refused(409), "Invalid Input: Trying to create a record that already exists.");
        assert_eq!(taken.body["error"]["code"], "CONFLICT");
        assert!(taken.body["error"].get("details").is_none());
        let unchanged = one(&server, &world, "GET", &id).await;
        assert_eq!((&unchanged.accepted(200)["subscriberUrl"], &unchanged.body["data"]["active"]), (&json!("https://b.example"), &json!(true)));
        // Its own URL is no conflict.
        let _ = patch(&server, &world, &id, &json!({ "subscriberUrl": "https://b.example" })).await.accepted(200);
    }

    /// OW-4, OW-7, PG-1, PG-3
    async fn a_list_has_pages_and_all_can_be_deleted(server: TestServer) {
        let (world, other) = (server.world().await, server.world().await);
        let mut all = Vec::new();
        for n in 0..5 {
            all.push(new_webhook(&server, &world, &format!("https://hooks.example.com/{n}")).await);
        }
        let foreign = new_webhook(&server, &other, "https://hooks.example.com/0").await;
        for (query, expected) in [
            ("", 0..5),
            ("?take=&skip=", 0..5),
            ("?take=2", 0..2),
            ("?take=2&skip=2", 2..4),
            ("?take=250&skip=4", 4..5),
            ("?take=1.9&skip=1e0", 1..2),
            ("?skip=9999999999999999999", 0..0),
            ("?take=1&take=3", 0..3),
        ] {
            assert_eq!(ids(&list(&server, &world, query).await), all[expected], "{query}");
        }
        let refused = list(&server, &world, "?take=0&skip=-1").await;
        assert_eq!(refused.invalid_fields(), ["take", "skip"]);
        let errors = &refused.body["error"]["details"]["errors"];
        assert_eq!(errors[0]["constraints"], json!({ "min": "take must not be less than 1" }));
        assert_eq!(errors[1]["constraints"], json!({ "min": "skip must not be less than 0" }));
        assert_eq!(errors[0]["target"], json!({ "take": 0, "skip": -1 }));
        for (query, field) in [("?take=251", "take"), ("?take=abc", "take"), ("?skip=x", "skip"), ("?take=%00", "take")] {
            assert_eq!(list(&server, &world, query).await.invalid_fields(), [field], "{query}");
        }

        let delete_all = async || server.call("DELETE", &path(&world.client)).secret(&world.secret).send().await;
        assert_eq!(delete_all().await.accepted(200), "5 webhooks deleted");
        assert_eq!(delete_all().await.accepted(200), "0 webhooks deleted");
        assert_eq!(ids(&list(&server, &other, "").await), [foreign]);
    }

    /// OW-4, OW-5, PM-14, PM-15, OC-19, step 23 of section 18
    async fn webhooks_are_seen_by_their_organization_only(server: TestServer) {
        let (world, other) = (server.world().await, server.world().await);
        let (sister, sister_secret) = server.new_client(world.organization, Permissions::ALL, &[]).await;
        let id = new_webhook(&server, &world, "https://hooks.example.com").await;
        let foreign = new_webhook(&server, &other, "https://hooks.example.com").await;
        let one_of = |client: &str, id: &str| format!("{}/{id}", path(client));

        for method in ["GET", "PATCH", "DELETE"] {
            // Another organization's client.
            let answer = server.call(method, &one_of(&world.client, &id)).bearer(&other.key).send().await;
            assert!(answer.refused(403).starts_with("OAuthClientGuard - forbidden."), "{method}");
            let _ = server.call(method, &one_of(&world.client, &id)).secret(&other.secret).send().await.refused(401);
            // Another client of the same organization.
            for call in [server.call(method, &one_of(&sister, &id)).bearer(&world.key), server.call(method, &one_of(&sister, &id)).secret(&sister_secret)] {
                let answer = call.json(&json!({ "active": "wrong" })).send().await;
                assert_eq!(answer.refused(403), "IsOAuthClientWebhookGuard - Webhook does not belong to this oAuthClient", "{method}");
            }
            // Another organization's webhook does not exist.
            let answer = server.call(method, &one_of(&world.client, &foreign)).bearer(&world.key).send().await;
            assert_eq!(answer.refused(404), format!("Webhook ({foreign}) not found"), "{method}");
            // What is in the path goes before what is in the body.
            let answer = server.call(method, &one_of(&world.client, UNKNOWN)).bearer(&world.key).json(&json!({ "active": "wrong" })).send().await;
            let _ = answer.refused(404);
        }
        for method in ["GET", "POST", "DELETE"] {
            let answer = server.call(method, &path(&world.client)).bearer(&other.key).send().await;
            let _ = answer.refused(403);
            let answer = server.call(method, &path("nobody")).bearer(&world.key).send().await;
            assert_eq!(answer.refused(404), "OAuthClientGuard - OAuth client not found.");
            let _ = server.call(method, &path(&world.client)).send().await.refused(401);
        }

        // A member reads; a managed user's token does not even do that.
        let member = server.new_person(Some((world.organization, Role::Member, true))).await;
        let key = server.new_key(member, Some(world.organization), None).await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        for (method, path, allowed) in [
            ("GET", path(&world.client), true),
            ("GET", one_of(&world.client, &id), true),
            ("POST", path(&world.client), false),
            ("PATCH", one_of(&world.client, &id), false),
            ("DELETE", one_of(&world.client, &id), false),
            ("DELETE", path(&world.client), false),
        ] {
            let answer = server.call(method, &path).bearer(&key).send().await;
            assert_eq!(answer.status, if allowed { 200 } else { 403 }, "{method} {path}: {}", answer.text);
            let token = server.call(method, &path).bearer(user["accessToken"].as_str().unwrap()).send().await;
            assert!(token.refused(403).starts_with("OrganizationRolesGuard - "), "{method} {path}");
        }
        assert_eq!(one(&server, &world, "GET", &id).await.status, 200, "nothing was changed");
    }

    /// QI-16
    async fn a_subscriber_url_leads_to_the_internet(server: TestServer) {
        let world = server.world().await;
        let id = new_webhook(&server, &world, "https://hooks.example.com").await;
        let refused = async |url: &str, check: &str| {
            let body = json!({ "active": true, "subscriberUrl": url, "triggers": [], "secret": "geheim" });
            for answer in [create(&server, &world, &body).await, patch(&server, &world, &id, &body).await] {
                assert_eq!(answer.invalid_fields(), ["subscriberUrl"], "{url}");
                let error = &answer.body["error"]["details"]["errors"][0];
                assert!(error["constraints"][check].as_str().unwrap().starts_with("subscriberUrl must "), "{url}: {error}");
                assert_eq!(error["value"], url);
                assert!(!answer.text.contains("geheim"), "{}", answer.text);
            }
        };
        for bad in ["", "hooks.example.com", "ftp://hooks.example.com", "//hooks.example.com", "http://", "http://a b", "https://me:pw@hooks.example.com"] {
            refused(bad, "isUrl").await;
        }
        for inside in [
            "http://localhost:3000", "http://LOCALHOST./", "http://127.0.0.1/", "http://2130706433", "http://0x7f.1", "http://[::1]/",
            "http://[::ffff:10.0.0.1]/", "http://192.168.0.1", "http://172.16.0.1", "http://[fd00::1]", "http://169.254.169.254/latest",
            "http://[fe80::1]", "http://0.0.0.0", "http://224.0.0.1",
        ] {
            refused(inside, "isPublicAddress").await;
        }
        assert_eq!(list(&server, &world, "").await.accepted(200).as_array().unwrap().len(), 1);
    }

    /// QI-23, OC-9
    async fn a_secret_is_read_back_and_appears_nowhere_else(server: TestServer) {
        let world = server.world().await;
        let id = new_webhook(&server, &world, "https://hooks.example.com").await;
        assert_eq!(one(&server, &world, "GET", &id).await.accepted(200)["secret"], "geheim");
        let conn = server.app.store.read().await.unwrap();
        let (client, webhook) = (OAuthClientId::new(&*world.client), WebhookId::new(&*id));
        let stored = webhooks::of_owner(&conn, Some(&client), None, &webhook).await.unwrap().unwrap();
        let sealed = stored.secret.unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"geheim"), "stored in clear");
        // It opens in its own row only.
        let keyring = server.app.store.keyring();
        assert!(keyring.decrypt(&webhooks::secret_context(&WebhookId::new(UNKNOWN)), &sealed).is_err());
        drop(conn);

        for answer in [
            create(&server, &world, &json!({ "secret": "geheim" })).await,
            patch(&server, &world, &id, &json!({ "secret": "geheim", "active": 1 })).await,
        ] {
            assert_eq!(answer.body["error"]["details"]["errors"][0]["target"]["secret"], "[redacted]");
            assert!(!answer.text.contains("geheim"), "{}", answer.text);
        }
        let long = "geheim".repeat(200);
        let answer = patch(&server, &world, &id, &json!({ "secret": long })).await;
        assert_eq!(answer.invalid_fields(), ["secret"]);
        assert!(!answer.text.contains("geheim"), "{}", answer.text);
    }

    /// OC-12, QI-28
    async fn webhooks_go_with_their_client(server: TestServer) {
        let world = server.world().await;
        let (sister, secret) = server.new_client(world.organization, Permissions::ALL, &[]).await;
        let sister = World { organization: world.organization, owner: world.owner, key: world.key.clone(), client: sister, secret };
        let gone = new_webhook(&server, &world, "https://hooks.example.com").await;
        let kept = new_webhook(&server, &sister, "https://hooks.example.com").await;
        let deleted = server.call("DELETE", &format!("/v2/oauth-clients/{}", world.client)).bearer(&world.key).send().await;
        let _ = deleted.accepted(200);
        let conn = server.app.store.read().await.unwrap();
        let find = async |client: &str, id: &str| webhooks::of_owner(&conn, Some(&OAuthClientId::new(client)), None, &WebhookId::new(id)).await.unwrap();
        assert!(find(&world.client, &gone).await.is_none());
        assert!(find(&sister.client, &kept).await.is_some());
        let entries = audit::of_organization(&conn, world.organization, 10).await.unwrap();
        assert_eq!(entries[0].1["deletedWebhooks"], 1);
    }

    /// VA-1, VA-4, EN-4, section 11: every trigger is taken, and nothing else.
    async fn bad_input_is_refused_with_the_names_of_its_fields(server: TestServer) {
        let world = server.world().await;
        let empty = create(&server, &world, &json!({})).await;
        assert_eq!(empty.invalid_fields(), ["active", "subscriberUrl", "triggers"]);
        let errors = &empty.body["error"]["details"]["errors"];
        assert_eq!(errors[0]["constraints"]["isBoolean"], "active must be a boolean value");
        assert_eq!(errors[1]["constraints"]["isString"], "subscriberUrl must be a string");
        assert_eq!(errors[2]["constraints"]["isArray"], "triggers must be an array");
        let text = errors[2]["constraints"]["isEnum"].as_str().unwrap();
        let names = text.strip_prefix("each value in triggers must be one of the following values: ").unwrap();
        let names: Vec<&str> = names.split(", ").collect();
        assert_eq!(names.len(), 21);
        let all = json!({ "active": false, "subscriberUrl": "https://all.example", "triggers": names });
        assert_eq!(create(&server, &world, &all).await.accepted(201)["triggers"], json!(names));

        let id = new_webhook(&server, &world, "https://hooks.example.com").await;
        let good = json!({ "active": true, "subscriberUrl": "https://b.example", "triggers": ["BOOKING_CREATED"] });
        let not_texts = [json!(true), json!(1), json!([]), json!({}), json!(["x"]), json!("\0")];
        let long = "a".repeat(21_000);
        for (field, values) in [
            ("active", vec![json!("true"), json!(1), json!([]), json!({})]),
            ("subscriberUrl", not_texts.iter().cloned().chain([json!(""), json!("https://a.example/\0"), json!(format!("https://a.example/{long}"))]).collect()),
            ("triggers", vec![json!("BOOKING_CREATED"), json!({}), json!([null]), json!([["BOOKING_CREATED"]]), json!(["BOOKING_CONFIRMED"]), json!(["booking_created"]), json!(["\0"])]),
            ("payloadTemplate", not_texts.iter().cloned().chain([json!(long)]).collect()),
            ("secret", not_texts.iter().cloned().chain([json!(long)]).collect()),
            ("version", not_texts.iter().cloned().chain([json!("2021-10-21"), json!("")]).collect()),
        ] {
            for value in values {
                let mut body = good.clone();
                body[field] = value.clone();
                let shown: String = value.to_string().chars().take(40).collect();
                assert_eq!(create(&server, &world, &body).await.invalid_fields(), [field], "{shown}");
                assert_eq!(patch(&server, &world, &id, &json!({ field: value })).await.invalid_fields(), [field], "{shown}");
            }
        }
        for id in ["%00", "%FF", "1", "a%00b", "%F0%9F%98%80", &"x".repeat(5_000), &UNKNOWN.to_uppercase()] {
            for method in ["GET", "PATCH", "DELETE"] {
                let answer = one(&server, &world, method, id).await;
                assert!((400..500).contains(&answer.status), "{method} {id}: {}", answer.text);
            }
        }
        assert_eq!(list(&server, &world, "").await.accepted(200).as_array().unwrap().len(), 2, "nothing was written");
    }
}

/// QI-16: what an operator may allow, and what stays refused.
#[tokio::test(flavor = "multi_thread")]
async fn an_operator_can_open_private_networks() {
    let settings = Settings { allow_private_webhooks: true, ..Settings::default() };
    let server = TestServer::start_with(Engine::Sqlite, settings, Router::new()).await.unwrap();
    let world = server.world().await;
    for url in
        ["http://localhost:3000", "http://127.0.0.1", "http://10.1.2.3/hook", "http://[fd00::1]"]
    {
        let _ = new_webhook(&server, &world, url).await;
    }
    for url in [
        "http://169.254.169.254",
        "http://[fe80::1]",
        "http://0.0.0.0",
        "http://224.0.0.1",
        "http://[fd00:ec2::254]",
    ] {
        let body = json!({ "active": true, "subscriberUrl": url, "triggers": [] });
        assert_eq!(
            create(&server, &world, &body).await.invalid_fields(),
            ["subscriberUrl"],
            "{url}"
        );
    }
}
