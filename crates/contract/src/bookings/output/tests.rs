use serde_json::json;
use utoipa::{PartialSchema, ToSchema};

use super::*;
use crate::bookings::{
    AbsentBooking, AddedAttendee, CreatedBooking, ListedBooking, RescheduledBooking,
};

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn attendee() -> Attendee {
    Attendee {
        name: "Omar Haddad".to_owned(),
        email: "omar@mail.test".to_owned(),
        display_email: "omar@mail.test".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        language: "de".to_owned(),
        absent: false,
        phone_number: None,
        seat: None,
    }
}

/// The booking of the worked example (7.15).
fn booking() -> Booking {
    Booking {
        id: 90_321,
        uid: "hK3vQ9rW1xUeT5bYz7NcAm".to_owned(),
        title: "Erstgespräch between Nina Kraus and Omar Haddad".to_owned(),
        description: Some("Second visit".to_owned()),
        hosts: vec![Host {
            id: Some(311),
            name: Some("Nina Kraus".to_owned()),
            email: Some("nina+clz3q8k2x0001mh08v5t7d9ab@klinik.test".to_owned()),
            display_email: Some("nina@klinik.test".to_owned()),
            username: Some("nina".to_owned()),
            time_zone: Some("Europe/Berlin".to_owned()),
        }],
        status: "accepted",
        cancellation_reason: String::new(),
        cancelled_by_email: String::new(),
        rescheduling_reason: None,
        rescheduled_by_email: None,
        rescheduled_from_uid: None,
        rescheduled_to_uid: None,
        start: "2026-05-11T08:00:00Z".parse().unwrap(),
        end: "2026-05-11T08:30:00Z".parse().unwrap(),
        duration: 30,
        event_type_id: Some(812),
        event_type: Some(EventTypeLink { id: Some(812), slug: "erstgespraech".to_owned() }),
        meeting_url: Some("+4915112345678".to_owned()),
        location: Some("+4915112345678".to_owned()),
        absent_host: false,
        created_at: "2026-05-04T10:11:12.3459Z".parse().unwrap(),
        updated_at: Some("2026-05-04T10:11:12.345Z".parse().unwrap()),
        metadata: Some(map(&json!({ "crmId": "A-77" }))),
        rating: None,
        ics_uid: Some("hK3vQ9rW1xUeT5bYz7NcAm@Cal.com".to_owned()),
        attendees: vec![attendee()],
        guests: Some(vec!["lea@mail.test".to_owned()]),
        booking_fields_responses: Some(map(&json!({ "notes": "Second visit" }))),
        recurring_booking_uid: None,
        seat_uid: None,
    }
}

fn seated() -> Booking {
    let seat = Seat {
        seat_uid: "0f8fad5b-d9cb-469f-a165-70867728950e".to_owned(),
        booking_fields_responses: map(&json!({ "name": "Omar Haddad" })),
        metadata: Map::new(),
    };
    Booking {
        description: None,
        metadata: None,
        guests: None,
        booking_fields_responses: None,
        attendees: vec![Attendee { seat: Some(seat), ..attendee() }],
        ..booking()
    }
}

/// A booking with everything that can be left out.
fn moved() -> Booking {
    let text = || Some("text".to_owned());
    Booking {
        rescheduling_reason: text(),
        rescheduled_by_email: text(),
        rescheduled_from_uid: text(),
        rescheduled_to_uid: text(),
        ..booking()
    }
}

