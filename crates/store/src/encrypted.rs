//! The columns that hold encrypted values, and moving them to a new key.
//!
//! `instance.key_check` is not among them: it says which keys the others are
//! under (`instance.rs`).

use slotd_domain::{OAuthClientId, WebhookId};

use crate::sql::queries;
use crate::{Conn, Keyring, Store, StoreError, UnitOfWork, idempotency, oauth_clients, webhooks};

/// Values that are read, and written again in one transaction, at a time.
const BATCH: i64 = 100;

/// A column with encrypted values. A test finds columns that are missing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Secrets of OAuth clients.
    OAuthClientSecret,
    /// Secrets of webhooks.
    WebhookSecret,
    /// Answers to requests with an idempotency key.
    IdempotentAnswer,
}

macro_rules! page {
    ($table:literal, $column:literal) => {
        concat!(
            "select id, ",
            $column,
            " from ",
            $table,
            " where id > $1 and ",
            $column,
            " is not null order by id limit $2"
        )
    };
}

macro_rules! replace {
    ($table:literal, $column:literal) => {
        concat!("update ", $table, " set ", $column, " = $3 where id = $1 and ", $column, " = $2")
    };
}

queries! {
    fn client_secrets(after: &str, limit: i64) -> Vec<(String, Vec<u8>)> = page!("oauth_client", "secret");
    fn replace_client_secret(id: &str, old: &[u8], new: &[u8]) -> u64 = replace!("oauth_client", "secret");
    fn webhook_secrets(after: &str, limit: i64) -> Vec<(String, Vec<u8>)> = page!("webhook", "secret");
    fn replace_webhook_secret(id: &str, old: &[u8], new: &[u8]) -> u64 = replace!("webhook", "secret");
    fn idempotent_answers(after: &str, limit: i64) -> Vec<(String, Vec<u8>)> = page!("idempotency", "answer");
    fn replace_idempotent_answer(id: &str, old: &[u8], new: &[u8]) -> u64 = replace!("idempotency", "answer");
}

impl Column {
    /// All of them.
    pub const ALL: [Self; 3] =
        [Self::OAuthClientSecret, Self::WebhookSecret, Self::IdempotentAnswer];

    /// Table and column.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OAuthClientSecret => "oauth_client.secret",
            Self::WebhookSecret => "webhook.secret",
            Self::IdempotentAnswer => "idempotency.answer",
        }
    }

    /// The context under which the value of a row is encrypted.
    fn context(self, id: String) -> String {
        match self {
            Self::OAuthClientSecret => oauth_clients::secret_context(&OAuthClientId::new(id)),
            Self::WebhookSecret => webhooks::secret_context(&WebhookId::new(id)),
            Self::IdempotentAnswer => idempotency::answer_context(&id),
        }
    }

    /// The next values in the order of their rows' ids.
    async fn page(self, conn: &Conn, after: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        match self {
            Self::OAuthClientSecret => client_secrets(conn, after, BATCH).await,
            Self::WebhookSecret => webhook_secrets(conn, after, BATCH).await,
            Self::IdempotentAnswer => idempotent_answers(conn, after, BATCH).await,
        }
    }

    /// Writes a value, unless somebody wrote another one since it was read.
    async fn replace(self, conn: &Conn, new: &Rewritten) -> Result<u64, StoreError> {
        let Rewritten { id, old, new } = new;
        match self {
            Self::OAuthClientSecret => replace_client_secret(conn, id, old, new).await,
            Self::WebhookSecret => replace_webhook_secret(conn, id, old, new).await,
            Self::IdempotentAnswer => replace_idempotent_answer(conn, id, old, new).await,
        }
    }
}

/// Under which keys values are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Under the current key.
    pub current: u64,
    /// Under another known key, or without saying under which.
    pub other: u64,
    /// Under none of the known keys.
    pub unreadable: u64,
}

/// A walk over all encrypted values that writes those under another key again,
/// under the current one. It can be dropped at any batch and begun anew; several
/// can run at once, also in several processes, and beside other writers.
#[derive(Debug, Default)]
pub struct Rewriting {
    column: usize,
    after: String,
    /// What was found so far.
    pub found: Count,
}

impl Rewriting {
    /// Goes on with the next batch. False when everything was seen. After a failure
    /// begin a new walk: this one does not come back to what it could not write.
    pub async fn next_batch(&mut self, store: &Store) -> Result<bool, StoreError> {
        let Some((column, values)) = self.look(store).await? else { return Ok(false) };
        if !values.is_empty() {
            store.write(Rewrite { column, values }).await?;
        }
        Ok(true)
    }

    /// Reads the next batch and returns what is to be written. None at the end.
    async fn look(
        &mut self,
        store: &Store,
    ) -> Result<Option<(Column, Vec<Rewritten>)>, StoreError> {
        let Some(&column) = Column::ALL.get(self.column) else { return Ok(None) };
        let conn = store.read().await?;
        let page = column.page(&conn, &self.after).await?;
        drop(conn);
        if let Some((id, _)) = page.last() {
            self.after.clone_from(id);
        } else {
            self.column += 1;
            self.after.clear();
        }
        let keyring: &Keyring = store.keyring();
        let mut values = Vec::new();
        for (id, old) in page {
            let context = column.context(id.clone());
            match keyring.decrypt(&context, &old) {
                Err(_) => {
                    self.found.unreadable += 1;
                    tracing::warn!(
                        column = column.name(),
                        id,
                        "a value is under none of the known keys"
                    );
                }
                Ok(_) if keyring.is_current(&old) => self.found.current += 1,
                Ok(text) => {
                    self.found.other += 1;
                    let new = keyring.encrypt(&context, &text);
                    values.push(Rewritten { id, old, new });
                }
            }
        }
        Ok(Some((column, values)))
    }
}

/// Counts the values under each key, and writes nothing.
pub async fn count(store: &Store) -> Result<Count, StoreError> {
    let mut walk = Rewriting::default();
    while walk.look(store).await?.is_some() {}
    Ok(walk.found)
}

struct Rewritten {
    id: String,
    old: Vec<u8>,
    new: Vec<u8>,
}

struct Rewrite {
    column: Column,
    values: Vec<Rewritten>,
}

impl UnitOfWork for Rewrite {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        for value in &self.values {
            // Whoever wrote another value since wrote it under a key of its own
            // choice: the next walk looks at it.
            self.column.replace(conn, value).await?;
        }
        Ok(())
    }
}
