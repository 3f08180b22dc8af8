//! `/v2/event-types` (section 6 of the availability rules). Older versions of the header
//! `cal-api-version` have another shape, see `legacy`.

mod create;
mod delete;
mod get;
mod legacy;
mod list;
mod update;

pub(crate) use get::may_see;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use slotd_contract::event_types::{self as wire, CreateEventType};
use slotd_contract::fields::FieldError;
use slotd_domain::event_type::{EventType, Integration, Location, Refusal};
use slotd_domain::{Permission, Permissions, Scope, UserId};
use slotd_store::users::User;
use slotd_store::{Conn, event_types, schedules};
use utoipa_axum::routes;

use crate::access::{ANY_CREDENTIAL, Access, Check};
use crate::route::Routes;
use crate::{ApiError, App, messages};

/// The path of the list.
pub(crate) const PATH: &str = "/v2/event-types";
/// Most event types of a user.
const MOST: i64 = 1_000;

/// The permission is checked before the caller (PM-6).
const READ: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Permissions(Permissions::of(&[Permission::EventTypeRead])),
        Check::Authenticated,
    ],
    scopes: &[Scope::EVENT_TYPE_READ],
};

const WRITE: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Permissions(Permissions::of(&[Permission::EventTypeWrite])),
        Check::Authenticated,
    ],
    scopes: &[Scope::EVENT_TYPE_WRITE],
};

/// Lists are public; their owner sees more of them.
const LIST: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[Check::AuthenticatedIfPresented],
    scopes: &[Scope::EVENT_TYPE_READ],
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(&WRITE, routes!(create::create))
        .add(&LIST, routes!(list::list))
        .add(&READ, routes!(get::get))
        .add(&WRITE, routes!(update::update))
        .add(&WRITE, routes!(delete::delete))
        .merge(legacy::routes())
}

/// The wire form of an event type for its owner or an administrator: with its hidden
/// fields.
fn shown(app: &App, stored: &event_types::Stored, owner: &User) -> wire::Shown {
    let url = booking_url(app, owner, &stored.event_type.slug);
    wire::shown(stored.id, &stored.event_type, &shown_owner(owner), &url, false)
}

/// The wire form of an event type in a list (ET-32).
fn listed(app: &App, stored: &event_types::Stored, owner: &User) -> wire::Shown {
    let url = booking_url(app, owner, &stored.event_type.slug);
    wire::shown(stored.id, &stored.event_type, &shown_owner(owner), &url, true)
}

fn shown_owner(owner: &User) -> wire::Owner {
    wire::Owner {
        id: owner.id.0,
        name: owner.name.clone(),
        username: owner.username.clone(),
        avatar_url: owner.avatar_url.clone(),
        brand_color: None,
        dark_brand_color: None,
        week_start: owner.week_start.clone(),
        metadata: owner.metadata.clone().unwrap_or_else(|| Value::Object(Map::new())),
    }
}

/// What may stand in a segment of a path beside letters and digits.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The public page of an event type. Managed users have none.
fn booking_url(app: &App, owner: &User, slug: &str) -> String {
    match &owner.username {
        Some(username) if !owner.is_platform_managed => {
            let [username, slug] =
                [username, slug].map(|text| utf8_percent_encode(text, SEGMENT).to_string());
            format!("{}/{username}/{slug}", app.settings.public_url)
        }
        _ => String::new(),
    }
}

/// Refuses an event type that does not fit together, or that needs what is not
/// connected; the order is the contract's (ET-64). `before` is what is stored: what did
/// not change needs no connection again. `sent` is the body.
fn check(event_type: &EventType, before: Option<&EventType>, sent: &Value) -> Result<(), ApiError> {
    let settings = &event_type.settings;
    if before.is_none_or(|before| before.locations != event_type.locations) {
        check_connected(&event_type.locations)?;
    }
    if let Some(refusal) = event_type.refusals().first() {
        return Err(refused(refusal, sent));
    }
    let calendar = &settings.destination_calendar;
    if calendar.is_some()
        && before.is_none_or(|before| before.settings.destination_calendar != *calendar)
    {
        return Err(ApiError::bad_request(messages::NO_DESTINATION_CALENDAR));
    }
    if settings.use_destination_calendar_email
        && before.is_none_or(|before| !before.settings.use_destination_calendar_email)
    {
        return Err(ApiError::bad_request(messages::NO_CALENDAR_EMAIL));
    }
    Ok(())
}

/// Only the built-in video needs no connection, and nothing can be connected yet (ET-21).
pub(crate) fn check_connected(locations: &[Location]) -> Result<(), ApiError> {
    let missing = locations.iter().find_map(|location| match location {
        Location::Integration { integration: Integration::CalVideo, .. } => None,
        Location::Integration { integration, .. } => Some(integration),
        _ => None,
    });
    missing.map_or(Ok(()), |app| {
        Err(ApiError::bad_request(format!("{} not connected.", app.app_slug())))
    })
}

/// What concerns one field stands in `details.errors` (ET-7); the rest is the message.
fn refused(refusal: &Refusal, sent: &Value) -> ApiError {
    let (property, constraint) = match refusal {
        Refusal::CountLimits(..) => ("bookingLimitsCount", "ValidateBookingLimitsCount"),
        Refusal::DurationLimits(..) => ("bookingLimitsDuration", "ValidateBookingLimitsDuration"),
        Refusal::ActiveLimitOfSeries => ("bookerActiveBookingsLimit", "ValidateActiveLimit"),
        Refusal::DefaultLayout => ("bookerLayouts", "ValidateDefaultLayout"),
        Refusal::SeatsOfSeries => return ApiError::does_not_fit(refusal.to_string()),
        Refusal::NameVariables(_)
        | Refusal::SeatsWithLocations
        | Refusal::SeatsWithConfirmation
        | Refusal::PhoneOnly
        | Refusal::NoContact => {
            return ApiError::bad_request(messages::shown(&refusal.to_string()));
        }
    };
    let error =
        FieldError::found_later::<CreateEventType>(property, sent, constraint, refusal.to_string());
    ApiError::invalid(vec![error])
}

/// Refuses a schedule that is not the user's (ET-5).
pub(crate) async fn check_schedule(
    conn: &Conn,
    user: UserId,
    event_type: &EventType,
) -> Result<(), ApiError> {
    let Some(schedule) = event_type.schedule_id else { return Ok(()) };
    match schedules::owner(conn, schedule).await? {
        Some((owner,)) if owner == user => Ok(()),
        _ => Err(ApiError::not_found(messages::foreign_schedule(user, schedule))),
    }
}
