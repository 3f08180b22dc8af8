//! What must happen outside because of a booking (section 25): rows beside it.

use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_domain::BookingId;
use slotd_store::outbox;
use slotd_testkit::{Tables, TestServer, World, on_both_engines};

use super::{
    approval, at, book, bookable, booked, change, effects, facts, managed, wanted, wanted_by,
    weekly, with,
};
use crate::slots::id_of;

/// Every effect that there is, of all bookings.
async fn everything(server: &TestServer) -> usize {
    let tables = Tables::open(&server.database.options.location).await;
    tables.column("select effect from outbox").await.len()
}

/// Sets what happens because of bookings of a client.
async fn switch(server: &TestServer, world: &World, mails: bool, calendars: bool) {
    let path = format!("/v2/oauth-clients/{}", world.client);
    let body = json!({ "areEmailsEnabled": mails, "areCalendarEventsEnabled": calendars });
    let _ = server.call("PATCH", &path).bearer(&world.key).json(&body).send().await.accepted(200);
}

/// When an effect of a booking is due.
async fn due(server: &TestServer, booking: &Value, effect: &str) -> Timestamp {
    let conn = server.app.store.read().await.unwrap();
    let effects = outbox::effects_of(&conn, BookingId(id_of(booking))).await.unwrap();
    effects.iter().find(|it| it.effect == effect).unwrap().due_at
}

