//! One schedule in all of its shapes.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{TestCaseError, TestRunner};
use serde_json::{Value, json};
use slotd_testkit::{Engine, TestServer};
use tokio::runtime::Runtime;

use super::{CURRENT, LEGACY, Person};
use crate::generated::cases;

const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A minute of the day; the ends of hours and of the day more often than others.
fn minute() -> impl Strategy<Value = u16> {
    prop_oneof![(0..24_u16).prop_map(|hour| hour * 60), Just(1_439), 0..1_440_u16]
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Days, start and end.
type Entry = (Vec<usize>, u16, u16);
/// Date, start and end.
type Dated = (String, u16, u16);

fn entry() -> impl Strategy<Value = Entry> {
    let days = subsequence((0..7).collect::<Vec<usize>>(), 0..7).prop_shuffle();
    (days, minute(), minute())
}

/// All after the test's today, so that every shape shows them.
fn dated() -> impl Strategy<Value = Dated> {
    let dates = vec!["2026-03-03", "2026-05-05", "2028-02-29", "9999-12-31"];
    (select(dates).prop_map(str::to_owned), minute(), minute())
}

#[derive(Debug, Clone)]
struct Hours {
    weekly: Vec<Entry>,
    overrides: Vec<Dated>,
}

fn hours() -> impl Strategy<Value = Hours> {
    let (weekly, overrides) =
        (proptest::collection::vec(entry(), 0..6), proptest::collection::vec(dated(), 0..6));
    (weekly, overrides).prop_map(|(weekly, overrides)| Hours { weekly, overrides })
}

/// What hours mean: for each day, and for each date, the ranges in some order.
#[derive(Debug, PartialEq)]
struct Meaning {
    week: Vec<Vec<(u16, u16)>>,
    dates: Vec<Dated>,
}

impl Hours {
    fn meaning(&self) -> Meaning {
        let of_day = |day: usize| {
            let entries = self.weekly.iter().filter(|(days, ..)| days.contains(&day));
            sorted(entries.map(|(_, start, end)| (*start, *end)))
        };
        Meaning {
            week: (0..7).map(of_day).collect(),
            dates: sorted(self.overrides.iter().cloned()),
        }
    }

    /// The body that creates them in the current shape.
    fn current(&self) -> Value {
        let weekly = self.weekly.iter().map(|(days, start, end)| {
            let days: Vec<&str> = days.iter().map(|day| DAYS[*day]).collect();
            json!({ "days": days, "startTime": clock(*start), "endTime": clock(*end) })
        });
        let overrides = self.overrides.iter().map(|(date, start, end)| {
            json!({ "date": date, "startTime": clock(*start), "endTime": clock(*end) })
        });
        json!({
            "name": "N", "timeZone": "UTC", "isDefault": false,
            "availability": weekly.collect::<Vec<_>>(), "overrides": overrides.collect::<Vec<_>>(),
        })
    }

    /// The body that changes a schedule to them in the legacy shape.
    fn legacy(&self) -> Value {
        let range = |date: &str, start: u16, end: u16| {
            let at = |minute| format!("{date}T{}:00.000Z", clock(minute));
            json!({ "start": at(start), "end": at(end) })
        };
        let week = self.meaning().week.into_iter().map(|ranges| {
            ranges.into_iter().map(|(start, end)| range("2020-02-02", start, end)).collect()
        });
        let overrides = self.overrides.iter().map(|(date, start, end)| range(date, *start, *end));
        json!({ "name": "N", "schedule": week.collect::<Vec<Value>>(), "dateOverrides": overrides.collect::<Vec<_>>() })
    }
}

fn sorted<T: Ord>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort();
    values
}

