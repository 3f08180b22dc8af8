use slotd_store::{Location, Options, ServerKey, Store};
use tempfile::TempDir;
use tokio_postgres::NoTls;
use uuid::Uuid;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// A fresh, migrated database.
pub struct TestDatabase {
    /// How to open it again.
    pub options: Options,
    /// The key it was set up with.
    pub key: ServerKey,
    /// Removed when the test ends.
    _folder: Option<TempDir>,
}

impl TestDatabase {
    /// Makes a database; none when there is no PostgreSQL to make one in.
    pub async fn start(engine: Engine) -> Option<Self> {
        let (location, folder) = match engine {
            Engine::Sqlite => {
                let folder = TempDir::new().unwrap();
                (Location::Sqlite(folder.path().join("slotd.db")), Some(folder))
            }
            Engine::Postgres => (Location::Postgres(new_postgres_database().await?), None),
        };
        let options = Options::new(location);
        slotd_store::migrate(&options, false).await.unwrap();
        Some(Self { options, key: ServerKey::generate(), _folder: folder })
    }

    /// Opens the database.
    #[must_use]
    pub fn open(&self) -> Store {
        Store::open(&self.options, &self.key.clone().into()).unwrap()
    }

    /// Runs one or more statements beside every open store.
    pub async fn run_sql(&self, sql: &str) {
        match &self.options.location {
            Location::Sqlite(path) => {
                rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
            }
            Location::Postgres(url) => run_on_postgres(url, sql).await,
        }
    }

    /// Ends all connections to a PostgreSQL database and removes it.
    pub async fn remove_from_postgres(&self) {
        let Location::Postgres(url) = &self.options.location else { panic!("this is SQLite") };
        let (_, name) = url.rsplit_once('/').unwrap();
        let server = std::env::var("SLOTD_TEST_POSTGRES").unwrap();
        run_on_postgres(&server, &format!("drop database {name} with (force)")).await;
    }
}

/// Makes an empty database on the PostgreSQL server of the tests and returns its
/// URL; none when there is no such server.
pub async fn new_postgres_database() -> Option<String> {
    let Ok(server) = std::env::var("SLOTD_TEST_POSTGRES") else {
        assert!(
            std::env::var("CI").is_err(),
            "SLOTD_TEST_POSTGRES is not set: in CI no test may skip PostgreSQL"
        );
        eprintln!(
            "SKIPPED on PostgreSQL: SLOTD_TEST_POSTGRES is not set (scripts/postgres run -- …)"
        );
        return None;
    };
    let name = format!("test_{}", Uuid::new_v4().simple());
    run_on_postgres(&server, &format!("create database {name}")).await;
    let (base, _) = server.rsplit_once('/').unwrap();
    Some(format!("{base}/{name}"))
}

async fn run_on_postgres(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}
