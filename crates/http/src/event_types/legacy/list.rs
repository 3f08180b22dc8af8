//! `GET /v2/event-types`

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use slotd_contract::Success;
use slotd_store::{event_types, users};

use super::shown;
use crate::access::Principal;
use crate::{ApiError, App, messages};

/// The viewer's groups: the caller's event types, hidden ones included, and one group
/// only as long as teams have none.
pub(in super::super) async fn list(app: &App, principal: &Principal) -> Result<Response, ApiError> {
    let conn = app.store.read().await?;
    let (user, stored) = tokio::try_join!(
        users::by_id(&conn, principal.user_id),
        event_types::of_user(&conn, principal.user_id),
    )?;
    let user = user.ok_or_else(|| ApiError::unauthorized(messages::UNAUTHORIZED))?;
    let event_types: Value = stored.iter().map(shown).collect();
    Ok(Json(Success::of(json!({
        "eventTypeGroups": [{
            "teamId": null, "bookerUrl": "", "membershipRole": null,
            "profile": { "slug": user.username, "name": user.name, "image": user.avatar_url },
            "metadata": { "membershipCount": 1, "readOnly": false },
            "eventTypes": event_types,
        }],
        "profiles": [{
            "teamId": null, "slug": user.username, "name": user.name, "image": user.avatar_url,
            "membershipRole": null, "membershipCount": 1, "readOnly": false,
        }],
    })))
    .into_response())
}
