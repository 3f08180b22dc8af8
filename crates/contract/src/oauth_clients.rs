//! Platform OAuth clients (section 2 of the platform rules).

use serde::Serialize;
use slotd_domain::Permissions;
use utoipa::ToSchema;

use crate::fields::{self, Fields, FromBody, Patch};

/// The body of `POST /v2/oauth-clients`.
#[derive(Debug, Clone, ToSchema)]
#[schema(as = CreateOAuthClientInput, rename_all = "camelCase")]
pub struct CreateOAuthClient {
    /// Picture of the client.
    #[schema(required = false, value_type = String)]
    pub logo: Option<String>,
    /// Name; need not be unique.
    pub name: String,
    /// Allowed origins and redirects; `*` stands for any text.
    pub redirect_uris: Vec<String>,
    /// What the client's users may do; `["*"]` grants everything.
    #[schema(value_type = Vec<PermissionName>)]
    pub permissions: Permissions,
    /// Where a booking is viewed.
    #[schema(required = false, value_type = String)]
    pub booking_redirect_uri: Option<String>,
    /// Where a booking is cancelled.
    #[schema(required = false, value_type = String)]
    pub booking_cancel_redirect_uri: Option<String>,
    /// Where a booking is rescheduled.
    #[schema(required = false, value_type = String)]
    pub booking_reschedule_redirect_uri: Option<String>,
    /// Whether booking e-mails are sent.
    #[schema(required = false)]
    pub are_emails_enabled: bool,
    /// Whether new managed users get four default event types.
    #[schema(required = false, default = false)]
    pub are_default_event_types_enabled: bool,
    /// Whether events are written to connected calendars.
    #[schema(required = false, default = true)]
    pub are_calendar_events_enabled: bool,
}

/// A permission in a request.
#[derive(ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(dead_code, reason = "only documents the values; `Permissions` is what is read")]
enum PermissionName {
    EventTypeRead,
    EventTypeWrite,
    BookingRead,
    BookingWrite,
    ScheduleRead,
    ScheduleWrite,
    AppsRead,
    AppsWrite,
    ProfileRead,
    ProfileWrite,
    #[schema(rename = "*")]
    All,
}

/// A permission in an answer.
#[derive(ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(dead_code, reason = "only documents the values; `Permissions` names them")]
enum GrantedPermissionName {
    EventTypeRead,
    EventTypeWrite,
    BookingRead,
    BookingWrite,
    ScheduleRead,
    ScheduleWrite,
    AppsRead,
    AppsWrite,
    ProfileRead,
    ProfileWrite,
}

impl FromBody for CreateOAuthClient {
    const FIELDS: &'static [&'static str] = &[
        "logo",
        "name",
        "redirectUris",
        "permissions",
        "bookingRedirectUri",
        "bookingCancelRedirectUri",
        "bookingRescheduleRedirectUri",
        "areEmailsEnabled",
        "areDefaultEventTypesEnabled",
        "areCalendarEventsEnabled",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            logo: fields.optional("logo", fields::long_text),
            name: fields.required("name", fields::short_text),
            redirect_uris: fields.required("redirectUris", fields::uris),
            permissions: fields.required("permissions", fields::permissions),
            booking_redirect_uri: fields.optional("bookingRedirectUri", fields::uri),
            booking_cancel_redirect_uri: fields.optional("bookingCancelRedirectUri", fields::uri),
            booking_reschedule_redirect_uri: fields
                .optional("bookingRescheduleRedirectUri", fields::uri),
            are_emails_enabled: fields
                .optional("areEmailsEnabled", fields::boolean)
                .unwrap_or(false),
            are_default_event_types_enabled: fields
                .optional("areDefaultEventTypesEnabled", fields::boolean)
                .unwrap_or(false),
            are_calendar_events_enabled: fields
                .optional("areCalendarEventsEnabled", fields::boolean)
                .unwrap_or(true),
        }
    }
}

