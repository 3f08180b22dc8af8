//! `GET /v2/event-types`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use futures_util::future::try_join_all;
use slotd_contract::Success;
use slotd_contract::event_types::{ListEventTypes, Shown, dynamic};
use slotd_contract::query::Sort;
use slotd_domain::event_type::{EventType, Location};
use slotd_domain::{OrganizationId, UserId};
use slotd_store::users::User;
use slotd_store::{Conn, StoreError, event_types, organizations, users};

use super::{legacy, listed, shown_owner};
use crate::access::Principal;
use crate::body::Query;
use crate::version::ApiVersion;
use crate::{ApiError, App, messages};

/// Most users of one dynamic event type.
const MOST_USERNAMES: usize = 100;

/// Lists event types of a user, or the caller's; hidden ones only to their owner (ET-50 to
/// ET-54).
#[utoipa::path(
    get, path = "/v2/event-types", operation_id = "EventTypesController_2024_06_14_getEventTypes",
    tag = "Event Types", summary = "Get all event types",
    params(
        ("cal-api-version" = String, Header, description = "`2024-06-14`"),
        ListEventTypes,
        ("Authorization" = Option<String>, Header, description = "`Bearer <API key or access token>`"),
        ("x-cal-secret-key" = Option<String>, Header, description = "Secret of the OAuth client"),
        ("x-cal-client-id" = Option<String>, Header, description = "Id of the OAuth client"),
    ),
    responses((status = 200, description = "The event types", body = Success<Vec<Shown>>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    version: ApiVersion,
    principal: Option<Extension<Principal>>,
    Query(pairs): Query,
) -> Result<Response, ApiError> {
    let caller = principal.map(|Extension(principal)| principal);
    if version < ApiVersion::V2024_06_14 {
        return legacy::list(&app, caller.as_ref()).await;
    }
    let query = ListEventTypes::read(&pairs).map_err(ApiError::invalid)?;
    let conn = app.store.read().await?;
    let caller = caller.map(|caller| caller.user_id);
    let mut found = found(&app, &conn, &query, caller).await?;
    if query.sort_created_at == Some(Sort::Desc) {
        found.reverse();
    }
    Ok(Json(Success::of(found)).into_response())
}

/// The forms are tried in the contract's order (ET-50).
async fn found(
    app: &App,
    conn: &Conn,
    query: &ListEventTypes,
    caller: Option<UserId>,
) -> Result<Vec<Shown>, ApiError> {
    if let Some(username) = &query.username {
        let Some(place) = place(conn, query).await? else { return Ok(Vec::new()) };
        let Some(owner) = user(conn, place, username).await? else { return Ok(Vec::new()) };
        return Ok(of_user(app, conn, &owner, query.event_slug.as_deref(), caller).await?);
    }
    if let Some(usernames) = &query.usernames {
        let mut names: Vec<&str> = Vec::new();
        for name in usernames.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if !names.contains(&name) {
                names.push(name);
            }
            if names.len() > MOST_USERNAMES {
                return Err(ApiError::bad_request(messages::TOO_MANY_USERNAMES));
            }
        }
        let Some(place) = place(conn, query).await? else { return Ok(Vec::new()) };
        let found = try_join_all(names.into_iter().map(|name| user(conn, place, name))).await?;
        let found: Vec<_> = found.iter().flatten().map(shown_owner).collect();
        return Ok(if found.is_empty() { Vec::new() } else { vec![dynamic(&group(), &found)] });
    }
    let Some(caller) = caller else { return Ok(Vec::new()) };
    let Some(owner) = users::by_id(conn, caller).await? else { return Ok(Vec::new()) };
    Ok(of_user(app, conn, &owner, None, Some(caller)).await?)
}

/// Where a username is looked for: in an organization or outside of them (ET-51). None
/// when the organization that is asked for is unknown.
async fn place(
    conn: &Conn,
    query: &ListEventTypes,
) -> Result<Option<Option<OrganizationId>>, StoreError> {
    if let Some(slug) = &query.org_slug {
        let found = organizations::by_slug(conn, slug).await?;
        // Both given, both count.
        let found = found.filter(|(id,)| query.org_id.is_none_or(|wanted| wanted == id.0));
        return Ok(found.map(|(id,)| Some(id)));
    }
    Ok(Some(query.org_id.map(OrganizationId)))
}

async fn user(
    conn: &Conn,
    place: Option<OrganizationId>,
    username: &str,
) -> Result<Option<User>, StoreError> {
    match place {
        Some(organization) => users::by_username_in(conn, organization, username).await,
        None => users::by_username(conn, username).await,
    }
}

async fn of_user(
    app: &App,
    conn: &Conn,
    owner: &User,
    slug: Option<&str>,
    caller: Option<UserId>,
) -> Result<Vec<Shown>, StoreError> {
    let stored = match slug {
        Some(slug) => event_types::of_slug(conn, owner.id, slug).await?.into_iter().collect(),
        None => event_types::of_user(conn, owner.id).await?,
    };
    let is_owner = caller == Some(owner.id);
    let seen = stored.iter().filter(|stored| is_owner || !stored.event_type.is_hidden);
    Ok(seen.map(|stored| listed(app, stored, owner)).collect())
}

/// The event type of several users at once (ET-54).
fn group() -> EventType {
    let mut group = EventType::new("Group Meeting", "dynamic", 30);
    group.locations = vec![Location::cal_video()];
    group.booking_fields = Some(Vec::new());
    group.settings.description = Some("Join us for a meeting with multiple people".to_owned());
    group.settings.length_options_minutes = vec![15, 30, 45, 60, 90];
    group.settings.disable_guests = true;
    group.settings.custom_name = Some("Group Meeting".to_owned());
    group
}
