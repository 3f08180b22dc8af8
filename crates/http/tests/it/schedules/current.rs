//! The shape of version 2024-06-11.

use serde_json::json;
use slotd_testkit::{TestServer, on_both_engines};

use super::{CURRENT, LEGACY, Person, new, office_hours};

on_both_engines! {
    /// SCH-1, SCH-2, SCH-3, SCH-5, SCH-12, AV-4
    async fn a_schedule_has_office_hours_and_no_overrides_unless_others_are_given(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", None).await;
        let created = person.create(&server, &new("Work", true)).await;
        let schedule = created.accepted(201).clone();
        assert_eq!(created.body, json!({ "status": "success", "data": {
            "id": schedule["id"], "ownerId": person.id, "name": "Work", "timeZone": "Europe/Rome",
            "availability": office_hours(), "isDefault": true, "overrides": [],
        } }));
        assert_eq!(person.default(&server).await, schedule);

        let body = json!({
            "name": "<b>Ünï 😀</b>", "timeZone": "Asia/Kolkata", "isDefault": true, "unknown": { "deep": [1] },
            "availability": [
                { "days": ["Sunday", "Friday", "Monday"], "startTime": "08:05", "endTime": "23:59", "unknown": 1 },
                { "days": [], "startTime": "00:00", "endTime": "00:00" },
                { "days": ["Friday"], "startTime": "08:05", "endTime": "23:59" },
            ],
            "overrides": [
                { "date": "2026-05-05", "startTime": "10:00", "endTime": "12:00" },
                { "date": "2024-02-29", "startTime": "00:00", "endTime": "00:00" },
                { "date": "2026-05-05", "startTime": "09:00", "endTime": "09:30" },
            ],
        });
        let created = person.create(&server, &body).await;
        let other = created.accepted(201);
        assert_eq!(other["name"], "<b>Ünï 😀</b>");
        assert!(created.headers["content-type"].starts_with("application/json"));
        assert_eq!(other["overrides"], body["overrides"], "in the order in which they were sent");
        let mut sent = body["availability"].clone();
        sent[0].as_object_mut().unwrap().remove("unknown");
        assert_eq!(other["availability"], sent, "entries and days in the order in which they were sent");
        let path = format!("/v2/schedules/{}", other["id"]);
        assert_eq!(person.call(&server, CURRENT, "GET", &path).await.accepted(200), other);

        let list = person.list(&server).await;
        assert_eq!((&list[0]["id"], &list[0]["isDefault"]), (&schedule["id"], &json!(false)), "the former default");
        assert_eq!((&list[1], list.as_array().unwrap().len()), (other, 2));
        assert_eq!(person.default(&server).await, *other);
    }

    /// SCH-1
    async fn an_empty_availability_is_none(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", None).await;
        let mut body = new("Never", false);
        body["availability"] = json!([]);
        let created = person.create(&server, &body).await;
        assert_eq!(created.accepted(201)["availability"], json!([]));
        assert_eq!(person.default(&server).await, json!(null), "SCH-6");
        // Null counts as absent, as everywhere on creation.
        body["availability"] = json!(null);
        body["overrides"] = json!(null);
        assert_eq!(person.create(&server, &body).await.accepted(201)["availability"], office_hours());
    }

    /// SCH-4, SCH-5, SCH-6
    async fn there_is_at_most_one_default_and_false_takes_none_away(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", Some("Europe/Rome")).await;
        let first = person.default(&server).await;
        let second = person.create(&server, &new("Second", false)).await.accepted(201).clone();
        assert_eq!((&second["isDefault"], &person.default(&server).await), (&json!(false), &first));
        let patched = person.patch(&server, &first["id"], &json!({ "isDefault": false })).await;
        assert_eq!(patched.accepted(200), &first, "SCH-4: it stays the default");
        let patched = person.patch(&server, &second["id"], &json!({ "isDefault": true })).await;
        assert_eq!(patched.accepted(200)["isDefault"], true);
        assert_eq!(person.default(&server).await["id"], second["id"]);
        let me = person.call(&server, CURRENT, "GET", "/v2/me").await;
        assert_eq!(me.accepted(200)["defaultScheduleId"], second["id"], "a pointer of the user");
        let defaults = person.list(&server).await.as_array().unwrap().iter().filter(|one| one["isDefault"] == true).count();
        assert_eq!(defaults, 1);
    }

    /// SCH-7, SCH-8, SCH-9, SCH-13
    async fn a_patch_changes_what_is_given_and_nothing_else(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", Some("Europe/Rome")).await;
        let mut expected = person.default(&server).await;
        let id = expected["id"].clone();
        let overrides = json!([{ "date": "2026-05-05", "startTime": "10:00", "endTime": "12:00" }]);
        let hours = json!([{ "days": ["Saturday", "Monday"], "startTime": "07:00", "endTime": "08:00" }]);
        for (field, value) in [
            ("overrides", overrides.clone()),
            ("name", json!("Other")),
            ("timeZone", json!("America/New_York")),
            ("availability", hours),
            ("overrides", json!([])),
            ("overrides", overrides),
            ("availability", json!([])),
        ] {
            expected[field] = value.clone();
            let patched = person.patch(&server, &id, &json!({ field: value })).await;
            assert_eq!(patched.accepted(200), &expected, "{field}");
            assert_eq!(person.default(&server).await, expected, "{field}");
        }
        assert_eq!(person.patch(&server, &id, &json!({})).await.accepted(200), &expected);
        let cleared = person.patch(&server, &id, &json!({ "availability": [], "overrides": [] })).await;
        assert_eq!((&cleared.accepted(200)["availability"], &cleared.body["data"]["overrides"]), (&json!([]), &json!([])));
    }

    /// SCH-10, SCH-11
    async fn the_order_of_times_and_overlaps_are_not_checked(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", None).await;
        let mut body = new("Odd", false);
        body["availability"] = json!([
            { "days": ["Monday"], "startTime": "17:00", "endTime": "09:00" },
            { "days": ["Monday"], "startTime": "09:00", "endTime": "12:00" },
            { "days": ["Monday"], "startTime": "11:00", "endTime": "23:59" },
            { "days": ["Monday"], "startTime": "10:00", "endTime": "10:00" },
        ]);
        body["overrides"] = json!([
            { "date": "2026-05-05", "startTime": "12:00", "endTime": "12:00" },
            { "date": "2026-05-05", "startTime": "18:00", "endTime": "08:00" },
            { "date": "2026-05-05", "startTime": "18:00", "endTime": "08:00" },
            { "date": "0001-01-01", "startTime": "00:00", "endTime": "23:59" },
            { "date": "9999-12-31", "startTime": "00:00", "endTime": "23:59" },
        ]);
        let created = person.create(&server, &body).await;
        assert_eq!(created.accepted(201)["availability"], body["availability"]);
        assert_eq!(person.list(&server).await[0]["overrides"], body["overrides"]);
    }

    /// SCH-14
    async fn an_override_with_a_time_is_its_utc_date(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", None).await;
        let mut body = new("Dates", false);
        for (sent, stored) in [
            ("2026-05-05T23:30:00.000Z", "2026-05-05"),
            ("2026-05-05T23:30:00-04:00", "2026-05-06"),
            ("2026-05-05T00:30:00", "2026-05-05"),
        ] {
            body["overrides"] = json!([{ "date": sent, "startTime": "10:00", "endTime": "12:00" }]);
            let created = person.create(&server, &body).await;
            assert_eq!(created.accepted(201)["overrides"][0]["date"], stored, "{sent}");
        }
    }

    /// SCH-15, SCH-16
    async fn the_default_and_the_last_schedule_can_be_deleted(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", Some("Europe/Rome")).await;
        let first = person.default(&server).await;
        let second = person.create(&server, &new("Second", false)).await.accepted(201).clone();
        let path = |schedule: &serde_json::Value| format!("/v2/schedules/{}", schedule["id"]);
        let deleted = person.call(&server, CURRENT, "DELETE", &path(&first)).await;
        assert_eq!((deleted.status, deleted.text.as_str()), (200, "{\"status\":\"success\"}"));
        assert_eq!(person.default(&server).await, json!(null));
        assert_eq!(person.list(&server).await, json!([second]));
        let me = person.call(&server, CURRENT, "GET", "/v2/me").await;
        assert_eq!(me.accepted(200)["defaultScheduleId"], json!(null), "the pointer is cleared");
        assert_eq!(person.call(&server, LEGACY, "DELETE", &path(&second)).await.text, "{\"status\":\"success\"}");
        assert_eq!(person.list(&server).await, json!([]));
    }

    /// AV-6, AV-8, SCH-17: the order of the checks, and their texts.
    async fn only_the_owner_reads_changes_and_deletes(server: TestServer) {
        let (world, foreign) = (server.world().await, server.world().await);
        let owner = Person::new(&server, &world, "a@example.com", Some("Europe/Rome")).await;
        let other = Person::new(&server, &world, "b@example.com", Some("Europe/Rome")).await;
        let stranger = Person::new(&server, &foreign, "c@example.com", None).await;
        let schedule = owner.default(&server).await;
        let (id, path) = (&schedule["id"], format!("/v2/schedules/{}", schedule["id"]));
        for version in [CURRENT, LEGACY] {
            for method in ["GET", "PATCH", "DELETE"] {
                for person in [&other, &stranger] {
                    let answer = person.send(&server, version, method, &path, Some(&json!({ "name": "X" }))).await;
                    assert_eq!(answer.refused(403), format!("User with ID={} does not own schedule with ID={id}", person.id));
                }
                // Also not the administrator of the organization, by key or by secret.
                let by_key = server.call(method, &path).bearer(&world.key).header("cal-api-version", version);
                let by_secret = server.call(method, &path).header("x-cal-client-id", &world.client).secret(&world.secret);
                for call in [by_key, by_secret] {
                    let answer = call.json(&json!({ "name": "X" })).send().await;
                    assert_eq!(answer.refused(403), format!("User with ID={} does not own schedule with ID={id}", world.owner));
                }
                assert_eq!(server.call(method, &path).send().await.status, 401);

                let absent = owner.send(&server, version, method, "/v2/schedules/2147483647", Some(&json!({}))).await;
                let status = if method == "DELETE" { 400 } else { 404 };
                assert_eq!(absent.refused(status), "Schedule with ID=2147483647 does not exist.", "SCH-36");
                for bad in ["x", "1.5", "1e3", "+1", "%201", "2147483648", "-", "1%00", "%D9%A1"] {
                    let answer = owner.send(&server, version, method, &format!("/v2/schedules/{bad}"), Some(&json!({}))).await;
                    assert_eq!(answer.refused(400), "Validation failed (numeric string is expected)", "{bad}");
                }
            }
        }
        let invalid = other.send(&server, CURRENT, "PATCH", &path, Some(&json!({ "name": 1 }))).await;
        assert_eq!(invalid.invalid_fields(), ["name"], "the form comes before the owner");
        assert_eq!(owner.default(&server).await, schedule);
    }

    /// AV-7: as whom the credentials act.
    async fn a_key_and_a_clients_secret_act_for_the_owner(server: TestServer) {
        let world = server.world().await;
        let by_secret = |method| {
            server.call(method, "/v2/schedules").header("cal-api-version", CURRENT).header("x-cal-client-id", &world.client).secret(&world.secret)
        };
        let created = by_secret("POST").json(&new("Work", true)).send().await;
        assert_eq!(created.accepted(201)["ownerId"], world.owner.0);
        let listed = server.call("GET", "/v2/schedules").bearer(&world.key).header("cal-api-version", CURRENT).send().await;
        assert_eq!(listed.accepted(200), &json!([created.body["data"]]));
        let alias = server.call("GET", "/api/v2/schedules").bearer(&world.key).header("cal-api-version", CURRENT).send().await;
        assert_eq!(alias.accepted(200), listed.accepted(200), "AV-3");
    }

    /// SCH-18, SCH-19, SCH-20: the zone of the profile and that of a schedule.
    async fn a_managed_users_schedule_keeps_its_zone(server: TestServer) {
        let world = server.world().await;
        let person = Person::new(&server, &world, "a@example.com", Some("asia/tokyo")).await;
        let schedule = person.default(&server).await;
        assert_eq!(schedule, json!({
            "id": schedule["id"], "ownerId": person.id, "name": "Default schedule", "timeZone": "Asia/Tokyo",
            "availability": office_hours(), "isDefault": true, "overrides": [],
        }));
        let moved = json!({ "timeZone": "America/New_York" });
        let path = format!("/v2/oauth-clients/{}/users/{}", world.client, person.id);
        let patched = server.call("PATCH", &path).secret(&world.secret).json(&moved).send().await;
        assert_eq!(patched.accepted(200)["timeZone"], "America/New_York");
        let patched = person.send(&server, CURRENT, "PATCH", "/v2/me", Some(&json!({ "timeZone": "UTC" }))).await;
        assert_eq!(patched.accepted(200)["timeZone"], "UTC");
        assert_eq!(person.default(&server).await, schedule);

        let without = Person::new(&server, &world, "b@example.com", None).await;
        assert_eq!((without.list(&server).await, without.default(&server).await), (json!([]), json!(null)));
    }

    /// SCH-21
    async fn schedules_are_listed_by_id(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", Some("UTC")).await;
        for name in ["z", "a", "m"] {
            let _ = person.create(&server, &new(name, name == "a")).await.accepted(201);
        }
        let list = person.list(&server).await;
        let ids: Vec<i64> = list.as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect();
        assert!(ids.is_sorted() && ids.len() == 4, "{ids:?}");
    }

    /// SCH-23, QI-7
    async fn zones_are_stored_in_their_canonical_spelling(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", None).await;
        let mut body = new("Rome", false);
        body["timeZone"] = json!("europe/rome");
        let created = person.create(&server, &body).await;
        assert_eq!(created.accepted(201)["timeZone"], "Europe/Rome");
        let id = &created.body["data"]["id"];
        let patched = person.patch(&server, id, &json!({ "timeZone": "AMERICA/new_york" })).await;
        assert_eq!(patched.accepted(200)["timeZone"], "America/New_York");
    }

    /// AV-1, VR-1, VR-2, VR-4, VR-9, QK-1, QI-1
    async fn the_version_decides_about_the_shape(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", Some("Europe/Rome")).await;
        for version in ["2024-06-11", "2024-06-14", "2024-08-13", "2024-09-04", "2026-02-25"] {
            let shown = person.call(&server, version, "GET", "/v2/schedules/default").await;
            assert_eq!(shown.accepted(200)["ownerId"], person.id, "{version}");
            let created = person.send(&server, version, "POST", "/v2/schedules", Some(&new("N", false))).await;
            assert_eq!(created.accepted(201)["ownerId"], person.id, "{version}");
        }
        for version in ["2024-04-15", "2024-06-12", "2031-01-01", "latest", "2024-06-11 2024-06-11"] {
            let shown = person.call(&server, version, "GET", "/v2/schedules/default").await;
            assert_eq!(shown.accepted(200)["userId"], person.id, "{version}");
            assert!(shown.body["data"]["ownerId"].is_null(), "{version}");
        }
        let without = server.call("GET", "/v2/schedules").bearer(&person.token).send().await;
        assert_eq!(without.accepted(200)[0]["workingHours"][0]["startTime"], 540, "no header");
        let created = server.call("POST", "/v2/schedules").bearer(&person.token).json(&new("N", false)).send().await;
        assert_eq!(created.accepted(201)["isLastSchedule"], false);
    }

    /// AV-11
    async fn a_deleted_users_schedules_go(server: TestServer) {
        let world = server.world().await;
        let person = Person::new(&server, &world, "a@example.com", Some("UTC")).await;
        let id = person.default(&server).await["id"].clone();
        let overrides = json!({ "overrides": [{ "date": "2026-05-05", "startTime": "10:00", "endTime": "12:00" }] });
        let _ = person.patch(&server, &id, &overrides).await.accepted(200);
        let tables = slotd_testkit::Tables::open(&server.database.options.location).await;
        let rows = "select 'schedule' from schedule union all select 'range' from schedule_range
            union all select 'override' from schedule_override";
        assert_eq!(tables.column(rows).await.len(), 3);
        let path = format!("/v2/oauth-clients/{}/users/{}", world.client, person.id);
        let _ = server.call("DELETE", &path).secret(&world.secret).send().await.accepted(200);
        assert_eq!(tables.column(rows).await, Vec::<String>::new());
    }
}
