//! `POST /v2/bookings/{bookingUid}/reschedule` (section 11): a new booking takes the place
//! of the old one, in one transaction. Seats move in `reschedule_seat.rs`.

use std::convert::Infallible;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value, json};
use slotd_contract::Success;
use slotd_contract::bookings::{Bookings, RescheduleBooking, RescheduledBooking, read_exactly};
use slotd_domain::booking::answers::RESCHEDULED_REASON;
use slotd_domain::booking::attendee::display_address;
use slotd_domain::booking::{Action, Status, approval, metadata};
use slotd_domain::event_type::EventType;
use slotd_domain::{AttendeeId, BookingId, email};
use slotd_slots::Reason;
use slotd_store::bookings::{self, Attendee, Booking, NewAttendee, NewBooking};
use slotd_store::oauth_clients::OAuthClient;
use slotd_store::users::User;
use slotd_store::{Conn, Sequence, StoreError, UnitOfWork, slot_holds, users};
use uuid::Uuid;

use super::book::{Made, new_uid};
use super::cancel::{after, event_type, read};
use super::create::check_code;
use super::decide::{Found, Holds, Question, Strictness, decide};
use super::draft::stored_address;
use super::facts::{self, Fact, Switches};
use super::standing::Standing;
use super::{Current, PathBooking, lock, shown, switches};
use crate::access::{CredentialHeaders, Principal};
use crate::app::BookingSettings;
use crate::body::Unread;
use crate::idempotency::{self, success};
use crate::slots::gather::Subject;
use crate::slots::selected_slot;
use crate::{ApiError, App, messages};

/// Moves a booking, or a seat of it, to another time.
#[utoipa::path(
    post, path = "/v2/bookings/{bookingUid}/reschedule",
    operation_id = "BookingsController_2024-08-13_rescheduleBooking",
    tag = "Bookings", summary = "Reschedule a booking",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("bookingUid" = String, Path, description = "Uid of the booking"),
        CredentialHeaders,
    ),
    request_body = RescheduleBooking,
    responses((status = 201, description = "The new booking", body = Success<RescheduledBooking>)),
)]
pub(super) async fn reschedule(
    State(app): State<App>,
    _: Current,
    principal: Option<Extension<Principal>>,
    PathBooking(uid): PathBooking,
    headers: HeaderMap,
    body: Unread,
) -> Result<Response, ApiError> {
    let principal = principal.map(|Extension(principal)| principal);
    let body: RescheduleBooking = read_exactly(&body.0).map_err(ApiError::bad_request)?;
    let wanted = Wanted {
        uid,
        start: body.start,
        length_minutes: None,
        seat: body.seat_uid,
        by: body.rescheduled_by,
        reason: body.reason,
        hold: selected_slot::cookie(&headers),
        principal,
        legacy: None,
    };
    let data = |Moved { made, reader }: &Moved| {
        let (booking, seat) = (&made.booking, made.seat.as_deref());
        Bookings::One(Box::new(shown::booking(booking, &made.attendees, *reader, seat)))
    };
    let data = move_booking(&app, wanted, data).await?;
    Ok((StatusCode::CREATED, Json(Success::of(data))).into_response())
}

/// What is to be moved, and where to.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) uid: String,
    pub(super) start: Timestamp,
    /// Another length; none: as long as before (R11.2).
    pub(super) length_minutes: Option<i32>,
    /// Only this seat.
    pub(super) seat: Option<String>,
    /// Address of whoever moves it.
    pub(super) by: Option<String>,
    pub(super) reason: Option<String>,
    /// Uid of the hold that the mover has.
    pub(super) hold: Option<String>,
    pub(super) principal: Option<Principal>,
    /// What only a body in the legacy shape says (R24.3).
    pub(super) legacy: Option<Legacy>,
}

/// What only a body in the legacy shape says.
#[derive(Clone)]
pub(super) struct Legacy {
    /// Data of the caller's own, over what is there.
    pub(super) metadata: Map<String, Value>,
    /// Whose switches count instead of those of the booking's client.
    pub(super) client: Option<OAuthClient>,
    /// Everything is checked, nothing is stored (24.6).
    pub(super) is_dry_run: bool,
}

