//! Requests at the same time leave one default, and whole schedules.

use std::sync::Arc;

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};
use tokio::task::JoinSet;

use super::{CURRENT, Person, new};

on_both_engines! {
    /// SCH-3, SCH-5
    async fn of_many_new_defaults_one_is_the_default(server: TestServer) {
        let server = Arc::new(server);
        let person = Arc::new(Person::new(&server, &server.world().await, "a@example.com", Some("UTC")).await);
        let mut requests = JoinSet::new();
        for number in 0..20 {
            let (server, person) = (Arc::clone(&server), Arc::clone(&person));
            requests.spawn(async move { person.create(&server, &new(&number.to_string(), true)).await });
        }
        while let Some(answer) = requests.join_next().await {
            assert_eq!(answer.unwrap().accepted(201)["isDefault"], true);
        }
        let list = person.list(&server).await;
        let list = list.as_array().unwrap();
        assert_eq!(list.len(), 21);
        assert_eq!(list.iter().filter(|one| one["isDefault"] == true).count(), 1);

        let mut requests = JoinSet::new();
        for schedule in list {
            let (server, person, id) = (Arc::clone(&server), Arc::clone(&person), schedule["id"].clone());
            requests.spawn(async move { person.patch(&server, &id, &json!({ "isDefault": true })).await });
        }
        while let Some(answer) = requests.join_next().await {
            assert_eq!(answer.unwrap().accepted(200)["isDefault"], true);
        }
        let list = person.list(&server).await;
        assert_eq!(list.as_array().unwrap().iter().filter(|one| one["isDefault"] == true).count(), 1);
    }

    /// SCH-8, SCH-15: a schedule is one of the states that were written, or gone.
    async fn changes_and_deletions_do_not_mix(server: TestServer) {
        let server = Arc::new(server);
        let person = Arc::new(Person::new(&server, &server.world().await, "a@example.com", Some("UTC")).await);
        let id = person.default(&server).await["id"].clone();
        let state = |hour: usize| -> Value {
            let (start, end) = (format!("{hour:02}:00"), format!("{hour:02}:30"));
            let entry = json!({ "days": ["Monday"], "startTime": start, "endTime": end });
            let date = json!({ "date": "2026-05-05", "startTime": start, "endTime": end });
            json!({ "name": hour.to_string(), "availability": vec![entry; hour + 1], "overrides": vec![date; hour + 1] })
        };
        let is_whole = move |schedule: &Value| {
            let expected = state(schedule["name"].as_str().unwrap().parse().unwrap());
            for field in ["availability", "overrides"] {
                assert_eq!(schedule[field], expected[field]);
            }
        };
        assert_eq!(person.patch(&server, &id, &state(3)).await.status, 200);
        let mut requests = JoinSet::new();
        for hour in 0..12 {
            let (server, person, id) = (Arc::clone(&server), Arc::clone(&person), id.clone());
            requests.spawn(async move { person.patch(&server, &id, &state(hour)).await });
        }
        while let Some(answer) = requests.join_next().await {
            is_whole(answer.unwrap().accepted(200));
            is_whole(&person.default(&server).await);
        }

        let mut requests = JoinSet::new();
        for hour in 0..12 {
            let (server, person, id) = (Arc::clone(&server), Arc::clone(&person), id.clone());
            requests.spawn(async move {
                if hour == 6 {
                    person.call(&server, CURRENT, "DELETE", &format!("/v2/schedules/{id}")).await
                } else {
                    person.patch(&server, &id, &state(hour)).await
                }
            });
        }
        while let Some(answer) = requests.join_next().await {
            let answer = answer.unwrap();
            assert!([200, 404].contains(&answer.status), "{}", answer.text);
        }
        assert_eq!(person.list(&server).await, json!([]));
        let tables = slotd_testkit::Tables::open(&server.database.options.location).await;
        let left = "select 'range' from schedule_range union all select 'override' from schedule_override";
        assert_eq!(tables.column(left).await, Vec::<String>::new());
    }
}
