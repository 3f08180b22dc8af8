//! `slotd admin …`: what the API cannot do because nobody has a key yet.

mod apps;
mod clients;
mod keys;
mod sessions;

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slotd_contract::fields::{self, read_body};
use slotd_contract::oauth_clients::CreateOAuthClient;
use slotd_domain::{OrganizationId, Permission, Permissions, UserId, email};
use slotd_store::instance::KeysInUse;
use slotd_store::oauth_clients::{self, OAuthClient};
use slotd_store::organizations::NewOrganization;
use slotd_store::users::User;
use slotd_store::{
    Conn, Constraint, Store, StoreError, UnitOfWork, api_keys, digest, new_api_key, organizations,
    users,
};

use crate::settings::Settings;
use crate::{Failure, print_line};

/// The admin commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Create an OAuth client: the id and secret with which a back end creates managed users
    CreateOauthClient(OauthClientArguments),
    /// List OAuth clients, oldest first, without their secrets
    ListOauthClients(clients::ListOauthClients),
    /// Give an OAuth client a new secret, shown once; the old one stops working at once
    RotateSecret(clients::RotateSecret),
    /// Delete the managed users whose OAuth client was deleted, with everything that belongs to them
    DeleteOrphanedUsers(clients::DeleteOrphanedUsers),
    /// Create an OAuth2 client: a third-party app that users authorize in their browser
    CreateOauth2Client(apps::CreateOauth2Client),
    /// List OAuth2 clients, oldest first
    ListOauth2Clients(apps::ListOauth2Clients),
    /// Approve or reject an OAuth2 client
    SetOauth2ClientStatus(apps::SetOauth2ClientStatus),
    /// Print a one-time address that logs a user in, to authorize apps
    LoginLink(sessions::LoginLink),
    /// List who is logged in in a browser
    ListSessions(sessions::ListSessions),
    /// Log a browser, or all browsers of a user, out
    RevokeSession(sessions::RevokeSession),
    /// Create an API key, the credential of a person who manages OAuth clients
    CreateApiKey(CreateApiKey),
    /// Create another organization with an owner; its data is invisible to all others
    CreateOrganization(CreateOrganization),
    /// Replace the server's key by a new one, in steps, without stopping the service
    #[command(after_help = keys::STEPS)]
    RotateKey(keys::RotateKey),
    /// Lock a user out of every way to authenticate, at once
    LockUser {
        /// Id of the user
        user: i32,
    },
    /// Let a locked user in again
    UnlockUser {
        /// Id of the user
        user: i32,
    },
    /// Make a user a system administrator, who manages every organization, or an ordinary user again
    #[expect(clippy::enum_variant_names, reason = "the name is that of the command")]
    SetSystemAdmin {
        /// Id of the user
        user: i32,
        /// Whether the user is to be a system administrator
        #[arg(value_name = "true|false", action = clap::ArgAction::Set)]
        is_system_admin: bool,
    },
}

