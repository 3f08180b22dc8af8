//! API keys (section 8 of the platform rules).

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::fields::{self, Checked, Fields, FromBody};

/// Most days that a key can be valid: what lies behind it is no date any more.
const MOST_DAYS: i64 = 1_000_000;

/// The body of `POST /v2/api-keys/refresh`.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(as = RefreshApiKeyInput, rename_all = "camelCase")]
pub struct RefreshApiKey {
    /// For how many days the new key is valid; 30 unless it never expires.
    #[schema(required = false, value_type = i64, minimum = 1, default = 30, example = 60)]
    pub api_key_days_valid: Option<i64>,
    /// Whether the new key never expires.
    #[schema(required = false, value_type = bool, example = true)]
    pub api_key_never_expires: Option<bool>,
}

impl FromBody for RefreshApiKey {
    const FIELDS: &'static [&'static str] = &["apiKeyDaysValid", "apiKeyNeverExpires"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            api_key_days_valid: fields.optional("apiKeyDaysValid", days),
            api_key_never_expires: fields.optional("apiKeyNeverExpires", fields::boolean),
        }
    }
}

/// The answer of `POST /v2/api-keys/refresh`.
// No Debug: the key does not belong into a log.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKeyOutput)]
pub struct ApiKey {
    /// The new key, shown this once (AK-5).
    #[schema(example = "cal_0123456789abcdef0123456789abcdef")]
    pub api_key: String,
}

fn days(name: &str, value: Option<&Value>) -> Checked<i64> {
    fields::whole(name, value, MOST_DAYS)
}
