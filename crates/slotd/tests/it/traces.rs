//! Spans of requests, as a collector gets them.

use slotd_testkit::Engine;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::process::{Place, Server};

/// Starts a server that sends its spans to `collector`, a base URL.
async fn server_with(collector: &str) -> (Place, Server) {
    let place = Place::start(Engine::Sqlite).await.expect("SQLite is always there");
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("SLOTD_OTLP_ENDPOINT", collector).env("SLOTD_LOG", "trace,hyper_util=warn");
    let server = Server::start(command, &place);
    (place, server)
}

/// Reads one request with a known length and returns its head and its body.
async fn read_request(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    (head, body)
}

#[tokio::test]
async fn a_span_of_each_request_is_sent_at_the_latest_when_the_server_stops() {
    let collector = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = collector.local_addr().unwrap();
    let (_place, server) = server_with(&format!("http://{address}/")).await;
    let answer = server.call("GET", "/v2/me?secret=4711").send().await;
    let _ = answer.refused(401);
    server.signal("TERM");
    let (mut stream, _) = collector.accept().await.unwrap();
    let (head, body) = read_request(&mut stream).await;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    let (status, log) = server.wait();
    assert!(status.success(), "{log}");

    assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/x-protobuf\r\n"), "{head}");
    let body = String::from_utf8_lossy(&body);
    let id = answer.headers["x-request-id"].as_str();
    for text in
        ["service.name", "slotd", "GET /v2/me", "http.route", "http.response.status_code", id]
    {
        assert!(body.contains(text), "{text} in {body}");
    }
    assert!(!body.contains("4711"), "{body}");
    let line = log.lines().find(|line| line.contains(id)).unwrap();
    assert!(!line.contains("otel."), "the log has no spans: {line}");
    assert!(!log.contains("the last spans are lost"), "{log}");
}

#[tokio::test]
async fn a_collector_that_is_away_is_logged_and_stops_nothing() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (_place, server) = server_with(&format!("http://{gone}")).await;
    assert_eq!(server.call("GET", "/health").send().await.status, 200);
    server.signal("TERM");
    let (status, log) = server.wait();
    assert!(status.success(), "{log}");
    assert!(log.contains("BatchSpanProcessor.ExportError"), "{log}");
}
