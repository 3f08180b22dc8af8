//! Who attends a booking: in which order, and whose bookings they are.

use serde_json::{Value, json};
use slotd_domain::Role;
use slotd_testkit::{TestServer, on_both_engines};

use super::{
    addresses, approval, at, book, bookable, booked, call, call_as, seats, uid, wanted_by,
};
use crate::slots::Host;

/// Gives whoever attends a booking a larger id than anybody has who comes later: so they are
/// when another process has booked, whose ids come from another block.
async fn as_of_another_process(server: &TestServer, booking: &Value) {
    let id = &booking["id"];
    let sql = format!("update attendee set id = id + 1000000 where booking_id = {id}");
    server.database.run_sql(&sql).await;
}

/// The uids of a user's list.
async fn listed(host: &Host<'_>, query: &str) -> Vec<String> {
    let answer = call_as(host.server, &host.key, "GET", query, &Value::Null).await;
    let all = answer.accepted(200).as_array().unwrap().clone();
    all.iter().map(|booking| uid(booking).to_owned()).collect()
}

async fn take_address(host: &Host<'_>, email: &str) {
    let call = host.server.call("PATCH", "/v2/me").bearer(&host.key);
    let _ = call.json(&json!({ "email": email })).send().await.accepted(200);
}

on_both_engines! {
    /// R16.3, BK-186, section 2: the booker is who came first, whatever process they came to.
    async fn people_stand_in_the_order_in_which_they_came(server: TestServer) {
        let (host, id) = bookable(&server, &json!({ "bookerActiveBookingsLimit": { "maximumActiveBookings": 1, "offerReschedule": true } })).await;
        let booking = booked(&server, id, &at("10:00")).await;
        as_of_another_process(&server, &booking).await;
        let path = format!("/{}/attendees", uid(&booking));
        for email in ["lea@mail.test", "max@mail.test"] {
            let body = json!({ "name": "N", "timeZone": "UTC", "email": email });
            let added = call_as(&server, &host.key, "POST", &path, &body).await;
            assert_eq!(added.accepted(201)["email"], email);
        }
        let shown = call(&server, "GET", &format!("/{}", uid(&booking)), &Value::Null).await;
        assert_eq!(addresses(shown.accepted(200)), ["omar@mail.test", "lea@mail.test", "max@mail.test"]);
        // A guest is not told how to move it; the booker is.
        let again = book(&server, &wanted_by(id, &at("12:00"), "lea@mail.test")).await;
        assert!(!again.refused(400).contains(uid(&booking)), "{}", again.text);
        let again = book(&server, &wanted_by(id, &at("12:00"), "omar@mail.test")).await;
        assert!(again.refused(400).contains(uid(&booking)), "{}", again.text);
        let moved = call(&server, "POST", &format!("/{}/reschedule", uid(&booking)), &json!({ "start": at("12:00") })).await;
        let moved = moved.accepted(201);
        assert_eq!(moved["rescheduledByEmail"], "omar@mail.test");
        assert_eq!(addresses(moved), ["omar@mail.test", "lea@mail.test", "max@mail.test"]);
    }

    /// 7.9.1: the same request again is the booker's, not a guest's.
    async fn a_guest_does_not_repeat_the_bookers_request(server: TestServer) {
        let (host, id) = bookable(&server, &approval(false)).await;
        let booking = booked(&server, id, &at("10:00")).await;
        as_of_another_process(&server, &booking).await;
        let body = json!({ "name": "Lea", "timeZone": "UTC", "email": "lea@mail.test" });
        let _ = call_as(&server, &host.key, "POST", &format!("/{}/attendees", uid(&booking)), &body).await.accepted(201);
        let of_guest = booked_by(&server, id, "lea@mail.test").await;
        assert_ne!(of_guest["uid"], booking["uid"]);
        assert_eq!(booked_by(&server, id, "omar@mail.test").await["uid"], booking["uid"]);
    }

    /// R10.3, R22.1: whoever had an address when something was booked with it attends that, also
    /// when it is cancelled, and when the address is somebody else's.
    async fn what_somebody_attends_stays_theirs(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let attendee = Host::new(&server).await;
        take_address(&attendee, "omar@mail.test").await;
        let booking = booked(&server, id, &at("10:00")).await;
        let expected = [uid(&booking)];
        assert_eq!(listed(&attendee, "?status=upcoming").await, expected);
        take_address(&attendee, "moved@mail.test").await;
        let heir = Host::new(&server).await;
        take_address(&heir, "omar@mail.test").await;
        assert_eq!(listed(&attendee, "").await, expected);
        assert_eq!(listed(&heir, "").await, [""; 0]);

        let moved = call(&server, "POST", &format!("/{}/reschedule", uid(&booking)), &json!({ "start": at("12:00") })).await;
        let moved = moved.accepted(201).clone();
        let _ = call(&server, "POST", &format!("/{}/cancel", uid(&moved)), &json!({})).await.accepted(200);
        assert_eq!(listed(&attendee, "?status=cancelled&sortStart=asc").await, [uid(&booking), uid(&moved)]);
        assert_eq!(listed(&heir, "").await, [""; 0]);
    }

    /// R10.3: an administrator sees what members attend, as the organization's list has it.
    async fn administrators_see_what_members_attend(server: TestServer) {
        let world = server.world().await;
        let (_, id) = bookable(&server, &json!({})).await;
        let user = server.new_managed_user(&world, "a@klinik.test").await;
        let email = user["user"]["email"].as_str().unwrap();
        let booking = booked_by(&server, id, email).await;
        let list = |key: String| {
            let server = &server;
            async move { call_as(server, &key, "GET", "", &Value::Null).await }
        };
        let seen = list(world.key.clone()).await;
        assert_eq!(seen.accepted(200).as_array().unwrap().iter().map(uid).collect::<Vec<_>>(), [uid(&booking)]);
        let member = server.new_person(Some((world.organization, Role::Member, true))).await;
        let member = list(server.new_key(member, None, None).await).await;
        assert_eq!(*member.accepted(200), json!([]));
        let other = list(server.world().await.key).await;
        assert_eq!(*other.accepted(200), json!([]));
    }

    /// SLOT-40, R12.5: the time of who gives a seat up is free, whatever their address is now.
    async fn who_leaves_has_their_time_back(server: TestServer) {
        let (_, id) = bookable(&server, &seats(2, true)).await;
        let (attendee, own) = bookable(&server, &json!({})).await;
        take_address(&attendee, "omar@mail.test").await;
        let seat = booked(&server, id, &at("10:00")).await;
        let _ = book(&server, &wanted_by(id, &at("10:00"), "second@mail.test")).await.accepted(201);
        take_address(&attendee, "moved@mail.test").await;
        let _ = book(&server, &wanted_by(own, &at("10:00"), "guest@mail.test")).await.refused(400);
        let leave = json!({ "seatUid": seat["seatUid"] });
        let _ = call(&server, "POST", &format!("/{}/cancel", uid(&seat)), &leave).await.accepted(200);
        let _ = book(&server, &wanted_by(own, &at("10:00"), "guest@mail.test")).await.accepted(201);
    }
}

/// A booking at ten by somebody with an address.
async fn booked_by(server: &TestServer, event_type: i32, email: &str) -> Value {
    book(server, &wanted_by(event_type, &at("10:00"), email)).await.accepted(201).clone()
}
