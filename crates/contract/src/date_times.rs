//! Dates and date-times in bodies.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;

/// The calendar and clock of UTC at an ISO date-time, which is UTC where it has no
/// offset. Unlike an instant it reaches to the last day of the year 9999.
pub(crate) fn utc(text: &str) -> Option<DateTime> {
    // Four digits of the year and no name of a zone: the library knows more spellings.
    let is_plain = text.bytes().take(4).all(|byte| byte.is_ascii_digit()) && !text.contains('[');
    let pieces = Pieces::parse(text).ok().filter(|_| is_plain)?;
    let local = pieces.date().to_datetime(pieces.time()?);
    let offset = pieces.to_numeric_offset().map_or(0, Offset::seconds);
    local.checked_sub(SignedDuration::from_secs(offset.into())).ok()
}

/// The date at the start of a date or date-time, of which only the first ten
/// characters count.
pub(crate) fn date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

/// The date of a UTC date-time, `YYYY-MM-DDThh:mm:ssZ` or with milliseconds, which is
/// the only form taken.
pub(crate) fn date_of_utc(text: &str) -> Option<Date> {
    let clock = text.strip_suffix('Z')?;
    let (seconds, milliseconds) = clock.split_at_checked(19)?;
    let digits = milliseconds.strip_prefix('.');
    let is_whole = digits
        .is_some_and(|digits| digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()));
    let date_time: DateTime = seconds.parse().ok()?;
    // The library knows more spellings, and the 60th second.
    let is_plain = date_time.strftime("%Y-%m-%dT%H:%M:%S").to_string() == seconds;
    (is_plain && (is_whole || milliseconds.is_empty())).then(|| date_time.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OOF-1
    #[test]
    fn a_utc_date_time_has_one_form() {
        let read = |text: &str| date_of_utc(text).map(|date| date.to_string());
        for (text, date) in [
            ("2026-05-01T01:00:00Z", "2026-05-01"),
            ("2026-05-01T23:59:59.999Z", "2026-05-01"),
            ("2024-02-29T00:00:00.000Z", "2024-02-29"),
            ("0000-01-01T00:00:00Z", "0000-01-01"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31"),
        ] {
            assert_eq!(read(text).as_deref(), Some(date), "{text}");
        }
        for bad in [
            "",
            "Z",
            "2026-05-01",
            "2026-05-01Z",
            "2026-05-01T01:00:00",
            "2026-05-01T01:00Z",
            "2026-05-01T01:00:00z",
            "2026-05-01t01:00:00Z",
            "2026-05-01 01:00:00Z",
            "2026-05-01T01:00:00.Z",
            "2026-05-01T01:00:00.1Z",
            "2026-05-01T01:00:00.1234Z",
            "2026-05-01T01:00:00,123Z",
            "2026-05-01T01:00:00.12aZ",
            "2026-05-01T01:00:00+00:00",
            "2026-05-01T01:00:00+00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-05-01T24:00:00Z",
            "2026-05-01T23:59:60Z",
            "10000-01-01T00:00:00Z",
            "+002026-05-01T01:00:00Z",
            "-000001-05-01T01:00:00Z",
            "20260501T010000Z",
            "2026-05-0é01:00:00Z",
            "２０２６-05-01T01:00:00Z",
            "tomorrow",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
