//! Two processes on one PostgreSQL database.

use std::collections::BTreeSet;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use slotd_testkit::{Answer, Engine};
use tokio::task::JoinSet;

use crate::booking_load::{self, Desk, SEATS, granted, send, wanted};
use crate::load::{Load, seed};
use crate::process::{Endpoint, Place, Server};
use crate::tables;

/// Two processes that were started at the same moment on an empty database.
struct Pair {
    place: Place,
    /// The one that set the instance up comes first.
    servers: [Server; 2],
    client: String,
    secret: String,
}

impl Pair {
    /// None without PostgreSQL.
    async fn start() -> Option<Self> {
        Self::start_with(|_| {}).await
    }

    async fn start_with(change: impl Fn(&mut Command) + Sync) -> Option<Self> {
        let place = Place::start(Engine::Postgres).await?;
        let start = || {
            let mut command = place.unlimited();
            change(&mut command);
            Server::start(command, &place)
        };
        let mut servers = std::thread::scope(|scope| {
            [scope.spawn(start), scope.spawn(start)].map(|started| started.join().unwrap())
        });
        servers.sort_by_key(|server| server.greeting.is_empty());
        assert_eq!(servers[1].greeting, "", "one of them set the instance up");
        let client = servers[0].printed("OAuth client id");
        let secret = servers[0].printed("OAuth client secret");
        Some(Self { place, servers, client, secret })
    }

    fn users(&self) -> String {
        format!("/v2/oauth-clients/{}/users", self.client)
    }

    async fn new_user(&self, email: &str) -> Value {
        let body = json!({ "email": email, "name": "A", "timeZone": "UTC" });
        let call = self.servers[0].call("POST", &self.users()).secret(&self.secret).json(&body);
        call.send().await.accepted(201).clone()
    }

    /// Sends one request many times at once, by turns to either process.
    async fn at_once(&self, count: usize, path: &str, body: &Value) -> Vec<Answer> {
        let mut callers = JoinSet::new();
        for number in 0..count {
            let server: Endpoint = self.servers[number % 2].endpoint();
            let call = server.call("POST", path).secret(&self.secret).json(body);
            callers.spawn(call.send());
        }
        callers.join_all().await
    }

    async fn refresh_at_once(&self, token: &Value) -> Vec<Answer> {
        let path = format!("/v2/oauth/{}/refresh", self.client);
        self.at_once(32, &path, &json!({ "refreshToken": token })).await
    }

    fn stop(self) {
        self.servers.into_iter().for_each(Server::stop);
    }
}

async fn me(server: &Server, token: &Value) -> Answer {
    server.call("GET", "/v2/me").bearer(token.as_str().unwrap()).send().await
}

/// MU-11, MU-12, MU-38, MU-41, TK-13: callers whose requests go to either process see
/// one server. Their ids come from the blocks of two processes; had one of them been
/// given out twice, a creation would have failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn races_of_callers_of_two_processes_end_as_with_one() {
    let Some(pair) = Pair::start().await else { return };
    let mut rng = StdRng::seed_from_u64(seed());
    let servers = [&pair.servers[0], &pair.servers[1]];
    let load = Load::new(servers[0], 16, &mut rng).await;
    let load = Load::end(load.start(&servers, 40)).await;
    let database = tables::open(&pair.place).await;
    let load = load.check(&servers, &database).await;
    eprintln!("{}", load.summary());
    pair.stop();
}

/// TK-12, TK-16: of many refreshes with one token at both processes one takes place,
/// and all get its pair, until that has been seen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn races_of_refreshes_at_two_processes_end_in_one_pair() {
    let Some(pair) = Pair::start().await else { return };
    let user = pair.new_user("alice@example.com").await;
    let mut token = user["refreshToken"].clone();
    for _ in 0..5 {
        let answers = pair.refresh_at_once(&token).await;
        let pairs: BTreeSet<String> =
            answers.iter().map(|answer| answer.accepted(200).to_string()).collect();
        assert_eq!(pairs.len(), 1, "everybody got the same pair");
        let new = answers[0].accepted(200);
        for server in &pair.servers {
            let _ = me(server, &new["accessToken"]).await.accepted(200);
        }
        for answer in pair.refresh_at_once(&token).await {
            assert_eq!(answer.refused(400), "Invalid refresh token");
        }
        token = new["refreshToken"].clone();
    }
    tables::check(&tables::open(&pair.place).await).await;
    pair.stop();
}

