//! Where a booking takes place (file 02, section 6.2).

use serde_json::{Value, json};
use slotd_domain::event_type::{Integration, Location};

use super::parts::{Object, Read, failure, texts};
use crate::fields::{self, Checked, Wrong, one_of, wrong};

/// Most locations of an event type.
const MOST: usize = 100;

/// The locations as they were sent (ET-20). What is wrong with them stands as one text
/// per location, as the contract has it, and beside it at its place.
pub(super) fn read(name: &str, value: &Value) -> Read<Vec<Location>> {
    let refuse = |text: String| Err(vec![("ValidateLocations", text)].into());
    let Some(values) = value.as_array() else {
        return refuse(format!("'{name}' must be an array."));
    };
    if values.is_empty() {
        return refuse(format!("'{name}' must contain at least 1 location."));
    }
    if values.len() > MOST {
        return refuse(format!("'{name}' must contain no more than {MOST} locations."));
    }
    let mut locations = Vec::new();
    let mut found = Vec::new();
    let mut children = Vec::new();
    for (index, one) in values.iter().enumerate() {
        let Some(kind) = one["type"].as_str() else {
            return refuse(format!("Each object in '{name}' must have a 'type' property."));
        };
        match location(kind, one) {
            Ok(Some(location)) => locations.push(location),
            Ok(None) => {
                let kind: String = kind.chars().take(100).collect();
                return refuse(format!(
                    "Unsupported location type '{kind}'. Valid types are address, link, integration, and phone."
                ));
            }
            Err(wrong) => {
                found.push(format!("Validation failed for {kind} location: {}", texts(&wrong)));
                children.push(failure(one, &index.to_string(), None, wrong));
            }
        }
    }
    if children.is_empty() {
        return Ok(locations);
    }
    Err(Wrong { constraints: vec![("ValidateLocations", found.join("; "))], children })
}

/// None for a type that is none, or only of teams.
fn location(kind: &str, value: &Value) -> Read<Option<Location>> {
    let mut object = Object::of("location", value)?;
    let location = match kind {
        "address" => Location::Address {
            address: object.required("address", fields::non_empty),
            is_public: object.required("public", fields::boolean),
        },
        "link" => Location::Link {
            link: object.required("link", fields::url),
            is_public: object.required("public", fields::boolean),
        },
        "phone" => Location::Phone {
            phone: object.required("phone", phone),
            is_public: object.required("public", fields::boolean),
        },
        "integration" => Location::Integration {
            integration: object
                .required("integration", integration)
                .unwrap_or(Integration::CalVideo),
            link: None,
            credential_id: None,
        },
        "attendeeAddress" => Location::AttendeeAddress,
        "attendeePhone" => Location::AttendeePhone,
        "attendeeDefined" => Location::AttendeeDefined,
        _ => return Ok(None),
    };
    object.finish(Some(location))
}

/// A number in the form of E.164.
fn phone(name: &str, value: Option<&Value>) -> Checked<String> {
    let text = fields::short_text(name, value)?;
    if fields::is_phone_number(&text) {
        Ok(text)
    } else {
        wrong("isPhoneNumber", format!("{name} must be a valid phone number"))
    }
}

fn integration(name: &str, value: Option<&Value>) -> Checked<Option<Integration>> {
    let app = value.and_then(Value::as_str).and_then(Integration::parse);
    if app.is_some() {
        return Ok(app);
    }
    let names: Vec<&str> = Integration::ALL.iter().map(|app| app.name()).collect();
    wrong("isIn", one_of(name, &names))
}

/// A location as answers show it (ET-22).
pub(super) fn shown(location: &Location) -> Value {
    match location {
        Location::Address { address, is_public } => {
            json!({ "type": "address", "address": address, "public": is_public })
        }
        Location::Link { link, is_public } => {
            json!({ "type": "link", "link": link, "public": is_public })
        }
        Location::Phone { phone, is_public } => {
            json!({ "type": "phone", "phone": phone, "public": is_public })
        }
        Location::Integration { integration, link, credential_id } => {
            let mut shown = json!({ "type": "integration", "integration": integration.name() });
            if let Some(link) = link {
                shown["link"] = json!(link);
            }
            if let Some(id) = credential_id {
                shown["credentialId"] = json!(id);
            }
            shown
        }
        Location::AttendeeAddress => json!({ "type": "attendeeAddress" }),
        Location::AttendeePhone => json!({ "type": "attendeePhone" }),
        Location::AttendeeDefined => json!({ "type": "attendeeDefined" }),
        Location::OrganizersDefaultApp => json!({ "type": "organizersDefaultApp" }),
        Location::Unknown(stored) => json!({ "type": "unknown", "location": stored.to_string() }),
    }
}
