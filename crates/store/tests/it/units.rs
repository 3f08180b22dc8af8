//! Units of work: all or nothing, whatever happens in the middle.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use jiff::Timestamp;
use slotd_domain::OrganizationId;
use slotd_store::{
    Conn, Constraint, Location, MigrationError, Options, Sequence, ServerKey, Store, StoreError,
    UnitOfWork, audit, organizations,
};
use slotd_testkit::{Engine, TestDatabase, new_postgres_database, on_both_engines};
use tokio::sync::watch;

fn now() -> Timestamp {
    "2026-03-02T09:15:04.120001Z".parse().unwrap()
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    Well,
    Refused,
    Panic,
    Swallowed,
    Twice,
}

/// Writes an organization and then ends in one of several ways.
struct Write {
    id: i32,
    slug: String,
    end: End,
}

impl Write {
    fn new(id: i32, end: End) -> Self {
        Self { id, slug: format!("slug-{id}"), end }
    }
}

#[derive(Debug)]
enum Outcome {
    Refused,
    Store(StoreError),
}

impl From<StoreError> for Outcome {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl UnitOfWork for Write {
    type Output = ();
    type Error = Outcome;

    async fn run(&self, conn: &Conn) -> Result<(), Outcome> {
        organizations::insert(conn, OrganizationId(self.id), "Name", &self.slug, true, now())
            .await?;
        match self.end {
            End::Well => Ok(()),
            End::Refused => Err(Outcome::Refused),
            End::Panic => panic!("on purpose"),
            End::Swallowed => {
                // A primary key that exists: the transaction is lost, whatever the unit says.
                let again = organizations::insert(
                    conn,
                    OrganizationId(self.id),
                    "Name",
                    "other",
                    true,
                    now(),
                )
                .await;
                assert!(again.is_err());
                Ok(())
            }
            End::Twice => {
                conn.commit_with(organizations::insert(
                    conn,
                    OrganizationId(self.id),
                    "Name",
                    "other",
                    true,
                    now(),
                ))
                .await?;
                Ok(())
            }
        }
    }
}

async fn exists(store: &Store, id: i32) -> bool {
    let conn = store.read().await.unwrap();
    organizations::is_platform(&conn, OrganizationId(id)).await.unwrap().is_some()
}

on_both_engines! {
    async fn a_unit_that_ends_well_is_kept(database: TestDatabase) {
        let store = database.open();
        store.write(Write::new(1, End::Well)).await.unwrap();
        assert!(exists(&store, 1).await);
        store.close();
        assert!(exists(&database.open(), 1).await, "also after the store was closed and opened again");
    }

    /// MU-12
    async fn a_unit_that_does_not_end_well_leaves_nothing(database: TestDatabase) {
        let store = database.open();
        assert!(matches!(store.write(Write::new(1, End::Refused)).await, Err(Outcome::Refused)));
        assert!(matches!(
            store.write(Write::new(2, End::Panic)).await,
            Err(Outcome::Store(StoreError::Panicked(text))) if text == "on purpose"
        ));
        assert!(matches!(
            store.write(Write::new(3, End::Swallowed)).await,
            Err(Outcome::Store(StoreError::Aborted))
        ));
        assert!(matches!(
            store.write(Write::new(4, End::Twice)).await,
            Err(Outcome::Store(StoreError::Constraint(Constraint::Other(_))))
        ));
        for id in 1..=4 {
            assert!(!exists(&store, id).await, "{id}");
        }
        store.write(Write::new(5, End::Well)).await.unwrap();
        assert!(exists(&store, 5).await, "the store goes on");
    }

    async fn good_and_bad_units_that_share_a_commit_do_not_touch_one_another(database: TestDatabase) {
        let store = Arc::new(database.open());
        let mut writers = tokio::task::JoinSet::new();
        for id in 1..=120 {
            let store = Arc::clone(&store);
            writers.spawn(async move {
                let end = match id % 4 { 0 => End::Refused, 1 => End::Panic, 2 => End::Swallowed, _ => End::Well };
                (id, end, store.write(Write::new(id, end)).await.is_ok())
            });
        }
        while let Some(written) = writers.join_next().await {
            let (id, end, is_ok) = written.unwrap();
            assert_eq!(is_ok, end == End::Well, "{id}");
            assert_eq!(exists(&store, id).await, end == End::Well, "{id}");
        }
    }

    async fn a_broken_rule_of_the_schema_is_a_variant(database: TestDatabase) {
        struct Orphan;
        impl UnitOfWork for Orphan {
            type Output = u64;
            type Error = StoreError;
            async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
                let nobody = slotd_domain::UserId(99);
                organizations::insert_profile(conn, OrganizationId(1), nobody, "uid", "name", now()).await
            }
        }

        let store = database.open();
        store.write(Write { slug: "same".to_owned(), ..Write::new(1, End::Well) }).await.unwrap();
        let again = store.write(Write { slug: "same".to_owned(), ..Write::new(2, End::Well) }).await;
        assert!(matches!(again, Err(Outcome::Store(StoreError::Constraint(Constraint::TeamSlug)))), "{again:?}");
        assert!(matches!(store.write(Orphan).await, Err(StoreError::BrokenReference)));
    }

