//! A booking as an entry of a calendar (sections 19 and 23.4).

use icalendar::{Calendar, Component as _, Event, Property};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::recurrence;
use crate::event_type::Recurrence;

/// Most changes of the clocks that an entry describes; a series of 500 weeks sees 20.
const MOST_CHANGES: usize = 100;

/// A booking as an entry of a calendar. Addresses are those that are shown.
#[derive(Debug, Clone)]
pub struct CalendarEntry<'a> {
    /// What the entry is sent for.
    pub method: Method,
    /// The booking's `icsUid` (R3.4).
    pub uid: &'a str,
    /// Grows with every change (R3.4).
    pub sequence: i32,
    /// When the entry is written: now.
    pub written_at: Timestamp,
    /// Start.
    pub start: Timestamp,
    /// End.
    pub end: Timestamp,
    /// Title.
    pub title: &'a str,
    /// Description; may be empty.
    pub description: &'a str,
    /// Place or link, if there is one.
    pub location: Option<&'a str>,
    /// The organizer, unless hidden.
    pub organizer: Option<Person<'a>>,
    /// Whoever takes part.
    pub attendees: Vec<Person<'a>>,
    /// The series of which this is the first booking, if it is one.
    pub series: Option<Series<'a>>,
    /// Whether others may not see details.
    pub is_private: bool,
}

/// What an entry is sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// To be kept by whoever asks for it.
    Publish,
    /// To be put into the recipient's calendar.
    Request,
    /// To be taken out of the recipient's calendar.
    Cancel,
}

/// Somebody in an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person<'a> {
    /// Name; may be empty.
    pub name: &'a str,
    /// E-mail address.
    pub address: &'a str,
}

/// A series in an entry.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    /// How it repeats.
    pub recurrence: &'a Recurrence,
    /// How many bookings it has.
    pub count: usize,
    /// The zone whose wall clock it keeps. One without a name counts as UTC.
    pub zone: &'a TimeZone,
}

impl Series<'_> {
    /// The rule without its name: `FREQ=WEEKLY;INTERVAL=1;COUNT=3` (R7.51).
    #[must_use]
    pub fn rule(&self) -> String {
        recurrence::rule(self.recurrence, self.count)
    }
}

impl CalendarEntry<'_> {
    /// The entry as a file of type `text/calendar` (RFC 5545). Times are UTC, those of
    /// a series are in its zone, which is then described, so that it keeps its wall
    /// clock. Characters that no calendar knows are left out.
    #[must_use]
    pub fn to_ics(&self) -> String {
        let mut event = Event::new();
        let mut put = |name: &str, value: String| {
            event.add_property(name, value);
        };
        put("UID", clean(self.uid));
        put("DTSTAMP", utc(self.written_at));
        put("SEQUENCE", self.sequence.to_string());
        put("SUMMARY", clean(self.title));
        if !self.description.is_empty() {
            put("DESCRIPTION", clean(self.description));
        }
        if let Some(location) = self.location {
            put("LOCATION", clean(location));
        }
        let is_cancelled = self.method == Method::Cancel;
        put("STATUS", if is_cancelled { "CANCELLED" } else { "CONFIRMED" }.to_owned());
        if self.is_private {
            put("CLASS", "PRIVATE".to_owned());
        }
        if let Some(series) = &self.series {
            put("RRULE", series.rule());
        }
        for (name, instant) in [("DTSTART", self.start), ("DTEND", self.end)] {
            event.append_property(self.time(name, instant));
        }
        if let Some(organizer) = &self.organizer {
            event.append_property(person("ORGANIZER", organizer));
        }
        for attendee in &self.attendees {
            let mut property = person("ATTENDEE", attendee);
            property.add_parameter("PARTSTAT", "ACCEPTED");
            property.add_parameter("ROLE", "REQ-PARTICIPANT");
            property.add_parameter("RSVP", "TRUE");
            event.append_multi_property(property);
        }
        let mut calendar = Calendar::empty();
        calendar.append_property(("VERSION", "2.0"));
        calendar.append_property(("PRODID", "-//slotd//slotd//EN"));
        calendar.append_property(("METHOD", self.method.name()));
        let text = calendar.push(event).to_string();
        match self.zone() {
            // The library has no type for zones.
            Some((zone, name)) => {
                let event = "BEGIN:VEVENT\r\n";
                let zone = described(zone, name, self.start, self.last_end());
                text.replacen(event, &format!("{zone}{event}"), 1)
            }
            None => text,
        }
    }

    /// The zone of a series, if it has one, and its name.
    fn zone(&self) -> Option<(&TimeZone, &str)> {
        let zone = self.series.as_ref()?.zone;
        Some((zone, zone.iana_name()?))
    }

    fn time(&self, name: &str, instant: Timestamp) -> Property {
        match self.zone() {
            Some((zone, zone_name)) => Property::new(name, local(zone.to_datetime(instant)))
                .add_parameter("TZID", zone_name)
                .done(),
            None => Property::new(name, utc(instant)),
        }
    }

    /// Until when the zone has to be described.
    fn last_end(&self) -> Timestamp {
        let last = self.series.as_ref().and_then(|series| {
            let starts =
                recurrence::starts(self.start, series.zone, series.recurrence, series.count);
            starts.ok()?.last().copied()
        });
        self.end.max(last.unwrap_or(self.end))
    }
}

