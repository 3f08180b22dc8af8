//! What was done under an `Idempotency-Key`: never twice (file 03, 7.9.1 and 25).
//!
//! The record of a key is written in the transaction of the operation itself, before
//! anything else in it. So there is a record exactly when the operation was carried
//! out: of several requests with one key, whichever process they run in, one commits
//! and the others fail at the record; a process that dies before its commit leaves
//! nothing, one that dies after it leaves the record. No lease has to run out.
//!
//! ```text
//! idempotency::within(claim, handler)     // every write of the handler…
//!     store.write(unit)                   // …writes the record with its first commit
//!         idempotency::answer(conn, …)    // …and the answer, where the unit is `Answered`
//! idempotency::finish(store, claim, …)    // otherwise the answer is written afterwards
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::sql::{queries, row};
use crate::unit::Work;
use crate::{Conn, Keyring, Store, StoreError, UnitOfWork, digest};

/// How long a key is remembered.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long an answer may follow the commit. After that it will not come any more.
const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_mins(1);
/// How long records stay that count for nothing any more, so that they are removed
/// many at a time and not by every request one.
const OVERDUE: SignedDuration = SignedDuration::from_hours(1);
/// Records that are removed at a time.
const BATCH: i64 = 256;

tokio::task_local! {
    static CLAIM: Arc<Claim>;
}

/// One request with a key.
pub struct Claim {
    id: String,
    request: String,
    attempt: String,
    now: Timestamp,
    keyring: Arc<Keyring>,
    is_carried_out: AtomicBool,
    is_answered: AtomicBool,
}

/// An answer as it is given again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// The headers that belong to the answer.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was carried out.
    Free,
    /// It was carried out by this very request.
    Own,
    /// Something else was carried out under this key.
    Differs,
    /// It was carried out and answered.
    Answered(Answer),
    /// It was carried out a moment ago and is being answered.
    Answering,
    /// It was carried out, and the answer is lost.
    Lost,
}

row! {
    struct Record {
        request: String,
        attempt: String,
        created_at: Timestamp,
        answer: Option<Vec<u8>>,
    }
}

queries! {
    fn find(id: &str, after: Timestamp) -> Option<Record> =
        "select request, attempt, created_at, answer from idempotency where id = $1 and created_at > $2";

    /// None of another request that counts is ever replaced.
    fn put(id: &str, request: &str, attempt: &str, now: Timestamp, answer: Option<&[u8]>, expired: Timestamp) -> u64 =
        "insert into idempotency (id, request, attempt, created_at, answer) values ($1, $2, $3, $4, $5)
         on conflict (id) do update set
            request = excluded.request, attempt = excluded.attempt, created_at = excluded.created_at,
            answer = excluded.answer
         where idempotency.attempt = excluded.attempt or idempotency.created_at <= $6";

    fn delete(id: &str, attempt: &str) -> u64 = "delete from idempotency where id = $1 and attempt = $2";

    fn first_older(before: Timestamp) -> Option<(String,)> =
        "select id from idempotency where created_at <= $1 order by created_at limit 1";

    fn delete_older(before: Timestamp, limit: i64) -> u64 =
        "delete from idempotency where id in
            (select id from idempotency where created_at <= $1 order by created_at limit $2)";
}

/// The context under which the answer of a record is encrypted.
pub(crate) fn answer_context(id: &str) -> String {
    format!("idempotency {id}")
}

fn before(now: Timestamp, duration: SignedDuration) -> Timestamp {
    now.saturating_sub(duration).unwrap_or(Timestamp::MIN)
}

impl Claim {
    /// A request that came at `now`. `caller_and_key` and `request` are kept as digests
    /// alone; what the caller alone knows, the key, should be part of both.
    #[must_use]
    pub fn new(store: &Store, caller_and_key: &str, request: &str, now: Timestamp) -> Arc<Self> {
        let encoded = |text| URL_SAFE_NO_PAD.encode(digest(text));
        Arc::new(Self {
            id: encoded(caller_and_key),
            request: encoded(request),
            attempt: uuid::Uuid::new_v4().to_string(),
            now,
            keyring: Arc::clone(store.keyring()),
            is_carried_out: AtomicBool::new(false),
            is_answered: AtomicBool::new(false),
        })
    }

    /// Whether a unit of this request is known to have been committed.
    #[must_use]
    pub fn is_carried_out(&self) -> bool {
        self.is_carried_out.load(Ordering::Relaxed)
    }

    pub(crate) fn note_commit(&self) {
        self.is_carried_out.store(true, Ordering::Relaxed);
    }

    /// Writes the record. False when another request with this key was carried out.
    async fn put(&self, conn: &Conn, answer: Option<&Answer>) -> Result<bool, StoreError> {
        let answer = answer.map(|answer| {
            let text = serde_json::to_string(answer).expect("an answer is numbers and texts");
            self.keyring.encrypt(&answer_context(&self.id), &text)
        });
        let Self { id, request, attempt, now, .. } = self;
        let expired = before(*now, KEPT);
        Ok(put(conn, id, request, attempt, *now, answer.as_deref(), expired).await? == 1)
    }

