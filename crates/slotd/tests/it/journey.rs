//! The walk-through of the platform rules (section 18), as far as its operations
//! are built: a customer's back end and front end against a started server.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use slotd_testkit::{Call, on_both_engines};

use crate::process::{Place, Server};

const CLIENTS: &str = "/v2/oauth-clients";

/// Operations of the walk-through that come later; the list may only get shorter.
const LATER: [(&str, &str); 1] = [("GET", "/v2/calendars")];

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

struct Customer {
    client: String,
    secret: String,
}

impl Customer {
    async fn new(server: &Server, key: &str, body: Value) -> Self {
        let created = server.call("POST", CLIENTS).bearer(key).json(&body).send().await;
        let created = created.accepted(201);
        assert_eq!(text(&created["clientId"]).len(), 25);
        Self {
            client: text(&created["clientId"]).to_owned(),
            secret: text(&created["clientSecret"]).to_owned(),
        }
    }

    fn path(&self) -> String {
        format!("{CLIENTS}/{}", self.client)
    }

    fn users(&self, server: &Server, method: &str, rest: &str) -> Call {
        server.call(method, &format!("{}/users{rest}", self.path())).secret(&self.secret)
    }

    fn refresh(&self, server: &Server, token: &Value) -> Call {
        server
            .call("POST", &format!("/v2/oauth/{}/refresh", self.client))
            .secret(&self.secret)
            .json(&json!({ "refreshToken": token }))
    }
}

