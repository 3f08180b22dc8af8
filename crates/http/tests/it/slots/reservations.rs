//! `/v2/slots/reservations` (section 15 of the availability rules).

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_domain::oauth2::ClientType;
use slotd_domain::{OrganizationId, Role, UserId};
use slotd_testkit::{Answer, Call, TestBooking, TestServer, on_both_engines};

use super::{Host, ask, daily, hold, hours, id_of, slots, starts, uid_of};

const DAY: &str = "2050-09-05";
const PATH: &str = "/v2/slots/reservations";
const BOOKED: &str = "Can't reserve a slot if the event is already booked.";
const HELD: &str =
    "This time slot is already reserved by another user. Please choose a different time.";

fn at(hour: &str) -> String {
    format!("{DAY}T{hour}:00Z")
}

fn wanted(event_type: i32, hour: &str) -> Value {
    json!({ "eventTypeId": event_type, "slotStart": at(hour) })
}

async fn post(server: &TestServer, body: &Value) -> Answer {
    server.call("POST", PATH).json(body).send().await
}

async fn patch(server: &TestServer, uid: &str, body: &Value) -> Answer {
    server.call("PATCH", &format!("{PATH}/{uid}")).json(body).send().await
}

async fn get(server: &TestServer, uid: &str) -> Value {
    let answer = server.call("GET", &format!("{PATH}/{uid}")).send().await;
    assert!(answer.body.as_object().unwrap().contains_key("data"), "{}", answer.text);
    answer.accepted(200).clone()
}

async fn delete(server: &TestServer, uid: &str) {
    let answer = server.call("DELETE", &format!("{PATH}/{uid}")).send().await;
    assert_eq!(
        (answer.status, &answer.body),
        (200, &json!({ "status": "success" })),
        "{}",
        answer.text
    );
}

async fn daily_host<'a>(server: &'a TestServer, fields: &Value) -> (Host<'a>, i32) {
    let host = Host::new(server).await;
    host.schedule(&daily("UTC")).await;
    let id = host.event_type("own", fields).await;
    (host, id)
}

fn booking(host: &Host<'_>, event_type: i32, from: &str, to: &str) -> TestBooking {
    TestBooking::new(host.id, event_type, &at(from), &at(to))
}

/// RES-9: what exists, what is asked for, whether that is free.
const OVERLAPS: [([&str; 2], &str, bool); 12] = [
    (["09:30", "10:30"], "10:00", false),
    (["10:30", "11:30"], "10:00", false),
    (["10:00", "11:30"], "10:15", false),
    (["10:15", "10:45"], "10:00", false),
    (["10:00", "11:00"], "10:00", false),
    (["09:30", "11:00"], "10:00", false),
    (["09:30", "10:30"], "10:29", false),
    (["10:00", "11:00"], "09:01", false),
    (["10:00", "11:00"], "09:00", true),
    (["10:00", "11:00"], "08:00", true),
    (["10:00", "11:00"], "11:00", true),
    (["10:00", "11:00"], "12:00", true),
];

fn minutes(time: &str) -> i32 {
    let (hour, minute) = time.split_once(':').unwrap();
    hour.parse::<i32>().unwrap() * 60 + minute.parse::<i32>().unwrap()
}

