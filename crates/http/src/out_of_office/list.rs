//! `GET /v2/organizations/{orgId}/users/{userId}/ooo` and `GET /v2/organizations/{orgId}/ooo`

use axum::Json;
use axum::extract::State;
use slotd_contract::Success;
use slotd_contract::out_of_office::{self as wire, ListOutOfOffice, OfMember};
use slotd_contract::query::Sort;
use slotd_domain::email;
use slotd_store::out_of_office;

use super::shown;
use crate::access::{CredentialHeaders, PathMember, PathOrganization};
use crate::body::Query;
use crate::managed_users::refused_query;
use crate::{ApiError, App};

/// Lists the entries of a user, in the order in which they were made if no other is
/// asked for (ORG-26).
#[utoipa::path(
    get, path = "/v2/organizations/{orgId}/users/{userId}/ooo",
    operation_id = "OrganizationsUsersOOOController_getOrganizationUserOOO",
    tag = "Orgs / Users / OOO", summary = "Get all out-of-office entries for a user",
    params(
        CredentialHeaders,
        ("orgId" = i32, Path, description = "Id of the organization"),
        ("userId" = i32, Path, description = "Id of a user in the organization"),
        ListOutOfOffice,
    ),
    responses((status = 200, description = "The entries", body = Success<Vec<wire::OutOfOffice>>)),
)]
pub(super) async fn of_user(
    State(app): State<App>,
    PathMember(user): PathMember,
    Query(pairs): Query,
) -> Result<Json<Success<Vec<wire::OutOfOffice>>>, ApiError> {
    let ListOutOfOffice { take, skip, sort_start, sort_end } =
        ListOutOfOffice::read(&pairs).map_err(refused_query)?;
    let (by_start, by_end) = (sort_start.map(Sort::name), sort_end.map(Sort::name));
    let conn = app.store.read().await?;
    let entries = out_of_office::list_of_user(&conn, user, by_start, by_end, take, skip).await?;
    Ok(Json(Success::of(entries.into_iter().map(shown).collect())))
}

/// Lists the entries of everybody in an organization.
#[utoipa::path(
    get, path = "/v2/organizations/{orgId}/ooo",
    operation_id = "OrganizationsUsersOOOController_getOrganizationUsersOOO",
    tag = "Orgs / Users / OOO", summary = "Get all out-of-office entries for organization users",
    params(
        CredentialHeaders,
        ("orgId" = i32, Path, description = "Id of the organization"),
        ListOutOfOffice,
        OfMember,
    ),
    responses((status = 200, description = "The entries", body = Success<Vec<wire::OutOfOffice>>)),
)]
pub(super) async fn of_organization(
    State(app): State<App>,
    PathOrganization(organization): PathOrganization,
    Query(pairs): Query,
) -> Result<Json<Success<Vec<wire::OutOfOffice>>>, ApiError> {
    let ListOutOfOffice { take, skip, sort_start, sort_end } =
        ListOutOfOffice::read(&pairs).map_err(refused_query)?;
    let OfMember { email } = OfMember::read(&pairs).map_err(refused_query)?;
    let (by_start, by_end) = (sort_start.map(Sort::name), sort_end.map(Sort::name));
    let key = email.map(|email| email::comparison_key(&email));
    let conn = app.store.read().await?;
    let entries = out_of_office::list_of_organization(
        &conn,
        organization,
        by_start,
        by_end,
        key.as_deref(),
        take,
        skip,
    )
    .await?;
    Ok(Json(Success::of(entries.into_iter().map(shown).collect())))
}