/// What a customer reads in a token without a key (TK-2).
fn claims(token: &Value) -> Value {
    let payload = text(token).split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn me(server: &Server, token: &Value) -> Call {
    server.call("GET", "/v2/me").bearer(text(token))
}

on_both_engines! {
    /// Steps 1 to 25 and 28 to 31 of the walk-through.
    async fn a_customer_moves_in(place: Place) {
        let server = place.serve("2026-03-02T09:15:04Z");
        let key = server.printed("owner's API key");

        // 1 to 6: OAuth clients.
        for (method, path) in [("GET", CLIENTS), ("POST", CLIENTS), ("GET", "/v2/oauth-clients/x"), ("PATCH", "/v2/oauth-clients/x"), ("DELETE", "/v2/oauth-clients/x")] {
            let _ = server.call(method, path).send().await.refused(401);
        }
        let all = json!({ "name": "A", "redirectUris": ["http://localhost:4321"], "permissions": ["*"], "areDefaultEventTypesEnabled": true });
        let customer = Customer::new(&server, &key, all).await;
        let member = customer.users(&server, "POST", "").json(&json!({ "email": "member@example.com", "name": "Member" })).send().await;
        let member_id = member.accepted(201)["user"]["id"].to_string();
        let member_key = place.json(&["admin", "create-api-key", "--user", &member_id, "--json"]);
        let member_key = text(&member_key["apiKey"]);
        let refused = server.call("POST", CLIENTS).bearer(member_key).json(&json!({})).send().await;
        let _ = refused.refused(403);
        for key in [key.as_str(), member_key] {
            let read = server.call("GET", &customer.path()).bearer(key).send().await;
            assert_eq!(read.accepted(200)["secret"], customer.secret);
            assert_eq!(read.accepted(200)["permissions"].as_array().unwrap().len(), 10);
        }
        let two = json!({ "name": "A", "redirectUris": [], "permissions": ["BOOKING_READ", "PROFILE_WRITE"] });
        let weak = Customer::new(&server, &key, two).await;
        let read = server.call("GET", &weak.path()).bearer(&key).send().await;
        assert_eq!(read.accepted(200)["permissions"], json!(["BOOKING_READ", "PROFILE_WRITE"]));
        let renamed = server.call("PATCH", &customer.path()).bearer(&key).json(&json!({ "name": "B" })).send().await;
        assert_eq!(renamed.accepted(200)["name"], "B");
        assert_eq!(renamed.accepted(200)["redirectUris"], json!(["http://localhost:4321"]));

        // 7 to 13: managed users.
        let anonymous = server.call("POST", &format!("{}/users", customer.path())).json(&json!({})).send().await;
        let _ = anonymous.refused(401);
        for bad in [json!({ "timeZone": "incorrect-time-zone" }), json!({ "timeFormat": 100 })] {
            let mut body = json!({ "email": "alice@example.com", "name": "Alice" });
            body.as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
            let _ = customer.users(&server, "POST", "").json(&body).send().await.refused(400);
        }
        let alice = json!({
            "email": "alice@example.com", "name": "Alice Smith", "timeZone": "Europe/Rome", "weekStart": "Monday", "timeFormat": 24,
            "locale": "fr", "bio": "I am a bio", "metadata": { "key": "value" },
        });
        let created = customer.users(&server, "POST", "").json(&alice).send().await;
        let created = created.accepted(201).clone();
        let user = &created["user"];
        for (field, value) in alice.as_object().unwrap() {
            if field != "email" {
                assert_eq!(&user[field], value, "{field}");
            }
        }
        assert_eq!(user["email"], format!("alice+{}@example.com", customer.client));
        assert_eq!(user["username"], format!("alice-{}-example-com", customer.client));
        assert!(user["defaultScheduleId"].is_i64());
        for (token, expiry, kind) in [("accessToken", "accessTokenExpiresAt", "access_token"), ("refreshToken", "refreshTokenExpiresAt", "refresh_token")] {
            let claims = claims(&created[token]);
            assert_eq!((&claims["type"], &claims["clientId"], &claims["ownerId"]), (&json!(kind), &json!(customer.client), &user["id"]));
            assert_eq!(claims["expiresAt"], created[expiry]);
            assert_eq!(claims.get("userId"), None);
        }
        let again = customer.users(&server, "POST", "").json(&alice).send().await;
        assert_eq!(again.refused(409), format!("User with the provided e-mail already exists. Existing user ID={}", user["id"]));
        let _ = customer.users(&server, "POST", "").json(&json!({ "email": "bob@example.com", "name": "Bob" })).send().await.accepted(201);
        for (filter, count) in [
            (String::new(), 3),
            ("?emails=alice@example.com".to_owned(), 1),
            ("?emails=alice@example.com,bob@example.com".to_owned(), 2),
            (format!("?emails=alice%2B{}@example.com", customer.client), 1),
            (format!("?emails=alice%2B{0}@example.com,bob%2B{0}@example.com", customer.client), 2),
        ] {
            let list = customer.users(&server, "GET", &filter).send().await;
            assert_eq!(list.accepted(200).as_array().unwrap().len(), count, "{filter}");
        }
        let invalid = customer.users(&server, "GET", "?emails=invalid-email").send().await;
        assert_eq!(invalid.refused(400), "Invalid email invalid-email");

        // 14 to 17: what the front end asks first, and the profile.
        let token = &created["accessToken"];
        let provider = format!("/v2/provider/{}", customer.client);
        let known = server.call("GET", &provider).send().await;
        assert_eq!(known.accepted(200)["organizationId"].to_string(), server.printed("organization id"));
        let check = server.call("GET", &format!("{provider}/access-token")).bearer(text(token)).send().await;
        let _ = check.accepted(200);
        let from_page = me(&server, token).header("Origin", "http://localhost:4321").send().await;
        assert_eq!(from_page.accepted(200)["organization"]["isPlatform"], true);
        let foreign = me(&server, token).header("Origin", "https://evil.example").send().await;
        assert!(foreign.refused(401).contains("https://evil.example"));
        let patch = async |body: Value| server.call("PATCH", "/v2/me").bearer(text(token)).json(&body).send().await;
        let patched = patch(json!({ "timeZone": "America/New_york" })).await;
        assert_eq!(patched.accepted(200)["timeZone"], "America/New_York");
        assert_eq!(patched.accepted(200)["defaultScheduleId"], user["defaultScheduleId"]);
        for bad in [json!({ "timeZone": "Narnia/Woods" }), json!({ "timeFormat": 100 }), json!({ "weekStart": "waba luba dub dub" })] {
            let _ = patch(bad).await.refused(400);
        }
        let of_weak = weak.users(&server, "POST", "").json(&json!({ "email": "weak@example.com", "name": "W" })).send().await;
        let _ = me(&server, &of_weak.accepted(201)["accessToken"]).send().await.refused(403);

        // 18 to 20: tokens.
        let path = format!("/v2/oauth/{}/refresh", customer.client);
        let without = server.call("POST", &path).json(&json!({ "refreshToken": created["refreshToken"] })).send().await;
        let _ = without.refused(401);
        let first = customer.refresh(&server, &created["refreshToken"]).send().await;
        let repeated = customer.refresh(&server, &created["refreshToken"]).send().await;
        assert_eq!(first.accepted(200), repeated.accepted(200));
        assert_eq!(claims(&first.accepted(200)["accessToken"])["userId"], user["id"]);
        let _ = me(&server, &first.accepted(200)["accessToken"]).send().await.accepted(200);
        let _ = customer.refresh(&server, &created["refreshToken"]).send().await.refused(400);
        let _ = me(&server, token).send().await.accepted(200);
        let forced = customer.users(&server, "POST", &format!("/{}/force-refresh", user["id"])).send().await;
        let forced = forced.accepted(200).clone();
        let _ = me(&server, token).send().await.refused(401);
        let _ = customer.refresh(&server, &first.accepted(200)["refreshToken"]).send().await.refused(400);
        server.stop();

        // 21: after 61 minutes the token is expired, and everything else is still there.
        let server = place.serve("2026-03-02T10:20:00Z");
        assert_eq!(server.greeting, "", "credentials are printed once");
        assert_eq!(me(&server, &forced["accessToken"]).send().await.refused(498), "ACCESS_TOKEN_IS_EXPIRED");
        let fresh = customer.refresh(&server, &forced["refreshToken"]).send().await;
        let fresh = fresh.accepted(200).clone();
        let _ = me(&server, &fresh["accessToken"]).send().await.accepted(200);

        // 22 and 23: changes, and another tenant.
        let user_path = format!("/{}", user["id"]);
        let moved = customer.users(&server, "PATCH", &user_path).json(&json!({ "email": "pineapple-pizza@gmail.com", "locale": "pt-BR" })).send().await;
        assert_eq!(moved.accepted(200)["email"], format!("pineapple-pizza+{}@gmail.com", customer.client));
        assert_eq!(moved.accepted(200)["bio"], "I am a bio");
        let other = place.json(&["admin", "create-organization", "--name", "Other", "--owner-email", "other@example.com", "--json"]);
        let (organization, owner) = (other["organizationId"].to_string(), other["ownerId"].to_string());
        let other_client = place.json(&["admin", "create-oauth-client", "--name", "Other", "--organization", &organization, "--json"]);
        let other_key = place.json(&["admin", "create-api-key", "--user", &owner, "--json"]);
        for path in [customer.path(), format!("{}/users", customer.path()), format!("{}/users{user_path}", customer.path())] {
            let _ = server.call("GET", &path).secret(text(&other_client["clientSecret"])).send().await.refused(401);
            let _ = server.call("GET", &path).bearer(text(&other_key["apiKey"])).send().await.refused(403);
        }

        // 24: webhooks.
        let webhooks = format!("{}/webhooks", customer.path());
        let call = |method: &str, rest: &str| server.call(method, &format!("{webhooks}{rest}")).secret(&customer.secret);
        let webhook = json!({ "active": true, "subscriberUrl": "https://hooks.example.com", "triggers": ["BOOKING_CREATED"] });
        let made = call("POST", "").json(&webhook).send().await;
        let id = format!("/{}", text(&made.accepted(201)["id"]));
        let _ = call("POST", "").json(&webhook).send().await.refused(409);
        let patched = call("PATCH", &id).json(&json!({ "active": false })).send().await;
        assert_eq!(patched.accepted(200)["active"], false);
        assert_eq!(call("GET", &id).send().await.accepted(200), patched.accepted(200));
        assert_eq!(call("GET", "").send().await.accepted(200), &json!([patched.accepted(200)]));
        let _ = call("DELETE", &id).send().await.accepted(200);
        let _ = call("GET", &id).send().await.refused(404);
        let _ = call("DELETE", &id).send().await.refused(404);

        // 30: a new API key for an old one.
        let renewed = server.call("POST", "/v2/api-keys/refresh").bearer(&key).json(&json!({ "apiKeyNeverExpires": true })).send().await;
        let old = server.call("GET", CLIENTS).bearer(&key).send().await;
        let _ = old.refused(401);
        let key = text(&renewed.accepted(200)["apiKey"]).to_owned();
        let _ = server.call("GET", CLIENTS).bearer(&key).send().await.accepted(200);
        let with_token = server.call("POST", "/v2/api-keys/refresh").bearer(text(&fresh["accessToken"])).send().await;
        let _ = with_token.refused(401);

        // 25, 28, 29 and what comes later.
        let _ = customer.users(&server, "DELETE", &user_path).send().await.accepted(200);
        let _ = customer.users(&server, "GET", &user_path).send().await.refused(404);
        let _ = me(&server, &fresh["accessToken"]).send().await.refused(401);
        let _ = server.call("POST", CLIENTS).body("application/json", "{bad").send().await.refused(400);
        assert!(server.call("GET", "/v2/nope").send().await.refused(404).starts_with("Cannot "));
        let _ = server.call("POST", CLIENTS).body("application/json", vec![b' '; 200_000]).send().await.refused(413);
        let preflight = server.call("OPTIONS", "/v2/me").header("Origin", "https://x.example").send().await;
        assert_eq!(preflight.status, 204);
        for (method, path) in LATER {
            let _ = server.call(method, path).bearer(&key).send().await.refused(501);
        }
        server.stop();

        // 18 and 31: a year later, refresh tokens have expired; and a client goes.
        let server = place.serve("2027-03-04T00:00:00Z");
        let _ = customer.refresh(&server, &fresh["refreshToken"]).send().await.refused(400);
        let carol = json!({ "email": "carol@example.com", "name": "Carol" });
        let carol = customer.users(&server, "POST", "").json(&carol).send().await;
        let carol = carol.accepted(201)["accessToken"].clone();
        let _ = me(&server, &carol).send().await.accepted(200);
        let deleted = server.call("DELETE", &customer.path()).bearer(&key).send().await;
        assert_eq!(deleted.accepted(200)["id"], customer.client);
        let _ = customer.users(&server, "GET", "").send().await.refused(401);
        let _ = me(&server, &carol).send().await.refused(401);
        server.stop();
    }
}
