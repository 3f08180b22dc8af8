//! What happens to every request before routing and to every answer after it:
//! path forms, preflights, bodies, time-outs, panics, the error envelope, common
//! headers, and one log line.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody as _};
use axum::extract::{MatchedPath, Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::body::{Form, Json, Sent, discard, read_body};
use crate::{ApiError, App};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// Headers of every answer (CO-1, CO-7) that does not set them itself. Nothing is
/// cached: answers hold personal data and secrets.
const ALWAYS: [(HeaderName, HeaderValue); 7] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "X-Request-Id,Retry-After,X-RateLimit-Limit-Default,X-RateLimit-Remaining-Default,\
             X-RateLimit-Reset-Default,Idempotent-Replay",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
];

/// Headers of the answer to a preflight (CO-1).
const PREFLIGHT: [(HeaderName, HeaderValue); 3] = [
    (
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET,PATCH,DELETE,HEAD,POST,PUT,OPTIONS"),
    ),
    (
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(
            "x-cal-client-id,x-cal-secret-key,x-cal-platform-embed,x-cal-atoms-version,cal-api-version,\
             Accept,Authorization,Content-Type,Origin,Idempotency-Key",
        ),
    ),
    (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400")),
];

/// Path and query as the client sent them, for the text of BP-6.
#[derive(Clone)]
pub(crate) struct SentPath(pub(crate) String);

/// The route that the router finds, also for a request that does not end well.
#[derive(Clone, Default)]
struct FoundRoute(Arc<OnceLock<MatchedPath>>);

/// Tells the edge which route was found: a layer of all routes.
pub(crate) async fn note_route(request: Request) -> Request {
    let extensions = request.extensions();
    if let (Some(FoundRoute(found)), Some(route)) = (extensions.get(), extensions.get()) {
        found.get_or_init(|| MatchedPath::clone(route));
    }
    request
}

pub(crate) async fn edge(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let _in_flight = app.metrics.begin();
    let request_id = Uuid::new_v4();
    let method = request.method().clone();
    let sent = path_and_query(request.uri());

    let route = FoundRoute::default();
    let mut path = sent.clone();
    let mut response = if method == Method::OPTIONS {
        (StatusCode::NO_CONTENT, PREFLIGHT).into_response()
    } else {
        if let Some(canonical) = canonical_path(request.uri(), app.settings.api_alias) {
            path = path_and_query(&canonical);
            *request.uri_mut() = canonical;
        }
        if let Some(routed) = without_trailing_slash(request.uri()) {
            *request.uri_mut() = routed;
        }
        request.extensions_mut().insert(SentPath(sent));
        request.extensions_mut().insert(app.clone());
        request.extensions_mut().insert(route.clone());
        run(&app, request, next).await
    };

    if let Some(error) = response.extensions_mut().remove::<Arc<ApiError>>() {
        if error.status().is_server_error() && error.status() != StatusCode::NOT_IMPLEMENTED {
            tracing::error!(request.id = %request_id, error = &*error as &dyn std::error::Error, "request failed");
        }
        let body = if method == Method::POST && is_token_endpoint(&path) {
            response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
            error.token_endpoint_body()
        } else {
            error.body(&path, app.clock.now())
        };
        *response.body_mut() = Body::from(body.to_string());
        response.headers_mut().insert(header::CONTENT_TYPE, JSON);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        if error.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
    } else if let Some(content_type) = response.headers_mut().get_mut(header::CONTENT_TYPE)
        && *content_type == "application/json"
    {
        *content_type = JSON;
    }
    if response.status() == StatusCode::NOT_MODIFIED {
        // The router counts the empty body; the length would be that of the whole
        // answer (RFC 9110, 8.6).
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    for (name, value) in ALWAYS {
        response.headers_mut().entry(name).or_insert(value);
    }
    let id =
        HeaderValue::from_str(request_id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            .expect("a UUID is visible ASCII");
    response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);

    let (route, took) = (route.0.get(), started.elapsed());
    app.metrics.answered(route, &method, response.status(), took);
    #[cfg(feature = "otel")]
    crate::traces::answered(route, &method, response.status(), request_id);
    // The route and not the path: addresses and tokens do not belong into a log.
    tracing::info!(
        request.id = %request_id,
        http.method = %method,
        http.route = route.map_or("-", MatchedPath::as_str),
        http.status = response.status().as_u16(),
        duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "request"
    );
    response
}

/// Runs the request. A panic or a time-out becomes an answer.
async fn run(app: &App, request: Request, next: Next) -> Response {
    let work = async {
        let request = match with_body(request, app.settings.body_time_out).await {
            Ok(request) => request,
            Err(error) => return error.into_response(),
        };
        next.run(request).await
    };
    let limited =
        tokio::time::timeout(app.settings.request_time_out, AssertUnwindSafe(work).catch_unwind());
    match limited.await {
        Ok(Ok(answer)) => answer,
        Ok(Err(panic)) => {
            let said = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned());
            let error = format!("panicked: {}", said.as_deref().unwrap_or("no text"));
            ApiError::internal(error).into_response()
        }
        Err(_) => ApiError::unavailable("The request took too long, please try again later.")
            .into_response(),
    }
}

/// Reads the body before anything else looks at the request: a body that is too
/// large or malformed is refused whoever sends it (EN-5, EN-12).
async fn with_body(request: Request, patience: Duration) -> Result<Request, ApiError> {
    let (parts, body) = request.into_parts();
    if matches!(parts.method, Method::GET | Method::HEAD) {
        if !body.is_end_stream() {
            discard(body, patience).await;
        }
        return Ok(Request::from_parts(parts, Body::empty()));
    }
    let sent = read_body(&parts.headers, body, patience).await?;
    let mut request = Request::from_parts(parts, Body::empty());
    match sent {
        Some(Sent::Json(json)) => drop(request.extensions_mut().insert(Json(json))),
        Some(Sent::Form(form)) => drop(request.extensions_mut().insert(Form(form))),
        None => {}
    }
    Ok(request)
}

fn is_token_endpoint(path_and_query: &str) -> bool {
    let path = path_and_query.split('?').next().unwrap_or_default();
    path.strip_suffix('/').unwrap_or(path) == crate::oauth2::TOKEN_PATH
}

fn path_and_query(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

/// The path that errors show, when it differs from the one sent (BP-2, BP-3).
fn canonical_path(uri: &Uri, api_alias: bool) -> Option<Uri> {
    let path = uri.path();
    let mut canonical = path.to_owned();
    if api_alias && (canonical == "/api/v2" || canonical.starts_with("/api/v2/")) {
        canonical.drain(..4);
    }
    if let Some(rest) = canonical.strip_prefix("/v2/ee/") {
        canonical = format!("/v2/{rest}");
    }
    if canonical.contains("reccuring") {
        canonical = canonical.replace("reccuring", "recurring");
    }
    if canonical == path { None } else { with_path(uri, canonical) }
}

/// The same path without the slash at its end, if it has one (BP-5).
fn without_trailing_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty())?;
    with_path(uri, path.to_owned())
}

fn with_path(uri: &Uri, mut path: String) -> Option<Uri> {
    if let Some(query) = uri.query() {
        path = format!("{path}?{query}");
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(path: &str) -> Option<String> {
        let uri: Uri = path.parse().unwrap();
        let canonical = canonical_path(&uri, true);
        let routed = without_trailing_slash(canonical.as_ref().unwrap_or(&uri));
        routed.or(canonical).map(|uri| uri.to_string())
    }

    /// BP-2, BP-3, BP-5
    #[test]
    fn other_forms_of_a_path_lead_to_the_same_route() {
        assert_eq!(canonical("/v2/me"), None);
        assert_eq!(canonical("/api/v2/me?x=1").as_deref(), Some("/v2/me?x=1"));
        assert_eq!(canonical("/v2/me/?x=/").as_deref(), Some("/v2/me?x=/"));
        assert_eq!(canonical("/v2/ee/me").as_deref(), Some("/v2/me"));
        assert_eq!(canonical("/v2/bookings/reccuring").as_deref(), Some("/v2/bookings/recurring"));
        assert_eq!(canonical("/api/v2x"), None);
        assert_eq!(canonical("/"), None);
        assert_eq!(canonical_path(&"/api/v2/me".parse().unwrap(), false), None);
    }
}
