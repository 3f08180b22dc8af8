//! One run: databases, servers, and every measurement in turn.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use slotd_store::{Location, ServerKey};

use crate::figures::Figures;
use crate::fill::{Amount, fill};
use crate::operations::{OPERATIONS, Operation, Request};
use crate::pool::{self, PoolEntry};
use crate::report::{self, Process, Row, Size, Together, What};
use crate::server::{Load, Server};
use crate::timing::{self, Right, Timing};
use crate::{Result, raw_postgres, raw_sqlite};

const SLOTD: &str = "target/release/slotd";
const CALLERS: [usize; 3] = [1, 16, 64];
/// What others read while bookings are made.
const READ_BESIDE: &str = "slots 30 days, 50 booked";

/// A filled database. Raw work is done on it as well.
struct Database {
    engine: &'static str,
    location: Location,
    /// From nothing to being filled.
    filled: Duration,
    pool_file: PathBuf,
    pool: Arc<[PoolEntry]>,
    postmaster: Option<u32>,
}

/// What runs use.
struct Bench {
    folder: PathBuf,
    /// URL of a PostgreSQL server.
    server: String,
    key: ServerKey,
    operations: Vec<&'static Operation>,
    seconds: u64,
}

/// Measures everything; `bench/run` has prepared the binaries and the folder.
pub(crate) fn all(
    seconds: u64,
    report: &Path,
    sizes: &[Amount],
    only: &[String],
    engine: Option<&str>,
) -> Result<()> {
    let folder = std::env::var("SLOTD_BENCH_FOLDER").map_err(|_| "start it with bench/run")?;
    let server = std::env::var("SLOTD_TEST_POSTGRES").map_err(|_| "start it with bench/run")?;
    let is_wanted = |operation: &&Operation| {
        only.is_empty() || only.iter().any(|name| operation.name.starts_with(name.as_str()))
    };
    let operations = OPERATIONS.iter().filter(is_wanted).collect();
    let key = ServerKey::generate();
    let bench = Bench { folder: folder.into(), server, key, operations, seconds };
    let (mut measured, mut timings) = (Vec::new(), Vec::new());
    for amount in sizes.iter().copied() {
        eprintln!("{amount}");
        let mut size = Size::of(amount);
        // One after the other, because large ones need a lot of disk.
        for name in ["SQLite", "PostgreSQL"] {
            if engine.is_some_and(|only| only != name) {
                continue;
            }
            let database = match name {
                "SQLite" => bench.sqlite(amount)?,
                _ => bench.postgres(amount)?,
            };
            eprintln!("{}: filled in {:.0} s", database.engine, database.filled.as_secs_f64());
            // Before the load, which makes the database grow.
            if measured.is_empty() && only.is_empty() {
                timings.push(database.compare_refusals(&bench)?);
            }
            database.measure(&bench, &mut size)?;
            bench.discard(&database)?;
        }
        measured.push(size);
    }
    let binary = std::fs::metadata(bench.folder.join("slotd.stripped"))?.len();
    Ok(std::fs::write(report, report::markdown(&measured, &timings, binary, seconds)?)?)
}

impl Bench {
    fn sqlite(&self, amount: Amount) -> Result<Database> {
        let started = Instant::now();
        let data = self.folder.join("sqlite");
        std::fs::create_dir(&data)?;
        let (file, pool_file) = (data.join("slotd.db"), data.join("pool"));
        let location = Location::Sqlite(file);
        fill(&location, &self.key, amount, &pool_file)?;
        Ok(Database {
            engine: "SQLite",
            location,
            filled: started.elapsed(),
            pool: pool::read(&pool_file)?.into(),
            pool_file,
            postmaster: None,
        })
    }

    fn postgres(&self, amount: Amount) -> Result<Database> {
        let started = Instant::now();
        let (base, _) = self.server.rsplit_once('/').ok_or("the server's URL names a database")?;
        let url = format!("{base}/slotd_bench");
        let pool_file = self.folder.join("postgres.pool");
        raw_postgres::execute(&self.server, "create database slotd_bench")?;
        let location = Location::Postgres(url.clone());
        fill(&location, &self.key, amount, &pool_file)?;
        // Otherwise the server does it by itself in the middle of a measurement.
        raw_postgres::execute(&url, "vacuum analyze")?;
        raw_postgres::execute(&url, "checkpoint")?;
        Ok(Database {
            engine: "PostgreSQL",
            location,
            filled: started.elapsed(),
            pool: pool::read(&pool_file)?.into(),
            pool_file,
            postmaster: Some(postmaster(&self.server)?),
        })
    }

