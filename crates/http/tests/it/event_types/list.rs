//! The forms of the list.

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::{PATH, User, call};

async fn as_nobody(server: &TestServer, query: &str) -> Value {
    call(server, "GET", &format!("{PATH}{query}")).send().await.accepted(200).clone()
}

fn slugs(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap()).collect()
}

on_both_engines! {
    /// ET-19, ET-50, ET-52, ET-53
    async fn event_types_are_found_by_username_and_slug(server: TestServer) {
        let world = server.world().await;
        let user = User::managed(&server, &world, "alice@example.com").await;
        let other = User::regular(&server).await;
        other.create("theirs", json!({})).await;
        user.create("b", json!({})).await;
        user.create("a", json!({})).await;
        let hidden = user.create("hidden", json!({ "hidden": true })).await;
        let name = &user.username;

        assert_eq!(slugs(&as_nobody(&server, &format!("?username={name}")).await), ["b", "a"], "by id, without the hidden one");
        assert_eq!(slugs(&other.list(&format!("?username={name}")).await), ["b", "a"]);
        assert_eq!(slugs(&user.list(&format!("?username={name}")).await), ["b", "a", "hidden"]);
        assert_eq!(slugs(&user.list("").await), ["b", "a", "hidden"]);
        assert_eq!(slugs(&user.list("?sortCreatedAt=desc").await), ["hidden", "a", "b"]);
        assert_eq!(slugs(&as_nobody(&server, &format!("?username={name}&sortCreatedAt=asc")).await), ["b", "a"]);

        let one = |slug: &str| format!("?username={name}&eventSlug={slug}");
        assert_eq!(slugs(&as_nobody(&server, &one("a")).await), ["a"]);
        assert_eq!(as_nobody(&server, &one("hidden")).await, json!([]));
        assert_eq!(other.list(&one("hidden")).await, json!([]));
        assert_eq!(user.list(&one("hidden")).await[0]["id"], hidden["id"]);
        for nothing in [one("none"), one("%00"), "?username=nobody".to_owned(), "?username=%00".to_owned(), "?usernames=nobody".to_owned()] {
            assert_eq!(as_nobody(&server, &nothing).await, json!([]), "{nothing}");
        }
        // A username comes before usernames, and a slug alone is nothing.
        assert_eq!(slugs(&as_nobody(&server, &format!("?usernames={}&username={name}", other.username)).await), ["b", "a"]);
        assert_eq!(slugs(&other.list("?eventSlug=a").await), ["theirs"]);
        for wrong in ["?sortCreatedAt=up", "?orgId=x"] {
            let answer = call(&server, "GET", &format!("{PATH}{wrong}")).send().await;
            assert_eq!(answer.invalid_fields().len(), 1, "{wrong}");
        }
    }

    /// ET-51
    async fn an_organization_narrows_the_search(server: TestServer) {
        let (world, foreign) = (server.world().await, server.world().await);
        let managed = User::managed(&server, &world, "alice@example.com").await;
        let regular = User::regular(&server).await;
        managed.create("managed", json!({})).await;
        regular.create("regular", json!({})).await;
        // The organization's owner is no managed user, and belongs to it.
        let owner = call(&server, "POST", PATH).bearer(&world.key);
        let body = json!({ "lengthInMinutes": 30, "title": "T", "slug": "owner" });
        let owner = owner.json(&body).send().await.accepted(201)["users"][0]["username"].as_str().unwrap().to_owned();
        let (own, other) = (world.organization, foreign.organization);
        for (username, slug, found_by) in [
            (&managed.username, "managed", [true, true, true, false, false]),
            (&owner, "owner", [false, true, true, false, false]),
            (&regular.username, "regular", [true, false, false, false, false]),
        ] {
            let places = [
                String::new(), format!("&orgId={own}"), format!("&orgSlug=organization-{own}"), format!("&orgId={other}"),
                "&orgSlug=unknown%00".to_owned(),
            ];
            for (place, is_found) in places.iter().zip(found_by) {
                let found = as_nobody(&server, &format!("?username={username}{place}")).await;
                assert_eq!(slugs(&found), if is_found { vec![slug] } else { vec![] }, "{slug} {place}");
            }
        }
        let both = format!("?username={}&orgId={other}&orgSlug=organization-{own}", managed.username);
        assert_eq!(as_nobody(&server, &both).await, json!([]), "of two that differ");
    }

    /// ET-54
    async fn several_usernames_make_one_dynamic_event_type(server: TestServer) {
        let world = server.world().await;
        let (one, two) = (User::managed(&server, &world, "one@example.com").await, User::regular(&server).await);
        let (first, second) = (&one.username, &two.username);
        let mut found = as_nobody(&server, &format!("?usernames={first},unknown, {second},{first}")).await;
        assert_eq!(found.as_array().unwrap().len(), 1);
        let users = found[0]["users"].take();
        let ids: Vec<i64> = users.as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap()).collect();
        assert_eq!(ids, [one.id, two.id]);
        for (name, value) in [
            ("id", json!(0)), ("ownerId", json!(0)), ("slug", json!("dynamic")), ("title", json!("Group Meeting")),
            ("lengthInMinutes", json!(30)), ("lengthInMinutesOptions", json!([15, 30, 45, 60, 90])),
            ("minimumBookingNotice", json!(120)), ("description", json!("Join us for a meeting with multiple people")),
            ("locations", json!([{ "type": "integration", "integration": "cal-video" }])), ("bookingFields", json!([])),
            ("disableGuests", json!(true)), ("customName", json!("Group Meeting")), ("successRedirectUrl", json!("")),
            ("metadata", json!({ "multipleDuration": [15, 30, 45, 60, 90] })),
        ] {
            assert_eq!(found[0][name], value, "{name}");
        }
        let many: Vec<String> = (0..101).map(|number| format!("u{number}")).collect();
        let answer = call(&server, "GET", &format!("{PATH}?usernames={}", many.join(","))).send().await;
        assert_eq!(answer.refused(400), "usernames can name at most 100 users.");
    }
}
