//! `/v2/oauth-clients/{clientId}/webhooks` (section 11 of the platform rules).

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
use slotd_domain::{OAuthClientId, WebhookId};
use slotd_store::{Keyring, StoreError, webhooks};
use utoipa_axum::routes;

use crate::access::{ANY_CREDENTIAL, Access, Check};
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

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&oauth_clients::WRITE, routes!(create::create))
        .add(&oauth_clients::READ, routes!(list::list))
        .add(&oauth_clients::WRITE, routes!(delete_all::delete_all))
        .add(&READ_ONE, routes!(get::get))
        .add(&WRITE_ONE, routes!(update::update))
        .add(&WRITE_ONE, routes!(delete::delete))
}

/// The wire form of a stored webhook, with its secret in clear.
fn shown(
    keyring: &Keyring,
    client: &OAuthClientId,
    webhook: webhooks::Webhook,
) -> Result<wire::OAuthClientWebhook, StoreError> {
    let context = webhooks::secret_context(&webhook.id);
    let secret = webhook.secret.map(|sealed| keyring.decrypt(&context, &sealed)).transpose()?;
    let triggers = webhook.triggers.as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(wire::OAuthClientWebhook {
        payload_template: webhook.payload_template,
        triggers: triggers.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        o_auth_client_id: client.to_string(),
        id: webhook.id.to_string(),
        subscriber_url: webhook.subscriber_url,
        active: webhook.is_active,
        secret,
    })
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
