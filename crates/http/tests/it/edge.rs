//! Paths, versions, envelope, headers.

use slotd_http::{App, Settings};
use slotd_testkit::{Engine, NOW, TestServer, on_both_engines};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

on_both_engines! {
    /// BP-1, BP-2, BP-3, BP-5
    async fn a_path_is_served_in_all_its_forms(server: TestServer) {
        let world = server.world().await;
        for path in ["/v2/me", "/v2/me/", "/api/v2/me", "/api/v2/me/", "/v2/ee/me", "/v2/me?x=1", "/v2/me/?x=1"] {
            let answer = server.call("GET", path).bearer(&world.key).send().await;
            assert_eq!(answer.accepted(200)["id"], world.owner.0, "{path}");
            let head = server.call("HEAD", path).bearer(&world.key).send().await;
            assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
        }
        let answer = server.call("GET", "/api/v2/me?x=1").send().await;
        assert_eq!(answer.body["path"], "/v2/me?x=1", "the path of an error shows the /v2 form");
        assert_eq!(server.call("HEAD", "/v2/me").send().await.status, 401);
        assert_eq!(server.call("HEAD", "/v2/calendars").send().await.status, 501, "as GET");
        // EN-1: apart from these forms the path is shown as it was received.
        for (sent, shown) in [("/v2/me/?x=1", "/v2/me/?x=1"), ("/v2/ee/me", "/v2/me"), ("/api/v2/ee/reccuring", "/v2/recurring")] {
            assert_eq!(server.call("GET", sent).send().await.body["path"], shown);
        }
    }

    /// BP-4, BP-7, AU-1
    async fn health_needs_no_credentials_and_no_version(server: TestServer) {
        let answer = server.call("GET", "/health").header("cal-api-version", "garbage").send().await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "OK"));
        assert!(answer.headers["content-type"].starts_with("text/"));
        let _ = server.call("GET", "/v2/health").send().await.refused(404);
    }

    /// BP-6, EN-1, EN-2, EN-3
    async fn an_unknown_path_or_method_is_a_404_that_repeats_it(server: TestServer) {
        for (method, path) in [
            ("GET", "/v2/nope?x=1"),
            ("PUT", "/v2/me"),
            ("DELETE", "/v2/oauth-clients"),
            ("GET", "/"),
            ("GET", "/api/v2/nope?x=1"),
            ("GET", "/v2/oauth-clients/a/users/1/nope"),
            ("GET", "/v2//me"),
        ] {
            let answer = server.call(method, path).send().await;
            assert_eq!(answer.refused(404), format!("Cannot {method} {path}"));
            assert_eq!(answer.body["error"]["code"], "NotFoundException");
            assert_eq!(answer.body["error"]["details"]["error"], "Not Found");
            assert_eq!(answer.body["error"]["details"]["statusCode"], 404);
            assert_eq!(answer.body["timestamp"], NOW);
            assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
        }
        let answer = server.call("GET", "/api/v2/nope?x=1").send().await;
        assert_eq!(answer.body["path"], "/v2/nope?x=1");
    }

    /// VR-3, VR-5
    async fn operations_without_versions_answer_the_same_whatever_version_is_sent(server: TestServer) {
        let world = server.world().await;
        let plain = server.call("GET", "/v2/me").bearer(&world.key).send().await;
        for version in [
            "2024-04-15", "2024-06-11", "2024-06-14", "2024-08-13", "2024-09-04", "2026-02-25", "2031-01-01", "", "x",
        ] {
            let answer = server.call("GET", "/v2/me").bearer(&world.key).header("cal-api-version", version).send().await;
            assert_eq!(answer.text, plain.text, "{version}");
        }
    }

    /// EN-5, EN-12, VA-1, QI-24
    async fn a_body_that_cannot_be_read_is_refused_in_the_envelope(server: TestServer) {
        let world = server.world().await;
        let path = "/v2/oauth-clients";
        for bad in ["{bad", "{\"a\":1", "\"text\"", "12", "null", "true", "{\"a\":1e999}", "{} {}", "\u{1}"] {
            let answer = server.call("POST", path).bearer(&world.key).body("application/json", bad).send().await;
            assert_ne!(answer.refused(400), "Bad Request Exception", "{bad}");
            assert_eq!(answer.body["error"]["code"], "BadRequestException");
            assert_eq!(answer.body["error"]["details"]["statusCode"], 400);
            assert_eq!(answer.headers["x-request-id"].len(), 36);
        }
        let bad_utf8 = server.call("POST", path).body("application/json", b"{\"a\":\"\xff\"}".to_vec()).send().await;
        let _ = bad_utf8.refused(400);
        let deep = "[".repeat(50_000);
        let _ = server.call("POST", path).body("application/json", deep).send().await.refused(400);
        for size in [100 * 1024 + 1, 10 * 1024 * 1024] {
            let big = vec![b' '; size];
            let answer = server.call("POST", path).bearer(&world.key).body("application/json", big).send().await;
            assert_eq!(answer.refused(413), "request entity too large");
            assert_eq!(answer.body["statusCode"], 413);
            assert_eq!(answer.body["message"], "request entity too large");
            assert_eq!(answer.body["error"]["details"]["statusCode"], 413);
            assert_eq!(answer.body["error"]["details"]["message"], "request entity too large");
        }
        let mut just_fits = b"{}".to_vec();
        just_fits.resize(100 * 1024, b' ');
        let answer = server.call("POST", path).bearer(&world.key).body("application/json", just_fits).send().await;
        assert_eq!(answer.invalid_fields(), ["name", "redirectUris", "permissions"]);
    }

    /// CO-1, CO-2, CO-6, CO-7, CO-8
    async fn every_answer_has_the_common_headers(server: TestServer) {
        let world = server.world().await;
        let ok = server.call("GET", "/v2/me").bearer(&world.key).header("X-Request-Id", "mine").send().await;
        let missing = server.call("GET", "/nope").send().await;
        let refused = server.call("GET", "/v2/me").send().await;
        let malformed = server.call("POST", "/v2/me").body("application/json", "{").send().await;
        let large = server.call("POST", "/v2/me").body("application/json", vec![b' '; 200_000]).send().await;
        let preflight = server.call("OPTIONS", "/v2/anything").header("Origin", "https://x.example").send().await;
        let mut ids = std::collections::BTreeSet::new();
        for answer in [&ok, &missing, &refused, &malformed, &large, &preflight] {
            assert_eq!(answer.headers["access-control-allow-origin"], "*");
            for name in ["X-Request-Id", "Retry-After", "X-RateLimit-Remaining-Default"] {
                assert!(answer.headers["access-control-expose-headers"].contains(name), "{name}");
            }
            assert_eq!(answer.headers["x-content-type-options"], "nosniff");
            assert_eq!(answer.headers["referrer-policy"], "no-referrer");
            assert_eq!(answer.headers["strict-transport-security"], "max-age=31536000");
            assert_eq!(answer.headers["cache-control"], "no-store", "answers hold secrets");
            assert!(answer.headers.contains_key("content-security-policy"));
            assert!(!answer.headers.contains_key("x-powered-by"));
            assert!(!answer.headers.contains_key("access-control-allow-credentials"));
            let id = answer.headers["x-request-id"].clone();
            assert_eq!((id.len(), id.as_bytes()[14]), (36, b'4'), "{id} is a UUID of version 4");
            assert!(ids.insert(id), "every request has an id of its own");
        }
        assert_eq!((preflight.status, preflight.text.as_str()), (204, ""));
        assert_eq!(preflight.headers["access-control-allow-methods"], "GET,PATCH,DELETE,HEAD,POST,PUT,OPTIONS");
        let allowed = &preflight.headers["access-control-allow-headers"];
        for name in ["x-cal-client-id", "x-cal-secret-key", "x-cal-platform-embed", "cal-api-version", "Accept",
            "Authorization", "Content-Type", "Origin", "x-cal-atoms-version", "Idempotency-Key"] {
            assert!(allowed.split(',').any(|allowed| allowed == name), "{name}");
        }
        assert_eq!(preflight.headers["access-control-max-age"], "86400");
        assert_eq!(server.call("OPTIONS", "/v2/me").send().await.status, 204, "no authentication");
    }

    /// EN-2, EN-3
    async fn an_operation_that_is_not_built_says_so(server: TestServer) {
        for operation in slotd_http::not_built() {
            let segments = operation.path.split('/');
            let filled = segments.map(|segment| if segment.starts_with('{') { "1" } else { segment });
            let (method, path) = (operation.method, filled.collect::<Vec<_>>().join("/"));
            let answer = server.call(method, &path).send().await;
            let message = format!("{method} {path} is not available in this version of slotd.");
            assert_eq!(answer.refused(501), message);
            assert_eq!(answer.body["path"], path);
            assert_eq!(answer.body["timestamp"], NOW);
            assert_eq!(answer.body["error"]["code"], "NotImplementedException");
            assert_eq!(answer.body["error"]["details"]["message"], message);
            assert_eq!(answer.body["error"]["details"]["error"], "Not Implemented");
            assert_eq!(answer.body["error"]["details"]["statusCode"], 501);
        }
    }
}