/// A booking that was moved.
pub(super) struct Moved {
    pub(super) made: Made,
    pub(super) reader: shown::Reader,
}

/// Moves a booking, in whatever shape that was asked for. `data` is what is answered.
pub(super) async fn move_booking<T: Serialize>(
    app: &App,
    wanted: Wanted,
    data: impl Fn(&Moved) -> T + Clone + Send + Sync + 'static,
) -> Result<T, ApiError> {
    let now = app.clock.now();
    // Attendees may come between counting them and moving them: then it begins again.
    for _ in 0..3 {
        let conn = app.store.read().await?;
        let unknown = || ApiError::not_found(messages::unknown_booking(&wanted.uid));
        let booking = bookings::by_uid(&conn, &wanted.uid).await?.ok_or_else(unknown)?;
        let count = bookings::attendees_of(&conn, booking.id).await?.len();
        drop(conn);
        let mut attendees = Vec::with_capacity(count);
        for _ in 0..count {
            attendees.push(AttendeeId(app.store.next_id(Sequence::Attendee).await?));
        }
        let unit = Reschedule {
            wanted: wanted.clone(),
            id: BookingId(app.store.next_id(Sequence::Booking).await?),
            uid: new_uid(),
            attendees,
            new_seat: Uuid::new_v4().to_string(),
            settings: app.settings.bookings.clone(),
            now,
        };
        let is_dry_run = wanted.legacy.as_ref().is_some_and(|legacy| legacy.is_dry_run);
        let moved = if is_dry_run {
            match app.store.write(DryRun(unit)).await {
                Ok(never) => match never {},
                Err(Undone::Refused(error)) => return Err(error),
                Err(Undone::WouldBe(output)) => *output,
            }
        } else {
            let data = data.clone();
            let body = move |moved: &Option<Moved>| success(&data(moved.as_ref()?));
            idempotency::write(app, unit, StatusCode::CREATED, body).await?
        };
        if let Some(moved) = moved {
            return Ok(data(&moved));
        }
    }
    Err(ApiError::conflict(messages::EVENT_TYPE_CHANGED))
}

/// The unit of work, with what must not change when it is run again.
pub(super) struct Reschedule {
    pub(super) wanted: Wanted,
    pub(super) id: BookingId,
    pub(super) uid: String,
    pub(super) attendees: Vec<AttendeeId>,
    /// Uid of the seat, if it gets a new booking (R11.11).
    pub(super) new_seat: String,
    pub(super) settings: BookingSettings,
    pub(super) now: Timestamp,
}

/// The same, but for its end: what was done is undone (24.6).
struct DryRun(Reschedule);

