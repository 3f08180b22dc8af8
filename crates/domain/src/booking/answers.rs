//! What is stored of a booker's answers (R7.15, R7.17, R7.19).

use serde_json::{Map, Value, json};

use super::fields::PHONES;
use super::location::Place;
use crate::event_type::{BookingField, FieldKind};

const NAME: &str = "name";
const EMAIL: &str = "email";
const GUESTS: &str = "guests";
const LOCATION: &str = "location";
/// Why the booking was moved here (R8.2).
pub const RESCHEDULED_REASON: &str = "rescheduledReason";
/// Answers that come from elsewhere in the request, or from us.
const OWN: [&str; 5] = [NAME, EMAIL, GUESTS, LOCATION, RESCHEDULED_REASON];

/// What a request says, its addresses as they are stored (R7.28).
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The attendee's name.
    pub name: &'a str,
    /// The attendee's address, if there is one.
    pub email: Option<&'a str>,
    /// The attendee's number, if there is one.
    pub phone: Option<&'a str>,
    /// The guests, if any were sent.
    pub guests: Option<&'a [String]>,
    /// Where it takes place, if the request named a location.
    pub location: Option<&'a Place>,
    /// The `bookingFieldsResponses`.
    pub answers: &'a Map<String, Value>,
}

/// The answers as they are stored (R7.19). All keys of `bookingFieldsResponses` are
/// kept, those of no field as well (R7.15), but for those that say what the request
/// says elsewhere. A name is an object where the event type splits names and one was
/// sent (R7.17).
#[must_use]
pub fn assembled(fields: &[BookingField], given: &Given<'_>) -> Map<String, Value> {
    let mut stored = Map::new();
    let mut put = |key: &str, value: Value| drop(stored.insert(key.to_owned(), value));
    put(NAME, split_name(fields, given.answers).unwrap_or_else(|| json!(given.name)));
    if let Some(email) = given.email {
        put(EMAIL, json!(email));
    }
    if let Some(guests) = given.guests {
        put(GUESTS, json!(guests));
    }
    if let Some(place) = given.location {
        put(LOCATION, place.answer());
    }
    if let Some(phone) = given.phone {
        let [attendee, reminder] = PHONES;
        put(attendee, json!(phone));
        if fields.iter().any(|field| field.slug == reminder) {
            put(reminder, json!(phone));
        }
    }
    for (key, answer) in given.answers {
        if !OWN.contains(&key.as_str()) && !PHONES.contains(&key.as_str()) {
            put(key, answer.clone());
        }
    }
    stored
}

fn split_name(fields: &[BookingField], answers: &Map<String, Value>) -> Option<Value> {
    let splits = |field: &BookingField| matches!(field.kind, FieldKind::SplitName(_));
    let name = answers.get(NAME)?.as_object().filter(|_| fields.iter().any(splits))?;
    let part = |key: &str| name.get(key).and_then(Value::as_str).unwrap_or_default();
    Some(json!({ "firstName": part("firstName"), "lastName": part("lastName") }))
}

/// The attendee's name that stored answers hold: as given, or the parts of a split one,
/// joined (R7.17). Empty when they hold none.
#[must_use]
pub fn attendee_name(stored: &Map<String, Value>) -> String {
    stored.get(NAME).map(text).unwrap_or_default()
}

/// The attendee's first and last name: the parts of a split one, or the first word and
/// the others.
#[must_use]
pub fn name_parts(stored: &Map<String, Value>) -> (String, String) {
    if let Some(Value::Object(name)) = stored.get(NAME) {
        let part = |key: &str| name.get(key).map(text).unwrap_or_default().trim().to_owned();
        return (part("firstName"), part("lastName"));
    }
    let name = attendee_name(stored);
    let (first, last) = name.trim().split_once(char::is_whitespace).unwrap_or((name.trim(), ""));
    (first.to_owned(), last.trim().to_owned())
}

