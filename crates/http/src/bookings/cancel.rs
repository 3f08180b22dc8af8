//! `POST /v2/bookings/{bookingUid}/cancel` (section 12).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use jiff::Timestamp;
use serde_json::json;
use slotd_contract::Success;
use slotd_contract::bookings::{Bookings, CancelBooking, read_exactly};
use slotd_contract::bookings_2024_04_15::CancelledBooking;
use slotd_domain::booking::{Action, Refused, Status};
use slotd_domain::{BookingId, EventTypeId};
use slotd_store::bookings::{self, Booking};
use slotd_store::event_types;
use slotd_store::{Conn, UnitOfWork, users};

use super::facts::{self, Fact, Switches};
use super::legacy;
use super::shown;
use super::standing::Standing;
use super::{PathBooking, lock, switches};
use crate::access::{CredentialHeaders, Principal};
use crate::body::Unread;
use crate::idempotency::{self, success};
use crate::version::ApiVersion;
use crate::{ApiError, App, messages};

/// Cancels a booking, the rest of a series, or a seat.
#[utoipa::path(
    post, path = "/v2/bookings/{bookingUid}/cancel",
    operation_id = "BookingsController_2024-08-13_cancelBooking",
    tag = "Bookings", summary = "Cancel a booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking, or of its series"),
        CredentialHeaders,
    ),
    request_body = CancelBooking,
    responses(
        (status = 200, description = "The booking, or all of the series", body = Success<Bookings>),
        (status = 201, description = "Which booking it was, in versions before 2024-08-13", body = Success<CancelledBooking>),
    ),
)]
pub(super) async fn cancel(
    State(app): State<App>,
    version: ApiVersion,
    principal: Option<Extension<Principal>>,
    PathBooking(uid): PathBooking,
    body: Unread,
) -> Result<Response, ApiError> {
    let principal = principal.map(|Extension(principal)| principal);
    if version < ApiVersion::V2024_08_13 {
        return legacy::cancel(&app, principal, uid, &body).await;
    }
    let body: CancelBooking = read_exactly(&body.0).map_err(ApiError::bad_request)?;
    let which = if body.subsequent { Which::Subsequent } else { Which::One };
    let cancel = Cancel {
        uid,
        which,
        seat: body.seat_uid,
        reason: body.reason,
        by: None,
        principal,
        now: app.clock.now(),
    };
    let body = |cancelled: &Cancelled| success(&cancelled.shown);
    let cancelled = idempotency::write(&app, cancel, StatusCode::OK, body).await?;
    Ok(Json(Success::of(cancelled.shown)).into_response())
}

/// How much of a series is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// The booking alone.
    One,
    /// It and all later ones.
    Subsequent,
    /// All that have not begun.
    AllRemaining,
}

/// What is to be cancelled.
pub(super) struct Cancel {
    /// Of a booking, or of a series: all that have not begun.
    pub(super) uid: String,
    pub(super) which: Which,
    /// Only this seat.
    pub(super) seat: Option<String>,
    pub(super) reason: Option<String>,
    /// Address of whoever cancels, where the caller is nobody (R12.3).
    pub(super) by: Option<String>,
    pub(super) principal: Option<Principal>,
    pub(super) now: Timestamp,
}

/// What was cancelled.
pub(super) struct Cancelled {
    pub(super) booking: BookingId,
    pub(super) uid: String,
    /// The booking goes on without somebody.
    pub(super) only_removed_attendee: bool,
    pub(super) shown: Bookings,
}

impl UnitOfWork for Cancel {
    type Output = Cancelled;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Cancelled, ApiError> {
        let Some(booking) = lock(conn, &self.uid).await? else {
            // Seats are given up in each occurrence by itself (R12.7).
            return match &self.seat {
                None => self.series(conn, &self.uid, None).await,
                Some(seat) => Err(self.no_seat_of_series(conn, seat).await?),
            };
        };
        let not_of_a_series = || ApiError::bad_request(messages::not_of_a_series(&self.uid));
        let series = match self.which {
            Which::One => None,
            Which::Subsequent | Which::AllRemaining => {
                Some(booking.recurring_event_id.clone().ok_or_else(not_of_a_series)?)
            }
        };
        let standing = Standing::of(conn, self.principal.as_ref(), &booking).await?;
        if let Some(seat) = &self.seat {
            return self.seat(conn, booking, seat, standing).await;
        }
        if let Some(series) = series {
            return self.series(conn, &series, Some(&booking)).await;
        }
        self.check(conn, &booking, standing).await?;
        let (switches, by) = (switches(conn, &booking).await?, self.by(conn).await?);
        self.cancel(conn, &booking, self.which, by.as_deref(), switches).await?;
        let booking = read(conn, booking.id).await?;
        let reader = standing.reader(conn, &booking).await?;
        let shown = shown::read(conn, &booking, reader).await?;
        Ok(Cancelled {
            booking: booking.id,
            uid: booking.uid,
            only_removed_attendee: false,
            shown: Bookings::One(Box::new(shown)),
        })
    }
}

