//! What a backup looks at, and what it does to those who write.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use slotd_domain::OrganizationId;
use slotd_store::{
    BackupError, Conn, Location, MigrationError, Options, Store, StoreError, UnitOfWork, backup,
    instance, organizations,
};
use slotd_testkit::{Engine, TestDatabase};

fn now() -> Timestamp {
    "2026-03-02T09:15:04.120001Z".parse().unwrap()
}

/// A row of about `megabytes`.
struct Write {
    id: i32,
    megabytes: usize,
}

impl UnitOfWork for Write {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        let name = "x".repeat(self.megabytes << 20);
        let slug = format!("slug-{}", self.id);
        organizations::insert(conn, OrganizationId(self.id), &name, &slug, true, now()).await?;
        Ok(())
    }
}

struct Claim(Vec<u8>);

impl UnitOfWork for Claim {
    type Output = bool;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<bool, StoreError> {
        instance::claim(conn, &self.0, now()).await
    }
}

fn file(options: &Options) -> PathBuf {
    match &options.location {
        Location::Sqlite(path) => path.clone(),
        Location::Postgres(_) => panic!("of SQLite only"),
    }
}

/// A database that holds an instance.
async fn instance() -> (TestDatabase, Store) {
    let database = TestDatabase::start(Engine::Sqlite).await.unwrap();
    let store = database.open();
    assert!(store.write(Claim(instance::seal(store.keyring()))).await.unwrap());
    (database, store)
}

/// Before an upgrade is when a backup is wanted most.
#[tokio::test]
async fn a_database_of_an_older_version_is_backed_up_and_one_of_a_newer_is_not() {
    let (database, store) = instance().await;
    let path = file(&database.options);
    let copy = path.with_file_name("copy.db");
    let change = |sql: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    change("create table kept as select * from schema_migration");
    change("delete from schema_migration where version = 3");
    let made = backup(&database.options, &copy).unwrap();
    assert_eq!(made.pending, ["0003_rate_limits"]);
    assert_eq!(made.bytes, std::fs::metadata(&copy).unwrap().len());
    std::fs::remove_file(&copy).unwrap();

    change("delete from schema_migration; insert into schema_migration select * from kept");
    assert_eq!(backup(&database.options, &copy).unwrap().pending, [""; 0]);
    std::fs::remove_file(&copy).unwrap();
    change("insert into schema_migration (version, name, checksum) values (9999, 'x', 'y')");
    let newer = backup(&database.options, &copy).unwrap_err();
    assert!(
        matches!(newer, BackupError::Migration(MigrationError::FromTheFuture { version: 9999 })),
        "{newer:?}"
    );
    assert!(!copy.exists());
    store.close();
}

#[tokio::test]
async fn a_row_that_refers_to_none_is_damage() {
    let (database, store) = instance().await;
    let path = file(&database.options);
    let sql = "pragma foreign_keys = off;
        insert into membership (id, team_id, user_id, role, accepted, created_at)
        values (1, 4711, 4712, 'OWNER', 1, 0)";
    rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let damaged = backup(&database.options, &path.with_file_name("copy.db")).unwrap_err();
    assert!(damaged.to_string().contains("a row of membership refers to none"), "{damaged}");
    store.close();
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

/// As long as somebody reads one snapshot, the log cannot be written back. Writers
/// must not wait for that, however long the log has become.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_backup_does_not_hold_writers_up() {
    let (mut database, store) = instance().await;
    store.close();
    // Less than a connection waits for a lock.
    database.options.time_out = Duration::from_secs(3);
    let store = database.open();
    let path = file(&database.options);
    let log = path.with_file_name("slotd.db-wal");
    let reader = rusqlite::Connection::open(&path).unwrap();
    let snapshot = "begin; select count(*) from team";
    let first = |sql: &str| reader.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    reader.execute_batch(snapshot).unwrap();
    let before = first("select count(*) from team");
    for id in 1..=20 {
        // The first ones take the log past the size at which the writer helps itself.
        let megabytes = if id <= 4 { 20 } else { 0 };
        store.write(Write { id, megabytes }).await.unwrap();
    }
    assert!(size(&log) > 64 << 20);
    assert_eq!(first("select count(*) from team"), before, "the snapshot is what it was");

    // Once nobody reads it any more the log gets small again.
    reader.execute_batch("commit").unwrap();
    let mut written = 20;
    while size(&log) > 64 << 20 {
        written += 1;
        assert!(written < 80, "{}", size(&log));
        store.write(Write { id: written, megabytes: 4 }).await.unwrap();
    }
    store.close();
}