/// The minute of `HH:MM`, or of the clock of a date-time.
fn read(time: &Value) -> u16 {
    let time = time.as_str().unwrap();
    let time = time.split_once('T').map_or(time, |(_, time)| time);
    time[..2].parse::<u16>().unwrap() * 60 + time[3..5].parse::<u16>().unwrap()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

fn of_current(schedule: &Value) -> Meaning {
    let weekly = list(&schedule["availability"]).map(|entry| {
        let days =
            list(&entry["days"]).map(|day| DAYS.iter().position(|name| day == name).unwrap());
        (days.collect(), read(&entry["startTime"]), read(&entry["endTime"]))
    });
    let overrides = list(&schedule["overrides"]).map(|entry| {
        let date = entry["date"].as_str().unwrap().to_owned();
        (date, read(&entry["startTime"]), read(&entry["endTime"]))
    });
    Hours { weekly: weekly.collect(), overrides: overrides.collect() }.meaning()
}

/// The meaning of the rows of the legacy shape.
fn of_rows(rows: &Value) -> Meaning {
    let mut hours = Hours { weekly: Vec::new(), overrides: Vec::new() };
    for row in list(rows) {
        let (start, end) = (read(&row["startTime"]), read(&row["endTime"]));
        if let Some(date) = row["date"].as_str() {
            hours.overrides.push((date[..10].to_owned(), start, end));
        } else {
            let days =
                list(&row["days"]).map(|day| usize::try_from(day.as_u64().unwrap()).unwrap());
            hours.weekly.push((days.collect(), start, end));
        }
    }
    hours.meaning()
}

/// The meaning of the seven lists and of the list of dates.
fn of_editor(schedule: &Value) -> Meaning {
    let range = |range: &Value| (read(&range["start"]), read(&range["end"]));
    let week = list(&schedule["availability"]).map(|ranges| sorted(list(ranges).map(range)));
    let ranges = list(&schedule["dateOverrides"]).flat_map(|date| list(&date["ranges"]));
    let dates = ranges.map(|one| {
        let (start, end) = range(one);
        (one["start"].as_str().unwrap()[..10].to_owned(), start, end)
    });
    Meaning { week: week.collect(), dates: sorted(dates) }
}

async fn all_shapes_mean(
    server: &TestServer,
    person: &Person,
    id: &Value,
    hours: &Hours,
) -> Result<(), TestCaseError> {
    let path = format!("/v2/schedules/{id}");
    let current = person.call(server, CURRENT, "GET", &path).await.accepted(200).clone();
    prop_assert_eq!(of_current(&current), hours.meaning());
    let atoms = format!("/v2/atoms/schedules?scheduleId={id}");
    for path in [&path, &atoms] {
        let legacy = person.call(server, LEGACY, "GET", path).await.accepted(200).clone();
        prop_assert_eq!(of_rows(&legacy["schedule"]), hours.meaning());
        prop_assert_eq!(of_editor(&legacy), hours.meaning());
        let minutes = list(&legacy["workingHours"])
            .map(|entry| (entry["startTime"].as_u64(), entry["endTime"].as_u64()));
        let rows = list(&legacy["schedule"]).filter(|row| row["date"].is_null());
        let rows = rows
            .map(|row| (Some(read(&row["startTime"]).into()), Some(read(&row["endTime"]).into())));
        prop_assert_eq!(minutes.collect::<Vec<_>>(), rows.collect::<Vec<_>>());
    }
    let all =
        person.call(server, LEGACY, "GET", "/v2/atoms/schedules/all").await.accepted(200).clone();
    let listed = list(&all["schedules"]).find(|one| one["id"] == *id).unwrap();
    prop_assert_eq!(of_rows(&listed["availability"]), hours.meaning());
    Ok(())
}

async fn agree(
    server: &TestServer,
    person: &Person,
    one: &Hours,
    other: &Hours,
) -> Result<(), TestCaseError> {
    let body = one.current();
    let created = person.create(server, &body).await.accepted(201).clone();
    prop_assert_eq!(&created["availability"], &body["availability"], "to the letter");
    prop_assert_eq!(&created["overrides"], &body["overrides"], "to the letter");
    let id = &created["id"];
    all_shapes_mean(server, person, id, one).await?;

    // What the legacy shape shows, sent back as it is, changes nothing.
    let path = format!("/v2/schedules/{id}");
    let shown = person.call(server, LEGACY, "GET", &path).await.accepted(200).clone();
    let dates = list(&shown["dateOverrides"]).flat_map(|date| list(&date["ranges"]).cloned());
    let same = json!({ "name": "N", "schedule": shown["availability"], "dateOverrides": dates.collect::<Vec<_>>() });
    for path in [path, format!("/v2/atoms/schedules/{id}")] {
        prop_assert_eq!(person.send(server, LEGACY, "PATCH", &path, Some(&same)).await.status, 200);
        all_shapes_mean(server, person, id, one).await?;
    }

    let path = format!("/v2/atoms/schedules/{id}");
    let patched = person.send(server, CURRENT, "PATCH", &path, Some(&other.legacy())).await;
    prop_assert_eq!(of_rows(&patched.accepted(200)["schedule"]["availability"]), other.meaning());
    all_shapes_mean(server, person, id, other).await?;

    // One field at a time changes that field and nothing else.
    let body = one.current();
    let mut expected = person
        .call(server, CURRENT, "GET", &format!("/v2/schedules/{id}"))
        .await
        .accepted(200)
        .clone();
    for (field, value) in [
        ("availability", body["availability"].clone()),
        ("name", json!("Other")),
        ("overrides", body["overrides"].clone()),
        ("timeZone", json!("Asia/Tokyo")),
    ] {
        expected[field] = value.clone();
        let patched = person.patch(server, id, &json!({ field: value })).await;
        prop_assert_eq!(patched.accepted(200), &expected);
    }
    let deleted = person.call(server, CURRENT, "DELETE", &format!("/v2/schedules/{id}")).await;
    prop_assert_eq!(deleted.status, 200);
    Ok(())
}

/// SCH-7, SCH-8, SCH-32, SCH-34, SCH-37
fn shapes_agree(engine: Engine) {
    let runtime = Runtime::new().unwrap();
    let Some(server) = runtime.block_on(TestServer::start(engine)) else { return };
    let person = runtime.block_on(async {
        Person::new(&server, &server.world().await, "a@example.com", Some("UTC")).await
    });
    let mut runner = TestRunner::new(cases(40, file!()));
    let outcome = runner.run(&(hours(), hours()), |(one, other)| {
        runtime.block_on(agree(&server, &person, &one, &other))
    });
    outcome.unwrap();
}

#[test]
fn a_schedule_means_the_same_in_every_shape_on_sqlite() {
    shapes_agree(Engine::Sqlite);
}

#[test]
fn a_schedule_means_the_same_in_every_shape_on_postgres() {
    shapes_agree(Engine::Postgres);
}
