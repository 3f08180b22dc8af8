//! Measures slotd against limits taken in the same run (`bench/run`).
//!
//! A limit is the least work that could give the same answer: a constant answer
//! behind slotd's own edge, or the same rows written by the database's driver
//! alone. What is reported are ratios, because the load comes from the machine
//! that is measured.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for a terminal")]

mod constant;
mod figures;
mod fill;
mod ranks;
mod raw_postgres;
mod raw_sqlite;
mod report;
mod rows;
mod run;
mod server;
mod timing;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use slotd_store::{Location, ServerKey};

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
        /// Repeat all figures with 1 million users and 10,000 clients
        #[arg(long)]
        large: bool,
    },
    /// Serve one constant answer, behind the same edge as slotd's routes
    Constant,
    /// Write (or read) managed users through rusqlite alone, in a filled database
    RawSqlite(Raw),
    /// Write (or read) managed users through tokio-postgres alone, in a filled database
    RawPostgres(Raw),
    /// Make a database of managed users with tokens
    Fill {
        /// A file, or a `postgres://` URL
        database: String,
        /// How many managed users
        #[arg(long)]
        users: usize,
        /// How many OAuth clients to spread them over
        #[arg(long)]
        clients: usize,
        /// Credentials for the load generator go here
        #[arg(long)]
        pool: PathBuf,
        /// The server's key, as in `SLOTD_SECRET_KEY`
        #[arg(long)]
        key: String,
    },
}

#[derive(Debug, clap::Args)]
struct Raw {
    /// A file, or a `postgres://` URL
    database: String,
    #[arg(long)]
    callers: usize,
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Read users of this pool instead
    #[arg(long)]
    read: Option<PathBuf>,
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::All { seconds, report, large } => run::all(seconds, &report, large),
        Command::Constant => constant::serve(),
        Command::RawSqlite(Raw { database, callers, seconds, read }) => {
            let figures = match read {
                None => raw_sqlite::create(database.as_ref(), callers, seconds)?,
                Some(pool) => {
                    raw_sqlite::read(database.as_ref(), &fill::read_pool(&pool)?, callers, seconds)?
                }
            };
            println!("{figures}");
            Ok(())
        }
        Command::RawPostgres(Raw { database, callers, seconds, read }) => {
            let figures = match read {
                None => raw_postgres::create(&database, callers, seconds)?,
                Some(pool) => {
                    raw_postgres::read(&database, &fill::read_pool(&pool)?, callers, seconds)?
                }
            };
            println!("{figures}");
            Ok(())
        }
        Command::Fill { database, users, clients, pool, key } => {
            let location = if database.starts_with("postgres") {
                Location::Postgres(database)
            } else {
                Location::Sqlite(database.into())
            };
            fill::fill(location, &ServerKey::parse(&key)?, users, clients, &pool)
        }
    }
}
