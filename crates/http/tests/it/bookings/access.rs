//! Who may change a booking (section 6, R6.3).

use serde_json::{Value, json};
use slotd_domain::{Permissions, Role};
use slotd_testkit::{Call, TestBooking, TestServer, on_both_engines};

use super::{CURRENT, at};

/// What an operation answers to somebody, and to whom.
struct Operation {
    method: &'static str,
    name: &'static str,
    body: Value,
    /// Without credentials.
    nobody: u16,
    /// To whoever has nothing to do with the booking.
    stranger: (u16, &'static str),
    /// To whoever may.
    good: u16,
    /// The booking has to wait for its host.
    is_pending: bool,
    /// It has to be over.
    is_past: bool,
    /// Attendees may as well.
    is_for_attendees: bool,
}

fn operations() -> Vec<Operation> {
    let operation = |name, body, stranger| Operation {
        method: "POST",
        name,
        body,
        nobody: 401,
        stranger,
        good: 200,
        is_pending: false,
        is_past: false,
        is_for_attendees: false,
    };
    let approval = |name| Operation {
        nobody: 403,
        is_pending: true,
        ..operation(name, json!({}), (401, "You are not authorized to access this resource"))
    };
    let guests = "User is not authorized to add guests to this booking.";
    let place = "User is not authorized to update this booking location. User must be the event type owner, host, team admin or owner, or org admin or owner.";
    vec![
        approval("confirm"),
        approval("decline"),
        Operation {
            nobody: 403,
            is_past: true,
            ..operation(
                "mark-absent",
                json!({ "host": true }),
                (403, "User is not authorized to mark"),
            )
        },
        Operation {
            nobody: 403,
            good: 400,
            ..operation(
                "reassign",
                json!({}),
                (403, "You do not have permission to reassign this booking"),
            )
        },
        Operation {
            is_for_attendees: true,
            good: 201,
            ..operation(
                "attendees",
                json!({ "name": "Lea", "timeZone": "UTC", "email": "lea@mail.test" }),
                (403, "BookingPbacGuard - user with id="),
            )
        },
        Operation {
            is_for_attendees: true,
            ..operation("guests", json!({ "guests": ["lea@mail.test"] }), (403, guests))
        },
        Operation {
            method: "PATCH",
            ..operation(
                "location",
                json!({ "location": { "type": "address", "address": "1 Main St" } }),
                (403, place),
            )
        },
    ]
}

on_both_engines! {
    /// R6.1, R6.3, R6.4, BK-172, BK-187, BK-188, R14.2, R14.7, R16.1, R18.1
    async fn a_booking_is_changed_by_exactly_those_who_may(server: TestServer) {
        let (world, other) = (server.world().await, server.world().await);
        let weak = server.world_with(Permissions::NONE, &[]).await;
        let token = |data: &Value| data["accessToken"].as_str().unwrap().to_owned();
        let number = |data: &Value| i32::try_from(data["user"]["id"].as_i64().unwrap()).unwrap();
        let host = server.new_managed_user(&world, "host@example.com").await;
        let colleague = server.new_managed_user(&world, "colleague@example.com").await;
        let attendee = server.new_managed_user(&world, "attendee@example.com").await;
        let foreigner = server.new_managed_user(&other, "host@example.com").await;
        let weak_user = server.new_managed_user(&weak, "weak@example.com").await;
        let event_type = server.new_event_type(slotd_domain::UserId(number(&host))).await;
        let mut keys = Vec::new();
        for (role, accepted) in [(Role::Admin, true), (Role::Admin, false), (Role::Member, true)] {
            let person = server.new_person(Some((world.organization, role, accepted))).await;
            keys.push(server.new_key(person, None, None).await);
        }
        let [admin, invited, member] = keys.try_into().unwrap();

        for operation in operations() {
            let booking = async || {
                let [start, end] = if operation.is_past {
                    ["2026-03-02T08:00:00Z".to_owned(), "2026-03-02T09:00:00Z".to_owned()]
                } else {
                    [at("10:00"), at("11:00")]
                };
                let booking = TestBooking {
                    is_pending: operation.is_pending,
                    users: vec![number(&attendee)],
                    ..TestBooking::new(number(&host), event_type.0, &start, &end)
                };
                server.new_booking(&booking).await
            };
            let (id, uid) = booking().await;
            let call = |uid: &str| -> Call {
                let path = format!("/v2/bookings/{uid}/{}", operation.name);
                server.call(operation.method, &path).header("cal-api-version", CURRENT).json(&operation.body)
            };
            let name = operation.name;
            let nobody = call(&uid).send().await;
            assert_eq!(nobody.status, operation.nobody, "{name} as nobody: {}", nobody.text);
            let (status, text) = operation.stranger;
            let strangers = [
                call(&uid).bearer(&token(&colleague)),
                call(&uid).bearer(&token(&foreigner)),
                call(&uid).bearer(&invited),
                call(&uid).bearer(&member),
                call(&uid).bearer(&other.key),
                call(&uid).header("x-cal-client-id", &other.client).secret(&other.secret),
            ];
            for (place, stranger) in strangers.into_iter().enumerate() {
                let answer = stranger.send().await;
                assert!(answer.refused(status).starts_with(text), "{name} as stranger {place}: {}", answer.text);
            }
            let weak_callers = [
                call(&uid).bearer(&token(&weak_user)),
                call(&uid).header("x-cal-client-id", &weak.client).secret(&weak.secret),
            ];
            for weak in weak_callers {
                let _ = weak.send().await.refused(403);
            }
            let wrong = call(&uid).header("x-cal-client-id", &world.client).secret("wrong").send().await;
            let _ = wrong.refused(401);
            server.cancel_booking(id).await;

            let managers = [
                |call: Call, _: &str, host: &str, _: &slotd_testkit::World| call.bearer(host),
                |call: Call, admin: &str, _: &str, _: &slotd_testkit::World| call.bearer(admin),
                |call: Call, _: &str, _: &str, world: &slotd_testkit::World| call.bearer(&world.key),
                |call: Call, _: &str, _: &str, world: &slotd_testkit::World| {
                    call.header("x-cal-client-id", &world.client).secret(&world.secret)
                },
            ];
            for (place, with) in managers.into_iter().enumerate() {
                let (id, uid) = booking().await;
                let answer = with(call(&uid), &admin, &token(&host), &world).send().await;
                assert_eq!(answer.status, operation.good, "{name} as manager {place}: {}", answer.text);
                server.cancel_booking(id).await;
            }
            let (id, uid) = booking().await;
            let answer = call(&uid).bearer(&token(&attendee)).send().await;
            let expected = if operation.is_for_attendees { operation.good } else { status };
            assert_eq!(answer.status, expected, "{name} as an attendee: {}", answer.text);
            server.cancel_booking(id).await;
        }
    }
}
