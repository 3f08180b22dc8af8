//! Any good event type: what was written is read, and a change of one field changes
//! that one.

use proptest::collection::{hash_set, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{TestCaseError, TestRunner};
use serde_json::{Map, Value, json};
use slotd_testkit::{Engine, TestServer};
use tokio::runtime::Runtime;

use super::User;
use crate::generated::cases;

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z ]{0,12}", "[^\\x00{}]{0,12}", Just("<b>&amp;</b>".to_owned())]
}

fn minutes(least: i32) -> impl Strategy<Value = Value> {
    (least..525_601).prop_map(Value::from)
}

fn off() -> impl Strategy<Value = Value> {
    Just(json!({ "disabled": true }))
}

/// Limits that rise with the period, for some of the periods.
fn limits() -> impl Strategy<Value = Value> {
    let periods = subsequence(vec!["day", "week", "month", "year"], 1..5);
    (periods, vec(1..1_000_i32, 4)).prop_map(|(periods, mut numbers)| {
        numbers.sort_unstable();
        let set = periods.into_iter().zip(numbers);
        Value::Object(set.map(|(period, number)| (period.to_owned(), number.into())).collect())
    })
}

fn window() -> impl Strategy<Value = Value> {
    let days = (select(vec!["calendarDays", "businessDays"]), 0..400_i32, any::<bool>());
    let range = (1..13_u8, 1..29_u8, 1..29_u8);
    prop_oneof![
        off(),
        days.prop_map(
            |(kind, count, rolling)| json!({ "type": kind, "value": count, "rolling": rolling })
        ),
        range.prop_map(|(month, one, other)| {
            let date = |day: u8| format!("2026-{month:02}-{day:02}");
            json!({ "type": "range", "value": [date(one.min(other)), date(one.max(other))] })
        }),
    ]
}

fn layouts() -> impl Strategy<Value = Value> {
    let enabled = subsequence(vec!["month", "week", "column"], 1..4);
    (enabled, any::<proptest::sample::Index>()).prop_map(
        |(enabled, default)| json!({ "defaultLayout": default.get(&enabled), "enabledLayouts": enabled }),
    )
}

fn confirmation() -> impl Strategy<Value = Value> {
    let timed = (select(vec!["minutes", "hours"]), 1..1_000_i32, any::<bool>());
    prop_oneof![
        off(),
        any::<bool>()
            .prop_map(|blocks| json!({ "type": "always", "blockUnconfirmedBookingsInBooker": blocks })),
        timed.prop_map(|(unit, count, blocks)| json!({
            "type": "time", "noticeThreshold": { "unit": unit, "count": count }, "blockUnconfirmedBookingsInBooker": blocks,
        })),
    ]
}

fn location() -> impl Strategy<Value = Value> {
    let kind = select(vec!["attendeeAddress", "attendeePhone", "attendeeDefined"]);
    prop_oneof![
        kind.prop_map(|kind| json!({ "type": kind })),
        Just(json!({ "type": "integration", "integration": "cal-video" })),
        ("[a-z]{1,9}", any::<bool>())
            .prop_map(|(address, public)| json!({ "type": "address", "address": address, "public": public })),
        ("[a-z]{1,9}", any::<bool>()).prop_map(
            |(name, public)| json!({ "type": "link", "link": format!("https://{name}.example.com"), "public": public })
        ),
        ("[1-9][0-9]{6,14}", any::<bool>())
            .prop_map(|(digits, public)| json!({ "type": "phone", "phone": format!("+{digits}"), "public": public })),
    ]
}

fn booking_fields() -> impl Strategy<Value = Value> {
    let kinds = vec![
        "phone",
        "address",
        "text",
        "url",
        "number",
        "textarea",
        "multiemail",
        "boolean",
        "select",
        "multiselect",
        "checkbox",
        "radio",
    ];
    let custom = (select(kinds), text(), any::<[bool; 3]>(), vec(text(), 1..4));
    let system = subsequence(vec!["title", "notes", "guests", "rescheduleReason"], 0..4);
    (hash_set("[a-z]{1,3}-[a-z]{1,3}", 0..4), vec(custom, 4), system, text()).prop_map(
        |(slugs, customs, system, label)| {
            let customs = slugs.into_iter().zip(customs).map(|(slug, (kind, label, flags, options))| {
                let mut field = json!({
                    "type": kind, "slug": slug, "label": label, "required": flags[0], "hidden": flags[1], "disableOnPrefill": flags[2],
                });
                if ["select", "multiselect", "checkbox", "radio"].contains(&kind) {
                    field["options"] = json!(options);
                }
                field
            });
            let system = system.into_iter().map(|slug| json!({ "slug": slug, "label": label, "hidden": false }));
            let name = json!({ "type": "name", "label": label });
            customs.chain(system).chain([name]).collect()
        },
    )
}

