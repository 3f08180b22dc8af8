//! Who attends bookings, in which order.

use slotd_domain::{AttendeeId, BookingId};
use slotd_store::bookings::{self, NewAttendee, NewBooking};
use slotd_store::{Conn, StoreError, UnitOfWork};
use slotd_testkit::{Tables, TestDatabase, on_both_engines};

use crate::event_types::user;

enum Write {
    Book(Box<NewBooking>),
    Add(Box<NewAttendee>),
}

impl UnitOfWork for Write {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        let now = "2026-03-02T09:15:04Z".parse().unwrap();
        match self {
            Self::Book(new) => bookings::insert(conn, new, now).await,
            Self::Add(new) => bookings::add_attendee(conn, BookingId(1), new).await,
        }
    }
}

fn attendee(id: i32, email: &str) -> NewAttendee {
    NewAttendee::new(AttendeeId(id), email.to_owned(), "N".to_owned(), "UTC".to_owned())
}

on_both_engines! {
    /// Ids come in blocks, one for each process. Those who came before positions were kept stand
    /// by their ids, and are the users whose time the booking takes.
    async fn people_stand_in_the_order_in_which_they_came(database: TestDatabase) {
        let store = database.open();
        let host = user(&store, "host").await;
        let guest = user(&store, "guest").await;
        let start = "2026-04-01T10:00:00Z".parse().unwrap();
        let end = "2026-04-01T11:00:00Z".parse().unwrap();
        let of_user = NewAttendee { user: Some(guest), ..attendee(7, "guest@example.com") };
        let mut new = NewBooking::new(BookingId(1), "uid".to_owned(), host, String::new(), start, end);
        new.attendees = vec![attendee(9, "b@example.com"), of_user];
        store.write(Write::Book(Box::new(new))).await.unwrap();
        store.write(Write::Add(Box::new(attendee(3, "c@example.com")))).await.unwrap();
        let conn = store.read().await.unwrap();
        let all = bookings::attendees_of(&conn, BookingId(1)).await.unwrap();
        assert_eq!(all.iter().map(|it| (it.id.0, it.user)).collect::<Vec<_>>(), [(9, None), (7, Some(guest)), (3, None)]);
        drop(conn);

        // As it was before migration 13.
        database
            .run_sql(
                "create table kept as select id, booking_id, email, email_key, name, time_zone, locale, is_absent from attendee;
                 drop table booking_seat; drop table attendee;
                 create table attendee (
                    id int not null primary key, booking_id int not null references booking (id) on delete cascade,
                    email text not null, email_key text not null, name text not null, time_zone text not null,
                    locale text not null, is_absent boolean not null
                 );
                 insert into attendee select * from kept; drop table kept;
                 create index attendee_booking on attendee (booking_id, id);
                 alter table slot_hold drop column sequence;
                 delete from schema_migration where version = 13;",
            )
            .await;
        let applied = slotd_store::migrate(&database.options, false).await.unwrap();
        assert_eq!(applied, ["0013_order"]);
        let tables = Tables::open(&database.options.location).await;
        let rows = tables.column("select id || ' ' || coalesce(user_id, 0) from attendee order by position").await;
        assert_eq!(rows, ["3 0".to_owned(), format!("7 {}", guest.0), "9 0".to_owned()]);
    }
}
