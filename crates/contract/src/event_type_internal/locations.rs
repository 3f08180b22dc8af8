//! Locations under their internal names (ET-23, file 06, 5.4.2).

use serde_json::{Map, Value, json};
use slotd_domain::event_type::{EventType, Location};

use super::LOCATION_LABELS;
use super::values::{e164, opaque, web_address};
use crate::fields::{Checked, wrong};

/// Most locations of an event type.
const MOST: usize = 50;

/// What identifies a location when its label is looked up.
fn key(location: &Location) -> String {
    Value::from(location.clone()).to_string()
}

fn labelled(event_type: &EventType, location: &Location, mut shown: Value) -> Value {
    let label = &event_type.settings.form_only.get(LOCATION_LABELS);
    if let (Some(shown), Some(label)) =
        (shown.as_object_mut(), label.and_then(|labels| labels.get(key(location))))
    {
        shown.insert("customLabel".to_owned(), label.clone());
    }
    shown
}

/// The locations as their owner sees them.
pub(super) fn all(event_type: &EventType) -> Value {
    let shown = event_type
        .locations
        .iter()
        .map(|location| labelled(event_type, location, Value::from(location.clone())));
    shown.collect()
}

/// The locations as anybody may see them: an address, a link or a number only when it
/// is public.
pub(super) fn public(event_type: &EventType) -> Value {
    let shown = event_type.locations.iter().filter_map(|location| {
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
        Some(labelled(event_type, location, shown))
    });
    shown.collect()
}

/// Locations with the labels that were sent along.
#[derive(Default)]
pub(super) struct Sent {
    locations: Vec<Location>,
    labels: Map<String, Value>,
}

impl Sent {
    pub(super) fn apply(&self, event_type: &mut EventType) {
        event_type.locations.clone_from(&self.locations);
        let form_only = &mut event_type.settings.form_only;
        form_only.remove(LOCATION_LABELS);
        if !self.labels.is_empty() {
            form_only.insert(LOCATION_LABELS.to_owned(), Value::Object(self.labels.clone()));
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
        let text = format!("{name} must contain no more than {MOST} elements");
        return wrong("arrayMaxSize", text);
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
            Location::Phone { phone, .. } if !e164(phone) => {
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
        if let Some(Value::String(label)) = label.filter(|label| *label != "") {
            sent.labels.insert(key(&location), Value::String(label));
        }
        sent.locations.push(location);
    }
    Ok(sent)
}