/// The settings by name, each with good values. Seats and series are left out where
/// they do not go with others: those have tests of their own.
fn settings() -> Vec<(&'static str, BoxedStrategy<Value>)> {
    let flag = || any::<bool>().prop_map(Value::from).boxed();
    let words = || text().prop_map(Value::from).boxed();
    let mut settings = vec![
        ("lengthInMinutesOptions", hash_set(1..500_i32, 1..6).prop_map(|set| json!(set)).boxed()),
        ("description", words()),
        ("bookingFields", booking_fields().boxed()),
        ("slotInterval", minutes(1).boxed()),
        ("minimumBookingNotice", minutes(0).boxed()),
        ("beforeEventBuffer", minutes(0).boxed()),
        ("afterEventBuffer", minutes(0).boxed()),
        ("offsetStart", minutes(0).boxed()),
        ("bookingLimitsCount", prop_oneof![off(), limits()].boxed()),
        ("bookingLimitsDuration", prop_oneof![off(), limits()].boxed()),
        (
            "bookerActiveBookingsLimit",
            prop_oneof![
                off(),
                (1..50_i32, any::<bool>()).prop_map(
                    |(most, offer)| json!({ "maximumActiveBookings": most, "offerReschedule": offer })
                )
            ]
            .boxed(),
        ),
        ("bookingWindow", window().boxed()),
        ("bookerLayouts", layouts().boxed()),
        ("confirmationPolicy", confirmation().boxed()),
        (
            "color",
            (text(), text()).prop_map(|(one, two)| json!({ "lightThemeHex": one, "darkThemeHex": two })).boxed(),
        ),
        ("customName", words()),
        ("successRedirectUrl", "https://[a-z]{1,9}\\.example/[a-z]{0,9}".prop_map(Value::from).boxed()),
        (
            "calVideoSettings",
            (any::<bool>(), any::<bool>())
                .prop_map(|(one, two)| json!({ "disableRecordingForGuests": one, "sendTranscriptionEmails": two }))
                .boxed(),
        ),
        ("disableCancelling", any::<bool>().prop_map(|off| json!({ "disabled": off })).boxed()),
        (
            "disableRescheduling",
            (any::<bool>(), 1..500_i32)
                .prop_map(|(off, minutes)| json!({ "disabled": off, "minutesBefore": minutes }))
                .boxed(),
        ),
        ("interfaceLanguage", select(vec!["", "en", "pt-BR", "zh-TW"]).prop_map(Value::from).boxed()),
        ("locations", vec(location(), 1..4).prop_map(Value::from).boxed()),
    ];
    for name in [
        "onlyShowFirstAvailableSlot",
        "requiresBookerEmailVerification",
        "hideCalendarNotes",
        "hideCalendarEventDetails",
        "hideOrganizerEmail",
        "lockTimeZoneToggleOnBookingPage",
        "hidden",
        "bookingRequiresAuthentication",
        "allowReschedulingPastBookings",
        "allowReschedulingCancelledBookings",
        "showOptimizedSlots",
        "disableGuests",
    ] {
        settings.push((name, flag()));
    }
    settings
}

fn event_type() -> impl Strategy<Value = Map<String, Value>> {
    let some =
        settings().into_iter().map(|(name, value)| (Just(name), proptest::option::of(value)));
    (some.collect::<Vec<_>>(), text(), 1..525_601_i32).prop_map(|(some, title, length)| {
        let given = some.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let mut body: Map<String, Value> = given.collect();
        body.insert("title".to_owned(), json!(title));
        body.insert("lengthInMinutes".to_owned(), json!(length));
        // What is empty when it is stored is not shown as it is taken (ET-20).
        body.entry("locations").or_insert_with(|| json!([{ "type": "attendeePhone" }]));
        body
    })
}

fn change() -> impl Strategy<Value = (&'static str, Value)> {
    let each = settings().into_iter().map(|(name, value)| (Just(name), value).boxed());
    proptest::strategy::Union::new(each.collect::<Vec<_>>())
}

async fn check(
    server: &TestServer,
    body: Map<String, Value>,
    change: (&str, Value),
) -> Result<(), TestCaseError> {
    let user = User::regular(server).await;
    let first = user.create("first", Value::Object(body.clone())).await;
    for (name, sent) in &body {
        // Arranged among the defaults, or hidden with the guests (ET-25, ET-31).
        if ["bookingFields", "disableGuests"].contains(&name.as_str()) {
            continue;
        }
        let shown =
            if sent["disabled"] == true && first.get(name).is_none() { sent } else { &first[name] };
        prop_assert_eq!(shown, sent, "{}", name);
    }
    prop_assert_eq!(user.get(&first["id"]).await.accepted(200).clone(), first.clone());

    let mut again = first.clone();
    again["slug"] = json!("second");
    let second = user.post(&again).await.accepted(201).clone();
    for own in ["id", "bookingUrl"] {
        again[own] = second[own].clone();
    }
    prop_assert_eq!(&second, &again, "ET-2");

    let (name, value) = change;
    let changed = user.patch(&first["id"], json!({ name: value })).await.accepted(200).clone();
    let also: &[&str] = match name {
        "lengthInMinutesOptions" => &["metadata"],
        "bookingFields" => &["disableGuests"],
        "disableGuests" => &["bookingFields"],
        _ => &[],
    };
    let keys = first.as_object().unwrap().keys().chain(changed.as_object().unwrap().keys());
    for key in keys.filter(|key| *key != name && !also.contains(&key.as_str())) {
        prop_assert_eq!(changed.get(key), first.get(key), "{} changed with {}", key, name);
    }
    prop_assert_eq!(user.get(&first["id"]).await.accepted(200).clone(), changed);
    Ok(())
}

/// ET-2, ET-18
#[test]
fn any_good_event_type_keeps_its_meaning_and_changes_one_field_at_a_time() {
    let runtime = Runtime::new().unwrap();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(server) = runtime.block_on(TestServer::start(engine)) else { continue };
        let mut runner = TestRunner::new(cases(40, file!()));
        let outcome = runner.run(&(event_type(), change()), |(body, change)| {
            runtime.block_on(check(&server, body, change))
        });
        outcome.unwrap();
    }
}
