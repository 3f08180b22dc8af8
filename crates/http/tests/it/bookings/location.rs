//! `PATCH /v2/bookings/{bookingUid}/location` (section 18).

use serde_json::{Value, json};
use slotd_domain::BookingId;
use slotd_store::bookings::{self, set_metadata};
use slotd_testkit::{Answer, TestServer, on_both_engines};

use super::{approval, at, bookable, booked, call_as, history, latest_more, uid};
use crate::slots::{Host, id_of};

async fn relocate(host: &Host<'_>, uid: &str, location: &Value) -> Answer {
    let body = json!({ "location": location });
    call_as(host.server, &host.key, "PATCH", &format!("/{uid}/location"), &body).await
}

on_both_engines! {
    /// BK-188, R18.2, R18.3, R18.5
    async fn a_booking_moves_to_a_place_of_any_type(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        assert_eq!(booking["location"], "integrations:daily");
        for (location, shown, kind, answer) in [
            (json!({ "type": "address", "address": "1 Main St" }), "1 Main St", "inPerson", "1 Main St"),
            (json!({ "type": "attendeeAddress", "address": "2 Side St" }), "2 Side St", "attendeeInPerson", "2 Side St"),
            (json!({ "type": "attendeeDefined", "location": "The park" }), "The park", "somewhereElse", "The park"),
            (json!({ "type": "attendeePhone", "phone": "+4915112345678" }), "+4915112345678", "phone", "+4915112345678"),
            (json!({ "type": "link", "link": "https://meet.example.test/r" }), "https://meet.example.test/r", "link", "https://meet.example.test/r"),
            (json!({ "type": "phone", "phone": "+4915187654321" }), "+4915187654321", "userPhone", "+4915187654321"),
            (json!({ "type": "integration", "integration": "zoom" }), "integrations:zoom", "integrations:zoom", ""),
            (json!({ "type": "integration", "integration": "google-meet" }), "integrations:daily", "integrations:daily", ""),
        ] {
            let moved = relocate(&host, uid(&booking), &location).await;
            let data = moved.accepted(200);
            assert_eq!((&data["location"], &data["meetingUrl"]), (&json!(shown), &json!(shown)));
            let stored = json!({ "value": kind, "optionValue": answer });
            assert_eq!(data["bookingFieldsResponses"]["location"], stored, "{location}");
        }
    }

    /// BK-188, R18.2: the link of the meeting that was.
    async fn the_url_of_the_video_call_goes_with_the_place(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let (number, now) = (BookingId(id_of(&booking)), server.now());
        server
            .write(move |conn| {
                Box::pin(async move {
                    let metadata = json!({ "videoCallUrl": "https://video.example.test/x", "crmId": "A" });
                    set_metadata(conn, number, &metadata, now).await.map(drop)
                })
            })
            .await;
        let empty = call_as(&server, &host.key, "PATCH", &format!("/{}/location", uid(&booking)), &json!({})).await;
        assert_eq!(empty.accepted(200)["location"], "https://video.example.test/x");
        assert_eq!(empty.accepted(200)["updatedAt"], booking["updatedAt"]);
        assert_eq!(history(&server, &booking).await.len(), 1, "an empty body changes nothing");

        let moved = relocate(&host, uid(&booking), &json!({ "type": "address", "address": "1 Main St" })).await;
        assert_eq!(moved.accepted(200)["location"], "1 Main St");
        assert_eq!(moved.accepted(200)["metadata"], json!({ "crmId": "A" }));
        let conn = server.app.store.read().await.unwrap();
        let stored = bookings::by_id(&conn, number).await.unwrap().unwrap();
        assert_eq!(stored.metadata, json!({ "crmId": "A" }));
    }

    /// R18.4
    async fn everybody_is_told_and_the_meeting_that_was_is_not_left_behind(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        for place in ["1 Main St", "2 Main St"] {
            let _ = relocate(&host, uid(&booking), &json!({ "type": "address", "address": place })).await.accepted(200);
        }
        let told = [
            "location_changed: calendar.update conferencing.update mail.location_changed webhook.BOOKING_LOCATION_UPDATED",
            "location_changed: calendar.update mail.location_changed webhook.BOOKING_LOCATION_UPDATED",
        ];
        assert_eq!(history(&server, &booking).await[1..], told);
        assert_eq!(latest_more(&server, &booking).await, json!({ "previousLocation": "1 Main St" }));
    }

    /// BK-188, R18.1, R16.4
    async fn what_is_no_place_or_no_booking_is_refused(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let good = json!({ "type": "address", "address": "1 Main St" });
        let unknown = relocate(&host, "nothing", &good).await;
        assert_eq!(unknown.refused(404), "Booking with uid=nothing was not found in the database");
        for location in [
            json!("1 Main St"),
            json!({ "type": "address" }),
            json!({ "type": "organizersDefaultApp" }),
            json!({ "type": "link", "link": "no link" }),
            json!({ "type": "phone", "phone": "12" }),
            json!({ "type": "integration", "integration": "carrier-pigeon" }),
        ] {
            let refused = relocate(&host, uid(&booking), &location).await;
            assert_eq!(refused.invalid_fields(), ["location"], "{location}");
        }
        server.cancel_booking(BookingId(id_of(&booking))).await;
        let asking = host.event_type("asking", &approval(false)).await;
        let request = booked(&server, asking, &at("12:00")).await;
        let path = format!("/{}/decline", uid(&request));
        let _ = call_as(&server, &host.key, "POST", &path, &json!({})).await.accepted(200);
        for (booking, state) in [(&booking, "cancelled"), (&request, "rejected")] {
            let refused = relocate(&host, uid(booking), &good).await;
            let text = format!("Can't change booking with uid={} because it is {state}.", uid(booking));
            assert_eq!(refused.refused(400), text);
        }
    }
}
