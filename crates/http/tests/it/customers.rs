//! What a customer's back end and front end do (section 12 of the platform rules).

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_testkit::{TestServer, World, on_both_engines};

/// The payload of a token, as anybody can decode it.
fn payload(token: &Value) -> Value {
    use base64::Engine as _;
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    serde_json::from_slice(&engine.decode(payload).unwrap()).unwrap()
}

fn users(world: &World) -> String {
    format!("/v2/oauth-clients/{}/users", world.client)
}

on_both_engines! {
    /// CU-2: only the secret, and an origin that server-side code has no use for.
    async fn a_back_end_creates_a_user_and_stores_what_it_needs(server: TestServer) {
        let world = server.world().await;
        let body = json!({ "email": "alice@example.com", "name": "Alice", "timeZone": "Europe/Rome" });
        let call = server.call("POST", &users(&world)).secret(&world.secret).header("origin", "http://localhost:4321");
        let answer = call.json(&body).send().await;
        let data = answer.accepted(201);
        assert!(data["user"]["id"].is_number() && data["user"]["username"].is_string(), "{data}");
        assert!(data["accessToken"].is_string() && data["refreshToken"].is_string());
    }

    /// CU-3, QK-4, QK-6
    async fn a_back_end_that_lost_its_user_finds_it_again(server: TestServer) {
        let world = server.world().await;
        let first = server.new_managed_user(&world, "alice@example.com").await;
        let body = json!({ "email": "alice@example.com", "name": "Alice" });
        let again = server.call("POST", &users(&world)).secret(&world.secret).json(&body).send().await;
        assert!(again.refused(409).contains("already exists"));

        let list = server.call("GET", &users(&world)).secret(&world.secret).send().await;
        let suffixed = format!("alice+{}@example.com", world.client);
        let found = list.accepted(200).as_array().unwrap().iter().find(|user| user["email"] == suffixed).unwrap();
        assert_eq!(found["id"], first["user"]["id"]);
        let path = format!("{}/{}/force-refresh", users(&world), found["id"]);
        let tokens = server.call("POST", &path).secret(&world.secret).send().await;
        let token = tokens.accepted(200)["accessToken"].as_str().unwrap();
        let _ = server.call("GET", "/v2/me").bearer(token).send().await.accepted(200);
    }

    /// CU-4, CU-5, CU-6, CU-7, QK-2, QK-7
    async fn a_front_end_starts_and_its_token_is_refreshed_when_it_expires(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let mut token = user["accessToken"].as_str().unwrap().to_owned();
        // As the components send it, once they know the client.
        let component = |path: String, token: &str| {
            let call = server.call("GET", &path).bearer(token).header("x-cal-client-id", &world.client);
            call.header("origin", "http://localhost:4321").header("cal-api-version", "2024-06-14").send()
        };
        let start = server.call("GET", &format!("/v2/provider/{}", world.client)).send().await;
        assert_eq!(start.accepted(200)["organizationId"], world.organization.0);
        let check = format!("/v2/provider/{}/access-token", world.client);
        assert_eq!(component(check.clone(), &token).await.status, 200);
        assert_eq!(component("/v2/me".to_owned(), &token).await.accepted(200)["id"], user["user"]["id"]);

        // The starter application sends the secret beside the token, without a client id.
        let both = server.call("GET", "/v2/me").bearer(&token).secret(&world.secret).send().await;
        assert_eq!(both.accepted(200)["id"], user["user"]["id"]);

        server.advance(SignedDuration::from_hours(2));
        assert_eq!(component("/v2/me".to_owned(), &token).await.refused(498), "ACCESS_TOKEN_IS_EXPIRED");
        assert_eq!(component(check, &token).await.status, 498);
        let body = json!({ "refreshToken": user["refreshToken"] });
        let refreshed = server.call("POST", &format!("/v2/oauth/{}/refresh", world.client)).secret(&world.secret);
        let refreshed = refreshed.json(&body).send().await.accepted(200).clone();
        token = refreshed["accessToken"].as_str().unwrap().to_owned();
        assert_eq!(component("/v2/me".to_owned(), &token).await.status, 200);
        // A job refreshes before a year has passed.
        assert_eq!(payload(&refreshed["refreshToken"])["expiresAt"], refreshed["refreshTokenExpiresAt"]);
    }
}
