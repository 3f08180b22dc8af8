//! The query and the body of version 2024-04-15, which the components send (file 02,
//! section 12).

use jiff::Timestamp;
use slotd_domain::TimeZoneName;

use super::MOST_USERNAMES;
use crate::fields::{self, FieldError, Fields, FromBody, too_many};
use crate::query::{Pairs, Values, names_list, without_nul};

/// The query of `GET /v2/slots/available`. Unknown parameters are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetAvailable {
    /// The first instant.
    pub start: Timestamp,
    /// The last instant; used as it is.
    pub end: Timestamp,
    /// The booker's zone; UTC when none.
    pub time_zone: Option<TimeZoneName>,
    /// Length of the slots in minutes.
    pub duration: Option<i32>,
    /// Slots are shown with their ends (SLOT-102).
    pub is_range: bool,
    /// A booking that does not block.
    pub reschedule: Option<String>,
    /// Of what.
    pub target: LegacyTarget,
}

/// What slots are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegacyTarget {
    /// An event type.
    EventType(i32),
    /// An event type of a user, or of several at once.
    Users {
        /// Their usernames, each once.
        usernames: Vec<String>,
        /// Slug of the event type.
        slug: Option<String>,
        /// Slug of their organization.
        organization: Option<String>,
    },
}

impl GetAvailable {
    /// Reads the query. Empty values count as absent, and an event type of 0 is that of a
    /// group.
    ///
    /// # Errors
    ///
    /// One entry for each value of the wrong form.
    pub fn read(pairs: &Pairs) -> Result<Self, Vec<FieldError>> {
        let mut values = Values::of(pairs);
        let mut usernames: Vec<String> = Vec::new();
        for (_, name) in pairs.iter().filter(|(key, _)| names_list(key, "usernameList")) {
            let name = without_nul(name.trim());
            if !name.is_empty() && !usernames.contains(&name) {
                usernames.push(name);
            }
            if usernames.len() > MOST_USERNAMES {
                values.refuse(
                    "usernameList",
                    "arrayMaxSize",
                    too_many("usernameList", MOST_USERNAMES),
                );
                break;
            }
        }
        let target = match values.number("eventTypeId", 0) {
            None | Some(0) => LegacyTarget::Users {
                usernames,
                slug: values.text("eventTypeSlug"),
                organization: values.text("orgSlug"),
            },
            Some(id) => LegacyTarget::EventType(id),
        };
        let query = Self {
            start: values.instant("startTime"),
            end: values.instant("endTime"),
            time_zone: values.time_zone("timeZone"),
            duration: values.number("duration", 1),
            is_range: values
                .choice("slotFormat", &[("range", true), ("time", true)])
                .unwrap_or(false),
            reschedule: values.text("rescheduleUid"),
            target,
        };
        values.finish(query)
    }
}

/// The body of `POST /v2/slots/reserve`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReserveSlot {
    /// What is to be booked.
    pub event_type_id: i32,
    /// When the slot starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Holds nothing (SLOT-114).
    pub is_dry_run: bool,
}

impl FromBody for ReserveSlot {
    const FIELDS: &'static [&'static str] =
        &["eventTypeId", "slotUtcStartDate", "slotUtcEndDate", "bookingUid", "_isDryRun"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let event_type_id = fields.required("eventTypeId", super::id);
        let start = fields.required("slotUtcStartDate", fields::instant);
        let end = fields.required("slotUtcEndDate", fields::instant);
        let _joined = fields.optional("bookingUid", fields::short_text);
        let is_dry_run = fields.optional("_isDryRun", fields::boolean).unwrap_or(false);
        Self { event_type_id, start, end, is_dry_run }
    }
}