    fn standing(&self, record: Option<Record>) -> Result<Standing, StoreError> {
        let Some(record) = record else { return Ok(Standing::Free) };
        if record.attempt == self.attempt {
            return Ok(Standing::Own);
        }
        if record.request != self.request {
            return Ok(Standing::Differs);
        }
        let Some(answer) = record.answer else {
            let is_recent = self.now.duration_since(record.created_at) < ANSWERED_WITHIN;
            return Ok(if is_recent { Standing::Answering } else { Standing::Lost });
        };
        let text = self.keyring.decrypt(&answer_context(&self.id), &answer)?;
        let answer = serde_json::from_str(&text).map_err(|error| StoreError::Unreadable {
            statement: statement::find.name,
            column: 3,
            source: Box::new(error),
        })?;
        Ok(Standing::Answered(answer))
    }
}

/// What is known of the key of a request.
pub async fn standing(store: &Store, claim: &Claim) -> Result<Standing, StoreError> {
    let conn = store.read().await?;
    claim.standing(find(&conn, &claim.id, before(claim.now, KEPT)).await?)
}

/// Runs a request so that the first unit of work that it commits writes the record.
/// When another request with this key has committed before, the unit does not run and
/// fails with [`StoreError::Repeated`].
pub async fn within<F: Future>(claim: Arc<Claim>, request: F) -> F::Output {
    CLAIM.scope(claim, request).await
}

/// Writes, in the transaction of a unit of work, what the request with a key will be
/// answered, so that not even a crash loses it. Without a key it does nothing.
///
/// What is answered in the end must be the same.
pub async fn answer(conn: &Conn, answer: &Answer) -> Result<(), StoreError> {
    let Ok(claim) = CLAIM.try_with(Arc::clone) else { return Ok(()) };
    claim.put(conn, Some(answer)).await?;
    claim.is_answered.store(true, Ordering::Relaxed);
    Ok(())
}

/// Whether this is called in a request with a key.
pub(crate) fn is_keyed() -> bool {
    CLAIM.try_with(|_| ()).is_ok()
}

/// A unit of work that knows what its request is answered. With a key it writes that, too
/// (see [`answer`]).
pub struct Answered<U, F> {
    /// What is done.
    pub unit: U,
    /// What is answered when that was its outcome; none when it is not known yet.
    pub answer: F,
}

impl<U, F> UnitOfWork for Answered<U, F>
where
    U: UnitOfWork<Output: Sync>,
    F: Fn(&U::Output) -> Option<Answer> + Send + Sync + 'static,
{
    type Output = U::Output;
    type Error = U::Error;

    async fn run(&self, conn: &Conn) -> Result<U::Output, U::Error> {
        let output = self.unit.run(conn).await?;
        if is_keyed()
            && let Some(given) = (self.answer)(&output)
        {
            answer(conn, &given).await?;
        }
        Ok(output)
    }
}

/// Writes what a request was answered, unless its unit of work did, and removes some
/// of the records that count for nothing any more. No answer: it cannot be given again.
pub async fn finish(
    store: &Store,
    claim: &Arc<Claim>,
    answer: Option<Answer>,
) -> Result<(), StoreError> {
    if !claim.is_answered.load(Ordering::Relaxed) {
        store.write(Finish { claim: Arc::clone(claim), answer }).await?;
    }
    let conn = store.read().await?;
    let is_overdue = first_older(&conn, before(claim.now, KEPT + OVERDUE)).await?.is_some();
    drop(conn);
    if is_overdue {
        store.write(Purge { expired: before(claim.now, KEPT) }).await?;
    }
    Ok(())
}

/// Frees the key of a request that was refused after all.
pub async fn release(store: &Store, claim: &Arc<Claim>) -> Result<(), StoreError> {
    store.write(Release(Arc::clone(claim))).await.map(drop)
}

/// The request with a key in which this is called.
pub(crate) fn current() -> Option<Arc<Claim>> {
    let claim = CLAIM.try_with(Arc::clone).ok()?;
    (!claim.is_carried_out()).then_some(claim)
}

/// The work of a request with a key.
pub(crate) struct Claimed {
    pub(crate) work: Arc<dyn Work>,
    pub(crate) claim: Arc<Claim>,
}

impl Work for Claimed {
    fn run<'a>(&'a self, conn: &'a Conn) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            self.claim.is_answered.store(false, Ordering::Relaxed);
            if !self.claim.put(conn, None).await? {
                return Err(StoreError::Repeated);
            }
            // The work runs on a thread or in a task that knows nothing of the request.
            within(Arc::clone(&self.claim), self.work.run(conn)).await
        })
    }
}

struct Finish {
    claim: Arc<Claim>,
    answer: Option<Answer>,
}

impl UnitOfWork for Finish {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        // Of two requests that wrote nothing else, the first answer stands.
        self.claim.put(conn, self.answer.as_ref()).await.map(drop)
    }
}

struct Release(Arc<Claim>);

impl UnitOfWork for Release {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        delete(conn, &self.0.id, &self.0.attempt).await
    }
}

struct Purge {
    expired: Timestamp,
}

impl UnitOfWork for Purge {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        delete_older(conn, self.expired, BATCH).await
    }
}
