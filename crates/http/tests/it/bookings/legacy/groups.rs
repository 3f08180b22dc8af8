//! Groups of users that are booked at once (7.4).

use serde_json::{Value, json};
use slotd_testkit::{Tables, TestServer, on_both_engines};

use super::{book, call, call_as, refused_with, rows, sent};
use crate::bookings::{at, uid, with};
use crate::slots::{Host, daily, starts};

/// Two users who work from 09:00 to 17:00 UTC.
async fn two(server: &TestServer) -> [Host<'_>; 2] {
    let pair = [Host::new(server).await, Host::new(server).await];
    for host in &pair {
        host.schedule(&daily("UTC")).await;
    }
    pair
}

/// The body that books users at once for an hour.
fn of(hosts: &[&Host<'_>], hour: u32) -> Value {
    let names: Vec<String> = hosts.iter().map(|host| format!("person-{}", host.id)).collect();
    let group = json!({ "eventTypeId": 0, "eventTypeSlug": "dynamic", "user": names.join("+") });
    with(&sent(1, hour), &group)
}

on_both_engines! {
    /// R7.9, R7.10, R7.11
    async fn the_first_user_is_the_organizer_and_all_others_attend(server: TestServer) {
        let [one, other] = two(&server).await;
        // The order of the names counts, not that of the ids.
        for (hour, [first, second]) in [(10, [&one, &other]), (12, [&other, &one])] {
            let answer = book(&server, &of(&[first, second], hour)).await;
            let data = answer.accepted(201);
            assert_eq!(data["userId"], first.id);
            assert_eq!(data["eventTypeId"], json!(null));
            assert_eq!(data["dynamicEventSlugRef"], "60");
            assert_eq!(data["dynamicGroupSlugRef"], format!("person-{}+person-{}", first.id, second.id));
            let attendees: Vec<&str> = data["attendees"].as_array().unwrap().iter().map(|it| it["email"].as_str().unwrap()).collect();
            assert_eq!(attendees, ["bo.guest@example.com", &format!("person-{}@example.com", second.id)]);
            // Everybody's time is taken.
            for busy in [&one, &other] {
                let own = busy.event_type(&format!("own-{hour}"), &json!({ "minimumBookingNotice": 0 })).await;
                let refused = book(&server, &sent(own, hour)).await;
                refused_with(&refused, 400, "no_available_users_found_error");
            }
        }
    }

    /// R7.11
    async fn a_group_is_read_with_the_slug_of_its_length(server: TestServer) {
        let [one, other] = two(&server).await;
        let made = book(&server, &of(&[&one, &other], 10)).await;
        let path = format!("/{}", uid(made.accepted(201)));
        let key = &one.key;
        let shown = json!({ "id": null, "slug": "60" });
        let legacy = call_as(&server, key, "GET", &path, &json!({})).await;
        let legacy = legacy.accepted(200);
        assert_eq!((&legacy["eventTypeId"], &legacy["eventType"]["id"]), (&json!(null), &json!(null)));
        assert_eq!(legacy["eventType"]["slug"], "60");
        let current = crate::bookings::call(&server, "GET", &path, &json!({})).await;
        let current = current.accepted(200);
        assert_eq!((&current["eventTypeId"], &current["eventType"]), (&json!(null), &shown));
        let list = crate::bookings::call_as(&server, key, "GET", "", &json!({})).await;
        assert_eq!(list.accepted(200)[0]["eventType"], shown);
        // What takes its place is of the same group, and as long as it is.
        let longer = json!({ "start": at("12:00"), "end": at("13:30"), "rescheduleUid": made.accepted(201)["uid"] });
        let moved = book(&server, &with(&of(&[&one, &other], 12), &longer)).await;
        let moved = moved.accepted(201);
        assert_eq!(moved["dynamicEventSlugRef"], "90");
        assert_eq!(moved["dynamicGroupSlugRef"], made.accepted(201)["dynamicGroupSlugRef"]);
        let read = crate::bookings::call(&server, "GET", &format!("/{}", uid(moved)), &json!({})).await;
        assert_eq!(read.accepted(200)["eventType"]["slug"], "90");
        // What was booked of an event type has none once that is gone.
        let own = one.event_type("own", &json!({ "minimumBookingNotice": 0 })).await;
        let alone = crate::bookings::booked(&server, own, &at("15:00")).await;
        let _ = one.call("DELETE", &format!("/v2/event-types/{own}"), "2024-06-14", &json!({})).await.accepted(200);
        let read = crate::bookings::call(&server, "GET", &format!("/{}", uid(&alone)), &json!({})).await;
        assert_eq!(read.accepted(200)["eventType"], json!(null));
    }

    /// R7.10: everybody must be free.
    async fn a_group_is_booked_when_all_of_it_are_free(server: TestServer) {
        let [one, other] = two(&server).await;
        let own = other.event_type("own", &json!({ "minimumBookingNotice": 0 })).await;
        let _ = book(&server, &sent(own, 10)).await.accepted(201);
        refused_with(&book(&server, &of(&[&one, &other], 10)).await, 400, "hosts_unavailable_for_booking");
        refused_with(&book(&server, &of(&[&one, &other], 18)).await, 400, "hosts_unavailable_for_booking");
        let _ = book(&server, &of(&[&one, &other], 11)).await.accepted(201);
        // What is offered is what can be booked.
        let names = format!("usernameList[]=person-{}&usernameList[]=person-{}", one.id, other.id);
        let day = "startTime=2050-09-05T00:00:00Z&endTime=2050-09-05T23:59:59Z";
        let path = format!("/v2/slots/available?{names}&eventTypeSlug=dynamic&duration=60&{day}");
        let shown = server.call("GET", &path).send().await;
        let slots = shown.accepted(200)["slots"]["2050-09-05"].as_array().unwrap();
        let offered: Vec<&str> = slots.iter().map(|slot| slot["time"].as_str().unwrap()).collect();
        assert!(!offered.contains(&at("10:00").as_str()) && !offered.contains(&at("11:00").as_str()));
        for hour in [9, 12, 16] {
            assert!(offered.contains(&at(&format!("{hour:02}:00")).as_str()), "{offered:?}");
            let _ = book(&server, &of(&[&one, &other], hour)).await.accepted(201);
        }
        let current = format!("/v2/slots?usernames=person-{},person-{}&start=2050-09-05&end=2050-09-05&duration=60", one.id, other.id);
        let shown = server.call("GET", &current).header("cal-api-version", "2024-09-04").send().await;
        assert!(!starts(shown.accepted(200)).contains(&at("12:00").as_str()));
    }

    /// R7.10
    async fn whoever_does_not_allow_it_is_not_booked_in_a_group(server: TestServer) {
        let [one, other] = two(&server).await;
        let sql = format!("update user_account set allows_dynamic_booking = false where id = {} returning id", other.id);
        Tables::open(&server.database.options.location).await.column(&sql).await;
        let refused = book(&server, &of(&[&one, &other], 10)).await;
        assert_eq!(refused.refused(400), "Some of the users in this group do not allow dynamic booking");
        let alone = book(&server, &of(&[&one], 10)).await;
        assert_eq!(alone.accepted(201)["userId"], one.id);
        assert_eq!(rows(&server).await[0], "1");
    }

    /// 5.2: `eventTypeUser.notFound`
    async fn a_group_with_a_locked_user_cannot_be_booked(server: TestServer) {
        let [one, other] = two(&server).await;
        let sql = format!("update user_account set locked_at = created_at where id = {} returning id", other.id);
        assert_eq!(Tables::open(&server.database.options.location).await.column(&sql).await.len(), 1);
        for hosts in [[&one, &other], [&other, &one]] {
            refused_with(&book(&server, &of(&hosts, 10)).await, 404, "eventTypeUser.notFound");
        }
        assert_eq!(rows(&server).await[0], "0");
        let _ = book(&server, &of(&[&one], 10)).await.accepted(201);
    }

    /// A group that somebody is missing of is another group.
    async fn an_unknown_user_is_not_left_out(server: TestServer) {
        let [one, _] = two(&server).await;
        for names in [json!(["nobody", format!("person-{}", one.id)]), json!(format!("person-{}+nobody", one.id)), json!("nobody")] {
            let body = with(&of(&[&one], 10), &json!({ "user": names }));
            assert_eq!(book(&server, &body).await.refused(404), "User with username nobody not found");
        }
        let body = with(&of(&[&one], 10), &json!({ "orgSlug": "acme" }));
        assert_eq!(book(&server, &body).await.refused(404), "Organization with slug acme not found");
        let body = with(&of(&[&one], 10), &json!({ "eventTypeSlug": "intro" }));
        let text = format!("Event type with slug intro belonging to user person-{} not found.", one.id);
        assert_eq!(book(&server, &body).await.refused(404), text);
    }

    /// R7.9: a group meets until the end that is named, or as long as its slug says.
    async fn the_length_of_a_group_is_that_of_the_booking(server: TestServer) {
        let [one, other] = two(&server).await;
        let with_end = |hour, slug: &str, end: Value| {
            with(&of(&[&one, &other], hour), &json!({ "eventTypeSlug": slug, "end": end }))
        };
        for (hour, (slug, end, length)) in (9..).zip([
            ("dynamic", json!("2050-09-05T09:45:00Z"), "09:45"),
            ("15", json!(null), "10:15"),
            ("30", json!("2050-09-05T11:30:00Z"), "11:30"),
            ("dynamic", json!(null), "12:30"),
        ]) {
            let answer = book(&server, &with_end(hour, slug, end)).await;
            assert_eq!(answer.accepted(201)["endTime"], at(length), "{slug}");
        }
        for (slug, end) in [
            ("dynamic", json!("2050-09-05T14:00:00Z")),
            ("dynamic", json!("2050-09-05T13:00:00Z")),
            ("dynamic", json!("2050-09-05T14:30:30Z")),
            ("dynamic", json!("2051-09-05T14:30:00Z")),
            ("30", json!("2050-09-05T15:00:00Z")),
            ("0", json!(null)),
            ("-5", json!(null)),
            ("9223372036854775807", json!(null)),
        ] {
            refused_with(&book(&server, &with_end(14, slug, end)).await, 400, "Invalid event length");
        }
    }

    /// R7.9: only the legacy body can name several users.
    async fn a_series_can_be_of_a_group(server: TestServer) {
        let [one, other] = two(&server).await;
        let bodies = [of(&[&one, &other], 10), of(&[&one, &other], 12)];
        let answer = call(&server, "POST", "/recurring", &json!(bodies)).await;
        let data = answer.accepted(201);
        assert_eq!(data[0]["recurringEventId"], data[1]["recurringEventId"]);
        assert_eq!(data[1]["dynamicEventSlugRef"], "60");
    }
}
