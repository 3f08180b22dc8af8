//! What a booker is asked (file 02, section 6.3).

use serde_json::{Map, Value, json};
use slotd_domain::event_type::{BookingField, FieldKind, FieldOption, SplitName};

use super::parts::{Object, Read, failure, list, texts};
use crate::fields::{self, Wrong};

/// Most fields that are sent.
const MOST_FIELDS: usize = 100;
/// Most options of a field.
const MOST_OPTIONS: usize = 200;

/// The fields as they were sent, in their order (ET-24). What is wrong with them stands
/// as one text per field, as the contract has it, and beside it at its place.
pub(super) fn read(name: &str, value: &Value) -> Read<Vec<BookingField>> {
    let refuse = |text: String| Err(vec![("ValidateBookingFields", text)].into());
    let Some(values) = value.as_array() else {
        return refuse(format!("'{name}' must be an array."));
    };
    if values.is_empty() {
        return refuse(format!("'{name}' must contain at least 1 booking field."));
    }
    if values.len() > MOST_FIELDS {
        return refuse(format!("'{name}' must contain no more than {MOST_FIELDS} booking fields."));
    }
    let mut all: Vec<BookingField> = Vec::new();
    let mut found = Vec::new();
    let mut children = Vec::new();
    for (index, one) in values.iter().enumerate() {
        let (kind, slug) = (one["type"].as_str(), one["slug"].as_str());
        let Some(selector) = slug.filter(|slug| SELECTING_SLUGS.contains(slug)).or(kind) else {
            return refuse(format!(
                "Each object in '{name}' must have at least 'type' or 'slug' property."
            ));
        };
        match field(selector, one) {
            Ok(Some(field)) => {
                if all.iter().any(|other| other.slug == field.slug) {
                    let slug = &field.slug;
                    return refuse(format!(
                        "Duplicate {name} slug '{slug}' found. All {name} slugs must be unique."
                    ));
                }
                all.push(field);
            }
            Ok(None) => {
                let kind: String = selector.chars().take(100).collect();
                return refuse(format!("Unsupported booking field type '{kind}'."));
            }
            Err(wrong) => {
                let text = texts(&wrong);
                found.push(format!("Validation failed for {selector} booking field: {text}"));
                children.push(failure(one, &index.to_string(), None, wrong));
            }
        }
    }
    if children.is_empty() {
        return Ok(all);
    }
    Err(Wrong { constraints: vec![("ValidateBookingFields", found.join("; "))], children })
}

/// Fields that are told by their slug, whatever type is sent with it.
const SELECTING_SLUGS: [&str; 5] = ["title", "location", "notes", "guests", "rescheduleReason"];

/// The default field with this slug.
fn default(slug: &str) -> Option<BookingField> {
    BookingField::defaults().into_iter().find(|field| field.slug == slug)
}

