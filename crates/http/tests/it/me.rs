//! The caller's own profile (section 9 of the platform rules).

use serde_json::{Value, json};
use slotd_domain::{Permission, Permissions};
use slotd_store::schedules;
use slotd_testkit::{Answer, TestServer, on_both_engines};

async fn patch(server: &TestServer, token: &Value, body: &Value) -> Answer {
    server.call("PATCH", "/v2/me").bearer(token.as_str().unwrap()).json(body).send().await
}

on_both_engines! {
    /// ME-1, ME-9, ME-10
    async fn a_profile_has_all_fields_on_get_and_patch(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let expected = json!({
            "id": user["user"]["id"], "username": user["user"]["username"], "email": user["user"]["email"],
            "name": "Alice", "avatarUrl": null, "bio": null, "timeFormat": 12,
            "defaultScheduleId": user["user"]["defaultScheduleId"], "weekStart": "Sunday", "timeZone": "Europe/Rome",
            "locale": null, "organizationId": world.organization.0,
            "organization": { "isPlatform": true, "id": world.organization.0 },
        });
        let token = user["accessToken"].as_str().unwrap();
        assert_eq!(server.call("GET", "/v2/me").bearer(token).send().await.accepted(200), &expected);
        assert_eq!(patch(&server, &user["accessToken"], &json!({})).await.accepted(200), &expected);
        let owner = server.call("GET", "/v2/me").header("x-cal-client-id", &world.client).secret(&world.secret).send().await;
        assert_eq!(owner.accepted(200)["id"], world.owner.0, "client credentials act as the owner");
        let nobody = server.new_person(None).await;
        let key = server.new_key(nobody, None, None).await;
        let alone = server.call("GET", "/v2/me").bearer(&key).send().await;
        assert_eq!(alone.accepted(200)["organizationId"], Value::Null);
        assert!(alone.body["data"].get("organization").is_none());
    }

    /// ME-2, ME-3, ME-6, ME-7
    async fn a_time_zone_changes_the_profile_and_not_the_schedule(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let before = patch(&server, &user["accessToken"], &json!({})).await.accepted(200).clone();
        for zone in ["America/New_york", "America/New_York"] {
            let mut expected = before.clone();
            expected["timeZone"] = json!("America/New_York");
            assert_eq!(patch(&server, &user["accessToken"], &json!({ "timeZone": zone })).await.accepted(200), &expected);
        }
        let conn = server.app.store.read().await.unwrap();
        let id = slotd_domain::UserId(i32::try_from(user["user"]["id"].as_i64().unwrap()).unwrap());
        let schedule = &schedules::of_user(&conn, id).await.unwrap()[0];
        assert_eq!((schedule.time_zone.as_deref(), schedule.is_default), (Some("Europe/Rome"), true));
    }

    /// ME-4
    async fn bad_values_are_refused(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        for (field, value) in [("timeZone", json!("Narnia/Woods")), ("timeFormat", json!(100)), ("weekStart", json!("waba luba dub dub"))] {
            assert_eq!(patch(&server, &user["accessToken"], &json!({ field: value })).await.invalid_fields(), [field]);
        }
    }

    /// ME-5
    async fn writing_needs_its_own_permission(server: TestServer) {
        let world = server.world_with(Permissions::of(&[Permission::ProfileRead]), &[]).await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let answer = patch(&server, &user["accessToken"], &json!({ "name": "B" })).await;
        assert!(answer.refused(403).contains("permissions=PROFILE_WRITE"));
        let _ = server.call("GET", "/v2/me").bearer(user["accessToken"].as_str().unwrap()).send().await.accepted(200);
        let _ = server.call("PATCH", "/v2/me").send().await.refused(401);
    }

    /// ME-8, QI-15
    async fn a_managed_users_new_address_keeps_the_suffix(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let answer = patch(&server, &user["accessToken"], &json!({ "email": "new@example.com" })).await;
        let client = &world.client;
        assert_eq!(answer.accepted(200)["email"], format!("new+{client}@example.com"));
        assert_eq!(answer.accepted(200)["username"], format!("new-{client}-example-com"));
        let owner = server.call("PATCH", "/v2/me").bearer(&world.key).json(&json!({ "email": "me@example.com" })).send().await;
        assert_eq!(owner.accepted(200)["email"], "me@example.com", "a regular user's address has no suffix");
    }

    /// MU-11: client ids are public, and nobody may take what a client is going to create.
    async fn a_regular_user_cannot_occupy_a_managed_users_address(server: TestServer) {
        let (world, other) = (server.world().await, server.world().await);
        for client in [world.client.clone(), world.client.to_uppercase()] {
            let address = format!("carol+{client}@example.com");
            let answer = server.call("PATCH", "/v2/me").bearer(&other.key).json(&json!({ "email": address })).send().await;
            assert_eq!(answer.invalid_fields(), ["email"]);
        }
        let unknown = json!({ "email": "carol+c0123456789abcdefghijklmn@example.com" });
        let _ = server.call("PATCH", "/v2/me").bearer(&other.key).json(&unknown).send().await.accepted(200);
        server.new_managed_user(&world, "carol@example.com").await;

        // Where one was there before, its id is nobody's business.
        let taken = format!("dave+{}@example.com", world.client);
        let (id, key) = (other.owner, slotd_domain::email::comparison_key(&taken));
        let conn = server.app.store.read().await.unwrap();
        let mut user = slotd_store::users::by_id(&conn, id).await.unwrap().unwrap();
        drop(conn);
        user.email = taken;
        server.write(move |conn| {
            let user = user.clone();
            Box::pin(async move { slotd_store::users::update(conn, &user).await.map(drop) })
        }).await;
        let conn = server.app.store.read().await.unwrap();
        assert_eq!(slotd_store::users::owner_of_email(&conn, &key).await.unwrap(), Some((id, None)));
        let path = format!("/v2/oauth-clients/{}/users", world.client);
        let answer = server.call("POST", &path).secret(&world.secret).json(&json!({ "email": "dave@example.com", "name": "D" })).send().await;
        assert_eq!(answer.refused(409), "Invalid Input: Trying to create a record that already exists.");
    }

    /// ME-11, ME-12
    async fn a_profile_without_time_format_shows_12_and_a_bad_patch_changes_nothing(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let cleared = patch(&server, &user["accessToken"], &json!({ "timeFormat": null })).await;
        assert_eq!(cleared.accepted(200)["timeFormat"], 12);
        let bad = patch(&server, &user["accessToken"], &json!({ "timeZone": "UTC", "defaultScheduleId": 999_999 })).await;
        assert_eq!(bad.invalid_fields(), ["defaultScheduleId"]);
        assert_eq!(patch(&server, &user["accessToken"], &json!({})).await.accepted(200)["timeZone"], "Europe/Rome");
    }
}
