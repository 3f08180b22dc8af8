//! What many callers do at once. `scripts/soak` repeats these.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use slotd_domain::oauth2::ClientType;
use slotd_http::Settings;
use slotd_testkit::{Engine, TestServer, on_both_engines};

use crate::api_keys;
use crate::tokens::refresh;

/// A server on which a refresh cannot be repeated.
struct Strict(TestServer);

impl Strict {
    async fn start(engine: Engine) -> Option<Self> {
        let settings =
            Settings { lost_answer_period: jiff::SignedDuration::ZERO, ..TestServer::settings() };
        TestServer::start_with(engine, settings, axum::Router::new()).await.map(Self)
    }
}

on_both_engines! {
    /// TK-16: 100 concurrent refreshes with one token leave one working pair.
    async fn races_of_refreshes_end_in_one_working_pair(server: TestServer) {
        let world = Arc::new(server.world().await);
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let server = Arc::new(server);
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let (server, world, token) = (Arc::clone(&server), Arc::clone(&world), user["refreshToken"].clone());
            callers.spawn(async move { refresh(&server, &world, &token).await });
        }
        let mut pairs = BTreeSet::new();
        while let Some(answer) = callers.join_next().await {
            pairs.insert(answer.unwrap().accepted(200).to_string());
        }
        assert_eq!(pairs.len(), 1, "everybody got the same pair");
        let pair: serde_json::Value = serde_json::from_str(pairs.first().unwrap()).unwrap();
        let me = server.call("GET", "/v2/me").bearer(pair["accessToken"].as_str().unwrap()).send().await;
        assert_eq!(me.accepted(200)["id"], user["user"]["id"]);
        let _ = refresh(&server, &world, &pair["refreshToken"]).await.accepted(200);
    }

    /// TK-16: without the lost-answer period one of many gets a pair.
    async fn races_of_refreshes_without_a_lost_answer_period_have_one_winner(strict: Strict) {
        let server = strict.0;
        let world = Arc::new(server.world().await);
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let server = Arc::new(server);
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..32 {
            let (server, world, token) = (Arc::clone(&server), Arc::clone(&world), user["refreshToken"].clone());
            callers.spawn(async move { refresh(&server, &world, &token).await });
        }
        let mut winners = 0;
        while let Some(answer) = callers.join_next().await {
            let answer = answer.unwrap();
            if answer.status == 200 {
                winners += 1;
            } else {
                assert_eq!(answer.refused(400), "Invalid refresh token");
            }
        }
        assert_eq!(winners, 1);
    }

    /// MU-11: of many who create one user, one does, and the others learn the id.
    async fn races_of_creations_end_in_one_user(server: TestServer) {
        let world = Arc::new(server.world().await);
        let server = Arc::new(server);
        let mut callers = tokio::task::JoinSet::new();
        for n in 0..32 {
            let (server, world) = (Arc::clone(&server), Arc::clone(&world));
            callers.spawn(async move {
                let email = if n % 2 == 0 { "alice@example.com" } else { "Alice@Example.com" };
                let call = server.call("POST", &format!("/v2/oauth-clients/{}/users", world.client)).secret(&world.secret);
                call.json(&json!({ "email": email, "name": "A", "timeZone": "UTC" })).send().await
            });
        }
        let (mut created, mut refused) = (Vec::new(), Vec::new());
        while let Some(answer) = callers.join_next().await {
            let answer = answer.unwrap();
            if answer.status == 201 {
                created.push(answer.accepted(201)["user"]["id"].to_string());
            } else {
                refused.push(answer.refused(409).rsplit_once('=').unwrap().1.to_owned());
            }
        }
        assert_eq!((created.len(), refused.len()), (1, 31));
        assert!(refused.iter().all(|id| *id == created[0]), "{refused:?}");
    }

    /// MU-37, MU-38, OC-12: users are deleted, patched and refreshed, and in the end
    /// their client is deleted, all at once: no answer is a failure of ours, and
    /// nothing is left of who is gone.
    async fn races_of_deletions_leave_nothing_behind(server: TestServer) {
        let world = Arc::new(server.world().await);
        let server = Arc::new(server);
        let mut users = Vec::new();
        for n in 0..8 {
            users.push(server.new_managed_user(&world, &format!("user{n}@example.com")).await);
        }
        let mut callers = tokio::task::JoinSet::new();
        for user in &users {
            let path = format!("/v2/oauth-clients/{}/users/{}", world.client, user["user"]["id"]);
            for (method, path, body) in [
                ("PATCH", path.clone(), json!({ "name": "B", "email": "x@example.com" })),
                ("DELETE", path.clone(), json!({})),
                ("POST", format!("{path}/force-refresh"), json!({})),
                ("POST", format!("/v2/oauth/{}/refresh", world.client), json!({ "refreshToken": user["refreshToken"] })),
                ("POST", format!("/v2/oauth-clients/{}/users", world.client), json!({ "email": "new@example.com", "name": "N" })),
                ("DELETE", format!("/v2/oauth-clients/{}", world.client), json!({})),
            ] {
                let (server, world) = (Arc::clone(&server), Arc::clone(&world));
                callers.spawn(async move { server.call(method, &path).secret(&world.secret).json(&body).send().await });
            }
        }
        while let Some(answer) = callers.join_next().await {
            let answer = answer.unwrap();
            assert!([200, 201, 400, 401, 404, 409].contains(&answer.status), "{} {}", answer.status, answer.text);
            assert_ne!(answer.body["error"]["code"], "BAD_REQUEST", "{}", answer.text);
        }
        let gone = server.call("GET", &format!("/v2/oauth-clients/{}", world.client)).bearer(&world.key).send().await;
        let _ = gone.refused(404);
        for user in &users {
            let token = user["accessToken"].as_str().unwrap();
            let _ = server.call("GET", "/v2/me").bearer(token).send().await.refused(401);
        }
    }

    /// ME-11: patches of different fields do not undo each other.
    async fn races_of_patches_lose_nothing(server: TestServer) {
        let world = Arc::new(server.world().await);
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let server = Arc::new(server);
        for round in 0..10 {
            let mut callers = tokio::task::JoinSet::new();
            for body in [
                json!({ "name": format!("name {round}") }),
                json!({ "bio": format!("bio {round}") }),
                json!({ "metadata": { "round": round } }),
                json!({ "weekStart": "Friday" }),
            ] {
                let (server, token) = (Arc::clone(&server), user["accessToken"].as_str().unwrap().to_owned());
                callers.spawn(async move { server.call("PATCH", "/v2/me").bearer(&token).json(&body).send().await });
            }
            while let Some(answer) = callers.join_next().await {
                let _ = answer.unwrap().accepted(200);
            }
            let path = format!("/v2/oauth-clients/{}/users/{}", world.client, user["user"]["id"]);
            let read = server.call("GET", &path).secret(&world.secret).send().await;
            let read = read.accepted(200);
            assert_eq!(read["name"], format!("name {round}"));
            assert_eq!(read["bio"], format!("bio {round}"));
            assert_eq!(read["metadata"], json!({ "round": round }));
        }
    }

    /// AK-1: of many who exchange one key, one gets the new one.
    async fn races_of_key_refreshes_end_in_one_new_key(server: TestServer) {
        let world = Arc::new(server.world().await);
        let server = Arc::new(server);
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..32 {
            let (server, world) = (Arc::clone(&server), Arc::clone(&world));
            callers.spawn(async move { api_keys::refresh(&server, &world.key, &json!({})).await });
        }
        let mut keys = Vec::new();
        while let Some(answer) = callers.join_next().await {
            let answer = answer.unwrap();
            if answer.status == 200 {
                keys.push(answer.accepted(200)["apiKey"].as_str().unwrap().to_owned());
            } else {
                let _ = answer.refused(401);
            }
        }
        assert_eq!(keys.len(), 1);
        let list = server.call("GET", "/v2/oauth-clients").bearer(&keys[0]).send().await;
        let _ = list.accepted(200);
    }

    /// OW-1: of many who register one URL, one does.
    async fn races_of_webhooks_end_in_one(server: TestServer) {
        let world = Arc::new(server.world().await);
        let server = Arc::new(server);
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (server, world) = (Arc::clone(&server), Arc::clone(&world));
            callers.spawn(async move {
                let path = format!("/v2/oauth-clients/{}/webhooks", world.client);
                let body = json!({ "active": true, "subscriberUrl": "https://hooks.example.com", "triggers": [] });
                server.call("POST", &path).secret(&world.secret).json(&body).send().await.status
            });
        }
        let mut statuses = callers.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [vec![201], vec![409; 15]].concat());
    }
}

