//! `POST /v2/bookings/{bookingUid}/confirm` and `.../decline` (section 13).

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_testkit::{Answer, TestBooking, TestServer, on_both_engines};

use super::{
    DAY, at, book, bookable, booked, call, call_as, facts, history, latest_more, stored, uid,
    wanted, wanted_by, weekly, with,
};
use crate::slots::{Host, hours, set_clock};

fn approved() -> Value {
    json!({ "confirmationPolicy": { "type": "always", "blockUnconfirmedBookingsInBooker": false } })
}

async fn answered(host: &Host<'_>, uid: &str, action: &str, body: &Value) -> Answer {
    call_as(host.server, &host.key, "POST", &format!("/{uid}/{action}"), body).await
}

async fn confirm(host: &Host<'_>, booking: &Value) -> Answer {
    answered(host, uid(booking), "confirm", &json!({})).await
}

async fn decline(host: &Host<'_>, booking: &Value, reason: &str) -> Answer {
    answered(host, uid(booking), "decline", &json!({ "reason": reason })).await
}

on_both_engines! {
    /// BK-169, BK-171, R13.2
    async fn a_confirmed_booking_is_accepted_and_everybody_is_told(server: TestServer) {
        let (host, id) = bookable(&server, &approved()).await;
        let asked = booked(&server, id, &at("10:00")).await;
        assert_eq!(asked["status"], "pending");
        assert!(hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
        assert_eq!(history(&server, &asked).await, ["requested: mail.requested webhook.BOOKING_REQUESTED"]);
        server.advance(SignedDuration::from_mins(5));

        let answer = confirm(&host, &asked).await;
        let accepted = answer.accepted(200);
        let mut expected = asked.clone();
        expected["status"] = "accepted".into();
        expected["updatedAt"] = accepted["updatedAt"].clone();
        assert_eq!(accepted, &expected);
        assert_ne!(accepted["updatedAt"], asked["updatedAt"]);
        assert!(!hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
        let told = "confirmed: calendar.create conferencing.create mail.scheduled webhook.BOOKING_CREATED webhook.MEETING_ENDED webhook.MEETING_STARTED";
        assert_eq!(history(&server, &asked).await[1..], [told]);

        let again = confirm(&host, &asked).await;
        assert_eq!(again.refused(400), "Bad request: Please check your request data and try again");
        let reason = format!("Can't confirm booking with uid={} because it is accepted.", uid(&asked));
        assert_eq!(again.body["error"]["details"]["message"], reason);
        assert_eq!(decline(&host, &asked, "no").await.refused(400), again.refused(400));
        assert_eq!(history(&server, &asked).await.len(), 2);
    }

    /// BK-170, BK-175, R13.4, R13.6, R13.7
    async fn a_declined_booking_is_rejected_for_good(server: TestServer) {
        let policy = json!({ "confirmationPolicy": { "type": "always", "blockUnconfirmedBookingsInBooker": true } });
        let (host, id) = bookable(&server, &policy).await;
        let asked = booked(&server, id, &at("10:00")).await;
        assert!(!hours(&server, id, DAY).await.contains(&"10:00".to_owned()));

        let answer = decline(&host, &asked, "On holiday").await;
        assert_eq!(answer.accepted(200)["status"], "rejected");
        assert!(!answer.text.contains("On holiday"), "no output shows the reason");
        assert!(hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
        let told = ["requested: mail.requested webhook.BOOKING_REQUESTED", "declined: mail.declined webhook.BOOKING_REJECTED"];
        assert_eq!(history(&server, &asked).await, told);
        assert_eq!(latest_more(&server, &asked).await, json!({}));
        // It is for whoever is told.
        assert_eq!(facts(&server, &asked).await[1].snapshot["rejectionReason"], "On holiday");
        let read = call_as(&server, &host.key, "GET", &format!("/{}", uid(&asked)), &json!({})).await;
        assert_eq!(read.accepted(200)["status"], "rejected");
        assert!(!read.text.contains("On holiday"), "{}", read.text);

        let name = uid(&asked);
        let again = decline(&host, &asked, "no").await;
        assert_eq!(again.refused(400), format!("Can't decline booking with uid={name} because it is rejected."));
        let late = confirm(&host, &asked).await;
        assert_eq!(late.refused(400), format!("Can't confirm booking with uid={name} because it is rejected."));
        assert_eq!(history(&server, &asked).await, told);
        // Nobody has to say why.
        let other = booked(&server, id, &at("11:00")).await;
        let _ = answered(&host, uid(&other), "decline", &json!({})).await.accepted(200);
    }

    /// 7.9.1, BK-27
    async fn a_series_that_is_asked_for_again_is_the_one_that_is_there(server: TestServer) {
        let (_, id) = bookable(&server, &with(&approved(), &weekly(3))).await;
        let first = booked(&server, id, &at("10:00")).await;
        server.advance(SignedDuration::from_mins(5));
        assert_eq!(booked(&server, id, &at("10:00")).await, first);
        assert_eq!(stored(&server).await, 3);
        for booking in first.as_array().unwrap() {
            assert_eq!(history(&server, booking).await.len(), 1, "nothing is sent");
        }
        // What does not stand any more is not answered.
        let _ = call(&server, "POST", &format!("/{}/cancel", uid(&first[1])), &json!({})).await.accepted(200);
        assert_eq!(booked(&server, id, &at("10:00")).await, json!([first[0], first[2]]));
        assert_eq!(stored(&server).await, 3);
    }

    /// 7.9.1, 7.9 rows 4 to 6: it is known before anything is said of its time.
    async fn a_confirmed_request_that_is_asked_for_again_is_the_one_that_is_there(server: TestServer) {
        let notice = json!({ "minimumBookingNotice": 120 });
        let (host, id) = bookable(&server, &with(&approved(), &notice)).await;
        let asked = booked(&server, id, &at("10:00")).await;
        let accepted = confirm(&host, &asked).await.accepted(200).clone();
        let told = history(&server, &asked).await;
        assert_eq!(booked(&server, id, &at("10:00")).await, accepted);
        for (now, refusal) in [
            ("09:00", "The event type can't be booked at the \"start\" time provided."),
            ("10:30", "Attempting to book a meeting in the past."),
        ] {
            set_clock(&server, at(now).parse().unwrap());
            assert_eq!(booked(&server, id, &at("10:00")).await, accepted, "{now}");
            let other = if now == "09:00" { at("10:30") } else { at("10:00") };
            let other = book(&server, &wanted_by(id, &other, "eve@mail.test")).await;
            assert!(other.refused(400).starts_with(refusal), "{}", other.text);
        }
        assert_eq!((history(&server, &asked).await, stored(&server).await), (told, 1));
    }

    /// 7.9 row 3: requests do not count, and there may be as many as the event type says.
    async fn only_accepted_bookings_count_against_a_bookers_limit(server: TestServer) {
        let limit = json!({ "bookerActiveBookingsLimit": { "maximumActiveBookings": 2 } });
        let (host, id) = bookable(&server, &with(&approved(), &limit)).await;
        let mut asked = Vec::new();
        for hour in ["09:00", "10:00", "11:00"] {
            let booking = booked(&server, id, &at(hour)).await;
            assert_eq!(booking["status"], "pending");
            asked.push(booking);
        }
        let _ = confirm(&host, &asked[0]).await.accepted(200);
        assert_eq!(booked(&server, id, &at("12:00")).await["status"], "pending");
        let _ = confirm(&host, &asked[1]).await.accepted(200);
        let refused = book(&server, &wanted(id, &at("13:00"))).await;
        assert_eq!(
            refused.refused(400),
            "Attendee with this email can't book because the maximum number of active bookings has been reached."
        );
    }

    /// 7.9.1, R3.2: the booker's booking is nobody else's.
    async fn a_guest_who_asks_for_the_same_time_gets_a_booking_of_their_own(server: TestServer) {
        let (_, id) = bookable(&server, &approved()).await;
        let body = with(&wanted(id, &at("10:00")), &json!({ "guests": ["lea@mail.test"] }));
        let booking = book(&server, &body).await.accepted(201).clone();
        let own = book(&server, &wanted_by(id, &at("10:00"), "lea@mail.test")).await;
        let own = own.accepted(201);
        assert_ne!(own["uid"], booking["uid"]);
        assert_eq!(own["attendees"].as_array().unwrap().len(), 1);
        // Asked again, each gets what is theirs.
        let again = book(&server, &wanted_by(id, &at("10:00"), "LEA@mail.test")).await;
        assert_eq!(again.accepted(201)["uid"], own["uid"]);
        assert_eq!(book(&server, &body).await.accepted(201), &booking);
    }

    /// BK-175
    async fn a_cancelled_booking_cannot_be_confirmed(server: TestServer) {
        let (host, id) = bookable(&server, &approved()).await;
        let pending = TestBooking { is_pending: true, ..TestBooking::new(host.id, id, &at("10:00"), &at("11:00")) };
        let (booking, uid) = server.new_booking(&pending).await;
        server.cancel_booking(booking).await;
        for action in ["confirm", "decline"] {
            let refused = answered(&host, &uid, action, &json!({})).await;
            assert_eq!(refused.refused(400), format!("Can't {action} booking with uid={uid} because it is cancelled."));
        }
    }

    /// BK-174, R13.5
    async fn of_two_overlapping_requests_the_first_confirmed_wins(server: TestServer) {
        let options = with(&approved(), &json!({ "lengthInMinutesOptions": [30, 60] }));
        let (host, id) = bookable(&server, &options).await;
        let first = booked(&server, id, &at("10:00")).await;
        let second = wanted_by(id, &at("10:30"), "eve@mail.test");
        let second = book(&server, &second).await.accepted(201).clone();
        let beside = wanted_by(id, &at("11:30"), "ida@mail.test");
        let beside = book(&server, &beside).await.accepted(201).clone();

        let _ = confirm(&host, &first).await.accepted(200);
        let refused = confirm(&host, &second).await;
        assert_eq!(refused.refused(400), "User either already has booking at this time or is not available");
        let details = &refused.body["error"]["details"];
        assert_eq!((&details["reason"], &details["bookingId"]), (&json!("booking"), &first["id"]));
        assert_eq!(history(&server, &second).await.len(), 1, "it waits as before");
        let _ = confirm(&host, &beside).await.accepted(200);
        // What was taken can still be declined.
        assert_eq!(decline(&host, &second, "too late").await.accepted(200)["status"], "rejected");
    }

    /// R13.5: hours, limits and notice are for bookers; what else takes the host's time counts.
    async fn a_host_may_confirm_whatever_the_rules_say_now_but_not_twice_the_same_time(server: TestServer) {
        let (host, id) = bookable(&server, &approved()).await;
        let other = host.event_type("other", &json!({ "minimumBookingNotice": 0 })).await;
        let [late, busy, attended] = [at("14:00"), at("15:00"), at("16:00")];
        let (late, busy) = (booked(&server, id, &late).await, booked(&server, id, &busy).await);
        let attended = booked(&server, id, &attended).await;
        let changes = json!({
            "minimumBookingNotice": 525_600,
            "bookingWindow": { "type": "calendarDays", "value": 1 },
            "bookingLimitsCount": { "day": 1 },
            "onlyShowFirstAvailableSlot": true,
        });
        let _ = host.call("PATCH", &format!("/v2/event-types/{id}"), "2024-06-14", &changes).await.accepted(200);
        host.schedule(&json!({ "timeZone": "America/Lima", "availability": [] })).await;
        let _ = server.new_booking(&TestBooking::new(host.id, other, &at("15:30"), &at("16:30"))).await;
        let _ = confirm(&host, &late).await.accepted(200);
        for taken in [busy, attended] {
            let text = confirm(&host, &taken).await.refused(400).to_owned();
            assert_eq!(text, "User either already has booking at this time or is not available");
        }
    }

    /// R13.5: a night that begins on one date and ends on the next, when it has begun.
    async fn a_request_over_midnight_can_be_confirmed_after_its_start(server: TestServer) {
        let (host, id) = bookable(&server, &approved()).await;
        let pending = TestBooking { is_pending: true, ..TestBooking::new(host.id, id, &at("23:30"), "2050-09-06T01:00:00Z") };
        let (_, uid) = server.new_booking(&pending).await;
        crate::slots::set_clock(&server, "2050-09-05T23:45:00Z".parse().unwrap());
        let answer = answered(&host, &uid, "confirm", &json!({})).await;
        assert_eq!(answer.accepted(200)["status"], "accepted");
    }

    /// R13.5: the event type is gone, its request is not.
    async fn a_request_outlives_its_event_type(server: TestServer) {
        let (host, id) = bookable(&server, &approved()).await;
        let (one, two) = (booked(&server, id, &at("10:00")).await, booked(&server, id, &at("12:00")).await);
        let deleted = host.call("DELETE", &format!("/v2/event-types/{id}"), "2024-06-14", &json!({})).await;
        let _ = deleted.accepted(200);
        let other = host.event_type("other", &json!({})).await;
        let _ = server.new_booking(&TestBooking::new(host.id, other, &at("12:30"), &at("13:30"))).await;
        assert_eq!(confirm(&host, &one).await.accepted(200)["status"], "accepted");
        assert_eq!(confirm(&host, &two).await.refused(400), "User either already has booking at this time or is not available");
    }

    /// BK-173, R13.1, R7.53
    async fn a_series_is_answered_with_one_call(server: TestServer) {
        let series = json!({ "recurrence": { "interval": 1, "occurrences": 3, "frequency": "weekly" } });
        let (host, id) = bookable(&server, &with(&approved(), &series)).await;
        let one = book(&server, &wanted(id, &at("10:00"))).await.accepted(201).clone();
        let other = book(&server, &wanted_by(id, &at("12:00"), "eve@mail.test")).await.accepted(201).clone();
        let states = |answer: &Answer| -> Vec<String> {
            let all = answer.accepted(200).as_array().unwrap();
            all.iter().map(|booking| booking["status"].as_str().unwrap().to_owned()).collect()
        };

        // An occurrence answers as itself, the series as all of it.
        let answer = confirm(&host, &one[1]).await;
        assert_eq!(answer.accepted(200)["uid"], one[1]["uid"]);
        let told = "calendar.create conferencing.create webhook.BOOKING_CREATED webhook.MEETING_ENDED webhook.MEETING_STARTED";
        for place in 0..3 {
            let latest = history(&server, &one[place]).await[1].clone();
            assert_eq!(latest.replace("mail.scheduled ", ""), format!("confirmed: {told}"));
            assert_eq!(latest.contains("mail"), place == 0, "one mail tells of all");
        }
        let name = other[0]["recurringBookingUid"].as_str().unwrap();
        let answer = answered(&host, name, "decline", &json!({ "reason": "no" })).await;
        assert_eq!(states(&answer), ["rejected"; 3]);
        let again = answered(&host, name, "decline", &json!({})).await;
        assert!(again.refused(400).ends_with("because it is rejected."));
    }

    /// R13.1, R13.5: what is taken is named, and nothing is confirmed.
    async fn a_series_with_a_taken_occurrence_stays_as_it_is(server: TestServer) {
        let series = json!({ "recurrence": { "interval": 1, "occurrences": 3, "frequency": "weekly" } });
        let (host, id) = bookable(&server, &with(&approved(), &series)).await;
        let all = book(&server, &wanted(id, &at("10:00"))).await.accepted(201).clone();
        let taken = "2050-09-12T10:00:00.000Z";
        let (blocking, _) = server.new_booking(&TestBooking::new(host.id, id, taken, "2050-09-12T10:30:00Z")).await;
        let refused = confirm(&host, &all[0]).await;
        let _ = refused.refused(400);
        assert_eq!(refused.body["error"]["details"]["conflicts"], json!([taken]));
        for place in 0..3 {
            assert_eq!(history(&server, &all[place]).await.len(), 1);
        }
        server.cancel_booking(blocking).await;
        // Once it is free all of it can be confirmed, by the name of the series as well.
        let name = all[0]["recurringBookingUid"].as_str().unwrap();
        let answer = answered(&host, name, "confirm", &json!({})).await;
        assert!(answer.accepted(200).as_array().unwrap().iter().all(|one| one["status"] == "accepted"));
    }

    /// Section 13, R5.4
    async fn an_unknown_booking_is_not_found_and_a_bad_reason_is_refused(server: TestServer) {
        let (host, id) = bookable(&server, &approved()).await;
        let asked = booked(&server, id, &at("10:00")).await;
        for action in ["confirm", "decline"] {
            let refused = answered(&host, "nothing", action, &json!({})).await;
            assert_eq!(refused.refused(404), "Booking with uid=nothing was not found in the database");
        }
        let refused = answered(&host, uid(&asked), "decline", &json!({ "reason": 7 })).await;
        assert_eq!(refused.invalid_fields(), ["reason"]);
        // Other versions have none of it.
        for version in ["2024-04-15", "2024-06-14"] {
            let path = format!("/v2/bookings/{}/confirm", uid(&asked));
            let old = host.call("POST", &path, version, &json!({})).await;
            assert_eq!(old.refused(404), format!("Cannot POST {path}"));
        }
        let new = host.call("POST", &format!("/v2/bookings/{}/confirm", uid(&asked)), "2026-02-25", &json!({})).await;
        assert_eq!(new.accepted(200)["status"], "accepted");
    }

    /// BK-176, ET-35
    async fn a_start_beyond_the_threshold_needs_no_approval(server: TestServer) {
        let policy = json!({ "confirmationPolicy": {
            "type": "time",
            "noticeThreshold": { "unit": "hours", "count": 2 },
            "blockUnconfirmedBookingsInBooker": false,
        } });
        let (_, id) = bookable(&server, &policy).await;
        crate::slots::set_clock(&server, at("08:30").parse().unwrap());
        assert_eq!(booked(&server, id, &at("10:00")).await["status"], "pending");
        let far = wanted_by(id, &at("12:00"), "eve@mail.test");
        assert_eq!(book(&server, &far).await.accepted(201)["status"], "accepted");
    }

    /// BK-204, section 25.11
    async fn parallel_confirms_of_overlapping_requests_accept_one(server: TestServer) {
        let options = with(&approved(), &json!({ "lengthInMinutesOptions": [15, 30, 60] }));
        let (host, id) = bookable(&server, &options).await;
        let (host, key) = (host.id, host.key.clone());
        let (server, rounds) = (Arc::new(server), 4);
        for round in 0..rounds {
            let mut uids = Vec::new();
            for number in 0..6 {
                let start: jiff::Timestamp = at("10:00").parse().unwrap();
                let start = start + SignedDuration::from_hours(24 * round) + SignedDuration::from_mins(number * 5);
                let end = start + SignedDuration::from_mins(60 - number * 5);
                let one = TestBooking::new(host, id, &start.to_string(), &end.to_string());
                uids.push(server.new_booking(&TestBooking { is_pending: true, ..one }).await.1);
            }
            let mut calls = tokio::task::JoinSet::new();
            for uid in uids {
                let (server, key) = (Arc::clone(&server), key.clone());
                calls.spawn(async move {
                    call_as(&server, &key, "POST", &format!("/{uid}/confirm"), &json!({})).await.status
                });
            }
            let mut statuses = calls.join_all().await;
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 400, 400, 400, 400, 400], "round {round}");
        }
    }
}
