//! `POST /v2/bookings`: one endpoint for every kind of booking; the event type decides
//! which (7.14).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use slotd_contract::Success;
use slotd_contract::bookings::{
    Bookings, CreateBooking, CreatedBooking, Location, Target, read_exactly,
};
use slotd_domain::booking::location::Requested;
use slotd_domain::event_type::EventType;
use slotd_domain::{EventTypeId, Scope, UserId};
use slotd_store::{Conn, event_types, organizations};
use uuid::Uuid;

use super::book::{Book, Made, Outcome};
use super::draft::{Draft, Length, Wanted, draft};
use super::legacy;
use super::shown::{self, Reader};
use super::standing::Standing;
use crate::access::{CredentialHeaders, Principal, check_scopes};
use crate::atoms_event_types::find_user;
use crate::body::Unread;
use crate::idempotency::{self, success};
use crate::slots::gather::Subject;
use crate::slots::{event_type_of, selected_slot};
use crate::version::ApiVersion;
use crate::{ApiError, App, messages};

/// Makes a booking, or all bookings of a series (section 7).
#[utoipa::path(
    post, path = "/v2/bookings", operation_id = "BookingsController_2024-08-13_createBooking",
    tag = "Bookings", summary = "Create a booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        CredentialHeaders,
    ),
    request_body = CreateBooking,
    responses((status = 201, description = "The booking", body = Success<CreatedBooking>)),
)]
pub(super) async fn create(
    State(app): State<App>,
    version: ApiVersion,
    principal: Option<Extension<Principal>>,
    headers: HeaderMap,
    body: Unread,
) -> Result<Response, ApiError> {
    let principal = principal.map(|Extension(principal)| principal);
    if version < ApiVersion::V2024_08_13 {
        return legacy::create(&app, principal.as_ref(), &headers, &body.0).await;
    }
    let body: CreateBooking = read_exactly(&body.0).map_err(ApiError::bad_request)?;
    let data = current(&app, principal.as_ref(), &headers, body).await?;
    Ok((StatusCode::CREATED, Json(Success::of(data))).into_response())
}

async fn current(
    app: &App,
    principal: Option<&Principal>,
    headers: &HeaderMap,
    body: CreateBooking,
) -> Result<Bookings, ApiError> {
    let conn = app.store.read().await?;
    let id = event_type(&conn, &body.target).await?;
    drop(conn);
    let is_instant = body.instant;
    let overrides = body.override_availability;
    let wanted = || wanted(&body, selected_slot::cookie(headers));
    let now = app.clock.now();
    // The event type may change between a draft and its booking: then it is drafted again.
    for _ in 0..3 {
        let conn = app.store.read().await?;
        let standing = check_caller(&conn, principal, id, is_instant, overrides).await?;
        let drafted = draft(app, &conn, Subject::EventType(id), wanted()).await?;
        check_code(&drafted.event_type, standing)?;
        drop(conn);
        let reader = reader(&drafted, standing);
        let series = drafted.is_series.then(|| Uuid::new_v4().to_string());
        let is_series = drafted.is_series;
        let book = Book::new(app, drafted, series, standing.manages(), false, now).await?;
        let data = move |outcome: &Outcome| match outcome {
            Outcome::Made(made) => Some(answer(made, is_series, reader)),
            Outcome::Changed => None,
        };
        let body = move |outcome: &Outcome| success(&data(outcome)?);
        let outcome = idempotency::write(app, book, StatusCode::CREATED, body).await?;
        if let Some(data) = data(&outcome) {
            return Ok(data);
        }
    }
    Err(ApiError::conflict(messages::EVENT_TYPE_CHANGED))
}

/// Checks 3 to 5 of 7.2.
pub(super) async fn check_caller(
    conn: &Conn,
    principal: Option<&Principal>,
    id: EventTypeId,
    is_instant: bool,
    overrides: bool,
) -> Result<Standing, ApiError> {
    let unknown = || ApiError::not_found(messages::unknown_event_type_to_book(id));
    let stored = event_types::by_id(conn, id).await?.ok_or_else(unknown)?;
    let owners: Vec<UserId> = stored.user_id.into_iter().collect();
    let standing = Standing::among(conn, principal, &owners).await?;
    if stored.event_type.settings.booking_requires_authentication && !standing.manages() {
        return Err(match principal {
            None => ApiError::unauthorized(messages::BOOKING_NEEDS_AUTHENTICATION),
            Some(_) => ApiError::forbidden(messages::BOOKING_NEEDS_OWNER),
        });
    }
    if is_instant {
        return Err(ApiError::bad_request(messages::INSTANT_OF_USER));
    }
    if overrides {
        if !standing.manages() {
            return Err(ApiError::forbidden(messages::OVERRIDE_NEEDS_OWNER));
        }
        principal.map_or(Ok(()), |principal| check_scopes(&[Scope::BOOKING_WRITE], principal))?;
    }
    Ok(standing)
}

