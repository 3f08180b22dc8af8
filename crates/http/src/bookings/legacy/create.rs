//! `POST /v2/bookings` in the legacy shape (24.2), which the components call.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use slotd_contract::Success;
use slotd_contract::bookings_2024_04_15::{BookerName, Booking, CreateBooking, Responses};
use slotd_contract::slots::LegacyTarget;
use slotd_domain::booking::location::Requested;
use slotd_domain::{EventTypeId, Locale};
use slotd_store::oauth_clients::OAuthClient;
use slotd_store::{Conn, organizations};
use uuid::Uuid;

use super::recurring::{BookAll, Series};
use super::reschedule::reschedule;
use super::{in_legacy, named_client, shown};
use crate::access::Principal;
use crate::atoms_event_types::find_user;
use crate::bookings::book::{Book, Made, Outcome};
use crate::bookings::create::{check_caller, check_code, reader};
use crate::bookings::draft::{Draft, Length, Wanted, draft, minutes_of_group};
use crate::bookings::shown::Reader;
use crate::bookings::standing::Standing;
use crate::idempotency::{self, success};
use crate::slots::gather::Subject;
use crate::slots::{all_allow, each_once, event_type_of, selected_slot};
use crate::{ApiError, App, messages};

/// Makes a booking from a body in the legacy shape, or moves one (R24.3).
pub(in crate::bookings) async fn create(
    app: &App,
    principal: Option<&Principal>,
    headers: &HeaderMap,
    body: &Value,
) -> Result<Response, ApiError> {
    let body: CreateBooking = super::read(body)?;
    let data = if let Some(uid) = &body.reschedule_uid {
        reschedule(app, principal, headers, uid, &body).await?
    } else {
        let bodies = std::slice::from_ref(&body);
        book(app, principal, headers, bodies, |mut made| made.remove(0)).await?
    };
    Ok((StatusCode::CREATED, Json(Success::of(data))).into_response())
}

/// Makes a booking of each body, or none of any (R24.3). All are of one event type.
/// `data` is what is answered of the bookings.
pub(super) async fn book<T: Serialize + 'static>(
    app: &App,
    principal: Option<&Principal>,
    headers: &HeaderMap,
    bodies: &[CreateBooking],
    data: fn(Vec<Booking>) -> T,
) -> Result<T, ApiError> {
    let is_dry_run = bodies.iter().any(|body| body.is_dry_run);
    let series = Series::of(bodies)?;
    let now = app.clock.now();
    // The event type may change between a draft and its booking: then it is drafted again.
    for _ in 0..3 {
        let conn = app.store.read().await?;
        let subject = subject(&conn, &bodies[0].target).await?;
        let standing = standing(&conn, principal, &subject).await?;
        let client = named_client(&conn, headers).await?;
        let mut drafts: Vec<Draft> = Vec::with_capacity(bodies.len());
        for body in bodies {
            let wanted = wanted(body, &subject, client.as_ref(), selected_slot::cookie(headers))?;
            let drafted = draft(app, &conn, subject.clone(), wanted).await;
            let drafted = drafted.map_err(in_legacy)?;
            check_code(&drafted.event_type, standing)?;
            drafts.push(drafted);
        }
        drop(conn);
        if series.is_some() {
            Series::arrange(&mut drafts)?;
        }
        let reader = reader(&drafts[0], standing);
        let id = series.as_ref().map(|series| series.id.clone());
        let mut books = Vec::with_capacity(drafts.len());
        for drafted in drafts {
            let (id, may_see) = (id.clone(), standing.manages());
            books.push(Book::new(app, drafted, id, may_see, is_dry_run, now).await?);
        }
        let sent: Vec<_> = bodies.iter().map(|body| body.responses.sent.clone()).collect();
        let data = move |outcome: &Outcome| match outcome {
            Outcome::Made(made) => Some(data(answers(made, &sent, reader, is_dry_run))),
            Outcome::Changed => None,
        };
        let status = StatusCode::CREATED;
        let body = {
            let data = data.clone();
            move |outcome: &Outcome| success(&data(outcome)?)
        };
        let outcome = match series.clone() {
            None => idempotency::write(app, books.remove(0), status, body).await,
            Some(series) => idempotency::write(app, BookAll { books, series }, status, body).await,
        };
        if let Some(data) = data(&outcome.map_err(in_legacy)?) {
            return Ok(data);
        }
    }
    Err(ApiError::conflict(messages::EVENT_TYPE_CHANGED))
}

fn answers(
    made: &[Made],
    sent: &[Map<String, Value>],
    reader: Reader,
    is_dry_run: bool,
) -> Vec<Booking> {
    let shown = made.iter().zip(sent).map(|(made, sent)| {
        let booking = shown::created(made, sent.clone(), reader);
        if is_dry_run { booking.into_dry_run() } else { booking }
    });
    shown.collect()
}

