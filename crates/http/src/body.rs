//! Reading of request bodies and queries.

use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value};
use slotd_contract::fields::{self, FromBody};

use crate::ApiError;

/// Largest body that is read (VA-1): 100 KiB.
const LIMIT: usize = 100 * 1024;
/// How much of a larger body is taken off the wire and thrown away, so that a
/// client that is still sending gets to read the 413.
const DRAINED: usize = 16 * 1024 * 1024;

/// The body of a request as JSON, put into the request by the edge.
#[derive(Clone)]
pub(crate) struct Json(pub(crate) Value);

/// The fields of an HTML form, put into the request by the edge. Only pages and the
/// token endpoint look at them: elsewhere a form is no body (VA-1).
#[derive(Clone)]
pub(crate) struct Form(pub(crate) Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.remove::<Self>().unwrap_or(Self(Vec::new())))
    }
}

/// A body as its content type says it is to be read.
pub(crate) enum Sent {
    Json(Value),
    Form(Vec<(String, String)>),
}

/// A body that was read and validated.
pub(crate) struct Validated<T> {
    pub(crate) body: T,
    /// The body as it was sent, for errors that are found later.
    pub(crate) sent: Value,
}

impl<T: FromBody, S: Sync> FromRequestParts<S> for Validated<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Ok(unread) = Unread::from_request_parts(parts, state).await;
        let body = unread.read()?;
        Ok(Self { body, sent: unread.0 })
    }
}

/// A body whose form depends on more than the route: on the version asked for.
pub(crate) struct Unread(pub(crate) Value);

impl Unread {
    /// Reads and validates the body in one of its forms.
    pub(crate) fn read<T: FromBody>(&self) -> Result<T, ApiError> {
        fields::read_body(&self.0).map_err(ApiError::invalid)
    }
}

impl<S: Sync> FromRequestParts<S> for Unread {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let nothing = || Value::Object(Map::new());
        Ok(Self(parts.extensions.remove::<Json>().map_or_else(nothing, |Json(body)| body)))
    }
}

/// The decoded pairs of the query string. Bytes that are not UTF-8 become U+FFFD.
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

/// Reads a body to its end, or answers 413 when it is larger than 100 KiB.
async fn read(mut body: Body) -> Result<Bytes, ApiError> {
    let mut read = BytesMut::new();
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|_| ApiError::bad_request("the request body ended before its end"))?;
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= LIMIT {
            read.extend_from_slice(&data);
        } else if length > DRAINED {
            break;
        }
    }
    if length > LIMIT { Err(ApiError::too_large()) } else { Ok(read.freeze()) }
}

/// Takes a body that nobody reads off the wire. With some of it left there the
/// connection is reset at its end, and the caller may lose the answer.
pub(crate) async fn discard(mut body: Body, patience: Duration) {
    let discarded = async {
        let mut length = 0_usize;
        while let Some(Ok(frame)) = body.frame().await {
            length = length.saturating_add(frame.data_ref().map_or(0, Bytes::len));
            if length > DRAINED {
                break;
            }
        }
    };
    // A body that does not arrive is no reason not to answer.
    let _late = tokio::time::timeout(patience, discarded).await;
}

/// Reads a body as JSON or as a form. Another content type, or no body, means no
/// body (VA-1).
pub(crate) async fn read_body(
    headers: &HeaderMap,
    body: Body,
    patience: Duration,
) -> Result<Option<Sent>, ApiError> {
    let read = tokio::time::timeout(patience, read(body)).await;
    let bytes = read.unwrap_or_else(|_| Err(ApiError::request_time_out()))?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if has_type(headers, "application/x-www-form-urlencoded") {
        let pairs = form_urlencoded::parse(&bytes).into_owned().collect();
        return Ok(Some(Sent::Form(pairs)));
    }
    if !has_type(headers, "application/json") {
        return Ok(None);
    }
    match serde_json::from_slice(&bytes) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => Ok(Some(Sent::Json(value))),
        Ok(_) => Err(ApiError::bad_request("the request body must be a JSON object")),
        Err(error) => {
            Err(ApiError::bad_request(format!("the request body is not valid JSON: {error}")))
        }
    }
}

fn has_type(headers: &HeaderMap, expected: &str) -> bool {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(expected)
}