/// None for a type that is none.
fn field(selector: &str, value: &Value) -> Read<Option<BookingField>> {
    let mut object = Object::of("booking field", value)?;
    if let Some(mut field) = default(selector) {
        // `name` and `email` are told by their type, the others by their slug. A part
        // that is left out is as by default (ET-86).
        field.label = object.optional("label", fields::short_text);
        if selector != "location" {
            field.placeholder = object.optional("placeholder", fields::short_text);
            field.disable_on_prefill = flag(&mut object, "disableOnPrefill", false);
        }
        if !["name", "location"].contains(&selector) {
            field.is_required = flag(&mut object, "required", field.is_required);
            field.is_hidden = flag(&mut object, "hidden", field.is_hidden);
        }
        return object.finish(Some(field));
    }
    if selector == "splitName" {
        let mut text = |part| object.optional(part, fields::short_text);
        let split = SplitName {
            first_name_label: text("firstNameLabel"),
            first_name_placeholder: text("firstNamePlaceholder"),
            last_name_label: text("lastNameLabel"),
            last_name_placeholder: text("lastNamePlaceholder"),
            last_name_required: flag(&mut object, "lastNameRequired", false),
        };
        let mut field = BookingField::new(FieldKind::SplitName(split), "name", true, false);
        field.disable_on_prefill = flag(&mut object, "disableOnPrefill", false);
        return object.finish(Some(field));
    }
    let mut options = || {
        let missing = &Value::Null;
        let given = value.get("options").unwrap_or(missing);
        let read = list("options", given, MOST_OPTIONS, |_, one| {
            Ok(FieldOption::of(&fields::short_text("option", Some(one))?))
        });
        object.note("options", read).unwrap_or_default()
    };
    let kind = match selector {
        "phone" => FieldKind::Phone,
        "address" => FieldKind::Address,
        "text" => FieldKind::Text,
        "url" => FieldKind::Url,
        "number" => FieldKind::Number,
        "textarea" => FieldKind::Textarea,
        "multiemail" => FieldKind::Multiemail,
        "boolean" => FieldKind::Boolean,
        "select" => FieldKind::Select(options()),
        "multiselect" => FieldKind::Multiselect(options()),
        "checkbox" => FieldKind::Checkbox(options()),
        "radio" => FieldKind::Radio(options()),
        _ => return Ok(None),
    };
    let slug = object.required("slug", fields::non_empty);
    let mut field = BookingField::new(kind, &slug, false, false);
    if field.is_system() {
        // Of those only the phone field comes here; it is shown without a label (ET-27).
        if field.kind != FieldKind::Phone || slug != "attendeePhoneNumber" {
            let text = format!("slug must not be that of a default field: {slug}");
            object.refuse("slug", "isNotDefault", text);
        }
        field.label = object.optional("label", fields::short_text);
    } else {
        field.label = Some(object.required("label", fields::short_text));
    }
    field.is_required = object.required("required", fields::boolean);
    field.is_hidden = flag(&mut object, "hidden", false);
    field.placeholder = object.optional("placeholder", fields::short_text);
    field.disable_on_prefill = flag(&mut object, "disableOnPrefill", false);
    object.finish(Some(field))
}

fn flag(object: &mut Object<'_>, part: &str, usual: bool) -> bool {
    object.optional(part, fields::boolean).unwrap_or(usual)
}

/// The fields as answers show them: what fits no shape last (ET-29).
pub(super) fn shown(fields: &[BookingField], includes_hidden: bool) -> Vec<Value> {
    let listed = fields.iter().filter(|field| includes_hidden || !field.is_hidden);
    let (unknown, known): (Vec<_>, Vec<_>) =
        listed.partition(|field| matches!(field.kind, FieldKind::Unknown(_)));
    known.into_iter().chain(unknown).map(shown_field).collect()
}

fn shown_field(field: &BookingField) -> Value {
    if let FieldKind::Unknown(stored) = &field.kind {
        return json!({ "type": "unknown", "slug": "unknown", "bookingField": stored.to_string() });
    }
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            shown.insert(name.to_owned(), value);
        }
    };
    put("isDefault", json!(field.is_system()));
    put("type", json!(field.kind.name()));
    put("slug", json!(field.slug));
    put("required", json!(field.is_required));
    // A name is never hidden, and a location is never brought by a link (ET-26).
    if !matches!(field.kind, FieldKind::Name | FieldKind::SplitName(_)) {
        put("hidden", json!(field.is_hidden));
    }
    put("label", json!(field.label));
    put("placeholder", json!(field.placeholder));
    if field.kind != FieldKind::RadioInput {
        put("disableOnPrefill", json!(field.disable_on_prefill));
    }
    match &field.kind {
        FieldKind::Select(options)
        | FieldKind::Multiselect(options)
        | FieldKind::Checkbox(options)
        | FieldKind::Radio(options) => {
            let labels: Vec<&str> = options.iter().map(|option| option.label.as_str()).collect();
            put("options", json!(labels));
        }
        FieldKind::SplitName(split) => {
            put("firstNameLabel", json!(split.first_name_label));
            put("firstNamePlaceholder", json!(split.first_name_placeholder));
            put("lastNameLabel", json!(split.last_name_label));
            put("lastNamePlaceholder", json!(split.last_name_placeholder));
            put("lastNameRequired", json!(split.last_name_required));
        }
        _ => {}
    }
    Value::Object(shown)
}
