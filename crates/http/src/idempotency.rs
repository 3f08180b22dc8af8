//! `Idempotency-Key`: a request that is sent again gets the same answer and is not
//! carried out again (file 03, 7.9.1 and 25).
//!
//! What makes that true stands in `slotd_store::idempotency`; here is who a caller is,
//! which requests are the same, and what is answered.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use slotd_contract::Success;
use slotd_store::UnitOfWork;
use slotd_store::idempotency::{self, Answer, Answered, Claim, Standing};
use tracing::Instrument as _;

use crate::access::{Credential, Principal};
use crate::body::{Form, Json};
use crate::client_address::{network, of_request};
use crate::{ApiError, App, messages};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");
/// Longest key, in characters.
const LONGEST: usize = 255;
/// Largest body that is kept: 1 MiB. What is larger, or no text, cannot be given again.
const LARGEST: u64 = 1024 * 1024;

/// The claim of a request that has a key, if its method can change anything.
///
/// # Errors
///
/// 400 for what is no key.
pub(crate) fn claim(
    app: &App,
    parts: &Parts,
    caller: Option<&Principal>,
) -> Result<Option<Arc<Claim>>, ApiError> {
    if !matches!(parts.method, Method::POST | Method::PATCH | Method::PUT | Method::DELETE) {
        return Ok(None);
    }
    let mut sent = parts.headers.get_all(KEY).iter();
    let Some(value) = sent.next() else { return Ok(None) };
    let key = std::str::from_utf8(value.as_bytes()).ok().filter(|key| {
        (1..=LONGEST).contains(&key.chars().count()) && !key.chars().any(char::is_control)
    });
    let (Some(key), None) = (key, sent.next()) else {
        return Err(ApiError::bad_request(messages::INVALID_IDEMPOTENCY_KEY));
    };
    let caller = name(app, parts, caller);
    // The key is part of both: without it nobody can try out what a digest is of.
    let request = format!("{key}\n{}", request_text(parts));
    let claim = Claim::new(&app.store, &format!("{caller}\n{key}"), &request, app.clock.now());
    Ok(Some(claim))
}

/// Whose key it is. Access tokens are replaced within a day, so it is not the token's,
/// but that of the user and the client that it was issued for.
fn name(app: &App, parts: &Parts, caller: Option<&Principal>) -> String {
    let Some(Principal { user_id, credential, .. }) = caller else {
        let address = of_request(app, &parts.extensions, &parts.headers);
        return format!("address {}", network(address));
    };
    match credential {
        Credential::OAuthClient { id, .. } => format!("client {id}"),
        Credential::AccessToken { client_id, .. } => format!("user {user_id} of {client_id}"),
        Credential::ApiKey { digest, .. } => format!("key {digest:?}"),
        Credential::ThirdParty { client_id, .. } => format!("app {client_id} for {user_id}"),
        Credential::Session { .. } => format!("session of {user_id}"),
    }
}

/// What makes two requests the same: method, path, query, version and body. A body is
/// compared as what was read of it.
fn request_text(parts: &Parts) -> String {
    let version = parts.headers.get("cal-api-version").map_or(&[][..], HeaderValue::as_bytes);
    let body = match (parts.extensions.get::<Json>(), parts.extensions.get::<Form>()) {
        (Some(Json(json)), _) => json.to_string(),
        (None, Some(Form(form))) => format!("{form:?}"),
        (None, None) => String::new(),
    };
    format!("{} {}\n{}\n{body}", parts.method, parts.uri, version.escape_ascii())
}

/// The answer that a key has had, or why there is none. None when nothing was carried
/// out under it.
pub(crate) async fn given(
    app: &App,
    claim: Option<&Arc<Claim>>,
) -> Result<Option<Response>, ApiError> {
    let Some(claim) = claim else { return Ok(None) };
    match idempotency::standing(&app.store, claim).await? {
        Standing::Free | Standing::Own => Ok(None),
        Standing::Differs => Err(ApiError::unprocessable(messages::KEY_OF_ANOTHER_REQUEST)),
        Standing::Answered(answer) => replay(answer).map(Some),
        Standing::Answering => {
            let mut response = ApiError::conflict(messages::KEY_IN_USE).into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            Ok(Some(response))
        }
        Standing::Lost => Err(ApiError::conflict(messages::ANSWER_IS_LOST)),
    }
}

