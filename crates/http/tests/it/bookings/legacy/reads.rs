//! Reading and listing in the legacy shape (24.5), and what a booking that was made in it
//! looks like in the current one.

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::{answering, book, call, call_as, sent, sent_by};
use crate::bookings::{at, bookable, uid};
use crate::slots::{Host, daily};

/// An answer of the current shape.
async fn current(server: &TestServer, path: &str) -> Value {
    let answer = crate::bookings::call(server, "GET", path, &json!({})).await;
    answer.accepted(200).clone()
}

/// The uids of a list of the legacy shape.
fn uids(data: &Value) -> Vec<&str> {
    data["bookings"].as_array().unwrap().iter().map(uid).collect()
}

on_both_engines! {
    /// BK-89
    async fn a_booking_is_read_in_the_legacy_shape(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let made = book(&server, &sent(id, 10)).await;
        let made = made.accepted(201);
        let read = call(&server, "GET", &format!("/{}", uid(made)), &json!({})).await;
        let read = read.accepted(200);
        for name in ["id", "uid", "title", "startTime", "endTime", "status", "location", "metadata", "responses", "eventTypeId", "user", "attendees", "createdAt"] {
            assert_eq!(read[name], made[name], "{name}");
        }
        assert_eq!(read["eventType"], json!({ "id": id, "slug": "own", "title": "Event" }));
        assert_eq!(read["user"]["id"], host.id);
        let unknown = call(&server, "GET", "/nobody", &json!({})).await;
        assert_eq!(unknown.refused(404), "Booking with UID=nobody does not exist.");
    }

    /// BK-89
    async fn bookings_are_listed_part_by_part(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let mut made = Vec::new();
        for hour in [10, 11, 12] {
            made.push(uid(book(&server, &sent(id, hour)).await.accepted(201)).to_owned());
        }
        let list = async |query: &str| {
            let answer = call_as(&server, &host.key, "GET", query, &json!({})).await;
            answer.accepted(200).clone()
        };
        let first = list("?filters[status]=upcoming&limit=2").await;
        assert_eq!(uids(&first), made[..2]);
        assert_eq!((&first["totalCount"], &first["nextCursor"]), (&json!(3), &json!(2)));
        assert_eq!(first["recurringInfo"], json!([]));
        let last = list("?filters[status]=upcoming&limit=2&cursor=2").await;
        assert_eq!((uids(&last), &last["nextCursor"]), (vec![made[2].as_str()], &json!(null)));
        assert_eq!(uids(&list("?filters[status]=cancelled").await), Vec::<&str>::new());
        assert_eq!(uids(&list("?cursor=9").await), Vec::<&str>::new());
        let other = Host::new(&server).await;
        let foreign = call_as(&server, &other.key, "GET", "", &json!({})).await;
        assert_eq!(foreign.accepted(200)["totalCount"], 0);
        assert_eq!(call(&server, "GET", "", &json!({})).await.status, 403, "R6.3");
        let bad = call_as(&server, &host.key, "GET", "?filters[status]=x", &json!({})).await;
        assert_eq!(bad.invalid_fields(), ["filters[status]"]);
    }

    /// BK-92: a list tells of the series that its bookings belong to.
    async fn a_list_tells_of_series(server: TestServer) {
        let recurrence = json!({ "recurrence": { "interval": 1, "occurrences": 4, "frequency": "weekly" } });
        let (host, id) = bookable(&server, &recurrence).await;
        let bodies: Vec<Value> = [5, 12].map(|day| {
            serde_json::from_str(&sent(id, 10).to_string().replace("-05T", &format!("-{day:02}T"))).unwrap()
        }).to_vec();
        let made = call(&server, "POST", "/recurring", &json!(bodies)).await;
        let series = &made.accepted(201)[0]["recurringEventId"];
        let answer = call_as(&server, &host.key, "GET", "?limit=1", &json!({})).await;
        let expected = json!([{ "recurringEventId": series, "count": 2, "firstDate": at("10:00") }]);
        assert_eq!(answer.accepted(200)["recurringInfo"], expected);
        let all = current(&server, &format!("/{}", series.as_str().unwrap())).await;
        assert_eq!(all.as_array().unwrap().len(), 2);
        assert_eq!(all[1]["recurringBookingUid"], *series);
    }

    /// R8.3
    async fn strangers_do_not_see_who_holds_the_seats(server: TestServer) {
        let seats = json!({ "seatsPerTimeSlot": 2, "showAttendeeInfo": false, "showAvailabilityCount": true });
        let (host, id) = bookable(&server, &json!({ "seats": seats })).await;
        let made = book(&server, &sent(id, 10)).await;
        let path = format!("/{}", uid(made.accepted(201)));
        let stranger = call(&server, "GET", &path, &json!({})).await;
        assert_eq!(stranger.accepted(200)["attendees"], json!([]));
        let own = call_as(&server, &host.key, "GET", &path, &json!({})).await;
        assert_eq!(own.accepted(200)["attendees"].as_array().unwrap().len(), 1);
    }

    /// R1.3: both shapes are of the same booking.
    async fn the_current_shape_shows_a_booking_that_was_made_in_the_legacy_one(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let body = answering(&sent(id, 10), &json!({ "notes": "Second visit", "guests": ["lea@mail.test"] }));
        let made = book(&server, &body).await;
        let made = made.accepted(201);
        let shown = current(&server, &format!("/{}", uid(made))).await;
        for (name, value) in [
            ("id", made["id"].clone()),
            ("uid", made["uid"].clone()),
            ("title", made["title"].clone()),
            ("description", json!("Second visit")),
            ("status", json!("accepted")),
            ("start", json!(at("10:00"))),
            ("end", json!(at("11:00"))),
            ("duration", json!(60)),
            ("eventTypeId", json!(id)),
            ("location", json!("integrations:daily")),
            ("metadata", json!({ "source": "page" })),
            ("guests", json!(["lea@mail.test"])),
            ("icsUid", made["iCalUID"].clone()),
        ] {
            assert_eq!(shown[name], value, "{name}");
        }
        assert_eq!(shown["hosts"][0]["id"], host.id);
        let booker = json!({ "name": "Bo Guest", "email": "bo.guest@example.com", "displayEmail": "bo.guest@example.com", "timeZone": "Europe/Berlin", "language": "de", "absent": false });
        assert_eq!(shown["attendees"][0], booker);
        // And the other way round.
        let made = crate::bookings::booked(&server, id, &at("12:00")).await;
        let read = call(&server, "GET", &format!("/{}", uid(&made)), &json!({})).await;
        assert_eq!(read.accepted(200)["startTime"], at("12:00"));
        assert_eq!(read.accepted(200)["status"], "ACCEPTED");
    }

    /// BK-95 to BK-97, BK-99: managed users who book one another, under either address.
    async fn managed_users_find_their_bookings_under_either_address(server: TestServer) {
        let world = server.world().await;
        let mut users = Vec::new();
        for name in ["nina", "omar", "lea"] {
            let made = server.new_managed_user(&world, &format!("{name}@klinik.test")).await;
            let token = made["accessToken"].as_str().unwrap().to_owned();
            let email = made["user"]["email"].as_str().unwrap().to_owned();
            let id = i32::try_from(made["user"]["id"].as_i64().unwrap()).unwrap();
            users.push((id, token, email));
        }
        let host = Host { server: &server, id: users[0].0, key: users[0].1.clone() };
        host.schedule(&daily("UTC")).await;
        let id = host.event_type("own", &json!({ "minimumBookingNotice": 0 })).await;
        let [omar, lea] = [&users[1], &users[2]];
        for (hour, [booker, guest]) in [
            (10, ["omar@klinik.test", "lea@klinik.test"]),
            (12, [omar.2.as_str(), lea.2.as_str()]),
        ] {
            let body = answering(&sent_by(id, hour, booker), &json!({ "guests": [guest] }));
            let made = book(&server, &body).await;
            let made = made.accepted(201);
            assert_eq!(made["attendees"][0]["email"], omar.2);
            assert_eq!(made["attendees"][1]["email"], lea.2);
            assert_eq!(made["responses"]["email"], booker, "as it was sent");
            let shown = current(&server, &format!("/{}", uid(made))).await;
            assert_eq!(shown["attendees"][0]["displayEmail"], "omar@klinik.test");
            for (_, token, _) in &users {
                let list = call_as(&server, token, "GET", "", &json!({})).await;
                assert!(uids(list.accepted(200)).contains(&uid(made)));
            }
        }
    }
}
