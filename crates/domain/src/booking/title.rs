//! What a booking is called (R7.63).

use serde_json::{Map, Value};

use super::answers::{self, attendee_name, name_parts};
use crate::Locale;

/// What a title is made of.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// Title of the event type.
    pub event_type_title: &'a str,
    /// Custom name of the event type, with placeholders (ET-9).
    pub custom_name: Option<&'a str>,
    /// Name of the host, or of the team.
    pub host: &'a str,
    /// Language of the host.
    pub locale: Option<Locale>,
    /// What the place is called, see [`Place::label`](super::location::Place::label).
    pub place: &'a str,
    /// Length of the booking.
    pub length_minutes: i32,
    /// Stored answers of the booker.
    pub answers: &'a Map<String, Value>,
}

/// The title of a booking: the custom name with its placeholders filled in, or who
/// meets whom, in the host's language. An unknown placeholder becomes empty; a custom
/// name of which nothing is left counts as none.
#[must_use]
pub fn title(parts: &Parts<'_>) -> String {
    let custom = parts.custom_name.map(|name| filled(name, |name| value(parts, name)));
    if let Some(custom) = custom.filter(|custom| !custom.trim().is_empty()) {
        return custom;
    }
    filled(between(parts.locale.map_or("en", Locale::as_str)), |name| value(parts, name))
}

/// What stands for the placeholder with this name, without its braces.
fn value(parts: &Parts<'_>, name: &str) -> String {
    match name {
        "Event type title" => parts.event_type_title.to_owned(),
        "Organiser" | "HOST" => parts.host.to_owned(),
        "Organiser first name" => {
            parts.host.split_whitespace().next().unwrap_or_default().to_owned()
        }
        // A title is what the host's calendar shows: there, it is the attendee.
        "Scheduler" | "ATTENDEE" | "USER" | "HOST/ATTENDEE" => attendee_name(parts.answers),
        "Scheduler first name" => name_parts(parts.answers).0,
        "Scheduler last name" => name_parts(parts.answers).1,
        "Location" | "LOCATION" => parts.place.to_owned(),
        "Event duration" => format!("{} mins", parts.length_minutes),
        slug => parts.answers.get(slug).map(answers::text).unwrap_or_default(),
    }
}

