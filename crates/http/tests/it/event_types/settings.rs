//! Settings with a form of their own, and what does not fit together.

use serde_json::{Value, json};
use slotd_testkit::{TestServer, on_both_engines};

use super::{User, fields, texts};

on_both_engines! {
    /// ET-7
    async fn limits_never_fall_from_a_shorter_to_a_longer_period(server: TestServer) {
        let user = User::regular(&server).await;
        let answer = user.try_create("x", json!({ "bookingLimitsCount": { "day": 3, "week": 2 } })).await;
        assert_eq!(texts(&answer), [
            "Invalid bookingLimitsCount: The number of bookings for day cannot exceed the number of bookings for week."
        ]);
        let answer = user.try_create("x", json!({ "bookingLimitsDuration": { "week": 300, "year": 60 } })).await;
        assert_eq!(texts(&answer), [
            "Invalid bookingLimitsDuration: The duration of bookings for week cannot exceed the duration of bookings for year."
        ]);
        let fit = json!({
            "bookingLimitsCount": { "day": 2, "week": 5 }, "bookingLimitsDuration": { "day": 60, "week": 100 },
        });
        let created = user.create("fit", fit).await;
        let answer = user.patch(&created["id"], json!({ "bookingLimitsCount": { "day": 9, "month": 8 } })).await;
        assert_eq!(texts(&answer).len(), 1);
        let answer = user.patch(&created["id"], json!({ "bookingLimitsCount": { "disabled": true } })).await;
        assert!(answer.accepted(200).get("bookingLimitsCount").is_none());
        let zero = user.create("zero", json!({ "bookingLimitsCount": { "day": 0, "week": 1 } })).await;
        assert_eq!(zero["bookingLimitsCount"], json!({ "day": 0, "week": 1 }), "observed: 0 limits nothing");
        for wrong in [json!({ "day": -1 }), json!({ "day": "2" }), json!([]), json!({ "disabled": "yes" })] {
            let answer = user.try_create("y", json!({ "bookingLimitsCount": wrong })).await;
            assert_eq!(answer.invalid_fields(), ["bookingLimitsCount"]);
        }
    }

    /// ET-8
    async fn a_limit_of_active_bookings_does_not_go_with_a_series(server: TestServer) {
        let user = User::regular(&server).await;
        let limit = json!({ "maximumActiveBookings": 1 });
        let series = json!({ "interval": 1, "occurrences": 4, "frequency": "weekly" });
        let both = user.try_create("x", json!({ "bookerActiveBookingsLimit": limit, "recurrence": series })).await;
        let text = texts(&both).concat();
        assert!(text.starts_with("Can't have") && text.contains("bookerActiveBookingsLimit") && text.contains("recurrence"), "{text}");
        let off = json!({ "disabled": true });
        let one = user.create("one", json!({ "bookerActiveBookingsLimit": limit, "recurrence": off })).await;
        assert_eq!(one["bookerActiveBookingsLimit"], json!({ "maximumActiveBookings": 1, "offerReschedule": false }));
        let two = user.create("two", json!({ "bookerActiveBookingsLimit": off, "recurrence": series })).await;
        assert_eq!(two["bookerActiveBookingsLimit"], off);
        // On changing, the whole counts.
        assert_eq!(texts(&user.patch(&one["id"], json!({ "recurrence": series })).await).len(), 1);
        assert_eq!(texts(&user.patch(&two["id"], json!({ "bookerActiveBookingsLimit": limit })).await).len(), 1);
        let alone = user.try_create("x", json!({ "bookerActiveBookingsLimit": { "disabled": false } })).await;
        assert!(texts(&alone)[0].starts_with("When disabled is false"), "{}", alone.text);
        let zero = user.try_create("x", json!({ "bookerActiveBookingsLimit": { "maximumActiveBookings": 0 } })).await;
        assert_eq!(texts(&zero), ["maximumActiveBookings must not be less than 1"]);
    }

    /// ET-9
    async fn names_of_bookings_have_known_placeholders_only(server: TestServer) {
        let user = User::regular(&server).await;
        let good = "{Event type title} {Organiser} {Scheduler} {Location} {Organiser first name} {Scheduler first name} \
                    {Scheduler last name} {Event duration} {LOCATION} {HOST/ATTENDEE} {HOST} {ATTENDEE} {USER}";
        let created = user.create("x", json!({ "customName": good })).await;
        assert_eq!(created["customName"], good);
        for method in ["create", "patch"] {
            let body = json!({ "customName": "{Organiser} {my-field}" });
            let answer = if method == "create" { user.try_create("y", body).await } else { user.patch(&created["id"], body).await };
            assert_eq!(answer.refused(400), "Invalid event name variables: {my-field}");
        }
    }

    /// ET-10, ET-11
    async fn calendars_have_to_be_connected(server: TestServer) {
        let user = User::regular(&server).await;
        let calendar = json!({ "destinationCalendar": { "integration": "google_calendar", "externalId": "a@b.c" } });
        let email = json!({ "useDestinationCalendarEmail": true });
        let created = user.create("x", json!({ "useDestinationCalendarEmail": false })).await;
        for answer in [user.try_create("y", calendar.clone()).await, user.patch(&created["id"], calendar).await] {
            assert_eq!(answer.refused(400), "Invalid destinationCalendarId: Calendar does not exist");
        }
        for answer in [user.try_create("y", email.clone()).await, user.patch(&created["id"], email).await] {
            assert!(answer.refused(400).contains("useDestinationCalendarEmail"), "{}", answer.text);
        }
    }

    /// ET-12
    async fn the_default_layout_is_an_enabled_one(server: TestServer) {
        let user = User::regular(&server).await;
        let body = |default: &str, enabled: Value| json!({ "bookerLayouts": { "defaultLayout": default, "enabledLayouts": enabled } });
        for (default, enabled) in [("month", json!(["week"])), ("month", json!([])), ("year", json!(["month"])), ("month", json!(["year"])), ("month", json!("month"))] {
            let answer = user.try_create("x", body(default, enabled)).await;
            assert_eq!(answer.invalid_fields(), ["bookerLayouts"]);
        }
        user.create("x", body("column", json!(["month", "column"]))).await;
    }

    /// ET-13
    async fn an_interface_language_is_one_of_the_list(server: TestServer) {
        let user = User::regular(&server).await;
        let created = user.create("x", json!({ "interfaceLanguage": "" })).await;
        assert_eq!(created["interfaceLanguage"], "");
        for body in [json!({ "interfaceLanguage": "xx" }), json!({ "interfaceLanguage": "EN" }), json!({ "interfaceLanguage": 1 })] {
            assert_eq!(user.try_create("y", body.clone()).await.invalid_fields(), ["interfaceLanguage"]);
            assert_eq!(user.patch(&created["id"], body).await.invalid_fields(), ["interfaceLanguage"]);
        }
    }

    /// ET-14, ET-15, ET-16: in every direction, on creating and on changing.
    async fn seats_go_with_one_location_without_confirmation_and_without_series(server: TestServer) {
        let user = User::regular(&server).await;
        let seats = || json!({ "seats": { "seatsPerTimeSlot": 3, "showAttendeeInfo": true, "showAvailabilityCount": false } });
        let place = json!({ "type": "address", "address": "1 Main St", "public": false });
        let two = || json!({ "locations": [place, { "type": "attendeePhone" }] });
        let confirmed = || json!({ "confirmationPolicy": { "type": "always", "blockUnconfirmedBookingsInBooker": false } });
        let series = || json!({ "recurrence": { "interval": 1, "occurrences": 2, "frequency": "monthly" } });
        let both = |one: Value, other: Value| {
            let mut body = fields(one);
            body.extend(fields(other));
            Value::Object(body)
        };
        for (number, other, text) in [
            (0, two(), "Seats Validation failed: Seats are enabled but more than one location provided."),
            (1, confirmed(), "Seats Validation failed: Seats are enabled but requiresConfirmation is true."),
            (2, series(), "Recurring Events and Offer Seats cannot be active at the same time."),
        ] {
            let seated = user.create(&format!("seated{number}"), seats()).await;
            let unseated = user.create(&format!("unseated{number}"), other.clone()).await;
            for answer in [
                user.try_create("x", both(seats(), other.clone())).await,
                user.patch(&seated["id"], other.clone()).await,
                user.patch(&unseated["id"], seats()).await,
            ] {
                if number == 2 {
                    assert_eq!(answer.refused(400), "Bad request: Please check your request data and try again");
                    assert_eq!(answer.body["error"]["details"]["message"], text);
                    assert_eq!(answer.body["error"]["code"], "TRPCError");
                } else {
                    assert_eq!(answer.refused(400), text);
                }
            }
            // The merged result counts (ET-15).
            let off = both(json!({ "seats": { "disabled": true } }), other);
            let answer = user.patch(&seated["id"], off).await;
            assert_eq!(answer.accepted(200)["seats"], json!({ "disabled": true }));
        }
        for count in [json!(0), json!(1001), json!("2"), Value::Null] {
            let body = json!({ "seats": { "seatsPerTimeSlot": count, "showAttendeeInfo": true, "showAvailabilityCount": true } });
            assert_eq!(user.try_create("x", body).await.invalid_fields(), ["seats"]);
        }
    }

    /// ET-17
    async fn an_offset_is_not_negative(server: TestServer) {
        let user = User::regular(&server).await;
        let answer = user.try_create("x", json!({ "offsetStart": -1 })).await;
        assert_eq!(texts(&answer), ["offsetStart must not be less than 0"]);
    }

    /// ET-33
    async fn booking_windows_are_days_or_a_range(server: TestServer) {
        let user = User::regular(&server).await;
        for (number, (sent, shown)) in [
            (json!({ "type": "calendarDays", "value": 30 }), json!({ "type": "calendarDays", "value": 30, "rolling": false })),
            (json!({ "type": "businessDays", "value": 5, "rolling": false }), json!({ "type": "businessDays", "value": 5, "rolling": false })),
            (json!({ "type": "calendarDays", "value": 7, "rolling": true }), json!({ "type": "calendarDays", "value": 7, "rolling": true })),
            (
                json!({ "type": "range", "value": ["2026-06-05T10:00:00Z", "2026-06-06"] }),
                json!({ "type": "range", "value": ["2026-06-05", "2026-06-06"] }),
            ),
            (json!({ "disabled": true }), json!({ "disabled": true })),
        ].into_iter().enumerate() {
            let created = user.create(&format!("window{number}"), json!({ "bookingWindow": sent })).await;
            assert_eq!(created["bookingWindow"], shown);
        }
        for wrong in [
            json!({}), json!([]), json!("x"), json!({ "type": "weeks", "value": 1 }), json!({ "type": "calendarDays" }),
            json!({ "type": "calendarDays", "value": -1 }), json!({ "type": "calendarDays", "value": 1, "rolling": 1 }),
            json!({ "type": "range", "value": ["2026-06-05"] }), json!({ "type": "range", "value": ["2026-02-30", "2026-06-05"] }),
            json!({ "type": "range", "value": ["2026-06-06", "2026-06-05"] }), json!({ "type": "range", "value": [1, 2] }),
            json!({ "type": "range", "value": ["2026-06-05", "2026-06-06", "2026-06-07"] }),
            json!({ "type": "range", "value": ["日本日本日本", "2026-06-06"] }),
        ] {
            let answer = user.try_create("x", json!({ "bookingWindow": wrong })).await;
            assert!(texts(&answer)[0].contains("Invalid bookingWindow structure."), "{wrong}: {}", answer.text);
        }
    }

    /// ET-34
    async fn a_timed_confirmation_has_a_threshold(server: TestServer) {
        let user = User::regular(&server).await;
        let timed = json!({
            "type": "time", "noticeThreshold": { "unit": "minutes", "count": 90 }, "blockUnconfirmedBookingsInBooker": false,
        });
        let created = user.create("x", json!({ "confirmationPolicy": timed })).await;
        assert_eq!(created["confirmationPolicy"], timed);
        assert_eq!(created["metadata"], json!({}), "the threshold is not in there");
        let bare = json!({ "confirmationPolicy": { "type": "time", "blockUnconfirmedBookingsInBooker": false } });
        for answer in [user.try_create("y", bare.clone()).await, user.patch(&created["id"], bare).await] {
            assert_eq!(texts(&answer), ["noticeThreshold is required when type is time"]);
        }
        let always = json!({ "type": "always", "blockUnconfirmedBookingsInBooker": true });
        let answer = user.patch(&created["id"], json!({ "confirmationPolicy": always })).await;
        assert_eq!(answer.accepted(200)["confirmationPolicy"], always, "the threshold is gone");
        for wrong in [json!({ "type": "never", "blockUnconfirmedBookingsInBooker": true }), json!({ "type": "always" }), json!({}), json!("always")] {
            let answer = user.try_create("y", json!({ "confirmationPolicy": wrong })).await;
            assert_eq!(answer.invalid_fields(), ["confirmationPolicy"]);
        }
    }

    /// VA-3: every failure at once, in the order of the fields, those of parts at their
    /// place.
    async fn everything_that_is_wrong_is_told_at_once(server: TestServer) {
        let user = User::regular(&server).await;
        let answer = user.try_create("x", json!({
            "title": 5,
            "disableGuests": "yes",
            "confirmationPolicy": {
                "type": "time", "noticeThreshold": { "unit": "days" }, "blockUnconfirmedBookingsInBooker": true,
            },
            "color": { "lightThemeHex": 1 },
            "successRedirectUrl": "javascript:alert(1)",
        })).await;
        assert_eq!(answer.invalid_fields(), ["title", "disableGuests", "confirmationPolicy", "color", "successRedirectUrl"]);
        let policy = &answer.body["error"]["details"]["errors"][2];
        assert_eq!(policy["children"][0]["property"], "noticeThreshold");
        assert_eq!(policy["children"][0]["children"][0]["property"], "unit");
        assert_eq!(policy["children"][0]["children"][1]["property"], "count");
    }
}
