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
/// only as long as teams have none. Without a caller there is no viewer.
pub(in super::super) async fn list(
    app: &App,
    caller: Option<&Principal>,
) -> Result<Response, ApiError> {
    let nobody = || ApiError::unauthorized(messages::NO_AUTHENTICATION);
    let caller = caller.ok_or_else(nobody)?.user_id;
    let conn = app.store.read().await?;
    let (user, stored) =
        tokio::try_join!(users::by_id(&conn, caller), event_types::of_user(&conn, caller))?;
    let user = user.ok_or_else(nobody)?;
    let profile = json!({
        "id": user.id.0, "name": user.name, "username": user.username,
        "avatarUrl": user.avatar_url,
    });
    let event_types: Value = stored.iter().map(shown).collect();
    let group = json!({ "profile": profile, "eventTypes": event_types });
    Ok(Json(Success::of(json!({ "eventTypeGroups": [group], "profiles": [profile] })))
        .into_response())
}
