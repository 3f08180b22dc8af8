//! The second check of what a booker answers: of all that is to be stored (R7.16). The
//! first one is of the [request](super::fields).

use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Value};

use super::attendee::display_address;
use crate::event_type::{BookingField, FieldKind};
use crate::{email, phone};

/// Answers that cannot be stored: the field and what is wrong, one entry a field. Its
/// text is the message of the contract (R7.16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(pub Vec<(String, Code)>);

/// What is wrong with an answer (R7.16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// There is none, but one is required.
    Required,
    /// It is no e-mail address, or not a list of them.
    Email,
    /// It is no telephone number, or no number.
    Number,
    /// It is no text.
    Text,
    /// A guest is named twice.
    DuplicateEmail,
    /// The address is one of those that cannot book.
    Excluded,
    /// The address is none of those that can book.
    NotRequired,
}

impl Code {
    /// The contract's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Required => "error_required_field",
            Self::Email => "email_validation_error",
            Self::Number => "invalid_number",
            Self::Text => "Invalid string",
            Self::DuplicateEmail => "duplicate_email",
            Self::Excluded => "exclude_emails_match_found_error_message",
            Self::NotRequired => "require_emails_no_match_found_error_message",
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("responses - ")?;
        self.0.iter().try_for_each(|(slug, code)| write!(f, "{{{slug}}}{}, ", code.name()))
    }
}

impl std::error::Error for Invalid {}

/// Whether answers of a new booking can be stored (R7.16). A field of numbers takes numbers, and texts
/// that are numbers.
///
/// # Errors
///
/// [`Invalid`] with everything that is wrong, in the order of the fields.
pub fn check(fields: &[BookingField], answers: &Map<String, Value>) -> Result<(), Invalid> {
    let wrong: Vec<(String, Code)> = fields
        .iter()
        .filter_map(|field| Some((field.slug.clone(), problem(field, answers.get(&field.slug))?)))
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(Invalid(wrong)) }
}

fn problem(field: &BookingField, answer: Option<&Value>) -> Option<Code> {
    use FieldKind as Kind;
    let Some(answer) = answer.filter(|answer| !is_empty(answer)) else {
        // A location that is not named is the event type's (R7.25).
        let is_asked = field.is_required
            && !field.is_hidden
            && !field.is_of_reschedule_only()
            && field.kind != Kind::RadioInput;
        return is_asked.then_some(Code::Required);
    };
    let is_text = answer.is_string();
    match &field.kind {
        Kind::Name => (!is_text && !answer.is_object()).then_some(Code::Text),
        Kind::SplitName(split) => match answer {
            Value::String(_) => None,
            Value::Object(name) => {
                let has = |key: &str| name.get(key).is_some_and(|part| !is_empty(part));
                let is_whole = has("firstName") && (has("lastName") || !split.last_name_required);
                (!is_whole).then_some(Code::Required)
            }
            _ => Some(Code::Text),
        },
        Kind::Email => address_problem(field, answer),
        Kind::Multiemail => addresses_problem(field, answer),
        Kind::Phone => {
            let is_number = answer.as_str().is_some_and(phone::is_number);
            (!is_number).then_some(Code::Number)
        }
        Kind::Number => {
            let is_number = |text: &str| text.trim().parse::<f64>().is_ok_and(f64::is_finite);
            let is_number = answer.is_number() || answer.as_str().is_some_and(is_number);
            (!is_number).then_some(Code::Number)
        }
        Kind::Address | Kind::Text | Kind::Url | Kind::Textarea => (!is_text).then_some(Code::Text),
        Kind::Select(_) | Kind::Radio(_) => (!is_text && !answer.is_number()).then_some(Code::Text),
        Kind::Multiselect(_)
        | Kind::Checkbox(_)
        | Kind::Boolean
        | Kind::RadioInput
        | Kind::Unknown(_) => None,
    }
}

