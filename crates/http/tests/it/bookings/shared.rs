//! What those who share a booking learn of one another, and what is told when they come and
//! go (R8.3, R11.11, R12.5).

use serde_json::{Value, json};
use slotd_testkit::{Tables, TestServer, on_both_engines};

use super::legacy::{self, answering, sent_by};
use super::{
    at, book, bookable, call, call_as, change, effects, facts, history, seats, uid, wanted_by, with,
};
use crate::slots::{Host, set_clock};

async fn seat(server: &TestServer, event_type: i32, hour: &str, email: &str) -> Value {
    book(server, &wanted_by(event_type, &at(hour), email)).await.accepted(201).clone()
}

/// Moves a seat, as nobody.
async fn move_seat(server: &TestServer, seat: &Value, hour: &str) -> Value {
    let body = json!({ "start": at(hour), "seatUid": seat["seatUid"] });
    let path = format!("/{}/reschedule", uid(seat));
    call(server, "POST", &path, &body).await.accepted(201).clone()
}

async fn read(server: &TestServer, booking: &Value) -> Value {
    let path = format!("/{}", uid(booking));
    call(server, "GET", &path, &json!({})).await.accepted(200).clone()
}

/// An event type that asks where reminders go.
fn reminders() -> Value {
    json!({ "bookingFields": [
        { "type": "phone", "slug": "smsReminderNumber", "label": "Reminders", "required": false, "hidden": false },
    ] })
}

/// Nothing in the tables of bookings is half there.
async fn check(server: &TestServer) {
    Tables::open(&server.database.options.location).await.check_bookings().await;
}

