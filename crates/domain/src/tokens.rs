//! How long managed users' tokens live (TK-3).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Unit};

/// How long an expired access token is still known as expired (TK-6).
pub const EXPIRED_IS_KNOWN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// An access token expires 60 minutes from now, cut down to the whole minute.
///
/// ```
/// # use jiff::Timestamp;
/// let now: Timestamp = "2026-03-02T09:15:04.12Z".parse().unwrap();
/// let expiry = slotd_domain::tokens::access_token_expiry(now);
/// assert_eq!(expiry, "2026-03-02T10:15:00Z".parse().unwrap());
/// ```
#[must_use]
pub fn access_token_expiry(now: Timestamp) -> Timestamp {
    let minutes = now.as_second().div_euclid(60) + 60;
    Timestamp::from_second(minutes * 60).unwrap_or(Timestamp::MAX)
}

/// A refresh token expires a year from now, cut down to the start of that day in UTC.
///
/// ```
/// # use jiff::Timestamp;
/// let now: Timestamp = "2026-03-02T09:15:04.12Z".parse().unwrap();
/// let expiry = slotd_domain::tokens::refresh_token_expiry(now);
/// assert_eq!(expiry, "2027-03-02T00:00:00Z".parse().unwrap());
/// ```
#[must_use]
pub fn refresh_token_expiry(now: Timestamp) -> Timestamp {
    now.to_zoned(TimeZone::UTC)
        .checked_add(1.year())
        .and_then(|day| {
            day.round(jiff::ZonedRound::new().smallest(Unit::Day).mode(jiff::RoundMode::Trunc))
        })
        .map_or(Timestamp::MAX, |day| day.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// TK-3
    #[test]
    fn access_tokens_live_for_59_to_60_minutes() {
        assert_eq!(access_token_expiry(at("2026-03-02T09:15:00Z")), at("2026-03-02T10:15:00Z"));
        assert_eq!(
            access_token_expiry(at("2026-03-02T09:15:59.999999Z")),
            at("2026-03-02T10:15:00Z")
        );
    }

    /// TK-3
    #[test]
    fn refresh_tokens_live_for_a_year_to_the_start_of_the_day() {
        assert_eq!(refresh_token_expiry(at("2026-03-02T23:59:59Z")), at("2027-03-02T00:00:00Z"));
        assert_eq!(refresh_token_expiry(at("2028-02-29T12:00:00Z")), at("2029-02-28T00:00:00Z"));
    }
}
