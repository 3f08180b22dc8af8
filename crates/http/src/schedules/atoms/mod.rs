//! `/v2/atoms/schedules`: what the components call, in the legacy shape whatever the
//! version (section 4.2 of the availability rules).

mod all;
mod by_event_type;
mod create;
mod duplicate;
mod get;
mod update;

use utoipa_axum::routes;

use super::{READ, WRITE};
use crate::route::Routes;

pub(super) fn routes() -> Routes {
    Routes::default()
        .add(&READ, routes!(get::get))
        .add(&READ, routes!(all::all))
        .add(&READ, routes!(by_event_type::by_event_type))
        .add(&WRITE, routes!(create::create))
        .add(&WRITE, routes!(update::update))
        .add(&WRITE, routes!(duplicate::duplicate))
}