/// Why a dry run was undone.
enum Undone {
    Refused(ApiError),
    /// It succeeded, with what would have been answered.
    WouldBe(Box<Option<Moved>>),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl UnitOfWork for DryRun {
    type Output = Infallible;
    type Error = Undone;

    async fn run(&self, conn: &Conn) -> Result<Infallible, Undone> {
        match Box::pin(self.0.run(conn)).await {
            Ok(output) => Err(Undone::WouldBe(Box::new(output))),
            Err(error) => Err(Undone::Refused(error)),
        }
    }
}

/// The booking that is moved, and what is known of it.
pub(super) struct Old {
    pub(super) booking: Booking,
    pub(super) attendees: Vec<Attendee>,
    pub(super) event_type: Option<EventType>,
    pub(super) host: User,
    /// The other hosts of a group (R7.10).
    pub(super) co_hosts: Vec<User>,
    pub(super) standing: Standing,
    /// Address of whoever moves it (R11.10), as it is stored (R7.31).
    pub(super) by: String,
    pub(super) length_minutes: i32,
    /// The booker's; of a seat, its holder's.
    pub(super) zone: TimeZone,
}

impl UnitOfWork for Reschedule {
    /// None: attendees came after they were counted.
    type Output = Option<Moved>;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<Self::Output, ApiError> {
        let old = self.old(conn).await?;
        let reader = old.standing.reader(conn, &old.booking).await?;
        let made = match (&self.wanted.seat, old.booking.seats_taken) {
            (Some(seat), Some(_)) => Box::pin(self.seat(conn, &old, seat)).await?,
            (Some(seat), None) => return Err(ApiError::not_found(messages::unknown_seat(seat))),
            (None, Some(_)) if old.standing.manages() => Box::pin(self.whole(conn, &old)).await?,
            (None, Some(_)) => {
                let text = messages::seat_uid_required(&old.booking.uid);
                return Err(ApiError::bad_request(text));
            }
            (None, None) if self.attendees.len() < old.attendees.len() => {
                return Ok(None);
            }
            (None, None) => self.single(conn, &old).await?,
        };
        if let Some(hold) = &self.wanted.hold {
            slot_holds::delete(conn, hold).await?;
        }
        Ok(Some(Moved { made, reader }))
    }
}

impl Reschedule {
    /// The booking, locked, if it can be moved at all.
    async fn old(&self, conn: &Conn) -> Result<Old, ApiError> {
        let unknown = || ApiError::not_found(messages::unknown_booking(&self.wanted.uid));
        let booking = lock(conn, &self.wanted.uid).await?.ok_or_else(unknown)?;
        let stored = event_type(conn, booking.event_type_id).await?;
        let event_type = stored.map(|stored| stored.event_type);
        // Nobody holds a seat of what was cancelled any more: there is nobody to move (R12.6).
        let is_revived = booking.status == Status::Cancelled.name()
            && !booking.is_rescheduled
            && booking.seats_taken.is_none()
            && event_type.as_ref().is_some_and(|event_type| {
                event_type.settings.allow_rescheduling_cancelled_bookings
            });
        if !is_revived {
            after(&booking, Action::Reschedule)?;
        }
        let standing = Standing::of(conn, self.wanted.principal.as_ref(), &booking).await?;
        self.check_policy(&booking, event_type.as_ref())?;
        if let Some(event_type) = &event_type {
            check_code(event_type, standing)?;
        }
        let host = booking.host.ok_or_else(unknown)?;
        let host = users::by_id(conn, host).await?.ok_or_else(unknown)?;
        let mut co_hosts = Vec::new();
        for user in super::co_hosts(conn, &booking).await? {
            co_hosts.extend(users::by_id(conn, user).await?);
        }
        let attendees = bookings::attendees_of(conn, booking.id).await?;
        // Who moves a seat is its holder, not whoever took the first one.
        let seat = self.wanted.seat.as_deref();
        let mover = attendees.iter().find(|it| seat.is_some() && it.seat_uid.as_deref() == seat);
        let booker = mover.or(attendees.first());
        let by = match (&self.wanted.by, &self.wanted.principal) {
            (Some(by), _) => {
                let client = host.oauth_client_id.as_ref().filter(|_| host.is_platform_managed);
                stored_address(conn, by, client).await?.0
            }
            (None, Some(principal)) => users::by_id(conn, principal.user_id)
                .await?
                .map(|user| user.email)
                .unwrap_or_default(),
            (None, None) => booker.map(|booker| booker.email.clone()).unwrap_or_default(),
        };
        let seconds = booking.end.duration_since(booking.start).as_secs();
        let same = i32::try_from(seconds / 60).unwrap_or(i32::MAX).max(1);
        let zone = booker.map_or(TimeZone::UTC, |booker| super::draft::zone(&booker.time_zone));
        Ok(Old {
            length_minutes: self.wanted.length_minutes.unwrap_or(same),
            booking,
            attendees,
            event_type,
            host,
            co_hosts,
            standing,
            by,
            zone,
        })
    }

    /// Whether the event type lets its bookings be moved.
    fn check_policy(
        &self,
        booking: &Booking,
        event_type: Option<&EventType>,
    ) -> Result<(), ApiError> {
        let Some(event_type) = event_type else { return Ok(()) };
        let settings = &event_type.settings;
        let is_over = booking.end <= self.now && !settings.allow_rescheduling_past_bookings;
        let left = booking.start.duration_since(self.now).as_secs();
        let is_too_late = settings
            .rescheduling
            .minutes_before
            .is_some_and(|minutes| left < i64::from(minutes) * 60);
        if settings.rescheduling.disabled || is_over || is_too_late {
            return Err(ApiError::bad_request(messages::NO_RESCHEDULING));
        }
        Ok(())
    }

