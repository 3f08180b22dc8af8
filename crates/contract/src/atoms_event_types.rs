//! Bodies of the components' calls about event types (file 06).

use serde_json::Value;
use utoipa::ToSchema;

use crate::fields::{Checked, Fields, FromBody, too_many, wrong};

/// Most event types that are changed at once.
const MOST: usize = 500;

/// The body of `PATCH /v2/atoms/event-types/bulk-update-to-default-location`.
#[derive(Debug, Clone, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct BulkUpdate {
    /// The event types, at most 500.
    pub event_type_ids: Vec<i32>,
}

impl FromBody for BulkUpdate {
    const FIELDS: &'static [&'static str] = &["eventTypeIds"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { event_type_ids: fields.required("eventTypeIds", ids) }
    }
}

fn ids(name: &str, value: Option<&Value>) -> Checked<Vec<i32>> {
    let Some(Value::Array(values)) = value else {
        return wrong("isArray", format!("{name} must be an array"));
    };
    if values.len() > MOST {
        return wrong("arrayMaxSize", too_many(name, MOST));
    }
    let id = |value: &Value| i32::try_from(value.as_i64()?).ok();
    match values.iter().map(id).collect() {
        Some(ids) => Ok(ids),
        None => wrong("isInt", format!("each value in {name} must be an integer number")),
    }
}
