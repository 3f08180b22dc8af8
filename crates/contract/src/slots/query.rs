//! The query of `GET /v2/slots` (file 02, 11.1).

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use slotd_domain::TimeZoneName;

use super::MOST_USERNAMES;
use crate::date_times::{date, utc};
use crate::query::{Pairs, last, without_nul};

/// Which slots are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetSlots {
    /// The first instant (SLOT-6).
    pub start: Timestamp,
    /// The last instant (SLOT-7).
    pub end: Timestamp,
    /// The booker's zone; UTC when none.
    pub time_zone: Option<TimeZoneName>,
    /// Length of the slots in minutes; the event type's when none.
    pub duration: Option<i32>,
    /// Slots are shown with their ends.
    pub is_range: bool,
    /// A booking that does not block, because it is to be moved.
    pub reschedule: Option<String>,
    /// Whether to say what took time away.
    pub explain: bool,
    /// Of what.
    pub target: Target,
}

/// What slots are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An event type.
    EventType(i32),
    /// An event type of a user.
    User {
        /// Whose.
        username: String,
        /// Its slug.
        slug: String,
        /// Slug of the user's organization; outside of all when none.
        organization: Option<String>,
    },
    /// An event type of a team.
    Team {
        /// Slug of the team.
        team: String,
        /// Its slug.
        slug: String,
        /// Slug of the team's organization.
        organization: Option<String>,
    },
    /// Several users at once.
    Users {
        /// Their usernames, each once.
        usernames: Vec<String>,
        /// Slug of their organization; outside of all when none.
        organization: Option<String>,
    },
}

/// Parameters of every form. `explain` is ours.
const COMMON: [&str; 7] =
    ["start", "end", "timeZone", "duration", "format", "bookingUidToReschedule", "explain"];

/// Failures in the form of this operation: a text that names each property (SLOT-2).
struct Failures(Vec<String>);

impl Failures {
    fn add(&mut self, property: &str, texts: &[&str]) {
        self.0.push(format!("{property} property is wrong,{} ", texts.join(",")));
    }
}

impl GetSlots {
    /// Reads the query. Empty values count as absent.
    ///
    /// # Errors
    ///
    /// A text that names every wrong or unknown parameter (SLOT-2, SLOT-4).
    pub fn read(pairs: &Pairs) -> Result<Self, String> {
        let given = |name: &str| last(pairs, name).filter(|text| !text.is_empty());
        let text = |name: &str| given(name).map(without_nul);
        let mut failures = Failures(Vec::new());
        let [start, end] = ["start", "end"].map(|name| {
            let wall = given(name).and_then(wall_in_utc);
            if wall.is_none() {
                failures.add(name, &[&format!("{name} must be a valid ISO 8601 date string")]);
            }
            wall.unwrap_or_default()
        });
        let time_zone = given("timeZone").and_then(|name| {
            let zone = TimeZoneName::parse(name);
            if zone.is_none() {
                failures.add("timeZone", &["timeZone must be a valid IANA time-zone"]);
            }
            zone
        });
        let duration = given("duration").and_then(|text| {
            let minutes = text.trim().parse::<i32>().ok().filter(|minutes| *minutes >= 1);
            if minutes.is_none() {
                let text = "duration must be an integer number of minutes, at least 1";
                failures.add("duration", &[text]);
            }
            minutes
        });
        let format = given("format").map(str::to_ascii_lowercase);
        if !matches!(format.as_deref(), None | Some("range" | "time")) {
            failures.add("format", &["slotFormat must be either 'range' or 'time'"]);
        }
        let explain = given("explain").is_some_and(|text| {
            if !matches!(text, "true" | "false") {
                failures.add("explain", &["explain must be true or false"]);
            }
            text == "true"
        });

        let organization = || text("organizationSlug");
        let (target, own): (_, &[&str]) = if let Some(id) = given("eventTypeId") {
            let id = id.trim().parse().unwrap_or_else(|_| {
                let text = "eventTypeId must be a number conforming to the specified constraints";
                failures.add("eventTypeId", &[text]);
                0
            });
            (Target::EventType(id), &["eventTypeId", "username", "eventTypeSlug"])
        } else if let (Some(username), Some(slug)) = (text("username"), text("eventTypeSlug")) {
            let own = &["username", "eventTypeSlug", "organizationSlug"];
            (Target::User { username, slug, organization: organization() }, own)
        } else if let (Some(team), Some(slug)) = (text("teamSlug"), text("eventTypeSlug")) {
            let own = &["teamSlug", "eventTypeSlug", "organizationSlug"];
            (Target::Team { team, slug, organization: organization() }, own)
        } else {
            let usernames = usernames(given("usernames"), &mut failures);
            (
                Target::Users { usernames, organization: organization() },
                &["usernames", "organizationSlug"],
            )
        };
        let mut unknown: Vec<&str> = Vec::new();
        for (name, _) in pairs {
            let name = name.as_str();
            if !COMMON.contains(&name) && !own.contains(&name) && !unknown.contains(&name) {
                unknown.push(name);
            }
        }
        for name in unknown {
            let name: String = name.chars().take(100).collect();
            failures.add(&name, &[&format!("property {name} should not exist")]);
        }

        if !failures.0.is_empty() {
            return Err(failures.0.join(", "));
        }
        Ok(Self {
            start: timestamp(start),
            end: timestamp(whole_day(end)),
            time_zone,
            duration,
            is_range: format.as_deref() == Some("range"),
            reschedule: text("bookingUidToReschedule"),
            explain,
            target,
        })
    }
}

fn usernames(list: Option<&str>, failures: &mut Failures) -> Vec<String> {
    let Some(list) = list else {
        let texts = ["usernames must be a string of at least 2 usernames, separated by commas"];
        failures.add("usernames", &texts);
        return Vec::new();
    };
    let mut names: Vec<String> = Vec::new();
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let name = without_nul(name);
        if !names.contains(&name) {
            names.push(name);
        }
        if names.len() > MOST_USERNAMES {
            let text = format!("The array must contain at most {MOST_USERNAMES} elements.");
            failures.add("usernames", &[&text]);
            return Vec::new();
        }
    }
    if names.len() < 2 {
        failures.add("usernames", &["The array must contain at least 2 elements."]);
    }
    names
}

/// A date, which is its first instant, or a date-time.
fn wall_in_utc(text: &str) -> Option<DateTime> {
    if text.len() == 10 {
        date(text).map(|date| date.to_datetime(Time::midnight()))
    } else {
        utc(text)
    }
}

/// An end at midnight means the whole day (SLOT-7).
fn whole_day(end: DateTime) -> DateTime {
    let is_midnight = (end.hour(), end.minute(), end.second()) == (0, 0, 0);
    if is_midnight { end.date().at(23, 59, 59, 0) } else { end }
}

/// The last days of the year 9999 have no instant: the last one stands for them.
fn timestamp(wall: DateTime) -> Timestamp {
    let edge = if wall.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    wall.to_zoned(TimeZone::UTC).map_or(edge, |zoned| zoned.timestamp())
}
