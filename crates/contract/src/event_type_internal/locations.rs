//! Locations under their internal names (ET-23, file 06, 5.4.2).

use serde_json::{Value, json};
use slotd_domain::event_type::{EventType, Location};

use super::LOCATION_LABELS;
use super::values::{opaque, web_address};
use crate::fields::{Checked, is_phone_number, too_many, wrong};

/// Most locations of an event type.
const MOST: usize = 50;

/// The labels of the locations, in their order. A label belongs to the next location
/// that is as it was when the form sent both, wherever another shape moved it.
fn labels(event_type: &EventType) -> Vec<Option<Value>> {
    let kept = event_type.settings.form_only.get(LOCATION_LABELS).and_then(Value::as_array);
    let mut kept: Vec<&Value> = kept.into_iter().flatten().collect();
    let locations = event_type.locations.iter();
    let labels = locations.map(|location| {
        let stored = Value::from(location.clone());
        let place = kept.iter().position(|pair| pair["location"] == stored)?;
        Some(kept.remove(place)["label"].clone()).filter(Value::is_string)
    });
    labels.collect()
}

fn labelled(mut shown: Value, label: Option<Value>) -> Value {
    if let (Some(shown), Some(label)) = (shown.as_object_mut(), label) {
        shown.insert("customLabel".to_owned(), label);
    }
    shown
}

/// The locations as their owner sees them.
pub(super) fn all(event_type: &EventType) -> Value {
    let locations = event_type.locations.iter().zip(labels(event_type));
    locations.map(|(location, label)| labelled(Value::from(location.clone()), label)).collect()
}

/// The locations as anybody may see them: an address, a link or a number only when it
/// is public.
pub(super) fn public(event_type: &EventType) -> Value {
    let locations = event_type.locations.iter().zip(labels(event_type));
    let shown = locations.filter_map(|(location, label)| {
        let shown = match location {
            Location::Address { is_public: true, .. }
            | Location::Link { is_public: true, .. }
            | Location::Phone { is_public: true, .. } => Value::from(location.clone()),
            // What it holds is not known, so neither whether it may be shown.
            Location::Unknown(_) => return None,
            Location::Address { .. }
            | Location::Link { .. }
            | Location::Phone { .. }
            | Location::Integration { .. }
            | Location::AttendeeAddress
            | Location::AttendeePhone
            | Location::AttendeeDefined
            | Location::OrganizersDefaultApp => json!({ "type": location.internal_name() }),
        };
        Some(labelled(shown, label))
    });
    shown.collect()
}

/// Locations with the labels that were sent along.
#[derive(Default)]
pub(super) struct Sent {
    locations: Vec<Location>,
    /// A location and its label each, or null.
    labels: Vec<Value>,
}

impl Sent {
    pub(super) fn apply(&self, event_type: &mut EventType) {
        event_type.locations.clone_from(&self.locations);
        let form_only = &mut event_type.settings.form_only;
        form_only.remove(LOCATION_LABELS);
        if self.labels.iter().any(|pair| pair["label"].is_string()) {
            form_only.insert(LOCATION_LABELS.to_owned(), Value::Array(self.labels.clone()));
        }
    }
}

/// Reads locations. What fits no shape stays as it is; that it was there before is the
/// caller's to check.
pub(super) fn read(name: &str, value: Option<&Value>) -> Checked<Sent> {
    let Some(Value::Array(values)) = value else {
        return wrong("isArray", format!("{name} must be an array"));
    };
    if values.len() > MOST {
        return wrong("arrayMaxSize", too_many(name, MOST));
    }
    let mut sent = Sent::default();
    for (value, place) in values.iter().zip(0..) {
        let at = format!("{name}.{place}");
        opaque(&at, Some(value))?;
        let Some(kind) = value["type"].as_str() else {
            return wrong("isString", format!("{at}.type must be a string"));
        };
        let mut plain = value.clone();
        let label = plain.as_object_mut().and_then(|plain| plain.remove("customLabel"));
        let location = Location::from(plain);
        match &location {
            Location::Address { address, .. } if address.trim().is_empty() => {
                return wrong("isNotEmpty", format!("{at}.address should not be empty"));
            }
            Location::Link { link, .. } if !web_address(link) => {
                return wrong("isUrl", format!("{at}.link must be a URL address"));
            }
            Location::Phone { phone, .. } if !is_phone_number(phone) => {
                let text = format!("{at}.hostPhoneNumber must be a valid phone number");
                return wrong("isPhoneNumber", text);
            }
            Location::Integration { link: Some(link), .. } if !web_address(link) => {
                return wrong("isUrl", format!("{at}.link must be a URL address"));
            }
            Location::OrganizersDefaultApp => {
                let text = format!("{at}.type conferencing is for event types of teams only");
                return wrong("isIn", text);
            }
            Location::Unknown(_) if ["inPerson", "link", "userPhone"].contains(&kind) => {
                let needed = match kind {
                    "inPerson" => "address",
                    "link" => "link",
                    _ => "hostPhoneNumber",
                };
                return wrong("isString", format!("{at}.{needed} must be a string"));
            }
            Location::Unknown(_)
            | Location::Address { .. }
            | Location::Link { .. }
            | Location::Integration { .. }
            | Location::Phone { .. }
            | Location::AttendeeAddress
            | Location::AttendeePhone
            | Location::AttendeeDefined => {}
        }
        let label = label.filter(|label| label.is_string() && *label != "");
        sent.labels.push(json!({ "location": Value::from(location.clone()), "label": label }));
        sent.locations.push(location);
    }
    Ok(sent)
}
