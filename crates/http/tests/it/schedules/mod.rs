//! Schedules (sections 1 to 4 of the availability rules).

mod atoms;
mod bad_input;
mod current;
mod legacy;
mod races;
mod shapes;

use serde_json::{Value, json};
use slotd_testkit::{Answer, TestServer, World};

const CURRENT: &str = "2024-06-11";
const LEGACY: &str = "2024-04-15";

/// A managed user without a schedule, or with the default one, and the user's token.
struct Person {
    id: i64,
    token: String,
}

impl Person {
    async fn new(server: &TestServer, world: &World, email: &str, zone: Option<&str>) -> Self {
        let path = format!("/v2/oauth-clients/{}/users", world.client);
        let body = json!({ "email": email, "name": "A", "timeZone": zone });
        let answer = server.call("POST", &path).secret(&world.secret).json(&body).send().await;
        let data = answer.accepted(201);
        let id = data["user"]["id"].as_i64().unwrap();
        Self { id, token: data["accessToken"].as_str().unwrap().to_owned() }
    }

    async fn call(&self, server: &TestServer, version: &str, method: &str, path: &str) -> Answer {
        self.send(server, version, method, path, None).await
    }

    async fn send(
        &self,
        server: &TestServer,
        version: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let call = server.call(method, path).bearer(&self.token);
        let call = call.header("cal-api-version", version);
        let call = if let Some(body) = body { call.json(body) } else { call };
        call.send().await
    }

    async fn create(&self, server: &TestServer, body: &Value) -> Answer {
        self.send(server, CURRENT, "POST", "/v2/schedules", Some(body)).await
    }

    async fn patch(&self, server: &TestServer, id: &Value, body: &Value) -> Answer {
        let path = format!("/v2/schedules/{id}");
        self.send(server, CURRENT, "PATCH", &path, Some(body)).await
    }

    async fn list(&self, server: &TestServer) -> Value {
        self.call(server, CURRENT, "GET", "/v2/schedules").await.accepted(200).clone()
    }

    async fn default(&self, server: &TestServer) -> Value {
        self.call(server, CURRENT, "GET", "/v2/schedules/default").await.accepted(200).clone()
    }
}

fn new(name: &str, is_default: bool) -> Value {
    json!({ "name": name, "timeZone": "Europe/Rome", "isDefault": is_default })
}

/// Monday to Friday 09:00-17:00.
fn office_hours() -> Value {
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
    json!([{ "days": days, "startTime": "09:00", "endTime": "17:00" }])
}
