//! `slotd backup` and what can be done with the copy.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use slotd_testkit::Engine;

use crate::process::{Done, Place, Server};

const CLOCK: &str = "2026-03-02T09:15:04Z";

/// A server whose callers may make as many requests as they like.
fn serve(place: &Place) -> Server {
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--clock", CLOCK]);
    command.env("SLOTD_RATE_LIMITS", "off");
    Server::start(command, place)
}

/// Fails unless the command failed with a sentence and made nothing.
#[track_caller]
fn refused(done: &Done, folder: &Path) -> String {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let drafts: Vec<_> =
        names.filter(|name| name.to_string_lossy().contains("slotd-backup")).collect();
    assert!(drafts.is_empty(), "{drafts:?}");
    done.refused().to_owned()
}

/// Creates users until it is told to stop, and returns the answers.
async fn create_users(server: Arc<Server>, name: usize, stop: Arc<AtomicBool>) -> Vec<Value> {
    let users = format!("/v2/oauth-clients/{}/users", server.printed("OAuth client id"));
    let secret = server.printed("OAuth client secret");
    let mut created = Vec::new();
    while !stop.load(Ordering::Acquire) {
        let email = format!("user-{name}-{}@example.com", created.len());
        let body = json!({ "email": email, "name": "User", "timeZone": "Europe/Rome" });
        let answer = server.call("POST", &users).secret(&secret).json(&body).send().await;
        created.push(answer.accepted(201).clone());
    }
    created
}

/// What is acknowledged before the backup begins is in the copy, and what is in the
/// copy is whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_busy_server_has_every_user_acknowledged_before_and_none_by_half() {
    let place = Arc::new(Place::start(Engine::Sqlite).await.unwrap());
    let server = Arc::new(serve(&place));
    let (users, secret) = (
        format!("/v2/oauth-clients/{}/users", server.printed("OAuth client id")),
        server.printed("OAuth client secret"),
    );
    let stop = Arc::new(AtomicBool::new(true));
    let mut before = Vec::new();
    for name in 0..40 {
        let body = json!({ "email": format!("before-{name}@example.com"), "name": "User", "timeZone": "Europe/Rome" });
        let answer = server.call("POST", &users).secret(&secret).json(&body).send().await;
        before.push(answer.accepted(201).clone());
    }
    stop.store(false, Ordering::Release);
    let callers: Vec<_> = (0..8)
        .map(|name| tokio::spawn(create_users(Arc::clone(&server), name, Arc::clone(&stop))))
        .collect();
    let copying = Arc::clone(&place);
    let done = tokio::task::spawn_blocking(move || copying.run(&["backup", "copy.db"])).await;
    let done = done.unwrap();
    stop.store(true, Ordering::Release);
    let mut meanwhile = Vec::new();
    for caller in callers {
        meanwhile.extend(caller.await.unwrap());
    }
    assert!(done.status.success(), "{done:?}");
    assert!(meanwhile.len() >= 8, "the server was busy");

    let copy = place.file("copy.db");
    let file = std::fs::metadata(&copy).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(lines[0], format!("wrote copy.db ({} bytes)", file.len()));
    assert!(lines[1].contains("back up slotd-data/secret.key too"), "{done:?}");
    assert_eq!((lines.len(), done.stderr.as_str()), (2, ""));

    // The original goes on and has them all.
    for user in before.iter().chain(&meanwhile) {
        let _ = me(&server, user).await.accepted(200);
    }
    let restored_place = Place::start(Engine::Sqlite).await.unwrap();
    let data = restored_place.file("slotd-data");
    std::fs::create_dir(&data).unwrap();
    std::fs::rename(&copy, data.join("slotd.db")).unwrap();
    std::fs::copy(place.file("slotd-data/secret.key"), data.join("secret.key")).unwrap();
    let restored = serve(&restored_place);
    assert_eq!(restored.greeting, "", "it is no new instance");
    for user in &before {
        assert_eq!(me(&restored, user).await.accepted(200)["id"], user["user"]["id"]);
    }
    let mut kept = 0;
    for user in &meanwhile {
        let path = format!("{users}/{}", user["user"]["id"]);
        let read = restored.call("GET", &path).secret(&secret).send().await;
        let of_token = me(&restored, user).await;
        let refresh = format!("/v2/oauth/{}/refresh", client_of(&users));
        let body = json!({ "refreshToken": user["refreshToken"] });
        let refreshed = restored.call("POST", &refresh).secret(&secret).json(&body).send().await;
        if read.status == 200 {
            kept += 1;
            assert_eq!(read.accepted(200), &user["user"]);
            let _ = refreshed.accepted(200);
            let profile = of_token.accepted(200);
            assert_eq!(profile["defaultScheduleId"], user["user"]["defaultScheduleId"]);
            let default = json!({ "defaultScheduleId": profile["defaultScheduleId"] });
            let schedule = restored.call("PATCH", "/v2/me").bearer(token(user)).json(&default);
            let _ = schedule.send().await.accepted(200);
        } else {
            let _ = read.refused(404);
            let _ = of_token.refused(401);
            let _ = refreshed.refused(400);
        }
    }
    let listed = list_all(&restored, &users, &secret).await;
    assert_eq!(listed.len(), before.len() + kept, "nobody but those acknowledged");
    Arc::into_inner(server).unwrap().stop();
    restored.stop();
}

