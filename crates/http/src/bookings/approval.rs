//! `POST /v2/bookings/{bookingUid}/confirm` and `.../decline` (section 13): a host answers
//! who asked to be booked.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use slotd_contract::Success;
use slotd_contract::bookings::{Bookings, DeclineBooking};
use slotd_domain::booking::{Action, Status, recurrence};
use slotd_store::bookings::{self, Booking};
use slotd_store::{Conn, UnitOfWork, users};

use super::calendar_links;
use super::cancel::event_type;
use super::decide::{Holds, LimitsStatus, Question, Strictness, decide};
use super::facts::{self, Fact, Switches};
use super::shown::{self, Reader};
use super::standing::Standing;
use super::{Current, PathBooking, changed, lock, switches};
use crate::access::Principal;
use crate::body::Validated;
use crate::idempotency::{self, success};
use crate::slots::gather::Subject;
use crate::{ApiError, App, messages};

/// Accepts a booking that waits for its host, or all of its series that do.
#[utoipa::path(
    post, path = "/v2/bookings/{bookingUid}/confirm",
    operation_id = "BookingsController_2024-08-13_confirmBooking",
    tag = "Bookings", summary = "Confirm a booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking, or of its series"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    responses((status = 200, description = "The booking, or all of the series", body = Success<Bookings>)),
)]
pub(super) async fn confirm(
    State(app): State<App>,
    _: Current,
    principal: Principal,
    PathBooking(uid): PathBooking,
) -> Result<Json<Success<Bookings>>, ApiError> {
    let now = app.clock.now();
    let limits_status = app.settings.bookings.limits_status;
    let reply = Reply { uid, action: Action::Confirm, reason: None, principal, limits_status, now };
    let shown = idempotency::write(&app, reply, StatusCode::OK, success).await?;
    Ok(Json(Success::of(shown)))
}

/// Declines a booking that waits for its host, or all of its series that do.
#[utoipa::path(
    post, path = "/v2/bookings/{bookingUid}/decline",
    operation_id = "BookingsController_2024-08-13_declineBooking",
    tag = "Bookings", summary = "Decline a booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking, or of its series"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    request_body = DeclineBooking,
    responses((status = 200, description = "The booking, or all of the series", body = Success<Bookings>)),
)]
pub(super) async fn decline(
    State(app): State<App>,
    _: Current,
    principal: Principal,
    PathBooking(uid): PathBooking,
    Validated { body, .. }: Validated<DeclineBooking>,
) -> Result<Json<Success<Bookings>>, ApiError> {
    let now = app.clock.now();
    let limits_status = app.settings.bookings.limits_status;
    let (action, reason) = (Action::Decline, body.reason);
    let reply = Reply { uid, action, reason, principal, limits_status, now };
    let shown = idempotency::write(&app, reply, StatusCode::OK, success).await?;
    Ok(Json(Success::of(shown)))
}

/// What a host answers.
struct Reply {
    /// Of a booking, or of a series.
    uid: String,
    /// To confirm or to decline.
    action: Action,
    reason: Option<String>,
    principal: Principal,
    limits_status: LimitsStatus,
    now: Timestamp,
}

impl UnitOfWork for Reply {
    type Output = Bookings;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Bookings, ApiError> {
        let unknown = || ApiError::not_found(messages::unknown_booking(&self.uid));
        let named = lock(conn, &self.uid).await?;
        let first = if let Some(booking) = &named {
            booking.clone()
        } else {
            let series = bookings::of_series(conn, &self.uid).await?;
            let first = series.into_iter().next().ok_or_else(unknown)?;
            lock(conn, &first.uid).await?.ok_or_else(unknown)?
        };
        if !Standing::of(conn, Some(&self.principal), &first).await?.manages() {
            return Err(ApiError::not_authorized(messages::NOT_WHO_CONFIRMS));
        }
        // One call answers all of a series that wait (R13.1).
        let mut waiting = match &first.recurring_event_id {
            Some(series) => bookings::of_series(conn, series).await?,
            None => vec![first.clone()],
        };
        waiting.retain(|booking| booking.status == Status::Pending.name());
        let subject = named.as_ref().or(waiting.first()).unwrap_or(&first);
        check(subject, self.action)?;

        let switches = switches(conn, &first).await?;
        if self.action == Action::Decline {
            for (place, booking) in waiting.iter().enumerate() {
                self.decline(conn, booking, once(switches, place)).await?;
            }
        } else {
            self.confirm_all(conn, &waiting, switches).await?;
        }

        if let Some(booking) = named {
            let booking = changed(conn, booking.id).await?;
            let shown = shown::read(conn, &booking, Reader::MANAGER).await?;
            Ok(Bookings::One(Box::new(shown)))
        } else {
            let series = bookings::of_series(conn, &self.uid).await?;
            Ok(Bookings::Many(shown::read_all(conn, &series, Standing::Host).await?))
        }
    }
}

