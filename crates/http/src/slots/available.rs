//! `GET /v2/slots/available`, which the components call.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use slotd_contract::Success;
use slotd_contract::slots::{DaysOf, GetAvailable, LegacySlot, LegacySlots, LegacyTarget, SlotDay};
use slotd_domain::EventTypeId;
use slotd_slots::Availability;
use slotd_store::{Conn, organizations};

use super::gather::{Asked, Gathered, Subject, gather};
use super::{Booker, check_range, count, event_type_of, group, selected_slot, sized};
use crate::atoms_event_types::find_user;
use crate::body::Query;
use crate::{ApiError, App, messages};

/// Slug that stands for a group (section 12.1).
const DYNAMIC: &str = "dynamic";

/// Lists times that can be booked, in the shape of version 2024-04-15 (SLOT-100 to SLOT-104).
#[utoipa::path(
    get, path = "/v2/slots/available", operation_id = "SlotsController_2024_04_15_getAvailableSlots",
    tag = "Slots", summary = "Get available slots, for the components",
    params(
        ("startTime" = String, Query, description = "ISO 8601 date-time"),
        ("endTime" = String, Query, description = "ISO 8601 date-time; used as it is"),
        ("eventTypeId" = Option<i32>, Query, description = "Id of the event type; 0 for a group"),
        ("eventTypeSlug" = Option<String>, Query, description = "Slug of the event type, with `usernameList[]`"),
        ("usernameList[]" = Option<String>, Query, description = "Whose event type; two or more are a group"),
        ("timeZone" = Option<String>, Query, description = "IANA zone of the booker"),
        ("duration" = Option<i32>, Query, description = "Length of the slots in minutes"),
        ("rescheduleUid" = Option<String>, Query, description = "A booking that is to be moved"),
        ("orgSlug" = Option<String>, Query, description = "Slug of the users' organization"),
        ("slotFormat" = Option<String>, Query, description = "`range` or `time`: show the ends"),
    ),
    responses((status = 200, description = "`{\"slots\": {\"2050-09-05\": [{\"time\": ...}]}}`", body = Success<Object>)),
)]
pub(super) async fn available(
    State(app): State<App>,
    headers: HeaderMap,
    Query(pairs): Query,
) -> Result<Response, ApiError> {
    let query = GetAvailable::read(&pairs).map_err(ApiError::invalid)?;
    let now = app.clock.now();
    check_range(now, query.start, query.end)?;
    let booker = Booker::of(query.time_zone.as_ref());
    let own_hold = selected_slot::cookie(&headers);
    let asked = Asked {
        now,
        start: query.start,
        end: query.end,
        zone: &booker.zone,
        duration: query.duration,
        reschedule: query.reschedule.as_deref(),
        own_hold: own_hold.as_deref(),
    };
    let conn = app.store.read().await?;
    let subject = subject(&conn, &query.target).await?;
    let gathered = gather(&conn, subject, &asked).await?.ok_or_else(unknown)?;
    let days = gathered.ask(&asked, |request| Availability::of(request).days());
    let count = count(&days)?;
    let slots = shown(days, &gathered, &booker, query.is_range);
    Ok(sized(count, &Success::of(LegacySlots { slots })))
}

/// SLOT-103
fn unknown() -> ApiError {
    ApiError::resource_not_found(messages::EVENT_TYPE_NOT_FOUND)
}

pub(crate) async fn subject(conn: &Conn, target: &LegacyTarget) -> Result<Subject, ApiError> {
    let (usernames, slug, organization) = match target {
        LegacyTarget::EventType(id) => return Ok(Subject::EventType(EventTypeId(*id))),
        LegacyTarget::Users { usernames, slug, organization } => (usernames, slug, organization),
    };
    let place = match organization {
        None => None,
        Some(slug) => Some(organizations::by_slug(conn, slug).await?.ok_or_else(unknown)?.0),
    };
    let slug = slug.as_deref().unwrap_or(DYNAMIC);
    match usernames.as_slice() {
        [username] if slug != DYNAMIC => {
            let user = find_user(conn, username, place).await?.ok_or_else(unknown)?;
            let id = event_type_of(conn, &user, slug).await?;
            id.map(Subject::EventType).ok_or_else(unknown)
        }
        [] => Err(unknown()),
        names => group(conn, names, place).await.map(Subject::Group),
    }
}

fn shown(
    days: Vec<slotd_slots::Day>,
    gathered: &Gathered,
    booker: &Booker,
    is_range: bool,
) -> DaysOf<LegacySlot> {
    let slot = |slot: slotd_slots::Slot| {
        let start = booker.start(&slot);
        LegacySlot {
            time: (!is_range).then_some(start),
            start_time: is_range.then_some(start),
            end_time: is_range.then(|| booker.end(&slot, &gathered.rules)),
            attendees: slot.seats_taken.filter(|taken| *taken > 0),
            booking_uid: slot.seated.and_then(|place| gathered.public_uid(place)),
            away: slot.away.map(|place| gathered.away(place)),
        }
    };
    let days = days
        .into_iter()
        .map(|day| SlotDay { date: day.date, slots: day.slots.into_iter().map(slot).collect() });
    DaysOf(days.collect())
}
