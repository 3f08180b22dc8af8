//! Who may use what is below `/v2/organizations/{orgId}` (ORG-11 to ORG-19).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use slotd_domain::{OrganizationId, OutOfOfficeId, Role, UserId};
use slotd_store::{organizations, out_of_office};
use utoipa::IntoParams;

use super::{Credential, Principal, check_integer, id, path_parameter};
use crate::{ApiError, App, messages};

/// How callers say who they are, for the document only.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only documents the headers; `Presented` reads them")]
pub(crate) struct CredentialHeaders {
    /// `Bearer <API key>`
    #[param(rename = "Authorization", required = false)]
    authorization: String,
    /// Secret of the OAuth client.
    #[param(rename = "x-cal-secret-key", required = false)]
    secret: String,
    /// Id of the OAuth client.
    #[param(rename = "x-cal-client-id", required = false)]
    client: String,
}

/// Integers in the path that stand for what the access rule has found.
macro_rules! found_in_path {
    ($($(#[$meta:meta])* $name:ident($id:ident), $parameter:literal;)*) => {$(
        $(#[$meta])*
        pub(crate) struct $name(pub(crate) $id);

        impl $name {
            /// As it was sent, and the id, if it can be one (AV-6).
            fn read(parts: &Parts) -> Result<(String, Option<$id>), ApiError> {
                let text = path_parameter(parts, $parameter).unwrap_or_default();
                check_integer(&text)?;
                let known = id(&text).map($id);
                Ok((text, known))
            }
        }

        impl<S: Sync> FromRequestParts<S> for $name {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
                let (_, known) = Self::read(parts)?;
                known.map(Self).ok_or_else(|| {
                    ApiError::internal("the access rule of this route does not look for the id")
                })
            }
        }
    )*};
}

found_in_path! {
    /// The organization in the path.
    PathOrganization(OrganizationId), "orgId";
    /// The user in the path, who is in the organization.
    PathMember(UserId), "userId";
    /// The out-of-office entry in the path, which is the user's.
    PathOutOfOffice(OutOfOfficeId), "oooId";
}

/// An unknown organization is forbidden ground, not a missing thing (ORG-17).
pub(super) async fn exists(app: &App, parts: &Parts) -> Result<(), ApiError> {
    let (text, known) = PathOrganization::read(parts)?;
    let found = match known {
        Some(id) => organizations::is_platform(&app.store.read().await?, id).await?,
        None => None,
    };
    found.map(drop).ok_or_else(|| ApiError::forbidden(messages::no_organization(&text)))
}

/// The caller's role (ORG-14, ORG-15). Credentials that are bound to an organization open
/// no other one, whatever their user is there.
pub(super) async fn role(
    app: &App,
    parts: &Parts,
    required: Role,
    principal: &Principal,
) -> Result<(), ApiError> {
    let (text, known) = PathOrganization::read(parts)?;
    let not_a_member = || ApiError::forbidden(messages::not_a_member(&text));
    let organization = known.ok_or_else(not_a_member)?;
    let is_managed_user = matches!(principal.credential, Credential::AccessToken { .. });
    if principal.is_system_admin && !is_managed_user {
        return Ok(());
    }
    if principal.organization_id.is_some_and(|bound| bound != organization) {
        return Err(not_a_member());
    }
    let conn = app.store.read().await?;
    let standing = organizations::standing(&conn, organization, principal.user_id).await?;
    let standing = standing.filter(|standing| standing.accepted == Some(true));
    let role = standing.and_then(|standing| standing.role).ok_or_else(not_a_member)?;
    // A managed user's token lives in a browser: it makes nobody more than a member (OC-19).
    let role = if is_managed_user { Some(Role::Member) } else { Role::parse(&role) };
    if role.is_some_and(|role| role.includes(required)) {
        return Ok(());
    }
    Err(ApiError::forbidden(messages::too_low_a_role(principal.user_id, required, organization)))
}

pub(super) async fn has_user(app: &App, parts: &Parts) -> Result<(), ApiError> {
    let (organization, organization_id) = PathOrganization::read(parts)?;
    let (user, user_id) = PathMember::read(parts)?;
    let found = match organization_id.zip(user_id) {
        Some((organization, user)) => {
            organizations::person(&app.store.read().await?, organization, user).await?
        }
        None => None,
    };
    let unknown = || ApiError::forbidden(messages::not_in_organization(&user, &organization));
    found.map(drop).ok_or_else(unknown)
}

pub(super) async fn has_entry(app: &App, parts: &Parts) -> Result<(), ApiError> {
    let (_, user) = PathMember::read(parts)?;
    let (_, entry) = PathOutOfOffice::read(parts)?;
    let found = match user.zip(entry) {
        Some((user, entry)) => {
            out_of_office::of_user(&app.store.read().await?, user, entry).await?
        }
        None => None,
    };
    found.map(drop).ok_or_else(|| ApiError::forbidden(messages::FOREIGN_OUT_OF_OFFICE))
}