fn replay(answer: Answer) -> Result<Response, ApiError> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(ApiError::internal)?;
    for (name, value) in answer.headers {
        let name = HeaderName::try_from(name).map_err(ApiError::internal)?;
        let value = HeaderValue::try_from(value).map_err(ApiError::internal)?;
        response.headers_mut().append(name, value);
    }
    response.headers_mut().insert(REPLAY, HeaderValue::from_static("true"));
    Ok(response)
}

/// Does a unit of work whose outcome tells what is answered: a status and the text that
/// `body` makes (see [`success`]), or nothing yet. If the request has a key, that is kept in
/// the same transaction, so that not even a crash after the commit loses it. The handler
/// must answer the same.
///
/// # Errors
///
/// Those of the unit.
pub(crate) async fn write<U: UnitOfWork<Output: Sync>>(
    app: &App,
    unit: U,
    status: StatusCode,
    body: impl Fn(&U::Output) -> Option<String> + Send + Sync + 'static,
) -> Result<U::Output, U::Error> {
    let answer = move |output: &U::Output| {
        let body = body(output)?;
        let json = (header::CONTENT_TYPE.to_string(), "application/json".to_owned());
        let is_kept = u64::try_from(body.len()).is_ok_and(|length| length <= LARGEST);
        is_kept.then(|| Answer { status: status.as_u16(), headers: vec![json], body })
    };
    app.store.write(Answered { unit, answer }).await
}

/// The text of an answer with such data.
pub(crate) fn success<T: Serialize>(data: &T) -> Option<String> {
    serde_json::to_string(&Success::of(data)).ok()
}

/// Runs the handler of a request with a key and keeps its answer. It runs to its end
/// also when the client goes away or the time is up: the next request with the key
/// asks for the answer.
pub(crate) async fn run(
    app: App,
    claim: Arc<Claim>,
    handler: impl Future<Output = Response> + Send + 'static,
) -> Response {
    let work = async move {
        let response = idempotency::within(Arc::clone(&claim), handler).await;
        if response.status().is_client_error() || response.status().is_server_error() {
            return refused(&app, &claim, response).await;
        }
        keep(&app, &claim, response).await
    };
    match tokio::spawn(work.in_current_span()).await {
        Ok(response) => response,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => ApiError::internal(error).into_response(),
    }
}

/// A refusal is not kept: it has changed nothing, and how things stand the next time is
/// decided the next time. Unless another request with the key was faster: then its
/// answer is the answer.
async fn refused(app: &App, claim: &Arc<Claim>, response: Response) -> Response {
    if !claim.is_carried_out() {
        return match given(app, Some(claim)).await {
            Ok(Some(answer)) => answer,
            Ok(None) => response,
            Err(error) => error.into_response(),
        };
    }
    if response.status().is_client_error()
        && let Err(error) = idempotency::release(&app.store, claim).await
    {
        tracing::warn!(error = &error as &dyn std::error::Error, "an idempotency key stays taken");
    }
    response
}

/// Keeps an answer. What fails at that does not fail the request, which was carried out:
/// the answer is only not given again.
async fn keep(app: &App, claim: &Arc<Claim>, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    if body.size_hint().exact().is_none_or(|length| length > LARGEST) {
        finish(app, claim, None).await;
        return Response::from_parts(parts, body);
    }
    let bytes = match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => return ApiError::internal(error).into_response(),
    };
    let answer = std::str::from_utf8(&bytes).ok().map(|body| Answer {
        status: parts.status.as_u16(),
        // No handler sets a header that is no text.
        headers: parts
            .headers
            .iter()
            .filter(|(name, _)| *name != header::CONTENT_LENGTH)
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect(),
        body: body.to_owned(),
    });
    finish(app, claim, answer).await;
    Response::from_parts(parts, Body::from(bytes))
}

async fn finish(app: &App, claim: &Arc<Claim>, answer: Option<Answer>) {
    if let Err(error) = idempotency::finish(&app.store, claim, answer).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "an answer is not kept");
    }
}
