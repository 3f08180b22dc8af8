//! Booking fields in the components' form (file 06, 5.4.1).

use serde_json::{Map, Value, json};
use slotd_domain::event_type::{BookingField, FieldKind, FieldOption, SplitName};

use super::values::opaque;
use crate::fields::{Checked, too_many, wrong};

/// Most fields of an event type.
const MOST: usize = 100;
/// Most options of a field.
const MOST_OPTIONS: usize = 500;

/// Keys of a field that the domain knows or that follow from others.
const TYPED: [&str; 9] = [
    "name",
    "type",
    "required",
    "hidden",
    "label",
    "placeholder",
    "disableOnPrefill",
    "options",
    "labelAsSafeHtml",
];

/// The fields of an event type, with those that it never set.
pub(super) fn write(stored: Option<&[BookingField]>) -> Value {
    BookingField::shown(stored).iter().map(write_one).collect()
}

/// Fields as they are when nobody changed them.
pub(super) fn untouched() -> Value {
    write(None)
}

fn write_one(field: &BookingField) -> Value {
    if let FieldKind::Unknown(value) = &field.kind {
        return value.clone();
    }
    let mut written = built_in(field);
    written.extend(field.form_only.clone());
    Value::Object(written)
}

/// A field with everything that follows from the domain's value.
fn built_in(field: &BookingField) -> Map<String, Value> {
    let mut written = Map::new();
    let mut put = |name: &str, value: Value| drop(written.insert(name.to_owned(), value));
    let kind = match &field.kind {
        FieldKind::SplitName(_) => "name",
        kind => kind.name(),
    };
    put("name", json!(field.slug));
    put("type", json!(kind));
    put("required", json!(field.is_required));
    put("hidden", json!(field.is_hidden));
    let is_system = field.is_system();
    let (editable, source) = match field.slug.as_str() {
        "name" | "location" => ("system", "default"),
        _ if is_system => ("system-but-optional", "default"),
        _ => ("user", "user"),
    };
    put("editable", json!(editable));
    let label = if is_system { "Default" } else { "User" };
    let mut origin = json!({ "id": source, "type": source, "label": label });
    if !is_system {
        origin["fieldRequired"] = json!(field.is_required);
    }
    put("sources", json!([origin]));
    for (name, value) in defaults(&field.slug) {
        put(name, value);
    }
    if let Some(label) = &field.label {
        put("label", json!(label));
    } else if !is_system {
        put("label", json!(field.slug));
    }
    if let Some(placeholder) = &field.placeholder {
        put("placeholder", json!(placeholder));
    }
    if field.disable_on_prefill || !is_system {
        put("disableOnPrefill", json!(field.disable_on_prefill));
    }
    match &field.kind {
        // What is inside `variantsConfig` is published nowhere: it is the form's own.
        FieldKind::SplitName(_) => put("variant", json!("firstAndLastName")),
        FieldKind::Select(options)
        | FieldKind::Multiselect(options)
        | FieldKind::Checkbox(options)
        | FieldKind::Radio(options) => {
            put("options", options.iter().map(write_option).collect());
        }
        FieldKind::Boolean => {
            let label = field.label.as_deref().unwrap_or(&field.slug);
            put("labelAsSafeHtml", json!(super::booker::escaped(label)));
        }
        FieldKind::Name
        | FieldKind::Email
        | FieldKind::Phone
        | FieldKind::Address
        | FieldKind::Text
        | FieldKind::Url
        | FieldKind::Number
        | FieldKind::Textarea
        | FieldKind::Multiemail
        | FieldKind::RadioInput
        | FieldKind::Unknown(_) => {}
    }
    written
}

/// What a system field has beside what can be set about it.
fn defaults(slug: &str) -> Vec<(&'static str, Value)> {
    let texts = |label: &str, placeholder: &str| {
        vec![("defaultLabel", json!(label)), ("defaultPlaceholder", json!(placeholder))]
    };
    match slug {
        "name" => vec![("defaultLabel", json!("your_name"))],
        "email" => vec![("defaultLabel", json!("email_address"))],
        "attendeePhoneNumber" => vec![("defaultLabel", json!("phone_number"))],
        "location" => {
            let input = |kind: &str| json!({ "type": kind, "required": true, "placeholder": "" });
            vec![
                ("defaultLabel", json!("location")),
                ("hideWhenJustOneOption", json!(true)),
                ("getOptionsAt", json!("locations")),
                (
                    "optionsInputs",
                    json!({
                        "attendeeInPerson": input("address"),
                        "somewhereElse": input("text"),
                        "phone": input("phone"),
                    }),
                ),
            ]
        }
        "title" => texts("what_is_this_meeting_about", ""),
        "notes" => texts("additional_notes", "share_additional_notes"),
        "guests" => texts("additional_guests", "email"),
        "rescheduleReason" => {
            let mut texts = texts("reason_for_reschedule", "reschedule_placeholder");
            texts.push(("views", json!([{ "id": "reschedule", "label": "Reschedule View" }])));
            texts
        }
        _ => Vec::new(),
    }
}

fn write_option(option: &FieldOption) -> Value {
    let mut written = Map::new();
    written.insert("label".to_owned(), json!(option.label));
    written.insert("value".to_owned(), json!(option.value));
    written.extend(option.form_only.clone());
    Value::Object(written)
}

