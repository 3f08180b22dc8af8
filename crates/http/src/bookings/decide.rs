//! Whether a time can be booked, and what is said when it cannot.
//!
//! The decision is the engine's, which also makes the list of slots: what is shown and
//! what can be booked never differ. It is made in the transaction that writes the booking,
//! with its hosts locked.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slotd_domain::event_type::{BookingWindow, Limits};
use slotd_slots::{Availability, Reason, Refusal, Slot};
use slotd_store::Conn;

use super::draft::after;
use crate::slots::explain::rule;
use crate::slots::gather::{Asked, Gathered, Subject, gather};
use crate::{ApiError, messages};

/// A time that is to be booked.
pub(super) struct Question<'q> {
    pub(super) now: Timestamp,
    pub(super) start: Timestamp,
    pub(super) length_minutes: i32,
    /// The booker's.
    pub(super) zone: &'q TimeZone,
    /// Uid of a booking whose time does not count: it is to be moved.
    pub(super) moved: Option<&'q str>,
    /// Which holds of others count.
    pub(super) holds: Holds<'q>,
    /// What of the event type's rules counts.
    pub(super) strictness: Strictness,
}

/// Which holds of others keep a booker out (7.9.3).
#[derive(Debug, Clone, Copy)]
pub(super) enum Holds<'q> {
    /// They keep nobody out.
    Ignored,
    /// All but the booker's own.
    Others(Option<&'q str>),
}

/// Which rules a booking has to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// All.
    Full,
    /// All but the window: later bookings of a series.
    LaterOfSeries,
    /// None but other bookings and events: its host confirms it (R13.5).
    OnlyBusy,
}

/// What was found out.
pub(super) struct Found {
    pub(super) gathered: Gathered,
    pub(super) verdict: Result<Slot, Refusal>,
    length_minutes: i32,
}

/// Reads what the decision needs, and decides; none when the event type is gone.
pub(super) async fn decide(
    conn: &Conn,
    subject: Subject,
    question: &Question<'_>,
) -> Result<Option<Found>, ApiError> {
    let Question { now, start, length_minutes, zone, moved, holds, strictness } = *question;
    let asked = Asked {
        now,
        start,
        end: after(start, length_minutes),
        zone,
        duration: Some(length_minutes),
        reschedule: moved,
        own_hold: match holds {
            Holds::Ignored => None,
            Holds::Others(own) => own,
        },
    };
    let Some(mut gathered) = gather(conn, subject, &asked).await? else { return Ok(None) };
    match strictness {
        Strictness::Full => {}
        Strictness::LaterOfSeries => gathered.rules.window = None,
        Strictness::OnlyBusy => {
            gathered.always_open();
            gathered.rules.window = None::<BookingWindow>;
            gathered.rules.notice = 0;
            gathered.rules.only_first = false;
            gathered.rules.count_limits = Limits::default();
            gathered.rules.duration_limits = Limits::default();
            gathered.rules.blocks_unconfirmed = false;
        }
    }
    let ask = |gathered: &Gathered| {
        gathered.ask(&asked, |request| Availability::of(request).verdict(start))
    };
    let mut verdict = ask(&gathered);
    // Holds that keep nobody out still decide what is shown: the first slot of a day, and the
    // days that a rolling window counts. What is shown beside them can be booked (SLOT-91),
    // and so can what would be without them.
    if matches!(holds, Holds::Ignored) && verdict.is_err() && !gathered.holds.is_empty() {
        gathered.holds.clear();
        verdict = ask(&gathered);
    }
    Ok(Some(Found { gathered, verdict, length_minutes }))
}

impl Found {
    /// The refusal as the current shape words it (5.2). Whose booking is in the way is told
    /// to whoever may see it only.
    pub(super) fn refused(
        &self,
        refusal: Refusal,
        question: &Question<'_>,
        may_see: bool,
        limits_status: LimitsStatus,
    ) -> ApiError {
        let (error, _) = self.worded(refusal, question, limits_status);
        error.because(self.reason(refusal, may_see))
    }

    /// The refusal as the legacy shape words it (R24.1).
    pub(super) fn refused_in_legacy(
        &self,
        refusal: Refusal,
        question: &Question<'_>,
        limits_status: LimitsStatus,
    ) -> ApiError {
        match self.worded(refusal, question, limits_status) {
            (error, Some(code)) => error.coded(code),
            (error, None) => error.bare().legacy(),
        }
    }

