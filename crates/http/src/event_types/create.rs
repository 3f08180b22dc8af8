//! `POST /v2/event-types`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use slotd_contract::Success;
use slotd_contract::event_types::{CreateEventType, Shown};
use slotd_domain::event_type::EventType;
use slotd_domain::{EventTypeId, UserId};
use slotd_store::event_types::Stored;
use slotd_store::users::User;
use slotd_store::{Conn, Constraint, Sequence, StoreError, UnitOfWork, event_types, users};

use super::{MOST, check, check_schedule, legacy, shown};
use crate::access::Principal;
use crate::body::Unread;
use crate::version::ApiVersion;
use crate::{ApiError, App, messages};

/// Creates an event type of the caller (ET-1).
#[utoipa::path(
    post, path = "/v2/event-types", operation_id = "EventTypesController_2024_06_14_createEventType",
    tag = "Event Types", summary = "Create an event type",
    params(
        ("cal-api-version" = String, Header, description = "`2024-06-14`"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
    ),
    request_body = CreateEventType,
    responses((status = 201, description = "The new event type", body = Success<Shown>)),
)]
pub(super) async fn create(
    State(app): State<App>,
    version: ApiVersion,
    principal: Principal,
    sent: Unread,
) -> Result<Response, ApiError> {
    if version < ApiVersion::V2024_06_14 {
        return legacy::create(&app, &principal, sent).await;
    }
    let body = sent.read::<CreateEventType>()?;
    let event_type = EventType::from(body);
    check(&event_type, None, &sent.0)?;
    let (user, now) = (principal.user_id, app.clock.now());
    let id = EventTypeId(app.store.next_id(Sequence::EventType).await?);
    let create = Create { id, user, event_type: event_type.clone(), now };
    let owner = Box::pin(app.store.write(create)).await?;
    let stored = Stored { id, user_id: Some(user), team_id: None, event_type, created_at: now };
    Ok((StatusCode::CREATED, Json(Success::of(shown(&app, &stored, &owner)))).into_response())
}

pub(super) struct Create {
    pub(super) id: EventTypeId,
    pub(super) user: UserId,
    pub(super) event_type: EventType,
    pub(super) now: Timestamp,
}

impl UnitOfWork for Create {
    type Output = User;
    type Error = ApiError;

    async fn run(&self, conn: &Conn) -> Result<User, ApiError> {
        let Self { user, event_type, .. } = self;
        // The user is held, so that the number of event types stays as it was counted.
        let (_, owner, count, taken) = tokio::try_join!(
            biased;
            users::lock(conn, *user),
            users::by_id(conn, *user),
            event_types::count_of_user(conn, *user),
            event_types::of_slug(conn, *user, &event_type.slug),
        )?;
        let owner = owner.ok_or_else(|| ApiError::unauthorized(messages::INVALID_ACCESS_TOKEN))?;
        if count.is_some_and(|(count,)| count >= MOST) {
            return Err(ApiError::bad_request(messages::TOO_MANY_EVENT_TYPES));
        }
        if taken.is_some() {
            return Err(ApiError::bad_request(messages::SLUG_IS_TAKEN));
        }
        check_schedule(conn, *user, event_type).await?;
        let insert = event_types::insert(conn, self.id, *user, event_type, self.now);
        match conn.commit_with(insert).await {
            Ok(_) => Ok(owner),
            Err(StoreError::Constraint(Constraint::EventTypeUserSlug)) => {
                Err(ApiError::bad_request(messages::SLUG_IS_TAKEN))
            }
            Err(error) => Err(error.into()),
        }
    }
}
