//! Bookings in the shape of version 2024-04-15 (section 24), which the components call.

mod changes;
mod create;
mod groups;
mod reads;
mod recurring;
mod refusals;
mod standing;

use serde_json::{Value, json};
use slotd_testkit::{Answer, Tables, TestServer};

use super::{DAY, with};

/// The version that the components send.
pub(super) const LEGACY: &str = "2024-06-14";

/// What the components send to book an hour.
pub(super) fn sent(event_type: i32, hour: u32) -> Value {
    json!({
        "responses": {
            "name": "Bo Guest",
            "email": "bo.guest@example.com",
            "location": { "value": "integrations:daily", "optionValue": "" },
            "guests": [],
        },
        "user": "somebody",
        "start": format!("{DAY}T{hour:02}:00:00+00:00"),
        "end": format!("{DAY}T{:02}:00:00+00:00", hour + 1),
        "eventTypeId": event_type,
        "eventTypeSlug": "own",
        "timeZone": "Europe/Berlin",
        "language": "de",
        "metadata": { "source": "page" },
        "hasHashedBookingLink": false,
        "routedTeamMemberIds": null,
        "skipContactOwner": false,
        "_isDryRun": false,
        "dub_id": null,
    })
}

/// The same by somebody with another address.
pub(super) fn sent_by(event_type: i32, hour: u32, email: &str) -> Value {
    let mut body = sent(event_type, hour);
    body["responses"]["email"] = email.into();
    body
}

/// A body with other answers.
pub(super) fn answering(body: &Value, answers: &Value) -> Value {
    let responses = with(&body["responses"], answers);
    with(body, &json!({ "responses": responses }))
}

/// Calls an operation below `/v2/bookings` as the components do, as nobody.
pub(super) async fn call(server: &TestServer, method: &str, path: &str, body: &Value) -> Answer {
    let call = server.call(method, &format!("/v2/bookings{path}"));
    call.header("cal-api-version", LEGACY).json(body).send().await
}

/// The same with a bearer token or key.
pub(super) async fn call_as(
    server: &TestServer,
    key: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> Answer {
    let call = server.call(method, &format!("/v2/bookings{path}")).bearer(key);
    call.header("cal-api-version", LEGACY).json(body).send().await
}

/// Makes a booking as nobody.
pub(super) async fn book(server: &TestServer, body: &Value) -> Answer {
    call(server, "POST", "", body).await
}

/// The effects that facts have had, in their order.
pub(super) async fn effects(server: &TestServer) -> Vec<String> {
    let tables = Tables::open(&server.database.options.location).await;
    tables.column("select effect from outbox order by booking_id, sequence, effect").await
}

/// How many rows bookings have left in their tables.
pub(super) async fn rows(server: &TestServer) -> Vec<String> {
    let tables = Tables::open(&server.database.options.location).await;
    let mut rows = Vec::new();
    for table in ["booking", "attendee", "booking_seat", "occupancy", "slot_hold"] {
        rows.extend(tables.column(&format!("select count(*) from {table}")).await);
    }
    rows
}

/// The refusal with this code has the legacy envelope.
pub(super) fn refused_with(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.refused(status), code, "{}", answer.text);
    let error = &answer.body["error"];
    assert_eq!((&error["code"], &error["details"]), (&json!("HttpException"), &json!(code)));
}
