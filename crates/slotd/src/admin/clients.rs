//! OAuth clients and the users that are left of them.

use std::collections::BTreeMap;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_domain::{OAuthClientId, OrganizationId, Permissions, UserId};
use slotd_store::oauth_clients::{self, Listed};
use slotd_store::{
    Conn, Store, StoreError, UnitOfWork, audit, new_client_secret, organizations, users,
};
use uuid::Uuid;

use super::failed;
use crate::Failure;

/// Rows that are read, or deleted in one transaction, at a time.
const BATCH: i64 = 200;

#[derive(Debug, Args)]
pub(crate) struct ListOauthClients {
    /// Only the clients of this organization
    #[arg(long, value_name = "ID")]
    organization: Option<i32>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RotateSecret {
    /// Id of the OAuth client
    client: String,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteOrphanedUsers {
    /// Only say how many there are
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Lists clients, oldest first. Their secrets are not shown.
pub(super) async fn list(store: &Store, args: &ListOauthClients) -> Result<Value, Failure> {
    let organization = args.organization.map(OrganizationId);
    let conn = store.read().await.map_err(failed)?;
    if let Some(id) = organization
        && organizations::is_platform(&conn, id).await.map_err(failed)?.is_none()
    {
        return Err(Failure::new(format!("there is no organization {id}")));
    }
    let mut clients: Vec<Listed> = Vec::new();
    loop {
        let after = clients.last().map_or("", |client| client.id.as_str());
        let page = oauth_clients::list(&conn, after, organization, BATCH).await.map_err(failed)?;
        if page.is_empty() {
            break;
        }
        clients.extend(page);
    }
    clients.sort_by(|a, b| (a.created_at, a.id.as_str()).cmp(&(b.created_at, b.id.as_str())));
    Ok(clients
        .into_iter()
        .map(|client| {
            json!({
                "clientId": client.id.as_str(),
                "name": client.name,
                "organizationId": client.organization_id.0,
                "permissions": Permissions::from_bits(client.permissions).names(),
                "managedUsers": client.managed_users,
                "createdAt": client.created_at.to_string(),
            })
        })
        .collect())
}

/// Gives a client a new secret. Every request looks its client up, so the old
/// secret stops at once, also in running servers.
pub(super) async fn rotate_secret(store: &Store, args: &RotateSecret) -> Result<Value, Failure> {
    let id = OAuthClientId::new(args.client.clone());
    let secret = new_client_secret();
    let sealed = store.keyring().encrypt(&oauth_clients::secret_context(&id), &secret);
    let answer = json!({ "clientId": id.as_str(), "clientSecret": secret });
    if store.write(SetSecret { id, sealed }).await.map_err(failed)? == 0 {
        return Err(Failure::new(format!("there is no OAuth client {}", args.client)));
    }
    Ok(answer)
}

struct SetSecret {
    id: OAuthClientId,
    sealed: Vec<u8>,
}

impl UnitOfWork for SetSecret {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        oauth_clients::set_secret(conn, &self.id, &self.sealed).await
    }
}

/// Deletes the managed users whose client was deleted (OC-12, QI-28).
pub(super) async fn delete_orphaned_users(
    store: &Store,
    args: &DeleteOrphanedUsers,
    now: Timestamp,
) -> Result<Value, Failure> {
    let conn = store.read().await.map_err(failed)?;
    let found = users::count_orphaned(&conn).await.map_err(failed)?.map_or(0, |(count,)| count);
    drop(conn);
    let mut deleted = 0;
    if !args.dry_run {
        loop {
            let batch = store.write(DeleteBatch { now }).await.map_err(failed)?;
            if batch == 0 {
                break;
            }
            deleted += batch;
        }
    }
    Ok(json!({ "orphanedUsers": found, "deletedUsers": deleted }))
}

struct DeleteBatch {
    now: Timestamp,
}

impl UnitOfWork for DeleteBatch {
    type Output = usize;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<usize, StoreError> {
        let deleted = users::delete_orphaned(conn, BATCH).await?;
        let count = deleted.len();
        let mut of_organization: BTreeMap<Option<i32>, Vec<i32>> = BTreeMap::new();
        for (UserId(user), organization) in deleted {
            of_organization.entry(organization.map(|id| id.0)).or_default().push(user);
        }
        for (organization, mut users) in of_organization {
            users.sort_unstable();
            let (id, organization) = (Uuid::new_v4().to_string(), organization.map(OrganizationId));
            let details = json!({ "userIds": users });
            let action = "orphaned_users.deleted";
            audit::insert(conn, &id, organization, None, action, &details, self.now).await?;
        }
        Ok(count)
    }
}
