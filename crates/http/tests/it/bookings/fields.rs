//! What a booker answers (7.5).

use serde_json::{Value, json};
use slotd_domain::{AttendeeId, BookingId, EventTypeId, UserId};
use slotd_store::Sequence;
use slotd_store::bookings::{self, NewAttendee, NewBooking, NewSeat};
use slotd_testkit::{TestServer, on_both_engines};

use super::{at, book, bookable, call, change, managed, seats, stored, wanted, wanted_by, with};
use crate::slots::Host;

/// A field of an event type.
fn field(kind: &str, slug: &str, required: bool) -> Value {
    json!({ "type": kind, "slug": slug, "label": slug, "required": required })
}

fn choice(kind: &str, slug: &str) -> Value {
    with(&field(kind, slug, false), &json!({ "options": ["dog", "cat"] }))
}

fn answered(id: i32, hour: &str, answers: &Value) -> Value {
    with(&wanted(id, &at(hour)), &json!({ "bookingFieldsResponses": answers }))
}

/// A managed user whose event type has rules about addresses, as the settings form sets them.
pub(super) async fn with_rules<'a>(server: &'a TestServer, rules: &Value) -> (Host<'a>, i32) {
    let world = server.world().await;
    let (host, id) = managed(server, &world, "host@klinik.test", &json!({})).await;
    let path = format!("/v2/atoms/event-types/{id}");
    let form = host.call("GET", &path, "2024-06-14", &json!({})).await.accepted(200).clone();
    let mut fields = form["eventType"]["bookingFields"].clone();
    for field in fields.as_array_mut().unwrap() {
        if field["name"] == "email" {
            *field = with(field, rules);
        }
    }
    let _ = host
        .call("PATCH", &path, "2024-06-14", &json!({ "bookingFields": fields }))
        .await
        .accepted(200);
    (host, id)
}

