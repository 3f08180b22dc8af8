//! Instants as slots print them (SLOT-14).

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Serialize, Serializer};

/// Whose clock an instant is printed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// UTC's: `2050-09-05T07:00:00.000Z`.
    Utc,
    /// One that is so many seconds ahead of UTC, also when that is none:
    /// `2050-09-05T09:00:00.000+02:00`.
    Ahead(i32),
}

/// An instant with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// By which clock.
    pub clock: Clock,
}

/// `YYYY-MM-DDThh:mm:ss.mmm+hh:mm`. An answer has hundreds of them, so the text is made
/// without a detour.
const LENGTH: usize = 29;

impl Moment {
    fn write<'b>(&self, buffer: &'b mut [u8; LENGTH]) -> &'b str {
        let seconds = match self.clock {
            Clock::Utc => 0,
            Clock::Ahead(seconds) => seconds,
        };
        let offset = Offset::from_seconds(seconds).unwrap_or(Offset::UTC);
        let wall = offset.to_datetime(self.at);
        let mut text = Text { buffer, length: 0 };
        text.digits(wall.year().unsigned_abs().into(), 4);
        for (mark, value) in [
            (b'-', wall.month()),
            (b'-', wall.day()),
            (b'T', wall.hour()),
            (b':', wall.minute()),
            (b':', wall.second()),
        ] {
            text.push(mark);
            text.digits(value.unsigned_abs().into(), 2);
        }
        text.push(b'.');
        text.digits(wall.millisecond().unsigned_abs().into(), 3);
        match self.clock {
            Clock::Utc => text.push(b'Z'),
            Clock::Ahead(_) => {
                let minutes = offset.seconds().unsigned_abs() / 60;
                text.push(if offset.is_negative() { b'-' } else { b'+' });
                text.digits(minutes / 60, 2);
                text.push(b':');
                text.digits(minutes % 60, 2);
            }
        }
        text.end()
    }
}

struct Text<'b> {
    buffer: &'b mut [u8; LENGTH],
    length: usize,
}

impl<'b> Text<'b> {
    fn push(&mut self, byte: u8) {
        self.buffer[self.length] = byte;
        self.length += 1;
    }

    fn digits(&mut self, mut value: u32, count: usize) {
        for place in (self.length..self.length + count).rev() {
            self.buffer[place] = b'0' + u8::try_from(value % 10).expect("a digit");
            value /= 10;
        }
        self.length += count;
    }

    fn end(self) -> &'b str {
        std::str::from_utf8(&self.buffer[..self.length]).expect("digits and marks")
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.write(&mut [0; LENGTH]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SLOT-14
    #[test]
    fn milliseconds_are_always_printed_and_only_utc_has_a_z() {
        let shown = |at: &str, clock| {
            serde_json::to_value(Moment { at: at.parse().unwrap(), clock })
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        let at = "2050-09-05T07:00:00Z";
        assert_eq!(shown(at, Clock::Utc), "2050-09-05T07:00:00.000Z");
        assert_eq!(shown(at, Clock::Ahead(7_200)), "2050-09-05T09:00:00.000+02:00");
        assert_eq!(shown(at, Clock::Ahead(0)), "2050-09-05T07:00:00.000+00:00");
        assert_eq!(shown(at, Clock::Ahead(-12_600)), "2050-09-05T03:30:00.000-03:30");
        assert_eq!(
            shown("2026-01-01T00:00:00.0079Z", Clock::Ahead(-3_600)),
            "2025-12-31T23:00:00.007-01:00"
        );
        assert_eq!(
            shown("9999-12-30T21:59:59Z", Clock::Ahead(50_400)),
            "9999-12-31T11:59:59.000+14:00"
        );
    }
}
