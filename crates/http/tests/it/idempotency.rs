//! `Idempotency-Key` (sections 7.9.1 and 25 of the booking rules).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::post;
use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_domain::OrganizationId;
use slotd_http::{ANY_CREDENTIAL, Access, App, Check, Settings, guard};
use slotd_store::{
    Conn, Sequence, StoreError, UnitOfWork, idempotency, new_api_key, organizations,
};
use slotd_testkit::{Answer, Call, Engine, Tables, TestServer, World, on_both_engines};
use tokio::sync::Semaphore;

use crate::bookings::{CURRENT, at, bookable, facts, stored, uid, wanted};

fn users(world: &World) -> String {
    format!("/v2/oauth-clients/{}/users", world.client)
}

async fn new_user(server: &TestServer, world: &World, key: &str, email: &str) -> Answer {
    let body = json!({ "email": email, "name": "A", "timeZone": "Europe/Rome" });
    let call = server.call("POST", &users(world)).secret(&world.secret).json(&body);
    call.header("Idempotency-Key", key).send().await
}

/// Fails unless an answer is another one, given again.
#[track_caller]
fn assert_replays(again: &Answer, first: &Answer) {
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(again.headers.get("idempotent-replay").map(String::as_str), Some("true"));
    assert!(!first.headers.contains_key("idempotent-replay"));
    let kept = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        for name in ["idempotent-replay", "x-request-id", "date"] {
            headers.remove(name);
        }
        headers
    };
    assert_eq!(kept(again), kept(first));
    assert_ne!(again.headers["x-request-id"], first.headers["x-request-id"]);
}

