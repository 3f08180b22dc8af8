//! The few HTML pages: what all of them have in common.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::ApiError;

const STYLE: &str = include_str!("../templates/style.css");

/// A page that only says something.
#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    title: &'a str,
    text: &'a str,
}

/// An HTML answer. `form_targets` are the CSP sources that a form of the page may
/// lead to, beside this server. No page runs scripts or can be framed.
pub(crate) fn page(
    status: StatusCode,
    template: &impl Template,
    form_targets: &str,
) -> Result<Response, ApiError> {
    let html = template.render().map_err(ApiError::internal)?;
    let mut response = (status, html).into_response();
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {form_targets}; frame-ancestors 'none'; base-uri 'none'"
    );
    let policy = HeaderValue::try_from(policy).map_err(ApiError::internal)?;
    for (name, value) in [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    ] {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

/// A page that only says something.
pub(crate) fn message(status: StatusCode, title: &str, text: &str) -> Result<Response, ApiError> {
    page(status, &Message { title, text }, "")
}

/// `GET /auth/style.css`
pub(crate) async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("max-age=86400")),
    ];
    (headers, STYLE).into_response()
}

/// The page for a form that no page of ours was the source of.
pub(crate) fn foreign_form() -> Result<Response, ApiError> {
    message(
        StatusCode::FORBIDDEN,
        "This form does not belong to your session",
        "Nothing was done. Go back, load the page again and repeat what you did.",
    )
}
