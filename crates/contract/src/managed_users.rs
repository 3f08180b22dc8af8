//! Managed users (section 3 of the platform rules).

use serde::Serialize;
use serde_json::{Map, Value};
use slotd_domain::{Locale, TimeFormat, TimeZoneName, WeekDay, email};
use utoipa::{IntoParams, ToSchema};

use crate::fields::{self, FieldError, Fields, FromBody, Number, Patch};
use crate::query::{Pairs, QueryError, QueryNumber, names_list, set_target};
use crate::tokens::Tokens;

/// Days, formats and languages, for the document only.
mod values {
    use slotd_domain::Locale;
    use utoipa::openapi::schema::SchemaType;
    use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

    fn text_of(values: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values)).into()
    }

    pub(super) fn week_day() -> RefOr<Schema> {
        text_of(slotd_domain::WeekDay::ALL.map(slotd_domain::WeekDay::as_str))
    }

    pub(super) fn locale() -> RefOr<Schema> {
        text_of(Locale::ALL)
    }

    pub(super) fn locale_or_null() -> RefOr<Schema> {
        let text_or_null = SchemaType::from_iter([Type::String, Type::Null]);
        let values = Locale::ALL.into_iter().map(Some).chain([None]);
        ObjectBuilder::new().schema_type(text_or_null).enum_values(Some(values)).into()
    }

    pub(super) fn time_format() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some([12, 24])).into()
    }
}

/// The body of `POST /v2/oauth-clients/{clientId}/users`.
#[derive(Debug, Clone, ToSchema)]
#[schema(as = CreateManagedUserInput, rename_all = "camelCase")]
pub struct CreateManagedUser {
    /// The user's address; stored with the client's id before the `@`.
    #[schema(example = "alice@example.com")]
    pub email: String,
    /// The user's name, as it stands in e-mails.
    #[schema(example = "Alice Smith")]
    pub name: String,
    /// 12 or 24.
    #[schema(required = false, schema_with = values::time_format)]
    pub time_format: TimeFormat,
    /// First day of the week.
    #[schema(required = false, schema_with = values::week_day)]
    pub week_start: WeekDay,
    /// Given, the user gets a schedule from Monday to Friday, 09:00 to 17:00 in
    /// this zone. Left out, the zone is Europe/London and there is no schedule:
    /// until one is created the user cannot be booked.
    #[schema(required = false, value_type = String, example = "America/New_York")]
    pub time_zone: Option<TimeZoneName>,
    /// Language.
    #[schema(required = false, schema_with = values::locale)]
    pub locale: Option<Locale>,
    /// Picture.
    #[schema(required = false, value_type = String, example = "https://example.com/alice.png")]
    pub avatar_url: Option<String>,
    /// About the user.
    #[schema(required = false, value_type = String)]
    pub bio: Option<String>,
    /// Data of your own: at most 50 keys of 40 characters, values up to 500 characters.
    #[schema(required = false, value_type = Object)]
    pub metadata: Option<Map<String, Value>>,
}

impl FromBody for CreateManagedUser {
    const FIELDS: &'static [&'static str] = &[
        "email",
        "name",
        "timeFormat",
        "weekStart",
        "timeZone",
        "locale",
        "avatarUrl",
        "bio",
        "metadata",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.required("email", fields::email),
            name: fields.required("name", fields::short_text),
            time_format: fields
                .optional("timeFormat", fields::time_format)
                .unwrap_or(TimeFormat::Twelve),
            week_start: fields
                .optional("weekStart", fields::week_day_any_case)
                .unwrap_or(WeekDay::Sunday),
            time_zone: fields.optional("timeZone", fields::time_zone),
            locale: fields.optional("locale", fields::locale),
            avatar_url: fields.optional("avatarUrl", fields::url),
            bio: fields.optional("bio", fields::long_text),
            metadata: fields.optional("metadata", fields::metadata),
        }
    }
}

/// The body of `PATCH /v2/oauth-clients/{clientId}/users/{userId}` and `PATCH /v2/me` (MU-35).
#[derive(Debug, Clone, ToSchema)]
#[schema(as = UpdateManagedUserInput, rename_all = "camelCase")]
pub struct UpdateManagedUser {
    /// A new address; the username follows it.
    #[schema(required = false, value_type = String)]
    pub email: Option<String>,
    /// Name; null clears it.
    #[schema(required = false, value_type = String)]
    pub name: Patch<String>,
    /// 12 or 24; null clears it.
    #[schema(required = false, schema_with = values::time_format)]
    pub time_format: Patch<TimeFormat>,
    /// One of the user's own schedules; null leaves the user without a default.
    #[schema(required = false, value_type = i32)]
    pub default_schedule_id: Patch<Number>,
    /// First day of the week.
    #[schema(required = false, schema_with = values::week_day)]
    pub week_start: Option<WeekDay>,
    /// Changes the user only; schedules keep their zones.
    #[schema(required = false, value_type = String)]
    pub time_zone: Option<TimeZoneName>,
    /// Language; null clears it.
    #[schema(required = false, schema_with = values::locale)]
    pub locale: Patch<Locale>,
    /// Picture; null clears it.
    #[schema(required = false, value_type = String)]
    pub avatar_url: Patch<String>,
    /// About the user; null clears it.
    #[schema(required = false, value_type = String)]
    pub bio: Patch<String>,
    /// Data of your own, replaced as a whole; null clears it.
    #[schema(required = false, value_type = Object)]
    pub metadata: Patch<Map<String, Value>>,
}

