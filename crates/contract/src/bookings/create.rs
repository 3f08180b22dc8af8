//! The body of `POST /v2/bookings` (section 7.1).

use jiff::Timestamp;
use serde_json::{Map, Value};
use slotd_domain::booking::metadata::{LIMITS, fits};
use slotd_domain::{Locale, TimeZoneName, email};

use super::{Location, MOST_ANSWERS, MOST_GUESTS, ids, inside, map_has_nul, only_known, phone};
use crate::fields::{self, Checked, Fields, FromBody, Wrong, read_body, too_many, wrong};
use crate::slots::{id, minutes};

/// A booking that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateBooking {
    /// When it starts; an offset other than UTC was converted.
    pub start: Timestamp,
    /// Who books.
    pub attendee: Booker,
    /// What is booked.
    pub target: Target,
    /// Answers to the event type's fields, by their slugs: at most [`MOST_ANSWERS`].
    pub field_responses: Map<String, Value>,
    /// Addresses of guests, as they were sent: at most [`MOST_GUESTS`], each of at most 254
    /// characters. Whether they are addresses is judged with the answers (R7.16).
    pub guests: Option<Vec<String>>,
    /// Where; the event type's first location when none.
    pub location: Option<Location>,
    /// Data of the caller's: at most 50 keys of 40 characters, texts of 500 characters.
    pub metadata: Map<String, Value>,
    /// Length in minutes, from one to a year; the event type's when none.
    pub length_in_minutes: Option<i32>,
    /// How many bookings of a series; the event type's when none.
    pub recurrence_count: Option<i32>,
    /// A meeting at once; of teams only.
    pub instant: bool,
    /// What a routing form decided.
    pub routing: Option<Map<String, Value>>,
    /// The code that shows that the booker has the e-mail address.
    pub email_verification_code: Option<String>,
    /// The booker's reservation of the slot.
    pub reserved_slot_uid: Option<String>,
    /// The only round-robin hosts that may be chosen; of teams only.
    pub round_robin_hosts: Option<Vec<i32>>,
    /// Whether availability does not count; not for everybody.
    pub override_availability: bool,
}

/// Who books: with an e-mail address or a telephone number, or both.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Booker {
    /// Name: 1 to 1,000 characters.
    pub name: String,
    /// Zone in which the booker reads times.
    pub time_zone: TimeZoneName,
    /// Address as it was sent, at most 254 characters. Whether it is one is judged with the
    /// answers (R7.16), where the contract has a text of its own for it.
    pub email: Option<String>,
    /// In E.164 form.
    pub phone_number: Option<String>,
    /// Language; English when none.
    pub language: Option<Locale>,
}

/// Which event type is booked, by one of three ways (R7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Way A: its id.
    EventType(i32),
    /// Way B: an event type of a user.
    User {
        /// Whose.
        username: String,
        /// Its slug.
        slug: String,
        /// Slug of the user's organization; outside of all when none.
        organization: Option<String>,
    },
    /// Way C: an event type of a team.
    Team {
        /// Slug of the team.
        team: String,
        /// Its slug.
        slug: String,
        /// Slug of the team's organization; outside of all when none.
        organization: Option<String>,
    },
}

impl FromBody for CreateBooking {
    const FIELDS: &'static [&'static str] = &[
        "start",
        "attendee",
        "bookingFieldsResponses",
        "eventTypeId",
        "eventTypeSlug",
        "username",
        "teamSlug",
        "organizationSlug",
        "guests",
        "meetingUrl",
        "location",
        "metadata",
        "lengthInMinutes",
        "routing",
        "emailVerificationCode",
        "recurrenceCount",
        "instant",
        "reservedSlotUid",
        "rrHostSubsetIds",
        "overrideAvailability",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        let start = fields.required("start", fields::instant);
        let attendee = fields.required_parts("attendee", attendee).unwrap_or_default();
        let field_responses = fields.optional("bookingFieldsResponses", answers);
        let target = target(fields);
        let guests = fields.optional("guests", guests);
        let meeting_url = fields.optional("meetingUrl", fields::url);
        let location = fields.optional_parts("location", Location::read).flatten();
        Self {
            start,
            attendee,
            target,
            field_responses: field_responses.unwrap_or_default(),
            guests,
            location: location.or(meeting_url.map(Location::Text)),
            metadata: fields.optional("metadata", metadata).unwrap_or_default(),
            length_in_minutes: fields.optional("lengthInMinutes", minutes),
            routing: fields.optional_parts("routing", routing),
            email_verification_code: fields.optional("emailVerificationCode", fields::short_text),
            recurrence_count: fields.optional("recurrenceCount", id),
            instant: fields.optional("instant", fields::boolean).unwrap_or(false),
            reserved_slot_uid: fields.optional("reservedSlotUid", fields::short_text),
            round_robin_hosts: fields.optional("rrHostSubsetIds", ids),
            override_availability: fields
                .optional("overrideAvailability", fields::boolean)
                .unwrap_or(false),
        }
    }
}

