//! The worked examples of the specification (E1 to E126), in `examples.json`.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Map, Value, json};
use slotd_contract::event_types::CreateEventType;
use slotd_contract::fields::read_body;
use slotd_contract::schedules::CreateSchedule;
use slotd_domain::event_type::EventType;
use slotd_slots::{Away, Booked, Counted, Hold, Interval, Kind, Rules, Scheduling, Seated};

use crate::scene::{Scene, SceneHost, zone};

const EXAMPLES: &str = include_str!("examples.json");

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn instant(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

fn interval(value: &Value) -> Interval {
    Interval::new(instant(&value["start"]), instant(&value["end"]))
}

/// SLOT-6, SLOT-7
fn bounds(query: &Value) -> (Timestamp, Timestamp) {
    let read = |name: &str| {
        let text = query[name].as_str().unwrap();
        let date =
            |text: &str| text.parse::<Date>().unwrap().to_zoned(TimeZone::UTC).unwrap().timestamp();
        if text.contains('T') { text.parse::<Timestamp>().unwrap() } else { date(text) }
    };
    let end = read("end");
    let is_midnight = end.as_second().rem_euclid(86_400) == 0;
    (read("start"), if is_midnight { end + jiff::SignedDuration::from_secs(86_399) } else { end })
}

fn of_host(item: &Value, host: &Value) -> bool {
    item["hostId"].as_i64().unwrap_or(1) == host["id"].as_i64().unwrap()
}

fn scene_host(host: &Value, example: &Value, bookings: &[&Value], rules: &Rules) -> SceneHost {
    let mut body = json!({ "name": "S", "isDefault": true });
    body.as_object_mut().unwrap().extend(host["schedule"].as_object().unwrap().clone());
    let schedule = read_body::<CreateSchedule>(&body).unwrap();
    let attends = |it: &Value| list(&it["attendeeHostIds"]).contains(&host["id"]);
    let booked = bookings.iter().filter(|it| of_host(it, host) || attends(it)).filter_map(|it| {
        let is_own = it["eventType"] == "same";
        let kind = match (it["status"].as_str().unwrap(), is_own) {
            ("accepted", true) => Kind::Own,
            ("accepted", false) => Kind::Other,
            ("pending", true) => Kind::OwnPending,
            _ => return None,
        };
        let buffer = |name: &str, own| {
            if is_own { own } else { i32::try_from(it[name].as_i64().unwrap_or(0)).unwrap() }
        };
        Some(Booked {
            time: interval(it),
            kind,
            before_buffer: buffer("beforeEventBuffer", rules.before_buffer),
            after_buffer: buffer("afterEventBuffer", rules.after_buffer),
        })
    });
    let date = |value: &Value| value.as_str().unwrap().parse::<Date>().unwrap();
    let away = list(&example["outOfOffice"]).iter().filter(|it| of_host(it, host));
    let calendar = list(&example["calendarBusy"]).iter().filter(|it| of_host(it, host));
    SceneHost {
        is_fixed: host["mandatory"] == true,
        group: None,
        zone: zone(schedule.time_zone.as_str()),
        weekly: schedule.availability.clone().unwrap(),
        overrides: schedule.overrides.clone().unwrap_or_default(),
        booked: booked.collect(),
        calendar: calendar.map(interval).collect(),
        away: away.map(|it| Away { first: date(&it["start"]), last: date(&it["end"]) }).collect(),
    }
}

fn scene(example: &Value) -> Scene {
    let mut body = json!({ "title": "E", "slug": "e" });
    body.as_object_mut().unwrap().extend(example["eventType"].as_object().unwrap().clone());
    let event_type = EventType::from(read_body::<CreateEventType>(&body).unwrap());
    let scheduling = match example["eventType"]["schedulingType"].as_str() {
        None => Scheduling::Single,
        Some("collective") => Scheduling::Collective,
        Some("roundRobin") => Scheduling::RoundRobin,
        Some(other) => panic!("{other}"),
    };
    let query = &example["query"];
    let duration = query["duration"].as_i64().map(|minutes| i32::try_from(minutes).unwrap());
    let rules = Rules::of(&event_type, duration, scheduling);

    let single = [json!({ "id": 1, "schedule": example["schedule"] })];
    let given = example["hosts"].as_array().map_or(&single[..], Vec::as_slice);
    let moved = query["bookingUidToReschedule"].as_str();
    let bookings: Vec<&Value> =
        list(&example["bookings"]).iter().filter(|it| it["uid"].as_str() != moved).collect();
    let is_counted = |it: &&&Value| it["status"] == "accepted" && it["eventType"] == "same";

    let hosts: Vec<SceneHost> =
        given.iter().map(|host| scene_host(host, example, &bookings, &rules)).collect();
    let attendees = |it: &Value| i32::try_from(it["seatsBooked"].as_i64().unwrap_or(1)).unwrap();
    let seated = bookings
        .iter()
        .filter(is_counted)
        .map(|it| Seated { time: interval(it), attendees: attendees(it) });
    let counted = bookings.iter().filter(is_counted).map(|it| Counted {
        time: interval(it),
        host: given.iter().position(|host| of_host(it, host)),
    });
    let holds = list(&example["reservations"]).iter().map(|it| Hold {
        time: interval(it),
        until: instant(&it["until"]),
        is_seat: it["isSeat"] == true,
    });
    let (start, end) = bounds(query);
    Scene {
        now: instant(&example["now"]),
        start,
        end,
        booker: zone(query["timeZone"].as_str().unwrap_or("UTC")),
        event_zone: hosts[0].zone.clone(),
        holds: holds.collect(),
        seated: seated.collect(),
        counted: counted.collect(),
        rescheduled: list(&example["bookings"])
            .iter()
            .find(|it| moved.is_some() && it["uid"].as_str() == moved)
            .map(interval),
        hosts,
        rules,
    }
}

/// The answer of `GET /v2/slots` (SLOT-14).
fn shown(example: &Value, scene: &Scene) -> Value {
    let is_utc = example["query"]["timeZone"].as_str().is_none_or(|name| name == "UTC");
    let uids: Vec<&Value> = list(&example["bookings"])
        .iter()
        .filter(|it| it["status"] == "accepted" && it["eventType"] == "same")
        .map(|it| &it["uid"])
        .collect();
    let mut data = Map::new();
    for day in scene.days() {
        let slots = day.slots.iter().filter(|slot| slot.away.is_none()).map(|slot| {
            let time = |at: Timestamp| {
                let offset = Offset::from_seconds(slot.offset_seconds()).unwrap();
                let wall = at
                    .to_zoned(offset.to_time_zone())
                    .strftime("%Y-%m-%dT%H:%M:%S.%3f")
                    .to_string();
                if is_utc {
                    wall + "Z"
                } else {
                    wall + &format!("{}", at.to_zoned(offset.to_time_zone()).strftime("%:z"))
                }
            };
            let mut shown = json!({ "start": time(slot.start()) });
            if example["query"]["format"] == "range" {
                let length = jiff::SignedDuration::from_mins(scene.rules.length.into());
                shown["end"] = time(slot.start() + length).into();
            }
            if let (Some(taken), Some(seats)) = (slot.seats_taken, scene.rules.seats) {
                shown["seatsBooked"] = taken.into();
                shown["seatsRemaining"] = (seats - taken).into();
                shown["seatsTotal"] = seats.into();
                if let Some(index) = slot.seated {
                    shown["bookingUid"] = uids[index].clone();
                }
            }
            shown
        });
        let slots: Vec<Value> = slots.collect();
        if !slots.is_empty() {
            data.insert(day.date.to_string(), slots.into());
        }
    }
    data.into()
}

/// E1 to E126: SLOT-6, SLOT-7, SLOT-14, SLOT-19, SLOT-20 to SLOT-31, SLOT-40 to SLOT-50, SLOT-55 to SLOT-67,
/// SLOT-70 to SLOT-73, SLOT-80 to SLOT-88.
#[test]
fn every_worked_example_comes_out() {
    let examples: Vec<Value> = serde_json::from_str(EXAMPLES).unwrap();
    assert_eq!(examples.len(), 126);
    let mut wrong = Vec::new();
    for example in &examples {
        let scene = scene(example);
        let found = shown(example, &scene);
        if found != example["expected"] {
            wrong.push(format!("{}: {found}\nexpected {}", example["name"], example["expected"]));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n\n"));
}

/// The copy is the specification's.
#[test]
fn the_examples_are_those_of_the_specification() {
    let shared = std::env::var("SLOTD_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(shared)
        .join("contract/slots-examples.json");
    if let Ok(original) = std::fs::read_to_string(file) {
        assert!(
            original == EXAMPLES,
            "crates/slots/tests/it/examples.json is not the specification's"
        );
        return;
    }
    assert!(
        std::env::var("SLOTD_REQUIRE_SHARED").as_deref() != Ok("1"),
        "the specification is not here"
    );
    eprintln!("SKIPPED: the specification is not here, nothing is compared with its examples");
}