/// TK-16: without the lost-answer period one of many gets a pair.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn races_of_refreshes_at_two_strict_processes_have_one_winner() {
    let strict = |command: &mut Command| {
        command.env("SLOTD_REFRESH_RETRY_SECONDS", "0");
    };
    let Some(pair) = Pair::start_with(strict).await else { return };
    let user = pair.new_user("alice@example.com").await;
    let mut token = user["refreshToken"].clone();
    for _ in 0..5 {
        let answers = pair.refresh_at_once(&token).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 31));
        for answer in lost {
            assert_eq!(answer.refused(400), "Invalid refresh token");
        }
        token = won[0].accepted(200)["refreshToken"].clone();
    }
    pair.stop();
}

/// MU-11: of many who create one user at both processes, one does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn races_of_creations_at_two_processes_end_in_one_user() {
    let Some(pair) = Pair::start().await else { return };
    for round in 0..5 {
        let body =
            json!({ "email": format!("alice{round}@example.com"), "name": "A", "timeZone": "UTC" });
        let answers = pair.at_once(32, &pair.users(), &body).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
        assert_eq!((won.len(), lost.len()), (1, 31));
        let id = &won[0].accepted(201)["user"]["id"];
        for answer in lost {
            assert!(
                answer.refused(409).ends_with(&format!("Existing user ID={id}")),
                "{}",
                answer.text
            );
        }
    }
    let database = tables::open(&pair.place).await;
    tables::check(&database).await;
    assert_eq!(tables::managed_users(&database).await.len(), 5);
    pair.stop();
}

/// MU-38, MU-41, OC-12, AK-1: what one process has revoked, the other refuses in the
/// next request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn races_of_a_revocation_are_won_by_it_at_both_processes() {
    let Some(pair) = Pair::start().await else { return };
    for round in 0..20 {
        let (here, there) = (&pair.servers[round % 2], &pair.servers[(round + 1) % 2]);
        let user = pair.new_user("alice@example.com").await;
        let path = format!("{}/{}", pair.users(), user["user"]["id"]);
        let _ = me(there, &user["accessToken"]).await.accepted(200);
        let forced =
            here.call("POST", &format!("{path}/force-refresh")).secret(&pair.secret).send().await;
        let _ = me(there, &user["accessToken"]).await.refused(401);
        let token = &forced.accepted(200)["accessToken"];
        let _ = me(there, token).await.accepted(200);
        let _ = here.call("DELETE", &path).secret(&pair.secret).send().await.accepted(200);
        let _ = me(there, token).await.refused(401);
    }
    let mut key = pair.servers[0].printed("owner's API key");
    for round in 0..20 {
        let (here, there) = (&pair.servers[round % 2], &pair.servers[(round + 1) % 2]);
        let new =
            here.call("POST", "/v2/api-keys/refresh").bearer(&key).json(&json!({})).send().await;
        let _ = me(there, &json!(key)).await.refused(401);
        key = new.accepted(200)["apiKey"].as_str().unwrap().to_owned();
        let _ = me(there, &json!(key)).await.accepted(200);
    }
    let user = pair.new_user("alice@example.com").await;
    let path = format!("/v2/oauth-clients/{}", pair.client);
    let _ = me(&pair.servers[1], &user["accessToken"]).await.accepted(200);
    let _ = pair.servers[0].call("DELETE", &path).bearer(&key).send().await.accepted(200);
    let _ = me(&pair.servers[1], &user["accessToken"]).await.refused(401);
    let list = pair.servers[1].call("GET", &pair.users()).secret(&pair.secret).send().await;
    let _ = list.refused(401);
    pair.stop();
}

fn number(variable: &str, otherwise: i64) -> i64 {
    std::env::var(variable).map_or(otherwise, |number| number.parse().unwrap())
}

