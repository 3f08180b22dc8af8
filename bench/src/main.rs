//! Measures slotd against limits taken in the same run (`bench/run`).
//!
//! A limit is the least work that could give the same answer: a constant answer
//! behind slotd's own edge, or the same rows written by the database's driver
//! alone. What is reported are ratios, because the load comes from the machine
//! that is measured.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for a terminal")]

mod bookings;
mod bulk;
mod constant;
mod figures;
mod fill;
mod operations;
mod pool;
mod ranks;
mod raw_postgres;
mod raw_sqlite;
mod report;
mod rows;
mod run;
mod server;
mod slots;
mod timing;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use fill::Amount;
use slotd_store::{Location, ServerKey};

use crate::operations::Operation;

/// Anything that ends a measurement ends the bench.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure everything and write the report
    All {
        /// Seconds of each measurement
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Where the report goes
        #[arg(long)]
        report: PathBuf,
        /// How large the databases are, `USERS:CLIENTS:BOOKINGS`; all figures for each
        #[arg(long = "size", required = true)]
        sizes: Vec<Amount>,
        /// Only operations whose names begin so, instead of all and of the time of refusals
        #[arg(long)]
        only: Vec<String>,
        /// Only this engine, `SQLite` or `PostgreSQL`
        #[arg(long)]
        engine: Option<String>,
    },
    /// Serve constant answers, behind the same edge as slotd's routes
    Constant {
        /// Files whose contents are the answers and whose names the paths
        answers: PathBuf,
    },
    /// Read or write the rows of an operation through the database's driver alone
    Raw {
        /// A file, or a `postgres://` URL; filled
        database: String,
        /// Such as `user get`
        #[arg(long)]
        operation: String,
        /// What was written when the database was filled
        #[arg(long)]
        pool: PathBuf,
        #[arg(long)]
        callers: usize,
        #[arg(long, default_value_t = 5)]
        seconds: u64,
    },
    /// Make a database of managed users with tokens and event types
    Fill {
        /// A file, or a `postgres://` URL
        database: String,
        /// How large it is, `USERS:CLIENTS:BOOKINGS`
        #[arg(long)]
        size: Amount,
        /// Credentials for the load generator go here
        #[arg(long)]
        pool: PathBuf,
        /// The server's key, as in `SLOTD_SECRET_KEY`
        #[arg(long)]
        key: String,
    },
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::All { seconds, report, sizes, only, engine } => {
            run::all(seconds, &report, &sizes, &only, engine.as_deref())
        }
        Command::Constant { answers } => constant::serve(&answers),
        Command::Raw { database, operation, pool, callers, seconds } => {
            let known = Operation::named(&operation);
            let raw = known.and_then(|known| known.raw.as_ref());
            let raw = raw.ok_or_else(|| format!("no raw work is known for {operation}"))?;
            let pool = pool::part(&pool::read(&pool)?, known.map_or((0, 1), |known| known.part));
            let engine = known.and_then(|known| known.engine);
            println!("{}", raw.measure(&location(database), &pool, engine, callers, seconds)?);
            Ok(())
        }
        Command::Fill { database, size, pool, key } => {
            fill::fill(&location(database), &ServerKey::parse(&key)?, size, &pool)
        }
    }
}

fn location(database: String) -> Location {
    if database.starts_with("postgres") {
        Location::Postgres(database)
    } else {
        Location::Sqlite(database.into())
    }
}
