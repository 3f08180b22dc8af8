//! `/v2/bookings` (file 03).

mod access;
mod approval;
mod audit;
mod bad_input;
mod cancel;
mod create;
mod defence;
mod errors;
mod fields;
mod get;
mod guests;
mod histories;
mod holds;
mod legacy;
mod list;
mod location;
mod managed;
mod mark_absent;
mod moved;
mod of_organization;
mod outbox;
mod people;
mod places;
mod races;
mod reading;
mod reassign;
mod recurring;
mod reschedule;
mod seats;
mod shared;
mod steps;

use serde_json::{Value, json};
use slotd_domain::BookingId;
use slotd_store::outbox::{self as stored_outbox, Recorded};
use slotd_testkit::{Answer, Tables, TestServer, World};

use crate::slots::{Host, daily, id_of};

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

/// Makes a booking with a bearer token or key.
pub(crate) async fn book_as(server: &TestServer, key: &str, body: &Value) -> Answer {
    call_as(server, key, "POST", "", body).await
}

/// Makes a booking with the credentials of an OAuth client.
pub(crate) async fn book_as_client(server: &TestServer, world: &World, body: &Value) -> Answer {
    let call = server.call("POST", "/v2/bookings").header("cal-api-version", CURRENT);
    call.header("x-cal-client-id", &world.client).secret(&world.secret).json(body).send().await
}

/// Changes an event type of the current version.
pub(crate) async fn change(host: &Host<'_>, event_type: i32, body: &Value) {
    let path = format!("/v2/event-types/{event_type}");
    let _ = host.call("PATCH", &path, "2024-06-14", body).await.accepted(200);
}

/// Seats of an event type.
pub(crate) fn seats(count: i32, shows_attendees: bool) -> Value {
    json!({ "seats": {
        "seatsPerTimeSlot": count, "showAttendeeInfo": shows_attendees, "showAvailabilityCount": true,
    } })
}

/// A policy by which every booking waits for its host.
pub(crate) fn approval(blocks: bool) -> Value {
    json!({ "confirmationPolicy": { "type": "always", "blockUnconfirmedBookingsInBooker": blocks } })
}

/// A weekly series.
pub(crate) fn weekly(occurrences: i32) -> Value {
    json!({ "recurrence": { "interval": 1, "occurrences": occurrences, "frequency": "weekly" } })
}

/// The addresses of those who attend a booking.
pub(crate) fn addresses(booking: &Value) -> Vec<&str> {
    let attendees = booking["attendees"].as_array().unwrap();
    attendees.iter().map(|it| it["email"].as_str().unwrap()).collect()
}

/// A booking as nobody reads it.
pub(crate) async fn read(server: &TestServer, booking: &Value) -> Value {
    let path = format!("/{}", uid(booking));
    call(server, "GET", &path, &json!({})).await.accepted(200).clone()
}

/// Nothing in the tables of bookings is half there.
pub(crate) async fn check_tables(server: &TestServer) {
    Tables::open(&server.database.options.location).await.check_bookings().await;
}

/// How many bookings are stored.
pub(crate) async fn stored(server: &TestServer) -> usize {
    let tables = Tables::open(&server.database.options.location).await;
    tables.column("select uid from booking").await.len()
}

/// What happened to a booking, in its order.
pub(crate) async fn facts(server: &TestServer, booking: &Value) -> Vec<Recorded> {
    let conn = server.app.store.read().await.unwrap();
    stored_outbox::events_of(&conn, BookingId(id_of(booking))).await.unwrap()
}

/// The names of what must still happen because of a booking, in alphabetical order.
pub(crate) async fn effects(server: &TestServer, booking: &Value) -> Vec<String> {
    let conn = server.app.store.read().await.unwrap();
    let effects = stored_outbox::effects_of(&conn, BookingId(id_of(booking))).await.unwrap();
    effects.into_iter().map(|effect| effect.effect).collect()
}

/// A managed user with hours and an event type: who, and its id.
pub(crate) async fn managed<'a>(
    server: &'a TestServer,
    world: &World,
    email: &str,
    fields: &Value,
) -> (Host<'a>, i32) {
    let created = server.new_managed_user(world, email).await;
    let key = created["accessToken"].as_str().unwrap().to_owned();
    let host = Host { server, id: id_of(&created["user"]), key };
    host.schedule(&daily("UTC")).await;
    let id = host.event_type("own", &with(&json!({ "minimumBookingNotice": 0 }), fields)).await;
    (host, id)
}

/// What happened to a booking, and what must happen because of it: one text for each event,
/// its effects behind it in alphabetical order.
pub(crate) async fn history(server: &TestServer, booking: &Value) -> Vec<String> {
    let id = BookingId(crate::slots::id_of(booking));
    let conn = server.app.store.read().await.unwrap();
    let events = stored_outbox::events_of(&conn, id).await.unwrap();
    let effects = stored_outbox::effects_of(&conn, id).await.unwrap();
    let shown = events.iter().map(|event| {
        let effects = effects.iter().filter(|effect| effect.sequence == event.sequence);
        let effects: Vec<&str> = effects.map(|effect| effect.effect.as_str()).collect();
        format!("{}: {}", event.kind, effects.join(" "))
    });
    shown.collect()
}

/// What the latest event of a booking says beside it.
pub(crate) async fn latest_more(server: &TestServer, booking: &Value) -> Value {
    let id = BookingId(crate::slots::id_of(booking));
    let conn = server.app.store.read().await.unwrap();
    let events = stored_outbox::events_of(&conn, id).await.unwrap();
    events.last().unwrap().snapshot["more"].clone()
}
