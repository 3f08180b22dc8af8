//! `POST /v2/bookings` (section 7).

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_domain::{Role, UserId};
use slotd_store::users;
use slotd_testkit::{Tables, TestBooking, TestServer, on_both_engines};

use super::{
    DAY, approval, at, book, book_as, bookable, booked, call, change, effects, facts, stored, uid,
    wanted, wanted_by, with,
};
use crate::slots::{Host, daily, hold, hours, set_clock};

const NOT_AVAILABLE: &str = "User either already has booking at this time or is not available";
const OUT_OF_BOUNDS: &str = "The event type can't be booked at the \"start\" time provided. This could be because it's too soon (violating the minimum booking notice) or too far in the future (outside the event's scheduling window). Try fetching available slots first using the GET /v2/slots endpoint and then make a booking with \"start\" time equal to one of the available slots";

/// The body of a booking without what says of which event type.
fn unaddressed(body: &Value) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().remove("eventTypeId");
    body
}

async fn me(host: &Host<'_>) -> Value {
    host.call("GET", "/v2/me", "2024-08-13", &json!({})).await.accepted(200).clone()
}

on_both_engines! {
    /// BK-1, BK-2, BK-3, R5.7
    async fn metadata_has_limits_whose_boundaries_are_accepted(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let keys = |count: usize| Value::Object((0..count).map(|at| (format!("k{at}"), json!("v"))).collect());
        let one = |key: usize, value: usize| json!({ "k".repeat(key): "v".repeat(value) });
        // Characters are those of the clients: an emoji is two.
        let emoji = |key: usize, value: usize| json!({ "😀".repeat(key): "😀".repeat(value) });
        let too_much = [keys(51), one(41, 1), one(1, 501), emoji(21, 1), emoji(1, 251)];
        for metadata in &too_much {
            let answer = book(&server, &with(&wanted(id, &at("09:00")), &json!({ "metadata": metadata }))).await;
            assert_eq!(
                answer.refused(400),
                "metadata property is wrong,Metadata must have at most 50 keys, each key up to 40 characters, and string values up to 500 characters. "
            );
        }
        let just_right = [keys(50), one(40, 1), one(1, 500), emoji(20, 250)];
        for (hour, metadata) in ["09:00", "10:00", "11:00", "12:00"].into_iter().zip(&just_right) {
            let answer = book(&server, &with(&wanted(id, &at(hour)), &json!({ "metadata": metadata }))).await;
            assert_eq!(&answer.accepted(201)["metadata"], metadata);
        }
    }

    /// BK-4, BK-5, R3.1, R3.4, R7.19, R7.63, R8.2, section 8.1: every field of the answer.
    async fn a_booking_shows_what_was_sent(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let owner = me(&host).await;
        let attendee = json!({ "name": "Omar Haddad", "email": "omar@mail.test", "timeZone": "Europe/Rome", "language": "it" });
        let url = "https://meet.example.test/room";
        let body = with(&wanted(id, &at("10:00")), &json!({
            "attendee": attendee, "guests": ["lea@mail.test", "bo@mail.test"], "location": url,
            "metadata": { "crmId": "A-77" }, "bookingFieldsResponses": { "notes": "Second visit", "other": 7 },
        }));
        let answer = book(&server, &body).await;
        let data = answer.accepted(201);
        let guest = |email: &str| json!({
            "name": "", "email": email, "displayEmail": email, "timeZone": "Europe/Rome", "language": "en", "absent": false,
        });
        let now = slotd_contract::timestamp(server.now());
        assert_eq!(data, &json!({
            "id": data["id"], "uid": data["uid"], "title": format!("Event between {} and Omar Haddad", owner["name"].as_str().unwrap_or_default()),
            "description": "Second visit", "status": "accepted", "cancellationReason": "", "cancelledByEmail": "",
            "hosts": [{
                "id": host.id, "name": data["hosts"][0]["name"], "email": owner["email"], "displayEmail": owner["email"], "username": owner["username"],
                "timeZone": "Europe/London",
            }],
            "start": at("10:00"), "end": at("11:00"), "duration": 60, "eventTypeId": id, "eventType": { "id": id, "slug": "own" },
            "location": url, "meetingUrl": url, "absentHost": false, "createdAt": now, "updatedAt": now, "rating": null,
            "icsUid": format!("{}@Cal.com", uid(data)), "metadata": { "crmId": "A-77" },
            "attendees": [
                with(&attendee, &json!({ "displayEmail": "omar@mail.test", "absent": false })), guest("lea@mail.test"), guest("bo@mail.test"),
            ],
            "guests": ["lea@mail.test", "bo@mail.test"],
            "bookingFieldsResponses": {
                "name": "Omar Haddad", "email": "omar@mail.test", "displayEmail": "omar@mail.test", "notes": "Second visit", "other": 7,
                "guests": ["lea@mail.test", "bo@mail.test"], "displayGuests": ["lea@mail.test", "bo@mail.test"],
                "location": { "value": "link", "optionValue": url },
            },
        }));
        let is_symbol = |c: char| c.is_ascii_alphanumeric() && !"0OIl".contains(c);
        assert!(uid(data).len() == 22 && uid(data).chars().all(is_symbol), "{}", uid(data));
        assert!(!hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
    }

    /// Section 8.1, R7.19, R7.25: nothing that was not said.
    async fn a_booking_shows_no_more_than_was_sent(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let data = booked(&server, id, &at("10:00")).await;
        assert_eq!(data["bookingFieldsResponses"], json!({ "name": "Omar Haddad", "email": "omar@mail.test", "displayEmail": "omar@mail.test" }));
        assert_eq!((&data["description"], &data["metadata"], &data["location"]), (&json!(""), &json!({}), &json!("integrations:daily")));
        for absent in ["guests", "seatUid", "recurringBookingUid", "rescheduledFromUid", "rescheduledToUid", "reschedulingReason", "rescheduledByEmail"] {
            assert!(data.get(absent).is_none(), "{absent}: {data}");
        }
        assert_eq!(data["attendees"].as_array().unwrap().len(), 1);
        assert_eq!(data["attendees"][0]["language"], "en");
    }

    /// BK-6, BK-7, BK-9, R7.1, R7.4
    async fn an_event_type_is_found_by_id_or_by_user_and_slug(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let username = me(&host).await["username"].clone();
        let named = |start: &str, fields: &Value| with(&unaddressed(&wanted(id, &at(start))), fields);
        let neither = book(&server, &named("09:00", &json!({}))).await;
        assert_eq!(
            neither.refused(400),
            "eventTypeId or eventTypeSlug + username property is wrong,Either eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug must be provided "
        );
        let by_slug = json!({ "username": username, "eventTypeSlug": "own" });
        let found = book(&server, &named("09:00", &by_slug)).await;
        assert_eq!(found.accepted(201)["eventType"], json!({ "id": id, "slug": "own" }));
        // The id wins, whatever else is named.
        let both = json!({ "eventTypeId": id, "username": "nobody", "eventTypeSlug": "nothing", "teamSlug": "owls" });
        assert_eq!(book(&server, &named("10:00", &both)).await.accepted(201)["eventTypeId"], id);
        for (fields, text) in [
            (json!({ "eventTypeId": 999_999 }), "Event type with id 999999 not found.".to_owned()),
            (json!({ "username": "no-one", "eventTypeSlug": "own" }), "User with username no-one not found".to_owned()),
            (
                json!({ "username": username, "eventTypeSlug": "none" }),
                format!("Event type with slug none belonging to user {} not found.", username.as_str().unwrap()),
            ),
            (json!({ "teamSlug": "owls", "eventTypeSlug": "own" }), "Team with slug owls not found".to_owned()),
            (
                json!({ "username": username, "eventTypeSlug": "own", "organizationSlug": "acme" }),
                "Organization with slug acme not found".to_owned(),
            ),
        ] {
            let answer = book(&server, &named("11:00", &fields)).await;
            assert_eq!(answer.refused(404), text);
            assert!(answer.body.get("statusCode").is_none(), "{}", answer.text);
        }
    }

    /// BK-8, R7.4
    async fn a_member_of_an_organization_is_found_with_its_slug(server: TestServer) {
        let world = server.world().await;
        let created = server.new_managed_user(&world, "nina@klinik.test").await;
        let (key, username) = (created["accessToken"].as_str().unwrap().to_owned(), created["user"]["username"].clone());
        let host = Host { server: &server, id: crate::slots::id_of(&created["user"]), key };
        host.schedule(&daily("UTC")).await;
        let id = host.event_type("own", &json!({})).await;
        let organization = format!("organization-{}", world.organization);
        let by = |slug: &str, organization: Option<&str>| {
            let mut fields = json!({ "username": username, "eventTypeSlug": slug });
            if let Some(organization) = organization {
                fields["organizationSlug"] = json!(organization);
            }
            with(&unaddressed(&wanted(id, &at("10:00"))), &fields)
        };
        let name = username.as_str().unwrap();
        let unknown = book(&server, &by("none", Some(&organization))).await;
        assert_eq!(
            unknown.refused(404),
            format!("Event type with slug none belonging to user {name} within organization {organization} not found.")
        );
        assert_eq!(book(&server, &by("own", Some(&organization))).await.accepted(201)["eventTypeId"], id);
    }

    /// BK-10, BK-11, BK-12, BK-13, R5.4, R7.2
    async fn a_body_of_the_wrong_shape_is_refused_in_the_contracts_words(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let attendee = |fields: &Value| {
            let mut body = wanted(id, &at("10:00"));
            body["attendee"] = fields.clone();
            body
        };
        let good = json!({ "name": "A", "email": "a@mail.test", "timeZone": "Europe/Berlin" });
        let without = |name: &str| {
            let mut fields = good.clone();
            fields.as_object_mut().unwrap().remove(name);
            attendee(&fields)
        };
        for (body, expected) in [
            (without("name"), "name must be a string"),
            (without("timeZone"), "timeZone must be a valid IANA time-zone"),
            (attendee(&with(&good, &json!({ "timeZone": "Mars/Base" }))), "timeZone must be a valid IANA time-zone"),
            (attendee(&with(&good, &json!({ "name": "" }))), "name"),
            (without("email"), "attendee property is wrong, attendee email or phone property is wrong,Attendee must have at least one contact method (email or phone number) "),
            (attendee(&with(&good, &json!({ "language": "xx" }))), "language"),
            (attendee(&with(&good, &json!({ "phoneNumber": "12" }))), "Invalid phone number format. Please use international format."),
            (attendee(&json!([])), "attendee must be an object"),
            (with(&wanted(id, &at("10:00")), &json!({ "foo": 1 })), "foo property is wrong,property foo should not exist "),
            (with(&wanted(id, &at("10:00")), &json!({ "eventTypeId": id.to_string() })), "eventTypeId"),
            (json!([]), "Body should be an object"),
            (json!({}), "start property is wrong"),
            (json!({}), "attendee property is wrong"),
        ] {
            let answer = book(&server, &body).await;
            let text = answer.refused(400);
            assert!(text.contains(expected), "{body} {text}");
            assert_eq!(answer.body["error"]["code"], "BadRequestException");
        }
        let nothing = server.call("POST", "/v2/bookings").header("cal-api-version", "2024-08-13").send().await;
        assert!(nothing.refused(400).contains("start property is wrong"), "{}", nothing.text);
        assert!(nothing.refused(400).contains("attendee property is wrong"), "{}", nothing.text);
        assert_eq!(stored(&server).await, 0);
    }

    /// BK-14, BK-15
    async fn a_time_is_booked_once_and_within_the_hours_only(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        booked(&server, id, &at("10:00")).await;
        for (hour, rule) in [("10:00", "booking"), ("09:30", "booking"), ("10:59", "booking"), ("08:00", "workingHours"), ("16:30", "workingHours")] {
            let refused = book(&server, &wanted(id, &at(hour))).await;
            assert_eq!(refused.refused(400), NOT_AVAILABLE, "{hour}");
            assert_eq!(refused.body["error"]["code"], "BadRequestException");
            assert_eq!(refused.body["error"]["details"]["reason"], rule, "{hour}");
        }
        assert_eq!(stored(&server).await, 1);
    }

    /// BK-16, 7.9 row 5: to the millisecond.
    async fn the_past_cannot_be_booked(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        set_clock(&server, "2050-09-05T10:00:00.001Z".parse().unwrap());
        let refused = book(&server, &wanted(id, &at("10:00"))).await;
        assert_eq!(refused.refused(400), "Attempting to book a meeting in the past.");
        let (_, id) = bookable(&server, &json!({})).await;
        let now = with(&wanted(id, "2050-09-05T10:00:00.001Z"), &json!({}));
        assert_eq!(book(&server, &now).await.accepted(201)["start"], "2050-09-05T10:00:00.001Z");
    }

    /// BK-17, 7.9.2
    async fn notice_and_window_bound_what_can_be_booked(server: TestServer) {
        let (host, id) = bookable(&server, &json!({ "minimumBookingNotice": 120 })).await;
        set_clock(&server, "2050-09-05T08:00:00Z".parse().unwrap());
        let out = async |hour: &str| book(&server, &wanted(id, hour)).await.refused(400).to_owned();
        assert_eq!(out("2050-09-05T09:59:59.999Z").await, OUT_OF_BOUNDS);
        booked(&server, id, &at("10:00")).await;
        let days = json!({ "minimumBookingNotice": 0, "bookingWindow": { "type": "calendarDays", "value": 2, "rolling": false } });
        change(&host, id, &days).await;
        booked(&server, id, "2050-09-07T10:00:00Z").await;
        assert_eq!(out("2050-09-08T10:00:00Z").await, OUT_OF_BOUNDS);
        let range = json!({ "bookingWindow": { "type": "range", "value": ["2050-09-20", "2050-09-21"] } });
        change(&host, id, &range).await;
        assert_eq!(out("2050-09-19T16:00:00Z").await, OUT_OF_BOUNDS);
        assert_eq!(out("2050-09-22T09:00:00Z").await, OUT_OF_BOUNDS);
        booked(&server, id, "2050-09-20T09:00:00Z").await;
        booked(&server, id, "2050-09-21T16:00:00Z").await;
    }

    /// BK-18, R7.32
    async fn touching_bookings_do_not_overlap_but_buffers_do(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        booked(&server, id, &at("10:00")).await;
        booked(&server, id, &at("11:00")).await;
        booked(&server, id, &at("09:00")).await;
        change(&host, id, &json!({ "afterEventBuffer": 15 })).await;
        let refused = book(&server, &wanted(id, &at("12:00"))).await;
        assert_eq!(refused.refused(400), NOT_AVAILABLE);
        assert_eq!(refused.body["error"]["details"]["reason"], "buffer");
        booked(&server, id, &at("12:15")).await;
    }

    /// BK-19, R4.1
    async fn whoever_attends_another_booking_cannot_be_booked(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let (_, elsewhere) = bookable(&server, &json!({})).await;
        let address = me(&host).await["email"].as_str().unwrap().to_uppercase();
        let as_guest = with(&wanted(elsewhere, &at("10:00")), &json!({ "guests": [address] }));
        let _ = book(&server, &as_guest).await.accepted(201);
        let _ = book(&server, &wanted_by(elsewhere, &at("12:00"), &address)).await.accepted(201);
        for hour in ["10:00", "12:30"] {
            assert_eq!(book(&server, &wanted(id, &at(hour))).await.refused(400), NOT_AVAILABLE, "{hour}");
        }
        booked(&server, id, &at("11:00")).await;
    }

    /// BK-20, R4.1, R7.43
    async fn what_waits_for_its_host_blocks_only_when_the_event_type_says_so(server: TestServer) {
        let (host, id) = bookable(&server, &approval(false)).await;
        assert_eq!(booked(&server, id, &at("10:00")).await["status"], "pending");
        let second = book(&server, &wanted_by(id, &at("10:00"), "second@mail.test")).await;
        assert_eq!(second.accepted(201)["status"], "pending");
        change(&host, id, &approval(true)).await;
        let third = book(&server, &wanted_by(id, &at("10:00"), "third@mail.test")).await;
        assert_eq!(third.refused(400), NOT_AVAILABLE);
        // Of another event type of the same host it does not.
        let other = host.event_type("other", &json!({})).await;
        booked(&server, other, &at("10:00")).await;
    }

    /// R7.41
    async fn approval_can_depend_on_the_notice(server: TestServer) {
        let policy = json!({ "confirmationPolicy": {
            "type": "time", "noticeThreshold": { "unit": "hours", "count": 24 }, "blockUnconfirmedBookingsInBooker": false,
        } });
        let (_, id) = bookable(&server, &policy).await;
        set_clock(&server, "2050-09-05T08:00:00Z".parse().unwrap());
        assert_eq!(booked(&server, id, &at("10:00")).await["status"], "pending");
        assert_eq!(booked(&server, id, "2050-09-07T10:00:00Z").await["status"], "accepted");
    }

    /// BK-21, 7.9 row 8
    async fn a_booking_limit_holds_for_its_period(server: TestServer) {
        let (_, id) = bookable(&server, &json!({ "bookingLimitsCount": { "day": 1 } })).await;
        booked(&server, id, &at("10:00")).await;
        let refused = book(&server, &wanted(id, &at("12:00"))).await;
        assert_eq!(refused.refused(401), "booking_limit_reached");
        assert_eq!((&refused.body["statusCode"], &refused.body["message"]), (&json!(401), &json!("booking_limit_reached")));
        booked(&server, id, "2050-09-06T10:00:00Z").await;
    }

    /// BK-22, 7.9 row 9
    async fn a_duration_limit_counts_the_new_booking(server: TestServer) {
        for (limit, existing) in [(60, 60), (90, 60)] {
            let (_, id) = bookable(&server, &json!({ "bookingLimitsDuration": { "day": limit } })).await;
            booked(&server, id, &at("10:00")).await;
            let refused = book(&server, &wanted(id, &at("12:00"))).await;
            assert_eq!(refused.refused(401), "duration_limit_reached");
            assert_eq!(refused.body["message"], "duration_limit_reached");
            let details = &refused.body["error"]["details"];
            for (key, expected) in [
                ("reason", json!("durationLimit")), ("unit", json!("day")), ("limitMinutes", json!(limit)),
                ("existingMinutes", json!(existing)), ("requestedMinutes", json!(60)),
            ] {
                assert_eq!(details[key], expected, "{key} {details}");
            }
            booked(&server, id, "2050-09-06T10:00:00Z").await;
        }
    }

    /// 5.2: `eventTypeUser.notFound`
    async fn a_locked_host_cannot_be_booked(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let tables = Tables::open(&server.database.options.location).await;
        let locked_at = async |value: &str| {
            let sql = format!("update user_account set locked_at = {value} where id = {} returning id", host.id);
            assert_eq!(tables.column(&sql).await.len(), 1);
        };
        locked_at("created_at").await;
        let refused = book(&server, &wanted(id, &at("10:00"))).await;
        assert_eq!(refused.refused(404), "eventTypeUser.notFound");
        assert_eq!((&refused.body["statusCode"], &refused.body["message"]), (&json!(404), &json!("eventTypeUser.notFound")));
        assert_eq!(stored(&server).await, 0);
        // Nor when that happens after the draft: nobody is held, and it is drafted again.
        let user = UserId(host.id);
        server.write(move |conn| Box::pin(async move {
            assert_eq!(users::lock_to_book(conn, user).await?, 0);
            Ok(())
        })).await;
        locked_at("null").await;
        booked(&server, id, &at("10:00")).await;
    }

    /// BK-23, 7.9 row 3
    async fn a_booker_has_only_so_many_active_bookings(server: TestServer) {
        let limit = |offers: bool| json!({ "bookerActiveBookingsLimit": { "maximumActiveBookings": 1, "offerReschedule": offers } });
        let (host, id) = bookable(&server, &limit(false)).await;
        let first = booked(&server, id, &at("10:00")).await;
        let text = "Attendee with this email can't book because the maximum number of active bookings has been reached.";
        let again = wanted_by(id, &at("12:00"), "OMAR@mail.test");
        assert_eq!(book(&server, &again).await.refused(400), text);
        let _ = book(&server, &wanted_by(id, &at("11:00"), "other@mail.test")).await.accepted(201);
        change(&host, id, &limit(true)).await;
        let offered = format!("{text} You can reschedule your existing booking ({}) to a new timeslot instead.", uid(&first));
        assert_eq!(book(&server, &again).await.refused(400), offered);
        // The host overrides availability, not this.
        let overriding = with(&again, &json!({ "overrideAvailability": true }));
        assert_eq!(book_as(&server, &host.key, &overriding).await.refused(400), offered);
        server.cancel_booking(slotd_domain::BookingId(crate::slots::id_of(&first))).await;
        let _ = book(&server, &again).await.accepted(201);
        // What is over is not active any more.
        set_clock(&server, "2050-09-06T08:00:00Z".parse().unwrap());
        booked(&server, id, "2050-09-06T10:00:00Z").await;
    }

    /// 7.9 row 3, R3.2: a guest's bookings count, but only the booker's own can be moved.
    async fn a_limit_names_no_booking_of_somebody_else(server: TestServer) {
        let limit = json!({ "bookerActiveBookingsLimit": { "maximumActiveBookings": 1, "offerReschedule": true } });
        let (_, id) = bookable(&server, &limit).await;
        let body = with(&wanted(id, &at("10:00")), &json!({ "guests": ["lea@mail.test"] }));
        let booking = book(&server, &body).await.accepted(201).clone();
        let refused = book(&server, &wanted_by(id, &at("12:00"), "lea@mail.test")).await;
        assert_eq!(
            refused.refused(400),
            "Attendee with this email can't book because the maximum number of active bookings has been reached."
        );
        assert!(!refused.text.contains(uid(&booking)), "{}", refused.text);
        let own = book(&server, &wanted(id, &at("12:00"))).await;
        assert!(own.refused(400).contains(uid(&booking)), "{}", own.text);
    }

    /// BK-24
    async fn an_event_type_can_require_credentials(server: TestServer) {
        let world = server.world().await;
        let owner = server.new_person(Some((world.organization, Role::Member, true))).await;
        let admin = server.new_person(Some((world.organization, Role::Admin, true))).await;
        let admin = server.new_key(admin, Some(world.organization), None).await;
        let key = server.new_key(owner, Some(world.organization), None).await;
        let host = Host { server: &server, id: owner.0, key };
        host.schedule(&daily("UTC")).await;
        let id = host.event_type("own", &json!({ "bookingRequiresAuthentication": true })).await;
        let stranger = Host::new(&server).await;
        let body = |hour: &str| wanted(id, &at(hour));
        assert_eq!(
            book(&server, &body("10:00")).await.refused(401),
            "checkBookingRequiresAuthentication - request must be authenticated by passing credentials belonging to event type owner, host or team or org admin or owner."
        );
        assert_eq!(
            book_as(&server, &stranger.key, &body("10:00")).await.refused(403),
            "checkBookingRequiresAuthentication - user is not authorized to access this event type. User has to be either event type owner, host, team admin or owner or org admin or owner."
        );
        let _ = book_as(&server, &host.key, &body("10:00")).await.accepted(201);
        let _ = book_as(&server, &admin, &body("11:00")).await.accepted(201);
        // It comes before what is wrong with the booking itself (7.2).
        let wrong = with(&body("08:00"), &json!({ "lengthInMinutes": 7 }));
        let _ = book(&server, &wrong).await.refused(401);
    }

    /// R6.2: what does not count is not passed over.
    async fn bad_credentials_are_not_ignored(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let _ = book_as(&server, "cal_unknown", &wanted(id, &at("10:00"))).await.refused(401);
        assert_eq!(stored(&server).await, 0);
    }

    /// BK-27, 7.9.1
    async fn the_same_request_for_approval_is_one_booking(server: TestServer) {
        let (host, id) = bookable(&server, &approval(true)).await;
        let first = booked(&server, id, &at("10:00")).await;
        let before = (facts(&server, &first).await, effects(&server, &first).await);
        let again = book(&server, &wanted_by(id, &at("10:00"), "OMAR@mail.test")).await;
        assert_eq!(again.accepted(201), &first);
        assert_eq!((facts(&server, &first).await, effects(&server, &first).await), before);
        assert_eq!(stored(&server).await, 1);
        // Somebody else, or another start, is another booking.
        change(&host, id, &approval(false)).await;
        let _ = book(&server, &wanted_by(id, &at("10:00"), "other@mail.test")).await.accepted(201);
        booked(&server, id, &at("10:30")).await;
        assert_eq!(stored(&server).await, 3);
        // What was cancelled is asked for anew.
        server.cancel_booking(slotd_domain::BookingId(crate::slots::id_of(&first))).await;
        assert_ne!(uid(&booked(&server, id, &at("10:00")).await), uid(&first));
    }

    /// BK-28
    async fn an_offset_is_converted(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        assert_eq!(booked(&server, id, "2050-09-05T12:00:00+02:00").await["start"], at("10:00"));
        assert_eq!(booked(&server, id, "2050-09-05T11:00:00Z").await["start"], at("11:00"));
    }

    /// BK-29, R7.20: Berlin goes back an hour on 30 October 2050.
    async fn a_booking_is_as_long_as_it_says_when_the_clocks_change(server: TestServer) {
        let host = Host::new(&server).await;
        let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        let all_day = json!({ "timeZone": "Europe/Berlin", "availability": [{ "days": days, "startTime": "00:00", "endTime": "23:45" }] });
        host.schedule(&all_day).await;
        let id = host.event_type("own", &json!({ "lengthInMinutes": 180 })).await;
        let data = booked(&server, id, "2050-10-29T23:30:00Z").await;
        assert_eq!((&data["end"], &data["duration"]), (&json!("2050-10-30T02:30:00.000Z"), &json!(180)));
    }

    /// 7.9, row overrideAvailability
    async fn the_owner_can_book_over_everything_but_the_past(server: TestServer) {
        let limits = json!({ "bookingLimitsCount": { "day": 1 }, "minimumBookingNotice": 120 });
        let (host, id) = bookable(&server, &limits).await;
        set_clock(&server, "2050-09-05T08:30:00Z".parse().unwrap());
        booked(&server, id, &at("12:00")).await;
        let over = |start: &str| with(&wanted(id, start), &json!({ "overrideAvailability": true }));
        let stranger = Host::new(&server).await;
        let text = "overrideAvailability is only permitted when authenticated as";
        for answer in [book(&server, &over(&at("12:00"))).await, book_as(&server, &stranger.key, &over(&at("12:00"))).await] {
            assert!(answer.refused(403).starts_with(text), "{}", answer.text);
        }
        for start in [at("12:00"), at("12:30"), at("09:00"), at("22:00")] {
            let _ = book_as(&server, &host.key, &over(&start)).await.accepted(201);
        }
        let past = book_as(&server, &host.key, &over("2050-09-05T08:29:59Z")).await;
        assert_eq!(past.refused(400), "Attempting to book a meeting in the past.");
        assert_eq!(stored(&server).await, 5);
        // Whoever does not override finds them all in the way.
        change(&host, id, &json!({ "bookingLimitsCount": { "disabled": true } })).await;
        assert_eq!(book(&server, &wanted(id, &at("12:30"))).await.refused(400), NOT_AVAILABLE);
    }

    /// R7.32, R7.34
    async fn who_is_out_of_office_cannot_be_booked(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        crate::slots::away(&server, host.id, [DAY, DAY], "vacation", None).await;
        let refused = book(&server, &wanted(id, &at("10:00"))).await;
        assert_eq!(refused.refused(400), NOT_AVAILABLE);
        assert!(!refused.text.contains("private"), "{}", refused.text);
        booked(&server, id, "2050-09-06T10:00:00Z").await;
    }

    /// Section 28, 24260: what is listed can be booked, and what is not, not.
    async fn what_the_list_shows_is_what_can_be_booked(server: TestServer) {
        let (host, id) = bookable(&server, &json!({ "beforeEventBuffer": 30, "slotInterval": 30 })).await;
        server.new_booking(&TestBooking::new(host.id, id, &at("11:00"), &at("11:40"))).await;
        let listed = hours(&server, id, DAY).await;
        let mut start: jiff::Timestamp = at("08:00").parse().unwrap();
        let mut bookable_hours = Vec::new();
        while start < at("18:00").parse().unwrap() {
            let text = start.to_string();
            let answer = book(&server, &wanted(id, &text)).await;
            if answer.status == 201 {
                bookable_hours.push(text[11..16].to_owned());
                let booking = slotd_domain::BookingId(crate::slots::id_of(answer.accepted(201)));
                server.cancel_booking(booking).await;
            }
            start += SignedDuration::from_mins(30);
        }
        assert_eq!(bookable_hours, listed);
    }

    /// SLOT-91, SLOT-82, SLOT-86: found by `histories.rs`. A hold, which keeps nobody out,
    /// makes the next slot the first one of its day, and another day one that a window counts.
    async fn what_is_shown_beside_holds_can_be_booked(server: TestServer) {
        let first = json!({ "onlyShowFirstAvailableSlot": true });
        let (_, id) = bookable(&server, &first).await;
        let _ = hold(&server, id, &at("09:00")).await.accepted(201);
        assert_eq!(hours(&server, id, DAY).await, ["10:00"]);
        booked(&server, id, &at("10:00")).await;

        let whole_day = json!({
            "lengthInMinutes": 480,
            "bookingWindow": { "type": "calendarDays", "value": 1, "rolling": true },
        });
        let (_, id) = bookable(&server, &whole_day).await;
        let day = |date: &str| format!("{date}T09:00:00.000Z");
        assert_eq!(hours(&server, id, "2026-03-03").await, ["09:00"]);
        assert!(hours(&server, id, "2026-03-04").await.is_empty());
        let _ = hold(&server, id, &day("2026-03-03")).await.accepted(201);
        assert_eq!(hours(&server, id, "2026-03-04").await, ["09:00"]);
        booked(&server, id, &day("2026-03-04")).await;
        // Nor does it keep anybody out of what it hides.
        booked(&server, id, &day("2026-03-03")).await;
    }

    /// SLOT-73, SLOT-91: what is booked before its event type gets seats is shown with seats
    /// that are left, and they can be taken. Who was there first gets a seat, too.
    async fn a_booking_from_before_there_were_seats_can_be_joined(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let first = booked(&server, id, &at("10:00")).await;
        let seats = json!({ "seats": {
            "seatsPerTimeSlot": 2, "showAttendeeInfo": true, "showAvailabilityCount": true,
        } });
        let path = format!("/v2/event-types/{id}");
        let _ = host.call("PATCH", &path, "2024-06-14", &seats).await.accepted(200);
        assert!(hours(&server, id, DAY).await.contains(&"10:00".to_owned()));
        // Its uid is the key to all of it, and only its booker's (R3.2).
        let slots = format!("/v2/slots?eventTypeId={id}&start={DAY}&end={DAY}");
        let slots = async || server.call("GET", &slots).header("cal-api-version", "2024-09-04").send().await;
        assert!(!slots().await.text.contains(uid(&first)));
        let second = book(&server, &wanted_by(id, &at("10:00"), "b@mail.test")).await;
        let second = second.accepted(201);
        assert_eq!(second["uid"], first["uid"]);
        assert_eq!(second["attendees"].as_array().unwrap().len(), 2);
        assert!(slots().await.text.contains(uid(&first)), "whoever knows it sees no more than there is of a shared one");
        let tables = Tables::open(&server.database.options.location).await;
        let own = "select coalesce(cast(responses as text), '-') || coalesce(description, '-') || cast(metadata as text) from booking";
        assert_eq!(tables.column(own).await, ["--{}"]);
        let third = book(&server, &wanted_by(id, &at("10:00"), "c@mail.test")).await;
        assert_eq!(third.refused(409), "No more seats left at this seated booking.");
        let seat = json!({ "seatUid": second["attendees"][0]["seatUid"] });
        let left = call(&server, "POST", &format!("/{}/cancel", uid(&first)), &seat).await;
        assert_eq!(left.accepted(200)["attendees"][0]["email"], "b@mail.test");
    }
}
