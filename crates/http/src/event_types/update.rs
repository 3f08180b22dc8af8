//! `PATCH /v2/event-types/{eventTypeId}`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use slotd_contract::Success;
use slotd_contract::event_types::{Shown, UpdateEventType};
use slotd_domain::UserId;
use slotd_store::event_types::Stored;
use slotd_store::users::User;
use slotd_store::{Conn, Constraint, StoreError, UnitOfWork, event_types, users};

use super::{check, check_schedule, legacy, shown};
use crate::access::{EventTypeNumber, Principal};
use crate::body::Unread;
use crate::version::ApiVersion;
use crate::{ApiError, App, messages};

/// Changes the fields that are given, and keeps all others (ET-18).
#[utoipa::path(
    patch, path = "/v2/event-types/{eventTypeId}",
    operation_id = "EventTypesController_2024_06_14_updateEventType",
    tag = "Event Types", summary = "Update an event type",
    params(
        ("cal-api-version" = String, Header, description = "`2024-06-14`"),
        ("eventTypeId" = i32, Path, description = "Id of the event type"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    request_body = UpdateEventType,
    responses((status = 200, description = "The event type as it is now", body = Success<Shown>)),
)]
pub(super) async fn update(
    State(app): State<App>,
    version: ApiVersion,
    principal: Principal,
    path: EventTypeNumber,
    sent: Unread,
) -> Result<Response, ApiError> {
    if version < ApiVersion::V2024_06_14 {
        return legacy::update(&app, &principal, &path, sent).await;
    }
    let changes = sent.read::<UpdateEventType>()?;
    let update = Update { path, user: principal.user_id, changes, sent: sent.0 };
    let (stored, owner) = Box::pin(app.store.write(update)).await?;
    Ok(Json(Success::of(shown(&app, &stored, &owner))).into_response())
}

struct Update {
    path: EventTypeNumber,
    user: UserId,
    changes: UpdateEventType,
    sent: Value,
}

impl UnitOfWork for Update {
    type Output = (Stored, User);
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<(Stored, User), ApiError> {
        let Self { path, user, .. } = self;
        let unknown = || ApiError::not_found(messages::unknown_event_type(&path.text));
        let id = path.known.ok_or_else(unknown)?;
        let (stored, owner) =
            tokio::try_join!(biased; event_types::lock(conn, id), users::by_id(conn, *user))?;
        let mut stored =
            stored.filter(|stored| stored.user_id == Some(*user)).ok_or_else(unknown)?;
        let owner = owner.ok_or_else(unknown)?;

        let before = stored.event_type.clone();
        let now = &mut stored.event_type;
        self.changes.write_to(now);
        check(now, Some(&before), &self.sent)?;
        if now.slug != before.slug && event_types::of_slug(conn, *user, &now.slug).await?.is_some()
        {
            return Err(ApiError::bad_request(messages::SLUG_IS_TAKEN));
        }
        if now.schedule_id != before.schedule_id {
            check_schedule(conn, *user, now).await?;
        }
        match conn.commit_with(event_types::update(conn, id, now)).await {
            Ok(_) => Ok((stored, owner)),
            Err(StoreError::Constraint(Constraint::EventTypeUserSlug)) => {
                Err(ApiError::bad_request(messages::SLUG_IS_TAKEN))
            }
            Err(error) => Err(error.into()),
        }
    }
}
