//! The second line of defence (25.3): whatever writes bookings, two accepted ones of one
//! host never overlap.

use slotd_domain::{AttendeeId, BookingId, UserId};
use slotd_store::bookings::{self, NewAttendee, NewBooking};
use slotd_store::{Conn, Constraint, Sequence, StoreError, UnitOfWork};
use slotd_testkit::{TestServer, on_both_engines};

use super::{at, stored};

/// Writes that know nothing of the critical section.
enum Write {
    Insert(Box<NewBooking>),
    TakeTime(BookingId),
    Move(BookingId, jiff::Timestamp, jiff::Timestamp),
}

impl UnitOfWork for Write {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        let now = "2050-01-01T00:00:00Z".parse().unwrap();
        match self {
            Self::Insert(new) => bookings::insert(conn, new, now).await,
            Self::TakeTime(id) => bookings::take_time(conn, *id).await.map(drop),
            Self::Move(id, start, end) => {
                bookings::move_whole(conn, *id, *start, *end, None, now).await
            }
        }
    }
}

async fn new(server: &TestServer, host: UserId, from: &str, to: &str) -> NewBooking {
    let id = BookingId(server.app.store.next_id(Sequence::Booking).await.unwrap());
    let [from, to] = [from, to].map(|text| text.parse().unwrap());
    NewBooking::new(id, format!("booking-{id}"), host, "host@mail.test".to_owned(), from, to)
}

async fn write(server: &TestServer, write: Write) -> Result<(), StoreError> {
    server.app.store.write(write).await
}

async fn insert(server: &TestServer, new: &NewBooking) -> Result<(), StoreError> {
    write(server, Write::Insert(Box::new(new.clone()))).await
}

#[track_caller]
fn overlaps(written: &Result<(), StoreError>) {
    assert!(
        matches!(written, Err(StoreError::Constraint(Constraint::BookingOverlap))),
        "{written:?}"
    );
}

on_both_engines! {
    /// R7.45, 25.3, 25.11
    async fn overlapping_accepted_bookings_of_one_host_cannot_be_written(server: TestServer) {
        let host = server.new_person(None).await;
        let first = new(&server, host, &at("10:00"), &at("11:00")).await;
        insert(&server, &first).await.unwrap();
        for (from, to) in [
            ("10:00", "11:00"), ("10:59", "12:00"), ("09:00", "10:01"), ("10:15", "10:45"), ("09:00", "12:00"),
        ] {
            overlaps(&insert(&server, &new(&server, host, &at(from), &at(to)).await).await);
        }
        // Longer than a day: they stand elsewhere in the index.
        for (from, to) in [("2050-09-04T10:30:00Z", "2050-09-05T10:30:00Z"), ("2050-09-01T00:00:00Z", "2050-09-20T00:00:00Z")] {
            overlaps(&insert(&server, &new(&server, host, from, to).await).await);
        }
        assert_eq!(stored(&server).await, 1);
        insert(&server, &new(&server, host, &at("11:00"), &at("12:00")).await).await.unwrap();
        insert(&server, &new(&server, host, &at("09:00"), &at("10:00")).await).await.unwrap();
        insert(&server, &new(&server, host, "2050-09-06T00:00:00Z", "2050-09-10T00:00:00Z").await).await.unwrap();
        overlaps(&insert(&server, &new(&server, host, "2050-09-08T10:00:00Z", "2050-09-08T11:00:00Z").await).await);
        overlaps(&insert(&server, &new(&server, host, "2050-09-09T10:00:00Z", "2050-09-19T11:00:00Z").await).await);
        insert(&server, &new(&server, host, "2050-09-10T00:00:00Z", "2050-09-10T11:00:00Z").await).await.unwrap();
        // Another host's time is another host's.
        let other = server.new_person(None).await;
        insert(&server, &new(&server, other, &at("10:00"), &at("11:00")).await).await.unwrap();
    }

    /// R7.35: co-hosts are hosts.
    async fn the_time_of_co_hosts_is_defended_as_well(server: TestServer) {
        let [host, other] = [server.new_person(None).await, server.new_person(None).await];
        let mut first = new(&server, host, &at("10:00"), &at("11:00")).await;
        first.co_hosts = vec![other];
        insert(&server, &first).await.unwrap();
        overlaps(&insert(&server, &new(&server, other, &at("10:30"), &at("11:30")).await).await);
        let third = server.new_person(None).await;
        let mut second = new(&server, third, &at("10:30"), &at("11:30")).await;
        second.co_hosts = vec![other];
        overlaps(&insert(&server, &second).await);
    }

    /// R4.1: pending bookings coexist, who overrides may overlap, who attends is no host.
    async fn what_may_overlap_can_be_written(server: TestServer) {
        let host = server.new_person(None).await;
        let first = new(&server, host, &at("10:00"), &at("11:00")).await;
        insert(&server, &first).await.unwrap();
        let pending = new(&server, host, &at("10:00"), &at("11:00")).await;
        insert(&server, &NewBooking { is_pending: true, ..pending }).await.unwrap();
        let over = new(&server, host, &at("10:30"), &at("11:30")).await;
        insert(&server, &NewBooking { may_overlap: true, ..over }).await.unwrap();
        let other = server.new_person(None).await;
        let mut attended = new(&server, other, &at("10:00"), &at("11:00")).await;
        let id = AttendeeId(server.app.store.next_id(Sequence::Attendee).await.unwrap());
        let attendee = NewAttendee::new(id, format!("person-{host}@example.com"), String::new(), "UTC".to_owned());
        attended.attendees = vec![NewAttendee { user: Some(host), ..attendee }];
        insert(&server, &attended).await.unwrap();
        assert_eq!(stored(&server).await, 4);
    }

    /// 25.1, issue 29958: accepting what waited, and moving, are defended like making.
    async fn a_change_cannot_make_bookings_overlap(server: TestServer) {
        let host = server.new_person(None).await;
        let mut ids = Vec::new();
        for _ in 0..2 {
            let pending = new(&server, host, &at("10:00"), &at("11:00")).await;
            ids.push(pending.id);
            insert(&server, &NewBooking { is_pending: true, ..pending }).await.unwrap();
        }
        write(&server, Write::TakeTime(ids[0])).await.unwrap();
        overlaps(&write(&server, Write::TakeTime(ids[1])).await);
        let later = new(&server, host, &at("12:00"), &at("13:00")).await;
        insert(&server, &later).await.unwrap();
        let moved = |from: &str, to: &str| Write::Move(later.id, at(from).parse().unwrap(), at(to).parse().unwrap());
        overlaps(&write(&server, moved("10:30", "11:30")).await);
        write(&server, moved("11:00", "12:00")).await.unwrap();
        // Inside of its own old time.
        write(&server, moved("11:15", "12:15")).await.unwrap();
        write(&server, moved("11:15", "12:15")).await.unwrap();
    }
}