/// BP-2
#[tokio::test(flavor = "multi_thread")]
async fn the_api_alias_can_be_switched_off() {
    let settings = Settings { api_alias: false, ..TestServer::settings() };
    let server =
        TestServer::start_with(Engine::Sqlite, settings, axum::Router::new()).await.unwrap();
    let _ = server.call("GET", "/api/v2/me").send().await.refused(404);
    let _ = server.call("GET", "/v2/me").send().await.refused(401);
}

fn failing_routes() -> axum::Router<App> {
    axum::Router::new()
        .route(
            "/panic",
            axum::routing::get(async || -> &'static str { panic!("a bug with a secret in it") }),
        )
        .route("/slow", axum::routing::get(std::future::pending::<&'static str>))
}

/// EN-12, QI-5
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_a_500_that_tells_nothing_and_the_server_goes_on() {
    let server = TestServer::start_with(Engine::Sqlite, TestServer::settings(), failing_routes())
        .await
        .unwrap();
    for _ in 0..3 {
        let answer = server.call("GET", "/panic").send().await;
        assert_eq!(answer.refused(500), "Internal server error");
        assert_eq!(answer.body["statusCode"], 500);
        assert_eq!(answer.body["error"]["details"]["statusCode"], 500);
        assert_eq!(answer.body["error"]["details"]["message"], "Internal server error");
        assert!(!answer.text.contains("secret"), "{}", answer.text);
        assert!(answer.headers.contains_key("x-request-id"));
    }
    assert_eq!(server.call("GET", "/health").send().await.status, 200);
}

/// A request that does not end is answered with 503 and told to come back.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_too_long_is_given_up() {
    let settings = Settings {
        request_time_out: std::time::Duration::from_millis(50),
        ..TestServer::settings()
    };
    let server = TestServer::start_with(Engine::Sqlite, settings, failing_routes()).await.unwrap();
    let answer = server.call("GET", "/slow").send().await;
    assert!(answer.refused(503).contains("too long"));
    assert_eq!(answer.headers["retry-after"], "1");
}

/// A body that stops half-way is the client's fault, and no reason to log an error.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_arrive_is_a_408() {
    let settings =
        Settings { body_time_out: std::time::Duration::from_millis(50), ..TestServer::settings() };
    let server =
        TestServer::start_with(Engine::Sqlite, settings, axum::Router::new()).await.unwrap();
    let address = server.base.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = "POST /v2/oauth-clients HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"code\":\"RequestTimeoutException\""), "{answer}");
    assert!(answer.contains("the request body did not arrive in time"), "{answer}");
}

