//! Whatever the form writes means the same in every shape.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestRunner};
use serde_json::{Map, Value, json};
use slotd_testkit::{Engine, TestServer};
use tokio::runtime::Runtime;

use super::Host;
use crate::generated::cases;

/// What the booker shows as the form has it.
const ALSO_IN_THE_BOOKER: [&str; 18] = [
    "title",
    "length",
    "eventName",
    "interfaceLanguage",
    "bookingFields",
    "recurringEvent",
    "seatsPerTimeSlot",
    "seatsShowAttendees",
    "seatsShowAvailabilityCount",
    "requiresConfirmation",
    "requiresBookerEmailVerification",
    "periodType",
    "periodDays",
    "periodStartDate",
    "periodEndDate",
    "periodCountCalendarDays",
    "successRedirectUrl",
    "lockTimeZoneToggleOnBookingPage",
];

fn one_of(values: Vec<Value>) -> BoxedStrategy<Value> {
    select(values).boxed()
}

fn text() -> BoxedStrategy<Value> {
    "[^\\x00{}]{1,40}".prop_map(Value::from).boxed()
}

fn flag() -> BoxedStrategy<Value> {
    any::<bool>().prop_map(Value::from).boxed()
}

fn number(least: i32) -> BoxedStrategy<Value> {
    (least..2_000_000).prop_map(Value::from).boxed()
}

fn location() -> impl Strategy<Value = Value> {
    let label = proptest::option::of("[a-z<>]{1,9}");
    let kind = prop_oneof![
        (text(), any::<bool>()).prop_map(|(address, public)| {
            let address = format!("1 {}", address.as_str().unwrap_or_default());
            json!({ "type": "inPerson", "address": address, "displayLocationPublicly": public })
        }),
        any::<bool>().prop_map(|public| {
            json!({ "type": "link", "link": "https://m.example/?a=b", "displayLocationPublicly": public })
        }),
        any::<bool>().prop_map(|public| {
            json!({ "type": "userPhone", "hostPhoneNumber": "+4930123456", "displayLocationPublicly": public })
        }),
        select(vec!["attendeeInPerson", "phone", "somewhereElse", "integrations:daily"])
            .prop_map(|kind| json!({ "type": kind })),
    ];
    (kind, label).prop_map(|(mut location, label)| {
        if let Some(label) = label {
            location["customLabel"] = json!(label);
        }
        location
    })
}

/// Values for keys of the form, each of which fits beside all others.
fn form() -> impl Strategy<Value = Map<String, Value>> {
    let limits = (1..9, 10..20).prop_map(|(day, week)| json!({ "PER_DAY": day, "PER_WEEK": week }));
    let series = (1..5, 1..30, 0..3).prop_map(
        |(interval, count, freq)| json!({ "interval": interval, "count": count, "freq": freq }),
    );
    let fields: Vec<(&'static str, BoxedStrategy<Value>)> = vec![
        ("title", text()),
        ("length", number(1)),
        ("description", text()),
        ("eventName", prop_oneof![Just(Value::Null), text()].boxed()),
        ("interfaceLanguage", one_of(vec![json!(""), json!("de"), Value::Null])),
        ("offsetStart", number(0)),
        ("slotInterval", prop_oneof![Just(Value::Null), number(1)].boxed()),
        ("minimumBookingNotice", number(0)),
        ("beforeEventBuffer", number(0)),
        ("afterEventBuffer", number(0)),
        ("bookingLimits", limits.boxed()),
        ("locations", proptest::collection::vec(location(), 0..4).prop_map(Value::from).boxed()),
        ("onlyShowFirstAvailableSlot", flag()),
        ("requiresConfirmation", flag()),
        ("requiresConfirmationWillBlockSlot", flag()),
        ("requiresBookerEmailVerification", flag()),
        ("lockTimeZoneToggleOnBookingPage", flag()),
        ("forwardParamsSuccessRedirect", flag()),
        ("seatsShowAttendees", flag()),
        ("seatsShowAvailabilityCount", flag()),
        ("recurringEvent", prop_oneof![Just(Value::Null), series].boxed()),
        (
            "periodType",
            one_of(vec![
                json!("UNLIMITED"),
                json!("ROLLING"),
                json!("ROLLING_WINDOW"),
                json!("RANGE"),
            ]),
        ),
        ("customReplyToEmail", one_of(vec![json!("a@example.com"), Value::Null])),
        ("minimumRescheduleNotice", prop_oneof![Just(Value::Null), number(1)].boxed()),
    ];
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| (Just(name), proptest::option::weighted(0.5, value)))
        .collect();
    fields.prop_map(|fields| {
        let mut form: Map<String, Value> = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
        match form.get("periodType").and_then(Value::as_str) {
            Some("RANGE") => {
                form.insert("periodStartDate".to_owned(), json!("2026-06-05T00:00:00.000Z"));
                form.insert("periodEndDate".to_owned(), json!("2026-07-01T00:00:00.000Z"));
            }
            Some("ROLLING" | "ROLLING_WINDOW") => {
                form.insert("periodDays".to_owned(), json!(12));
                form.insert("periodCountCalendarDays".to_owned(), json!(true));
            }
            _ => {}
        }
        form
    })
}

