//! The limit of the embedded database: rusqlite and a queue, nothing else.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, named_params, params};
use slotd_domain::{OAuthClientId, Role, defaults};

use crate::Result;
use crate::figures::{Figures, measure};
use crate::fill::PoolEntry;
use crate::rows::{self, NewUser, Place, ZONE};

/// As in slotd: users in one `COMMIT` at most, and pages after which the log is
/// written back by another thread.
const GROUP: usize = 256;
const CHECKPOINT_PAGES: i32 = 2_048;

struct Job {
    user: NewUser,
    written: SyncSender<()>,
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    // As slotd opens it; one thread uses a connection.
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_READ_WRITE;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "cache_size", -8_192)?;
    connection.pragma_update(None, "mmap_size", 268_435_456_i64)?;
    Ok(connection)
}

/// Callers create users one after the other; one thread writes them, all that
/// wait in one transaction.
pub(crate) fn create(path: &Path, callers: usize, seconds: u64) -> Result<Figures> {
    let connection = open(path)?;
    let place = connection.query_row(rows::PLACE, [], |row| {
        let first_id = row.get::<_, i32>(2)?.max(row.get(3)?).max(row.get(4)?);
        let client = OAuthClientId::new(row.get::<_, String>(0)?);
        Ok(Place { client, organization: row.get(1)?, first_id })
    })?;
    let place = &place;
    let next_id = AtomicI32::new(place.first_id);
    let (jobs, queue) = sync_channel(callers);
    let (wake, woken) = sync_channel(1);
    let checkpointer = open(path)?;

    std::thread::scope(|scope| {
        let writer = scope.spawn(move || write(connection, place, &queue, &wake));
        scope.spawn(move || checkpoint(&checkpointer, &woken));
        // The last sender goes with the callers, which ends the writer.
        let figures = measure(vec![jobs; callers], seconds, |jobs| {
            let user = NewUser::new(place, next_id.fetch_add(1, Ordering::Relaxed));
            let (written, wait) = sync_channel(1);
            jobs.send(Job { user, written })?;
            Ok(wait.recv()?)
        });
        // When it failed, the callers know nothing but that it is gone.
        writer.join().map_err(|_| "the writer panicked")??;
        figures
    })
}

fn write(
    mut connection: Connection,
    place: &Place,
    queue: &Receiver<Job>,
    checkpointer: &SyncSender<()>,
) -> Result<()> {
    let pages = Arc::new(AtomicI32::new(0));
    let seen = Arc::clone(&pages);
    connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, in_log| {
        seen.store(in_log, Ordering::Relaxed);
        Ok(())
    }))?;
    let [user, profile, membership, tokens, schedule, range] = rows::inserts()?;
    let mut user = connection.prepare(user)?;
    let mut profile = connection.prepare(profile)?;
    let mut membership = connection.prepare(membership)?;
    let mut tokens = connection.prepare(tokens)?;
    let mut schedule = connection.prepare(schedule)?;
    let mut range = connection.prepare(range)?;
    let (client, organization) = (place.client.as_str(), place.organization);
    let nothing = None::<&str>;
    let mut insert = |new: &NewUser| -> rusqlite::Result<()> {
        let NewUser { id, email, username, .. } = new;
        let now = new.now.as_microsecond();
        user.execute(params![
            id,
            organization,
            client,
            email,
            email,
            username,
            "Alice Smith",
            nothing,
            nothing,
            ZONE,
            "Sunday",
            12,
            nothing,
            nothing,
            true,
            now,
        ])?;
        profile.execute(params![organization, id, new.profile_uid, username, now])?;
        membership.execute(params![id, organization, id, Role::Member.name(), true, now])?;
        tokens.execute(params![
            new.refresh_digest,
            new.access_digest,
            client,
            id,
            &new.access_digest[..16],
            &new.refresh_digest[..16],
            now,
            now,
            now,
            nothing,
        ])?;
        schedule.execute(params![id, id, defaults::SCHEDULE_NAME, ZONE, true, now])?;
        let (days, start, end) = rows::hours();
        range.execute(params![id, 0, days, start, end])?;
        Ok(())
    };
    let mut begin = connection.prepare("begin immediate")?;
    let mut commit = connection.prepare("commit")?;

    let mut written = Vec::new();
    while let Ok(first) = queue.recv() {
        begin.execute([])?;
        let mut next = Some(first);
        while let Some(job) = next {
            insert(&job.user)?;
            written.push(job.written);
            next = if written.len() < GROUP { queue.try_recv().ok() } else { None };
        }
        commit.execute([])?;
        for caller in written.drain(..) {
            caller.send(())?;
        }
        if pages.load(Ordering::Relaxed) >= CHECKPOINT_PAGES {
            // Full means that the thread has been woken already.
            let _woken = checkpointer.try_send(());
        }
    }
    Ok(())
}

fn checkpoint(connection: &Connection, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        // Whether it was busy or not, the next one comes.
        let _done = connection.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()));
    }
}

/// Callers read users one after the other, each on a connection of its own.
pub(crate) fn read(
    path: &Path,
    pool: &[PoolEntry],
    callers: usize,
    seconds: u64,
) -> Result<Figures> {
    let sql = rows::sql("users", "managed_by_id")?;
    let states = (0..callers).map(|caller| Ok((open(path)?, caller)));
    let states = states.collect::<Result<Vec<_>>>()?;
    measure(states, seconds, |(connection, position)| {
        *position += 1;
        let PoolEntry { client, user, .. } = &pool[*position % pool.len()];
        let mut select = connection.prepare_cached(sql)?;
        Ok(select.query_row(named_params! { "$1": client, "$2": user }, |row| {
            (0..row.as_ref().column_count()).try_for_each(|column| row.get_ref(column).map(drop))
        })?)
    })
}