    /// Removes a database, so that the next one finds room.
    fn discard(&self, database: &Database) -> Result<()> {
        match &database.location {
            Location::Sqlite(_) => Ok(std::fs::remove_dir_all(self.folder.join("sqlite"))?),
            Location::Postgres(_) => {
                raw_postgres::execute(&self.server, "drop database slotd_bench with (force)")
            }
        }
    }
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

    fn compare_refusals(&self, bench: &Bench) -> Result<Timing> {
        eprintln!("{}: time of refusals", self.engine);
        let entry = self.pool.first().ok_or("the pool is empty")?;
        // The first start sets the instance up.
        drop(self.start(&bench.key)?);
        let app = timing::register_app(self.location.clone(), &bench.key, entry.user)?;
        let server = self.start(&bench.key)?;
        timing::compare(self.engine, &server, &Right { key: &bench.key, entry, app }, bench.seconds)
    }

    /// Starts the server as often as the median needs. The last one stays.
    fn start_up(&self, key: &ServerKey) -> Result<(Server, Process)> {
        // The first start sets the instance up.
        drop(self.start(key)?);
        let mut start_ups = Vec::new();
        for _ in 0..4 {
            start_ups.push(self.start(key)?.start_up);
        }
        let server = self.start(key)?;
        start_ups.push(server.start_up);
        start_ups.sort_unstable();
        let process = Process {
            engine: self.engine,
            filled: self.filled,
            disk: self.disk()?,
            start_up: start_ups[start_ups.len() / 2],
            idle_rss: server.memory("VmRSS")?,
            ..Process::default()
        };
        Ok((server, process))
    }

    /// Bytes that it takes.
    fn disk(&self) -> Result<u64> {
        match &self.location {
            Location::Sqlite(file) => Ok(std::fs::metadata(file)?.len()),
            Location::Postgres(url) => raw_postgres::size(url),
        }
    }

