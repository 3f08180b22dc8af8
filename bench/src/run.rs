//! One run: databases, servers, and every measurement in turn.

use std::path::{Path, PathBuf};
use std::process::Command;

use slotd_store::{Location, ServerKey};

use crate::figures::Figures;
use crate::fill::{PoolEntry, fill, read_pool};
use crate::report::{self, Process, Row, Size};
use crate::server::{Load, Server};
use crate::timing::{self, Right, Timing};
use crate::{Result, raw_postgres, raw_sqlite};

const SLOTD: &str = "target/release/slotd";
const CALLERS: [usize; 3] = [1, 16, 64];
/// Requests to slotd in the order in which they are measured: reads first,
/// because writes make the database grow.
const KINDS: [&str; 5] = ["get", "me", "list", "refresh", "create"];

/// An engine of slotd, and how a filled database of it is reached.
struct Database {
    engine: &'static str,
    location: Location,
    /// A copy of it, for the limits.
    raw: Location,
    pool_file: PathBuf,
    pool: Vec<PoolEntry>,
    postmaster: Option<u32>,
}

/// Measures everything; `bench/run` has prepared the binaries and the folder.
pub(crate) fn all(seconds: u64, report: &Path, large: bool) -> Result<()> {
    let folder =
        PathBuf::from(std::env::var("SLOTD_BENCH_FOLDER").map_err(|_| "start it with bench/run")?);
    let server = std::env::var("SLOTD_TEST_POSTGRES").map_err(|_| "start it with bench/run")?;
    let key = ServerKey::generate();
    let sizes = if large { &[(1_000, 1), (1_000_000, 10_000)][..] } else { &[(1_000, 1)] };
    let (mut measured, mut timings) = (Vec::new(), Vec::new());
    for (users, clients) in sizes {
        eprintln!("{users} users, {clients} clients");
        let databases = [
            sqlite(&folder, &key, *users, *clients)?,
            postgres(&folder, &server, &key, *users, *clients)?,
        ];
        // Before the load, which makes the databases grow.
        if timings.is_empty() {
            for database in &databases {
                timings.push(database.compare_refusals(&key, seconds)?);
            }
        }
        measured.push(measure(&databases, &key, seconds, *users, *clients)?);
    }
    let binary = std::fs::metadata(folder.join("slotd.stripped"))?.len();
    Ok(std::fs::write(report, report::markdown(&measured, &timings, binary, seconds)?)?)
}

fn sqlite(folder: &Path, key: &ServerKey, users: usize, clients: usize) -> Result<Database> {
    let data = folder.join(format!("sqlite-{users}"));
    std::fs::create_dir(&data)?;
    let (file, raw, pool_file) = (data.join("slotd.db"), data.join("raw.db"), data.join("pool"));
    fill(Location::Sqlite(file.clone()), key, users, clients, &pool_file)?;
    std::fs::copy(&file, &raw)?;
    Ok(Database {
        engine: "SQLite",
        location: Location::Sqlite(file),
        raw: Location::Sqlite(raw),
        pool: read_pool(&pool_file)?,
        pool_file,
        postmaster: None,
    })
}

fn postgres(
    folder: &Path,
    server: &str,
    key: &ServerKey,
    users: usize,
    clients: usize,
) -> Result<Database> {
    let (base, _) = server.rsplit_once('/').ok_or("the server's URL names a database")?;
    let url = |name: &str| format!("{base}/{name}_{users}");
    let pool_file = folder.join(format!("postgres-{users}.pool"));
    execute(server, &format!("create database slotd_{users}"))?;
    fill(Location::Postgres(url("slotd")), key, users, clients, &pool_file)?;
    // Otherwise the server does it by itself in the middle of a measurement.
    execute(&url("slotd"), "vacuum analyze")?;
    execute(server, &format!("create database raw_{users} template slotd_{users}"))?;
    execute(server, "checkpoint")?;
    Ok(Database {
        engine: "PostgreSQL",
        location: Location::Postgres(url("slotd")),
        raw: Location::Postgres(url("raw")),
        pool: read_pool(&pool_file)?,
        pool_file,
        postmaster: Some(postmaster(server)?),
    })
}

#[tokio::main]
async fn execute(url: &str, sql: &str) -> Result<()> {
    Ok(raw_postgres::connect(url).await?.batch_execute(sql).await?)
}