/// Reads the fields that the form sends, which are all of them, in their order. What
/// is missing and every event type has is added (file 06, 5.17).
pub(super) fn read(name: &str, value: Option<&Value>) -> Checked<Vec<BookingField>> {
    let Some(Value::Array(values)) = value else {
        return wrong("isArray", format!("'{name}' must be an array."));
    };
    if values.len() > MOST {
        return wrong("arrayMaxSize", too_many(name, MOST));
    }
    let mut fields: Vec<BookingField> = Vec::new();
    for (value, place) in values.iter().zip(0..) {
        let field = read_one(&format!("{name}.{place}"), value)?;
        let is_unknown = matches!(field.kind, FieldKind::Unknown(_));
        if !is_unknown && fields.iter().any(|known| known.slug == field.slug) {
            let text = format!(
                "Duplicate bookingFields slug '{}' found. All bookingFields slugs must be unique.",
                field.slug
            );
            return wrong("isUnique", text);
        }
        fields.push(field);
    }
    let has_phone = fields.iter().any(|field| field.slug == "attendeePhoneNumber");
    for (default, place) in BookingField::defaults().into_iter().zip(0..) {
        let is_there = fields.iter().any(|field| field.slug == default.slug);
        if is_there || (default.slug == "email" && has_phone) {
            continue;
        }
        // The person's name and address come first, as in every form.
        let at = if place < 2 { place.min(fields.len()) } else { fields.len() };
        fields.insert(at, default);
    }
    Ok(fields)
}

fn read_one(name: &str, value: &Value) -> Checked<BookingField> {
    opaque(name, Some(value))?;
    let Some(sent) = value.as_object() else {
        return wrong("isObject", format!("{name} must be an object"));
    };
    let text = |key: &str| match sent.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= 5_000 => Ok(Some(text.clone())),
        Some(_) => wrong("isString", format!("{name}.{key} must be a string")),
    };
    let truth = |key: &str| match sent.get(key) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(truth)) => Ok(*truth),
        Some(_) => wrong("isBoolean", format!("{name}.{key} must be a boolean value")),
    };
    let Some(kind) = text("type")? else {
        return wrong("isString", format!("{name}.type must be a string"));
    };
    let Some(slug) = text("name")?.filter(|slug| !slug.is_empty()) else {
        return wrong("isString", format!("{name}.name must be a string"));
    };
    let options = || read_options(name, sent.get("options"));
    let kind = match kind.as_str() {
        "name" if sent.get("variant").is_some_and(|variant| variant == "firstAndLastName") => {
            FieldKind::SplitName(SplitName::default())
        }
        "name" => FieldKind::Name,
        "email" => FieldKind::Email,
        "phone" => FieldKind::Phone,
        "address" => FieldKind::Address,
        "text" => FieldKind::Text,
        "url" => FieldKind::Url,
        "number" => FieldKind::Number,
        "textarea" => FieldKind::Textarea,
        "multiemail" => FieldKind::Multiemail,
        "boolean" => FieldKind::Boolean,
        "radioInput" => FieldKind::RadioInput,
        "select" => FieldKind::Select(options()?),
        "multiselect" => FieldKind::Multiselect(options()?),
        "checkbox" => FieldKind::Checkbox(options()?),
        "radio" => FieldKind::Radio(options()?),
        _ => FieldKind::Unknown(value.clone()),
    };
    let system =
        BookingField::shown(None).into_owned().into_iter().find(|field| field.slug == slug);
    let is_unknown = matches!(kind, FieldKind::Unknown(_));
    if let Some(system) = system.filter(|_| !is_unknown) {
        let fits = match (&system.kind, &kind) {
            (FieldKind::Name, FieldKind::SplitName(_)) => true,
            (expected, kind) => expected == kind,
        };
        if !fits {
            let text = format!("{name}.type of the field '{slug}' must be {}", system.kind.name());
            return wrong("isIn", text);
        }
    }
    let mut field = BookingField::new(kind, &slug, truth("required")?, truth("hidden")?);
    field.label = text("label")?;
    field.placeholder = text("placeholder")?;
    field.disable_on_prefill = truth("disableOnPrefill")?;
    if !is_unknown {
        let built_in = built_in(&field);
        let own = sent.iter().filter(|(key, value)| {
            !TYPED.contains(&key.as_str()) && built_in.get(*key) != Some(value)
        });
        field.form_only = own.map(|(key, value)| (key.clone(), value.clone())).collect();
    }
    Ok(field)
}

fn read_options(name: &str, value: Option<&Value>) -> Checked<Vec<FieldOption>> {
    let Some(Value::Array(values)) = value else {
        return wrong("isArray", format!("{name}.options must be an array"));
    };
    if values.len() > MOST_OPTIONS {
        return wrong("arrayMaxSize", too_many(&format!("{name}.options"), MOST_OPTIONS));
    }
    let mut options = Vec::new();
    for option in values {
        let (Some(label), Some(value)) = (option["label"].as_str(), option["value"].as_str())
        else {
            let text = format!("each value in {name}.options must have a label and a value");
            return wrong("isString", text);
        };
        let mut read = FieldOption::of(label);
        value.clone_into(&mut read.value);
        let rest = option.as_object().into_iter().flatten();
        let rest = rest.filter(|(key, _)| !["label", "value"].contains(&key.as_str()));
        read.form_only = rest.map(|(key, value)| (key.clone(), value.clone())).collect();
        options.push(read);
    }
    Ok(options)
}
