//! Reading bookings.

use jiff::Timestamp;
use serde_json::Value;
use slotd_domain::event_type::EventType;
use slotd_domain::{BookingId, EventTypeId, OAuthClientId, UserId};

use super::insert::NewBooking;
use crate::sql::{queries, row};
use crate::users::User;

row! {
    /// A booking as it is stored, with what answers show of its event type and organizer.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Booking {
        /// Id.
        pub id: BookingId,
        /// The key that callers know it by.
        pub uid: String,
        /// What is booked; none once that is deleted, and for groups.
        pub event_type_id: Option<EventTypeId>,
        /// Its organizer; none while an instant booking waits for one.
        pub host: Option<UserId>,
        /// The organizer's address at the time of booking.
        pub host_email: String,
        /// Title.
        pub title: String,
        /// The booker's notes.
        pub description: Option<String>,
        /// When it starts.
        pub start: Timestamp,
        /// When it ends.
        pub end: Timestamp,
        /// Name of a [`Status`](slotd_domain::booking::Status).
        pub status: String,
        /// Answers to booking fields.
        pub responses: Option<Value>,
        /// What the customer keeps with it, and keys of ours.
        pub metadata: Value,
        /// Canonical text of the place.
        pub location: Option<String>,
        /// Why it was cancelled.
        pub cancellation_reason: Option<String>,
        /// Why it was declined.
        pub rejection_reason: Option<String>,
        /// Address of whoever cancelled it.
        pub cancelled_by: Option<String>,
        /// Address of whoever moved it.
        pub rescheduled_by: Option<String>,
        /// The booking that this one took the place of.
        pub from_reschedule_uid: Option<String>,
        /// Another one took its place.
        pub is_rescheduled: bool,
        /// The series that it is an occurrence of.
        pub recurring_event_id: Option<String>,
        /// UID of the calendar's event.
        pub ical_uid: String,
        /// How often the calendar's event has changed.
        pub ical_sequence: i32,
        /// The host did not come.
        pub is_host_absent: bool,
        /// It has been paid for.
        pub is_paid: bool,
        /// 1 to 5.
        pub rating: Option<i32>,
        /// Where reminders go.
        pub sms_reminder_number: Option<String>,
        /// In whose name it exists.
        pub oauth_client_id: Option<OAuthClientId>,
        /// How many share it; none when nobody can join.
        pub seats_taken: Option<i32>,
        /// The usernames of a group that was booked at once, with `+` between them (R7.9); none
        /// where it is an event type.
        pub group_usernames: Option<String>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it last changed.
        pub updated_at: Timestamp,
        /// The booking that took its place; none while it stands.
        pub rescheduled_to_uid: Option<String>,
        /// Slug of what is booked.
        pub event_type_slug: Option<String>,
        /// Title of what is booked.
        pub event_type_title: Option<String>,
        /// Whose event type it is.
        pub event_type_owner: Option<UserId>,
        /// The organizer's name.
        pub host_name: Option<String>,
        /// The organizer's address now.
        pub host_current_email: Option<String>,
        /// The organizer's username.
        pub host_username: Option<String>,
        /// The organizer's zone.
        pub host_time_zone: Option<String>,
    }
}

row! {
    /// The same booking in another system.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Reference {
        /// Id.
        pub id: i32,
        /// Which system: `google_calendar`, `daily_video` and so on.
        pub kind: String,
        /// Its id there.
        pub event_uid: String,
        /// The calendar that it is in.
        pub external_calendar_id: Option<String>,
    }
}

impl Booking {
    /// A booking that was just written, as it would be read. A group's event type is not
    /// shown.
    #[must_use]
    pub fn of_new(new: &NewBooking, host: &User, event_type: &EventType, now: Timestamp) -> Self {
        Self {
            id: new.id,
            uid: new.uid.clone(),
            event_type_id: new.event_type_id,
            host: Some(new.host),
            host_email: new.host_email.clone(),
            title: new.title.clone(),
            description: new.description.clone(),
            start: new.start,
            end: new.end,
            status: if new.is_pending { "pending" } else { "accepted" }.to_owned(),
            responses: new.responses.clone(),
            metadata: new.metadata.clone(),
            location: new.location.clone(),
            cancellation_reason: None,
            rejection_reason: None,
            cancelled_by: None,
            rescheduled_by: new.rescheduled_by.clone(),
            from_reschedule_uid: new.from_reschedule_uid.clone(),
            is_rescheduled: false,
            recurring_event_id: new.recurring_event_id.clone(),
            ical_uid: new.ical_uid.clone(),
            ical_sequence: new.ical_sequence,
            is_host_absent: false,
            is_paid: new.is_paid,
            rating: None,
            sms_reminder_number: new.sms_reminder_number.clone(),
            oauth_client_id: new.oauth_client_id.clone(),
            seats_taken: new
                .is_shared
                .then(|| i32::try_from(new.attendees.len()).unwrap_or(i32::MAX)),
            group_usernames: new.group_usernames.clone(),
            created_at: now,
            updated_at: now,
            rescheduled_to_uid: None,
            event_type_slug: new.event_type_id.map(|_| event_type.slug.clone()),
            event_type_title: new.event_type_id.map(|_| event_type.title.clone()),
            event_type_owner: new.event_type_id.map(|_| new.host),
            host_name: host.name.clone(),
            host_current_email: Some(host.email.clone()),
            host_username: host.username.clone(),
            host_time_zone: Some(host.time_zone.clone()),
        }
    }
}

