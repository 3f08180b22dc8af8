//! Input that is refused, and input that is odd and is not.

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::{CURRENT, LEGACY, Person, new};

on_both_engines! {
    /// SCH-10, VA-3: errors of nested objects stand in `children`, below their index.
    async fn a_bad_time_is_told_where_it_stands(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", None).await;
        for bad in ["24:00", "9:00", "09:60", "0900", "09:00:00", "", "noon", "-1:00", "09:00\0"] {
            let mut body = new("N", false);
            let good = json!({ "days": ["Monday"], "startTime": "09:00", "endTime": "17:00" });
            body["availability"] = json!([good, { "days": ["Monday"], "startTime": bad, "endTime": "17:00" }]);
            let answer = person.create(&server, &body).await;
            assert_eq!(answer.invalid_fields(), ["availability"], "{bad:?}");
            let error = &answer.body["error"]["details"]["errors"][0];
            assert_eq!(error, &json!({
                "target": body, "value": body["availability"], "property": "availability", "children": [{
                    "target": body["availability"], "value": body["availability"][1], "property": "1", "children": [{
                        "target": body["availability"][1], "value": bad, "property": "startTime", "children": [],
                        "constraints": { "matches": "startTime must be a valid time format HH:MM" },
                    }],
                }],
            }));
        }
    }

    /// SCH-22, VA-4
    async fn everything_that_is_wrong_is_told_at_once(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", None).await;
        let answer = person.create(&server, &json!({})).await;
        assert_eq!(answer.invalid_fields(), ["name", "timeZone", "isDefault"]);
        let errors = &answer.body["error"]["details"]["errors"];
        assert_eq!(errors[2]["constraints"], json!({ "isBoolean": "isDefault must be a boolean value" }));
        let legacy = person.send(&server, LEGACY, "POST", "/v2/schedules", Some(&json!({}))).await;
        assert_eq!(legacy.invalid_fields(), ["name", "timeZone", "isDefault"]);

        let body = json!({
            "name": 5, "timeZone": "Narnia/Woods", "isDefault": "true",
            "availability": [{ "days": ["monday"], "startTime": "09:00" }, {}],
            "overrides": [{ "date": "2026-02-29", "startTime": "25:00", "endTime": 9 }],
        });
        let answer = person.create(&server, &body).await;
        assert_eq!(answer.invalid_fields(), ["name", "timeZone", "availability", "isDefault", "overrides"]);
        let errors = &answer.body["error"]["details"]["errors"];
        assert_eq!(errors[1]["constraints"], json!({ "isTimeZone": "timeZone must be a valid IANA time-zone" }));
        let days = &errors[2]["children"][0]["children"][0];
        let text = "each value in days must be one of the following values: Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday";
        assert_eq!((&days["property"], &days["constraints"]), (&json!("days"), &json!({ "isIn": text })));
        let missing = &errors[2]["children"][0]["children"][1];
        assert_eq!((&missing["property"], missing.get("value")), (&json!("endTime"), None));
        assert_eq!(errors[2]["children"][1]["children"].as_array().unwrap().len(), 3);
        assert_eq!(errors[4]["children"][0]["children"].as_array().unwrap().len(), 3);
        assert_eq!(person.list(&server).await, json!([]));
    }

    /// AV-5, VA-1
    async fn no_value_of_any_field_makes_the_server_fail(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", Some("UTC")).await;
        let before = person.default(&server).await;
        let id = &before["id"];
        let hostile = [
            json!(null), json!(0), json!(-1.5), json!("\0"), json!("x".repeat(1_001)), json!([null]), json!(["x"]), json!({ "a": 1 }),
            json!([[]]), json!([{}]), json!([{ "days": "Monday", "startTime": "09:00", "endTime": "10:00" }]),
            json!([{ "days": [1], "startTime": "09:00", "endTime": "10:00" }]),
            json!([{ "date": 20_260_505, "startTime": "09:00", "endTime": "10:00" }]),
            json!([{ "date": "2026-13-01", "startTime": "09:00", "endTime": "10:00" }]),
            json!([{ "date": "+12026-01-01", "startTime": "09:00", "endTime": "10:00" }]),
        ];
        for field in ["name", "timeZone", "isDefault", "availability", "overrides"] {
            for value in &hostile {
                let answer = person.patch(&server, id, &json!({ field: value })).await;
                assert_eq!(answer.invalid_fields(), [field], "{value}");
                for path in [format!("/v2/schedules/{id}"), format!("/v2/atoms/schedules/{id}")] {
                    let answer = person.send(&server, LEGACY, "PATCH", &path, Some(&json!({ field: value }))).await;
                    assert!([200, 400].contains(&answer.status), "{field} {value}: {}", answer.text);
                }
            }
        }
        assert_eq!(person.default(&server).await, before, "nothing was changed");
        for body in ["", "[]", "[1]", "{", "5", "null"] {
            let call = server.call("POST", "/v2/schedules").bearer(&person.token).header("cal-api-version", CURRENT);
            assert_eq!(call.body("application/json", body).send().await.status, 400, "{body}");
        }
    }

    /// A thousand overrides are kept, one more is refused; so is what would not fit elsewhere.
    async fn a_schedule_has_bounds_that_nobody_meets(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", Some("UTC")).await;
        let id = person.default(&server).await["id"].clone();
        let days = |count: i32| -> Vec<Value> {
            let first = jiff::civil::date(2026, 1, 1);
            let date = |day: i32| first.saturating_add(jiff::Span::new().days(day)).to_string();
            (0..count).map(|day| json!({ "date": date(day), "startTime": "10:00", "endTime": "12:00" })).collect()
        };
        let patched = person.patch(&server, &id, &json!({ "overrides": days(1_000) })).await;
        assert_eq!(patched.accepted(200)["overrides"], json!(days(1_000)));
        assert_eq!(person.default(&server).await["overrides"], json!(days(1_000)));
        let refused = person.patch(&server, &id, &json!({ "overrides": days(1_001) })).await;
        assert_eq!(refused.invalid_fields(), ["overrides"]);
        let error = &refused.body["error"]["details"]["errors"][0]["constraints"];
        assert_eq!(error, &json!({ "arrayMaxSize": "overrides must contain no more than 1000 elements" }));
        let copied = person.call(&server, CURRENT, "POST", &format!("/v2/atoms/schedules/{id}/duplicate")).await;
        assert_eq!(copied.status, 201);

        let entry = json!({ "days": ["Monday"], "startTime": "09:00", "endTime": "10:00" });
        let patched = person.patch(&server, &id, &json!({ "availability": vec![entry.clone(); 200] })).await;
        assert_eq!(patched.accepted(200)["availability"].as_array().unwrap().len(), 200);
        let refused = person.patch(&server, &id, &json!({ "availability": vec![entry; 201] })).await;
        assert_eq!(refused.invalid_fields(), ["availability"]);

        // The answer about many that fail stays small.
        let refused = person.patch(&server, &id, &json!({ "overrides": vec![json!({}); 1_000] })).await;
        let children = &refused.body["error"]["details"]["errors"][0]["children"];
        assert_eq!(children.as_array().unwrap().len(), 10);
        assert!(refused.text.len() < 200_000, "{} bytes", refused.text.len());
    }

    /// A user has at most 100 schedules, whatever makes them.
    async fn a_user_has_at_most_a_hundred_schedules(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", None).await;
        let mut last = json!(null);
        for _ in 0..100 {
            last = person.create(&server, &new("N", false)).await.accepted(201)["id"].clone();
        }
        let text = "A user can have at most 100 schedules.";
        assert_eq!(person.create(&server, &new("N", false)).await.refused(400), text);
        let legacy = person.send(&server, LEGACY, "POST", "/v2/schedules", Some(&new("N", false))).await;
        assert_eq!(legacy.refused(400), text);
        let path = format!("/v2/atoms/schedules/{last}/duplicate");
        assert_eq!(person.call(&server, CURRENT, "POST", &path).await.refused(400), text);
        let created = person.send(&server, CURRENT, "POST", "/v2/atoms/schedules/create", Some(&json!({ "name": "N" }))).await;
        assert_eq!(created.refused(400), text);
        let _ = person.call(&server, CURRENT, "DELETE", &format!("/v2/schedules/{last}")).await.accepted(200);
        let _ = person.create(&server, &new("N", true)).await.accepted(201);
    }

    /// Repetitions of a day within an entry say nothing.
    async fn a_repeated_day_counts_once(server: TestServer) {
        let person = Person::new(&server, &server.world().await, "a@example.com", None).await;
        let mut body = new("N", false);
        body["availability"] = json!([{ "days": vec!["Monday"; 5_000], "startTime": "09:00", "endTime": "10:00" }]);
        let created = person.create(&server, &body).await;
        assert_eq!(created.accepted(201)["availability"][0]["days"], json!(["Monday"]));
    }
}
