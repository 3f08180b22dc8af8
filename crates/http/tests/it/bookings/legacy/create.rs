//! `POST /v2/bookings` in the legacy shape (24.2).

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::{LEGACY, answering, book, call_as, effects, refused_with, rows, sent, sent_by};
use crate::bookings::{DAY, at, bookable, managed, wanted, with};
use crate::contract::shared;
use crate::slots::{Host, hold, hours, set_clock, uid_of};

on_both_engines! {
    /// BK-85, R24.5
    async fn a_booking_shows_what_is_stored(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let body = answering(&sent(id, 10), &json!({ "notes": "Second visit", "other": 7 }));
        let answer = book(&server, &body).await;
        let data = answer.accepted(201);
        for (name, value) in [
            ("status", json!("ACCEPTED")),
            ("userId", json!(host.id)),
            ("userPrimaryEmail", json!(format!("person-{}@example.com", host.id))),
            ("eventTypeId", json!(id)),
            ("description", json!("Second visit")),
            ("customInputs", json!({})),
            ("responses", body["responses"].clone()),
            ("startTime", json!(at("10:00"))),
            ("endTime", json!(at("11:00"))),
            ("location", json!("integrations:daily")),
            ("updatedAt", json!(null)),
            ("paid", json!(false)),
            ("rescheduled", json!(null)),
            ("recurringEventId", json!(null)),
            ("dynamicEventSlugRef", json!(null)),
            ("metadata", json!({ "source": "page" })),
            ("iCalUID", json!(format!("{}@Cal.com", data["uid"].as_str().unwrap()))),
            ("iCalSequence", json!(0)),
            ("creationSource", json!("API_V2")),
            ("payment", json!([])),
            ("paymentRequired", json!(false)),
            ("luckyUsers", json!([])),
            ("isDryRun", json!(false)),
        ] {
            assert_eq!(data[name], value, "{name}");
        }
        assert!(data["idempotencyKey"].is_string());
        assert_eq!(data["user"]["id"], host.id);
        assert_eq!(data["user"]["email"], json!(null));
        let attendee = &data["attendees"][0];
        assert_eq!(attendee["email"], "bo.guest@example.com");
        assert_eq!(attendee["timeZone"], "Europe/Berlin");
        assert_eq!(attendee["locale"], "de");
        assert_eq!(attendee["bookingId"], data["id"]);
        assert_eq!(attendee["noShow"], false);
        for absent in ["paymentUid", "seatReferenceUid", "videoCallUrl", "previousBooking"] {
            assert!(data.get(absent).is_none(), "{absent}");
        }
        assert!(!hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
    }

    /// Section 1, QI-1, R1.1, R1.3: every version before 2024-08-13, and none, is the legacy one,
    /// and those after it are the current one.
    async fn versions_without_bookings_of_their_own_have_the_legacy_shape(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        for (hour, version) in (9..).zip(["2024-04-15", "2024-06-11", "2024-06-14", "1999-01-01"]) {
            let call = server.call("POST", "/v2/bookings").header("cal-api-version", version);
            let answer = call.json(&sent(id, hour)).send().await;
            assert_eq!(answer.accepted(201)["status"], "ACCEPTED", "{version}");
        }
        let answer = server.call("POST", "/v2/bookings").json(&sent(id, 13)).send().await;
        assert_eq!(answer.accepted(201)["status"], "ACCEPTED");
        for (hour, version) in [("14:00", "2024-08-13"), ("15:00", "2024-09-04"), ("16:00", "2026-02-25")] {
            let call = || server.call("POST", "/v2/bookings").header("cal-api-version", version);
            assert_eq!(call().json(&sent(id, 14)).send().await.status, 400, "{version}");
            let answer = call().json(&wanted(id, &at(hour))).send().await;
            assert_eq!(answer.accepted(201)["status"], "accepted", "{version}");
        }
    }

    /// BK-26, R1.1, I15
    async fn a_current_body_without_its_version_is_told_so(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let body = wanted(id, &at("10:00"));
        let answer = server.call("POST", "/v2/bookings").json(&body).send().await;
        assert_eq!(answer.refused(400), "Bad Request Exception");
        let fields = answer.invalid_fields();
        assert!(fields.contains(&"responses".to_owned()), "{fields:?}");
        let hint = answer.body["error"]["details"]["hint"].as_str().unwrap();
        assert!(hint.contains("cal-api-version: 2024-08-13"), "{hint}");
        // A legacy body that is wrong gets no such advice.
        let mut wrong = sent(id, 10);
        wrong["timeZone"] = json!("Nowhere");
        let answer = book(&server, &wrong).await;
        assert_eq!(answer.invalid_fields(), ["timeZone"]);
        assert!(answer.body["error"]["details"].get("hint").is_none());
        assert_eq!(rows(&server).await[0], "0");
    }

    /// BK-87: whoever calls, the booking is that of the event type's owner.
    async fn a_booking_belongs_to_the_owner_of_the_event_type(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let other = Host::new(&server).await;
        for (hour, key) in [(10, &host.key), (11, &other.key)] {
            let answer = call_as(&server, key, "POST", "", &sent(id, hour)).await;
            assert_eq!(answer.accepted(201)["userId"], host.id);
        }
    }

    /// BK-90, R7.17
    async fn a_split_name_is_joined_for_the_attendee(server: TestServer) {
        let split = json!({ "bookingFields": [{ "type": "splitName", "firstNameLabel": "First", "firstNamePlaceholder": "", "lastNameLabel": "Last", "lastNamePlaceholder": "", "lastNameRequired": true }] });
        for (fields, hour) in [(split, 10), (json!({}), 11)] {
            let (_, id) = bookable(&server, &fields).await;
            let name = json!({ "firstName": "Omar", "lastName": "Haddad" });
            let body = answering(&sent(id, hour), &json!({ "name": name }));
            let answer = book(&server, &body).await;
            let data = answer.accepted(201);
            assert_eq!(data["attendees"][0]["name"], "Omar Haddad");
            assert_eq!(data["responses"]["name"], name);
        }
    }

    /// Section 24.2: times have offsets, an end is not needed, lengths are the event type's.
    async fn an_end_may_be_left_out_and_must_fit(server: TestServer) {
        let (_, id) = bookable(&server, &json!({ "lengthInMinutesOptions": [30, 60] })).await;
        let mut body = with(&sent(id, 10), &json!({ "start": format!("{DAY}T12:00:00+02:00") }));
        body.as_object_mut().unwrap().remove("end");
        assert_eq!(book(&server, &body).await.accepted(201)["endTime"], at("11:00"));
        let half = with(&sent(id, 11), &json!({ "end": format!("{DAY}T11:30:00Z") }));
        assert_eq!(book(&server, &half).await.accepted(201)["endTime"], at("11:30"));
        for end in ["12:45:00", "12:00:00", "11:00:00", "12:30:30"] {
            let body = with(&sent(id, 12), &json!({ "end": format!("{DAY}T{end}Z") }));
            refused_with(&book(&server, &body).await, 400, "Invalid event length");
        }
    }

    /// Section 24.2: the components' client decides about mails; without one there are none.
    async fn the_named_client_decides_what_follows(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let world = server.world().await;
        let with_client = async |hour, client: &str, embed: &str| {
            let call = server.call("POST", "/v2/bookings").header("cal-api-version", LEGACY);
            let call = call.header("x-cal-client-id", client).header("x-cal-platform-embed", embed);
            let before = effects(&server).await.len();
            let _ = call.json(&sent(id, hour)).send().await.accepted(201);
            effects(&server).await.split_off(before)
        };
        let quiet = with_client(9, &world.client, "false").await;
        assert!(!quiet.iter().any(|it| it.starts_with("mail")), "{quiet:?}");
        assert!(quiet.contains(&"webhook.BOOKING_CREATED".to_owned()), "{quiet:?}");
        let path = format!("/v2/oauth-clients/{}", world.client);
        let patch = server.call("PATCH", &path).bearer(&world.key);
        let patched = patch.json(&json!({ "areEmailsEnabled": true, "areCalendarEventsEnabled": false }));
        assert_eq!(patched.send().await.status, 200);
        for (hour, embed) in [(10, "false"), (11, "true")] {
            let loud = with_client(hour, &world.client, embed).await;
            assert!(loud.contains(&"mail.scheduled".to_owned()), "{loud:?}");
            assert!(!loud.iter().any(|it| it.starts_with("calendar")), "{loud:?}");
        }
        // A client that there is none of counts as none.
        let unknown = with_client(12, "clz3q8k2x0001mh08v5t7d9ab", "false").await;
        assert!(!unknown.iter().any(|it| it.starts_with("mail")), "{unknown:?}");
        assert!(unknown.contains(&"calendar.create".to_owned()), "{unknown:?}");
    }

    /// Section 24.2, R7.5: who names no client has that of the event type's owner, if any.
    async fn without_a_named_client_that_of_the_owner_decides(server: TestServer) {
        let world = server.world().await;
        let (_, own) = bookable(&server, &json!({})).await;
        let (_, id) = managed(&server, &world, "nina@klinik.test", &json!({})).await;
        let mails = async |event_type, hour| {
            let before = effects(&server).await.len();
            let _ = book(&server, &sent(event_type, hour)).await.accepted(201);
            let mut effects = effects(&server).await.split_off(before);
            assert!(effects.contains(&"webhook.BOOKING_CREATED".to_owned()), "{effects:?}");
            effects.retain(|effect| effect.starts_with("mail"));
            effects
        };
        let path = format!("/v2/oauth-clients/{}", world.client);
        for (hour, enabled, expected) in [(10, false, &[][..]), (12, true, &["mail.scheduled"])] {
            let patch = server.call("PATCH", &path).bearer(&world.key);
            let _ = patch.json(&json!({ "areEmailsEnabled": enabled })).send().await.accepted(200);
            assert_eq!(mails(id, hour).await, expected);
            assert_eq!(mails(own, hour).await, [""; 0]);
        }
    }

    /// BK-91, 24.6
    async fn a_dry_run_stores_nothing(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let uid = uid_of(&hold(&server, id, &at("10:00")).await);
        let (before, events) = (rows(&server).await, effects(&server).await);
        let dry = json!({ "_isDryRun": true, "reservedSlotUid": uid });
        for _ in 0..2 {
            let answer = book(&server, &with(&sent(id, 10), &dry)).await;
            let data = answer.accepted(201);
            for (name, value) in [
                ("id", json!(-101)),
                ("uid", json!("DRY_RUN_UID")),
                ("iCalUID", json!("DRY_RUN_ICAL_UID")),
                ("isDryRun", json!(true)),
                ("status", json!("ACCEPTED")),
                ("startTime", json!(at("10:00"))),
            ] {
                assert_eq!(data[name], value, "{name}");
            }
        }
        assert_eq!((rows(&server).await, effects(&server).await), (before, events));
        // Everything is checked all the same.
        let outside = book(&server, &with(&sent(id, 20), &dry)).await;
        refused_with(&outside, 400, "no_available_users_found_error");
        let (_, asks) = bookable(&server, &json!({ "confirmationPolicy": { "type": "always", "blockUnconfirmedBookingsInBooker": false } })).await;
        let pending = book(&server, &with(&sent(asks, 10), &dry)).await;
        assert_eq!(pending.accepted(201)["status"], "PENDING");
        let seats = json!({ "seatsPerTimeSlot": 2, "showAttendeeInfo": true, "showAvailabilityCount": true });
        let (_, class) = bookable(&server, &json!({ "seats": seats })).await;
        let _ = book(&server, &sent(class, 10)).await.accepted(201);
        let before = rows(&server).await;
        let joined = book(&server, &with(&sent_by(class, 10, "lea@mail.test"), &dry)).await;
        assert_eq!(joined.accepted(201)["attendees"].as_array().unwrap().len(), 2);
        refused_with(&book(&server, &with(&sent(class, 10), &dry)).await, 409, "already_signed_up_for_this_booking_error");
        assert_eq!(rows(&server).await, before);
    }

    /// R24.2, 7.9.1
    async fn the_same_request_again_is_answered_with_the_same_booking(server: TestServer) {
        let (_, id) = bookable(&server, &json!({ "confirmationPolicy": { "type": "always", "blockUnconfirmedBookingsInBooker": false } })).await;
        let answer = book(&server, &sent(id, 10)).await;
        let first = answer.accepted(201);
        assert_eq!((&first["status"], &first["idempotencyKey"]), (&json!("PENDING"), &json!(null)));
        let before = (rows(&server).await, effects(&server).await);
        assert_eq!(book(&server, &sent(id, 10)).await.accepted(201)["uid"], first["uid"]);
        assert_eq!((rows(&server).await, effects(&server).await), before);
    }

    /// R24.4, section 7.7: what was answered about the place, else the link.
    async fn the_place_is_what_was_answered(server: TestServer) {
        let locations = json!([
            { "type": "integration", "integration": "cal-video" },
            { "type": "attendeePhone" },
            { "type": "link", "link": "https://meet.example.test/own", "public": true },
        ]);
        let (_, id) = bookable(&server, &json!({ "locations": locations })).await;
        let place = |value: &str, option: &str| json!({ "location": { "value": value, "optionValue": option } });
        for (hour, (answers, link, expected)) in (9..).zip([
            (place("integrations:daily", ""), json!(null), "integrations:daily"),
            (place("phone", "+4915112345678"), json!(null), "+4915112345678"),
            (place("link", ""), json!(null), "https://meet.example.test/own"),
            (place("", ""), json!("https://meet.example.test/other"), "https://meet.example.test/other"),
            (json!({ "location": null }), json!(null), "integrations:daily"),
        ]) {
            let body = with(&answering(&sent(id, hour), &answers), &json!({ "locationUrl": link }));
            assert_eq!(book(&server, &body).await.accepted(201)["location"], expected, "{answers}");
        }
    }

    /// 7.9.3: the hold of the cookie is the booker's own, and gone afterwards.
    async fn the_bookers_own_hold_is_used_up(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let reserve = json!({ "eventTypeId": id, "slotUtcStartDate": at("10:00"), "slotUtcEndDate": at("11:00") });
        let held = server.call("POST", "/v2/slots/reserve").json(&reserve).send().await;
        let own = held.accepted(201).as_str().unwrap();
        // Somebody who turned up with another hold is told to wait.
        let other = json!({ "eventTypeId": id, "slotUtcStartDate": at("12:00"), "slotUtcEndDate": at("13:00") });
        let other = server.call("POST", "/v2/slots/reserve").json(&other).send().await;
        let as_other = async |uid: &str| {
            let call = server.call("POST", "/v2/bookings").header("cal-api-version", LEGACY);
            call.header("cookie", &format!("uid={uid}")).json(&sent(id, 10)).send().await
        };
        let refused = as_other(other.accepted(201).as_str().unwrap()).await;
        refused_with(&refused, 400, "Someone else reserved this slot before you. This time slot will be freed up in 300 seconds");
        let _ = as_other(own).await.accepted(201);
        assert_eq!(rows(&server).await[4], "1", "only the other hold is left");
    }

    /// R24.*, 24.5: the bodies that the components send are accepted, and answered with
    /// everything that the recorded answers have and the components read.
    async fn the_recorded_bodies_are_accepted(server: TestServer) {
        // The recordings were made on 2026-11-24.
        set_clock(&server, "2026-11-24T12:00:00Z".parse().unwrap());
        let host = Host::new(&server).await;
        host.schedule(&crate::slots::daily("Europe/London")).await;
        let other = Host::new(&server).await;
        other.schedule(&crate::slots::daily("Europe/London")).await;
        let seats = json!({ "seatsPerTimeSlot": 3, "showAttendeeInfo": false, "showAvailabilityCount": true });
        let recurrence = json!({ "interval": 1, "occurrences": 3, "frequency": "weekly" });
        let half = |fields: &Value| with(&json!({ "lengthInMinutes": 30, "minimumBookingNotice": 0 }), fields);
        let intro = host.event_type("intro", &half(&json!({}))).await;
        let class = host.event_type("class", &half(&json!({ "seats": seats }))).await;
        let weekly = host.event_type("weekly", &half(&json!({ "recurrence": recurrence }))).await;
        server.advance(SignedDuration::from_secs(1));
        // What the recordings name, and what it is here.
        let mut names = vec![
            ("\"eventTypeId\":110".to_owned(), format!("\"eventTypeId\":{intro}")),
            ("\"eventTypeId\":114".to_owned(), format!("\"eventTypeId\":{class}")),
            ("\"eventTypeId\":112".to_owned(), format!("\"eventTypeId\":{weekly}")),
            ("host-cmatomsexampleclient00001-example-com".to_owned(), format!("person-{}", host.id)),
            ("colleague-cmatomsexampleclient00001-example-com".to_owned(), format!("person-{}", other.id)),
        ];
        for name in [
            "create", "create-dry-run", "create-dynamic", "create-seat", "create-recurring", "for-reschedule",
            "create-reschedule", "cancel",
        ] {
            let Some(recorded) = shared(&format!("atoms-examples/booking-{name}.json")) else { return };
            let text = names.iter().fold(recorded.to_string(), |text, (theirs, ours)| text.replace(theirs, ours));
            let known: Value = serde_json::from_str(&text).unwrap();
            let (request, expected) = (&known["request"], &known["response"]);
            let call = server.call(request["method"].as_str().unwrap(), request["path"].as_str().unwrap());
            let call = call.header("cal-api-version", LEGACY).header("x-cal-platform-embed", "false");
            let call = if request["body"].is_null() { call } else { call.json(&request["body"]) };
            // 24.5: whatever the recording says.
            let status = if name == "cancel" { json!(201) } else { expected["status"].clone() };
            let answer = call.send().await;
            assert_eq!(answer.status, status, "{name}: {}", answer.text);
            let (ours, expected) = (&answer.body["data"], &expected["body"]["data"]);
            let pairs = match (ours.as_array(), expected.as_array()) {
                (Some(ours), Some(theirs)) => {
                    assert_eq!(ours.len(), theirs.len(), "{name}");
                    ours.iter().zip(theirs).collect()
                }
                _ => vec![(ours, expected)],
            };
            for (ours, theirs) in pairs {
                // Columns of the original that nothing reads.
                let unread = ["destinationCalendarId", "reassignReason", "reassignById", "isRecorded", "ratingFeedback", "oneTimePassword"];
                // Known here only.
                let mut own = vec!["id", "uid", "idempotencyKey", "userId", "userPrimaryEmail", "title", "createdAt", "iCalUID", "user", "seatReferenceUid"];
                own.extend(match name {
                    // It has more.
                    "for-reschedule" => &["eventType"][..],
                    // R3.4, R11.10: the original neither counts nor says who.
                    "create-reschedule" => &["attendees", "iCalSequence", "rescheduledBy"],
                    _ => &["attendees"],
                });
                for (key, value) in theirs.as_object().unwrap() {
                    if unread.contains(&key.as_str()) {
                        continue;
                    }
                    assert!(ours.get(key).is_some(), "{name}: {key} is missing");
                    if !own.contains(&key.as_str()) {
                        assert_eq!(&ours[key], value, "{name}: {key}");
                    }
                }
                let disabled = |booking: &Value| booking["eventType"]["disableRescheduling"].clone();
                assert_eq!(disabled(ours), disabled(theirs), "{name}");
            }
            // What is moved and cancelled then.
            if let (Some(uid), Some(id)) = (recorded["response"]["body"]["data"]["uid"].as_str(), ours["id"].as_i64()) {
                let theirs = &recorded["response"]["body"]["data"]["id"];
                names.push((uid.to_owned(), ours["uid"].as_str().unwrap().to_owned()));
                names.push((format!("\"bookingId\":{theirs},"), format!("\"bookingId\":{id},")));
            }
        }
    }
}
