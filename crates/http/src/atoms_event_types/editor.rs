//! What the settings form shows of an event type (file 06, 5.16).

use serde_json::{Map, Value, json};
use slotd_contract::event_type_internal::settings;
use slotd_store::event_types::Stored;
use slotd_store::users::User;
use slotd_store::{Conn, StoreError, schedules};

use super::people::profile_of;

/// The editor's model of an event type of a user.
pub(crate) async fn editor(
    conn: &Conn,
    stored: &Stored,
    owner: &User,
) -> Result<Value, StoreError> {
    let schedules = schedules::of_user(conn, owner.id).await?;
    let chosen = stored.event_type.schedule_id;
    let schedule = schedules.into_iter().find(|own| Some(own.id) == chosen);
    let mut shown = Map::new();
    shown.insert("id".to_owned(), json!(stored.id.0));
    shown.extend(settings(&stored.event_type));
    let rest = [
        ("scheduleName", json!(schedule.map(|schedule| schedule.name))),
        ("owner", json!({ "id": owner.id.0 })),
        ("userId", json!(owner.id.0)),
        ("users", json!([member(owner)])),
    ];
    shown.extend(rest.map(|(name, value)| (name.to_owned(), value)));
    if let Value::Object(rest) = of_no_team() {
        shown.extend(rest);
    }
    Ok(json!({
        "eventType": shown,
        "locationOptions": location_options(),
        "destinationCalendar": null,
        "team": null,
        "teamMembers": [],
        "currentUserMembership": null,
        "isUserOrganizationAdmin": false,
    }))
}

/// What a user's event type has no part in, or nothing of yet.
fn of_no_team() -> Value {
    json!({
        "hashedLink": [], "customInputs": [], "timeZone": null, "currency": "usd", "price": 0,
        "teamId": null, "schedulingType": null, "isInstantEvent": false,
        "instantMeetingParameters": [], "restrictionScheduleId": null,
        "restrictionScheduleName": null, "useBookerTimezone": false, "webhooks": [],
        "workflows": [], "hostGroups": [], "hosts": [], "children": [], "team": null,
        "bookerUrl": "",
    })
}

/// The owner, as they see themselves.
fn member(owner: &User) -> Value {
    json!({
        "id": owner.id.0, "name": owner.name, "email": owner.email, "username": owner.username,
        "avatarUrl": owner.avatar_url, "avatar": owner.avatar_url, "locale": owner.locale,
        "defaultScheduleId": owner.default_schedule_id.map(|id| id.0),
        "isPlatformManaged": owner.is_platform_managed, "timeZone": owner.time_zone,
        "profile": profile_of(owner),
    })
}

/// Locations to choose from: what needs no connected app.
fn location_options() -> Value {
    let option = |label: &str, value: &str| json!({ "label": label, "value": value, "icon": "" });
    let mut video = option("Cal Video", "integrations:daily");
    video["disabled"] = json!(false);
    json!([
        { "label": "Conferencing", "options": [video] },
        { "label": "In person", "options": [
            option("In person (attendee address)", "attendeeInPerson"),
            option("In person (organizer address)", "inPerson"),
        ] },
        { "label": "Phone", "options": [
            option("Attendee phone number", "phone"),
            option("Organizer phone number", "userPhone"),
        ] },
        { "label": "Other", "options": [
            option("Link meeting", "link"),
            option("Custom attendee location", "somewhereElse"),
        ] },
    ])
}
