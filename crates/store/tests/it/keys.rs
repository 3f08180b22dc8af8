//! Several keys: what is under which, and moving it from one to the next.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use slotd_domain::{OAuthClientId, OrganizationId, WebhookId};
use slotd_store::encrypted::{self, Column, Count, Rewriting};
use slotd_store::instance::{self, Instance, KeysInUse};
use slotd_store::oauth_clients::{self, OAuthClient};
use slotd_store::webhooks::{self, Owner, Webhook};
use slotd_store::{
    Conn, Keyring, Location, ServerKey, ServerKeys, Store, StoreError, UnitOfWork, organizations,
};
use slotd_testkit::{Engine, TestDatabase, on_both_engines};

use crate::beside_postgres;

/// Columns of bytes that are not encrypted.
const PLAIN: [&str; 12] = [
    "api_key.digest",
    "authorization_code.digest",
    "login_link.digest",
    "oauth2_client.secret_digest",
    "oauth2_code.digest",
    "oauth2_grant.refresh_digest",
    "session.digest",
    "token_pair.access_digest",
    "token_pair.access_jti",
    "token_pair.predecessor_digest",
    "token_pair.refresh_digest",
    "token_pair.refresh_jti",
];

fn now() -> Timestamp {
    "2026-03-02T09:15:04Z".parse().unwrap()
}

fn check_columns(mut found: Vec<String>) {
    found.sort();
    let listed = Column::ALL.map(Column::name);
    let mut known: Vec<&str> = [&PLAIN[..], &listed, &["instance.key_check"]].concat();
    known.sort_unstable();
    assert_eq!(
        found, known,
        "a column of bytes is either encrypted, and listed in Column, or PLAIN"
    );
}

#[tokio::test]
async fn every_encrypted_column_of_sqlite_is_listed() {
    let database = TestDatabase::start(Engine::Sqlite).await.unwrap();
    let Location::Sqlite(path) = &database.options.location else { unreachable!("this is SQLite") };
    let connection = rusqlite::Connection::open(path).unwrap();
    let sql =
        "select t.name || '.' || c.name from pragma_table_list t join pragma_table_info(t.name) c
               where t.schema = 'main' and lower(c.type) = 'blob'";
    let mut statement = connection.prepare(sql).unwrap();
    check_columns(statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect());
}

#[tokio::test]
async fn every_encrypted_column_of_postgres_is_listed() {
    beside_postgres(async |client| {
        let sql = "select table_name || '.' || column_name from information_schema.columns
               where table_schema = 'public' and data_type = 'bytea'";
        check_columns(client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect());
    })
    .await;
}

/// Clients with a webhook each, whose secrets are the clients' ids.
struct Insert(Vec<(OAuthClient, Webhook)>);

impl UnitOfWork for Insert {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        for (client, webhook) in &self.0 {
            oauth_clients::insert(conn, client).await?;
            webhooks::insert(conn, &Owner::OAuthClient(client.id.clone()), webhook, now()).await?;
        }
        Ok(())
    }
}

struct Organization;

impl UnitOfWork for Organization {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        organizations::insert(conn, OrganizationId(1), "O", "o", true, now()).await
    }
}

fn client(keyring: &Keyring, name: &str) -> (OAuthClient, Webhook) {
    let id = OAuthClientId::new(name);
    let webhook = WebhookId::new(format!("webhook-{name}"));
    let webhook = Webhook {
        secret: Some(keyring.encrypt(&webhooks::secret_context(&webhook), name)),
        id: webhook,
        subscriber_url: "https://a.example".to_owned(),
        triggers: json!([]),
        is_active: true,
        payload_template: None,
        version: "2021-10-20".to_owned(),
    };
    let client = OAuthClient {
        secret: keyring.encrypt(&oauth_clients::secret_context(&id), name),
        id,
        organization_id: OrganizationId(1),
        name: name.to_owned(),
        permissions: 0,
        logo: None,
        redirect_uris: json!([]),
        booking_redirect_uri: None,
        booking_cancel_redirect_uri: None,
        booking_reschedule_redirect_uri: None,
        are_emails_enabled: false,
        are_default_event_types_enabled: false,
        are_calendar_events_enabled: true,
        created_at: now(),
    };
    (client, webhook)
}

