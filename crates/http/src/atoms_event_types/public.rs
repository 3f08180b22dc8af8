//! `GET /v2/atoms/event-types/{slug}/public`

use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use serde_json::Value;
use slotd_contract::Success;
use slotd_domain::OrganizationId;

use super::people::group_meeting_of;
use super::{Wanted, booker_of, find_user};
use crate::access::path_parameter;
use crate::body::Query;
use crate::{ApiError, App, messages};

/// Most people of a meeting that is not set up.
const MOST_PEOPLE: usize = 30;

/// Shows the booker an event type: a user's, or one that several people have together
/// for the moment (ET-84, ET-85; file 06, 5.4).
#[utoipa::path(
    get, path = "/v2/atoms/event-types/{slug}/public", operation_id = "AtomsEventTypesController_getPublicEventType",
    tag = "Event Types", summary = "Get an event type for the booker",
    params(
        ("slug" = String, Path, description = "Slug of the event type; any for several people"),
        ("username" = Option<String>, Query, description = "Whose it is; several names joined by `+` meet together"),
        ("isTeamEvent" = Option<String>, Query, description = "`true` for an event type of a team"),
        ("teamId" = Option<String>, Query, description = "The team"),
        ("orgId" = Option<String>, Query, description = "Look only among the members of this organization"),
    ),
    responses((status = 200, description = "The booker's model", body = Success<Object>)),
)]
pub(super) async fn public(
    State(app): State<App>,
    Query(pairs): Query,
    parts: Parts,
) -> Result<Json<Success<Value>>, ApiError> {
    let slug = path_parameter(&parts, "slug").unwrap_or_default();
    let missing = || ApiError::not_found(messages::unknown_event_type_slug(&slug));
    let asked = Asked::read(&pairs)?;
    if asked.is_team_event {
        // Teams have no event types yet.
        return Err(missing());
    }
    let conn = app.store.read().await?;
    if let [username] = asked.usernames.as_slice() {
        let wanted = Wanted { username, slug: &slug, organization: asked.organization };
        let shown = booker_of(&conn, &wanted).await?;
        return shown.map(|shown| Json(Success::of(shown))).ok_or_else(missing);
    }
    let mut people = Vec::new();
    for username in &asked.usernames {
        // Unknown names are passed over (ET-54).
        if let Some(user) = find_user(&conn, username, asked.organization).await?
            && !people.iter().any(|known: &slotd_store::users::User| known.id == user.id)
        {
            people.push(user);
        }
    }
    if people.is_empty() {
        return Err(missing());
    }
    Ok(Json(Success::of(group_meeting_of(&people))))
}

/// The query, of which the last value of a name counts.
struct Asked {
    usernames: Vec<String>,
    is_team_event: bool,
    organization: Option<OrganizationId>,
}

impl Asked {
    fn read(pairs: &[(String, String)]) -> Result<Self, ApiError> {
        let last = |name: &str| {
            let found = pairs.iter().rev().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        };
        // A plus that is not encoded arrives as a blank. No username has either.
        let names = last("username").unwrap_or_default().replace('\0', "\u{fffd}");
        let names = names.split(['+', ' ']).filter(|name| !name.is_empty());
        let usernames: Vec<String> = names.map(str::to_owned).collect();
        if usernames.len() > MOST_PEOPLE {
            return Err(ApiError::bad_request(messages::too_many_people(MOST_PEOPLE)));
        }
        Ok(Self {
            usernames,
            is_team_event: last("isTeamEvent") == Some("true"),
            organization: organization(last("orgId"))?,
        })
    }
}

/// An organization in a query; the texts that a front end makes of nothing are none.
pub(crate) fn organization(text: Option<&str>) -> Result<Option<OrganizationId>, ApiError> {
    match text {
        None | Some("" | "undefined" | "null") => Ok(None),
        Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => {
            // What is longer than an id names nobody's organization.
            Ok(Some(OrganizationId(text.parse().unwrap_or(0))))
        }
        Some(_) => Err(ApiError::bad_request(messages::NUMERIC_STRING_EXPECTED)),
    }
}
