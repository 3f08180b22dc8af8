//! Who calls (section 1.3 of the platform rules).

use jiff::SignedDuration;
use serde_json::json;
use slotd_domain::{Permissions, Role};
use slotd_http::{Access, Check, CredentialKind, Settings, guard};
use slotd_store::{oauth_clients, users};
use slotd_testkit::{Engine, TestServer, on_both_engines};

on_both_engines! {
    /// AU-1, AU-12, AU-13
    async fn what_is_missing_is_named(server: TestServer) {
        let world = server.world().await;
        let nothing = server.call("GET", "/v2/me").send().await;
        assert!(nothing.refused(401).contains(
            "No authentication method provided. Either pass an API key as 'Bearer' header or OAuth client credentials \
             as 'x-cal-secret-key' and 'x-cal-client-id' headers"
        ));
        assert_eq!(nothing.body["error"]["code"], "UnauthorizedException");
        let only_id = server.call("GET", "/v2/me").header("x-cal-client-id", &world.client).send().await;
        assert_eq!(only_id.refused(401), "ApiAuthStrategy - Only 'x-cal-client-id' header provided. Please also provide 'x-cal-secret-key' header or Auth bearer token as 'Authentication' header");
        let only_secret = server.call("GET", "/v2/me").secret(&world.secret).send().await;
        assert!(only_secret.refused(401).contains("Only 'x-cal-secret-key' header provided"));
        let path_id = server.call("GET", &format!("/v2/oauth-clients/{}/users", world.client)).send().await;
        assert!(path_id.refused(401).contains("Only 'x-cal-client-id' header provided"));
    }

    /// AU-2, AU-3, AU-6, QK-8, QK-17
    async fn client_credentials_are_an_id_and_its_secret(server: TestServer) {
        let (one, two) = (server.world().await, server.world().await);
        let me = |id: &str, secret: &str| server.call("GET", "/v2/me").header("x-cal-client-id", id).secret(secret);
        assert_eq!(me(&one.client, &one.secret).send().await.accepted(200)["id"], one.owner.0);
        // Complete credentials decide, whatever the bearer token is.
        let path = format!("/v2/oauth-clients/{}/users", one.client);
        let both = server.call("GET", &path).secret(&one.secret).bearer("garbage").send().await;
        let _ = both.accepted(200);
        assert_eq!(
            me("nobody", &one.secret).send().await.refused(401),
            "ApiAuthStrategy - oAuth client - Client with ID nobody not found"
        );
        for wrong in [two.secret.as_str(), "x", &one.secret[1..]] {
            let answer = me(&one.client, wrong).send().await;
            assert_eq!(answer.refused(401), "ApiAuthStrategy - oAuth client - Invalid client secret");
        }
        // The path's client wins over the header's.
        let header = server.call("GET", &path).secret(&one.secret).header("x-cal-client-id", &two.client).send().await;
        let _ = header.accepted(200);
        let header = server.call("GET", &path).secret(&two.secret).header("x-cal-client-id", &two.client).send().await;
        assert!(header.refused(401).contains("Invalid client secret"));
        // An id without secret beside a token, or a secret without id: the token decides.
        let user = server.new_managed_user(&one, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap();
        let beside = server.call("GET", "/v2/me").bearer(token).header("x-cal-client-id", &two.client).send().await;
        assert_eq!(beside.accepted(200)["id"], user["user"]["id"]);
        let beside = server.call("GET", "/v2/me").bearer(token).secret("whatever").send().await;
        assert_eq!(beside.accepted(200)["id"], user["user"]["id"]);
    }

    /// AU-4, AU-5, AU-8, AU-17, QK-9
    async fn api_keys_are_looked_up_and_expire_at_the_end_of_a_day(server: TestServer) {
        let world = server.world().await;
        let raw = server.call("GET", "/v2/me").header("authorization", &world.key).send().await;
        assert_eq!(raw.accepted(200)["id"], world.owner.0, "the word Bearer can be left out");
        for odd in [format!("bearer {}", world.key), "Basic dXNlcg==".to_owned()] {
            let answer = server.call("GET", "/v2/me").header("authorization", &odd).send().await;
            assert_eq!(answer.refused(401), "Invalid Access Token.");
        }
        let unknown = server.call("GET", "/v2/me").bearer("cal_0123456789abcdef0123456789abcdef").send().await;
        assert_eq!(unknown.refused(401), "CustomThrottlerGuard - Invalid API Key");
        let _ = server.call("GET", "/v2/me").bearer("cal_").send().await.refused(401);

        let noon = "2026-03-03T12:00:00Z".parse().unwrap();
        let key = server.new_key(world.owner, None, Some(noon)).await;
        for (hours, works) in [(24, true), (14, true), (1, false)] {
            server.advance(SignedDuration::from_hours(hours));
            let answer = server.call("GET", "/v2/me").bearer(&key).send().await;
            if works {
                let _ = answer.accepted(200);
            } else {
                assert_eq!(answer.refused(401), "ApiAuthStrategy - api key - Your api key is expired");
            }
        }
    }

    /// AU-7
    async fn client_credentials_act_as_the_first_owner_else_the_first_admin(server: TestServer) {
        let world = server.world().await;
        let me = || server.call("GET", "/v2/me").header("x-cal-client-id", &world.client).secret(&world.secret).send();
        let (second_owner, admin) = (
            server.new_person(Some((world.organization, Role::Owner, true))).await,
            server.new_person(Some((world.organization, Role::Admin, true))).await,
        );
        server.new_person(Some((world.organization, Role::Member, true))).await;
        assert_eq!(me().await.accepted(200)["id"], world.owner.0);
        for (gone, next) in [(world.owner, Some(second_owner)), (second_owner, Some(admin)), (admin, None)] {
            let now = server.now();
            server.write(move |conn| Box::pin(async move { users::set_locked(conn, gone, Some(now)).await.map(drop) })).await;
            match next {
                Some(next) => assert_eq!(me().await.accepted(200)["id"], next.0),
                None => assert_eq!(
                    me().await.refused(401),
                    "ApiAuthStrategy - oAuth client - No owner ID found for this OAuth client"
                ),
            }
        }
    }

    /// AU-9, EN-9, ME-5, TK-1, TK-6, QK-2
    async fn an_expired_token_is_498_and_an_unknown_one_401(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap();
        let me = |token: &str| server.call("GET", "/v2/me").bearer(token).send();
        let _ = me(token).await.accepted(200);
        let refresh_token = user["refreshToken"].as_str().unwrap();
        let forged = format!("{}x", &token[..token.len() - 1]);
        // Signed by this server, but not in its store.
        let unknown = server.app.store.keyring().sign_token("{\"type\":\"access_token\",\"ownerId\":1}");
        for bad in [refresh_token, &forged, &unknown, "a.b.c", "é", "x"] {
            assert_eq!(me(bad).await.refused(401), "Invalid Access Token.", "{bad}");
        }
        // 10:14:59.12, and the token expires at 10:15:00.
        server.advance(SignedDuration::from_secs(59 * 60 + 55));
        let _ = me(token).await.accepted(200);
        server.advance(SignedDuration::from_secs(1));
        for _ in 0..2 {
            let answer = me(token).await;
            assert_eq!(answer.refused(498), "ACCESS_TOKEN_IS_EXPIRED");
            assert_eq!(answer.body["error"]["code"], "TokenExpiredException");
            assert_eq!(answer.body["error"]["details"], "ACCESS_TOKEN_IS_EXPIRED");
            server.advance(SignedDuration::from_hours(23));
        }
    }

    /// AU-10, CO-3, CO-4, CO-5
    async fn a_tokens_origin_must_be_allowed_by_its_client(server: TestServer) {
        let world = server.world_with(Permissions::ALL, &["http://localhost:4321", "https://app.example.com/callback"]).await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap();
        let from = |origin: &str| server.call("GET", "/v2/me").bearer(token).header("Origin", origin).send();
        for good in ["http://localhost:4321", "https://app.example.com"] {
            let _ = from(good).await.accepted(200);
        }
        for bad in ["https://evil.example", "null", "http://app.example.com"] {
            let answer = from(bad).await;
            let message = answer.refused(401);
            assert!(message.starts_with("ApiAuthStrategy - access token - Invalid request origin - "), "{message}");
            assert!(message.contains(&format!("add the origin '{bad}'")), "{message}");
            assert!(message.contains(&format!("with ID '{}'", world.client)), "{message}");
        }
        // Keys and client credentials are never checked.
        let evil = "https://evil.example";
        let _ = server.call("GET", "/v2/me").bearer(&world.key).header("Origin", evil).send().await.accepted(200);
        let path = format!("/v2/oauth-clients/{}/users", world.client);
        let _ = server.call("GET", &path).secret(&world.secret).header("Origin", evil).send().await.accepted(200);
    }

    /// AU-11, ME-1
    async fn a_token_acts_as_its_owner_in_the_owners_organization(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let me = server.call("GET", "/v2/me").bearer(user["accessToken"].as_str().unwrap()).send().await;
        assert_eq!(me.accepted(200)["id"], user["user"]["id"]);
        assert_eq!(me.body["data"]["organizationId"], world.organization.0);
        assert_eq!(me.body["data"]["organization"], json!({ "isPlatform": true, "id": world.organization.0 }));
    }

    /// AU-14, TK-17, QI-14
    async fn a_route_takes_only_its_kinds_of_credentials(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let body = json!({ "refreshToken": user["refreshToken"] });
        let path = format!("/v2/oauth/{}/refresh", world.client);
        for token in [user["accessToken"].as_str().unwrap(), &world.key] {
            let answer = server.call("POST", &path).bearer(token).json(&body).send().await;
            assert!(answer.refused(401).contains("Only 'x-cal-client-id' header provided"));
        }
        let _ = server.call("POST", &path).secret(&world.secret).json(&body).send().await.accepted(200);
    }

    /// AU-16
    async fn a_locked_user_cannot_authenticate_by_any_method(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap().to_owned();
        let id = slotd_domain::UserId(i32::try_from(user["user"]["id"].as_i64().unwrap()).unwrap());
        let key = server.new_key(id, None, None).await;
        let (now, owner) = (server.now(), world.owner);
        let _ = server.call("GET", "/v2/me").bearer(&key).send().await.accepted(200);
        server.write(move |conn| Box::pin(async move {
            users::set_locked(conn, id, Some(now)).await?;
            users::set_locked(conn, owner, Some(now)).await.map(drop)
        })).await;
        for bearer in [&token, &key, &world.key] {
            assert!(server.call("GET", "/v2/me").bearer(bearer).send().await.refused(401).contains("locked"));
        }
        let path = format!("/v2/oauth-clients/{}/users", world.client);
        let _ = server.call("GET", &path).secret(&world.secret).send().await.refused(401);
    }

    /// AU-18, PM-14
    async fn a_system_administrator_passes_every_organization_check(server: TestServer) {
        let (world, other) = (server.world().await, server.world().await);
        let admin = server.new_person(Some((other.organization, Role::Member, true))).await;
        let key = server.new_key(admin, Some(other.organization), None).await;
        let path = format!("/v2/oauth-clients/{}", world.client);
        let _ = server.call("GET", &path).bearer(&key).send().await.refused(403);
        server.write(move |conn| Box::pin(async move { users::set_system_admin(conn, admin, true).await.map(drop) })).await;
        assert_eq!(server.call("GET", &path).bearer(&key).send().await.accepted(200)["id"], world.client);
        let users = server.call("GET", &format!("{path}/users")).bearer(&key).send().await;
        assert_eq!(users.accepted(200), &json!([]));
    }

    /// OC-8, OC-9: imported secrets of other forms keep working.
    async fn a_secret_may_be_any_text_of_a_few_kilobytes(server: TestServer) {
        let world = server.world().await;
        let secret = format!("eyJ.{}.x-_", "a".repeat(3_000));
        let conn = server.app.store.read().await.unwrap();
        let id = slotd_domain::OAuthClientId::new(&*world.client);
        let mut imported = oauth_clients::by_id(&conn, &id).await.unwrap().unwrap();
        drop(conn);
        imported.id = slotd_domain::OAuthClientId::new("cimportedclient0000000001");
        imported.secret = server.app.store.keyring().encrypt(&oauth_clients::secret_context(&imported.id), &secret);
        server.write(move |conn| {
            let imported = imported.clone();
            Box::pin(async move { oauth_clients::insert(conn, &imported).await.map(drop) })
        }).await;
        let path = "/v2/oauth-clients/cimportedclient0000000001/users";
        let _ = server.call("GET", path).secret(&secret).send().await.accepted(200);
    }
}

/// As on connecting a calendar: client credentials are not taken.
const WITHOUT_CLIENTS: Access = Access {
    credentials: &[CredentialKind::ApiKey, CredentialKind::AccessToken],
    checks: &[Check::Authenticated],
    scopes: &[],
};

/// AU-14
#[tokio::test(flavor = "multi_thread")]
async fn a_credential_of_a_kind_that_a_route_does_not_take_is_refused() {
    let routes = axum::Router::new()
        .route("/restricted", guard(&WITHOUT_CLIENTS, axum::routing::get(async || "in")));
    let server =
        TestServer::start_with(Engine::Sqlite, TestServer::settings(), routes).await.unwrap();
    let world = server.world().await;
    let client = server
        .call("GET", "/restricted")
        .header("x-cal-client-id", &world.client)
        .secret(&world.secret);
    assert_eq!(
        client.send().await.refused(401),
        "ApiAuthStrategy - Invalid authentication method. Please provide one of the allowed methods: API_KEY, ACCESS_TOKEN"
    );
    assert_eq!(server.call("GET", "/restricted").bearer(&world.key).send().await.text, "in");
}

/// AU-8
#[tokio::test(flavor = "multi_thread")]
async fn keys_without_the_configured_prefix_are_not_valid() {
    let settings = Settings { api_key_prefix: "cal_live_".to_owned(), ..TestServer::settings() };
    let server =
        TestServer::start_with(Engine::Sqlite, settings, axum::Router::new()).await.unwrap();
    let world = server.world().await;
    let me = |key: String| server.call("GET", "/v2/me").bearer(&key).send();
    assert_eq!(
        me(world.key.clone()).await.refused(401),
        "ApiAuthStrategy - api key - Your api key is not valid"
    );
    let key = world.key.replace("cal_", "cal_live_");
    assert_eq!(me(key).await.accepted(200)["id"], world.owner.0);
    let unknown = me("cal_live_unknown".to_owned()).await;
    assert_eq!(unknown.refused(401), "CustomThrottlerGuard - Invalid API Key");
}