async fn insert(store: &Store, names: std::ops::Range<usize>) {
    let clients = names.map(|number| client(store.keyring(), &format!("c{number:04}"))).collect();
    store.write(Insert(clients)).await.unwrap();
}

/// Reads every secret under the keys of `store` and returns how many there are.
async fn read_all(store: &Store) -> usize {
    let conn = store.read().await.unwrap();
    let clients = oauth_clients::of_organization(&conn, OrganizationId(1)).await.unwrap();
    for client in &clients {
        let context = oauth_clients::secret_context(&client.id);
        assert_eq!(store.keyring().decrypt(&context, &client.secret).unwrap(), client.id.as_str());
        for webhook in webhooks::list(&conn, Some(&client.id), None, 10, 0).await.unwrap() {
            let context = webhooks::secret_context(&webhook.id);
            let secret = store.keyring().decrypt(&context, &webhook.secret.unwrap()).unwrap();
            assert_eq!(secret, client.id.as_str());
        }
    }
    clients.len()
}

async fn to_its_end(store: &Store) -> Count {
    let mut rewriting = Rewriting::default();
    while rewriting.next_batch(store).await.unwrap() {}
    rewriting.found
}

fn open(database: &TestDatabase, keys: &ServerKeys) -> Arc<Store> {
    Arc::new(Store::open(&database.options, keys).unwrap())
}