/// The body of `PATCH /v2/oauth-clients/{clientId}` (OC-10).
#[derive(Debug, Clone, ToSchema)]
#[schema(as = UpdateOAuthClientInput, rename_all = "camelCase")]
pub struct UpdateOAuthClient {
    /// Picture of the client; null clears it.
    #[schema(required = false, value_type = String)]
    pub logo: Patch<String>,
    /// Name.
    #[schema(required = false, value_type = String)]
    pub name: Option<String>,
    /// Allowed origins and redirects; they count from now on (OC-11).
    #[schema(required = false, value_type = Vec<String>)]
    pub redirect_uris: Option<Vec<String>>,
    /// Where a booking is viewed; null clears it.
    #[schema(required = false, value_type = String)]
    pub booking_redirect_uri: Patch<String>,
    /// Where a booking is cancelled; null clears it.
    #[schema(required = false, value_type = String)]
    pub booking_cancel_redirect_uri: Patch<String>,
    /// Where a booking is rescheduled; null clears it.
    #[schema(required = false, value_type = String)]
    pub booking_reschedule_redirect_uri: Patch<String>,
    /// Whether booking e-mails are sent.
    #[schema(required = false, value_type = bool)]
    pub are_emails_enabled: Option<bool>,
    /// Whether users created from now on get four default event types.
    #[schema(required = false, value_type = bool)]
    pub are_default_event_types_enabled: Option<bool>,
    /// Whether events are written to connected calendars.
    #[schema(required = false, value_type = bool)]
    pub are_calendar_events_enabled: Option<bool>,
}

impl FromBody for UpdateOAuthClient {
    const FIELDS: &'static [&'static str] = &[
        "logo",
        "name",
        "redirectUris",
        "bookingRedirectUri",
        "bookingCancelRedirectUri",
        "bookingRescheduleRedirectUri",
        "areEmailsEnabled",
        "areDefaultEventTypesEnabled",
        "areCalendarEventsEnabled",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            logo: fields.patch("logo", fields::long_text),
            name: fields.given("name", fields::short_text),
            redirect_uris: fields.given("redirectUris", fields::uris),
            booking_redirect_uri: fields.patch("bookingRedirectUri", fields::uri),
            booking_cancel_redirect_uri: fields.patch("bookingCancelRedirectUri", fields::uri),
            booking_reschedule_redirect_uri: fields
                .patch("bookingRescheduleRedirectUri", fields::uri),
            are_emails_enabled: fields.given("areEmailsEnabled", fields::boolean),
            are_default_event_types_enabled: fields
                .given("areDefaultEventTypesEnabled", fields::boolean),
            are_calendar_events_enabled: fields.given("areCalendarEventsEnabled", fields::boolean),
        }
    }
}

/// The answer to `POST /v2/oauth-clients`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateOAuthClientOutput)]
pub struct CreatedOAuthClient {
    /// Id of the new client.
    #[schema(example = "clsx38nbl0001vkhlwin9fmt0")]
    pub client_id: String,
    /// Secret of the new client.
    pub client_secret: String,
}

/// An OAuth client (section 2.2 of the platform rules).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PlatformOAuthClientDto)]
pub struct OAuthClient {
    /// Id.
    #[schema(example = "clsx38nbl0001vkhlwin9fmt0")]
    pub id: String,
    /// Name.
    pub name: String,
    /// The secret in clear text, on every read.
    pub secret: String,
    /// Granted permissions, never `*`.
    #[schema(value_type = Vec<GrantedPermissionName>)]
    pub permissions: Vec<&'static str>,
    /// Picture.
    #[schema(required = false)]
    pub logo: Option<String>,
    /// Allowed origins and redirects.
    pub redirect_uris: Vec<String>,
    /// The organization it belongs to.
    pub organization_id: i32,
    /// When it was created.
    #[schema(format = DateTime, example = "2024-03-23T08:33:21.851Z")]
    pub created_at: String,
    /// Whether booking e-mails are sent.
    pub are_emails_enabled: bool,
    /// Whether new managed users get four default event types.
    pub are_default_event_types_enabled: bool,
    /// Whether events are written to connected calendars.
    pub are_calendar_events_enabled: bool,
    /// Where a booking is viewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pub booking_redirect_uri: Option<String>,
    /// Where a booking is cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pub booking_cancel_redirect_uri: Option<String>,
    /// Where a booking is rescheduled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pub booking_reschedule_redirect_uri: Option<String>,
}