/// An answer as a text: lists are joined, a split name too, numbers look as in
/// JavaScript. Null and other objects are empty.
#[must_use]
pub fn text(answer: &Value) -> String {
    match answer {
        Value::String(text) => text.clone(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => {
            let text = number.to_string();
            text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
        }
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(name) => {
            let part = |key: &str| name.get(key).map(plain).unwrap_or_default();
            format!("{} {}", part("firstName"), part("lastName")).trim().to_owned()
        }
        Value::Null => String::new(),
    }
}

/// [`text`] of what holds nothing else.
fn plain(answer: &Value) -> String {
    if answer.is_array() || answer.is_object() { String::new() } else { text(answer) }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event_type::{Integration, Location, SplitName};

    pub(in crate::booking) fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,12}|[a-z]{1,3}@[a-z]{1,3}\\.[a-z]{2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("firstName|lastName|value|\\PC{0,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    pub(in crate::booking) fn object(value: Value) -> Map<String, Value> {
        let Value::Object(object) = value else { panic!("{value} is no object") };
        object
    }

    fn given(answers: &Map<String, Value>) -> Given<'_> {
        Given {
            name: "Omar Haddad",
            email: Some("omar@mail.test"),
            phone: None,
            guests: None,
            location: None,
            answers,
        }
    }

    /// R7.14, R7.15, R7.19, BK-5, BK-47
    #[test]
    fn answers_are_stored_with_all_keys_but_those_that_the_request_says_elsewhere() {
        let fields = BookingField::defaults();
        let none = Map::new();
        assert_eq!(
            Value::from(assembled(&fields, &given(&none))),
            json!({ "name": "Omar Haddad", "email": "omar@mail.test" })
        );
        let answers = object(json!({
            "notes": "Second visit",
            "unknown": [1],
            "title": "T",
            "name": { "firstName": "Eve" },
            "email": "eve@mail.test",
            "guests": ["eve@mail.test"],
            "location": "x",
            "attendeePhoneNumber": "1",
            "smsReminderNumber": "1",
            "rescheduledReason": "x",
        }));
        let place = super::super::location::unrequested(
            &[Location::AttendeeDefined],
            Integration::CalVideo,
        );
        let guests = ["lea@mail.test".to_owned()];
        let mut request = Given {
            phone: Some("+4915112345678"),
            guests: Some(&guests),
            location: Some(&place),
            ..given(&answers)
        };
        let mut expected = json!({
            "name": "Omar Haddad",
            "email": "omar@mail.test",
            "guests": ["lea@mail.test"],
            "location": { "value": "somewhereElse", "optionValue": "" },
            "attendeePhoneNumber": "+4915112345678",
            "notes": "Second visit",
            "unknown": [1],
            "title": "T",
        });
        assert_eq!(Value::from(assembled(&fields, &request)), expected);

        let reminder = BookingField::new(FieldKind::Phone, "smsReminderNumber", true, false);
        expected["smsReminderNumber"] = json!("+4915112345678");
        assert_eq!(Value::from(assembled(std::slice::from_ref(&reminder), &request)), expected);
        request.phone = None;
        request.email = None;
        let stored = assembled(&[reminder], &request);
        assert!(!stored.contains_key("email") && !stored.contains_key("smsReminderNumber"));
    }

    /// R7.17, BK-48, BK-90
    #[test]
    fn a_split_name_is_stored_in_parts_and_joined_for_the_attendee() {
        let split = FieldKind::SplitName(SplitName::default());
        let fields = [BookingField::new(split, "name", true, false)];
        let answers = object(json!({ "name": { "firstName": " Omar ", "lastName": "", "x": 1 } }));
        let stored = assembled(&fields, &given(&answers));
        assert_eq!(stored["name"], json!({ "firstName": " Omar ", "lastName": "" }));
        assert_eq!(attendee_name(&stored), "Omar");
        for (name, joined, first, last) in [
            (
                json!({ "firstName": "Omar", "lastName": "El Haddad" }),
                "Omar El Haddad",
                "Omar",
                "El Haddad",
            ),
            (json!("Omar El Haddad"), "Omar El Haddad", "Omar", "El Haddad"),
            (json!(" Omar "), " Omar ", "Omar", ""),
            (json!({ "x": 1 }), "", "", ""),
            (json!(null), "", "", ""),
        ] {
            let stored = object(json!({ "name": name }));
            assert_eq!(attendee_name(&stored), joined);
            assert_eq!(name_parts(&stored), (first.to_owned(), last.to_owned()));
        }
        assert_eq!(stored["name"]["lastName"], json!(""));
        let unsplit = BookingField::defaults();
        assert_eq!(assembled(&unsplit, &given(&answers))["name"], json!("Omar Haddad"));
    }

    proptest! {
        #[test]
        fn any_answers_can_be_assembled_and_read(
            name in any_value(), email in any_value(), guests in any_value(), notes in any_value(),
        ) {
            let answers =
                object(json!({ "name": name, "email": email, "guests": guests, "notes": notes }));
            let mut fields = BookingField::defaults();
            fields[0].kind = FieldKind::SplitName(SplitName::default());
            let stored = assembled(&fields, &given(&answers));
            prop_assert!(stored["name"].is_string() || stored["name"].is_object());
            prop_assert_eq!(&stored["email"], "omar@mail.test");
            let _ = (attendee_name(&answers), name_parts(&answers));
        }
    }
}