fn is_empty(answer: &Value) -> bool {
    match answer {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

fn address_problem(field: &BookingField, answer: &Value) -> Option<Code> {
    let Some(address) = answer.as_str().filter(|text| is_address(text)) else {
        return Some(Code::Email);
    };
    let required = rules(field, "requireEmails");
    if matches_any(&rules(field, "excludeEmails"), address) {
        Some(Code::Excluded)
    } else if !required.is_empty() && !matches_any(&required, address) {
        Some(Code::NotRequired)
    } else {
        None
    }
}

fn addresses_problem(field: &BookingField, answer: &Value) -> Option<Code> {
    let Some(addresses) = answer.as_array() else { return Some(Code::Email) };
    let mut seen = HashSet::new();
    let mut found = None;
    for address in addresses {
        let problem = address_problem(field, address).or_else(|| {
            let is_new = seen.insert(email::comparison_key(address.as_str()?));
            (!is_new).then_some(Code::DuplicateEmail)
        });
        match problem {
            Some(Code::Email) => return problem,
            problem => found = found.or(problem),
        }
    }
    found
}

fn is_address(text: &str) -> bool {
    text.chars().count() <= email::MAX_LENGTH && email::is_address(text)
}

/// Whether the event type excludes this address from booking: whoever adds a guest has
/// to ask (R17.1).
#[must_use]
pub fn is_excluded(fields: &[BookingField], address: &str) -> bool {
    let of_email = fields.iter().find(|field| field.slug == "email");
    of_email.is_some_and(|field| matches_any(&rules(field, "excludeEmails"), address))
}

/// The addresses and domains of a rule of a field, in lower case: the components' form
/// keeps them in one text, separated by commas.
fn rules(field: &BookingField, name: &str) -> Vec<String> {
    let listed = field.form_only.get(name).and_then(Value::as_str).unwrap_or_default();
    let rules = listed.split(',').map(|rule| rule.trim().to_lowercase());
    rules.filter(|rule| !rule.is_empty()).collect()
}

/// Whether one of the rules is the address, or its domain (`@x.io` or `x.io`).
fn matches_any(rules: &[String], address: &str) -> bool {
    let address = email::comparison_key(&display_address(address));
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    rules.iter().any(|rule| *rule == address || rule.strip_prefix('@').unwrap_or(rule) == domain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::answers::tests::{any_value, object};
    use super::*;
    use crate::event_type::SplitName;

    fn told(fields: &[BookingField], answers: Value) -> String {
        let answers = object(answers);
        check(fields, &answers).err().map(|invalid| invalid.to_string()).unwrap_or_default()
    }

    /// R7.16, R7.18, section 5.2
    #[test]
    fn everything_that_is_wrong_is_told_by_field() {
        let mut fields = BookingField::defaults();
        let good = json!({ "name": "Omar", "email": "omar@mail.test" });
        assert_eq!(told(&fields, good.clone()), "", "the title is required but hidden");
        assert_eq!(
            told(&fields, json!({ "name": "Omar", "email": "omar" })),
            "responses - {email}email_validation_error, "
        );
        assert_eq!(
            told(&fields, json!({ "email": "omar@mail.test", "guests": ["x"] })),
            "responses - {name}error_required_field, {guests}email_validation_error, "
        );
        assert_eq!(
            told(&fields, json!({ "name": "Omar", "attendeePhoneNumber": "+4915112345678" })),
            "responses - {email}error_required_field, "
        );
        fields[4].is_required = true;
        assert_eq!(told(&fields, good), "responses - {notes}error_required_field, ");
        assert_eq!(
            told(&fields, json!({ "name": 1, "email": "a@b.c", "notes": [1], "guests": "a@b.c" })),
            "responses - {name}Invalid string, {notes}Invalid string, {guests}email_validation_error, "
        );
    }

    /// R7.16
    #[test]
    fn kinds_of_fields_take_their_values() {
        use FieldKind as Kind;
        let split = |last_name_required| {
            Kind::SplitName(SplitName { last_name_required, ..SplitName::default() })
        };
        for (kind, answer, code) in [
            (Kind::Number, json!(4.5), ""),
            (Kind::Number, json!("4.5"), ""),
            (Kind::Number, json!("many"), "invalid_number"),
            (Kind::Number, json!("NaN"), "invalid_number"),
            (Kind::Phone, json!("+4915112345678"), ""),
            (Kind::Phone, json!("12"), "invalid_number"),
            (Kind::Phone, json!(12), "invalid_number"),
            (Kind::Text, json!(" "), "error_required_field"),
            (Kind::Url, json!(true), "Invalid string"),
            (Kind::Select(Vec::new()), json!(1), ""),
            (Kind::Radio(Vec::new()), json!({}), "Invalid string"),
            (Kind::Checkbox(Vec::new()), json!([]), "error_required_field"),
            (Kind::Boolean, json!(false), ""),
            (Kind::RadioInput, json!(null), ""),
            (Kind::Multiemail, json!([1]), "email_validation_error"),
            (Kind::Email, json!(format!("{}@b.c", "a".repeat(251))), "email_validation_error"),
            (split(false), json!({ "firstName": "A" }), ""),
            (split(true), json!({ "firstName": "A" }), "error_required_field"),
            (split(true), json!({ "firstName": "A", "lastName": "B" }), ""),
            (split(false), json!({ "lastName": "B" }), "error_required_field"),
            (split(true), json!("A B"), ""),
        ] {
            let field = BookingField::new(kind, "f", true, false);
            let found = problem(&field, Some(&answer)).map(Code::name).unwrap_or_default();
            assert_eq!(found, code, "{:?} {answer}", field.kind);
        }
    }

    /// R7.16, BK-50
    #[test]
    fn a_guest_is_named_once() {
        let fields = BookingField::defaults();
        let with = |guests| {
            told(&fields, json!({ "name": "A", "email": "a@mail.test", "guests": guests }))
        };
        assert_eq!(with(json!(["b@mail.test", "c@mail.test"])), "");
        assert_eq!(
            with(json!(["b@mail.test", "B@mail.test"])),
            "responses - {guests}duplicate_email, "
        );
        assert_eq!(
            with(json!(["b@mail.test", "b@mail.test", "x"])),
            "responses - {guests}email_validation_error, "
        );
    }

    /// R7.16, R17.1, BK-51
    #[test]
    fn an_event_type_can_exclude_or_require_addresses_and_domains() {
        let told = |rules: Value, address: &str| {
            let mut fields = BookingField::defaults();
            fields[1].form_only = object(rules);
            let excluded = is_excluded(&fields, address);
            (told(&fields, json!({ "name": "A", "email": address })), excluded)
        };
        let excluded =
            ("responses - {email}exclude_emails_match_found_error_message, ".to_owned(), true);
        let missing = "responses - {email}require_emails_no_match_found_error_message, ".to_owned();
        let exclude = json!({ "excludeEmails": " Spam@mail.test, @bad.test,worse.test" });
        for address in [
            "spam@mail.test",
            "SPAM@mail.test",
            "spam+clz3q8k2x0001mh08v5t7d9ab@mail.test",
            "a@bad.test",
            "a@WORSE.test",
        ] {
            assert_eq!(told(exclude.clone(), address), excluded, "{address}");
        }
        for address in ["a@mail.test", "a@notbad.test", "a@bad.test.io"] {
            assert_eq!(told(exclude.clone(), address), (String::new(), false), "{address}");
        }
        let require = json!({ "requireEmails": "boss@mail.test,@good.test" });
        assert_eq!(told(require.clone(), "boss@mail.test").0, "");
        assert_eq!(told(require.clone(), "a@good.test").0, "");
        assert_eq!(told(require, "a@mail.test").0, missing);
        assert_eq!(told(json!({ "requireEmails": " , ", "excludeEmails": 7 }), "a@x.io").0, "");
    }

    proptest! {
        #[test]
        fn any_answers_are_checked(
            name in any_value(), email in any_value(), guests in any_value(), notes in any_value(),
        ) {
            let answers =
                object(json!({ "name": name, "email": email, "guests": guests, "notes": notes }));
            let mut fields = BookingField::defaults();
            let _ = check(&fields, &answers);
            fields[0].kind = FieldKind::SplitName(SplitName::default());
            let _ = check(&fields, &answers);
        }
    }
}
