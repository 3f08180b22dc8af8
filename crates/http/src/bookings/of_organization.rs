//! `GET /v2/organizations/{orgId}/bookings` and
//! `GET /v2/organizations/{orgId}/users/{userId}/bookings` (section 22).

use axum::Json;
use axum::extract::State;
use futures_util::future::try_join_all;
use slotd_contract::bookings::{BookingList, ListBookings, OfUsers};
use slotd_domain::{OrganizationId, UserId, email};
use slotd_store::bookings::Viewer;
use slotd_store::{Conn, StoreError, organizations, users};

use super::list::{List, for_each_known};
use crate::access::{CredentialHeaders, PathMember, PathOrganization, Principal};
use crate::body::Query;
use crate::{ApiError, App, messages};

/// Lists the bookings that members of an organization host or attend (ORG-64).
#[utoipa::path(
    get, path = "/v2/organizations/{orgId}/bookings",
    operation_id = "OrganizationsBookingsController_getAllOrgTeamBookings",
    tag = "Orgs / Bookings", summary = "Get organization bookings",
    params(
        CredentialHeaders,
        ("orgId" = i32, Path, description = "Id of the organization"),
        ListBookings,
        OfUsers,
    ),
    responses((status = 200, description = "A page of the bookings", body = BookingList)),
)]
pub(super) async fn of_members(
    State(app): State<App>,
    principal: Principal,
    PathOrganization(organization): PathOrganization,
    Query(pairs): Query,
) -> Result<Json<BookingList>, ApiError> {
    let query = ListBookings::read(&pairs).map_err(ApiError::invalid)?;
    let OfUsers { user_ids } = OfUsers::read(&pairs).map_err(ApiError::invalid)?;
    let conn = app.store.read().await?;
    check_members(&conn, organization, &user_ids).await?;
    for_each_known(&conn, &query).await?;
    let list = List {
        principal: &principal,
        viewer: Viewer::Members(organization),
        participant: None,
        users: &user_ids,
    };
    list.page(&app, &conn, &query).await.map(Json)
}

/// Lists the bookings that a member of an organization hosts or attends (ORG-68).
#[utoipa::path(
    get, path = "/v2/organizations/{orgId}/users/{userId}/bookings",
    operation_id = "OrganizationsUsersBookingsController_getOrganizationUserBookings",
    tag = "Orgs / Users / Bookings", summary = "Get all bookings for an organization user",
    params(
        CredentialHeaders,
        ("orgId" = i32, Path, description = "Id of the organization"),
        ("userId" = i32, Path, description = "Id of a user in the organization"),
        ListBookings,
    ),
    responses((status = 200, description = "A page of the bookings", body = BookingList)),
)]
pub(super) async fn of_member(
    State(app): State<App>,
    principal: Principal,
    PathOrganization(organization): PathOrganization,
    PathMember(id): PathMember,
    Query(pairs): Query,
) -> Result<Json<BookingList>, ApiError> {
    let query = ListBookings::read(&pairs).map_err(ApiError::invalid)?;
    let conn = app.store.read().await?;
    for_each_known(&conn, &query).await?;
    let gone = || {
        let (user, organization) = (id.to_string(), organization.to_string());
        ApiError::forbidden(messages::not_in_organization(&user, &organization))
    };
    let user = users::by_id(&conn, id).await?.ok_or_else(gone)?;
    let email_key = email::comparison_key(&user.email);
    let viewer = Viewer::Participant { id, email_key: email_key.clone() };
    let list = List { principal: &principal, viewer, participant: Some(email_key), users: &[] };
    list.page(&app, &conn, &query).await.map(Json)
}

/// Refuses users who do not exist, and those who are not in the organization (ORG-65).
async fn check_members(
    conn: &Conn,
    organization: OrganizationId,
    ids: &[i32],
) -> Result<(), ApiError> {
    let found = ids.iter().map(async |id| {
        let id = UserId(*id);
        let standing = organizations::standing(conn, organization, id).await?;
        let is_member = standing.is_some_and(|standing| standing.accepted == Some(true));
        Ok::<_, StoreError>((users::by_id(conn, id).await?.is_some(), is_member))
    });
    let found = try_join_all(found).await?;
    if found.iter().any(|(exists, _)| !exists) {
        return Err(ApiError::does_not_fit(messages::NO_SUCH_USERS.to_owned()));
    }
    if found.iter().any(|(_, is_member)| !is_member) {
        return Err(ApiError::forbidden(messages::BOOKINGS_OF_STRANGERS));
    }
    Ok(())
}
