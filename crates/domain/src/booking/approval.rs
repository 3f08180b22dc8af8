//! Whether the organizer has to agree first (section 7.11).

use jiff::Timestamp;

use super::Status;
use crate::event_type::{ConfirmationPolicy, NoticeUnit};

/// Whether a booking with this start waits for its organizer, if it is made now
/// (R7.41). One that the organizer moves does not (R7.42): that is asked before.
///
/// The time until the start counts in whole units: 2 hours and 59 minutes are not more
/// than 2 hours.
#[must_use]
pub fn is_needed(policy: Option<&ConfirmationPolicy>, start: Timestamp, now: Timestamp) -> bool {
    let Some(policy) = policy else { return false };
    let Some(threshold) = policy.threshold else { return true };
    let seconds = start.duration_since(now).as_secs();
    let whole = match threshold.unit {
        NoticeUnit::Minutes => seconds / 60,
        NoticeUnit::Hours => seconds / 3600,
    };
    whole <= i64::from(threshold.count)
}

/// What a new booking is (R7.43).
#[must_use]
pub const fn first_status(needs_approval: bool) -> Status {
    if needs_approval { Status::Pending } else { Status::Accepted }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;
    use crate::event_type::NoticeThreshold;

    fn policy(threshold: Option<(NoticeUnit, i32)>) -> ConfirmationPolicy {
        ConfirmationPolicy {
            threshold: threshold.map(|(unit, count)| NoticeThreshold { unit, count }),
            blocks_unconfirmed: false,
        }
    }

    /// R7.41, R7.43, ET-35, BK-176
    #[test]
    fn approval_is_needed_when_the_event_type_says_so_and_the_notice_is_short() {
        let now: Timestamp = "2026-05-04T10:00:00Z".parse().unwrap();
        let start = |minutes: i64| now + minutes.minutes();
        assert!(!is_needed(None, start(1), now));
        assert!(is_needed(Some(&policy(None)), start(1_000_000), now));
        let hours = policy(Some((NoticeUnit::Hours, 2)));
        let minutes = policy(Some((NoticeUnit::Minutes, 30)));
        for (policy, start, expected) in [
            (&hours, start(179), true),
            (&hours, start(180), false),
            (&minutes, start(30), true),
            (&minutes, start(31), false),
            (&minutes, start(31) - 1.milliseconds(), true),
            (&minutes, start(-1), true),
            (&hours, Timestamp::MAX, false),
            (&hours, Timestamp::MIN, true),
        ] {
            assert_eq!(is_needed(Some(policy), start, now), expected, "{policy:?} {start}");
        }
        assert_eq!(first_status(true), Status::Pending);
        assert_eq!(first_status(false), Status::Accepted);
    }
}
