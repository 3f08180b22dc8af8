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

use slotd_domain::{EventTypeId, Permission, Permissions, Scope};
use slotd_store::event_types::{self, Stored};
use slotd_store::{Conn, users};
use utoipa_axum::routes;

use crate::access::{ANY_CREDENTIAL, Access, Check, EventTypeNumber, PUBLIC, Principal};
use crate::route::Routes;
use crate::{ApiError, messages};

pub(crate) use change::{Changed, check};
pub(crate) use editor::editor;
pub(crate) use people::{Wanted, booker_of, find_user};

/// The path of the operation that changes several event types.
pub(crate) const BULK_UPDATE: &str = "/v2/atoms/event-types/bulk-update-to-default-location";

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

/// The event type in the path, if there can be such.
pub(crate) fn known(path: &EventTypeNumber) -> Result<EventTypeId, ApiError> {
    path.known.ok_or_else(|| unknown(&path.text))
}

fn unknown(id: &str) -> ApiError {
    ApiError::not_found(messages::unknown_event_type(id))
}

/// An event type that the caller may see and change in its editor: their own (ET-60).
pub(crate) async fn own(
    conn: &Conn,
    principal: &Principal,
    path: &EventTypeNumber,
) -> Result<(Stored, users::User), ApiError> {
    let unknown = || unknown(&path.text);
    let stored = event_types::by_id(conn, known(path)?).await?.ok_or_else(unknown)?;
    let owner = stored.user_id.filter(|owner| *owner == principal.user_id);
    let owner = users::by_id(conn, owner.ok_or_else(unknown)?).await?.ok_or_else(unknown)?;
    Ok((stored, owner))
}
