//! Event types in the shape of the versions before 2024-06-14 (file 02, section 10):
//! internal names, the viewer's groups, the editor's model.

mod create;
mod delete;
mod get;
mod list;
mod public;
mod public_list;
mod update;

use serde_json::{Map, Value, json};
use slotd_contract::event_type_internal::settings;
use slotd_store::event_types::Stored;
use utoipa_axum::routes;

use crate::access::PUBLIC;
use crate::route::Routes;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use get::get;
pub(super) use list::list;
pub(super) use update::update;

/// The paths that only these versions have; they answer whatever version is asked for
/// (AV-2).
pub(super) fn routes() -> Routes {
    Routes::default()
        .add(&PUBLIC, routes!(public::public))
        .add(&PUBLIC, routes!(public_list::public_list))
}

/// An event type under its internal names, for its owner (ET-80).
fn shown(stored: &Stored) -> Value {
    let mut shown = Map::new();
    shown.insert("id".to_owned(), json!(stored.id.0));
    shown.extend(settings(&stored.event_type));
    let rest = [
        ("userId", json!(stored.user_id.map(|id| id.0))),
        ("teamId", json!(stored.team_id.map(|id| id.0))),
        ("schedulingType", Value::Null),
        ("price", json!(0)),
        ("currency", json!("usd")),
    ];
    shown.extend(rest.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(shown)
}
