//! `GET /v2/slots`: the forms of its query, its refusals and the shape of its answer
//! (section 11 of the availability rules).

use serde_json::{Value, json};
use slotd_domain::Role;
use slotd_testkit::{TestBooking, TestServer, on_both_engines};

use super::{Host, ask, daily, hold, hours, slots, starts};

/// The setting of SLOT-16.
const OFFICE: &str = "Europe/Rome";

fn office() -> Value {
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
    let hours = json!({ "days": days, "startTime": "09:00", "endTime": "17:00" });
    json!({ "timeZone": OFFICE, "availability": [hours] })
}

/// Somebody with that schedule, and an event type of 60 minutes with the slug `meeting`.
async fn at_office(server: &TestServer) -> (Host<'_>, i32) {
    let host = Host::new(server).await;
    host.schedule(&office()).await;
    let event_type = host.event_type("meeting", &json!({})).await;
    (host, event_type)
}

const WEEK: &str = "start=2050-09-05&end=2050-09-09";
const DATES: [&str; 5] = ["2050-09-05", "2050-09-06", "2050-09-07", "2050-09-08", "2050-09-09"];

/// What the week has, in UTC.
fn week() -> Value {
    let day = |date: &&str| {
        let slots = (7..=14).map(|hour| json!({ "start": format!("{date}T{hour:02}:00:00.000Z") }));
        (date.to_string(), slots.collect::<Value>())
    };
    Value::Object(DATES.iter().map(day).collect())
}

