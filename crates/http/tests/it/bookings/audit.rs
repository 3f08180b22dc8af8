//! Whether what reads the tables after every race and every crash sees what is wrong.

use serde_json::json;
use slotd_testkit::{Tables, TestServer, on_both_engines};

use super::{at, bookable, booked};

/// What is done to the tables of three bookings, and the rule that it breaks.
const BREAKAGES: [(&str, &str); 10] = [
    (
        "update booking set start_at = (select start_at from booking where id = {first}) where id = {second}",
        "accepted bookings of one host do not overlap",
    ),
    (
        "delete from occupancy where booking_id = {first}",
        "an accepted or pending booking takes its host's time, once",
    ),
    (
        "update booking set status = 'cancelled' where id = {second}",
        "what is taken of anybody's time is an accepted or pending booking's, as it is",
    ),
    (
        "update booking set seats_taken = 2 where id = {third}",
        "as many seats are taken as there are seats, attendees, and places of the event type",
    ),
    ("delete from attendee where booking_id = {first}", "a booking without seats has attendees"),
    (
        "delete from outbox where booking_id = {first}; update booking_event set sequence = 2 where booking_id = {first}",
        "a history begins with how the booking was made, and says it once",
    ),
    ("update booking set status = 'pending' where id = {first}", "a history ends with the status"),
    (
        "update booking set is_rescheduled = true where id = {first}",
        "a booking that was moved ended with that, and others did not",
    ),
    (
        "delete from outbox where booking_id = {second} and effect = 'webhook.BOOKING_CREATED'",
        "webhooks are told what happened",
    ),
    (
        "delete from outbox where booking_id = {third} and effect like 'mail.%'",
        "people are told by mail what happened, of a series once",
    ),
];

on_both_engines! {
    /// Section 25, points 1, 3 and 4
    async fn the_audit_of_bookings_finds_what_is_broken(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let seats = json!({ "minimumBookingNotice": 0, "seats": {
            "seatsPerTimeSlot": 2, "showAttendeeInfo": true, "showAvailabilityCount": true,
        } });
        let shared = host.event_type("shared", &seats).await;
        for (event_type, hour) in [(id, "10:00"), (id, "12:00"), (shared, "14:00")] {
            booked(&server, event_type, &at(hour)).await;
        }
        let tables = Tables::open(&server.database.options.location).await;
        tables.check_bookings().await;
        let ids = tables.column("select id from booking order by id").await;
        for (sql, rule) in BREAKAGES {
            let sql = ["{first}", "{second}", "{third}"].iter().zip(&ids).fold(sql.to_owned(), |sql, (name, id)| sql.replace(name, id));
            server.database.run_sql(&sql).await;
            let broken = tables.broken_booking_rules().await;
            assert!(broken.iter().any(|broken| broken.starts_with(rule)), "{sql}: {broken:?}");
        }
    }
}
