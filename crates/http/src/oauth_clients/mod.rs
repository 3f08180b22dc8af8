//! `/v2/oauth-clients` (section 2 of the platform rules).

mod create;
mod delete;
mod get;
mod list;
mod managed_users;
mod update;

pub use create::new_client;

use slotd_contract::oauth_clients as wire;
use slotd_domain::{Permissions, Role};
use slotd_store::{Keyring, StoreError, oauth_clients};
use utoipa_axum::routes;

use crate::access::{ANY_CREDENTIAL, Access, Check};
use crate::route::Routes;

pub(crate) const MANAGERS: &[Role] = &[Role::Admin, Role::Owner];
pub(crate) const MEMBERS: &[Role] = &[Role::Admin, Role::Owner, Role::Member];

/// Whoever manages the organization, within it.
pub(crate) const WRITE: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[Check::Authenticated, Check::OrganizationRole(MANAGERS), Check::OwnOAuthClient],
    scopes: &[],
};

/// Every member of the organization.
pub(crate) const READ: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[Check::Authenticated, Check::OrganizationRole(MEMBERS), Check::OwnOAuthClient],
    scopes: &[],
};

const CREATE: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[Check::Authenticated, Check::OrganizationRole(MANAGERS), Check::BoundOrganization],
    scopes: &[],
};

const LIST: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[Check::Authenticated, Check::OrganizationRole(MEMBERS), Check::BoundOrganization],
    scopes: &[],
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&CREATE, routes!(create::create))
        .add(&LIST, routes!(list::list))
        .add(&READ, routes!(get::get))
        .add(&WRITE, routes!(update::update))
        .add(&WRITE, routes!(delete::delete))
        .add(&READ, routes!(managed_users::list))
}

/// The wire form of a stored client, with its secret in clear (OC-9).
fn shown(
    keyring: &Keyring,
    client: oauth_clients::OAuthClient,
) -> Result<wire::OAuthClient, StoreError> {
    let secret = keyring.decrypt(&oauth_clients::secret_context(&client.id), &client.secret)?;
    Ok(wire::OAuthClient {
        id: client.id.to_string(),
        name: client.name,
        secret,
        permissions: Permissions::from_bits(client.permissions).names(),
        logo: client.logo,
        redirect_uris: texts(&client.redirect_uris),
        organization_id: client.organization_id.0,
        created_at: slotd_contract::timestamp(client.created_at),
        are_emails_enabled: client.are_emails_enabled,
        are_default_event_types_enabled: client.are_default_event_types_enabled,
        are_calendar_events_enabled: client.are_calendar_events_enabled,
        booking_redirect_uri: client.booking_redirect_uri,
        booking_cancel_redirect_uri: client.booking_cancel_redirect_uri,
        booking_reschedule_redirect_uri: client.booking_reschedule_redirect_uri,
    })
}

fn texts(list: &serde_json::Value) -> Vec<String> {
    slotd_store::texts(list).map(str::to_owned).collect()
}
