//! One run: databases, servers, and every measurement in turn.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use slotd_store::{Location, ServerKey};

use crate::figures::Figures;
use crate::fill::{Amount, fill};
use crate::operations::{Limit, OPERATIONS, Operation, Request};
use crate::pool::{self, PoolEntry};
use crate::report::{self, Flood, Process, Row, Size, What};
use crate::server::{Load, Server};
use crate::timing::{self, Right, Timing};
use crate::{Result, raw_postgres, raw_sqlite};

const SLOTD: &str = "target/release/slotd";
const CALLERS: [usize; 3] = [1, 16, 64];

/// An engine of slotd, and how a filled database of it is reached.
struct Database {
    engine: &'static str,
    location: Location,
    /// A copy of it, for the limits.
    raw: Location,
    pool_file: PathBuf,
    pool: Arc<[PoolEntry]>,
    postmaster: Option<u32>,
}

/// Measures everything; `bench/run` has prepared the binaries and the folder.
pub(crate) fn all(seconds: u64, report: &Path, sizes: &[Amount], only: &[String]) -> Result<()> {
    let folder =
        PathBuf::from(std::env::var("SLOTD_BENCH_FOLDER").map_err(|_| "start it with bench/run")?);
    let server = std::env::var("SLOTD_TEST_POSTGRES").map_err(|_| "start it with bench/run")?;
    let key = ServerKey::generate();
    let is_wanted = |operation: &&Operation| {
        only.is_empty() || only.iter().any(|name| operation.name.starts_with(name.as_str()))
    };
    let operations: Vec<&'static Operation> = OPERATIONS.iter().filter(is_wanted).collect();
    let (mut measured, mut timings) = (Vec::new(), Vec::new());
    for amount in sizes.iter().copied() {
        eprintln!("{amount}");
        let databases = [sqlite(&folder, &key, amount)?, postgres(&folder, &server, &key, amount)?];
        // Before the load, which makes the databases grow.
        if timings.is_empty() && only.is_empty() {
            for database in &databases {
                timings.push(database.compare_refusals(&key, seconds)?);
            }
        }
        measured.push(measure(&databases, &operations, &key, seconds, amount)?);
    }
    let binary = std::fs::metadata(folder.join("slotd.stripped"))?.len();
    Ok(std::fs::write(report, report::markdown(&measured, &timings, binary, seconds)?)?)
}

fn sqlite(folder: &Path, key: &ServerKey, amount: Amount) -> Result<Database> {
    let data = folder.join(format!("sqlite-{}", amount.users));
    std::fs::create_dir(&data)?;
    let (file, raw, pool_file) = (data.join("slotd.db"), data.join("raw.db"), data.join("pool"));
    fill(Location::Sqlite(file.clone()), key, amount, &pool_file)?;
    std::fs::copy(&file, &raw)?;
    Ok(Database {
        engine: "SQLite",
        location: Location::Sqlite(file),
        raw: Location::Sqlite(raw),
        pool: pool::read(&pool_file)?.into(),
        pool_file,
        postmaster: None,
    })
}

fn postgres(folder: &Path, server: &str, key: &ServerKey, amount: Amount) -> Result<Database> {
    let users = amount.users;
    let (base, _) = server.rsplit_once('/').ok_or("the server's URL names a database")?;
    let url = |name: &str| format!("{base}/{name}_{users}");
    let pool_file = folder.join(format!("postgres-{users}.pool"));
    raw_postgres::execute(server, &format!("create database slotd_{users}"))?;
    fill(Location::Postgres(url("slotd")), key, amount, &pool_file)?;
    // Otherwise the server does it by itself in the middle of a measurement.
    raw_postgres::execute(&url("slotd"), "vacuum analyze")?;
    raw_postgres::execute(server, &format!("create database raw_{users} template slotd_{users}"))?;
    raw_postgres::execute(server, "checkpoint")?;
    Ok(Database {
        engine: "PostgreSQL",
        location: Location::Postgres(url("slotd")),
        raw: Location::Postgres(url("raw")),
        pool: pool::read(&pool_file)?.into(),
        pool_file,
        postmaster: Some(postmaster(server)?),
    })
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

    /// Two operations at once.
    fn flood(&self, server: &Server, seconds: u64) -> Result<Flood> {
        let operation = |name: &str| OPERATIONS.iter().find(|known| known.name == name);
        let (slots, hold) = operation("slots 30 days, 50 booked")
            .zip(operation("reservation create"))
            .ok_or("the operations of the flood are known")?;
        let load = |operation: &Operation, callers, pace| {
            let (request, slot) = (operation.request, operation.part);
            server.load(&Load { request, pool: &self.pool_file, slot, callers, seconds, pace })
        };
        let (reads, holds) = std::thread::scope(|scope| {
            let holds = scope.spawn(|| load(hold, 1, None));
            // 64 callers who wait so long ask some 2,500 times a second.
            let reads = load(slots, 64, Some(23));
            (reads, holds.join().map_err(|_| "the other load panicked"))
        });
        let (reads, holds) = (reads?, holds??);
        eprintln!("{}: {reads} while {holds}", self.engine);
        hold.leaves.map_or(Ok(()), |left| self.remove(left))?;
        Ok(Flood { engine: self.engine, reads, holds })
    }

    /// Removes what an operation left, in both copies: lists keep their length, and
    /// nobody gets more than slotd allows.
    fn remove(&self, (table, condition): (&str, &str)) -> Result<()> {
        for location in [&self.location, &self.raw] {
            match location {
                Location::Sqlite(file) => raw_sqlite::remove(file, table, condition)?,
                Location::Postgres(url) => {
                    raw_postgres::execute(url, &format!("delete from {table} where {condition}"))?;
                    raw_postgres::execute(url, &format!("vacuum {table}"))?;
                }
            }
        }
        Ok(())
    }
}

