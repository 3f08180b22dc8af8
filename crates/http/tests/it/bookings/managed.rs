//! Addresses of managed users (7.8).

use serde_json::{Value, json};
use slotd_testkit::{TestServer, World, on_both_engines};

use super::legacy::{book as legacy_book, sent};
use super::{DAY, at, book, bookable, booked, call, facts, managed, uid, wanted, wanted_by, with};
use crate::slots::{daily, hours};

fn suffixed(local: &str, world: &World) -> String {
    format!("{local}+{}@klinik.test", world.client)
}

#[track_caller]
fn attends(attendee: &Value, stored: &str, shown: &str) {
    assert_eq!((&attendee["email"], &attendee["displayEmail"]), (&json!(stored), &json!(shown)));
}

on_both_engines! {
    /// BK-95, BK-96, CU-11, CU-12, R7.28, R7.29: the creation's part; R4.1: their time is taken.
    async fn managed_users_are_known_by_their_own_addresses(server: TestServer) {
        let world = server.world().await;
        let (host, id) = managed(&server, &world, "host@klinik.test", &json!({})).await;
        let (_, of_nina) = managed(&server, &world, "nina@klinik.test", &json!({})).await;
        let (_, of_carl) = managed(&server, &world, "carl@klinik.test", &json!({})).await;
        let body = with(&wanted_by(id, &at("10:00"), "nina@klinik.test"), &json!({ "guests": ["carl@klinik.test", "lea@mail.test"] }));
        let answer = book(&server, &body).await;
        let data = answer.accepted(201);
        let [nina, carl] = ["nina", "carl"].map(|local| suffixed(local, &world));
        attends(&data["attendees"][0], &nina, "nina@klinik.test");
        attends(&data["attendees"][1], &carl, "carl@klinik.test");
        attends(&data["attendees"][2], "lea@mail.test", "lea@mail.test");
        assert_eq!(data["guests"], json!([carl, "lea@mail.test"]));
        let responses = &data["bookingFieldsResponses"];
        assert_eq!((&responses["email"], &responses["displayEmail"]), (&json!(nina), &json!("nina@klinik.test")));
        assert_eq!(responses["displayGuests"], json!(["carl@klinik.test", "lea@mail.test"]));
        assert_eq!(data["hosts"][0]["id"], host.id);
        attends(&data["hosts"][0], &suffixed("host", &world), "host@klinik.test");
        for theirs in [id, of_nina, of_carl] {
            assert!(!hours(&server, theirs, DAY).await.contains(&"10:00".to_owned()));
        }
    }

    /// BK-97
    async fn an_address_with_the_clients_suffix_stays_as_it_is(server: TestServer) {
        let world = server.world().await;
        let (_, id) = managed(&server, &world, "host@klinik.test", &json!({})).await;
        let (_, of_nina) = managed(&server, &world, "nina@klinik.test", &json!({})).await;
        let [nina, nobody] = ["nina", "nobody"].map(|local| suffixed(local, &world));
        let body = with(&wanted_by(id, &at("10:00"), &nina), &json!({ "guests": [nobody] }));
        let answer = book(&server, &body).await;
        let data = answer.accepted(201);
        attends(&data["attendees"][0], &nina, "nina@klinik.test");
        attends(&data["attendees"][1], &nobody, "nobody@klinik.test");
        assert!(!hours(&server, of_nina, DAY).await.contains(&"10:00".to_owned()));
    }

    /// R7.31, R11.10
    async fn whoever_moves_a_booking_is_known_by_their_own_address(server: TestServer) {
        let world = server.world().await;
        let (_, id) = managed(&server, &world, "host@klinik.test", &json!({})).await;
        let _ = managed(&server, &world, "nina@klinik.test", &json!({})).await;
        let mut booking = book(&server, &wanted_by(id, &at("10:00"), "nina@klinik.test")).await.accepted(201).clone();
        for (start, given, stored) in [
            ("11:00", "nina@klinik.test", suffixed("nina", &world)),
            ("12:00", &suffixed("nina", &world), suffixed("nina", &world)),
            ("13:00", "nobody@klinik.test", "nobody@klinik.test".to_owned()),
        ] {
            let path = format!("/{}", uid(&booking));
            let body = json!({ "start": at(start), "rescheduledBy": given });
            let moved = call(&server, "POST", &format!("{path}/reschedule"), &body).await;
            assert_eq!(moved.accepted(201)["rescheduledByEmail"], stored);
            let old = call(&server, "GET", &path, &json!({})).await;
            assert_eq!(old.accepted(200)["rescheduledByEmail"], stored);
            booking = moved.accepted(201).clone();
        }
        let body = with(&sent(id, 14), &json!({ "rescheduleUid": booking["uid"], "rescheduledBy": "nina@klinik.test" }));
        let moved = legacy_book(&server, &body).await;
        assert_eq!(moved.accepted(201)["rescheduledBy"], suffixed("nina", &world));
    }

    /// R7.28: only of the client of whoever is booked.
    async fn managed_users_of_other_clients_are_strangers(server: TestServer) {
        let (world, other) = (server.world().await, server.world().await);
        let (_, id) = managed(&server, &world, "host@klinik.test", &json!({})).await;
        let (_, of_nina) = managed(&server, &other, "nina@klinik.test", &json!({})).await;
        let answer = book(&server, &wanted_by(id, &at("10:00"), "nina@klinik.test")).await;
        attends(&answer.accepted(201)["attendees"][0], "nina@klinik.test", "nina@klinik.test");
        assert!(hours(&server, of_nina, DAY).await.contains(&"10:00".to_owned()));
        // Nor of anybody who has no client.
        let (_, regular) = bookable(&server, &json!({})).await;
        let answer = book(&server, &wanted_by(regular, &at("10:00"), "nina@klinik.test")).await;
        attends(&answer.accepted(201)["attendees"][0], "nina@klinik.test", "nina@klinik.test");
        assert_eq!(facts(&server, answer.accepted(201)).await[0].snapshot["oAuthClientId"], Value::Null);
    }

    /// MU-14, R7.34
    async fn a_managed_user_without_hours_cannot_be_booked(server: TestServer) {
        let world = server.world().await;
        let created = server.new_managed_user(&world, "nina@klinik.test").await;
        let key = created["accessToken"].as_str().unwrap().to_owned();
        let schedules = server.call("GET", "/v2/schedules").bearer(&key).header("cal-api-version", "2024-06-11").send().await;
        let host = crate::slots::Host { server: &server, id: crate::slots::id_of(&created["user"]), key };
        for schedule in schedules.accepted(200).as_array().unwrap() {
            let path = format!("/v2/schedules/{}", schedule["id"]);
            let _ = host.call("DELETE", &path, "2024-06-11", &json!({})).await.accepted(200);
        }
        let id = host.event_type("own", &json!({})).await;
        let _ = book(&server, &wanted(id, &at("10:00"))).await.refused(400);
        host.schedule(&daily("UTC")).await;
        let _ = book(&server, &wanted(id, &at("10:00"))).await.accepted(201);
    }

    /// Section 28, 7.8: a host who books somebody else is busy, whoever's address is given.
    async fn a_host_can_be_a_guest_of_the_own_booking(server: TestServer) {
        let world = server.world().await;
        let (_, id) = managed(&server, &world, "host@klinik.test", &json!({})).await;
        let body = with(&wanted(id, &at("10:00")), &json!({ "guests": ["host@klinik.test"] }));
        let answer = book(&server, &body).await;
        attends(&answer.accepted(201)["attendees"][1], &suffixed("host", &world), "host@klinik.test");
        let _ = book(&server, &wanted_by(id, &at("10:30"), "second@mail.test")).await.refused(400);
    }

    /// QK-18, MU-38: and their history stays, because somebody may still have to be told.
    async fn a_deleted_user_hosts_nothing(server: TestServer) {
        let world = server.world().await;
        let (host, id) = managed(&server, &world, "gone@klinik.test", &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let path = format!("/v2/oauth-clients/{}/users/{}", world.client, host.id);
        let _ = server.call("DELETE", &path).secret(&world.secret).send().await.accepted(200);
        let read = call(&server, "GET", &format!("/{}", booking["uid"].as_str().unwrap()), &json!({})).await;
        assert!(read.refused(404).starts_with("Booking with uid="));
        assert_eq!(facts(&server, &booking).await.len(), 1);
    }
}
