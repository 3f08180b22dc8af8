//! Lists of bookings (file 03, section 10).

use jiff::SignedDuration;
use serde_json::{Value, json};
use slotd_domain::{AttendeeId, BookingId, Role, UserId};
use slotd_store::Sequence;
use slotd_store::bookings::{self, NewAttendee, NewBooking};
use slotd_testkit::{Answer, TestServer, World, on_both_engines};

use super::get::{change_rows, read_as};
use super::{CURRENT, at, book, bookable, booked, call, call_as, uid, wanted, wanted_by, with};
use crate::slots::{Host, daily, id_of, set_clock};

/// A list with a query.
async fn list(host: &Host<'_>, query: &str) -> Answer {
    read_as(host.server, &host.key, &format!("?{query}")).await
}

/// The places that bookings have among those a test made, in the order of a list.
fn places(made: &[Value], listed: &Answer) -> Vec<usize> {
    let listed = listed.accepted(200).as_array().unwrap();
    let place = |found: &Value| made.iter().position(|made| made["uid"] == found["uid"]).unwrap();
    listed.iter().map(place).collect()
}

async fn set_status(server: &TestServer, booking: &Value, status: &str) {
    let id = &booking["id"];
    change_rows(
        server,
        &format!("update booking set status = '{status}' where id = {id} returning id"),
    )
    .await;
}

/// A managed user with hours and an event type.
pub(super) async fn person<'a>(
    server: &'a TestServer,
    world: &World,
    name: &str,
    fields: &Value,
) -> (Host<'a>, i32) {
    let user = server.new_managed_user(world, &format!("{name}@klinik.test")).await;
    let key = user["accessToken"].as_str().unwrap().to_owned();
    let host = Host { server, id: id_of(&user["user"]), key };
    host.schedule(&daily("UTC")).await;
    let id = host.event_type("own", &with(&json!({ "minimumBookingNotice": 0 }), fields)).await;
    (host, id)
}

/// The booking of somebody with a name and an address.
fn named(event_type: i32, start: &str, name: &str, email: &str) -> Value {
    let mut body = wanted_by(event_type, start, email);
    body["attendee"]["name"] = name.into();
    body
}

