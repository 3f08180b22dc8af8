use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

/// Every successful answer (section 1.5 of the platform rules).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Success<T> {
    /// Always `success`.
    #[schema(schema_with = any_status)]
    pub status: Status,
    /// What the operation answers.
    pub data: T,
}

/// A successful answer without data.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Done {
    /// Always `success`.
    #[schema(schema_with = any_status)]
    pub status: Status,
}

impl Done {
    /// The answer.
    pub const SUCCESS: Self = Self { status: Status::Success };
}

/// The outcome of an operation; an error has an envelope of its own.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The operation succeeded.
    Success,
}

/// The contract documents both outcomes for every answer, and so do we.
pub(crate) fn any_status() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["success", "error"]))
        .examples(["success"])
        .into()
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
