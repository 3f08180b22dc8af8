//! Requests that nobody would write: whatever arrives, the answer is one of those
//! that the document has, and a refusal changes nothing.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{TestCaseError, TestRunner};
use serde_json::{Value, json};
use slotd_http::{RouteRule, access_table, openapi};
use slotd_testkit::{Answer, Engine, Tables, TestServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::generated::{Known, Request, Target, cases};

/// What a refused request may write: that a token was seen (TK-12), and that ids
/// were taken.
const WRITTEN_ANYWAY: [&str; 2] = ["token_pair.presented_at", "id_block"];

const HEADERS: [&str; 9] = [
    "authorization",
    "x-cal-client-id",
    "x-cal-secret-key",
    "origin",
    "cal-api-version",
    "content-type",
    "x-forwarded-for",
    "accept",
    "if-none-match",
];

/// A request of which some parts are anything.
#[derive(Debug, Clone)]
struct Odd {
    usual: Request,
    segment: Option<(Index, String)>,
    query: Option<String>,
    headers: Vec<(&'static str, Vec<u8>)>,
    credential: Option<(Index, Damage)>,
    body: Body,
}

#[derive(Debug, Clone)]
enum Body {
    Usual,
    /// One field of the usual body is this.
    Field(Index, Value),
    Json(Value),
    Deep(usize, &'static str),
    Bytes(Vec<u8>),
}

/// What is done to a credential.
#[derive(Debug, Clone)]
enum Damage {
    Cut(Index),
    Replace(Index, char),
    Insert(Index, char),
    Twice,
}

fn encoded(bytes: &[u8]) -> String {
    percent_encoding::percent_encode(bytes, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        vec(any::<u8>(), 0..40).prop_map(|bytes| encoded(&bytes)),
        // What hyper takes unencoded; it refuses the rest by itself, without an envelope.
        "[!$-;=@-_a-z|~\"{}]{0,20}",
        select(vec![
            "",
            ".",
            "..",
            "%2e%2e",
            "a%2Fb",
            "/",
            "//",
            "%",
            "%zz",
            "%00",
            "\\",
            "*",
            "{clientId}",
            "-1",
            "0",
            "2147483648"
        ])
        .prop_map(str::to_owned),
        (1..12_000_usize).prop_map(|length| "x".repeat(length)),
    ]
}

fn query() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        4 => select(vec!["limit", "offset", "emails", "emails[]", "emails[0]", "take", "skip", "scheduleId", "username", "orgId", "isTeamEvent", "teamId", "sortStart", "email", "timeZone", "dateFrom", "dateTo", "credentialId", "calendarsToLoad[0][externalId]", "start", "end", "startTime", "endTime", "eventTypeId", "duration", "usernames", "usernameList[]", "explain", "uid"]).prop_map(str::to_owned),
        1 => vec(any::<u8>(), 0..10).prop_map(|bytes| encoded(&bytes)),
    ];
    let value = prop_oneof![
        vec(any::<u8>(), 0..20).prop_map(|bytes| encoded(&bytes)),
        any::<f64>().prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        "[!$-;=?-_a-z~]{0,20}",
    ];
    vec((name, value), 0..5).prop_map(|pairs| {
        let pairs = pairs.into_iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("&")
    })
}

/// Every byte that a header may hold.
fn header() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![8 => 0x20..=0x7e_u8, 1 => Just(b'\t'), 2 => 0x80..=0xff_u8];
    prop_oneof![
        vec(byte, 0..60),
        select(vec![
            "Bearer",
            "Bearer ",
            "bearer x",
            "Bearer cal_",
            "cal_",
            "Basic eA==",
            "null",
            "*",
            "2024-08-13",
            "1.2.3.4, ::1"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        (1..20_000_usize).prop_map(|length| b"x".repeat(length)),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::from),
        "[a-z]{0,9}@[a-z.]{0,9}".prop_map(Value::from),
        "https?://[ -~]{0,30}".prop_map(Value::from),
        (1..60_000_usize).prop_map(|length| json!("é".repeat(length / 2))),
    ];
    leaf.prop_recursive(4, 30, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), "[!-~]")
            .prop_map(|(index, text)| Damage::Replace(index, text.chars().next().unwrap())),
        (any::<Index>(), "[ -~]")
            .prop_map(|(index, text)| Damage::Insert(index, text.chars().next().unwrap())),
        Just(Damage::Twice),
    ]
}

