//! `POST /v2/bookings/recurring` (24.3): a body for each booking of a series. All are made,
//! or none.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use jiff::{SignedDuration, Timestamp};
use slotd_contract::Success;
use slotd_contract::bookings_2024_04_15::{Booking, CreateBooking, CreateRecurring};
use slotd_domain::booking::recurrence;
use slotd_domain::{EventTypeId, email};
use slotd_store::{Conn, UnitOfWork, bookings};
use uuid::Uuid;

use super::create::{book, new_series};
use crate::access::Principal;
use crate::body::Unread;
use crate::bookings::book::{Book, Made, Outcome};
use crate::bookings::draft::Draft;
use crate::{ApiError, App, messages};

/// Makes all bookings of a series, for the components.
#[utoipa::path(
    post, path = "/v2/bookings/recurring",
    operation_id = "BookingsController_2024_04_15_createRecurringBooking",
    tag = "Bookings", summary = "Create the bookings of a series, for the components",
    request_body = inline(Vec<Object>),
    responses((status = 201, description = "The bookings, in the order of the list", body = Success<Vec<Booking>>)),
)]
pub(super) async fn recurring(
    State(app): State<App>,
    principal: Option<Extension<Principal>>,
    headers: HeaderMap,
    body: Unread,
) -> Result<Response, ApiError> {
    let CreateRecurring(bodies) = CreateRecurring::read(&body.0).map_err(ApiError::invalid)?;
    if bodies.iter().any(|body| body.reschedule_uid.is_some()) {
        return Err(ApiError::bad_request(messages::NO_RESCHEDULING_IN_SERIES));
    }
    let principal = principal.map(|Extension(principal)| principal);
    let data = book(&app, principal.as_ref(), &headers, &bodies, |made| made).await?;
    Ok((StatusCode::CREATED, Json(Success::of(data))).into_response())
}

/// The series that bookings are made of.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) id: String,
    /// The caller named it, so there may be one already.
    is_given: bool,
}

impl Series {
    /// The series of some bodies; none of a booking that names none.
    pub(super) fn of(bodies: &[CreateBooking]) -> Result<Option<Self>, ApiError> {
        let given = bodies.iter().find_map(|body| body.recurring_event_id.as_ref());
        if bodies.len() == 1 && given.is_none() {
            return Ok(None);
        }
        if bodies.iter().any(|body| body.target != bodies[0].target) {
            return Err(ApiError::bad_request(messages::SERIES_OF_ONE_KIND));
        }
        let Some(given) = given else {
            return Ok(Some(Self { id: new_series(), is_given: false }));
        };
        let others = bodies.iter().filter_map(|body| body.recurring_event_id.as_ref());
        let is_one = others.into_iter().all(|other| other == given);
        match Uuid::parse_str(given) {
            Ok(id) if is_one => Ok(Some(Self { id: id.to_string(), is_given: true })),
            _ => Err(ApiError::bad_request(messages::ONE_SERIES_ID)),
        }
    }

    /// Makes drafts the bookings of one series. Only what an event type repeats may lie
    /// outside of its window, and only as far as it is repeated.
    pub(super) fn arrange(drafts: &mut [Draft]) -> Result<(), ApiError> {
        let Some(first) = drafts.first() else { return Ok(()) };
        let last = last_start(first, drafts.len())?;
        let rule = rule(drafts);
        let starts = drafts.iter().map(|draft| draft.starts[0]);
        let first_start = starts.fold(first.starts[0], Timestamp::min);
        for (place, draft) in drafts.iter_mut().enumerate() {
            draft.is_series = true;
            draft.recurrence_rule.clone_from(&rule);
            draft.first_place = place;
            draft.first_start = first_start;
            draft.keeps_window = last.is_none_or(|last| draft.starts[0] > last);
        }
        Ok(())
    }
}

