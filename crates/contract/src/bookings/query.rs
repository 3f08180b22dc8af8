//! The queries of bookings (sections 10, 20 and 22).

use jiff::Timestamp;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::MOST_IDS;
use crate::fields::{self, FieldError, one_of, too_many};
use crate::query::{Page, Pairs, Sort, Values, names_list};

/// A state by which bookings are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum ListedStatus {
    /// Not over, and neither cancelled nor rejected.
    Upcoming,
    /// The same, of a series.
    Recurring,
    /// Over, and neither cancelled nor rejected.
    Past,
    /// Cancelled or rejected.
    Cancelled,
    /// Not over, and waiting for the host's word.
    Unconfirmed,
}

const STATUSES: [(&str, ListedStatus); 5] = [
    ("upcoming", ListedStatus::Upcoming),
    ("recurring", ListedStatus::Recurring),
    ("past", ListedStatus::Past),
    ("cancelled", ListedStatus::Cancelled),
    ("unconfirmed", ListedStatus::Unconfirmed),
];

/// Which bookings are asked for, and in which order. Dates include the instant they name.
#[derive(Debug, Clone, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct ListBookings {
    /// Bookings in one of these states; in any when left out.
    #[param(required = false, inline, example = json!(["upcoming", "past"]))]
    pub status: Vec<ListedStatus>,
    /// Only with an attendee who has this address, in any letter case.
    #[param(required = false, value_type = String, example = "example@domain.com")]
    pub attendee_email: Option<String>,
    /// Only with an attendee of exactly this name.
    #[param(required = false, value_type = String, example = "John Doe")]
    pub attendee_name: Option<String>,
    /// Only this booking.
    #[param(required = false, value_type = String, example = "2NtaeaVcKfpmSZ4CthFdfk")]
    pub booking_uid: Option<String>,
    /// Only of these event types: their ids, with commas.
    #[param(required = false, value_type = String, example = "100,200")]
    pub event_type_ids: Vec<i32>,
    /// Only of this event type.
    #[param(required = false, value_type = String, example = "100")]
    pub event_type_id: Option<i32>,
    /// Only of event types of these teams: their ids, with commas.
    #[param(required = false, value_type = String, example = "50,60")]
    pub teams_ids: Vec<i32>,
    /// Only of event types of this team.
    #[param(required = false, value_type = String, example = "50")]
    pub team_id: Option<i32>,
    /// Only what starts then or later.
    #[param(required = false, value_type = String, example = "2025-03-07T10:00:00.000Z")]
    pub after_start: Option<Timestamp>,
    /// Only what ends then or earlier.
    #[param(required = false, value_type = String, example = "2025-03-07T11:00:00.000Z")]
    pub before_end: Option<Timestamp>,
    /// Only what was created then or later.
    #[param(required = false, value_type = String, example = "2025-03-07T10:00:00.000Z")]
    pub after_created_at: Option<Timestamp>,
    /// Only what was created then or earlier.
    #[param(required = false, value_type = String, example = "2025-03-14T11:00:00.000Z")]
    pub before_created_at: Option<Timestamp>,
    /// Only what was changed then or later.
    #[param(required = false, value_type = String, example = "2025-03-07T10:00:00.000Z")]
    pub after_updated_at: Option<Timestamp>,
    /// Only what was changed then or earlier.
    #[param(required = false, value_type = String, example = "2025-03-14T11:00:00.000Z")]
    pub before_updated_at: Option<Timestamp>,
    /// Order by start; it goes before all others.
    #[param(required = false, value_type = Sort, inline)]
    pub sort_start: Option<Sort>,
    /// Order by end; it goes before the next two.
    #[param(required = false, value_type = Sort, inline)]
    pub sort_end: Option<Sort>,
    /// Order by creation; it goes before that by change.
    #[param(required = false, value_type = Sort, inline)]
    pub sort_created: Option<Sort>,
    /// Order by the last change.
    #[param(required = false, value_type = Sort, inline)]
    pub sort_updated_at: Option<Sort>,
    /// How many bookings to return: 1 to 250.
    #[param(required = false, example = 10, default = 100, minimum = 1, maximum = 250)]
    pub take: i64,
    /// How many bookings to skip.
    #[param(required = false, example = 0, default = 0, minimum = 0)]
    pub skip: i64,
}

impl ListBookings {
    /// Reads the query. An empty value counts as absent, but for `status`; unknown
    /// parameters are passed over (R10.7).
    ///
    /// # Errors
    ///
    /// One entry for each value of the wrong form.
    pub fn read(pairs: &Pairs) -> Result<Self, Vec<FieldError>> {
        let mut values = Values::of(pairs);
        let status = statuses(pairs, &mut values);
        let event_type_ids = ids(pairs, &mut values, "eventTypeIds", &["eventTypeIds"]);
        let event_type_id = values.number("eventTypeId", i32::MIN);
        let teams_ids = ids(pairs, &mut values, "teamsIds", &["teamsIds", "teamIds"]);
        let team_id = values.number("teamId", i32::MIN);
        let [after_start, before_end, after_created_at, before_created_at] =
            ["afterStart", "beforeEnd", "afterCreatedAt", "beforeCreatedAt"]
                .map(|name| instant(&mut values, name));
        let [after_updated_at, before_updated_at] =
            ["afterUpdatedAt", "beforeUpdatedAt"].map(|name| instant(&mut values, name));
        let [sort_start, sort_end, sort_created, sort_updated_at] = [
            ("sortStart", "SortStart"),
            ("sortEnd", "SortEnd"),
            ("sortCreated", "SortCreated"),
            ("sortUpdatedAt", "SortUpdatedAt"),
        ]
        .map(|(name, shown)| sort(&mut values, name, shown));
        let Page { take, skip } = Page::read_with(100, pairs).unwrap_or_else(|errors| {
            values.errors.extend(errors);
            Page { take: 0, skip: 0 }
        });
        let query = Self {
            status,
            // A plus sign that a client did not encode arrives as a blank.
            attendee_email: values.text("attendeeEmail").map(|text| text.replace(' ', "+")),
            attendee_name: values.text("attendeeName"),
            booking_uid: values.text("bookingUid"),
            event_type_ids,
            event_type_id,
            teams_ids,
            team_id,
            after_start,
            before_end,
            after_created_at,
            before_created_at,
            after_updated_at,
            before_updated_at,
            sort_start,
            sort_end,
            sort_created,
            sort_updated_at,
            take,
            skip,
        };
        values.finish(query)
    }

