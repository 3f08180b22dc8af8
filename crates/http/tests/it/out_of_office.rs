//! Days out of office (section 16 of the availability rules, section 11 of the
//! organizations' rules).

use futures_util::future::join_all;
use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::{Value, json};
use slotd_domain::{MembershipId, OrganizationId, Role, UserId};
use slotd_store::{organizations, out_of_office};
use slotd_testkit::{Answer, Tables, TestServer, World, on_both_engines};

/// An organization with two managed users.
struct Place<'a> {
    server: &'a TestServer,
    world: World,
    alice: i64,
    bob: i64,
}

impl<'a> Place<'a> {
    async fn new(server: &'a TestServer) -> Self {
        let world = server.world().await;
        let alice = server.new_managed_user(&world, "alice@example.com").await;
        let bob = server.new_managed_user(&world, "bob@example.com").await;
        let [alice, bob] = [alice, bob].map(|user| user["user"]["id"].as_i64().unwrap());
        Self { server, world, alice, bob }
    }

    fn path(&self, user: i64, entry: &str) -> String {
        let entry = if entry.is_empty() { String::new() } else { format!("/{entry}") };
        format!("/v2/organizations/{}/users/{user}/ooo{entry}", self.world.organization)
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        let call = self.server.call(method, path).bearer(&self.world.key);
        if body.is_null() { call.send().await } else { call.json(body).send().await }
    }

    async fn post(&self, user: i64, body: &Value) -> Answer {
        self.call("POST", &self.path(user, ""), body).await
    }

    async fn patch(&self, user: i64, entry: &Value, body: &Value) -> Answer {
        self.call("PATCH", &self.path(user, &entry["id"].to_string()), body).await
    }

    async fn list(&self, user: i64, query: &str) -> Value {
        self.call("GET", &(self.path(user, "") + query), &Value::Null).await.accepted(200).clone()
    }

    async fn list_all(&self, query: &str) -> Answer {
        let path = format!("/v2/organizations/{}/ooo{query}", self.world.organization);
        self.call("GET", &path, &Value::Null).await
    }
}

/// Days of May 2026.
fn days(first: u8, last: u8) -> Value {
    json!({ "start": format!("2026-05-{first:02}T13:00:00Z"), "end": format!("2026-05-{last:02}T01:30:00.123Z") })
}

fn days_to(first: u8, last: u8, to_user: i64) -> Value {
    let mut body = days(first, last);
    body["toUserId"] = to_user.into();
    body
}

fn ids(entries: &Value) -> Vec<i64> {
    entries.as_array().unwrap().iter().map(|entry| entry["id"].as_i64().unwrap()).collect()
}