#[expect(clippy::doc_markdown, reason = "these texts are the command's help")]
#[derive(Debug, Args)]
pub(crate) struct OauthClientArguments {
    /// Name of the client, as people will see it
    #[arg(long)]
    name: String,
    /// Origin or redirect address of the front end, `*` stands for any text; can be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Permission to grant, such as PROFILE_READ; can be repeated; all of them unless given
    #[arg(long = "permission", value_name = "PERMISSION")]
    permissions: Vec<String>,
    /// Whether new managed users get four default event types
    #[arg(long, value_name = "true|false", default_value_t = false, action = clap::ArgAction::Set)]
    default_event_types: bool,
    /// Whether booking e-mails are sent to this client's users
    #[arg(long, value_name = "true|false", default_value_t = false, action = clap::ArgAction::Set)]
    emails: bool,
    /// Id of the organization that owns the client; the first one unless given
    #[arg(long, value_name = "ID")]
    organization: Option<i32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CreateApiKey {
    /// Id of the user the key belongs to; the first organization's owner unless given
    #[arg(long, value_name = "ID")]
    user: Option<i32>,
    /// The key stops working at the end of the day this many days from now; never unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    expires_in_days: Option<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CreateOrganization {
    /// Name of the organization
    #[arg(long)]
    name: String,
    /// E-mail address of its owner
    #[arg(long, value_name = "ADDRESS")]
    owner_email: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs one command on an open store.
pub(crate) async fn run(
    store: &Store,
    keys: KeysInUse,
    command: Admin,
    settings: &Settings,
    now: Timestamp,
) -> Result<(), Failure> {
    let (answer, json) = match command {
        Admin::CreateOauthClient(args) => {
            (create_oauth_client(store, &args, now).await?, args.json)
        }
        Admin::ListOauthClients(args) => (clients::list(store, &args).await?, args.json),
        Admin::RotateSecret(args) => (clients::rotate_secret(store, &args).await?, args.json),
        Admin::DeleteOrphanedUsers(args) => {
            (clients::delete_orphaned_users(store, &args, now).await?, args.json)
        }
        Admin::CreateOauth2Client(args) => (apps::create(store, &args, now).await?, args.json),
        Admin::ListOauth2Clients(args) => (apps::list(store).await?, args.json),
        Admin::SetOauth2ClientStatus(args) => (apps::set_status(store, args).await?, false),
        Admin::LoginLink(args) => {
            (sessions::login_link(store, &args, settings, now).await?, args.json)
        }
        Admin::ListSessions(args) => (sessions::list(store, now).await?, args.json),
        Admin::RevokeSession(args) => (sessions::revoke(store, args).await?, false),
        Admin::CreateApiKey(args) => {
            (create_api_key(store, &args, &settings.api_key_prefix, now).await?, args.json)
        }
        Admin::CreateOrganization(args) => {
            (create_organization(store, &args, now).await?, args.json)
        }
        Admin::RotateKey(args) => (keys::rotate(store, keys, settings, &args).await?, args.json),
        Admin::LockUser { user } => (mark(store, user, Mark::Locked(Some(now))).await?, false),
        Admin::UnlockUser { user } => (mark(store, user, Mark::Locked(None)).await?, false),
        Admin::SetSystemAdmin { user, is_system_admin } => {
            (mark(store, user, Mark::SystemAdmin(is_system_admin)).await?, false)
        }
    };
    if json {
        print_line(&answer.to_string());
        return Ok(());
    }
    let entries = answer.as_array().map_or(std::slice::from_ref(&answer), Vec::as_slice);
    for (number, entry) in entries.iter().enumerate() {
        if number > 0 {
            print_line("");
        }
        for (name, value) in entry.as_object().into_iter().flatten() {
            print_line(&format!("{name:16} {}", in_words(value)));
        }
    }
    Ok(())
}

/// A value without the marks of JSON.
fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(in_words).collect::<Vec<_>>().join(" "),
        value => value.to_string(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "an argument of map_err")]
fn failed(error: StoreError) -> Failure {
    Failure::because("the database refused", &error)
}

async fn first_organization(conn: &Conn) -> Result<OrganizationId, Failure> {
    let first = organizations::first(conn).await.map_err(failed)?;
    first.map(|(id,)| id).ok_or_else(|| Failure::new("there is no organization"))
}

async fn create_oauth_client(
    store: &Store,
    args: &OauthClientArguments,
    now: Timestamp,
) -> Result<Value, Failure> {
    let permissions =
        if args.permissions.is_empty() || args.permissions.iter().any(|name| name == "*") {
            Permissions::ALL
        } else {
            let parse = |name: &String| {
                Permission::parse(name).ok_or_else(|| {
                    let known = Permissions::ALL.names().join(", ");
                    Failure::new(format!("{name} is no permission; there are: {known}"))
                })
            };
            args.permissions.iter().map(parse).collect::<Result<_, _>>()?
        };
    let conn = store.read().await.map_err(failed)?;
    let organization = match args.organization {
        Some(id) => OrganizationId(id),
        None => first_organization(&conn).await?,
    };
    if organizations::is_platform(&conn, organization).await.map_err(failed)?.is_none() {
        return Err(Failure::new(format!("there is no organization {organization}")));
    }
    let owner = organizations::acting_user(&conn, organization).await.map_err(failed)?;
    drop(conn);

    // As the API reads it, with the API's bounds.
    let body = json!({
        "name": args.name,
        "redirectUris": args.redirect_uris,
        "permissions": permissions.names(),
        "areDefaultEventTypesEnabled": args.default_event_types,
        "areEmailsEnabled": args.emails,
    });
    let body = read_body::<CreateOAuthClient>(&body).map_err(|errors| {
        let texts = errors.iter().flat_map(|error| error.constraints.values());
        let texts: Vec<&str> = texts.filter_map(Value::as_str).collect();
        Failure::new(texts.join("; "))
    })?;
    let (client, secret) = slotd_http::new_client(store.keyring(), organization, &body, now);
    let answer = json!({
        "clientId": client.id.as_str(),
        "clientSecret": secret,
        "organizationId": organization.0,
        "ownerId": owner.map(|(id,)| id.0),
    });
    store.write(InsertClient(client)).await.map_err(failed)?;
    Ok(answer)
}

struct InsertClient(OAuthClient);

impl UnitOfWork for InsertClient {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        oauth_clients::insert(conn, &self.0).await
    }
}

