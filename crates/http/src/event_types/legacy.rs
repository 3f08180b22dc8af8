//! `/v2/event-types` for versions before 2024-06-14 (section 10 of the availability
//! rules).
#![expect(clippy::unused_async, reason = "the operations are not built yet")]

use axum::response::Response;

use super::PATH;
use crate::access::{EventTypeNumber, Principal};
use crate::body::Unread;
use crate::{ApiError, App};

pub(super) async fn create(_: &App, _: &Principal, _: Unread) -> Result<Response, ApiError> {
    Err(ApiError::not_built("POST", PATH))
}

pub(super) async fn list(
    _: &App,
    _: Option<&Principal>,
    _: &[(String, String)],
) -> Result<Response, ApiError> {
    Err(ApiError::not_built("GET", PATH))
}

pub(super) async fn get(
    _: &App,
    _: &Principal,
    path: &EventTypeNumber,
) -> Result<Response, ApiError> {
    Err(ApiError::not_built("GET", &format!("{PATH}/{}", path.text)))
}

pub(super) async fn update(
    _: &App,
    _: &Principal,
    path: &EventTypeNumber,
    _: Unread,
) -> Result<Response, ApiError> {
    Err(ApiError::not_built("PATCH", &format!("{PATH}/{}", path.text)))
}

pub(super) async fn delete(
    _: &App,
    _: &Principal,
    path: &EventTypeNumber,
) -> Result<Response, ApiError> {
    Err(ApiError::not_built("DELETE", &format!("{PATH}/{}", path.text)))
}
