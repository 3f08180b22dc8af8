//! Busy times of connected calendars (section 17 of the availability rules).

use serde_json::json;
use slotd_testkit::{Answer, TestServer, on_both_engines};

const DAYS: &str = "dateFrom=2026-03-02&dateTo=2026-03-08";

async fn ask(server: &TestServer, key: &str, query: &str) -> Answer {
    server.call("GET", &format!("/v2/calendars/busy-times?{query}")).bearer(key).send().await
}

on_both_engines! {
    /// BUSY-1, BUSY-4, BUSY-6: nobody has a calendar, so nobody has calendar busy time; days out of
    /// office are none.
    async fn whoever_connected_no_calendar_has_no_calendar_busy_time(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let path = format!("/v2/organizations/{}/users/{}/ooo", world.organization, user["user"]["id"]);
        let away = json!({ "start": "2026-03-02T00:00:00Z", "end": "2026-03-08T00:00:00Z" });
        let _ = server.call("POST", &path).bearer(&world.key).json(&away).send().await.accepted(201);
        for query in [
            format!("timeZone=Europe/Rome&{DAYS}"),
            format!("timeZone=europe%2Frome&{DAYS}&unknown=1&calendarsToLoadAll=1"),
            format!("loggedInUsersTz=America/New_York&{DAYS}"),
            format!("timeZone=&loggedInUsersTz=UTC&{DAYS}"),
            "timeZone=UTC&dateFrom=2026-03-02T00:00:00.000Z&dateTo=2026-03-08T23:59:59%2B01:00".to_owned(),
            "timeZone=UTC&dateFrom=0000-01-01&dateTo=9999-12-31".to_owned(),
        ] {
            for key in [user["accessToken"].as_str().unwrap(), &world.key] {
                assert_eq!(ask(&server, key, &query).await.accepted(200), &json!([]), "{query}");
            }
        }
    }

    /// BUSY-1
    async fn a_zone_and_both_dates_are_required(server: TestServer) {
        let key = server.world().await.key;
        for query in [DAYS.to_owned(), format!("timeZone=&{DAYS}")] {
            let answer = ask(&server, &key, &query).await;
            assert_eq!(answer.refused(400), "Either timeZone or loggedInUsersTz must be provided");
        }
        for (query, fields) in [
            ("", vec!["dateFrom", "dateTo"]),
            ("timeZone=UTC&dateFrom=2026-03-02", vec!["dateTo"]),
            ("timeZone=UTC&dateFrom=&dateTo=2026-03-02", vec!["dateFrom"]),
            ("timeZone=Narnia/Woods&loggedInUsersTz=%2B05:30&dateFrom=2026-03-02&dateTo=2026-03-02", vec!["loggedInUsersTz", "timeZone"]),
            ("timeZone=UTC&dateFrom=2026-02-29&dateTo=2026-13-01", vec!["dateFrom", "dateTo"]),
            ("timeZone=UTC&dateFrom=02/03/2026&dateTo=tomorrow", vec!["dateFrom", "dateTo"]),
            ("timeZone=UTC&dateFrom=10000-01-01&dateTo=2026-03-02T25:00:00Z", vec!["dateFrom", "dateTo"]),
            ("timeZone=%00&dateFrom=%00&dateTo=2026-03-02%00", vec!["timeZone", "dateFrom", "dateTo"]),
        ] {
            let answer = ask(&server, &key, query).await;
            assert_eq!(answer.invalid_fields(), fields, "{query}: {}", answer.text);
        }
    }

    /// BUSY-2: of a credential that is not the caller's, in every form in which it is named.
    async fn nobody_has_a_credential(server: TestServer) {
        let key = server.world().await.key;
        for calendars in [
            "calendarsToLoad[0][credentialId]=135&calendarsToLoad[0][externalId]=a%40example.com",
            "calendarsToLoad%5B7%5D%5BcredentialId%5D=0&calendarsToLoad%5B7%5D%5BexternalId%5D=",
            "credentialId=1&externalId=a",
            "credentialId=99999999999999999999&externalId=%F0%9F%98%80",
            "credentialId=-1.5&externalId=a",
        ] {
            let answer = ask(&server, &key, &format!("timeZone=UTC&{DAYS}&{calendars}")).await;
            assert_eq!(answer.refused(401), "These credentials do not belong to you", "{calendars}");
        }
        for calendars in [
            "calendarsToLoad[0][credentialId]=x&calendarsToLoad[0][externalId]=a",
            "calendarsToLoad[0][credentialId]=&calendarsToLoad[0][externalId]=a",
            "calendarsToLoad[0][credentialId]=1",
            "calendarsToLoad[0][externalId]=a",
            "calendarsToLoad=a",
            "calendarsToLoad[credentialId]=1",
            "calendarsToLoad[0]=1",
            "calendarsToLoad[-1][credentialId]=1",
            "calendarsToLoad[99999999999][credentialId]=1",
            "credentialId=1",
            "externalId=a",
            "externalId=%00&credentialId=1",
            &format!("credentialId=1&externalId={}", "x".repeat(1_001)),
            &(0..101).map(|n| format!("calendarsToLoad[{n}][credentialId]=1&calendarsToLoad[{n}][externalId]=a")).collect::<Vec<_>>().join("&"),
        ] {
            let answer = ask(&server, &key, &format!("timeZone=UTC&{DAYS}&{calendars}")).await;
            assert_eq!(answer.invalid_fields(), ["calendarsToLoad"], "{calendars}");
        }
        let answer = ask(&server, &key, &format!("{DAYS}&credentialId=1&externalId=a")).await;
        assert_eq!(answer.refused(400), "Either timeZone or loggedInUsersTz must be provided");
        let nobody = server.call("GET", "/v2/calendars/busy-times").send().await;
        assert_eq!(nobody.status, 401, "who asks comes first");
    }
}