    /// Whether the new time is free; `moved` is the booking whose time does not count, and
    /// `alone` who moves without the others.
    pub(super) async fn decide(
        &self,
        conn: &Conn,
        old: &Old,
        moved: Option<&str>,
        alone: Option<&Attendee>,
    ) -> Result<Found, ApiError> {
        let hold = self.wanted.hold.as_deref();
        let question = Question {
            now: self.now,
            start: self.wanted.start,
            length_minutes: old.length_minutes,
            zone: &old.zone,
            moved,
            holds: match hold {
                None if self.settings.holds_are_advisory => Holds::Ignored,
                own => Holds::Others(own),
            },
            strictness: Strictness::Full,
        };
        let subject = if let Some(id) = old.booking.event_type_id {
            Subject::EventType(id)
        } else {
            let hosts = std::iter::once(&old.host).chain(&old.co_hosts);
            Subject::Group(hosts.cloned().collect())
        };
        let found = decide(conn, subject, &question).await?;
        let found = found.ok_or_else(|| ApiError::conflict(messages::EVENT_TYPE_CHANGED))?;
        match found.verdict {
            Ok(_) => Ok(found),
            Err(refusal) => {
                let (sees, status) = (old.standing.manages(), self.settings.limits_status);
                if refusal.reason == Reason::SeatsFull {
                    self.check_double(conn, old, alone).await?;
                }
                Err(match self.wanted.legacy {
                    None if refusal.reason == Reason::SeatsFull => {
                        let error = ApiError::conflict(messages::NOT_ENOUGH_SEATS).bare();
                        error.because(found.reason(refusal, sees))
                    }
                    Some(_) => found.refused_in_legacy(refusal, &question, status),
                    None => found.refused(refusal, &question, sees, status),
                })
            }
        }
    }

    pub(super) fn end(&self, old: &Old) -> Timestamp {
        super::draft::after(self.wanted.start, old.length_minutes)
    }

    /// Whether the new booking waits for its host: not when the host moved it (R11.4).
    pub(super) fn is_pending(&self, old: &Old) -> bool {
        let key = |address: &str| email::comparison_key(&display_address(address));
        let by = key(&old.by);
        let is_host = by == key(&old.host.email) || by == key(&old.booking.host_email);
        let policy = old.event_type.as_ref().and_then(|it| it.settings.confirmation.as_ref());
        !is_host && approval::is_needed(policy, self.wanted.start, self.now)
    }

    /// A booking in the place of the old one, without attendees.
    pub(super) fn successor(&self, old: &Old) -> NewBooking {
        let booking = &old.booking;
        let (start, end) = (self.wanted.start, self.end(old));
        let new = NewBooking::new(
            self.id,
            self.uid.clone(),
            old.host.id,
            old.host.email.clone(),
            start,
            end,
        );
        NewBooking {
            event_type_id: booking.event_type_id,
            title: booking.title.clone(),
            description: booking.description.clone(),
            is_pending: self.is_pending(old),
            responses: Some(self.responses(old)),
            metadata: self.metadata(booking),
            location: booking.location.clone(),
            from_reschedule_uid: Some(booking.uid.clone()),
            rescheduled_by: Some(old.by.clone()),
            recurring_event_id: booking.recurring_event_id.clone(),
            ical_uid: booking.ical_uid.clone(),
            ical_sequence: booking.ical_sequence.saturating_add(1),
            is_paid: booking.is_paid,
            sms_reminder_number: booking.sms_reminder_number.clone(),
            oauth_client_id: booking.oauth_client_id.clone(),
            group_usernames: booking.group_usernames.clone(),
            co_hosts: old.co_hosts.iter().map(|host| host.id).collect(),
            ..new
        }
    }