#[tokio::main]
async fn postmaster(url: &str) -> Result<u32> {
    raw_postgres::postmaster(&raw_postgres::connect(url).await?).await
}

impl Database {
    fn start(&self, key: &ServerKey) -> Result<Server> {
        let mut command = Command::new(SLOTD);
        command.args(["serve", "--listen", "127.0.0.1:0"]).env("SLOTD_SECRET_KEY", key.to_text());
        // The limits would be what is measured.
        command.env("SLOTD_RATE_LIMITS", "off");
        match &self.location {
            Location::Sqlite(file) => {
                command.arg("--data-dir").arg(file.parent().ok_or("the file is in a folder")?)
            }
            Location::Postgres(url) => command.arg("--database-url").arg(url),
        };
        let token = &self.pool.first().ok_or("the pool is empty")?.access_token;
        let request = format!(
            "GET /v2/me HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
        );
        Server::start(&mut command, &request, self.postmaster)
    }

    fn compare_refusals(&self, key: &ServerKey, seconds: u64) -> Result<Timing> {
        eprintln!("{}: time of refusals", self.engine);
        let entry = self.pool.first().ok_or("the pool is empty")?;
        // The first start sets the instance up.
        drop(self.start(key)?);
        let app = timing::register_app(self.location.clone(), key, entry.user)?;
        let server = self.start(key)?;
        timing::compare(self.engine, &server, &Right { key, entry, app }, seconds)
    }

    fn raw_create(&self, callers: usize, seconds: u64) -> Result<Figures> {
        match &self.raw {
            Location::Sqlite(file) => raw_sqlite::create(file, callers, seconds),
            Location::Postgres(url) => raw_postgres::create(url, callers, seconds),
        }
    }

    fn raw_read(&self, callers: usize, seconds: u64) -> Result<Figures> {
        match &self.raw {
            Location::Sqlite(file) => raw_sqlite::read(file, &self.pool, callers, seconds),
            Location::Postgres(url) => raw_postgres::read(url, &self.pool, callers, seconds),
        }
    }
}

fn measure(
    databases: &[Database],
    key: &ServerKey,
    seconds: u64,
    users: usize,
    clients: usize,
) -> Result<Size> {
    let mut constant = Command::new(std::env::current_exe()?);
    let request = "GET /constant HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n";
    let constant = Server::start(constant.arg("constant"), request, None)?;
    let mut servers = Vec::new();
    let mut processes = Vec::new();
    for database in databases {
        // The first start sets the instance up.
        drop(database.start(key)?);
        let mut start_ups = Vec::new();
        for _ in 0..4 {
            start_ups.push(database.start(key)?.start_up);
        }
        let server = database.start(key)?;
        start_ups.push(server.start_up);
        start_ups.sort_unstable();
        processes.push(Process {
            engine: database.engine,
            start_up: start_ups[start_ups.len() / 2],
            idle_rss: server.memory("VmRSS")?,
            ..Process::default()
        });
        servers.push(server);
    }

    let mut rows = Vec::new();
    let mut note = |engine: &'static str, what: &'static str, callers, figures: Figures| {
        eprintln!("{engine:10} {what:10} {callers:2} callers: {figures}");
        rows.push(Row { engine, what, callers, figures });
    };
    for (slot, callers) in CALLERS.into_iter().enumerate() {
        let slots = (slot, CALLERS.len());
        let load = |kind, pool| Load {
            kind,
            pool,
            slot: if matches!(kind, "refresh" | "create") { slots } else { (0, 1) },
            callers,
            seconds,
        };
        note("", "constant", callers, constant.load(&load("constant", &databases[0].pool_file))?);
        for (database, server) in databases.iter().zip(&servers) {
            note(database.engine, "raw read", callers, database.raw_read(callers, seconds)?);
            for kind in KINDS {
                if kind == "create" {
                    let figures = database.raw_create(callers, seconds)?;
                    note(database.engine, "raw create", callers, figures);
                }
                note(
                    database.engine,
                    kind,
                    callers,
                    server.load(&load(kind, &database.pool_file))?,
                );
            }
        }
    }
    for (process, server) in processes.iter_mut().zip(&servers) {
        process.loaded_rss = server.memory("VmRSS")?;
        process.peak_rss = server.memory("VmHWM")?;
    }
    Ok(Size { users, clients, rows, processes })
}
