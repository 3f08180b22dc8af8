//! Where a booking takes place (sections 7.7 and 18).

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::event_type::{Integration, Location};
use crate::{EventTypeId, phone};

/// Where a booker wants to meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requested {
    /// The organizer's place.
    Address,
    /// The organizer's link.
    Link,
    /// The organizer's number.
    Phone,
    /// An address of the booker's.
    AttendeeAddress(String),
    /// A number of the booker's.
    AttendeePhone(String),
    /// Whatever the booker wrote.
    AttendeeDefined(String),
    /// A conferencing app.
    Integration(Integration),
    /// The organizer's default app.
    OrganizersDefaultApp,
    /// A text that says it all, as older clients send it: a URL, a number or anything.
    Text(String),
}

/// Where a booking is moved to (section 18). The event type need not offer it (R18.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replacement {
    /// A place of the organizer's.
    Address(String),
    /// A link.
    Link(String),
    /// A number of the organizer's.
    Phone(String),
    /// An address of the booker's.
    AttendeeAddress(String),
    /// A number of the booker's.
    AttendeePhone(String),
    /// Anything.
    AttendeeDefined(String),
    /// A conferencing app.
    Integration(Integration),
}

/// Where a booking takes place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What the booking's `location` is: an address, a link, a number, or the internal
    /// name of an app until the app has made a link (R7.27).
    pub location: String,
    /// The internal name of its kind (ET-23).
    kind: Cow<'static, str>,
    /// What the booker answered with it.
    option_value: String,
}

/// Why a location is refused. The texts are the contract's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The event type has no location of this type (R7.23).
    #[error(
        "Booking location with type {requested} not valid for event type with id={event_type}. The event type has following location types: {}, and only these types are allowed for booking location.",
        .offered.join(", ")
    )]
    Type {
        /// What was asked for.
        requested: &'static str,
        /// The event type.
        event_type: EventTypeId,
        /// The types that it has.
        offered: Vec<&'static str>,
    },
    /// The event type has apps, but not this one (R7.23).
    #[error(
        "Booking location with integration {requested} not valid for event type with id={event_type}. The event type has following integrations: {}",
        .offered.join(", ")
    )]
    Integration {
        /// What was asked for.
        requested: &'static str,
        /// The event type.
        event_type: EventTypeId,
        /// The apps that it has.
        offered: Vec<&'static str>,
    },
}

impl Requested {
    /// What a booker wants who answered the location's field in its stored form
    /// (`value`, `optionValue`), as the legacy shape does.
    #[must_use]
    pub fn of_answer(value: &str, option_value: &str) -> Self {
        let given = || option_value.to_owned();
        match value {
            "inPerson" => Self::Address,
            "link" if option_value.is_empty() => Self::Link,
            "link" => Self::Text(given()),
            "userPhone" => Self::Phone,
            "attendeeInPerson" => Self::AttendeeAddress(given()),
            "phone" => Self::AttendeePhone(given()),
            "somewhereElse" => Self::AttendeeDefined(given()),
            "conferencing" => Self::OrganizersDefaultApp,
            name => Integration::of_internal_name(name)
                .map_or_else(|| Self::Text(name.to_owned()), Self::Integration),
        }
    }
}

/// The contract's name of a location that is offered.
const fn type_name(location: &Location) -> &'static str {
    match location {
        Location::Address { .. } => "address",
        Location::Link { .. } => "link",
        Location::Integration { .. } => "integration",
        Location::Phone { .. } => "phone",
        Location::AttendeeAddress => "attendeeAddress",
        Location::AttendeePhone => "attendeePhone",
        Location::AttendeeDefined => "attendeeDefined",
        Location::OrganizersDefaultApp => "organizersDefaultApp",
        Location::Unknown(_) => "unknown",
    }
}