on_both_engines! {
    /// RES-1, RES-2, RES-5, RES-15, RES-19, K-18, AV-2
    async fn a_reservation_is_made_read_and_given_back(server: TestServer) {
        let (_, id) = daily_host(&server, &json!({})).await;
        let made = post(&server, &wanted(id, "10:00")).await;
        let uid = uid_of(&made);
        assert_eq!(uuid::Uuid::parse_str(&uid).unwrap().get_version_num(), 4);
        let mut expected = json!({
            "eventTypeId": id,
            "slotStart": "2050-09-05T10:00:00.000Z",
            "slotEnd": "2050-09-05T11:00:00.000Z",
            "slotDuration": 60,
            "reservationUid": uid,
            "reservationDuration": 5,
            "reservationUntil": "2026-03-02T09:20:04.120Z",
        });
        assert_eq!(made.accepted(201), &expected);
        expected.as_object_mut().unwrap().remove("reservationDuration");
        assert_eq!(get(&server, &uid).await, expected);
        assert_eq!(hours(&server, id, DAY).await, ["09:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]);
        delete(&server, &uid).await;
        delete(&server, &uid).await;
        assert_eq!(get(&server, &uid).await, Value::Null);
        assert_eq!(hours(&server, id, DAY).await.len(), 8);
        for unknown in ["nothing", "%00", "00000000-0000-4000-8000-000000000000", "'%20or%201=1"] {
            assert_eq!(get(&server, unknown).await, Value::Null);
            delete(&server, unknown).await;
        }
        for version in ["2024-04-15", "2024-06-14", "2024-09-04", "x"] {
            let call = server.call("POST", PATH).header("cal-api-version", version);
            let made = call.json(&wanted(id, "10:00")).send().await;
            delete(&server, &uid_of(&made)).await;
        }
        // Another zone, and none.
        for (start, shown) in [
            ("2050-09-05T12:00:00+02:00", "2050-09-05T10:00:00.000Z"),
            ("2050-09-05T10:00:00", "2050-09-05T10:00:00.000Z"),
            ("2050-09-05T10:00:00.123456Z", "2050-09-05T10:00:00.123Z"),
        ] {
            let made = hold(&server, id, start).await;
            assert_eq!(made.accepted(201)["slotStart"], shown);
            delete(&server, &uid_of(&made)).await;
        }
    }

    /// RES-2, E108: without any sweeper a hold counts until the microsecond.
    async fn a_reservation_ends_by_itself(server: TestServer) {
        let (_, id) = daily_host(&server, &json!({})).await;
        let uid = uid_of(&post(&server, &wanted(id, "10:00")).await);
        server.advance(SignedDuration::from_mins(5) - SignedDuration::from_micros(1));
        assert_eq!(hours(&server, id, DAY).await.len(), 7);
        assert!(get(&server, &uid).await.is_object());
        assert_eq!(post(&server, &wanted(id, "10:00")).await.refused(422), HELD);
        server.advance(SignedDuration::from_micros(1));
        assert_eq!(hours(&server, id, DAY).await.len(), 8);
        assert_eq!(get(&server, &uid).await, Value::Null);
        let text = format!("Slot with uid={uid} not found");
        assert_eq!(patch(&server, &uid, &wanted(id, "10:00")).await.refused(404), text);
        let next = uid_of(&post(&server, &wanted(id, "10:00")).await);
        // The dead one is gone from the table, too.
        let tables = slotd_testkit::Tables::open(&server.database.options.location).await;
        assert_eq!(tables.column("select uid from slot_hold").await, [next]);
    }

    /// RES-1, RES-6, RES-7, RES-14, RES-4, AV-5
    async fn wrong_reservations_are_refused(server: TestServer) {
        let (host, id) = daily_host(&server, &json!({})).await;
        let various = host.event_type("various", &json!({ "lengthInMinutes": 30, "lengthInMinutesOptions": [15, 30] })).await;
        let with = |event_type: i32, field: &str, value: Value| {
            let mut body = wanted(event_type, "10:00");
            body[field] = value;
            body
        };
        for (body, fields) in [
            (json!({}), vec!["eventTypeId", "slotStart"]),
            (with(id, "eventTypeId", json!("1")), vec!["eventTypeId"]),
            (with(id, "eventTypeId", json!(2_147_483_648_i64)), vec!["eventTypeId"]),
            (with(id, "slotStart", json!("tomorrow")), vec!["slotStart"]),
            (with(id, "slotStart", json!("2050-02-29T00:00:00Z")), vec!["slotStart"]),
            (with(id, "slotStart", json!(null)), vec!["slotStart"]),
            (with(various, "slotDuration", json!(0)), vec!["slotDuration"]),
            (with(various, "slotDuration", json!("15")), vec!["slotDuration"]),
            (with(various, "slotDuration", json!(1.5)), vec!["slotDuration"]),
            (with(id, "reservationDuration", json!(0)), vec!["reservationDuration"]),
            (with(id, "reservationDuration", json!(-1)), vec!["reservationDuration"]),
            (with(id, "reservationDuration", json!(600_000)), vec!["reservationDuration"]),
        ] {
            let mut refused = post(&server, &body).await.invalid_fields();
            refused.sort();
            assert_eq!(refused, fields, "{body}");
        }
        assert_eq!(post(&server, &wanted(2_147_483_647, "10:00")).await.refused(404), "Event Type with ID=2147483647 not found");
        let fixed = "You passed 'slotDuration' but this event type is not a variable length event type.";
        assert_eq!(post(&server, &with(id, "slotDuration", json!(60))).await.refused(400), fixed);
        let one_of = "Provided 'slotDuration' is not one of the possible lengths for the event type. \
            The possible lengths for this variable length event type are: 15, 30";
        assert_eq!(post(&server, &with(various, "slotDuration", json!(60))).await.refused(400), one_of);
        let short = post(&server, &with(various, "slotDuration", json!(15))).await;
        assert_eq!(short.accepted(201)["slotEnd"], "2050-09-05T10:15:00.000Z");
        assert_eq!(short.accepted(201)["slotDuration"], 15);
        // Now is not past; a millisecond before is.
        let now = server.now();
        let before = now - SignedDuration::from_millis(1);
        assert_eq!(hold(&server, id, &before.to_string()).await.refused(400), "slotStart must not be in the past");
        let _ = hold(&server, id, &now.to_string()).await.accepted(201);
        // The end of time.
        let late = hold(&server, id, "9999-12-31T23:59:59Z").await;
        assert!(late.status == 400, "{}", late.text);
    }

    /// RES-8, RES-9: row by row, bookings of every kind.
    async fn bookings_are_in_the_way_where_they_overlap(server: TestServer) {
        for (times, start, is_free) in OVERLAPS {
            for is_pending in [false, true] {
                let (host, id) = daily_host(&server, &json!({})).await;
                let mut booked = booking(&host, id, times[0], times[1]);
                booked.is_pending = is_pending;
                let (booking_id, _) = server.new_booking(&booked).await;
                let answer = post(&server, &wanted(id, start)).await;
                if is_free {
                    let _ = answer.accepted(201);
                    continue;
                }
                assert_eq!(answer.refused(422), BOOKED, "{times:?} {start} {is_pending}");
                // Of another event type it is none of its business.
                let other = host.event_type("other", &json!({})).await;
                let uid = uid_of(&post(&server, &wanted(other, start)).await);
                delete(&server, &uid).await;
                server.cancel_booking(booking_id).await;
                let _ = post(&server, &wanted(id, start)).await.accepted(201);
            }
        }
    }

    /// RES-9, RES-10: the same with holds, of unequal lengths.
    async fn holds_are_in_the_way_where_they_overlap(server: TestServer) {
        for (times, start, is_free) in OVERLAPS {
            let length = minutes(times[1]) - minutes(times[0]);
            let lengths: std::collections::BTreeSet<i32> = [60, length].into();
            let options = json!({ "lengthInMinutes": 60, "lengthInMinutesOptions": lengths });
            let (_, id) = daily_host(&server, &options).await;
            let mut first = wanted(id, times[0]);
            first["slotDuration"] = length.into();
            let first = uid_of(&post(&server, &first).await);
            let answer = post(&server, &wanted(id, start)).await;
            if is_free {
                let _ = answer.accepted(201);
                continue;
            }
            assert_eq!(answer.refused(422), HELD, "{times:?} {start}");
            delete(&server, &first).await;
            let _ = post(&server, &wanted(id, start)).await.accepted(201);
        }
    }

    /// RES-11, SLOT-71, I-12, I-21: as many holds as seats remain.
    async fn seats_are_held_one_by_one(server: TestServer) {
        let seats = json!({ "seatsPerTimeSlot": 4, "showAttendeeInfo": false, "showAvailabilityCount": true });
        let (host, id) = daily_host(&server, &json!({ "seats": seats, "slotInterval": 30 })).await;
        let other = host.event_type("other", &json!({})).await;
        let shown = async || {
            let data = slots(&server, &format!("eventTypeId={id}&start={DAY}&end={DAY}")).await;
            let day = data[DAY].as_array().unwrap().clone();
            day.into_iter().find(|slot| slot["start"] == "2050-09-05T10:00:00.000Z").unwrap()
        };
        let first = uid_of(&post(&server, &wanted(id, "10:00")).await);
        let only_held = json!({ "start": "2050-09-05T10:00:00.000Z", "seatsBooked": 1, "seatsRemaining": 3, "seatsTotal": 4 });
        assert_eq!(shown().await, only_held);
        assert!(!hours(&server, other, DAY).await.contains(&"10:00".to_owned()), "the host's time is taken");
        let mut booked = booking(&host, id, "10:00", "11:00");
        booked.attendees = 2;
        server.new_booking(&booked).await;
        let _ = post(&server, &wanted(id, "10:00")).await.accepted(201);
        let full = shown().await;
        assert_eq!([&full["seatsBooked"], &full["seatsRemaining"]], [&json!(4), &json!(0)]);
        let text = format!("Booking with id={id} at 2050-09-05T10:00:00.000Z has no more seats left.");
        assert_eq!(post(&server, &wanted(id, "10:00")).await.refused(422), text);
        assert_eq!(post(&server, &wanted(id, "10:30")).await.refused(422), BOOKED);
        // The own seat is not in the way of its own hold.
        let _ = patch(&server, &first, &wanted(id, "10:00")).await.accepted(200);
        delete(&server, &first).await;
        assert_eq!(shown().await["seatsRemaining"], 1);
        let _ = post(&server, &wanted(id, "10:00")).await.accepted(201);
    }

    /// RES-10, RES-11, SLOT-71: a start that overlaps a held seat of another start is not offered.
    async fn a_held_seat_hides_the_starts_that_overlap_it(server: TestServer) {
        let seats = json!({ "seatsPerTimeSlot": 4, "showAttendeeInfo": false, "showAvailabilityCount": true });
        let (_, id) = daily_host(&server, &json!({ "seats": seats, "slotInterval": 30 })).await;
        let all = hours(&server, id, DAY).await.len();
        let uid = uid_of(&post(&server, &wanted(id, "10:00")).await);
        assert_eq!(post(&server, &wanted(id, "10:30")).await.refused(422), HELD);
        let left = hours(&server, id, DAY).await;
        assert_eq!(left.len(), all - 2, "{left:?}");
        assert!(left.contains(&"10:00".to_owned()), "{left:?}");
        delete(&server, &uid).await;
        assert_eq!(hours(&server, id, DAY).await.len(), all);
    }

    /// RES-10, RES-15: a seat that is held when the seats are given up is a slot from then on.
    async fn a_held_seat_outlives_the_seats(server: TestServer) {
        let seats = json!({ "seatsPerTimeSlot": 4, "showAttendeeInfo": false, "showAvailabilityCount": true });
        let (host, id) = daily_host(&server, &json!({ "seats": seats })).await;
        let _ = post(&server, &wanted(id, "10:00")).await.accepted(201);
        let path = format!("/v2/event-types/{id}");
        let _ = host.call("PATCH", &path, "2024-06-14", &json!({ "seats": { "disabled": true } })).await.accepted(200);
        assert_eq!(post(&server, &wanted(id, "10:00")).await.refused(422), HELD);
        assert!(!hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
    }

    /// RES-13, K-14, K-15: a hold hides its time on all event types of the user, and moves no other start.
    async fn a_hold_filters_and_does_not_realign(server: TestServer) {
        let (host, id) = daily_host(&server, &json!({})).await;
        let short = host.event_type("short", &json!({ "lengthInMinutes": 25 })).await;
        let before = hours(&server, short, DAY).await;
        let _ = post(&server, &wanted(id, "10:00")).await.accepted(201);
        let mut expected = before.clone();
        // From the grid of 5 minutes: 9:25 ends at 9:50, 9:50 at 10:15.
        expected.retain(|start| !(minutes(start) < 660 && minutes(start) + 25 > 600));
        assert!(expected.len() < before.len());
        assert_eq!(hours(&server, short, DAY).await, expected);
        // A booking does realign.
        let (host, id) = daily_host(&server, &json!({ "lengthInMinutes": 25 })).await;
        server.new_booking(&booking(&host, id, "10:00", "10:25")).await;
        assert!(hours(&server, id, DAY).await.contains(&"10:25".to_owned()));
        let (other, others) = daily_host(&server, &json!({})).await;
        assert_eq!(hours(&server, others, DAY).await.len(), 8, "{}", other.id);
    }

    /// RES-14: nothing checks that the slot is offered.
    async fn any_time_can_be_held(server: TestServer) {
        let (_, id) = daily_host(&server, &json!({})).await;
        for start in ["03:00", "12:17", "16:30", "23:45"] {
            let _ = post(&server, &wanted(id, start)).await.accepted(201);
        }
        assert_eq!(hours(&server, id, DAY).await, ["09:00", "10:00", "11:00", "14:00", "15:00"]);
    }

    /// RES-15, RES-16, I-12: in place, for longer, elsewhere, to another event type, to another owner.
    async fn a_reservation_moves(server: TestServer) {
        let (host, id) = daily_host(&server, &json!({})).await;
        let second = host.event_type("second", &json!({ "lengthInMinutes": 30 })).await;
        let (_, foreign) = daily_host(&server, &json!({})).await;
        let uid = uid_of(&post(&server, &wanted(id, "10:00")).await);
        server.advance(SignedDuration::from_mins(4));
        // In place: its own time is not in its way, and it is kept for five minutes from now.
        let moved = patch(&server, &uid, &wanted(id, "10:00")).await;
        assert_eq!(
            moved.accepted(200),
            &json!({
                "eventTypeId": id,
                "slotStart": "2050-09-05T10:00:00.000Z",
                "slotEnd": "2050-09-05T11:00:00.000Z",
                "slotDuration": 60,
                "reservationUid": uid,
                "reservationDuration": 5,
                "reservationUntil": "2026-03-02T09:24:04.120Z",
            })
        );
        let mut longer = wanted(id, "10:30");
        longer["reservationDuration"] = 60.into();
        let refused = patch(&server, &uid, &longer).await;
        assert!(refused.refused(401).starts_with("reservationDuration can only be used for authenticated requests"));
        let moved = host.call("PATCH", &format!("{PATH}/{uid}"), "2024-09-04", &longer).await;
        assert_eq!(moved.accepted(200)["reservationUntil"], "2026-03-02T10:19:04.120Z");
        assert_eq!(hours(&server, id, DAY).await, ["09:00", "12:00", "13:00", "14:00", "15:00", "16:00"]);
        // Into somebody else's, or a booking: it stays where it is.
        let other = uid_of(&post(&server, &wanted(id, "14:00")).await);
        let (booked, _) = server.new_booking(&booking(&host, id, "15:00", "16:00")).await;
        let before = get(&server, &uid).await;
        assert_eq!(patch(&server, &uid, &wanted(id, "13:30")).await.refused(422), HELD);
        assert_eq!(patch(&server, &uid, &wanted(id, "15:30")).await.refused(422), BOOKED);
        assert_eq!(patch(&server, &uid, &wanted(2_147_483_647, "12:00")).await.refused(404), "Event Type with ID=2147483647 not found");
        let past = json!({ "eventTypeId": id, "slotStart": "2020-01-01T00:00:00Z" });
        assert_eq!(patch(&server, &uid, &past).await.refused(400), "slotStart must not be in the past");
        assert_eq!(patch(&server, &uid, &json!({})).await.invalid_fields(), ["eventTypeId", "slotStart"]);
        assert_eq!(get(&server, &uid).await, before);
        server.cancel_booking(booked).await;
        delete(&server, &other).await;
        // To another event type of the same owner, and of another one.
        let moved = patch(&server, &uid, &wanted(second, "09:00")).await;
        assert_eq!(moved.accepted(200)["slotDuration"], 30);
        assert_eq!(hours(&server, id, DAY).await, ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]);
        for (event_type, free) in [(foreign, id), (id, foreign), (foreign, id)] {
            let _ = patch(&server, &uid, &wanted(event_type, "12:00")).await.accepted(200);
            assert_eq!([hours(&server, event_type, DAY).await.len(), hours(&server, free, DAY).await.len()], [7, 8]);
        }
        let tables = slotd_testkit::Tables::open(&server.database.options.location).await;
        assert_eq!(tables.column("select uid from slot_hold").await, std::slice::from_ref(&uid));
        delete(&server, &uid).await;
        let text = format!("Slot with uid={uid} not found");
        assert_eq!(patch(&server, &uid, &wanted(id, "10:00")).await.refused(404), text);
    }

    /// RES-3, RES-5, AU-15: who may say for how long.
    async fn who_is_known_to_the_owner_says_for_how_long(server: TestServer) {
        let world = server.world().await;
        let place = (world.organization, Role::Member, true);
        let (owner, colleague) = (server.new_person(Some(place)).await, server.new_person(Some(place)).await);
        let invited = server.new_person(Some((world.organization, Role::Member, false))).await;
        let key = async |user: UserId, place: Option<OrganizationId>| server.new_key(user, place, None).await;
        let place = Some(world.organization);
        let host = Host { server: &server, id: owner.0, key: key(owner, place).await };
        let id = host.event_type("own", &json!({})).await;
        let stranger = Host::new(&server).await;
        let managed = server.new_managed_user(&server.world().await, "m@example.com").await;
        let mut asked = wanted(id, "10:00");
        asked["reservationDuration"] = 30.into();
        let call = || server.call("POST", PATH).json(&asked);
        let accept = async |call: Call| {
            let made = call.send().await;
            assert_eq!(made.accepted(201)["reservationDuration"], 30);
            assert_eq!(made.accepted(201)["reservationUntil"], "2026-03-02T09:45:04.120Z");
            delete(&server, &uid_of(&made)).await;
        };
        accept(call().bearer(&host.key)).await;
        accept(call().bearer(&key(colleague, place).await)).await;
        accept(call().bearer(&world.key)).await;
        accept(call().header("x-cal-client-id", &world.client).secret(&world.secret)).await;
        let app = server.new_app(owner, ClientType::Confidential, Some(&["APPS_READ"])).await;
        let session = server.new_session(owner).await;
        let tokens = server.app_tokens(&app, &session, &["APPS_READ"]).await;
        accept(call().bearer(tokens["access_token"].as_str().unwrap())).await;

        let nobody = call().send().await;
        assert!(nobody.refused(401).starts_with("reservationDuration can only be used for authenticated requests"));
        // A client's id alone, and a session, say nothing about who asks.
        let nobody = call().header("x-cal-client-id", &world.client).send().await;
        assert!(nobody.refused(401).starts_with("reservationDuration can only"), "{}", nobody.text);
        let browser = call().header("cookie", &session).send().await;
        assert!(browser.refused(401).starts_with("reservationDuration can only"), "{}", browser.text);
        for bearer in ["cal_unknown", "unknown"] {
            let _ = call().bearer(bearer).send().await.refused(401);
            // It is refused also without a duration.
            let plain = server.call("POST", PATH).json(&wanted(id, "10:00"));
            let _ = plain.bearer(bearer).send().await.refused(401);
        }
        let _ = call().header("x-cal-client-id", &world.client).secret("wrong").send().await.refused(401);
        let text = "reservationDuration can only be used by the owner of the event type, or by somebody in the same team or organization";
        let invited = key(invited, None).await;
        for bearer in [&stranger.key, managed["accessToken"].as_str().unwrap(), &invited] {
            assert_eq!(call().bearer(bearer).send().await.refused(403), text);
            // Without a duration they are like everybody else.
            let plain = server.call("POST", PATH).json(&wanted(id, "10:00")).bearer(bearer).send().await;
            delete(&server, &uid_of(&plain)).await;
        }
        // A token that ended (498) is no anonymous caller.
        server.advance(SignedDuration::from_hours(2));
        let expired = server.call("POST", PATH).json(&wanted(id, "10:00"));
        let expired = expired.bearer(managed["accessToken"].as_str().unwrap()).send().await;
        assert_eq!(expired.status, 498, "{}", expired.text);
    }

    /// RES-3: managed users of one organization know each other.
    async fn a_managed_user_says_for_how_long(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap().to_owned();
        let host = Host { server: &server, id: id_of(&user["user"]), key: token };
        let id = host.event_type("own", &json!({})).await;
        let mut asked = wanted(id, "10:00");
        asked["reservationDuration"] = 1.into();
        let made = host.call("POST", PATH, "2024-09-04", &asked).await;
        delete(&server, &uid_of(&made)).await;
        let client = server.call("POST", PATH).json(&asked).header("x-cal-client-id", &world.client);
        delete(&server, &uid_of(&client.secret(&world.secret).send().await)).await;
        let other = server.world().await;
        let foreign = server.call("POST", PATH).json(&asked).header("x-cal-client-id", &other.client);
        let _ = foreign.secret(&other.secret).send().await.refused(403);
    }

    /// RES-13: with the event type or the user go their holds.
    async fn holds_go_with_what_they_are_of(server: TestServer) {
        let (host, id) = daily_host(&server, &json!({})).await;
        let other = host.event_type("other", &json!({})).await;
        let uid = uid_of(&post(&server, &wanted(id, "10:00")).await);
        let deleted = host.call("DELETE", &format!("/v2/event-types/{id}"), "2024-06-14", &json!({})).await;
        let _ = deleted.accepted(200);
        assert_eq!(get(&server, &uid).await, Value::Null);
        assert_eq!(hours(&server, other, DAY).await.len(), 8);
        let text = format!("Slot with uid={uid} not found");
        assert_eq!(patch(&server, &uid, &wanted(other, "10:00")).await.refused(404), text);
        assert_eq!(post(&server, &wanted(id, "10:00")).await.refused(404), format!("Event Type with ID={id} not found"));

        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap().to_owned();
        let managed = Host { server: &server, id: id_of(&user["user"]), key: token };
        let event_type = managed.event_type("own", &json!({})).await;
        let uid = uid_of(&post(&server, &wanted(event_type, "10:00")).await);
        let path = format!("/v2/oauth-clients/{}/users/{}", world.client, managed.id);
        let _ = server.call("DELETE", &path).secret(&world.secret).send().await.accepted(200);
        assert_eq!(get(&server, &uid).await, Value::Null);
        let gone = ask(&server, &format!("eventTypeId={event_type}&start={DAY}&end={DAY}")).await;
        assert_eq!(gone.refused(404), "Event Type not found");
    }

    /// RES-15: a slot that is held is hidden in groups and in every form of the query.
    async fn a_held_slot_is_hidden_from_everybody(server: TestServer) {
        let (host, id) = daily_host(&server, &json!({})).await;
        let (other, _) = daily_host(&server, &json!({})).await;
        let _ = post(&server, &wanted(id, "10:00")).await.accepted(201);
        let days = format!("start={DAY}&end={DAY}");
        for query in [
            format!("username=person-{}&eventTypeSlug=own&{days}", host.id),
            format!("eventTypeId={id}&{days}&format=range&timeZone=Asia/Tokyo"),
            format!("usernames=person-{},person-{}&{days}&duration=60", host.id, other.id),
        ] {
            assert_eq!(starts(&slots(&server, &query).await).len(), 7, "{query}");
        }
    }
}
