//! What a known caller may do (PM-1 to PM-15).

use slotd_domain::{Permissions, Role, Scope, WebhookId};
use slotd_store::webhooks::Owner;
use slotd_store::{event_types, oauth_clients, organizations, users, webhooks};

use super::authenticate::{is_api_key, stored_access_token};
use super::{Credential, EventTypeNumber, Foreign, Presented, Principal};
use crate::{ApiError, App, messages};

/// The permission check. It looks at what was presented and not at the
/// principal, because on some routes it runs before authentication (PM-6), and
/// the bearer token's client counts before the one of the credentials (PM-5).
pub(super) async fn permissions(
    app: &App,
    required: Permissions,
    presented: &Presented,
    principal: Option<&Principal>,
) -> Result<(), ApiError> {
    if required.is_empty() {
        return Ok(());
    }
    let of_client = match principal.map(|principal| &principal.credential) {
        Some(Credential::OAuthClient { id, permissions, .. }) => Some((id.clone(), *permissions)),
        _ => None,
    };
    let is_key = presented.bearer.as_ref().is_some_and(|bearer| is_api_key(app, bearer));
    let (client, granted) = if is_key {
        // A key skips the check when it is the key that authenticates, and not beside the
        // credentials of a client.
        match of_client {
            Some(client) => client,
            None => return Ok(()),
        }
    } else if let Some(bearer) = &presented.bearer {
        match principal.map(|principal| &principal.credential) {
            // Limited by scopes (PM-1).
            Some(Credential::ThirdParty { .. }) => return Ok(()),
            Some(Credential::AccessToken { client_id, permissions, .. }) => {
                (client_id.clone(), *permissions)
            }
            _ => match stored_access_token(app, bearer).await? {
                Some(token) => (token.oauth_client_id, Permissions::from_bits(token.permissions)),
                None => return Err(ApiError::forbidden(messages::no_client_of_token(bearer))),
            },
        }
    } else if let Some(client) = of_client {
        client
    } else if let Some(id) = presented.client() {
        let conn = app.store.read().await?;
        match oauth_clients::credentials(&conn, id).await? {
            Some(client) => (id.clone(), Permissions::from_bits(client.permissions)),
            // An unknown client is authentication's to refuse.
            None => return Ok(()),
        }
    } else {
        return Err(ApiError::forbidden(messages::NO_PERMISSION_SOURCE));
    };
    if granted.contains(required) {
        Ok(())
    } else {
        Err(ApiError::forbidden(messages::missing_permissions(&client, required)))
    }
}

/// What a third-party app must have been granted (O2-12). A token without scopes,
/// of an app that registered none, is not limited (O2-11).
pub(crate) fn scopes(required: &[Scope], principal: &Principal) -> Result<(), ApiError> {
    let Credential::ThirdParty { scopes: Some(granted), .. } = &principal.credential else {
        return Ok(());
    };
    if required.is_empty() {
        return Err(ApiError::forbidden(messages::NO_SCOPE_OPENS_THIS));
    }
    if required.iter().all(|scope| scope.is_granted_by(granted)) {
        Ok(())
    } else {
        Err(ApiError::forbidden(messages::insufficient_scope(required, granted)))
    }
}

pub(super) async fn organization_role(
    app: &App,
    roles: &[Role],
    principal: &Principal,
) -> Result<(), ApiError> {
    let must_have = || ApiError::forbidden(messages::must_have_role(roles));
    let is_managed_user = matches!(principal.credential, Credential::AccessToken { .. });
    if principal.is_system_admin && !is_managed_user {
        return Ok(());
    }
    let Some(organization) = principal.organization_id.or(principal.main_organization_id) else {
        return Err(ApiError::forbidden(messages::NO_ORGANIZATION));
    };
    let role = match &principal.credential {
        // Known from authentication: the owner or an admin, accepted.
        Credential::OAuthClient { is_platform: true, role, .. } => *role,
        Credential::OAuthClient { is_platform: false, .. } => {
            return Err(ApiError::forbidden(messages::NOT_A_PLATFORM));
        }
        // Scopes take the place of roles, unless the token has none (O2-14).
        Credential::ThirdParty { scopes: Some(_), .. } => return Ok(()),
        Credential::AccessToken { .. }
        | Credential::ApiKey { .. }
        | Credential::ThirdParty { scopes: None, .. }
        | Credential::Session { .. } => {
            let conn = app.store.read().await?;
            let standing = organizations::standing(&conn, organization, principal.user_id).await?;
            let standing =
                standing.ok_or_else(|| ApiError::forbidden(messages::NO_ORGANIZATION))?;
            if !standing.is_platform {
                return Err(ApiError::forbidden(messages::NOT_A_PLATFORM));
            }
            let role = standing.role.as_deref().and_then(Role::parse).ok_or_else(must_have)?;
            if standing.accepted != Some(true) {
                return Err(ApiError::forbidden(messages::MEMBERSHIP_NOT_ACCEPTED));
            }
            if is_managed_user {
                return Err(must_have());
            }
            role
        }
    };
    if roles.contains(&role) { Ok(()) } else { Err(must_have()) }
}