    /// The old answers with the reason; those that are missing stay so, and the attendee
    /// tells who it is (R11.8).
    fn responses(&self, old: &Old) -> Value {
        let stored = old.booking.responses.as_ref().and_then(Value::as_object);
        let mut responses = stored.cloned().unwrap_or_else(|| {
            let booker = old.attendees.first();
            let mut named = Map::new();
            if let Some(booker) = booker {
                named.insert("name".to_owned(), json!(booker.name));
                named.insert("email".to_owned(), json!(booker.email));
            }
            named
        });
        responses.remove(RESCHEDULED_REASON);
        if let Some(reason) = &self.wanted.reason {
            responses.insert(RESCHEDULED_REASON.to_owned(), json!(reason));
        }
        Value::Object(responses)
    }

    /// The old metadata under what was sent (R11.1).
    fn metadata(&self, booking: &Booking) -> Value {
        self.under_sent(&booking.metadata)
    }

    /// Metadata of a booking or a seat, under what was sent.
    pub(super) fn under_sent(&self, metadata: &Value) -> Value {
        let mut metadata = metadata.clone();
        if let (Some(legacy), Some(stored)) = (&self.wanted.legacy, metadata.as_object_mut()) {
            stored.extend(metadata::shown(&legacy.metadata));
        }
        metadata
    }

    /// What follows from a move.
    pub(super) async fn switches(
        &self,
        conn: &Conn,
        booking: &Booking,
    ) -> Result<Switches, StoreError> {
        match &self.wanted.legacy {
            Some(Legacy { client: Some(client), .. }) => Ok(Switches::of(Some(client), true)),
            Some(_) if booking.oauth_client_id.is_none() => Ok(Switches::of(None, true)),
            Some(_) | None => switches(conn, booking).await,
        }
    }

    /// Moves a booking that nobody shares (R11.1).
    async fn single(&self, conn: &Conn, old: &Old) -> Result<Made, ApiError> {
        let booking = &old.booking;
        self.decide(conn, old, Some(&booking.uid), None).await?;
        let mut new = self.successor(old);
        for (attendee, id) in old.attendees.iter().zip(&self.attendees) {
            new.attendees.push(copied(attendee, *id));
        }
        bookings::release(conn, booking.id).await?;
        bookings::pass_on(conn, booking.id, Some(&old.by), false, self.now).await?;
        bookings::insert(conn, &new, self.now).await?;
        let switches = self.switches(conn, booking).await?;
        let replaced = read(conn, booking.id).await?;
        let more = json!({ "rescheduledToUid": new.uid, "rescheduledBy": old.by });
        let fact = if new.is_pending { Fact::ReplacedByRequest } else { Fact::Replaced };
        let at_end = switches.at_end_of(booking);
        facts::record(conn, fact, &replaced, &old.attendees, at_end, more, self.now).await?;
        let status = if new.is_pending { Status::Pending } else { Status::Accepted };
        let made = read(conn, new.id).await?;
        let attendees = bookings::attendees_of(conn, new.id).await?;
        let more = self.more(old);
        facts::record(
            conn,
            facts::of_new(status, true),
            &made,
            &attendees,
            switches,
            more,
            self.now,
        )
        .await?;
        Ok(Made { booking: made, attendees, seat: None })
    }

    /// What mails and webhooks about a move say besides the booking.
    pub(super) fn more(&self, old: &Old) -> Value {
        json!({
            "rescheduleUid": old.booking.uid,
            "rescheduleId": old.booking.id.0,
            "rescheduleStartTime": slotd_contract::timestamp(old.booking.start),
            "rescheduleEndTime": slotd_contract::timestamp(old.booking.end),
            "rescheduledBy": old.by,
            "reason": self.wanted.reason,
        })
    }
}

/// An attendee of the new booking, whose time it takes.
pub(super) fn copied(attendee: &Attendee, id: AttendeeId) -> NewAttendee {
    NewAttendee {
        id,
        email: attendee.email.clone(),
        name: attendee.name.clone(),
        time_zone: attendee.time_zone.clone(),
        locale: attendee.locale.clone(),
        phone_number: attendee.phone_number.clone(),
        user: attendee.user,
        seat: None,
    }
}
