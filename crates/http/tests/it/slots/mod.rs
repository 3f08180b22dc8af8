//! Slots and reservations (file 02, sections 11 to 13 and 15).

mod examples;

use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_domain::{OrganizationId, UserId};
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