on_both_engines! {
    /// BK-208: the same key twice has one answer, also with a token in it.
    async fn a_request_that_is_sent_again_has_the_same_answer(server: TestServer) {
        let world = server.world().await;
        let first = new_user(&server, &world, "a key", "alice@example.com").await;
        let token = first.accepted(201)["accessToken"].as_str().unwrap().to_owned();
        server.advance(SignedDuration::from_hours(23));
        assert_replays(&new_user(&server, &world, "a key", "alice@example.com").await, &first);
        // Whatever the spelling of the path and the spaces of the body.
        let text = r#"{ "email":"alice@example.com", "name":"A","timeZone":"Europe/Rome"}"#;
        let again = server.call("POST", &format!("/api{}/", users(&world))).secret(&world.secret);
        let again = again.body("application/json", text).header("idempotency-key", "a key").send().await;
        assert_replays(&again, &first);
        // Nobody who reads the tables reads the token or the key.
        let tables = Tables::open(&server.database.options.location).await;
        let rows = tables.column("select id || request || attempt from idempotency where answer is not null").await;
        assert_eq!(rows.len(), 1);
        let rows = tables.all_rows(&[]).await.to_lowercase();
        for secret in [token.as_str(), "a key"] {
            let hex = format!("{:02x?}", secret.as_bytes()).replace(['[', ']', ',', ' '], "");
            assert!(!rows.contains(&secret.to_lowercase()) && !rows.contains(&hex), "{secret}");
        }
    }

    /// BK-208: the same key with another request is refused.
    async fn a_key_of_another_request_is_refused(server: TestServer) {
        let world = server.world().await;
        let first = new_user(&server, &world, "k", "alice@example.com").await;
        let _ = first.accepted(201);
        let body = json!({ "email": "alice@example.com", "name": "A", "timeZone": "Europe/Rome" });
        let path = users(&world);
        for (method, path, body) in [
            ("POST", path.clone(), json!({ "email": "bob@example.com", "name": "A" })),
            ("POST", format!("{path}?a=1"), body.clone()),
            ("POST", format!("/v2/oauth-clients/{}/webhooks", world.client), body.clone()),
            ("PATCH", format!("{path}/{}", first.body["data"]["user"]["id"]), body.clone()),
            ("DELETE", format!("{path}/{}", first.body["data"]["user"]["id"]), Value::Null),
        ] {
            let call = server.call(method, &path).secret(&world.secret).header("Idempotency-Key", "k");
            let call = if body.is_null() { call } else { call.json(&body) };
            let refused = call.send().await;
            assert!(refused.refused(422).contains("Idempotency-Key"), "{method} {path}");
            assert_eq!(refused.body["error"]["code"], "UnprocessableEntityException");
        }
        let listed = server.call("GET", &path).secret(&world.secret).send().await;
        assert_eq!(listed.accepted(200).as_array().unwrap().len(), 1);
        let call = server.call("POST", &path).secret(&world.secret).json(&body).header("cal-api-version", "2024-08-13");
        let _ = call.header("Idempotency-Key", "k").send().await.refused(422);
    }

    /// BK-208: a booking is made, moved and cancelled once.
    async fn a_booking_is_made_and_changed_once(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let once = async |path: String, body: Value, other: Value| {
            let send = |body: &Value| {
                let call = server.call("POST", &format!("/v2/bookings{path}")).header("cal-api-version", CURRENT);
                call.json(body).header("Idempotency-Key", &format!("key of {path}")).send()
            };
            let first = send(&body).await;
            assert_replays(&send(&body).await, &first);
            assert!(send(&other).await.refused(422).contains("Idempotency-Key"), "{path}");
            first
        };
        let made = once(String::new(), wanted(id, &at("10:00")), wanted(id, &at("14:00"))).await;
        let made = made.accepted(201);
        assert_eq!((stored(&server).await, facts(&server, made).await.len()), (1, 1));
        let [start, other] = ["12:00", "14:00"].map(|hour| json!({ "start": at(hour) }));
        let moved = once(format!("/{}/reschedule", uid(made)), start, other).await;
        let moved = moved.accepted(201);
        assert_eq!((stored(&server).await, facts(&server, moved).await.len()), (2, 1));
        let cancelled = once(format!("/{}/cancel", uid(moved)), json!({}), json!({ "cancellationReason": "Ill" })).await;
        assert_eq!(cancelled.accepted(200)["status"], "cancelled");
        assert_eq!(facts(&server, moved).await.len(), 2);
    }

    async fn a_key_is_its_callers_alone(server: TestServer) {
        let (one, other) = (server.world().await, server.world().await);
        let first = new_user(&server, &one, "1", "alice@example.com").await;
        let second = new_user(&server, &other, "1", "alice@example.com").await;
        assert_ne!(first.accepted(201)["user"]["id"], second.accepted(201)["user"]["id"]);
        assert!(!second.headers.contains_key("idempotent-replay"));
        // A managed user and the client are two callers.
        let token = first.body["data"]["accessToken"].as_str().unwrap();
        let call = |token: &str| {
            let body = json!({ "name": "Schedule", "timeZone": "Europe/Rome", "isDefault": false });
            let call = server.call("POST", "/v2/schedules").bearer(token).header("cal-api-version", "2024-06-11");
            call.json(&body).header("Idempotency-Key", "1").send()
        };
        let created = call(token).await;
        let _ = created.accepted(201);
        // A user whose token was replaced is the same caller.
        let path = format!("{}/{}/force-refresh", users(&one), first.body["data"]["user"]["id"]);
        let pair = server.call("POST", &path).secret(&one.secret).send().await;
        let token = pair.accepted(200)["accessToken"].as_str().unwrap();
        assert_replays(&call(token).await, &created);
    }

    /// Nobody is their address.
    async fn callers_without_credentials_are_their_addresses(server: TestServer) {
        let world = server.world().await;
        let event_type = server.new_event_type(world.owner).await;
        let reserve = |address: &str, start: &str| {
            let body = json!({ "eventTypeId": event_type.0, "slotStart": start });
            let call = server.call("POST", "/v2/slots/reservations").header("cal-api-version", "2024-09-04");
            call.header("X-Forwarded-For", address).json(&body).header("Idempotency-Key", "1").send()
        };
        let first = reserve("203.0.113.7", "2026-03-05T10:00:00Z").await;
        let _ = first.accepted(201);
        assert_replays(&reserve("203.0.113.7", "2026-03-05T10:00:00Z").await, &first);
        let other = reserve("203.0.113.8", "2026-03-05T10:00:00Z").await;
        assert!(!other.refused(422).contains("Idempotency-Key"), "the slot is kept for somebody else");
        let other = reserve("203.0.113.8", "2026-03-05T12:00:00Z").await;
        assert_ne!(other.accepted(201)["reservationUid"], first.body["data"]["reservationUid"]);
        // Whoever says who they are and is wrong does not pass for nobody.
        let body = json!({ "eventTypeId": event_type.0, "slotStart": "2026-03-05T10:00:00Z" });
        let wrong = server.call("POST", "/v2/slots/reservations").header("cal-api-version", "2024-09-04");
        let wrong = wrong.header("X-Forwarded-For", "203.0.113.7").bearer("cal_wrong").json(&body);
        let _ = wrong.header("Idempotency-Key", "1").send().await.refused(401);
    }

    /// Answers of resources that are gone are given again, too.
    async fn changes_and_deletions_are_not_repeated(server: TestServer) {
        let world = server.world().await;
        let path = format!("/v2/oauth-clients/{}/webhooks", world.client);
        let body = json!({ "active": true, "subscriberUrl": "https://a.example", "triggers": ["BOOKING_CREATED"] });
        let created = server.call("POST", &path).secret(&world.secret).json(&body).send().await;
        let webhook = format!("{path}/{}", created.accepted(201)["id"].as_str().unwrap());
        let delete = || server.call("DELETE", &webhook).secret(&world.secret);
        let first = delete().header("Idempotency-Key", "delete").send().await;
        let _ = first.accepted(200);
        assert_replays(&delete().header("Idempotency-Key", "delete").send().await, &first);
        let _ = delete().send().await.refused(404);
        let _ = delete().header("Idempotency-Key", "another").send().await.refused(404);

        let user = server.new_managed_user(&world, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap();
        let schedule = user["user"]["defaultScheduleId"].as_i64().unwrap();
        let patch = |key: &str, name: &str| {
            let call = server.call("PATCH", &format!("/v2/schedules/{schedule}")).bearer(token);
            let call = call.header("cal-api-version", "2024-06-11").json(&json!({ "name": name }));
            call.header("Idempotency-Key", key).send()
        };
        let first = patch("1", "one").await;
        assert_eq!(first.accepted(200)["name"], "one");
        assert_eq!(patch("2", "two").await.accepted(200)["name"], "two");
        assert_replays(&patch("1", "one").await, &first);
        let call = server.call("GET", &format!("/v2/schedules/{schedule}")).bearer(token);
        let read = call.header("cal-api-version", "2024-06-11").send().await;
        assert_eq!(read.accepted(200)["name"], "two", "the first change was not made again");
    }

    async fn a_key_counts_for_24_hours(server: TestServer) {
        let world = server.world().await;
        let first = new_user(&server, &world, "k", "alice@example.com").await;
        let _ = first.accepted(201);
        server.advance(SignedDuration::from_hours(24) - SignedDuration::from_micros(1));
        assert_replays(&new_user(&server, &world, "k", "alice@example.com").await, &first);
        server.advance(SignedDuration::from_micros(1));
        let _ = new_user(&server, &world, "k", "alice@example.com").await.refused(409);
        let second = new_user(&server, &world, "k", "bob@example.com").await;
        let _ = second.accepted(201);
        assert_replays(&new_user(&server, &world, "k", "bob@example.com").await, &second);
    }

    /// A refusal has changed nothing: the next request is decided as things stand then.
    async fn a_refusal_leaves_the_key_free(server: TestServer) {
        let world = server.world().await;
        let invalid = new_user(&server, &world, "k", "no address").await;
        assert_eq!(invalid.invalid_fields(), ["email"]);
        let taken = server.new_managed_user(&world, "alice@example.com").await;
        let _ = new_user(&server, &world, "k", "alice@example.com").await.refused(409);
        let stranger = server.call("POST", &users(&world)).header("Idempotency-Key", "k").send().await;
        let _ = stranger.refused(401);
        let path = format!("{}/{}", users(&world), taken["user"]["id"]);
        let _ = server.call("DELETE", &path).secret(&world.secret).send().await.accepted(200);
        let created = new_user(&server, &world, "k", "alice@example.com").await;
        let _ = created.accepted(201);
        assert_replays(&new_user(&server, &world, "k", "alice@example.com").await, &created);
    }

    async fn what_is_no_key_is_refused(server: TestServer) {
        let world = server.world().await;
        for (number, key) in ["x".repeat(255), "~ ! {}".to_owned(), "ü".repeat(255)].iter().enumerate() {
            let _ = new_user(&server, &world, key, &format!("a{number}@example.com")).await.accepted(201);
        }
        for key in ["", "x\ty", &"x".repeat(256)] {
            let refused = new_user(&server, &world, key, "b@example.com").await;
            assert!(refused.refused(400).contains("Idempotency-Key"), "{key:?}");
        }
        let twice = server.call("POST", &users(&world)).secret(&world.secret).header("Idempotency-Key", "a");
        let _ = twice.header("Idempotency-Key", "b").json(&json!({})).send().await.refused(400);
        // A GET changes nothing, whatever is sent with it.
        for key in ["", "k", "k"] {
            let read = server.call("GET", &users(&world)).secret(&world.secret).header("Idempotency-Key", key).send().await;
            assert_eq!(read.accepted(200).as_array().unwrap().len(), 3);
            assert!(!read.headers.contains_key("idempotent-replay"));
        }
    }

    async fn races_of_requests_with_one_key_have_one_effect(server: TestServer) {
        let world = Arc::new(server.world().await);
        let server = Arc::new(server);
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (server, world) = (Arc::clone(&server), Arc::clone(&world));
            callers.spawn(async move { new_user(&server, &world, "k", "alice@example.com").await });
        }
        let (mut answers, mut firsts) = (BTreeSet::new(), 0);
        while let Some(answer) = callers.join_next().await {
            let answer = answer.unwrap();
            if answer.status == 409 {
                assert!(answer.refused(409).contains("Idempotency-Key"), "{}", answer.text);
                assert_eq!(answer.headers["retry-after"], "1");
                continue;
            }
            firsts += u32::from(!answer.headers.contains_key("idempotent-replay"));
            answers.insert(answer.accepted(201).to_string());
        }
        assert_eq!((answers.len(), firsts), (1, 1));
    }
}

