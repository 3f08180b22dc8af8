//! `/v2/slots` (file 02, sections 11, 12 and 15): which times can be booked, and keeping
//! one for a while. The paths of both versions answer whatever the header says (AV-2).

pub(crate) mod available;
pub(crate) mod explain;
pub(crate) mod gather;
mod hold;
mod list;
mod reservations;
mod reserve;
pub(crate) mod selected_slot;

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::Serialize;
use slotd_contract::slots::{Clock, MOST_DAYS, MOST_SLOTS, Moment};
use slotd_domain::{OrganizationId, TimeZoneName};
use slotd_slots::{Day, Rules, Slot};
use slotd_store::users::User;
use slotd_store::{Conn, StoreError, users};
use utoipa_axum::routes;

use hold::after;

use crate::access::PUBLIC;
use crate::atoms_event_types::find_user;
use crate::route::Routes;
use crate::{ApiError, messages};

/// Where the paths begin.
pub(crate) const PATH: &str = "/v2/slots";
pub(crate) const SELECTED_SLOT: &str = "/v2/slots/selected-slot";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&PUBLIC, routes!(list::list))
        .add(&PUBLIC, routes!(available::available))
        .add(&PUBLIC, routes!(reserve::reserve))
        .add(&PUBLIC, routes!(selected_slot::release))
        .merge(reservations::routes())
}

/// The booker's zone, and whether instants are printed as UTC's (SLOT-14).
struct Booker {
    zone: TimeZone,
    is_utc: bool,
}

impl Booker {
    fn of(name: Option<&TimeZoneName>) -> Self {
        let name = name.map_or("UTC", TimeZoneName::as_str);
        let zone = TimeZoneDatabase::bundled().get(name).unwrap_or(TimeZone::UTC);
        Self { zone, is_utc: matches!(name, "UTC" | "GMT") }
    }

    /// An instant on a clock that is so many seconds ahead of UTC.
    fn moment(&self, at: Timestamp, ahead: i32) -> Moment {
        Moment { at, clock: if self.is_utc { Clock::Utc } else { Clock::Ahead(ahead) } }
    }

    /// An instant on the booker's clock.
    fn moment_of(&self, at: Timestamp) -> Moment {
        self.moment(at, self.zone.to_offset(at).seconds())
    }

    /// When a slot starts: the engine knows its offset.
    fn start(&self, slot: &Slot) -> Moment {
        self.moment(slot.start(), slot.offset_seconds())
    }

    /// When a slot ends.
    fn end(&self, slot: &Slot, rules: &Rules) -> Moment {
        self.moment_of(after(slot.start(), rules.length))
    }
}

/// Slots are worked out for a bounded time only.
fn check_range(now: Timestamp, start: Timestamp, end: Timestamp) -> Result<(), ApiError> {
    let days = end.duration_since(start.max(now)).as_hours() / 24;
    if days > MOST_DAYS { Err(ApiError::bad_request(messages::TOO_LONG_RANGE)) } else { Ok(()) }
}

/// An answer whose size is known about, so that its text is not moved while it grows.
fn sized(count: usize, answer: &impl Serialize) -> Response {
    let mut text = Vec::with_capacity(100 + count * SLOT_LENGTH);
    match serde_json::to_writer(&mut text, answer) {
        Ok(()) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => ApiError::internal(error).into_response(),
    }
}

/// Bytes of a slot as it is mostly shown: `{"start":"2050-09-05T09:00:00.000+02:00"},`.
const SLOT_LENGTH: usize = 42;

/// An answer has a bounded size, however short the slots are.
fn count(days: &[Day]) -> Result<usize, ApiError> {
    let count = days.iter().map(|day| day.slots.len()).sum();
    if count > MOST_SLOTS {
        return Err(ApiError::bad_request(messages::TOO_MANY_SLOTS));
    }
    Ok(count)
}

/// The users of a group in their order, those that are unknown left out. All of them must
/// let themselves be booked so (SLOT-12).
pub(crate) async fn group(
    conn: &Conn,
    usernames: &[String],
    organization: Option<OrganizationId>,
) -> Result<Vec<User>, ApiError> {
    let found = usernames.iter().map(|username| find_user(conn, username, organization));
    let found = futures_util::future::try_join_all(found).await?;
    let users = each_once(found.into_iter().flatten());
    if all_allow(conn, &users).await? {
        Ok(users)
    } else {
        Err(ApiError::unauthorized(messages::NO_DYNAMIC_BOOKING))
    }
}

/// Users without those who were named before.
pub(crate) fn each_once(users: impl Iterator<Item = User>) -> Vec<User> {
    let mut once: Vec<User> = Vec::new();
    for user in users {
        if once.iter().all(|known| known.id != user.id) {
            once.push(user);
        }
    }
    once
}

/// Whether all let themselves be booked in a group.
pub(crate) async fn all_allow(conn: &Conn, users: &[User]) -> Result<bool, StoreError> {
    let allowed = users.iter().map(|user| users::allows_dynamic_booking(conn, user.id));
    let allowed = futures_util::future::try_join_all(allowed).await?;
    Ok(allowed.into_iter().flatten().all(|(allows,)| allows))
}

/// A user's event type by its slug.
pub(crate) async fn event_type_of(
    conn: &Conn,
    user: &User,
    slug: &str,
) -> Result<Option<slotd_domain::EventTypeId>, StoreError> {
    let slug = slotd_domain::event_type::normalize_slug(slug);
    let found = slotd_store::event_types::of_slug(conn, user.id, slug).await?;
    Ok(found.map(|stored| stored.id))
}
