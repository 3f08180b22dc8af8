//! `slotd admin rotate-key`: replacing the server's key without stopping the service.

use clap::Args;
use serde_json::{Value, json};
use slotd_store::encrypted::{self, Count};
use slotd_store::instance::{self, KeysInUse};
use slotd_store::{ServerKey, ServerKeys, Store};

use super::failed;
use crate::settings::Settings;
use crate::{Failure, key_file, print_line};

/// What stands in the help of the command.
pub(super) const STEPS: &str = "\
A key is replaced in three steps. After each, restart every server process, one after the other:

  slotd admin rotate-key              adds a new key behind the current one; servers read with both
  slotd admin rotate-key --activate   puts it first; servers write with it and rewrite what is under the old one
  slotd admin rotate-key --finish     removes the old key, once nothing is left under it (see --status)

A single server process needs one restart for the first two steps: run both, then restart it at once.
Tokens stay valid. Back the key file up after each step.";

#[derive(Debug, Args)]
pub(crate) struct RotateKey {
    #[command(flatten)]
    step: Step,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct Step {
    /// Make the added key the current one
    #[arg(long)]
    activate: bool,
    /// Remove the old key; refused while anything is left under it
    #[arg(long)]
    finish: bool,
    /// Only say which keys there are and how many secrets are under them
    #[arg(long)]
    status: bool,
}

const ADDED: &str = "restart every server process, then run slotd admin rotate-key --activate";
const ACTIVATED: &str = "restart every server process; once slotd admin rotate-key --status counts nothing under other \
                         keys, run slotd admin rotate-key --finish";
const UNREADABLE: &str = "put the key back that the unreadable secrets are under, or give their clients (slotd admin \
                          rotate-secret) and webhooks new ones; the log names them";
const FINISHED: &str = "restart every server process, so that they forget the old key";

pub(super) async fn rotate(
    store: &Store,
    in_use: KeysInUse,
    settings: &Settings,
    args: &RotateKey,
) -> Result<Value, Failure> {
    let keys = settings.keys()?.ok_or_else(|| Failure::new("the key file is gone"))?;
    if args.step.status {
        status(store, &in_use, &keys).await
    } else if args.step.finish {
        finish(store, in_use, settings, keys).await
    } else if args.step.activate {
        activate(&in_use, settings, keys)
    } else {
        add(&in_use, settings, keys)
    }
}

/// Names of keys, for an answer or a sentence.
fn names<'a>(keys: impl IntoIterator<Item = &'a ServerKey>) -> String {
    let names: Vec<String> = keys.into_iter().map(|key| key.id().to_string()).collect();
    names.join(" ")
}

fn replace(settings: &Settings, keys: &ServerKeys) -> Result<(), Failure> {
    let path = settings.key_path();
    key_file::replace(&path, keys).map_err(|error| {
        Failure::new(format!("the key file {} cannot be replaced: {error}", path.display()))
    })
}

fn add(in_use: &KeysInUse, settings: &Settings, keys: ServerKeys) -> Result<Value, Failure> {
    if in_use.is_rotating() || !keys.others().is_empty() {
        return Err(Failure::new(format!(
            "a rotation is under way: {} is the current key and {} is beside it. Go on with --activate or --finish",
            keys.current().id(),
            names(keys.others())
        )));
    }
    let key = ServerKey::generate();
    if settings.secret_key.is_some() {
        print_line(&key.to_text());
        return Err(Failure::new(
            "nothing was changed, because the key comes from secret_key. Above is a new key: set secret_key to what it \
             is now, a comma and the new key, and restart every server process. Then set it to the new key, a comma \
             and the old one, and restart them again",
        ));
    }
    let added = key.id().to_string();
    let current = keys.current().id().to_string();
    replace(settings, &keys.with(key))?;
    Ok(json!({ "currentKey": current, "addedKey": added, "next": ADDED }))
}

fn activate(in_use: &KeysInUse, settings: &Settings, keys: ServerKeys) -> Result<Value, Failure> {
    let current = keys.current().id();
    let Some(last) = keys.others().last() else {
        return Err(Failure::new(
            "there is no key to activate: add one with slotd admin rotate-key",
        ));
    };
    if (in_use.is_rotating() && in_use.is_newest(current)) || in_use.is_former(last.id()) {
        return Err(Failure::new(format!("{current}, the new key, is active already")));
    }
    if settings.secret_key.is_some() {
        return Err(Failure::new(
            "the keys come from secret_key: put the last key first there, and restart every server process",
        ));
    }
    let keys = keys.with_last_first();
    replace(settings, &keys)?;
    Ok(json!({
        "currentKey": keys.current().id().to_string(),
        "otherKeys": names(keys.others()),
        "next": ACTIVATED,
    }))
}

async fn status(store: &Store, in_use: &KeysInUse, keys: &ServerKeys) -> Result<Value, Failure> {
    let Count { current, other, unreadable } = encrypted::count(store).await.map_err(failed)?;
    let next = if unreadable > 0 {
        UNREADABLE
    } else if keys.others().is_empty() {
        "nothing: there is one key"
    } else if !in_use.is_active(store.keyring()) {
        ADDED
    } else if other > 0 {
        "wait: servers that were started since --activate rewrite what is left"
    } else {
        "if every server process was restarted since --activate, run slotd admin rotate-key --finish"
    };
    Ok(json!({
        "currentKey": keys.current().id().to_string(),
        "otherKeys": names(keys.others()),
        "underCurrent": current,
        "underOthers": other,
        "unreadable": unreadable,
        "next": next,
    }))
}

async fn finish(
    store: &Store,
    in_use: KeysInUse,
    settings: &Settings,
    keys: ServerKeys,
) -> Result<Value, Failure> {
    if keys.others().is_empty() {
        return Err(Failure::new("there is one key: nothing is to be finished"));
    }
    if !in_use.is_active(store.keyring()) {
        return Err(Failure::new(format!(
            "{}, the last key, is not active: run slotd admin rotate-key --activate first",
            names(keys.others().last())
        )));
    }
    let left = encrypted::count(store).await.map_err(failed)?;
    if left.unreadable > 0 {
        return Err(Failure::new(format!(
            "not yet: {} secrets are under none of the known keys: {UNREADABLE}",
            left.unreadable
        )));
    }
    if left.other > 0 {
        return Err(Failure::new(format!(
            "not yet: {} secrets are under another key than {}; servers that were started since --activate rewrite them",
            left.other,
            keys.current().id()
        )));
    }
    // First the database, then the file: the other way round a crash would leave a
    // database that asks for a key which is gone.
    let replaced: Vec<_> = keys.others().iter().map(ServerKey::id).collect();
    if !instance::forget_keys(store, in_use, &replaced).await.map_err(failed)? {
        return Err(Failure::new("another process rotates keys at this moment: try again"));
    }
    let left = ServerKeys::from(keys.current().clone());
    let next = if settings.secret_key.is_some() {
        "set secret_key to its first key alone, and restart every server process"
    } else {
        replace(settings, &left)?;
        FINISHED
    };
    Ok(json!({
        "currentKey": left.current().id().to_string(),
        "removedKeys": names(keys.others()),
        "next": next,
    }))
}
