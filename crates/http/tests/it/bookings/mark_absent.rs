//! `POST /v2/bookings/{bookingUid}/mark-absent` (section 14).

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_testkit::{Answer, TestBooking, TestServer, on_both_engines};

use super::{at, book, bookable, booked, call_as, history, latest_more, uid, wanted, with};
use crate::slots::{Host, set_clock};

async fn mark(host: &Host<'_>, uid: &str, body: &Value) -> Answer {
    call_as(host.server, &host.key, "POST", &format!("/{uid}/mark-absent"), body).await
}

fn absent(booking: &Value) -> Vec<bool> {
    let attendees = booking["attendees"].as_array().unwrap();
    attendees.iter().map(|attendee| attendee["absent"].as_bool().unwrap()).collect()
}

on_both_engines! {
    /// BK-177, BK-178, R14.3, R14.4, R14.5, R14.6
    async fn who_was_absent_is_noted_and_can_be_taken_back(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let body = with(&wanted(id, &at("10:00")), &json!({ "guests": ["lea@mail.test"] }));
        let booking = book(&server, &body).await.accepted(201).clone();
        set_clock(&server, at("10:00").parse().unwrap());
        let uid = uid(&booking);

        let answer = mark(&host, uid, &json!({ "host": true })).await;
        let data = answer.accepted(200);
        assert_eq!((&data["absentHost"], absent(data)), (&json!(true), vec![false, false]));
        assert_ne!(data["updatedAt"], booking["updatedAt"]);
        assert_eq!(history(&server, &booking).await[1..], ["host_absence_marked: "]);

        let one = json!({ "attendees": [
            { "email": "OMAR@mail.test", "absent": true },
            { "email": "nobody@mail.test", "absent": true },
        ] });
        let answer = mark(&host, uid, &one).await;
        let data = answer.accepted(200);
        assert_eq!((&data["absentHost"], absent(data)), (&json!(true), vec![true, false]));
        assert_eq!(history(&server, &booking).await[2..], ["absence_marked: webhook.BOOKING_NO_SHOW_UPDATED"]);
        let told = json!([{ "email": "omar@mail.test", "noShow": true }]);
        assert_eq!(latest_more(&server, &booking).await["attendees"], told);

        let back = json!({ "host": false, "attendees": [
            { "email": "omar@mail.test", "absent": true },
            { "email": "omar@mail.test", "absent": false },
            { "email": "lea@mail.test", "absent": true },
        ] });
        let answer = mark(&host, uid, &back).await;
        let data = answer.accepted(200);
        assert_eq!((&data["absentHost"], absent(data)), (&json!(false), vec![false, true]));
        assert_eq!(history(&server, &booking).await.len(), 4, "one event for one call");
    }

    /// Section 14: nobody is told what they know.
    async fn what_changes_nothing_is_no_event(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        set_clock(&server, at("12:00").parse().unwrap());
        for body in [
            json!({}),
            json!({ "host": false }),
            json!({ "attendees": [{ "email": "omar@mail.test", "absent": false }] }),
            json!({ "attendees": [{ "email": "nobody@mail.test", "absent": true }] }),
        ] {
            let answer = mark(&host, uid(&booking), &body).await;
            assert_eq!(answer.accepted(200), &booking, "{body}");
        }
        assert_eq!(history(&server, &booking).await.len(), 1);
    }

    /// BK-179, BK-180, BK-181, R14.1, R14.2
    async fn what_cannot_be_marked_is_refused(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        set_clock(&server, "2050-09-05T09:59:59.999Z".parse().unwrap());
        let early = mark(&host, uid(&booking), &json!({ "host": true })).await;
        assert_eq!(
            early.refused(400),
            "Bookings can only be marked as absent after their scheduled start time. Current time in UTC+0: 2050-09-05T09:59:59.999Z, Booking start time in UTC+0: 2050-09-05T10:00:00.000Z"
        );
        server.advance(SignedDuration::from_millis(1));
        let unknown = mark(&host, "nothing", &json!({ "host": true })).await;
        assert_eq!(unknown.refused(404), "Booking with uid=nothing not found.");
        for (body, field) in [
            (json!({ "attendees": [] }), "attendees"),
            (json!({ "attendees": [{ "email": "omar@mail.test" }] }), "attendees"),
            (json!({ "host": "yes" }), "host"),
        ] {
            assert_eq!(mark(&host, uid(&booking), &body).await.invalid_fields(), [field], "{body}");
        }
    }

    /// R14.4: either form of a managed user's address finds them.
    async fn managed_attendees_are_found_by_both_forms_of_their_address(server: TestServer) {
        let world = server.world().await;
        let host = server.new_managed_user(&world, "host@example.com").await;
        let guest = server.new_managed_user(&world, "guest@example.com").await;
        let user = |data: &Value| i32::try_from(data["user"]["id"].as_i64().unwrap()).unwrap();
        let token = host["accessToken"].as_str().unwrap();
        let booking = TestBooking {
            event_type: None,
            attendees: 0,
            users: vec![user(&guest)],
            ..TestBooking::new(user(&host), 0, "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z")
        };
        let (_, uid) = server.new_booking(&booking).await;
        let stored = guest["user"]["email"].as_str().unwrap();
        assert_ne!(stored, "guest@example.com");
        for (email, is_absent) in [(stored, true), ("guest@example.com", false), ("Guest@example.com", true)] {
            let body = json!({ "attendees": [{ "email": email, "absent": is_absent }] });
            let answer = call_as(&server, token, "POST", &format!("/{uid}/mark-absent"), &body).await;
            assert_eq!(absent(answer.accepted(200)), [is_absent], "{email}");
        }
    }
}
