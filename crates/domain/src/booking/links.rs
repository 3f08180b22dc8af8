//! Links that put a booking into a calendar (section 19).

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::calendar_entry::CalendarEntry;

/// What has to be escaped in a parameter: all but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A link that puts a booking into a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarLink {
    /// The calendar's name.
    pub label: &'static str,
    /// The calendar's id in the contract.
    pub id: &'static str,
    /// The link.
    pub link: String,
}

/// The links of a booking, in the contract's order.
#[must_use]
pub fn all(entry: &CalendarEntry<'_>) -> [CalendarLink; 4] {
    let microsoft = |host| microsoft(host, entry);
    let ics = format!("data:text/calendar,{}", escaped(&entry.to_ics()));
    [
        ("Google Calendar", "googleCalendar", google(entry)),
        ("Microsoft Office", "microsoftOffice", microsoft("outlook.office.com")),
        ("Microsoft Outlook", "microsoftOutlook", microsoft("outlook.live.com")),
        ("ICS", "ics", ics),
    ]
    .map(|(label, id, link)| CalendarLink { label, id, link })
}

fn google(entry: &CalendarEntry<'_>) -> String {
    let compact = |instant: Timestamp| instant.strftime("%Y%m%dT%H%M%SZ");
    let mut link = format!(
        "https://calendar.google.com/calendar/r/eventedit?dates={}/{}&text={}&details={}",
        compact(entry.start),
        compact(entry.end),
        escaped(entry.title),
        escaped(entry.description),
    );
    if let Some(location) = entry.location {
        link.push_str("&location=");
        link.push_str(&escaped(location));
    }
    if let Some(series) = &entry.series {
        link.push_str("&recur=");
        link.push_str(&escaped(&format!("RRULE:{}", series.rule())));
    }
    link
}

fn microsoft(host: &str, entry: &CalendarEntry<'_>) -> String {
    let instant = |instant: Timestamp| escaped(&instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let mut link = format!(
        "https://{host}/calendar/0/deeplink/compose?body={}&enddt={}&path=%2Fcalendar%2Faction%2Fcompose&rru=addevent&startdt={}&subject={}",
        escaped(entry.description),
        instant(entry.end),
        instant(entry.start),
        escaped(entry.title),
    );
    if let Some(location) = entry.location {
        link.push_str("&location=");
        link.push_str(&escaped(location));
    }
    link
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::super::calendar_entry::tests::entry;
    use super::super::calendar_entry::{Method, Series};
    use super::*;
    use crate::event_type::{Frequency, Recurrence};

    /// Section 19, BK-189
    #[test]
    fn a_booking_can_be_put_into_four_calendars() {
        let entry = CalendarEntry { method: Method::Publish, ..entry() };
        let [google, office, outlook, ics] = all(&entry);
        assert_eq!((google.label, google.id), ("Google Calendar", "googleCalendar"));
        assert_eq!(
            google.link,
            "https://calendar.google.com/calendar/r/eventedit?dates=20261022T130000Z/20261022T133000Z&text=Talk%2C%20with%20%F0%9F%98%80%3B%20more&details=Line%201%0D%0ALine%202&location=https%3A%2F%2Fmeet.example%2F%3Fa%3D1%26b%3D2"
        );
        assert_eq!((office.label, office.id), ("Microsoft Office", "microsoftOffice"));
        let parameters = "/calendar/0/deeplink/compose?body=Line%201%0D%0ALine%202&enddt=2026-10-22T13%3A30%3A00Z&path=%2Fcalendar%2Faction%2Fcompose&rru=addevent&startdt=2026-10-22T13%3A00%3A00Z&subject=Talk%2C%20with%20%F0%9F%98%80%3B%20more&location=https%3A%2F%2Fmeet.example%2F%3Fa%3D1%26b%3D2";
        assert_eq!(office.link, format!("https://outlook.office.com{parameters}"));
        assert_eq!((outlook.label, outlook.id), ("Microsoft Outlook", "microsoftOutlook"));
        assert_eq!(outlook.link, format!("https://outlook.live.com{parameters}"));
        assert_eq!((ics.label, ics.id), ("ICS", "ics"));
        let file = ics.link.strip_prefix("data:text/calendar,").unwrap();
        let file = percent_encoding::percent_decode_str(file).decode_utf8().unwrap();
        assert_eq!(file, entry.to_ics());
    }

    /// Section 19
    #[test]
    fn only_what_there_is_gets_into_a_link() {
        let recurrence = Recurrence { interval: 1, occurrences: 3, frequency: Frequency::Weekly };
        let series = Some(Series { recurrence: &recurrence, count: 3, zone: &TimeZone::UTC });
        let entry = CalendarEntry { location: None, description: "", series, ..entry() };
        let [google, office, ..] = all(&entry);
        assert!(
            google
                .link
                .ends_with("&details=&recur=RRULE%3AFREQ%3DWEEKLY%3BINTERVAL%3D1%3BCOUNT%3D3"),
            "{}",
            google.link
        );
        assert!(!office.link.contains("location"));
        for link in all(&entry) {
            assert!(url::Url::parse(&link.link).is_ok(), "{}", link.link);
        }
    }
}
