//! Moving and cancelling bookings in the legacy shape (R24.3, 24.5).

use serde_json::{Value, json};
use slotd_testkit::{Tables, TestServer, on_both_engines};

use super::{answering, book, call, call_as, effects, refused_with, rows, sent, sent_by};
use crate::bookings::{CURRENT, DAY, at, bookable, booked, history, uid, with};
use crate::slots::{Host, daily, hours};

fn moving(body: &Value, what: &Value) -> Value {
    with(body, &json!({ "rescheduleUid": what, "metadata": { "moved": true } }))
}

fn two_seats() -> Value {
    json!({ "seats": { "seatsPerTimeSlot": 2, "showAttendeeInfo": true, "showAvailabilityCount": true } })
}

async fn cancel(server: &TestServer, uid: &str, body: &Value) -> slotd_testkit::Answer {
    call(server, "POST", &format!("/{uid}/cancel"), body).await
}

on_both_engines! {
    /// BK-88, R24.3
    async fn a_booking_is_moved_by_naming_it(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let old = book(&server, &sent(id, 10)).await;
        let old = old.accepted(201);
        let body = answering(&moving(&sent(id, 12), &old["uid"]), &json!({ "rescheduleReason": "Train late" }));
        let body = with(&body, &json!({ "rescheduledBy": "bo.guest@example.com", "bookingUid": old["uid"] }));
        let moved = book(&server, &body).await;
        let new = moved.accepted(201);
        assert_ne!(new["uid"], old["uid"]);
        for (name, value) in [
            ("startTime", json!(at("12:00"))),
            ("endTime", json!(at("13:00"))),
            ("status", json!("ACCEPTED")),
            ("fromReschedule", old["uid"].clone()),
            ("previousBooking", json!({ "uid": old["uid"] })),
            ("metadata", json!({ "source": "page", "moved": true })),
            ("iCalUID", old["iCalUID"].clone()),
            ("rescheduledBy", json!("bo.guest@example.com")),
        ] {
            assert_eq!(new[name], value, "{name}");
        }
        let read = call(&server, "GET", &format!("/{}/reschedule", uid(old)), &json!({})).await;
        assert_eq!(read.accepted(200)["status"], "CANCELLED");
        let free = hours(&server, id, DAY).await;
        assert!(free.contains(&"10:00".to_owned()) && !free.contains(&"12:00".to_owned()));
        // What was replaced cannot be moved again.
        assert_eq!(book(&server, &moving(&sent(id, 14), &old["uid"])).await.status, 400);
        let mails = effects(&server).await.iter().filter(|it| it.starts_with("mail")).count();
        assert_eq!(mails, 0, "without a client there are none");
    }

    /// R24.1, R24.3
    async fn moving_has_the_codes_of_the_legacy_shape(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let old = book(&server, &sent(id, 10)).await;
        let _ = book(&server, &sent_by(id, 12, "lea@mail.test")).await.accepted(201);
        let what = &old.accepted(201)["uid"];
        let before = rows(&server).await;
        refused_with(&book(&server, &moving(&sent(id, 12), what)).await, 400, "no_available_users_found_error");
        refused_with(&book(&server, &moving(&sent(id, 20), what)).await, 400, "no_available_users_found_error");
        let long = with(&moving(&sent(id, 13), what), &json!({ "end": at("15:00") }));
        refused_with(&book(&server, &long).await, 400, "Invalid event length");
        refused_with(&book(&server, &moving(&sent(id, 13), &json!("nobody"))).await, 404, "booking_not_found_error");
        assert_eq!(rows(&server).await, before);
        // Its own time is not in its way (R11.5).
        let _ = book(&server, &moving(&sent(id, 10), what)).await.accepted(201);
    }

    /// 24.6
    async fn a_dry_run_moves_nothing(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let old = book(&server, &sent(id, 10)).await;
        let what = &old.accepted(201)["uid"];
        let before = (rows(&server).await, effects(&server).await);
        let dry = with(&moving(&sent(id, 12), what), &json!({ "_isDryRun": true }));
        for _ in 0..2 {
            let answer = book(&server, &dry).await;
            let data = answer.accepted(201);
            assert_eq!((&data["uid"], &data["isDryRun"]), (&json!("DRY_RUN_UID"), &json!(true)));
            assert_eq!(data["startTime"], at("12:00"));
        }
        let late = with(&dry, &json!({ "start": at("20:00"), "end": at("21:00") }));
        refused_with(&book(&server, &late).await, 400, "no_available_users_found_error");
        assert_eq!((rows(&server).await, effects(&server).await), before);
        let read = call(&server, "GET", &format!("/{}/reschedule", uid(old.accepted(201))), &json!({})).await;
        assert_eq!(read.accepted(200)["status"], "ACCEPTED");
    }

    /// R24.3: `rescheduleUid` may be that of a seat.
    async fn a_seat_is_moved_by_naming_it(server: TestServer) {
        let (_, id) = bookable(&server, &two_seats()).await;
        let one = book(&server, &sent(id, 10)).await;
        let other = book(&server, &sent_by(id, 10, "lea@mail.test")).await;
        let (one, other) = (one.accepted(201), other.accepted(201));
        let moved = book(&server, &moving(&sent(id, 12), &one["seatReferenceUid"])).await;
        let moved = moved.accepted(201);
        assert_ne!(moved["uid"], one["uid"]);
        assert_eq!(moved["attendees"][0]["email"], "bo.guest@example.com");
        assert!(moved["seatReferenceUid"].is_string());
        let named = with(&moving(&sent(id, 12), &other["uid"]), &json!({ "seatReferenceUid": other["seatReferenceUid"] }));
        let joined = book(&server, &named).await;
        assert_eq!(joined.accepted(201)["uid"], moved["uid"]);
        // A stranger does not move everybody.
        let whole = book(&server, &moving(&sent(id, 14), &moved["uid"])).await;
        assert!(whole.refused(400).contains("seatUid"));
    }

    /// R24.3, R7.58, BK-88
    async fn metadata_of_a_seat_that_is_moved_is_the_seats(server: TestServer) {
        let (_, id) = bookable(&server, &two_seats()).await;
        let one = book(&server, &sent(id, 10)).await;
        let other = book(&server, &sent_by(id, 10, "lea@mail.test")).await;
        let merged = json!({ "source": "page", "moved": true });
        // To a booking of its own, and into one that is there.
        for seat in [&one.accepted(201)["seatReferenceUid"], &other.accepted(201)["seatReferenceUid"]] {
            let moved = book(&server, &moving(&sent(id, 12), seat)).await;
            let moved = moved.accepted(201);
            assert_eq!(moved["metadata"], merged);
            let read = crate::bookings::call(&server, "GET", &format!("/{}", uid(moved)), &json!({})).await;
            for attendee in read.accepted(200)["attendees"].as_array().unwrap() {
                assert_eq!(attendee["metadata"], merged);
            }
        }
        let tables = Tables::open(&server.database.options.location).await;
        assert_eq!(tables.column("select metadata from booking").await, ["{}", "{}"]);
    }

    /// R7.10, R24.3: a group is moved when all of it are free, and takes everybody's time.
    async fn a_group_is_moved_with_all_of_it(server: TestServer) {
        let (one, other) = (Host::new(&server).await, Host::new(&server).await);
        for host in [&one, &other] {
            host.schedule(&daily("UTC")).await;
        }
        let names = json!([format!("person-{}", other.id), format!("person-{}", one.id)]);
        let group = json!({ "eventTypeId": 0, "eventTypeSlug": "dynamic", "user": names });
        let old = book(&server, &with(&sent(1, 10), &group)).await;
        let what = &old.accepted(201)["uid"];
        // The one who is no organizer is busy.
        let own = one.event_type("own", &json!({ "minimumBookingNotice": 0 })).await;
        let _ = book(&server, &sent(own, 12)).await.accepted(201);
        let busy = book(&server, &moving(&with(&sent(1, 12), &group), what)).await;
        refused_with(&busy, 400, "hosts_unavailable_for_booking");
        let moved = book(&server, &moving(&with(&sent(1, 14), &group), what)).await;
        let moved = moved.accepted(201);
        assert_eq!(moved["userId"], other.id);
        assert_eq!(moved["eventTypeId"], json!(null));
        let free = hours(&server, own, DAY).await;
        assert!(free.contains(&"10:00".to_owned()) && !free.contains(&"14:00".to_owned()), "{free:?}");
        // Overlapping the old time is allowed, too.
        let half = with(&group, &json!({ "start": at("14:30"), "end": at("15:30") }));
        let _ = book(&server, &moving(&with(&sent(1, 14), &half), &moved["uid"])).await.accepted(201);
    }

    /// BK-93
    async fn a_cancellation_is_answered_in_the_legacy_shape(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let made = book(&server, &sent(id, 10)).await;
        let made = made.accepted(201);
        // What the components send.
        let body = json!({ "id": made["id"], "uid": made["uid"], "cancellationReason": "changed plans", "allRemainingBookings": true, "cancelledBy": "bo.guest@example.com" });
        let cancelled = cancel(&server, uid(made), &body).await;
        let expected = json!({ "bookingId": made["id"], "bookingUid": made["uid"], "onlyRemovedAttendee": false });
        assert_eq!(cancelled.accepted(201), &expected);
        assert!(hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
        assert_eq!(cancel(&server, uid(made), &body).await.status, 400);
        let numeric = cancel(&server, &made["id"].to_string(), &body).await;
        assert_eq!(numeric.refused(400), "Please provide booking uid instead of booking id.");
        refused_with(&cancel(&server, "nobody", &body).await, 404, "booking_not_found_error");
        assert_eq!(cancel(&server, uid(made), &json!({ "allRemainingBookings": 1 })).await.status, 400);
    }

    /// R12.2, R24.1
    async fn a_host_without_a_reason_hears_it_in_the_legacy_shape(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let made = book(&server, &sent(id, 10)).await;
        let path = format!("/{}/cancel", uid(made.accepted(201)));
        let refused = call_as(&server, &host.key, "POST", &path, &json!({})).await;
        refused_with(&refused, 400, "Cancellation reason is required when you are the host");
        let reason = json!({ "cancellationReason": "ill" });
        let _ = call_as(&server, &host.key, "POST", &path, &reason).await.accepted(201);
    }

    /// Sections 1 and 16: what only the current shape changes is not found in another version.
    async fn changes_of_the_current_shape_need_its_version(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let place = "/v2/bookings/{bookingUid}/";
        // One is in both shapes, the other in the legacy one alone.
        let legacy = ["cancel", "mark-no-show"];
        let mut rules = slotd_http::access_table();
        rules.retain(|rule| rule.path.starts_with(place) && rule.method != "GET");
        rules.retain(|rule| !legacy.iter().any(|action| rule.path.ends_with(action)));
        let mut found: Vec<&str> = rules.iter().map(|rule| &rule.path[place.len()..]).collect();
        found.sort_unstable();
        assert_eq!(found, [
            "attendees", "confirm", "decline", "guests", "location", "mark-absent", "reassign", "reassign/{userId}",
            "reschedule",
        ]);
        for rule in rules {
            let path = rule.path.replace("{bookingUid}", uid(&booking)).replace("{userId}", &host.id.to_string());
            let call = || server.call(rule.method.as_str(), &path).bearer(&host.key).json(&json!({}));
            let text = format!("Cannot {} {path}", rule.method);
            let missing = call().send().await;
            assert_eq!(missing.refused(404), text);
            assert!(missing.body["error"]["details"]["hint"].as_str().unwrap().contains(CURRENT), "{}", missing.text);
            for version in ["2024-04-15", "2024-06-11", "2024-06-14", "1999-01-01"] {
                let old = call().header("cal-api-version", version).send().await;
                assert_eq!(old.refused(404), text, "{version}");
            }
            assert_ne!(call().header("cal-api-version", CURRENT).send().await.status, 404, "{path}");
        }
        assert_eq!(history(&server, &booking).await.len(), 1);
    }

    /// 24.5, R12.1
    async fn the_rest_of_a_series_is_cancelled(server: TestServer) {
        let recurrence = json!({ "recurrence": { "interval": 1, "occurrences": 4, "frequency": "weekly" } });
        let (_, id) = bookable(&server, &recurrence).await;
        let bodies: Vec<Value> = [5, 12, 19, 26].map(|day| {
            serde_json::from_str(&sent(id, 10).to_string().replace("-05T", &format!("-{day:02}T"))).unwrap()
        }).to_vec();
        let made = call(&server, "POST", "/recurring", &json!(bodies)).await;
        let made = made.accepted(201);
        let free = async |day: &str| hours(&server, id, day).await.contains(&"10:00".to_owned());
        let later = cancel(&server, uid(&made[2]), &json!({ "cancelSubsequentBookings": true })).await;
        assert_eq!(later.accepted(201)["bookingUid"], made[2]["uid"]);
        assert!(!free("2050-09-12").await && free("2050-09-19").await && free("2050-09-26").await);
        let all = cancel(&server, uid(&made[1]), &json!({ "allRemainingBookings": true })).await;
        assert_eq!(all.accepted(201)["bookingUid"], made[1]["uid"]);
        assert!(free("2050-09-05").await && free("2050-09-12").await);
    }

    /// 24.5, R12.5
    async fn one_seat_is_left(server: TestServer) {
        let (_, id) = bookable(&server, &two_seats()).await;
        let one = book(&server, &sent(id, 10)).await;
        let other = book(&server, &sent_by(id, 10, "lea@mail.test")).await;
        let (one, other) = (one.accepted(201), other.accepted(201));
        refused_with(&cancel(&server, uid(one), &json!({})).await, 401, "User not a host of this event");
        for (seat, only) in [(&one["seatReferenceUid"], true), (&other["seatReferenceUid"], false)] {
            let left = cancel(&server, uid(one), &json!({ "seatReferenceUid": seat })).await;
            assert_eq!(left.accepted(201)["onlyRemovedAttendee"], only);
        }
    }
}
