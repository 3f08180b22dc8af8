//! Who sees and changes whose event types.

use serde_json::json;
use slotd_domain::Role;
use slotd_testkit::{TestServer, on_both_engines};

use super::{PATH, User, call};

on_both_engines! {
    /// ET-60, ET-62
    async fn somebody_elses_event_type_is_unknown(server: TestServer) {
        let world = server.world().await;
        let owner = User::managed(&server, &world, "owner@example.com").await;
        let created = owner.create("x", json!({})).await;
        let id = &created["id"];
        let foreign_world = server.world().await;
        for stranger in [
            User::managed(&server, &world, "colleague@example.com").await,
            User::managed(&server, &foreign_world, "stranger@example.com").await,
            User::regular(&server).await,
        ] {
            let unknown = format!("Event type with id {id} not found");
            assert_eq!(stranger.get(id).await.refused(404), unknown);
            assert_eq!(stranger.patch(id, json!({ "title": "Mine" })).await.refused(404), unknown);
            let foreign = format!("User with ID={} does not own event type with ID={id}", stranger.id);
            assert_eq!(stranger.delete(id).await.refused(403), foreign);
        }
        assert_eq!(owner.get(id).await.accepted(200), &created, "nothing changed");
    }

    /// ET-60, ET-62: an id of any length is answered, and not repeated in full.
    async fn an_id_beyond_every_number_is_unknown_and_shown_in_part(server: TestServer) {
        let world = server.world().await;
        let user = User::managed(&server, &world, "alice@example.com").await;
        let id = "9".repeat(5_000);
        let shown = format!("{}...", "9".repeat(200));
        let unknown = format!("Event type with id {shown} not found");
        let path = format!("{PATH}/{id}");
        let get = call(&server, "GET", &path).bearer(&user.token).send().await;
        assert_eq!(get.refused(404), unknown);
        let patch = call(&server, "PATCH", &path).bearer(&user.token).json(&json!({})).send().await;
        assert_eq!(patch.refused(404), unknown);
        let delete = call(&server, "DELETE", &path).bearer(&user.token).send().await;
        assert_eq!(delete.refused(404), format!("Event type with ID={shown} does not exist."));
    }

    /// ET-60, ET-62: administrators read, and only owners write.
    async fn administrators_of_the_organization_read_it(server: TestServer) {
        let world = server.world().await;
        let owner = User::managed(&server, &world, "owner@example.com").await;
        let created = owner.create("x", json!({ "hidden": true })).await;
        let id = &created["id"];
        let path = format!("{PATH}/{id}");
        let admin = server.new_person(Some((world.organization, Role::Admin, true))).await;
        let member = server.new_person(Some((world.organization, Role::Member, true))).await;
        let invited = server.new_person(Some((world.organization, Role::Admin, false))).await;
        let system = server.new_person(None).await;
        server.write(move |conn| Box::pin(async move {
            slotd_store::users::set_system_admin(conn, system, true).await.map(drop)
        })).await;
        for (person, status) in [(world.owner, 200), (admin, 200), (system, 200), (member, 404), (invited, 404)] {
            let key = server.new_key(person, None, None).await;
            let answer = call(&server, "GET", &path).bearer(&key).send().await;
            assert_eq!(answer.status, status, "{}", answer.text);
            if person != world.owner {
                assert_eq!(call(&server, "PATCH", &path).bearer(&key).json(&json!({})).send().await.status, 404);
                assert_eq!(call(&server, "DELETE", &path).bearer(&key).send().await.status, 403);
            }
        }
        // The client acts as its organization's owner.
        let client = call(&server, "GET", &path).header("x-cal-client-id", &world.client).secret(&world.secret);
        assert_eq!(client.send().await.accepted(200), &created);
        let foreign = server.world().await;
        let client = call(&server, "GET", &path).header("x-cal-client-id", &foreign.client).secret(&foreign.secret);
        assert_eq!(client.send().await.status, 404);
    }

    /// PM-6, AV-8, ET-60
    async fn without_a_known_token_the_permission_is_missing(server: TestServer) {
        let path = format!("{PATH}/1");
        for (method, path) in [("POST", PATH), ("GET", &path), ("PATCH", &path), ("DELETE", &path)] {
            let answer = call(&server, method, path).json(&json!({})).send().await;
            assert!(answer.refused(403).starts_with("PermissionsGuard - no authentication provided."), "{}", answer.text);
            let answer = call(&server, method, path).bearer("unknown").json(&json!({})).send().await;
            assert!(answer.refused(403).starts_with("PermissionsGuard - no oAuth client found"), "{}", answer.text);
        }
    }

    /// AU-15: nobody has to say who they are; whoever does must be right.
    async fn lists_are_open_to_nobody_and_closed_to_wrong_credentials(server: TestServer) {
        let world = server.world().await;
        let user = User::managed(&server, &world, "alice@example.com").await;
        user.create("x", json!({})).await;
        assert_eq!(call(&server, "GET", PATH).send().await.accepted(200), &json!([]));
        // The components send the client's id with every request.
        let id_alone = call(&server, "GET", PATH).header("x-cal-client-id", &world.client);
        assert_eq!(id_alone.send().await.accepted(200), &json!([]));
        let wrong = [
            call(&server, "GET", PATH).bearer("unknown"),
            call(&server, "GET", PATH).bearer("cal_unknown"),
            call(&server, "GET", PATH).header("x-cal-client-id", &world.client).secret("wrong"),
            call(&server, "GET", PATH).secret(&world.secret),
        ];
        for call in wrong {
            assert_eq!(call.send().await.status, 401);
        }
        server.advance(jiff::SignedDuration::from_hours(2));
        assert_eq!(call(&server, "GET", PATH).bearer(&user.token).send().await.status, 498);
    }
}
