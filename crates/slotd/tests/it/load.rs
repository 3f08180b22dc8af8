//! Callers who create, patch, refresh and delete managed users, and know what
//! must be there afterwards: what was acknowledged, and of the one write that was
//! cut off either all or nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use slotd_testkit::{Answer, Tables};
use tokio::task::JoinSet;

use crate::process::{Endpoint, Server};
use crate::tables;

/// An OAuth client.
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// A managed user as the answers left it.
struct Person {
    client: usize,
    /// As every answer shows it; null until the creation was answered.
    shown: Value,
    access: Value,
    refresh: Value,
}

enum Write {
    Create(Value),
    Patch(Value),
    Refresh,
    ForceRefresh,
    Delete,
}

/// Somebody who makes one request after another.
pub(crate) struct Caller {
    name: String,
    rng: StdRng,
    clients: Arc<Vec<Client>>,
    /// A request goes to any of them.
    servers: Vec<Endpoint>,
    people: Vec<Person>,
    /// Deleted since the last look.
    gone: Vec<Person>,
    /// The write without an answer.
    cut: Option<(Person, Write)>,
    created: usize,
    acknowledged: usize,
    /// Writes without an answer, and how many of them turned out to be written;
    /// of refreshes nobody can tell.
    cut_off: usize,
    cut_off_but_written: usize,
}

/// The answer did not arrive.
pub(crate) struct Cut;

/// All callers and their OAuth clients.
pub(crate) struct Load {
    callers: Vec<Caller>,
}

/// The seed of a run with chance in it: new, unless `SLOTD_TEST_SEED` repeats one.
/// A failing test shows it.
pub(crate) fn seed() -> u64 {
    let given = std::env::var("SLOTD_TEST_SEED").ok();
    let seed = given.map_or_else(|| rand::rng().random(), |seed| seed.parse().unwrap());
    eprintln!("SLOTD_TEST_SEED={seed}");
    seed
}

impl Load {
    /// Callers of a first start's OAuth client, and of one with default event types.
    pub(crate) async fn new(first_start: &Server, callers: usize, rng: &mut StdRng) -> Self {
        let key = first_start.printed("owner's API key");
        let body = json!({ "name": "With event types", "redirectUris": [], "permissions": ["*"], "areDefaultEventTypesEnabled": true });
        let other =
            first_start.call("POST", "/v2/oauth-clients").bearer(&key).json(&body).send().await;
        let other = other.accepted(201);
        let text = |name: &str| other[name].as_str().unwrap().to_owned();
        let clients = Arc::new(vec![
            Client {
                id: first_start.printed("OAuth client id"),
                secret: first_start.printed("OAuth client secret"),
            },
            Client { id: text("clientId"), secret: text("clientSecret") },
        ]);
        let new = |number| Caller {
            name: format!("caller{number}"),
            rng: StdRng::seed_from_u64(rng.random()),
            clients: Arc::clone(&clients),
            servers: Vec::new(),
            people: Vec::new(),
            gone: Vec::new(),
            cut: None,
            created: 0,
            acknowledged: 0,
            cut_off: 0,
            cut_off_but_written: 0,
        };
        Self { callers: (0..callers).map(new).collect() }
    }

    /// Starts all callers, each for so many writes or until an answer does not arrive.
    pub(crate) fn start(self, servers: &[&Server], writes: usize) -> JoinSet<Caller> {
        let mut running = JoinSet::new();
        for mut caller in self.callers {
            caller.servers = servers.iter().map(|server| server.endpoint()).collect();
            running.spawn(async move {
                for _ in 0..writes {
                    if caller.act().await.is_err() {
                        break;
                    }
                }
                caller
            });
        }
        running
    }

    /// Waits for the end of all callers.
    pub(crate) async fn end(running: JoinSet<Caller>) -> Self {
        Self { callers: running.join_all().await }
    }

    /// Compares what is there with what must be there.
    pub(crate) async fn check(self, servers: &[&Server], database: &Tables) -> Self {
        tables::check(database).await;
        let mut checking = JoinSet::new();
        for mut caller in self.callers {
            caller.servers = servers.iter().map(|server| server.endpoint()).collect();
            checking.spawn(async move {
                caller.check().await;
                caller
            });
        }
        let checked = Self { callers: checking.join_all().await };
        tables::check(database).await;
        let people = checked.callers.iter().flat_map(|caller| &caller.people);
        let known: BTreeSet<i64> =
            people.map(|person| person.shown["id"].as_i64().unwrap()).collect();
        assert_eq!(tables::managed_users(database).await, known, "nobody else is there");
        checked
    }