/// Whether the booker's address is proven, where an event type asks for that (7.9 row 2).
pub(super) fn check_code(event_type: &EventType, standing: Standing) -> Result<(), ApiError> {
    // Codes are not sent yet, so none is valid; the owner needs none.
    if event_type.settings.requires_booker_email_verification && standing != Standing::Host {
        return Err(ApiError::bad_request(messages::NO_VERIFICATION_CODE));
    }
    Ok(())
}

/// Who sees other bookers of a booking with seats (R8.3).
pub(super) fn reader(draft: &Draft, standing: Standing) -> Reader {
    if standing.manages() {
        return Reader::MANAGER;
    }
    let seats = draft.event_type.settings.seats;
    Reader::stranger(seats.is_none_or(|seats| seats.shows_attendees))
}

fn answer(made: &[Made], is_series: bool, reader: Reader) -> Bookings {
    let shown =
        |made: &Made| shown::booking(&made.booking, &made.attendees, reader, made.seat.as_deref());
    match made {
        [one] if !is_series => Bookings::One(Box::new(shown(one))),
        many => Bookings::Many(many.iter().map(shown).collect()),
    }
}

/// Which event type is booked: ways A to C of 7.1.
async fn event_type(conn: &Conn, target: &Target) -> Result<EventTypeId, ApiError> {
    let place = async |slug: &Option<String>| match slug {
        None => Ok(None),
        Some(slug) => match organizations::by_slug(conn, slug).await? {
            Some((id,)) => Ok(Some(id)),
            None => Err(ApiError::not_found(messages::unknown_organization(slug))),
        },
    };
    match target {
        Target::EventType(id) => Ok(EventTypeId(*id)),
        Target::User { slug, username, organization } => {
            let place = place(organization).await?;
            let user = find_user(conn, username, place).await?;
            let user =
                user.ok_or_else(|| ApiError::not_found(messages::unknown_username(username)))?;
            let id = event_type_of(conn, &user, slug).await?;
            let unknown = || {
                let organization = organization.as_deref();
                messages::unknown_slug_to_book(slug, username, organization)
            };
            id.ok_or_else(|| ApiError::not_found(unknown()))
        }
        // There are no teams yet.
        Target::Team { team, organization, .. } => {
            place(organization).await?;
            Err(ApiError::not_found(messages::unknown_team_slug(team)))
        }
    }
}

fn wanted(body: &CreateBooking, cookie: Option<String>) -> Wanted {
    let booker = &body.attendee;
    Wanted {
        start: body.start,
        length: Length::Minutes(body.length_in_minutes),
        name: booker.name.clone(),
        email: booker.email.clone(),
        phone: booker.phone_number.clone(),
        time_zone: booker.time_zone.clone(),
        locale: booker.language,
        guests: body.guests.clone(),
        place: body.location.clone().map(requested),
        answers: body.field_responses.clone(),
        metadata: body.metadata.clone(),
        count: body.recurrence_count,
        hold: body.reserved_slot_uid.clone().or(cookie),
        overrides: body.override_availability,
        is_checked_as_sent: true,
        client: None,
        is_legacy: false,
    }
}

fn requested(location: Location) -> Requested {
    match location {
        Location::Address => Requested::Address,
        Location::Link => Requested::Link,
        Location::Phone => Requested::Phone,
        Location::AttendeeAddress { address } => Requested::AttendeeAddress(address),
        Location::AttendeePhone { phone } => Requested::AttendeePhone(phone),
        Location::AttendeeDefined { location } => Requested::AttendeeDefined(location),
        Location::Integration { integration } => Requested::Integration(integration),
        Location::OrganizersDefaultApp => Requested::OrganizersDefaultApp,
        Location::Text(text) => Requested::Text(text),
    }
}
