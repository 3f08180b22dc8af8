//! `bench/RESULTS.md`.

use std::fmt::{self, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use slotd_http::Clock;

use crate::Result;
use crate::figures::{Figures, count, millis};
use crate::fill::Amount;
use crate::operations::{Limit, OPERATIONS, Operation};
use crate::timing::{self, Timing};

/// What a line of a table is about.
#[derive(Clone, Copy)]
pub(crate) enum What {
    /// The constant answer with the body of an operation.
    Constant(&'static Operation),
    /// The raw work of an operation.
    Raw(&'static Operation),
    /// An operation of slotd.
    Slotd(&'static Operation),
}

impl What {
    /// Where it stands in a table: raw work before its operation.
    fn position(self) -> (Option<usize>, bool) {
        let (Self::Constant(operation) | Self::Raw(operation) | Self::Slotd(operation)) = self;
        let position = OPERATIONS.iter().position(|known| known.name == operation.name);
        (position, matches!(self, Self::Slotd(_)))
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(operation) => f.pad(&format!("constant {}", operation.name)),
            Self::Raw(operation) => f.pad(&format!("raw {}", operation.name)),
            Self::Slotd(operation) => f.pad(operation.name),
        }
    }
}

/// One line of a table.
pub(crate) struct Row {
    /// Empty for the constant answers.
    pub(crate) engine: &'static str,
    pub(crate) what: What,
    pub(crate) callers: usize,
    pub(crate) figures: Figures,
}

/// What is known of a server as a whole. Memory in KiB.
#[derive(Default)]
pub(crate) struct Process {
    pub(crate) engine: &'static str,
    /// How long its database took to make.
    pub(crate) filled: Duration,
    /// Bytes of its database then.
    pub(crate) disk: u64,
    pub(crate) start_up: Duration,
    pub(crate) idle_rss: u64,
    pub(crate) loaded_rss: u64,
    pub(crate) peak_rss: u64,
}

/// All figures with one size of the database.
pub(crate) struct Size {
    pub(crate) amount: Amount,
    pub(crate) rows: Vec<Row>,
    /// While somebody makes holds.
    pub(crate) floods: Vec<Together>,
    /// While bookings are made half as fast as it goes.
    pub(crate) busy: Vec<Together>,
    pub(crate) processes: Vec<Process>,
}

/// What was reached of slots and of another operation at once.
pub(crate) struct Together {
    pub(crate) engine: &'static str,
    pub(crate) read: Figures,
    pub(crate) written: Figures,
}

impl Size {
    pub(crate) fn of(amount: Amount) -> Self {
        Self {
            amount,
            rows: Vec::new(),
            floods: Vec::new(),
            busy: Vec::new(),
            processes: Vec::new(),
        }
    }

    /// The bookings of an engine at 16 callers, if they were measured.
    pub(crate) fn most_bookings(&self, engine: &str) -> Option<&Figures> {
        self.find(engine, What::Slotd(Operation::named("booking create")?), 16)
    }

    fn find(&self, engine: &str, what: What, callers: usize) -> Option<&Figures> {
        let is_it = |row: &&Row| {
            row.engine == engine
                && row.what.to_string() == what.to_string()
                && row.callers == callers
        };
        self.rows.iter().find(is_it).map(|row| &row.figures)
    }

    /// The limit of a row, its kind, and the budget as a share of it.
    fn limit(&self, row: &Row) -> Option<(&Figures, &'static str, Option<f64>)> {
        let What::Slotd(operation) = row.what else { return None };
        let (engine, what, kind, budget) = match operation.limit? {
            Limit::Constant(budget) => ("", What::Constant(operation), "constant", budget),
            Limit::Raw(budget) => (row.engine, What::Raw(operation), "raw", budget),
        };
        self.find(engine, what, row.callers).map(|figures| (figures, kind, budget))
    }

    /// The rate of a read that does its raw work and then gives the constant answer.
    fn raw_and_constant(&self, row: &Row) -> Option<f64> {
        let What::Slotd(operation) = row.what else { return None };
        let raw = self.find(row.engine, What::Raw(operation), row.callers)?.per_second();
        let constant = self.find("", What::Constant(operation), row.callers)?.per_second();
        Some(raw * constant / (raw + constant))
    }
}

const METHOD: &str = "\
Written by `bench/run`; not edited by hand.

- Load: wrk on the same machine, one thread per caller up to two, closed loop, no warm-up. It shares the cores with what
  it measures, so absolute figures say little: look at the ratios. Reads are limited most by that, because the load
  generator does about as much for a request as the server. Other work on the machine makes all figures noisy.
- A refused or failed request fails the run.
- p50 and p99 of wrk are corrected for requests that a slow answer kept from being sent; those of the raw limits are not.
- Users in whose names requests are made, 2,000 at most, have one schedule (a weekly range) and 100 event types (two locations,
  four booking fields of their own, a dozen settings). `user list` asks for 50 users, `event type list` shows all 100.
- `constant`: a route that answers with what slotd answered to the same request once, behind slotd's edge (request id,
  headers, log line), without authentication and database.
- `raw`: the operation's own statements without those of authentication and of decisions, through rusqlite (one writer
  thread, group commit, no savepoints) or tokio-postgres (8 connections, what belongs together sent in one flight), in this
  process, without HTTP. Durable as in slotd: `synchronous=full`, `fsync=on`. `raw user create` writes user, profile,
  membership, tokens, schedule and hours.
- `both`: the rate that one gets who does the raw work and then gives the constant answer. More of the raw work alone
  cannot be reached by a server that answers over HTTP.
- `slots`: a host who works Monday to Friday from 09:00 to 17:00, with so many bookings of another event type in 30 days (a
  quarter of an hour each, the same number every day); slots of 30 minutes. `raw slots` repeats its statements and, after
  each, what the engine computes from such rows.
- `reservation create` holds a slot of an hour that nobody else holds; `raw` writes its row.
- `booking create` books a quarter of an hour that is free, of the next host each time, without credentials; `one host` does
  so of the same host. Each writes a booking, an attendee, the host's time, an event with its snapshot and five rows of the outbox;
  `raw` writes the same nine rows, and looks at nothing. Bookings and their rows are removed after each measurement.
- `booking get` reads one of 50 bookings to come of each host, `booking list` 100 of 1,100, of which 600 are over; `raw` is
  the booking alone, and the count and the page without attendees.
- Bookings beside those of the pool are over, and spread over 10,000 hosts and 1,000 days, so that what lies ahead is the same
  for each size. They have attendees, times and events like others. The time that filling took includes the users.
- One database after the other is filled, measured and removed. Raw work is done on the same one.
- `schedule patch` sends a name and weekly hours, `event type patch` a title. Created schedules and event types are removed
  after each measurement, so that lists keep their length.
- CPU is user and system time of the server process per request, from /proc (ticks of 10 ms); for PostgreSQL beside it that
  of all processes of the database server. The raw limits count the callers too, which are threads of the same process.
- Beside the share of the limit's rate stands how many times its CPU a request takes, which other work disturbs less.
- RSS is VmRSS of the server after the run. The log has level info and goes to /dev/null.
- Start-up: from starting the process on an existing database to the answer of `GET /v2/me`, median of 5.
";

/// The report.
pub(crate) fn markdown(
    sizes: &[Size],
    timings: &[Timing],
    binary: u64,
    seconds: u64,
) -> Result<String> {
    let mut text = String::from("# Measurements\n\n");
    writeln!(text, "{}\n{METHOD}", machine(seconds)?)?;
    // Large ones may be measured first.
    let smallest = sizes.iter().min_by_key(|size| (size.amount.bookings, size.amount.users));
    let first = smallest.ok_or("nothing was measured")?;
    let megabytes = count(binary) / 1e6;
    writeln!(
        text,
        "Binary, stripped: {megabytes:.1} MB (budget 30 MB: {}).",
        met(megabytes <= 30.0)
    )?;
    for size in sizes {
        writeln!(text, "\n## {}", size.amount)?;
        text += &processes(size)?;
        for (title, engine) in
            [("Constant answers", ""), ("SQLite", "SQLite"), ("PostgreSQL", "PostgreSQL")]
        {
            if !size.rows.iter().any(|row| row.engine == engine) {
                continue;
            }
            writeln!(text, "\n### {title}\n")?;
            text += &table(size, engine)?;
        }
        text += &flood(size)?;
        text += &busy(size)?;
        if size.amount != first.amount {
            text += &compared(first, size)?;
        }
    }
    if !timings.is_empty() {
        text += &timing::markdown(timings)?;
    }
    Ok(text)
}

fn met(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**missed**" }
}

fn machine(seconds: u64) -> Result<String> {
    let line = |file: &str, name: &str| -> Result<String> {
        let text = std::fs::read_to_string(file)?;
        let found = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
        Ok(found.map_or("unknown", |(_, value)| value.trim()).to_owned())
    };
    let memory = line("/proc/meminfo", "MemTotal")?;
    let memory: u64 = memory.trim_end_matches(" kB").parse()?;
    let git = Command::new("git").args(["describe", "--always", "--dirty"]).output();
    let commit = git.ok().filter(|git| git.status.success());
    let commit = commit.map_or_else(|| "unknown\n".into(), |git| git.stdout);
    Ok(format!(
        "{}, commit {}, {seconds} s for each measurement.\n{} cores ({}), {:.0} GiB memory, Linux {}.\n",
        slotd_contract::timestamp(Clock::system().now()),
        String::from_utf8_lossy(&commit).trim(),
        std::thread::available_parallelism()?,
        line("/proc/cpuinfo", "model name")?,
        count(memory) / 1_048_576.0,
        std::fs::read_to_string(Path::new("/proc/sys/kernel/osrelease"))?.trim(),
    ))
}

fn processes(size: &Size) -> Result<String> {
    let mut text = String::from(
        "\n| server | database filled in | its size | start-up (≤ 100 ms) | idle RSS (≤ 25 MB) | RSS after load (≤ 100 MB) | peak |\n|---|---|---|---|---|---|---|\n",
    );
    for process in &size.processes {
        let budget = |value: f64, unit: &str, limit: f64| {
            format!("{value:.1} {unit}, {}", met(value <= limit))
        };
        writeln!(
            text,
            "| {} | {:.0} s | {:.2} GB | {} | {} | {} | {:.1} MB |",
            process.engine,
            process.filled.as_secs_f64(),
            count(process.disk) / 1e9,
            budget(millis(process.start_up), "ms", 100.0),
            budget(megabytes(process.idle_rss), "MB", 25.0),
            budget(megabytes(process.loaded_rss), "MB", 100.0),
            megabytes(process.peak_rss),
        )?;
    }
    Ok(text)
}

fn megabytes(kibibytes: u64) -> f64 {
    count(kibibytes) * 1_024.0 / 1e6
}

/// Every rate compared with that of few users. The limits are there to show what the
/// database itself does with more rows; only slotd has a budget.
fn compared(few: &Size, many: &Size) -> Result<String> {
    let mut text = format!("\n### Compared with {} (budget: within 1.3 ×)\n\n", few.amount);
    text += "| engine | operation | callers | requests/s, few | requests/s, many | rate × | CPU × | within 1.3 × |\n";
    text += "|---|---|---|---|---|---|---|---|\n";
    let mut rows: Vec<&Row> = many.rows.iter().filter(|row| !row.engine.is_empty()).collect();
    rows.sort_by_key(|row| (row.engine == "PostgreSQL", row.what.position(), row.callers));
    for row in rows {
        let Row { engine, what, callers, figures } = row;
        let Some(before) = few.find(engine, *what, *callers) else { continue };
        let rate = figures.per_second() / before.per_second();
        let cpu = |figures: &Figures| figures.micros_each(figures.cpu + figures.postgres_cpu);
        writeln!(
            text,
            "| {engine} | {what} | {callers} | {:.0} | {:.0} | {rate:.2} | {:.2} | {} |",
            before.per_second(),
            figures.per_second(),
            cpu(figures) / cpu(before),
            if matches!(what, What::Raw(_)) { "–" } else { met(rate * 1.3 >= 1.0) },
        )?;
    }
    Ok(text)
}

/// The budget of the slowest requests, at 16 callers.
fn tail(row: &Row) -> Result<String> {
    let mut text = String::new();
    if let (What::Slotd(Operation { p99: Some(most), .. }), 16) = (row.what, row.callers) {
        write!(text, "; p99 ≤ {most} ms: {}", met(millis(row.figures.p99) <= *most))?;
    }
    Ok(text)
}

/// Slots are read some 2,500 times a second while somebody makes holds, one after the
/// other: 1.44 million reads in 10 minutes took the original down.
fn flood(size: &Size) -> Result<String> {
    let mut text = String::from(
        "\n### Slots are read by 64 callers while one makes holds\n\n| engine | slots read/s (≥ 2,400) | p99 ms | holds/s | p99 ms (≤ 100) |\n|---|---|---|---|---|\n",
    );
    for Together { engine, read: reads, written: holds } in &size.floods {
        writeln!(
            text,
            "| {engine} | {:.0}: {} | {:.2} | {:.0} | {:.2}: {} |",
            reads.per_second(),
            met(reads.per_second() >= 2_400.0),
            millis(reads.p99),
            holds.per_second(),
            millis(holds.p99),
            met(millis(holds.p99) <= 100.0),
        )?;
    }
    Ok(text)
}

/// Slots are read some 1,000 times a second while others book half as fast as 16 callers
/// did.
fn busy(size: &Size) -> Result<String> {
    if size.busy.is_empty() {
        return Ok(String::new());
    }
    let mut text = String::from(
        "\n### Slots are read by 16 callers while 64 make bookings, half as fast as 16 callers did\n\n| engine | slots read/s | p99 ms (≤ 5) | bookings/s | of the fastest (≥ 45 %) | p99 ms (≤ 25) |\n|---|---|---|---|---|---|\n",
    );
    for Together { engine, read, written } in &size.busy {
        let most = size.most_bookings(engine).map_or(0.0, Figures::per_second);
        let share = written.per_second() / most;
        writeln!(
            text,
            "| {engine} | {:.0} | {:.2}: {} | {:.0} | {:.0} %: {} | {:.2}: {} |",
            read.per_second(),
            millis(read.p99),
            met(millis(read.p99) <= 5.0),
            written.per_second(),
            share * 100.0,
            met(share >= 0.45),
            millis(written.p99),
            met(millis(written.p99) <= 25.0),
        )?;
    }
    Ok(text)
}

/// The rows of an engine.
fn table(size: &Size, engine: &str) -> Result<String> {
    let mut text = String::from("| operation | callers | requests/s | p50 ms | p99 ms | CPU µs |");
    text += if engine == "PostgreSQL" { " PostgreSQL CPU µs |" } else { "" };
    text += " RSS MB | of its limit | budget |\n|---|---|---|---|---|---|---|---|---|";
    text += if engine == "PostgreSQL" { "---|\n" } else { "\n" };
    let mut rows: Vec<&Row> = size.rows.iter().filter(|row| row.engine == engine).collect();
    rows.sort_by_key(|row| (row.what.position(), row.callers));
    for row in rows {
        let Row { what, callers, figures, .. } = row;
        write!(
            text,
            "| {what} | {callers} | {:.0} | {:.2} | {:.2} | {:.0} |",
            figures.per_second(),
            millis(figures.p50),
            millis(figures.p99),
            figures.micros_each(figures.cpu),
        )?;
        if engine == "PostgreSQL" {
            write!(text, " {:.0} |", figures.micros_each(figures.postgres_cpu))?;
        }
        let rss = figures.rss.map_or_else(|| "–".into(), |rss| format!("{:.1}", megabytes(rss)));
        write!(text, " {rss} |")?;
        match size.limit(row) {
            None => text += " – | – |",
            Some((limit, name, budget)) => {
                let share = figures.per_second() / limit.per_second();
                let cpu = figures.micros_each(figures.cpu) / limit.micros_each(limit.cpu);
                write!(text, " {:.0} % of {name}", share * 100.0)?;
                if let (Some(both), "raw") = (size.raw_and_constant(row), name) {
                    write!(text, ", {:.0} % of both", figures.per_second() / both * 100.0)?;
                }
                write!(text, ", CPU × {cpu:.1} |")?;
                match budget {
                    None => text += " – |",
                    Some(budget) => {
                        write!(text, " ≥ {:.0} %: {}", budget * 100.0, met(share >= budget))?;
                        text += &tail(row)?;
                        text += " |";
                    }
                }
            }
        }
        text.push('\n');
    }
    Ok(text)
}