    /// The event types of either parameter; empty when all count.
    #[must_use]
    pub fn event_types(&self) -> Vec<i32> {
        self.event_type_ids.iter().copied().chain(self.event_type_id).collect()
    }

    /// The teams of either parameter; empty when all count.
    #[must_use]
    pub fn teams(&self) -> Vec<i32> {
        self.teams_ids.iter().copied().chain(self.team_id).collect()
    }
}

/// Whose bookings of an organization are asked for.
#[derive(Debug, Clone, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct OfUsers {
    /// Only of these users: their ids, with commas.
    #[param(required = false, value_type = String, example = "100,200")]
    pub user_ids: Vec<i32>,
}

impl OfUsers {
    /// Reads the query.
    ///
    /// # Errors
    ///
    /// One entry for what is no list of numbers.
    pub fn read(pairs: &Pairs) -> Result<Self, Vec<FieldError>> {
        let mut values = Values::of(pairs);
        let user_ids = ids(pairs, &mut values, "userIds", &["userIds"]);
        values.finish(Self { user_ids })
    }
}

/// Which references of a booking are asked for.
#[derive(Debug, Clone, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListReferences {
    /// Only of this type.
    #[param(rename = "type", required = false, schema_with = kind_of_reference)]
    pub kind: Option<&'static str>,
}

const KINDS_OF_REFERENCES: [&str; 6] = [
    "google_calendar",
    "office365_calendar",
    "daily_video",
    "google_video",
    "office365_video",
    "zoom_video",
];

fn kind_of_reference() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    crate::schema::read(crate::schema::one_of_texts(KINDS_OF_REFERENCES))
}

impl ListReferences {
    /// Reads the query.
    ///
    /// # Errors
    ///
    /// One entry for a type that is none.
    pub fn read(pairs: &Pairs) -> Result<Self, Vec<FieldError>> {
        let mut values = Values::of(pairs);
        let kind = values.given("type").and_then(|text| {
            let kind = KINDS_OF_REFERENCES.into_iter().find(|kind| *kind == text);
            if kind.is_none() {
                values.refuse("type", "isEnum", one_of("type", &KINDS_OF_REFERENCES));
            }
            kind
        });
        values.finish(Self { kind })
    }
}

/// The elements of lists: a parameter may be repeated, and may have several with commas.
fn elements<'p>(pairs: &'p Pairs, names: &[&str]) -> impl Iterator<Item = &'p str> {
    pairs
        .iter()
        .filter(|(key, _)| names.iter().any(|name| names_list(key, name)))
        .flat_map(|(_, list)| list.split(',').map(str::trim))
}

/// An empty state is a wrong one.
fn statuses(pairs: &Pairs, values: &mut Values<'_>) -> Vec<ListedStatus> {
    let mut all = Vec::new();
    for text in elements(pairs, &["status"]) {
        match STATUSES.iter().find(|(name, _)| *name == text) {
            Some((_, status)) if all.contains(status) => {}
            Some((_, status)) => all.push(*status),
            None => {
                let names = STATUSES.map(|(name, _)| name).join(", ");
                let text = format!("Invalid status. Allowed are {names}");
                values.refuse("status", "isEnum", text);
                break;
            }
        }
    }
    all
}

/// Ids, each once.
fn ids(pairs: &Pairs, values: &mut Values<'_>, name: &'static str, spellings: &[&str]) -> Vec<i32> {
    let mut ids = Vec::new();
    for text in elements(pairs, spellings).filter(|text| !text.is_empty()) {
        match text.parse::<i32>() {
            Ok(id) if ids.contains(&id) => {}
            Ok(_) if ids.len() == MOST_IDS => {
                values.refuse(name, "arrayMaxSize", too_many(name, MOST_IDS));
                break;
            }
            Ok(id) => ids.push(id),
            Err(_) => {
                let text = format!(
                    "each value in {name} must be a number conforming to the specified constraints"
                );
                values.refuse(name, "isNumber", text);
                break;
            }
        }
    }
    ids
}

fn instant(values: &mut Values<'_>, name: &'static str) -> Option<Timestamp> {
    let text = values.given(name)?;
    let instant = fields::instant(name, Some(&Value::from(text))).ok();
    if instant.is_none() {
        // The name that clients know (R10.6).
        let shown = if name == "afterStart" { "fromDate" } else { name };
        values.refuse(name, "isIso8601", format!("{shown} must be a valid ISO 8601 date."));
    }
    instant
}

fn sort(values: &mut Values<'_>, name: &'static str, shown: &str) -> Option<Sort> {
    let text = values.given(name)?;
    let sort = [Sort::Asc, Sort::Desc].into_iter().find(|sort| sort.name() == text);
    if sort.is_none() {
        values.refuse(name, "isEnum", format!("{shown} must be either \"asc\" or \"desc\"."));
    }
    sort
}

#[cfg(test)]
mod tests;