impl FromBody for UpdateManagedUser {
    const FIELDS: &'static [&'static str] = &[
        "email",
        "name",
        "timeFormat",
        "defaultScheduleId",
        "weekStart",
        "timeZone",
        "locale",
        "avatarUrl",
        "bio",
        "metadata",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.given("email", fields::email),
            name: fields.patch("name", fields::short_text),
            time_format: fields.patch("timeFormat", fields::updated_time_format),
            default_schedule_id: fields.patch("defaultScheduleId", fields::number),
            week_start: fields.given("weekStart", fields::week_day),
            time_zone: fields.given("timeZone", fields::time_zone),
            locale: fields.patch("locale", fields::locale),
            avatar_url: fields.patch("avatarUrl", fields::url),
            bio: fields.patch("bio", fields::long_text),
            metadata: fields.patch("metadata", fields::metadata),
        }
    }
}

/// The query of `GET /v2/oauth-clients/{clientId}/users`.
#[derive(Debug, Clone, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListManagedUsers {
    /// How many users to return: 1 to 250.
    #[param(required = false, example = 10, default = 50, minimum = 1, maximum = 250)]
    pub limit: i64,
    /// How many users to skip.
    #[param(required = false, example = 0, default = 0, minimum = 0)]
    pub offset: i64,
    /// Only users with these addresses, separated by commas, with or without the client's suffix.
    #[param(required = false, value_type = Vec<String>, example = "email1@example.com,email2@example.com")]
    pub emails: Option<Vec<String>>,
}

impl ListManagedUsers {
    /// Reads the query (MU-21 to MU-24, PG-1).
    ///
    /// # Errors
    ///
    /// [`QueryError::Refused`] for the first address that is none, which goes
    /// before anything else; [`QueryError::Invalid`] for the numbers.
    pub fn read(pairs: &Pairs) -> Result<Self, QueryError> {
        let mut emails: Option<Vec<String>> = None;
        for (_, list) in pairs.iter().filter(|(key, _)| names_list(key, "emails")) {
            for address in list.split(',').map(str::trim) {
                if !email::is_address(address) {
                    return Err(QueryError::Refused(format!("Invalid email {address}")));
                }
                emails.get_or_insert_default().push(address.to_owned());
            }
        }
        let mut errors: Vec<FieldError> = Vec::new();
        let limit = QueryNumber { name: "limit", default: 50, min: 1, max: Some(250) }
            .read(pairs, &mut errors);
        let offset =
            QueryNumber { name: "offset", default: 0, min: 0, max: None }.read(pairs, &mut errors);
        if errors.is_empty() {
            Ok(Self { limit, offset, emails })
        } else {
            set_target(&mut errors, pairs, &["limit", "offset"]);
            Err(QueryError::Invalid(errors))
        }
    }
}

/// A managed user (section 3.1 of the platform rules).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ManagedUserOutput)]
pub struct ManagedUser {
    /// Id.
    #[schema(example = 1)]
    pub id: i32,
    /// Address with the client's suffix.
    #[schema(example = "alice+cluo37fwd0001khkzqqynkpj3@example.com")]
    pub email: String,
    /// Derived from the address.
    #[schema(required = true)]
    pub username: Option<String>,
    /// Name.
    #[schema(required = true)]
    pub name: Option<String>,
    /// About the user.
    #[schema(required = true)]
    pub bio: Option<String>,
    /// IANA name.
    #[schema(example = "America/New_York")]
    pub time_zone: String,
    /// English name of a day.
    #[schema(example = "Sunday")]
    pub week_start: String,
    /// When the user was created.
    #[schema(example = "2024-04-01T00:00:00.000Z")]
    pub created_date: String,
    /// 12 or 24.
    #[schema(required = true)]
    pub time_format: Option<i32>,
    /// The schedule used where an event type names none.
    #[schema(required = true)]
    pub default_schedule_id: Option<i32>,
    /// Language; null when never given.
    #[schema(required = false, schema_with = values::locale_or_null)]
    pub locale: Option<String>,
    /// Picture.
    #[schema(required = false)]
    pub avatar_url: Option<String>,
    /// The customer's own data; absent when never set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = Object)]
    pub metadata: Option<Value>,
}

/// The answer to creating a managed user.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateManagedUserData)]
pub struct CreatedManagedUser {
    /// The user.
    pub user: ManagedUser,
    /// The user's first tokens.
    #[serde(flatten)]
    #[schema(inline)]
    pub tokens: Tokens,
}
