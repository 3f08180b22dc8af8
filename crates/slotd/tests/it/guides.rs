//! The guides, command by command as they stand there.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use slotd_testkit::on_both_engines;

use crate::process::{Place, Server};

/// The commands of a guide, in their order.
fn commands(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides").join(name);
    let text = std::fs::read_to_string(file).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split_once("```").unwrap().0);
    blocks.collect::<Vec<_>>().concat()
}

/// Runs the commands as a person pastes them; what they printed. None without curl.
fn pasted(server: &Server, name: &str) -> Option<String> {
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("SKIPPED: there is no curl, the guide {name} is not run");
        return None;
    }
    let done = Command::new("sh")
        .args(["-euc", &commands(name)])
        .env("BASE", &server.base)
        .env("CLIENT_ID", server.printed("OAuth client id"))
        .env("CLIENT_SECRET", server.printed("OAuth client secret"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(String::from_utf8(done.stdout).unwrap())
}

on_both_engines! {
    /// ET-1, ET-18: the guide leads to the event type that it promises.
    async fn the_guide_to_event_types_leads_to_a_complete_one(place: Place) {
        let server = place.serve("2026-03-02T09:15:04Z");
        let Some(printed) = pasted(&server, "event-types.md") else { return };
        assert!(printed.contains("\"property\":\"slotInterval\""), "the refusal at its end: {printed}");
        let username = printed.split("\"username\":\"").nth(1).unwrap().split('"').next().unwrap();
        let path = format!("/v2/event-types?username={username}");
        let answer = server.call("GET", &path).header("cal-api-version", "2024-06-14").send().await;
        let [event_type] = answer.accepted(200).as_array().unwrap().as_slice() else { panic!("{}", answer.text) };
        for (name, value) in [
            ("title", json!("First consultation")),
            ("lengthInMinutes", json!(60)),
            ("minimumBookingNotice", json!(240)),
            ("afterEventBuffer", json!(15)),
            ("bookingWindow", json!({ "type": "calendarDays", "value": 30, "rolling": false })),
            ("bookingLimitsCount", json!({ "day": 3, "week": 10 })),
            ("confirmationPolicy", json!({
                "type": "time", "noticeThreshold": { "unit": "hours", "count": 24 }, "blockUnconfirmedBookingsInBooker": true,
            })),
        ] {
            assert_eq!(event_type[name], value, "{name}");
        }
        assert_eq!(event_type["locations"].as_array().unwrap().len(), 2);
        let fields = event_type["bookingFields"].as_array().unwrap().iter();
        let slugs: Vec<&str> = fields.map(|field| field["slug"].as_str().unwrap()).collect();
        assert_eq!(slugs, ["name", "email", "location", "language", "topic", "guests", "rescheduleReason"]);
        server.stop();
    }

    /// SLOT-16, RES-15: the guide leads to slots, and to a hold that hides one.
    async fn the_guide_to_availability_leads_to_slots_and_a_hold(place: Place) {
        let server = place.serve("2026-03-02T09:15:04Z");
        let Some(printed) = pasted(&server, "availability.md") else { return };
        let answers: Vec<serde_json::Value> =
            serde_json::Deserializer::from_str(&printed).into_iter().map(Result::unwrap).collect();
        let [_, slots, held, left, released, explained] = answers.as_slice() else { panic!("{printed}") };
        let starts = |answer: &serde_json::Value, date: &str| -> Vec<String> {
            let day = answer["data"][date].as_array().unwrap();
            day.iter().map(|slot| slot["start"].as_str().unwrap()[11..16].to_owned()).collect()
        };
        let dates: Vec<&String> = slots["data"].as_object().unwrap().keys().collect();
        assert_eq!(dates, ["2050-09-05", "2050-09-06", "2050-09-08", "2050-09-09"]);
        assert_eq!(starts(slots, "2050-09-05").len(), 8);
        assert_eq!(starts(slots, "2050-09-06"), ["10:00", "11:00"]);
        assert_eq!(held["data"]["slotEnd"], "2050-09-06T09:00:00.000Z");
        assert_eq!(starts(left, "2050-09-06"), ["11:00"]);
        assert_eq!(released, &json!({ "status": "success" }));
        assert_eq!(explained["data"], json!({}));
        let day = &explained["explanation"][0];
        assert_eq!((&day["date"], &day["hosts"][0]["removed"][0]["rule"]), (&json!("2050-09-07"), &json!("override")));
        server.stop();
    }

    /// BK-4, BK-147, BK-158: the guide leads to a booking, its new time and its cancellation.
    async fn the_guide_to_bookings_leads_from_a_slot_to_a_cancellation(place: Place) {
        let server = place.serve("2026-03-02T09:15:04Z");
        let Some(printed) = pasted(&server, "bookings.md") else { return };
        let answers: Vec<serde_json::Value> =
            serde_json::Deserializer::from_str(&printed).into_iter().map(Result::unwrap).collect();
        let [slots, booked, read, moved, cancelled, listed] = answers.as_slice() else { panic!("{printed}") };
        assert_eq!(slots["data"]["2050-09-05"].as_array().unwrap().len(), 8);
        let booked = &booked["data"];
        assert_eq!((&booked["status"], &booked["title"]), (&json!("accepted"), &json!("Consultation between Alice Smith and Omar Haddad")));
        assert_eq!(&read["data"], booked);
        let moved = &moved["data"];
        assert_eq!((&moved["start"], &moved["rescheduledFromUid"]), (&json!("2050-09-05T12:00:00.000Z"), &booked["uid"]));
        assert_eq!((&cancelled["data"]["status"], &cancelled["data"]["uid"]), (&json!("cancelled"), &moved["uid"]));
        assert_eq!(listed["pagination"]["totalItems"], 2);
        let answer = server.call("POST", "/v2/bookings").header("cal-api-version", "2024-08-13").json(&json!({})).send().await;
        let _ = answer.refused(400);
        server.stop();
    }
}
