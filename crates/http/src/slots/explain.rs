//! Why a day has the slots it has: what support people ask most. Whose booking or event is
//! in the way, and what it is, is never told.

use slotd_contract::slots::{Explained, ExplainedHost, RemovedTime, TimeOfDay};
use slotd_domain::Scope;
use slotd_slots::{Availability, HostReport, Interval, Reason, Removed};
use slotd_store::Conn;

use super::Booker;
use super::gather::Gathered;
use crate::access::{Principal, check_scopes};
use crate::event_types::may_see;
use crate::{ApiError, messages};

/// Only whoever may see the event types of every host may know why they are not free.
pub(super) async fn check_caller(
    conn: &Conn,
    principal: Option<Principal>,
    gathered: &Gathered,
) -> Result<(), ApiError> {
    let principal =
        principal.ok_or_else(|| ApiError::unauthorized(messages::NO_EXPLANATION_FOR_NOBODY))?;
    check_scopes(&[Scope::EVENT_TYPE_READ], &principal)?;
    for host in &gathered.hosts {
        if !may_see(conn, &principal, &host.user).await? {
            return Err(ApiError::forbidden(messages::NO_EXPLANATION_FOR_OTHERS));
        }
    }
    Ok(())
}

pub(super) fn shown(
    availability: &Availability<'_>,
    gathered: &Gathered,
    booker: &Booker,
) -> Vec<Explained> {
    let moment = |at| booker.moment_of(at);
    let removed = |removed: &Removed| RemovedTime {
        rule: rule(removed.reason),
        start: moment(removed.time.start()),
        end: moment(removed.time.end()),
    };
    let working =
        |time: &Interval| TimeOfDay { start: moment(time.start()), end: moment(time.end()) };
    let host = |(report, host): (&HostReport, &super::gather::GatheredHost)| ExplainedHost {
        user_id: host.user.id.0,
        working: report.working.iter().map(working).collect(),
        removed: report.removed.iter().map(removed).collect(),
    };
    let reports = availability.explain();
    let day = |report: &slotd_slots::DayReport| Explained {
        date: report.date.to_string(),
        slots: report.slots,
        hosts: report.hosts.iter().zip(&gathered.hosts).map(host).collect(),
        refused: report.refused.iter().map(removed).collect(),
    };
    reports.iter().map(day).collect()
}

/// The name of a rule in answers.
pub(crate) fn rule(reason: Reason) -> &'static str {
    match reason {
        Reason::WorkingHours => "workingHours",
        Reason::Override => "override",
        Reason::OutOfOffice => "outOfOffice",
        Reason::Booking => "booking",
        Reason::Buffer => "buffer",
        Reason::Calendar => "calendar",
        Reason::CountLimit => "countLimit",
        Reason::DurationLimit => "durationLimit",
        Reason::Notice => "notice",
        Reason::Window => "bookingWindow",
        Reason::Hold => "hold",
        Reason::SharedTime => "sharedTime",
        Reason::NotFirst => "notFirst",
        Reason::SeatsFull => "seatsFull",
        Reason::Past => "past",
    }
}