on_both_engines! {
    /// SLOT-1, SLOT-6, SLOT-7, SLOT-8, SLOT-14, SLOT-16, K-6
    async fn the_week_of_the_specification_comes_out_in_every_form(server: TestServer) {
        let (host, id) = at_office(&server).await;
        // (a), (c), (g)
        let by_slug = format!("username=person-{}&eventTypeSlug=meeting", host.id);
        for form in [
            format!("eventTypeId={id}"),
            by_slug.clone(),
            format!("username=PERSON-{}&eventTypeSlug=meeting", host.id),
            format!("eventTypeId={id}&{by_slug}"),
            format!("eventTypeId={id}&username=nobody&eventTypeSlug=nothing"),
        ] {
            assert_eq!(slots(&server, &format!("{form}&{WEEK}")).await, week(), "{form}");
        }
        let with_weekend = format!("eventTypeId={id}&start=2050-09-03&end=2050-09-11");
        assert_eq!(slots(&server, &with_weekend).await, week());
        // (b)
        let rome = slots(&server, &format!("{by_slug}&{WEEK}&timeZone=Europe/Rome")).await;
        assert_eq!(rome.as_object().unwrap().keys().collect::<Vec<_>>(), DATES);
        let of_day: Vec<String> = (9..=16).map(|hour| format!("2050-09-07T{hour:02}:00:00.000+02:00")).collect();
        assert_eq!(starts(&json!({ "day": rome["2050-09-07"] })), of_day);
        // (d), (e)
        let late = format!("eventTypeId={id}&start=2050-09-05T09:00:00Z&end=2050-09-09T12:00:00Z");
        let late = slots(&server, &late).await;
        let mut expected = week();
        expected["2050-09-05"].as_array_mut().unwrap().drain(..2);
        expected["2050-09-09"].as_array_mut().unwrap().truncate(5);
        assert_eq!(late, expected);
        // (f)
        for format in ["range", "RANGE", "Range"] {
            let ranges = slots(&server, &format!("eventTypeId={id}&{WEEK}&format={format}")).await;
            assert_eq!(
                ranges["2050-09-09"][7],
                json!({ "start": "2050-09-09T14:00:00.000Z", "end": "2050-09-09T15:00:00.000Z" })
            );
            assert_eq!(starts(&ranges), starts(&week()));
        }
    }

    /// SLOT-17, SLOT-11, SLOT-45
    async fn a_booking_takes_its_slot_unless_it_is_the_one_to_move(server: TestServer) {
        let (host, id) = at_office(&server).await;
        let at = "2050-09-05T11:00:00Z";
        let booking = TestBooking::new(host.id, id, at, "2050-09-05T12:00:00Z");
        let (booking_id, uid) = server.new_booking(&booking).await;
        let by_slug = format!("username=person-{}&eventTypeSlug=meeting", host.id);
        let mut without = week();
        without["2050-09-05"].as_array_mut().unwrap().remove(4);
        for form in [format!("eventTypeId={id}"), by_slug] {
            assert_eq!(slots(&server, &format!("{form}&{WEEK}")).await, without);
            let moving = format!("{form}&{WEEK}&bookingUidToReschedule={uid}");
            assert_eq!(slots(&server, &moving).await, week());
            let range = slots(&server, &format!("{moving}&format=range&timeZone=Europe/Rome")).await;
            assert_eq!(
                range["2050-09-05"][4],
                json!({ "start": "2050-09-05T13:00:00.000+02:00", "end": "2050-09-05T14:00:00.000+02:00" })
            );
            for other in ["", "unknown", "%00", "%F0%9F%98%80'%22%3B--", &"x".repeat(5_000)] {
                let query = format!("{form}&{WEEK}&bookingUidToReschedule={other}");
                assert_eq!(slots(&server, &query).await, without, "{other}");
            }
        }
        server.cancel_booking(booking_id).await;
        assert_eq!(slots(&server, &format!("eventTypeId={id}&{WEEK}")).await, week());
    }

    /// SLOT-18, SLOT-73, SLOT-88, K-13
    async fn seats_are_counted(server: TestServer) {
        let host = Host::new(&server).await;
        host.schedule(&office()).await;
        let seats = json!({ "seatsPerTimeSlot": 5, "showAttendeeInfo": true, "showAvailabilityCount": true });
        let id = host.event_type("class", &json!({ "seats": seats })).await;
        let mut booking = TestBooking::new(host.id, id, "2050-09-05T11:00:00Z", "2050-09-05T12:00:00Z");
        let (_, uid) = server.new_booking(&booking).await;
        let query = format!("eventTypeId={id}&{WEEK}");
        let shown = slots(&server, &query).await;
        assert_eq!(starts(&shown), starts(&week()));
        assert_eq!(
            shown["2050-09-05"][4],
            json!({
                "start": "2050-09-05T11:00:00.000Z",
                "seatsBooked": 1, "seatsRemaining": 4, "seatsTotal": 5, "bookingUid": uid,
            })
        );
        let free = json!({ "start": "2050-09-05T10:00:00.000Z", "seatsBooked": 0, "seatsRemaining": 5, "seatsTotal": 5 });
        assert_eq!(shown["2050-09-05"][3], free);
        booking.start = "2050-09-06T11:00:00Z".parse().unwrap();
        booking.end = "2050-09-06T12:00:00Z".parse().unwrap();
        booking.attendees = 7;
        server.new_booking(&booking).await;
        let full = &slots(&server, &query).await["2050-09-06"][4];
        assert_eq!([&full["seatsBooked"], &full["seatsRemaining"]], [&json!(7), &json!(0)]);
        // A waiting booking has no seats yet.
        booking.start = "2050-09-07T11:00:00Z".parse().unwrap();
        booking.end = "2050-09-07T12:00:00Z".parse().unwrap();
        booking.is_pending = true;
        server.new_booking(&booking).await;
        assert_eq!(slots(&server, &query).await["2050-09-07"][4]["seatsBooked"], 0);
    }

    /// SLOT-2, SLOT-4: every wrong parameter is named.
    async fn wrong_parameters_are_named(server: TestServer) {
        let (host, id) = at_office(&server).await;
        let id = format!("eventTypeId={id}");
        let user = format!("username=person-{}&eventTypeSlug=meeting", host.id);
        let start = "start property is wrong,start must be a valid ISO 8601 date string ";
        let end = "end property is wrong,end must be a valid ISO 8601 date string ";
        let zone = "timeZone property is wrong,timeZone must be a valid IANA time-zone ";
        let duration = "duration property is wrong,duration must be an integer number of minutes, at least 1 ";
        let format = "format property is wrong,slotFormat must be either 'range' or 'time' ";
        let few = "usernames property is wrong,The array must contain at least 2 elements. ";
        let none = "usernames property is wrong,usernames must be a string of at least 2 usernames, separated by commas ";
        let number = "eventTypeId property is wrong,eventTypeId must be a number conforming to the specified constraints ";
        let unknown = |name: &str| format!("{name} property is wrong,property {name} should not exist ");
        let all = |texts: &[&str]| texts.join(", ");
        for (query, text) in [
            (format!("{id}&end=2050-09-09"), start.to_owned()),
            (format!("{id}&start=2050-09-09"), end.to_owned()),
            (id.clone(), all(&[start, end])),
            (format!("{id}&start=&end="), all(&[start, end])),
            (format!("{id}&start=yesterday&end=2050-13-01"), all(&[start, end])),
            (format!("{id}&start=2050-02-29&end=2050-09-09"), start.to_owned()),
            (format!("{id}&start=2050-09-05T25:00:00Z&end=2050-09-09[UTC]"), all(&[start, end])),
            (format!("{id}&start=%2B02050-09-05&end=-2050-09-09"), all(&[start, end])),
            (format!("{id}&start=2050-09-0%C3%A9&end=%00"), all(&[start, end])),
            (format!("{id}&{WEEK}&timeZone=Narnia/Woods"), zone.to_owned()),
            (format!("{id}&{WEEK}&timeZone=%2B02:00"), zone.to_owned()),
            (format!("{id}&{WEEK}&timeZone=%00"), zone.to_owned()),
            (format!("{id}&{WEEK}&duration=abc"), duration.to_owned()),
            (format!("{id}&{WEEK}&duration=0"), duration.to_owned()),
            (format!("{id}&{WEEK}&duration=-5"), duration.to_owned()),
            (format!("{id}&{WEEK}&duration=1.5"), duration.to_owned()),
            (format!("{id}&{WEEK}&duration=99999999999"), duration.to_owned()),
            (format!("{id}&{WEEK}&format=x"), format.to_owned()),
            (format!("eventTypeId=abc&{WEEK}"), number.to_owned()),
            (format!("eventTypeId=1.5&{WEEK}"), number.to_owned()),
            (format!("eventTypeId=2147483648&{WEEK}"), number.to_owned()),
            (format!("usernames=a&{WEEK}"), few.to_owned()),
            (format!("usernames=a,%20,a&{WEEK}"), few.to_owned()),
            (format!("usernames=,&{WEEK}"), few.to_owned()),
            (WEEK.to_owned(), none.to_owned()),
            (format!("usernames=&{WEEK}"), none.to_owned()),
            // Half a form is the last one.
            (format!("username=a&{WEEK}"), all(&[none, &unknown("username")])),
            (format!("eventTypeSlug=a&{WEEK}"), all(&[none, &unknown("eventTypeSlug")])),
            (format!("teamSlug=a&{WEEK}"), all(&[none, &unknown("teamSlug")])),
            // What belongs to another form, or to none.
            (format!("{id}&{WEEK}&usernames=a,b"), unknown("usernames")),
            (format!("{id}&{WEEK}&organizationSlug=a"), unknown("organizationSlug")),
            (format!("{id}&{WEEK}&teamSlug=a"), unknown("teamSlug")),
            (format!("{user}&{WEEK}&teamSlug=a"), unknown("teamSlug")),
            (format!("{user}&{WEEK}&usernames=a,b"), unknown("usernames")),
            (format!("teamSlug=a&eventTypeSlug=b&{WEEK}&usernames=a,b"), unknown("usernames")),
            (format!("usernames=a,b&{WEEK}&teamSlug=b"), unknown("teamSlug")),
            (format!("{id}&{WEEK}&foo=1&bar=2&foo=3"), all(&[&unknown("foo"), &unknown("bar")])),
            (format!("{id}&{WEEK}&startTime=2050-09-05"), unknown("startTime")),
            (format!("{id}&{WEEK}&explain=yes"), "explain property is wrong,explain must be true or false ".to_owned()),
            // Several at once.
            (
                format!("{id}&start=x&end=x&timeZone=x&duration=x&format=x&foo=x"),
                all(&[start, end, zone, duration, format, &unknown("foo")]),
            ),
        ] {
            assert_eq!(ask(&server, &query).await.refused(400), text, "{query}");
        }
        let many: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
        let many = ask(&server, &format!("usernames={}&{WEEK}", many.join(","))).await;
        assert_eq!(many.refused(400), "usernames property is wrong,The array must contain at most 100 elements. ");
        let long = ask(&server, &format!("{id}&{WEEK}&{}=1", "x".repeat(5_000))).await;
        assert!(long.refused(400).len() < 300, "{}", long.text);
    }

    /// SLOT-3, SLOT-22, AV-2
    async fn empty_values_and_odd_ranges_are_understood(server: TestServer) {
        let (_, id) = at_office(&server).await;
        let id = format!("eventTypeId={id}");
        let empty = format!("{id}&{WEEK}&timeZone=&duration=&format=&bookingUidToReschedule=&explain=");
        assert_eq!(slots(&server, &empty).await, week());
        for range in [
            "start=2050-09-09&end=2050-09-05",
            "start=2050-09-09T12:00:00Z&end=2050-09-09T11:00:00Z",
            "start=2050-09-09T12:00:00Z&end=2050-09-09T12:00:00Z",
            "start=2020-09-05&end=2020-09-09",
            "start=0000-01-01&end=0000-01-02",
            "start=0001-01-01T00:00:00Z&end=0001-01-02T00:00:00Z",
            "start=9999-12-31&end=0000-01-01",
            "start=2026-03-02&end=2026-03-02T09:15:04Z",
        ] {
            assert_eq!(slots(&server, &format!("{id}&{range}")).await, json!({}), "{range}");
        }
        // From the past: only what is left of it counts.
        let from_past = slots(&server, &format!("{id}&start=0000-01-01&end=2026-03-03")).await;
        assert_eq!(starts(&from_past)[0], "2026-03-02T12:00:00.000Z");
        let last_days = format!("{id}&start=9999-12-29&end=9999-12-31&timeZone=Pacific/Kiritimati");
        assert!(starts(&slots(&server, &last_days).await).len() >= 8);
        // Repeated: the last one counts.
        let repeated = format!("{id}&start=x&end=2050-09-30&{WEEK}");
        assert_eq!(slots(&server, &repeated).await, week());
        for version in ["2024-04-15", "2024-06-14", "2024-08-13", "x"] {
            let call = server.call("GET", &format!("/v2/slots?{id}&{WEEK}"));
            assert_eq!(call.header("cal-api-version", version).send().await.accepted(200), &week());
        }
        assert_eq!(server.call("GET", &format!("/api/v2/slots?{id}&{WEEK}")).send().await.accepted(200), &week());
    }

    /// SLOT-3: slots are worked out for 400 days at most.
    async fn a_range_has_an_end(server: TestServer) {
        let (_, id) = at_office(&server).await;
        let text = "end must be at most 400 days after start, or after now if start is in the past";
        for range in [
            "start=2050-01-01&end=2150-01-01",
            "start=0000-01-01&end=9999-12-31",
            "start=2020-01-01&end=2030-01-01",
            "start=2050-01-01&end=2051-02-07",
        ] {
            let refused = ask(&server, &format!("eventTypeId={id}&{range}")).await;
            assert_eq!(refused.refused(400), text, "{range}");
        }
        let longest = slots(&server, &format!("eventTypeId={id}&start=2050-01-01&end=2051-02-04")).await;
        assert!(longest.as_object().unwrap().len() > 280);
    }

    /// SLOT-5, SLOT-9
    async fn unknown_names_are_told(server: TestServer) {
        let (host, _) = at_office(&server).await;
        let user = format!("username=person-{}", host.id);
        for (query, text) in [
            ("eventTypeId=2147483647".to_owned(), "Event Type not found"),
            ("eventTypeId=0".to_owned(), "Event Type not found"),
            ("eventTypeId=-1".to_owned(), "Event Type not found"),
            (format!("{user}&eventTypeSlug=nothing"), "Event Type not found"),
            (format!("{user}&eventTypeSlug=%00"), "Event Type not found"),
            ("username=nobody&eventTypeSlug=meeting".to_owned(), "User with username nobody not found"),
            ("teamSlug=owls&eventTypeSlug=meeting".to_owned(), "Team with slug owls not found"),
            (
                format!("{user}&eventTypeSlug=meeting&organizationSlug=acme"),
                "slots-input.service.ts: Organization with slug acme not found",
            ),
            (
                "teamSlug=owls&eventTypeSlug=meeting&organizationSlug=acme".to_owned(),
                "slots-input.service.ts: Organization with slug acme not found",
            ),
        ] {
            assert_eq!(ask(&server, &format!("{query}&{WEEK}")).await.refused(404), text, "{query}");
        }
    }

    /// SLOT-9: a username means the user outside of organizations unless one is named.
    async fn an_organization_says_whose_username_it_is(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap();
        let body = json!({ "title": "E", "slug": "meeting", "lengthInMinutes": 60 });
        let call = server.call("POST", "/v2/event-types").header("cal-api-version", "2024-06-14");
        let _ = call.bearer(token).json(&body).send().await.accepted(201);
        let username = user["user"]["username"].as_str().unwrap();
        let (place, other) = (world.organization, server.world().await.organization);
        let expected = slots(&server, &format!("username={username}&eventTypeSlug=meeting&{WEEK}")).await;
        let inside = format!("username={username}&eventTypeSlug=meeting&organizationSlug=organization-{place}&{WEEK}");
        assert_eq!(starts(&expected).len(), 40);
        assert_eq!(slots(&server, &inside).await, expected);
        let elsewhere = format!("username={username}&eventTypeSlug=meeting&organizationSlug=organization-{other}&{WEEK}");
        assert_eq!(ask(&server, &elsewhere).await.refused(404), format!("User with username {username} not found"));
        // A regular user who belongs to an organization is not outside of it.
        let member = server.new_person(Some((place, Role::Member, true))).await;
        let outside = format!("username=person-{member}&eventTypeSlug=meeting&{WEEK}");
        assert_eq!(ask(&server, &outside).await.refused(404), format!("User with username person-{member} not found"));
        // One outside has no place in it.
        let (host, _) = at_office(&server).await;
        let query = format!("username=person-{}&eventTypeSlug=meeting&organizationSlug=organization-{place}&{WEEK}", host.id);
        let _ = ask(&server, &query).await.refused(404);
    }

    /// SLOT-14
    async fn instants_are_printed_by_the_bookers_clock(server: TestServer) {
        let (_, id) = at_office(&server).await;
        for (zone, first) in [
            ("UTC", "2050-09-05T07:00:00.000Z"),
            ("utc", "2050-09-05T07:00:00.000Z"),
            ("GMT", "2050-09-05T07:00:00.000Z"),
            ("Europe/London", "2050-09-05T08:00:00.000+01:00"),
            ("Africa/Abidjan", "2050-09-05T07:00:00.000+00:00"),
            ("Asia/Kathmandu", "2050-09-05T13:00:00.000+05:45"),
            ("America/St_Johns", "2050-09-05T05:00:00.000-02:30"),
            ("america/new_york", "2050-09-05T03:00:00.000-04:00"),
        ] {
            let query = format!("eventTypeId={id}&start=2050-09-05&end=2050-09-05&timeZone={zone}");
            assert_eq!(starts(&slots(&server, &query).await)[0], first, "{zone}");
        }
        // The date is the booker's, the query's is UTC's (K-6).
        let query = format!("eventTypeId={id}&start=2050-09-05&end=2050-09-05&timeZone=Pacific/Honolulu");
        let shown = slots(&server, &query).await;
        assert_eq!(shown.as_object().unwrap().keys().collect::<Vec<_>>(), ["2050-09-04", "2050-09-05"]);
    }

    /// SLOT-10, K-17
    async fn any_length_can_be_asked_for(server: TestServer) {
        let (_, id) = at_office(&server).await;
        let query = |duration: i64| format!("eventTypeId={id}&start=2050-09-05&end=2050-09-05&duration={duration}&format=range");
        let half = slots(&server, &query(30)).await;
        assert_eq!(half["2050-09-05"].as_array().unwrap().len(), 16);
        assert_eq!(half["2050-09-05"][0]["end"], "2050-09-05T07:30:00.000Z");
        assert_eq!(slots(&server, &query(480)).await["2050-09-05"].as_array().unwrap().len(), 1);
        for long in [481, 100_000, 2_147_483_647] {
            assert_eq!(slots(&server, &query(long)).await, json!({}), "{long}");
        }
    }

    /// SLOT-12
    async fn a_group_is_free_when_all_of_it_are(server: TestServer) {
        let (early, late) = (Host::new(&server).await, Host::new(&server).await);
        let hours = |start: &str, end: &str| {
            json!({ "timeZone": "UTC", "availability": [{ "days": ["Monday"], "startTime": start, "endTime": end }] })
        };
        early.schedule(&hours("09:00", "12:00")).await;
        late.schedule(&hours("11:00", "13:00")).await;
        let names = format!("usernames=person-{},%20PERSON-{},nobody", early.id, late.id);
        let days = "start=2050-09-05&end=2050-09-05";
        let shown = slots(&server, &format!("{names}&{days}&format=range")).await;
        let slot = |from: &str, to: &str| json!({ "start": format!("2050-09-05T{from}:00.000Z"), "end": format!("2050-09-05T{to}:00.000Z") });
        assert_eq!(shown, json!({ "2050-09-05": [slot("11:00", "11:30"), slot("11:30", "12:00")] }));
        let hour = slots(&server, &format!("{names}&{days}&duration=60")).await;
        assert_eq!(starts(&hour), ["2050-09-05T11:00:00.000Z"]);
        // Any member's booking and hold counts.
        let event_type = late.event_type("own", &json!({ "lengthInMinutes": 30 })).await;
        server.new_booking(&TestBooking::new(late.id, event_type, "2050-09-05T11:00:00Z", "2050-09-05T11:30:00Z")).await;
        let left = slots(&server, &format!("{names}&{days}")).await;
        assert_eq!(starts(&left), ["2050-09-05T11:30:00.000Z"]);
        let _ = hold(&server, event_type, "2050-09-05T11:30:00Z").await.accepted(201);
        assert_eq!(slots(&server, &format!("{names}&{days}")).await, json!({}));
        // Nobody is known, or the organization is not.
        for nobody in ["usernames=nobody,nothing", "usernames=a,b&organizationSlug=acme"] {
            assert_eq!(slots(&server, &format!("{nobody}&{days}")).await, json!({}));
        }
        // The notice of a group is two hours.
        let query = format!("{names}&start=2026-03-02&end=2026-03-02");
        assert_eq!(starts(&slots(&server, &query).await)[0], "2026-03-02T11:30:00.000Z");
    }

    /// SLOT-12
    async fn whoever_does_not_want_to_is_not_booked_in_a_group(server: TestServer) {
        let (one, other) = (Host::new(&server).await, Host::new(&server).await);
        let sql = format!("update user_account set allows_dynamic_booking = false where id = {}", other.id);
        let tables = slotd_testkit::Tables::open(&server.database.options.location).await;
        tables.column(&format!("{sql} returning id")).await;
        let query = format!("usernames=person-{},person-{}&{WEEK}", one.id, other.id);
        let text = "Some of the users in this group do not allow dynamic booking";
        assert_eq!(ask(&server, &query).await.refused(401), text);
    }

    /// SLOT-13
    async fn hidden_event_types_have_slots(server: TestServer) {
        let host = Host::new(&server).await;
        host.schedule(&daily("UTC")).await;
        let id = host.event_type("secret", &json!({ "hidden": true })).await;
        assert_eq!(hours(&server, id, "2050-09-05").await.len(), 8);
    }
}
