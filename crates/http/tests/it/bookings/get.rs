//! What is read of one booking (file 03, sections 8, 9, 16 and 19 to 21).

use serde_json::{Value, json};
use slotd_domain::oauth2::ClientType;
use slotd_domain::{Role, UserId};
use slotd_testkit::{Answer, Tables, TestServer, on_both_engines};

use super::{
    CURRENT, at, book, bookable, booked, call, call_as, uid, wanted, wanted_by, weekly, with,
};
use crate::slots::{Host, id_of};

/// Runs a statement that returns something, past the API.
pub(super) async fn change_rows(server: &TestServer, sql: &str) {
    let tables = Tables::open(&server.database.options.location).await;
    assert!(!tables.column(sql).await.is_empty(), "{sql}");
}

/// Reads below `/v2/bookings` as nobody.
async fn read(server: &TestServer, path: &str) -> Answer {
    call(server, "GET", path, &Value::Null).await
}

/// The same with a key.
pub(super) async fn read_as(server: &TestServer, key: &str, path: &str) -> Answer {
    call_as(server, key, "GET", path, &Value::Null).await
}

/// A booking as a host reads it.
async fn read_by(host: &Host<'_>, uid: &str) -> Value {
    read_as(host.server, &host.key, &format!("/{uid}")).await.accepted(200).clone()
}

fn seats(shows_attendees: bool) -> Value {
    json!({ "seats": {
        "seatsPerTimeSlot": 3, "showAttendeeInfo": shows_attendees, "showAvailabilityCount": true,
    } })
}

async fn refer(server: &TestServer, booking: &Value, kind: &str, calendar: &str) {
    let row = "(id, booking_id, kind, event_uid, external_calendar_id, is_deleted)";
    for (event_uid, is_deleted) in [("there", "1 = 0"), ("gone", "1 = 1")] {
        let id = "(select coalesce(max(id), 0) + 1 from booking_reference)";
        let booking = &booking["id"];
        change_rows(server, &format!(
            "insert into booking_reference {row} values ({id}, {booking}, '{kind}', '{event_uid}', {calendar}, {is_deleted}) returning id",
        ))
        .await;
    }
}

