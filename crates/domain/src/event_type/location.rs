//! Where a booking takes place (file 02, section 6.2).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A location. It is stored, and shown by the legacy shapes, under its internal name
/// (ET-23).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Value", into = "Value")]
pub enum Location {
    /// The organizer's place.
    Address {
        /// Where it is.
        address: String,
        /// Whether it is shown before the booking.
        is_public: bool,
    },
    /// A fixed link.
    Link {
        /// The link.
        link: String,
        /// Whether it is shown before the booking.
        is_public: bool,
    },
    /// A conferencing app.
    Integration {
        /// Which one.
        integration: Integration,
        /// A link that belongs to it, if any.
        link: Option<String>,
        /// The connection that is used, if it is set.
        credential_id: Option<i32>,
    },
    /// The organizer's number.
    Phone {
        /// In E.164 form.
        phone: String,
        /// Whether it is shown before the booking.
        is_public: bool,
    },
    /// The attendee gives an address.
    AttendeeAddress,
    /// The attendee gives a number.
    AttendeePhone,
    /// The attendee writes anything.
    AttendeeDefined,
    /// The organizer's default app; of teams only.
    OrganizersDefaultApp,
    /// What fits none of the shapes, as it is stored (ET-22).
    Unknown(Value),
}

impl Location {
    /// The built-in video.
    #[must_use]
    pub fn cal_video() -> Self {
        Self::Integration { integration: Integration::CalVideo, link: None, credential_id: None }
    }

    /// The internal name (ET-23).
    #[must_use]
    pub fn internal_name(&self) -> &str {
        match self {
            Self::Address { .. } => "inPerson",
            Self::Link { .. } => "link",
            Self::Integration { integration, .. } => integration.internal_name(),
            Self::Phone { .. } => "userPhone",
            Self::AttendeeAddress => "attendeeInPerson",
            Self::AttendeePhone => "phone",
            Self::AttendeeDefined => "somewhereElse",
            Self::OrganizersDefaultApp => "conferencing",
            Self::Unknown(value) => value["type"].as_str().unwrap_or_default(),
        }
    }

    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| Some(value[name].as_str()?.to_owned());
        let is_public = value["displayLocationPublicly"].as_bool().unwrap_or(false);
        Some(match value["type"].as_str()? {
            "inPerson" => Self::Address { address: text("address")?, is_public },
            "link" => Self::Link { link: text("link")?, is_public },
            "userPhone" => Self::Phone { phone: text("hostPhoneNumber")?, is_public },
            "attendeeInPerson" => Self::AttendeeAddress,
            "phone" => Self::AttendeePhone,
            "somewhereElse" => Self::AttendeeDefined,
            "conferencing" => Self::OrganizersDefaultApp,
            name => Self::Integration {
                integration: Integration::of_internal_name(name)?,
                link: text("link"),
                credential_id: value["credentialId"].as_i64().and_then(|id| i32::try_from(id).ok()),
            },
        })
    }
}

impl From<Value> for Location {
    fn from(value: Value) -> Self {
        Self::read(&value).unwrap_or(Self::Unknown(value))
    }
}

impl From<Location> for Value {
    fn from(location: Location) -> Self {
        let mut stored = Map::new();
        stored.insert("type".to_owned(), json!(location.internal_name()));
        let mut put = |name: &str, value: Value| drop(stored.insert(name.to_owned(), value));
        match location {
            Location::Address { address, is_public } => {
                put("address", json!(address));
                put("displayLocationPublicly", json!(is_public));
            }
            Location::Link { link, is_public } => {
                put("link", json!(link));
                put("displayLocationPublicly", json!(is_public));
            }
            Location::Phone { phone, is_public } => {
                put("hostPhoneNumber", json!(phone));
                put("displayLocationPublicly", json!(is_public));
            }
            Location::Integration { link, credential_id, .. } => {
                if let Some(link) = link {
                    put("link", json!(link));
                }
                if let Some(id) = credential_id {
                    put("credentialId", json!(id));
                }
            }
            Location::AttendeeAddress
            | Location::AttendeePhone
            | Location::AttendeeDefined
            | Location::OrganizersDefaultApp => {}
            Location::Unknown(value) => return value,
        }
        Self::Object(stored)
    }
}

macro_rules! integrations {
    ($($variant:ident, $name:literal, $internal:literal, $app:literal;)*) => {
        /// A conferencing app (the 29 of the contract).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names are the contract's and say it")]
        pub enum Integration {
            $($variant,)*
        }

        impl Integration {
            /// All of them, in the contract's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The contract's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The name in bookings, legacy shapes and storage (ET-23; file 03, section 7.7,
            /// names those that do not follow the rule).
            #[must_use]
            pub const fn internal_name(self) -> &'static str {
                match self { $(Self::$variant => $internal,)* }
            }

            /// The slug of the app that has to be connected (ET-21).
            #[must_use]
            pub const fn app_slug(self) -> &'static str {
                match self { $(Self::$variant => $app,)* }
            }
        }
    };
}

