use serde_json::{Map, json};
use slotd_domain::event_type::Integration;

use super::*;
use crate::bookings::read_exactly;

fn texts<T: FromBody + std::fmt::Debug>(body: &Value) -> String {
    let errors = read_body::<T>(body).expect_err("refused");
    super::super::text(&errors)
}

/// BK-147, R5.4
#[test]
fn a_move_needs_a_start_and_refuses_what_it_does_not_know() {
    let body = json!({
        "start": "2026-05-12T14:00:00+02:00", "rescheduledBy": "nina@klinik.test",
        "reschedulingReason": "Train late", "seatUid": "s", "emailVerificationCode": null,
    });
    let read: RescheduleBooking = read_exactly(&body).unwrap();
    assert_eq!(read.start, "2026-05-12T12:00:00Z".parse().unwrap());
    assert_eq!(read.rescheduled_by.as_deref(), Some("nina@klinik.test"));
    assert_eq!(read.reason.as_deref(), Some("Train late"));
    assert_eq!(read.seat_uid.as_deref(), Some("s"));
    assert_eq!(read.email_verification_code, None);
    assert_eq!(
        read_exactly::<RescheduleBooking>(&json!({ "rescheduledBy": "nina", "foo": 1 })),
        Err("foo property is wrong,property foo should not exist , \
             start property is wrong,start must be a valid ISO 8601 date string , \
             rescheduledBy property is wrong,rescheduledBy must be an email "
            .to_owned())
    );
}

/// BK-160, BK-162, R5.4
#[test]
fn the_body_of_a_cancellation_may_be_empty() {
    let nothing = CancelBooking { reason: None, subsequent: false, seat_uid: None };
    assert_eq!(read_exactly(&json!({})), Ok(nothing));
    let read = read_exactly::<CancelBooking>(&json!({
        "cancellationReason": "Ill", "cancelSubsequentBookings": true, "seatUid": "s",
    }));
    let all = CancelBooking {
        reason: Some("Ill".to_owned()),
        subsequent: true,
        seat_uid: Some("s".to_owned()),
    };
    assert_eq!(read, Ok(all));
    for (bad, text) in [
        (json!([]), "Body should be an object"),
        (json!({ "reason": "Ill" }), "reason property is wrong,property reason should not exist "),
        (
            json!({ "cancelSubsequentBookings": "true" }),
            "cancelSubsequentBookings property is wrong,cancelSubsequentBookings must be a boolean value ",
        ),
    ] {
        assert_eq!(read_exactly::<CancelBooking>(&bad).unwrap_err(), text);
    }
}

/// BK-170, R5.4
#[test]
fn a_refusal_may_have_a_reason_and_drops_what_it_does_not_know() {
    let reason = |body: Value| read_body::<DeclineBooking>(&body).unwrap().reason;
    assert_eq!(reason(json!({ "reason": "Ill", "foo": 1 })).as_deref(), Some("Ill"));
    assert_eq!(reason(json!({})), None);
    assert_eq!(
        texts::<DeclineBooking>(&json!({ "reason": 1 })),
        "reason property is wrong,reason must be a string "
    );
    let long = json!({ "reason": "ä".repeat(20_001) });
    assert!(texts::<DeclineBooking>(&long).contains("shorter than or equal to 20000 characters"));
}

/// BK-177, BK-178, BK-181
#[test]
fn attendees_are_marked_absent_one_by_one_and_an_empty_list_marks_nobody() {
    let body = json!({ "host": true, "attendees": [{ "email": "a@b.co", "absent": false }] });
    let marked = AbsentAttendee { email: "a@b.co".to_owned(), absent: false };
    assert_eq!(
        read_body::<MarkAbsent>(&body).unwrap(),
        MarkAbsent { host: Some(true), attendees: Some(vec![marked]) }
    );
    assert_eq!(
        read_body::<MarkAbsent>(&json!({})).unwrap(),
        MarkAbsent { host: None, attendees: None }
    );
    let errors = read_body::<MarkAbsent>(&json!({ "attendees": [] })).unwrap_err();
    assert_eq!(
        serde_json::to_value(errors).unwrap(),
        json!([{
            "target": { "attendees": [] }, "value": [], "property": "attendees", "children": [],
            "constraints": { "arrayMinSize": "attendees must contain at least 1 elements" },
        }])
    );
    assert_eq!(
        texts::<MarkAbsent>(&json!({ "host": 1, "attendees": [{ "email": "a@b.co" }] })),
        "host property is wrong,host must be a boolean value , attendees property is wrong, \
         0 property is wrong, absent property is wrong,absent must be a boolean value "
    );
    for bad in [json!({}), json!(["a@b.co"]), json!(vec![json!({}); 251])] {
        assert!(read_body::<MarkAbsent>(&json!({ "attendees": bad })).is_err());
    }
}

