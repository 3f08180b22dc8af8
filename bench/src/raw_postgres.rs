//! The limit of PostgreSQL: tokio-postgres and prepared statements, nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use slotd_store::Statement;
use tokio::sync::Mutex;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};

use crate::Result;
use crate::figures::{Figures, Measurement, parent};
use crate::pool::PoolEntry;
use crate::rows::{FREE_ID, Raw, Value};

/// As many as slotd has by default.
const CONNECTIONS: usize = 8;

pub(crate) async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // What ends the connection, the client's next statement says too.
    tokio::spawn(connection);
    Ok(client)
}

/// The process of which every process of the PostgreSQL server is a child.
pub(crate) async fn postmaster(client: &Client) -> Result<u32> {
    let pid: i32 = client.query_one("select pg_backend_pid()", &[]).await?.try_get(0)?;
    parent(pid.try_into()?)
}

/// A connection and its statements.
struct Prepared {
    client: Client,
    statements: Vec<(&'static Statement, tokio_postgres::Statement)>,
}

impl Prepared {
    async fn connect(url: &str, statements: &[&'static Statement]) -> Result<Mutex<Self>> {
        let client = connect(url).await?;
        let prepare =
            statements.iter().map(async |known| Ok((*known, client.prepare(known.sql).await?)));
        let statements = try_join_all(prepare).await;
        let statements = statements.map_err(|error: tokio_postgres::Error| error)?;
        Ok(Mutex::new(Self { client, statements }))
    }

    async fn run_one(&self, number: usize, values: &[Value]) -> Result<()> {
        let (known, statement) = &self.statements[number];
        let values: Vec<_> = values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        let (done, count) = if known.columns.is_empty() {
            ("changed", self.client.execute(statement, &values).await?)
        } else {
            ("found", self.client.query(statement, &values).await?.len() as u64)
        };
        // What belongs to the first one may be missing.
        let is_needed = number == 0 || known.columns.is_empty();
        if count == 0 && is_needed {
            Err(format!("{} {done} nothing", known.name).into())
        } else {
            Ok(())
        }
    }

    /// Sends all statements without waiting in between.
    async fn run(&self, values: &[Vec<Value>]) -> Result<()> {
        let all = values.iter().enumerate().map(|(number, values)| self.run_one(number, values));
        try_join_all(all).await.map(drop)
    }

    /// The same in a transaction, which is sent as a whole.
    async fn write(&self, values: &[Vec<Value>]) -> Result<()> {
        let transaction = async |word| Ok(self.client.batch_execute(word).await?);
        tokio::try_join!(
            biased;
            transaction("begin"),
            self.run(values),
            transaction("commit"),
        )
        .map(drop)
    }
}

/// Callers repeat raw work, each for the next user of the pool and with one of the
/// connections while nobody else has it.
#[tokio::main]
pub(crate) async fn run(
    url: &str,
    raw: &'static Raw,
    pool: &Arc<[PoolEntry]>,
    engine: Option<fn()>,
    callers: usize,
    seconds: u64,
) -> Result<Figures> {
    let client = connect(url).await?;
    let postmaster = postmaster(&client).await?;
    let first_id = client.query_one(FREE_ID, &[]).await?.try_get(0)?;
    drop(client);
    let statements = raw.statements()?;
    let writes = statements.iter().any(|statement| statement.columns.is_empty());
    let connections = (0..CONNECTIONS.min(callers)).map(|_| Prepared::connect(url, &statements));
    let connections: Vec<_> = try_join_all(connections).await?.into_iter().map(Arc::new).collect();
    let next = Arc::new((AtomicUsize::new(0), AtomicI32::new(first_id)));
    let measurement = Arc::new(Measurement::start(seconds, Some(postmaster))?);
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (measurement, next) = (Arc::clone(&measurement), Arc::clone(&next));
            let (pool, connection) =
                (Arc::clone(pool), Arc::clone(&connections[caller % connections.len()]));
            tokio::spawn(async move {
                let mut latencies: Vec<Duration> = Vec::new();
                while measurement.goes_on() {
                    let started = Instant::now();
                    let entry = &pool[next.0.fetch_add(1, Ordering::Relaxed) % pool.len()];
                    let values = (raw.values)(entry, next.1.fetch_add(1, Ordering::Relaxed));
                    let connection = connection.lock().await;
                    if writes {
                        connection.write(&values).await?;
                    } else {
                        connection.run(&values).await?;
                    }
                    drop(connection);
                    if let Some(engine) = engine {
                        engine();
                    }
                    latencies.push(started.elapsed());
                }
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(latencies)
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    measurement.end(latencies)
}

/// Runs one statement.
#[tokio::main]
pub(crate) async fn execute(url: &str, sql: &str) -> Result<()> {
    Ok(connect(url).await?.batch_execute(sql).await?)
}

/// Bytes that the connected database takes on disk.
#[tokio::main]
pub(crate) async fn size(url: &str) -> Result<u64> {
    let size = "select pg_database_size(current_database())";
    let size: i64 = connect(url).await?.query_one(size, &[]).await?.try_get(0)?;
    Ok(size.try_into()?)
}
