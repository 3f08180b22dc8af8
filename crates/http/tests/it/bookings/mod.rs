//! `/v2/bookings` (file 03).

mod cancel;
mod create;
mod histories;
mod reading;
mod reschedule;
mod steps;

use serde_json::{Value, json};
use slotd_testkit::{Answer, TestServer};

use crate::slots::{Host, daily};

/// The current version of bookings.
pub(crate) const CURRENT: &str = "2024-08-13";
/// A Monday without bookings.
pub(crate) const DAY: &str = "2050-09-05";

/// An hour of [`DAY`], `HH:MM`.
pub(crate) fn at(hour: &str) -> String {
    format!("{DAY}T{hour}:00.000Z")
}

/// Somebody who works every day from 09:00 to 17:00 UTC, with an event type of an hour that
/// can be booked without notice; `fields` are added to it or take the place of its own.
pub(crate) async fn bookable<'a>(server: &'a TestServer, fields: &Value) -> (Host<'a>, i32) {
    let host = Host::new(server).await;
    host.schedule(&daily("UTC")).await;
    let id = host.event_type("own", &with(&json!({ "minimumBookingNotice": 0 }), fields)).await;
    (host, id)
}

/// A body with more fields, or other ones.
pub(crate) fn with(body: &Value, fields: &Value) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

/// The body of a booking by a stranger.
pub(crate) fn wanted(event_type: i32, start: &str) -> Value {
    wanted_by(event_type, start, "omar@mail.test")
}

/// The body of a booking by somebody with this address.
pub(crate) fn wanted_by(event_type: i32, start: &str, email: &str) -> Value {
    json!({
        "start": start,
        "eventTypeId": event_type,
        "attendee": { "name": "Omar Haddad", "email": email, "timeZone": "Europe/Berlin" },
    })
}

/// Calls an operation below `/v2/bookings` in the current version, as nobody.
pub(crate) async fn call(server: &TestServer, method: &str, path: &str, body: &Value) -> Answer {
    let path = format!("/v2/bookings{path}");
    server.call(method, &path).header("cal-api-version", CURRENT).json(body).send().await
}

/// The same with a bearer token or key.
pub(crate) async fn call_as(
    server: &TestServer,
    key: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> Answer {
    let call = server.call(method, &format!("/v2/bookings{path}")).bearer(key);
    call.header("cal-api-version", CURRENT).json(body).send().await
}

/// Makes a booking as nobody.
pub(crate) async fn book(server: &TestServer, body: &Value) -> Answer {
    call(server, "POST", "", body).await
}

/// Makes a booking of an event type at an instant, and returns it.
pub(crate) async fn booked(server: &TestServer, event_type: i32, start: &str) -> Value {
    book(server, &wanted(event_type, start)).await.accepted(201).clone()
}

/// The uid of a booking.
pub(crate) fn uid(booking: &Value) -> &str {
    booking["uid"].as_str().unwrap()
}