/// Starts the server of constant answers: to each operation that is compared with one,
/// what a server of slotd answers. None when there is no such operation.
fn constant_answers(
    operations: &[&'static Operation],
    folder: &Path,
    server: &Server,
    entry: &PoolEntry,
) -> Result<Option<Server>> {
    let Some(first) = operations.first() else { return Ok(None) };
    std::fs::create_dir_all(folder)?;
    for operation in operations {
        let body = server.ask(&operation.request.text(entry))?;
        std::fs::write(folder.join(operation.slug()), body)?;
    }
    let mut command = Command::new(std::env::current_exe()?);
    let path = format!("/{}", first.slug());
    let request = Request { method: "GET", path: &path, headers: &[], body: "" };
    Server::start(command.arg("constant").arg(folder), &request.text(entry), None).map(Some)
}

fn measure(
    databases: &[Database],
    operations: &[&'static Operation],
    key: &ServerKey,
    seconds: u64,
    amount: Amount,
) -> Result<Size> {
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

    let first = databases.first().ok_or("nothing is measured")?;
    let entry = first.pool.first().ok_or("the pool is empty")?;
    let answers = first.pool_file.with_extension("answers");
    let is_compared =
        |operation: &&'static Operation| matches!(operation.limit, Some(Limit::Constant(_)));
    let compared: Vec<_> = operations.iter().copied().filter(is_compared).collect();
    let constant = constant_answers(&compared, &answers, &servers[0], entry)?;

    let mut rows = Vec::new();
    let mut note = |engine: &'static str, what: What, callers, figures: Figures| {
        eprintln!("{engine:10} {what:22} {callers:2} callers: {figures}");
        rows.push(Row { engine, what, callers, figures });
    };
    // Reads first, because writes make the database grow.
    let (reads, writes): (Vec<_>, Vec<_>) =
        operations.iter().copied().partition(|operation| operation.request.method == "GET");
    for (slot, callers) in CALLERS.into_iter().enumerate() {
        let load = |request: Request<'_>, part, server: &Server, pool: &Path| {
            let slot = if request.uses_tokens_up() { (slot, CALLERS.len()) } else { part };
            server.load(&Load { request, pool, slot, callers, seconds, pace: None })
        };
        for operation in compared.iter().copied() {
            let Some(constant) = &constant else { break };
            let path = format!("/{}", operation.slug());
            let request = Request { method: "GET", path: &path, headers: &[], body: "" };
            let figures = load(request, (0, 1), constant, &first.pool_file)?;
            note("", What::Constant(operation), callers, figures);
        }
        for (database, server) in databases.iter().zip(&servers) {
            for operation in reads.iter().chain(&writes).copied() {
                if let Some(raw) = &operation.raw {
                    let pool = pool::part(&database.pool, operation.part);
                    let figures =
                        raw.measure(&database.raw, &pool, operation.engine, callers, seconds)?;
                    note(database.engine, What::Raw(operation), callers, figures);
                }
                let (request, part) = (operation.request, operation.part);
                let figures = load(request, part, server, &database.pool_file)?;
                note(database.engine, What::Slotd(operation), callers, figures);
                operation.leaves.map_or(Ok(()), |left| database.remove(left))?;
            }
        }
    }
    let mut floods = Vec::new();
    for (database, server) in databases.iter().zip(&servers) {
        floods.push(database.flood(server, seconds * 4)?);
    }
    for (process, server) in processes.iter_mut().zip(&servers) {
        process.loaded_rss = server.memory("VmRSS")?;
        process.peak_rss = server.memory("VmHWM")?;
    }
    Ok(Size { amount, rows, floods, processes })
}
