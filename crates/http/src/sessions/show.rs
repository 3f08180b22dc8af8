//! `GET /auth/session`

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::tz::TimeZone;

use super::{form_token, of_request};
use crate::{ApiError, App, messages, pages};

#[derive(Template)]
#[template(path = "session.html")]
struct Page {
    email: String,
    until: String,
    form_token: String,
}

/// Says who is logged in in this browser.
pub(super) async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Response, ApiError> {
    let Some(session) = of_request(&app, &headers).await? else { return nobody() };
    let until = session.expires_at.to_zoned(TimeZone::UTC);
    let page = Page {
        form_token: form_token(&app, &session),
        email: session.email,
        until: until.strftime("%-d %B %Y, %H:%M UTC").to_string(),
    };
    pages::page(StatusCode::OK, &page, "")
}

/// The page for somebody who has no session.
pub(crate) fn nobody() -> Result<Response, ApiError> {
    pages::message(StatusCode::UNAUTHORIZED, "You are not logged in", messages::NO_SESSION)
}