/// Sorted is by `id + 0`: PostgreSQL might walk all bookings by their id to find the first.
macro_rules! booking {
    ($rest:expr) => {
        concat!(
            "select b.id, b.uid, b.event_type_id, b.host_user_id, b.host_email, b.title, b.description, b.start_at, ",
            "b.end_at, b.status, b.responses, b.metadata, b.location, b.cancellation_reason, b.rejection_reason, ",
            "b.cancelled_by, b.rescheduled_by, b.from_reschedule_uid, b.is_rescheduled, b.recurring_event_id, ",
            "b.ical_uid, b.ical_sequence, b.is_host_absent, b.is_paid, b.rating, b.sms_reminder_number, ",
            "b.oauth_client_id, b.seats_taken, b.group_usernames, b.created_at, b.updated_at, ",
            "(select r.uid from booking r where r.from_reschedule_uid = b.uid and b.is_rescheduled order by r.id + 0 desc limit 1), ",
            "e.slug, e.title, e.user_id, u.name, u.email, u.username, u.time_zone ",
            "from booking b left join event_type e on e.id = b.event_type_id ",
            "left join user_account u on u.id = b.host_user_id ",
            $rest
        )
    };
}
pub(super) use booking;

queries! {
    /// A booking by its uid.
    pub fn by_uid(uid: &str) -> Option<Booking> = booking!("where b.uid = $1");

    /// A booking by its id.
    pub fn by_id(id: BookingId) -> Option<Booking> = booking!("where b.id = $1");

    /// The booking that a seat belongs to.
    pub fn by_seat(seat: &str) -> Option<Booking> =
        booking!("where b.id = (select s.booking_id from booking_seat s where s.uid = $1)");

    /// All occurrences of a series, by their start.
    pub fn of_series(series: &str) -> Vec<Booking> =
        booking!("where b.recurring_event_id = $1 order by b.start_at, b.id");

    /// Holds a booking until the end of the transaction.
    pub fn lock(id: BookingId) -> u64 = "update booking set created_at = created_at where id = $1";

    /// Whose time a booking takes as its hosts, while it takes any.
    pub fn hosts_of(booking: BookingId) -> Vec<(UserId,)> =
        "select user_id from occupancy where booking_id = $1 and is_host order by user_id";

    /// The booking of an event type that somebody made for a start, as long as it stands.
    /// Whoever only attends it has not made it.
    pub fn duplicate(event_type: EventTypeId, start: Timestamp, email_key: &str) -> Option<Booking> =
        booking!("where b.event_type_id = $1 and b.start_at = $2 and b.status in ('accepted', 'pending')
            and $3 = (select a.email_key from attendee a where a.booking_id = b.id order by a.position limit 1)
            order by b.id + 0 limit 1");

    /// The accepted bookings of an event type to come that an address attends, by their start,
    /// and whether it is their booker's.
    pub fn active_of_booker(event_type: EventTypeId, email_key: &str, now: Timestamp) -> Vec<(String, bool)> =
        "select b.uid, not exists (select 1 from attendee x where x.booking_id = b.id and x.position < a.position)
         from attendee a join booking b on b.id = a.booking_id
         where a.email_key = $2 and b.event_type_id = $1 and b.status = 'accepted' and b.start_at >= $3
         order by b.start_at, b.id";

    /// The accepted booking of an event type at a start that bookers share.
    pub fn seated_at(event_type: EventTypeId, start: Timestamp) -> Option<Booking> =
        booking!("where b.event_type_id = $1 and b.start_at = $2 and b.status = 'accepted' and b.seats_taken is not null
            order by b.id + 0 limit 1");

    /// Where else a booking is, what was removed there left out.
    pub fn references_of(booking: BookingId, kind: Option<&str>) -> Vec<Reference> =
        "select id, kind, event_uid, external_calendar_id from booking_reference
         where booking_id = $1 and not is_deleted and (kind = $2 or $2 is null) order by id";
}
