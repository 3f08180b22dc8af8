//! The limit of PostgreSQL: tokio-postgres and prepared statements, nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use slotd_domain::{OAuthClientId, Role, defaults};
use tokio::sync::Mutex;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};

use crate::Result;
use crate::figures::{Figures, Measurement, parent};
use crate::fill::PoolEntry;
use crate::rows::{self, NewUser, Place, ZONE};

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
    statements: Vec<Statement>,
}

impl Prepared {
    async fn connect(url: &str, sql: &[&str]) -> Result<Mutex<Self>> {
        let client = connect(url).await?;
        let statements = try_join_all(sql.iter().map(|sql| client.prepare(sql))).await?;
        Ok(Mutex::new(Self { client, statements }))
    }
}

/// Callers repeat `call`, each with one of the connections while nobody else has it.
async fn measure<F: Future<Output = Result<()>> + Send>(
    url: &str,
    sql: &[&str],
    callers: usize,
    seconds: u64,
    call: impl Fn(Arc<Mutex<Prepared>>, usize) -> F + Send + Clone + 'static,
) -> Result<Figures> {
    let postmaster = postmaster(&connect(url).await?).await?;
    let connections = (0..CONNECTIONS.min(callers)).map(|_| Prepared::connect(url, sql));
    let connections: Vec<_> = try_join_all(connections).await?.into_iter().map(Arc::new).collect();
    let measurement = Arc::new(Measurement::start(seconds, Some(postmaster))?);
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (measurement, call) = (Arc::clone(&measurement), call.clone());
            let connection = Arc::clone(&connections[caller % connections.len()]);
            tokio::spawn(async move {
                let mut latencies: Vec<Duration> = Vec::new();
                while measurement.goes_on() {
                    let started = Instant::now();
                    call(Arc::clone(&connection), caller + latencies.len()).await?;
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

/// Callers create users, each in a transaction that is sent as a whole.
#[tokio::main]
pub(crate) async fn create(url: &str, callers: usize, seconds: u64) -> Result<Figures> {
    let row = connect(url).await?.query_one(rows::PLACE, &[]).await?;
    let first_id = row.try_get::<_, i32>(2)?.max(row.try_get(3)?).max(row.try_get(4)?);
    let client = OAuthClientId::new(row.try_get::<_, String>(0)?);
    let place = Arc::new(Place { client, organization: row.try_get(1)?, first_id });
    let next_id = Arc::new(AtomicI32::new(first_id));
    measure(url, &rows::inserts()?, callers, seconds, move |connection, _| {
        let (place, next_id) = (Arc::clone(&place), Arc::clone(&next_id));
        async move {
            let new = NewUser::new(&place, next_id.fetch_add(1, Ordering::Relaxed));
            insert(&*connection.lock().await, &place, &new).await
        }
    })
    .await
}

async fn insert(connection: &Prepared, place: &Place, new: &NewUser) -> Result<()> {
    let Prepared { client, statements } = connection;
    let NewUser { id, email, username, now, .. } = new;
    let (client_id, organization) = (place.client.as_str(), place.organization);
    let (days, start, end) = rows::hours();
    let (name, schedule_name) = ("Alice Smith", defaults::SCHEDULE_NAME);
    let nothing = None::<&str>;
    let (refresh, access) = (&new.refresh_digest[..], &new.access_digest[..]);
    let (refresh_jti, access_jti) = (&refresh[..16], &access[..16]);
    let values: [&[&(dyn ToSql + Sync)]; 6] = [
        &[
            id,
            &organization,
            &client_id,
            email,
            email,
            username,
            &name,
            &nothing,
            &nothing,
            &ZONE,
            &"Sunday",
            &12,
            &nothing,
            &None::<serde_json::Value>,
            &true,
            now,
        ],
        &[&organization, id, &new.profile_uid, username, now],
        &[id, &organization, id, &Role::Member.name(), &true, now],
        &[
            &refresh,
            &access,
            &client_id,
            id,
            &access_jti,
            &refresh_jti,
            now,
            now,
            now,
            &None::<&[u8]>,
        ],
        &[id, id, &schedule_name, &ZONE, &true, now],
        &[id, &0, &days, &start, &end],
    ];
    let inserts = statements
        .iter()
        .zip(values)
        .map(|(statement, values)| async move { client.execute(statement, values).await });
    // Sent in this order and not waited for in between.
    tokio::try_join!(
        biased;
        client.batch_execute("begin"),
        try_join_all(inserts),
        client.batch_execute("commit"),
    )?;
    Ok(())
}

/// Callers read users one after the other.
#[tokio::main]
pub(crate) async fn read(
    url: &str,
    pool: &[PoolEntry],
    callers: usize,
    seconds: u64,
) -> Result<Figures> {
    let ids: Arc<[_]> = pool.iter().map(|entry| (entry.client.clone(), entry.user)).collect();
    let sql = [rows::sql("users", "managed_by_id")?];
    measure(url, &sql, callers, seconds, move |connection, position| {
        let ids = Arc::clone(&ids);
        async move {
            let (id, user) = &ids[position % ids.len()];
            let Prepared { client, statements } = &*connection.lock().await;
            client.query_one(&statements[0], &[id, user]).await?;
            Ok(())
        }
    })
    .await
}
