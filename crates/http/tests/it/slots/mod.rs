//! Slots and reservations (file 02, sections 11 to 13 and 15).

mod available;
mod bad_input;
mod examples;
mod explain;
mod list;
mod races;
mod reservations;
mod reserve;
mod rules;
mod steps;

use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_domain::{OrganizationId, OutOfOfficeId, UserId};
use slotd_store::Sequence;
use slotd_store::out_of_office::{self, Entry};
use slotd_testkit::{Answer, TestServer};

/// Somebody with a key who can be booked.
pub(crate) struct Host<'a> {
    pub(crate) server: &'a TestServer,
    pub(crate) id: i32,
    pub(crate) key: String,
}

impl<'a> Host<'a> {
    /// A regular user outside of all organizations.
    pub(crate) async fn new(server: &'a TestServer) -> Self {
        let UserId(id) = server.new_person(None).await;
        let key = server.new_key(UserId(id), None::<OrganizationId>, None).await;
        Self { server, id, key }
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        version: &str,
        body: &Value,
    ) -> Answer {
        let call =
            self.server.call(method, path).bearer(&self.key).header("cal-api-version", version);
        call.json(body).send().await
    }

    /// Gives the host a schedule, the default one; `schedule` has what the contract's body
    /// has but its name.
    pub(crate) async fn schedule(&self, schedule: &Value) -> i32 {
        let mut body = json!({ "name": "Hours", "isDefault": true });
        body.as_object_mut().unwrap().extend(schedule.as_object().unwrap().clone());
        let created = self.call("POST", "/v2/schedules", "2024-06-11", &body).await;
        id_of(created.accepted(201))
    }

    /// A new event type with these fields.
    pub(crate) async fn event_type(&self, slug: &str, fields: &Value) -> i32 {
        let mut body = json!({ "title": "Event", "slug": slug, "lengthInMinutes": 60 });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let created = self.call("POST", "/v2/event-types", "2024-06-14", &body).await;
        id_of(created.accepted(201))
    }
}

pub(crate) fn id_of(data: &Value) -> i32 {
    i32::try_from(data["id"].as_i64().unwrap()).unwrap()
}

/// Puts the clock to an instant.
pub(crate) fn set_clock(server: &TestServer, now: Timestamp) {
    server.advance(server.now().duration_until(now));
}

/// The slots of `GET /v2/slots` with a query.
pub(crate) async fn slots(server: &TestServer, query: &str) -> Value {
    let answer = server
        .call("GET", &format!("/v2/slots?{query}"))
        .header("cal-api-version", "2024-09-04")
        .send()
        .await;
    answer.accepted(200).clone()
}

/// Every day 09:00-17:00 in a zone.
pub(crate) fn daily(zone: &str) -> Value {
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    json!({
        "timeZone": zone,
        "availability": [{ "days": days, "startTime": "09:00", "endTime": "17:00" }],
    })
}

/// The answer of `GET /v2/slots` with a query, whatever it is.
pub(crate) async fn ask(server: &TestServer, query: &str) -> Answer {
    server
        .call("GET", &format!("/v2/slots?{query}"))
        .header("cal-api-version", "2024-09-04")
        .send()
        .await
}

/// All starts of an answer, in their order.
pub(crate) fn starts(data: &Value) -> Vec<&str> {
    let days = data.as_object().unwrap().values();
    let slots = days.flat_map(|day| day.as_array().unwrap());
    slots.map(|slot| slot["start"].as_str().unwrap()).collect()
}

/// The hours of UTC at which slots of a day start that has nothing else in its query.
pub(crate) async fn hours(server: &TestServer, event_type: i32, day: &str) -> Vec<String> {
    let data = slots(server, &format!("eventTypeId={event_type}&start={day}&end={day}")).await;
    starts(&data).into_iter().map(|start| start[11..16].to_owned()).collect()
}

/// Makes a reservation as nobody.
pub(crate) async fn hold(server: &TestServer, event_type: i32, start: &str) -> Answer {
    let body = json!({ "eventTypeId": event_type, "slotStart": start });
    server.call("POST", "/v2/slots/reservations").json(&body).send().await
}

/// The uid of a reservation that was made.
pub(crate) fn uid_of(answer: &Answer) -> String {
    answer.accepted(201)["reservationUid"].as_str().unwrap().to_owned()
}

/// Makes somebody out of office, past the API.
pub(crate) async fn away(
    server: &TestServer,
    user: i32,
    [first, last]: [&str; 2],
    reason: &str,
    instead: Option<i32>,
) {
    let id = server.app.store.next_id(Sequence::OutOfOffice).await.unwrap();
    let now = server.now();
    let entry = Entry {
        id: OutOfOfficeId(id),
        uuid: format!("uuid-{id}"),
        user_id: UserId(user),
        to_user_id: instead.map(UserId),
        start_date: first.parse().unwrap(),
        end_date: last.parse().unwrap(),
        reason: reason.to_owned(),
        notes: Some("private".to_owned()),
    };
    server
        .write(move |conn| {
            let entry = entry.clone();
            Box::pin(async move { out_of_office::insert(conn, &entry, now).await.map(drop) })
        })
        .await;
}