on_both_engines! {
    /// O2-4, O2-8, OF-12: whatever is single-use is used once.
    async fn races_for_codes_and_refresh_tokens_of_apps_have_one_winner(server: TestServer) {
        let world = server.world().await;
        let app = server.new_app(world.owner, ClientType::Confidential, Some(&["PROFILE_READ"])).await;
        let cookie = server.new_session(world.owner).await;
        let tokens = server.app_tokens(&app, &cookie, &[]).await;
        let body = json!({
            "client_id": app.0, "client_secret": app.1, "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
        });
        let login = slotd_http::new_login_address(&server.app.store, world.owner, server.now()).await.unwrap();
        let server = Arc::new(server);
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..32 {
            let (server, body, login) = (Arc::clone(&server), body.clone(), login.clone());
            callers.spawn(async move {
                let refreshed = server.call("POST", "/v2/auth/oauth2/token").json(&body).send().await;
                let logged_in = server.call("GET", &login).send().await;
                (refreshed.status, logged_in.status)
            });
        }
        let (mut refreshed, mut logged_in) = (0, 0);
        while let Some(statuses) = callers.join_next().await {
            let statuses = statuses.unwrap();
            assert!(matches!(statuses, (200 | 400, 303 | 401)), "{statuses:?}");
            refreshed += usize::from(statuses.0 == 200);
            logged_in += usize::from(statuses.1 == 303);
        }
        assert_eq!((refreshed, logged_in), (1, 1));
    }
}
