//! The bodies that make bookings.

use jiff::Timestamp;
use serde_json::{Map, Value};
use slotd_domain::TimeZoneName;

use super::responses::{Responses, responses};
use super::text;
use crate::fields::{
    self, Checked, FieldError, Fields, FromBody, read_objects, storable, too_many, whole, wrong,
};
use crate::slots::{LegacyTarget, MOST_USERNAMES};

/// Most bookings of a series that are made at once; as many bodies of the components'
/// size fit into a request.
const MOST_OCCURRENCES: usize = 200;

/// The body of `POST /v2/bookings`, of each booking in `POST /v2/bookings/recurring`, and
/// of `POST /v2/bookings/instant`. Unknown fields are passed over.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateBooking {
    /// What is booked. A group has at least one username, and its length is that of the
    /// booking (R7.9).
    pub target: LegacyTarget,
    /// When it starts; UTC where no offset is named.
    pub start: Timestamp,
    /// When it ends; not necessarily after the start. None means the event type's length.
    pub end: Option<Timestamp>,
    /// The booker's zone.
    pub time_zone: TimeZoneName,
    /// The booker's language as it was sent, which may be one that is not known.
    pub language: String,
    /// What the booker answered.
    pub responses: Responses,
    /// Data of the caller's own, which is not limited.
    pub metadata: Map<String, Value>,
    /// A booking, or a seat, that is moved (R24.3).
    pub reschedule_uid: Option<String>,
    /// Address of who moves it.
    pub rescheduled_by: Option<String>,
    /// A seat that is moved.
    pub seat_reference_uid: Option<String>,
    /// A booking whose seats are shared, to join; or again the one that is moved.
    pub booking_uid: Option<String>,
    /// Uid of the series that the booking belongs to.
    pub recurring_event_id: Option<String>,
    /// How many bookings the series has.
    pub recurring_count: Option<i32>,
    /// Where it takes place, as a link.
    pub location_url: Option<String>,
    /// Proves that the booker reads the mail of the given address.
    pub verification_code: Option<String>,
    /// Id of the private link that is used.
    pub hashed_link: Option<String>,
    /// Key of the booker's reservation (section 7.9.3 of the booking rules).
    pub reserved_slot_uid: Option<String>,
    /// Everything is checked, nothing is stored or sent (section 24.6 of the booking rules).
    pub is_dry_run: bool,
}

impl FromBody for CreateBooking {
    const FIELDS: &'static [&'static str] = &[
        "responses",
        "start",
        "end",
        "eventTypeId",
        "eventTypeSlug",
        "user",
        "orgSlug",
        "timeZone",
        "language",
        "metadata",
        "rescheduleUid",
        "rescheduledBy",
        "seatReferenceUid",
        "bookingUid",
        "recurringEventId",
        "recurringCount",
        "locationUrl",
        "verificationCode",
        "hashedLink",
        "reservedSlotUid",
        "_isDryRun",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            responses: fields.required_parts("responses", responses).unwrap_or_default(),
            start: fields.required("start", fields::instant),
            end: fields.optional("end", fields::instant),
            target: target(fields),
            time_zone: fields.required("timeZone", fields::time_zone),
            language: fields.required("language", fields::non_empty),
            metadata: fields.required("metadata", metadata),
            reschedule_uid: text(fields, "rescheduleUid"),
            rescheduled_by: text(fields, "rescheduledBy"),
            seat_reference_uid: text(fields, "seatReferenceUid"),
            booking_uid: text(fields, "bookingUid"),
            recurring_event_id: text(fields, "recurringEventId"),
            recurring_count: fields.optional("recurringCount", count),
            location_url: fields.optional("locationUrl", fields::uri).filter(|url| !url.is_empty()),
            verification_code: text(fields, "verificationCode"),
            hashed_link: text(fields, "hashedLink"),
            reserved_slot_uid: text(fields, "reservedSlotUid"),
            is_dry_run: fields.optional("_isDryRun", fields::boolean).unwrap_or(false),
        }
    }
}

/// An event type of 0 is that of a group, which is found through its users.
fn target(fields: &mut Fields<'_>) -> LegacyTarget {
    let event_type = fields.optional("eventTypeId", event_type_id);
    let slug = text(fields, "eventTypeSlug");
    let usernames = fields.optional("user", usernames).unwrap_or_default();
    let organization = text(fields, "orgSlug");
    match event_type {
        Some(id) if id != 0 => LegacyTarget::EventType(id),
        _ => {
            if usernames.is_empty() {
                fields.required("eventTypeId", no_target);
            }
            LegacyTarget::Users { usernames, slug, organization }
        }
    }
}

