//! `/v2/atoms/event-types` (file 06): event types as the front-end components show and
//! change them. Not in the contract, but served, whatever version is asked for.

mod app;
mod bulk;
mod change;
mod editor;
mod get;
mod list;
mod list_with_team;
mod people;
mod public;
mod update;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use slotd_domain::{EventTypeId, Permission, Permissions, Scope};
use slotd_store::event_types::{self, Stored};
use slotd_store::{Conn, users};
use utoipa_axum::routes;

use crate::access::{ANY_CREDENTIAL, Access, Check, PUBLIC, Principal, path_parameter};
use crate::route::Routes;
use crate::{ApiError, messages};

pub(crate) use change::{Changed, Connections, refused_write};
pub(crate) use editor::editor;
pub(crate) use people::{Wanted, booker_of, find_user};

const READ: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Authenticated,
        Check::Permissions(Permissions::of(&[Permission::EventTypeRead])),
    ],
    scopes: &[Scope::EVENT_TYPE_READ],
};

const WRITE: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Authenticated,
        Check::Permissions(Permissions::of(&[Permission::EventTypeWrite])),
    ],
    scopes: &[Scope::EVENT_TYPE_WRITE],
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&PUBLIC, routes!(public::public))
        .add(&READ, routes!(list::list))
        .add(&READ, routes!(list_with_team::list_with_team))
        .add(&WRITE, routes!(bulk::bulk_update_to_default_location))
        .add(&READ, routes!(get::get))
        .add(&WRITE, routes!(update::update))
        .add(&READ, routes!(app::app))
}

/// The event type in the path.
pub(crate) struct PathEventType(pub(crate) EventTypeId);

impl<S: Sync> FromRequestParts<S> for PathEventType {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let text = path_parameter(parts, "eventTypeId").unwrap_or_default();
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ApiError::bad_request(messages::NUMERIC_STRING_EXPECTED));
        }
        // What is longer than an id names nothing.
        let id = text.parse().map_err(|_| ApiError::not_found(messages::no_event_type(&text)))?;
        Ok(Self(EventTypeId(id)))
    }
}

pub(crate) fn unknown(id: EventTypeId) -> ApiError {
    ApiError::not_found(messages::no_event_type(&id.to_string()))
}

/// An event type that the caller may see and change in its editor: their own (ET-60).
pub(crate) async fn own(
    conn: &Conn,
    principal: &Principal,
    id: EventTypeId,
) -> Result<(Stored, users::User), ApiError> {
    let stored = event_types::by_id(conn, id).await?.ok_or_else(|| unknown(id))?;
    let owner = stored.user_id.filter(|owner| *owner == principal.user_id);
    let owner = owner.ok_or_else(|| unknown(id))?;
    let owner = users::by_id(conn, owner).await?.ok_or_else(|| unknown(id))?;
    Ok((stored, owner))
}
