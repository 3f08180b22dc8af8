//! `GET /v2/event-types/{eventTypeId}`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use slotd_contract::Success;
use slotd_contract::event_types::Shown;
use slotd_domain::Role;
use slotd_store::users::User;
use slotd_store::{Conn, StoreError, event_types, organizations, users};

use super::{legacy, shown};
use crate::access::{EventTypeNumber, Principal};
use crate::version::ApiVersion;
use crate::{ApiError, App, messages};

/// Returns an event type to its owner, to administrators of the owner's organization and
/// to system administrators (ET-60).
#[utoipa::path(
    get, path = "/v2/event-types/{eventTypeId}",
    operation_id = "EventTypesController_2024_06_14_getEventTypeById",
    tag = "Event Types", summary = "Get an event type",
    params(
        ("cal-api-version" = String, Header, description = "`2024-06-14`"),
        ("eventTypeId" = String, Path, description = "Id of the event type"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    responses((status = 200, description = "The event type", body = Success<Shown>)),
)]
pub(super) async fn get(
    State(app): State<App>,
    version: ApiVersion,
    principal: Principal,
    path: EventTypeNumber,
) -> Result<Response, ApiError> {
    if version < ApiVersion::V2024_06_14 {
        return legacy::get(&app, &principal, &path).await;
    }
    let unknown = || ApiError::not_found(messages::unknown_event_type(&path.text));
    let conn = app.store.read().await?;
    let id = path.known.ok_or_else(unknown)?;
    let stored = event_types::by_id(&conn, id).await?.ok_or_else(unknown)?;
    let owner = users::by_id(&conn, stored.user_id.ok_or_else(unknown)?).await?;
    let owner = owner.ok_or_else(unknown)?;
    if !may_see(&conn, &principal, &owner).await? {
        return Err(unknown());
    }
    Ok(Json(Success::of(shown(&app, &stored, &owner))).into_response())
}

/// Whether somebody may see the event types of a user with all of their details (ET-60).
pub(crate) async fn may_see(
    conn: &Conn,
    principal: &Principal,
    owner: &User,
) -> Result<bool, StoreError> {
    if principal.user_id == owner.id || principal.is_system_admin {
        return Ok(true);
    }
    let Some(organization) = owner.organization_id else { return Ok(false) };
    let standing = organizations::standing(conn, organization, principal.user_id).await?;
    Ok(standing.is_some_and(|standing| {
        let role = standing.role.as_deref().and_then(Role::parse);
        standing.accepted == Some(true) && matches!(role, Some(Role::Admin | Role::Owner))
    }))
}