on_both_engines! {
    /// 25.4, 25.5, R7.7, R7.47
    async fn a_booking_is_told_to_calendar_people_and_receivers(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let data = booked(&server, id, &at("10:00")).await;
        assert_eq!(effects(&server, &data).await, [
            "calendar.create", "conferencing.create", "mail.scheduled", "webhook.BOOKING_CREATED", "webhook.MEETING_ENDED",
            "webhook.MEETING_STARTED",
        ]);
        for effect in ["calendar.create", "conferencing.create", "mail.scheduled", "webhook.BOOKING_CREATED"] {
            assert_eq!(due(&server, &data, effect).await, server.now(), "{effect}");
        }
        assert_eq!(due(&server, &data, "webhook.MEETING_STARTED").await, at("10:00").parse().unwrap());
        assert_eq!(due(&server, &data, "webhook.MEETING_ENDED").await, at("11:00").parse().unwrap());
        let facts = facts(&server, &data).await;
        let [fact] = facts.as_slice() else { panic!("{facts:?}") };
        assert_eq!((fact.sequence, fact.kind.as_str(), fact.created_at), (1, "created", server.now()));
        // What is sent later shows the booking as it was.
        assert_eq!(fact.snapshot["booking"], data);
    }

    /// R7.27: no meeting is made for what takes place elsewhere.
    async fn only_online_bookings_need_a_meeting(server: TestServer) {
        let (_, id) = bookable(&server, &json!({})).await;
        let body = with(&wanted(id, &at("10:00")), &json!({ "location": "https://meet.example.test/x" }));
        let answer = book(&server, &body).await;
        let effects = effects(&server, answer.accepted(201)).await;
        assert!(effects.contains(&"calendar.create".to_owned()), "{effects:?}");
        assert!(effects.iter().all(|effect| !effect.starts_with("conferencing.")), "{effects:?}");
    }

    /// BK-193, BK-197: the creation's part.
    async fn a_request_is_told_to_people_only(server: TestServer) {
        let (_, id) = bookable(&server, &approval(false)).await;
        let data = booked(&server, id, &at("10:00")).await;
        assert_eq!(effects(&server, &data).await, ["mail.requested", "webhook.BOOKING_REQUESTED"]);
        assert_eq!(facts(&server, &data).await[0].kind, "requested");
    }

    /// OC-15, OC-17, R7.5, R7.6, R7.8, BK-194, BK-195, BK-196: the creation's part.
    async fn a_client_can_switch_mails_and_calendars_off(server: TestServer) {
        let world = server.world().await;
        let (host, id) = managed(&server, &world, "nina@klinik.test", &json!({})).await;
        let waiting = host.event_type("waiting", &approval(false)).await;
        for (hour, mails, calendars) in [("09:00", false, false), ("10:00", true, false), ("11:00", false, true), ("12:00", true, true)] {
            switch(&server, &world, mails, calendars).await;
            let data = booked(&server, id, &at(hour)).await;
            let found = effects(&server, &data).await;
            let has = |prefix: &str| found.iter().any(|effect| effect.starts_with(prefix));
            assert_eq!((has("mail."), has("calendar."), has("conferencing.")), (mails, calendars, calendars), "{found:?}");
            assert!(has("webhook.BOOKING_CREATED") && has("webhook.MEETING_STARTED"), "{found:?}");
            assert_eq!(data["location"], "integrations:daily");
            assert_eq!(facts(&server, &data).await[0].snapshot["oAuthClientId"], json!(world.client));
            let requested = booked(&server, waiting, &at(&hour.replace("09", "13").replace("10", "14").replace("11", "15").replace("12", "16"))).await;
            let found = effects(&server, &requested).await;
            assert_eq!(found.contains(&"mail.requested".to_owned()), mails, "{found:?}");
            assert!(found.contains(&"webhook.BOOKING_REQUESTED".to_owned()), "{found:?}");
        }
    }

    /// BK-27, R7.48, 25.9
    async fn nothing_follows_from_what_was_refused_or_there_already(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        booked(&server, id, &at("10:00")).await;
        let waiting = host.event_type("waiting", &approval(false)).await;
        booked(&server, waiting, &at("12:00")).await;
        let before = everything(&server).await;
        booked(&server, waiting, &at("12:00")).await;
        let long = host.event_type("long", &weekly(2)).await;
        server.new_booking(&slotd_testkit::TestBooking::new(host.id, id, "2050-09-12T14:00:00Z", "2050-09-12T15:00:00Z")).await;
        for body in [
            wanted(id, &at("10:00")),
            wanted(id, &at("08:00")),
            wanted(long, &at("14:00")),
            wanted_by(id, &at("15:00"), "no address"),
            with(&wanted(id, &at("15:00")), &json!({ "instant": true })),
        ] {
            let _ = book(&server, &body).await.refused(400);
        }
        assert_eq!(everything(&server).await, before);
        let tables = Tables::open(&server.database.options.location).await;
        assert_eq!(tables.column("select kind from booking_event").await.len(), 2);
    }

    /// 25.5: what is sent later shows event type, host and client as they were.
    async fn an_event_keeps_what_is_around_the_booking(server: TestServer) {
        let world = server.world().await;
        let (host, id) = managed(&server, &world, "nina@klinik.test", &json!({
            "description": "Before", "hideOrganizerEmail": true,
            "bookingFields": [{ "type": "text", "slug": "species", "label": "Kind", "required": false }],
        })).await;
        let path = format!("/v2/oauth-clients/{}", world.client);
        let client = |uri: &str| json!({
            "bookingRedirectUri": format!("{uri}/booking"), "bookingCancelRedirectUri": format!("{uri}/cancel"),
            "bookingRescheduleRedirectUri": format!("{uri}/move"),
        });
        let set = async |uri: &str| {
            let body = client(uri);
            let _ = server.call("PATCH", &path).bearer(&world.key).json(&body).send().await.accepted(200);
        };
        let set_host = async |body: Value| {
            let _ = server.call("PATCH", "/v2/me").bearer(&host.key).json(&body).send().await.accepted(200);
        };
        set("https://before.example").await;
        set_host(json!({ "locale": "de", "timeFormat": 24 })).await;
        let booking = booked(&server, id, &at("10:00")).await;
        set("https://after.example").await;
        set_host(json!({ "locale": "fr", "timeFormat": 12 })).await;
        change(&host, id, &json!({ "description": "After", "title": "Other", "hideOrganizerEmail": false, "bookingFields": [{ "type": "text", "slug": "other", "label": "Other", "required": false }], "lengthInMinutes": 30 })).await;

        let first = facts(&server, &booking).await.remove(0);
        assert_eq!((first.event_type_title.as_deref(), first.event_type_length_minutes), (Some("Event"), Some(60)));
        let settings = first.event_type_settings.unwrap();
        assert_eq!((&settings["description"], &settings["hide_organizer_email"]), (&json!("Before"), &json!(true)));
        assert!(first.event_type_booking_fields.unwrap().to_string().contains("\"Kind\""));
        assert_eq!((first.host_locale.as_deref(), first.host_time_format), (Some("de"), Some(24)));
        let uris = [first.booking_redirect_uri, first.booking_cancel_redirect_uri, first.booking_reschedule_redirect_uri];
        assert_eq!(uris.map(Option::unwrap), ["booking", "cancel", "move"].map(|page| format!("https://before.example/{page}")));
    }
}