on_both_engines! {
    async fn values_move_to_the_new_key_although_the_first_attempt_crashes(database: TestDatabase) {
        let (old, new) = (database.key.clone(), ServerKey::generate());
        let before = open(&database, &old.clone().into());
        before.write(Organization).await.unwrap();
        insert(&before, 0..250).await;
        let both = ServerKeys::from(new.clone()).with(old);
        let store = open(&database, &both);
        assert_eq!(encrypted::count(&store).await.unwrap(), Count { current: 0, other: 500, unreadable: 0 });

        let mut rewriting = Rewriting::default();
        assert!(rewriting.next_batch(&store).await.unwrap());
        drop(rewriting);
        drop(store);
        let store = open(&database, &both);
        assert_eq!(encrypted::count(&store).await.unwrap(), Count { current: 100, other: 400, unreadable: 0 });
        assert_eq!(read_all(&store).await, 250, "in the middle");

        assert_eq!(to_its_end(&store).await, Count { current: 100, other: 400, unreadable: 0 });
        assert_eq!(to_its_end(&store).await, Count { current: 500, other: 0, unreadable: 0 });
        assert_eq!(read_all(&open(&database, &new.into())).await, 250, "without the old key");
        assert_eq!(encrypted::count(&before).await.unwrap(), Count { current: 0, other: 0, unreadable: 500 });
    }

    /// Two processes rewrite while others, which do not know yet that the new key
    /// is in use, write under the old one.
    async fn several_processes_rewrite_beside_writers(database: TestDatabase) {
        let (old, new) = (database.key.clone(), ServerKey::generate());
        let behind = open(&database, &ServerKeys::from(old.clone()).with(new.clone()));
        behind.write(Organization).await.unwrap();
        insert(&behind, 0..150).await;
        let both = ServerKeys::from(new.clone()).with(old);
        let stores = [open(&database, &both), open(&database, &both)];
        let mut tasks = tokio::task::JoinSet::new();
        for store in &stores {
            let store = Arc::clone(store);
            tasks.spawn(async move { to_its_end(&store).await; });
        }
        for start in [1000, 2000] {
            let store = Arc::clone(&behind);
            tasks.spawn(async move {
                for number in start..start + 20 {
                    insert(&store, number..number + 1).await;
                    read_all(&store).await;
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        to_its_end(&stores[0]).await;
        assert_eq!(encrypted::count(&stores[1]).await.unwrap(), Count { current: 380, other: 0, unreadable: 0 });
        assert_eq!(read_all(&open(&database, &new.into())).await, 190);
    }

    /// What was written since a value was read is not overwritten.
    async fn a_secret_that_changes_meanwhile_is_kept(database: TestDatabase) {
        struct SetSecret(OAuthClientId, Vec<u8>);
        impl UnitOfWork for SetSecret {
            type Output = u64;
            type Error = StoreError;
            async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
                oauth_clients::set_secret(conn, &self.0, &self.1).await
            }
        }

        let before = open(&database, &database.key.clone().into());
        before.write(Organization).await.unwrap();
        insert(&before, 0..60).await;
        let store = open(&database, &ServerKeys::from(ServerKey::generate()).with(database.key.clone()));
        let setting = async {
            for number in 0..60 {
                let id = OAuthClientId::new(format!("c{number:04}"));
                let sealed = before.keyring().encrypt(&oauth_clients::secret_context(&id), "changed");
                before.write(SetSecret(id, sealed)).await.unwrap();
            }
        };
        tokio::join!(setting, async { for _ in 0..5 { to_its_end(&store).await; } });
        to_its_end(&store).await;
        let conn = store.read().await.unwrap();
        for client in oauth_clients::of_organization(&conn, OrganizationId(1)).await.unwrap() {
            let context = oauth_clients::secret_context(&client.id);
            assert_eq!(store.keyring().decrypt(&context, &client.secret).unwrap(), "changed");
        }
        drop(conn);
        assert_eq!(encrypted::count(&store).await.unwrap().other, 0);
    }

    async fn a_start_without_one_of_the_keys_in_use_is_told(database: TestDatabase) {
        struct Claim(Vec<u8>);
        impl UnitOfWork for Claim {
            type Output = bool;
            type Error = StoreError;
            async fn run(&self, conn: &Conn) -> Result<bool, StoreError> {
                instance::claim(conn, &self.0, now()).await
            }
        }
        async fn ready(store: &Store) -> KeysInUse {
            match instance::state(store).await.unwrap() {
                Instance::Ready(keys) => keys,
                other => panic!("{other:?}"),
            }
        }

        let (old, new) = (database.key.clone(), ServerKey::generate());
        let only_old = open(&database, &old.clone().into());
        assert_eq!(instance::state(&only_old).await.unwrap(), Instance::New);
        let seal = instance::seal(only_old.keyring());
        assert!(only_old.write(Claim(seal.clone())).await.unwrap());
        assert!(!only_old.write(Claim(seal)).await.unwrap(), "only once");
        let keys = ready(&only_old).await;
        assert!(!keys.is_rotating() && keys.is_newest(old.id()) && !keys.has_former());

        // Known, but nothing is written under it.
        let next = open(&database, &ServerKeys::from(old.clone()).with(new.clone()));
        let keys = ready(&next).await;
        assert_eq!(instance::note_current_key(&next, keys.clone()).await.unwrap(), Instance::Ready(keys));
        assert!(!ready(&only_old).await.is_rotating());

        let active = open(&database, &ServerKeys::from(new.clone()).with(old.clone()));
        let before = ready(&active).await;
        let noted = instance::note_current_key(&active, before.clone()).await.unwrap();
        assert_eq!(instance::note_current_key(&active, before).await.unwrap(), noted, "noted once");
        let keys = ready(&active).await;
        assert!(keys.is_rotating() && keys.is_newest(new.id()) && !keys.has_former());
        assert!(ready(&next).await.is_newest(new.id()), "whoever still writes with the old one");
        assert_eq!(instance::state(&only_old).await.unwrap(), Instance::OtherKey);
        let only_new = open(&database, &new.clone().into());
        assert_eq!(instance::state(&only_new).await.unwrap(), Instance::KeyMissing);
        let foreign = open(&database, &ServerKeys::from(ServerKey::generate()).with(ServerKey::generate()));
        assert_eq!(instance::state(&foreign).await.unwrap(), Instance::OtherKey);

        assert!(instance::forget_keys(&active, keys.clone(), &[old.id()]).await.unwrap());
        assert!(!instance::forget_keys(&active, keys, &[old.id()]).await.unwrap(), "changed since");
        let keys = ready(&only_new).await;
        assert!(!keys.is_rotating() && keys.has_former() && keys.is_former(old.id()) && !keys.is_former(new.id()));
        assert_eq!(instance::state(&only_old).await.unwrap(), Instance::OtherKey);

        // The next rotation remembers that there was one.
        let third = open(&database, &ServerKeys::from(ServerKey::generate()).with(new));
        let keys = ready(&third).await;
        let Instance::Ready(keys) = instance::note_current_key(&third, keys).await.unwrap() else { panic!() };
        assert!(keys.is_rotating() && keys.has_former());
    }
}
