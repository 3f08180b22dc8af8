//! `GET /metrics`.

use slotd_http::{App, Settings};
use slotd_testkit::{Engine, TestServer, on_both_engines};

async fn text(server: &TestServer) -> String {
    let answer = server.call("GET", "/metrics").send().await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text
}

/// A line of the text; none when there is no such line.
fn value(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    Some(line.parse().unwrap())
}

#[track_caller]
fn assert_values(text: &str, expected: &[(&str, f64)]) {
    for (name, expected) in expected {
        assert_eq!(value(text, name), Some(*expected), "{name} in {text}");
    }
}

fn panicking() -> axum::Router<App> {
    let panic = axum::routing::get(async || -> &'static str { panic!("on purpose") });
    axum::Router::new().route("/panic", panic)
}

async fn with_settings(settings: Settings) -> TestServer {
    TestServer::start_with(Engine::Sqlite, settings, panicking()).await.unwrap()
}

on_both_engines! {
    async fn commits_and_what_is_running_are_shown(server: TestServer) {
        let before = text(&server).await;
        let world = server.world().await;
        let _ = server.new_managed_user(&world, "alice@example.com").await;
        let after = text(&server).await;
        let commits = |text: &str| value(text, "slotd_database_commit_seconds_count").unwrap();
        assert!(commits(&after) > commits(&before), "{after}");
        let engine = server.app.store.engine_name();
        let commit = option_env!("SLOTD_COMMIT").unwrap_or("unknown");
        let build = format!(r#"commit="{commit}",engine="{engine}",version="{}""#, env!("CARGO_PKG_VERSION"));
        assert_values(&after, &[
            (&format!("slotd_build_info{{{build}}}"), 1.0),
            (r#"slotd_database_connections{state="in_use"}"#, 0.0),
            ("slotd_database_waiting", 0.0),
        ]);
        let own = if engine == "sqlite" { "slotd_sqlite_group_size_sum" } else { "slotd_postgres_retries_total" };
        assert!(value(&after, own).is_some(), "{after}");
        if !cfg!(target_os = "linux") {
            return;
        }
        for name in ["process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"] {
            assert!(value(&after, name).unwrap() > 0.0, "{after}");
        }
        assert!(value(&after, "process_cpu_seconds_total").is_some(), "{after}");
    }
}

/// However many ids and unknown paths are asked for.
#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_by_the_template_of_their_route() {
    let server = with_settings(TestServer::settings()).await;
    let world = server.world().await;
    for user in ["1", "2", "alice@example.com"] {
        let path = format!("/v2/oauth-clients/{}/users/{user}/", world.client);
        let _ = server.call("GET", &path).secret(&world.secret).send().await.refused(404);
    }
    let _ = server.call("GET", "/v2/me").bearer(&world.key).send().await.accepted(200);
    let _ = server.call("GET", "/api/v2/me").bearer(&world.key).send().await.accepted(200);
    let _ = server.call("GET", "/v2/me").send().await.refused(401);
    for path in ["/v2/secret-1", "/secret-2?x=alice@example.com", "/v2/bookings/secret-3/nope"] {
        let _ = server.call("GET", path).send().await.refused(404);
    }
    let _ = server.call("PROPFIND", "/v2/me").send().await.refused(404);
    let _ = server.call("BREW", "/v2/me").send().await.refused(404);
    let _ = server.call("GET", "/v2/calendars").send().await.refused(501);
    let _ = server.call("GET", "/panic").send().await.refused(500);

    let text = text(&server).await;
    let user = "/v2/oauth-clients/{clientId}/users/{userId}";
    let requests = |labels: &str| format!("slotd_http_requests_total{{{labels}}}");
    assert_values(
        &text,
        &[
            (&requests(&format!(r#"method="GET",route="{user}",status="404""#)), 3.0),
            (&requests(r#"method="GET",route="/v2/me",status="200""#), 2.0),
            (&requests(r#"method="GET",route="/v2/me",status="401""#), 1.0),
            (&requests(r#"method="GET",route="unknown",status="404""#), 3.0),
            (&requests(r#"method="GET",route="unknown",status="501""#), 1.0),
            (&requests(r#"method="other",route="/v2/me",status="404""#), 2.0),
            (&requests(r#"method="GET",route="/panic",status="500""#), 1.0),
            (r#"slotd_http_request_seconds_count{method="GET",route="/v2/me"}"#, 3.0),
            ("slotd_http_requests_in_flight", 1.0),
        ],
    );
    for told in ["secret-", "alice", world.client.as_str(), "BREW"] {
        assert!(!text.contains(told), "{told} in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_for_the_networks_that_are_named() {
    let server = with_settings(TestServer::settings()).await;
    let local = server.call("GET", "/metrics").send().await;
    assert_eq!(
        (local.status, local.headers["content-type"].as_str()),
        (200, "text/plain; version=0.0.4")
    );
    // The test's client is a trusted proxy: whom it names counts.
    let foreign = |server: &TestServer| {
        server.call("GET", "/metrics").header("x-forwarded-for", "203.0.113.9")
    };
    assert_eq!(
        foreign(&server).send().await.refused(404),
        "Cannot GET /metrics",
        "as an unknown path"
    );
    let page = server.call("GET", "/metrics").header("origin", "https://page.example");
    let _ = page.send().await.refused(404);
    let _ = server.call("POST", "/metrics").send().await.refused(404);

    let networks = |text: &[&str]| text.iter().map(|network| network.parse().unwrap()).collect();
    let metrics_allow = networks(&["203.0.113.0/24"]);
    let server = with_settings(Settings { metrics_allow, ..TestServer::settings() }).await;
    assert_eq!(foreign(&server).send().await.status, 200);
    let _ = server.call("GET", "/metrics").send().await.refused(404);

    let server =
        with_settings(Settings { metrics_allow: networks(&[]), ..TestServer::settings() }).await;
    let _ = server.call("GET", "/metrics").send().await.refused(404);
}