on_both_engines! {
    /// OOF-1, ORG-56: what is written is whole days of UTC.
    async fn entries_are_created_listed_changed_and_deleted(server: TestServer) {
        let place = Place::new(&server).await;
        let (alice, bob) = (place.alice, place.bob);
        let body = json!({ "start": "2025-05-01T01:00:00.000Z", "end": "2025-05-10T13:59:59Z", "unknown": 1, "notes": null, "toUserId": null, "reason": null });
        let first = place.post(alice, &body).await.accepted(201).clone();
        assert_eq!(uuid::Uuid::parse_str(first["uuid"].as_str().unwrap()).unwrap().get_version_num(), 4);
        assert_eq!(first, json!({
            "id": first["id"], "uuid": first["uuid"], "userId": alice, "toUserId": null, "start": "2025-05-01T00:00:00.000Z",
            "end": "2025-05-10T23:59:59.999Z", "reason": "unspecified", "notes": null,
        }));
        let body = json!({ "start": "2026-05-03T23:59:59Z", "end": "2026-05-03T00:00:00Z", "notes": "By the sea 😀", "toUserId": bob, "reason": "public_holiday" });
        let second = place.post(alice, &body).await.accepted(201).clone();
        assert_eq!(second, json!({
            "id": second["id"], "uuid": second["uuid"], "userId": alice, "toUserId": bob, "start": "2026-05-03T00:00:00.000Z",
            "end": "2026-05-03T23:59:59.999Z", "reason": "public_holiday", "notes": "By the sea 😀",
        }));
        assert_eq!(place.list(alice, "").await, json!([first, second]));
        assert_eq!(place.list(bob, "").await, json!([]));

        // What is not sent stays, null clears.
        let mut changed = second.clone();
        assert_eq!(place.patch(alice, &second, &json!({})).await.accepted(200), &changed);
        changed["reason"] = json!("sick");
        assert_eq!(place.patch(alice, &second, &json!({ "reason": "sick" })).await.accepted(200), &changed);
        (changed["start"], changed["end"]) = (json!("2026-05-08T00:00:00.000Z"), json!("2026-05-09T23:59:59.999Z"));
        assert_eq!(place.patch(alice, &second, &days(8, 9)).await.accepted(200), &changed);
        (changed["notes"], changed["toUserId"]) = (Value::Null, Value::Null);
        assert_eq!(place.patch(alice, &second, &json!({ "notes": null, "toUserId": null })).await.accepted(200), &changed);
        changed["toUserId"] = json!(bob);
        assert_eq!(place.patch(alice, &second, &json!({ "toUserId": bob })).await.accepted(200), &changed);
        assert_eq!(place.list(alice, "").await, json!([first, changed]));

        let path = place.path(alice, &second["id"].to_string());
        assert_eq!(place.call("DELETE", &path, &Value::Null).await.accepted(200), &changed);
        for method in ["DELETE", "PATCH"] {
            assert_eq!(place.call(method, &path, &json!({})).await.refused(403), "This OOO entry does not belong to this user.");
        }
        assert_eq!(place.list(alice, "").await, json!([first]));
    }

    /// ORG-57: in this order.
    async fn what_is_wrong_is_told_in_the_contracts_words_and_order(server: TestServer) {
        let place = Place::new(&server).await;
        let (alice, bob, stranger) = (place.alice, place.bob, server.world().await.owner.0);
        let kept = place.post(alice, &days(1, 2)).await.accepted(201).clone();
        for (status, text, body) in [
            (400, "Start date must be before end date.", days_to(9, 8, alice)),
            (409, "Ooo entry already exists.", days_to(1, 2, alice)),
            (409, "Ooo entry already exists.", json!({ "start": "2026-05-01T00:00:00Z", "end": "2026-05-02T23:59:59.999Z" })),
            (400, "Cannot redirect to self.", days_to(1, 3, alice)),
            (400, "Cannot redirect to this user.", days_to(1, 3, stranger.into())),
            (400, "Cannot redirect to this user.", days_to(1, 3, 0)),
            (400, "Cannot redirect to this user.", days_to(1, 3, -7)),
            (400, "Cannot redirect to this user.", days_to(1, 3, i64::MAX)),
        ] {
            assert_eq!(place.post(alice, &body).await.refused(status), text, "{body}");
            // Also the entry's own days count (ORG-58).
            assert_eq!(place.patch(alice, &kept, &body).await.refused(status), text, "{body}");
        }
        for to_user in [json!(1.5), json!(1e300)] {
            let mut body = days(5, 6);
            body["toUserId"] = to_user;
            assert_eq!(place.post(alice, &body).await.refused(400), "Cannot redirect to this user.");
        }
        for half in [json!({ "start": "2026-05-01T00:00:00Z" }), json!({ "end": "2026-05-01T00:00:00Z", "toUserId": alice })] {
            assert_eq!(place.patch(alice, &kept, &half).await.refused(400), "Please specify both ooo start and end time.");
        }
        let to_self = place.patch(alice, &kept, &json!({ "toUserId": alice })).await;
        assert_eq!(to_self.refused(400), "Cannot redirect to self.");

        // OOF-6: other days may overlap, and other users have days of their own.
        let _ = place.post(alice, &days(1, 3)).await.accepted(201);
        let _ = place.post(bob, &days(1, 2)).await.accepted(201);
        assert_eq!(place.patch(alice, &kept, &days(1, 3)).await.refused(409), "Ooo entry already exists.");
        assert_eq!(place.list(alice, "").await[0], kept);
    }

    /// ORG-57: two users never send bookings of one day to each other.
    async fn redirects_do_not_go_round_in_circles(server: TestServer) {
        let place = Place::new(&server).await;
        let (alice, bob) = (place.alice, place.bob);
        let _ = place.post(alice, &days_to(10, 12, bob)).await.accepted(201);
        for circle in [days_to(12, 14, alice), days_to(8, 10, alice), days_to(11, 11, alice), days_to(1, 31, alice)] {
            assert_eq!(place.post(bob, &circle).await.refused(400), "Booking redirect infinite not allowed.", "{circle}");
        }
        let beside = place.post(bob, &days_to(13, 14, alice)).await.accepted(201).clone();
        let plain = place.post(bob, &days(12, 14)).await.accepted(201).clone();
        for (entry, change) in [
            (&beside, days(12, 14)), (&beside, days(12, 15)), (&plain, json!({ "toUserId": alice })), (&plain, days_to(9, 10, alice)),
        ] {
            let refused = place.patch(bob, entry, &change).await;
            assert_eq!(refused.refused(400), "Booking redirect infinite not allowed.", "{change}");
        }
        let _ = place.patch(bob, &beside, &json!({ "notes": "x" })).await.accepted(200);
        let _ = place.patch(bob, &plain, &days_to(20, 21, alice)).await.accepted(200);
        assert_eq!(place.post(alice, &days_to(21, 21, bob)).await.refused(400), "Booking redirect infinite not allowed.");
    }

    /// ORG-57: of two requests that exclude each other one is told, however they race.
    async fn races_leave_neither_circles_nor_duplicates(server: TestServer) {
        let place = Place::new(&server).await;
        let (alice, bob) = (place.alice, place.bob);
        let one = days(1, 2);
        let answers = join_all((0..8).map(|_| place.post(alice, &one))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        for refused in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!(refused.refused(409), "Ooo entry already exists.");
        }
        for day in 3..9 {
            let (to_bob, to_alice) = (days_to(day, day, bob), days_to(day, day, alice));
            let (first, second) = tokio::join!(place.post(alice, &to_bob), place.post(bob, &to_alice));
            let mut statuses = [first.status, second.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 400], "{} {}", first.text, second.text);
        }
        // The same by changes: of the days, and of whom to book instead.
        let to_bob = place.post(alice, &days_to(20, 20, bob)).await.accepted(201).clone();
        let to_alice = place.post(bob, &days_to(21, 21, alice)).await.accepted(201).clone();
        let day = days(25, 25);
        let (first, second) = tokio::join!(place.patch(alice, &to_bob, &day), place.patch(bob, &to_alice, &day));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "{} {}", first.text, second.text);
    }

    async fn bad_input_names_its_field(server: TestServer) {
        let place = Place::new(&server).await;
        let alice = place.alice;
        let kept = place.post(alice, &days(1, 2)).await.accepted(201).clone();
        let good = "2026-05-05T00:00:00Z";
        for bad in [
            json!("2026-05-05"), json!("2026-05-05T10:00:00"), json!("2026-05-05T10:00:00+02:00"), json!("2026-02-29T00:00:00Z"),
            json!("2026-04-31T00:00:00Z"), json!("10000-01-01T00:00:00Z"), json!("-000001-01-01T00:00:00Z"), json!("2026-05-05T24:00:00Z"),
            json!("tomorrow"), json!(""), json!(1_777_000_000), json!({}), json!([good]), json!("2026-05-05T00:00:00Z\0"), json!(true), Value::Null,
        ] {
            for (start, end, field) in [(json!(good), bad.clone(), "end"), (bad.clone(), json!(good), "start")] {
                let body = json!({ "start": start, "end": end });
                for answer in [place.post(alice, &body).await, place.patch(alice, &kept, &body).await] {
                    assert_eq!(answer.refused(400), "Invalid Date.", "{body}");
                    assert_eq!(answer.body["error"]["details"]["errors"][0]["property"], field, "{body}");
                }
            }
        }
        for missing in [json!({}), json!([]), json!({ "toUserId": place.bob })] {
            assert_eq!(place.post(alice, &missing).await.invalid_fields(), ["start", "end"]);
        }
        for (field, bad) in [
            ("notes", json!(1)), ("notes", json!("x".repeat(20_001))), ("notes", json!("\0")), ("toUserId", json!("2")), ("toUserId", json!([1])),
            ("reason", json!("bored")), ("reason", json!("Vacation")), ("reason", json!(1)),
        ] {
            let mut body = days(5, 6);
            body[field] = bad;
            assert_eq!(place.post(alice, &body).await.invalid_fields(), [field]);
            assert_eq!(place.patch(alice, &kept, &body).await.invalid_fields(), [field]);
        }
        assert_eq!(place.patch(alice, &kept, &json!({ "reason": null })).await.invalid_fields(), ["reason"]);
        assert_eq!(place.list(alice, "").await, json!([kept]));

        // The first and the last day that there are, and the longest notes.
        let ends = json!({ "start": "0000-01-01T00:00:00Z", "end": "9999-12-31T23:59:59.999Z", "notes": "é".repeat(20_000) });
        let ends = place.post(alice, &ends).await.accepted(201).clone();
        assert_eq!((&ends["start"], &ends["end"]), (&json!("0000-01-01T00:00:00.000Z"), &json!("9999-12-31T23:59:59.999Z")));
        assert_eq!(place.list(alice, "?skip=1").await, json!([ends]));
    }

    /// ORG-24, ORG-26
    async fn lists_are_sorted_filtered_and_cut(server: TestServer) {
        let place = Place::new(&server).await;
        let (alice, bob) = (place.alice, place.bob);
        let mut entries = Vec::new();
        for (user, first, last) in [(alice, 5, 9), (alice, 1, 20), (alice, 5, 7), (bob, 2, 3)] {
            entries.push(place.post(user, &days(first, last)).await.accepted(201)["id"].as_i64().unwrap());
        }
        let [a, b, c, d] = entries[..] else { unreachable!("there are four") };
        for (query, of_alice, of_all) in [
            ("", vec![a, b, c], vec![a, b, c, d]),
            ("?sortStart=asc", vec![b, a, c], vec![b, d, a, c]),
            ("?sortStart=desc", vec![a, c, b], vec![a, c, d, b]),
            ("?sortEnd=asc", vec![c, a, b], vec![d, c, a, b]),
            ("?sortEnd=desc", vec![b, a, c], vec![b, a, c, d]),
            ("?sortStart=asc&sortEnd=asc", vec![b, c, a], vec![b, d, c, a]),
            ("?sortEnd=desc&sortStart=desc", vec![a, c, b], vec![a, c, d, b]),
            ("?sortStart=&sortEnd=&take=&skip=", vec![a, b, c], vec![a, b, c, d]),
            ("?take=1&skip=1", vec![b], vec![b]),
            ("?take=250&skip=2&sortEnd=asc", vec![b], vec![a, b]),
            ("?skip=99999999999999", vec![], vec![]),
        ] {
            assert_eq!(ids(&place.list(alice, query).await), of_alice, "{query}");
            assert_eq!(ids(place.list_all(query).await.accepted(200)), of_all, "{query}");
        }

        // ORG-T41: one user's, by the address as it is shown, in any letter case.
        let address = |name: &str| format!("{name}%2B{}@example.com", place.world.client);
        let of = async |email: &str, rest: &str| ids(place.list_all(&format!("?email={email}{rest}")).await.accepted(200));
        assert_eq!(of(&address("alice"), "&sortEnd=desc&take=2").await, [b, a]);
        assert_eq!(of(&address("BOB"), "").await, [d]);
        assert_eq!(of(&address("carol"), "").await, [0; 0]);

        for (query, fields) in [
            ("take=0", vec!["take"]), ("take=251", vec!["take"]), ("take=x&skip=-1", vec!["take", "skip"]),
            ("sortStart=up&sortEnd=ASC&take=-1", vec!["take", "sortStart", "sortEnd"]), ("sortStart=%00", vec!["sortStart"]),
        ] {
            let path = place.path(alice, &format!("?{query}")).replace("ooo/", "ooo");
            assert_eq!(place.call("GET", &path, &Value::Null).await.invalid_fields(), fields, "{query}");
            assert_eq!(place.list_all(&format!("?{query}")).await.invalid_fields(), fields, "{query}");
        }
        for email in ["", "nobody", "a%00@example.com", "a b@example.com"] {
            assert_eq!(place.list_all(&format!("?email={email}")).await.invalid_fields(), ["email"], "{email}");
        }
    }

    /// ORG-11 to ORG-17: the checks in their order.
    async fn who_may_is_checked_before_what_was_sent(server: TestServer) {
        let (place, other) = (Place::new(&server).await, Place::new(&server).await);
        let (alice, organization) = (place.alice, place.world.organization);
        let entry = place.post(alice, &days(1, 2)).await.accepted(201).clone();
        let bad = json!({ "start": "x" });
        let one = place.path(alice, &entry["id"].to_string());
        let calls = [
            ("GET", format!("/v2/organizations/{organization}/ooo?take=0")), ("GET", place.path(alice, "") + "?take=0"),
            ("POST", place.path(alice, "")), ("PATCH", one.clone()), ("DELETE", one.clone()),
        ];
        let member = server.new_person(Some((organization, Role::Member, true))).await;
        let member_key = server.new_key(member, Some(organization), None).await;
        for (method, path) in &calls {
            let ask = async |path: &str, key: &str| server.call(method, path).bearer(key).json(&bad).send().await;
            assert_eq!(server.call(method, path).json(&bad).send().await.status, 401, "{method}");
            // The organization in the path, before the caller's role there.
            for unknown in ["2147483647", "99999999999", "0", "-1", "01"] {
                let path = path.replace(&format!("organizations/{organization}/"), &format!("organizations/{unknown}/"));
                for key in [&place.world.key, &member_key] {
                    assert_eq!(
                        ask(&path, key).await.refused(403),
                        format!("IsOrgGuard - provided organization id={unknown} does not represent any existing organization."),
                    );
                }
            }
            let path_of_text = path.replace(&format!("organizations/{organization}/"), "organizations/x/");
            assert_eq!(ask(&path_of_text, &place.world.key).await.refused(400), "Validation failed (numeric string is expected)");
            assert_eq!(
                ask(path, &other.world.key).await.refused(403),
                format!("RolesGuard - User is not a member of the organization with id={organization}."),
            );
            assert_eq!(
                ask(path, &member_key).await.refused(403),
                format!("RolesGuard - user with id={member} does not have the minimum required role=ORG_ADMIN within organization with id={organization} team with id=undefined."),
            );
            // A user who is not in the organization, before the body.
            if path.contains("/users/") {
                for unknown in [other.alice.to_string(), "2147483647".to_owned(), "99999999999".to_owned(), format!("0{alice}")] {
                    let path = path.replace(&format!("/users/{alice}/"), &format!("/users/{unknown}/"));
                    assert_eq!(
                        ask(&path, &place.world.key).await.refused(403),
                        format!("IsUserInOrg - user with id={unknown} is not part of the organization with id={organization}."),
                    );
                }
                let path = path.replace(&format!("/users/{alice}/"), "/users/x/");
                assert_eq!(ask(&path, &place.world.key).await.refused(400), "Validation failed (numeric string is expected)");
            }
        }
        // An entry of another user, in this organization and in another one.
        let foreign = other.post(other.alice, &days(1, 2)).await.accepted(201)["id"].to_string();
        for (user, id) in [(place.bob, entry["id"].to_string()), (alice, foreign.clone()), (alice, "2147483647".to_owned()), (alice, "0".to_owned())] {
            for method in ["PATCH", "DELETE"] {
                let answer = place.call(method, &place.path(user, &id), &bad).await;
                assert_eq!(answer.refused(403), "This OOO entry does not belong to this user.");
            }
        }
        assert_eq!(place.call("DELETE", &place.path(alice, "x"), &Value::Null).await.refused(400), "Validation failed (numeric string is expected)");
        assert_eq!(ids(place.list_all("").await.accepted(200)), ids(&json!([entry])));
        assert_eq!(ids(&other.list(other.alice, "").await).len(), 1);
        // The same day of a stranger does not show in an organization, whatever the filter.
        assert_eq!(place.list_all(&format!("?email=alice%2B{}@example.com", other.world.client)).await.accepted(200), &json!([]));
    }

    /// ORG-7, ORG-10, ORG-14: client credentials and bound keys open their own
    /// organization alone, although the person as whom they act owns two.
    async fn bound_credentials_open_no_other_organization(server: TestServer) {
        let (place, other) = (Place::new(&server).await, Place::new(&server).await);
        let (organization, owner, now) = (other.world.organization, place.world.owner, server.now());
        let membership = MembershipId(server.app.store.next_id(slotd_store::Sequence::Membership).await.unwrap());
        server.write(move |conn| Box::pin(async move {
            organizations::insert_membership(conn, membership, organization, owner, Role::Owner.name(), true, now).await.map(drop)
        })).await;
        let unbound = server.new_key(owner, None, None).await;
        let bound_to_both = server.new_key(owner, Some(organization), None).await;
        let by_secret = |path: &str| server.call("GET", path).header("x-cal-client-id", &place.world.client).secret(&place.world.secret);
        let (own, foreign) = (place.path(place.alice, ""), other.path(other.alice, ""));
        let text = format!("RolesGuard - User is not a member of the organization with id={organization}.");
        assert_eq!(by_secret(&foreign).send().await.refused(403), text);
        assert_eq!(server.call("GET", &foreign).bearer(&place.world.key).send().await.refused(403), text);
        let _ = by_secret(&own).send().await.accepted(200);
        let _ = server.call("GET", &own).bearer(&bound_to_both).send().await.refused(403);
        for (path, key) in [(&own, &unbound), (&foreign, &unbound), (&foreign, &bound_to_both)] {
            let _ = server.call("GET", path).bearer(key).send().await.accepted(200);
        }

        // Roles that were not accepted count for nothing (Q-IMP-1), a system administrator needs none.
        let invited = server.new_person(Some((organization, Role::Owner, false))).await;
        let invited_key = server.new_key(invited, None, None).await;
        assert_eq!(server.call("GET", &foreign).bearer(&invited_key).send().await.refused(403), text);
        server.database.run_sql(&format!("update user_account set is_system_admin = true where id = {invited}")).await;
        let _ = server.call("GET", &foreign).bearer(&invited_key).send().await.accepted(200);
        let unknown = server.call("GET", "/v2/organizations/2147483647/ooo").bearer(&invited_key).send().await;
        let _ = unknown.refused(403);
    }

    /// OC-19: a token that lives in a browser manages nobody, whatever was stored about its user.
    async fn managed_users_tokens_do_not_open_organizations(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let (id, organization) = (user["user"]["id"].as_i64().unwrap(), world.organization);
        server.database.run_sql(&format!("update membership set role = 'ADMIN' where user_id = {id}")).await;
        server.database.run_sql(&format!("update user_account set is_system_admin = true where id = {id}")).await;
        let path = format!("/v2/organizations/{organization}/users/{id}/ooo");
        for method in ["GET", "POST"] {
            let answer = server.call(method, &path).bearer(user["accessToken"].as_str().unwrap()).json(&days(1, 2)).send().await;
            assert!(answer.refused(403).contains("minimum required role=ORG_ADMIN"), "{}", answer.text);
        }
    }

    /// OOF-7: what slots read, and OOF-8.
    async fn entries_of_a_range_of_dates_are_read_and_go_with_their_users(server: TestServer) {
        let place = Place::new(&server).await;
        let (alice, bob) = (place.alice, place.bob);
        let late = place.post(alice, &days_to(20, 25, bob)).await.accepted(201).clone();
        let early = place.post(alice, &json!({ "start": "2026-05-01T00:00:00Z", "end": "2026-05-10T00:00:00Z", "notes": "n", "reason": "travel" })).await.accepted(201).clone();
        let _ = place.post(bob, &days(1, 31)).await.accepted(201);
        let user = UserId(i32::try_from(alice).unwrap());
        let touching = async |from, to| {
            let conn = server.app.store.read().await.unwrap();
            out_of_office::touching(&conn, user, date(2026, 5, from), date(2026, 5, to)).await.unwrap()
        };
        for (from, to, found) in [
            (11, 19, vec![]), (10, 19, vec![&early]), (11, 20, vec![&late]), (10, 20, vec![&early, &late]), (25, 31, vec![&late]),
            (26, 31, vec![]), (1, 1, vec![&early]), (22, 22, vec![&late]), (1, 31, vec![&early, &late]),
        ] {
            let ids: Vec<i64> = touching(from, to).await.iter().map(|away| away.id.0.into()).collect();
            let expected: Vec<i64> = found.iter().map(|entry| entry["id"].as_i64().unwrap()).collect();
            assert_eq!(ids, expected, "{from} to {to}");
        }
        let away = touching(1, 31).await;
        assert_eq!((away[0].user_id, away[0].start_date, away[0].end_date), (user, date(2026, 5, 1), date(2026, 5, 10)));
        assert_eq!((away[0].reason.as_str(), away[0].notes.as_deref(), &away[0].to_user), ("travel", Some("n"), &None));
        let bobs = away[1].to_user.clone().unwrap();
        let username = format!("bob-{}-example-com", place.world.client);
        assert_eq!((i64::from(bobs.id.0), bobs.name.as_deref(), bobs.username.as_deref()), (bob, Some("Alice"), Some(username.as_str())));

        // Entries go with whoever is away, and with whoever was to be booked instead.
        for (user, left) in [(bob, vec![early["id"].to_string()]), (alice, vec![])] {
            let path = format!("/v2/oauth-clients/{}/users/{user}", place.world.client);
            let _ = place.call("DELETE", &path, &Value::Null).await.accepted(200);
            let tables = Tables::open(&server.database.options.location).await;
            assert_eq!(tables.column("select cast(id as text) from out_of_office order by id").await, left);
        }
        assert_eq!(place.post(alice, &days(1, 2)).await.status, 403);
    }

    /// A user has at most 1,000 entries; those that are made at once are counted one after the other.
    async fn a_user_has_at_most_a_thousand_entries(server: TestServer) {
        let place = Place::new(&server).await;
        let (user, now) = (UserId(i32::try_from(place.alice).unwrap()), server.now());
        server.write(move |conn| Box::pin(async move {
            for n in 0..998 {
                let day = date(2030, 1, 1).checked_add(SignedDuration::from_hours(24 * n)).unwrap();
                let entry = out_of_office::Entry {
                    id: slotd_domain::OutOfOfficeId(1_000_000 + i32::try_from(n).unwrap()), uuid: n.to_string(), user_id: user, to_user_id: None,
                    start_date: day, end_date: day, reason: "sick".to_owned(), notes: None,
                };
                out_of_office::insert(conn, &entry, now).await?;
            }
            Ok(())
        })).await;
        let bodies: Vec<Value> = (1..=5).map(|day| days(day, day)).collect();
        let answers = join_all(bodies.iter().map(|body| place.post(place.alice, body))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 2);
        for refused in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!(refused.refused(400), "A user can have at most 1000 out-of-office entries.");
        }
        let _ = place.post(place.bob, &days(1, 2)).await.accepted(201);
    }

    /// An organization that is no platform has entries, too; a team is no organization (ORG-17).
    async fn organizations_of_every_kind_have_entries(server: TestServer) {
        let world = server.world().await;
        let organization = world.organization;
        server.database.run_sql(&format!("update team set is_platform = false where id = {organization}")).await;
        let path = |id: OrganizationId| format!("/v2/organizations/{id}/users/{}/ooo", world.owner);
        let created = server.call("POST", &path(organization)).bearer(&world.key).json(&days(1, 2)).send().await;
        assert_eq!(created.accepted(201)["userId"], world.owner.0);
        server.database.run_sql(&format!("update team set is_organization = false where id = {organization}")).await;
        let refused = server.call("GET", &path(organization)).bearer(&world.key).send().await;
        assert_eq!(refused.refused(403), format!("IsOrgGuard - provided organization id={organization} does not represent any existing organization."));
    }
}
