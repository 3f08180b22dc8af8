//! Creating: what has to be there, slugs, schedules, bounds.

use std::sync::Arc;

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::{PATH, User, call, everything, fields, least, texts};

on_both_engines! {
    /// ET-36, section 6.6 of the availability rules
    async fn the_least_event_type_has_every_default(server: TestServer) {
        let world = server.world().await;
        let user = User::managed(&server, &world, "alice@example.com").await;
        let mut created = user.create("least", json!({})).await;
        assert_eq!(user.get(&created["id"]).await.accepted(200), &created);
        let shown = fields(created.clone());
        assert!(shown["id"].as_i64().unwrap() > 0);
        for absent in [
            "lengthInMinutesOptions", "bookingLimitsCount", "bookingLimitsDuration", "bookerLayouts", "color",
            "customName", "destinationCalendar", "calVideoSettings",
        ] {
            assert!(!shown.contains_key(absent), "{absent}");
        }
        assert_eq!(created["bookingFields"].as_array().unwrap().len(), 7);
        for own in ["id", "bookingFields"] {
            created.as_object_mut().unwrap().remove(own);
        }
        let mut expected = fields(json!({
            "ownerId": user.id,
            "lengthInMinutes": 60,
            "title": "Title",
            "slug": "least",
            "description": "",
            "locations": [],
            "recurrence": null,
            "disableGuests": false,
            "slotInterval": null,
            "minimumBookingNotice": 120,
            "beforeEventBuffer": 0,
            "afterEventBuffer": 0,
            "offsetStart": 0,
            "scheduleId": null,
            "successRedirectUrl": null,
            "interfaceLanguage": null,
            "metadata": {},
            "price": 0,
            "currency": "usd",
            "lockTimeZoneToggleOnBookingPage": false,
            "forwardParamsSuccessRedirect": true,
            "isInstantEvent": false,
            "users": [{
                "id": user.id, "name": "Alice", "username": user.username, "avatarUrl": null, "brandColor": null,
                "darkBrandColor": null, "weekStart": "Sunday", "metadata": {},
            }],
        }));
        expected.extend(fields(json!({
            "onlyShowFirstAvailableSlot": false,
            "requiresBookerEmailVerification": false,
            "hideCalendarNotes": false,
            "hideCalendarEventDetails": false,
            "hideOrganizerEmail": false,
            "useDestinationCalendarEmail": false,
            "hidden": false,
            "bookingRequiresAuthentication": false,
            "allowReschedulingPastBookings": false,
            "allowReschedulingCancelledBookings": false,
            "showOptimizedSlots": false,
            "bookingWindow": { "disabled": true },
            "confirmationPolicy": { "disabled": true },
            "seats": { "disabled": true },
            "bookerActiveBookingsLimit": { "disabled": true },
            "disableCancelling": { "disabled": false },
            "disableRescheduling": { "disabled": false },
            "bookingUrl": "",
        })));
        assert_eq!(created, Value::Object(expected));
    }

    /// ET-2, ET-36, AV-5: everything that can be set is shown as it was sent, and the
    /// complete output, with another slug, makes the same event type again.
    async fn a_complete_event_type_makes_the_same_one_again(server: TestServer) {
        let user = User::regular(&server).await;
        let first = user.create("first", everything().into()).await;
        let sent = everything();
        for (name, sent) in sent.iter().filter(|(name, _)| *name != "bookingFields") {
            assert_eq!(&first[name], sent, "{name}");
        }
        assert_eq!(first["metadata"], json!({ "multipleDuration": [15, 30] }));
        assert_eq!(first["bookingUrl"], format!("http://localhost:5555/{}/first", user.username));

        let mut again = first.clone();
        again["slug"] = json!("second");
        let second = user.post(&again).await.accepted(201).clone();
        for own in ["id", "slug", "bookingUrl"] {
            again[own] = second[own].clone();
        }
        assert_eq!(second, again);
        assert_ne!(second["id"], first["id"]);
    }

    /// ET-1
    async fn length_title_and_slug_are_needed(server: TestServer) {
        let user = User::regular(&server).await;
        for missing in ["lengthInMinutes", "title", "slug"] {
            let mut body = least("x");
            body.remove(missing);
            let answer = user.post(&Value::Object(body)).await;
            assert_eq!(answer.invalid_fields(), [missing]);
        }
        // A body in the shape of 2024-04-15.
        let older = user.post(&json!({ "length": 60, "title": "T", "slug": "x" })).await;
        assert_eq!(older.invalid_fields(), ["lengthInMinutes"]);
        assert_eq!(user.post(&json!({})).await.invalid_fields(), ["lengthInMinutes", "title", "slug"]);
        assert_eq!(user.post(&json!([])).await.invalid_fields().len(), 3);
        assert_eq!(user.create("empty-title", json!({ "title": "" })).await["title"], "", "observed");
    }

    /// ET-3, ET-4
    async fn a_slug_is_unique_for_its_owner_once_it_is_normalised(server: TestServer) {
        let (user, other) = (User::regular(&server).await, User::regular(&server).await);
        assert_eq!(user.create("  --.._Intro Ü ", json!({})).await["slug"], "Intro Ü");
        let taken = "User already has an event type with this slug.";
        for slug in ["Intro Ü", "---Intro Ü", "_Intro Ü  "] {
            let answer = user.try_create(slug, json!({})).await;
            assert_eq!(answer.refused(400), taken, "{slug}");
            assert_eq!(answer.body["error"]["code"], "BadRequestException");
        }
        assert_eq!(user.create("intro ü", json!({})).await["slug"], "intro ü", "case counts");
        assert_eq!(other.create("Intro Ü", json!({})).await["slug"], "Intro Ü", "another owner");
        for empty in ["", "  ", "-._"] {
            assert_eq!(user.try_create(empty, json!({})).await.invalid_fields(), ["slug"], "{empty}");
        }
    }

    /// ET-4: of many who create one slug at once, one does.
    async fn races_for_one_slug_have_one_winner(server: TestServer) {
        let id = server.new_person(None).await;
        let key = server.new_key(id, None, None).await;
        let server = Arc::new(server);
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (server, key) = (Arc::clone(&server), key.clone());
            callers.spawn(async move {
                call(&server, "POST", PATH).bearer(&key).json(&Value::Object(least("same"))).send().await
            });
        }
        let mut winners = 0;
        while let Some(answer) = callers.join_next().await {
            let answer = answer.unwrap();
            if answer.status == 201 {
                winners += 1;
            } else {
                assert_eq!(answer.refused(400), "User already has an event type with this slug.");
            }
        }
        assert_eq!(winners, 1);
        let listed = call(&server, "GET", PATH).bearer(&key).send().await;
        assert_eq!(listed.accepted(200).as_array().unwrap().len(), 1);
    }

    /// ET-5
    async fn a_schedule_has_to_be_the_callers(server: TestServer) {
        let world = server.world().await;
        let (user, other) = (
            server.new_managed_user(&world, "a@example.com").await,
            User::managed(&server, &world, "b@example.com").await,
        );
        let schedule = user["user"]["defaultScheduleId"].clone();
        let own = User {
            server: &server,
            id: user["user"]["id"].as_i64().unwrap(),
            username: String::new(),
            token: user["accessToken"].as_str().unwrap().to_owned(),
        };
        let created = own.create("own", json!({ "scheduleId": schedule })).await;
        assert_eq!(created["scheduleId"], schedule);
        let refused = |user: &User<'_>, id: &Value| format!("User with ID={} does not own schedule with ID={id}", user.id);
        let answer = other.try_create("x", json!({ "scheduleId": schedule })).await;
        assert_eq!(answer.refused(404), refused(&other, &schedule));
        for id in [json!(0), json!(-1), json!(2_147_483_647)] {
            let answer = other.try_create("x", json!({ "scheduleId": id })).await;
            assert_eq!(answer.refused(404), refused(&other, &id));
        }
        let theirs = other.create("x", json!({})).await;
        let answer = other.patch(&theirs["id"], json!({ "scheduleId": schedule })).await;
        assert_eq!(answer.refused(404), refused(&other, &schedule));
        let answer = own.patch(&created["id"], json!({ "scheduleId": null })).await;
        assert_eq!(answer.accepted(200)["scheduleId"], Value::Null);
    }

    /// ET-6
    async fn lengths_to_choose_from_need_not_have_the_usual_one(server: TestServer) {
        let user = User::regular(&server).await;
        let created = user.create("x", json!({ "lengthInMinutesOptions": [15, 30] })).await;
        assert_eq!(created["lengthInMinutesOptions"], json!([15, 30]));
        assert_eq!(created["metadata"]["multipleDuration"], json!([15, 30]));
        for (options, text) in [
            (json!([]), "lengthInMinutesOptions should not be empty"),
            (json!([15, 15]), "All lengthInMinutesOptions's elements must be unique"),
            (json!([15, 0]), "1 must not be less than 1"),
            (json!(["15"]), "0 must be an integer number"),
            (json!(15), "lengthInMinutesOptions must be an array"),
            (json!((1..102).collect::<Vec<_>>()), "lengthInMinutesOptions must contain no more than 100 elements"),
        ] {
            let answer = user.try_create("y", json!({ "lengthInMinutesOptions": options })).await;
            assert_eq!(texts(&answer), [text]);
        }
    }

    /// HTML and scripts are texts like others: stored and returned as they are.
    async fn names_and_descriptions_are_text_whatever_they_look_like(server: TestServer) {
        let user = User::regular(&server).await;
        let html = "<script>alert(1)</script><b onmouseover=\"x\">&amp;' or 1=1 --</b>";
        let created = user.create(html, json!({
            "title": html, "description": html, "locations": [{ "type": "address", "address": html, "public": false }],
            "bookingFields": [{ "type": "text", "slug": html, "label": html, "required": false, "placeholder": html }],
        })).await;
        for shown in [created.clone(), user.get(&created["id"]).await.accepted(200).clone()] {
            assert_eq!([&shown["title"], &shown["slug"], &shown["description"]], [html; 3]);
            assert_eq!(shown["locations"][0]["address"], html);
            assert_eq!(shown["bookingFields"][3]["label"], html);
            assert!(!shown["bookingUrl"].as_str().unwrap().contains('<'));
        }
        let answer = user.get(&created["id"]).await;
        assert!(answer.headers["content-type"].starts_with("application/json"));
    }

    /// Bounds: a user has at most 1,000 event types, and no text or list is without end.
    async fn everything_has_an_end(server: TestServer) {
        let user = User::regular(&server).await;
        let long = "x".repeat(1_001);
        let too_long = |name: &str, most: usize| format!("{name} must be shorter than or equal to {most} characters");
        for (field, value, text) in [
            ("title", json!(long), too_long("title", 1_000)),
            ("slug", json!(long), too_long("slug", 1_000)),
            ("customName", json!(long), too_long("customName", 1_000)),
            ("description", json!("x".repeat(20_001)), too_long("description", 20_000)),
            ("lengthInMinutes", json!(525_601), "lengthInMinutes must not be greater than 525600".to_owned()),
            ("lengthInMinutes", json!(0), "lengthInMinutes must not be less than 1".to_owned()),
            ("lengthInMinutes", json!(1.5), "lengthInMinutes must be an integer number".to_owned()),
            ("slotInterval", json!(0), "slotInterval must not be less than 1".to_owned()),
            ("beforeEventBuffer", json!(-1), "beforeEventBuffer must not be less than 0".to_owned()),
            ("title", json!("a\0b"), "title must not contain the NUL character".to_owned()),
        ] {
            assert_eq!(texts(&user.try_create("x", json!({ field: value })).await), [text]);
        }

        user.create("first", json!({})).await;
        let owner = user.id;
        server.database.run_sql(&format!(
            "insert into event_type (id, user_id, title, slug, length_minutes, locations, created_at)
             with recursive number (n) as (select 1 union all select n + 1 from number where n < 998)
             select 1000000 + n, {owner}, 'T', 'slug' || n, 30, '[]', created_at
             from number, event_type where slug = 'first'"
        )).await;
        user.create("the-last", json!({})).await;
        let answer = user.try_create("one-too-many", json!({})).await;
        assert_eq!(answer.refused(400), "A user can have at most 1000 event types.");
        assert_eq!(user.list("").await.as_array().unwrap().len(), 1_000);
    }

    /// AV-1, AV-6
    async fn versions_and_ids_decide_before_anything_is_read(server: TestServer) {
        let user = User::regular(&server).await;
        for id in ["abc", "1.5", "1e3", "-", "+1", "%20"] {
            for method in ["GET", "PATCH", "DELETE"] {
                let answer = user.send(method, &format!("{PATH}/{id}"), &json!({})).await;
                assert_eq!(answer.refused(400), "Validation failed (numeric string is expected)", "{method} {id}");
            }
        }
        for id in ["0", "-1", "01", "99999999999999999999"] {
            let answer = user.send("GET", &format!("{PATH}/{id}"), &json!({})).await;
            assert_eq!(answer.refused(404), format!("Event type with id {id} not found"));
        }
        let created = user.create("x", json!({})).await;
        let path = format!("{PATH}/{}", created["id"]);
        for newer in ["2024-06-14", "2024-08-13", "2024-09-04", "2026-02-25"] {
            let answer = server.call("GET", &path).header("cal-api-version", newer).bearer(&user.token).send().await;
            assert_eq!(answer.accepted(200), &created, "{newer}");
        }
    }
}
