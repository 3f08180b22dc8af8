//! Third-party apps: OAuth2 clients that regular users authorize.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_contract::fields;
use slotd_domain::oauth2::{ClientStatus, ClientType, MOST_REDIRECT_URIS, is_redirect_uri};
use slotd_domain::{OAuth2ClientId, Scope};
use slotd_store::oauth2::{self, Client};
use slotd_store::{
    Conn, Store, StoreError, UnitOfWork, digest, new_client_secret, new_oauth2_client_id,
};

use super::{failed, person};
use crate::Failure;

/// Rows that are read at a time.
const BATCH: i64 = 200;

#[expect(clippy::doc_markdown, reason = "these texts are the command's help")]
#[derive(Debug, Args)]
pub(crate) struct CreateOauth2Client {
    /// Name of the app, as people will see it when they are asked for consent
    #[arg(long)]
    name: String,
    /// Address that codes may be sent to, compared to the letter; can be repeated, up to ten times
    #[arg(long = "redirect-uri", value_name = "URI", required = true)]
    redirect_uris: Vec<String>,
    /// Scope that the app may ask for, such as BOOKING_READ, or `*` for all; can be repeated
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    /// The app cannot keep a secret: it runs on somebody's machine and proves itself by PKCE
    #[arg(long)]
    public: bool,
    /// Tell people that you vouch for the app
    #[arg(long)]
    trusted: bool,
    /// Address of the app's picture
    #[arg(long, value_name = "URI")]
    logo: Option<String>,
    /// Id of the user the app belongs to; the first organization's owner unless given
    #[arg(long, value_name = "ID")]
    owner: Option<i32>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListOauth2Clients {
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SetOauth2ClientStatus {
    /// Id of the app
    client: String,
    /// APPROVED: everybody can authorize it; PENDING: only its owner; REJECTED: nobody, and its tokens stop at once
    #[arg(value_name = "APPROVED|PENDING|REJECTED", value_parser = status)]
    status: ClientStatus,
}

fn status(text: &str) -> Result<ClientStatus, String> {
    ClientStatus::parse(text).ok_or_else(|| {
        let known: Vec<&str> = ClientStatus::ALL.iter().map(|status| status.name()).collect();
        format!("it can be {}", known.join(", "))
    })
}

/// Registers an app. It is approved: whoever runs this command decides.
pub(super) async fn create(
    store: &Store,
    args: &CreateOauth2Client,
    now: Timestamp,
) -> Result<Value, Failure> {
    let text = |name: &str, value: &str| {
        fields::short_text(name, Some(&json!(value))).map_err(|failures| {
            let texts: Vec<String> = failures.into_iter().map(|(_, text)| text).collect();
            Failure::new(texts.join("; "))
        })
    };
    let name = text("the name", &args.name)?;
    if args.redirect_uris.len() > MOST_REDIRECT_URIS {
        return Err(Failure::new(format!("an app has at most {MOST_REDIRECT_URIS} redirect URIs")));
    }
    for uri in &args.redirect_uris {
        text("a redirect URI", uri)?;
        if !is_redirect_uri(uri) {
            return Err(Failure::new(format!(
                "{uri} cannot be a redirect URI: it must be an https address, an http address on this machine or a \
                 scheme of an app, without a fragment"
            )));
        }
    }
    let logo = args.logo.as_deref().map(|logo| text("the logo", logo)).transpose()?;
    let owner = person(store, args.owner).await?;
    let secret = (!args.public).then(new_client_secret);
    let client = Client {
        id: new_oauth2_client_id(),
        name,
        redirect_uris: json!(args.redirect_uris),
        logo,
        client_type: if args.public { ClientType::Public } else { ClientType::Confidential }
            .name()
            .to_owned(),
        secret_digest: secret.as_deref().map(|secret| digest(secret).to_vec()),
        is_trusted: args.trusted,
        scopes: Some(json!(scopes(&args.scopes)?)),
        status: ClientStatus::Approved.name().to_owned(),
        owner_user_id: owner.id,
        created_at: now,
    };
    let mut answer = json!({ "clientId": client.id.as_str() });
    if let Some(secret) = secret {
        answer["clientSecret"] = json!(secret);
    }
    answer["clientType"] = json!(client.client_type);
    answer["scopes"] = client.scopes.clone().unwrap_or_default();
    answer["ownerId"] = json!(owner.id.0);
    store.write(Insert(client)).await.map_err(failed)?;
    Ok(answer)
}

/// The names of the scopes, each once.
fn scopes(names: &[String]) -> Result<Vec<&'static str>, Failure> {
    if names.iter().any(|name| name == "*") {
        return Ok(Scope::all().map(Scope::name).collect());
    }
    let mut scopes = Vec::new();
    for name in names {
        let scope = Scope::parse(name).ok_or_else(|| {
            let known: Vec<&str> = Scope::all().map(Scope::name).collect();
            Failure::new(format!("{name} is no scope; there are: {}", known.join(", ")))
        })?;
        if !scopes.contains(&scope.name()) {
            scopes.push(scope.name());
        }
    }
    Ok(scopes)
}

/// Lists apps, oldest first. Their secrets are not stored.
pub(super) async fn list(store: &Store) -> Result<Value, Failure> {
    let conn = store.read().await.map_err(failed)?;
    let mut clients: Vec<Client> = Vec::new();
    loop {
        let after = clients.last().map_or("", |client| client.id.as_str());
        let page = oauth2::list(&conn, after, BATCH).await.map_err(failed)?;
        if page.is_empty() {
            break;
        }
        clients.extend(page);
    }
    clients.sort_by(|a, b| (a.created_at, a.id.as_str()).cmp(&(b.created_at, b.id.as_str())));
    let shown = clients.into_iter().map(|client| {
        json!({
            "clientId": client.id.as_str(),
            "name": client.name,
            "clientType": client.client_type,
            "status": client.status,
            "redirectUris": client.redirect_uris,
            "scopes": client.scopes,
            "ownerId": client.owner_user_id.0,
            "createdAt": client.created_at.to_string(),
        })
    });
    Ok(shown.collect())
}

/// Decides about an app.
pub(super) async fn set_status(
    store: &Store,
    args: SetOauth2ClientStatus,
) -> Result<Value, Failure> {
    let SetOauth2ClientStatus { client, status } = args;
    let set = SetStatus { client: OAuth2ClientId::new(client.clone()), status };
    if store.write(set).await.map_err(failed)? == 0 {
        return Err(Failure::new(format!("there is no OAuth2 client {client}")));
    }
    Ok(json!({ "clientId": client, "status": status.name() }))
}

struct Insert(Client);

impl UnitOfWork for Insert {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        oauth2::insert_client(conn, &self.0).await
    }
}

struct SetStatus {
    client: OAuth2ClientId,
    status: ClientStatus,
}

impl UnitOfWork for SetStatus {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        oauth2::set_status(conn, &self.client, self.status.name()).await
    }
}