/// What an operation of the tests does.
const WRITES: Access =
    Access { credentials: ANY_CREDENTIAL, checks: &[Check::Authenticated], scopes: &[] };

/// A server with operations that do not end well.
struct Trial {
    server: TestServer,
    key: String,
    /// How often an operation was carried out.
    done: Arc<AtomicU32>,
    /// Operations that wait after their commit.
    waiting: Arc<Semaphore>,
    /// Lets them go on.
    released: Arc<Semaphore>,
}

#[derive(serde::Deserialize)]
struct Then {
    then: String,
}

struct Write {
    id: i32,
    answer: Option<idempotency::Answer>,
}

impl UnitOfWork for Write {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        let (id, slug) = (OrganizationId(self.id), new_api_key());
        organizations::insert(
            conn,
            id,
            "Name",
            &slug,
            true,
            "2026-03-02T00:00:00Z".parse().unwrap(),
        )
        .await?;
        match &self.answer {
            Some(answer) => idempotency::answer(conn, answer).await,
            None => Ok(()),
        }
    }
}

impl Trial {
    async fn start(engine: Engine) -> Option<Self> {
        Self::start_with(engine, TestServer::settings()).await
    }

    async fn start_with(engine: Engine, settings: Settings) -> Option<Self> {
        let done = Arc::new(AtomicU32::new(0));
        let (waiting, released) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let handler = {
            let (done, waiting, released) =
                (Arc::clone(&done), Arc::clone(&waiting), Arc::clone(&released));
            async move |State(app): State<App>, Query(Then { then }): Query<Then>| {
                let made = || (StatusCode::CREATED, [("x-made", "1")], "made".to_owned());
                if then == "nothing" {
                    done.fetch_add(1, Ordering::Relaxed);
                    return made();
                }
                if then == "fails before" {
                    return (StatusCode::INTERNAL_SERVER_ERROR, [("x-made", "0")], String::new());
                }
                let id = app.store.next_id(Sequence::Team).await.unwrap();
                let answer = (then == "panics after its answer").then(|| idempotency::Answer {
                    status: 201,
                    headers: vec![("x-made".to_owned(), "1".to_owned())],
                    body: "made".to_owned(),
                });
                app.store.write(Write { id, answer }).await.unwrap();
                let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                match then.as_str() {
                    "panics" | "panics after its answer" => panic!("on purpose"),
                    "fails" => {
                        (StatusCode::INTERNAL_SERVER_ERROR, [("x-made", "1")], String::new())
                    }
                    "refuses" if count == 1 => {
                        (StatusCode::BAD_REQUEST, [("x-made", "1")], String::new())
                    }
                    "answers much" => {
                        (StatusCode::CREATED, [("x-made", "1")], "x".repeat(1024 * 1024 + 1))
                    }
                    "waits" => {
                        waiting.add_permits(1);
                        released.acquire().await.unwrap().forget();
                        made()
                    }
                    _ => made(),
                }
            }
        };
        let route = guard(&WRITES, post(handler));
        let routes = axum::Router::new().route("/v2/trial", route);
        let server = TestServer::start_with(engine, settings, routes).await?;
        let world = server.world().await;
        Some(Self { server, key: world.key, done, waiting, released })
    }