impl Method {
    /// The name in RFC 5546.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// The offsets of a zone that are in force between two instants: the one that begins it
/// and every change in between.
fn described(zone: &TimeZone, name: &str, from: Timestamp, until: Timestamp) -> String {
    let period = |onset: DateTime, before: Offset, offset: Offset, is_summer: bool| {
        let kind = if is_summer { "DAYLIGHT" } else { "STANDARD" };
        let [onset, before, offset] = [local(onset), hours(before), hours(offset)];
        format!(
            "BEGIN:{kind}\r\nDTSTART:{onset}\r\nTZOFFSETFROM:{before}\r\nTZOFFSETTO:{offset}\r\nEND:{kind}\r\n"
        )
    };
    let mut before = zone.to_offset(from);
    let is_summer = zone.to_offset_info(from).dst().is_dst();
    let onset = zone.preceding(from).next().map_or_else(
        || DateTime::constant(1970, 1, 1, 0, 0, 0, 0),
        |change| before.to_datetime(change.timestamp()),
    );
    let mut periods = period(onset, before, before, is_summer);
    let changes = zone.following(from).take_while(|change| change.timestamp() <= until);
    for change in changes.take(MOST_CHANGES) {
        let onset = before.to_datetime(change.timestamp());
        periods.push_str(&period(onset, before, change.offset(), change.dst().is_dst()));
        before = change.offset();
    }
    format!("BEGIN:VTIMEZONE\r\nTZID:{name}\r\n{periods}END:VTIMEZONE\r\n")
}

fn person(name: &str, person: &Person<'_>) -> Property {
    let mut property = Property::new(name, format!("mailto:{}", one_line(person.address)));
    let shown = one_line(person.name);
    if !shown.is_empty() {
        property.add_parameter("CN", &shown);
    }
    property
}

fn utc(instant: Timestamp) -> String {
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn local(time: DateTime) -> String {
    time.strftime("%Y%m%dT%H%M%S").to_string()
}

/// An offset as RFC 5545 writes it: `+0530`.
fn hours(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    format!("{sign}{:02}{:02}", seconds / 3600, seconds / 60 % 60)
}

/// A text whose lines end in one way and that has no other control characters: the
/// library lets carriage returns pass, which would begin a line of their own.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// A text for places where the library escapes nothing.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).map(|c| if c == '"' { '\'' } else { c }).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event_type::Frequency;

    pub(in crate::booking) fn entry<'a>() -> CalendarEntry<'a> {
        CalendarEntry {
            method: Method::Request,
            uid: "hK3vQ9rW1xUeT5bYz7NcAm@Cal.com",
            sequence: 1,
            written_at: "2026-05-04T10:11:12.345Z".parse().unwrap(),
            start: "2026-10-22T13:00:00Z".parse().unwrap(),
            end: "2026-10-22T13:30:00Z".parse().unwrap(),
            title: "Talk, with \u{1f600}; more",
            description: "Line 1\r\nLine 2",
            location: Some("https://meet.example/?a=1&b=2"),
            organizer: Some(Person { name: "Nina \"N\" Kraus", address: "nina@klinik.test" }),
            attendees: vec![
                Person { name: "Haddad, Omar", address: "omar@mail.test" },
                Person { name: "", address: "lea@mail.test" },
            ],
            series: None,
            is_private: false,
        }
    }

    /// The lines, unfolded.
    fn lines(entry: &CalendarEntry<'_>) -> Vec<String> {
        let text = entry.to_ics();
        assert!(text.ends_with("END:VCALENDAR\r\n"), "{text}");
        let text = text.replace("\r\n ", "");
        text.split_terminator("\r\n").map(str::to_owned).collect()
    }

    /// Section 19, 23.4, BK-201
    #[test]
    fn a_booking_is_an_entry_of_a_calendar() {
        assert_eq!(
            lines(&entry()),
            [
                "BEGIN:VCALENDAR",
                "VERSION:2.0",
                "PRODID:-//slotd//slotd//EN",
                "METHOD:REQUEST",
                "BEGIN:VEVENT",
                "DESCRIPTION:Line 1\\nLine 2",
                "DTEND:20261022T133000Z",
                "DTSTAMP:20260504T101112Z",
                "DTSTART:20261022T130000Z",
                "LOCATION:https://meet.example/?a=1&b=2",
                "ORGANIZER;CN=Nina 'N' Kraus:mailto:nina@klinik.test",
                "SEQUENCE:1",
                "STATUS:CONFIRMED",
                "SUMMARY:Talk\\, with \u{1f600}\\; more",
                "UID:hK3vQ9rW1xUeT5bYz7NcAm@Cal.com",
                "ATTENDEE;CN=\"Haddad, Omar\";PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:omar@mail.test",
                "ATTENDEE;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:lea@mail.test",
                "END:VEVENT",
                "END:VCALENDAR",
            ]
        );
        let cancelled = CalendarEntry { method: Method::Cancel, is_private: true, ..entry() };
        let lines = lines(&cancelled);
        for line in ["METHOD:CANCEL", "STATUS:CANCELLED", "CLASS:PRIVATE"] {
            assert!(lines.iter().any(|found| found == line), "{line}");
        }
    }

    /// R7.51, 23.4
    #[test]
    fn a_series_keeps_its_wall_clock_in_calendars() {
        let recurrence = Recurrence { interval: 1, occurrences: 3, frequency: Frequency::Weekly };
        let zone = TimeZone::get("America/New_York").unwrap();
        let series = Some(Series { recurrence: &recurrence, count: 3, zone: &zone });
        let of_zone = lines(&CalendarEntry { series, ..entry() });
        let zone_lines = [
            "BEGIN:VTIMEZONE",
            "TZID:America/New_York",
            "BEGIN:DAYLIGHT",
            "DTSTART:20260308T030000",
            "TZOFFSETFROM:-0400",
            "TZOFFSETTO:-0400",
            "END:DAYLIGHT",
            "BEGIN:STANDARD",
            "DTSTART:20261101T020000",
            "TZOFFSETFROM:-0400",
            "TZOFFSETTO:-0500",
            "END:STANDARD",
            "END:VTIMEZONE",
            "BEGIN:VEVENT",
        ];
        assert_eq!(of_zone[4..4 + zone_lines.len()], zone_lines);
        for line in [
            "DTSTART;TZID=America/New_York:20261022T090000",
            "DTEND;TZID=America/New_York:20261022T093000",
            "RRULE:FREQ=WEEKLY;INTERVAL=1;COUNT=3",
        ] {
            assert!(of_zone.iter().any(|found| found == line), "{line} {of_zone:#?}");
        }
        let nameless = TimeZone::fixed(Offset::constant(5));
        let series = Some(Series { recurrence: &recurrence, count: 3, zone: &nameless });
        let lines = lines(&CalendarEntry { series, ..entry() });
        assert!(lines.iter().any(|line| line == "DTSTART:20261022T130000Z"));
    }

    proptest! {
        /// A name or a title cannot bring lines of its own into the entry.
        #[test]
        fn any_texts_stay_within_their_lines(
            title in "(\r|\n|[^a]){0,50}",
            name in "(\r|[^a]|[\";:,]){0,50}",
            description in "(\\PC| ){0,200}",
        ) {
            let person = Person { name: &name, address: &title };
            let entry = CalendarEntry {
                title: &title,
                uid: &title,
                description: &description,
                location: Some(&title),
                organizer: Some(person),
                attendees: vec![person],
                ..entry()
            };
            let text = entry.to_ics();
            let text = text.strip_suffix("\r\n").unwrap();
            // 75 bytes; the library does not count the blank before the last part.
            prop_assert!(text.split("\r\n").all(|line| line.len() <= 76), "{}", text);
            prop_assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
            let found = lines(&entry).len();
            let expected = 18 - usize::from(description.is_empty());
            prop_assert_eq!(found, expected);
        }
    }
}