fn no_target(_: &str, _: Option<&Value>) -> Checked<()> {
    let text = "Either eventTypeId or eventTypeSlug + user must be provided";
    wrong("isNotEmpty", text.to_owned())
}

/// The usernames of a text `anna+ben`, or of a list, each once.
fn usernames(name: &str, value: Option<&Value>) -> Checked<Vec<String>> {
    let each = format!("each value in {name}");
    let texts = match value {
        Some(Value::Array(values)) if values.len() > MOST_USERNAMES => {
            return wrong("arrayMaxSize", too_many(name, MOST_USERNAMES));
        }
        Some(Value::Array(values)) => {
            values.iter().map(|value| fields::long_text(&each, Some(value))).collect()
        }
        _ => fields::long_text(name, value).map(|text| vec![text]),
    };
    let mut usernames: Vec<String> = Vec::new();
    for username in texts?.iter().flat_map(|text| text.split('+')).map(str::trim) {
        if !username.is_empty() && !usernames.iter().any(|known| known == username) {
            usernames.push(username.to_owned());
        }
        if usernames.len() > MOST_USERNAMES {
            return wrong("arrayMaxSize", too_many(name, MOST_USERNAMES));
        }
    }
    Ok(usernames)
}

/// A whole number of 32 bits from 1 on. Here a text is read as one (R7.2).
fn count(name: &str, value: Option<&Value>) -> Checked<i32> {
    let number = value.and_then(Value::as_str).and_then(|text| text.trim().parse::<i64>().ok());
    let number = number.map(Value::from);
    let number = whole(name, number.as_ref().or(value), i32::MAX.into())?;
    Ok(i32::try_from(number).expect("at most what an i32 holds"))
}

/// The same with 0, which also is what an empty text reads as.
fn event_type_id(name: &str, value: Option<&Value>) -> Checked<i32> {
    let is_zero = match value {
        Some(Value::String(text)) => ["", "0"].contains(&text.trim()),
        Some(value) => value.as_f64() == Some(0.0),
        None => false,
    };
    if is_zero { Ok(0) } else { count(name, value) }
}

fn metadata(name: &str, value: Option<&Value>) -> Checked<Map<String, Value>> {
    let Some(value @ Value::Object(metadata)) = value else {
        return wrong("isObject", format!("{name} must be an object"));
    };
    storable(name, value)?;
    Ok(metadata.clone())
}

/// The body of `POST /v2/bookings/recurring`: one body for each occurrence, in the order
/// in which they were sent.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateRecurring(pub Vec<CreateBooking>);

