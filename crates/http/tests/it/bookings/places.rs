//! Length and location of a booking (7.6, 7.7).

use serde_json::json;
use slotd_testkit::{TestServer, on_both_engines};

use super::{at, book, bookable, booked, change, stored, wanted, with};

on_both_engines! {
    /// BK-52, R7.21
    async fn a_fixed_length_cannot_be_chosen(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let text = "Can't specify 'lengthInMinutes' because event type does not have multiple possible lengths. Please, remove the 'lengthInMinutes' field from the request.";
        for length in [60, 30] {
            let refused = book(&server, &with(&wanted(id, &at("10:00")), &json!({ "lengthInMinutes": length }))).await;
            assert_eq!(refused.refused(400), text);
        }
    }

    /// BK-53, R7.20, R7.22
    async fn a_length_on_offer_can_be_chosen(server: TestServer) {
        let lengths = json!({ "lengthInMinutes": 30, "lengthInMinutesOptions": [15, 30, 90] });
        let (host, id) = bookable(&server, &lengths).await;
        let of = |hour: &str, length: i32| with(&wanted(id, &at(hour)), &json!({ "lengthInMinutes": length }));
        let own = booked(&server, id, &at("10:00")).await;
        assert_eq!((&own["end"], &own["duration"]), (&json!(at("10:30")), &json!(30)));
        let long = book(&server, &of("11:00", 90)).await;
        assert_eq!((&long.accepted(201)["end"], &long.accepted(201)["duration"]), (&json!(at("12:30")), &json!(90)));
        let refused = book(&server, &of("13:00", 45)).await;
        assert_eq!(refused.refused(400), "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. The possible lengths are: 15, 30, 90");
        // It is the chosen length that has to fit.
        let _ = book(&server, &of("16:00", 90)).await.refused(400);
        assert_eq!(book(&server, &of("16:45", 15)).await.accepted(201)["duration"], 15);
        // The own length need not be on offer.
        change(&host, id, &json!({ "lengthInMinutesOptions": [15, 90] })).await;
        assert_eq!(booked(&server, id, &at("14:00")).await["duration"], 30);
    }

    /// BK-54, R7.19: every location, asked for as it is offered.
    async fn every_location_on_offer_can_be_chosen(server: TestServer) {
        let locations = json!([
            { "type": "address", "address": "1 Main St", "public": true },
            { "type": "link", "link": "https://meet.example.test/x", "public": false },
            { "type": "phone", "phone": "+4930123456", "public": true },
            { "type": "attendeeAddress" }, { "type": "attendeePhone" }, { "type": "attendeeDefined" },
            { "type": "integration", "integration": "cal-video" },
        ]);
        let (_, id) = bookable(&server, &json!({ "locations": locations, "lengthInMinutes": 30 })).await;
        for (minute, (wish, location, value, option)) in [
            (json!({ "type": "address" }), "1 Main St", "inPerson", ""),
            (json!({ "type": "link" }), "https://meet.example.test/x", "link", ""),
            (json!({ "type": "phone" }), "+4930123456", "userPhone", ""),
            (json!({ "type": "attendeeAddress", "address": "2 Side St" }), "2 Side St", "attendeeInPerson", "2 Side St"),
            (json!({ "type": "attendeePhone", "phone": "+4915112345678" }), "+4915112345678", "phone", "+4915112345678"),
            (json!({ "type": "attendeeDefined", "location": "the park" }), "the park", "somewhereElse", "the park"),
            (json!({ "type": "integration", "integration": "cal-video" }), "integrations:daily", "integrations:daily", ""),
            (json!("https://y.example.test/z"), "https://y.example.test/z", "link", "https://y.example.test/z"),
            (json!("www.y.example.test"), "www.y.example.test", "link", "www.y.example.test"),
            (json!("+4915112345678"), "+4915112345678", "phone", "+4915112345678"),
            (json!("the park"), "the park", "somewhereElse", "the park"),
        ].into_iter().enumerate() {
            let start = at(&format!("{:02}:{:02}", 9 + minute / 2, minute % 2 * 30));
            let answer = book(&server, &with(&wanted(id, &start), &json!({ "location": wish }))).await;
            let data = answer.accepted(201);
            assert_eq!((&data["location"], &data["meetingUrl"]), (&json!(location), &json!(location)), "{wish}");
            assert_eq!(data["bookingFieldsResponses"]["location"], json!({ "value": value, "optionValue": option }), "{wish}");
        }
        // The deprecated name of a location that is a link.
        let named = with(&wanted(id, &at("16:00")), &json!({ "meetingUrl": "https://old.example.test/" }));
        assert_eq!(book(&server, &named).await.accepted(201)["location"], "https://old.example.test/");
    }

    /// BK-55, BK-56, R7.23, R7.24
    async fn a_location_that_is_not_on_offer_is_refused(server: TestServer) {
        let locations = json!([{ "type": "attendeePhone" }, { "type": "integration", "integration": "cal-video" }]);
        let (_, id) = bookable(&server, &json!({ "locations": locations })).await;
        for (wish, text) in [
            (json!({ "type": "address" }), format!("Booking location with type address not valid for event type with id={id}. The event type has following location types: attendeePhone, integration, and only these types are allowed for booking location.")),
            (json!({ "type": "organizersDefaultApp" }), format!("Booking location with type organizersDefaultApp not valid for event type with id={id}. The event type has following location types: attendeePhone, integration, and only these types are allowed for booking location.")),
            (json!({ "type": "integration", "integration": "zoom" }), format!("Booking location with integration zoom not valid for event type with id={id}. The event type has following integrations: cal-video")),
        ] {
            assert_eq!(book(&server, &with(&wanted(id, &at("10:00")), &json!({ "location": wish }))).await.refused(400), text);
        }
        for (wish, part) in [
            (json!({ "type": "tent" }), "type"),
            (json!({}), "type"),
            (json!({ "type": "attendeePhone" }), "phone"),
            (json!({ "type": "attendeePhone", "phone": "12" }), "phone"),
            (json!({ "type": "integration" }), "integration"),
            (json!({ "type": "integration", "integration": "pigeon" }), "integration"),
            (json!({ "type": "attendeeAddress" }), "address"),
            (json!(7), "location"),
            (json!([]), "location"),
        ] {
            let refused = book(&server, &with(&wanted(id, &at("10:00")), &json!({ "location": wish }))).await;
            let text = refused.refused(400);
            assert!(text.contains("location property is wrong") && text.contains(part), "{wish} {text}");
        }
        assert_eq!(stored(&server).await, 0);
    }

    /// BK-57, R7.25
    async fn without_a_location_it_is_the_event_types_first(server: TestServer) {
        for (hour, location, shown) in [
            ("09:00", json!({ "type": "link", "link": "https://meet.example.test/x", "public": true }), "https://meet.example.test/x"),
            ("10:00", json!({ "type": "attendeePhone" }), "phone"),
            ("11:00", json!({ "type": "integration", "integration": "cal-video" }), "integrations:daily"),
        ] {
            let locations = json!({ "locations": [location, { "type": "attendeeDefined" }] });
            let (_, id) = bookable(&server, &locations).await;
            let data = booked(&server, id, &at(hour)).await;
            assert_eq!(data["location"], shown);
            assert!(data["bookingFieldsResponses"].get("location").is_none(), "{data}");
        }
    }
}