/// BK-186, section 16
#[test]
fn an_attendee_is_added_with_name_zone_and_address() {
    let body = json!({
        "name": "Lea", "timeZone": "europe/vienna", "email": "lea@mail.test",
        "phoneNumber": "+4915112345678", "language": "de",
    });
    let read = read_body::<AddAttendee>(&body).unwrap();
    assert_eq!(read.time_zone.as_str(), "Europe/Vienna");
    assert_eq!(read.language.map(Locale::as_str), Some("de"));
    assert_eq!(read.phone_number.as_deref(), Some("+4915112345678"));
    let errors = read_body::<AddAttendee>(&json!([])).unwrap_err();
    let missing: Vec<_> = errors.iter().map(|error| error.property.as_ref()).collect();
    assert_eq!(missing, ["name", "timeZone", "email"]);
}

/// BK-187, section 17
#[test]
fn one_to_ten_guests_are_objects_or_addresses_alone() {
    let guests = |list: Value| read_body::<AddGuests>(&json!({ "guests": list }));
    let read = guests(json!([
        "a@b.co",
        { "email": "c@d.co", "name": "C", "timeZone": "UTC", "language": "fr", "more": 1 },
    ]));
    let [alone, object] = read.unwrap().guests.try_into().unwrap();
    assert_eq!(alone, Guest { email: "a@b.co".to_owned(), ..Guest::default() });
    assert_eq!(object.name.as_deref(), Some("C"));
    assert_eq!(object.time_zone, TimeZoneName::parse("UTC"));
    assert_eq!(object.language.map(Locale::as_str), Some("fr"));

    assert_eq!(guests(json!(vec!["a@b.co"; 10])).unwrap().guests.len(), 10);
    for (bad, text) in [
        (json!(vec!["a@b.co"; 11]), "guests must contain no more than 10 elements"),
        (json!([]), "guests must contain at least 1 elements"),
        (json!(null), "guests must be an array"),
        (json!("a@b.co"), "guests must be an array"),
    ] {
        let text = format!("guests property is wrong,{text} ");
        assert_eq!(texts::<AddGuests>(&json!({ "guests": bad })), text);
    }
    assert_eq!(
        texts::<AddGuests>(&json!({ "guests": ["a@b.co", "b", { "name": "C" }, 1] })),
        "guests property is wrong, 1 property is wrong,email must be an email , \
         2 property is wrong, email property is wrong,email must be an email,email must be a string , \
         3 property is wrong,each value in guests must be an object or an email "
    );
}

/// BK-188, R18.2
#[test]
fn a_location_that_comes_later_brings_its_value() {
    let read = |location: Value| {
        read_body::<UpdateLocation>(&json!({ "location": location })).map(|read| read.location)
    };
    for (kind, part, value) in [
        ("address", "address", "1 Main St"),
        ("attendeeAddress", "address", "1 Main St"),
        ("attendeeDefined", "location", "the pier"),
        ("attendeePhone", "phone", "+4915112345678"),
        ("link", "link", "https://meet.example/1"),
        ("phone", "phone", "+4915112345678"),
        ("integration", "integration", "zoom"),
    ] {
        let mut location = Map::from_iter([("type".to_owned(), json!(kind))]);
        assert!(read(location.clone().into()).is_err(), "{kind} without {part}");
        location.insert(part.to_owned(), json!(value));
        assert!(read(location.into()).unwrap().is_some(), "{kind}");
    }
    assert_eq!(
        read(json!({ "type": "integration", "integration": "zoom" })).unwrap(),
        Some(NewLocation::Integration { integration: Integration::Zoom })
    );
    assert_eq!(read_body::<UpdateLocation>(&json!({})).unwrap().location, None);
    for bad in [
        json!("https://meet.example/1"),
        json!({ "type": "organizersDefaultApp" }),
        json!({ "type": "link", "link": "javascript:alert(1)" }),
        json!({ "type": "phone", "phone": "12" }),
        json!({}),
    ] {
        assert!(read(bad.clone()).is_err(), "{bad}");
    }
}