impl Cancel {
    /// Whether it may be cancelled, and by this caller.
    async fn check(
        &self,
        conn: &Conn,
        booking: &Booking,
        standing: Standing,
    ) -> Result<(), ApiError> {
        after(booking, Action::Cancel)?;
        let event_type = event_type(conn, booking.event_type_id).await?;
        if event_type.is_some_and(|it| it.event_type.settings.disable_cancelling) {
            return Err(ApiError::bad_request(messages::NO_CANCELLING).bare());
        }
        if booking.seats_taken.is_some() && !standing.manages() {
            return Err(ApiError::unauthorized(messages::NOT_A_HOST).bare());
        }
        // Bookings of platforms never need a reason (R12.2).
        let is_host = self.principal.as_ref().is_some_and(|it| Some(it.user_id) == booking.host);
        let has_reason = self.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        if is_host && booking.oauth_client_id.is_none() && !has_reason {
            return Err(ApiError::bad_request(messages::CANCEL_REASON_REQUIRED).bare());
        }
        Ok(())
    }

    /// The address of whoever cancels.
    async fn by(&self, conn: &Conn) -> Result<Option<String>, ApiError> {
        match &self.principal {
            Some(principal) => {
                Ok(users::by_id(conn, principal.user_id).await?.map(|user| user.email))
            }
            None => Ok(self.by.clone()),
        }
    }

    async fn cancel(
        &self,
        conn: &Conn,
        booking: &Booking,
        which: Which,
        by: Option<&str>,
        switches: Switches,
    ) -> Result<(), ApiError> {
        let attendees = bookings::attendees_of(conn, booking.id).await?;
        bookings::cancel(conn, booking.id, self.reason.as_deref(), by, self.now).await?;
        bookings::release(conn, booking.id).await?;
        // Who held a seat is told; nobody holds one any more (R12.6).
        if booking.seats_taken.is_some() {
            for attendee in &attendees {
                bookings::give_seat_up(conn, booking.id, attendee.id, self.now).await?;
            }
        }
        let switches = switches.at_end_of(booking);
        let booking = read(conn, booking.id).await?;
        let more = json!({ "which": which.name() });
        facts::record(conn, Fact::Cancelled, &booking, &attendees, switches, more, self.now)
            .await?;
        Ok(())
    }

    /// Cancels what is left of a series; from a booking on, or all that has not begun
    /// (R12.1).
    async fn series(
        &self,
        conn: &Conn,
        series: &str,
        from: Option<&Booking>,
    ) -> Result<Cancelled, ApiError> {
        let all = bookings::of_series(conn, series).await?;
        let Some(first) = all.first() else {
            return Err(ApiError::not_found(messages::unknown_booking_to_cancel(&self.uid)));
        };
        if from.is_none() && self.which == Which::Subsequent {
            return Err(ApiError::bad_request(messages::SUBSEQUENT_OF_SERIES));
        }
        lock(conn, &first.uid).await?;
        let standing = Standing::of(conn, self.principal.as_ref(), first).await?;
        // Whoever names the series means all that is left of it.
        let which = if from.is_none() { Which::AllRemaining } else { self.which };
        let earliest = match (which, from) {
            (Which::Subsequent, Some(booking)) => booking.start,
            _ => self.now,
        };
        let (switches, by) = (switches(conn, first).await?, self.by(conn).await?);
        let (mut last, mut refused) = (None, None);
        for booking in bookings::of_series(conn, series).await? {
            if booking.start < earliest || booking.status == Status::Cancelled.name() {
                refused = Some(booking);
                continue;
            }
            self.check(conn, &booking, standing).await?;
            // One mail tells of all of them (R12.8).
            let switches = if last.is_some() { switches.without_mails() } else { switches };
            self.cancel(conn, &booking, which, by.as_deref(), switches).await?;
            last = last.or(Some(booking));
        }
        let Some(last) = last else {
            // Gone with its host in the meantime.
            let unknown = || ApiError::not_found(messages::unknown_booking_to_cancel(&self.uid));
            let booking = refused.ok_or_else(unknown)?;
            let refused = Refused { action: Action::Cancel, status: Status::Cancelled };
            return Err(ApiError::bad_request(if booking.status == Status::Cancelled.name() {
                refused.message(&self.uid, None)
            } else {
                messages::series_is_over(&self.uid)
            }));
        };
        let all = bookings::of_series(conn, series).await?;
        let shown = shown::read_all(conn, &all, standing).await?;
        Ok(Cancelled {
            booking: last.id,
            uid: last.uid,
            only_removed_attendee: false,
            shown: Bookings::Many(shown),
        })
    }

