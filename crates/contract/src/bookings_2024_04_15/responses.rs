//! The answers to an event type's booking fields.

use serde_json::{Map, Value};

use crate::fields::{self, Checked, Fields, FromBody, Wrong, read_body, storable, too_many, wrong};

/// Most guests of a booking.
const MOST_GUESTS: usize = 100;

/// What the booker answered. Nothing is required here: which answers an event type needs,
/// and whether an address is one, is decided with the event type (R24.4).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Responses {
    /// Name of the booker.
    pub name: Option<BookerName>,
    /// Address of the booker.
    pub email: Option<String>,
    /// Addresses of those who come along; none is unlike an empty list (R7.19).
    pub guests: Option<Vec<String>>,
    /// Where it takes place.
    pub location: Option<ChosenLocation>,
    /// What the booker wants to say.
    pub notes: Option<String>,
    /// A title that the booker gives.
    pub title: Option<String>,
    /// Telephone number of the booker.
    pub attendee_phone_number: Option<String>,
    /// Telephone number for reminders.
    pub sms_reminder_number: Option<String>,
    /// Why a booking is moved.
    pub reschedule_reason: Option<String>,
    /// Everything as it was sent, with those to custom fields.
    pub sent: Map<String, Value>,
}

impl FromBody for Responses {
    const FIELDS: &'static [&'static str] = &[
        "name",
        "email",
        "guests",
        "location",
        "notes",
        "title",
        "attendeePhoneNumber",
        "smsReminderNumber",
        "rescheduleReason",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.optional("name", booker_name),
            email: super::text(fields, "email"),
            guests: fields.optional("guests", guests),
            location: fields.optional("location", location),
            notes: fields.optional("notes", fields::long_text),
            title: super::text(fields, "title"),
            attendee_phone_number: super::text(fields, "attendeePhoneNumber"),
            sms_reminder_number: super::text(fields, "smsReminderNumber"),
            reschedule_reason: fields.optional("rescheduleReason", fields::long_text),
            sent: Map::new(),
        }
    }
}

/// Reads an object of answers; those to custom fields are kept as they are.
pub(super) fn responses(name: &str, value: Option<&Value>) -> Result<Responses, Wrong> {
    let Some(value @ Value::Object(sent)) = value else {
        return Err(vec![("isObject", format!("{name} must be an object"))].into());
    };
    storable(name, value)?;
    match read_body::<Responses>(value) {
        Ok(read) => Ok(Responses { sent: sent.clone(), ..read }),
        Err(children) => Err(Wrong { constraints: Vec::new(), children }),
    }
}

/// Name of a booker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookerName {
    /// As one text.
    Whole(String),
    /// Where the event type asks for both names.
    Split {
        /// First name.
        first: String,
        /// Last name; empty when none was given.
        last: String,
    },
}

impl BookerName {
    /// The name as the attendee has it (R7.17).
    ///
    /// ```
    /// use slotd_contract::bookings_2024_04_15::BookerName;
    ///
    /// let name = BookerName::Split { first: "Omar".into(), last: "Haddad".into() };
    /// assert_eq!(name.joined(), "Omar Haddad");
    /// ```
    #[must_use]
    pub fn joined(&self) -> String {
        match self {
            Self::Whole(name) => name.clone(),
            Self::Split { first, last } => format!("{first} {last}").trim().to_owned(),
        }
    }
}

fn booker_name(name: &str, value: Option<&Value>) -> Checked<BookerName> {
    let Some(Value::Object(parts)) = value else {
        return fields::short_text(name, value).map(BookerName::Whole);
    };
    let part = |part: &str| match parts.get(part) {
        None | Some(Value::Null) => Ok(String::new()),
        text => fields::short_text(&format!("{name}.{part}"), text),
    };
    Ok(BookerName::Split { first: part("firstName")?, last: part("lastName")? })
}

fn guests(name: &str, value: Option<&Value>) -> Checked<Vec<String>> {
    let Some(Value::Array(values)) = value else {
        return wrong("isArray", format!("{name} must be an array"));
    };
    if values.len() > MOST_GUESTS {
        return wrong("arrayMaxSize", too_many(name, MOST_GUESTS));
    }
    let each = format!("each value in {name}");
    values.iter().map(|value| fields::short_text(&each, Some(value))).collect()
}

/// Which location the booker chose, under its internal name (section 7.7 of the booking
/// rules).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenLocation {
    /// Kind of location, such as `integrations:daily` or `phone`; empty when none is chosen.
    pub value: String,
    /// The booker's own part of it, such as a number; empty when it has none.
    pub option_value: String,
}

