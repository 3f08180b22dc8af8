//! What happens to bookings, and what must happen outside because of it (section 25).
//! Every fact is written in the transaction that makes it one, with the booking as it is
//! then, and an effect for each thing that follows.

use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_domain::OAuthClientId;
use slotd_domain::booking::Status;
use slotd_store::bookings::{Attendee, Booking};
use slotd_store::oauth_clients::OAuthClient;
use slotd_store::outbox::{self, Event};
use slotd_store::{Conn, StoreError};

use super::shown::{self, Reader};

/// Something that happened to a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    /// It was made and accepted.
    Created,
    /// It was made, and waits for its host.
    Requested,
    /// Its host accepted it.
    Confirmed,
    /// Its host declined it.
    Declined,
    /// It was cancelled.
    Cancelled,
    /// It takes the place of another one, accepted.
    Rescheduled,
    /// It takes the place of another one, and waits for its host.
    RescheduleRequested,
    /// Another one took its place.
    Replaced,
    /// Another one took its place that waits for its host.
    ReplacedByRequest,
    /// Somebody took a seat.
    SeatTaken,
    /// Somebody gave a seat up.
    SeatCancelled,
    /// Somebody gave a seat up or moved away, and these stay.
    SeatLeft,
    /// Its last seat was given up or moved: it is cancelled.
    Emptied,
    /// Somebody moved a seat here.
    SeatMoved,
    /// Everybody in it moved to another time.
    Moved,
    /// Guests were added.
    GuestsAdded,
    /// It takes place elsewhere.
    LocationChanged,
    /// Somebody did not come, or did after all.
    AbsenceMarked,
    /// The same of the host, which nobody is told (R14.5).
    HostAbsenceMarked,
}

impl Fact {
    const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Requested => "requested",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Rescheduled => "rescheduled",
            Self::RescheduleRequested => "reschedule_requested",
            Self::Replaced | Self::ReplacedByRequest => "replaced",
            Self::SeatTaken => "seat_taken",
            Self::SeatCancelled => "seat_cancelled",
            Self::SeatLeft => "seat_left",
            Self::Emptied => "emptied",
            Self::SeatMoved => "seat_moved",
            Self::Moved => "moved",
            Self::GuestsAdded => "guests_added",
            Self::LocationChanged => "location_changed",
            Self::AbsenceMarked => "absence_marked",
            Self::HostAbsenceMarked => "host_absence_marked",
        }
    }

    /// The mail that tells it (section 23.2).
    const fn mail(self) -> Option<&'static str> {
        Some(match self {
            Self::Created | Self::Confirmed => "mail.scheduled",
            Self::Requested | Self::RescheduleRequested => "mail.requested",
            Self::Declined => "mail.declined",
            Self::Cancelled => "mail.cancelled",
            Self::Rescheduled | Self::Moved => "mail.rescheduled",
            Self::SeatTaken => "mail.seat_taken",
            Self::SeatCancelled => "mail.seat_cancelled",
            Self::SeatMoved => "mail.seat_moved",
            Self::GuestsAdded => "mail.guests_added",
            Self::LocationChanged => "mail.location_changed",
            Self::Replaced
            | Self::ReplacedByRequest
            | Self::SeatLeft
            | Self::Emptied
            | Self::AbsenceMarked
            | Self::HostAbsenceMarked => return None,
        })
    }

    /// The webhook that tells it.
    const fn webhook(self) -> Option<&'static str> {
        Some(match self {
            Self::Created | Self::Confirmed | Self::SeatTaken => "webhook.BOOKING_CREATED",
            Self::Requested | Self::RescheduleRequested => "webhook.BOOKING_REQUESTED",
            Self::Declined => "webhook.BOOKING_REJECTED",
            Self::Cancelled | Self::SeatCancelled => "webhook.BOOKING_CANCELLED",
            Self::Rescheduled | Self::Moved | Self::SeatMoved => "webhook.BOOKING_RESCHEDULED",
            Self::AbsenceMarked => "webhook.BOOKING_NO_SHOW_UPDATED",
            Self::LocationChanged => "webhook.BOOKING_LOCATION_UPDATED",
            Self::Replaced
            | Self::ReplacedByRequest
            | Self::SeatLeft
            | Self::Emptied
            | Self::GuestsAdded
            | Self::HostAbsenceMarked => return None,
        })
    }

    /// What becomes of the calendar's event and of the meeting.
    const fn elsewhere(self) -> Option<Elsewhere> {
        match self {
            Self::Created | Self::Confirmed => Some(Elsewhere::Create),
            Self::Rescheduled
            | Self::SeatTaken
            | Self::SeatLeft
            | Self::SeatMoved
            | Self::Moved
            | Self::GuestsAdded
            | Self::LocationChanged => Some(Elsewhere::Update),
            // Waiting for approval, the booking in its place has no event yet.
            Self::Cancelled | Self::Emptied | Self::ReplacedByRequest => Some(Elsewhere::Delete),
            // The event of an accepted one is moved by the booking that takes its place
            // (R11.9). Who gives a seat up is told of themselves: the event is of those who
            // stay.
            Self::RescheduleRequested
            | Self::Requested
            | Self::Declined
            | Self::Replaced
            | Self::SeatCancelled
            | Self::AbsenceMarked
            | Self::HostAbsenceMarked => None,
        }
    }

    /// Whether the start and the end will be told when they come.
    const fn schedules(self) -> bool {
        matches!(self, Self::Created | Self::Confirmed | Self::Rescheduled | Self::Moved)
    }

    /// Whether they will not be told any more.
    const fn unschedules(self) -> bool {
        matches!(
            self,
            Self::Cancelled
                | Self::Emptied
                | Self::Replaced
                | Self::ReplacedByRequest
                | Self::Moved
        )
    }
}

