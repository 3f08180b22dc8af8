//! The first check of what a booker answers: the request, against the fields that the
//! event type asks for (R7.12 to R7.14). The second one is of what is stored of it:
//! [`validity::check`](super::validity::check).

use serde_json::{Map, Value};

use super::answers::text;
use crate::EventTypeId;
use crate::event_type::{BookingField, FieldKind, FieldOption};

/// Fields that are answered by the attendee's number, never by an answer (R7.14).
pub(super) const PHONES: [&str; 2] = ["attendeePhoneNumber", "smsReminderNumber"];
/// A system field that is answered by nobody.
const AGENT_PHONE: &str = "aiAgentCallPhoneNumber";

/// Why a request is refused. The texts are the contract's (section 5.2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A custom field has to be answered.
    #[error(
        "Missing required booking field response: {slug} - it is required by the event type booking fields, but missing in the bookingFieldsResponses. You can fetch the event type with ID {event_type} to see the required fields."
    )]
    Missing {
        /// The field.
        slug: String,
        /// The event type.
        event_type: EventTypeId,
    },
    /// The attendee's number has to be given.
    #[error(
        "Missing attendee phone number - it is required by the event type. Pass it as \"attendee.phoneNumber\" string in the request."
    )]
    MissingPhone,
    /// An answer has the wrong type.
    #[error(
        "Invalid type for booking field '{slug}'. Expected type {expected} (compatible with field type '{kind}'), but received {received}."
    )]
    Type {
        /// The field.
        slug: String,
        /// What it takes.
        expected: &'static str,
        /// The field's type in the contract.
        kind: &'static str,
        /// What came, in JavaScript's words.
        received: &'static str,
    },
    /// An answer is none of the options.
    #[error("Invalid option '{value}' for booking field '{slug}'. Allowed options are: {allowed}.")]
    Option {
        /// What came.
        value: String,
        /// The field.
        slug: String,
        /// The options.
        allowed: String,
    },
    /// Some of the answers are none of the options.
    #[error(
        "One or more invalid options for booking field '{slug}'. Allowed options are: {allowed}."
    )]
    Options {
        /// The field.
        slug: String,
        /// The options.
        allowed: String,
    },
}

/// Whether the request answers what the event type's visible fields ask for, with
/// values of their types. `sent` are the `bookingFieldsResponses`, `phone` is the
/// attendee's number. The first thing that is wrong is told, in the fields' order.
///
/// Only custom fields and those of the number are looked at; hidden ones are never
/// required (R7.18), nor are those of a reschedule. Null is no answer.
///
/// # Errors
///
/// [`Refusal`].
pub fn check(
    fields: &[BookingField],
    event_type: EventTypeId,
    sent: &Map<String, Value>,
    phone: Option<&str>,
) -> Result<(), Refusal> {
    for field in fields.iter().filter(|field| !field.is_hidden) {
        if PHONES.contains(&field.slug.as_str()) {
            if field.is_required && phone.is_none() {
                return Err(Refusal::MissingPhone);
            }
        } else if !field.is_system() && field.slug != AGENT_PHONE {
            match sent.get(&field.slug).filter(|answer| !answer.is_null()) {
                Some(answer) => check_answer(field, answer)?,
                None if field.is_required && !field.is_of_reschedule_only() => {
                    return Err(Refusal::Missing { slug: field.slug.clone(), event_type });
                }
                None => {}
            }
        }
    }
    Ok(())
}

fn check_answer(field: &BookingField, answer: &Value) -> Result<(), Refusal> {
    use FieldKind as Kind;
    let (expected, fits) = match field.kind {
        Kind::Phone | Kind::Address | Kind::Text | Kind::Textarea | Kind::Url => {
            ("string", answer.is_string())
        }
        Kind::Number => ("number", answer.is_number()),
        Kind::Boolean => ("boolean", answer.is_boolean()),
        Kind::Multiemail | Kind::Multiselect(_) | Kind::Checkbox(_) => ("array", answer.is_array()),
        Kind::Select(_) | Kind::Radio(_) => {
            ("string or number", answer.is_string() || answer.is_number())
        }
        Kind::Name | Kind::SplitName(_) | Kind::Email | Kind::RadioInput | Kind::Unknown(_) => {
            return Ok(());
        }
    };
    if !fits {
        return Err(Refusal::Type {
            slug: field.slug.clone(),
            expected,
            kind: field.kind.name(),
            received: javascript_type(answer),
        });
    }
    check_options(field, answer)
}

/// R7.13: options are compared with their values; without any nothing is.
fn check_options(field: &BookingField, answer: &Value) -> Result<(), Refusal> {
    let (FieldKind::Select(options)
    | FieldKind::Radio(options)
    | FieldKind::Multiselect(options)
    | FieldKind::Checkbox(options)) = &field.kind
    else {
        return Ok(());
    };
    let is_option = |value: &Value| {
        let is_plain = value.is_string() || value.is_number();
        is_plain && options.iter().any(|option| option.value == text(value))
    };
    if options.is_empty() {
        return Ok(());
    }
    let slug = field.slug.clone();
    match answer {
        Value::Array(values) if values.iter().all(is_option) => Ok(()),
        Value::Array(_) => Err(Refusal::Options { slug, allowed: list(options) }),
        value if is_option(value) => Ok(()),
        value => Err(Refusal::Option { value: text(value), slug, allowed: list(options) }),
    }
}

fn list(options: &[FieldOption]) -> String {
    options.iter().map(|option| option.value.as_str()).collect::<Vec<_>>().join(", ")
}

