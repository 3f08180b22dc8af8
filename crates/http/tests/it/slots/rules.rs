//! What takes time away and what gives it: schedules, bookings, buffers, limits, windows and
//! days out of office, seen right after they were written (section 13 of the availability
//! rules).

use serde_json::{Value, json};
use slotd_testkit::{TestBooking, TestServer, on_both_engines};

use super::{Host, away, daily, hours, id_of, set_clock, slots, starts};

/// A Monday.
const DAY: &str = "2050-09-05";

fn at(hour: &str) -> String {
    format!("{DAY}T{hour}:00Z")
}

fn booking(host: &Host<'_>, event_type: i32, from: &str, to: &str) -> TestBooking {
    TestBooking::new(host.id, event_type, &at(from), &at(to))
}

fn window(kind: &str, value: &Value, rolling: bool) -> Value {
    json!({ "bookingWindow": { "type": kind, "value": value, "rolling": rolling } })
}

/// Changes an event type of the current version.
async fn patch(host: &Host<'_>, event_type: i32, body: Value) {
    let path = format!("/v2/event-types/{event_type}");
    let _ = host.call("PATCH", &path, "2024-06-14", &body).await.accepted(200);
}

/// A host who is there every day from nine to five of UTC, with an event type of an hour.
async fn daily_host<'a>(server: &'a TestServer, fields: &Value) -> (Host<'a>, i32) {
    let host = Host::new(server).await;
    host.schedule(&daily("UTC")).await;
    let id = host.event_type("own", fields).await;
    (host, id)
}

async fn count(server: &TestServer, event_type: i32, date: &str) -> usize {
    hours(server, event_type, date).await.len()
}