fn json(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

/// R8.2, section 7.15
#[test]
fn a_booking_is_shown_as_in_the_worked_example() {
    assert_eq!(
        json(booking()),
        json!({
            "id": 90321, "uid": "hK3vQ9rW1xUeT5bYz7NcAm",
            "title": "Erstgespräch between Nina Kraus and Omar Haddad", "description": "Second visit",
            "hosts": [{
                "id": 311, "name": "Nina Kraus", "email": "nina+clz3q8k2x0001mh08v5t7d9ab@klinik.test",
                "displayEmail": "nina@klinik.test", "username": "nina", "timeZone": "Europe/Berlin",
            }],
            "status": "accepted", "cancellationReason": "", "cancelledByEmail": "",
            "start": "2026-05-11T08:00:00.000Z", "end": "2026-05-11T08:30:00.000Z", "duration": 30,
            "eventTypeId": 812, "eventType": { "id": 812, "slug": "erstgespraech" },
            "meetingUrl": "+4915112345678", "location": "+4915112345678", "absentHost": false,
            "createdAt": "2026-05-04T10:11:12.345Z", "updatedAt": "2026-05-04T10:11:12.345Z",
            "metadata": { "crmId": "A-77" }, "rating": null, "icsUid": "hK3vQ9rW1xUeT5bYz7NcAm@Cal.com",
            "attendees": [{
                "name": "Omar Haddad", "email": "omar@mail.test", "displayEmail": "omar@mail.test",
                "timeZone": "Europe/Berlin", "language": "de", "absent": false,
            }],
            "guests": ["lea@mail.test"], "bookingFieldsResponses": { "notes": "Second visit" },
        })
    );
}

/// BK-70, BK-74, section 8.3
#[test]
fn a_seated_booking_has_its_answers_and_metadata_at_the_attendee() {
    let shown = json(seated());
    for absent in ["guests", "bookingFieldsResponses", "metadata", "seatUid"] {
        assert_eq!(shown.get(absent), None, "{absent}");
    }
    assert_eq!(shown["description"], Value::Null);
    assert_eq!(
        shown["attendees"][0],
        json!({
            "name": "Omar Haddad", "email": "omar@mail.test", "displayEmail": "omar@mail.test",
            "timeZone": "Europe/Berlin", "language": "de", "absent": false,
            "seatUid": "0f8fad5b-d9cb-469f-a165-70867728950e",
            "bookingFieldsResponses": { "name": "Omar Haddad" }, "metadata": {},
        })
    );
}

/// BK-84, section 8.1
#[test]
fn of_a_host_nobody_knows_everything_is_unknown() {
    let unknown = "unknown";
    assert_eq!(
        json(Host::default()),
        json!({
            "id": unknown, "name": unknown, "email": unknown, "displayEmail": unknown,
            "username": unknown,
        })
    );
}

/// Section 8.1: null is said where an event type, a place or a change is missing.
#[test]
fn what_is_always_there_is_null_when_it_has_no_value() {
    let shown = json(Booking {
        event_type_id: None,
        event_type: None,
        meeting_url: None,
        location: None,
        updated_at: None,
        ..booking()
    });
    for name in ["eventTypeId", "eventType", "meetingUrl", "location", "updatedAt", "rating"] {
        assert_eq!(shown.get(name), Some(&Value::Null), "{name}");
    }
}

/// BK-58, BK-161
#[test]
fn a_series_is_an_array_and_one_booking_an_object() {
    assert!(json(Bookings::One(Box::new(booking()))).is_object());
    assert_eq!(json(Bookings::Many(vec![booking(), seated()])).as_array().unwrap().len(), 2);
}

/// BK-184, BK-186
#[test]
fn an_attendee_by_itself_has_ids() {
    let one = |booking_id| json(BookingAttendee { id: 5, booking_id, attendee: attendee() });
    assert_eq!(one(Some(7))["bookingId"], 7);
    assert_eq!((&one(None)["id"], one(None).get("bookingId")), (&json!(5), None));
    assert_eq!(one(None)["email"], "omar@mail.test");
}

/// BK-108, PG-5, section 10
#[test]
fn a_page_knows_its_place_in_the_list() {
    // PG-5, PG-6
    let shown = |total, take, skip| json(Pagination::of(total, take, skip));
    assert_eq!(
        shown(5, 2, 0),
        json!({
            "totalItems": 5, "remainingItems": 3, "returnedItems": 2, "itemsPerPage": 2,
            "currentPage": 1, "totalPages": 3, "hasNextPage": true, "hasPreviousPage": false,
        })
    );
    assert_eq!(
        shown(7, 2, 4),
        json!({
            "totalItems": 7, "remainingItems": 1, "returnedItems": 2, "itemsPerPage": 2,
            "currentPage": 3, "totalPages": 4, "hasNextPage": true, "hasPreviousPage": true,
        })
    );
    for (total, take, skip, returned, page, pages) in [
        (0, 100, 0, 0, 0, 0),
        (0, 1, i64::MAX, 0, 0, 0),
        (100, 100, 0, 100, 1, 1),
        (3, 2, i64::MAX, 0, 2, 2),
        (i64::MAX, 250, i64::MAX, 0, i64::MAX / 250 + 1, i64::MAX / 250 + 1),
    ] {
        let shown = Pagination::of(total, take, skip);
        let found = (shown.returned_items, shown.current_page, shown.total_pages);
        assert_eq!(found, (returned, page, pages), "{total} {take} {skip}");
        assert!(!shown.has_next_page);
    }
}

/// BK-190
#[test]
fn a_reference_without_a_calendar_says_null() {
    let reference = Reference {
        kind: "daily_video".to_owned(),
        event_uid: "room".to_owned(),
        destination_calendar_id: None,
        id: 3,
    };
    assert_eq!(
        json(reference),
        json!({ "type": "daily_video", "eventUid": "room", "destinationCalendarId": null, "id": 3 })
    );
}

/// The schemas that go with that of an answer, by their names.
fn schemas_of<T: ToSchema>() -> Map<String, Value> {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    schemas.into_iter().map(|(name, schema)| (name, json(schema))).collect()
}

/// Whether an object has all that a schema requires, and nothing that it does not name.
fn fits(object: &Value, schema: &Value) -> bool {
    let properties = &schema["properties"];
    let object = object.as_object().unwrap();
    let required = schema["required"].as_array().unwrap();
    required.iter().all(|name| object.contains_key(name.as_str().unwrap()))
        && object.iter().all(|(name, value)| {
            let schema = &properties[name];
            schema.is_object()
                && value.as_array().is_none_or(|values| {
                    let items = &schema["items"];
                    values.iter().all(|value| !value.is_object() || fits(value, items))
                })
        })
}

/// R8.2, section 8.3: the schemas are written out, so they are compared with what is sent.
#[test]
fn the_document_names_every_property_that_is_sent() {
    let series = || Some("r".to_owned());
    let own_seat = || Booking { seat_uid: Some("s".to_owned()), ..seated() };
    let schemas = schemas_of::<Bookings>();
    for (name, booking) in [
        ("BookingOutput_2024_08_13", booking()),
        ("BookingOutput_2024_08_13", moved()),
        (
            "RecurringBookingOutput_2024_08_13",
            Booking { recurring_booking_uid: series(), ..moved() },
        ),
        ("GetSeatedBookingOutput_2024_08_13", seated()),
        (
            "GetRecurringSeatedBookingOutput_2024_08_13",
            Booking { recurring_booking_uid: series(), ..seated() },
        ),
        ("CreateSeatedBookingOutput_2024_08_13", own_seat()),
        (
            "CreateRecurringSeatedBookingOutput_2024_08_13",
            Booking { recurring_booking_uid: series(), ..own_seat() },
        ),
    ] {
        assert!(fits(&json(&booking), &schemas[name]), "{booking:?}\n{}", schemas[name]);
    }
    let seated = &schemas["GetSeatedBookingOutput_2024_08_13"];
    assert!(!fits(&json(booking()), seated), "the comparison finds differences");
    let added = BookingAttendee { id: 5, booking_id: Some(7), attendee: attendee() };
    assert!(fits(&json(added), &json(AddedAttendee::schema())));
}

/// The answers of every operation refer only to schemas that they bring along.
#[test]
fn every_kind_of_booking_that_an_answer_refers_to_is_in_the_document() {
    fn check<T: ToSchema>(count: usize) {
        let schema = json(T::schema());
        let alternatives = schema["anyOf"].as_array().unwrap();
        assert_eq!(alternatives.len(), count);
        let schemas = schemas_of::<T>();
        for one in alternatives {
            let one = one.get("items").unwrap_or(one);
            let name = one["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
        }
    }
    check::<CreatedBooking>(4);
    check::<Bookings>(6);
    check::<RescheduledBooking>(4);
    check::<AbsentBooking>(2);
    check::<ListedBooking>(4);
    assert!(schemas_of::<BookingList>().contains_key("GetSeatedBookingOutput_2024_08_13"));
}
