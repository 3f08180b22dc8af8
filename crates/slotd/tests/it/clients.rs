//! Admin commands about OAuth clients.

use serde_json::{Value, json};
use slotd_domain::OrganizationId;
use slotd_store::{Options, ServerKey, Store, audit};
use slotd_testkit::on_both_engines;

use crate::process::{Place, Server};

const CLOCK: &str = "2026-03-02T09:15:04Z";

async fn create_user(server: &Server, client: &str, secret: &str, email: &str) -> Value {
    let path = format!("/v2/oauth-clients/{client}/users");
    let body = json!({ "email": email, "name": "User" });
    server.call("POST", &path).secret(secret).json(&body).send().await.accepted(201)["user"].clone()
}

on_both_engines! {
    async fn clients_are_listed_with_their_users_and_without_their_secrets(place: Place) {
        let server = place.serve(CLOCK);
        let (first, secret) = (server.printed("OAuth client id"), server.printed("OAuth client secret"));
        for name in ["a", "b"] {
            create_user(&server, &first, &secret, &format!("{name}@example.com")).await;
        }
        let other = place.json(&["admin", "create-organization", "--name", "Other", "--owner-email", "other@example.com", "--json"]);
        let organization = other["organizationId"].to_string();
        let second = place.json(&[
            "admin", "create-oauth-client", "--name", "Second", "--permission", "PROFILE_READ", "--permission", "BOOKING_READ",
            "--organization", &organization, "--json",
        ]);

        let done = place.run(&["admin", "list-oauth-clients", "--json"]);
        assert!(!done.stdout.contains(&secret) && !done.stdout.contains(second["clientSecret"].as_str().unwrap()));
        let list: Value = serde_json::from_str(&done.stdout).unwrap();
        let listed = list.as_array().unwrap();
        assert_eq!(listed.len(), 2);
        assert!(listed[0]["createdAt"].as_str().unwrap().starts_with("2026-03-02T09:15:"), "the oldest first");
        assert_eq!((&listed[0]["clientId"], &listed[0]["managedUsers"]), (&json!(first), &json!(2)));
        assert_eq!(listed[0]["permissions"].as_array().unwrap().len(), 10);
        assert_eq!(listed[1], json!({
            "clientId": second["clientId"], "name": "Second", "organizationId": other["organizationId"],
            "permissions": ["BOOKING_READ", "PROFILE_READ"], "managedUsers": 0, "createdAt": listed[1]["createdAt"],
        }));
        let of_other = place.json(&["admin", "list-oauth-clients", "--organization", &organization, "--json"]);
        assert_eq!(of_other, json!([listed[1]]));

        let lines = place.run(&["admin", "list-oauth-clients"]).stdout;
        let (one, two) = lines.split_once("\n\n").unwrap();
        assert!(one.contains(&first) && two.contains("permissions      BOOKING_READ PROFILE_READ\n"), "{lines}");
        let refused = place.run(&["admin", "list-oauth-clients", "--organization", "99"]);
        assert_eq!(refused.refused(), "there is no organization 99");
        server.stop();
    }

    /// OC-8
    async fn a_rotated_secret_replaces_the_old_one_in_running_servers_at_once(place: Place) {
        let servers = [place.serve(CLOCK), place.serve(CLOCK)];
        let (client, secret) = (servers[0].printed("OAuth client id"), servers[0].printed("OAuth client secret"));
        let user = create_user(&servers[0], &client, &secret, "a@example.com").await;
        let users = format!("/v2/oauth-clients/{client}/users");
        for server in &servers {
            let _ = server.call("GET", &users).secret(&secret).send().await.accepted(200);
        }
        let rotated = place.json(&["admin", "rotate-secret", &client, "--json"]);
        assert_eq!((&rotated["clientId"], rotated.as_object().unwrap().len()), (&json!(client), 2));
        let new = rotated["clientSecret"].as_str().unwrap();
        assert_eq!(new.len(), 43);
        for server in &servers {
            assert!(server.call("GET", &users).secret(&secret).send().await.refused(401).contains("Invalid client secret"));
            assert_eq!(server.call("GET", &users).secret(new).send().await.accepted(200)[0]["id"], user["id"]);
        }
        let read = servers[1].call("GET", &format!("/v2/oauth-clients/{client}")).bearer(&servers[0].printed("owner's API key")).send().await;
        assert_eq!(read.accepted(200)["secret"], new);
        let unknown = place.run(&["admin", "rotate-secret", "nobody"]);
        assert_eq!(unknown.refused(), "there is no OAuth client nobody");
        servers.into_iter().for_each(Server::stop);
    }

    /// OC-12, MU-38, QI-28
    async fn users_whose_client_was_deleted_are_deleted_and_no_others(place: Place) {
        let server = place.serve(CLOCK);
        let (kept, kept_secret) = (server.printed("OAuth client id"), server.printed("OAuth client secret"));
        let gone = place.json(&["admin", "create-oauth-client", "--name", "Gone", "--json"]);
        let (client, secret) = (gone["clientId"].as_str().unwrap(), gone["clientSecret"].as_str().unwrap());
        let stays = create_user(&server, &kept, &kept_secret, "stays@example.com").await;
        let mut ids = Vec::new();
        // More than one batch.
        for number in 0..230 {
            ids.push(create_user(&server, client, secret, &format!("u{number}@example.com")).await["id"].clone());
        }
        let command = |arguments: &[&str]| place.json(&[&["admin", "delete-orphaned-users", "--json"], arguments].concat());
        assert_eq!(command(&[]), json!({ "orphanedUsers": 0, "deletedUsers": 0 }));
        let key = server.printed("owner's API key");
        let _ = server.call("DELETE", &format!("/v2/oauth-clients/{client}")).bearer(&key).send().await.accepted(200);
        let users = |of: &str| format!("/v2/oauth-clients/{of}/users");
        assert_eq!(command(&["--dry-run"]), json!({ "orphanedUsers": 230, "deletedUsers": 0 }));
        assert_eq!(command(&[]), json!({ "orphanedUsers": 230, "deletedUsers": 230 }));
        assert_eq!(command(&[]), json!({ "orphanedUsers": 0, "deletedUsers": 0 }));
        let list = server.call("GET", &users(&kept)).secret(&kept_secret).send().await;
        assert_eq!(list.accepted(200), &json!([stays]));
        let _ = server.call("GET", "/v2/me").bearer(&key).send().await.accepted(200);

        let store = Store::open(&Options::new(place.location()), &ServerKey::generate().into()).unwrap();
        let conn = store.read().await.unwrap();
        let entries = audit::of_organization(&conn, OrganizationId(1), 10).await.unwrap();
        let mut noted: Vec<i64> = Vec::new();
        for (_, details) in entries.iter().filter(|(action, _)| action == "orphaned_users.deleted") {
            noted.extend(details["userIds"].as_array().unwrap().iter().map(|id| id.as_i64().unwrap()));
        }
        noted.sort_unstable();
        assert_eq!(json!(noted), json!(ids));
        drop(conn);
        store.close();
        server.stop();
    }
}
