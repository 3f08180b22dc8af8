//! What the front end asks first (section 6 of the platform rules).

use jiff::SignedDuration;
use serde_json::json;
use slotd_testkit::{Answer, TestServer, on_both_engines};

async fn check(server: &TestServer, client: &str, token: &str) -> Answer {
    server.call("GET", &format!("/v2/provider/{client}/access-token")).bearer(token).send().await
}

on_both_engines! {
    /// PV-1, PV-5, VR-7, OC-13, step 14 of section 18
    async fn everybody_may_ask_whether_a_client_exists(server: TestServer) {
        let world = server.world().await;
        let path = format!("/v2/provider/{}", world.client);
        let expected = json!({ "clientId": world.client, "organizationId": world.organization.0, "name": "Client" });
        for call in [
            server.call("GET", &path),
            server.call("GET", &format!("/api{path}/")),
            server.call("GET", &path).bearer("nonsense").header("Origin", "https://anywhere.example"),
            server.call("GET", &path).secret("wrong").header("cal-api-version", "2024-06-14"),
        ] {
            assert_eq!(call.send().await.accepted(200), &expected);
        }
        let head = server.call("HEAD", &path).send().await;
        assert_eq!((head.status, head.text.as_str()), (200, ""));

        for unknown in ["nobody", "%00", "%FF", &"x".repeat(3_000)] {
            let answer = server.call("GET", &format!("/v2/provider/{unknown}")).send().await;
            assert_eq!(answer.refused(401), "Unauthorized");
            assert_eq!(answer.body["error"]["code"], "UnauthorizedException");
            assert_eq!(answer.body["error"]["details"], json!({ "message": "Unauthorized", "statusCode": 401 }));
        }
        let deleted = server.call("DELETE", &format!("/v2/oauth-clients/{}", world.client)).bearer(&world.key).send().await;
        let _ = deleted.accepted(200);
        assert_eq!(server.call("GET", &path).send().await.refused(401), "Unauthorized");
    }

    /// PV-2, PV-3, AU-10, step 14 of section 18
    async fn a_token_is_verified_and_an_expired_one_asks_for_its_refresh(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap();
        let path = format!("/v2/provider/{}/access-token", world.client);
        assert_eq!(check(&server, &world.client, token).await.body, json!({ "status": "success" }));
        // As components send it: with the client in a header, too.
        let component = server.call("GET", &path).bearer(token).header("x-cal-client-id", &world.client);
        assert_eq!(component.header("Origin", "http://localhost:4321").send().await.status, 200);
        let evil = server.call("GET", &path).bearer(token).header("Origin", "https://evil.example").send().await;
        assert!(evil.refused(401).contains("https://evil.example"));

        let _ = server.call("GET", &path).send().await.refused(401);
        let _ = server.call("GET", &path).secret(&world.secret).send().await.refused(401);
        let _ = check(&server, &world.client, "unknown").await.refused(401);
        let _ = check(&server, &world.client, &world.key).await.refused(401);
        let _ = check(&server, &world.client, user["refreshToken"].as_str().unwrap()).await.refused(401);

        server.advance(SignedDuration::from_hours(2));
        let expired = check(&server, &world.client, token).await;
        assert_eq!(expired.refused(498), "ACCESS_TOKEN_IS_EXPIRED");
    }

    /// PV-4
    async fn a_token_of_another_client_is_none(server: TestServer) {
        let (world, other) = (server.world().await, server.world().await);
        let (sister, _) = server.new_client(world.organization, slotd_domain::Permissions::ALL, &[]).await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap();
        for client in [&other.client, &sister, "nobody"] {
            assert_eq!(check(&server, client, token).await.refused(401), "Invalid Access Token.", "{client}");
        }
        assert_eq!(check(&server, &world.client, token).await.status, 200);
    }
}
