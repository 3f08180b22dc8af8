//! `/v2/event-types/{eventTypeId}/private-links` (section 8 of the availability rules).

mod create;
mod delete;
mod list;
mod update;

use slotd_contract::private_links as wire;
use slotd_domain::{EventTypeId, Scope};
use slotd_store::private_links::PrivateLink;
use utoipa_axum::routes;

use crate::App;
use crate::access::{ANY_CREDENTIAL, Access, Check, Foreign};
use crate::route::Routes;

/// Most links of one event type: a list shows all of them.
const MOST_LINKS: i64 = 1_000;

const READ: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[Check::Authenticated, Check::OwnEventType(Foreign::Unknown)],
    scopes: &[Scope::EVENT_TYPE_READ],
};

const WRITE: Access = Access { scopes: &[Scope::EVENT_TYPE_WRITE], ..READ };

const CREATE: Access = Access {
    checks: &[Check::Authenticated, Check::NotManagedUser, Check::OwnEventType(Foreign::Unknown)],
    ..WRITE
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&CREATE, routes!(create::create))
        .add(&READ, routes!(list::list))
        .add(&WRITE, routes!(update::update))
        .add(&WRITE, routes!(delete::delete))
}

/// The wire form of a stored link: of the one kind or the other.
fn shown(
    app: &App,
    EventTypeId(event_type_id): EventTypeId,
    link: &PrivateLink,
) -> wire::PrivateLink {
    let link_id = link.id.to_string();
    let booking_url = format!("{}/d/{link_id}", app.settings.public_url);
    match link.expires_at {
        Some(expires_at) => wire::PrivateLink::TimeBased(wire::TimeBasedPrivateLink {
            link_id,
            event_type_id,
            is_expired: expires_at < app.clock.now(),
            booking_url,
            expires_at: slotd_contract::timestamp(expires_at),
        }),
        None => wire::PrivateLink::UsageBased(wire::UsageBasedPrivateLink {
            link_id,
            event_type_id,
            is_expired: link.usage_count >= link.max_usage_count,
            booking_url,
            max_usage_count: link.max_usage_count,
            usage_count: link.usage_count,
        }),
    }
}
