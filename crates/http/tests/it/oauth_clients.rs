//! OAuth clients (section 2 of the platform rules).

use serde_json::{Value, json};
use slotd_domain::OrganizationId;
use slotd_store::{Sequence, audit, organizations};
use slotd_testkit::{Answer, TestServer, World, on_both_engines};

async fn get(server: &TestServer, world: &World, id: &str) -> Answer {
    server.call("GET", &format!("/v2/oauth-clients/{id}")).bearer(&world.key).send().await
}

async fn create(server: &TestServer, world: &World, body: &Value) -> Answer {
    server.call("POST", "/v2/oauth-clients").bearer(&world.key).json(body).send().await
}

on_both_engines! {
    /// OC-1
    async fn without_authentication_all_operations_answer_401(server: TestServer) {
        for (method, path) in [("POST", "/v2/oauth-clients"), ("GET", "/v2/oauth-clients"), ("GET", "/v2/oauth-clients/x"), ("PATCH", "/v2/oauth-clients/x"), ("DELETE", "/v2/oauth-clients/x")] {
            let _ = server.call(method, path).send().await.refused(401);
        }
    }

    /// OC-5, OC-6, OC-8, OC-9, OC-14, TY-1, TY-2, TY-4, TY-5, VA-2, QK-10, QK-11, QK-15
    async fn a_client_is_created_with_defaults_and_read_back_with_its_secret(server: TestServer) {
        let world = server.world().await;
        let body = json!({ "name": "", "redirectUris": [], "permissions": ["PROFILE_WRITE", "BOOKING_READ", "BOOKING_READ"], "unknown": 1, "logo": null });
        let created = create(&server, &world, &body).await;
        let data = created.accepted(201);
        assert_eq!(data.as_object().unwrap().len(), 2);
        let (id, secret) = (data["clientId"].as_str().unwrap(), data["clientSecret"].as_str().unwrap());
        assert_eq!((id.len(), &id[..1]), (25, "c"));
        assert!(secret.len() >= 43);
        assert_eq!(
            get(&server, &world, id).await.accepted(200),
            &json!({
                "id": id, "name": "", "secret": secret, "permissions": ["BOOKING_READ", "PROFILE_WRITE"], "logo": null,
                "redirectUris": [], "organizationId": world.organization.0, "createdAt": "2026-03-02T09:15:04.120Z",
                "areEmailsEnabled": false, "areDefaultEventTypesEnabled": false, "areCalendarEventsEnabled": true,
            })
        );
        let full = json!({
            "name": "Zoë's \"shop\"", "redirectUris": ["https://a.example/*", "free text"], "permissions": ["*"],
            "logo": "logo", "bookingRedirectUri": "a", "bookingCancelRedirectUri": "b", "bookingRescheduleRedirectUri": "c",
            "areEmailsEnabled": true, "areDefaultEventTypesEnabled": true, "areCalendarEventsEnabled": false,
        });
        let created = create(&server, &world, &full).await;
        let read = get(&server, &world, created.accepted(201)["clientId"].as_str().unwrap()).await;
        for (field, value) in full.as_object().unwrap() {
            if field == "permissions" {
                assert_eq!(read.accepted(200)["permissions"], json!([
                    "EVENT_TYPE_READ", "EVENT_TYPE_WRITE", "BOOKING_READ", "BOOKING_WRITE", "SCHEDULE_READ",
                    "SCHEDULE_WRITE", "APPS_READ", "APPS_WRITE", "PROFILE_READ", "PROFILE_WRITE"
                ]));
            } else {
                assert_eq!(&read.accepted(200)[field], value, "{field}");
            }
        }
    }

    /// OC-7, PG-3
    async fn a_list_shows_the_organizations_clients_oldest_first(server: TestServer) {
        let (one, two) = (server.world().await, server.world().await);
        let body = json!({ "name": "B", "redirectUris": [], "permissions": [] });
        server.advance(jiff::SignedDuration::from_secs(1));
        let second = create(&server, &one, &body).await;
        let list = server.call("GET", "/v2/oauth-clients").bearer(&one.key).send().await;
        let ids: Vec<&Value> = list.accepted(200).as_array().unwrap().iter().map(|client| &client["id"]).collect();
        assert_eq!(ids, [&json!(one.client), &second.accepted(201)["clientId"]]);
        assert!(list.body.get("pagination").is_none());
        let list = server.call("GET", "/v2/oauth-clients").bearer(&two.key).send().await;
        assert_eq!(list.accepted(200).as_array().unwrap().len(), 1);
    }

    /// OC-10, OC-11
    async fn a_patch_changes_only_the_given_fields(server: TestServer) {
        let world = server.world().await;
        let path = format!("/v2/oauth-clients/{}", world.client);
        let patch = async |body: Value| server.call("PATCH", &path).bearer(&world.key).json(&body).send().await;
        let before = get(&server, &world, &world.client).await.accepted(200).clone();
        for (field, value) in [
            ("name", json!("B")),
            ("redirectUris", json!(["https://x.example"])),
            ("logo", json!("l")),
            ("bookingRedirectUri", json!("https://x.example/b")),
            ("bookingCancelRedirectUri", json!("c")),
            ("bookingRescheduleRedirectUri", json!("d")),
            ("areEmailsEnabled", json!(true)),
            ("areDefaultEventTypesEnabled", json!(true)),
            ("areCalendarEventsEnabled", json!(false)),
        ] {
            let previous = get(&server, &world, &world.client).await.accepted(200).clone();
            let mut expected = previous.clone();
            expected[field] = value.clone();
            assert_eq!(patch(json!({ field: value })).await.accepted(200), &expected, "{field}");
            assert_eq!(get(&server, &world, &world.client).await.accepted(200), &expected, "{field}");
        }
        let cleared = patch(json!({ "logo": null, "bookingRedirectUri": null, "bookingCancelRedirectUri": null, "bookingRescheduleRedirectUri": null })).await;
        assert_eq!(cleared.accepted(200)["logo"], Value::Null);
        for field in ["bookingRedirectUri", "bookingCancelRedirectUri", "bookingRescheduleRedirectUri"] {
            assert!(cleared.body["data"].get(field).is_none(), "{field}");
        }
        for field in ["name", "redirectUris", "areEmailsEnabled", "areDefaultEventTypesEnabled", "areCalendarEventsEnabled"] {
            assert_eq!(patch(json!({ field: null })).await.invalid_fields(), [field]);
        }
        let ignored = patch(json!({ "permissions": [], "secret": "mine", "organizationId": 1, "id": "x" })).await;
        assert_eq!(ignored.accepted(200)["permissions"], before["permissions"]);
        assert_eq!(ignored.accepted(200)["secret"], before["secret"]);
        let _ = patch(json!({})).await.accepted(200);
    }

    /// OC-11, CO-3
    async fn changed_redirect_uris_count_at_once(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let me = || server.call("GET", "/v2/me").bearer(user["accessToken"].as_str().unwrap()).header("Origin", "https://new.example").send();
        let _ = me().await.refused(401);
        let path = format!("/v2/oauth-clients/{}", world.client);
        let patch = server.call("PATCH", &path).bearer(&world.key).json(&json!({ "redirectUris": ["https://new.example"] }));
        let _ = patch.send().await.accepted(200);
        let _ = me().await.accepted(200);
    }

    /// OC-12, OC-13, QI-28
    async fn a_deleted_client_takes_its_tokens_along_and_leaves_its_users(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let id = user["user"]["id"].as_i64().unwrap();
        let path = format!("/v2/oauth-clients/{}", world.client);
        let before = get(&server, &world, &world.client).await.accepted(200).clone();
        let team = OrganizationId(server.app.store.next_id(Sequence::Team).await.unwrap());
        let (parent, client, now) = (world.organization, world.client.clone(), server.now());
        server.write(move |conn| {
            let client = client.clone();
            Box::pin(async move {
                organizations::insert_team(conn, team, parent, "Sales", "sales", Some(&client), now).await.map(drop)
            })
        }).await;
        let deleted = server.call("DELETE", &path).bearer(&world.key).send().await;
        assert_eq!(deleted.accepted(200), &before);

        let _ = get(&server, &world, &world.client).await.refused(404);
        let _ = server.call("DELETE", &path).bearer(&world.key).send().await.refused(404);
        let token = user["accessToken"].as_str().unwrap();
        assert_eq!(server.call("GET", "/v2/me").bearer(token).send().await.refused(401), "Invalid Access Token.");
        let users = server.call("GET", &format!("{path}/users")).secret(&world.secret).send().await;
        assert!(users.refused(401).contains("not found"));

        let conn = server.app.store.read().await.unwrap();
        let user_id = slotd_domain::UserId(i32::try_from(id).unwrap());
        let left = slotd_store::users::by_id(&conn, user_id).await.unwrap().unwrap();
        assert_eq!((left.oauth_client_id, left.organization_id), (None, Some(world.organization)));
        let entries = audit::of_organization(&conn, world.organization, 10).await.unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].0, "oauth_client.deleted");
        assert_eq!(entries[0].1["usersLeftWithoutClient"], 1);
        assert_eq!(entries[0].1["deletedTeams"], json!([{ "id": team.0, "name": "Sales" }]));
        let team = organizations::standing(&conn, team, world.owner).await.unwrap();
        assert!(team.is_none(), "teams made with the client's credentials go with it");
        assert!(!entries[0].1.to_string().contains(&world.secret));
    }

    /// A list shows all clients, so there is an end to them.
    async fn an_organization_has_a_thousand_clients_at_most(server: TestServer) {
        let world = server.world().await;
        let conn = server.app.store.read().await.unwrap();
        let client = slotd_store::oauth_clients::by_id(&conn, &slotd_domain::OAuthClientId::new(&world.client)).await.unwrap().unwrap();
        drop(conn);
        server.write(move |conn| {
            let client = client.clone();
            Box::pin(async move {
                for _ in 1..999 {
                    let another = slotd_store::oauth_clients::OAuthClient { id: slotd_store::new_oauth_client_id(), ..client.clone() };
                    slotd_store::oauth_clients::insert(conn, &another).await?;
                }
                Ok(())
            })
        }).await;
        let body = json!({ "name": "A", "redirectUris": [], "permissions": [] });
        let _ = create(&server, &world, &body).await.accepted(201);
        assert_eq!(create(&server, &world, &body).await.refused(400), "An organization can have at most 1000 OAuth clients.");
    }

    /// OC-18
    async fn managed_users_are_listed_under_their_second_path_without_a_filter(server: TestServer) {
        let world = server.world().await;
        let first = server.new_managed_user(&world, "a@example.com").await;
        server.new_managed_user(&world, "b@example.com").await;
        let path = format!("/v2/oauth-clients/{}/managed-users", world.client);
        let list = server.call("GET", &format!("{path}?limit=1&emails=nonsense")).bearer(&world.key).send().await;
        assert_eq!(list.accepted(200), &json!([first["user"]]));
        assert_eq!(server.call("GET", &format!("{path}?limit=0")).bearer(&world.key).send().await.invalid_fields(), ["limit"]);
    }
}