/// The rule that the starts of some drafts follow, if it is the event type's (R7.51).
fn rule(drafts: &[Draft]) -> Option<String> {
    let first = drafts.first()?;
    let series = first.event_type.settings.recurrence.as_ref()?;
    let starts: Vec<Timestamp> = drafts.iter().map(|draft| draft.starts[0]).collect();
    let by_rule = recurrence::starts(starts[0], &first.zone, series, starts.len());
    (by_rule.as_ref() == Ok(&starts)).then(|| recurrence::rule(series, starts.len()))
}

/// The latest start that a series can have which begins with a draft. Clients count in
/// their own zones, so it may be a day later.
fn last_start(first: &Draft, count: usize) -> Result<Option<Timestamp>, ApiError> {
    let Some(series) = &first.event_type.settings.recurrence else { return Ok(None) };
    let refused = |refusal: recurrence::Refusal| ApiError::bad_request(refusal.to_string());
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    recurrence::count(series, Some(count)).map_err(refused)?;
    let all = recurrence::count(series, None).map_err(refused)?;
    let starts = recurrence::starts(first.starts[0], &first.zone, series, all).map_err(refused)?;
    let day = SignedDuration::from_hours(24);
    Ok(starts.last().map(|last| last.saturating_add(day).unwrap_or(Timestamp::MAX)))
}

/// All bookings of a series in one transaction.
pub(super) struct BookAll {
    pub(super) books: Vec<Book>,
    pub(super) series: Series,
}

impl UnitOfWork for BookAll {
    type Output = Outcome;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Outcome, ApiError> {
        let mut all: Vec<Made> = Vec::with_capacity(self.books.len());
        for book in &self.books {
            match Box::pin(book.run(conn)).await? {
                Outcome::Made(made) => all.extend(made),
                Outcome::Changed if all.is_empty() => return Ok(Outcome::Changed),
                // What was written so far must not stay.
                Outcome::Changed => {
                    return Err(ApiError::conflict(messages::EVENT_TYPE_CHANGED));
                }
            }
        }
        self.check_overlaps(&all)?;
        if self.series.is_given {
            self.check_others(conn, &all).await?;
        }
        Ok(Outcome::Made(all))
    }
}

impl BookAll {
    /// A dry run writes nothing, so nothing else tells that its own bookings overlap.
    fn check_overlaps(&self, all: &[Made]) -> Result<(), ApiError> {
        let is_dry_run = self.books.iter().any(Book::is_dry_run);
        let mut times: Vec<_> = all.iter().map(|it| (it.booking.start, it.booking.end)).collect();
        times.sort_unstable();
        let mut pairs = times.windows(2);
        if is_dry_run && pairs.any(|pair| pair[1].0 < pair[0].1) {
            let error = ApiError::bad_request(messages::NOT_AVAILABLE);
            return Err(error.coded(messages::LEGACY_NOT_AVAILABLE));
        }
        Ok(())
    }

    /// Whoever knows the id of a series may cancel all of it: a booking joins only what
    /// the same booker made of the same event type.
    async fn check_others(&self, conn: &Conn, all: &[Made]) -> Result<(), ApiError> {
        let kind = |it: &Made| -> (Option<EventTypeId>, Option<i32>, Option<String>) {
            let booker = it.attendees.first().map(|it| email::comparison_key(&it.email));
            (it.booking.event_type_id, it.booking.host.map(|id| id.0), booker)
        };
        let foreign = || ApiError::conflict(messages::SERIES_OF_ANOTHER);
        // Its id is not that of a seat either (R3.3).
        if bookings::by_seat(conn, &self.series.id).await?.is_some() {
            return Err(foreign());
        }
        for booking in bookings::of_series(conn, &self.series.id).await? {
            if all.iter().any(|made| made.booking.id == booking.id) {
                continue;
            }
            let attendees = bookings::attendees_of(conn, booking.id).await?;
            let other = Made { booking, attendees, seat: None };
            if all.iter().any(|made| kind(made) != kind(&other)) {
                return Err(foreign());
            }
        }
        Ok(())
    }
}
