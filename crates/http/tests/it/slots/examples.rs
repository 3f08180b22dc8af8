//! The worked examples with one host, from schedules and event types that were made through
//! the API (E1 to E126 without those of several hosts).

use serde_json::{Value, json};
use slotd_domain::{EventTypeId, UserId};
use slotd_store::slot_holds::{self, SlotHold};
use slotd_testkit::{TestBooking, TestServer, on_both_engines};

use super::{Host, away, set_clock, slots};

/// A copy of the specification's, which a test of the engine compares with it.
const EXAMPLES: &str = include_str!("../../../../slots/tests/it/examples.json");

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

async fn fill(host: &Host<'_>, example: &Value, event_type: i32) -> Option<String> {
    let server = host.server;
    let mut moved = None;
    for (number, booking) in list(&example["bookings"]).iter().enumerate() {
        let is_own = booking["eventType"] == "same";
        let buffers = json!({
            "beforeEventBuffer": booking["beforeEventBuffer"].as_i64().unwrap_or(0),
            "afterEventBuffer": booking["afterEventBuffer"].as_i64().unwrap_or(0),
        });
        let event_type = if is_own {
            event_type
        } else {
            host.event_type(&format!("other-{number}"), &buffers).await
        };
        let text = |name: &str| booking[name].as_str().unwrap();
        let mut new = TestBooking::new(host.id, event_type, text("start"), text("end"));
        new.is_pending = text("status") == "pending";
        new.attendees = usize::try_from(booking["seatsBooked"].as_u64().unwrap_or(1)).unwrap();
        let (id, uid) = server.new_booking(&new).await;
        if !matches!(text("status"), "accepted" | "pending") {
            server.cancel_booking(id).await;
        }
        if booking["uid"] == example["query"]["bookingUidToReschedule"] {
            moved = Some(uid);
        }
    }
    for (number, hold) in list(&example["reservations"]).iter().enumerate() {
        let instant = |name: &str| hold[name].as_str().unwrap().parse().unwrap();
        let is_other = hold["eventType"] == "other";
        let of = if is_other {
            host.event_type(&format!("held-{number}"), &json!({})).await
        } else {
            event_type
        };
        let hold = SlotHold {
            uid: format!("hold-{event_type}-{number}"),
            user_id: UserId(host.id),
            event_type_id: EventTypeId(of),
            start: instant("start"),
            end: instant("end"),
            release_at: instant("until"),
            is_seat: hold["isSeat"] == true,
            sequence: 0,
        };
        server
            .write(move |conn| {
                let hold = hold.clone();
                Box::pin(async move { slot_holds::put(conn, &hold).await.map(drop) })
            })
            .await;
    }
    for entry in list(&example["outOfOffice"]) {
        let date = |name: &str| entry[name].as_str().unwrap();
        away(server, host.id, [date("start"), date("end")], "unspecified", None).await;
    }
    moved
}

/// The answer without the uids of bookings, which are the test's own.
fn without_uids(mut data: Value) -> Value {
    for slot in
        data.as_object_mut().unwrap().values_mut().flat_map(|day| day.as_array_mut().unwrap())
    {
        if slot["bookingUid"].is_string() {
            slot["bookingUid"] = true.into();
        }
    }
    data
}

on_both_engines! {
    /// SLOT-1, SLOT-6, SLOT-7, SLOT-8, SLOT-14, SLOT-15, SLOT-17, SLOT-18, SLOT-20, SLOT-44, SLOT-48,
    /// SLOT-49, SLOT-70, SLOT-71, SLOT-73, SLOT-82
    async fn the_worked_examples_of_one_host_come_out(server: TestServer) {
        let examples: Vec<Value> = serde_json::from_str(EXAMPLES).unwrap();
        let mut asked = 0;
        let mut wrong = Vec::new();
        // Calendars cannot be connected yet; a schedule with hosts is a team's.
        let is_here = |example: &&Value| example["calendarBusy"].is_null() && example["hosts"].is_null();
        for (number, example) in examples.iter().filter(is_here).enumerate() {
            let host = Host::new(&server).await;
            host.schedule(&example["schedule"]).await;
            let event_type = host.event_type(&format!("example-{number}"), &example["eventType"]).await;
            let now = example["now"].as_str().unwrap().parse().unwrap();
            let moved = fill(&host, example, event_type).await;
            set_clock(&server, now);
            let mut query = format!("eventTypeId={event_type}");
            for (name, value) in example["query"].as_object().unwrap() {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let value = if name == "bookingUidToReschedule" { moved.clone().unwrap() } else { value };
                query = format!("{query}&{name}={}", value.replace('+', "%2B"));
            }
            let found = without_uids(slots(&server, &query).await);
            let expected = without_uids(example["expected"].clone());
            if found != expected {
                wrong.push(format!("{} {query}: {found}\nexpected {expected}", example["name"]));
            }
            asked += 1;
        }
        assert!(asked >= 110, "{asked} examples");
        assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n\n"));
    }
}
