//! The instance itself: whether it was set up, and under which keys.
//!
//! `instance.key_check` is a known text, encrypted. While keys are rotated it is
//! encrypted under each of them, one around the other, so that a start without
//! one of them is refused whichever is missing:
//!
//! - `slotd`, under the only key there was so far;
//! - `over <the old key_check in base64>`, under the key that is replacing it;
//! - `slotd after <names of keys>`, once the rotation is finished and those are gone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::secrets::Derived;
use crate::sql::queries;
use crate::{Conn, KeyId, Keyring, Store, StoreError, UnitOfWork};

const CONTEXT: &str = "instance";
const KNOWN_TEXT: &str = "slotd";
const OVER: &str = "over ";
const AFTER: &str = "slotd after ";

queries! {
    fn key_check() -> Option<(Vec<u8>,)> = "select key_check from instance where id = 1";

    fn insert_row(key_check: &[u8], now: Timestamp) -> u64 =
        "insert into instance (id, created_at, key_check) values (1, $2, $1) on conflict do nothing";

    fn replace_key_check(old: &[u8], new: &[u8]) -> u64 =
        "update instance set key_check = $2 where id = 1 and key_check = $1";
}

/// How the instance stands to the configured keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instance {
    /// Nothing was set up yet.
    New,
    /// Set up, and no key is missing.
    Ready(KeysInUse),
    /// A rotation is not finished, and one of its keys is not configured.
    KeyMissing,
    /// Set up under another key: secrets and tokens could not be read.
    OtherKey,
}

/// Under which keys the instance's values are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysInUse {
    /// The newest first.
    in_use: Vec<KeyId>,
    /// Names of the keys that the last rotation replaced.
    former: String,
    sealed: Vec<u8>,
}

impl KeysInUse {
    /// Whether a rotation was activated and not finished yet.
    #[must_use]
    pub fn is_rotating(&self) -> bool {
        self.in_use.len() > 1
    }

    /// Whether this key is the newest.
    #[must_use]
    pub fn is_newest(&self, key: KeyId) -> bool {
        self.in_use[0] == key
    }

    /// Whether the current key is taking the others' place, or has done so in the
    /// last rotation: then what is under the others has to be moved.
    #[must_use]
    pub fn is_active(&self, keyring: &Keyring) -> bool {
        let mut others = keyring.all().map(Derived::id).skip(1);
        self.is_newest(keyring.current_id())
            && (self.is_rotating() || others.all(|key| self.is_former(key)))
    }

    /// Whether the last rotation replaced this key.
    #[must_use]
    pub fn is_former(&self, key: KeyId) -> bool {
        self.former.split(' ').any(|former| former == key.to_string())
    }

    /// Whether a rotation was ever finished: then tokens may be valid that were
    /// signed with a key that nobody has any more.
    #[must_use]
    pub fn has_former(&self) -> bool {
        !self.former.is_empty()
    }
}

/// Whether the instance was set up, and whether the keys are the right ones.
pub async fn state(store: &Store) -> Result<Instance, StoreError> {
    let conn = store.read().await?;
    Ok(match key_check(&conn).await? {
        None => Instance::New,
        Some((sealed,)) => read(store.keyring(), sealed),
    })
}

fn read(keyring: &Keyring, sealed: Vec<u8>) -> Instance {
    let mut in_use = Vec::new();
    let mut layer = sealed.clone();
    loop {
        let Ok((text, key)) = keyring.open(CONTEXT, &layer) else {
            return if in_use.is_empty() { Instance::OtherKey } else { Instance::KeyMissing };
        };
        in_use.push(key);
        if let Some(below) = text.strip_prefix(OVER) {
            let Ok(below) = URL_SAFE_NO_PAD.decode(below) else { return Instance::OtherKey };
            layer = below;
            continue;
        }
        let former = text.strip_prefix(AFTER).map(str::to_owned);
        return match former {
            None if text != KNOWN_TEXT => Instance::OtherKey,
            former => {
                Instance::Ready(KeysInUse { in_use, former: former.unwrap_or_default(), sealed })
            }
        };
    }
}

/// Notes that values are about to be written under the current key, where that is
/// new: from now on no process starts without it. To be called before the first
/// such write; when processes do so at once, one of them notes it.
pub async fn note_current_key(store: &Store, mut keys: KeysInUse) -> Result<Instance, StoreError> {
    let keyring = store.keyring();
    while !keys.in_use.contains(&keyring.current_id()) {
        let text = format!("{OVER}{}", URL_SAFE_NO_PAD.encode(&keys.sealed));
        let new = keyring.encrypt(CONTEXT, &text);
        store.write(Replace { old: keys.sealed, new }).await?;
        keys = match state(store).await? {
            Instance::Ready(keys) => keys,
            other => return Ok(other),
        };
    }
    Ok(Instance::Ready(keys))
}

/// Notes that nothing is left under the keys `replaced`: from now on processes
/// start without them. False when the note was changed since it was read.
pub async fn forget_keys(
    store: &Store,
    keys: KeysInUse,
    replaced: &[KeyId],
) -> Result<bool, StoreError> {
    let names: Vec<String> = replaced.iter().map(ToString::to_string).collect();
    let new = store.keyring().encrypt(CONTEXT, &format!("{AFTER}{}", names.join(" ")));
    Ok(store.write(Replace { old: keys.sealed, new }).await? == 1)
}

struct Replace {
    old: Vec<u8>,
    new: Vec<u8>,
}

impl UnitOfWork for Replace {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        replace_key_check(conn, &self.old, &self.new).await
    }
}

/// Claims a new instance inside the caller's unit of work: true for exactly one
/// of several processes that try at once.
///
/// # Errors
///
/// When the database fails.
pub async fn claim(conn: &Conn, sealed: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    Ok(insert_row(conn, sealed, now).await? == 1)
}

/// The value by which a later start knows its key, for [`claim`].
#[must_use]
pub fn seal(keyring: &Keyring) -> Vec<u8> {
    keyring.encrypt(CONTEXT, KNOWN_TEXT)
}
