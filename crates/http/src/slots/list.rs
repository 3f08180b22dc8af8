//! `GET /v2/slots`

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use slotd_contract::Status;
use slotd_contract::slots::{DaysOf, GetSlots, Shown, Slot, SlotDay, Target};
use slotd_domain::EventTypeId;
use slotd_slots::Availability;
use slotd_store::{Conn, organizations};

use super::gather::{Asked, Gathered, Subject, gather};
use super::{Booker, check_range, count, event_type_of, explain, group, sized};
use crate::access::Principal;
use crate::atoms_event_types::find_user;
use crate::body::Query;
use crate::{ApiError, App, messages};

/// Lists times that can be booked (SLOT-1 to SLOT-19). With `explain=true`, for whoever may
/// see the hosts' event types, it also says what took time away.
#[utoipa::path(
    get, path = "/v2/slots", operation_id = "SlotsController_2024_09_04_getAvailableSlots",
    tag = "Slots", summary = "Get available time slots for an event type",
    params(
        ("cal-api-version" = String, Header, description = "`2024-09-04`"),
        ("start" = String, Query, description = "ISO 8601 date or date-time, UTC without an offset"),
        ("end" = String, Query, description = "The same; a date, or midnight, means the whole day"),
        ("timeZone" = Option<String>, Query, description = "IANA zone of the booker: dates and starts go by its clock"),
        ("duration" = Option<f64>, Query, description = "Length of the slots in minutes"),
        ("format" = Option<String>, Query, description = "`time` or `range`, which shows the ends"),
        ("bookingUidToReschedule" = Option<String>, Query, description = "A booking that is to be moved: it does not block"),
        ("eventTypeId" = Option<f64>, Query, description = "Id of the event type"),
        ("eventTypeSlug" = Option<String>, Query, description = "Slug of the event type, with `username` or `teamSlug`"),
        ("username" = Option<String>, Query, description = "Whose event type"),
        ("teamSlug" = Option<String>, Query, description = "Which team's event type"),
        ("organizationSlug" = Option<String>, Query, description = "Slug of the organization of the user, users or team"),
        ("usernames" = Option<String>, Query, description = "At least two users who are booked together, with commas"),
        ("explain" = Option<bool>, Query, description = "Only ours: also say why a day has the slots it has"),
    ),
    responses((status = 200, description = "Slots by local date", body = Shown)),
)]
pub(super) async fn list(
    State(app): State<App>,
    principal: Option<Extension<Principal>>,
    Query(pairs): Query,
) -> Result<Response, ApiError> {
    let query = GetSlots::read(&pairs).map_err(ApiError::bad_request)?;
    let now = app.clock.now();
    check_range(now, query.start, query.end)?;
    let booker = Booker::of(query.time_zone.as_ref());
    let asked = Asked {
        now,
        start: query.start,
        end: query.end,
        zone: &booker.zone,
        duration: query.duration,
        reschedule: query.reschedule.as_deref(),
        own_hold: None,
    };
    let conn = app.store.read().await?;
    let subject = subject(&conn, &query.target).await?;
    let gathered = gather(&conn, subject, &asked).await?;
    let gathered = gathered.ok_or_else(|| ApiError::not_found(messages::EVENT_TYPE_NOT_FOUND))?;
    if query.explain {
        explain::check_caller(&conn, principal.map(|Extension(principal)| principal), &gathered)
            .await?;
    }
    let (days, explanation) = gathered.ask(&asked, |request| {
        let availability = Availability::of(request);
        let explanation = query.explain.then(|| explain::shown(&availability, &gathered, &booker));
        (availability.days(), explanation)
    });
    let count = count(&days)?;
    let data = shown(days, &gathered, &booker, query.is_range);
    Ok(sized(count, &Shown { status: Status::Success, data, explanation }))
}

/// Whose slots are asked for.
async fn subject(conn: &Conn, target: &Target) -> Result<Subject, ApiError> {
    let organization = match target {
        Target::EventType(_) => None,
        Target::User { organization, .. }
        | Target::Team { organization, .. }
        | Target::Users { organization, .. } => organization.as_deref(),
    };
    let place = match organization {
        None => None,
        Some(slug) => match organizations::by_slug(conn, slug).await? {
            Some((id,)) => Some(id),
            None if matches!(target, Target::Users { .. }) => {
                return Ok(Subject::Group(Vec::new()));
            }
            None => return Err(ApiError::not_found(messages::unknown_organization_of_slots(slug))),
        },
    };
    match target {
        Target::EventType(id) => Ok(Subject::EventType(EventTypeId(*id))),
        Target::User { username, slug, .. } => {
            let user = find_user(conn, username, place).await?;
            let user =
                user.ok_or_else(|| ApiError::not_found(messages::unknown_username(username)))?;
            let id = event_type_of(conn, &user, slug).await?;
            id.map(Subject::EventType)
                .ok_or_else(|| ApiError::not_found(messages::EVENT_TYPE_NOT_FOUND))
        }
        // There are no teams yet.
        Target::Team { team, .. } => Err(ApiError::not_found(messages::unknown_team_slug(team))),
        Target::Users { usernames, .. } => group(conn, usernames, place).await.map(Subject::Group),
    }
}

fn shown(
    days: Vec<slotd_slots::Day>,
    gathered: &Gathered,
    booker: &Booker,
    is_range: bool,
) -> DaysOf<Slot> {
    let seats = gathered.rules.seats;
    let slot = |slot: slotd_slots::Slot| Slot {
        start: booker.start(&slot),
        end: is_range.then(|| booker.end(&slot, &gathered.rules)),
        seats_booked: slot.seats_taken,
        seats_remaining: slot.seats_taken.zip(seats).map(|(taken, seats)| (seats - taken).max(0)),
        seats_total: slot.seats_taken.and(seats),
        booking_uid: slot.seated.and_then(|place| gathered.public_uid(place)),
    };
    let days = days.into_iter().map(|day| {
        // Days out of office are left out (SLOT-15).
        let slots = day.slots.into_iter().filter(|slot| slot.away.is_none()).map(slot);
        SlotDay { date: day.date, slots: slots.collect::<Vec<_>>() }
    });
    DaysOf(days.filter(|day| !day.slots.is_empty()).collect())
}