    /// All measurements. Those of constant answers are made for the first database alone.
    fn measure(&self, bench: &Bench, size: &mut Size) -> Result<()> {
        let (server, mut process) = self.start_up(&bench.key)?;
        let compared =
            |operation: &&Operation| operation.limit.is_some() && operation.request.method == "GET";
        let compared: Vec<_> = bench.operations.iter().copied().filter(compared).collect();
        let constant = if size.rows.is_empty() {
            constant_answers(&compared, &bench.folder.join("answers"), &server, &self.pool)?
        } else {
            None
        };
        let mut note = |engine: &'static str, what: What, callers, figures: Figures| {
            eprintln!("{engine:10} {what:24} {callers:2} callers: {figures}");
            size.rows.push(Row { engine, what, callers, figures });
        };
        // Reads first, because writes make the database grow.
        let (reads, writes): (Vec<_>, Vec<_>) =
            bench.operations.iter().copied().partition(|known| known.request.method == "GET");
        let (pool, seconds) = (self.pool_file.as_path(), bench.seconds);
        for (slot, callers) in CALLERS.into_iter().enumerate() {
            let load = |request: Request<'_>, part, server: &Server| {
                let slot = if request.uses_tokens_up() { (slot, CALLERS.len()) } else { part };
                server.load(&Load { request, pool, slot, callers, seconds, pace: None })
            };
            for operation in compared.iter().copied() {
                let Some(constant) = &constant else { break };
                let path = format!("/{}", operation.slug());
                let request = Request { method: "GET", path: &path, headers: &[], body: "" };
                let figures = load(request, (0, 1), constant)?;
                note("", What::Constant(operation), callers, figures);
            }
            for operation in reads.iter().chain(&writes).copied() {
                if let Some(raw) = &operation.raw {
                    let pool = pool::part(&self.pool, operation.part);
                    let engine = operation.engine;
                    let figures = raw.measure(&self.location, &pool, engine, callers, seconds)?;
                    note(self.engine, What::Raw(operation), callers, figures);
                    self.remove(operation.leaves)?;
                }
                let figures = load(operation.request, operation.part, &server)?;
                note(self.engine, What::Slotd(operation), callers, figures);
                self.remove(operation.leaves)?;
            }
        }
        size.floods.push(self.flood(&server, seconds * 4)?);
        if let Some(most) = size.most_bookings(self.engine) {
            let busy = self.busy(&server, most, seconds * 4)?;
            size.busy.push(busy);
        }
        process.loaded_rss = server.memory("VmRSS")?;
        process.peak_rss = server.memory("VmHWM")?;
        size.processes.push(process);
        Ok(())
    }

    /// Slots are read while somebody makes holds, as fast as it goes.
    fn flood(&self, server: &Server, seconds: u64) -> Result<Together> {
        // 64 callers who wait so long ask some 2,500 times a second.
        let reads = (64, Some(23));
        self.together(server, reads, ("reservation create", 1, None), seconds)
    }

    /// Slots are read while bookings are made half as fast as it goes.
    fn busy(&self, server: &Server, most: &Figures, seconds: u64) -> Result<Together> {
        // 64 callers, of whom each waits for the answer and then for the rest of its turn.
        let turn = Duration::from_secs_f64(64.0 / (most.per_second() / 2.0));
        let pace = turn.saturating_sub(most.p50).as_millis().try_into()?;
        let bookings = ("booking create", 64, Some(pace));
        self.together(server, (16, Some(15)), bookings, seconds)
    }

    /// Two operations at once: how many callers, and how many milliseconds they wait.
    fn together(
        &self,
        server: &Server,
        (callers, pace): (usize, Option<u64>),
        (writes, others, others_pace): (&str, usize, Option<u64>),
        seconds: u64,
    ) -> Result<Together> {
        let (reads, writes) = Operation::named(READ_BESIDE)
            .zip(Operation::named(writes))
            .ok_or("the operations are known")?;
        let load = |operation: &Operation, callers, pace| {
            let (request, slot) = (operation.request, operation.part);
            server.load(&Load { request, pool: &self.pool_file, slot, callers, seconds, pace })
        };
        let (read, written) = std::thread::scope(|scope| {
            let written = scope.spawn(|| load(writes, others, others_pace));
            let read = load(reads, callers, pace);
            (read, written.join().map_err(|_| "the other load panicked"))
        });
        let (read, written) = (read?, written??);
        eprintln!("{}: {read} while {}: {written}", self.engine, writes.name);
        self.remove(writes.leaves)?;
        Ok(Together { engine: self.engine, read, written })
    }

    /// Removes what an operation left: lists keep their length, nobody gets more than slotd
    /// allows, and times are free again.
    fn remove(&self, leaves: &[(&str, &str)]) -> Result<()> {
        if leaves.is_empty() {
            return Ok(());
        }
        match &self.location {
            Location::Sqlite(file) => raw_sqlite::remove(file, leaves),
            Location::Postgres(url) => {
                for (table, condition) in leaves {
                    raw_postgres::execute(url, &format!("delete from {table} where {condition}"))?;
                    raw_postgres::execute(url, &format!("vacuum {table}"))?;
                }
                Ok(())
            }
        }
    }
}

/// Starts the server of constant answers: to each operation that is compared with one,
/// what a server of slotd answers. None when there is no such operation.
fn constant_answers(
    operations: &[&'static Operation],
    folder: &Path,
    server: &Server,
    pool: &[PoolEntry],
) -> Result<Option<Server>> {
    let Some(first) = operations.first() else { return Ok(None) };
    std::fs::create_dir_all(folder)?;
    for operation in operations {
        let entry = pool.get(operation.part.0).ok_or("the pool is too small")?;
        let body = server.ask(&operation.request.text(entry))?;
        std::fs::write(folder.join(operation.slug()), body)?;
    }
    let mut command = Command::new(std::env::current_exe()?);
    let request =
        format!("GET /{} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n", first.slug());
    Server::start(command.arg("constant").arg(folder), &request, None).map(Some)
}