    /// A series has no seats, and may not exist.
    async fn no_seat_of_series(&self, conn: &Conn, seat: &str) -> Result<ApiError, ApiError> {
        if bookings::of_series(conn, &self.uid).await?.is_empty() {
            return Ok(ApiError::not_found(messages::unknown_booking_to_cancel(&self.uid)));
        }
        not_there(conn, seat).await
    }

    /// Gives one seat up (R12.5).
    async fn seat(
        &self,
        conn: &Conn,
        booking: Booking,
        seat: &str,
        standing: Standing,
    ) -> Result<Cancelled, ApiError> {
        after(&booking, Action::Cancel)?;
        let attendees = bookings::attendees_of(conn, booking.id).await?;
        let leaver = attendees.iter().find(|it| it.seat_uid.as_deref() == Some(seat)).cloned();
        let Some(leaver) = leaver else {
            return Err(not_there(conn, seat).await?);
        };
        let event_type = event_type(conn, booking.event_type_id).await?;
        if event_type.is_some_and(|it| it.event_type.settings.disable_cancelling) {
            return Err(ApiError::bad_request(messages::NO_CANCELLING).bare());
        }
        let is_last = attendees.len() == 1;
        let (switches, by) = (switches(conn, &booking).await?, self.by(conn).await?);
        bookings::give_seat_up(conn, booking.id, leaver.id, self.now).await?;
        if is_last {
            let reason = self.reason.as_deref();
            bookings::cancel(conn, booking.id, reason, by.as_deref(), self.now).await?;
            bookings::release(conn, booking.id).await?;
        }
        let before = booking;
        let booking = read(conn, before.id).await?;
        let more = json!({ "attendeeSeatId": seat, "reason": self.reason });
        let leavers = [leaver];
        facts::record(conn, Fact::SeatCancelled, &booking, &leavers, switches, more, self.now)
            .await?;
        let (fact, switches) = if is_last {
            (Fact::Emptied, switches.at_end_of(&before))
        } else {
            (Fact::SeatLeft, switches)
        };
        let stay = bookings::attendees_of(conn, booking.id).await?;
        facts::record(conn, fact, &booking, &stay, switches, json!({}), self.now).await?;
        let reader = standing.reader(conn, &booking).await?;
        let shown = shown::read(conn, &booking, reader).await?;
        Ok(Cancelled {
            booking: booking.id,
            uid: booking.uid,
            only_removed_attendee: !is_last,
            shown: Bookings::One(Box::new(shown)),
        })
    }
}

/// Why there is no such seat here: it is none, or another booking's.
async fn not_there(conn: &Conn, seat: &str) -> Result<ApiError, ApiError> {
    let is_known = bookings::by_seat(conn, seat).await?.is_some();
    let text = if is_known { messages::SEAT_OF_ANOTHER } else { messages::NO_SUCH_SEAT };
    Ok(ApiError::bad_request(text))
}

impl Which {
    const fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Subsequent => "subsequent",
            Self::AllRemaining => "allRemaining",
        }
    }
}

/// What a booking is after an action, or the refusal that section 4 has for it.
pub(super) fn after(booking: &Booking, action: Action) -> Result<Status, ApiError> {
    // What cannot be read allows nothing.
    let status = Status::parse(&booking.status).unwrap_or(Status::Cancelled);
    status.after(action).map_err(|refused| {
        let replaced_by = booking.rescheduled_to_uid.as_deref();
        ApiError::bad_request(refused.message(&booking.uid, replaced_by))
    })
}

/// The event type of a booking, while there is one.
pub(super) async fn event_type(
    conn: &Conn,
    id: Option<EventTypeId>,
) -> Result<Option<event_types::Stored>, ApiError> {
    match id {
        Some(id) => Ok(event_types::by_id(conn, id).await?),
        None => Ok(None),
    }
}

/// A booking that was just written, as it is now.
pub(super) async fn read(conn: &Conn, id: BookingId) -> Result<Booking, ApiError> {
    let booking = bookings::by_id(conn, id).await?;
    booking.ok_or_else(|| ApiError::internal("a booking that is locked is there"))
}
