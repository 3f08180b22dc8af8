//! `kill -9` while callers write. `scripts/soak` makes many more rounds.

use std::process::Stdio;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use slotd_testkit::on_both_engines;

use crate::booking_load::{self, Desk};
use crate::load::{Load, seed};
use crate::process::{Place, Server};
use crate::tables;

const CALLERS: usize = 16;

fn rounds() -> u32 {
    std::env::var("SLOTD_SOAK_CRASHES").map_or(20, |rounds| rounds.parse().unwrap())
}

/// Kills a process somewhere in its start. The instants are chance, so there is
/// nothing to wait for but time.
fn kill_while_it_starts(place: &Place, rng: &mut StdRng) {
    let mut starting =
        place.unlimited().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_micros(rng.random_range(0..60_000)));
    starting.kill().unwrap();
    let _status = starting.wait().unwrap();
}

on_both_engines! {
    /// MU-12, MU-13, MU-14, MU-38, MU-41, TK-12, TK-13: what was acknowledged is there
    /// after a crash, what was not is there as a whole or not at all, and nobody whose
    /// refresh was cut off is locked out.
    async fn no_acknowledged_write_is_lost_when_the_process_is_killed(place: Place) {
        let mut rng = StdRng::seed_from_u64(seed());
        let server = Server::start(place.unlimited(), &place);
        let mut load = Load::new(&server, CALLERS, &mut rng).await;
        server.kill();
        for round in 0..rounds() {
            if round % 4 == 3 {
                kill_while_it_starts(&place, &mut rng);
            }
            let server = Server::start(place.unlimited(), &place);
            let running = load.start(&[&server], usize::MAX);
            // Half of the crashes come right after the start.
            let limit = if round % 2 == 0 { 30_000 } else { 300_000 };
            tokio::time::sleep(Duration::from_micros(rng.random_range(0..limit))).await;
            server.kill();
            load = Load::end(running).await;

            let dead = tables::connections(&place).await;
            let server = Server::start(place.unlimited(), &place);
            let database = tables::open(&place).await;
            tables::wait_for_the_end_of(&dead, &database).await;
            load = load.check(&[&server], &database).await;
            server.kill();
        }
        eprintln!("{} crashes: {}", rounds(), load.summary());
    }

    /// Section 25, points 1, 2, 4 and 9: a booking, a move or a cancellation that was
    /// acknowledged is there after a crash, with its history and with what must happen
    /// because of it; what was not is there as a whole or not at all. Whoever had a key
    /// sends the request again and gets the answer that was lost.
    async fn no_acknowledged_booking_is_lost_when_the_process_is_killed(place: Place) {
        let mut rng = StdRng::seed_from_u64(seed());
        let server = Server::start(place.unlimited(), &place);
        let path = format!("/v2/oauth-clients/{}/users", server.printed("OAuth client id"));
        let managed = json!({ "email": "host@example.com", "name": "Host" });
        let secret = server.printed("OAuth client secret");
        let managed = server.call("POST", &path).secret(&secret).json(&managed).send().await;
        let token = managed.accepted(201)["accessToken"].as_str().unwrap();
        let desks = vec![
            Desk::open(&server, &server.printed("owner's API key")).await,
            Desk::open(&server, token).await,
        ];
        let mut load = booking_load::Load::new(desks, CALLERS, &mut rng);
        server.kill();
        for round in 0..rounds() {
            let server = Server::start(place.unlimited(), &place);
            let running = load.start(&[&server], usize::MAX);
            // Answers come as fast as the machine is; the last instants are chance.
            load.answers(rng.random_range(0..if round % 2 == 0 { 4 } else { 24 })).await;
            tokio::time::sleep(Duration::from_micros(rng.random_range(0..20_000))).await;
            server.kill();
            load.end(running).await;

            let dead = tables::connections(&place).await;
            let server = Server::start(place.unlimited(), &place);
            let database = tables::open(&place).await;
            tables::wait_for_the_end_of(&dead, &database).await;
            load.check(&database).await;
            load.send_again(&server.endpoint()).await;
            load.check(&database).await;
            server.kill();
        }
        eprintln!("{} crashes: {}", rounds(), load.summary());
    }

    /// A first start that is killed leaves nothing that stops the next one, and
    /// never two instances.
    async fn a_first_start_that_is_killed_can_be_repeated(place: Place) {
        let mut rng = StdRng::seed_from_u64(seed());
        for _ in 0..8 {
            kill_while_it_starts(&place, &mut rng);
        }
        let server = Server::start(place.unlimited(), &place);
        // The credentials may have been made by a process that never got to print them.
        let key = place.json(&["admin", "create-api-key", "--json"]);
        let key = key["apiKey"].as_str().unwrap();
        let body = json!({ "name": "A", "redirectUris": [], "permissions": ["*"] });
        let _ = server.call("POST", "/v2/oauth-clients").bearer(key).json(&body).send().await.accepted(201);
        tables::check(&tables::open(&place).await).await;
        server.stop();
    }
}
