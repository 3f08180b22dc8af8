//! Replacing the server's key.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use slotd_testkit::on_both_engines;

use crate::process::{Done, Place, Server};

const CLOCK: &str = "2026-03-02T09:15:04Z";
const WEBHOOK_SECRET: &str = "the webhook's secret";

fn rotate(place: &Place, arguments: &[&str]) -> Value {
    place.json(&[&["admin", "rotate-key", "--json"], arguments].concat())
}

fn rotate_refused(place: &Place, arguments: &[&str]) -> String {
    place.run(&[&["admin", "rotate-key"], arguments].concat()).refused().to_owned()
}

/// Waits until the servers have moved every secret to the current key.
fn wait_until_moved(place: &Place) {
    while rotate(place, &["--status"])["underOthers"] != 0 {}
}

fn key_lines(place: &Place) -> Vec<String> {
    let path = place.file("slotd-data/secret.key");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

fn with_key(place: &Place, key: &str, arguments: &[&str]) -> Done {
    Done::of(place.command(arguments).env("SLOTD_SECRET_KEY", key))
}

/// What a customer has, and expects to keep.
struct Customer {
    key: String,
    client: String,
    secret: String,
    webhook: String,
    tokens: Vec<(String, Value)>,
}

impl Customer {
    async fn of(server: &Server) -> Self {
        let (client, secret) =
            (server.printed("OAuth client id"), server.printed("OAuth client secret"));
        let path = format!("/v2/oauth-clients/{client}/webhooks");
        let body = json!({
            "subscriberUrl": "https://a.example/", "triggers": ["BOOKING_CREATED"], "active": true, "secret": WEBHOOK_SECRET,
        });
        let webhook = server.call("POST", &path).secret(&secret).json(&body).send().await;
        let webhook = format!("{path}/{}", webhook.accepted(201)["id"].as_str().unwrap());
        Self { key: server.printed("owner's API key"), client, secret, webhook, tokens: Vec::new() }
    }

    async fn create(&mut self, server: &Server) {
        let path = format!("/v2/oauth-clients/{}/users", self.client);
        let body =
            json!({ "email": format!("user{}@example.com", self.tokens.len()), "name": "User" });
        let created = server.call("POST", &path).secret(&self.secret).json(&body).send().await;
        let created = created.accepted(201);
        let access = created["accessToken"].as_str().unwrap().to_owned();
        self.tokens.push((access, created["refreshToken"].clone()));
    }

    async fn refresh(&self, server: &Server, token: &Value) -> Value {
        let path = format!("/v2/oauth/{}/refresh", self.client);
        let body = json!({ "refreshToken": token });
        server
            .call("POST", &path)
            .secret(&self.secret)
            .json(&body)
            .send()
            .await
            .accepted(200)
            .clone()
    }

    /// Everything works at every server, whichever keys it was started with.
    async fn check(&mut self, servers: [&Server; 2]) {
        for server in servers {
            self.create(server).await;
        }
        for server in servers {
            let client = server
                .call("GET", &format!("/v2/oauth-clients/{}", self.client))
                .bearer(&self.key)
                .send()
                .await;
            assert_eq!(client.accepted(200)["secret"], self.secret);
            let webhook = server.call("GET", &self.webhook).secret(&self.secret).send().await;
            assert_eq!(webhook.accepted(200)["secret"], WEBHOOK_SECRET);
            for (access, _) in &self.tokens {
                let _ = server.call("GET", "/v2/me").bearer(access).send().await.accepted(200);
            }
            let forged = format!("{}x", self.tokens[0].0);
            let _ = server.call("GET", "/v2/me").bearer(&forged).send().await.refused(401);
        }
        // A lost answer is repeated to the letter, also by a server with another current key (TK-12).
        for [first, second] in [servers, [servers[1], servers[0]]] {
            let (_, token) = self.tokens.remove(0);
            let answer = self.refresh(first, &token).await;
            assert_eq!(self.refresh(second, &token).await, answer);
            let access = answer["accessToken"].as_str().unwrap().to_owned();
            self.tokens.push((access, answer["refreshToken"].clone()));
        }
    }
}

on_both_engines! {
    /// TK-1, TK-12
    async fn a_key_is_replaced_while_two_servers_are_restarted_one_after_the_other(place: Place) {
        let mut a = place.serve(CLOCK);
        let mut b = place.serve(CLOCK);
        let mut customer = Customer::of(&a).await;
        customer.check([&a, &b]).await;
        let old = key_lines(&place);
        let restart = |server: Server| { server.stop(); place.serve(CLOCK) };

        let added = rotate(&place, &[]);
        assert_eq!(key_lines(&place).len(), 2);
        assert_eq!(key_lines(&place)[0], old[0], "the new key is only known");
        assert!(rotate_refused(&place, &[]).starts_with("a rotation is under way: "));
        assert!(rotate_refused(&place, &["--finish"]).ends_with("is not active: run slotd admin rotate-key --activate first"));
        customer.check([&a, &b]).await;
        a = restart(a);
        customer.check([&a, &b]).await;
        b = restart(b);
        customer.check([&a, &b]).await;

        let activated = rotate(&place, &["--activate"]);
        assert_eq!((&activated["currentKey"], &activated["otherKeys"]), (&added["addedKey"], &added["currentKey"]));
        assert!(rotate_refused(&place, &["--activate"]).ends_with("is active already"));
        customer.check([&a, &b]).await;
        a = restart(a);
        customer.check([&a, &b]).await;
        wait_until_moved(&place);
        // The other one still writes with the old key, which its next start sees to.
        let path = format!("/v2/oauth-clients/{}/webhooks", customer.client);
        let body = json!({ "subscriberUrl": "https://b.example/", "triggers": ["BOOKING_CREATED"], "active": true, "secret": "late" });
        let late = b.call("POST", &path).secret(&customer.secret).json(&body).send().await;
        let late = format!("{path}/{}", late.accepted(201)["id"].as_str().unwrap());
        assert_eq!(rotate(&place, &["--status"])["underOthers"], 1);
        let refused = rotate_refused(&place, &["--finish"]);
        assert!(refused.starts_with("not yet: 1 secrets are under another key than "), "{refused}");
        b = restart(b);
        customer.check([&a, &b]).await;
        wait_until_moved(&place);

        let finished = rotate(&place, &["--finish"]);
        assert_eq!((&finished["currentKey"], &finished["removedKeys"]), (&added["addedKey"], &added["currentKey"]));
        let new = key_lines(&place);
        assert!(new.len() == 1 && new != old);
        customer.check([&a, &b]).await;
        // Among the tokens are some that the old key signed.
        a = restart(a);
        customer.check([&a, &b]).await;
        b = restart(b);
        customer.check([&a, &b]).await;
        for _ in 0..customer.tokens.len() {
            customer.check([&a, &b]).await;
        }
        let late = b.call("GET", &late).secret(&customer.secret).send().await;
        assert_eq!(late.accepted(200)["secret"], "late");
        assert!(with_key(&place, &old[0], &["admin", "create-api-key"]).refused().contains("or its key was replaced since"));
        assert_eq!(rotate(&place, &["--status"])["next"], "nothing: there is one key");
        a.stop();
        b.stop();

        // And once more.
        for step in [&[][..], &["--activate"]] {
            let _ = rotate(&place, step);
        }
        let (a, b) = (place.serve(CLOCK), place.serve(CLOCK));
        customer.check([&a, &b]).await;
        wait_until_moved(&place);
        let _ = rotate(&place, &["--finish"]);
        a.stop();
        b.stop();
        let (a, b) = (place.serve(CLOCK), place.serve(CLOCK));
        customer.check([&a, &b]).await;
        a.stop();
        b.stop();
    }

    async fn a_start_without_one_of_the_keys_says_which_is_missing(place: Place) {
        place.serve(CLOCK).stop();
        let old = key_lines(&place)[0].clone();
        assert_eq!(
            rotate_refused(&place, &["--activate"]),
            "there is no key to activate: add one with slotd admin rotate-key"
        );
        assert_eq!(rotate_refused(&place, &["--finish"]), "there is one key: nothing is to be finished");
        let _ = rotate(&place, &[]);
        // Given up before it was activated: the file is put back.
        let _ = with_key(&place, &old, &["admin", "create-api-key", "--json"]).stdout.parse::<Value>().unwrap();
        let _ = rotate(&place, &["--activate"]);
        let new = key_lines(&place)[0].clone();
        assert!(rotate_refused(&place, &["--finish"]).starts_with("not yet: 1 secrets are under another key"));
        let only_new = with_key(&place, &new, &["serve", "--listen", "127.0.0.1:0"]);
        assert!(only_new.refused().contains("some of its secrets are still under another key, which is not in secret_key"), "{only_new:?}");
        let only_old = with_key(&place, &old, &["serve", "--listen", "127.0.0.1:0"]);
        assert!(only_old.refused().contains("or its key was replaced since"), "{only_old:?}");
        place.serve(CLOCK).stop();
    }

    /// The key file as a crash between database and file leaves it.
    async fn a_crash_in_the_last_step_leaves_it_to_be_repeated(place: Place) {
        place.serve(CLOCK).stop();
        for step in [&[][..], &["--activate"]] {
            let _ = rotate(&place, step);
        }
        let server = place.serve(CLOCK);
        wait_until_moved(&place);
        let both = std::fs::read(place.file("slotd-data/secret.key")).unwrap();
        let _ = rotate(&place, &["--finish"]);
        server.stop();
        std::fs::write(place.file("slotd-data/secret.key"), both).unwrap();
        assert!(rotate_refused(&place, &["--activate"]).ends_with("is active already"));
        place.serve(CLOCK).stop();
        let _ = rotate(&place, &["--finish"]);
        assert_eq!(key_lines(&place).len(), 1);
        place.serve(CLOCK).stop();
    }

    /// Nobody can see that a process was forgotten; what it wrote is not lost.
    async fn what_a_forgotten_process_wrote_is_moved_once_the_old_key_is_back(place: Place) {
        let server = place.serve(CLOCK);
        let customer = Customer::of(&server).await;
        server.stop();
        let _ = rotate(&place, &[]);
        let forgotten = place.serve(CLOCK);
        let _ = rotate(&place, &["--activate"]);
        let server = place.serve(CLOCK);
        wait_until_moved(&place);
        let both = std::fs::read(place.file("slotd-data/secret.key")).unwrap();
        let _ = rotate(&place, &["--finish"]);
        let path = format!("/v2/oauth-clients/{}/webhooks", customer.client);
        let body = json!({ "subscriberUrl": "https://b.example/", "triggers": ["BOOKING_CREATED"], "active": true, "secret": "late" });
        let late = forgotten.call("POST", &path).secret(&customer.secret).json(&body).send().await;
        let late = format!("{path}/{}", late.accepted(201)["id"].as_str().unwrap());
        forgotten.stop();
        server.stop();
        let status = place.run(&["admin", "rotate-key", "--status"]);
        assert!(status.stdout.contains("unreadable       1\n"), "{status:?}");
        assert!(status.stderr.contains("webhook.secret") && !status.stderr.contains("late"), "{status:?}");

        std::fs::write(place.file("slotd-data/secret.key"), both).unwrap();
        let server = place.serve(CLOCK);
        wait_until_moved(&place);
        let _ = rotate(&place, &["--finish"]);
        server.stop();
        let server = place.serve(CLOCK);
        let late = server.call("GET", &late).secret(&customer.secret).send().await;
        assert_eq!(late.accepted(200)["secret"], "late");
        server.stop();
    }

    /// A key that slotd cannot write down is replaced by whoever sets it.
    async fn a_key_in_a_setting_is_replaced_by_hand(place: Place) {
        let old = "B".repeat(42) + "A";
        let serve = |key: &str| {
            let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--clock", CLOCK]);
            command.env("SLOTD_SECRET_KEY", key);
            Server::start(command, &place)
        };
        let rotate = |key: &str, step: &[&str]| with_key(&place, key, &[&["admin", "rotate-key"], step].concat());
        let first = serve(&old);
        let (client, secret) = (first.printed("OAuth client id"), first.printed("OAuth client secret"));
        first.stop();
        let printed = rotate(&old, &[]);
        assert!(printed.refused().starts_with("nothing was changed, because the key comes from secret_key. "), "{printed:?}");
        let new = printed.stdout.trim();
        let known = format!("{old},{new}");
        serve(&known).stop();
        assert!(rotate(&known, &["--activate"]).refused().contains("put the last key first"));
        let active = format!("{new},{old}");
        let server = serve(&active);
        let moved = || rotate(&active, &["--status"]).stdout.lines().any(|line| line.split_whitespace().eq(["underOthers", "0"]));
        while !moved() {}
        let finished = rotate(&active, &["--finish"]);
        assert!(finished.stdout.contains("set secret_key to its first key alone"), "{finished:?}");
        server.stop();
        let server = serve(new);
        let users = server.call("GET", &format!("/v2/oauth-clients/{client}/users")).secret(&secret).send().await;
        assert_eq!(users.accepted(200), &json!([]));
        server.stop();
        assert!(!place.file("slotd-data/secret.key").exists());
    }
}

/// The embedded default makes the file private; a copy may be less so.
#[cfg(unix)]
#[tokio::test]
async fn a_key_file_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::start(slotd_testkit::Engine::Sqlite).await.unwrap();
    let warned = || {
        let done = place.run(&["admin", "list-sessions"]);
        assert!(done.status.success(), "{done:?}");
        done.stderr.contains("can be read by others than its owner")
    };
    warned();
    assert!(!warned());
    let open = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(place.file("slotd-data/secret.key"), open).unwrap();
    assert!(warned());
}
