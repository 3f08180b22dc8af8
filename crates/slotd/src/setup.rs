//! Opening the database and setting up a new instance.

use jiff::Timestamp;
use slotd_contract::oauth_clients::CreateOAuthClient;
use slotd_domain::{OrganizationId, Permissions, UserId};
use slotd_store::instance::{self, Instance, KeysInUse};
use slotd_store::oauth_clients::{self, OAuthClient};
use slotd_store::organizations::NewOrganization;
use slotd_store::{
    Conn, Location, MigrationError, Options, ServerKey, Store, StoreError, UnitOfWork, api_keys,
    digest, new_api_key,
};

use crate::Failure;
use crate::settings::{Settings, create_private_file, create_private_folder};

/// What a first start made.
pub(crate) struct FirstStart {
    pub(crate) organization_id: OrganizationId,
    pub(crate) owner_id: UserId,
    pub(crate) api_key: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

/// An open store, and what is known about it.
pub(crate) struct Opened {
    pub(crate) store: Store,
    /// Under which keys its values are.
    pub(crate) keys: KeysInUse,
    pub(crate) first: Option<FirstStart>,
}

/// Brings the schema up to date, opens the store and sets a new instance up.
pub(crate) async fn open(settings: &Settings, now: Timestamp) -> Result<Opened, Failure> {
    let options = settings.store_options();
    let applied = migrate(settings, false).await?;
    if !applied.is_empty() {
        tracing::info!(migrations = applied.join(", "), "database schema brought up to date");
    }
    let keys = match settings.keys()? {
        Some(keys) => keys,
        // A process that started together with this one may have made the key since.
        None if is_set_up(&options).await? => settings.keys()?.ok_or_else(|| {
            Failure::new(format!(
                "the key file {} is missing. Without the key this database was set up under, its secrets and tokens \
                 cannot be read: put the file back from your backup, or name it with key_file or secret_key.",
                settings.key_path().display()
            ))
        })?,
        None => settings.make_key()?,
    };
    let store = Store::open(&options, &keys)
        .map_err(|error| Failure::because("the database cannot be opened", &error))?;
    let failed = |error: StoreError| Failure::because("the database cannot be read", &error);
    let (state, first) = match instance::state(&store).await.map_err(failed)? {
        Instance::New => {
            let first = set_up(&store, settings, now).await.map_err(failed)?;
            (instance::state(&store).await.map_err(failed)?, first)
        }
        state => (state, None),
    };
    let keys = ready(state, settings)?;
    let noted = instance::note_current_key(&store, keys).await.map_err(failed)?;
    Ok(Opened { keys: ready(noted, settings)?, store, first })
}

/// The keys of an instance of which no key is missing.
fn ready(state: Instance, settings: &Settings) -> Result<KeysInUse, Failure> {
    let place = settings.key_place();
    Err(Failure::new(match state {
        Instance::Ready(keys) => return Ok(keys),
        Instance::New => "another process removed what this one set up".to_owned(),
        Instance::KeyMissing => format!(
            "this database's key is being replaced, and some of its secrets are still under another key, which is not \
             in {place}: put that key back, behind the new one. It can go after `slotd admin rotate-key --finish`."
        ),
        Instance::OtherKey => format!(
            "this database was set up under another key than the one in {place}, or its key was replaced since. Its \
             secrets and tokens cannot be read without that key: put it back, or name it with key_file or secret_key."
        ),
    }))
}

/// Brings the schema up to date and names the migrations applied; with `dry_run`,
/// those that would be.
pub(crate) async fn migrate(settings: &Settings, dry_run: bool) -> Result<Vec<String>, Failure> {
    let options = settings.store_options();
    if let Location::Sqlite(path) = &options.location
        && !dry_run
    {
        create_private_folder(&settings.data_dir)
            .and_then(|()| create_private_file(path))
            .map_err(|error| {
                Failure::new(format!("the database {} cannot be made: {error}", path.display()))
            })?;
    }
    slotd_store::migrate(&options, dry_run).await.map_err(|error| match error {
        MigrationError::Store(StoreError::Unavailable(cause)) => {
            let failure = Failure::because("the database cannot be reached", &*cause);
            if failure.to_string().contains("TLS") {
                return Failure::new(format!(
                    "{failure}. A server on another machine is reached over TLS only, unless database_url ends in \
                     ?sslmode=disable."
                ));
            }
            failure
        }
        error => Failure::because("the database schema cannot be brought up to date", &error),
    })
}

/// Whether the database was set up already, under whatever key.
async fn is_set_up(options: &Options) -> Result<bool, Failure> {
    let failed = |error: StoreError| Failure::because("the database cannot be read", &error);
    let store = Store::open(options, &ServerKey::generate().into()).map_err(failed)?;
    let state = instance::state(&store).await.map_err(failed);
    store.close();
    Ok(state? != Instance::New)
}

/// Makes the first organization with its owner, API key and OAuth client.
async fn set_up(
    store: &Store,
    settings: &Settings,
    now: Timestamp,
) -> Result<Option<FirstStart>, StoreError> {
    let organization = NewOrganization::prepare(store, "slotd", "owner@slotd.invalid", now).await?;
    let body = CreateOAuthClient {
        name: "First client".to_owned(),
        redirect_uris: Vec::new(),
        permissions: Permissions::ALL,
        logo: None,
        booking_redirect_uri: None,
        booking_cancel_redirect_uri: None,
        booking_reschedule_redirect_uri: None,
        are_emails_enabled: false,
        are_default_event_types_enabled: false,
        are_calendar_events_enabled: true,
    };
    let (client, client_secret) =
        slotd_http::new_client(store.keyring(), organization.organization_id, &body, now);
    let key = new_api_key();
    let first = FirstStart {
        organization_id: organization.organization_id,
        owner_id: organization.owner.id,
        api_key: format!("{}{key}", settings.api_key_prefix),
        client_id: client.id.to_string(),
        client_secret,
    };
    let set_up = SetUp {
        key_check: instance::seal(store.keyring()),
        organization,
        api_key_digest: digest(&key),
        client,
        now,
    };
    Ok(store.write(set_up).await?.then_some(first))
}

struct SetUp {
    key_check: Vec<u8>,
    organization: NewOrganization,
    api_key_digest: [u8; 32],
    client: OAuthClient,
    now: Timestamp,
}

impl UnitOfWork for SetUp {
    type Output = bool;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<bool, StoreError> {
        if !instance::claim(conn, &self.key_check, self.now).await? {
            return Ok(false);
        }
        self.organization.run(conn).await?;
        let NewOrganization { owner, organization_id, .. } = &self.organization;
        let note = Some("made at the first start");
        api_keys::insert(
            conn,
            &self.api_key_digest,
            owner.id,
            Some(*organization_id),
            note,
            None,
            self.now,
        )
        .await?;
        oauth_clients::insert(conn, &self.client).await?;
        Ok(true)
    }
}