impl CreateRecurring {
    /// Reads a list of 1 to 200 bodies.
    ///
    /// # Errors
    ///
    /// One entry per failing body, with its index as property and what is wrong as
    /// children; or one for the list itself.
    pub fn read(body: &Value) -> Result<Self, Vec<FieldError>> {
        const NAME: &str = "bookings";
        let wrong = match read_objects::<CreateBooking>(NAME, Some(body), MOST_OCCURRENCES) {
            Ok(bookings) if !bookings.is_empty() => return Ok(Self(bookings)),
            Ok(_) => vec![("arrayNotEmpty", format!("{NAME} should not be empty"))].into(),
            Err(wrong) => wrong,
        };
        if wrong.children.is_empty() {
            let constraints = wrong.constraints.into_iter();
            return Err(vec![FieldError {
                // Not the body: it may be any number of anything.
                target: Value::Array(Vec::new()),
                value: None,
                property: NAME.into(),
                children: Vec::new(),
                constraints: constraints.map(|(key, text)| (key.to_owned(), text.into())).collect(),
            }]);
        }
        Err(wrong.children)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fields::read_body;

    /// What the components send.
    fn sent() -> Value {
        json!({
            "responses": {
                "name": "Bo Guest",
                "email": "bo.guest@example.com",
                "location": { "value": "integrations:daily", "optionValue": "" },
                "guests": [],
            },
            "user": "ada-host",
            "start": "2026-05-11T10:00:00+02:00",
            "end": "2026-05-11T10:30:00+02:00",
            "eventTypeId": 110,
            "eventTypeSlug": "intro",
            "timeZone": "Europe/Berlin",
            "language": "en",
            "metadata": { "source": "page", "nested": { "any": [1, null] } },
            "hasHashedBookingLink": false,
            "routedTeamMemberIds": null,
            "skipContactOwner": false,
            "_isDryRun": false,
            "dub_id": null,
        })
    }

    fn with(changes: &Value) -> Value {
        let mut body = sent();
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }

    fn read(changes: &Value) -> CreateBooking {
        read_body(&with(changes)).unwrap_or_else(|errors| panic!("{changes}: {errors:?}"))
    }

    /// The failing fields and the names of the checks.
    fn failing(body: &Value) -> Vec<(String, Vec<String>)> {
        let errors = read_body::<CreateBooking>(body).expect_err("a refusal");
        let failing = errors.into_iter().map(|error| {
            (error.property.into_owned(), error.constraints.keys().cloned().collect())
        });
        failing.collect()
    }

    fn group(usernames: &[&str], slug: &str) -> LegacyTarget {
        LegacyTarget::Users {
            usernames: usernames.iter().map(|name| (*name).to_owned()).collect(),
            slug: Some(slug.to_owned()),
            organization: None,
        }
    }

    /// BK-85
    #[test]
    fn the_components_body_is_read_with_its_nulls_and_unknown_fields() {
        let body = read(&json!({}));
        assert_eq!(body.target, LegacyTarget::EventType(110));
        assert_eq!(body.start, "2026-05-11T08:00:00Z".parse().unwrap());
        assert_eq!(body.end, Some("2026-05-11T08:30:00Z".parse().unwrap()));
        assert_eq!(body.time_zone.as_str(), "Europe/Berlin");
        assert_eq!(body.language, "en");
        assert_eq!(Value::Object(body.metadata), sent()["metadata"]);
        assert_eq!(Value::Object(body.responses.sent), sent()["responses"]);
        assert_eq!(body.reschedule_uid, None);
        assert!(!body.is_dry_run);
    }

    /// R7.9
    #[test]
    fn a_group_is_found_through_its_users() {
        for (changes, usernames) in [
            (json!({ "eventTypeId": 0, "user": "anna+ben" }), vec!["anna", "ben"]),
            (json!({ "eventTypeId": null, "user": ["anna", "ben"] }), vec!["anna", "ben"]),
            (json!({ "eventTypeId": "", "user": " anna ++ben+anna" }), vec!["anna", "ben"]),
            (json!({ "eventTypeId": "0", "user": ["anna+ben", ""] }), vec!["anna", "ben"]),
            (json!({ "eventTypeId": 0.0, "user": "anna" }), vec!["anna"]),
        ] {
            assert_eq!(read(&changes).target, group(&usernames, "intro"), "{changes}");
        }
        let most: Vec<String> = (0..=MOST_USERNAMES).map(|number| format!("u{number}")).collect();
        for user in [json!(most), json!(most.join("+"))] {
            let refused = vec![("user".to_owned(), vec!["arrayMaxSize".to_owned()])];
            assert_eq!(failing(&with(&json!({ "user": user }))), refused);
        }
    }

    #[test]
    fn a_team_event_has_an_empty_user() {
        assert_eq!(read(&json!({ "user": "" })).target, LegacyTarget::EventType(110));
    }

    /// R7.2
    #[test]
    fn numbers_are_also_read_from_texts() {
        let body = read(&json!({ "eventTypeId": "110", "recurringCount": " 4 " }));
        assert_eq!(body.target, LegacyTarget::EventType(110));
        assert_eq!(body.recurring_count, Some(4));
    }

    /// R24.3, BK-88, BK-91
    #[test]
    fn moves_series_and_dry_runs_are_told() {
        let body = read(&json!({
            "rescheduleUid": "da4eddbe0b884551b10c48",
            "rescheduledBy": "bo.guest@example.com",
            "seatReferenceUid": "70ee0592-5f4f-4326-8982-9f3cbcf2cc5d",
            "bookingUid": "da4eddbe0b884551b10c48",
            "recurringEventId": "7c2b85b2-63b1-4432-b800-144f4967240c",
            "recurringCount": 3,
            "locationUrl": "https://meet.example.com/x",
            "verificationCode": "123456",
            "hashedLink": "0123456789abcdef0123456789abcdef",
            "_isDryRun": true,
            "end": null,
        }));
        assert_eq!(body.reschedule_uid.as_deref(), Some("da4eddbe0b884551b10c48"));
        assert_eq!(body.rescheduled_by.as_deref(), Some("bo.guest@example.com"));
        assert_eq!(
            body.seat_reference_uid.as_deref(),
            Some("70ee0592-5f4f-4326-8982-9f3cbcf2cc5d")
        );
        assert_eq!(body.booking_uid, body.reschedule_uid);
        assert_eq!(
            body.recurring_event_id.as_deref(),
            Some("7c2b85b2-63b1-4432-b800-144f4967240c")
        );
        assert_eq!(body.recurring_count, Some(3));
        assert_eq!(body.location_url.as_deref(), Some("https://meet.example.com/x"));
        assert_eq!(body.verification_code.as_deref(), Some("123456"));
        assert_eq!(body.hashed_link.as_deref(), Some("0123456789abcdef0123456789abcdef"));
        assert!(body.is_dry_run);
        assert_eq!(body.end, None);
        assert_eq!(read(&json!({ "rescheduleUid": "" })).reschedule_uid, None);
    }

    /// R24.1
    #[test]
    fn an_empty_body_lacks_every_required_field() {
        let missing: Vec<String> = failing(&json!({})).into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            missing,
            ["responses", "start", "eventTypeId", "timeZone", "language", "metadata"]
        );
        let errors = read_body::<CreateBooking>(&json!({})).unwrap_err();
        assert_eq!(errors[0].constraints["isObject"], "responses must be an object");
        assert_eq!(errors[5].constraints["isObject"], "metadata must be an object");
    }

