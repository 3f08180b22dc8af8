//! `/v2/slots/reservations` (file 02, section 15).

mod create;
mod delete;
mod get;
mod update;

use jiff::SignedDuration;
use slotd_contract::slots::{CreateReservation, Reservation};
use slotd_domain::event_type::EventType;
use slotd_domain::{EventTypeId, UserId};
use slotd_store::{Conn, event_types, organizations};
use utoipa_axum::routes;

use super::hold::{USUAL_DURATION, Wanted, after};
use crate::access::{ANY_CREDENTIAL, Access, Check, PUBLIC, Principal};
use crate::route::Routes;
use crate::{ApiError, App, messages};

/// Whoever asks; who says who they are may keep a slot for longer (RES-3, AU-15).
const HOLD: Access =
    Access { credentials: ANY_CREDENTIAL, checks: &[Check::AuthenticatedIfPresented], scopes: &[] };

pub(super) fn routes() -> Routes {
    Routes::default()
        .add(&HOLD, routes!(create::create))
        .add(&PUBLIC, routes!(get::get))
        .add(&HOLD, routes!(update::update))
        .add(&PUBLIC, routes!(delete::delete))
}

/// A reservation that its caller may make, before it is known whether the time is free.
struct Asked {
    wanted: Wanted,
    owner: UserId,
    duration: i32,
}

/// Checks everything but other bookings and holds (RES-3, RES-6, RES-7, RES-14).
async fn ask(
    app: &App,
    conn: &Conn,
    body: &CreateReservation,
    principal: Option<&Principal>,
    uid: String,
) -> Result<Asked, ApiError> {
    if body.reservation_duration.is_some() && principal.is_none() {
        return Err(ApiError::unauthorized(messages::DURATION_NEEDS_AUTHENTICATION));
    }
    let unknown =
        || ApiError::not_found(messages::unknown_event_type_to_reserve(body.event_type_id));
    let event_type_id = EventTypeId(body.event_type_id);
    let stored = event_types::by_id(conn, event_type_id).await?.ok_or_else(unknown)?;
    // There are no event types of teams yet.
    let owner = stored.user_id.ok_or_else(unknown)?;
    if let (Some(_), Some(principal)) = (body.reservation_duration, principal) {
        check_standing(conn, principal, owner).await?;
    }
    let length = length(&stored.event_type, body.slot_duration)?;
    let now = app.clock.now();
    if body.slot_start < now {
        return Err(ApiError::bad_request(messages::SLOT_IN_THE_PAST));
    }
    let end = body.slot_start.checked_add(SignedDuration::from_mins(length.into()));
    let end = end.map_err(|_| ApiError::bad_request(messages::SLOT_TOO_LATE))?;
    let duration = body.reservation_duration.unwrap_or(USUAL_DURATION);
    let release_at = after(now, duration);
    let wanted = Wanted { uid, event_type_id, start: body.slot_start, end, release_at };
    Ok(Asked { wanted, owner, duration })
}

/// The owner, and whoever shares a team or organization with the owner (RES-3).
async fn check_standing(conn: &Conn, principal: &Principal, owner: UserId) -> Result<(), ApiError> {
    let is_known = principal.user_id == owner
        || principal.is_system_admin
        || organizations::share_a_team(conn, principal.user_id, owner).await?.is_some();
    if is_known { Ok(()) } else { Err(ApiError::forbidden(messages::DURATION_OF_OTHERS)) }
}

/// Length of the slot in minutes (RES-1, RES-6).
fn length(event_type: &EventType, asked: Option<i32>) -> Result<i32, ApiError> {
    let options = &event_type.settings.length_options_minutes;
    match asked {
        None => Ok(event_type.length_minutes),
        Some(_) if options.is_empty() => Err(ApiError::bad_request(messages::LENGTH_IS_FIXED)),
        Some(length) if options.contains(&length) => Ok(length),
        Some(_) => Err(ApiError::bad_request(messages::no_such_length(options))),
    }
}

/// The wire form of a hold; `duration` is for how many minutes it was asked for.
fn shown(wanted: &Wanted, duration: Option<i32>) -> Reservation {
    Reservation {
        event_type_id: wanted.event_type_id.0,
        slot_start: slotd_contract::timestamp(wanted.start),
        slot_end: slotd_contract::timestamp(wanted.end),
        slot_duration: wanted.end.duration_since(wanted.start).as_mins(),
        reservation_uid: wanted.uid.clone(),
        reservation_duration: duration,
        reservation_until: slotd_contract::timestamp(wanted.release_at),
    }
}
