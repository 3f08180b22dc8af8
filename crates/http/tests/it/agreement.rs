//! The two engines give the same answers to the same requests.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestRunner};
use slotd_domain::Permissions;
use slotd_http::{RouteRule, access_table};
use slotd_testkit::{Answer, Engine, TestServer};
use tokio::runtime::Runtime;

use crate::generated::{Known, Request, cases};

#[derive(Debug, Clone)]
enum Step {
    Send(Request),
    /// To one of the routes without which there is nothing to read or change.
    Create(&'static str, Request),
    /// Seconds go by: tokens expire, a refresh can no longer be repeated.
    Wait(i64),
}

const USERS: &str = "/v2/oauth-clients/{clientId}/users";
const EVENT_TYPES: &str = "/v2/event-types";
const WEBHOOKS: &str = "/v2/oauth-clients/{clientId}/webhooks";
const EVENT_TYPE_WEBHOOKS: &str = "/v2/event-types/{eventTypeId}/webhooks";
const RESERVATIONS: &str = "/v2/slots/reservations";
const LINKS: &str = "/v2/event-types/{eventTypeId}/private-links";

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => Request::any().prop_map(Step::Send),
        4 => (select(vec![USERS, USERS, WEBHOOKS, EVENT_TYPES, EVENT_TYPE_WEBHOOKS, LINKS, "/v2/schedules", RESERVATIONS, "/v2/slots/reserve"]), Request::any()).prop_map(|(path, request)| Step::Create(path, request)),
        1 => select(vec![30, 61, 3_000, 8_000, 90_000]).prop_map(Step::Wait),
    ]
}

/// One engine, and what its answers told.
struct Side<'a> {
    server: &'a TestServer,
    known: Known,
}

/// An answer without what chance made.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    headers: BTreeMap<String, String>,
    text: String,
}

impl<'a> Side<'a> {
    async fn start(server: &'a TestServer) -> Self {
        let weak = server.world_with(Permissions::NONE, &["https://app.example.com"]).await;
        let worlds = [server.world().await, weak];
        Self { server, known: Known::of_worlds(server, &worlds).await }
    }

    async fn send(&mut self, request: &Request, rule: &RouteRule) -> Seen {
        // Rows are ordered by the time they were made, where they have no number.
        self.server.advance(SignedDuration::from_secs(1));
        let answer = request.send(self.server, rule, &mut self.known).await;
        self.see(&answer)
    }

    fn see(&self, answer: &Answer) -> Seen {
        // The cookie of a hold is its uid.
        let headers = answer.headers.iter();
        let mut headers: BTreeMap<String, String> =
            headers.map(|(name, value)| (name.clone(), self.known.normalized(value))).collect();
        headers.remove("date");
        headers.remove("x-request-id").unwrap();
        Seen { status: answer.status, headers, text: self.known.normalized(&answer.text) }
    }

    /// Everything that can be read.
    async fn everything(&self) -> Vec<Seen> {
        let mut seen = Vec::new();
        for key in &self.known.keys {
            for path in ["/v2/oauth-clients", "/v2/atoms/event-types", EVENT_TYPES] {
                let answer = self.server.call("GET", path).bearer(key).send().await;
                seen.push(self.see(&answer));
            }
            seen.push(self.event_types(key).await);
        }
        for (id, secret) in &self.known.clients {
            for path in ["", "/users", "/webhooks"] {
                let path = format!("/v2/oauth-clients/{id}{path}");
                let answer = self.server.call("GET", &path).secret(secret).send().await;
                seen.push(self.see(&answer));
            }
        }
        for (client, event_type) in &self.known.event_types {
            let (id, secret) = &self.known.clients[*client];
            for children in ["webhooks", "private-links"] {
                let path = format!("/v2/event-types/{event_type}/{children}");
                let call = self.server.call("GET", &path).header("x-cal-client-id", id);
                seen.push(self.see(&call.secret(secret).send().await));
            }
        }
        for token in &self.known.access_tokens {
            for path in ["/v2/me", "/v2/schedules", "/v2/atoms/schedules/all"] {
                let answer = self.server.call("GET", path).bearer(token).send().await;
                seen.push(self.see(&answer));
            }
            seen.push(self.event_types(token).await);
        }
        seen
    }

    async fn event_types(&self, token: &str) -> Seen {
        let call = self.server.call("GET", EVENT_TYPES).header("cal-api-version", "2024-06-14");
        self.see(&call.bearer(token).send().await)
    }
}

async fn agree(
    sqlite: &TestServer,
    postgres: &TestServer,
    steps: &[Step],
) -> Result<(), TestCaseError> {
    let rules = access_table();
    let create =
        |path: &str| rules.iter().find(|rule| rule.method == "POST" && rule.path == path).unwrap();
    let (mut sqlite, mut postgres) = (Side::start(sqlite).await, Side::start(postgres).await);
    for step in steps {
        let (request, rule) = match step {
            Step::Send(request) => (request, request.route.get(&rules)),
            Step::Create(path, request) => (request, create(path)),
            Step::Wait(seconds) => {
                sqlite.server.advance(SignedDuration::from_secs(*seconds));
                postgres.server.advance(SignedDuration::from_secs(*seconds));
                continue;
            }
        };
        let (ours, theirs) = (sqlite.send(request, rule).await, postgres.send(request, rule).await);
        prop_assert!(ours.status < 500, "{} {}: {}", rule.method, rule.path, ours.text);
        prop_assert_eq!(ours, theirs, "{} {}", rule.method, rule.path);
    }
    prop_assert_eq!(sqlite.everything().await, postgres.everything().await);
    Ok(())
}

#[test]
fn random_requests_have_the_same_answers_on_both_engines() {
    let runtime = Runtime::new().unwrap();
    let start = |engine| runtime.block_on(TestServer::start(engine));
    let (Some(sqlite), Some(postgres)) = (start(Engine::Sqlite), start(Engine::Postgres)) else {
        return;
    };
    let mut runner = TestRunner::new(cases(30, file!()));
    let sequences = proptest::collection::vec(step(), 30);
    let outcome =
        runner.run(&sequences, |steps| runtime.block_on(agree(&sqlite, &postgres, &steps)));
    outcome.unwrap();
}
