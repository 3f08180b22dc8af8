//! What a booker is asked (file 02, section 6.3).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Slugs of the fields that every event type has, in their order (ET-25). Custom
/// fields stand behind `location`.
const NAME: &str = "name";
const EMAIL: &str = "email";
const PHONE: &str = "attendeePhoneNumber";
const LOCATION: &str = "location";
const TITLE: &str = "title";
const NOTES: &str = "notes";
const GUESTS: &str = "guests";
const RESCHEDULE_REASON: &str = "rescheduleReason";

/// A booking field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookingField {
    /// What kind of answer it takes.
    pub kind: FieldKind,
    /// Slug, unique within an event type.
    pub slug: String,
    /// Label; the built-in text when none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Placeholder; the built-in text when none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// Whether an answer is needed.
    pub is_required: bool,
    /// Whether it is left out of the form.
    pub is_hidden: bool,
    /// Whether an answer that the link brings cannot be changed.
    #[serde(default)]
    pub disable_on_prefill: bool,
    /// The components' keys that no other shape has (`sources`, `views`, …). Opaque.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub form_only: Map<String, Value>,
}

/// What kind of answer a field takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FieldKind {
    /// The booker's name.
    Name,
    /// The booker's first and last name.
    SplitName(SplitName),
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A postal address.
    Address,
    /// A line.
    Text,
    /// A URL.
    Url,
    /// A number.
    Number,
    /// Some lines.
    Textarea,
    /// One of the options.
    Select(Vec<FieldOption>),
    /// Some of the options.
    Multiselect(Vec<FieldOption>),
    /// E-mail addresses.
    Multiemail,
    /// Some of the options, as boxes.
    Checkbox(Vec<FieldOption>),
    /// One of the options, as buttons.
    Radio(Vec<FieldOption>),
    /// Yes or no.
    Boolean,
    /// One of the event type's locations.
    RadioInput,
    /// What fits no shape, as it was stored (ET-29).
    Unknown(Value),
}

/// An option of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldOption {
    /// What is shown.
    pub label: String,
    /// What is answered.
    pub value: String,
    /// The components' keys that no other shape has (`price`). Opaque.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub form_only: Map<String, Value>,
}

impl FieldOption {
    /// An option that is answered as it is shown.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self { label: text.to_owned(), value: text.to_owned(), form_only: Map::new() }
    }
}

/// Labels of a name in two parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the contract's and say it")]
pub struct SplitName {
    pub first_name_label: Option<String>,
    pub first_name_placeholder: Option<String>,
    pub last_name_label: Option<String>,
    pub last_name_placeholder: Option<String>,
    pub last_name_required: bool,
}

impl FieldKind {
    /// The contract's name; that of the legacy shapes as well, except for a split name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::SplitName(_) => "splitName",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Text => "text",
            Self::Url => "url",
            Self::Number => "number",
            Self::Textarea => "textarea",
            Self::Select(_) => "select",
            Self::Multiselect(_) => "multiselect",
            Self::Multiemail => "multiemail",
            Self::Checkbox(_) => "checkbox",
            Self::Radio(_) => "radio",
            Self::Boolean => "boolean",
            Self::RadioInput => "radioInput",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl BookingField {
    /// A field with the built-in texts (ET-86).
    #[must_use]
    pub fn new(kind: FieldKind, slug: &str, is_required: bool, is_hidden: bool) -> Self {
        Self {
            kind,
            slug: slug.to_owned(),
            label: None,
            placeholder: None,
            is_required,
            is_hidden,
            disable_on_prefill: false,
            form_only: Map::new(),
        }
    }

    /// Whether it is one of the fields that every event type has (ET-26).
    #[must_use]
    pub fn is_system(&self) -> bool {
        [NAME, EMAIL, PHONE, LOCATION, TITLE, NOTES, GUESTS, RESCHEDULE_REASON]
            .contains(&self.slug.as_str())
    }

    /// Whether only who moves a booking is asked for it: the reason, and what the form shows
    /// in that view alone.
    #[must_use]
    pub fn is_of_reschedule_only(&self) -> bool {
        let views = self.form_only.get("views").and_then(Value::as_array);
        let is_only_view = views.is_some_and(|views| {
            !views.is_empty() && views.iter().all(|view| view["id"] == "reschedule")
        });
        self.slug == RESCHEDULE_REASON || is_only_view
    }

    /// Whether it asks for guests.
    #[must_use]
    pub fn is_guests(&self) -> bool {
        self.slug == GUESTS
    }

    /// The fields of an event type without custom ones (ET-26).
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        vec![
            Self::new(FieldKind::Name, NAME, true, false),
            Self::new(FieldKind::Email, EMAIL, true, false),
            Self::new(FieldKind::RadioInput, LOCATION, false, false),
            Self::new(FieldKind::Text, TITLE, true, true),
            Self::new(FieldKind::Textarea, NOTES, false, false),
            Self::new(FieldKind::Multiemail, GUESTS, false, false),
            Self::new(FieldKind::Textarea, RESCHEDULE_REASON, false, false),
        ]
    }