fn token(user: &Value) -> &str {
    user["accessToken"].as_str().unwrap()
}

async fn me(server: &Server, user: &Value) -> slotd_testkit::Answer {
    server.call("GET", "/v2/me").bearer(token(user)).send().await
}

fn client_of(users: &str) -> &str {
    users.split('/').nth(3).unwrap()
}

async fn list_all(server: &Server, users: &str, secret: &str) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let path = format!("{users}?limit=250&offset={}", all.len());
        let page = server.call("GET", &path).secret(secret).send().await;
        let page = page.accepted(200).as_array().unwrap().clone();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[tokio::test]
async fn a_backup_of_nothing_is_refused_and_makes_no_instance() {
    let place = Place::start(Engine::Sqlite).await.unwrap();
    let folder = place.file("");
    let done = place.run(&["backup", "copy.db"]);
    let sentence = "there is no database slotd-data/slotd.db to back up";
    assert_eq!(refused(&done, &folder), sentence);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "nothing was made");

    assert!(place.run(&["migrate"]).status.success());
    let done = place.run(&["backup", "copy.db"]);
    let sentence = "the database slotd-data/slotd.db holds no instance of slotd yet";
    assert_eq!(refused(&done, &folder), sentence);
    assert!(!place.file("copy.db").exists());
}