    async fn ids_of_several_stores_never_collide_and_start_small(database: TestDatabase) {
        let stores = [Arc::new(database.open()), Arc::new(database.open())];
        let mut takers = tokio::task::JoinSet::new();
        for taker in 0..8 {
            let store = Arc::clone(&stores[taker % 2]);
            takers.spawn(async move {
                let mut ids = Vec::new();
                for _ in 0..200 {
                    ids.push(store.next_id(Sequence::User).await.unwrap());
                }
                ids
            });
        }
        let mut all = BTreeSet::new();
        while let Some(ids) = takers.join_next().await {
            for id in ids.unwrap() {
                assert!(all.insert(id), "{id} was given out twice");
            }
        }
        assert_eq!((all.len(), all.first()), (1_600, Some(&1)));
        assert!(*all.last().unwrap() < 10_000);
    }

    /// TY-4: what is stored is what is read, to the microsecond.
    async fn instants_and_json_come_back_as_they_were(database: TestDatabase) {
        struct Entry(serde_json::Value);
        impl UnitOfWork for Entry {
            type Output = u64;
            type Error = StoreError;
            async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
                organizations::insert(conn, OrganizationId(1), "Ü \u{1F600}", "s", true, now()).await?;
                audit::insert(conn, "id", Some(OrganizationId(1)), None, "action", &self.0, now()).await
            }
        }

        let store = database.open();
        let json = serde_json::json!({ "z": 1, "a": [null, true, 0.5, -9_007_199_254_740_993_i64, "ü\"\\"] });
        store.write(Entry(json.clone())).await.unwrap();
        let conn = store.read().await.unwrap();
        let entries = audit::of_organization(&conn, OrganizationId(1), 1).await.unwrap();
        assert_eq!(entries[0].1.to_string(), json.to_string(), "keys keep their order");
    }

    async fn migrations_are_applied_once_by_whoever_comes_first(database: TestDatabase) {
        let mut starters = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let options = database.options.clone();
            starters.spawn(async move { slotd_store::migrate(&options, false).await });
        }
        while let Some(applied) = starters.join_next().await {
            assert_eq!(applied.unwrap().unwrap(), Vec::<String>::new());
        }
        assert_eq!(slotd_store::migrate(&database.options, true).await.unwrap(), Vec::<String>::new());
    }

    async fn a_closed_store_answers_that_it_is_closed(database: TestDatabase) {
        let store = database.open();
        store.write(Write::new(1, End::Well)).await.unwrap();
        store.close();
        assert!(matches!(store.write(Write::new(2, End::Well)).await, Err(Outcome::Store(StoreError::Closed))));
        assert!(matches!(store.read().await, Err(StoreError::Closed)));
    }

    /// Another process, such as `slotd admin`, writes beside this one.
    async fn two_stores_write_beside_one_another(database: TestDatabase) {
        let stores = [Arc::new(database.open()), Arc::new(database.open())];
        let written = Arc::new(AtomicU32::new(0));
        let mut writers = tokio::task::JoinSet::new();
        for id in 1..=60 {
            let store = &stores[usize::from(id % 2 == 0)];
            let (store, written) = (Arc::clone(store), Arc::clone(&written));
            writers.spawn(async move {
                store.write(Write::new(id, End::Well)).await.unwrap();
                written.fetch_add(1, Ordering::Relaxed);
            });
        }
        while let Some(writer) = writers.join_next().await {
            writer.unwrap();
        }
        assert_eq!(written.load(Ordering::Relaxed), 60);
        for id in 1..=60 {
            assert!(exists(&stores[0], id).await, "{id}");
        }
    }
}

async fn migrate_at_once(location: Location) {
    let options = Options::new(location);
    let mut starters = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let options = options.clone();
        starters.spawn(async move { slotd_store::migrate(&options, false).await });
    }
    let mut applied = Vec::new();
    while let Some(names) = starters.join_next().await {
        applied.extend(names.unwrap().unwrap());
    }
    assert_eq!(applied.first().map(String::as_str), Some("0001_foundation"));
    let count = applied.len();
    applied.sort();
    applied.dedup();
    assert_eq!(applied.len(), count, "each is applied once");
    assert!(Store::open(&options, &ServerKey::generate().into()).unwrap().read().await.is_ok());
}

