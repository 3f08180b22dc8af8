//! Hostile values in every place of the slot paths: a clear 4xx, and nothing is held.

use serde_json::{Value, json};
use slotd_testkit::{Tables, TestServer, on_both_engines};

use super::{Host, daily, hold, uid_of};
use crate::bad_input::hostile;

/// What is odd in a query or a path, encoded.
const ODD: [&str; 22] = [
    "",
    "%00",
    "a%00b",
    "%EF%BB%BF",
    "%F0%9F%98%80",
    "%E2%80%AEx",
    "'%20or%201=1--",
    "%25",
    "-1",
    "0",
    "1.5",
    "1e9",
    "NaN",
    "2147483647",
    "2147483648",
    "-9223372036854775808",
    "9999999999999999999999",
    "null",
    "undefined",
    "2050-09-05T10:00:00%2B99:99",
    "9999-12-31T23:59:59.999999999Z",
    "-009999-01-01T00:00:00Z",
];

const QUERY: [&str; 15] = [
    "start",
    "end",
    "timeZone",
    "duration",
    "format",
    "bookingUidToReschedule",
    "eventTypeId",
    "username",
    "eventTypeSlug",
    "organizationSlug",
    "teamSlug",
    "usernames",
    "explain",
    "foo",
    "start[]",
];

const LEGACY_QUERY: [&str; 12] = [
    "startTime",
    "endTime",
    "timeZone",
    "duration",
    "rescheduleUid",
    "eventTypeId",
    "eventTypeSlug",
    "usernameList",
    "usernameList[]",
    "orgSlug",
    "slotFormat",
    "teamId",
];

on_both_engines! {
    /// VA-1, VA-5, SLOT-2, SLOT-103
    async fn no_value_of_any_parameter_makes_slots_fail(server: TestServer) {
        let host = Host::new(&server).await;
        let id = host.event_type("own", &json!({})).await;
        let long = "x".repeat(10_000);
        let forms = [
            format!("eventTypeId={id}"),
            format!("username=person-{}&eventTypeSlug=own", host.id),
            "usernames=a,b".to_owned(),
        ];
        for value in ODD.into_iter().chain([long.as_str()]) {
            let mut paths = Vec::new();
            for name in QUERY {
                for form in &forms {
                    paths.push(format!("/v2/slots?{form}&start=2050-09-05&end=2050-09-06&{name}={value}"));
                }
            }
            for name in LEGACY_QUERY {
                paths.push(format!(
                    "/v2/slots/available?eventTypeId={id}&startTime=2050-09-05T00:00:00Z&endTime=2050-09-06T00:00:00Z&{name}={value}"
                ));
            }
            paths.push(format!("/v2/slots/reservations/{value}"));
            for path in paths {
                let answer = server.call("GET", &path).send().await;
                let shown: String = path.chars().take(200).collect();
                assert!(answer.status < 500, "{shown}: {}", answer.text);
                assert!(answer.status < 300 || answer.body["error"]["message"].is_string(), "{shown}: {}", answer.text);
                assert!(answer.text.len() < 20_000 || answer.status == 200 || value.len() > 1_000, "{shown}");
            }
        }
    }

    /// VA-1, VA-4, EN-4, AV-5
    async fn no_value_of_any_field_makes_a_reservation_fail(server: TestServer) {
        let host = Host::new(&server).await;
        host.schedule(&daily("UTC")).await;
        let options = json!({ "lengthInMinutes": 30, "lengthInMinutesOptions": [15, 30] });
        let id = host.event_type("own", &options).await;
        let uid = uid_of(&hold(&server, id, "2050-09-05T10:00:00Z").await);
        let kept = server.call("GET", &format!("/v2/slots/reservations/{uid}")).send().await;
        let current = json!({ "eventTypeId": id, "slotStart": "2050-09-05T12:00:00Z" });
        let legacy = json!({
            "eventTypeId": id, "slotUtcStartDate": "2050-09-05T13:00:00Z", "slotUtcEndDate": "2050-09-05T13:30:00Z",
        });
        let path = format!("/v2/slots/reservations/{uid}");
        let operations: [(&str, &str, &Value, &[&str]); 3] = [
            ("POST", "/v2/slots/reservations", &current, &["eventTypeId", "slotStart", "slotDuration", "reservationDuration"]),
            ("PATCH", &path, &current, &["eventTypeId", "slotStart", "slotDuration", "reservationDuration"]),
            ("POST", "/v2/slots/reserve", &legacy, &["eventTypeId", "slotUtcStartDate", "slotUtcEndDate", "bookingUid", "_isDryRun"]),
        ];
        let mut refused = 0;
        for (method, path, body, fields) in operations {
            for field in fields {
                for value in hostile() {
                    // Null counts as absent where a field is optional, and a uid is any text.
                    if (value.is_null() && body.get(field).is_none()) || *field == "bookingUid" {
                        continue;
                    }
                    let mut body = body.clone();
                    body[*field] = value.clone();
                    let answer = server.call(method, path).json(&body).send().await;
                    let shown: String = value.to_string().chars().take(40).collect();
                    if *field == "_isDryRun" && value == true {
                        let _ = answer.accepted(201);
                        continue;
                    }
                    assert!(matches!(answer.status, 400 | 401 | 404), "{method} {path} {field} {shown}: {}", answer.text);
                    refused += 1;
                }
            }
            for raw in ["", "{", "[]", "5", "null", "\"x\"", "{\"slotStart\":\"\\ud800\"}"] {
                let answer = server.call(method, path).body("application/json", raw).send().await;
                assert_eq!(answer.status, 400, "{method} {path} {raw}: {}", answer.text);
            }
        }
        assert!(refused > 300, "{refused}");
        let after = server.call("GET", &path).send().await;
        assert_eq!(after.text, kept.text, "what was held is as it was");
        let tables = Tables::open(&server.database.options.location).await;
        assert_eq!(tables.column("select uid from slot_hold").await, [uid]);
    }
}