    fn call(&self, then: &str) -> Call {
        let path = format!("/v2/trial?then={}", then.replace(' ', "%20"));
        self.server.call("POST", &path).bearer(&self.key).header("Idempotency-Key", "k")
    }

    async fn send(&self, then: &str) -> Answer {
        self.call(then).send().await
    }

    fn done(&self) -> u32 {
        self.done.load(Ordering::Relaxed)
    }
}

on_both_engines! {
    async fn an_operation_that_writes_nothing_is_not_repeated(trial: Trial) {
        let first = trial.send("nothing").await;
        assert_eq!((first.status, first.headers["x-made"].as_str()), (201, "1"));
        assert_replays(&trial.send("nothing").await, &first);
        assert_eq!(trial.done(), 1);
    }

    /// BK-208, rule 7 of section 25: a 5xx means that nothing was stored.
    async fn a_failure_before_the_commit_leaves_the_key_free(trial: Trial) {
        assert_eq!(trial.send("fails before").await.status, 500);
        assert_eq!(trial.send("fails before").await.status, 500);
        let first = trial.send("").await;
        assert_eq!(first.status, 201, "of another request, even");
        assert_replays(&trial.send("").await, &first);
    }

    /// A commit whose answer is lost is never repeated, and the caller is told.
    async fn what_was_carried_out_and_not_answered_is_not_carried_out_again(trial: Trial) {
        for then in ["panics", "fails"] {
            let done = trial.done();
            assert_eq!(trial.send(then).await.status, 500);
            let soon = trial.send(then).await;
            assert!(soon.refused(409).contains("being answered"));
            assert_eq!(soon.headers["retry-after"], "1");
            trial.server.advance(SignedDuration::from_mins(1));
            let later = trial.send(then).await;
            assert!(later.refused(409).contains("was carried out, but its answer was lost"));
            assert!(!later.headers.contains_key("retry-after"));
            assert_eq!(trial.done(), done + 1);
            trial.server.advance(SignedDuration::from_hours(24));
        }
        // An answer of the unit's own outlives whatever happens after the commit.
        let done = trial.done();
        assert_eq!(trial.send("panics after its answer").await.status, 500);
        let again = trial.send("panics after its answer").await;
        assert_eq!((again.status, again.text.as_str(), again.headers["x-made"].as_str()), (201, "made", "1"));
        assert_eq!(again.headers["idempotent-replay"], "true");
        assert_eq!(trial.done(), done + 1);
    }

    async fn an_operation_that_refuses_after_a_write_leaves_the_key_free(trial: Trial) {
        assert_eq!(trial.send("refuses").await.status, 400);
        let second = trial.send("refuses").await;
        assert_eq!(second.status, 201);
        assert_replays(&trial.send("refuses").await, &second);
    }

    async fn an_answer_that_is_too_large_is_not_kept_and_not_repeated(trial: Trial) {
        assert_eq!(trial.send("answers much").await.text.len(), 1024 * 1024 + 1);
        trial.server.advance(SignedDuration::from_mins(1));
        assert!(trial.send("answers much").await.refused(409).contains("lost"));
        assert_eq!(trial.done(), 1);
    }

    /// The answer is there for whoever asks again, although nobody waited for it.
    async fn an_operation_runs_to_its_end_when_its_client_has_gone(trial: Trial) {
        let call = trial.call("waits");
        let gone = tokio::spawn(call.try_send());
        trial.waiting.acquire().await.unwrap().forget();
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        let early = trial.send("waits").await;
        assert!(early.refused(409).contains("being answered"));
        assert_eq!(early.headers["retry-after"], "1");
        trial.released.add_permits(1);
        let tables = Tables::open(&trial.server.database.options.location).await;
        while tables.column("select id from idempotency where answer is not null").await.is_empty() {
            tokio::task::yield_now().await;
        }
        let again = trial.send("waits").await;
        assert_eq!((again.status, again.text.as_str(), trial.done()), (201, "made", 1));
    }

    /// Nothing but requests removes records, some at a time.
    async fn records_that_count_for_nothing_are_removed_some_at_a_time(trial: Trial) {
        let made = trial.server.now().as_microsecond();
        let instant = match trial.server.app.store.engine_name() {
            "sqlite" => made.to_string(),
            _ => format!("to_timestamp({made}::numeric / 1000000)"),
        };
        let rows: Vec<_> = (0..300).map(|number| format!("('{number}', '', '', {instant}, null)")).collect();
        let sql = format!("insert into idempotency (id, request, attempt, created_at, answer) values {}", rows.join(", "));
        trial.server.database.run_sql(&sql).await;
        let tables = Tables::open(&trial.server.database.options.location).await;
        let left = async || tables.column("select id from idempotency").await.len();
        trial.server.advance(SignedDuration::from_hours(25) - SignedDuration::from_micros(1));
        let send = |key: &str| {
            let call = trial.server.call("POST", "/v2/trial?then=").bearer(&trial.key);
            call.header("Idempotency-Key", key).send()
        };
        assert_eq!(send("1").await.status, 201);
        assert_eq!(left().await, 301, "they are removed many at a time, when the oldest is an hour overdue");
        trial.server.advance(SignedDuration::from_micros(1));
        assert_eq!(trial.server.call("POST", "/v2/trial?then=").bearer(&trial.key).send().await.status, 201);
        assert_eq!(left().await, 301, "a request without a key has nothing to do with them");
        assert_eq!(send("2").await.status, 201);
        assert_eq!(left().await, 302 - 256);
        assert_eq!(send("3").await.status, 201);
        assert_eq!(left().await, 3);
    }
}

