//! Managed users (section 3 of the platform rules).

use serde_json::{Value, json};
use slotd_domain::{OAuthClientId, UserId};
use slotd_store::{event_types, oauth_clients, organizations, schedules};
use slotd_testkit::{Answer, TestServer, World, on_both_engines};

fn users(world: &World) -> String {
    format!("/v2/oauth-clients/{}/users", world.client)
}

async fn create(server: &TestServer, world: &World, body: &Value) -> Answer {
    server.call("POST", &users(world)).secret(&world.secret).json(body).send().await
}

async fn on_user(
    server: &TestServer,
    world: &World,
    method: &str,
    id: &Value,
    body: &Value,
) -> Answer {
    server
        .call(method, &format!("{}/{id}", users(world)))
        .secret(&world.secret)
        .json(body)
        .send()
        .await
}

async fn list(server: &TestServer, world: &World, query: &str) -> Answer {
    server.call("GET", &format!("{}{query}", users(world))).secret(&world.secret).send().await
}

fn user_id(user: &Value) -> UserId {
    UserId(i32::try_from(user["id"].as_i64().unwrap()).unwrap())
}

async fn enable_default_event_types(server: &TestServer, world: &World) {
    let path = format!("/v2/oauth-clients/{}", world.client);
    let body = json!({ "areDefaultEventTypesEnabled": true });
    let _ = server.call("PATCH", &path).bearer(&world.key).json(&body).send().await.accepted(200);
}

