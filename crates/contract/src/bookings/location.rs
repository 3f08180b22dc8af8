//! Where one booking takes place (R7.23, R7.24, section 18).

use serde_json::Value;
use slotd_domain::event_type::Integration;

use super::{error, inside, phone};
use crate::fields::{self, Checked, Wrong, one_of, wrong};

/// Where a booker wants to meet.
#[derive(Debug, Clone, PartialEq)]
pub enum Location {
    /// At the event type's address.
    Address,
    /// By the event type's link.
    Link,
    /// By the event type's telephone number.
    Phone,
    /// At an address of the attendee's.
    AttendeeAddress {
        /// Which.
        address: String,
    },
    /// By a telephone number of the attendee's.
    AttendeePhone {
        /// Which, in E.164 form.
        phone: String,
    },
    /// Wherever the attendee says.
    AttendeeDefined {
        /// Where.
        location: String,
    },
    /// In a conferencing app.
    Integration {
        /// Which.
        integration: Integration,
    },
    /// In the organizer's default app; of teams only.
    OrganizersDefaultApp,
    /// A link, a telephone number or any other text, which is not compared with the event
    /// type's locations.
    Text(String),
}

/// A location that a booking gets later.
#[derive(Debug, Clone, PartialEq)]
pub enum NewLocation {
    /// An address of the organizer's.
    Address {
        /// Which.
        address: String,
    },
    /// An address of the attendee's.
    AttendeeAddress {
        /// Which.
        address: String,
    },
    /// What the attendee says.
    AttendeeDefined {
        /// Where.
        location: String,
    },
    /// A telephone number of the attendee's.
    AttendeePhone {
        /// Which, in E.164 form.
        phone: String,
    },
    /// A link.
    Link {
        /// Which.
        link: String,
    },
    /// A telephone number of the organizer's.
    Phone {
        /// Which, in E.164 form.
        phone: String,
    },
    /// A conferencing app.
    Integration {
        /// Which.
        integration: Integration,
    },
}

/// Types of the location of a new booking.
const TYPES: [&str; 8] = [
    "address",
    "attendeeAddress",
    "attendeeDefined",
    "attendeePhone",
    "integration",
    "link",
    "phone",
    "organizersDefaultApp",
];
/// Types of the location that a booking gets later.
const NEW_TYPES: [&str; 7] = [
    "address",
    "attendeeAddress",
    "attendeeDefined",
    "attendeePhone",
    "link",
    "phone",
    "integration",
];

impl Location {
    /// An empty text is no location. Parts that a type does not have are passed over.
    pub(super) fn read(name: &str, value: &Value) -> Result<Option<Self>, Wrong> {
        if value.is_string() {
            let text = fields::uri(name, Some(value))?;
            return Ok(Some(text).filter(|text| !text.is_empty()).map(Self::Text));
        }
        Ok(Some(match kind(name, value, &TYPES)? {
            "address" => Self::Address,
            "link" => Self::Link,
            "phone" => Self::Phone,
            "organizersDefaultApp" => Self::OrganizersDefaultApp,
            "attendeeAddress" => Self::AttendeeAddress { address: address(value)? },
            "attendeePhone" => Self::AttendeePhone { phone: number(value)? },
            "attendeeDefined" => Self::AttendeeDefined { location: defined(value)? },
            _ => Self::Integration { integration: app(value)? },
        }))
    }
}

impl NewLocation {
    pub(super) fn read(name: &str, value: &Value) -> Result<Self, Wrong> {
        Ok(match kind(name, value, &NEW_TYPES)? {
            "address" => Self::Address { address: address(value)? },
            "attendeeAddress" => Self::AttendeeAddress { address: address(value)? },
            "attendeeDefined" => Self::AttendeeDefined { location: defined(value)? },
            "attendeePhone" => Self::AttendeePhone { phone: number(value)? },
            "link" => Self::Link { link: part(value, "link", fields::url)? },
            "phone" => Self::Phone { phone: number(value)? },
            _ => Self::Integration { integration: app(value)? },
        })
    }
}

fn kind(name: &str, value: &Value, types: &[&'static str]) -> Result<&'static str, Wrong> {
    if !value.is_object() {
        return Err(vec![("isObject", format!("{name} must be an object"))].into());
    }
    let given = value.get("type");
    let found = types.iter().copied().find(|kind| given.is_some_and(|given| given == kind));
    found.ok_or_else(|| {
        let wrong = vec![("isIn", one_of("type", types))].into();
        inside(vec![error(value, "type".to_owned(), given, wrong)])
    })
}

fn part<T>(
    location: &Value,
    name: &str,
    check: impl Fn(&str, Option<&Value>) -> Checked<T>,
) -> Result<T, Wrong> {
    let value = location.get(name);
    check(name, value)
        .map_err(|failures| inside(vec![error(location, name.to_owned(), value, failures.into())]))
}

fn address(location: &Value) -> Result<String, Wrong> {
    part(location, "address", fields::non_empty)
}

fn defined(location: &Value) -> Result<String, Wrong> {
    part(location, "location", fields::non_empty)
}

fn number(location: &Value) -> Result<String, Wrong> {
    part(location, "phone", phone)
}

fn app(location: &Value) -> Result<Integration, Wrong> {
    part(location, "integration", |name, value| {
        let app = value.and_then(Value::as_str).and_then(Integration::parse);
        let names = || Integration::ALL.iter().map(|app| app.name()).collect::<Vec<_>>();
        app.map_or_else(|| wrong("isIn", one_of(name, &names())), Ok)
    })
}