/// A user, or the first organization's owner.
async fn person(store: &Store, user: Option<i32>) -> Result<User, Failure> {
    let conn = store.read().await.map_err(failed)?;
    let user_id = if let Some(id) = user {
        UserId(id)
    } else {
        let organization = first_organization(&conn).await?;
        let owner = organizations::acting_user(&conn, organization).await.map_err(failed)?;
        let nobody = || {
            Failure::new(format!(
                "organization {organization} has no owner or administrator who is not locked: name a user with --user"
            ))
        };
        owner.ok_or_else(nobody)?.0
    };
    let user = users::by_id(&conn, user_id).await.map_err(failed)?;
    user.ok_or_else(|| Failure::new(format!("there is no user {user_id}")))
}

async fn create_api_key(
    store: &Store,
    args: &CreateApiKey,
    prefix: &str,
    now: Timestamp,
) -> Result<Value, Failure> {
    let user = person(store, args.user).await?;
    let key = new_api_key();
    let expires_at = match args.expires_in_days {
        Some(days) => {
            let hours = SignedDuration::from_hours(i64::from(days) * 24);
            Some(now.checked_add(hours).map_err(|_| Failure::new("that many days are too many"))?)
        }
        None => None,
    };
    let insert = InsertKey {
        digest: digest(&key),
        user: user.id,
        organization: user.organization_id,
        expires_at,
        now,
    };
    store.write(insert).await.map_err(failed)?;
    Ok(json!({ "apiKey": format!("{prefix}{key}"), "userId": user.id.0 }))
}

/// Keys made here are bound to the user's organization, so that they open the
/// routes that ask for one.
struct InsertKey {
    digest: [u8; 32],
    user: UserId,
    organization: Option<OrganizationId>,
    expires_at: Option<Timestamp>,
    now: Timestamp,
}

impl UnitOfWork for InsertKey {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        let note = Some("made by slotd admin");
        api_keys::insert(
            conn,
            &self.digest,
            self.user,
            self.organization,
            note,
            self.expires_at,
            self.now,
        )
        .await
    }
}

async fn create_organization(
    store: &Store,
    args: &CreateOrganization,
    now: Timestamp,
) -> Result<Value, Failure> {
    fields::short_text("the name", Some(&json!(args.name))).map_err(|failures| {
        Failure::new(failures.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("; "))
    })?;
    let length = args.owner_email.chars().count();
    if !email::is_address(&args.owner_email) || length > email::MAX_LENGTH {
        return Err(Failure::new(format!("{} is no e-mail address", args.owner_email)));
    }
    if email::client_of(&args.owner_email).is_some() {
        return Err(Failure::new(format!(
            "{} has the form of a managed user's address, which only the user's client can give",
            args.owner_email
        )));
    }
    let new = NewOrganization::prepare(store, &args.name, &args.owner_email, now)
        .await
        .map_err(failed)?;
    let answer = json!({ "organizationId": new.organization_id.0, "ownerId": new.owner.id.0 });
    store.write(new).await.map_err(|error| match error {
        StoreError::Constraint(Constraint::UserEmail) => {
            Failure::new(format!("a user with the address {} exists already", args.owner_email))
        }
        error => failed(error),
    })?;
    Ok(answer)
}

/// What is noted about a user.
#[derive(Debug, Clone, Copy)]
enum Mark {
    /// Since when the user is locked (AU-16).
    Locked(Option<Timestamp>),
    /// Whether the user is a system administrator (AU-18).
    SystemAdmin(bool),
}

async fn mark(store: &Store, user: i32, mark: Mark) -> Result<Value, Failure> {
    let changed = store.write(SetMark { user: UserId(user), mark }).await.map_err(failed)?;
    if changed == 0 {
        return Err(Failure::new(format!("there is no user {user}")));
    }
    Ok(match mark {
        Mark::Locked(since) => json!({ "userId": user, "isLocked": since.is_some() }),
        Mark::SystemAdmin(is_system_admin) => {
            json!({ "userId": user, "isSystemAdmin": is_system_admin })
        }
    })
}

struct SetMark {
    user: UserId,
    mark: Mark,
}

impl UnitOfWork for SetMark {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        match self.mark {
            Mark::Locked(since) => users::set_locked(conn, self.user, since).await,
            Mark::SystemAdmin(is_admin) => users::set_system_admin(conn, self.user, is_admin).await,
        }
    }
}