on_both_engines! {
    /// MU-1
    async fn without_the_secret_nothing_is_done(server: TestServer) {
        let world = server.world().await;
        for (method, path) in [("POST", users(&world)), ("GET", format!("{}/1", users(&world))), ("PATCH", format!("{}/1", users(&world))), ("DELETE", format!("{}/1", users(&world)))] {
            let _ = server.call(method, &path).json(&json!({ "email": "a@b.co", "name": "A" })).send().await.refused(401);
        }
        assert_eq!(list(&server, &world, "").await.accepted(200), &json!([]));
    }

    /// MU-3, MU-5, MU-7, MU-8, TK-2, TY-4, QK-4, QK-5
    async fn everything_that_is_given_is_echoed(server: TestServer) {
        let world = server.world().await;
        let client = &world.client;
        let answer = create(&server, &world, &json!({
            "email": "alice@example.com", "name": "Alice Smith", "timeZone": "europe/rome", "weekStart": "mONDAY",
            "timeFormat": 24, "locale": "fr", "bio": "I am a bio", "avatarUrl": "example.com/a.png",
            "metadata": { "z": 1, "key": "value", "yes": true, "half": 0.5 },
        })).await;
        let data = answer.accepted(201);
        assert_eq!(data["user"], json!({
            "id": data["user"]["id"], "email": format!("alice+{client}@example.com"),
            "username": format!("alice-{client}-example-com"), "name": "Alice Smith", "bio": "I am a bio",
            "timeZone": "Europe/Rome", "weekStart": "Monday", "createdDate": "2026-03-02T09:15:04.120Z",
            "timeFormat": 24, "defaultScheduleId": data["user"]["defaultScheduleId"], "locale": "fr",
            "avatarUrl": "example.com/a.png", "metadata": { "z": 1, "key": "value", "yes": true, "half": 0.5 },
        }));
        assert!(answer.text.contains("{\"z\":1,\"key\":\"value\",\"yes\":true,\"half\":0.5}"), "{}", answer.text);
        assert_eq!(data["accessTokenExpiresAt"], 1_772_446_500_000_i64);
        assert_eq!(data["refreshTokenExpiresAt"], 1_803_945_600_000_i64);
        let read = on_user(&server, &world, "GET", &data["user"]["id"], &json!({})).await;
        assert_eq!(read.accepted(200), &data["user"]);
    }

    /// MU-14, MU-17, MU-19, QK-13
    async fn what_is_left_out_or_null_gets_its_default(server: TestServer) {
        let world = server.world().await;
        let nulls = json!({ "email": "b@example.com", "name": "", "timeFormat": null, "weekStart": null, "timeZone": null, "locale": null, "avatarUrl": null, "bio": null, "metadata": null });
        for body in [json!({ "email": "a@example.com", "name": "" }), nulls] {
            let answer = create(&server, &world, &body).await;
            let user = &answer.accepted(201)["user"];
            let expected = json!({
                "id": user["id"], "email": user["email"], "username": user["username"], "name": "", "bio": null,
                "timeZone": "Europe/London", "weekStart": "Sunday", "createdDate": user["createdDate"],
                "timeFormat": 12, "defaultScheduleId": null, "locale": null, "avatarUrl": null,
            });
            assert_eq!(user, &expected, "metadata is absent, the others null");
            let conn = server.app.store.read().await.unwrap();
            assert_eq!(schedules::of_user(&conn, user_id(user)).await.unwrap(), []);
        }
    }

    /// MU-13, MU-14, MU-16, OC-11
    async fn a_schedule_comes_with_a_zone_and_event_types_with_the_clients_switch(server: TestServer) {
        let world = server.world().await;
        let plain = create(&server, &world, &json!({ "email": "a@example.com", "name": "A", "timeZone": "Asia/Tokyo" })).await;
        enable_default_event_types(&server, &world).await;
        let full = create(&server, &world, &json!({ "email": "b@example.com", "name": "B", "timeZone": "Asia/Tokyo" })).await;
        let conn = server.app.store.read().await.unwrap();
        for answer in [&plain, &full] {
            let user = &answer.accepted(201)["user"];
            let found = schedules::of_user(&conn, user_id(user)).await.unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!(user["defaultScheduleId"], found[0].id.0);
            assert_eq!((found[0].name.as_str(), found[0].time_zone.as_deref(), found[0].is_default), ("Default schedule", Some("Asia/Tokyo"), true));
            assert_eq!(found[0].weekly, slotd_domain::defaults::weekly_hours());
            assert_eq!(found[0].overrides, []);
        }
        assert_eq!(event_types::of_user(&conn, user_id(&plain.body["data"]["user"])).await.unwrap(), []);
        let mut found: Vec<_> = event_types::of_user(&conn, user_id(&full.body["data"]["user"])).await.unwrap()
            .into_iter().map(|stored| stored.event_type)
            .map(|event_type| (event_type.title, event_type.slug, event_type.length_minutes, json!(event_type.locations))).collect();
        found.sort_by(|a, b| a.1.cmp(&b.1));
        let video = json!([{ "type": "integrations:daily" }]);
        assert_eq!(found, [
            ("60 Minutes".to_owned(), "sixty-minutes".to_owned(), 60, json!([])),
            ("60 Minutes".to_owned(), "sixty-minutes-video".to_owned(), 60, video.clone()),
            ("30 Minutes".to_owned(), "thirty-minutes".to_owned(), 30, json!([])),
            ("30 Minutes".to_owned(), "thirty-minutes-video".to_owned(), 30, video),
        ]);
    }

    /// MU-9, MU-10, MU-15, MU-25
    async fn a_user_gets_a_profile_and_a_membership_and_nothing_else(server: TestServer) {
        let world = server.world().await;
        server.new_person(Some((world.organization, slotd_domain::Role::Member, true))).await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let id = user_id(&user["user"]);
        let conn = server.app.store.read().await.unwrap();
        let standing = organizations::standing(&conn, world.organization, id).await.unwrap().unwrap();
        assert_eq!((standing.role.as_deref(), standing.accepted), (Some("MEMBER"), Some(true)));
        let client = OAuthClientId::new(&*world.client);
        assert_eq!(oauth_clients::count_users(&conn, &client).await.unwrap(), Some((1,)));
        drop(conn);
        let listed = list(&server, &world, "").await;
        assert_eq!(listed.accepted(200), &json!([user["user"]]), "other members of the organization are not listed");
    }

    /// MU-11, QI-19, EN-6, QK-6
    async fn an_address_that_is_taken_is_refused_with_the_existing_id(server: TestServer) {
        let (one, two) = (server.world().await, server.world().await);
        let user = server.new_managed_user(&one, "alice@example.com").await;
        let suffixed = user["user"]["email"].as_str().unwrap().to_owned();
        for email in ["alice@example.com", "ALICE@Example.com", &suffixed] {
            let answer = create(&server, &one, &json!({ "email": email, "name": "Other" })).await;
            assert_eq!(answer.refused(409), format!("User with the provided e-mail already exists. Existing user ID={}", user["user"]["id"]));
            assert_eq!(answer.body["error"]["code"], "ConflictException");
        }
        let other = server.new_managed_user(&two, "alice@example.com").await;
        assert_ne!(other["user"]["id"], user["user"]["id"], "the same address under another client is another user");

        // Another address that leads to a username which is taken.
        let answer = create(&server, &one, &json!({ "email": "alice@example.com.au", "name": "A" })).await;
        assert_eq!(answer.refused(409), "Invalid Input: Trying to create a record that already exists.");
        assert_eq!(answer.body["error"]["code"], "CONFLICT");
        assert!(answer.body["error"].get("details").is_none());
        assert_eq!(list(&server, &one, "").await.accepted(200).as_array().unwrap().len(), 1);
    }

    /// MU-2, MU-12, QI-20
    async fn a_refused_creation_leaves_nothing_behind(server: TestServer) {
        let world = server.world().await;
        for (field, value) in [("timeZone", json!("incorrect-time-zone")), ("timeFormat", json!(100))] {
            let answer = create(&server, &world, &json!({ "email": "a@example.com", "name": "A", field: value })).await;
            assert_eq!(answer.invalid_fields(), [field]);
        }
        assert_eq!(list(&server, &world, "").await.accepted(200), &json!([]));
        // Refused inside the transaction, after the user's row was written.
        server.new_managed_user(&world, "alice@example.com").await;
        let _ = create(&server, &world, &json!({ "email": "alice@example.com.au", "name": "A", "timeZone": "UTC" })).await.refused(409);
        let _ = create(&server, &world, &json!({ "email": "alice@example.com.au", "name": "A", "timeZone": "UTC" })).await.refused(409);
        assert_eq!(list(&server, &world, "?emails=alice@example.com.au").await.accepted(200), &json!([]));
    }

    /// MU-20, MU-26, PG-1, PG-3, QI-8, VA-5, VA-11
    async fn users_are_listed_in_pages_oldest_first(server: TestServer) {
        let world = server.world().await;
        let mut created = Vec::new();
        for n in 0..3 {
            created.push(server.new_managed_user(&world, &format!("u{n}@example.com")).await["user"].clone());
        }
        for (query, expected) in [
            ("", &created[..]),
            ("?limit=10&offset=0", &created[..]),
            ("?limit=2", &created[..2]),
            ("?limit=2&offset=1", &created[1..]),
            ("?limit=1.9&unknown=1", &created[..1]),
            ("?offset=3", &[]),
            ("?offset=100000", &[]),
            ("?limit=250", &created[..]),
        ] {
            assert_eq!(list(&server, &world, query).await.accepted(200), &json!(expected), "{query}");
        }
        for (query, value, constraints) in [
            ("limit=0", json!(0), json!({ "min": "limit must not be less than 1" })),
            ("limit=251", json!(251), json!({ "max": "limit must not be greater than 250" })),
            ("offset=-1", json!(-1), json!({ "min": "offset must not be less than 0" })),
            ("limit=abc", json!(null), json!({ "max": "limit must not be greater than 250", "min": "limit must not be less than 1", "isNumber": "limit must be a number conforming to the specified constraints" })),
            ("limit=", json!(""), json!({ "max": "limit must not be greater than 250", "min": "limit must not be less than 1", "isNumber": "limit must be a number conforming to the specified constraints" })),
            ("offset=", json!(""), json!({ "min": "offset must not be less than 0", "isNumber": "offset must be a number conforming to the specified constraints" })),
        ] {
            let answer = list(&server, &world, &format!("?{query}")).await;
            let field = query.split('=').next().unwrap();
            assert_eq!(answer.invalid_fields(), [field], "{query}");
            let entry = &answer.body["error"]["details"]["errors"][0];
            assert_eq!((&entry["value"], &entry["constraints"]), (&value, &constraints), "{query}");
            assert_eq!(entry["target"], json!({ field: value }));
        }
        for query in ["?limit=99999999999999999999", "?limit=1e400", "?offset=NaN", "?limit=0x10", "?offset=-99999999999999999999"] {
            assert_eq!(list(&server, &world, query).await.invalid_fields().len(), 1, "{query}");
        }
        let with_origin = server.call("GET", &users(&world)).secret(&world.secret).header("Origin", "https://evil.example");
        let _ = with_origin.send().await.accepted(200);
    }

    /// MU-21, MU-22, MU-23, MU-24
    async fn the_filter_takes_plain_and_suffixed_addresses(server: TestServer) {
        let world = server.world().await;
        let a = server.new_managed_user(&world, "a@example.com").await["user"].clone();
        let b = server.new_managed_user(&world, "b@example.com").await["user"].clone();
        let suffixed = |user: &Value| user["email"].as_str().unwrap().replace('+', "%2B");
        for (query, expected) in [
            ("emails=a@example.com".to_owned(), json!([a])),
            ("emails=b@example.com, a@example.com".replace(' ', "%20"), json!([a, b])),
            (format!("emails={}", suffixed(&a)), json!([a])),
            (format!("emails={},{}", suffixed(&b), suffixed(&a)), json!([a, b])),
            (format!("emails=a@example.com,{}", suffixed(&a)), json!([a])),
            ("emails=a@example.com&emails=b@example.com".to_owned(), json!([a, b])),
            ("emails=A@example.com".to_owned(), json!([])),
            ("emails=nobody@example.com".to_owned(), json!([])),
            ("emails=a@example.com,b@example.com&limit=1&offset=1".to_owned(), json!([b])),
        ] {
            assert_eq!(list(&server, &world, &format!("?{query}")).await.accepted(200), &expected, "{query}");
        }
        let unencoded = a["email"].as_str().unwrap();
        for (query, shown) in [
            ("emails=invalid-email".to_owned(), "invalid-email".to_owned()),
            ("emails=".to_owned(), String::new()),
            ("emails=a@b.co,,c@d.co".to_owned(), String::new()),
            ("emails=invalid&limit=0".to_owned(), "invalid".to_owned()),
            (format!("emails={unencoded}"), unencoded.replace('+', " ")),
        ] {
            let answer = list(&server, &world, &format!("?{query}")).await;
            assert_eq!(answer.refused(400), format!("Invalid email {shown}"), "{query}");
            assert_eq!(answer.body["error"]["details"]["statusCode"], 400);
        }
    }

    /// MU-30, MU-42, QI-6
    async fn an_id_that_is_no_user_of_the_client_is_a_404(server: TestServer) {
        let (one, two) = (server.world().await, server.world().await);
        let foreign = server.new_managed_user(&two, "a@example.com").await["user"]["id"].to_string();
        let mine = server.new_managed_user(&one, "a@example.com").await["user"].clone();
        assert_eq!(on_user(&server, &one, "GET", &mine["id"], &json!({})).await.accepted(200), &mine);
        let regular = one.owner.to_string();
        let plus = format!("+{}", mine["id"]);
        let zero = format!("0{}", mine["id"]);
        for id in [foreign.as_str(), &regular, &plus, &zero, "0", "-1", "999999", "99999999999999999999", "abc", "1.5", "%00", "%FF", "1%20"] {
            for (method, rest) in [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/force-refresh")] {
                let answer = server.call(method, &format!("{}/{id}{rest}", users(&one))).secret(&one.secret).send().await;
                let message = answer.refused(404);
                if id.is_ascii() && !id.contains('%') {
                    assert_eq!(message, format!("User with ID {id} is not part of this OAuth client."));
                }
            }
        }
        let _ = on_user(&server, &two, "GET", &json!(foreign.parse::<i64>().unwrap()), &json!({})).await.accepted(200);
    }

    /// MU-31, MU-32, MU-33, MU-34, MU-36, QI-12
    async fn a_patch_changes_exactly_what_is_given(server: TestServer) {
        let world = server.world().await;
        let created = create(&server, &world, &json!({
            "email": "alice@example.com", "name": "Alice", "timeZone": "Europe/Rome", "bio": "b", "metadata": { "a": 1, "b": 2 },
        })).await.accepted(201)["user"].clone();
        let patch = async |body: Value| on_user(&server, &world, "PATCH", &created["id"], &body).await;
        assert_eq!(patch(json!({})).await.accepted(200), &created);
        for (field, value) in [
            ("name", json!("Bob")), ("timeFormat", json!(24)), ("weekStart", json!("Friday")), ("timeZone", json!("Asia/Tokyo")),
            ("locale", json!("pt-BR")), ("avatarUrl", json!("https://x.example/a.png")), ("bio", json!("")), ("metadata", json!({ "c": true })),
        ] {
            let mut expected = on_user(&server, &world, "GET", &created["id"], &json!({})).await.accepted(200).clone();
            expected[field] = value.clone();
            assert_eq!(patch(json!({ field: value })).await.accepted(200), &expected, "{field}");
            let read = on_user(&server, &world, "GET", &created["id"], &json!({})).await;
            assert_eq!(read.accepted(200), &expected, "{field}");
        }
        let conn = server.app.store.read().await.unwrap();
        let schedule = &schedules::of_user(&conn, user_id(&created)).await.unwrap()[0];
        assert_eq!(schedule.time_zone.as_deref(), Some("Europe/Rome"), "the schedule keeps its zone");
        drop(conn);

        let client = &world.client;
        let renamed = patch(json!({ "email": "pineapple-pizza@gmail.com", "locale": "pt-BR" })).await;
        assert_eq!(renamed.accepted(200)["email"], format!("pineapple-pizza+{client}@gmail.com"));
        assert_eq!(renamed.accepted(200)["username"], format!("pineapple-pizza-{client}-gmail-com"));
        assert_eq!(renamed.accepted(200)["name"], "Bob");
        // The old name is free again, also in the profile.
        server.new_managed_user(&world, "alice@example.com").await;
        let taken = patch(json!({ "email": "alice@example.com", "name": "Nobody" })).await;
        assert_eq!(taken.refused(409), "Invalid Input: Trying to create a record that already exists.");
        let read = on_user(&server, &world, "GET", &created["id"], &json!({})).await;
        assert_eq!(read.accepted(200)["name"], "Bob", "a refused change changes nothing");
    }

    /// MU-35, VA-6, QI-17
    async fn null_clears_what_can_be_empty_and_is_refused_elsewhere(server: TestServer) {
        let world = server.world().await;
        let user = create(&server, &world, &json!({
            "email": "alice@example.com", "name": "Alice", "timeZone": "Europe/Rome", "bio": "b", "locale": "fr",
            "avatarUrl": "a.example", "metadata": { "a": 1 },
        })).await.accepted(201)["user"].clone();
        let patch = async |body: Value| on_user(&server, &world, "PATCH", &user["id"], &body).await;
        for field in ["email", "weekStart", "timeZone"] {
            assert_eq!(patch(json!({ field: null })).await.invalid_fields(), [field]);
        }
        let cleared = patch(json!({ "bio": null, "avatarUrl": null, "locale": null, "name": null, "timeFormat": null, "defaultScheduleId": null, "metadata": null })).await;
        let cleared = cleared.accepted(200);
        for field in ["bio", "avatarUrl", "locale", "name", "timeFormat", "defaultScheduleId"] {
            assert_eq!(cleared[field], Value::Null, "{field}");
        }
        assert!(cleared.get("metadata").is_none());
        for email in ["x", "x@localhost", "a b@c.de"] {
            assert_eq!(patch(json!({ "email": email })).await.invalid_fields(), ["email"]);
        }
        let back = patch(json!({ "defaultScheduleId": user["defaultScheduleId"] })).await;
        assert_eq!(back.accepted(200)["defaultScheduleId"], user["defaultScheduleId"]);
    }

    /// QI-18, ME-11
    async fn a_default_schedule_must_be_the_users_own(server: TestServer) {
        let world = server.world().await;
        let (one, two) = (server.new_managed_user(&world, "a@example.com").await, server.new_managed_user(&world, "b@example.com").await);
        let path = |user: &Value| user["user"]["id"].clone();
        for id in [two["user"]["defaultScheduleId"].clone(), json!(0), json!(-1), json!(1.5), json!(1e300), json!(99_999_999_999_i64)] {
            let answer = on_user(&server, &world, "PATCH", &path(&one), &json!({ "defaultScheduleId": id, "name": "X" })).await;
            assert_eq!(answer.invalid_fields(), ["defaultScheduleId"], "{id}");
            let error = &answer.body["error"]["details"]["errors"][0];
            assert_eq!(error["target"], json!({ "defaultScheduleId": id, "name": "X" }));
            assert_eq!(error["value"], id);
        }
        let read = on_user(&server, &world, "GET", &path(&one), &json!({})).await;
        assert_eq!(read.accepted(200), &one["user"], "nothing was changed");
    }

    /// MU-37, MU-38, MU-39
    async fn a_deleted_user_is_gone_with_everything(server: TestServer) {
        let world = server.world().await;
        enable_default_event_types(&server, &world).await;
        let created = server.new_managed_user(&world, "alice@example.com").await;
        let id = &created["user"]["id"];
        let key = server.new_key(user_id(&created["user"]), None, None).await;
        let deleted = on_user(&server, &world, "DELETE", id, &json!({})).await;
        assert_eq!(deleted.accepted(200), &created["user"]);
        for method in ["GET", "PATCH", "DELETE"] {
            let _ = on_user(&server, &world, method, id, &json!({})).await.refused(404);
        }
        let force = server.call("POST", &format!("{}/{id}/force-refresh", users(&world))).secret(&world.secret).send().await;
        let _ = force.refused(404);
        let token = created["accessToken"].as_str().unwrap();
        assert_eq!(server.call("GET", "/v2/me").bearer(token).send().await.refused(401), "Invalid Access Token.");
        let _ = server.call("GET", "/v2/me").bearer(&key).send().await.refused(401);
        let refresh = server.call("POST", &format!("/v2/oauth/{}/refresh", world.client)).secret(&world.secret);
        let refresh = refresh.json(&json!({ "refreshToken": created["refreshToken"] })).send().await;
        assert_eq!(refresh.refused(400), "Invalid refresh token");
        let conn = server.app.store.read().await.unwrap();
        let gone = user_id(&created["user"]);
        assert_eq!(schedules::of_user(&conn, gone).await.unwrap(), []);
        assert_eq!(event_types::of_user(&conn, gone).await.unwrap(), []);
        assert!(organizations::standing(&conn, world.organization, gone).await.unwrap().unwrap().role.is_none());
        drop(conn);

        let again = server.new_managed_user(&world, "alice@example.com").await;
        assert_ne!(&again["user"]["id"], id, "a new user has a new id");
        let _ = server.call("GET", "/v2/me").bearer(token).send().await.refused(401);
    }

    /// MU-7: numbers come back to the last digit.
    async fn numbers_in_metadata_are_not_rounded(server: TestServer) {
        let world = server.world().await;
        let body = "{\"email\":\"a@example.com\",\"name\":\"A\",\"metadata\":{\"x\":94.95886283158103,\"y\":0.1,\"z\":9007199254740993}}";
        let path = users(&world);
        let created = server.call("POST", &path).secret(&world.secret).body("application/json", body).send().await;
        let id = created.accepted(201)["user"]["id"].clone();
        let read = on_user(&server, &world, "GET", &id, &json!({})).await;
        for answer in [&created, &read] {
            assert!(answer.text.contains("{\"x\":94.95886283158103,\"y\":0.1,\"z\":9007199254740993}"), "{}", answer.text);
        }
    }

    /// MU-40, MU-41, TK-4, QI-21
    async fn force_refresh_ends_all_tokens_of_this_client(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let path = format!("{}/{}/force-refresh", users(&world), user["user"]["id"]);
        // Several pairs are valid at once.
        let second = server.call("POST", &format!("/v2/oauth/{}/refresh", world.client)).secret(&world.secret);
        let second = second.json(&json!({ "refreshToken": user["refreshToken"] })).send().await.accepted(200).clone();
        for token in [&user["accessToken"], &second["accessToken"]] {
            let _ = server.call("GET", "/v2/me").bearer(token.as_str().unwrap()).send().await.accepted(200);
        }
        let neighbour = server.new_managed_user(&world, "neighbour@example.com").await;
        let fresh = server.call("POST", &path).secret(&world.secret).send().await;
        let fresh = fresh.accepted(200);
        assert_eq!(fresh.as_object().unwrap().len(), 4);
        let me = async |token: &Value| server.call("GET", "/v2/me").bearer(token.as_str().unwrap()).send().await;
        let _ = me(&user["accessToken"]).await.refused(401);
        let _ = me(&second["accessToken"]).await.refused(401);
        let _ = me(&neighbour["accessToken"]).await.accepted(200);
        assert_eq!(me(&fresh["accessToken"]).await.accepted(200)["id"], user["user"]["id"]);
        let refresh = async |token: &Value| {
            let call = server.call("POST", &format!("/v2/oauth/{}/refresh", world.client)).secret(&world.secret);
            call.json(&json!({ "refreshToken": token })).send().await
        };
        assert_eq!(refresh(&user["refreshToken"]).await.refused(400), "Invalid refresh token");
        assert_eq!(refresh(&second["refreshToken"]).await.refused(400), "Invalid refresh token");
        let _ = refresh(&fresh["refreshToken"]).await.accepted(200);
        // It also works when the old tokens have expired.
        server.advance(jiff::SignedDuration::from_hours(24 * 400));
        let again = server.call("POST", &path).secret(&world.secret).send().await;
        let _ = me(&again.accepted(200)["accessToken"]).await.accepted(200);
    }
}
