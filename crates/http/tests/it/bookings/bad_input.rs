//! Bodies that nobody should send.

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::{
    CURRENT, at, book, bookable, booked, call_as, stored, wanted, wanted_by, weekly, with,
};
use crate::slots::{Host, daily, set_clock};

on_both_engines! {
    /// R7.1: the id and a user's slug of another event type, of another user.
    async fn an_id_and_a_slug_that_disagree_mean_the_id(server: TestServer) {
        let (_, mine) = bookable(&server, &json!({})).await;
        let (other, others) = bookable(&server, &json!({})).await;
        let both = with(&wanted(mine, &at("10:00")), &json!({ "username": format!("person-{}", other.id), "eventTypeSlug": "own" }));
        assert_eq!(book(&server, &both).await.accepted(201)["eventTypeId"], mine);
        let mut by_slug = both.clone();
        by_slug.as_object_mut().unwrap().remove("eventTypeId");
        assert_eq!(book(&server, &by_slug).await.accepted(201)["eventTypeId"], others);
        for (key, value) in [("username", Value::Null), ("eventTypeSlug", Value::Null), ("eventTypeSlug", json!("")), ("username", json!(7))] {
            let body = with(&by_slug, &json!({ key: value }));
            let _ = book(&server, &body).await.refused(400);
        }
        for id in [json!(0), json!(-1), json!(1.5), json!(true), json!([mine]), json!(9_999_999_999_u64)] {
            let body = with(&wanted(mine, &at("12:00")), &json!({ "eventTypeId": id }));
            let status = book(&server, &body).await.status;
            assert!(status == 400 || status == 404, "{id} {status}");
        }
        assert_eq!(stored(&server).await, 2);
    }

    /// 7.1, 7.9 row 5: starts of every kind.
    async fn a_start_is_an_instant_that_is_to_come(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        for start in [
            json!(""), json!("tomorrow"), json!("10:00"), json!(2_545_984_800_u64), json!(null), json!("2050-09-05T25:00:00Z"),
            json!("2050-02-30T10:00:00Z"), json!("2050-09-05T10:00:00+99:00"), json!("2050-09-05T10:00:00[Europe/Berlin]"),
            json!("2050-09-05T10:00:00Z\0"), json!("0000-01-01T00:00:00Z"), json!("-009999-01-01T00:00:00Z"), json!("99999-01-01T00:00:00Z"),
            json!("1969-12-31T23:59:59Z"), json!("9999-12-31T23:59:59Z"),
        ] {
            let body = with(&wanted(id, ""), &json!({ "start": start }));
            let text = book(&server, &body).await.refused(400).to_owned();
            assert!(text.contains("start property is wrong"), "{start} {text}");
        }
        // Without a zone it is one of UTC; with an offset, of that.
        assert_eq!(booked(&server, id, "2050-09-05T10:00:00").await["start"], at("10:00"));
        assert_eq!(booked(&server, id, "2050-09-05T16:30:00+05:30").await["start"], at("11:00"));
        // Off the grid of the list, and to the millisecond: free is free.
        assert_eq!(booked(&server, id, "2050-09-05T12:07:00.5Z").await["start"], "2050-09-05T12:07:00.500Z");
        let _ = book(&server, &wanted(id, "1970-01-01T00:00:00Z")).await.refused(400);
        set_clock(&server, "2050-09-05T14:00:01Z".parse().unwrap());
        assert_eq!(book(&server, &wanted(id, &at("14:00"))).await.refused(400), "Attempting to book a meeting in the past.");
    }

    /// 7.1: the calendar's end is no place for a booking.
    async fn the_end_of_the_calendar_is_refused(server: TestServer) {
        let host = Host::new(&server).await;
        let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        let always = json!({ "timeZone": "UTC", "availability": [{ "days": days, "startTime": "00:00", "endTime": "23:59" }] });
        host.schedule(&always).await;
        let id = host.event_type("own", &json!({ "lengthInMinutes": 720 })).await;
        let series = host.event_type("series", &weekly(10)).await;
        for start in ["9999-12-30T20:00:00Z", "9999-12-30T21:59:59Z", "9999-12-31T00:00:00Z"] {
            for event_type in [id, series] {
                for zone in ["UTC", "Pacific/Kiritimati", "Pacific/Niue"] {
                    let mut body = wanted(event_type, start);
                    body["attendee"]["timeZone"] = json!(zone);
                    let _ = book(&server, &body).await.refused(400);
                }
            }
        }
        assert_eq!(stored(&server).await, 0);
    }

    /// A start that no clock of the attendee shows: instants have no gaps.
    async fn a_gap_of_the_attendees_clock_is_no_gap_of_time(server: TestServer) {
        let host = Host::new(&server).await;
        host.schedule(&with(&daily("UTC"), &json!({ "availability": [{ "days": ["Sunday"], "startTime": "00:00", "endTime": "04:00" }] }))).await;
        let id = host.event_type("own", &json!({ "minimumBookingNotice": 0 })).await;
        // Berlin has no 02:30 on 27 March 2050; with a zone that is an instant, without one it is of UTC.
        let gap = booked(&server, id, "2050-03-27T02:30:00").await;
        assert_eq!((&gap["start"], &gap["end"]), (&json!("2050-03-27T02:30:00.000Z"), &json!("2050-03-27T03:30:00.000Z")));
        assert_eq!(booked(&server, id, "2050-03-27T02:30:00+01:00").await["start"], "2050-03-27T01:30:00.000Z");
    }

    /// Texts that are strange but text come back as they were sent; others are refused.
    async fn strange_texts_are_kept_or_refused(server: TestServer) {
        let (_, id) = bookable(&server, &json!({ "lengthInMinutes": 15 })).await;
        let html = "<script>alert('x')</script> & \"q\" {Organiser} \u{202e}\u{1F600}";
        let mut body = with(&wanted(id, &at("10:00")), &json!({
            "bookingFieldsResponses": { "notes": html, html: html }, "metadata": { "k": html }, "location": html,
        }));
        body["attendee"]["name"] = json!(html);
        let answer = book(&server, &body).await;
        let data = answer.accepted(201);
        for shown in [
            &data["attendees"][0]["name"], &data["description"], &data["metadata"]["k"], &data["location"],
            &data["bookingFieldsResponses"]["notes"], &data["bookingFieldsResponses"][html],
        ] {
            assert_eq!(shown, html);
        }
        assert!(data["title"].as_str().unwrap().contains(html));
        let named = |name: &str| {
            let mut body = wanted(id, &at("11:00"));
            body["attendee"]["name"] = json!(name);
            body
        };
        let long = "n".repeat(10_000);
        for name in [long.as_str(), "a\0b"] {
            let _ = book(&server, &named(name)).await.refused(400);
        }
        assert_eq!(book(&server, &named(&"ü".repeat(1_000))).await.accepted(201)["attendees"][0]["name"], "ü".repeat(1_000));
        for (key, value) in [
            ("guests", json!(["a\0@mail.test"])), ("metadata", json!({ "a\0": 1 })), ("metadata", json!({ "a": "\0" })),
            ("metadata", json!({ "a": [{ "b": "\0" }] })), ("bookingFieldsResponses", json!({ "notes": "\0" })),
            ("bookingFieldsResponses", json!({ "\0": 1 })), ("location", json!("\0")), ("reservedSlotUid", json!("\0")),
            ("location", json!({ "type": "attendeeDefined", "location": "\0" })), ("location", json!("x".repeat(10_000))),
        ] {
            let answer = book(&server, &with(&wanted(id, &at("12:00")), &json!({ key: value }))).await;
            assert_eq!(answer.status, 400, "{key} {value} {}", answer.text);
        }
        assert_eq!(stored(&server).await, 2);
    }

    /// A split name is bounded like one that is not.
    async fn a_split_name_is_bounded_as_well(server: TestServer) {
        let split = json!({ "type": "splitName", "firstNameLabel": "First", "lastNameLabel": "Last", "lastNameRequired": false });
        let (_, id) = bookable(&server, &json!({ "bookingFields": [split] })).await;
        let of = |name: Value| with(&wanted(id, &at("10:00")), &json!({ "bookingFieldsResponses": { "name": name } }));
        for name in [
            json!({ "firstName": "n".repeat(10_000) }), json!({ "firstName": "A", "lastName": "n".repeat(10_000) }),
            json!({ "firstName": " " }), json!({ "lastName": "B" }), json!({ "firstName": 1 }), json!({ "firstName": ["A"] }), json!({}),
        ] {
            let _ = book(&server, &of(name)).await.refused(400);
        }
        assert_eq!(stored(&server).await, 0);
        assert_eq!(book(&server, &of(json!({ "firstName": "A" }))).await.accepted(201)["attendees"][0]["name"], "A");
    }

    /// Addresses beyond ASCII are addresses or not, and never an error of ours.
    async fn addresses_of_every_kind_are_judged(server: TestServer) {
        let (_, id) = bookable(&server, &json!({ "lengthInMinutes": 15 })).await;
        for address in ["a@b@c.test", "a@mail.test\n", "\u{0}@mail.test", &format!("{}@mail.test", "a".repeat(300))] {
            let _ = book(&server, &wanted_by(id, &at("10:00"), address)).await.refused(400);
        }
        assert_eq!(stored(&server).await, 0);
        for (minute, address) in [(0, "ömer@mail.test"), (15, "a@bücher.test"), (30, "\u{1F600}@mail.test")] {
            let answer = book(&server, &wanted_by(id, &at(&format!("10:{minute:02}")), address)).await;
            assert_eq!(answer.accepted(201)["attendees"][0]["email"], address);
        }
    }

    /// Answers of wrong types to the fields that every event type has.
    async fn answers_of_wrong_types_are_refused(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        for responses in [
            json!([]), json!("x"), json!(7), json!({ "notes": 7 }), json!({ "notes": { "a": 1 } }), json!({ "title": [1] }),
            Value::Object((0..600).map(|key| (key.to_string(), json!(1))).collect()),
        ] {
            let answer = book(&server, &with(&wanted(id, &at("10:00")), &json!({ "bookingFieldsResponses": responses }))).await;
            assert_eq!(answer.status, 400, "{responses} {}", answer.text);
        }
        assert_eq!(stored(&server).await, 0);
        // What says something elsewhere is not read here.
        let ignored = json!({ "guests": "x", "location": 7, "rescheduledReason": [], "name": 7, "email": 7 });
        let _ = book(&server, &with(&wanted(id, &at("10:00")), &json!({ "bookingFieldsResponses": ignored }))).await.accepted(201);
    }

    /// More than anybody needs.
    async fn too_much_is_refused(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let guests: Vec<String> = (0..500).map(|guest| format!("guest-{guest}@mail.test")).collect();
        for (key, value) in [
            ("guests", json!(guests)), ("guests", json!({})), ("guests", json!([7])), ("guests", json!("a@mail.test")),
            ("lengthInMinutes", json!(0)), ("lengthInMinutes", json!(-30)), ("lengthInMinutes", json!(1e12)), ("lengthInMinutes", json!("30")),
            ("metadata", json!([])), ("metadata", json!("x")), ("routing", json!({})), ("routing", json!(7)), ("rrHostSubsetIds", json!(["x"])),
            ("instant", json!("true")), ("overrideAvailability", json!(1)), ("meetingUrl", json!("not a url")),
        ] {
            let answer = book(&server, &with(&wanted(id, &at("10:00")), &json!({ key: value }))).await;
            assert_eq!(answer.status, 400, "{key} {value} {}", answer.text);
            assert!(answer.refused(400).contains(key), "{key} {}", answer.text);
        }
        assert_eq!(stored(&server).await, 0);
        let most = with(&wanted(id, &at("10:00")), &json!({ "guests": guests[..100] }));
        assert_eq!(book(&server, &most).await.accepted(201)["attendees"].as_array().unwrap().len(), 101);
    }

    /// Bodies that are no JSON objects.
    async fn what_is_no_object_is_refused(server: TestServer) {
        for body in ["", "{", "[]", "7", "\"x\"", "null", "\u{feff}{}", "{\"start\":\"a\",\"start\":"] {
            let call = server.call("POST", "/v2/bookings").header("cal-api-version", CURRENT);
            let answer = call.body("application/json", body).send().await;
            let _ = answer.refused(400);
        }
        let host = Host::new(&server).await;
        let _ = call_as(&server, &host.key, "POST", "", &json!([{}])).await.refused(400);
    }

    /// 7.9.2: what changes between two requests counts at once.
    async fn an_event_type_that_is_gone_cannot_be_booked(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let _ = host.call("DELETE", &format!("/v2/event-types/{id}"), "2024-06-14", &json!({})).await.accepted(200);
        server.advance(SignedDuration::from_secs(1));
        assert_eq!(book(&server, &wanted(id, &at("10:00"))).await.refused(404), format!("Event type with id {id} not found."));
    }
}
