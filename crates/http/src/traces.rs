//! A span for each request, for OpenTelemetry: built with the feature `otel` only.
//!
//! Its fields have the names of OpenTelemetry's conventions for HTTP. It knows the
//! route and not the path, like the log.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use crate::{App, edge};

/// Target of the spans of requests, by which the log leaves them out.
pub const TRACE_TARGET: &str = "slotd_http::traces";

/// The edge, inside a span.
pub(crate) async fn edge(state: State<App>, request: Request, next: Next) -> Response {
    let span = tracing::info_span!(
        target: TRACE_TARGET,
        "request",
        otel.kind = "server",
        otel.name = Empty,
        otel.status_code = Empty,
        http.request.method = Empty,
        http.route = Empty,
        http.response.status_code = Empty,
        request.id = Empty,
    );
    edge::edge(state, request, next).instrument(span).await
}

/// Writes down in the current span what is known once a request was answered.
pub(crate) fn answered(
    route: Option<&MatchedPath>,
    method: &Method,
    status: StatusCode,
    request_id: Uuid,
) {
    let span = Span::current();
    if span.is_disabled() {
        return;
    }
    let name = match route {
        Some(route) => format!("{method} {}", route.as_str()),
        None => method.to_string(),
    };
    span.record("otel.name", name);
    span.record("http.request.method", method.as_str());
    if let Some(route) = route {
        span.record("http.route", route.as_str());
    }
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    span.record("request.id", tracing::field::display(request_id));
}
