/// Whether a user reads times in 12 or 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum TimeFormat {
    Twelve,
    TwentyFour,
}

impl TimeFormat {
    /// 12 or 24.
    #[must_use]
    pub const fn hours(self) -> i32 {
        match self {
            Self::Twelve => 12,
            Self::TwentyFour => 24,
        }
    }

    /// The format of so many hours.
    #[must_use]
    pub const fn from_hours(hours: i64) -> Option<Self> {
        match hours {
            12 => Some(Self::Twelve),
            24 => Some(Self::TwentyFour),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MU-2
    #[test]
    fn only_12_and_24_are_time_formats() {
        assert_eq!(TimeFormat::from_hours(12).map(TimeFormat::hours), Some(12));
        assert_eq!(TimeFormat::from_hours(24).map(TimeFormat::hours), Some(24));
        assert_eq!(TimeFormat::from_hours(100), None);
    }
}