pub(super) async fn own_client(
    app: &App,
    presented: &Presented,
    principal: &Principal,
) -> Result<(), ApiError> {
    let unknown = || ApiError::not_found(messages::OAUTH_CLIENT_NOT_FOUND);
    let client = presented.path_client.as_ref().ok_or_else(unknown)?;
    if let Credential::OAuthClient { id, .. } = &principal.credential
        && id == client
    {
        return Ok(());
    }
    let conn = app.store.read().await?;
    let (owner,) = oauth_clients::organization(&conn, client).await?.ok_or_else(unknown)?;
    let organization = principal.organization_id.or(principal.main_organization_id);
    if organization == Some(owner) || principal.is_system_admin {
        Ok(())
    } else {
        Err(ApiError::forbidden(messages::foreign_client(client, organization)))
    }
}

/// A webhook of another tenant is unknown: one that neither the caller nor anybody
/// in the caller's organization has.
pub(super) async fn webhook_of(
    app: &App,
    owner: Option<Owner>,
    id: &WebhookId,
    principal: &Principal,
) -> Result<(), ApiError> {
    let unknown = || ApiError::not_found(messages::unknown_webhook(id));
    let owner = owner.ok_or_else(unknown)?;
    let conn = app.store.read().await?;
    let place = webhooks::place(&conn, id).await?.ok_or_else(unknown)?;
    let has = match &owner {
        Owner::OAuthClient(_) => place.oauth_client_id.as_ref() == owner.client(),
        Owner::EventType(_) => place.event_type_id == owner.event_type(),
    };
    if has {
        return Ok(());
    }
    let organization = principal.organization_id.or(principal.main_organization_id);
    let is_of_organization = organization.is_some() && place.organization_id == organization;
    if place.user_id != Some(principal.user_id) && !is_of_organization {
        return Err(unknown());
    }
    Err(match owner {
        Owner::OAuthClient(_) => ApiError::forbidden(messages::FOREIGN_WEBHOOK),
        Owner::EventType(event_type) => {
            let other = place.event_type_id.map(|_| event_type);
            ApiError::bad_request(messages::not_the_event_types_webhook(id, other))
        }
    })
}

/// Only who owns an event type manages what belongs to it.
pub(super) async fn own_event_type(
    app: &App,
    event_type: EventTypeNumber,
    foreign: Foreign,
    principal: &Principal,
) -> Result<(), ApiError> {
    let owner = match event_type.known {
        Some(id) => event_types::owner(&app.store.read().await?, id).await?,
        None => None,
    };
    let id = &event_type.text;
    match (foreign, owner) {
        (_, Some((Some(owner),))) if owner == principal.user_id => Ok(()),
        (Foreign::Forbidden, Some(_)) => {
            Err(ApiError::forbidden(messages::foreign_event_type(principal.user_id, id)))
        }
        (Foreign::Forbidden, None) => {
            Err(ApiError::not_found(messages::unknown_event_type_of_webhooks(id)))
        }
        (Foreign::Unknown, _) => Err(ApiError::not_found(messages::unknown_event_type(id))),
    }
}

pub(super) async fn not_managed_user(app: &App, principal: &Principal) -> Result<(), ApiError> {
    let conn = app.store.read().await?;
    match users::by_id(&conn, principal.user_id).await? {
        Some(user) if !user.is_platform_managed => Ok(()),
        // Whoever was deleted since counts as managed.
        Some(_) | None => Err(ApiError::forbidden(messages::NO_LINKS_OF_MANAGED_USERS)),
    }
}

pub(super) fn token_of_client(
    presented: &Presented,
    principal: &Principal,
) -> Result<(), ApiError> {
    match &principal.credential {
        Credential::AccessToken { client_id, .. }
            if presented.path_client.as_ref() == Some(client_id) =>
        {
            Ok(())
        }
        Credential::AccessToken { .. }
        | Credential::OAuthClient { .. }
        | Credential::ApiKey { .. }
        | Credential::ThirdParty { .. }
        | Credential::Session { .. } => Err(ApiError::unauthorized(messages::INVALID_ACCESS_TOKEN)),
    }
}