/// The ways are tried in the order A, B, C (R7.1).
fn target(fields: &mut Fields<'_>) -> Target {
    let event_type = fields.optional("eventTypeId", id);
    let [slug, username, team, organization] =
        ["eventTypeSlug", "username", "teamSlug", "organizationSlug"]
            .map(|name| fields.optional(name, fields::short_text).filter(|text| !text.is_empty()));
    let says = |name| fields.says(name);
    let is_told =
        says("eventTypeId") || says("eventTypeSlug") && (says("username") || says("teamSlug"));
    if !is_told {
        let text = "Either eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug must be provided";
        fields.refuse("eventTypeId or eventTypeSlug + username", "isTarget", text.to_owned());
    }
    match (event_type, slug, username, team) {
        (None, Some(slug), Some(username), _) => Target::User { username, slug, organization },
        (None, Some(slug), None, Some(team)) => Target::Team { team, slug, organization },
        (event_type, ..) => Target::EventType(event_type.unwrap_or_default()),
    }
}

fn attendee(name: &str, value: Option<&Value>) -> Result<Booker, Wrong> {
    match value {
        Some(value) if value.is_object() => only_known(value).map_err(inside),
        _ => Err(vec![("isObject", format!("{name} must be an object"))].into()),
    }
}

impl FromBody for Booker {
    const FIELDS: &'static [&'static str] =
        &["name", "timeZone", "phoneNumber", "language", "email"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let name = fields.required("name", fields::non_empty);
        let time_zone = fields.required("timeZone", fields::time_zone);
        let phone_number = fields.optional("phoneNumber", phone);
        let language = fields.optional("language", fields::locale);
        let email = fields.optional("email", unjudged_email);
        if !fields.says("email") && !fields.says("phoneNumber") {
            let text = "Attendee must have at least one contact method (email or phone number)";
            fields.refuse("attendee email or phone", "hasContact", text.to_owned());
        }
        let email = email.filter(|email| !email.is_empty());
        Self { name, time_zone, email, phone_number, language }
    }
}

/// A text that can be stored as an address.
fn unjudged_email(name: &str, value: Option<&Value>) -> Checked<String> {
    let text = fields::string(name, value)?;
    if text.chars().count() > email::MAX_LENGTH {
        let most = email::MAX_LENGTH;
        let text = format!("{name} must be shorter than or equal to {most} characters");
        return wrong("maxLength", text);
    }
    Ok(text)
}

fn guests(name: &str, value: Option<&Value>) -> Checked<Vec<String>> {
    let Some(Value::Array(values)) = value else {
        return wrong("isArray", format!("{name} must be an array"));
    };
    if values.len() > MOST_GUESTS {
        return wrong("arrayMaxSize", too_many(name, MOST_GUESTS));
    }
    let each = format!("each value in {name}");
    values.iter().map(|value| unjudged_email(&each, Some(value))).collect()
}

fn answers(name: &str, value: Option<&Value>) -> Checked<Map<String, Value>> {
    match value {
        Some(Value::Object(map)) if map.len() > MOST_ANSWERS => {
            wrong("maxProperties", format!("{name} must have at most {MOST_ANSWERS} keys"))
        }
        Some(Value::Object(map)) if map_has_nul(map) => {
            wrong("noNul", format!("{name} must not contain the NUL character"))
        }
        Some(Value::Object(map)) => Ok(map.clone()),
        _ => wrong("isObject", format!("{name} must be an object")),
    }
}

/// Other than with users (VA-10) only texts are measured.
fn metadata(name: &str, value: Option<&Value>) -> Checked<Map<String, Value>> {
    let Some(Value::Object(map)) = value else {
        return wrong("isObject", format!("{name} must be an object"));
    };
    if !fits(map) {
        return wrong("ValidateMetadata", LIMITS.to_owned());
    }
    if map_has_nul(map) {
        return wrong("noNul", format!("{name} must not contain the NUL character"));
    }
    Ok(map.clone())
}

/// What a routing form decided: checked, and handed on as it is, without what is unknown.
fn routing(name: &str, value: &Value) -> Result<Map<String, Value>, Wrong> {
    let Value::Object(map) = value else {
        return Err(vec![("isObject", format!("{name} must be an object"))].into());
    };
    read_body::<Routing>(value).map_err(inside)?;
    let known = map.iter().filter(|(name, _)| Routing::FIELDS.contains(&name.as_str()));
    Ok(known.map(|(name, value)| (name.clone(), value.clone())).collect())
}

struct Routing;

impl FromBody for Routing {
    const FIELDS: &'static [&'static str] = &[
        "queuedResponseId",
        "responseId",
        "teamMemberIds",
        "teamMemberEmail",
        "skipContactOwner",
        "crmAppSlug",
        "crmOwnerRecordType",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        let _: Option<String> = fields.optional("queuedResponseId", fields::short_text);
        let _: Option<i32> = fields.optional("responseId", id);
        let _: Vec<i32> = fields.required("teamMemberIds", ids);
        let _: Option<String> = fields.optional("teamMemberEmail", fields::short_text);
        let _: Option<bool> = fields.optional("skipContactOwner", fields::boolean);
        let _: Option<String> = fields.optional("crmAppSlug", fields::short_text);
        let _: Option<String> = fields.optional("crmOwnerRecordType", fields::short_text);
        Self
    }
}

#[cfg(test)]
mod tests;
