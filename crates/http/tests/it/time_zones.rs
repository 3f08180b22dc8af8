//! Cities and their time zones (section 10 of the platform rules).

use serde_json::json;
use slotd_testkit::{TestServer, on_both_engines};

on_both_engines! {
    /// TZ-1, TZ-2, TZ-4, VR-7
    async fn every_city_is_listed_once_with_its_zone(server: TestServer) {
        let answer = server.call("GET", "/v2/timezones").header("cal-api-version", "2024-06-14").send().await;
        assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
        let cities = answer.accepted(200).as_array().unwrap();
        assert_eq!(cities.len(), 7_074);
        assert_eq!(cities[0], json!({ "city": "Qal eh-ye Now", "timezone": "Asia/Kabul", "pop": 2997 }));
        assert_eq!(cities[1], json!({ "city": "Chaghcharan", "timezone": "Asia/Kabul", "pop": 15000 }));
        assert!(cities.iter().all(|city| city["pop"].is_number() && city.as_object().unwrap().len() == 3));

        let londons: Vec<_> = cities.iter().filter(|city| city["city"] == "London").collect();
        assert_eq!(londons.len(), 2);
        assert!(londons.iter().all(|london| london["timezone"] == "Europe/London"));
        assert!(cities.iter().all(|city| city["city"] != "Londonderry"));
        let of = |name: &str| cities.iter().find(|city| city["city"] == name).unwrap();
        // The most populous of several: in Massachusetts and in Oregon, not in Illinois and Maine.
        assert_eq!(of("Springfield")["timezone"], "America/New_York");
        assert_eq!(of("Portland")["timezone"], "America/Los_Angeles");
        // The data has no zone for these.
        assert_eq!(of("Perm")["timezone"], "Asia/Yekaterinburg");
        assert_eq!(of("Palmer Station")["timezone"], "Antarctica/Palmer");
        let mut names: Vec<&str> = cities.iter().map(|city| city["city"].as_str().unwrap()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 7_073);
    }

    /// TZ-3
    async fn the_list_is_kept_for_a_day_and_asked_about_after_that(server: TestServer) {
        let get = |method: &str| server.call(method, "/v2/timezones");
        let first = get("GET").send().await;
        assert_eq!(first.headers["cache-control"], "public, max-age=86400");
        let tag = &first.headers["etag"];
        assert!(tag.len() == 34 && tag.starts_with('"'), "{tag}");
        assert_eq!(&get("GET").send().await.headers["etag"], tag);

        let head = get("HEAD").send().await;
        assert_eq!((head.status, head.text.as_str()), (200, ""));
        assert_eq!(&head.headers["etag"], tag);
        assert_eq!(head.headers["content-length"], first.text.len().to_string());

        for method in ["GET", "HEAD"] {
            for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
                let again = get(method).header("If-None-Match", &known).send().await;
                assert_eq!((again.status, again.text.as_str()), (304, ""), "{method} {known}");
                assert_eq!(&again.headers["etag"], tag);
                assert!(!again.headers.contains_key("content-length"), "it would be that of the whole answer");
                assert_eq!(again.headers["cache-control"], "public, max-age=86400");
            }
            for unknown in ["\"other\"", "", "nonsense", "é", &"x".repeat(5_000)] {
                let again = get(method).header("If-None-Match", unknown).send().await;
                assert_eq!(again.status, 200, "{method} {unknown}");
            }
        }
        let _ = get("POST").send().await.refused(404);
    }
}