async fn keeps_its_meaning(
    server: &TestServer,
    host: &Host,
    writes: &[Map<String, Value>],
) -> Result<(), TestCaseError> {
    for sent in writes {
        let before = host.form(server).await;
        let answer = host.patch(server, &Value::Object(sent.clone())).await;
        prop_assert_eq!(answer.status, 200, "{}", answer.text);
        let form = host.form(server).await;
        for (name, value) in before.as_object().unwrap() {
            let expected = sent.get(name).unwrap_or(value);
            // What a range or a number of days needs is told while it counts.
            let follows = name.starts_with("period") || name == "requiresConfirmationWillBlockSlot";
            if sent.contains_key(name) || !follows {
                prop_assert_eq!(&form[name], expected, "{}", name);
            }
        }
        let legacy = host.get(server, &format!("/v2/event-types/{}", host.id)).await;
        prop_assert_eq!(&legacy.accepted(200)["eventType"], &form);
        let booker = host.booker(server, "intro").await;
        let booker = booker.accepted(200);
        for name in ALSO_IN_THE_BOOKER {
            prop_assert_eq!(&booker[name], &form[name], "{}", name);
        }
        let kinds = |shown: &Value| -> Vec<(Value, Value)> {
            let locations = shown["locations"].as_array().unwrap().iter();
            locations.map(|one| (one["type"].clone(), one["customLabel"].clone())).collect()
        };
        prop_assert_eq!(kinds(booker), kinds(&form));
        for location in form["locations"].as_array().unwrap() {
            let is_shown = booker["locations"].as_array().unwrap().contains(location);
            let is_secret = location["displayLocationPublicly"] == json!(false);
            prop_assert_eq!(is_shown, !is_secret, "{}", location);
        }
    }
    Ok(())
}

fn every_write_keeps_its_meaning(engine: Engine) {
    let runtime = Runtime::new().unwrap();
    let Some(server) = runtime.block_on(TestServer::start(engine)) else { return };
    let mut runner = TestRunner::new(cases(16, file!()));
    let outcome = runner.run(&proptest::collection::vec(form(), 1..6), |writes| {
        runtime.block_on(async {
            let host = Host::new(&server).await;
            keeps_its_meaning(&server, &host, &writes).await
        })
    });
    outcome.unwrap();
}

/// ET-80, ET-81, ET-83, ET-85
#[test]
fn any_event_type_that_the_form_writes_means_the_same_in_every_shape_on_sqlite() {
    every_write_keeps_its_meaning(Engine::Sqlite);
}

/// ET-80, ET-81, ET-83, ET-85
#[test]
fn any_event_type_that_the_form_writes_means_the_same_in_every_shape_on_postgres() {
    every_write_keeps_its_meaning(Engine::Postgres);
}
