//! The one error type of the API and its envelope (section 1.5 of the platform rules).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use slotd_contract::fields::FieldError;
use slotd_store::{Constraint, StoreError};

use crate::messages;

/// What every handler and check fails with.
///
/// `message` is for the client and part of the contract; `source` is for the log
/// and never leaves the process.
#[derive(Debug, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    details: Details,
    /// More keys of `details`: which rule refused, and what is in the way.
    reason: Option<Box<Value>>,
    /// The original answers `statusCode` and `message` alone here, so they stand at the
    /// top level too (03 R5.1).
    is_bare: bool,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Debug)]
enum Details {
    /// `{"message","error","statusCode"}` (EN-3).
    Standard,
    /// The message again, as a text (EN-9).
    Text,
    /// `{"errors":[…]}` (EN-4).
    Fields(Vec<FieldError>),
    /// `{"message"}`: the reason, where the original loses it (QI-4).
    Reason(String),
    /// None (EN-6).
    Absent,
    /// None: the token endpoint has a form of its own (O2-9).
    OAuth2,
}

impl ApiError {
    fn standard(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            details: Details::Standard,
            reason: None,
            is_bare: [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::INTERNAL_SERVER_ERROR]
                .contains(&status),
            source: None,
        }
    }

    /// The same, as the original answers it where its inner code is heard (03 R5.1).
    pub(crate) fn bare(self) -> Self {
        Self { is_bare: true, ..self }
    }

    /// The same with more keys in its details, an object.
    pub(crate) fn because(mut self, reason: Value) -> Self {
        let keys = self.reason.get_or_insert_with(|| Box::new(json!({})));
        if let (Value::Object(keys), Value::Object(more)) = (&mut **keys, reason) {
            keys.extend(more);
        }
        self
    }

    /// 400 with a text.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::standard(StatusCode::BAD_REQUEST, "BadRequestException", message)
    }

    /// 400 that names the failing fields (EN-4).
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        Self { details: Details::Fields(errors), ..Self::bad_request("Bad Request Exception") }
    }

    /// 400 with a text of its own that names the failing fields as well.
    pub(crate) fn invalid_with(message: &'static str, errors: Vec<FieldError>) -> Self {
        Self { details: Details::Fields(errors), ..Self::bad_request(message) }
    }

    /// 401.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::standard(StatusCode::UNAUTHORIZED, "UnauthorizedException", message)
    }

    /// 403.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::standard(StatusCode::FORBIDDEN, "ForbiddenException", message)
    }

    /// 404.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::standard(StatusCode::NOT_FOUND, "NotFoundException", message)
    }

    /// 408: the body did not arrive in time.
    pub(crate) fn request_time_out() -> Self {
        let message = "the request body did not arrive in time";
        Self::standard(StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException", message)
    }

    /// 409.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::standard(StatusCode::CONFLICT, "ConflictException", message)
    }

    /// 413 (QI-5).
    pub(crate) fn too_large() -> Self {
        Self::standard(
            StatusCode::PAYLOAD_TOO_LARGE,
            "PayloadTooLargeException",
            "request entity too large",
        )
    }

    /// 422: what is asked for cannot be done as things are.
    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Self::standard(StatusCode::UNPROCESSABLE_ENTITY, "UnprocessableEntityException", message)
    }

    /// 429: one request too many for the caller's rate limit (EN-10).
    pub(crate) fn too_many_requests() -> Self {
        Self {
            details: Details::Text,
            ..Self::standard(
                StatusCode::TOO_MANY_REQUESTS,
                "ThrottlerException",
                messages::TOO_MANY_REQUESTS,
            )
        }
    }

    /// 498: the access token is expired, which makes front ends refresh it (EN-9).
    pub(crate) fn token_expired() -> Self {
        let status = StatusCode::from_u16(498).expect("498 is between 100 and 999");
        Self {
            details: Details::Text,
            ..Self::standard(status, "TokenExpiredException", "ACCESS_TOKEN_IS_EXPIRED")
        }
    }

    /// 501: the contract has the operation, this version of slotd does not.
    pub(crate) fn not_built(method: &str, path: &str) -> Self {
        let message = format!("{method} {path} is not available in this version of slotd.");
        Self::standard(StatusCode::NOT_IMPLEMENTED, "NotImplementedException", message)
    }

    /// 503: try again later.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::standard(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableException", message)
    }

    /// 500 without a word about the cause (QI-5).
    pub(crate) fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self {
            source: Some(source.into()),
            ..Self::standard(status, "InternalServerErrorException", "Internal server error")
        }
    }

    /// An error of the token endpoint (O2-9).
    pub(crate) fn oauth2(
        status: StatusCode,
        code: &'static str,
        description: impl Into<String>,
    ) -> Self {
        Self { details: Details::OAuth2, ..Self::standard(status, code, description) }
    }

    /// 401 of the business layer (EN-7), with the reason.
    pub(crate) fn not_authorized(reason: &'static str) -> Self {
        let message = "You are not authorized to access this resource";
        let standard = Self::standard(StatusCode::UNAUTHORIZED, "TRPCError", message);
        Self { details: Details::Reason(reason.to_owned()), ..standard }
    }

    /// 400 of the business layer (EN-7), with the reason.
    pub(crate) fn does_not_fit(reason: String) -> Self {
        let message = "Bad request: Please check your request data and try again";
        let standard = Self::standard(StatusCode::BAD_REQUEST, "TRPCError", message);
        Self { details: Details::Reason(reason), ..standard }
    }

    /// 404 of the business layer (EN-7), with the reason.
    pub(crate) fn resource_not_found(reason: &'static str) -> Self {
        let message = "The requested resource was not found";
        let standard = Self::standard(StatusCode::NOT_FOUND, "TRPCError", message);
        Self { details: Details::Reason(reason.to_owned()), ..standard }
    }

    /// 400 about what was answered to booking fields (03 R7.16).
    pub(crate) fn bad_responses(message: impl Into<String>) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self { details: Details::Absent, ..Self::standard(status, "BAD_REQUEST", message) }
    }

    /// The same as the legacy bookings answer it: a code as message (03 R24.1).
    pub(crate) fn coded(self, code: &'static str) -> Self {
        Self { message: code.to_owned(), is_bare: true, ..self }.legacy()
    }

    /// The same as the legacy bookings answer it, if the original's inner code is heard
    /// here: those errors have an envelope of their own (03 R24.1).
    pub(crate) fn legacy(self) -> Self {
        if self.is_bare && self.status.is_client_error() {
            Self { code: "HttpException", details: Details::Text, ..self }
        } else {
            self
        }
    }

    /// Errors of the storage layer have codes of their own and no details (EN-6).
    fn of_storage(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self { details: Details::Absent, ..Self::standard(status, code, message) }
    }

    /// Whether the second line of defence refused: somebody else was faster.
    pub(crate) fn is_lost_race(&self) -> bool {
        let store = self.source.as_ref().and_then(|source| source.downcast_ref::<StoreError>());
        matches!(store, Some(StoreError::Constraint(Constraint::BookingOverlap)))
    }

    /// What is wrong.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The body of an answer of the token endpoint, which has no envelope (O2-9,
    /// RFC 6749, 5.2).
    pub(crate) fn token_endpoint_body(&self) -> Value {
        let code = match self.details {
            Details::OAuth2 => self.code,
            _ if self.status.is_server_error() => "server_error",
            _ => "invalid_request",
        };
        json!({ "error": code, "error_description": self.message })
    }

    /// The body of the answer. `path` is path and query as received (EN-1).
    pub(crate) fn body(&self, path: &str, now: Timestamp) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        match &self.details {
            Details::Standard => {
                let mut details = json!({ "message": self.message });
                // Raised without a text, the reason stands as the message (EN-3).
                if self.status.canonical_reason() != Some(&self.message) {
                    details["error"] = json!(self.status.canonical_reason());
                }
                details["statusCode"] = json!(self.status.as_u16());
                error["details"] = details;
            }
            Details::Text => error["details"] = json!(self.message),
            Details::Fields(errors) => error["details"] = json!({ "errors": errors }),
            Details::Reason(reason) => error["details"] = json!({ "message": reason }),
            Details::Absent | Details::OAuth2 => {}
        }
        if let (Some(Value::Object(reason)), Some(Value::Object(details))) =
            (self.reason.as_deref(), error.get_mut("details"))
        {
            details.extend(reason.clone());
        }
        let mut body = json!({
            "status": "error",
            "timestamp": slotd_contract::timestamp(now),
            "path": path,
            "error": error,
        });
        if self.is_bare {
            body["statusCode"] = json!(self.status.as_u16());
            body["message"] = json!(self.message);
        }
        body
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let mapped = match &error {
            StoreError::Constraint(
                Constraint::UserEmail
                | Constraint::ProfileUsername
                | Constraint::Membership
                | Constraint::TokenSuccessor
                | Constraint::TeamSlug
                | Constraint::EventTypeUserSlug
                | Constraint::EventTypeTeamSlug
                | Constraint::DefaultSchedule
                | Constraint::WebhookUserUrl
                | Constraint::WebhookTeamUrl
                | Constraint::WebhookEventTypeUrl
                | Constraint::WebhookOAuthClientUrl
                | Constraint::OutOfOffice,
            ) => Self::of_storage(
                StatusCode::CONFLICT,
                "CONFLICT",
                "Invalid Input: Trying to create a record that already exists.",
            ),
            // The second line of defence: whoever lost a race gets what a busy time gets.
            StoreError::Constraint(Constraint::BookingOverlap) => {
                Self::bad_request(messages::NOT_AVAILABLE)
            }
            StoreError::BrokenReference => Self::of_storage(
                StatusCode::BAD_REQUEST,
                "BAD_REQUEST",
                "Invalid input: The referenced data does not exist.",
            ),
            StoreError::Unavailable(_) | StoreError::TimedOut | StoreError::Closed => {
                Self::unavailable("The database is not available, please try again later.")
            }
            StoreError::Repeated => Self::conflict(messages::KEY_IN_USE),
            StoreError::Constraint(Constraint::Other(_))
            | StoreError::Statement { .. }
            | StoreError::Unreadable { .. }
            | StoreError::Secret
            | StoreError::Panicked(_)
            | StoreError::Aborted
            | StoreError::OutOfIds => Self::of_storage(
                StatusCode::INTERNAL_SERVER_ERROR,
                "INTERNAL_SERVER_ERROR",
                "There was an error, please try again later.",
            ),
        };
        Self { source: Some(Box::new(error)), ..mapped }
    }
}

/// The answer is written by the edge, which knows path and time.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}