on_both_engines! {
    /// R3.2, R8.3, 8.1: who knows the uid of a booking does not learn where a seat of it went.
    async fn who_stays_does_not_learn_where_a_seat_moved(server: TestServer) {
        let (_, id) = bookable(&server, &seats(2, false)).await;
        let first = seat(&server, id, "10:00", "a@mail.test").await;
        let second = seat(&server, id, "10:00", "b@mail.test").await;
        let moved = move_seat(&server, &first, "12:00").await;
        let stays = read(&server, &first).await;
        assert_eq!((&stays["status"], stays.get("rescheduledToUid")), (&json!("accepted"), None));
        assert_eq!(moved.get("rescheduledFromUid"), None);
        check(&server).await;
        let path = format!("/{}/cancel", uid(&second));
        let _ = call(&server, "POST", &path, &json!({ "seatUid": second["seatUid"] })).await.accepted(200);
        let path = format!("/{}/reschedule", uid(&second));
        let refused = call(&server, "POST", &path, &json!({ "start": at("14:00") })).await;
        assert!(!refused.refused(400).contains(uid(&moved)), "{}", refused.text);
        // The last one who goes takes the booking along.
        let last = seat(&server, id, "15:00", "c@mail.test").await;
        let moved = move_seat(&server, &last, "16:00").await;
        assert_eq!(moved["rescheduledFromUid"], last["uid"]);
        assert_eq!(read(&server, &last).await["rescheduledToUid"], moved["uid"]);
        check(&server).await;
    }

    /// R8.3, 8.3: neither the title nor the place of a shared booking tells of who took the
    /// first seat.
    async fn title_and_place_tell_nothing_of_a_fellow_booker(server: TestServer) {
        let (host, id) = bookable(&server, &with(&seats(3, false), &json!({ "locations": [{ "type": "attendeePhone" }] }))).await;
        let number = "+4930901820";
        let wanted = with(&wanted_by(id, &at("10:00"), "a@mail.test"), &json!({ "location": { "type": "attendeePhone", "phone": number } }));
        let first = book(&server, &wanted).await.accepted(201).clone();
        let second = seat(&server, id, "10:00", "b@mail.test").await;
        let key = Host::new(&server).await.key;
        let by_seat = format!("/by-seat/{}", second["seatUid"].as_str().unwrap());
        let shown = [
            first.clone(),
            second.clone(),
            read(&server, &first).await,
            call(&server, "GET", &by_seat, &json!({})).await.accepted(200).clone(),
            legacy::call(&server, "GET", &format!("/{}", uid(&first)), &json!({})).await.accepted(200).clone(),
            legacy::call(&server, "GET", &format!("/{}/reschedule", uid(&first)), &json!({})).await.accepted(200).clone(),
            call_as(&server, &key, "GET", &format!("/{}/calendar-links", uid(&first)), &json!({})).await.accepted(200).clone(),
        ];
        for shown in shown {
            let text = shown.to_string();
            assert!(!text.contains("30901820") && !text.contains("between"), "{text}");
        }
        let own = call_as(&server, &host.key, "GET", &format!("/{}", uid(&first)), &json!({})).await;
        let own = own.accepted(200);
        assert!(own["title"].as_str().unwrap().ends_with("and Omar Haddad"), "{own}");
        assert_eq!(own["attendees"][0]["bookingFieldsResponses"]["location"]["optionValue"], number);
        check(&server).await;
    }

    /// R8.3: what a booking was before its event type had seats is its first booker's.
    async fn a_booking_that_is_shared_later_keeps_nothing_of_its_booker(server: TestServer) {
        let (host, id) = bookable(&server, &with(&reminders(), &json!({ "locations": [{ "type": "attendeePhone" }] }))).await;
        let answers = json!({ "notes": "My knee", "attendeePhoneNumber": "+4930901820", "location": { "value": "phone", "optionValue": "+4930901820" } });
        let first = legacy::book(&server, &answering(&sent_by(id, 10, "a@mail.test"), &answers)).await;
        let path = format!("/{}", uid(first.accepted(201)));
        change(&host, id, &seats(3, true)).await;
        seat(&server, id, "10:00", "b@mail.test").await;
        let shown = legacy::call(&server, "GET", &path, &json!({})).await;
        let shown = shown.accepted(200);
        assert_eq!((&shown["description"], &shown["responses"], &shown["metadata"]), (&json!(""), &json!({}), &json!({})));
        assert_eq!((&shown["location"], &shown["smsReminderNumber"]), (&json!("phone"), &Value::Null));
    }

    /// R8.3, R24.5: where reminders go is told to whoever holds the seat.
    async fn the_number_for_reminders_is_that_of_the_seat(server: TestServer) {
        let (_, id) = bookable(&server, &with(&seats(3, true), &reminders())).await;
        let with_number = |email: &str, number: &str| {
            answering(&sent_by(id, 10, email), &json!({ "attendeePhoneNumber": number }))
        };
        let (one, two) = ("+4930901820", "+4930901821");
        let first = legacy::book(&server, &with_number("a@mail.test", one)).await;
        let second = legacy::book(&server, &with_number("b@mail.test", two)).await;
        let third = legacy::book(&server, &sent_by(id, 10, "c@mail.test")).await;
        let (first, second, third) = (first.accepted(201), second.accepted(201), third.accepted(201));
        assert_eq!((&first["smsReminderNumber"], &second["smsReminderNumber"]), (&json!(one), &json!(two)));
        assert_eq!(third["smsReminderNumber"], Value::Null);
        let path = format!("/{}", uid(first));
        let read = legacy::call(&server, "GET", &path, &json!({})).await;
        assert_eq!(read.accepted(200)["smsReminderNumber"], Value::Null);
        for (asked, number) in [(&first["uid"], Value::Null), (&second["seatReferenceUid"], json!(two)), (&third["seatReferenceUid"], Value::Null)] {
            let path = format!("/{}/reschedule", asked.as_str().unwrap());
            let read = legacy::call(&server, "GET", &path, &json!({})).await;
            assert_eq!(read.accepted(200)["smsReminderNumber"], number);
        }
        // A seat that moves takes nobody else's number along.
        let body = with(&sent_by(id, 12, "c@mail.test"), &json!({ "rescheduleUid": third["seatReferenceUid"] }));
        let moved = legacy::book(&server, &body).await;
        assert_eq!(moved.accepted(201)["smsReminderNumber"], Value::Null);
    }

    /// R11.10, R7.9.2, R7.63: a seat is moved by its holder, in their zone.
    async fn a_seat_is_moved_by_its_holder(server: TestServer) {
        set_clock(&server, "2050-09-04T03:00:00Z".parse().unwrap());
        let (_, id) = bookable(&server, &with(&seats(3, true), &json!({ "bookingWindow": { "type": "calendarDays", "value": 1, "rolling": false } }))).await;
        let start = "2050-09-04T15:00:00.000Z";
        let first = book(&server, &wanted_by(id, start, "a@mail.test")).await.accepted(201).clone();
        let attendee = json!({ "name": "Lea Cohen", "email": "b@mail.test", "timeZone": "America/New_York" });
        let second = book(&server, &with(&wanted_by(id, start, ""), &json!({ "attendee": attendee }))).await.accepted(201).clone();
        // In New York it is still the third, so the window ends with the fourth.
        let path = format!("/{}/reschedule", uid(&second));
        let body = json!({ "start": at("10:00"), "seatUid": second["seatUid"] });
        assert!(call(&server, "POST", &path, &body).await.refused(400).starts_with("The event type can't be booked"));
        move_seat(&server, &first, "10:00").await;
        set_clock(&server, "2050-09-04T12:00:00Z".parse().unwrap());
        let moved = move_seat(&server, &second, "16:00").await;
        assert_eq!(moved["rescheduledByEmail"], "b@mail.test");
        assert!(moved["title"].as_str().unwrap().ends_with("and Lea Cohen"), "{moved}");
        check(&server).await;
    }

    /// 25.4, 25.5, R11.11, R12.5: the calendar's event is of those who stay, the webhook of
    /// who goes.
    async fn a_calendar_learns_who_stays(server: TestServer) {
        let (_, id) = bookable(&server, &seats(3, true)).await;
        let first = seat(&server, id, "10:00", "a@mail.test").await;
        let second = seat(&server, id, "10:00", "b@mail.test").await;
        seat(&server, id, "10:00", "c@mail.test").await;
        let cancel = format!("/{}/cancel", uid(&first));
        let _ = call(&server, "POST", &cancel, &json!({ "seatUid": first["seatUid"] })).await.accepted(200);
        move_seat(&server, &second, "12:00").await;
        let happened = history(&server, &first).await;
        assert_eq!(happened[3..], [
            "seat_cancelled: mail.seat_cancelled webhook.BOOKING_CANCELLED",
            "seat_left: calendar.update conferencing.update",
            "seat_left: calendar.update conferencing.update",
        ]);
        let facts = facts(&server, &first).await;
        let addresses = |place: usize| facts[place].snapshot["booking"]["attendees"].as_array().unwrap()
            .iter().map(|it| it["email"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(addresses(3), ["a@mail.test"]);
        assert_eq!(addresses(4), ["b@mail.test", "c@mail.test"]);
        assert_eq!(addresses(5), ["c@mail.test"]);
        check(&server).await;
    }

    /// 25.6, R11.13: nothing makes an event for a booking that nobody is left in.
    async fn an_empty_booking_leaves_nothing_for_the_calendar(server: TestServer) {
        let (_, id) = bookable(&server, &seats(3, true)).await;
        let only = seat(&server, id, "10:00", "a@mail.test").await;
        let cancel = format!("/{}/cancel", uid(&only));
        let _ = call(&server, "POST", &cancel, &json!({ "seatUid": only["seatUid"] })).await.accepted(200);
        let left = effects(&server, &only).await;
        assert!(!left.iter().any(|effect| effect.starts_with("calendar.") || effect.starts_with("conferencing.")), "{left:?}");
        check(&server).await;
    }
}