/// Sends requests below `/v2/bookings` at once, by turns to either process; what each
/// came to, in their order.
async fn race(pair: &Pair, wishes: Vec<(String, Value)>) -> Vec<Option<Value>> {
    let mut callers = JoinSet::new();
    for (place, (path, body)) in wishes.into_iter().enumerate() {
        let server = pair.servers[place % 2].endpoint();
        callers.spawn(async move {
            let answer = send(&server, &path, &body).await.unwrap();
            (place, granted(&answer).cloned())
        });
    }
    let mut answers = callers.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, granted)| granted).collect()
}

/// Section 25, BK-202, BK-203, BK-205: whichever process is asked, of those who want one
/// time one gets it, of those who want seats as many as there are, and of those who move
/// into one gap one. `SLOTD_RACE_ROUNDS` and `SLOTD_RACE_CALLERS` make it longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn races_of_two_processes_for_one_time_have_one_winner() {
    let Some(pair) = Pair::start().await else { return };
    let key = pair.servers[0].printed("owner's API key");
    let desk = Desk::open(&pair.servers[0], &key).await;
    let database = tables::open(&pair.place).await;
    let callers = number("SLOTD_RACE_CALLERS", 16);
    let booker = |caller: i64| format!("caller{caller}@mail.test");
    let length = |caller: i64| usize::try_from(caller % 3).unwrap();
    let first: Timestamp = "2050-01-01T09:00:00Z".parse().unwrap();
    let won = |answers: &[Option<Value>]| answers.iter().flatten().count();
    for round in 0..number("SLOTD_RACE_ROUNDS", 4) {
        let nine = first + SignedDuration::from_hours(24 * round);
        let ten = nine + SignedDuration::from_hours(1);
        let same = (0..callers).map(|caller| {
            let event_type = desk.single[length(caller)];
            (String::new(), wanted(event_type, nine, &booker(caller)))
        });
        assert_eq!(won(&race(&pair, same.collect()).await), 1, "round {round}");

        // All of them have the minutes from 10:25 to 10:30.
        let unequal = (0..callers).map(|caller| {
            let start = ten + SignedDuration::from_mins((caller * 7 + round) % 25);
            (String::new(), wanted(desk.single[length(caller)], start, &booker(caller)))
        });
        assert_eq!(won(&race(&pair, unequal.collect()).await), 1, "round {round}");

        let noon = nine + SignedDuration::from_hours(3);
        let seats =
            (0..callers).map(|caller| (String::new(), wanted(desk.shared, noon, &booker(caller))));
        assert_eq!(won(&race(&pair, seats.collect()).await), SEATS, "round {round}");

        // Two who move into one gap, and many who want to book it.
        let [two, gap] = [5, 7].map(|hours| nine + SignedDuration::from_hours(hours));
        let old = [two, two + SignedDuration::from_hours(1)];
        let old = old.map(|start| (String::new(), wanted(desk.single[0], start, "omar@mail.test")));
        let old = race(&pair, old.to_vec()).await;
        let old: Vec<&Value> = old.iter().flatten().collect();
        assert_eq!(old.len(), 2, "round {round}");
        let into_gap = (0..callers).map(|caller| match old.get(usize::try_from(caller).unwrap()) {
            Some(old) => {
                let path = format!("/{}/reschedule", old["uid"].as_str().unwrap());
                (path, json!({ "start": gap.to_string() }))
            }
            None => (String::new(), wanted(desk.single[length(caller)], gap, &booker(caller))),
        });
        assert_eq!(won(&race(&pair, into_gap.collect()).await), 1, "round {round}");
        database.check_bookings().await;
    }
    pair.stop();
}

/// Section 25, point 1: callers who book, move and cancel at either process see one server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn races_of_two_processes_for_bookings_end_as_with_one() {
    let Some(pair) = Pair::start().await else { return };
    let mut rng = StdRng::seed_from_u64(seed());
    let managed = pair.new_user("host@example.com").await;
    let desks = vec![
        Desk::open(&pair.servers[0], &pair.servers[0].printed("owner's API key")).await,
        Desk::open(&pair.servers[0], managed["accessToken"].as_str().unwrap()).await,
    ];
    let mut load = booking_load::Load::new(desks, 16, &mut rng);
    let database = tables::open(&pair.place).await;
    for _ in 0..2 {
        let running = load.start(&[&pair.servers[0], &pair.servers[1]], 20);
        load.end(running).await;
        load.check(&database).await;
    }
    eprintln!("{}", load.summary());
    pair.stop();
}
