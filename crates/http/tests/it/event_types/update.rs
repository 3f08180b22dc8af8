//! Changing and deleting.

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::{User, everything, fields};

on_both_engines! {
    /// ET-18: a change of one field keeps all others, those included that the original
    /// resets.
    async fn what_is_not_sent_stays_as_it_is(server: TestServer) {
        let user = User::regular(&server).await;
        let mut expected = user.create("x", everything().into()).await;
        let id = expected["id"].clone();
        assert_eq!(user.patch(&id, json!({})).await.accepted(200), &expected);
        for (field, value) in [
            ("title", json!("New")),
            ("lengthInMinutes", json!(45)),
            ("minimumBookingNotice", json!(5)),
            ("hidden", json!(false)),
            ("color", json!({ "lightThemeHex": "#000000", "darkThemeHex": "#111111" })),
            ("bookerLayouts", json!({ "defaultLayout": "column", "enabledLayouts": ["column"] })),
        ] {
            expected[field] = value.clone();
            assert_eq!(user.patch(&id, json!({ field: value })).await.accepted(200), &expected, "{field}");
        }
        assert_eq!(user.get(&id).await.accepted(200), &expected);
    }

    /// ET-18: lists and objects are replaced as a whole.
    async fn what_is_sent_replaces_what_is_stored_entirely(server: TestServer) {
        let user = User::regular(&server).await;
        let id = user.create("x", everything().into()).await["id"].clone();
        let changes = json!({
            "lengthInMinutesOptions": [90],
            "locations": [{ "type": "attendeePhone" }],
            "bookingLimitsCount": { "year": 9 },
            "bookerLayouts": { "defaultLayout": "month", "enabledLayouts": ["month"] },
            "confirmationPolicy": { "type": "always", "blockUnconfirmedBookingsInBooker": false },
            "disableRescheduling": { "disabled": true },
        });
        let changed = user.patch(&id, changes.clone()).await.accepted(200).clone();
        for (name, value) in changes.as_object().unwrap() {
            assert_eq!(&changed[name], value, "{name}");
        }
        assert_eq!(changed["metadata"], json!({ "multipleDuration": [90] }));
    }

    /// ET-18: `{disabled:true}` and null turn things off, series too.
    async fn everything_that_was_turned_on_can_be_turned_off(server: TestServer) {
        let user = User::regular(&server).await;
        let off = json!({ "disabled": true });
        let plain = user.create("x", json!({})).await;
        let id = plain["id"].clone();
        let mut on = everything();
        on.remove("bookerActiveBookingsLimit");
        on.insert("recurrence".to_owned(), json!({ "interval": 2, "occurrences": 3, "frequency": "yearly" }));
        let shown = user.patch(&id, on.into()).await.accepted(200).clone();
        assert_eq!(shown["recurrence"], json!({ "interval": 2, "occurrences": 3, "frequency": "yearly", "disabled": false }));
        for field in [
            "bookingLimitsCount", "bookingLimitsDuration", "bookerActiveBookingsLimit", "bookingWindow", "confirmationPolicy",
            "recurrence", "seats",
        ] {
            let changed = user.patch(&id, json!({ field: off })).await.accepted(200).clone();
            assert_eq!(changed.get(field), plain.get(field), "{field}");
        }
        let shown = fields(user.get(&id).await.accepted(200).clone());
        let nulls = shown.keys().cloned();
        let needed = ["lengthInMinutes", "title", "slug"];
        let nulls: serde_json::Map<String, Value> =
            nulls.filter(|name| !needed.contains(&name.as_str())).map(|name| (name, Value::Null)).collect();
        assert_eq!(user.patch(&id, nulls.into()).await.accepted(200), &plain, "as it was when it was new");
        for field in needed {
            assert_eq!(user.patch(&id, json!({ field: null })).await.invalid_fields(), [field]);
        }
    }

    /// ET-4
    async fn a_slug_can_be_changed_to_a_free_one_and_to_itself(server: TestServer) {
        let user = User::regular(&server).await;
        let (one, two) = (user.create("one", json!({})).await, user.create("two", json!({})).await);
        let answer = user.patch(&two["id"], json!({ "slug": " -one" })).await;
        assert_eq!(answer.refused(400), "User already has an event type with this slug.");
        assert_eq!(user.patch(&two["id"], json!({ "slug": "two" })).await.accepted(200), &two);
        assert_eq!(user.patch(&two["id"], json!({ "slug": "three" })).await.accepted(200)["slug"], "three");
        assert_eq!(user.patch(&one["id"], json!({ "slug": "two" })).await.accepted(200)["slug"], "two");
    }

    /// ET-4: two event types that are renamed to one slug at once.
    async fn races_of_renaming_to_one_slug_have_one_winner(server: TestServer) {
        let user = User::regular(&server).await;
        let mut ids = Vec::new();
        for number in 0..8 {
            ids.push(user.create(&format!("slug{number}"), json!({})).await["id"].clone());
        }
        let renamed = ids.iter().map(|id| user.patch(id, json!({ "slug": "same" })));
        let answers = futures_util::future::join_all(renamed).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1);
        for answer in lost {
            assert_eq!(answer.refused(400), "User already has an event type with this slug.");
        }
    }

    /// ET-18: changes of different fields at once all arrive.
    async fn races_of_changes_to_different_fields_lose_none(server: TestServer) {
        let user = User::regular(&server).await;
        let id = user.create("x", json!({})).await["id"].clone();
        let changes = [
            ("title", json!("New")), ("description", json!("D")), ("slotInterval", json!(15)), ("beforeEventBuffer", json!(1)),
            ("afterEventBuffer", json!(2)), ("offsetStart", json!(3)), ("hideCalendarNotes", json!(true)), ("hidden", json!(true)),
        ];
        let sent = changes.iter().map(|(field, value)| user.patch(&id, json!({ *field: value })));
        for answer in futures_util::future::join_all(sent).await {
            let _ = answer.accepted(200);
        }
        let shown = user.get(&id).await.accepted(200).clone();
        for (field, value) in changes {
            assert_eq!(shown[field], value, "{field}");
        }
    }

    /// ET-62, ET-63
    async fn a_deleted_event_type_is_told_and_gone(server: TestServer) {
        let user = User::regular(&server).await;
        let created = user.create("x", json!({})).await;
        let id = &created["id"];
        let deleted = user.delete(id).await;
        assert_eq!(deleted.accepted(200), &json!({ "id": id, "lengthInMinutes": 60, "slug": "x", "title": "Title" }));
        assert_eq!(user.get(id).await.refused(404), format!("Event type with id {id} not found"));
        assert_eq!(user.patch(id, json!({})).await.refused(404), format!("Event type with id {id} not found"));
        assert_eq!(user.delete(id).await.refused(404), format!("Event type with ID={id} does not exist."));
        assert_eq!(user.list("").await, json!([]));
        user.create("x", json!({})).await;
    }

    /// ET-64: of several refusals the first in the contract's order is told.
    async fn refusals_come_in_the_contracts_order(server: TestServer) {
        let user = User::regular(&server).await;
        user.create("taken", json!({})).await;
        let mut body = json!({
            "locations": [{ "type": "integration", "integration": "zoom" }],
            "customName": "{x}",
            "destinationCalendar": { "integration": "google_calendar", "externalId": "x" },
            "scheduleId": 1_000_000,
            "description": 5,
        });
        for (told, fixed) in [
            ("Bad Request Exception", "description"),
            ("zoom not connected.", "locations"),
            ("Invalid event name variables: {x}", "customName"),
            ("Invalid destinationCalendarId: Calendar does not exist", "destinationCalendar"),
        ] {
            let answer = user.try_create("taken", body.clone()).await;
            assert_eq!(answer.refused(400), told);
            body.as_object_mut().unwrap().remove(fixed);
        }
        let answer = user.try_create("taken", body.clone()).await;
        assert_eq!(answer.refused(400), "User already has an event type with this slug.");
        let _ = user.try_create("free", body).await.refused(404);
    }

    /// ET-70, ET-71
    async fn a_new_managed_user_has_four_event_types(server: TestServer) {
        let world = server.world().await;
        let path = format!("/v2/oauth-clients/{}", world.client);
        let body = json!({ "areDefaultEventTypesEnabled": true });
        let _ = server.call("PATCH", &path).bearer(&world.key).json(&body).send().await.accepted(200);
        let user = User::managed(&server, &world, "alice@example.com").await;
        let listed = user.list("").await;
        let mut found: Vec<Value> = listed.as_array().unwrap().iter().map(|one| {
            json!([one["slug"], one["title"], one["lengthInMinutes"], one["locations"], one["scheduleId"], one["minimumBookingNotice"]])
        }).collect();
        found.sort_by_key(ToString::to_string);
        let video = json!([{ "type": "integration", "integration": "cal-video" }]);
        assert_eq!(found, [
            json!(["sixty-minutes", "60 Minutes", 60, [], null, 120]),
            json!(["sixty-minutes-video", "60 Minutes", 60, video, null, 120]),
            json!(["thirty-minutes", "30 Minutes", 30, [], null, 120]),
            json!(["thirty-minutes-video", "30 Minutes", 30, video, null, 120]),
        ]);
        for one in listed.as_array().unwrap() {
            let shown = user.get(&one["id"]).await.accepted(200).clone();
            assert_eq!(shown["bookingFields"][2]["slug"], "attendeePhoneNumber");
            assert_eq!((&shown["beforeEventBuffer"], &shown["afterEventBuffer"]), (&json!(0), &json!(0)));
        }
    }
}
