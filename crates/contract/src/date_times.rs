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
