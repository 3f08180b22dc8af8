//! `GET /v2/atoms/schedules/event-type/{eventSlug}`

use axum::Json;
use axum::extract::FromRequestParts;
use axum::extract::State;
use axum::http::request::Parts;
use slotd_contract::{Success, schedules_2024_04_15 as wire};
use slotd_store::schedules;

use crate::access::{Principal, path_parameter};
use crate::schedules::legacy;
use crate::{ApiError, App, messages};

/// The slug in the path, which may be any text.
pub(super) struct PathSlug(String);

impl<S: Sync> FromRequestParts<S> for PathSlug {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(path_parameter(parts, "eventSlug").unwrap_or_default()))
    }
}

/// Returns the schedule that one of the caller's event types goes by, or null when
/// there is none.
#[utoipa::path(
    get, path = "/v2/atoms/schedules/event-type/{eventSlug}",
    operation_id = "AtomsSchedulesController_getScheduleByEventType",
    tag = "Schedules", summary = "Get the schedule of an event type for the components",
    params(
        ("Authorization" = String, Header, description = "`Bearer <access token>`"),
        ("eventSlug" = String, Path, description = "Slug of the event type"),
    ),
    responses((status = 200, description = "The schedule", body = Success<Option<wire::Schedule>>)),
)]
pub(super) async fn by_event_type(
    State(app): State<App>,
    principal: Principal,
    PathSlug(slug): PathSlug,
) -> Result<Json<Success<Option<wire::Schedule>>>, ApiError> {
    let conn = app.store.read().await?;
    let found = schedules::schedule_of_event_type(&conn, principal.user_id, &slug).await?;
    let (id,) =
        found.ok_or_else(|| ApiError::not_found(messages::unknown_event_type_slug(&slug)))?;
    let schedule = match id {
        Some(id) => schedules::by_id(&conn, id).await?,
        None => None,
    };
    let shown = match schedule {
        Some(schedule) => Some(legacy::detailed(&conn, &schedule, app.clock.now()).await?),
        None => None,
    };
    Ok(Json(Success::of(shown)))
}
