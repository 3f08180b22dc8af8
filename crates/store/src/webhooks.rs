//! Webhooks. One table for all kinds of owners; OAuth clients and event types have
//! operations on theirs.

use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::{EventTypeId, OAuthClientId, OrganizationId, UserId, WebhookId};

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

/// Whose webhooks an operation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A platform OAuth client.
    OAuthClient(OAuthClientId),
    /// An event type.
    EventType(EventTypeId),
}

impl Owner {
    /// The client, if it is one.
    #[must_use]
    pub const fn client(&self) -> Option<&OAuthClientId> {
        match self {
            Self::OAuthClient(id) => Some(id),
            Self::EventType(_) => None,
        }
    }

    /// The event type, if it is one.
    #[must_use]
    pub const fn event_type(&self) -> Option<EventTypeId> {
        match self {
            Self::OAuthClient(_) => None,
            Self::EventType(id) => Some(*id),
        }
    }
}

row! {
    /// Where a webhook belongs.
    #[derive(Debug, Clone)]
    pub struct Place {
        /// The client that has it.
        pub oauth_client_id: Option<OAuthClientId>,
        /// The event type that has it.
        pub event_type_id: Option<EventTypeId>,
        /// The user that has it or its event type.
        pub user_id: Option<UserId>,
        /// The organization of whoever has it.
        pub organization_id: Option<OrganizationId>,
    }
}

// The owner is `$1` or `$2`; the other one is null, which equals nothing.
queries! {
    /// A webhook of an owner.
    pub fn of_owner(client: Option<&OAuthClientId>, event_type: Option<EventTypeId>, id: &WebhookId) -> Option<Webhook> = columns!(
        "select",
        "from webhook where id = $3 and (oauth_client_id = $1 or event_type_id = $2)"
    );

    /// The webhooks of an owner, oldest first (OW-4, PG-3).
    pub fn list(client: Option<&OAuthClientId>, event_type: Option<EventTypeId>, limit: i64, offset: i64) -> Vec<Webhook> = columns!(
        "select",
        "from webhook where oauth_client_id = $1 or event_type_id = $2 order by created_at, id limit $3 offset $4"
    );

    /// How many webhooks a client has.
    pub fn count_of_client(client: &OAuthClientId) -> Option<(i64,)> =
        "select count(*) from webhook where oauth_client_id = $1";

    /// Where a webhook belongs.
    pub fn place(id: &WebhookId) -> Option<Place> =
        "select w.oauth_client_id, w.event_type_id, u.id, coalesce(c.organization_id, t.parent_id, t.id, u.organization_id)
         from webhook w
         left join oauth_client c on c.id = w.oauth_client_id
         left join event_type e on e.id = w.event_type_id
         left join user_account u on u.id = coalesce(w.user_id, e.user_id)
         left join team t on t.id = coalesce(w.team_id, e.team_id)
         where w.id = $1";

    /// Holds a webhook until the end of the transaction, by a column without an index, as
    /// [`users::lock`](crate::users::lock) does.
    pub fn lock(id: &WebhookId) -> u64 = "update webhook set version = version where id = $1";

    /// Removes a webhook of an owner and returns what it was.
    pub fn delete(client: Option<&OAuthClientId>, event_type: Option<EventTypeId>, id: &WebhookId) -> Option<Webhook> = columns!(
        "delete from webhook where id = $3 and (oauth_client_id = $1 or event_type_id = $2) returning",
        ""
    );

    /// Removes all webhooks of an owner (OW-7).
    pub fn delete_all(client: Option<&OAuthClientId>, event_type: Option<EventTypeId>) -> u64 =
        "delete from webhook where oauth_client_id = $1 or event_type_id = $2";

    fn insert_row(
        id: &WebhookId,
        client: Option<&OAuthClientId>,
        event_type: Option<EventTypeId>,
        subscriber_url: &str,
        triggers: &Value,
        is_active: bool,
        payload_template: Option<&str>,
        secret: Option<&[u8]>,
        version: &str,
        now: Timestamp,
    ) -> u64 = "insert into webhook (
        id, oauth_client_id, event_type_id, subscriber_url, triggers, is_active, payload_template, secret, version, created_at
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

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

/// Writes a new webhook.
///
/// # Errors
///
/// A [`Constraint`](crate::Constraint) when the owner has one with this URL.
pub async fn insert(
    conn: &Conn,
    owner: &Owner,
    webhook: &Webhook,
    now: Timestamp,
) -> Result<u64, StoreError> {
    insert_row(
        conn,
        &webhook.id,
        owner.client(),
        owner.event_type(),
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