on_both_engines! {
    /// R8.3: of a series of which one booking is shared by now, nobody sees who shares it.
    async fn what_is_seen_of_a_series_is_asked_of_each_booking(server: TestServer) {
        let (host, id) = bookable(&server, &weekly(2)).await;
        let series = book(&server, &wanted_by(id, &at("10:00"), "omar@mail.test")).await;
        let series = series.accepted(201).as_array().unwrap().clone();
        let seats = json!({
            "recurrence": { "disabled": true },
            "seats": { "seatsPerTimeSlot": 3, "showAttendeeInfo": false, "showAvailabilityCount": true },
        });
        let path = format!("/v2/event-types/{id}");
        let _ = host.call("PATCH", &path, "2024-06-14", &seats).await.accepted(200);
        let second = series[1]["start"].as_str().unwrap();
        let _ = book(&server, &wanted_by(id, second, "lea@mail.test")).await.accepted(201);
        let read = read(&server, &format!("/{}", series[0]["recurringBookingUid"].as_str().unwrap())).await;
        let seen = read.accepted(200).as_array().unwrap().iter();
        let seen: Vec<_> = seen.map(|one| one["attendees"].as_array().unwrap().len()).collect();
        assert_eq!(seen, [1, 0]);
    }

    /// O2-12, R8.3, R7.4: an app is what its user is only as far as the user let it.
    async fn an_app_without_a_scope_for_bookings_is_a_stranger(server: TestServer) {
        let seats = json!({ "seats": { "seatsPerTimeSlot": 3, "showAttendeeInfo": false, "showAvailabilityCount": true } });
        let (host, id) = bookable(&server, &seats).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let cookie = server.new_session(UserId(host.id)).await;
        let app = server.new_app(UserId(host.id), ClientType::Confidential, None).await;
        let path = format!("/{}", uid(&booking));
        let outside = with(&wanted_by(id, &at("20:00"), "b@mail.test"), &json!({ "overrideAvailability": true }));
        for (scope, seen, status) in [("PROFILE_READ", 0, 403), ("BOOKING_READ", 1, 403), ("BOOKING_WRITE", 1, 201)] {
            let tokens = server.app_tokens(&app, &cookie, &[scope]).await;
            let token = tokens["access_token"].as_str().unwrap();
            let read = read_as(&server, token, &path).await;
            assert_eq!(read.accepted(200)["attendees"].as_array().unwrap().len(), seen, "{scope}");
            assert_eq!(call_as(&server, token, "POST", "", &outside).await.status, status, "{scope}");
        }
    }

    /// BK-100, BK-101, BK-102, BK-103, R9.2
    async fn whoever_knows_the_uid_reads_what_was_made(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let body = with(&wanted(id, &at("10:00")), &json!({
            "guests": ["lea@mail.test"], "metadata": { "crmId": "A-77" },
            "bookingFieldsResponses": { "notes": "Second visit" },
        }));
        let made = book(&server, &body).await.accepted(201).clone();
        assert_eq!(made["rating"], Value::Null);
        assert_eq!(made["icsUid"], format!("{}@Cal.com", uid(&made)));
        for version in ["2024-08-13", "2026-02-25"] {
            let path = format!("/v2/bookings/{}", uid(&made));
            let found = server.call("GET", &path).header("cal-api-version", version).send().await;
            assert_eq!(found.accepted(200), &made, "{version}");
        }
        assert_eq!(read_by(&host, uid(&made)).await, made);

        change_rows(&server, "update booking set rating = 4, ical_uid = 'kept@elsewhere.test' returning id").await;
        let rated = read(&server, &format!("/{}", uid(&made))).await.accepted(200).clone();
        assert_eq!((&rated["rating"], &rated["icsUid"]), (&json!(4), &json!("kept@elsewhere.test")));

        for unknown in ["nobody", "%00", "%ff", "by-seat"] {
            let shown = match unknown { "%00" | "%ff" => "\u{fffd}", plain => plain };
            assert_eq!(
                read(&server, &format!("/{unknown}")).await.refused(404),
                format!("Booking with uid={shown} was not found in the database"),
            );
        }
    }

    /// R6.2: nobody has to say who they are, but whoever does must be right.
    async fn wrong_credentials_are_refused_where_none_are_needed(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let made = booked(&server, id, &at("10:00")).await;
        let path = format!("/{}", uid(&made));
        for key in ["cal_unknown", "unknown"] {
            let _ = read_as(&server, key, &path).await.refused(401);
        }
        let world = server.world().await;
        let user = server.new_managed_user(&world, "nina@klinik.test").await;
        server.advance(jiff::SignedDuration::from_hours(2));
        // R1.5, R6.2
        let _ = read_as(&server, user["accessToken"].as_str().unwrap(), &path).await.refused(498);
        let wrong = server.call("GET", &format!("/v2/bookings{path}"))
            .header("cal-api-version", CURRENT).header("x-cal-client-id", &world.client).secret("wrong").send().await;
        let _ = wrong.refused(401);
    }

    /// BK-104: all occurrences whatever became of them, by their start.
    async fn a_series_is_read_by_its_own_uid(server: TestServer) {
        let weekly = json!({ "recurrence": { "interval": 1, "occurrences": 3, "frequency": "weekly" } });
        let (_, id) = bookable(&server, &weekly).await;
        let made = book(&server, &wanted(id, &at("10:00"))).await.accepted(201).clone();
        let series = made[0]["recurringBookingUid"].as_str().unwrap();
        change_rows(&server, &format!("update booking set status = 'cancelled' where id = {} returning id", made[1]["id"])).await;
        let mut expected = made.clone();
        expected[1]["status"] = json!("cancelled");
        assert_eq!(read(&server, &format!("/{series}")).await.accepted(200), &expected);
        assert_eq!(read(&server, &format!("/{}", uid(&made[2]))).await.accepted(200), &made[2]);
    }

    /// BK-105, R8.1
    async fn broken_answers_do_not_break_a_booking(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let made = booked(&server, id, &at("10:00")).await;
        let path = format!("/{}", uid(&made));
        let unknown = json!({
            "name": "unknown", "email": "unknown", "displayEmail": "unknown", "guests": [], "displayGuests": [],
            "rescheduledReason": "unknown",
        });
        for (stored, shown) in [
            ("null", unknown.clone()),
            ("'[]'", unknown.clone()),
            ("'\"text\"'", unknown.clone()),
            (
                r#"'{"name": 5, "email": null, "guests": "x", "rescheduledReason": [], "own": {"a": [1, null]}}'"#,
                with(&unknown, &json!({ "own": { "a": [1, null] } })),
            ),
            ("'{}'", json!({ "name": "unknown", "email": "unknown", "displayEmail": "unknown" })),
            (
                r#"'{"name": {"firstName": "O"}, "email": "o@mail.test", "guests": [1, "lea@mail.test"]}'"#,
                json!({
                    "name": { "firstName": "O" }, "email": "o@mail.test", "displayEmail": "o@mail.test",
                    "guests": [1, "lea@mail.test"], "displayGuests": ["lea@mail.test"],
                }),
            ),
        ] {
            change_rows(&server, &format!("update booking set responses = {stored}, description = null returning id")).await;
            let found = read(&server, &path).await.accepted(200).clone();
            assert_eq!(found["bookingFieldsResponses"], shown, "{stored}");
            assert_eq!(found["attendees"], made["attendees"], "{stored}");
            assert_eq!(found["description"], "", "{stored}");
        }
    }

    /// R8.1, section 8.1: without host and event type.
    async fn a_booking_outlives_its_event_type(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let made = booked(&server, id, &at("10:00")).await;
        let _ = host.call("DELETE", &format!("/v2/event-types/{id}"), "2024-06-14", &json!({})).await.accepted(200);
        let found = read(&server, &format!("/{}", uid(&made))).await.accepted(200).clone();
        assert_eq!((&found["eventType"], &found["eventTypeId"]), (&Value::Null, &Value::Null));
        assert_eq!(found["hosts"], made["hosts"]);
        let links = read_as(&server, &host.key, &format!("/{}/calendar-links", uid(&made))).await;
        assert_eq!(links.refused(400), format!("Booking with uid {} has no event type", uid(&made)));
    }

    /// BK-49, BK-74, BK-81, R8.3, R8.5, R9.1
    async fn seats_are_shown_to_their_holder_and_to_the_host(server: TestServer) {
        let (host, id) = bookable(&server, &seats(false)).await;
        let first = book(&server, &with(&wanted_by(id, &at("10:00"), "a@mail.test"), &json!({ "metadata": { "k": "v" } }))).await.accepted(201).clone();
        let second = book(&server, &wanted_by(id, &at("10:00"), "b@mail.test")).await.accepted(201).clone();
        assert_eq!(first["uid"], second["uid"]);
        let seat_uids = [&first, &second].map(|made| made["seatUid"].as_str().unwrap().to_owned());

        // Not even with a seat's uid, here.
        for key in [uid(&first), &seat_uids[0]] {
            let hidden = read(&server, &format!("/{key}")).await.accepted(200).clone();
            assert_eq!((&hidden["uid"], &hidden["attendees"]), (&first["uid"], &json!([])));
            for absent in ["seatUid", "guests", "bookingFieldsResponses", "metadata"] {
                assert!(hidden.get(absent).is_none(), "{absent}");
            }
            assert_eq!(hidden["description"], Value::Null);
        }
        let stranger = Host::new(&server).await;
        assert_eq!(read_by(&stranger, uid(&first)).await["attendees"], json!([]));
        let all = read_by(&host, uid(&first)).await;
        let seats_of = |booking: &Value| -> Vec<String> {
            booking["attendees"].as_array().unwrap().iter().map(|one| one["seatUid"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(seats_of(&all), seat_uids);
        assert!(all.get("seatUid").is_none());
        assert_eq!(all["attendees"][0]["metadata"], json!({ "k": "v" }));
        assert_eq!(all["attendees"][0]["bookingFieldsResponses"]["name"], "Omar Haddad");
        assert!(all["attendees"][0]["bookingFieldsResponses"].get("email").is_none());

        let by_seat = read(&server, &format!("/by-seat/{}", seat_uids[1])).await.accepted(200).clone();
        assert_eq!(by_seat["attendees"], json!([all["attendees"][1]]));
        assert_eq!(
            read(&server, "/by-seat/nobody").await.refused(404),
            "Booking with seatUid=nobody was not found in the database",
        );

        // The event type may show everybody.
        change_rows(&server, "update booking_seat set responses = '{\"name\": {\"firstName\": \"O\", \"lastName\": \"H\"}, \"email\": \"x\"}' returning uid").await;
        let shows = json!({ "seats": seats(true)["seats"] });
        let _ = host.call("PATCH", &format!("/v2/event-types/{id}"), "2024-06-14", &shows).await.accepted(200);
        let shown = read(&server, &format!("/{}", uid(&first))).await.accepted(200).clone();
        assert_eq!(seats_of(&shown), seat_uids);
        assert_eq!(shown["attendees"][0]["bookingFieldsResponses"], json!({ "name": { "firstName": "O", "lastName": "H" } }));
        for broken in ["'{}'", "'[]'", "'{\"name\": null}'"] {
            change_rows(&server, &format!("update booking_seat set responses = {broken} returning uid")).await;
            let shown = read(&server, &format!("/{}", uid(&first))).await.accepted(200).clone();
            assert_eq!(shown["attendees"][1]["bookingFieldsResponses"], json!({ "name": "Omar Haddad" }), "{broken}");
        }
        // Of a booking whose event type is gone nobody else is shown.
        let _ = host.call("DELETE", &format!("/v2/event-types/{id}"), "2024-06-14", &json!({})).await.accepted(200);
        assert_eq!(read(&server, &format!("/{}", uid(&first))).await.accepted(200)["attendees"], json!([]));
        assert_eq!(seats_of(&read_by(&host, uid(&first)).await), seat_uids);
    }

    /// BK-184, BK-185, R16.1
    async fn attendees_have_ids_for_whoever_manages_the_booking(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let body = with(&wanted(id, &at("10:00")), &json!({ "guests": ["lea@mail.test"] }));
        let made = book(&server, &body).await.accepted(201).clone();
        let other = booked(&server, id, &at("12:00")).await;
        let path = format!("/{}/attendees", uid(&made));
        let _ = read(&server, &path).await.refused(401);
        let listed = read_as(&server, &host.key, &path).await.accepted(200).clone();
        let booker = json!({
            "id": listed[0]["id"], "name": "Omar Haddad", "email": "omar@mail.test", "displayEmail": "omar@mail.test",
            "timeZone": "Europe/Berlin", "language": "en", "absent": false,
        });
        assert_eq!(listed[0], booker);
        assert_eq!((&listed[1]["email"], &listed[1]["name"]), (&json!("lea@mail.test"), &json!("")));
        assert_eq!(listed.as_array().unwrap().len(), 2);
        let one = |uid: &str| format!("/{uid}/attendees/{}", booker["id"]);
        assert_eq!(read_as(&server, &host.key, &one(uid(&made))).await.accepted(200), &booker);

        let of_other = read_as(&server, &host.key, &one(uid(&other))).await;
        assert_eq!(
            of_other.refused(404),
            format!("Attendee with id={} was not found in booking with uid={}", booker["id"], uid(&other)),
        );
        let _ = read_as(&server, &host.key, &format!("{path}/x")).await.refused(400);
        let _ = read(&server, &one(uid(&made))).await.refused(401);
        let stranger = Host::new(&server).await;
        for (uid, path) in [(uid(&made), path.clone()), (uid(&made), one(uid(&made))), ("nobody", "/nobody/attendees".to_owned())] {
            assert_eq!(
                read_as(&server, &stranger.key, &path).await.refused(403),
                format!("BookingPbacGuard - user with id={} does not have access to booking with uid={uid}", stranger.id),
            );
        }
    }

    /// BK-189, section 19
    async fn a_booking_can_be_put_into_four_calendars(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let body = with(&wanted(id, &at("10:00")), &json!({
            "location": "https://meet.example.test/room", "bookingFieldsResponses": { "notes": "Second & last" },
        }));
        let made = book(&server, &body).await.accepted(201).clone();
        let path = format!("/{}/calendar-links", uid(&made));
        assert_eq!(read(&server, &path).await.status, 403, "R6.3");
        // Any valid credential will do: the uid is the key.
        let stranger = Host::new(&server).await;
        for key in [&host.key, &stranger.key] {
            let links = read_as(&server, key, &path).await.accepted(200).clone();
            let part = |name: &str| -> Vec<String> {
                links.as_array().unwrap().iter().map(|link| link[name].as_str().unwrap().to_owned()).collect()
            };
            assert_eq!(part("label"), ["Google Calendar", "Microsoft Office", "Microsoft Outlook", "ICS"]);
            assert_eq!(part("id"), ["googleCalendar", "microsoftOffice", "microsoftOutlook", "ics"]);
            let link = part("link");
            let google = "https://calendar.google.com/calendar/r/eventedit?dates=20500905T100000Z/20500905T110000Z&text=";
            assert!(link[0].starts_with(google), "{}", link[0]);
            assert!(link[0].ends_with("&details=Second%20%26%20last&location=https%3A%2F%2Fmeet.example.test%2Froom"), "{}", link[0]);
            assert!(link[1].starts_with("https://outlook.office.com/calendar/0/deeplink/compose?body=Second"), "{}", link[1]);
            assert!(link[2].starts_with("https://outlook.live.com/calendar/0/deeplink/compose?body=Second"), "{}", link[2]);
            assert!(link[3].starts_with("data:text/calendar,BEGIN%3AVCALENDAR"), "{}", link[3]);
            assert!(link[3].contains("omar%40mail.test") && link[3].contains("METHOD%3APUBLISH"), "{}", link[3]);
        }
        assert_eq!(
            read_as(&server, &host.key, "/nobody/calendar-links").await.refused(404),
            "Booking with uid nobody not found",
        );
        change_rows(&server, "update booking set status = 'cancelled' returning id").await;
        let links = read_as(&server, &host.key, &path).await.accepted(200).clone();
        assert!(links[3]["link"].as_str().unwrap().contains("METHOD%3ACANCEL"));
    }

    /// Section 19: only the first booking of a whole series brings the others.
    async fn calendars_learn_the_rule_of_a_series_that_is_whole(server: TestServer) {
        let weekly = json!({ "recurrence": { "interval": 2, "occurrences": 3, "frequency": "weekly" } });
        let (host, id) = bookable(&server, &weekly).await;
        let made = book(&server, &wanted(id, &at("10:00"))).await.accepted(201).clone();
        let google = async |booking: &Value| {
            let path = format!("/{}/calendar-links", uid(booking));
            let links = read_as(&server, &host.key, &path).await.accepted(200).clone();
            links[0]["link"].as_str().unwrap().to_owned()
        };
        let rule = "&recur=RRULE%3AFREQ%3DWEEKLY%3BINTERVAL%3D2%3BCOUNT%3D3";
        assert!(google(&made[0]).await.ends_with(rule), "{}", google(&made[0]).await);
        assert!(!google(&made[1]).await.contains("recur"));
        // No app's name is told as a place.
        assert!(!google(&made[0]).await.contains("integrations"));
        change_rows(&server, &format!("update booking set status = 'rejected' where id = {} returning id", made[1]["id"])).await;
        assert!(!google(&made[0]).await.contains("recur"));
    }

    /// Section 19, R8.3: links tell of seats what a booking tells.
    async fn links_hide_other_bookers_of_a_shared_booking(server: TestServer) {
        let (host, id) = bookable(&server, &seats(false)).await;
        let made = booked(&server, id, &at("10:00")).await;
        let path = format!("/{}/calendar-links", uid(&made));
        let stranger = Host::new(&server).await;
        for (key, sees) in [(&host.key, true), (&stranger.key, false)] {
            let links = read_as(&server, key, &path).await.accepted(200).clone();
            assert_eq!(links[3]["link"].as_str().unwrap().contains("omar%40mail.test"), sees);
        }
    }

    /// BK-190, section 20
    async fn references_are_listed_by_type(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let made = booked(&server, id, &at("10:00")).await;
        refer(&server, &made, "google_calendar", "'primary'").await;
        refer(&server, &made, "zoom_video", "null").await;
        let path = format!("/{}/references", uid(&made));
        let list = async |query: &str| {
            read_as(&server, &host.key, &format!("{path}{query}")).await.accepted(200).clone()
        };
        let calendar = json!({ "type": "google_calendar", "eventUid": "there", "destinationCalendarId": "primary", "id": 1 });
        let video = json!({ "type": "zoom_video", "eventUid": "there", "destinationCalendarId": null, "id": 3 });
        assert_eq!(list("").await, json!([calendar, video]));
        assert_eq!(list("?type=google_calendar").await, json!([calendar]));
        assert_eq!(list("?type=daily_video").await, json!([]));
        let wrong = read_as(&server, &host.key, &format!("{path}?type=paper")).await;
        assert_eq!(wrong.invalid_fields(), ["type"]);
        assert_eq!(read(&server, &path).await.status, 403, "R6.3");
        assert_eq!(
            read_as(&server, &host.key, "/nobody/references").await.refused(404),
            "Booking with uid nobody not found",
        );
        let stranger = Host::new(&server).await;
        assert_eq!(
            read_as(&server, &stranger.key, &path).await.refused(400),
            format!("Booking with uid {} does not belong to user", uid(&made)),
        );
    }

    /// BK-191, R21.1 to R21.3
    async fn a_booking_without_built_in_video_has_no_recordings(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "nina@klinik.test").await;
        let host = Host { server: &server, id: id_of(&user["user"]), key: user["accessToken"].as_str().unwrap().to_owned() };
        host.schedule(&crate::slots::daily("UTC")).await;
        let id = host.event_type("own", &json!({ "minimumBookingNotice": 0 })).await;
        let made = booked(&server, id, &at("10:00")).await;
        let stranger = Host::new(&server).await;
        let other = server.world().await;
        let admin = server.new_person(Some((world.organization, Role::Admin, true))).await;
        let admin = server.new_key(admin, None, None).await;
        let kinds = ["recordings", "transcripts", "conferencing-sessions"];
        for kind in kinds {
            let path = format!("/{}/{kind}", uid(&made));
            assert_eq!(read(&server, &path).await.status, 403, "R6.3");
            for key in [&host.key, &world.key, &admin] {
                assert_eq!(
                    read_as(&server, key, &path).await.refused(404),
                    format!("No Cal Video reference found with booking uid {}", uid(&made)),
                );
            }
            assert_eq!(
                read_as(&server, &stranger.key, &path).await.refused(403),
                format!("BookingPbacGuard - user with id={} does not have access to booking with uid={}", stranger.id, uid(&made)),
            );
            let _ = read_as(&server, &other.key, &path).await.refused(403);
            assert_eq!(
                read_as(&server, &host.key, &format!("/nobody/{kind}")).await.refused(404),
                "Booking with uid=nobody was not found in the database",
            );
        }
        refer(&server, &made, "daily_video", "null").await;
        for kind in kinds {
            let found = read_as(&server, &host.key, &format!("/{}/{kind}", uid(&made))).await;
            assert_eq!(found.accepted(200), &json!([]), "{kind}");
        }
    }
}