    /// The refusal with its text, and the code that the legacy shape has instead of it.
    fn worded(
        &self,
        refusal: Refusal,
        question: &Question<'_>,
        limits_status: LimitsStatus,
    ) -> (ApiError, Option<&'static str>) {
        match refusal.reason {
            Reason::Past => (ApiError::bad_request(messages::BOOKING_IN_THE_PAST), None),
            Reason::Notice | Reason::Window => {
                let error = ApiError::bad_request(messages::OUT_OF_BOUNDS);
                (error, Some(messages::LEGACY_OUT_OF_BOUNDS))
            }
            Reason::CountLimit => (limits_status.error(messages::BOOKING_LIMIT), None),
            Reason::DurationLimit => (limits_status.error(messages::DURATION_LIMIT), None),
            Reason::Hold => {
                let until = self.gathered.holds.iter().filter(|it| it.time == refusal.time);
                let until = until.map(|hold| hold.until).max().unwrap_or(question.now);
                let seconds = until.duration_since(question.now).as_secs().max(0);
                (ApiError::bad_request(messages::held_by_another(seconds)).bare(), None)
            }
            Reason::SeatsFull => {
                (ApiError::conflict(messages::NO_SEATS_LEFT), Some(messages::LEGACY_NO_SEATS_LEFT))
            }
            Reason::WorkingHours
            | Reason::Override
            | Reason::OutOfOffice
            | Reason::Booking
            | Reason::Buffer
            | Reason::Calendar
            | Reason::SharedTime
            | Reason::NotFirst => {
                let is_group = self.gathered.hosts.len() > 1;
                let code = if is_group {
                    messages::LEGACY_GROUP_NOT_AVAILABLE
                } else {
                    messages::LEGACY_NOT_AVAILABLE
                };
                (ApiError::bad_request(messages::NOT_AVAILABLE), Some(code))
            }
        }
    }

    /// What `details` say: the rule, and to whoever may know the time that is in the way.
    pub(super) fn reason(&self, refusal: Refusal, may_see: bool) -> Value {
        // Who manages one host of a group knows nothing of the others' time.
        let may_see = may_see && self.gathered.hosts.len() == 1;
        let mut reason = json!({ "reason": rule(refusal.reason) });
        if refusal.reason == Reason::DurationLimit {
            self.add_limit(&mut reason, refusal);
        }
        // Limits, windows and notice are the event type's, and nobody's secret.
        let is_public = matches!(
            refusal.reason,
            Reason::Notice | Reason::Window | Reason::CountLimit | Reason::DurationLimit
        );
        if is_public || may_see {
            let instant = |at: Timestamp| slotd_contract::timestamp(at);
            reason["window"] = json!({
                "start": instant(refusal.time.start()),
                "end": instant(refusal.time.end()),
            });
        }
        if may_see
            && let Some((host, place)) = refusal.host.zip(refusal.booking)
            && let Some(booking) = self.gathered.hosts.get(host).and_then(|it| it.booking(place))
        {
            reason["bookingId"] = json!(booking.0);
        }
        reason
    }

    /// Which limit it is, how much of it is used and how much was asked for (7.9 row 9).
    fn add_limit(&self, reason: &mut Value, refusal: Refusal) {
        let limits = self.gathered.rules.duration_limits;
        let period = refusal.time.end().duration_since(refusal.time.start());
        let (unit, limit) = if period <= SignedDuration::from_hours(26) {
            ("day", limits.day)
        } else if period <= SignedDuration::from_hours(24 * 8) {
            ("week", limits.week)
        } else if period <= SignedDuration::from_hours(24 * 32) {
            ("month", limits.month)
        } else {
            ("year", limits.year)
        };
        let (start, end) = (refusal.time.start(), refusal.time.end());
        let counted = self.gathered.counted.iter().map(|counted| counted.time);
        let counted = counted.filter(|time| start <= time.start() && time.start() < end);
        let minutes = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs() / 60;
        let existing: i64 = counted.map(|time| minutes(time.start(), time.end())).sum();
        reason["unit"] = json!(unit);
        reason["limitMinutes"] = json!(limit);
        reason["existingMinutes"] = json!(existing);
        reason["requestedMinutes"] = json!(self.length_minutes);
    }
}

/// The status that a reached limit has (R5.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LimitsStatus {
    /// 401, as the original answers.
    #[default]
    Unauthorized,
    /// 400, which is right.
    BadRequest,
}

impl LimitsStatus {
    fn error(self, message: &'static str) -> ApiError {
        match self {
            Self::Unauthorized => ApiError::unauthorized(message),
            Self::BadRequest => ApiError::bad_request(message),
        }
        .bare()
    }
}
