//! The caller's own profile (section 9 of the platform rules).

use serde::Serialize;
use utoipa::ToSchema;

/// The answer of `GET` and `PATCH /v2/me`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MeOutput)]
pub struct Me {
    /// Id.
    pub id: i32,
    /// Null where the user has none.
    #[schema(required = true)]
    pub username: Option<String>,
    /// Address, with the client's suffix for managed users.
    pub email: String,
    /// Name.
    #[schema(required = true)]
    pub name: Option<String>,
    /// Picture.
    #[schema(required = true)]
    pub avatar_url: Option<String>,
    /// About the user.
    #[schema(required = true)]
    pub bio: Option<String>,
    /// 12 or 24; 12 when unset (ME-12).
    pub time_format: i32,
    /// The schedule used where an event type names none.
    #[schema(required = true)]
    pub default_schedule_id: Option<i32>,
    /// English name of a day.
    pub week_start: String,
    /// IANA name.
    pub time_zone: String,
    /// Language.
    pub locale: Option<String>,
    /// The main organization.
    #[schema(required = true)]
    pub organization_id: Option<i32>,
    /// The main organization, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = MeOrganization)]
    pub organization: Option<MeOrganization>,
}

/// An organization, as a profile shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MeOrgOutput)]
pub struct MeOrganization {
    /// Whether it embeds scheduling in a product of its own.
    pub is_platform: bool,
    /// Id.
    pub id: i32,
}