impl Damage {
    fn to(&self, text: &str) -> String {
        let at = |index: &Index| index.index(text.len());
        match self {
            Self::Cut(index) => text[..at(index)].to_owned(),
            Self::Replace(index, c) => {
                format!("{}{c}{}", &text[..at(index)], &text[at(index) + 1..])
            }
            Self::Insert(index, c) => format!("{}{c}{}", &text[..at(index)], &text[at(index)..]),
            Self::Twice => format!("{text}{text}"),
        }
    }
}

fn odd() -> impl Strategy<Value = Odd> {
    let body = prop_oneof![
        3 => Just(Body::Usual),
        6 => (any::<Index>(), value()).prop_map(|(index, value)| Body::Field(index, value)),
        2 => value().prop_map(Body::Json),
        1 => (1..30_000_usize, select(vec!["[", "{\"metadata\":", "{\"a\":["])).prop_map(|(depth, open)| Body::Deep(depth, open)),
        1 => vec(any::<u8>(), 0..200).prop_map(Body::Bytes),
    ];
    (
        Request::any(),
        proptest::option::weighted(0.25, (any::<Index>(), segment())),
        proptest::option::weighted(0.25, query()),
        prop_oneof![2 => Just(vec![]), 1 => vec((select(HEADERS.to_vec()), header()), 1..3)],
        proptest::option::weighted(0.15, (any::<Index>(), damage())),
        body,
    )
        .prop_map(|(usual, segment, query, headers, credential, body)| Odd {
            usual,
            segment,
            query,
            headers,
            credential,
            body,
        })
}

impl Odd {
    /// The request as bytes.
    fn message(&self, rule: &RouteRule, known: &Known) -> Vec<u8> {
        let target = known.target(&rule.path, self.usual.target);
        let mut path = known.path(&rule.path, &target);
        if let Some((index, segment)) = &self.segment {
            let mut segments: Vec<&str> = path.split('/').skip(1).collect();
            let place = index.index(segments.len());
            segments[place] = segment;
            path = format!("/{}", segments.join("/"));
        }
        path += self.usual.query;
        if let Some(query) = &self.query {
            path += if self.usual.query.is_empty() { "?" } else { "&" };
            path += query;
        }
        let mut headers: Vec<(&str, Vec<u8>)> =
            vec![("host", b"x".to_vec()), ("connection", b"close".to_vec())];
        for (number, (name, value)) in
            known.headers(&self.usual.credential, &target).into_iter().enumerate()
        {
            let value = match &self.credential {
                Some((index, damage)) if index.index(2) == number % 2 => damage.to(&value),
                _ => value,
            };
            headers.push((name, value.into_bytes()));
        }
        if let Some(version) = self.usual.version {
            headers.push(("cal-api-version", version.as_bytes().to_vec()));
        }
        let filled = || Known::filled(self.usual.body.clone(), &target);
        let body = match &self.body {
            Body::Usual => filled().to_string().into_bytes(),
            Body::Field(index, value) => {
                let mut body = filled();
                let fields = body.as_object_mut().unwrap();
                let names: Vec<String> = fields.keys().cloned().collect();
                if !names.is_empty() {
                    fields[index.get(&names)] = value.clone();
                }
                body.to_string().into_bytes()
            }
            Body::Json(value) => value.to_string().into_bytes(),
            Body::Deep(depth, open) => open.repeat(*depth).into_bytes(),
            Body::Bytes(bytes) => bytes.clone(),
        };
        headers.push(("content-type", b"application/json".to_vec()));
        headers.push(("content-length", body.len().to_string().into_bytes()));
        for (name, value) in &self.headers {
            headers.retain(|(known, _)| known != name);
            headers.push((name, value.clone()));
        }
        let mut message = format!("{} {path} HTTP/1.1\r\n", rule.method).into_bytes();
        for (name, value) in headers {
            message.extend_from_slice(name.as_bytes());
            message.extend_from_slice(b": ");
            message.extend_from_slice(&value);
            message.extend_from_slice(b"\r\n");
        }
        message.extend_from_slice(b"\r\n");
        message.extend_from_slice(&body);
        message
    }
}