/// Processes that start together on an empty database.
#[tokio::test(flavor = "multi_thread")]
async fn races_of_migrations_apply_each_once_on_sqlite() {
    let folder = tempfile::TempDir::new().unwrap();
    migrate_at_once(Location::Sqlite(folder.path().join("slotd.db"))).await;
}

/// Processes that start together on an empty database.
#[tokio::test(flavor = "multi_thread")]
async fn races_of_migrations_apply_each_once_on_postgres() {
    if let Some(url) = new_postgres_database().await {
        migrate_at_once(Location::Postgres(url)).await;
    }
}

/// A future that is looked at again only after many others were: its answer may be
/// there for long before.
struct Late<F> {
    inner: Pin<Box<F>>,
    polls: u32,
}

impl<F: Future> Late<F> {
    fn new(inner: F) -> Self {
        Self { inner: Box::pin(inner), polls: 0 }
    }
}

impl<F: Future> Future for Late<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.polls += 1;
        // At the first poll its statement is sent.
        if (2..2_000).contains(&self.polls) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.inner.as_mut().poll(context)
    }
}

/// Statements that go out together, of which the first fails.
struct Together;

impl UnitOfWork for Together {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        tokio::try_join!(
            biased;
            Late::new(organizations::insert(conn, OrganizationId(2), "Name", "slug-1", true, now())),
            organizations::insert(conn, OrganizationId(3), "Name", "slug-3", true, now()),
        )
        .map(drop)
    }
}

on_both_engines! {
    /// What the failure of a statement does to those behind it is not told in its place.
    async fn the_cause_of_a_failure_is_told_and_not_what_follows_from_it(database: TestDatabase) {
        let store = database.open();
        store.write(Write::new(1, End::Well)).await.unwrap();
        let refused = store.write(Together).await;
        assert!(matches!(refused, Err(StoreError::Constraint(Constraint::TeamSlug))), "{refused:?}");
        assert!(!exists(&store, 3).await);
    }
}

/// Holds a row that it has inserted until it is released.
struct Hold {
    inserted: watch::Sender<bool>,
    released: watch::Receiver<bool>,
}

impl UnitOfWork for Hold {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        organizations::insert(conn, OrganizationId(1), "Name", "slug-1", true, now()).await?;
        self.inserted.send_replace(true);
        self.released.clone().wait_for(|released| *released).await.unwrap();
        Ok(())
    }
}

/// A lock of another process is waited for up to the time-out, and no longer.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_answer_is_given_up() {
    let Some(mut database) = TestDatabase::start(Engine::Postgres).await else { return };
    let patient = Arc::new(database.open());
    database.options.time_out = Duration::from_millis(200);
    let hasty = database.open();

    let (inserted, mut is_inserted) = watch::channel(false);
    let (release, released) = watch::channel(false);
    let hold = Hold { inserted, released };
    let holder = tokio::spawn({
        let patient = Arc::clone(&patient);
        async move { patient.write(hold).await }
    });
    is_inserted.wait_for(|inserted| *inserted).await.unwrap();
    // Waits for the row that the holder has inserted; the server ends the wait.
    let blocked = hasty.write(Write::new(1, End::Well)).await;
    assert!(matches!(blocked, Err(Outcome::Store(StoreError::TimedOut))), "{blocked:?}");
    release.send_replace(true);
    holder.await.unwrap().unwrap();
    assert!(exists(&hasty, 1).await, "what was held up is there");
}

#[tokio::test]
async fn an_edited_or_newer_migration_stops_the_start() {
    let database = TestDatabase::start(Engine::Sqlite).await.unwrap();
    let slotd_store::Location::Sqlite(path) = &database.options.location else {
        unreachable!("this is SQLite")
    };
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute("insert into schema_migration values (999, 'later', 'x')", []).unwrap();
    let newer = slotd_store::migrate(&database.options, false).await;
    assert!(matches!(newer, Err(MigrationError::FromTheFuture { version: 999 })));
    connection.execute("delete from schema_migration where version = 999", []).unwrap();
    connection.execute("update schema_migration set checksum = 'x' where version = 1", []).unwrap();
    let edited = slotd_store::migrate(&database.options, false).await;
    assert!(matches!(edited, Err(MigrationError::Changed { version: 1 })));
}
