use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Every successful answer (section 1.5 of the platform rules).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Success<T> {
    /// Always `success`.
    pub status: Status,
    /// What the operation answers.
    pub data: T,
}

/// The outcome of an operation; an error has an envelope of its own.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(example = "success")]
pub enum Status {
    /// The operation succeeded.
    Success,
}

impl<T> Success<T> {
    /// Wraps an answer.
    pub const fn of(data: T) -> Self {
        Self { status: Status::Success, data }
    }
}

/// An instant as JSON has it: UTC, milliseconds, `Z` (TY-4, EN-1).
///
/// ```
/// let instant = "2026-03-02T09:15:04.1209Z".parse().unwrap();
/// assert_eq!(slotd_contract::timestamp(instant), "2026-03-02T09:15:04.120Z");
/// ```
#[must_use]
pub fn timestamp(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