on_both_engines! {
    /// BK-30, R7.12, R7.18
    async fn a_required_field_has_to_be_answered(server: TestServer) {
        let hidden = with(&field("text", "secret", true), &json!({ "hidden": true }));
        let fields = json!({ "bookingFields": [field("text", "species", true), hidden] });
        let (_, id) = bookable(&server, &fields).await;
        let missing = format!("Missing required booking field response: species - it is required by the event type booking fields, but missing in the bookingFieldsResponses. You can fetch the event type with ID {id} to see the required fields.");
        for answers in [json!({}), json!({ "species": null }), json!({ "other": "dog" })] {
            let refused = book(&server, &answered(id, "10:00", &answers)).await;
            assert_eq!(refused.refused(400), missing);
        }
        let _ = book(&server, &wanted(id, &at("10:00"))).await.refused(400);
        let empty = book(&server, &answered(id, "10:00", &json!({ "species": " " }))).await;
        assert_eq!(empty.refused(400), "responses - {species}error_required_field, ");
        assert_eq!(empty.body["error"]["code"], "BAD_REQUEST");
        assert!(empty.body["error"].get("details").is_none(), "{}", empty.text);
        assert_eq!(stored(&server).await, 0);
        let good = book(&server, &answered(id, "10:00", &json!({ "species": "dog" }))).await;
        assert_eq!(good.accepted(201)["bookingFieldsResponses"]["species"], "dog");
    }

    /// BK-31, BK-32, BK-33, BK-34, BK-35, BK-36, BK-37, BK-38, BK-39, BK-40, BK-41, BK-42, R7.12
    async fn an_answer_of_the_wrong_type_is_refused(server: TestServer) {
        let kinds = [
            ("phone", "string", json!(1)), ("address", "string", json!(true)), ("text", "string", json!(["x"])),
            ("number", "number", json!("12")), ("textarea", "string", json!({})), ("boolean", "boolean", json!("true")),
            ("url", "string", json!(1.5)), ("multiemail", "array", json!("a@mail.test")), ("multiselect", "array", json!("dog")),
            ("checkbox", "array", json!({})), ("radio", "string or number", json!(["dog"])), ("select", "string or number", json!(false)),
        ];
        let fields: Vec<Value> = kinds.iter().map(|(kind, _, _)| match *kind {
            "multiselect" | "checkbox" | "radio" | "select" => choice(kind, kind),
            _ => field(kind, kind, false),
        }).collect();
        let (_, id) = bookable(&server, &json!({ "bookingFields": fields })).await;
        for (kind, expected, answer) in &kinds {
            let received = match answer {
                Value::String(_) => "string",
                Value::Number(_) => "number",
                Value::Bool(_) => "boolean",
                _ => "object",
            };
            let refused = book(&server, &answered(id, "10:00", &json!({ *kind: answer }))).await;
            assert_eq!(
                refused.refused(400),
                format!("Invalid type for booking field '{kind}'. Expected type {expected} (compatible with field type '{kind}'), but received {received}.")
            );
        }
        let good = json!({
            "phone": "+4915112345678", "address": "1 Main St", "text": "x", "number": 4.5, "textarea": "a\nb", "boolean": false,
            "url": "https://x.test", "multiemail": ["a@mail.test"], "multiselect": ["dog"], "checkbox": ["dog", "cat"],
            "radio": "dog", "select": "cat",
        });
        let answer = book(&server, &answered(id, "10:00", &good)).await;
        let shown = &answer.accepted(201)["bookingFieldsResponses"];
        for (slug, value) in good.as_object().unwrap() {
            assert_eq!(&shown[slug], value, "{slug}");
        }
    }

    /// BK-43, BK-44, BK-45, BK-46, R7.13
    async fn an_answer_that_is_no_option_is_refused(server: TestServer) {
        let kinds = ["select", "radio", "multiselect", "checkbox"];
        let fields: Vec<Value> = kinds.iter().map(|kind| choice(kind, kind)).collect();
        let (_, id) = bookable(&server, &json!({ "bookingFields": fields })).await;
        for kind in ["select", "radio"] {
            let refused = book(&server, &answered(id, "10:00", &json!({ kind: "horse" }))).await;
            assert_eq!(refused.refused(400), format!("Invalid option 'horse' for booking field '{kind}'. Allowed options are: dog, cat."));
        }
        for kind in ["multiselect", "checkbox"] {
            let refused = book(&server, &answered(id, "10:00", &json!({ kind: ["dog", "horse"] }))).await;
            assert_eq!(refused.refused(400), format!("One or more invalid options for booking field '{kind}'. Allowed options are: dog, cat."));
        }
        assert_eq!(stored(&server).await, 0);
    }

    /// BK-47, R7.14
    async fn phone_fields_are_answered_with_the_attendees_number(server: TestServer) {
        let fields = json!({ "bookingFields": [
            { "type": "phone", "slug": "attendeePhoneNumber", "label": "Phone", "required": true, "hidden": false },
            field("phone", "smsReminderNumber", true),
        ] });
        let (_, id) = bookable(&server, &fields).await;
        let missing = "Missing attendee phone number - it is required by the event type. Pass it as \"attendee.phoneNumber\" string in the request.";
        assert_eq!(book(&server, &wanted(id, &at("10:00"))).await.refused(400), missing);
        let elsewhere = json!({ "attendeePhoneNumber": "+4915112345678", "smsReminderNumber": "+4915112345678" });
        assert_eq!(book(&server, &answered(id, "10:00", &elsewhere)).await.refused(400), missing);
        let mut body = wanted(id, &at("10:00"));
        body["attendee"]["phoneNumber"] = json!("+4915112345678");
        let answer = book(&server, &body).await;
        let data = answer.accepted(201);
        assert_eq!(data["attendees"][0]["phoneNumber"], "+4915112345678");
        for slug in ["attendeePhoneNumber", "smsReminderNumber"] {
            assert_eq!(data["bookingFieldsResponses"][slug], "+4915112345678", "{slug}");
        }
    }

    /// BK-48, R7.17
    async fn a_split_name_is_shown_in_parts_and_joined_for_the_attendee(server: TestServer) {
        let split = json!({ "type": "splitName", "firstNameLabel": "First", "lastNameLabel": "Last", "lastNameRequired": true });
        let (host, id) = bookable(&server, &json!({ "bookingFields": [split] })).await;
        let name = json!({ "firstName": "Omar", "lastName": "El Haddad" });
        let answer = book(&server, &answered(id, "10:00", &json!({ "name": name }))).await;
        let data = answer.accepted(201);
        assert_eq!(data["bookingFieldsResponses"]["name"], name);
        assert_eq!(data["attendees"][0]["name"], "Omar El Haddad");
        assert!(data["title"].as_str().unwrap().ends_with("and Omar El Haddad"), "{data}");
        let partial = book(&server, &answered(id, "11:00", &json!({ "name": { "firstName": "Omar" } }))).await;
        assert_eq!(partial.refused(400), "responses - {name}error_required_field, ");
        // An event type that does not split it takes the attendee's name, and that alone.
        let whole = host.event_type("whole", &json!({})).await;
        let answer = book(&server, &answered(whole, "12:00", &json!({ "name": { "firstName": "Eve", "lastName": "" } }))).await;
        let data = answer.accepted(201);
        assert_eq!(data["bookingFieldsResponses"]["name"], "Omar Haddad");
        assert_eq!(data["attendees"][0]["name"], "Omar Haddad");
    }

    /// BK-49, R7.58, R8.1
    async fn the_name_of_a_seat_is_shown_in_parts_or_as_the_attendees(server: TestServer) {
        let split = json!({ "type": "splitName", "firstNameLabel": "First", "lastNameLabel": "Last", "lastNameRequired": false });
        let (host, id) = bookable(&server, &with(&seats(3, true), &json!({ "bookingFields": [split] }))).await;
        let name = json!({ "firstName": "Omar", "lastName": "" });
        let answer = book(&server, &answered(id, "10:00", &json!({ "name": name }))).await;
        assert_eq!(answer.accepted(201)["attendees"][0]["bookingFieldsResponses"]["name"], name);
        assert_eq!(answer.accepted(201)["attendees"][0]["name"], "Omar");
        // Answers that were lost.
        let store = &server.app.store;
        let booking = BookingId(store.next_id(Sequence::Booking).await.unwrap());
        let attendee = AttendeeId(store.next_id(Sequence::Attendee).await.unwrap());
        let [start, end] = ["12:00", "13:00"].map(|hour| at(hour).parse().unwrap());
        let seat = NewSeat { uid: "seat".to_owned(), description: None, responses: json!(null), metadata: json!({}) };
        let email = "lost@mail.test".to_owned();
        let lost = NewAttendee::new(attendee, email.clone(), "Lost".to_owned(), "UTC".to_owned());
        let new = NewBooking {
            event_type_id: Some(EventTypeId(id)), is_shared: true,
            attendees: vec![NewAttendee { seat: Some(seat), ..lost }],
            ..NewBooking::new(booking, "lost".to_owned(), UserId(host.id), email, start, end)
        };
        let now = server.now();
        server.write(move |conn| {
            let new = new.clone();
            Box::pin(async move { bookings::insert(conn, &new, now).await })
        }).await;
        let joined = book(&server, &wanted_by(id, &at("12:00"), "second@mail.test")).await;
        let attendees = &joined.accepted(201)["attendees"];
        assert_eq!(attendees[0]["bookingFieldsResponses"], json!({ "name": "Lost" }));
        assert_eq!(attendees[1]["bookingFieldsResponses"]["name"], "Omar Haddad");
    }

    /// BK-50, R7.16
    async fn guests_are_addresses_and_each_is_named_once(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        for (guests, code) in [
            (json!(["lea@mail.test", "LEA@mail.test"]), "duplicate_email"),
            (json!(["lea"]), "email_validation_error"),
            (json!(["lea@mail.test", ""]), "email_validation_error"),
        ] {
            let refused = book(&server, &with(&wanted(id, &at("10:00")), &json!({ "guests": guests }))).await;
            assert_eq!(refused.refused(400), format!("responses - {{guests}}{code}, "));
            assert_eq!(refused.body["error"]["code"], "BAD_REQUEST");
            assert!(refused.body["error"].get("details").is_none(), "{}", refused.text);
        }
        let none = with(&wanted(id, &at("10:00")), &json!({ "guests": [] }));
        let answer = book(&server, &none).await;
        assert!(answer.accepted(201).get("guests").is_none(), "{}", answer.text);
    }

    /// Section 5.2: the address of whoever books.
    async fn the_attendees_address_is_judged_with_the_answers(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        for address in ["omar", "omar@", "@mail.test", "a b@mail.test"] {
            let refused = book(&server, &wanted_by(id, &at("10:00"), address)).await;
            assert_eq!(refused.refused(400), "responses - {email}email_validation_error, ", "{address}");
            assert_eq!(refused.body["error"]["code"], "BAD_REQUEST");
        }
        // Section 7.14: a telephone alone is enough for team event types only.
        let mut body = wanted(id, &at("10:00"));
        body["attendee"] = json!({ "name": "A", "timeZone": "Europe/Berlin", "phoneNumber": "+4915112345678" });
        assert_eq!(book(&server, &body).await.refused(400), "responses - {email}error_required_field, ");
        assert_eq!(stored(&server).await, 0);
    }

    /// BK-51, R7.16
    async fn addresses_can_be_excluded_or_required(server: TestServer) {
        let (_, id) = with_rules(&server, &json!({ "excludeEmails": "spam@mail.test, @bad.test" })).await;
        for address in ["spam@mail.test", "SPAM@mail.test", "a@bad.test"] {
            let refused = book(&server, &wanted_by(id, &at("10:00"), address)).await;
            assert_eq!(refused.refused(400), "responses - {email}exclude_emails_match_found_error_message, ", "{address}");
        }
        let _ = book(&server, &wanted(id, &at("10:00"))).await.accepted(201);
    }

    /// BK-51, R7.16
    async fn only_required_addresses_can_book(server: TestServer) {
        let (_, id) = with_rules(&server, &json!({ "requireEmails": "boss@mail.test,good.test" })).await;
        let refused = book(&server, &wanted(id, &at("10:00"))).await;
        assert_eq!(refused.refused(400), "responses - {email}require_emails_no_match_found_error_message, ");
        for (hour, address) in [("10:00", "boss@mail.test"), ("11:00", "a@good.test")] {
            let _ = book(&server, &wanted_by(id, &at(hour), address)).await.accepted(201);
        }
    }

    /// R7.63: names and language are the host's, place and length those of the booking.
    async fn a_title_is_in_the_hosts_language_or_as_the_event_type_names_it(server: TestServer) {
        let (host, id) = bookable(&server, &json!({
            "lengthInMinutesOptions": [30, 60],
            "locations": [{ "type": "integration", "integration": "cal-video" }, { "type": "attendeePhone" }],
        })).await;
        let me = json!({ "name": "Nina Kraus", "locale": "de" });
        let _ = host.call("PATCH", "/v2/me", "2024-08-13", &me).await.accepted(200);
        let titled = async |hour: &str| {
            let place = json!({ "type": "attendeePhone", "phone": "+4915112345678" });
            let mut body = with(&wanted(id, &at(hour)), &json!({ "lengthInMinutes": 30, "location": place }));
            body["attendee"]["language"] = json!("fr");
            book(&server, &body).await.accepted(201)["title"].clone()
        };
        assert_eq!(titled("10:00").await, "Event zwischen Nina Kraus und Omar Haddad");
        let name = "{Event type title}: {Organiser first name} / {Scheduler last name}, {Location}, {Event duration}";
        change(&host, id, &json!({ "customName": name })).await;
        assert_eq!(titled("12:00").await, "Event: Nina / Haddad, Phone, 30 mins");
    }

    /// R7.15: unknown keys are kept and shown, whatever they are.
    async fn unknown_answers_are_kept(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let answers = json!({ "x": [1, { "y": null }], "ä ö": "ü", "": false, "email": "eve@mail.test", "displayEmail": "eve@mail.test" });
        let answer = book(&server, &answered(id, "10:00", &answers)).await;
        let shown = &answer.accepted(201)["bookingFieldsResponses"];
        for key in ["x", "ä ö", ""] {
            assert_eq!(shown[key], answers[key]);
        }
        assert_eq!((&shown["email"], &shown["displayEmail"]), (&json!("omar@mail.test"), &json!("omar@mail.test")));
    }

    /// R7.16, file 02, 6.3: what only a reschedule asks for is not asked for before.
    async fn a_reason_for_moving_is_not_asked_of_who_books(server: TestServer) {
        let fields = json!({ "bookingFields": [
            { "type": "name" }, { "type": "email", "required": true }, { "slug": "rescheduleReason", "required": true },
        ] });
        let (_, id) = bookable(&server, &fields).await;
        let booking = book(&server, &wanted(id, &at("10:00"))).await.accepted(201).clone();
        let path = format!("/{}/reschedule", booking["uid"].as_str().unwrap());
        let body = json!({ "start": at("12:00"), "reschedulingReason": "Train late" });
        let moved = call(&server, "POST", &path, &body).await;
        assert_eq!(moved.accepted(201)["reschedulingReason"], "Train late");
    }
}