/// The template with every `{…}` replaced, once: what is filled in is not searched.
fn filled(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((name, after)) = behind.split_once('}') else { break };
        text.push_str(before);
        text.push_str(&value(name));
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Who meets whom, in this language. Where the names would have to be inflected it says
/// so without a preposition.
fn between(locale: &str) -> &'static str {
    match locale {
        "ar" => "{Event type title} بين {HOST} و{ATTENDEE}",
        "az" => "{Event type title}: {HOST} və {ATTENDEE}",
        "bg" => "{Event type title} между {HOST} и {ATTENDEE}",
        "bn" => "{Event type title}: {HOST} এবং {ATTENDEE}",
        "ca" => "{Event type title} entre {HOST} i {ATTENDEE}",
        "cs" | "sk" | "lv" | "pl" | "hr" | "sr" | "fi" | "et" | "hu" | "eu" => {
            "{Event type title}: {HOST} – {ATTENDEE}"
        }
        "da" => "{Event type title} mellem {HOST} og {ATTENDEE}",
        "de" => "{Event type title} zwischen {HOST} und {ATTENDEE}",
        "el" => "{Event type title} μεταξύ {HOST} και {ATTENDEE}",
        "es" | "es-419" => "{Event type title} entre {HOST} y {ATTENDEE}",
        "fr" => "{Event type title} entre {HOST} et {ATTENDEE}",
        "he" | "iw" => "{Event type title} בין {HOST} לבין {ATTENDEE}",
        "id" => "{Event type title} antara {HOST} dan {ATTENDEE}",
        "it" => "{Event type title} tra {HOST} e {ATTENDEE}",
        "ja" => "{HOST}と{ATTENDEE}の{Event type title}",
        "km" => "{Event type title} រវាង {HOST} និង {ATTENDEE}",
        "ko" => "{HOST}님과 {ATTENDEE}님의 {Event type title}",
        "nl" => "{Event type title} tussen {HOST} en {ATTENDEE}",
        "no" => "{Event type title} mellom {HOST} og {ATTENDEE}",
        "pt" | "pt-BR" => "{Event type title} entre {HOST} e {ATTENDEE}",
        "ro" => "{Event type title} între {HOST} și {ATTENDEE}",
        "ru" => "{Event type title}: {HOST} и {ATTENDEE}",
        "sv" => "{Event type title} mellan {HOST} och {ATTENDEE}",
        "ta" => "{Event type title}: {HOST} மற்றும் {ATTENDEE}",
        "th" => "{Event type title} ระหว่าง {HOST} และ {ATTENDEE}",
        "tr" => "{HOST} ile {ATTENDEE} arasında {Event type title}",
        "uk" => "{Event type title}: {HOST} та {ATTENDEE}",
        "vi" => "{Event type title} giữa {HOST} và {ATTENDEE}",
        "zh-CN" => "{HOST} 与 {ATTENDEE} 的{Event type title}",
        "zh-TW" => "{HOST} 與 {ATTENDEE} 的{Event type title}",
        _ => "{Event type title} between {HOST} and {ATTENDEE}",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn named(custom_name: Option<&str>, locale: Option<&str>, answers: &Value) -> String {
        title(&Parts {
            event_type_title: "Erstgespräch",
            custom_name,
            host: "Nina Kraus",
            locale: locale.and_then(Locale::parse),
            place: "Cal Video",
            length_minutes: 30,
            answers: answers.as_object().unwrap(),
        })
    }

    /// R7.63
    #[test]
    fn a_title_says_who_meets_whom_in_the_hosts_language() {
        let answers = json!({ "name": "Omar Haddad" });
        let of = |locale| named(None, locale, &answers);
        assert_eq!(of(None), "Erstgespräch between Nina Kraus and Omar Haddad");
        assert_eq!(of(Some("de")), "Erstgespräch zwischen Nina Kraus und Omar Haddad");
        assert_eq!(of(Some("ja")), "Nina KrausとOmar HaddadのErstgespräch");
        let english = of(Some("en"));
        for locale in Locale::ALL {
            let title = of(Some(locale));
            assert_eq!(title == english, locale == "en", "{locale}: {title}");
            for part in ["Erstgespräch", "Nina Kraus", "Omar Haddad"] {
                assert!(title.contains(part), "{locale}: {title}");
            }
            assert!(!title.contains(['{', '}']), "{locale}: {title}");
        }
    }

    /// R7.63, ET-9
    #[test]
    fn a_custom_name_has_its_placeholders_filled_in() {
        let answers = json!({
            "name": { "firstName": "Omar", "lastName": "El Haddad" },
            "species": "dog",
            "weight": 4.0,
            "colours": ["red", 2, true],
            "evil": "{Organiser}",
        });
        for (custom, title) in [
            ("{Event type title} / {Organiser}", "Erstgespräch / Nina Kraus"),
            ("{Organiser first name} + {Scheduler}", "Nina + Omar El Haddad"),
            ("{Scheduler first name}|{Scheduler last name}", "Omar|El Haddad"),
            ("{Location}, {Event duration}", "Cal Video, 30 mins"),
            ("{LOCATION} {HOST} {USER}", "Cal Video Nina Kraus Omar El Haddad"),
            ("{ATTENDEE}, {HOST/ATTENDEE}", "Omar El Haddad, Omar El Haddad"),
            ("{species} {weight} {colours}", "dog 4 red, 2, true"),
            ("{evil}{nothing}!", "{Organiser}!"),
            ("a { b } {Organiser", "a  {Organiser"),
            ("{nothing} ", "Erstgespräch between Nina Kraus and Omar El Haddad"),
            ("", "Erstgespräch between Nina Kraus and Omar El Haddad"),
        ] {
            assert_eq!(named(Some(custom), None, &answers), title, "{custom}");
        }
    }

    proptest! {
        #[test]
        fn any_custom_name_can_be_filled_in(name in "([{}]|\\PC|Scheduler|Location){0,30}") {
            let _ = named(Some(&name), None, &json!({ "name": "Omar" }));
        }
    }
}
