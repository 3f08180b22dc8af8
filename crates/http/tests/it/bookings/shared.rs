//! What those who share a booking learn of one another, and what is told when they come and
//! go (R8.3, R11.11, R12.5).

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::legacy::{self, answering, sent_by};
use super::{
    at, book, bookable, call, call_as, change, check_tables, effects, facts, history, read, seats,
    uid, wanted_by, with,
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

/// An event type that asks where reminders go.
fn reminders() -> Value {
    json!({ "bookingFields": [
        { "type": "phone", "slug": "smsReminderNumber", "label": "Reminders", "required": false, "hidden": false },
    ] })
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
        check_tables(&server).await;
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
        check_tables(&server).await;
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
        check_tables(&server).await;
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
        check_tables(&server).await;
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
        check_tables(&server).await;
    }

    /// 25.6, R11.13: nothing makes an event for a booking that nobody is left in.
    async fn an_empty_booking_leaves_nothing_for_the_calendar(server: TestServer) {
        let (_, id) = bookable(&server, &seats(3, true)).await;
        let only = seat(&server, id, "10:00", "a@mail.test").await;
        let cancel = format!("/{}/cancel", uid(&only));
        let _ = call(&server, "POST", &cancel, &json!({ "seatUid": only["seatUid"] })).await.accepted(200);
        let left = effects(&server, &only).await;
        assert!(!left.iter().any(|effect| effect.starts_with("calendar.") || effect.starts_with("conferencing.")), "{left:?}");
        check_tables(&server).await;
    }

    /// BK-76, R7.58, R11.11: to a booking of its own, and into one that is there.
    async fn a_seat_takes_along_what_is_its_own(server: TestServer) {
        let (_, id) = bookable(&server, &seats(2, true)).await;
        let own = async |email: &str, answer: &str| {
            let fields = json!({ "metadata": { "crmId": answer }, "bookingFieldsResponses": { "notes": answer, "other": 7 } });
            book(&server, &with(&wanted_by(id, &at("10:00"), email), &fields)).await.accepted(201).clone()
        };
        let first = own("a@mail.test", "A").await;
        let second = own("b@mail.test", "B").await;
        let alone = move_seat(&server, &first, "12:00").await;
        assert_eq!((&alone["start"], &alone["end"], &alone["duration"]), (&json!(at("12:00")), &json!(at("13:00")), &json!(60)));
        let of_first = with(&first["attendees"][0], &json!({ "seatUid": alone["seatUid"] }));
        assert_eq!(alone["attendees"], json!([of_first]));
        assert_eq!(of_first["bookingFieldsResponses"], json!({ "name": "Omar Haddad", "notes": "A", "other": 7 }));
        let both = move_seat(&server, &second, "12:00").await;
        let attendees = both["attendees"].as_array().unwrap();
        assert!(attendees.len() == 2 && attendees.contains(&of_first) && attendees.contains(&second["attendees"][1]), "{both}");
        check_tables(&server).await;
    }

    /// R3.4: the calendar entry of a seat that moves is another one, that of everybody the
    /// same.
    async fn only_everybody_keeps_the_calendar_entry(server: TestServer) {
        let (host, id) = bookable(&server, &seats(3, true)).await;
        let entry = async |booking: &Value| {
            let snapshot = facts(&server, booking).await.pop().unwrap().snapshot;
            (snapshot["iCalUid"].clone(), snapshot["iCalSequence"].clone())
        };
        let first = seat(&server, id, "10:00", "a@mail.test").await;
        seat(&server, id, "10:00", "b@mail.test").await;
        let path = format!("/{}/reschedule", uid(&first));
        for (version, hour) in [(1, "11:00"), (2, "12:00")] {
            let all = call_as(&server, &host.key, "POST", &path, &json!({ "start": at(hour) })).await;
            assert_eq!(all.accepted(201)["icsUid"], first["icsUid"]);
            assert_eq!(entry(&first).await, (first["icsUid"].clone(), json!(version)));
        }
        let moved = move_seat(&server, &first, "14:00").await;
        assert_ne!(moved["icsUid"], first["icsUid"]);
        assert_eq!(entry(&moved).await, (moved["icsUid"].clone(), json!(0)));
        assert_eq!(entry(&first).await, (first["icsUid"].clone(), json!(2)), "of who stays");
    }

    /// R8.3: whoever moves or gives up a seat sees nobody, the host everybody.
    async fn who_goes_learns_nothing_of_the_others(server: TestServer) {
        let (host, id) = bookable(&server, &seats(4, false)).await;
        let mut held = Vec::new();
        for name in ["a", "b", "c", "d"] {
            held.push(seat(&server, id, "10:00", &format!("{name}@mail.test")).await);
        }
        let moved = move_seat(&server, &held[0], "12:00").await;
        assert!(moved["seatUid"].is_string());
        let joined = move_seat(&server, &held[1], "12:00").await;
        assert_eq!((&joined["uid"], &joined["seatUid"]), (&moved["uid"], &held[1]["seatUid"]));
        // Where nothing changes, nothing is told either.
        let stays = move_seat(&server, &held[2], "10:00").await;
        let path = format!("/{}/cancel", uid(&held[2]));
        let left = call(&server, "POST", &path, &json!({ "seatUid": held[2]["seatUid"] })).await;
        for shown in [&moved, &joined, &stays, left.accepted(200)] {
            assert_eq!(shown["attendees"], json!([]));
        }
        let body = json!({ "start": at("12:00"), "seatUid": held[3]["seatUid"] });
        let by_host = call_as(&server, &host.key, "POST", &format!("/{}/reschedule", uid(&held[3])), &body).await;
        assert_eq!(by_host.accepted(201)["attendees"].as_array().unwrap().len(), 3);
    }

    /// BK-82, R11.14, R11.15
    async fn everybody_hears_that_all_of_them_move(server: TestServer) {
        let (host, id) = bookable(&server, &seats(2, true)).await;
        let first = seat(&server, id, "10:00", "a@mail.test").await;
        let second = seat(&server, id, "10:00", "b@mail.test").await;
        let path = format!("/{}/reschedule", uid(&first));
        let all = call_as(&server, &host.key, "POST", &path, &json!({ "start": at("14:00") })).await;
        assert_eq!(all.accepted(201)["attendees"], second["attendees"]);
        assert_eq!(history(&server, &first).await[2..], [
            "moved: calendar.update conferencing.update mail.rescheduled webhook.BOOKING_RESCHEDULED webhook.MEETING_ENDED webhook.MEETING_STARTED",
        ]);
        assert_eq!(facts(&server, &first).await[2].snapshot["booking"], *all.accepted(201));
        check_tables(&server).await;
    }

    /// BK-82, R11.13, R11.14, R11.15
    async fn everybody_moves_into_a_booking_that_has_room(server: TestServer) {
        let (host, id) = bookable(&server, &seats(3, true)).await;
        let first = seat(&server, id, "10:00", "a@mail.test").await;
        let double = seat(&server, id, "10:00", "B@mail.test").await;
        let there = seat(&server, id, "14:00", "b@mail.test").await;
        let full = seat(&server, id, "14:00", "c@mail.test").await;
        // The calendar has what is to be left.
        server.database.run_sql(&format!("delete from outbox where effect like 'calendar.%' and booking_id = {}", first["id"])).await;
        let path = format!("/{}/reschedule", uid(&first));
        let merged = call_as(&server, &host.key, "POST", &path, &json!({ "start": at("14:00") })).await;
        let merged = merged.accepted(201);
        assert_eq!((&merged["uid"], &merged["start"], &merged["status"]), (&there["uid"], &json!(at("14:00")), &json!("accepted")));
        let attendees = merged["attendees"].as_array().unwrap();
        assert_eq!(attendees.len(), 3, "{merged}");
        for kept in [&first["attendees"][0], &full["attendees"][0], &full["attendees"][1]] {
            assert!(attendees.contains(kept), "{merged}");
        }
        let left = read(&server, &first).await;
        assert_eq!((&left["status"], &left["attendees"]), (&json!("cancelled"), &json!([])));
        let by_seat = format!("/by-seat/{}", double["seatUid"].as_str().unwrap());
        let _ = call(&server, "GET", &by_seat, &json!({})).await.refused(404);
        assert!(effects(&server, &first).await.contains(&"calendar.delete".to_owned()));
        assert_eq!(history(&server, &there).await[2..], [
            "moved: calendar.update conferencing.update mail.rescheduled webhook.BOOKING_RESCHEDULED webhook.MEETING_ENDED webhook.MEETING_STARTED",
        ]);
        let told = facts(&server, &there).await.pop().unwrap().snapshot;
        assert_eq!((&told["booking"]["attendees"], &told["more"]["rescheduleUid"]), (&merged["attendees"], &first["uid"]));
        check_tables(&server).await;
    }

    /// R11.14: not one of them moves if there is no room for all.
    async fn nobody_moves_where_there_is_no_room_for_everybody(server: TestServer) {
        let (host, id) = bookable(&server, &seats(2, true)).await;
        let first = seat(&server, id, "10:00", "a@mail.test").await;
        seat(&server, id, "10:00", "b@mail.test").await;
        let there = seat(&server, id, "14:00", "c@mail.test").await;
        let before = [read(&server, &first).await, read(&server, &there).await];
        let path = format!("/{}/reschedule", uid(&first));
        let full = call_as(&server, &host.key, "POST", &path, &json!({ "start": at("14:00") })).await;
        assert_eq!(full.refused(409), "not_enough_available_seats_error");
        assert_eq!([read(&server, &first).await, read(&server, &there).await], before);
        check_tables(&server).await;
    }

    /// R8.3, R11.10, R12.3: whoever moved or cancelled a shared booking is one of its attendees.
    async fn who_moved_or_cancelled_is_hidden_as_the_others_are(server: TestServer) {
        let (host, id) = bookable(&server, &seats(2, false)).await;
        let first = seat(&server, id, "10:00", "first@mail.test").await;
        let second = seat(&server, id, "10:00", "second@mail.test").await;
        let made = move_seat(&server, &first, "12:00").await;
        let joined = move_seat(&server, &second, "12:00").await;
        assert_eq!(made["uid"], joined["uid"]);
        let path = format!("/{}", uid(&made));
        let of_seat = format!("/by-seat/{}", joined["seatUid"].as_str().unwrap());
        let legacy = server.call("GET", &format!("/v2/bookings{path}")).send().await;
        let texts = [made.to_string(), joined.to_string(), read(&server, &made).await.to_string(), legacy.text,
            call(&server, "GET", &of_seat, &json!({})).await.text];
        for text in texts {
            assert!(text.contains("own") && !text.contains("first@mail.test"), "{text}");
        }
        let seen = call_as(&server, &host.key, "GET", &path, &json!({})).await;
        assert_eq!(seen.accepted(200)["rescheduledByEmail"], "first@mail.test");
        for seat in [&made, &joined] {
            let leave = json!({ "seatUid": seat["seatUid"] });
            let left = call_as(&server, &host.key, "POST", &format!("{path}/cancel"), &leave).await;
            let _ = left.accepted(200);
        }
        let read = read(&server, &made).await;
        assert_eq!((&read["status"], read["cancelledByEmail"].as_str()), (&json!("cancelled"), Some("")), "{read}");
    }
}
