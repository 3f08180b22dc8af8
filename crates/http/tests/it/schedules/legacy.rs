//! The shape of version 2024-04-15.

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_testkit::{Answer, TestServer, on_both_engines};

use super::{CURRENT, LEGACY, Person, new, office_hours};

async fn legacy(
    person: &Person,
    server: &TestServer,
    method: &str,
    path: &str,
    body: &Value,
) -> Answer {
    person.send(server, LEGACY, method, path, Some(body)).await
}

/// Seven lists with the same ranges on some days.
fn week(days: &[usize], ranges: &[(&str, &str)]) -> Value {
    let ranges: Vec<Value> = ranges
        .iter()
        .map(|(start, end)| json!({ "start": format!("2020-01-01T{start}Z"), "end": format!("2020-01-01T{end}Z") }))
        .collect();
    (0..7).map(|day| if days.contains(&day) { json!(ranges) } else { json!([]) }).collect()
}

on_both_engines! {
    /// SCH-30, SCH-31, AV-9
    async fn a_schedule_is_shown_with_everything_about_it(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", None).await;
        let created = legacy(&person, &server, "POST", "/v2/schedules", &new("Work", true)).await;
        let data = created.accepted(201);
        let day = json!([{ "start": "2026-03-02T09:00:00.000Z", "end": "2026-03-02T17:00:00.000Z" }]);
        assert_eq!(data, &json!({
            "id": data["id"], "name": "Work", "isManaged": false,
            "workingHours": [{ "days": [1, 2, 3, 4, 5], "startTime": 540, "endTime": 1020, "userId": person.id }],
            "schedule": [{
                "id": 1, "userId": null, "eventTypeId": null, "days": [1, 2, 3, 4, 5],
                "startTime": "1970-01-01T09:00:00.000Z", "endTime": "1970-01-01T17:00:00.000Z", "date": null, "scheduleId": data["id"],
            }],
            "availability": [[], day, day, day, day, day, []],
            "timeZone": "Europe/Rome", "dateOverrides": [], "isDefault": true, "isLastSchedule": true, "readOnly": false,
            "userId": person.id,
        }));
        let path = format!("/v2/schedules/{}", data["id"]);
        assert_eq!(person.call(&server, LEGACY, "GET", &path).await.accepted(200), data);
        assert_eq!(person.call(&server, LEGACY, "GET", "/v2/schedules/default").await.accepted(200), data);
        assert_eq!(person.call(&server, LEGACY, "GET", "/v2/schedules").await.accepted(200), &json!([data]));

        server.advance(SignedDuration::from_hours(-24));
        let tomorrow = person.call(&server, LEGACY, "GET", &path).await;
        assert_eq!(tomorrow.accepted(200)["availability"][1][0]["start"], "2026-03-01T09:00:00.000Z", "the date of the clock");

        let mut body = new("Empty", false);
        body["availabilities"] = json!([]);
        let second = legacy(&person, &server, "POST", "/v2/schedules", &body).await;
        assert_eq!(second.accepted(201)["workingHours"], data["workingHours"]);
        assert_eq!(second.accepted(201)["isLastSchedule"], false);

        body["availabilities"] = json!([
            { "days": [6, 0], "startTime": "2026-05-05T08:30:59.999Z", "endTime": "1970-01-01T23:59:59.999Z" },
            { "days": [3], "startTime": "2026-05-05T01:00:00+02:00", "endTime": "2026-05-05T00:00:00Z" },
        ]);
        let third = legacy(&person, &server, "POST", "/v2/schedules", &body).await;
        let data = third.accepted(201);
        assert_eq!(data["availability"][0], json!([{ "start": "2026-03-01T08:30:00.000Z", "end": "2026-03-01T23:59:59.999Z" }]));
        assert_eq!(data["schedule"][0]["endTime"], "1970-01-01T23:59:00.000Z");
        assert_eq!(data["workingHours"], json!([
            { "days": [6, 0], "startTime": 510, "endTime": 1439, "userId": person.id },
            { "days": [3], "startTime": 1380, "endTime": 0, "userId": person.id },
        ]));
    }

    /// SCH-31
    async fn a_time_must_be_a_full_date_time(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", Some("UTC")).await;
        let id = person.default(&server).await["id"].clone();
        let path = format!("/v2/schedules/{id}");
        let refused = |answer: &Answer, bad: &str| {
            let expected = format!("Invalid datestring format. Expected format(ISO8061): 2025-04-12T13:17:56.324Z. Received: {bad}");
            assert_eq!(answer.refused(400), expected);
        };
        for bad in ["11:15", "", "2026-05-05", "2026-05-05T24:00:00Z", "2026-05-05T10:60:00Z", "2026-05-05T10:00:61Z", "2026-02-30T10:00:00Z"] {
            let mut body = new("N", false);
            body["availabilities"] = json!([{ "days": [1], "startTime": bad, "endTime": "1970-01-01T17:00:00.000Z" }]);
            refused(&legacy(&person, &server, "POST", "/v2/schedules", &body).await, bad);
            for body in [
                json!({ "name": "N", "schedule": [[], [{ "start": "1970-01-01T17:00:00.000Z", "end": bad }]] }),
                json!({ "name": "N", "dateOverrides": [{ "start": bad, "end": "1970-01-01T17:00:00.000Z" }] }),
            ] {
                refused(&legacy(&person, &server, "PATCH", &path, &body).await, bad);
            }
        }
        let mut body = new("N", false);
        for bad in [json!([{ "days": [1] }]), json!([{}]), json!([[]]), json!("x"), json!([1]), json!([{ "days": [7], "startTime": 1, "endTime": 2 }])] {
            body["availabilities"] = bad;
            assert_eq!(legacy(&person, &server, "POST", "/v2/schedules", &body).await.invalid_fields(), ["availabilities"]);
        }
        for (field, bad) in [
            ("schedule", json!([[], [], [], [], [], [], [], []])),
            ("schedule", json!([[{ "start": "2020-01-01T09:00:00Z" }]])),
            ("schedule", json!([{}])),
            ("schedule", json!({})),
            ("schedule", json!([vec![json!({ "start": "2020-01-01T09:00:00Z", "end": "2020-01-01T09:00:00Z" }); 201]])),
            ("dateOverrides", json!({})),
            ("dateOverrides", json!([{ "start": 1 }])),
        ] {
            assert_eq!(legacy(&person, &server, "PATCH", &path, &json!({ "name": "N", field: bad })).await.invalid_fields(), [field]);
        }
        assert_eq!(person.list(&server).await.as_array().unwrap().len(), 1);
        assert_eq!(person.default(&server).await["name"], "Default schedule");
    }

    /// SCH-32: the event types that go by it, and no other.
    async fn a_patch_with_a_name_names_the_event_types_of_the_schedule(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", Some("UTC")).await;
        let first = person.default(&server).await;
        let second = person.create(&server, &new("Second", false)).await.accepted(201).clone();
        let mut ids = Vec::new();
        for (slug, schedule, name) in [
            ("first", &first["id"], None), ("plain", &second["id"], None),
            ("named", &second["id"], Some("Call with {ATTENDEE}")), ("default", &Value::Null, None),
        ] {
            let mut body = json!({ "lengthInMinutes": 30, "title": "T", "slug": slug, "scheduleId": schedule });
            if let Some(name) = name {
                body["customName"] = json!(name);
            }
            let created = person.send(&server, "2024-06-14", "POST", "/v2/event-types", Some(&body)).await;
            ids.push(created.accepted(201)["id"].clone());
        }
        let path = format!("/v2/schedules/{}", second["id"]);
        let patched = legacy(&person, &server, "PATCH", &path, &json!({ "name": "N" })).await;
        assert_eq!(patched.accepted(200)["schedule"]["eventType"], json!([
            { "id": ids[1], "eventName": null }, { "id": ids[2], "eventName": "Call with {ATTENDEE}" },
        ]));
    }

    /// SCH-32, SCH-34
    async fn a_patch_with_a_name_replaces_hours_and_overrides(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", Some("UTC")).await;
        let first = person.default(&server).await;
        let second = person.create(&server, &new("Second", false)).await.accepted(201).clone();
        let path = format!("/v2/schedules/{}", second["id"]);
        let body = json!({
            "name": " Hours ", "timeZone": "america/new_york", "isDefault": true,
            "schedule": week(&[1, 2, 5], &[("09:00:00", "12:00:00"), ("13:00:00", "23:59:59.999")]),
            "dateOverrides": [
                { "start": "2026-05-05T10:00:00.000Z", "end": "2026-05-05T12:00:00.000Z" },
                { "start": "2026-03-02T00:00:00.000Z", "end": "2026-03-02T00:00:00.000Z" },
                { "start": "2020-01-01T08:00:00.000Z", "end": "2020-01-01T09:00:00.000Z" },
                { "start": "2026-05-05T14:00:00.000Z", "end": "2026-05-05T23:59:00.000Z" },
            ],
        });
        let patched = legacy(&person, &server, "PATCH", &path, &body).await;
        let data = patched.accepted(200);
        assert_eq!((&data["schedule"]["name"], &data["schedule"]["timeZone"]), (&json!("Hours"), &json!("America/New_York")));
        assert_eq!((&data["isDefault"], &data["prevDefaultId"], &data["currentDefaultId"]), (&json!(true), &first["id"], &second["id"]));
        assert_eq!(data["schedule"]["eventType"], json!([]));
        let rows: Vec<(&Value, &Value)> = data["schedule"]["availability"].as_array().unwrap().iter().map(|row| (&row["days"], &row["date"])).collect();
        assert_eq!(rows, [
            (&json!([1, 2, 5]), &json!(null)), (&json!([1, 2, 5]), &json!(null)),
            (&json!([]), &json!("2026-05-05T00:00:00.000Z")), (&json!([]), &json!("2026-03-02T00:00:00.000Z")),
            (&json!([]), &json!("2020-01-01T00:00:00.000Z")), (&json!([]), &json!("2026-05-05T00:00:00.000Z")),
        ], "SCH-34: two entries with three days each");
        assert_eq!(data["availability"][2][1], json!({ "start": "2026-03-02T13:00:00.000Z", "end": "2026-03-02T23:59:59.999Z" }));
        let shown = person.call(&server, LEGACY, "GET", &path).await;
        assert_eq!(shown.accepted(200)["dateOverrides"], json!([
            { "ranges": [{ "start": "2026-03-02T00:00:00.000Z", "end": "2026-03-02T00:00:00.000Z" }] },
            { "ranges": [
                { "start": "2026-05-05T10:00:00.000Z", "end": "2026-05-05T12:00:00.000Z" },
                { "start": "2026-05-05T14:00:00.000Z", "end": "2026-05-05T23:59:00.000Z" },
            ] },
        ]), "from today on, by date");

        // SCH-37: the same rows in the other shape.
        let current = person.call(&server, CURRENT, "GET", &path).await;
        assert_eq!(current.accepted(200)["availability"], json!([
            { "days": ["Monday", "Tuesday", "Friday"], "startTime": "09:00", "endTime": "12:00" },
            { "days": ["Monday", "Tuesday", "Friday"], "startTime": "13:00", "endTime": "23:59" },
        ]));
        let hours = current.accepted(200)["availability"].clone();

        let renamed = legacy(&person, &server, "PATCH", &path, &json!({ "name": "Renamed" })).await;
        assert_eq!(renamed.accepted(200)["timeZone"], "America/New_York");
        let current = person.call(&server, CURRENT, "GET", &path).await;
        let data = current.accepted(200);
        assert_eq!((&data["availability"], &data["overrides"]), (&hours, &json!([])), "the hours stay, the overrides go");
        let cleared = legacy(&person, &server, "PATCH", &path, &json!({ "name": "Renamed", "schedule": [] })).await;
        assert_eq!(cleared.accepted(200)["schedule"]["availability"], json!([]));
        assert_eq!(cleared.accepted(200)["prevDefaultId"], second["id"]);
        assert_eq!(legacy(&person, &server, "PATCH", &path, &json!({ "name": "  " })).await.refused(400), "Schedule name cannot be empty");
    }

    /// SCH-33
    async fn a_patch_without_a_name_changes_the_default_alone(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", Some("UTC")).await;
        let second = person.create(&server, &new("Second", false)).await.accepted(201).clone();
        let path = format!("/v2/schedules/{}", second["id"]);
        let body = json!({ "isDefault": false, "timeZone": "Asia/Tokyo", "schedule": week(&[], &[]), "dateOverrides": [] });
        let patched = legacy(&person, &server, "PATCH", &path, &body).await;
        let expected = |is_default: bool| json!({ "schedule": { "userId": person.id, "name": "Second", "id": second["id"] }, "isDefault": is_default });
        assert_eq!(patched.accepted(200), &expected(false));
        let patched = legacy(&person, &server, "PATCH", &path, &json!({ "isDefault": true, "name": null })).await;
        assert_eq!(patched.accepted(200), &expected(true));
        let now = person.default(&server).await;
        assert_eq!((&now["id"], &now["timeZone"], &now["availability"]), (&second["id"], &json!("Europe/Rome"), &office_hours()));
    }

    /// SCH-35
    async fn nobody_has_an_error_for_having_no_schedules(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", None).await;
        assert_eq!(person.call(&server, LEGACY, "GET", "/v2/schedules").await.accepted(200), &json!([]));
        assert_eq!(person.call(&server, LEGACY, "GET", "/v2/schedules/default").await.accepted(200), &json!(null));
    }

    /// AV-9: an override counts as coming as long as its date is not over where the schedule is.
    async fn todays_overrides_are_those_of_the_schedules_zone(server: TestServer) {
        let world = server.world().await;
        let person = Person::new(&server, &world, "a@example.com", Some("America/New_York")).await;
        let id = person.default(&server).await["id"].clone();
        let overrides = json!({ "overrides": [{ "date": "2026-03-02", "startTime": "10:00", "endTime": "12:00" }] });
        let _ = person.patch(&server, &id, &overrides).await.accepted(200);
        // The clock stands at 2026-03-02 09:15 UTC; access tokens live for an hour.
        for (hours, shown) in [(15, 1), (5, 0)] {
            server.advance(SignedDuration::from_hours(hours));
            let refresh = format!("/v2/oauth-clients/{}/users/{}/force-refresh", world.client, person.id);
            let tokens = server.call("POST", &refresh).secret(&world.secret).send().await;
            let token = tokens.accepted(200)["accessToken"].as_str().unwrap();
            let answer = server.call("GET", "/v2/schedules/default").bearer(token).send().await;
            assert_eq!(answer.accepted(200)["dateOverrides"].as_array().unwrap().len(), shown, "{}", server.now());
        }
    }
}