    /// What was done, for people.
    pub(crate) fn summary(&self) -> String {
        let sum = |count: fn(&Caller) -> usize| self.callers.iter().map(count).sum::<usize>();
        format!(
            "{} writes acknowledged, {} cut off, of which {} were written",
            sum(|caller| caller.acknowledged),
            sum(|caller| caller.cut_off),
            sum(|caller| caller.cut_off_but_written),
        )
    }
}

/// The address and username that a client's user gets (MU-3, MU-5).
fn address(local: &str, client: &Client) -> (String, String) {
    (format!("{local}+{}@example.com", client.id), format!("{local}-{}-example-com", client.id))
}

impl Caller {
    async fn act(&mut self) -> Result<(), Cut> {
        let (person, write) = self.choose();
        let Some(answer) = self.send(&person, &write).await else {
            self.cut = Some((person, write));
            return Err(Cut);
        };
        self.acknowledged += 1;
        let revoked =
            matches!(write, Write::ForceRefresh | Write::Delete).then(|| person.access.clone());
        self.acknowledge(person, &write, &answer);
        // Counts for every request that begins after the answer, wherever it goes.
        if let Some(token) = revoked {
            let _ = self.me(&token).await.ok_or(Cut)?.refused(401);
        }
        Ok(())
    }

    /// Two to four people are there, so that nobody lives for long.
    fn choose(&mut self) -> (Person, Write) {
        let choice = match self.people.len() {
            0 | 1 => 0,
            5.. => 9,
            _ => self.rng.random_range(0..10),
        };
        if choice < 2 {
            return self.new_person();
        }
        if choice == 9 {
            return (self.people.remove(0), Write::Delete);
        }
        let person = self.people.swap_remove(self.rng.random_range(0..self.people.len()));
        let write = match choice {
            2..5 => Write::Patch(self.changes()),
            5..8 => Write::Refresh,
            _ => Write::ForceRefresh,
        };
        (person, write)
    }

    fn new_person(&mut self) -> (Person, Write) {
        self.created += 1;
        let number = self.created;
        let mut body = json!({
            "email": format!("{}n{number}@example.com", self.name), "name": format!("Name {number}"), "timeFormat": 24,
            "weekStart": "Monday", "locale": "fr", "bio": format!("Bio {number}"), "metadata": { "number": number },
        });
        if self.rng.random_range(0..4) > 0 {
            body["timeZone"] = json!("Europe/Rome");
        }
        let client = self.rng.random_range(0..self.clients.len());
        (
            Person { client, shown: Value::Null, access: Value::Null, refresh: Value::Null },
            Write::Create(body),
        )
    }

    fn changes(&mut self) -> Value {
        let number: u32 = self.rng.random();
        let mut changes = json!({ "name": format!("Name {number}"), "metadata": { "number": number, "changed": true } });
        match number % 4 {
            0 => changes["timeZone"] = json!("America/New_York"),
            1 => changes["bio"] = Value::Null,
            2 => changes["email"] = json!(format!("{}m{number}@example.com", self.name)),
            _ => changes["weekStart"] = json!("Friday"),
        }
        changes
    }

    fn server(&mut self) -> Endpoint {
        self.servers[self.rng.random_range(0..self.servers.len())].clone()
    }

    /// None when the answer did not arrive.
    async fn me(&mut self, token: &Value) -> Option<Answer> {
        self.server().call("GET", "/v2/me").bearer(token.as_str().unwrap()).try_send().await.ok()
    }

    async fn read(&mut self, person: &Person) -> Answer {
        let client = &Arc::clone(&self.clients)[person.client];
        let path = format!("/v2/oauth-clients/{}/users/{}", client.id, person.shown["id"]);
        self.server().call("GET", &path).secret(&client.secret).send().await
    }

    /// None when the answer did not arrive.
    async fn send(&mut self, person: &Person, write: &Write) -> Option<Answer> {
        let client = &Arc::clone(&self.clients)[person.client];
        let users = format!("/v2/oauth-clients/{}/users", client.id);
        let user = format!("{users}/{}", person.shown["id"]);
        let server = self.server();
        let call = match write {
            Write::Create(body) => server.call("POST", &users).json(body),
            Write::Patch(changes) => server.call("PATCH", &user).json(changes),
            Write::Refresh => server
                .call("POST", &format!("/v2/oauth/{}/refresh", client.id))
                .json(&json!({ "refreshToken": person.refresh })),
            Write::ForceRefresh => server.call("POST", &format!("{user}/force-refresh")),
            Write::Delete => server.call("DELETE", &user),
        };
        call.secret(&client.secret).try_send().await.ok()
    }

