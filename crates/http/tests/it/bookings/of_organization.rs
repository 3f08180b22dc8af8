//! Lists of an organization's bookings (file 03, section 22; file 05, section 13).

use serde_json::{Value, json};
use slotd_domain::Role;
use slotd_testkit::{Answer, TestServer, World, on_both_engines};

use super::list::person;
use super::{at, book, bookable, booked, wanted_by};
use crate::slots::Host;

async fn list(server: &TestServer, world: &World, path: &str) -> Answer {
    let path = format!("/v2/organizations/{}{path}", world.organization);
    server.call("GET", &path).bearer(&world.key).send().await
}

fn uids(bookings: &[&Value]) -> Vec<String> {
    bookings.iter().map(|booking| booking["uid"].as_str().unwrap().to_owned()).collect()
}

fn listed(answer: &Answer) -> Vec<String> {
    uids(&answer.accepted(200).as_array().unwrap().iter().collect::<Vec<_>>())
}

on_both_engines! {
    /// BK-144, ORG-64 to ORG-66, ORG-T50 to ORG-T55, R22.1 to R22.3
    async fn an_organization_lists_what_its_members_host_or_attend(server: TestServer) {
        let world = server.world().await;
        let (a, id) = person(&server, &world, "a", &json!({})).await;
        let (b, _) = person(&server, &world, "b", &json!({})).await;
        let (outsider, foreign) = bookable(&server, &json!({})).await;
        let hosted = booked(&server, id, &at("10:00")).await;
        // An outsider's event type knows no suffix, so members book it with theirs.
        let attends = async |name: &str, hour: &str| {
            let email = format!("{name}+{}@klinik.test", world.client);
            book(&server, &wanted_by(foreign, &at(hour), &email)).await.accepted(201).clone()
        };
        let (by_a, by_b) = (attends("a", "11:00").await, attends("b", "12:00").await);
        let _ = booked(&server, foreign, &at("13:00")).await;

        let (user_a, user_b) = (a.id, b.id);
        for (query, expected) in [
            (String::new(), vec![&hosted, &by_a, &by_b]),
            (format!("?userIds={user_a}"), vec![&hosted, &by_a]),
            (format!("?userIds={user_b}"), vec![&by_b]),
            (format!("?userIds={user_a},{user_b}"), vec![&hosted, &by_a, &by_b]),
            (format!("?eventTypeIds={foreign}"), vec![&by_a, &by_b]),
            (format!("?eventTypeIds={id}"), vec![&hosted]),
            (format!("?eventTypeIds={id},{foreign}&userIds={user_a}&sortStart=desc"), vec![&by_a, &hosted]),
            ("?attendeeEmail=b@klinik.test".to_owned(), vec![&by_b]),
            ("?status=past".to_owned(), vec![]),
        ] {
            let answer = list(&server, &world, &format!("/bookings{query}")).await;
            assert_eq!(listed(&answer), uids(&expected), "{query}");
            assert_eq!(answer.body["pagination"]["totalItems"], expected.len(), "{query}");
        }
        let generic = "Bad request: Please check your request data and try again";
        for (query, reason) in [
            ("userIds=999999".to_owned(), "The requested users do not exist."),
            (format!("userIds={user_a},999999"), "The requested users do not exist."),
            ("eventTypeIds=999999".to_owned(), "The requested event-types do not exist."),
        ] {
            let refused = list(&server, &world, &format!("/bookings?{query}")).await;
            assert_eq!(refused.refused(400), generic, "{query}");
            assert_eq!(refused.body["error"]["details"]["message"], reason, "{query}");
        }
        let stranger = format!("/bookings?userIds={user_a},{}", outsider.id);
        assert_eq!(
            list(&server, &world, &stranger).await.refused(403),
            "You do not have permissions to fetch bookings for specified userIds",
        );
        assert_eq!(list(&server, &world, "/bookings?userIds=x").await.invalid_fields(), ["userIds"]);
        assert_eq!(list(&server, &world, "/bookings?take=251").await.invalid_fields(), ["take"]);

        // Credentials of the client do, members' and strangers' do not.
        let path = format!("/v2/organizations/{}/bookings", world.organization);
        let client = server.call("GET", &path).header("x-cal-client-id", &world.client).secret(&world.secret).send().await;
        assert_eq!(listed(&client).len(), 3);
        let other = server.world().await;
        let member = server.new_person(Some((world.organization, Role::Member, true))).await;
        let member = server.new_key(member, None, None).await;
        for key in [&a.key, &member, &outsider.key, &other.key] {
            let _ = server.call("GET", &path).bearer(key).send().await.refused(403);
        }
        let _ = server.call("GET", &path).send().await.refused(401);
        assert_eq!(listed(&list(&server, &other, "/bookings").await), [""; 0]);
    }

    /// BK-146, ORG-68, ORG-T58
    async fn a_members_list_has_what_the_member_hosts_or_attends(server: TestServer) {
        let world = server.world().await;
        let (a, id) = person(&server, &world, "a", &json!({})).await;
        let (b, of_b) = person(&server, &world, "b", &json!({})).await;
        let hosted = booked(&server, id, &at("10:00")).await;
        let attended = book(&server, &wanted_by(of_b, &at("11:00"), "a@klinik.test")).await.accepted(201).clone();
        let of_a = list(&server, &world, &format!("/users/{}/bookings", a.id)).await;
        assert_eq!(listed(&of_a), uids(&[&hosted, &attended]));
        assert_eq!(of_a.body["pagination"], json!({
            "totalItems": 2, "remainingItems": 0, "returnedItems": 2, "itemsPerPage": 100, "currentPage": 1,
            "totalPages": 1, "hasNextPage": false, "hasPreviousPage": false,
        }));
        let of_b_alone = list(&server, &world, &format!("/users/{}/bookings", b.id)).await;
        assert_eq!(listed(&of_b_alone), uids(&[&attended]));
        // Of the owner only what the owner takes part in.
        let of_owner = list(&server, &world, &format!("/users/{}/bookings", world.owner)).await;
        assert_eq!(listed(&of_owner), [""; 0]);
        let _ = list(&server, &world, &format!("/users/{}/bookings?eventTypeIds=999999", a.id)).await.refused(400);

        let stranger = Host::new(&server).await;
        let _ = list(&server, &world, &format!("/users/{}/bookings", stranger.id)).await.refused(403);
        let path = format!("/v2/organizations/{}/users/{}/bookings", world.organization, a.id);
        let _ = server.call("GET", &path).bearer(&a.key).send().await.refused(403);
        let _ = server.call("GET", &path).bearer(&server.world().await.key).send().await.refused(403);
    }

    /// R8.4: an administrator sees of an outsider's shared booking nobody else.
    async fn an_organization_sees_no_strangers_seats(server: TestServer) {
        let world = server.world().await;
        let (a, _) = person(&server, &world, "a", &json!({})).await;
        let seats = json!({ "seats": { "seatsPerTimeSlot": 3, "showAttendeeInfo": false, "showAvailabilityCount": true } });
        let (_, foreign) = bookable(&server, &seats).await;
        let own = format!("a+{}@klinik.test", world.client);
        for email in ["stranger@mail.test", &own] {
            let _ = book(&server, &wanted_by(foreign, &at("10:00"), email)).await.accepted(201);
        }
        let of_all = list(&server, &world, "/bookings").await;
        assert_eq!(of_all.accepted(200)[0]["attendees"], json!([]));
        let of_a = list(&server, &world, &format!("/users/{}/bookings", a.id)).await;
        let attendees = of_a.accepted(200)[0]["attendees"].as_array().unwrap().clone();
        assert_eq!(attendees.len(), 1);
        assert_eq!(attendees[0]["email"], own);
    }
}