/// The time of a request is up, and it goes on all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_operation_with_a_key_outlives_the_time_out() {
    let settings = Settings {
        request_time_out: std::time::Duration::from_millis(50),
        ..TestServer::settings()
    };
    let trial = Trial::start_with(Engine::Sqlite, settings).await.unwrap();
    let _ = trial.send("waits").await.refused(503);
    assert!(trial.send("waits").await.refused(409).contains("being answered"));
    assert_eq!(trial.done(), 1);
}

/// CO-1
#[tokio::test(flavor = "multi_thread")]
async fn browsers_may_send_the_key_and_see_the_replay() {
    let server = TestServer::start(Engine::Sqlite).await.unwrap();
    let preflight = server.call("OPTIONS", "/v2/schedules").send().await;
    assert!(preflight.headers["access-control-allow-headers"].contains("Idempotency-Key"));
    let answer = server.call("GET", "/v2/me").send().await;
    assert!(answer.headers["access-control-expose-headers"].contains("Idempotent-Replay"));
}

#[test]
fn our_document_has_the_key_at_every_operation_that_writes() {
    let document = slotd_http::openapi();
    for rule in slotd_http::access_table() {
        let method = rule.method.as_str().to_lowercase();
        let operation = &document["paths"][&rule.path][&method];
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let has_key = parameters.filter(|parameter| parameter["name"] == "Idempotency-Key").count();
        assert_eq!(has_key, usize::from(method != "get"), "{method} {}", rule.path);
        assert_eq!(operation["responses"]["422"].is_object(), method != "get", "{}", rule.path);
    }
}