    fn acknowledge(&mut self, mut person: Person, write: &Write, answer: &Answer) {
        match write {
            Write::Create(body) => {
                let created = answer.accepted(201);
                self.assert_created(&person, body, &created["user"]);
                person.shown = created["user"].clone();
                person.tokens(created);
            }
            Write::Patch(changes) => {
                assert_eq!(*answer.accepted(200), self.patched(&person, changes));
                person.shown = answer.accepted(200).clone();
            }
            Write::Refresh | Write::ForceRefresh => person.tokens(answer.accepted(200)),
            Write::Delete => {
                assert_eq!(*answer.accepted(200), person.shown);
                self.gone.push(person);
                return;
            }
        }
        self.people.push(person);
    }

    /// Every field of the body is there, and the schedule that goes with a zone.
    fn assert_created(&self, person: &Person, body: &Value, shown: &Value) {
        let (local, _) = body["email"].as_str().unwrap().split_once('@').unwrap();
        let (email, username) = address(local, &self.clients[person.client]);
        let mut expected = body.clone();
        expected["email"] = json!(email);
        expected["username"] = json!(username);
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&shown[field], value, "{field} of {shown}");
        }
        assert_eq!(shown["defaultScheduleId"].is_i64(), body["timeZone"].is_string(), "{shown}");
    }

    fn patched(&self, person: &Person, changes: &Value) -> Value {
        let mut expected = person.shown.clone();
        for (field, value) in changes.as_object().unwrap() {
            expected[field] = value.clone();
        }
        if let Some(email) = changes["email"].as_str() {
            let (local, _) = email.split_once('@').unwrap();
            let (email, username) = address(local, &self.clients[person.client]);
            expected["email"] = json!(email);
            expected["username"] = json!(username);
        }
        expected
    }

    async fn check(&mut self) {
        if let Some((person, write)) = self.cut.take() {
            self.cut_off += 1;
            self.resolve(person, write).await;
        }
        for person in std::mem::take(&mut self.gone) {
            let _ = self.read(&person).await.refused(404);
            let _ = self.me(&person.access).await.unwrap().refused(401);
        }
        let people = std::mem::take(&mut self.people);
        for person in &people {
            assert_eq!(*self.read(person).await.accepted(200), person.shown);
            let me = self.me(&person.access).await.unwrap();
            assert_eq!(me.accepted(200)["id"], person.shown["id"]);
        }
        self.people = people;
    }

    /// Finds out what became of a write whose answer did not arrive. Where it can be
    /// repeated it is, as a customer would.
    async fn resolve(&mut self, mut person: Person, write: Write) {
        match &write {
            Write::Create(body) => {
                let again = self.send(&person, &write).await.unwrap();
                if again.status == 201 {
                    return self.acknowledge(person, &write, &again);
                }
                let (_, id) = again.refused(409).rsplit_once('=').unwrap();
                self.cut_off_but_written += 1;
                person.shown = json!({ "id": id.parse::<i64>().unwrap() });
                let read = self.read(&person).await;
                self.assert_created(&person, body, read.accepted(200));
                person.shown = read.accepted(200).clone();
                let tokens = self.send(&person, &Write::ForceRefresh).await.unwrap();
                person.tokens(tokens.accepted(200));
                self.people.push(person);
            }
            Write::Patch(changes) => {
                let read = self.read(&person).await;
                let read = read.accepted(200);
                if *read != person.shown {
                    assert_eq!(*read, self.patched(&person, changes));
                    self.cut_off_but_written += 1;
                }
                person.shown = read.clone();
                self.people.push(person);
            }
            Write::Refresh => {
                // The old access token stays (TK-13) and the refresh can be repeated (TK-12).
                let _ = self.me(&person.access).await.unwrap().accepted(200);
                let again = self.send(&person, &write).await.unwrap();
                let used = person.refresh.clone();
                person.tokens(again.accepted(200));
                let _ = self.me(&person.access).await.unwrap().accepted(200);
                // The new pair was seen, so now the old token is of no use.
                let new = std::mem::replace(&mut person.refresh, used);
                let _ = self.send(&person, &write).await.unwrap().refused(400);
                person.refresh = new;
                self.people.push(person);
            }
            Write::ForceRefresh => {
                let old = person.access.clone();
                self.cut_off_but_written += usize::from(self.me(&old).await.unwrap().status == 401);
                let again = self.send(&person, &write).await.unwrap();
                self.acknowledge(person, &write, &again);
                let _ = self.me(&old).await.unwrap().refused(401);
            }
            Write::Delete => {
                let read = self.read(&person).await;
                if read.status == 200 {
                    assert_eq!(*read.accepted(200), person.shown);
                    self.people.push(person);
                } else {
                    let _ = read.refused(404);
                    self.cut_off_but_written += 1;
                    self.gone.push(person);
                }
            }
        }
    }
}

impl Person {
    fn tokens(&mut self, pair: &Value) {
        self.access = pair["accessToken"].clone();
        self.refresh = pair["refreshToken"].clone();
    }
}