fn location(name: &str, value: Option<&Value>) -> Checked<ChosenLocation> {
    let Some(Value::Object(parts)) = value else {
        return wrong("isObject", format!("{name} must be an object"));
    };
    let part = |part: &str| match parts.get(part) {
        None | Some(Value::Null) => Ok(String::new()),
        text => fields::uri(&format!("{name}.{part}"), text),
    };
    Ok(ChosenLocation { value: part("value")?, option_value: part("optionValue")? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Responses, Value> {
        responses("responses", Some(value)).map_err(|wrong| {
            json!({
                "own": wrong.constraints.iter().map(|(check, _)| *check).collect::<Vec<_>>(),
                "inner": wrong.children.iter().map(|child| child.property.as_ref()).collect::<Vec<_>>(),
            })
        })
    }

    #[test]
    fn answers_to_all_fields_are_kept_in_their_order() {
        let sent = json!({
            "species": ["dog", 4.5, null],
            "name": "Omar Haddad",
            "email": "Omar@mail.test",
            "location": { "value": "phone", "optionValue": "+4915112345678" },
            "notes": "Second visit",
            "guests": ["lea@mail.test"],
            "attendeePhoneNumber": "+4915112345678",
            "smsReminderNumber": "",
            "rescheduleReason": "Train late",
            "title": null,
        });
        let read = read(&sent).unwrap();
        assert_eq!(read.name, Some(BookerName::Whole("Omar Haddad".into())));
        assert_eq!(read.email.as_deref(), Some("Omar@mail.test"));
        assert_eq!(read.guests, Some(vec!["lea@mail.test".to_owned()]));
        let location =
            ChosenLocation { value: "phone".into(), option_value: "+4915112345678".into() };
        assert_eq!(read.location, Some(location));
        assert_eq!(read.notes.as_deref(), Some("Second visit"));
        assert_eq!(read.attendee_phone_number.as_deref(), Some("+4915112345678"));
        assert_eq!(read.sms_reminder_number, None);
        assert_eq!(read.reschedule_reason.as_deref(), Some("Train late"));
        assert_eq!(read.title, None);
        assert_eq!(Value::Object(read.sent).to_string(), sent.to_string());
    }

    /// BK-90
    #[test]
    fn a_split_name_is_joined() {
        for (name, joined) in [
            (json!({ "firstName": "Omar", "lastName": "Haddad" }), "Omar Haddad"),
            (json!({ "firstName": "Omar" }), "Omar"),
            (json!({ "firstName": "Omar", "lastName": null }), "Omar"),
            (json!({ "firstName": "", "lastName": "Haddad" }), "Haddad"),
            (json!("Omar Haddad"), "Omar Haddad"),
        ] {
            let read = read(&json!({ "name": name })).unwrap();
            assert_eq!(read.name.map(|name| name.joined()).as_deref(), Some(joined));
        }
    }

    /// R24.4
    #[test]
    fn nothing_is_required_before_the_event_type_is_known() {
        let nothing = read(&json!({})).unwrap();
        assert_eq!(nothing, Responses::default());
        let nulls = json!({ "name": null, "email": null, "guests": null, "location": null });
        assert_eq!(Responses { sent: Map::new(), ..read(&nulls).unwrap() }, nothing);
        assert_eq!(read(&json!({ "guests": [] })).unwrap().guests, Some(Vec::new()));
        let location = read(&json!({ "location": { "optionValue": "" } })).unwrap().location;
        assert_eq!(location.map(|location| location.value).as_deref(), Some(""));
    }

    /// R24.1
    #[test]
    fn values_of_the_wrong_form_are_told_by_their_names() {
        let many = vec!["a@b.test"; MOST_GUESTS + 1];
        for (field, bad) in [
            ("name", json!(7)),
            ("name", json!({ "firstName": 7 })),
            ("name", json!(["Omar"])),
            ("email", json!({})),
            ("guests", json!("lea@mail.test")),
            ("guests", json!([7])),
            ("guests", json!(many)),
            ("location", json!("phone")),
            ("location", json!({ "value": 7 })),
            ("location", json!({ "value": "phone", "optionValue": 49 })),
            ("notes", json!(false)),
            ("notes", json!("x".repeat(20_001))),
        ] {
            let expected = json!({ "own": [], "inner": [field] });
            assert_eq!(read(&json!({ field: bad })), Err(expected), "{bad}");
        }
        for bad in [json!(null), json!([]), json!("x")] {
            assert_eq!(read(&bad), Err(json!({ "own": ["isObject"], "inner": [] })), "{bad}");
        }
        for bad in [json!({ "custom": "a\0b" }), json!({ "cus\0tom": 1 })] {
            assert_eq!(read(&bad), Err(json!({ "own": ["isStorable"], "inner": [] })), "{bad}");
        }
    }
}
