//! Event types in their current shape (section 6 of the availability rules).

mod access;
mod booking_fields;
mod create;
mod list;
mod locations;
mod properties;
mod settings;
mod update;

use serde_json::{Map, Value, json};
use slotd_testkit::{Answer, Call, TestServer, World};

pub(crate) const PATH: &str = "/v2/event-types";

/// A request in the current version.
pub(crate) fn call(server: &TestServer, method: &str, path: &str) -> Call {
    server.call(method, path).header("cal-api-version", "2024-06-14")
}

/// A server's user and what they do with their event types.
pub(crate) struct User<'a> {
    pub(crate) server: &'a TestServer,
    pub(crate) id: i64,
    pub(crate) username: String,
    /// API key or access token.
    pub(crate) token: String,
}

impl<'a> User<'a> {
    /// A managed user with a schedule.
    pub(crate) async fn managed(server: &'a TestServer, world: &World, email: &str) -> Self {
        let user = server.new_managed_user(world, email).await;
        Self {
            server,
            id: user["user"]["id"].as_i64().unwrap(),
            username: user["user"]["username"].as_str().unwrap().to_owned(),
            token: user["accessToken"].as_str().unwrap().to_owned(),
        }
    }

    /// A person outside of any organization.
    pub(crate) async fn regular(server: &'a TestServer) -> Self {
        let id = server.new_person(None).await;
        let token = server.new_key(id, None, None).await;
        Self { server, id: id.0.into(), username: format!("person-{id}"), token }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        call(self.server, method, path).bearer(&self.token).json(body).send().await
    }

    pub(crate) async fn post(&self, body: &Value) -> Answer {
        self.send("POST", PATH, body).await
    }

    /// Creates an event type from the least there is and these fields.
    pub(crate) async fn create(&self, slug: &str, more: Value) -> Value {
        self.try_create(slug, more).await.accepted(201).clone()
    }

    pub(crate) async fn try_create(&self, slug: &str, more: Value) -> Answer {
        let mut body = least(slug);
        body.extend(fields(more));
        self.post(&Value::Object(body)).await
    }

    pub(crate) async fn get(&self, id: &Value) -> Answer {
        call(self.server, "GET", &format!("{PATH}/{id}")).bearer(&self.token).send().await
    }

    pub(crate) async fn patch(&self, id: &Value, body: Value) -> Answer {
        self.send("PATCH", &format!("{PATH}/{id}"), &body).await
    }

    pub(crate) async fn delete(&self, id: &Value) -> Answer {
        call(self.server, "DELETE", &format!("{PATH}/{id}")).bearer(&self.token).send().await
    }

    pub(crate) async fn list(&self, query: &str) -> Value {
        let call = call(self.server, "GET", &format!("{PATH}{query}")).bearer(&self.token);
        call.send().await.accepted(200).clone()
    }
}

pub(crate) fn fields(value: Value) -> Map<String, Value> {
    let Value::Object(fields) = value else { panic!("{value} is no object") };
    fields
}

/// What creating needs.
pub(crate) fn least(slug: &str) -> Map<String, Value> {
    fields(json!({ "lengthInMinutes": 60, "title": "Title", "slug": slug }))
}

/// All texts of `details.errors`, also those of children.
pub(crate) fn texts(answer: &Answer) -> Vec<String> {
    fn collect(errors: &Value, texts: &mut Vec<String>) {
        for error in errors.as_array().into_iter().flatten() {
            let constraints = error["constraints"].as_object().into_iter().flatten();
            texts.extend(constraints.map(|(_, text)| text.as_str().unwrap().to_owned()));
            collect(&error["children"], texts);
        }
    }
    assert_eq!(answer.refused(400), "Bad Request Exception", "{}", answer.text);
    let mut texts = Vec::new();
    collect(&answer.body["error"]["details"]["errors"], &mut texts);
    texts
}

/// Everything that can be set, each with a value that is not the default.
pub(crate) fn everything() -> Map<String, Value> {
    fields(json!({
        "lengthInMinutesOptions": [15, 30],
        "description": "Ünï 😀",
        "locations": [
            { "type": "integration", "integration": "cal-video" },
            { "type": "address", "address": "1 Main St", "public": true },
        ],
        "bookingFields": [
            { "type": "name", "label": "Who", "placeholder": "You", "disableOnPrefill": true },
            { "type": "select", "slug": "language", "label": "Language", "required": true, "options": ["en", "it"] },
        ],
        "disableGuests": true,
        "slotInterval": 15,
        "minimumBookingNotice": 0,
        "beforeEventBuffer": 5,
        "afterEventBuffer": 10,
        "bookingLimitsCount": { "day": 2, "week": 5 },
        "bookingLimitsDuration": { "day": 60, "week": 100 },
        "bookerActiveBookingsLimit": { "maximumActiveBookings": 2, "offerReschedule": true },
        "onlyShowFirstAvailableSlot": true,
        "bookingWindow": { "type": "businessDays", "value": 30, "rolling": true },
        "offsetStart": 7,
        "bookerLayouts": { "defaultLayout": "week", "enabledLayouts": ["week", "month"] },
        "confirmationPolicy": {
            "type": "time", "noticeThreshold": { "unit": "hours", "count": 3 }, "blockUnconfirmedBookingsInBooker": true,
        },
        "requiresBookerEmailVerification": true,
        "hideCalendarNotes": true,
        "hideCalendarEventDetails": true,
        "hideOrganizerEmail": true,
        "lockTimeZoneToggleOnBookingPage": true,
        "color": { "lightThemeHex": "#ffffff", "darkThemeHex": "red" },
        "customName": "{Event type title} with {Organiser}",
        "successRedirectUrl": "https://example.com/thanks",
        "calVideoSettings": { "disableRecordingForGuests": true, "sendTranscriptionEmails": false },
        "hidden": true,
        "bookingRequiresAuthentication": true,
        "disableCancelling": { "disabled": true },
        "disableRescheduling": { "disabled": false, "minutesBefore": 90 },
        "interfaceLanguage": "es-419",
        "allowReschedulingPastBookings": true,
        "allowReschedulingCancelledBookings": true,
        "showOptimizedSlots": true,
    }))
}