on_both_engines! {
    /// SLOT-20, SLOT-91, SLOT-92: the event type's own schedule, the default one, the oldest, none.
    async fn the_schedule_in_force_is_the_nearest_one(server: TestServer) {
        let host = Host::new(&server).await;
        let id = host.event_type("own", &json!({})).await;
        let in_zone = |hour: &str, is_default: bool| {
            json!({
                "timeZone": "UTC", "isDefault": is_default,
                "availability": [{ "days": ["Monday", "Saturday"], "startTime": hour, "endTime": "12:00" }],
            })
        };
        // None: an ordinary user works Monday to Friday 09:00-17:00 in the own zone, London.
        assert_eq!(hours(&server, id, DAY).await[0], "08:00");
        assert_eq!(count(&server, id, DAY).await, 8);
        assert_eq!(count(&server, id, "2050-09-03").await, 0);
        // Schedules that are not the default one: the oldest.
        let oldest = host.schedule(&in_zone("10:00", false)).await;
        let _ = host.schedule(&in_zone("11:00", false)).await;
        let listed = host.call("GET", "/v2/schedules", "2024-06-11", &json!({})).await;
        let defaults: Vec<_> = listed.accepted(200).as_array().unwrap().iter().filter(|one| one["isDefault"] == true).collect();
        assert!(defaults.is_empty(), "{defaults:?}");
        assert_eq!(hours(&server, id, DAY).await, ["10:00", "11:00"]);
        assert_eq!(count(&server, id, "2050-09-03").await, 2);
        // The default one.
        let default = host.schedule(&in_zone("11:00", true)).await;
        assert_eq!(hours(&server, id, DAY).await, ["11:00"]);
        // The event type's own.
        patch(&host, id, json!({ "scheduleId": oldest })).await;
        assert_eq!(hours(&server, id, DAY).await, ["10:00", "11:00"]);
        // A change of it, and an override.
        let path = format!("/v2/schedules/{oldest}");
        let change = json!({
            "availability": [{ "days": ["Monday"], "startTime": "07:00", "endTime": "09:00" }],
            "overrides": [{ "date": "2050-09-12", "startTime": "20:00", "endTime": "21:00" }],
        });
        let _ = host.call("PATCH", &path, "2024-06-11", &change).await.accepted(200);
        assert_eq!(hours(&server, id, DAY).await, ["07:00", "08:00"]);
        assert_eq!(hours(&server, id, "2050-09-12").await, ["20:00"]);
        // Back to the default one when it is deleted.
        let _ = host.call("DELETE", &path, "2024-06-11", &json!({})).await.accepted(200);
        assert_eq!(hours(&server, id, DAY).await, ["11:00"]);
        let path = format!("/v2/schedules/{default}");
        let _ = host.call("PATCH", &path, "2024-06-11", &json!({ "timeZone": "Europe/Rome" })).await.accepted(200);
        assert_eq!(hours(&server, id, DAY).await, ["09:00"]);
    }

    /// SLOT-20, MU-14: a managed user without a schedule cannot be booked.
    async fn a_managed_user_without_a_schedule_has_no_slots(server: TestServer) {
        let world = server.world().await;
        let path = format!("/v2/oauth-clients/{}/users", world.client);
        let body = json!({ "email": "alice@example.com", "name": "A" });
        let created = server.call("POST", &path).secret(&world.secret).json(&body).send().await;
        let token = created.accepted(201)["accessToken"].as_str().unwrap().to_owned();
        let host = Host { server: &server, id: id_of(&created.body["data"]["user"]), key: token };
        let id = host.event_type("own", &json!({})).await;
        assert_eq!(count(&server, id, DAY).await, 0);
        host.schedule(&daily("UTC")).await;
        assert_eq!(count(&server, id, DAY).await, 8);
    }

    /// SLOT-22, SLOT-67: the notice, and the end of the query.
    async fn the_notice_counts_from_now(server: TestServer) {
        let (_, id) = daily_host(&server, &json!({ "minimumBookingNotice": 120 })).await;
        set_clock(&server, "2050-09-05T08:00:00Z".parse().unwrap());
        assert_eq!(hours(&server, id, DAY).await[0], "10:00");
        server.advance(jiff::SignedDuration::from_secs(1));
        assert_eq!(hours(&server, id, DAY).await[0], "11:00");
        let (_, id) = daily_host(&server, &json!({ "minimumBookingNotice": 0 })).await;
        assert_eq!(hours(&server, id, DAY).await[0], "09:00");
        set_clock(&server, "2050-09-05T09:00:00Z".parse().unwrap());
        assert_eq!(hours(&server, id, DAY).await[0], "10:00");
    }

    /// SLOT-40, SLOT-41
    async fn bookings_count_for_who_hosts_and_for_who_attends(server: TestServer) {
        let policy = json!({ "type": "always", "blockUnconfirmedBookingsInBooker": true });
        let (host, id) = daily_host(&server, &json!({ "confirmationPolicy": policy })).await;
        let (other, others) = daily_host(&server, &json!({})).await;
        // As an attendee of somebody else's booking.
        let mut one = booking(&other, others, "10:00", "11:00");
        one.users = vec![host.id];
        let (one_id, _) = server.new_booking(&one).await;
        assert_eq!(count(&server, id, DAY).await, 7);
        assert_eq!(count(&server, others, DAY).await, 7);
        // Pending: of this event type, whose policy says so; of another one not.
        let mut waiting = booking(&host, id, "12:00", "13:00");
        waiting.is_pending = true;
        let (waiting_id, _) = server.new_booking(&waiting).await;
        assert_eq!(count(&server, id, DAY).await, 6);
        let second = host.event_type("second", &json!({})).await;
        assert_eq!(count(&server, second, DAY).await, 7);
        patch(&host, id, json!({ "confirmationPolicy": { "type": "always", "blockUnconfirmedBookingsInBooker": false } })).await;
        assert_eq!(count(&server, id, DAY).await, 7);
        // Cancelled: of neither.
        patch(&host, id, json!({ "confirmationPolicy": policy })).await;
        server.cancel_booking(waiting_id).await;
        server.cancel_booking(one_id).await;
        assert_eq!([count(&server, id, DAY).await, count(&server, others, DAY).await], [8, 8]);
    }

    /// SLOT-42: the buffers in force now are those of now, of the booked event type as well.
    async fn buffers_are_the_current_ones(server: TestServer) {
        let (host, id) = daily_host(&server, &json!({})).await;
        let other = host.event_type("other", &json!({})).await;
        server.new_booking(&booking(&host, other, "12:00", "13:00")).await;
        let all = ["09:00", "10:00", "11:00", "13:00", "14:00", "15:00", "16:00"];
        assert_eq!(hours(&server, id, DAY).await, all);
        patch(&host, other, json!({ "afterEventBuffer": 30 })).await;
        assert_eq!(hours(&server, id, DAY).await, ["09:00", "10:00", "11:00", "14:00", "15:00", "16:00"]);
        patch(&host, other, json!({ "beforeEventBuffer": 30 })).await;
        assert_eq!(hours(&server, id, DAY).await, ["09:00", "10:00", "14:00", "15:00", "16:00"]);
        patch(&host, id, json!({ "beforeEventBuffer": 60, "afterEventBuffer": 90 })).await;
        // From 12:00 less 30 and 90 minutes to 13:00 and 30 and 60.
        assert_eq!(hours(&server, id, DAY).await, ["09:00", "15:00", "16:00"]);
        patch(&host, other, json!({ "beforeEventBuffer": 0, "afterEventBuffer": 0 })).await;
        patch(&host, id, json!({ "beforeEventBuffer": 0, "afterEventBuffer": 0 })).await;
        assert_eq!(hours(&server, id, DAY).await, all);
    }

    /// SLOT-44: bookings outside of the query reach into it, however long buffers and they are.
    async fn what_lies_outside_of_the_query_reaches_in(server: TestServer) {
        let (host, id) = daily_host(&server, &json!({})).await;
        server.new_booking(&booking(&host, id, "11:00", "12:00")).await;
        patch(&host, id, json!({ "afterEventBuffer": 60 })).await;
        let query = format!("eventTypeId={id}&start={DAY}T12:00:00Z&end={DAY}T23:00:00Z");
        assert_eq!(starts(&slots(&server, &query).await)[0], "2050-09-05T13:00:00.000Z");
        // Three days, and a buffer of four.
        let (host, id) = daily_host(&server, &json!({ "afterEventBuffer": 4 * 24 * 60 })).await;
        server.new_booking(&TestBooking::new(host.id, id, "2050-09-05T12:00:00Z", "2050-09-08T12:00:00Z")).await;
        for (date, expected) in [("2050-09-05", 0), ("2050-09-07", 0), ("2050-09-11", 0), ("2050-09-12", 5), ("2050-09-13", 8)] {
            assert_eq!(count(&server, id, date).await, expected, "{date}");
        }
        assert_eq!(count(&server, id, "2050-09-01").await, 3, "the buffer holds before the booking, too");
    }

    /// SLOT-40, SLOT-44: long bookings count, and a long past does no harm.
    async fn bookings_of_days_count_wherever_they_began(server: TestServer) {
        let (host, id) = daily_host(&server, &json!({})).await;
        let other = host.event_type("other", &json!({})).await;
        for (from, to) in [
            ("2050-08-01T12:00:00Z", "2050-09-05T12:00:00Z"),
            ("2050-09-06T12:00:00Z", "2050-09-07T12:00:00Z"),
            ("2050-09-08T12:00:00Z", "2050-09-09T12:01:00Z"),
        ] {
            server.new_booking(&TestBooking::new(host.id, other, from, to)).await;
        }
        for (date, expected) in [
            ("2050-08-20", 0), ("2050-09-05", 5), ("2050-09-06", 3), ("2050-09-07", 5), ("2050-09-08", 3), ("2050-09-09", 4),
        ] {
            assert_eq!(count(&server, id, date).await, expected, "{date}");
        }
        let mut past = TestBooking::new(host.id, other, "2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z");
        for day in 0..300 {
            past.start += jiff::SignedDuration::from_hours(24);
            past.end = past.start + jiff::SignedDuration::from_hours(if day % 10 == 0 { 30 } else { 1 });
            server.new_booking(&past).await;
        }
        assert_eq!(count(&server, id, "2050-09-10").await, 8);
        // Day 210 of them lasts for 30 hours.
        assert_eq!(count(&server, id, "2026-07-31").await, 1);
    }

    /// SLOT-45, SLOT-48: a booking that is moved does not count for limits, however far away it is.
    async fn a_booking_that_is_moved_leaves_its_place_in_the_limit(server: TestServer) {
        let (host, id) = daily_host(&server, &json!({ "bookingLimitsCount": { "month": 1 } })).await;
        let (_, uid) = server.new_booking(&booking(&host, id, "10:00", "11:00")).await;
        let query = format!("eventTypeId={id}&start=2050-09-26&end=2050-09-26");
        assert_eq!(slots(&server, &query).await, json!({}));
        let moved = slots(&server, &format!("{query}&bookingUidToReschedule={uid}")).await;
        assert_eq!(starts(&moved).len(), 8);
        // Minutes as well, and a year.
        let (host, id) = daily_host(&server, &json!({ "bookingLimitsDuration": { "year": 60 } })).await;
        let (_, uid) = server.new_booking(&booking(&host, id, "10:00", "11:00")).await;
        let query = format!("eventTypeId={id}&start=2050-12-26&end=2050-12-26");
        assert_eq!(slots(&server, &query).await, json!({}));
        let moved = slots(&server, &format!("{query}&bookingUidToReschedule={uid}")).await;
        assert_eq!(starts(&moved).len(), 8);
        // Somebody else's booking is not moved.
        let (other, others) = daily_host(&server, &json!({})).await;
        let (_, foreign) = server.new_booking(&booking(&other, others, "10:00", "11:00")).await;
        assert_eq!(slots(&server, &format!("{query}&bookingUidToReschedule={foreign}")).await, json!({}));
    }

    /// SLOT-47, K-13: a start that overlaps a shared booking without being its start is not offered.
    async fn seats_are_of_one_start(server: TestServer) {
        let seats = |seats: i32| json!({ "seatsPerTimeSlot": seats, "showAttendeeInfo": false, "showAvailabilityCount": true });
        let (host, id) = daily_host(&server, &json!({ "seats": seats(3), "slotInterval": 30 })).await;
        server.new_booking(&booking(&host, id, "11:00", "12:00")).await;
        assert_eq!(
            hours(&server, id, DAY).await,
            ["09:00", "09:30", "10:00", "11:00", "12:00", "12:30", "13:00", "13:30", "14:00", "14:30", "15:00", "15:30", "16:00"]
        );
        // With one seat it blocks as any booking, and for other event types always.
        patch(&host, id, json!({ "seats": seats(1) })).await;
        assert!(!hours(&server, id, DAY).await.contains(&"11:00".to_owned()));
        patch(&host, id, json!({ "seats": seats(2) })).await;
        let other = host.event_type("other", &json!({})).await;
        assert!(!hours(&server, other, DAY).await.contains(&"11:00".to_owned()));
        // Its buffers block.
        patch(&host, id, json!({ "afterEventBuffer": 60 })).await;
        assert_eq!(hours(&server, id, DAY).await[..5], ["09:00", "11:00", "13:00", "13:30", "14:00"]);
    }

    /// SLOT-47: also where the shared booking began days before the query.
    async fn seats_are_of_one_start_for_days(server: TestServer) {
        let seats = json!({ "seatsPerTimeSlot": 3, "showAttendeeInfo": false, "showAvailabilityCount": true });
        let host = Host::new(&server).await;
        let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        let always = json!([{ "days": days, "startTime": "00:00", "endTime": "23:59" }]);
        host.schedule(&json!({ "timeZone": "UTC", "availability": always })).await;
        let id = host.event_type("own", &json!({ "seats": seats, "lengthInMinutes": 5 * 24 * 60, "slotInterval": 24 * 60 })).await;
        server.new_booking(&TestBooking::new(host.id, id, "2050-09-05T00:00:00Z", "2050-09-10T00:00:00Z")).await;
        let query = |first: &str, last: &str| format!("eventTypeId={id}&start={first}&end={last}");
        // The query ends before slots that fit.
        let wide = slots(&server, &query("2050-09-05", "2050-09-20")).await;
        let wide: Vec<String> = starts(&wide).into_iter().map(|start| start[..10].to_owned()).collect();
        assert_eq!(wide[..3], ["2050-09-05", "2050-09-10", "2050-09-11"]);
        let late = slots(&server, &query("2050-09-09", "2050-09-20")).await;
        assert_eq!(&starts(&late)[0][..10], "2050-09-10");
    }

    /// SLOT-48, SLOT-49, K-12, I-20: of a day, a week from Sunday, a month and a year, by the clock of the schedule.
    async fn limits_close_whole_periods(server: TestServer) {
        for (unit, closed, open) in [
            ("day", vec!["2050-09-05"], vec!["2050-09-04", "2050-09-06"]),
            ("week", vec!["2050-09-04", "2050-09-10"], vec!["2050-09-03", "2050-09-11"]),
            ("month", vec!["2050-09-01", "2050-09-30"], vec!["2050-08-31", "2050-10-01"]),
            ("year", vec!["2050-01-01", "2050-12-31"], vec!["2049-12-31", "2051-01-01"]),
        ] {
            let mut limits = serde_json::Map::new();
            limits.insert(unit.to_owned(), json!(1));
            let (host, id) = daily_host(&server, &json!({ "bookingLimitsCount": limits })).await;
            limits.insert(unit.to_owned(), json!(90));
            let minutes = host.event_type("minutes", &json!({ "bookingLimitsDuration": limits })).await;
            assert_eq!(count(&server, id, DAY).await, 8);
            let (one, _) = server.new_booking(&booking(&host, id, "08:00", "08:30")).await;
            let (other, _) = server.new_booking(&booking(&host, minutes, "18:00", "18:31")).await;
            for date in &closed {
                assert_eq!([count(&server, id, date).await, count(&server, minutes, date).await], [0, 0], "{unit} {date}");
            }
            for date in &open {
                assert_eq!([count(&server, id, date).await, count(&server, minutes, date).await], [8, 8], "{unit} {date}");
            }
            server.cancel_booking(one).await;
            server.cancel_booking(other).await;
            assert_eq!([count(&server, id, DAY).await, count(&server, minutes, DAY).await], [8, 8], "{unit}");
        }
    }

    /// SLOT-80, SLOT-81, SLOT-82, SLOT-83, I-6, I-7
    async fn windows_say_how_far_ahead_can_be_booked(server: TestServer) {
        set_clock(&server, "2050-09-02T12:00:00Z".parse().unwrap());
        let (host, id) = daily_host(&server, &json!({})).await;
        let days = async || {
            let shown = slots(&server, &format!("eventTypeId={id}&start=2050-09-01&end=2050-10-31")).await;
            let keys: Vec<String> = shown.as_object().unwrap().keys().cloned().collect();
            (keys.first().cloned().unwrap_or_default(), keys.last().cloned().unwrap_or_default())
        };
        let from = |first: &str, last: &str| (first.to_owned(), last.to_owned());
        patch(&host, id, window("calendarDays", &json!(3), false)).await;
        assert_eq!(days().await, from("2050-09-02", "2050-09-05"));
        // 2 September is a Friday.
        patch(&host, id, window("businessDays", &json!(3), false)).await;
        assert_eq!(days().await, from("2050-09-02", "2050-09-07"));
        patch(&host, id, window("calendarDays", &json!(3), true)).await;
        assert_eq!(days().await, from("2050-09-02", "2050-09-04"));
        // A full day is not counted, whatever is asked for.
        server.new_booking(&booking(&host, host.event_type("x", &json!({})).await, "00:00", "23:00")).await;
        away(&server, host.id, ["2050-09-03", "2050-09-04"], "vacation", None).await;
        assert_eq!(days().await, from("2050-09-02", "2050-09-07"));
        let late = slots(&server, &format!("eventTypeId={id}&start=2050-09-07&end=2050-10-31")).await;
        assert_eq!(late.as_object().unwrap().keys().collect::<Vec<_>>(), ["2050-09-07"]);
        patch(&host, id, json!({ "bookingWindow": { "type": "range", "value": ["2050-09-20", "2050-09-21"] } })).await;
        assert_eq!(days().await, from("2050-09-20", "2050-09-21"));
        patch(&host, id, json!({ "bookingWindow": { "disabled": true } })).await;
        assert_eq!(days().await, from("2050-09-02", "2050-10-31"));
    }

    /// SLOT-83: days of a range are those of the schedule's zone, also west of UTC.
    async fn a_range_has_the_days_of_the_schedules_zone(server: TestServer) {
        let host = Host::new(&server).await;
        host.schedule(&daily("America/New_York")).await;
        let range = json!({ "bookingWindow": { "type": "range", "value": ["2027-01-19", "2027-01-20"] } });
        let id = host.event_type("own", &range).await;
        let shown = slots(&server, &format!("eventTypeId={id}&start=2027-01-15&end=2027-01-25&timeZone=America/New_York")).await;
        assert_eq!(shown.as_object().unwrap().keys().collect::<Vec<_>>(), ["2027-01-19", "2027-01-20"]);
        assert_eq!(starts(&shown).len(), 16);
    }

    /// OOF-1, OOF-2, OOF-4, OOF-5, OOF-9, SLOT-15, SLOT-72
    async fn days_out_of_office_are_left_out(server: TestServer) {
        let (host, id) = daily_host(&server, &json!({})).await;
        let (substitute, _) = daily_host(&server, &json!({})).await;
        away(&server, host.id, ["2050-09-06", "2050-09-09"], "vacation", Some(substitute.id)).await;
        let shown = slots(&server, &format!("eventTypeId={id}&start=2050-09-05&end=2050-09-09")).await;
        assert_eq!(shown.as_object().unwrap().keys().collect::<Vec<_>>(), ["2050-09-05"]);
        // Days of the schedule's zone, also where the query sees only a part of them.
        let host = Host::new(&server).await;
        host.schedule(&daily("Pacific/Auckland")).await;
        let id = host.event_type("own", &json!({})).await;
        away(&server, host.id, ["2050-09-06", "2050-09-06"], "vacation", None).await;
        let shown = slots(&server, &format!("eventTypeId={id}&start=2050-09-05&end=2050-09-06&timeZone=Pacific/Auckland")).await;
        assert_eq!(shown.as_object().unwrap().keys().collect::<Vec<_>>(), ["2050-09-05", "2050-09-07"]);
    }
}