    /// What an event type shows: its stored fields, or the defaults and a hidden phone
    /// field when it never had any (ET-27).
    #[must_use]
    pub fn shown(stored: Option<&[Self]>) -> Cow<'_, [Self]> {
        stored.map_or_else(
            || {
                let mut fields = Self::defaults();
                fields.insert(2, Self::new(FieldKind::Phone, PHONE, false, true));
                fields.into()
            },
            Cow::Borrowed,
        )
    }

    /// The fields of an event type from those that were sent (ET-25): system fields
    /// take the place of the default ones, missing ones are added, custom ones stand
    /// behind the location in the order in which they were sent.
    #[must_use]
    pub fn arranged(sent: Vec<Self>) -> Vec<Self> {
        let (mut system, custom): (Vec<Self>, Vec<Self>) =
            sent.into_iter().partition(Self::is_system);
        let mut take = |slug: &str| {
            let at = system.iter().position(|field| field.slug == slug)?;
            Some(system.remove(at))
        };
        let mut arranged = Vec::new();
        for default in Self::defaults() {
            let slug = default.slug.clone();
            arranged.push(take(&slug).unwrap_or(default));
            if slug == EMAIL {
                arranged.extend(take(PHONE));
            }
            if slug == LOCATION {
                arranged.extend(custom.iter().cloned());
            }
        }
        arranged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slugs(fields: &[BookingField]) -> Vec<&str> {
        fields.iter().map(|field| field.slug.as_str()).collect()
    }

    /// R7.16, file 06, 5.4.1
    #[test]
    fn a_field_that_only_the_reschedule_view_has_is_of_a_reschedule_only() {
        let is_of_reschedule_only = |slug: &str, views: Value| {
            let mut field = BookingField::new(FieldKind::Text, slug, true, false);
            field.form_only.insert("views".to_owned(), views);
            let refused = crate::booking::validity::check(&[field.clone()], &Map::new()).is_err();
            assert_eq!(refused, !field.is_of_reschedule_only());
            field.is_of_reschedule_only()
        };
        let view = |id: &str| serde_json::json!({ "id": id, "label": "A view" });
        assert!(is_of_reschedule_only("why", vec![view("reschedule")].into()));
        assert!(is_of_reschedule_only(RESCHEDULE_REASON, Value::Null));
        for views in [vec![], vec![view("booking")], vec![view("reschedule"), view("booking")]] {
            assert!(!is_of_reschedule_only("why", views.into()));
        }
    }

    /// ET-25
    #[test]
    fn sent_fields_are_arranged_among_those_that_every_event_type_has() {
        let custom = |slug: &str| BookingField::new(FieldKind::Text, slug, true, false);
        let notes = BookingField::new(FieldKind::Textarea, "notes", true, false);
        let split = FieldKind::SplitName(SplitName::default());
        let phone = BookingField::new(FieldKind::Phone, "attendeePhoneNumber", true, false);
        let sent = vec![
            custom("b"),
            notes.clone(),
            phone,
            custom("a"),
            BookingField::new(split.clone(), "name", true, false),
        ];
        let arranged = BookingField::arranged(sent);
        assert_eq!(
            slugs(&arranged),
            [
                "name",
                "email",
                "attendeePhoneNumber",
                "location",
                "b",
                "a",
                "title",
                "notes",
                "guests",
                "rescheduleReason"
            ]
        );
        assert_eq!(arranged[0].kind, split);
        assert_eq!(arranged[7], notes);
        assert_eq!(BookingField::arranged(Vec::new()), BookingField::defaults());
        assert_eq!(
            BookingField::arranged(arranged.clone()),
            arranged,
            "arranging again changes nothing"
        );
    }

    /// ET-26, ET-27
    #[test]
    fn an_event_type_without_stored_fields_shows_the_defaults_and_a_hidden_phone_field() {
        let shown = BookingField::shown(None);
        assert_eq!(
            slugs(&shown),
            [
                "name",
                "email",
                "attendeePhoneNumber",
                "location",
                "title",
                "notes",
                "guests",
                "rescheduleReason"
            ]
        );
        assert!(shown[2].is_hidden && !shown[2].is_required);
        assert!(shown[4].is_hidden && shown[4].is_required, "the title");
        assert!(!shown[1].is_hidden && shown[1].is_required, "the address");
        let stored = [BookingField::new(FieldKind::Text, "x", false, false)];
        assert_eq!(*BookingField::shown(Some(&stored)), stored);
    }

    #[test]
    fn every_kind_of_field_survives_being_stored() {
        let options = vec![FieldOption::of("a"), FieldOption::of("b")];
        for kind in [
            FieldKind::Name,
            FieldKind::SplitName(SplitName { last_name_required: true, ..SplitName::default() }),
            FieldKind::Select(options.clone()),
            FieldKind::Checkbox(options),
            FieldKind::Boolean,
            FieldKind::RadioInput,
            FieldKind::Unknown(serde_json::json!({ "x": [1] })),
        ] {
            let mut field = BookingField::new(kind, "slug", true, false);
            field.label = Some("Label".to_owned());
            let stored = serde_json::to_string(&field).unwrap();
            assert_eq!(serde_json::from_str::<BookingField>(&stored).unwrap(), field, "{stored}");
        }
    }
}
