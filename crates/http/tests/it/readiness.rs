//! `GET /ready`.

use jiff::SignedDuration;
use serde_json::json;
use slotd_domain::rate_limit::Limit;
use slotd_http::{RateLimitSettings, Settings};
use slotd_testkit::{Engine, TestServer, on_both_engines};

on_both_engines! {
    async fn a_server_is_ready_while_its_migrations_are_those_of_its_version(server: TestServer) {
        let ready = server.call("GET", "/ready").header("authorization", "Bearer cal_wrong").send().await;
        assert_eq!((ready.status, ready.body), (200, json!({ "status": "ready" })));
        let missing = json!({ "status": "not ready", "reason": "migration 2 is missing from the database" });
        server.database.run_sql("delete from schema_migration where version = 2").await;
        assert_eq!(server.call("GET", "/ready").send().await.status, 200, "known for a second");
        server.advance(SignedDuration::from_secs(1));
        let answer = server.call("GET", "/ready").send().await;
        assert_eq!((answer.status, answer.body), (503, missing));
        server.database.run_sql("update schema_migration set checksum = 'x' where version = 1").await;
        server.advance(SignedDuration::from_secs(1));
        let answer = server.call("GET", "/ready").send().await;
        let reason = "migration 1 was applied in another form than this version of slotd has";
        assert_eq!((answer.status, &answer.body["reason"]), (503, &json!(reason)));
        server.database.run_sql("drop table schema_migration").await;
        server.advance(SignedDuration::from_secs(1));
        let answer = server.call("GET", "/ready").send().await;
        assert_eq!((answer.status, &answer.body["status"]), (503, &json!("not ready")));
    }

    async fn a_server_without_its_database_is_not_ready_and_tells_no_details(server: TestServer) {
        server.app.store.close();
        let answer = server.call("GET", "/ready").send().await;
        let unreachable = json!({ "status": "not ready", "reason": "the database is unreachable" });
        assert_eq!((answer.status, answer.body), (503, unreachable));
        assert_eq!(server.call("HEAD", "/ready").send().await.status, 503);
        assert_eq!(server.call("GET", "/health").send().await.status, 200, "the process itself is well");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_postgres_went_away_is_not_ready_and_tells_no_details() {
    let Some(server) = TestServer::start(Engine::Postgres).await else { return };
    assert_eq!(server.call("GET", "/ready").send().await.status, 200);
    server.database.remove_from_postgres().await;
    server.advance(SignedDuration::from_secs(1));
    let answer = server.call("GET", "/ready").send().await;
    let unreachable = json!({ "status": "not ready", "reason": "the database is unreachable" });
    assert_eq!((answer.status, answer.body), (503, unreachable));
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_are_never_limited() {
    let address = Limit::per_minute("default", 1);
    let limits = RateLimitSettings { address, ..RateLimitSettings::default() };
    let settings = Settings { rate_limits: Some(limits), ..TestServer::settings() };
    let server =
        TestServer::start_with(Engine::Sqlite, settings, axum::Router::new()).await.unwrap();
    for _ in 0..5 {
        assert_eq!(server.call("GET", "/ready").send().await.status, 200);
    }
}