/// Sends bytes and reads whatever comes back. With `ends` the server learns that no
/// more will come, so that nobody waits for the rest.
async fn exchange(server: &TestServer, message: &[u8], ends: bool) -> Vec<u8> {
    let address = server.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    let send = async {
        writer.write_all(message).await?;
        if ends { writer.shutdown().await } else { Ok(()) }
    };
    // At once: the server may answer and close before it has read everything.
    let (_sent, _received) = tokio::join!(send, reader.read_to_end(&mut answer));
    answer
}

/// An answer from its bytes; none when it is not HTTP with a body of the announced length.
fn parsed(bytes: &[u8]) -> Option<Answer> {
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    let (head, text) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok()?;
    let headers: std::collections::HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(Some(0), |length| length.parse().ok())?;
    let body = serde_json::from_str(text).unwrap_or(Value::Null);
    (length == text.len()).then(|| Answer { status, headers, text: text.to_owned(), body })
}

/// A server, and what its tables hold.
struct Bench {
    server: TestServer,
    tables: Tables,
    all_rows: String,
    document: Value,
    rules: Vec<RouteRule>,
}

impl Bench {
    async fn start(engine: Engine) -> Option<Self> {
        let server = TestServer::start(engine).await?;
        let tables = Tables::open(&server.database.options.location).await;
        let all_rows = tables.all_rows(&WRITTEN_ANYWAY).await;
        Some(Self { server, tables, all_rows, document: openapi(), rules: access_table() })
    }

    async fn is_well(&self) -> Result<(), TestCaseError> {
        let health = self.server.call("GET", "/health").send().await;
        prop_assert_eq!(health.status, 200);
        Ok(())
    }

    async fn run(&self, requests: &[Odd]) -> Result<(), TestCaseError> {
        let empty = self.tables.column(&self.all_rows).await;
        let worlds = [self.server.world().await];
        let mut known = Known::of_worlds(&self.server, &worlds).await;
        let body = json!({ "lengthInMinutes": 30, "title": "T", "slug": "slug0" });
        let call = self.server.call("POST", "/v2/event-types").bearer(&worlds[0].key);
        let created = call.header("cal-api-version", "2024-06-14").json(&body).send().await;
        known.learn(&Target::default(), created.accepted(201));
        for path in ["users", "webhooks"] {
            let body = json!({ "email": "z@example.com", "name": "Z", "timeZone": "UTC", "active": true, "subscriberUrl": "https://z.example.com", "triggers": [] });
            let path = format!("/v2/oauth-clients/{}/{path}", worlds[0].client);
            let created =
                self.server.call("POST", &path).secret(&worlds[0].secret).json(&body).send().await;
            known.learn(&Target::default(), created.accepted(201));
        }
        let event_type = &known.event_types[0].1.clone();
        for path in ["webhooks", "private-links"] {
            let body =
                json!({ "active": true, "subscriberUrl": "https://z.example.com", "triggers": [] });
            let path = format!("/v2/event-types/{event_type}/{path}");
            let created =
                self.server.call("POST", &path).bearer(&worlds[0].key).json(&body).send().await;
            known.learn(&Target::default(), created.accepted(201));
        }
        let mut before = self.tables.column(&self.all_rows).await;
        prop_assert!(before.len() > empty.len(), "what is written can be seen");
        for request in requests {
            let rule = request.usual.route.get(&self.rules);
            let bytes = exchange(&self.server, &request.message(rule, &known), false).await;
            let answer = parsed(&bytes);
            prop_assert!(
                answer.is_some(),
                "{} {}: {}",
                rule.method,
                rule.path,
                String::from_utf8_lossy(&bytes)
            );
            let answer = answer.unwrap();
            let after = self.tables.column(&self.all_rows).await;
            self.check(request, rule, &answer)?;
            if answer.status >= 400 {
                prop_assert_eq!(
                    &before,
                    &after,
                    "{} {} wrote and was refused: {}",
                    rule.method,
                    rule.path,
                    answer.text
                );
            }
            before = after;
        }
        self.is_well().await
    }

