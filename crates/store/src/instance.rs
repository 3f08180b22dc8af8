//! The instance itself: whether it was set up, and under which key.

use jiff::Timestamp;

use crate::sql::queries;
use crate::{Keyring, Store, StoreError};

const CONTEXT: &str = "instance";
const KNOWN_TEXT: &str = "slotd";

queries! {
    fn key_check() -> Option<(Vec<u8>,)> = "select key_check from instance where id = 1";

    fn insert_row(key_check: &[u8], now: Timestamp) -> u64 =
        "insert into instance (id, created_at, key_check) values (1, $2, $1) on conflict do nothing";
}

/// How the instance stands to the configured key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instance {
    /// Nothing was set up yet.
    New,
    /// Set up, under this key.
    Ready,
    /// Set up under another key: secrets and tokens could not be read.
    OtherKey,
}

/// Whether the instance was set up, and whether the key is the right one.
pub async fn state(store: &Store) -> Result<Instance, StoreError> {
    let conn = store.read().await?;
    Ok(match key_check(&conn).await? {
        None => Instance::New,
        Some((sealed,)) => match store.keyring().decrypt(CONTEXT, &sealed) {
            Ok(text) if text == KNOWN_TEXT => Instance::Ready,
            _ => Instance::OtherKey,
        },
    })
}

/// Claims a new instance inside the caller's unit of work: true for exactly one
/// of several processes that try at once.
///
/// # Errors
///
/// When the database fails.
pub async fn claim(conn: &crate::Conn, sealed: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    Ok(insert_row(conn, sealed, now).await? == 1)
}

/// The value by which a later start knows its key, for [`claim`].
#[must_use]
pub fn seal(keyring: &Keyring) -> Vec<u8> {
    keyring.encrypt(CONTEXT, KNOWN_TEXT)
}
