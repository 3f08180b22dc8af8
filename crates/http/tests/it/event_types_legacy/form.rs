//! The settings form: what it writes it reads back.

use serde_json::{Value, json};
use slotd_domain::EventTypeId;
use slotd_domain::event_type::{BookingField, FieldKind, Location};
use slotd_store::event_types;
use slotd_testkit::{TestServer, on_both_engines};

use super::Host;

/// A value for every key that the form can send.
fn everything() -> Value {
    let mut everything = json!({
        "title": "Deep dive", "slug": "deep-dive", "length": 45, "description": "All of it", "hidden": false,
        "locations": [{ "type": "link", "link": "https://meet.example/x", "displayLocationPublicly": true, "customLabel": "Room" }],
        "eventName": "{Event type title} with {Organiser}", "interfaceLanguage": "de", "offsetStart": 5,
        "slotInterval": 15, "minimumBookingNotice": 240, "beforeEventBuffer": 10, "afterEventBuffer": 20,
        "bookingLimits": { "PER_DAY": 2, "PER_WEEK": 5 }, "durationLimits": { "PER_MONTH": 600 },
        "periodType": "ROLLING_WINDOW", "periodDays": 30, "periodCountCalendarDays": true,
    });
    let switches = json!({
        "onlyShowFirstAvailableSlot": true, "requiresConfirmation": true, "requiresConfirmationWillBlockSlot": true,
        "requiresConfirmationForFreeEmail": true, "requiresBookerEmailVerification": true,
        "hideCalendarNotes": true, "hideCalendarEventDetails": true, "hideOrganizerEmail": true,
        "lockTimeZoneToggleOnBookingPage": true, "lockedTimeZone": "Europe/Berlin",
        "successRedirectUrl": "https://thanks.example/", "redirectUrlOnNoRoutingFormResponse": "https://no.example/",
        "forwardParamsSuccessRedirect": false, "customReplyToEmail": "reply@example.com", "secondaryEmailId": 3,
        "eventTypeColor": { "any": ["#ffffff", null] },
        "disableCancelling": true, "disableCancellingScope": "x", "disableRescheduling": true,
        "disableReschedulingScope": "x", "minimumRescheduleNotice": 60, "requiresCancellationReason": "x",
        "allowReschedulingPastBookings": true, "allowReschedulingCancelledBookings": true,
        "maxActiveBookingsPerBooker": 2, "maxActiveBookingPerBookerOfferReschedule": true,
    });
    let rest = json!({
        "showOptimizedSlots": true, "isRRWeightsEnabled": true, "maxLeadThreshold": 4,
        "includeNoShowInRRCalculation": true, "rescheduleWithSameRoundRobinHost": true,
        "assignAllTeamMembers": true, "assignRRMembersUsingSegment": true, "rrSegmentQueryValue": { "a": [1] },
        "aiPhoneCallConfig": { "enabled": false }, "canSendCalVideoTranscriptionEmails": false,
        "useEventLevelSelectedCalendars": true, "autoTranslateDescriptionEnabled": true,
        "instantMeetingExpiryTimeOffsetInSeconds": 60, "instantMeetingSchedule": null,
        "calVideoSettings": {
            "disableRecordingForOrganizer": true, "disableRecordingForGuests": false, "redirectUrlOnExit": "https://bye.example/",
            "enableAutomaticRecordingForOrganizer": null, "enableAutomaticTranscription": true,
            "disableTranscriptionForGuests": null, "disableTranscriptionForOrganizer": null,
        },
        "metadata": {
            "mine": "kept", "multipleDuration": [15, 45], "apps": { "stripe": { "enabled": false } },
            "bookerLayouts": { "enabledLayouts": ["month_view", "week_view"], "defaultLayout": "week_view" },
        },
    });
    for more in [switches, rest] {
        everything.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    }
    everything
}