/// Where a booking takes place that was asked for with this location. `default_app` is
/// the organizer's, or the built-in video.
///
/// # Errors
///
/// [`Refusal`] when the event type does not offer it (R7.23). An event type without
/// locations offers the default app.
pub fn requested(
    requested: &Requested,
    event_type: EventTypeId,
    offered: &[Location],
    default_app: Integration,
) -> Result<Place, Refusal> {
    let default =
        [Location::Integration { integration: default_app, link: None, credential_id: None }];
    let offered = if offered.is_empty() { &default } else { offered };
    let of_type = |wanted: &'static str| {
        offered.iter().find(|location| type_name(location) == wanted).ok_or_else(|| {
            let mut types = Vec::new();
            for name in offered.iter().map(type_name) {
                if !types.contains(&name) {
                    types.push(name);
                }
            }
            Refusal::Type { requested: wanted, event_type, offered: types }
        })
    };
    let given = |wanted, kind, text| of_type(wanted).map(|_| Place::given(kind, text));
    match requested {
        Requested::Address => Ok(offers(of_type("address")?, default_app)),
        Requested::Link => Ok(offers(of_type("link")?, default_app)),
        Requested::Phone => Ok(offers(of_type("phone")?, default_app)),
        Requested::OrganizersDefaultApp => {
            Ok(offers(of_type("organizersDefaultApp")?, default_app))
        }
        Requested::AttendeeAddress(text) => given("attendeeAddress", "attendeeInPerson", text),
        Requested::AttendeePhone(text) => given("attendeePhone", "phone", text),
        Requested::AttendeeDefined(text) => given("attendeeDefined", "somewhereElse", text),
        Requested::Integration(app) => {
            of_type("integration")?;
            let apps: Vec<Integration> = offered.iter().filter_map(integration).collect();
            if apps.contains(app) {
                return Ok(Place::app(*app));
            }
            let offered = apps.into_iter().map(Integration::name).collect();
            Err(Refusal::Integration { requested: app.name(), event_type, offered })
        }
        Requested::Text(text) => Ok(of_text(text)),
    }
}

/// Where a booking takes place that asks for nothing: the event type's first location,
/// or the default app (R7.25). A location that needs the booker's answer is its bare
/// internal name.
#[must_use]
pub fn unrequested(offered: &[Location], default_app: Integration) -> Place {
    offered.first().map_or_else(|| Place::app(default_app), |first| offers(first, default_app))
}

/// Where a booking takes place after its location was changed (R18.2).
#[must_use]
pub fn replaced(replacement: &Replacement) -> Place {
    match replacement {
        Replacement::Address(text) => Place::given("inPerson", text),
        Replacement::Link(text) => Place::given("link", text),
        Replacement::Phone(text) => Place::given("userPhone", text),
        Replacement::AttendeeAddress(text) => Place::given("attendeeInPerson", text),
        Replacement::AttendeePhone(text) => Place::given("phone", text),
        Replacement::AttendeeDefined(text) => Place::given("somewhereElse", text),
        Replacement::Integration(app) => Place::app(*app),
    }
}

const fn integration(location: &Location) -> Option<Integration> {
    match location {
        Location::Integration { integration, .. } => Some(*integration),
        _ => None,
    }
}

/// What a location of an event type is in a booking, without an answer.
fn offers(location: &Location, default_app: Integration) -> Place {
    let kind = location.internal_name().to_owned();
    let location = match location {
        Location::Address { address: text, .. }
        | Location::Link { link: text, .. }
        | Location::Phone { phone: text, .. } => text.clone(),
        Location::AttendeeAddress | Location::AttendeePhone | Location::AttendeeDefined => {
            kind.clone()
        }
        Location::Integration { integration, .. } => integration.internal_name().to_owned(),
        Location::Unknown(_) if !kind.is_empty() => kind.clone(),
        Location::OrganizersDefaultApp | Location::Unknown(_) => {
            default_app.internal_name().to_owned()
        }
    };
    Place { location, kind: kind.into(), option_value: String::new() }
}

/// A text is a link, a number or anything (section 7.7).
fn of_text(text: &str) -> Place {
    let is_web = |text: &str| {
        url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
    };
    if is_web(text) || text.starts_with("www.") {
        Place::given("link", text)
    } else if phone::is_number(text) {
        Place::given("phone", text)
    } else {
        Place::given("somewhereElse", text)
    }
}

impl Place {
    fn given(kind: &'static str, text: &str) -> Self {
        Self { location: text.to_owned(), kind: kind.into(), option_value: text.to_owned() }
    }

    fn app(app: Integration) -> Self {
        Self {
            location: app.internal_name().to_owned(),
            kind: app.internal_name().into(),
            option_value: String::new(),
        }
    }

    /// What is stored among the answers (`responses.location`), if the request named a
    /// location (R7.19).
    #[must_use]
    pub fn answer(&self) -> Value {
        json!({ "value": self.kind, "optionValue": self.option_value })
    }

    /// What titles call it (R7.63): the kind of place, or the app.
    #[must_use]
    pub fn label(&self) -> String {
        label(&self.kind, &self.location)
    }
}

