//! `GET /v2/slots/available`, which the components call (12.1 of the availability rules).

use serde_json::{Value, json};
use slotd_testkit::{Answer, TestBooking, TestServer, on_both_engines};

use super::{Host, away, daily, hold, starts, uid_of};

async fn ask(server: &TestServer, query: &str) -> Answer {
    let call = server.call("GET", &format!("/v2/slots/available?{query}"));
    call.header("cal-api-version", "2024-06-14").send().await
}

async fn slots(server: &TestServer, query: &str) -> Value {
    ask(server, query).await.accepted(200)["slots"].clone()
}

const DAY: &str = "startTime=2050-09-05T00:00:00.000Z&endTime=2050-09-05T23:59:59.999Z";

async fn at_office(server: &TestServer) -> (Host<'_>, i32) {
    let host = Host::new(server).await;
    host.schedule(&daily("Europe/Rome")).await;
    let id = host.event_type("meeting", &json!({})).await;
    (host, id)
}

fn times(data: &Value) -> Vec<&str> {
    let days = data.as_object().unwrap().values();
    let slots = days.flat_map(|day| day.as_array().unwrap());
    slots.map(|slot| slot["time"].as_str().unwrap()).collect()
}

on_both_engines! {
    /// SLOT-100, SLOT-105, AV-10
    async fn the_components_query_has_its_answer(server: TestServer) {
        let (host, id) = at_office(&server).await;
        let name = format!("usernameList%5B%5D=person-{}", host.id);
        let expected: Vec<String> = (7..=14).map(|hour| format!("2050-09-05T{hour:02}:00:00.000Z")).collect();
        let ignored = "isTeamEvent=false&teamMemberEmail=&skipContactOwner=true&routedTeamMemberIds[]=1&rrHostSubsetIds[]=2\
            &isBookingDryRun=false&_silentCalendarFailures=false&_isDryRun=x&debug=true&embedConnectVersion=0&anything=%00&email=a%2Bb@c.de";
        for form in [
            format!("eventTypeId={id}"),
            format!("eventTypeId={id}&{name}&eventTypeSlug=meeting&{ignored}"),
            format!("eventTypeId={id}&{name}&eventTypeSlug=other&timeZone=&duration=&rescheduleUid=&orgSlug=&slotFormat="),
            format!("{name}&eventTypeSlug=meeting"),
            format!("eventTypeId=0&{name}&eventTypeSlug=meeting"),
            format!("eventTypeId=&usernameList=PERSON-{}&eventTypeSlug=meeting", host.id),
            format!("usernameList[0]=person-{}&eventTypeSlug=meeting", host.id),
        ] {
            let shown = slots(&server, &format!("{form}&{DAY}")).await;
            assert_eq!(shown.as_object().unwrap().keys().collect::<Vec<_>>(), ["2050-09-05"], "{form}");
            assert_eq!(times(&shown), expected, "{form}");
        }
        let rome = slots(&server, &format!("eventTypeId={id}&{DAY}&timeZone=Europe/Rome")).await;
        assert_eq!(rome["2050-09-05"][0], json!({ "time": "2050-09-05T09:00:00.000+02:00" }));
        // The end is used as it is, and so is the start.
        let exact = format!("eventTypeId={id}&startTime=2050-09-05T07:30:00Z&endTime=2050-09-06T00:00:00Z");
        assert_eq!(times(&slots(&server, &exact).await), expected[1..]);
        for version in ["2024-04-15", "2024-06-11", "2024-09-04", "x"] {
            let call = server.call("GET", &format!("/v2/slots/available?eventTypeId={id}&{DAY}"));
            assert_eq!(times(&call.header("cal-api-version", version).send().await.accepted(200)["slots"]), expected);
        }
        // Months that began before now.
        let month = format!("eventTypeId={id}&startTime=2026-02-28T23:00:00.000Z&endTime=2026-04-30T21:59:59.999Z&timeZone=Europe/Rome");
        assert_eq!(times(&slots(&server, &month).await)[0], "2026-03-02T13:00:00.000+01:00");
    }

    /// SLOT-102
    async fn both_formats_show_the_ends(server: TestServer) {
        let (_, id) = at_office(&server).await;
        for format in ["range", "time"] {
            let shown = slots(&server, &format!("eventTypeId={id}&{DAY}&slotFormat={format}&duration=30")).await;
            assert_eq!(
                shown["2050-09-05"][0],
                json!({ "startTime": "2050-09-05T07:00:00.000Z", "endTime": "2050-09-05T07:30:00.000Z" })
            );
        }
    }

    /// SLOT-103, AV-4
    async fn wrong_queries_are_refused(server: TestServer) {
        let (host, id) = at_office(&server).await;
        let name = format!("usernameList[]=person-{}", host.id);
        for query in [
            "eventTypeId=2147483647".to_owned(),
            "eventTypeId=0".to_owned(),
            "eventTypeSlug=meeting".to_owned(),
            format!("{name}&eventTypeSlug=nothing"),
            "usernameList[]=nobody&eventTypeSlug=meeting".to_owned(),
            format!("{name}&eventTypeSlug=meeting&orgSlug=acme"),
            "usernameList[]=%00&eventTypeSlug=%00".to_owned(),
            "isTeamEvent=true&teamId=1&eventTypeSlug=meeting".to_owned(),
        ] {
            let refused = ask(&server, &format!("{query}&{DAY}")).await;
            assert_eq!(refused.refused(404), "The requested resource was not found", "{query}");
        }
        for (query, fields) in [
            (format!("eventTypeId={id}"), vec!["startTime", "endTime"]),
            (format!("eventTypeId={id}&startTime=&endTime=x"), vec!["startTime", "endTime"]),
            (format!("eventTypeId={id}&{DAY}&timeZone=Narnia/Woods"), vec!["timeZone"]),
            (format!("eventTypeId={id}&{DAY}&duration=0"), vec!["duration"]),
            (format!("eventTypeId={id}&{DAY}&duration=abc"), vec!["duration"]),
            (format!("eventTypeId={id}&{DAY}&slotFormat=x"), vec!["slotFormat"]),
            (format!("eventTypeId=abc&{DAY}"), vec!["eventTypeId"]),
            (format!("eventTypeId=-1&{DAY}"), vec!["eventTypeId"]),
            ("eventTypeId=x&duration=x&timeZone=x".to_owned(), vec!["eventTypeId", "startTime", "endTime", "timeZone", "duration"]),
        ] {
            let mut refused = ask(&server, &query).await.invalid_fields();
            let mut fields: Vec<String> = fields.into_iter().map(str::to_owned).collect();
            refused.sort();
            fields.sort();
            assert_eq!(refused, fields, "{query}");
        }
        let backwards = format!("eventTypeId={id}&startTime=2050-09-06T00:00:00Z&endTime=2050-09-05T00:00:00Z");
        assert_eq!(ask(&server, &backwards).await.accepted(200), &json!({ "slots": {} }));
        let century = format!("eventTypeId={id}&startTime=2050-01-01T00:00:00Z&endTime=2150-01-01T00:00:00Z");
        let text = "end must be at most 400 days after start, or after now if start is in the past";
        assert_eq!(ask(&server, &century).await.refused(400), text);
    }

    /// SLOT-12, SLOT-100: two names are a group, whose slug is `dynamic`.
    async fn a_group_is_asked_for_by_names(server: TestServer) {
        let (one, id) = at_office(&server).await;
        let (other, _) = at_office(&server).await;
        server.new_booking(&TestBooking::new(one.id, id, "2050-09-05T07:00:00Z", "2050-09-05T12:00:00Z")).await;
        let names = format!("usernameList[]=person-{}&usernameList[]=person-{}", one.id, other.id);
        for slug in ["eventTypeId=0&eventTypeSlug=dynamic", "eventTypeSlug=dynamic", "eventTypeId=0"] {
            let shown = slots(&server, &format!("{names}&{slug}&{DAY}")).await;
            assert_eq!(times(&shown).len(), 6, "{slug}");
            assert_eq!(times(&shown)[0], "2050-09-05T12:00:00.000Z", "{slug}");
        }
    }

    /// SLOT-100: seats that are taken are shown once there are some.
    async fn seats_show_who_attends(server: TestServer) {
        let host = Host::new(&server).await;
        host.schedule(&daily("UTC")).await;
        let seats = json!({ "seatsPerTimeSlot": 3, "showAttendeeInfo": false, "showAvailabilityCount": true });
        let id = host.event_type("class", &json!({ "seats": seats })).await;
        let (_, uid) = server.new_booking(&TestBooking::new(host.id, id, "2050-09-05T10:00:00Z", "2050-09-05T11:00:00Z")).await;
        let shown = slots(&server, &format!("eventTypeId={id}&{DAY}")).await;
        assert_eq!(shown["2050-09-05"][0], json!({ "time": "2050-09-05T09:00:00.000Z" }));
        assert_eq!(
            shown["2050-09-05"][1],
            json!({ "time": "2050-09-05T10:00:00.000Z", "attendees": 1, "bookingUid": uid })
        );
        // The booking to be moved is not there.
        let moved = slots(&server, &format!("eventTypeId={id}&{DAY}&rescheduleUid={uid}")).await;
        assert_eq!(moved["2050-09-05"][1], json!({ "time": "2050-09-05T10:00:00.000Z" }));
    }

    /// SLOT-101, OOF-9, I-9: days out of office are marked, whatever zone is asked for.
    async fn days_out_of_office_are_marked(server: TestServer) {
        let (host, id) = at_office(&server).await;
        let (other, _) = at_office(&server).await;
        away(&server, host.id, ["2050-09-06", "2050-09-06"], "unspecified", Some(other.id)).await;
        away(&server, host.id, ["2050-09-07", "2050-09-07"], "travel", None).await;
        let days = "startTime=2050-09-05T00:00:00Z&endTime=2050-09-07T23:59:59Z";
        for (more, time) in [("", "2050-09-06T07:00:00.000Z"), ("&timeZone=Europe/Rome", "2050-09-06T09:00:00.000+02:00")] {
            let shown = slots(&server, &format!("eventTypeId={id}&{days}{more}")).await;
            assert!(shown["2050-09-05"][0]["away"].is_null());
            assert_eq!(shown["2050-09-06"].as_array().unwrap().len(), 8);
            let first = shown["2050-09-06"][0].as_object().unwrap();
            assert!(first["emoji"].as_str().is_some_and(|emoji| !emoji.is_empty()));
            assert_eq!(first["time"], time);
            assert_eq!(first["away"], true);
            assert_eq!(first["fromUser"], json!({ "id": host.id, "displayName": null }));
            assert_eq!(
                first["toUser"],
                json!({ "id": other.id, "displayName": null, "username": format!("person-{}", other.id) })
            );
            assert_eq!(first["reason"], "ooo_reasons_unspecified");
            let second = shown["2050-09-07"][0].as_object().unwrap();
            assert!(second.get("toUser").is_none());
            assert_eq!(second["reason"], "ooo_reasons_travel");
            assert!(!shown.to_string().contains("private"));
        }
        let ranges = slots(&server, &format!("eventTypeId={id}&{days}&slotFormat=range")).await;
        assert_eq!(ranges["2050-09-06"][0]["away"], true);
        assert_eq!(ranges["2050-09-06"][0]["endTime"], "2050-09-06T08:00:00.000Z");
    }

    /// SLOT-104
    async fn a_visitors_own_hold_is_not_in_the_way(server: TestServer) {
        let (_, id) = at_office(&server).await;
        let held = hold(&server, id, "2050-09-05T07:00:00Z").await;
        let uid = uid_of(&held);
        let asked = async |cookie: Option<&str>| {
            let call = server.call("GET", &format!("/v2/slots/available?eventTypeId={id}&{DAY}"));
            let call = match cookie {
                Some(cookie) => call.header("cookie", cookie),
                None => call,
            };
            times(&call.send().await.accepted(200)["slots"]).len()
        };
        assert_eq!(asked(None).await, 7);
        assert_eq!(asked(Some(&format!("uid={uid}"))).await, 8);
        assert_eq!(asked(Some(&format!("a=b; uid={uid}; c=d"))).await, 8);
        assert_eq!(asked(Some("uid=00000000-0000-4000-8000-000000000000")).await, 7);
        assert_eq!(asked(Some("uid=; uid=x")).await, 7);
        // The current version takes no notice of it.
        let call = server.call("GET", &format!("/v2/slots?eventTypeId={id}&start=2050-09-05&end=2050-09-05"));
        let answer = call.header("cookie", &format!("uid={uid}")).send().await;
        assert_eq!(starts(answer.accepted(200)).len(), 7);
    }
}