integrations! {
    CalVideo, "cal-video", "integrations:daily", "daily-video";
    GoogleMeet, "google-meet", "integrations:google:meet", "google-meet";
    Zoom, "zoom", "integrations:zoom", "zoom";
    Office365Video, "office365-video", "integrations:office365_video", "msteams";
    WherebyVideo, "whereby-video", "integrations:whereby_video", "whereby";
    WhatsappVideo, "whatsapp-video", "integrations:whatsapp_video", "whatsapp";
    WebexVideo, "webex-video", "integrations:webex_video", "webex";
    TelegramVideo, "telegram-video", "integrations:telegram_video", "telegram";
    Tandem, "tandem", "integrations:tandem", "tandem";
    SylapsVideo, "sylaps-video", "integrations:sylaps_video", "sylapsvideo";
    SkypeVideo, "skype-video", "integrations:skype_video", "skype";
    SiriusVideo, "sirius-video", "integrations:sirius_video_video", "sirius_video";
    SignalVideo, "signal-video", "integrations:signal_video", "signal";
    ShimmerVideo, "shimmer-video", "integrations:shimmer_video", "shimmervideo";
    SalesroomVideo, "salesroom-video", "integrations:salesroom_video", "salesroom";
    RoamVideo, "roam-video", "integrations:roam_video", "roam";
    RiversideVideo, "riverside-video", "integrations:riverside_video", "riverside";
    PingVideo, "ping-video", "integrations:ping_video", "ping";
    MirotalkVideo, "mirotalk-video", "integrations:mirotalk_video", "mirotalk";
    Jitsi, "jitsi", "integrations:jitsi", "jitsi";
    JellyVideo, "jelly-video", "integrations:jelly_video", "jelly";
    JellyConferencing, "jelly-conferencing", "integrations:jelly_conferencing", "jelly";
    Huddle, "huddle", "integrations:huddle01", "huddle01";
    FacetimeVideo, "facetime-video", "integrations:facetime_video", "facetime";
    ElementCallVideo, "element-call-video", "integrations:element-call_video", "element-call";
    EightxeightVideo, "eightxeight-video", "integrations:eightxeight_video", "eightxeight";
    DiscordVideo, "discord-video", "integrations:discord_video", "discord";
    DemodeskVideo, "demodesk-video", "integrations:demodesk_video", "demodesk";
    CampfireVideo, "campfire-video", "integrations:campfire_video", "campfire";
}

impl Integration {
    /// The app with this name in the contract.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|app| app.name() == name)
    }

    /// The app's name as people read it.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Office365Video => "Microsoft Teams".to_owned(),
            Self::CalVideo => "Cal Video".to_owned(),
            Self::EightxeightVideo => "8x8".to_owned(),
            app => {
                let words = app.name().trim_end_matches("-video").split('-');
                words.map(capitalized).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// The app with this name in bookings, legacy shapes and storage.
    #[must_use]
    pub fn of_internal_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|app| app.internal_name() == name)
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ET-21, ET-23
    #[test]
    fn every_location_survives_being_stored() {
        let mut all = vec![
            Location::Address { address: "1 Main St".to_owned(), is_public: true },
            Location::Link { link: "https://x.example".to_owned(), is_public: false },
            Location::Phone { phone: "+4930123456".to_owned(), is_public: true },
            Location::AttendeeAddress,
            Location::AttendeePhone,
            Location::AttendeeDefined,
            Location::OrganizersDefaultApp,
            Location::Unknown(json!({ "type": "something", "x": 1 })),
            Location::Unknown(json!("text")),
        ];
        assert_eq!(Integration::ALL.len(), 29);
        for integration in Integration::ALL.iter().copied() {
            assert_eq!(Integration::parse(integration.name()), Some(integration));
            let link = Some("https://meet.example".to_owned());
            all.push(Location::Integration { integration, link, credential_id: Some(7) });
            all.push(Location::Integration { integration, link: None, credential_id: None });
        }
        for location in all {
            let stored = Value::from(location.clone());
            assert_eq!(Location::from(stored.clone()), location, "{stored}");
        }
        // What the default event types of managed users have stored.
        let video = Location::from(json!({ "type": "integrations:daily" }));
        assert_eq!(video.internal_name(), "integrations:daily");
        assert!(matches!(
            video,
            Location::Integration { integration: Integration::CalVideo, link: None, .. }
        ));
    }

    /// ET-23, file 03 section 7.7
    #[test]
    fn some_apps_have_names_that_do_not_follow_the_rule() {
        for (integration, internal, label) in [
            (Integration::CalVideo, "integrations:daily", "Cal Video"),
            (Integration::GoogleMeet, "integrations:google:meet", "Google Meet"),
            (Integration::Zoom, "integrations:zoom", "Zoom"),
            (Integration::Office365Video, "integrations:office365_video", "Microsoft Teams"),
            (Integration::WherebyVideo, "integrations:whereby_video", "Whereby"),
            (Integration::Jitsi, "integrations:jitsi", "Jitsi"),
            (Integration::Tandem, "integrations:tandem", "Tandem"),
            (Integration::Huddle, "integrations:huddle01", "Huddle"),
            (Integration::SiriusVideo, "integrations:sirius_video_video", "Sirius"),
            (Integration::ElementCallVideo, "integrations:element-call_video", "Element Call"),
            (Integration::JellyVideo, "integrations:jelly_video", "Jelly"),
            (
                Integration::JellyConferencing,
                "integrations:jelly_conferencing",
                "Jelly Conferencing",
            ),
        ] {
            assert_eq!(integration.internal_name(), internal);
            assert_eq!(Integration::of_internal_name(internal), Some(integration));
            assert_eq!(integration.label(), label);
        }
    }
}