/// Where a booking takes place that several share: of a place that a booker gave, only its
/// kind. The rest is in the answers of their seat, and no fellow booker's to know (R8.3).
/// `answer` is the one with which the place was chosen, see [`Place::answer`].
#[must_use]
pub fn shared(location: &str, answer: Option<&Value>) -> String {
    let kind = answer.and_then(|answer| answer["value"].as_str());
    kind.filter(|kind| matches!(*kind, "attendeeInPerson" | "phone" | "somewhereElse"))
        .unwrap_or(location)
        .to_owned()
}

/// What titles call a stored place that was chosen with an answer, see [`Place::label`].
#[must_use]
pub fn stored_label(location: &str, answer: Option<&Value>) -> String {
    let given = |key: &str| answer.and_then(|answer| answer[key].as_str());
    let place = given("optionValue").filter(|place| !place.is_empty()).unwrap_or(location);
    label(given("value").unwrap_or(location), place)
}

/// What titles call a place whose kind has this internal name, see [`Place::label`].
fn label(kind: &str, location: &str) -> String {
    match kind {
        "inPerson" | "attendeeInPerson" => "In Person".to_owned(),
        "link" => "Link".to_owned(),
        "userPhone" | "phone" => "Phone".to_owned(),
        "somewhereElse" => location.to_owned(),
        _ => Integration::of_internal_name(location)
            .map_or_else(|| location.to_owned(), Integration::label),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const ID: EventTypeId = EventTypeId(4711);
    const VIDEO: Integration = Integration::CalVideo;

    fn app(integration: Integration) -> Location {
        Location::Integration { integration, link: None, credential_id: None }
    }

    fn all() -> Vec<Location> {
        let is_public = true;
        vec![
            Location::Address { address: "1 Main St".to_owned(), is_public },
            Location::Link { link: "https://x.example".to_owned(), is_public },
            Location::Phone { phone: "+4930123456".to_owned(), is_public },
            Location::AttendeeAddress,
            Location::AttendeePhone,
            Location::AttendeeDefined,
            app(Integration::CalVideo),
            app(Integration::Jitsi),
            Location::OrganizersDefaultApp,
        ]
    }

    /// Section 7.7, R7.23, BK-54
    #[test]
    fn every_location_is_stored_in_its_canonical_form() {
        let text = |text: &str| Requested::Text(text.to_owned());
        let given = |text: &str| text.to_owned();
        for (wanted, location, value, option_value, label) in [
            (Requested::Address, "1 Main St", "inPerson", "", "In Person"),
            (Requested::Link, "https://x.example", "link", "", "Link"),
            (Requested::Phone, "+4930123456", "userPhone", "", "Phone"),
            (
                Requested::AttendeeAddress(given("2 Side St")),
                "2 Side St",
                "attendeeInPerson",
                "2 Side St",
                "In Person",
            ),
            (
                Requested::AttendeePhone(given("+4915112345678")),
                "+4915112345678",
                "phone",
                "+4915112345678",
                "Phone",
            ),
            (
                Requested::AttendeeDefined(given("the park")),
                "the park",
                "somewhereElse",
                "the park",
                "the park",
            ),
            (
                Requested::Integration(VIDEO),
                "integrations:daily",
                "integrations:daily",
                "",
                "Cal Video",
            ),
            (
                Requested::Integration(Integration::Jitsi),
                "integrations:jitsi",
                "integrations:jitsi",
                "",
                "Jitsi",
            ),
            (Requested::OrganizersDefaultApp, "integrations:zoom", "conferencing", "", "Zoom"),
            (
                text("https://y.example/z"),
                "https://y.example/z",
                "link",
                "https://y.example/z",
                "Link",
            ),
            (text("www.y.example"), "www.y.example", "link", "www.y.example", "Link"),
            (text("+4915112345678"), "+4915112345678", "phone", "+4915112345678", "Phone"),
            (text("the park"), "the park", "somewhereElse", "the park", "the park"),
            (text("javascript:x"), "javascript:x", "somewhereElse", "javascript:x", "javascript:x"),
        ] {
            let place = requested(&wanted, ID, &all(), Integration::Zoom).unwrap();
            assert_eq!(place.location, location, "{wanted:?}");
            let answer = json!({ "value": value, "optionValue": option_value });
            assert_eq!(place.answer(), answer, "{wanted:?}");
            assert_eq!(place.label(), label, "{wanted:?}");
        }
    }

    /// R7.23, BK-55, BK-56
    #[test]
    fn a_location_that_is_not_offered_is_refused_with_what_is() {
        let offered = [Location::AttendeePhone, app(VIDEO), app(Integration::Zoom)];
        let told = |wanted| requested(&wanted, ID, &offered, VIDEO).unwrap_err().to_string();
        assert_eq!(
            told(Requested::Address),
            "Booking location with type address not valid for event type with id=4711. The event type has following location types: attendeePhone, integration, and only these types are allowed for booking location."
        );
        assert_eq!(
            told(Requested::Integration(Integration::Jitsi)),
            "Booking location with integration jitsi not valid for event type with id=4711. The event type has following integrations: cal-video, zoom"
        );
        let text = Requested::Text("anything".to_owned());
        assert!(requested(&text, ID, &offered, VIDEO).is_ok(), "texts are not checked");
    }

    /// R7.25, BK-57
    #[test]
    fn without_a_request_the_first_location_counts_or_the_default_app() {
        let location = |offered: &[Location]| unrequested(offered, Integration::Zoom).location;
        assert_eq!(location(&[]), "integrations:zoom");
        assert_eq!(location(&all()), "1 Main St");
        for (offered, expected) in [
            (Location::AttendeeAddress, "attendeeInPerson"),
            (Location::AttendeePhone, "phone"),
            (Location::AttendeeDefined, "somewhereElse"),
            (Location::OrganizersDefaultApp, "integrations:zoom"),
            (app(Integration::Jitsi), "integrations:jitsi"),
            (Location::Unknown(json!({ "type": "tent" })), "tent"),
            (Location::Unknown(json!(null)), "integrations:zoom"),
        ] {
            assert_eq!(location(&[offered]), expected);
        }
        let app = Requested::Integration(VIDEO);
        assert!(requested(&app, ID, &[], VIDEO).is_ok());
        assert!(requested(&app, ID, &[], Integration::Zoom).is_err());
    }

    /// Section 18, BK-188
    #[test]
    fn a_location_can_be_replaced_by_any() {
        for (replacement, location, value, option_value) in [
            (Replacement::Address("x".to_owned()), "x", "inPerson", "x"),
            (Replacement::Link("x".to_owned()), "x", "link", "x"),
            (Replacement::Phone("x".to_owned()), "x", "userPhone", "x"),
            (Replacement::AttendeeAddress("x".to_owned()), "x", "attendeeInPerson", "x"),
            (Replacement::AttendeePhone("x".to_owned()), "x", "phone", "x"),
            (Replacement::AttendeeDefined("x".to_owned()), "x", "somewhereElse", "x"),
            (Replacement::Integration(VIDEO), "integrations:daily", "integrations:daily", ""),
        ] {
            let place = replaced(&replacement);
            assert_eq!(place.location, location);
            assert_eq!(place.answer(), json!({ "value": value, "optionValue": option_value }));
        }
    }

    /// Section 24.2
    #[test]
    fn an_answer_in_its_stored_form_is_what_was_requested() {
        for wanted in [
            Requested::Address,
            Requested::Link,
            Requested::Phone,
            Requested::AttendeeAddress("x".to_owned()),
            Requested::AttendeePhone("x".to_owned()),
            Requested::AttendeeDefined("x".to_owned()),
            Requested::Integration(VIDEO),
            Requested::OrganizersDefaultApp,
            Requested::Text("https://y.example".to_owned()),
        ] {
            let answer = requested(&wanted, ID, &all(), VIDEO).unwrap().answer();
            let part = |name: &str| answer[name].as_str().unwrap().to_owned();
            assert_eq!(Requested::of_answer(&part("value"), &part("optionValue")), wanted);
        }
        assert_eq!(Requested::of_answer("tent", "x"), Requested::Text("tent".to_owned()));
    }

    proptest! {
        #[test]
        fn any_answer_can_be_read_and_resolved(
            value in "\\PC{0,12}|phone|link|integrations:.{0,9}|(https?:|www\\.)\\PC{0,9}",
            option_value in "\\PC{0,9}",
            offered in prop::collection::vec(select(all()), 0..4),
        ) {
            let wanted = Requested::of_answer(&value, &option_value);
            match requested(&wanted, ID, &offered, VIDEO) {
                Ok(place) => {
                    let _ = (place.answer(), place.label());
                }
                Err(refusal) => prop_assert!(refusal.to_string().contains("4711")),
            }
            let _ = unrequested(&offered, VIDEO);
        }
    }
}