#[tokio::test]
async fn a_backup_overwrites_nothing_and_needs_its_folder() {
    let place = Place::start(Engine::Sqlite).await.unwrap();
    assert!(place.run(&["admin", "create-api-key"]).status.success());
    let folder = place.file("");
    std::fs::write(place.file("precious"), "text").unwrap();
    std::os::unix::fs::symlink("nowhere", place.file("link")).unwrap();
    for there in ["precious", "link", "slotd-data", "slotd-data/slotd.db"] {
        let sentence = format!("{there} is there already: a backup overwrites nothing");
        assert_eq!(refused(&place.run(&["backup", there]), &folder), sentence);
    }
    assert_eq!(std::fs::read_to_string(place.file("precious")).unwrap(), "text");
    let nowhere = place.run(&["backup", "nowhere/copy.db"]);
    let sentence = "there is no folder nowhere to write the backup to";
    assert_eq!(refused(&nowhere, &folder), sentence);

    // Of many at once for one name, one gets it, whole.
    let runs: Vec<Done> = std::thread::scope(|scope| {
        let run = || place.run(&["backup", "copy.db"]);
        let running: Vec<_> = (0..6).map(|_| scope.spawn(run)).collect();
        running.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let (made, late): (Vec<_>, Vec<_>) = runs.iter().partition(|done| done.status.success());
    assert_eq!(made.len(), 1, "{runs:?}");
    for done in late {
        let sentence = "copy.db is there already: a backup overwrites nothing";
        assert_eq!(refused(done, &folder), sentence);
    }
    let data = place.file("restored");
    std::fs::create_dir(&data).unwrap();
    std::fs::rename(place.file("copy.db"), data.join("slotd.db")).unwrap();
    std::fs::copy(place.file("slotd-data/secret.key"), data.join("secret.key")).unwrap();
    let done = place.run(&["admin", "create-api-key", "--data-dir", "restored"]);
    assert!(done.status.success() && !done.stderr.contains("first start"), "{done:?}");
}

#[tokio::test]
async fn a_damaged_database_gives_no_backup() {
    let place = Place::start(Engine::Sqlite).await.unwrap();
    assert!(place.run(&["admin", "create-api-key"]).status.success());
    let database = place.file("slotd-data/slotd.db");
    let whole = std::fs::read(&database).unwrap();
    let refuses = |bytes: &[u8]| {
        std::fs::write(&database, bytes).unwrap();
        let done = place.run(&["backup", "copy.db"]);
        let sentence = refused(&done, &place.file(""));
        assert!(
            sentence.starts_with("the database is damaged, the backup was not kept: "),
            "{done:?}"
        );
        assert!(!place.file("copy.db").exists());
    };
    // Every page but the first, which holds the header and the list of tables.
    let mut bytes = whole.clone();
    bytes[4_096..].fill(0xAB);
    refuses(&bytes);
    // The last entry of an index, which copying does not look at.
    let mut bytes = whole.clone();
    let is_index = |page: &&mut [u8]| page[0] == 0x0A && page[3..5] != [0, 0];
    let index = bytes.chunks_mut(4_096).find(is_index).unwrap();
    index[4_080..].fill(0);
    refuses(&bytes);
    refuses(b"something else altogether");
    std::fs::write(&database, whole).unwrap();
    assert!(place.run(&["backup", "copy.db"]).status.success());
}

#[tokio::test]
async fn a_key_that_is_set_is_named_as_it_is_set() {
    let place = Place::start(Engine::Sqlite).await.unwrap();
    let with_key = |arguments: &[&str]| {
        Done::of(place.command(arguments).env("SLOTD_SECRET_KEY", "A".repeat(43)))
    };
    assert!(with_key(&["admin", "create-api-key"]).status.success());
    let done = with_key(&["backup", "copy.db"]);
    assert!(done.stdout.contains("back up secret_key too"), "{done:?}");
    assert!(!done.stdout.contains("AAAA"));
}

#[tokio::test]
async fn on_postgresql_a_backup_names_the_tool_for_it() {
    let place = Place::start(Engine::Sqlite).await.unwrap();
    let url = "postgres://nobody@localhost/asked-for-nothing";
    let done = place.run(&["backup", "copy.db", "--database-url", url]);
    assert!(refused(&done, &place.file("")).ends_with("in PostgreSQL: use pg_dump"), "{done:?}");
}

/// The way back that the help of the command describes, after the worst end.
#[tokio::test]
async fn a_backup_put_in_place_of_a_database_brings_back_what_was_then() {
    let place = Place::start(Engine::Sqlite).await.unwrap();
    let server = serve(&place);
    let users = format!("/v2/oauth-clients/{}/users", server.printed("OAuth client id"));
    let secret = server.printed("OAuth client secret");
    let create = async |email: &str| {
        let body = json!({ "email": email, "name": "User" });
        let answer = server.call("POST", &users).secret(&secret).json(&body).send().await;
        answer.accepted(201).clone()
    };
    let (kept, changed) = (create("kept@example.com").await, create("changed@example.com").await);
    assert!(place.run(&["backup", "copy.db"]).status.success());
    let late = create("late@example.com").await;
    let path = format!("{users}/{}", changed["user"]["id"]);
    let _ = server.call("DELETE", &path).secret(&secret).send().await.accepted(200);
    server.signal("KILL");
    let _ = server.wait();

    assert!(place.file("slotd-data/slotd.db-wal").exists(), "it did not come to closing it");
    std::fs::rename(place.file("copy.db"), place.file("slotd-data/slotd.db")).unwrap();
    std::fs::remove_file(place.file("slotd-data/slotd.db-wal")).unwrap();
    std::fs::remove_file(place.file("slotd-data/slotd.db-shm")).unwrap();
    let server = serve(&place);
    for user in [&kept, &changed] {
        let _ = me(&server, user).await.accepted(200);
    }
    let _ = me(&server, &late).await.refused(401);
    let body = json!({ "email": "new@example.com", "name": "New" });
    let new = server.call("POST", &users).secret(&secret).json(&body).send().await;
    let _ = me(&server, new.accepted(201)).await.accepted(200);
    server.stop();
}