on_both_engines! {
    /// ET-80, ET-81, ET-83
    async fn what_the_form_writes_it_reads_back(server: TestServer) {
        let host = Host::new(&server).await;
        let sent = everything();
        let mut body = sent.clone();
        for (name, value) in [("id", json!(host.id)), ("children", json!([])), ("multiplePrivateLinks", json!([])), ("unknownKey", json!(1))] {
            body[name] = value;
        }
        let answer = host.patch(&server, &body).await;
        assert_eq!(answer.accepted(200)["eventType"]["title"], "Deep dive");
        let read = host.form(&server).await;
        for (name, value) in sent.as_object().unwrap() {
            assert_eq!(&read[name], value, "{name}");
        }
        assert_eq!(read.get("unknownKey"), None);
        // Written again as it was read, nothing changes.
        let _ = host.patch(&server, &read).await.accepted(200);
        assert_eq!(host.form(&server).await, read);
        // Nothing sent, nothing changes.
        let _ = host.patch(&server, &json!({})).await.accepted(200);
        assert_eq!(host.form(&server).await, read);
    }

    /// ET-80
    async fn null_switches_off_what_the_form_switched_on(server: TestServer) {
        let host = Host::new(&server).await;
        let before = host.form(&server).await;
        let names = [
            "eventName", "slotInterval", "bookingLimits", "durationLimits", "successRedirectUrl", "eventTypeColor",
            "minimumRescheduleNotice", "maxActiveBookingsPerBooker", "maxActiveBookingPerBookerOfferReschedule",
            "lockedTimeZone", "customReplyToEmail", "secondaryEmailId", "rrSegmentQueryValue", "periodDays",
            "periodCountCalendarDays", "interfaceLanguage",
        ];
        let _ = host.patch(&server, &everything()).await.accepted(200);
        let mut off = serde_json::Map::new();
        off.insert("periodType".to_owned(), json!("UNLIMITED"));
        off.extend(names.map(|name| (name.to_owned(), Value::Null)));
        let _ = host.patch(&server, &Value::Object(off)).await.accepted(200);
        let read = host.form(&server).await;
        for name in names {
            assert_eq!(read[name], before[name], "{name}");
        }
        let series = json!({ "interval": 1, "count": 12, "freq": 2 });
        let _ = host.patch(&server, &json!({ "recurringEvent": series })).await.accepted(200);
        assert_eq!(host.form(&server).await["recurringEvent"], series);
        let _ = host.patch(&server, &json!({ "recurringEvent": null })).await.accepted(200);
        assert_eq!(host.form(&server).await["recurringEvent"], Value::Null);
    }

    /// ET-80
    async fn fields_of_a_setting_that_is_off_are_kept_for_later(server: TestServer) {
        let host = Host::new(&server).await;
        let _ = host.patch(&server, &json!({ "seatsShowAttendees": true, "seatsShowAvailabilityCount": false })).await.accepted(200);
        let read = host.form(&server).await;
        assert_eq!(read["seatsPerTimeSlot"], Value::Null);
        assert_eq!((&read["seatsShowAttendees"], &read["seatsShowAvailabilityCount"]), (&json!(true), &json!(false)));
        let _ = host.patch(&server, &json!({ "seatsPerTimeSlot": 4 })).await.accepted(200);
        let shown = host.booker(&server, "intro").await;
        let shown = shown.accepted(200);
        assert_eq!((&shown["seatsPerTimeSlot"], &shown["seatsShowAttendees"], &shown["seatsShowAvailabilityCount"]), (&json!(4), &json!(true), &json!(false)));
        let _ = host.patch(&server, &json!({ "metadata": { "a": 1, "b": { "c": [null] } } })).await.accepted(200);
        let _ = host.patch(&server, &json!({ "metadata": { "b": null } })).await.accepted(200);
        assert_eq!(host.form(&server).await["metadata"], json!({ "a": 1 }), "keys that are not sent stay");
    }

    /// ET-83
    async fn what_the_form_has_no_name_for_stays_when_it_saves(server: TestServer) {
        let host = Host::new(&server).await;
        let path = format!("/v2/event-types/{}", host.id);
        let call = |method: &str| server.call(method, &path).bearer(&host.token).header("cal-api-version", "2024-06-14");
        let policy = json!({ "type": "time", "noticeThreshold": { "unit": "hours", "count": 24 }, "blockUnconfirmedBookingsInBooker": true });
        let color = json!({ "lightThemeHex": "#ffffff", "darkThemeHex": "#000000" });
        let split = json!({ "type": "splitName", "firstNameLabel": "First", "lastNameLabel": "Last", "lastNameRequired": true });
        let body = json!({ "confirmationPolicy": policy, "color": color, "bookingFields": [split] });
        let _ = call("PATCH").json(&body).send().await.accepted(200);
        let form = host.form(&server).await;
        assert_eq!((&form["requiresConfirmation"], &form["eventTypeColor"]), (&json!(true), &Value::Null));
        assert_eq!(form["metadata"], json!({}));
        assert_eq!(form["bookingFields"][0]["variant"], "firstAndLastName");
        let split = call("GET").send().await.accepted(200)["bookingFields"][0].clone();
        assert_eq!((&split["firstNameLabel"], &split["lastNameRequired"]), (&json!("First"), &json!(true)));
        let _ = host.patch(&server, &form).await.accepted(200);
        let sent = json!({ "requiresConfirmation": true, "requiresConfirmationWillBlockSlot": false, "eventTypeColor": { "x": 1 } });
        let _ = host.patch(&server, &sent).await.accepted(200);
        let read = call("GET").send().await;
        let read = read.accepted(200);
        assert_eq!(read["confirmationPolicy"]["noticeThreshold"], policy["noticeThreshold"]);
        assert_eq!(read["confirmationPolicy"]["blockUnconfirmedBookingsInBooker"], false);
        assert_eq!(read["color"], color);
        assert_eq!(read["bookingFields"][0], split);
        // A color that another shape sets leaves the form's alone.
        let _ = call("PATCH").json(&json!({ "color": null })).send().await.accepted(200);
        assert_eq!(host.form(&server).await["eventTypeColor"], json!({ "x": 1 }));
        assert!(!host.booker(&server, "intro").await.text.contains("eventTypeColor"), "its owner's alone");
    }

    /// ET-80
    async fn a_range_of_dates_is_read_back(server: TestServer) {
        let host = Host::new(&server).await;
        let range = json!({ "periodType": "RANGE", "periodStartDate": "2026-06-05T22:00:00.000Z", "periodEndDate": "2026-06-09" });
        let _ = host.patch(&server, &range).await.accepted(200);
        let shown = host.booker(&server, "intro").await;
        let shown = shown.accepted(200);
        assert_eq!(shown["periodType"], "RANGE");
        assert_eq!((&shown["periodStartDate"], &shown["periodEndDate"]), (&json!("2026-06-05T00:00:00.000Z"), &json!("2026-06-09T00:00:00.000Z")));
        let rolling = json!({ "periodType": "ROLLING", "periodDays": 7, "periodCountCalendarDays": false });
        let _ = host.patch(&server, &rolling).await.accepted(200);
        let form = host.form(&server).await;
        assert_eq!((&form["periodType"], &form["periodDays"], &form["periodCountCalendarDays"]), (&json!("ROLLING"), &json!(7), &json!(false)));
        assert_eq!(form["periodEndDate"], "2026-06-09T00:00:00.000Z", "kept for the next range");
    }

    /// ET-80
    async fn booking_fields_of_every_kind_are_read_back_in_their_order(server: TestServer) {
        let host = Host::new(&server).await;
        let mut fields = host.form(&server).await["bookingFields"].as_array().unwrap().clone();
        let options = json!([{ "label": "A", "value": "a", "price": 5 }, { "label": "B", "value": "b" }]);
        for kind in ["select", "multiselect", "checkbox", "radio"] {
            fields.push(json!({ "name": kind, "type": kind, "label": kind, "required": true, "hidden": false, "options": options, "editable": "user" }));
        }
        for kind in ["phone", "address", "text", "url", "number", "textarea", "multiemail", "boolean"] {
            fields.push(json!({
                "name": format!("my-{kind}"), "type": kind, "label": kind, "placeholder": "x", "required": false, "hidden": true,
                "editable": "user-readonly", "disableOnPrefill": true, "own": 3,
                "sources": [{ "id": "user", "type": "user", "label": "User", "fieldRequired": true }],
                "views": [{ "id": "reschedule", "label": "R" }],
            }));
        }
        fields[0]["variant"] = json!("firstAndLastName");
        fields[0]["variantsConfig"] = json!({ "any": [1] });
        fields[1]["label"] = json!("Your address");
        fields.swap(5, 9);
        let _ = host.patch(&server, &json!({ "bookingFields": fields })).await.accepted(200);
        let read = host.form(&server).await["bookingFields"].clone();
        for (read, sent) in read.as_array().unwrap().iter().zip(&fields) {
            for (key, value) in sent.as_object().unwrap() {
                assert_eq!(&read[key], value, "{}: {key}", sent["name"]);
            }
        }
        assert_eq!(read.as_array().unwrap().len(), fields.len());
        assert_eq!(host.booker(&server, "intro").await.accepted(200)["bookingFields"], read);
    }

    /// ET-80
    async fn an_address_is_asked_for_when_the_form_left_it_out(server: TestServer) {
        let host = Host::new(&server).await;
        let fields = json!([{ "name": "company", "type": "text", "label": "Company", "required": true }]);
        let _ = host.patch(&server, &json!({ "bookingFields": fields })).await.accepted(200);
        let read = host.form(&server).await["bookingFields"].clone();
        let names: Vec<&Value> = read.as_array().unwrap().iter().map(|field| &field["name"]).collect();
        assert_eq!(names, ["name", "email", "company", "location", "title", "notes", "guests", "rescheduleReason"]);
        assert_eq!((&read[1]["required"], &read[1]["hidden"]), (&json!(true), &json!(false)));
        // The guests field and `disableGuests` say the same.
        let mut fields = read.clone();
        fields[6]["hidden"] = json!(true);
        let _ = host.patch(&server, &json!({ "bookingFields": fields })).await.accepted(200);
        assert_eq!(host.form(&server).await["disableGuests"], true);
        let _ = host.patch(&server, &json!({ "disableGuests": false })).await.accepted(200);
        assert_eq!(host.form(&server).await["bookingFields"], read);
    }

    /// ET-80
    async fn changes_at_the_same_time_are_all_kept(server: TestServer) {
        let host = Host::new(&server).await;
        let bodies: Vec<Value> = (0..12).map(|n| json!({ "metadata": { format!("k{n}"): n } })).collect();
        let sent = bodies.iter().map(|body| host.patch(&server, body));
        for answer in futures_util::future::join_all(sent).await {
            let _ = answer.accepted(200);
        }
        let metadata = host.form(&server).await["metadata"].clone();
        assert_eq!(metadata.as_object().unwrap().len(), 12, "{metadata}");
    }

    /// ET-80
    async fn what_fits_no_shape_comes_back_but_is_never_new(server: TestServer) {
        let host = Host::new(&server).await;
        let id = EventTypeId(i32::try_from(host.id).unwrap());
        let place = json!({ "type": "hologram", "x": 1 });
        let field = json!({ "name": "mood", "type": "emoji", "required": false });
        let (unknown_place, unknown_field) = (Location::from(place.clone()), FieldKind::Unknown(field.clone()));
        server
            .write(move |conn| {
                let (place, field) = (unknown_place.clone(), unknown_field.clone());
                Box::pin(async move {
                    let mut stored = event_types::lock(conn, id).await?.unwrap().event_type;
                    stored.locations.push(place);
                    let mut fields = BookingField::defaults();
                    fields.push(BookingField::new(field, "unknown", false, false));
                    stored.booking_fields = Some(fields);
                    event_types::update(conn, id, &stored).await.map(drop)
                })
            })
            .await;
        let form = host.form(&server).await;
        assert_eq!(form["locations"], json!([place]));
        assert_eq!(form["bookingFields"].as_array().unwrap().last().unwrap(), &field);
        let _ = host.patch(&server, &json!({ "locations": form["locations"], "bookingFields": form["bookingFields"] })).await.accepted(200);
        assert_eq!(host.form(&server).await, form);
        assert_eq!(host.booker(&server, "intro").await.accepted(200)["locations"], json!([]));
        let other = json!({ "locations": [{ "type": "hologram", "x": 2 }] });
        assert_eq!(host.patch(&server, &other).await.refused(400), "Unsupported location type 'hologram'.");
    }
}
