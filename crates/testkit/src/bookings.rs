//! Bookings that are written past the API.

use jiff::Timestamp;
use slotd_domain::{AttendeeId, BookingId, EventTypeId, UserId};
use slotd_store::bookings::{self, NewAttendee, NewBooking};
use slotd_store::{Sequence, event_types, users};

use crate::TestServer;

/// A booking to be written.
#[derive(Debug, Clone)]
pub struct TestBooking {
    /// Its organizer.
    pub host: i32,
    /// What is booked.
    pub event_type: Option<i32>,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// It waits for its host.
    pub is_pending: bool,
    /// How many strangers attend it.
    pub attendees: usize,
    /// Users who attend it.
    pub users: Vec<i32>,
}

impl TestBooking {
    /// An accepted booking that one stranger attends.
    #[must_use]
    pub fn new(host: i32, event_type: i32, start: &str, end: &str) -> Self {
        let instant = |text: &str| text.parse().unwrap();
        Self {
            host,
            event_type: Some(event_type),
            start: instant(start),
            end: instant(end),
            is_pending: false,
            attendees: 1,
            users: Vec::new(),
        }
    }
}

impl TestServer {
    /// Writes a booking, and returns its id and uid.
    pub async fn new_booking(&self, booking: &TestBooking) -> (BookingId, String) {
        let store = &self.app.store;
        let id = BookingId(store.next_id(Sequence::Booking).await.unwrap());
        let conn = store.read().await.unwrap();
        let email = async |user: UserId| users::by_id(&conn, user).await.unwrap().unwrap().email;
        let host = UserId(booking.host);
        let mut attendees = Vec::new();
        for number in 0..booking.attendees {
            attendees.push((format!("stranger-{number}@example.org"), None));
        }
        for user in booking.users.iter().copied().map(UserId) {
            attendees.push((email(user).await, Some(user)));
        }
        let (uid, host_email) = (format!("booking{id:015}"), email(host).await);
        let mut new = NewBooking {
            event_type_id: booking.event_type.map(EventTypeId),
            title: "Meeting".to_owned(),
            is_pending: booking.is_pending,
            // What a test writes, it means.
            may_overlap: true,
            ..NewBooking::new(id, uid, host, host_email, booking.start, booking.end)
        };
        if let Some(id) = new.event_type_id {
            let stored = event_types::by_id(&conn, id).await.unwrap();
            new.is_shared = stored.is_some_and(|it| it.event_type.settings.seats.is_some());
        }
        drop(conn);
        for (email, user) in attendees {
            let id = AttendeeId(store.next_id(Sequence::Attendee).await.unwrap());
            let name = "Somebody".to_owned();
            let attendee = NewAttendee::new(id, email, name, "Europe/London".to_owned());
            new.attendees.push(NewAttendee { user, ..attendee });
        }
        let (uid, now) = (new.uid.clone(), self.now());
        self.write(move |conn| {
            let new = new.clone();
            Box::pin(async move { bookings::insert(conn, &new, now).await })
        })
        .await;
        (id, uid)
    }

    /// Cancels a booking: it takes nobody's time any more.
    pub async fn cancel_booking(&self, id: BookingId) {
        let now = self.now();
        self.write(move |conn| {
            Box::pin(async move {
                bookings::release(conn, id).await?;
                bookings::set_status(conn, id, "cancelled", now).await.map(drop)
            })
        })
        .await;
    }
}
