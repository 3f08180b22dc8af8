//! What many callers do at once. `scripts/soak` repeats these.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use slotd_http::Settings;
use slotd_testkit::{Engine, TestServer, on_both_engines};

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
}
