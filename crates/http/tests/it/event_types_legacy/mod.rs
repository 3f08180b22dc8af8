//! Event types in the legacy shape and in the shapes of the front-end components (file
//! 02, section 10; file 06).

mod booker;
mod examples;
mod form;
mod legacy;
mod meaning;
mod refused;

use serde_json::{Value, json};
use slotd_testkit::{Answer, TestServer, World};

/// A managed user with an event type.
struct Host {
    world: World,
    token: String,
    user: Value,
    id: i64,
}

impl Host {
    async fn new(server: &TestServer) -> Self {
        let world = server.world().await;
        Self::in_world(server, world, "host@example.com").await
    }

    async fn in_world(server: &TestServer, world: World, email: &str) -> Self {
        let user = server.new_managed_user(&world, email).await;
        let token = user["accessToken"].as_str().unwrap().to_owned();
        let body = json!({ "title": "Intro call", "slug": "intro", "length": 30 });
        let call = server.call("POST", "/v2/event-types").bearer(&token).json(&body);
        let id = call.send().await.accepted(201)["id"].as_i64().unwrap();
        Self { world, token, user: user["user"].clone(), id }
    }

    fn username(&self) -> &str {
        self.user["username"].as_str().unwrap()
    }

    async fn get(&self, server: &TestServer, path: &str) -> Answer {
        server.call("GET", path).bearer(&self.token).send().await
    }

    /// The event type as the settings form reads it.
    async fn form(&self, server: &TestServer) -> Value {
        let path = format!("/v2/atoms/event-types/{}", self.id);
        self.get(server, &path).await.accepted(200)["eventType"].clone()
    }

    /// What the settings form sends.
    async fn patch(&self, server: &TestServer, body: &Value) -> Answer {
        let path = format!("/v2/atoms/event-types/{}", self.id);
        server.call("PATCH", &path).bearer(&self.token).json(body).send().await
    }

    async fn booker(&self, server: &TestServer, slug: &str) -> Answer {
        let path = format!("/v2/atoms/event-types/{slug}/public?username={}", self.username());
        server.call("GET", &path).send().await
    }
}