/// A body that nobody reads would reset the connection, and the answer with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_a_get_is_taken_off_the_wire() {
    let server = TestServer::start(Engine::Sqlite).await.unwrap();
    let address = server.base.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = vec![b'x'; 12 * 1024 * 1024];
    let head = format!(
        "GET /v2/timezones HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.ends_with("]}"), "the answer is whole");
}

/// Says when it is dropped.
struct Dropped(Option<tokio::sync::oneshot::Sender<()>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        if let Some(dropped) = self.0.take() {
            let _nobody_waits = dropped.send(());
        }
    }
}

/// A client that asks and does not read cannot hold an answer for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_nothing_is_disconnected() {
    let (dropped, is_dropped) = tokio::sync::oneshot::channel();
    let guard = std::sync::Mutex::new(Some(Dropped(Some(dropped))));
    let guard = std::sync::Arc::new(guard);
    let endless = axum::routing::get(async move || {
        let guard = guard.lock().unwrap().take();
        let chunks = std::iter::repeat_with(move || {
            let _held = &guard;
            Ok::<_, std::convert::Infallible>(vec![b'x'; 65_536])
        });
        axum::body::Body::from_stream(futures_util::stream::iter(chunks))
    });
    let settings =
        Settings { write_time_out: std::time::Duration::from_millis(50), ..TestServer::settings() };
    let routes = axum::Router::new().route("/endless", endless);
    let server = TestServer::start_with(Engine::Sqlite, settings, routes).await.unwrap();
    let address = server.base.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    is_dropped.await.unwrap();
    drop(stream);
    assert_eq!(server.call("GET", "/health").send().await.status, 200);
}

/// Further connections wait until one is free; none is refused.
#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_connections_are_served_at_once() {
    let settings = Settings { max_connections: 1, ..TestServer::settings() };
    let server =
        TestServer::start_with(Engine::Sqlite, settings, axum::Router::new()).await.unwrap();
    let address = server.base.strip_prefix("http://").unwrap();
    let mut first = tokio::net::TcpStream::connect(address).await.unwrap();
    first.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answered = [0; 12];
    first.read_exact(&mut answered).await.unwrap();
    assert_eq!(&answered, b"HTTP/1.1 200");
    let mut second = std::pin::pin!(server.call("GET", "/health").send());
    let early = tokio::time::timeout(std::time::Duration::from_millis(100), &mut second).await;
    assert!(early.is_err(), "the second connection is not served beside the first");
    drop(first);
    assert_eq!(second.await.status, 200);
}