/// Mails tell of a series once; webhooks of each booking of it.
fn once(switches: Switches, place: usize) -> Switches {
    if place > 0 { switches.without_mails() } else { switches }
}

/// The rule of the series that a booking begins, for calendars (R7.51).
async fn more(conn: &Conn, first: &Booking) -> Result<Value, ApiError> {
    let event_type = event_type(conn, first.event_type_id).await?;
    let recurrence = event_type.and_then(|stored| stored.event_type.settings.recurrence);
    let attendees = bookings::attendees_of(conn, first.id).await?;
    let series = calendar_links::series(conn, first, recurrence.as_ref(), &attendees).await?;
    Ok(series.map_or(
        json!({}),
        |(recurrence, count, _)| json!({ "recurrenceRule": recurrence::rule(recurrence, count) }),
    ))
}

/// Whether a booking can be answered.
fn check(booking: &Booking, action: Action) -> Result<(), ApiError> {
    // What cannot be read allows nothing.
    let status = Status::parse(&booking.status).unwrap_or(Status::Cancelled);
    match status.after(action) {
        Ok(_) => Ok(()),
        Err(refused) => {
            let text = refused.message(&booking.uid, booking.rescheduled_to_uid.as_deref());
            Err(match status {
                Status::Accepted => ApiError::does_not_fit(text),
                _ => ApiError::bad_request(text),
            })
        }
    }
}

impl Reply {
    /// All of them, or none: what is taken is named.
    async fn confirm_all(
        &self,
        conn: &Conn,
        waiting: &[Booking],
        switches: Switches,
    ) -> Result<(), ApiError> {
        let (mut refused, mut conflicts) = (None, Vec::new());
        let more = match waiting.first() {
            Some(first) => more(conn, first).await?,
            None => json!({}),
        };
        for (place, booking) in waiting.iter().enumerate() {
            match self.find_conflict(conn, booking).await? {
                None => self.confirm(conn, booking, once(switches, place), more.clone()).await?,
                Some(conflict) => {
                    refused = refused.or(Some(conflict));
                    conflicts.push(slotd_contract::timestamp(booking.start));
                }
            }
        }
        match refused {
            None => Ok(()),
            Some(error) if waiting.len() == 1 => Err(error),
            Some(error) => Err(error.because(json!({ "conflicts": conflicts }))),
        }
    }

    /// The refusal of a booking whose time was taken since (R13.5): by what is accepted, not
    /// by what waits like itself.
    async fn find_conflict(
        &self,
        conn: &Conn,
        booking: &Booking,
    ) -> Result<Option<ApiError>, ApiError> {
        let minutes = booking.end.duration_since(booking.start).as_mins();
        let question = Question {
            // A host may still say yes when it has begun.
            now: self.now.min(booking.start),
            start: booking.start,
            length_minutes: i32::try_from(minutes).unwrap_or(i32::MAX),
            zone: &TimeZone::UTC,
            moved: Some(&booking.uid),
            holds: Holds::Ignored,
            strictness: Strictness::OnlyBusy,
        };
        let subject = match (booking.event_type_id, booking.host) {
            (Some(event_type), _) => Subject::EventType(event_type),
            // The event type was deleted since; its host's time is what counts.
            (None, Some(host)) => {
                Subject::Group(users::by_id(conn, host).await?.into_iter().collect())
            }
            (None, None) => return Ok(None),
        };
        let found = decide(conn, subject, &question).await?;
        // Deleting it would change the booking, which is locked.
        let found = found.ok_or_else(|| ApiError::internal("a booking's event type is there"))?;
        Ok(match found.verdict {
            Ok(slot) if slot.seated.is_none() => None,
            Ok(_) => Some(ApiError::bad_request(messages::NOT_AVAILABLE)),
            Err(refusal) => Some(found.refused(refusal, &question, true, self.limits_status)),
        })
    }

    async fn confirm(
        &self,
        conn: &Conn,
        booking: &Booking,
        switches: Switches,
        more: Value,
    ) -> Result<(), ApiError> {
        bookings::take_time(conn, booking.id).await?;
        bookings::set_status(conn, booking.id, Status::Accepted.name(), self.now).await?;
        self.record(conn, Fact::Confirmed, booking, switches, more).await
    }

    async fn decline(
        &self,
        conn: &Conn,
        booking: &Booking,
        switches: Switches,
    ) -> Result<(), ApiError> {
        bookings::reject(conn, booking.id, self.reason.as_deref(), self.now).await?;
        bookings::release(conn, booking.id).await?;
        self.record(conn, Fact::Declined, booking, switches, json!({})).await
    }

    async fn record(
        &self,
        conn: &Conn,
        fact: Fact,
        booking: &Booking,
        switches: Switches,
        more: Value,
    ) -> Result<(), ApiError> {
        let booking = changed(conn, booking.id).await?;
        let attendees = bookings::attendees_of(conn, booking.id).await?;
        facts::record(conn, fact, &booking, &attendees, switches, more, self.now).await?;
        Ok(())
    }
}
