//! Days on which users are out of office (section 16 of the availability rules).

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use slotd_domain::email;
use slotd_domain::out_of_office::Reason;
use utoipa::{IntoParams, ToSchema};

use crate::date_times::date_of_utc;
use crate::fields::{self, Checked, Fields, FromBody, Number, Patch, one_of, wrong};
use crate::query::{Page, Pairs, QueryError, Sort, last, refused};

/// Reasons, for the document only.
mod values {
    use slotd_domain::out_of_office::Reason;
    use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

    pub(super) fn reason() -> RefOr<Schema> {
        let names = Reason::ALL.map(Reason::name);
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
    }
}

/// The body of an entry's creation.
#[derive(Debug, Clone, ToSchema)]
#[schema(as = CreateOutOfOfficeEntryDto, rename_all = "camelCase")]
pub struct CreateOutOfOffice {
    /// An instant of the first day, in UTC; it is moved to the beginning of that day.
    #[schema(value_type = String, format = DateTime, example = "2026-05-01T00:00:00.000Z")]
    pub start: Date,
    /// An instant of the last day, in UTC; it is moved to the end of that day.
    #[schema(value_type = String, format = DateTime, example = "2026-05-10T23:59:59.999Z")]
    pub end: Date,
    /// Notes.
    #[schema(required = false, value_type = String, example = "Hiking in the Alps")]
    pub notes: Option<String>,
    /// Whom to book instead: another user of the organization.
    #[schema(required = false, value_type = i32, example = 2)]
    pub to_user_id: Option<Number>,
    /// Why the user is away.
    #[schema(required = false, schema_with = values::reason)]
    pub reason: Reason,
}

impl FromBody for CreateOutOfOffice {
    const FIELDS: &'static [&'static str] = &["start", "end", "notes", "toUserId", "reason"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            start: fields.required("start", date),
            end: fields.required("end", date),
            notes: fields.optional("notes", fields::long_text),
            to_user_id: fields.optional("toUserId", fields::number),
            reason: fields.optional("reason", reason).unwrap_or_default(),
        }
    }
}

/// The body of an entry's change.
#[derive(Debug, Clone, ToSchema)]
#[schema(as = UpdateOutOfOfficeEntryDto, rename_all = "camelCase")]
pub struct UpdateOutOfOffice {
    /// An instant of the first day, in UTC; only together with `end`.
    #[schema(required = false, value_type = String, format = DateTime, example = "2026-05-01T00:00:00.000Z")]
    pub start: Option<Date>,
    /// An instant of the last day, in UTC; only together with `start`.
    #[schema(required = false, value_type = String, format = DateTime, example = "2026-05-10T23:59:59.999Z")]
    pub end: Option<Date>,
    /// Notes; null clears them.
    #[schema(required = false, value_type = String, example = "Hiking in the Alps")]
    pub notes: Patch<String>,
    /// Whom to book instead; null for nobody.
    #[schema(required = false, value_type = i32, example = 2)]
    pub to_user_id: Patch<Number>,
    /// Why the user is away.
    #[schema(required = false, schema_with = values::reason)]
    pub reason: Option<Reason>,
}

impl FromBody for UpdateOutOfOffice {
    const FIELDS: &'static [&'static str] = CreateOutOfOffice::FIELDS;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            start: fields.given("start", date),
            end: fields.given("end", date),
            notes: fields.patch("notes", fields::long_text),
            to_user_id: fields.patch("toUserId", fields::number),
            reason: fields.given("reason", reason),
        }
    }
}

/// An entry.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserOooOutputDto)]
pub struct OutOfOffice {
    /// Id of the entry.
    #[schema(example = 2)]
    pub id: i32,
    /// A UUID.
    #[schema(example = "0f8fad5b-d9cb-469f-a165-70867728950e")]
    pub uuid: String,
    /// Who is away.
    #[schema(example = 2)]
    pub user_id: i32,
    /// Whom to book instead.
    #[schema(example = 3)]
    pub to_user_id: Option<i32>,
    /// The beginning of the first day, as a day of UTC.
    #[schema(format = DateTime, example = "2026-05-01T00:00:00.000Z")]
    pub start: String,
    /// The end of the last day, as a day of UTC.
    #[schema(format = DateTime, example = "2026-05-10T23:59:59.999Z")]
    pub end: String,
    /// Why the user is away.
    #[schema(required = false, schema_with = values::reason)]
    pub reason: String,
    /// Notes.
    pub notes: Option<String>,
}

/// Which entries of a user are asked for, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct ListOutOfOffice {
    /// How many entries to return: 1 to 250.
    #[param(required = false, example = 25, default = 250, minimum = 1, maximum = 250)]
    pub take: i64,
    /// How many entries to skip.
    #[param(required = false, example = 0, default = 0, minimum = 0)]
    pub skip: i64,
    /// Order by start; it goes before the order by end.
    #[param(required = false, value_type = Sort, inline)]
    pub sort_start: Option<Sort>,
    /// Order by end.
    #[param(required = false, value_type = Sort, inline)]
    pub sort_end: Option<Sort>,
}

impl ListOutOfOffice {
    /// Reads the query.
    ///
    /// # Errors
    ///
    /// [`QueryError::Invalid`] with one entry for each value of the wrong form.
    pub fn read(pairs: &Pairs) -> Result<Self, QueryError> {
        let (Page { take, skip }, mut errors) = match Page::read(pairs) {
            Ok(page) => (page, Vec::new()),
            Err(QueryError::Invalid(errors)) => (Page { take: 0, skip: 0 }, errors),
            Err(refused) => return Err(refused),
        };
        let sort_start = Sort::read(pairs, "sortStart", &mut errors);
        let sort_end = Sort::read(pairs, "sortEnd", &mut errors);
        if errors.is_empty() {
            Ok(Self { take, skip, sort_start, sort_end })
        } else {
            Err(QueryError::Invalid(errors))
        }
    }
}

/// Whose entries of an organization are asked for.
#[derive(Debug, Clone, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfMember {
    /// Only the entries of the user with this address, in any letter case.
    #[param(required = false, value_type = String, example = "alice@example.com")]
    pub email: Option<String>,
}

impl OfMember {
    /// Reads the query. An empty address is none: it must not list everybody.
    ///
    /// # Errors
    ///
    /// [`QueryError::Invalid`] for what is no address.
    pub fn read(pairs: &Pairs) -> Result<Self, QueryError> {
        match last(pairs, "email") {
            Some(text) if !email::is_address(text) => {
                let message = "email must be an email".to_owned();
                Err(QueryError::Invalid(vec![refused(pairs, "email", text, "isEmail", message)]))
            }
            email => Ok(Self { email: email.map(str::to_owned) }),
        }
    }
}

fn date(name: &str, value: Option<&Value>) -> Checked<Date> {
    let text = || format!("{name} must be a UTC date-time like 2026-05-01T00:00:00.000Z");
    let date = value.and_then(Value::as_str).and_then(date_of_utc);
    date.ok_or_else(|| vec![("isDateString", text())])
}

fn reason(name: &str, value: Option<&Value>) -> Checked<Reason> {
    match value.and_then(Value::as_str).and_then(Reason::parse) {
        Some(reason) => Ok(reason),
        None => wrong("isEnum", one_of(name, &Reason::ALL.map(Reason::name))),
    }
}
