//! Hostile input: a clear 4xx that names the field, nothing half-written, never a 5xx.

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

/// Every kind of JSON value, and texts that databases and parsers stumble over.
pub(crate) fn hostile() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(9_007_199_254_740_993_i64),
        json!(""),
        json!("\0"),
        json!("a\0b@c.de"),
        json!("\u{feff}"),
        json!("\u{202e}gro.elpmaxe"),
        json!("a".repeat(20_000)),
        json!("' or 1=1 --"),
        json!("%00"),
        json!("<script>alert(1)</script>"),
        json!("😀"),
        json!([]),
        json!({}),
        json!([null]),
        json!([["x"]]),
        json!({ "a": null }),
        json!({ "\0": 1 }),
        json!({ "a": "\0" }),
        json!(["\0"]),
        json!({ "k".repeat(41): "v" }),
        json!({ "k": "v".repeat(501) }),
        json!({ "k": { "deep": 1 } }),
    ]
}

on_both_engines! {
    /// VA-1, VA-4, VA-5, VA-6, VA-10, EN-4
    async fn no_value_of_any_field_makes_the_server_fail(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let (client, id) = (&world.client, &user["user"]["id"]);
        let users = format!("/v2/oauth-clients/{client}/users");
        let webhooks = format!("/v2/oauth-clients/{client}/webhooks");
        let webhook = json!({ "active": true, "subscriberUrl": "https://hooks.example.com", "triggers": [] });
        let webhook = server.call("POST", &webhooks).secret(&world.secret).json(&webhook).send().await;
        let webhook = webhook.accepted(201)["id"].as_str().unwrap();
        let webhook_fields = ["active", "subscriberUrl", "triggers", "payloadTemplate", "secret", "version"];
        let operations: [(&str, String, &[&str]); 7] = [
            ("POST", users.clone(), &["email", "name", "timeFormat", "weekStart", "timeZone", "locale", "avatarUrl", "bio", "metadata"]),
            ("PATCH", format!("{users}/{id}"), &["email", "name", "timeFormat", "defaultScheduleId", "weekStart", "timeZone", "locale", "avatarUrl", "bio", "metadata"]),
            ("POST", "/v2/oauth-clients".to_owned(), &["name", "redirectUris", "permissions", "logo", "bookingRedirectUri", "areEmailsEnabled"]),
            ("PATCH", format!("/v2/oauth-clients/{client}"), &["name", "redirectUris", "logo", "bookingCancelRedirectUri", "areCalendarEventsEnabled"]),
            ("POST", format!("/v2/oauth/{client}/refresh"), &["refreshToken"]),
            ("POST", webhooks.clone(), &webhook_fields),
            ("PATCH", format!("{webhooks}/{webhook}"), &webhook_fields),
        ];
        let mut number = 0;
        for (method, path, fields) in operations {
            let uses_key = path == "/v2/oauth-clients" || (method == "PATCH" && !path.contains("/users"));
            for field in fields {
                for value in hostile() {
                    number += 1;
                    let mut body = json!({
                        "email": format!("u{number}@example.com"), "name": "N", "redirectUris": ["*"], "permissions": [],
                        "refreshToken": "x", "active": true, "subscriberUrl": format!("https://u{number}.example"), "triggers": [],
                    });
                    if method == "PATCH" {
                        body = json!({});
                    }
                    body[*field] = value.clone();
                    let call = server.call(method, &path).json(&body);
                    let call = if uses_key { call.bearer(&world.key) } else { call.secret(&world.secret) };
                    let answer = call.send().await;
                    let shown: String = value.to_string().chars().take(40).collect();
                    assert!(answer.status < 500, "{method} {path} {field} {shown}: {}", answer.text);
                    if answer.status == 400 && answer.body["error"]["message"] == "Bad Request Exception" {
                        assert_eq!(answer.invalid_fields(), [*field], "{shown}");
                    } else {
                        assert!([200, 201, 400, 409].contains(&answer.status), "{field} {shown}: {}", answer.text);
                    }
                }
            }
        }
    }

    /// VA-1: a body of another type is no body, and an array has no fields.
    async fn a_body_of_another_content_type_counts_as_none(server: TestServer) {
        let world = server.world().await;
        let path = format!("/v2/oauth-clients/{}/users", world.client);
        let good = "{\"email\":\"a@example.com\",\"name\":\"A\"}";
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"] {
            let answer = server.call("POST", &path).secret(&world.secret).body(content_type, good).send().await;
            assert_eq!(answer.invalid_fields(), ["email", "name"], "{content_type}");
            assert_eq!(answer.body["error"]["details"]["errors"][0]["target"], json!({}));
        }
        let array = server.call("POST", &path).secret(&world.secret).json(&json!([1, 2])).send().await;
        assert_eq!(array.invalid_fields(), ["email", "name"]);
        assert_eq!(array.body["error"]["details"]["errors"][0]["target"], json!([]));
        let answer = server.call("POST", &path).secret(&world.secret).body("Application/JSON; charset=utf-8", good).send().await;
        let _ = answer.accepted(201);
    }

    /// Hostile ids, headers and paths.
    async fn no_header_and_no_path_makes_the_server_fail(server: TestServer) {
        let world = server.world().await;
        for id in ["%00", "%FF", "a%00b", "%F0%9F%98%80", "' or 1=1", &"x".repeat(5_000)] {
            let id = id.replace(' ', "%20");
            for path in [format!("/v2/oauth-clients/{id}"), format!("/v2/oauth-clients/{id}/users"), format!("/v2/oauth-clients/{}/users/{id}", world.client)] {
                for call in [server.call("GET", &path), server.call("GET", &path).bearer(&world.key), server.call("GET", &path).secret(&world.secret)] {
                    let answer = call.send().await;
                    assert!((400..500).contains(&answer.status), "{path}: {}", answer.text);
                    assert_eq!(answer.body["status"], "error");
                }
            }
        }
        for value in ["é", "Bearer ", "Bearer", " ", "cal_", "Bearer cal_é", &"x".repeat(20_000)] {
            let answer = server.call("GET", "/v2/me").header("authorization", value).send().await;
            assert_eq!(answer.status, 401, "{value}: {}", answer.text);
            let answer = server.call("GET", "/v2/me").header("x-cal-client-id", value).secret(value).send().await;
            assert_eq!(answer.status, 401, "{value}: {}", answer.text);
        }
        for query in ["?limit=%00", "?emails=%00", "?emails=%FF@b.co", "?%00=%00", "?limit[]=1", "?emails=a@b.co%00"] {
            let answer = server.call("GET", &format!("/v2/oauth-clients/{}/users{query}", world.client)).secret(&world.secret).send().await;
            assert!(answer.status < 500, "{query}: {}", answer.text);
        }
    }
}