/// What `typeof` says.
const fn javascript_type(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "boolean",
        Value::Null | Value::Array(_) | Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::answers::tests::any_value;
    use super::*;

    fn options() -> Vec<FieldOption> {
        ["dog", "cat", "7"].map(FieldOption::of).to_vec()
    }

    fn field(kind: FieldKind) -> BookingField {
        BookingField::new(kind, "f", false, false)
    }

    fn told(field: &BookingField, sent: Value) -> Result<(), String> {
        let sent = Map::from_iter([(field.slug.clone(), sent)]);
        check(std::slice::from_ref(field), EventTypeId(4711), &sent, None)
            .map_err(|refusal| refusal.to_string())
    }

    /// R7.12, BK-30
    #[test]
    fn a_required_custom_field_has_to_be_answered() {
        let species = BookingField::new(FieldKind::Select(options()), "species", true, false);
        let missing = "Missing required booking field response: species - it is required by the event type booking fields, but missing in the bookingFieldsResponses. You can fetch the event type with ID 4711 to see the required fields.";
        for sent in [json!({}), json!({ "species": null }), json!({ "other": "dog" })] {
            let refused = check(
                std::slice::from_ref(&species),
                EventTypeId(4711),
                sent.as_object().unwrap(),
                None,
            );
            assert_eq!(refused.unwrap_err().to_string(), missing);
        }
        assert_eq!(told(&species, json!("dog")), Ok(()));
        let hidden = BookingField { is_hidden: true, ..species };
        assert_eq!(told(&hidden, json!(null)), Ok(()), "hidden fields are never required (R7.18)");
    }

    /// R7.12, BK-31 to BK-42
    #[test]
    fn an_answer_has_the_type_of_its_field() {
        use FieldKind as Kind;
        let table = [
            (Kind::Phone, "string", json!("x"), json!(1), "number"),
            (Kind::Address, "string", json!("x"), json!(true), "boolean"),
            (Kind::Text, "string", json!("x"), json!(["x"]), "object"),
            (Kind::Textarea, "string", json!("x"), json!({}), "object"),
            (Kind::Url, "string", json!("x"), json!(1.5), "number"),
            (Kind::Number, "number", json!(4.5), json!("12"), "string"),
            (Kind::Boolean, "boolean", json!(false), json!("true"), "string"),
            (Kind::Multiemail, "array", json!(["a@b.c"]), json!("a@b.c"), "string"),
            (Kind::Multiselect(options()), "array", json!(["dog"]), json!("dog"), "string"),
            (Kind::Checkbox(options()), "array", json!([]), json!({ "dog": true }), "object"),
            (Kind::Radio(options()), "string or number", json!("cat"), json!(true), "boolean"),
            (Kind::Select(options()), "string or number", json!(7), json!(["dog"]), "object"),
        ];
        for (kind, expected, good, bad, received) in table {
            let field = field(kind);
            assert_eq!(told(&field, good), Ok(()));
            let kind = field.kind.name();
            assert_eq!(
                told(&field, bad).unwrap_err(),
                format!(
                    "Invalid type for booking field 'f'. Expected type {expected} (compatible with field type '{kind}'), but received {received}."
                )
            );
        }
        let unknown = field(Kind::Unknown(json!({})));
        assert_eq!(told(&unknown, json!([1])), Ok(()), "anything else is not checked");
    }

    /// R7.13, BK-43 to BK-46
    #[test]
    fn an_answer_is_one_of_the_options_if_there_are_any() {
        use FieldKind as Kind;
        for kind in [Kind::Select(options()), Kind::Radio(options())] {
            assert_eq!(
                told(&field(kind.clone()), json!("horse")).unwrap_err(),
                "Invalid option 'horse' for booking field 'f'. Allowed options are: dog, cat, 7."
            );
            assert!(told(&field(kind), json!(8)).unwrap_err().starts_with("Invalid option '8'"));
        }
        for kind in [Kind::Multiselect(options()), Kind::Checkbox(options())] {
            for bad in [json!(["dog", "horse"]), json!([null]), json!([["dog"]])] {
                assert_eq!(
                    told(&field(kind.clone()), bad).unwrap_err(),
                    "One or more invalid options for booking field 'f'. Allowed options are: dog, cat, 7."
                );
            }
        }
        assert_eq!(told(&field(Kind::Select(Vec::new())), json!("horse")), Ok(()));
        assert_eq!(told(&field(Kind::Checkbox(Vec::new())), json!(["horse"])), Ok(()));
    }

    /// R7.14, BK-47
    #[test]
    fn a_number_comes_from_the_attendee_never_from_the_answers() {
        for slug in PHONES {
            let fields = [BookingField::new(FieldKind::Phone, slug, true, false)];
            let sent = Map::from_iter([(slug.to_owned(), json!("+4915112345678"))]);
            let check = |phone| check(&fields, EventTypeId(1), &sent, phone);
            assert_eq!(check(Some("+4915112345678")), Ok(()));
            assert_eq!(
                check(None).unwrap_err().to_string(),
                "Missing attendee phone number - it is required by the event type. Pass it as \"attendee.phoneNumber\" string in the request."
            );
        }
    }

    /// R7.12: other system fields are left to the second check.
    #[test]
    fn system_fields_are_not_checked_in_the_request() {
        let mut fields = BookingField::defaults();
        for field in &mut fields {
            field.is_required = true;
            field.is_hidden = false;
        }
        assert_eq!(check(&fields, EventTypeId(1), &Map::new(), None), Ok(()));
    }

    proptest! {
        #[test]
        fn any_answer_is_checked(answer in any_value()) {
            use FieldKind as Kind;
            for kind in [
                Kind::Number,
                Kind::Text,
                Kind::Multiemail,
                Kind::Select(options()),
                Kind::Checkbox(options()),
                Kind::Checkbox(Vec::new()),
            ] {
                let _ = told(&field(kind), answer.clone());
            }
        }
    }
}
