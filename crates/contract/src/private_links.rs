//! Private links of event types (section 8 of the availability rules).

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::fields::{self, Checked, Fields, FromBody};

/// The body of a private link's creation: an end, or a number of uses (PL-1).
#[derive(Debug, Clone, ToSchema)]
#[schema(as = CreatePrivateLinkInput, rename_all = "camelCase")]
pub struct CreatePrivateLink {
    /// Until when the link is valid.
    #[schema(required = false, value_type = String, format = DateTime, example = "2026-12-31T23:59:59.000Z")]
    pub expires_at: Option<Timestamp>,
    /// How often the link can be used; once, if it has no end either.
    #[schema(required = false, value_type = i32, minimum = 1, default = 1, example = 10)]
    pub max_usage_count: Option<i32>,
}

impl FromBody for CreatePrivateLink {
    const FIELDS: &'static [&'static str] = &["expiresAt", "maxUsageCount"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            expires_at: fields.optional("expiresAt", fields::instant),
            max_usage_count: fields.optional("maxUsageCount", usage_count),
        }
    }
}

/// The body of a private link's change.
#[derive(Debug, Clone, ToSchema)]
#[schema(as = UpdatePrivateLinkBody, rename_all = "camelCase")]
pub struct UpdatePrivateLink {
    /// Until when the link is valid from now on; without it the link counts its uses
    /// (PL-4).
    #[schema(required = false, value_type = String, format = DateTime, example = "2026-12-31T23:59:59.000Z")]
    pub expires_at: Option<Timestamp>,
    /// How often the link can be used from its creation on; as before, if absent.
    #[schema(required = false, value_type = i32, minimum = 1, example = 10)]
    pub max_usage_count: Option<i32>,
}

impl FromBody for UpdatePrivateLink {
    const FIELDS: &'static [&'static str] = CreatePrivateLink::FIELDS;

    fn read(fields: &mut Fields<'_>) -> Self {
        let CreatePrivateLink { expires_at, max_usage_count } = CreatePrivateLink::read(fields);
        Self { expires_at, max_usage_count }
    }
}

/// A private link of either kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum PrivateLink {
    /// It has an end.
    TimeBased(TimeBasedPrivateLink),
    /// It counts its uses.
    UsageBased(UsageBasedPrivateLink),
}

/// A private link that has an end.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TimeBasedPrivateLinkOutput)]
pub struct TimeBasedPrivateLink {
    /// Id of the link, which nobody can guess.
    #[schema(example = "0123456789abcdef0123456789abcdef")]
    pub link_id: String,
    /// The event type that can be booked through it.
    pub event_type_id: i32,
    /// Whether its end is over (PL-2).
    pub is_expired: bool,
    /// Where it can be booked.
    #[schema(value_type = String, format = "uri", example = "https://slotd.example.com/d/0123456789abcdef0123456789abcdef")]
    pub booking_url: String,
    /// Until when it is valid.
    #[schema(format = DateTime, example = "2026-12-31T23:59:59.000Z")]
    pub expires_at: String,
}

/// A private link that counts its uses.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UsageBasedPrivateLinkOutput)]
pub struct UsageBasedPrivateLink {
    /// Id of the link, which nobody can guess.
    #[schema(example = "0123456789abcdef0123456789abcdef")]
    pub link_id: String,
    /// The event type that can be booked through it.
    pub event_type_id: i32,
    /// Whether all of its uses are used up (PL-2).
    pub is_expired: bool,
    /// Where it can be booked.
    #[schema(value_type = String, format = "uri", example = "https://slotd.example.com/d/0123456789abcdef0123456789abcdef")]
    pub booking_url: String,
    /// How often it can be used.
    #[schema(example = 10)]
    pub max_usage_count: i32,
    /// How often it was used.
    #[schema(example = 3)]
    pub usage_count: i32,
}

/// The answer to a private link's deletion.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedPrivateLink {
    /// Id of the link.
    #[schema(required = false)]
    pub link_id: String,
    /// A text that clients may match on.
    #[schema(required = false, example = "Private link deleted successfully")]
    pub message: &'static str,
}

fn usage_count(name: &str, value: Option<&Value>) -> Checked<i32> {
    let count = fields::whole(name, value, i32::MAX.into())?;
    Ok(i32::try_from(count).expect("the check ends at the largest of these numbers"))
}