/// Checks 3 to 5 of 7.2; anybody may book a group.
async fn standing(
    conn: &Conn,
    principal: Option<&Principal>,
    subject: &Subject,
) -> Result<Standing, ApiError> {
    match subject {
        Subject::EventType(id) => check_caller(conn, principal, *id, false, false).await,
        Subject::Group(users) => {
            let ids: Vec<_> = users.iter().map(|user| user.id).collect();
            Ok(Standing::among(conn, principal, &ids).await?)
        }
    }
}

/// Slug that stands for a group of any length.
const DYNAMIC: &str = "dynamic";

/// What is booked: an event type, or the users of a group in their order (R7.9, R7.10).
async fn subject(conn: &Conn, target: &LegacyTarget) -> Result<Subject, ApiError> {
    let (usernames, slug, organization) = match target {
        LegacyTarget::EventType(id) => return Ok(Subject::EventType(EventTypeId(*id))),
        LegacyTarget::Users { usernames, slug, organization } => (usernames, slug, organization),
    };
    let place = match organization {
        None => None,
        Some(slug) => {
            let unknown = || ApiError::not_found(messages::unknown_organization(slug));
            Some(organizations::by_slug(conn, slug).await?.ok_or_else(unknown)?.0)
        }
    };
    let mut users = Vec::with_capacity(usernames.len());
    for username in usernames {
        let user = find_user(conn, username, place).await?;
        // A group that somebody is missing of is not the one that was asked for.
        users.push(user.ok_or_else(|| ApiError::not_found(messages::unknown_username(username)))?);
    }
    let slug = slug.as_deref().unwrap_or(DYNAMIC);
    if let ([username], [user]) = (usernames.as_slice(), users.as_slice())
        && slug != DYNAMIC
    {
        let id = event_type_of(conn, user, slug).await?;
        let unknown = || messages::unknown_slug_to_book(slug, username, organization.as_deref());
        return id.map(Subject::EventType).ok_or_else(|| ApiError::not_found(unknown()));
    }
    let users = each_once(users.into_iter());
    if !all_allow(conn, &users).await? {
        return Err(ApiError::bad_request(messages::NO_DYNAMIC_BOOKING));
    }
    Ok(Subject::Group(users))
}

fn wanted(
    body: &CreateBooking,
    subject: &Subject,
    client: Option<&OAuthClient>,
    cookie: Option<String>,
) -> Result<Wanted, ApiError> {
    let answers = &body.responses;
    Ok(Wanted {
        start: body.start,
        length: match subject {
            Subject::EventType(_) => body.end.map_or(Length::Minutes(None), Length::Until),
            Subject::Group(_) => Length::Minutes(group_minutes(body)?),
        },
        name: answers.name.as_ref().map(BookerName::joined).unwrap_or_default(),
        email: answers.email.clone(),
        phone: answers.attendee_phone_number.clone().or(answers.sms_reminder_number.clone()),
        time_zone: body.time_zone.clone(),
        locale: Locale::parse(&body.language),
        guests: answers.guests.clone(),
        place: place(answers, body.location_url.as_ref()),
        answers: answers.sent.clone(),
        metadata: body.metadata.clone(),
        count: None,
        hold: body.reserved_slot_uid.clone().or(cookie),
        overrides: false,
        is_checked_as_sent: false,
        client: client.map(|client| client.id.clone()),
        is_legacy: true,
    })
}

/// Where the booker wants to meet: what was answered, else the link that was sent.
fn place(answers: &Responses, link: Option<&String>) -> Option<Requested> {
    let chosen = answers.location.as_ref().filter(|location| !location.value.is_empty());
    match chosen {
        Some(location) => Some(Requested::of_answer(&location.value, &location.option_value)),
        None => link.cloned().map(Requested::Text),
    }
}

/// How long a group meets: until the end that is named, or as long as the slug says.
fn group_minutes(body: &CreateBooking) -> Result<Option<i32>, ApiError> {
    let of_slug = match &body.target {
        LegacyTarget::Users { slug: Some(slug), .. } => slug.parse::<i64>().ok(),
        _ => None,
    };
    let end_of_slug = of_slug.map(|minutes| {
        let length = minutes.checked_mul(60).map(SignedDuration::from_secs);
        length.and_then(|length| body.start.checked_add(length).ok()).unwrap_or(Timestamp::MAX)
    });
    let Some(end) = body.end.or(end_of_slug) else { return Ok(None) };
    if end_of_slug.is_some_and(|of_slug| of_slug != end) {
        return Err(ApiError::bad_request(messages::INVALID_LENGTH).bare().legacy());
    }
    minutes_of_group(body.start, end).map(Some).map_err(ApiError::legacy)
}

/// A uid of a new series.
pub(super) fn new_series() -> String {
    Uuid::new_v4().to_string()
}