    fn check(&self, request: &Odd, rule: &RouteRule, answer: &Answer) -> Result<(), TestCaseError> {
        let place = format!(
            "{} {}: {} {:?} {}",
            rule.method, rule.path, answer.status, answer.headers, answer.text
        );
        prop_assert!(answer.status < 500 || answer.status == 501, "{}", place);
        prop_assert_eq!(answer.headers.get("x-request-id").map(String::len), Some(36), "{}", place);
        if request.segment.is_none() {
            let responses = &self.document["paths"][&rule.path]
                [rule.method.as_str().to_lowercase()]["responses"];
            prop_assert!(
                responses[answer.status.to_string()].is_object(),
                "not documented: {}",
                place
            );
        }
        if answer.status == 304 {
            return Ok(());
        }
        let is_json = answer
            .headers
            .get("content-type")
            .is_some_and(|kind| kind == "application/json; charset=utf-8");
        prop_assert!(is_json, "{}", place);
        // The token endpoint has no envelope (O2-9).
        if rule.path == "/v2/auth/oauth2/token" && request.segment.is_none() {
            let key = if answer.status < 400 { "access_token" } else { "error" };
            prop_assert!(answer.body[key].is_string(), "{}", place);
        } else if answer.status < 400 {
            prop_assert_eq!(&answer.body["status"], "success", "{}", place);
        } else {
            let body = &answer.body;
            prop_assert_eq!(&body["status"], "error", "{}", place);
            let texts = [
                &body["timestamp"],
                &body["path"],
                &body["error"]["code"],
                &body["error"]["message"],
            ];
            prop_assert!(texts.iter().all(|text| text.is_string()), "{}", place);
        }
        Ok(())
    }
}

/// VA-1, EN-1, EN-5, QI-5
fn odd_requests(engine: Engine) {
    let runtime = Runtime::new().unwrap();
    let Some(bench) = runtime.block_on(Bench::start(engine)) else { return };
    let mut runner = TestRunner::new(cases(60, file!()));
    runner.run(&vec(odd(), 12), |requests| runtime.block_on(bench.run(&requests))).unwrap();
}

#[test]
fn no_request_makes_the_server_fail_on_sqlite() {
    odd_requests(Engine::Sqlite);
}

#[test]
fn no_request_makes_the_server_fail_on_postgres() {
    odd_requests(Engine::Postgres);
}

/// Bytes that are hardly HTTP at all: whatever becomes of the connection, the server
/// goes on, and never says that it failed.
#[test]
fn no_bytes_make_the_server_fail() {
    let runtime = Runtime::new().unwrap();
    let bench = runtime.block_on(Bench::start(Engine::Sqlite)).unwrap();
    let mut runner = TestRunner::new(cases(300, file!()));
    let splice = (any::<Index>(), 0..30_usize, vec(any::<u8>(), 0..30));
    runner
        .run(&(odd(), vec(splice, 1..4)), |(request, splices)| {
            runtime.block_on(async {
                let known = Known::of_worlds(&bench.server, &[bench.server.world().await]).await;
                let mut message = request.message(request.usual.route.get(&bench.rules), &known);
                for (index, removed, inserted) in splices {
                    let start = index.index(message.len());
                    let end = message.len().min(start + removed);
                    message.splice(start..end, inserted);
                }
                let answer = exchange(&bench.server, &message, true).await;
                let status = answer.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
                let text = String::from_utf8_lossy(&answer);
                // Some bytes less, and a path is that of an operation that is not built.
                let is_not_built =
                    status == b"501" && text.contains("is not available in this version of slotd.");
                prop_assert!(!status.starts_with(b"5") || is_not_built, "{}", text);
                bench.is_well().await
            })
        })
        .unwrap();
}
