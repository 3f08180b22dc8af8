//! Tokens of managed users (section 4 of the platform rules).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slotd_domain::{OAuthClientId, UserId};
use slotd_http::Settings;
use slotd_store::tokens::Pair;
use slotd_store::{Keyring, ServerKey, users};
use slotd_testkit::{Answer, Engine, TestServer, World, on_both_engines};

pub(crate) async fn refresh(server: &TestServer, world: &World, token: &Value) -> Answer {
    let call =
        server.call("POST", &format!("/v2/oauth/{}/refresh", world.client)).secret(&world.secret);
    call.json(&json!({ "refreshToken": token })).send().await
}

async fn me(server: &TestServer, token: &Value) -> Answer {
    server.call("GET", "/v2/me").bearer(token.as_str().unwrap()).send().await
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

on_both_engines! {
    /// TK-1, TK-2, TK-3, MU-8, QK-7
    async fn tokens_carry_the_claims_that_customers_decode(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let refreshed = refresh(&server, &world, &user["refreshToken"]).await;
        for (pair, is_refreshed) in [(&user, false), (refreshed.accepted(200), true)] {
            for (name, kind, expiry) in [("accessToken", "access_token", "accessTokenExpiresAt"), ("refreshToken", "refresh_token", "refreshTokenExpiresAt")] {
                let claims = claims(&pair[name]);
                assert_eq!(claims["type"], kind);
                assert_eq!(claims["clientId"], world.client);
                assert_eq!(claims["ownerId"], user["user"]["id"]);
                assert_eq!(claims["expiresAt"], pair[expiry]);
                assert_eq!(claims["iat"], 1_772_442_904);
                assert_eq!(claims["jti"].as_str().unwrap().len(), 36);
                assert!(claims.get("exp").is_none());
                assert_eq!(claims.get("userId"), is_refreshed.then_some(&user["user"]["id"]));
            }
        }
        assert_ne!(claims(&user["accessToken"])["jti"], claims(&user["refreshToken"])["jti"]);
    }

    /// TK-10, AU-6
    async fn the_secret_is_asked_for(server: TestServer) {
        let (world, other) = (server.world().await, server.world().await);
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let path = format!("/v2/oauth/{}/refresh", world.client);
        let body = json!({ "refreshToken": user["refreshToken"] });
        let _ = server.call("POST", &path).json(&body).send().await.refused(401);
        let wrong = server.call("POST", &path).secret(&other.secret).json(&body).send().await;
        assert!(wrong.refused(401).contains("Invalid client secret"));
        let unknown = server.call("POST", "/v2/oauth/nobody/refresh").secret(&world.secret).json(&body).send().await;
        assert!(unknown.refused(401).contains("Client with ID nobody not found"));
        let empty = server.call("POST", &path).secret(&world.secret).json(&json!({})).send().await;
        assert_eq!(empty.invalid_fields(), ["refreshToken"]);
    }

    /// TK-11, TK-13, TK-14, QK-16
    async fn a_refresh_token_is_exchanged_in_a_chain(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let mut token = user["refreshToken"].clone();
        for _ in 0..4 {
            server.advance(SignedDuration::from_mins(2));
            let answer = refresh(&server, &world, &token).await;
            assert_eq!(answer.accepted(200).as_object().unwrap().len(), 4);
            let _ = me(&server, &answer.body["data"]["accessToken"]).await.accepted(200);
            token = answer.body["data"]["refreshToken"].clone();
        }
        let _ = me(&server, &user["accessToken"]).await.accepted(200);
    }

    /// TK-12, TK-5
    async fn a_lost_answer_can_be_asked_for_again(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let first = refresh(&server, &world, &user["refreshToken"]).await;
        server.advance(SignedDuration::from_secs(59));
        for _ in 0..3 {
            let again = refresh(&server, &world, &user["refreshToken"]).await;
            assert_eq!(again.accepted(200), first.accepted(200), "the same pair, to the letter");
        }
        // The pair works, and once it was seen the old token is used up.
        let _ = me(&server, &first.body["data"]["accessToken"]).await.accepted(200);
        assert_eq!(refresh(&server, &world, &user["refreshToken"]).await.refused(400), "Invalid refresh token");
        let next = refresh(&server, &world, &first.body["data"]["refreshToken"]).await;
        let _ = next.accepted(200);
    }

    /// TK-12
    async fn a_lost_answer_is_not_repeated_once_its_refresh_token_was_used(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let second = refresh(&server, &world, &user["refreshToken"]).await;
        let third = refresh(&server, &world, &second.accepted(200)["refreshToken"]).await;
        assert_eq!(refresh(&server, &world, &user["refreshToken"]).await.refused(400), "Invalid refresh token");
        let again = refresh(&server, &world, &second.accepted(200)["refreshToken"]).await;
        assert_eq!(again.accepted(200), third.accepted(200), "the newest exchange can still be repeated");
    }

    /// TK-12
    async fn a_lost_answer_is_repeated_for_60_seconds_only(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let first = refresh(&server, &world, &user["refreshToken"]).await;
        server.advance(SignedDuration::from_secs(61));
        assert_eq!(refresh(&server, &world, &user["refreshToken"]).await.refused(400), "Invalid refresh token");
        let _ = refresh(&server, &world, &first.accepted(200)["refreshToken"]).await.accepted(200);
    }

    /// TK-12: a token presented with a foreign origin has arrived all the same.
    async fn a_refused_use_of_the_new_pair_counts_as_seen(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let first = refresh(&server, &world, &user["refreshToken"]).await;
        let token = first.accepted(200)["accessToken"].as_str().unwrap();
        let _ = server.call("GET", "/v2/me").bearer(token).header("Origin", "https://evil.example").send().await.refused(401);
        let _ = refresh(&server, &world, &user["refreshToken"]).await.refused(400);
    }

    /// TK-15, MU-42
    async fn an_expired_refresh_token_is_refused(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let expiry = jiff::Timestamp::from_millisecond(user["refreshTokenExpiresAt"].as_i64().unwrap()).unwrap();
        server.advance(expiry.duration_since(server.now()) - SignedDuration::from_secs(1));
        let other = refresh(&server, &world, &user["refreshToken"]).await;
        let _ = other.accepted(200);
        let user = server.new_managed_user(&world, "bob@example.com").await;
        let expiry = jiff::Timestamp::from_millisecond(user["refreshTokenExpiresAt"].as_i64().unwrap()).unwrap();
        server.advance(expiry.duration_since(server.now()));
        assert_eq!(refresh(&server, &world, &user["refreshToken"]).await.refused(400), "Invalid refresh token");
    }

    /// The table of 4.2: unknown, another client's, forged, an access token.
    async fn any_other_token_is_an_invalid_refresh_token(server: TestServer) {
        let (world, other) = (server.world().await, server.world().await);
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let foreign = server.new_managed_user(&other, "alice@example.com").await;
        let unknown = server.app.store.keyring().sign_token("{\"type\":\"refresh_token\"}");
        for bad in [&foreign["refreshToken"], &user["accessToken"], &json!(unknown), &json!(""), &json!("a.b.c"), &json!("ü")] {
            let answer = refresh(&server, &world, bad).await;
            assert_eq!(answer.refused(400), "Invalid refresh token");
            assert_eq!(answer.body["error"]["details"]["error"], "Bad Request");
        }
        let _ = refresh(&server, &other, &foreign["refreshToken"]).await.accepted(200);
    }

    /// AU-16: neither the refresh nor the repetition of a lost answer gives a locked user tokens.
    async fn a_locked_user_gets_no_new_tokens_until_it_is_let_in_again(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let id = UserId(i32::try_from(user["user"]["id"].as_i64().unwrap()).unwrap());
        let lock = async |since: Option<Timestamp>| {
            server.write(move |conn| Box::pin(async move { users::set_locked(conn, id, since).await.map(drop) })).await;
        };
        lock(Some(server.now())).await;
        assert!(refresh(&server, &world, &user["refreshToken"]).await.refused(401).contains("locked"));
        lock(None).await;
        let refreshed = refresh(&server, &world, &user["refreshToken"]).await;
        let _ = refreshed.accepted(200);
        lock(Some(server.now())).await;
        assert!(refresh(&server, &world, &user["refreshToken"]).await.refused(401).contains("locked"), "a lost answer");
        let foreign = server.world().await;
        assert_eq!(refresh(&server, &foreign, &user["refreshToken"]).await.refused(400), "Invalid refresh token", "another client");
        lock(None).await;
        assert_eq!(refresh(&server, &world, &user["refreshToken"]).await.accepted(200), refreshed.accepted(200));
    }

    /// TK-6, QI-13
    async fn an_expired_token_stays_known_for_a_day_whoever_refreshes(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        server.advance(SignedDuration::from_hours(2));
        let second = refresh(&server, &world, &user["refreshToken"]).await;
        server.advance(SignedDuration::from_hours(21));
        let third = refresh(&server, &world, &second.accepted(200)["refreshToken"]).await;
        let _ = me(&server, &user["accessToken"]).await.refused(498);
        // After that the next refresh forgets it, and only it.
        server.advance(SignedDuration::from_hours(3));
        let fourth = refresh(&server, &world, &third.accepted(200)["refreshToken"]).await;
        let _ = me(&server, &user["accessToken"]).await.refused(401);
        let _ = me(&server, &second.body["data"]["accessToken"]).await.refused(498);
        let _ = me(&server, &fourth.accepted(200)["accessToken"]).await.accepted(200);
    }
}

/// TK-12
#[tokio::test(flavor = "multi_thread")]
async fn without_a_lost_answer_period_a_token_is_exchanged_exactly_once() {
    let settings = Settings { lost_answer_period: SignedDuration::ZERO, ..TestServer::settings() };
    let server =
        TestServer::start_with(Engine::Sqlite, settings, axum::Router::new()).await.unwrap();
    let world = server.world().await;
    let user = server.new_managed_user(&world, "alice@example.com").await;
    let _ = refresh(&server, &world, &user["refreshToken"]).await.accepted(200);
    assert_eq!(
        refresh(&server, &world, &user["refreshToken"]).await.refused(400),
        "Invalid refresh token"
    );
}

/// TK-1: the store decides. The signature only spares look-ups, and after a key was
/// replaced for good it is no longer asked: tokens outlive the key that signed them.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_outlive_the_key_that_signed_them() {
    for (has_former_keys, [seen, refreshed]) in [(false, [401, 400]), (true, [200, 200])] {
        let settings = Settings { has_former_keys, ..TestServer::settings() };
        let server =
            TestServer::start_with(Engine::Sqlite, settings, axum::Router::new()).await.unwrap();
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let id = UserId(i32::try_from(user["user"]["id"].as_i64().unwrap()).unwrap());
        let gone = Keyring::new(&ServerKey::generate().into());
        let client = OAuthClientId::new(world.client.clone());
        let pair = Pair::issue(&gone, &client, id, false, server.now());
        let stored = pair.clone();
        server
            .write(move |conn| {
                let pair = stored.clone();
                Box::pin(async move { pair.insert(conn, None).await.map(drop) })
            })
            .await;
        assert_eq!(me(&server, &json!(pair.access_token)).await.status, seen);
        assert_eq!(refresh(&server, &world, &json!(pair.refresh_token)).await.status, refreshed);
        let unknown = Pair::issue(&gone, &client, id, false, server.now());
        let _ = me(&server, &json!(unknown.access_token)).await.refused(401);
        let _ = refresh(&server, &world, &json!(unknown.refresh_token)).await.refused(400);
        let _ = me(&server, &user["accessToken"]).await.accepted(200);
    }
}
