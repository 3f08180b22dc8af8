use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Where the current instant comes from. Nothing else in slotd reads a clock.
///
/// Instants have whole microseconds, as the database stores them.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock, shifted by a fixed duration (zero in production).
    Running(SignedDuration),
    /// Stands still until it is moved; microseconds since 1970-01-01T00:00:00Z.
    Standing(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::Running(SignedDuration::ZERO)
    }

    /// A clock that runs and shows `instant` now.
    #[must_use]
    pub fn starting_at(instant: Timestamp) -> Self {
        Self::Running(machine().duration_until(instant))
    }

    /// A clock that stands at `instant`, for tests.
    #[must_use]
    pub fn standing_at(instant: Timestamp) -> Self {
        Self::Standing(Arc::new(AtomicI64::new(instant.as_microsecond())))
    }

    /// Moves a standing clock forward; a running one goes by itself.
    pub fn advance(&self, by: SignedDuration) {
        if let Self::Standing(at) = self {
            let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
            at.fetch_add(micros, Ordering::Relaxed);
        }
    }

    /// The current instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = match self {
            Self::Running(shift) => machine().saturating_add(*shift).unwrap_or(Timestamp::MAX),
            Self::Standing(at) => {
                Timestamp::from_microsecond(at.load(Ordering::Relaxed)).unwrap_or(Timestamp::MAX)
            }
        };
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn machine() -> Timestamp {
    Timestamp::now()
}