    /// R24.1
    #[test]
    fn values_of_the_wrong_form_are_refused() {
        for (field, bad, check) in [
            ("start", json!("tomorrow"), "isDateString"),
            ("start", json!(1_778_486_400), "isDateString"),
            ("end", json!("2026-05-11T25:00:00Z"), "isDateString"),
            ("eventTypeId", json!(-1), "min"),
            ("eventTypeId", json!(1.5), "isInt"),
            ("eventTypeId", json!(4_000_000_000_i64), "max"),
            ("eventTypeId", json!("12x"), "min"),
            ("user", json!(7), "isString"),
            ("user", json!([7]), "isString"),
            ("timeZone", json!("Mars/Olympus"), "isTimeZone"),
            ("timeZone", json!(null), "isTimeZone"),
            ("language", json!(null), "isString"),
            ("language", json!(""), "isNotEmpty"),
            ("metadata", json!(null), "isObject"),
            ("metadata", json!([]), "isObject"),
            ("metadata", json!({ "a": "\0" }), "isStorable"),
            ("rescheduleUid", json!(7), "isString"),
            ("recurringCount", json!(0), "min"),
            ("_isDryRun", json!("true"), "isBoolean"),
        ] {
            let failing = failing(&with(&json!({ field: bad })));
            assert_eq!(failing.len(), 1, "{field} {bad}: {failing:?}");
            assert_eq!(failing[0].0, field, "{bad}");
            assert!(failing[0].1.contains(&check.to_owned()), "{field} {bad}: {failing:?}");
        }
    }

    #[test]
    fn what_is_wrong_in_an_answer_stands_below_responses() {
        let errors = read_body::<CreateBooking>(&with(&json!({ "responses": { "email": 7 } })));
        let errors = errors.unwrap_err();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].property, "responses");
        assert_eq!(errors[0].children[0].property, "email");
        assert_eq!(errors[0].children[0].constraints["isString"], "email must be a string");
    }

    /// BK-92
    #[test]
    fn a_series_is_a_list_of_bodies() {
        let bodies: Vec<Value> = (11..15)
            .map(|day| with(&json!({ "start": format!("2026-05-{day}T10:00:00+02:00") })))
            .collect();
        let CreateRecurring(read) = CreateRecurring::read(&json!(bodies)).unwrap();
        assert_eq!(read.len(), 4);
        assert_eq!(read[3].start, "2026-05-14T08:00:00Z".parse().unwrap());
    }

    /// BK-92
    #[test]
    fn a_series_of_the_wrong_form_is_refused() {
        let check = |body: &Value| {
            let errors = CreateRecurring::read(body).unwrap_err();
            assert_eq!(errors.len(), 1);
            errors[0].constraints.keys().next().cloned().unwrap_or_default()
        };
        assert_eq!(check(&sent()), "isArray");
        assert_eq!(check(&json!([])), "arrayNotEmpty");
        assert_eq!(check(&json!(vec![sent(); MOST_OCCURRENCES + 1])), "arrayMaxSize");
        assert_eq!(check(&json!([sent(), 7])), "nestedValidation");
        let errors = CreateRecurring::read(&json!([sent(), { "start": "x" }, []])).unwrap_err();
        assert_eq!(errors.iter().map(|e| e.property.as_ref()).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(errors[0].children[1].property, "start");
    }
}
