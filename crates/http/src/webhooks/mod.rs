//! `/v2/oauth-clients/{clientId}/webhooks` (section 11 of the platform rules) and
//! `/v2/event-types/{eventTypeId}/webhooks` (section 9 of the availability rules).

mod create;
mod delete;
mod delete_all;
mod get;
mod list;
mod update;

use serde_json::Value;
use slotd_contract::fields::{FieldError, FromBody};
use slotd_contract::webhooks as wire;
use slotd_domain::webhook::{self, Reach};
use slotd_domain::{EventTypeId, OAuthClientId, Scope, WebhookId};
use slotd_store::{Keyring, StoreError, webhooks};
use utoipa_axum::routes;

use crate::access::{ANY_CREDENTIAL, Access, Check, Foreign};
use crate::oauth_clients::{MANAGERS, MEMBERS};
use crate::route::Routes;
use crate::{ApiError, App, messages, oauth_clients};

const WRITE_ONE: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Authenticated,
        Check::OrganizationRole(MANAGERS),
        Check::OwnOAuthClient,
        Check::WebhookOfOAuthClient,
    ],
    scopes: &[],
};

const READ_ONE: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Authenticated,
        Check::OrganizationRole(MEMBERS),
        Check::OwnOAuthClient,
        Check::WebhookOfOAuthClient,
    ],
    scopes: &[],
};

/// The owner of the event type alone: event types have no managers of their own.
const OF_EVENT_TYPE: Check = Check::OwnEventType(Foreign::Forbidden);

const READ_EVENT_TYPE: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[Check::Authenticated, OF_EVENT_TYPE],
    scopes: &[Scope::WEBHOOK_READ],
};

const WRITE_EVENT_TYPE: Access = Access { scopes: &[Scope::WEBHOOK_WRITE], ..READ_EVENT_TYPE };

const READ_ONE_OF_EVENT_TYPE: Access = Access {
    checks: &[Check::Authenticated, OF_EVENT_TYPE, Check::WebhookOfEventType],
    ..READ_EVENT_TYPE
};

const WRITE_ONE_OF_EVENT_TYPE: Access =
    Access { scopes: &[Scope::WEBHOOK_WRITE], ..READ_ONE_OF_EVENT_TYPE };

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&oauth_clients::WRITE, routes!(create::of_client))
        .add(&oauth_clients::READ, routes!(list::of_client))
        .add(&oauth_clients::WRITE, routes!(delete_all::of_client))
        .add(&READ_ONE, routes!(get::of_client))
        .add(&WRITE_ONE, routes!(update::of_client))
        .add(&WRITE_ONE, routes!(delete::of_client))
        .add(&WRITE_EVENT_TYPE, routes!(create::of_event_type))
        .add(&READ_EVENT_TYPE, routes!(list::of_event_type))
        .add(&WRITE_EVENT_TYPE, routes!(delete_all::of_event_type))
        .add(&READ_ONE_OF_EVENT_TYPE, routes!(get::of_event_type))
        .add(&WRITE_ONE_OF_EVENT_TYPE, routes!(update::of_event_type))
        .add(&WRITE_ONE_OF_EVENT_TYPE, routes!(delete::of_event_type))
}

/// The wire form of a stored webhook, with its secret in clear.
fn shown(keyring: &Keyring, webhook: webhooks::Webhook) -> Result<wire::Webhook, StoreError> {
    let context = webhooks::secret_context(&webhook.id);
    let secret = webhook.secret.map(|sealed| keyring.decrypt(&context, &sealed)).transpose()?;
    Ok(wire::Webhook {
        payload_template: webhook.payload_template,
        triggers: slotd_store::texts(&webhook.triggers).map(str::to_owned).collect(),
        id: webhook.id.to_string(),
        subscriber_url: webhook.subscriber_url,
        active: webhook.is_active,
        secret,
    })
}

fn shown_of_client(client: &OAuthClientId, webhook: wire::Webhook) -> wire::OAuthClientWebhook {
    wire::OAuthClientWebhook { webhook, o_auth_client_id: client.to_string() }
}

fn shown_of_event_type(
    EventTypeId(event_type_id): EventTypeId,
    webhook: wire::Webhook,
) -> wire::EventTypeWebhook {
    wire::EventTypeWebhook { webhook, event_type_id }
}

fn unknown(id: &WebhookId) -> ApiError {
    ApiError::not_found(messages::unknown_webhook(id))
}

/// Refuses a URL whose host is an address that webhooks may not be sent to (QI-16).
fn check_reach<T: FromBody>(app: &App, url: &str, sent: &Value) -> Result<(), ApiError> {
    let reach = webhook::parse_url(url).map_or(Reach::Never, |url| webhook::reach_of_url(&url));
    let text = match reach {
        reach if reach.is_allowed(app.settings.allow_private_webhooks) => return Ok(()),
        Reach::Public | Reach::Private => messages::PRIVATE_WEBHOOK,
        Reach::Never => messages::UNREACHABLE_WEBHOOK,
    };
    let error =
        FieldError::found_later::<T>("subscriberUrl", sent, "isPublicAddress", text.to_owned());
    Err(ApiError::invalid(vec![error]))
}
