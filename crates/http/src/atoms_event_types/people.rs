//! Whose event type is booked, and what anybody may know about them.

use serde_json::{Map, Value, json};
use slotd_contract::event_type_internal::{all_layouts, booker, group_meeting, layouts_of};
use slotd_domain::OrganizationId;
use slotd_domain::event_type::normalize_slug;
use slotd_store::users::{self, User};
use slotd_store::{Conn, StoreError, event_types, schedules};

/// A user's event type, as a public path names it.
pub(crate) struct Wanted<'a> {
    pub(crate) username: &'a str,
    pub(crate) slug: &'a str,
    /// Narrows the search to its members (ET-51).
    pub(crate) organization: Option<OrganizationId>,
}

/// The user with a username, inside an organization if it is given (ET-51).
pub(crate) async fn find_user(
    conn: &Conn,
    username: &str,
    organization: Option<OrganizationId>,
) -> Result<Option<User>, StoreError> {
    let username = username.trim().to_lowercase();
    match organization {
        Some(organization) => users::by_username_in(conn, organization, &username).await,
        None => users::by_username(conn, &username).await,
    }
}

/// The booker's model of one user's event type; none when there is no such, or when it
/// is hidden (ET-84).
pub(crate) async fn booker_of(
    conn: &Conn,
    wanted: &Wanted<'_>,
) -> Result<Option<Value>, StoreError> {
    let user = find_user(conn, wanted.username, wanted.organization).await?;
    let Some(user) = user else { return Ok(None) };
    let slug = normalize_slug(wanted.slug);
    let stored = event_types::of_slug(conn, user.id, slug).await?;
    let Some(stored) = stored.filter(|stored| !stored.event_type.is_hidden) else {
        return Ok(None);
    };
    let event_type = &stored.event_type;
    let schedule = event_type.schedule_id.or(user.default_schedule_id);
    let schedules = schedules::of_user(conn, user.id).await?;
    let schedule = schedules.into_iter().find(|own| Some(own.id) == schedule);
    let mut profile = profile(&user);
    profile["bookerLayouts"] = layouts_of(event_type);
    let mut shown = Map::new();
    shown.insert("id".to_owned(), json!(stored.id.0));
    shown.extend(booker(event_type));
    let rest = [
        (
            "schedule",
            schedule.map_or(Value::Null, |schedule| {
                json!({ "id": schedule.id.0, "timeZone": schedule.time_zone.unwrap_or(user.time_zone.clone()) })
            }),
        ),
        ("profile", profile),
        ("subsetOfUsers", json!([person(&user)])),
        ("entity", entity()),
        ("isDynamic", json!(false)),
    ];
    shown.extend(rest.map(|(name, value)| (name.to_owned(), value)));
    Ok(Some(Value::Object(shown)))
}

/// The booker's model of a meeting with several people (file 06, 5.4.3).
pub(super) fn group_meeting_of(people: &[User]) -> Value {
    let mut shown = group_meeting();
    let week_start = people.first().map(|first| first.week_start.clone());
    let rest = [
        ("id", json!(0)),
        ("schedule", Value::Null),
        (
            "profile",
            json!({
                "weekStart": week_start, "brandColor": null, "darkBrandColor": null, "theme": null,
                "bookerLayouts": all_layouts(),
            }),
        ),
        ("subsetOfUsers", people.iter().map(person).collect()),
        ("entity", entity()),
        ("isDynamic", json!(true)),
    ];
    shown.extend(rest.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(shown)
}

fn profile(user: &User) -> Value {
    json!({
        "username": user.username, "name": user.name, "weekStart": user.week_start,
        "image": user.avatar_url, "brandColor": null, "darkBrandColor": null, "theme": null,
        "bookerLayouts": null,
    })
}

/// What anybody may know about a person: no address, no organization.
fn person(user: &User) -> Value {
    json!({
        "id": user.id.0, "name": user.name, "username": user.username,
        "weekStart": user.week_start, "avatarUrl": user.avatar_url, "organizationId": null,
        "bookerUrl": "", "profile": profile_of(user),
    })
}

pub(super) fn profile_of(user: &User) -> Value {
    json!({
        "id": null, "upId": format!("usr-{}", user.id), "username": user.username,
        "organizationId": null, "organization": null,
    })
}

fn entity() -> Value {
    json!({
        "fromRedirectOfNonOrgLink": true, "considerUnpublished": false, "orgSlug": null,
        "teamSlug": null, "name": null, "hideProfileLink": false, "logoUrl": null,
    })
}