on_both_engines! {
    /// R10.3, ME-8: an address that its user has not proven opens nothing at other tenants.
    async fn whoever_takes_a_bookers_address_has_not_their_bookings(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let booking = book(&server, &wanted_by(id, &at("10:00"), "omar@mail.test")).await;
        let uid = uid(booking.accepted(201)).to_owned();
        let key = server.world().await.key;
        let taken = json!({ "email": "omar@mail.test" });
        let _ = server.call("PATCH", "/v2/me").bearer(&key).json(&taken).send().await.accepted(200);
        let all = call_as(&server, &key, "GET", "", &json!({})).await;
        assert_eq!(*all.accepted(200), json!([]));
        let guests = json!({ "guests": [{ "email": "lea@mail.test" }] });
        let _ = call_as(&server, &key, "POST", &format!("/{uid}/guests"), &guests).await.refused(403);
    }

    /// BK-106, BK-107, BK-108, BK-143, section 8.5
    async fn a_list_has_the_callers_bookings_page_by_page(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let (stranger, other) = bookable(&server, &json!({})).await;
        let _ = booked(&server, other, &at("10:00")).await;
        let mut made = Vec::new();
        for hour in ["10:00", "11:00", "12:00"] {
            made.push(booked(&server, id, &at(hour)).await);
        }
        let all = list(&host, "").await;
        assert_eq!(all.accepted(200), &json!(made));
        assert_eq!(all.body["pagination"], json!({
            "totalItems": 3, "remainingItems": 0, "returnedItems": 3, "itemsPerPage": 100, "currentPage": 1,
            "totalPages": 1, "hasNextPage": false, "hasPreviousPage": false,
        }));
        let first = list(&host, "take=1").await;
        assert_eq!(places(&made, &first), [0]);
        // PG-2, PG-4
        assert_eq!(first.body["pagination"], json!({
            "totalItems": 3, "remainingItems": 2, "returnedItems": 1, "itemsPerPage": 1, "currentPage": 1,
            "totalPages": 3, "hasNextPage": true, "hasPreviousPage": false,
        }));
        let rest = list(&host, "skip=1&take=2&unknown=1").await;
        assert_eq!(places(&made, &rest), [1, 2]);
        assert_eq!(rest.body["pagination"]["hasPreviousPage"], true);
        assert_eq!(places(&made, &list(&host, "skip=9").await), [0_usize; 0]);
        assert_eq!(list(&stranger, "").await.accepted(200).as_array().unwrap().len(), 1);

        assert_eq!(call(&server, "GET", "", &Value::Null).await.status, 403, "R6.3");
        for (query, field) in [
            ("take=251", "take"), ("take=0", "take"), ("skip=-1", "skip"), ("eventTypeIds=x", "eventTypeIds"),
            ("status=foo", "status"), ("status=", "status"), ("status=past,foo", "status"), ("afterStart=x", "afterStart"),
            ("sortStart=up", "sortStart"),
        ] {
            assert_eq!(list(&host, query).await.invalid_fields(), [field], "BK-115, BK-116, BK-141: {query}");
        }
        // R10.6; R10.7 is the unknown parameter above.
        let date = list(&host, "afterStart=x").await;
        let errors = &date.body["error"]["details"]["errors"];
        assert_eq!(errors[0]["constraints"]["isIso8601"], "fromDate must be a valid ISO 8601 date.");
    }

    /// BK-109 to BK-114, R4.2, R10.1, R10.2, R10.5
    async fn states_are_listed_by_the_clock(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let weekly = json!({ "recurrence": { "interval": 1, "occurrences": 2, "frequency": "weekly" } });
        let series = host.event_type("series", &with(&json!({ "minimumBookingNotice": 0 }), &weekly)).await;
        let approval = json!({ "minimumBookingNotice": 0, "confirmationPolicy": { "type": "always", "blockUnconfirmedBookingsInBooker": false } });
        let pending = host.event_type("pending", &approval).await;
        let mut made = Vec::new();
        // 0 and 1 are over, 2 to 4 are to come, and so are 5 (cancelled) and 6 (rejected).
        for hour in ["09:00", "10:00", "12:00", "13:00", "14:00", "15:00", "16:00"] {
            let id = if ["10:00", "14:00"].contains(&hour) { pending } else { id };
            made.push(booked(&server, id, &at(hour)).await);
        }
        set_status(&server, &made[5], "cancelled").await;
        set_status(&server, &made[6], "rejected").await;
        // 7 and 8: of a series, one of it pending.
        let two = book(&server, &wanted(series, "2050-09-06T09:00:00Z")).await.accepted(201).clone();
        made.extend(two.as_array().unwrap().clone());
        set_status(&server, &made[8], "pending").await;
        // In the middle of the third.
        set_clock(&server, at("12:30").parse().unwrap());
        let list = async |query: &str| places(&made, &list(&host, query).await);
        assert_eq!(list("status=upcoming").await, [2, 3, 4, 7], "a series only when accepted");
        assert_eq!(list("status=past").await, [1, 0]);
        assert_eq!(list("status=upcoming,past").await, [0, 1, 2, 3, 4, 7]);
        assert_eq!(list("status=past&status=upcoming").await, [0, 1, 2, 3, 4, 7]);
        assert_eq!(list("status=recurring").await, [7, 8]);
        assert_eq!(list("status=cancelled").await, [6, 5]);
        assert_eq!(list("status=unconfirmed").await, [4, 8]);
        assert_eq!(list("").await, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        // At the instant of its end a booking is both.
        set_clock(&server, at("13:00").parse().unwrap());
        assert_eq!(list("status=past").await, [2, 1, 0]);
        assert_eq!(list("status=upcoming&take=1").await, [2]);
    }

    /// BK-117 to BK-120, BK-129, BK-138, BK-139, BK-140
    async fn lists_are_narrowed_by_who_and_what(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let second = host.event_type("second", &json!({ "minimumBookingNotice": 0 })).await;
        let (_, foreign) = bookable(&server, &json!({})).await;
        let mut made = Vec::new();
        for (id, hour, name, email, guests) in [
            (id, "09:00", "Omar Haddad", "Omar+x@Mail.test", json!([])),
            (second, "10:00", "Nina Kraus", "nina@mail.test", json!(["omar+x@mail.test"])),
            (id, "11:00", "Nina_Kraus", "nina@mail.test", json!([])),
        ] {
            let body = with(&named(id, &at(hour), name, email), &json!({ "guests": guests }));
            made.push(book(&server, &body).await.accepted(201).clone());
        }
        let list = async |query: &str| list(&host, query).await;
        for (query, expected) in [
            // A plus sign that was not encoded arrives as a blank.
            ("attendeeEmail=omar+x@mail.test".to_owned(), vec![0, 1]),
            ("attendeeEmail=OMAR%2Bx@mail.TEST".to_owned(), vec![0, 1]),
            ("attendeeEmail=omar@mail.test".to_owned(), vec![]),
            ("attendeeEmail=%25".to_owned(), vec![]),
            ("attendeeEmail=%00".to_owned(), vec![]),
            ("attendeeEmail=".to_owned(), vec![0, 1, 2]),
            ("attendeeName=Nina+Kraus".to_owned(), vec![1]),
            ("attendeeName=nina+kraus".to_owned(), vec![]),
            (format!("eventTypeId={id}"), vec![0, 2]),
            (format!("eventTypeIds={second}"), vec![1]),
            (format!("eventTypeIds={id},{second}"), vec![0, 1, 2]),
            (format!("eventTypeIds={id}&eventTypeIds={second}"), vec![0, 1, 2]),
            (format!("bookingUid={}", uid(&made[2])), vec![2]),
            ("bookingUid=nobody".to_owned(), vec![]),
            (format!("bookingUid={}&eventTypeId={second}", uid(&made[2])), vec![]),
            // There are no teams yet.
            ("teamId=1".to_owned(), vec![]),
            ("teamsIds=1,2".to_owned(), vec![]),
            ("teamIds=1".to_owned(), vec![]),
        ] {
            let listed = list(&query).await;
            assert_eq!(places(&made, &listed), expected, "{query}");
            assert_eq!(listed.body["pagination"]["totalItems"], expected.len(), "{query}");
        }
        for query in [format!("eventTypeId={foreign}"), "teamId=1&eventTypeId=999999".to_owned(), "eventTypeIds=-1".to_owned()] {
            let refused = list(&query).await;
            assert_eq!(refused.refused(400), "Bad request: Please check your request data and try again", "{query}");
            // R5.3
            assert_eq!(refused.body["error"]["code"], "TRPCError");
            assert_eq!(refused.body["error"]["details"]["message"], "The requested event-types do not exist.");
        }
    }

    /// BK-121 to BK-128, BK-130 to BK-137, R10.4
    async fn lists_are_narrowed_and_sorted_by_time(server: TestServer) {
        let (host, id) = bookable(&server, &json!({ "lengthInMinutes": 60, "lengthInMinutesOptions": [60, 240] })).await;
        let mut made = Vec::new();
        let mut instants = Vec::new();
        for (start, minutes) in [(at("12:00"), 60), (at("08:00").replace("05T08", "06T09"), 240), (at("09:00"), 60)] {
            server.advance(SignedDuration::from_mins(1));
            instants.push(slotd_contract::timestamp(server.now()));
            let body = with(&wanted(id, &start), &json!({ "lengthInMinutes": minutes }));
            made.push(book(&server, &body).await.accepted(201).clone());
        }
        // The second one changed last.
        server.advance(SignedDuration::from_mins(1));
        let changed = slotd_contract::timestamp(server.now());
        let (booking, now) = (BookingId(id_of(&made[1])), server.now());
        server.write(move |conn| Box::pin(async move { bookings::set_status(conn, booking, "accepted", now).await.map(drop) })).await;
        let list = async |query: &str| {
            let listed = list(&host, query).await;
            let places = places(&made, &listed);
            assert_eq!(listed.body["pagination"]["totalItems"], places.len(), "{query}");
            places
        };
        let [first, second, third] = [&instants[0], &instants[1], &instants[2]];
        for (query, expected) in [
            (format!("afterStart={}", at("12:00")), vec![0, 1]),
            (format!("afterStart={}", at("12:00").replace(".000Z", ".001Z")), vec![1]),
            (format!("beforeEnd={}", at("13:00")), vec![2, 0]),
            (format!("beforeEnd={}", at("12:59")), vec![2]),
            (format!("afterCreatedAt={second}"), vec![2, 1]),
            (format!("beforeCreatedAt={second}"), vec![0, 1]),
            (format!("afterCreatedAt={second}&beforeCreatedAt={second}"), vec![1]),
            (format!("afterUpdatedAt={third}"), vec![2, 1]),
            (format!("afterUpdatedAt={changed}"), vec![1]),
            (format!("beforeUpdatedAt={first}"), vec![0]),
            (format!("afterUpdatedAt={third}&beforeUpdatedAt={third}"), vec![2]),
            ("sortStart=asc".to_owned(), vec![2, 0, 1]),
            ("sortStart=desc".to_owned(), vec![1, 0, 2]),
            ("sortEnd=asc".to_owned(), vec![2, 0, 1]),
            ("sortEnd=desc".to_owned(), vec![1, 0, 2]),
            ("sortCreated=asc".to_owned(), vec![0, 1, 2]),
            ("sortCreated=desc".to_owned(), vec![2, 1, 0]),
            ("sortUpdatedAt=asc".to_owned(), vec![0, 2, 1]),
            ("sortUpdatedAt=desc".to_owned(), vec![1, 2, 0]),
            // The start goes before what was made when, and one that was asked for before the state's.
            ("sortCreated=asc&sortStart=desc".to_owned(), vec![1, 0, 2]),
            ("status=upcoming&sortStart=desc".to_owned(), vec![1, 0, 2]),
        ] {
            assert_eq!(list(&query).await, expected, "{query}");
        }
    }

    /// BK-95, BK-96, BK-97, BK-98, R7.28, R7.29, R7.31
    async fn managed_users_find_bookings_by_either_of_their_addresses(server: TestServer) {
        let world = server.world().await;
        let (a, id) = person(&server, &world, "a", &json!({})).await;
        let (b, _) = person(&server, &world, "b", &json!({})).await;
        let (c, _) = person(&server, &world, "c", &json!({})).await;
        let suffixed = |name: &str| format!("{name}+{}@klinik.test", world.client);
        let plain = with(&wanted_by(id, &at("10:00"), "b@klinik.test"), &json!({ "guests": ["c@klinik.test"] }));
        let full = with(&wanted_by(id, &at("11:00"), &suffixed("b")), &json!({ "guests": [suffixed("c")] }));
        let mut made = Vec::new();
        for body in [plain, full] {
            made.push(book(&server, &body).await.accepted(201).clone());
        }
        let _ = booked(&server, id, &at("12:00")).await;
        for booking in &made {
            for (place, name) in [(0, "b"), (1, "c")] {
                let attendee = &booking["attendees"][place];
                assert_eq!(attendee["email"], suffixed(name));
                assert_eq!(attendee["displayEmail"], format!("{name}@klinik.test"));
            }
            assert_eq!(booking["hosts"][0]["displayEmail"], "a@klinik.test");
        }
        for (host, total) in [(&a, 3), (&b, 2), (&c, 2)] {
            assert_eq!(list(host, "").await.body["pagination"]["totalItems"], total);
            for name in ["b", "c"] {
                for address in [format!("{name}@klinik.test"), suffixed(name)] {
                    let listed = list(host, &format!("attendeeEmail={address}")).await;
                    assert_eq!(places(&made, &listed), [0, 1], "{address}");
                }
            }
        }
        // The client's credentials, and the organization's key, which knows all clients.
        let by_client = server.call("GET", "/v2/bookings?attendeeEmail=b@klinik.test")
            .header("cal-api-version", CURRENT).header("x-cal-client-id", &world.client).secret(&world.secret).send().await;
        assert_eq!(places(&made, &by_client), [0, 1]);
        let by_key = call_as(&server, &world.key, "GET", "?attendeeEmail=b@klinik.test", &Value::Null).await;
        assert_eq!(places(&made, &by_key), [0, 1]);
        server.advance(SignedDuration::from_hours(2));
        let _ = list(&a, "").await.refused(498);
    }

    /// BK-142, R10.3
    async fn administrators_see_the_bookings_of_members(server: TestServer) {
        let world = server.world().await;
        let (_, id) = person(&server, &world, "a", &json!({})).await;
        let (member, _) = person(&server, &world, "b", &json!({})).await;
        let made = [booked(&server, id, &at("10:00")).await];
        let key = async |role, accepted| {
            let person = server.new_person(Some((world.organization, role, accepted))).await;
            server.new_key(person, None, None).await
        };
        let admin = key(Role::Admin, true).await;
        let other = server.world().await;
        let query = format!("?eventTypeIds={id}");
        for key in [&world.key, &admin] {
            for query in ["", &query] {
                assert_eq!(places(&made, &read_as(&server, key, query).await), [0]);
            }
        }
        for key in [&key(Role::Member, true).await, &key(Role::Owner, false).await, &member.key, &other.key] {
            assert_eq!(read_as(&server, key, "").await.accepted(200), &json!([]));
            let _ = read_as(&server, key, &query).await.refused(400);
        }
    }

    /// BK-74, R8.4: bookers of one booking do not see each other in lists.
    async fn lists_show_a_booker_no_other_seats(server: TestServer) {
        let world = server.world().await;
        for shows in [false, true] {
            let seats = json!({ "seats": {
                "seatsPerTimeSlot": 3, "showAttendeeInfo": shows, "showAvailabilityCount": true,
            } });
            let (host, id) = person(&server, &world, &format!("host-{shows}"), &seats).await;
            let (b, _) = person(&server, &world, &format!("b-{shows}"), &json!({})).await;
            let shared = book(&server, &wanted_by(id, &at("10:00"), "stranger@mail.test")).await.accepted(201).clone();
            let _ = book(&server, &wanted_by(id, &at("10:00"), &format!("b-{shows}@klinik.test"))).await.accepted(201);
            let seen = async |key: &str| {
                let listed = read_as(&server, key, &format!("?bookingUid={}", uid(&shared))).await.accepted(200).clone();
                let attendees = listed[0]["attendees"].as_array().unwrap().clone();
                attendees.iter().map(|one| one["displayEmail"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
            };
            let own = format!("b-{shows}@klinik.test");
            let all = ["stranger@mail.test".to_owned(), own.clone()];
            assert_eq!(seen(&host.key).await, all);
            assert_eq!(seen(&world.key).await, all);
            assert_eq!(seen(&b.key).await, if shows { all.to_vec() } else { vec![own] });
        }
    }

    /// R10.8: of a thousand bookings at most 250 are read at once.
    async fn a_thousand_bookings_are_listed_in_pages(server: TestServer) {
        let host = Host::new(&server).await;
        let (user, now) = (UserId(host.id), server.now());
        let first = server.app.store.next_id(Sequence::Booking).await.unwrap();
        let mut rows = Vec::new();
        for n in 0..1_000 {
            let id = if n == 0 { first } else { server.app.store.next_id(Sequence::Booking).await.unwrap() };
            let attendee = server.app.store.next_id(Sequence::Attendee).await.unwrap();
            let start = now + SignedDuration::from_hours(n);
            let new = NewBooking::new(BookingId(id), format!("uid-{id}"), user, "h@mail.test".to_owned(), start, start + SignedDuration::from_hours(1));
            let booker = NewAttendee::new(AttendeeId(attendee), format!("{}@mail.test", n % 10), "N".to_owned(), "UTC".to_owned());
            rows.push(NewBooking { attendees: vec![booker], ..new });
        }
        server.write(move |conn| {
            let rows = rows.clone();
            Box::pin(async move {
                for row in &rows {
                    bookings::insert(conn, row, now).await?;
                }
                Ok(())
            })
        })
        .await;
        let listed = list(&host, "").await;
        assert_eq!(listed.accepted(200).as_array().unwrap().len(), 100);
        let last = list(&host, "take=250&skip=900&sortStart=asc").await;
        assert_eq!(last.accepted(200).as_array().unwrap().len(), 100);
        assert_eq!(last.body["pagination"]["totalItems"], 1_000);
        let some = list(&host, "take=250&attendeeEmail=3@mail.test").await;
        assert_eq!(some.accepted(200).as_array().unwrap().len(), 100);
        let past = list(&host, "take=250&skip=750&sortStart=desc&status=past").await;
        assert_eq!(past.body["pagination"]["totalItems"], 0);
    }
}