#[derive(Clone, Copy)]
enum Elsewhere {
    Create,
    Update,
    Delete,
}

/// Where a booking took place, in what is said about a change of that.
pub(super) const PREVIOUS_LOCATION: &str = "previousLocation";

const STARTED: &str = "webhook.MEETING_STARTED";
const ENDED: &str = "webhook.MEETING_ENDED";
const CREATE_EVENT: &str = "calendar.create";
const CREATE_MEETING: &str = "conferencing.create";
const UPDATE_EVENT: &str = "calendar.update";
const UPDATE_MEETING: &str = "conferencing.update";

/// What decides which effects a fact has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Switches {
    mails: bool,
    calendars: bool,
}

impl Switches {
    /// Those of the client in whose name a booking exists (R7.6); without one everything
    /// is on (R7.7), but for mails of bookings in the legacy shape (section 24.2).
    pub(super) fn of(client: Option<&OAuthClient>, is_legacy: bool) -> Self {
        match client {
            Some(client) => Self {
                mails: client.are_emails_enabled,
                calendars: client.are_calendar_events_enabled,
            },
            None => Self { mails: !is_legacy, calendars: true },
        }
    }

    /// The same without mails: a series is told once (R7.53, R12.8).
    pub(super) fn without_mails(self) -> Self {
        Self { mails: false, ..self }
    }

    /// The same for the end of a booking, as it was before that: what was never accepted is
    /// in no calendar.
    pub(super) fn at_end_of(self, booking: &Booking) -> Self {
        let was_accepted = booking.status == Status::Accepted.name();
        Self { calendars: self.calendars && was_accepted, ..self }
    }
}

/// Writes a fact about a booking. `more` says what of it the booking itself does not.
pub(super) async fn record(
    conn: &Conn,
    fact: Fact,
    booking: &Booking,
    attendees: &[Attendee],
    switches: Switches,
    more: Value,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut effects = Vec::new();
    let mut add = |effect: &'static str, due: Timestamp| effects.push((effect, due));
    let elsewhere = fact.elsewhere().filter(|_| switches.calendars);
    // A meeting that there was is not left behind when the place changes.
    let places = [booking.location.as_deref(), more[PREVIOUS_LOCATION].as_str()];
    let is_online = places.iter().flatten().any(|place| place.starts_with("integrations:"));
    match elsewhere {
        None => {}
        // What waits for its host is nowhere yet, and what ended nowhere any more.
        Some(Elsewhere::Update) if booking.status != Status::Accepted.name() => {}
        Some(Elsewhere::Create) => {
            add(CREATE_EVENT, now);
            if is_online {
                add(CREATE_MEETING, now);
            }
        }
        Some(Elsewhere::Update) => {
            add(UPDATE_EVENT, now);
            if is_online {
                add(UPDATE_MEETING, now);
            }
        }
        // What was never made need not be removed (25.6), nor be changed before it is.
        Some(Elsewhere::Delete) => {
            outbox::withdraw(conn, booking.id, UPDATE_EVENT).await?;
            if outbox::withdraw(conn, booking.id, CREATE_EVENT).await? == 0 {
                add("calendar.delete", now);
            }
            // The change may be that there is no meeting any more.
            let is_changed = outbox::withdraw(conn, booking.id, UPDATE_MEETING).await? > 0;
            if outbox::withdraw(conn, booking.id, CREATE_MEETING).await? == 0
                && (is_online || is_changed)
            {
                add("conferencing.delete", now);
            }
        }
    }
    if let Some(mail) = fact.mail().filter(|_| switches.mails) {
        add(mail, now);
    }
    if let Some(webhook) = fact.webhook() {
        add(webhook, now);
    }
    // The booking in its place carries the event on: `update` makes what is not there.
    if fact == Fact::Replaced {
        for effect in [CREATE_EVENT, UPDATE_EVENT, CREATE_MEETING] {
            outbox::withdraw(conn, booking.id, effect).await?;
        }
        if is_online {
            outbox::withdraw(conn, booking.id, UPDATE_MEETING).await?;
        }
    }
    if fact.unschedules() {
        outbox::withdraw(conn, booking.id, STARTED).await?;
        outbox::withdraw(conn, booking.id, ENDED).await?;
    }
    if fact.schedules() {
        add(STARTED, booking.start);
        add(ENDED, booking.end);
    }
    let snapshot = snapshot(booking, attendees, &more);
    let event = Event { booking: booking.id, kind: fact.name(), snapshot: &snapshot, effects };
    outbox::record(conn, &event, now).await
}

/// The fact of a booking that was just made.
pub(super) fn of_new(status: Status, is_moved: bool) -> Fact {
    match (status, is_moved) {
        (Status::Pending, false) => Fact::Requested,
        (Status::Pending, true) => Fact::RescheduleRequested,
        (_, false) => Fact::Created,
        (_, true) => Fact::Rescheduled,
    }
}

/// The booking as it is now, with what senders need and no answer shows.
fn snapshot(booking: &Booking, attendees: &[Attendee], more: &Value) -> Value {
    json!({
        "booking": shown::booking(booking, attendees, Reader::MANAGER, None),
        "responses": booking.responses,
        "iCalUid": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "oAuthClientId": booking.oauth_client_id.as_ref().map(OAuthClientId::as_str),
        "hostUserId": booking.host.map(|id| id.0),
        "eventTypeOwnerId": booking.event_type_owner.map(|id| id.0),
        "rejectionReason": booking.rejection_reason,
        "storedLocation": booking.location,
        "more": more,
    })
}
