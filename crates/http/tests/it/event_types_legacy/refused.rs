//! What the settings form and the legacy bodies are refused for.

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::Host;

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

on_both_engines! {
    /// ET-80
    async fn a_value_of_the_wrong_type_is_named(server: TestServer) {
        let host = Host::new(&server).await;
        let before = host.form(&server).await;
        let long = "x".repeat(3_000);
        let wrong = [
            ("title", vec![json!(1), Value::Null, json!("a\0b"), json!(long)]),
            ("slug", vec![json!(""), json!("--"), json!(1), json!([])]),
            ("length", vec![json!(0), json!(-1), json!(1.5), json!("30"), json!(2_147_483_648_i64), Value::Null]),
            ("description", vec![json!(1), json!("\0"), json!({})]),
            ("hidden", vec![json!("true"), json!(1)]),
            ("schedule", vec![json!("1"), json!(0), json!(1.5), json!({})]),
            ("minimumBookingNotice", vec![json!(-1), json!("120"), Value::Null]),
            ("slotInterval", vec![json!(-5), json!(true)]),
            ("bookingLimits", vec![json!(1), json!({ "PER_DAY": "1" }), json!({ "PER_DAY": -1 }), json!([])]),
            ("recurringEvent", vec![json!({}), json!({ "interval": 1, "count": 3, "freq": 3 }), json!({ "interval": 0, "count": 3, "freq": 2 })]),
            ("seatsPerTimeSlot", vec![json!(0), json!(1_001), json!("2")]),
            ("periodType", vec![json!("FOREVER"), json!(1)]),
            ("periodStartDate", vec![json!("soon"), json!(5), json!("2026-02-30"), json!("äääää")]),
            ("requiresConfirmation", vec![json!("yes")]),
            ("interfaceLanguage", vec![json!("xx"), json!(1)]),
            ("successRedirectUrl", vec![json!("javascript:alert(1)"), json!("nowhere"), json!(1)]),
            ("eventTypeColor", vec![nested(20), json!("\0")]),
            ("calVideoSettings", vec![json!(1), json!({ "disableRecordingForGuests": "no" }), json!({ "redirectUrlOnExit": "data:x" })]),
            ("metadata", vec![json!(1), json!({ "\0": 1 }), json!({ "multipleDuration": [0] }), json!({ "multipleDuration": [15, 15] }), json!({ "a": nested(20) }), json!({ "a": "x".repeat(21_000) }), json!({ "apps": 1 }), json!({ "bookerLayouts": { "enabledLayouts": ["day_view"], "defaultLayout": "day_view" } })]),
            ("rrSegmentQueryValue", vec![nested(20), json!({ "a": "\0" })]),
            ("lockedTimeZone", vec![json!(1), json!("Narnia/Woods")]),
            ("customReplyToEmail", vec![json!("nobody"), json!(1)]),
            ("redirectUrlOnNoRoutingFormResponse", vec![json!("javascript:1")]),
            ("isRRWeightsEnabled", vec![json!("x")]),
            ("locations", vec![json!({}), json!([1]), json!([{}]), json!([{ "type": "inPerson" }]), json!([{ "type": "inPerson", "address": " " }]), json!([{ "type": "link", "link": "javascript:1" }]), json!([{ "type": "userPhone", "hostPhoneNumber": "123" }]), json!([{ "type": "conferencing" }]), json!([{ "type": "link", "link": "https://a.example", "x": nested(20) }])]),
            ("bookingFields", vec![json!({}), json!([1]), json!([{}]), json!([{ "name": "x" }]), json!([{ "type": "text" }]), json!([{ "name": "x", "type": "select" }]), json!([{ "name": "x", "type": "select", "options": ["a"] }]), json!([{ "name": "email", "type": "text" }]), json!([{ "name": "x", "type": "text", "required": "yes" }])]),
            ("multiplePrivateLinks", vec![json!(["x"]), json!(1)]),
        ];
        for (name, values) in wrong {
            for value in values {
                let answer = host.patch(&server, &json!({ name: value })).await;
                assert_eq!(answer.invalid_fields(), [name], "{name} {value}");
            }
        }
        let twice = json!([{ "name": "x", "type": "text" }, { "name": "x", "type": "url" }]);
        let answer = host.patch(&server, &json!({ "bookingFields": twice })).await;
        assert!(answer.text.contains("Duplicate bookingFields slug 'x' found."), "{}", answer.text);
        assert_eq!(host.form(&server).await, before);

        let call = |body: Value| server.call("POST", "/v2/event-types").bearer(&host.token).json(&body).send();
        assert_eq!(call(json!({})).await.invalid_fields(), ["length", "slug", "title"]);
        let current = json!({ "lengthInMinutes": 30, "slug": "x", "title": "x" });
        assert_eq!(call(current).await.invalid_fields(), ["length"]);
    }

    /// ET-80, ET-64
    async fn what_does_not_fit_together_is_refused_as_a_whole(server: TestServer) {
        let host = Host::new(&server).await;
        let phone_only = json!([
            { "name": "email", "type": "email", "required": false, "hidden": true },
            { "name": "attendeePhoneNumber", "type": "phone", "required": true, "hidden": false },
        ]);
        let refused = [
            (json!({ "bookingLimits": { "PER_DAY": 5, "PER_WEEK": 2 } }), "Invalid bookingLimitsCount: The number of bookings for day cannot exceed the number of bookings for week."),
            (json!({ "eventName": "{nobody}" }), "Invalid event name variables: {nobody}"),
            (json!({ "seatsPerTimeSlot": 2, "requiresConfirmation": true }), "Seats Validation failed: Seats are enabled but requiresConfirmation is true."),
            (json!({ "seatsPerTimeSlot": 2, "locations": [{ "type": "phone" }, { "type": "attendeeInPerson" }] }), "Seats Validation failed: Seats are enabled but more than one location provided."),
            (json!({ "seatsPerTimeSlot": 2, "recurringEvent": { "interval": 1, "count": 2, "freq": 1 } }), "Recurring Events and Offer Seats cannot be active at the same time."),
            (json!({ "maxActiveBookingsPerBooker": 2, "recurringEvent": { "interval": 1, "count": 2, "freq": 1 } }), "Can't have both bookerActiveBookingsLimit and recurrence enabled at the same time."),
            (json!({ "bookingFields": phone_only }), "checkIsEmailUserAccessible - Email booking field must be required and visible"),
            (json!({ "bookingFields": [{ "name": "x", "type": "hologram" }] }), "Unsupported booking field type 'hologram'."),
            (json!({ "locations": [{ "type": "somewhere" }] }), "Unsupported location type 'somewhere'."),
            (json!({ "locations": [{ "type": "integrations:zoom" }] }), "zoom not connected."),
            (json!({ "locations": [{ "type": "integrations:office365_video" }] }), "msteams not connected."),
            (json!({ "destinationCalendar": { "integration": "google_calendar", "externalId": "x" } }), "Invalid destinationCalendarId: Calendar does not exist"),
            (json!({ "useEventTypeDestinationCalendarEmail": true }), "useDestinationCalendarEmail cannot be true without a primary connected calendar"),
            (json!({ "periodType": "RANGE" }), "periodStartDate is needed when periodType is RANGE"),
            (json!({ "periodType": "ROLLING" }), "periodDays is needed when periodType is ROLLING or ROLLING_WINDOW"),
            (json!({ "periodType": "RANGE", "periodStartDate": "2026-06-05", "periodEndDate": "2026-06-04" }), "periodEndDate must not be before periodStartDate"),
        ];
        let before = host.form(&server).await;
        for (body, message) in refused {
            assert_eq!(host.patch(&server, &body).await.refused(400), message, "{body}");
        }
        assert_eq!(host.form(&server).await, before);
        // Stored and sent values are checked together.
        let _ = host.patch(&server, &json!({ "seatsPerTimeSlot": 2 })).await.accepted(200);
        let _ = host.patch(&server, &json!({ "requiresConfirmation": true })).await.refused(400);
        let both = json!({ "seatsPerTimeSlot": null, "requiresConfirmation": true });
        let _ = host.patch(&server, &both).await.accepted(200);
    }

    /// ET-80
    async fn a_schedule_of_somebody_else_is_refused(server: TestServer) {
        let host = Host::new(&server).await;
        let other = server.new_managed_user(&host.world, "other@example.com").await;
        for schedule in [other["user"]["defaultScheduleId"].clone(), json!(999_999)] {
            let answer = host.patch(&server, &json!({ "schedule": schedule })).await;
            let message = format!("User with ID={} does not own schedule with ID={schedule}", host.user["id"]);
            assert_eq!(answer.refused(404), message);
        }
    }

    /// ET-80
    async fn metadata_does_not_grow_without_end(server: TestServer) {
        let host = Host::new(&server).await;
        let keys = |from: usize| {
            let keys = (from..from + 50).map(|number| (format!("k{number}"), json!(1)));
            json!({ "metadata": keys.collect::<serde_json::Map<_, _>>() })
        };
        let _ = host.patch(&server, &keys(0)).await.accepted(200);
        assert_eq!(host.patch(&server, &keys(50)).await.refused(400), "metadata must have at most 50 keys");
        let _ = host.patch(&server, &keys(0)).await.accepted(200);
    }

    async fn an_app_that_is_not_known_is_not_found(server: TestServer) {
        let host = Host::new(&server).await;
        let answer = host.get(&server, "/v2/atoms/event-types-app/nothing").await;
        assert_eq!(answer.refused(404), "App with slug nothing not found");
        let answer = host.get(&server, "/v2/atoms/event-types-app/stripe?teamId=1").await;
        assert_eq!(answer.accepted(200)["app"]["isInstalled"], false);
    }
}
