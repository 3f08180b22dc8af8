//! Webhooks. One table for all kinds of owners; OAuth clients are the first to
//! have operations on theirs.

use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::{OAuthClientId, WebhookId};

use crate::sql::{queries, row};
use crate::{Conn, StoreError};

row! {
    /// A webhook as it is stored.
    #[derive(Debug, Clone)]
    pub struct Webhook {
        /// Id (TY-3).
        pub id: WebhookId,
        /// Where it is sent.
        pub subscriber_url: String,
        /// Array of trigger names.
        pub triggers: Value,
        /// Whether it is sent.
        pub is_active: bool,
        /// What is sent, if it is not the default.
        pub payload_template: Option<String>,
        /// Encrypted secret for the signature: see [`secret_context`].
        pub secret: Option<Vec<u8>>,
        /// Form of the payload.
        pub version: String,
    }
}

macro_rules! columns {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " id, subscriber_url, triggers, is_active, payload_template, secret, version ",
            $after
        )
    };
}

queries! {
    /// A webhook of a client.
    pub fn of_client(client: &OAuthClientId, id: &WebhookId) -> Option<Webhook> =
        columns!("select", "from webhook where id = $2 and oauth_client_id = $1");

    /// The webhooks of a client, oldest first (OW-4, PG-3).
    pub fn list_of_client(client: &OAuthClientId, limit: i64, offset: i64) -> Vec<Webhook> = columns!(
        "select",
        "from webhook where oauth_client_id = $1 order by created_at, id limit $2 offset $3"
    );

    /// How many webhooks a client has.
    pub fn count_of_client(client: &OAuthClientId) -> Option<(i64,)> =
        "select count(*) from webhook where oauth_client_id = $1";

    /// Whether a webhook is this client's. None when no client of the same
    /// organization has it.
    pub fn is_of_client(client: &OAuthClientId, id: &WebhookId) -> Option<(bool,)> =
        "select w.oauth_client_id = $1
         from webhook w
         join oauth_client owner on owner.id = w.oauth_client_id
         join oauth_client c on c.organization_id = owner.organization_id
         where w.id = $2 and c.id = $1";

    /// Holds a webhook until the end of the transaction.
    pub fn lock(id: &WebhookId) -> u64 = "update webhook set id = id where id = $1";

    /// Removes a webhook of a client and returns what it was.
    pub fn delete_of_client(client: &OAuthClientId, id: &WebhookId) -> Option<Webhook> = columns!(
        "delete from webhook where id = $2 and oauth_client_id = $1 returning",
        ""
    );

    /// Removes all webhooks of a client (OW-7).
    pub fn delete_all_of_client(client: &OAuthClientId) -> u64 =
        "delete from webhook where oauth_client_id = $1";

    fn insert_row(
        id: &WebhookId,
        client: &OAuthClientId,
        subscriber_url: &str,
        triggers: &Value,
        is_active: bool,
        payload_template: Option<&str>,
        secret: Option<&[u8]>,
        version: &str,
        now: Timestamp,
    ) -> u64 = "insert into webhook (
        id, oauth_client_id, subscriber_url, triggers, is_active, payload_template, secret, version, created_at
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    fn update_row(
        id: &WebhookId,
        subscriber_url: &str,
        triggers: &Value,
        is_active: bool,
        payload_template: Option<&str>,
        secret: Option<&[u8]>,
        version: &str,
    ) -> u64 = "update webhook set
        subscriber_url = $2, triggers = $3, is_active = $4, payload_template = $5, secret = $6, version = $7
        where id = $1";
}

/// The context under which a webhook's secret is encrypted
/// ([`Keyring::encrypt`](crate::Keyring::encrypt)).
#[must_use]
pub fn secret_context(id: &WebhookId) -> String {
    format!("webhook {id}")
}

/// A new id (TY-3).
#[must_use]
pub fn new_id() -> WebhookId {
    WebhookId::new(uuid::Uuid::new_v4().to_string())
}

/// Writes a new webhook of a client.
///
/// # Errors
///
/// [`Constraint::WebhookOAuthClientUrl`](crate::Constraint::WebhookOAuthClientUrl)
/// when the client has one with this URL.
pub async fn insert_of_client(
    conn: &Conn,
    client: &OAuthClientId,
    webhook: &Webhook,
    now: Timestamp,
) -> Result<u64, StoreError> {
    insert_row(
        conn,
        &webhook.id,
        client,
        &webhook.subscriber_url,
        &webhook.triggers,
        webhook.is_active,
        webhook.payload_template.as_deref(),
        webhook.secret.as_deref(),
        &webhook.version,
        now,
    )
    .await
}

/// Writes what can change about a webhook.
///
/// # Errors
///
/// A [`Constraint`](crate::Constraint) when the owner has another one with this URL.
pub async fn update(conn: &Conn, webhook: &Webhook) -> Result<u64, StoreError> {
    update_row(
        conn,
        &webhook.id,
        &webhook.subscriber_url,
        &webhook.triggers,
        webhook.is_active,
        webhook.payload_template.as_deref(),
        webhook.secret.as_deref(),
        &webhook.version,
    )
    .await
}
