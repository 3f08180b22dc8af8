//! What the store counts about itself.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::task::Poll;

use jiff::Timestamp;
use prometheus::TextEncoder;
use slotd_domain::OrganizationId;
use slotd_store::{Conn, Store, StoreError, UnitOfWork, organizations};
use slotd_testkit::{Engine, TestDatabase, on_both_engines};
use tokio::sync::{oneshot, watch};

fn now() -> Timestamp {
    "2026-03-02T09:15:04.120001Z".parse().unwrap()
}

/// A line of the text format.
#[track_caller]
fn value(store: &Store, name: &str) -> f64 {
    let text = TextEncoder::new().encode_to_string(&store.metrics()).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} in {text}")).parse().unwrap()
}

#[track_caller]
fn assert_values(store: &Store, expected: &[(&str, f64)]) {
    for (name, expected) in expected {
        let found = value(store, name);
        assert!((found - expected).abs() < f64::EPSILON, "{name} is {found}, not {expected}");
    }
}

/// Starts a future: runs it up to where it waits for the first time.
async fn start<F: Future>(mut future: std::pin::Pin<&mut F>) {
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Pending => Poll::Ready(()),
        Poll::Ready(_) => panic!("it waits for nothing"),
    })
    .await;
}

struct Insert(i32);

impl UnitOfWork for Insert {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        let slug = format!("slug-{}", self.0);
        organizations::insert(conn, OrganizationId(self.0), "Name", &slug, true, now()).await
    }
}

on_both_engines! {
    async fn every_commit_is_timed(database: TestDatabase) {
        let store = database.open();
        assert_values(&store, &[("slotd_database_commit_seconds_count", 0.0)]);
        store.write(Insert(1)).await.unwrap();
        store.write(Insert(2)).await.unwrap();
        assert_values(&store, &[("slotd_database_commit_seconds_count", 2.0)]);
        assert!(value(&store, "slotd_database_commit_seconds_sum") > 0.0);
    }

    async fn connections_in_use_and_those_who_wait_for_one_are_counted(database: TestDatabase) {
        let mut database = database;
        database.options.connections = 1;
        let store = database.open();
        let in_use = r#"slotd_database_connections{state="in_use"}"#;
        let idle = r#"slotd_database_connections{state="idle"}"#;
        drop(store.read().await.unwrap());
        assert_values(&store, &[(in_use, 0.0), (idle, 1.0), ("slotd_database_waiting", 0.0)]);
        let first = store.read().await.unwrap();
        assert_values(&store, &[(in_use, 1.0), (idle, 0.0), ("slotd_database_waiting", 0.0)]);
        {
            let mut second = pin!(store.read());
            start(second.as_mut()).await;
            assert_values(&store, &[("slotd_database_waiting", 1.0)]);
            drop(first);
            let second = second.await.unwrap();
            assert_values(&store, &[(in_use, 1.0), ("slotd_database_waiting", 0.0)]);
            let mut given_up = Box::pin(store.read());
            start(given_up.as_mut()).await;
            drop(given_up);
            drop(second);
        }
        assert_values(&store, &[(in_use, 0.0), (idle, 1.0), ("slotd_database_waiting", 0.0)]);
    }
}

/// Keeps the writer busy until it is released.
struct Busy {
    running: Mutex<Option<oneshot::Sender<()>>>,
    released: Mutex<mpsc::Receiver<()>>,
}

impl UnitOfWork for Busy {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, _: &Conn) -> Result<(), StoreError> {
        self.running.lock().unwrap().take().unwrap().send(()).unwrap();
        self.released.lock().unwrap().recv().unwrap();
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_writers_queue_and_the_size_of_its_groups_are_shown() {
    let database = TestDatabase::start(Engine::Sqlite).await.unwrap();
    let store = database.open();
    let (running, is_running) = oneshot::channel();
    let (release, released) = mpsc::channel();
    let busy = Busy { running: Mutex::new(Some(running)), released: Mutex::new(released) };
    let (mut busy, mut one, mut two) =
        (pin!(store.write(busy)), pin!(store.write(Insert(1))), pin!(store.write(Insert(2))));
    start(busy.as_mut()).await;
    is_running.await.unwrap();
    assert_values(&store, &[("slotd_sqlite_queue_depth", 0.0)]);
    start(one.as_mut()).await;
    start(two.as_mut()).await;
    assert_values(&store, &[("slotd_sqlite_queue_depth", 2.0)]);
    release.send(()).unwrap();
    busy.await.unwrap();
    one.await.unwrap();
    two.await.unwrap();
    assert_values(
        &store,
        &[
            ("slotd_sqlite_queue_depth", 0.0),
            ("slotd_sqlite_group_size_count", 1.0),
            ("slotd_sqlite_group_size_sum", 3.0),
            ("slotd_database_commit_seconds_count", 1.0),
        ],
    );
    assert!(value(&store, "slotd_sqlite_wal_bytes") > 0.0);
}

/// Inserts a slug, waits until its rival has inserted another, and then wants that
/// one. When it is run again it gives in.
struct Rival {
    id: i32,
    slugs: [&'static str; 2],
    inserted: watch::Sender<bool>,
    awaited: watch::Receiver<bool>,
    was_run: AtomicBool,
}

impl UnitOfWork for Rival {
    type Output = &'static str;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<&'static str, StoreError> {
        if self.was_run.swap(true, Ordering::Relaxed) {
            return Ok("gave in");
        }
        let [first, second] = self.slugs;
        organizations::insert(conn, OrganizationId(self.id), "Name", first, true, now()).await?;
        self.inserted.send_replace(true);
        self.awaited.clone().wait_for(|inserted| *inserted).await.unwrap();
        organizations::insert(conn, OrganizationId(self.id + 1), "Name", second, true, now())
            .await?;
        Ok("won")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_run_again_after_a_deadlock_is_counted() {
    let Some(database) = TestDatabase::start(Engine::Postgres).await else { return };
    let store = database.open();
    assert_values(&store, &[("slotd_postgres_retries_total", 0.0)]);
    let (a_inserted, a_is_inserted) = watch::channel(false);
    let (b_inserted, b_is_inserted) = watch::channel(false);
    let rival = |id, slugs, inserted, awaited| {
        store.write(Rival { id, slugs, inserted, awaited, was_run: AtomicBool::new(false) })
    };
    let (a, b) = tokio::join!(
        rival(1, ["a", "b"], a_inserted, b_is_inserted),
        rival(11, ["b", "a"], b_inserted, a_is_inserted)
    );
    let mut ends = [a.unwrap(), b.unwrap()];
    ends.sort_unstable();
    assert_eq!(ends, ["gave in", "won"]);
    assert_values(&store, &[("slotd_postgres_retries_total", 1.0)]);
}
