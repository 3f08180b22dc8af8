/// A day of the week, by its English name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum WeekDay {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl WeekDay {
    /// The seven days, from Monday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The English name, capitalised (TY-6).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }

    /// The day's number: 0 is Sunday, 6 is Saturday.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Sunday => 0,
            Self::Monday => 1,
            Self::Tuesday => 2,
            Self::Wednesday => 3,
            Self::Thursday => 4,
            Self::Friday => 5,
            Self::Saturday => 6,
        }
    }

    /// The day with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.number() == number)
    }

    /// The day with exactly this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.as_str() == name)
    }

    /// The day with this name in any letter case (QI-11).
    #[must_use]
    pub fn parse_any_case(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.as_str().eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// QI-11, TY-6
    #[test]
    fn days_are_read_exactly_or_in_any_letter_case() {
        for day in WeekDay::ALL {
            assert_eq!(WeekDay::parse(day.as_str()), Some(day));
            assert_eq!(WeekDay::parse_any_case(&day.as_str().to_uppercase()), Some(day));
            assert_eq!(WeekDay::parse(&day.as_str().to_lowercase()), None);
        }
        assert_eq!(WeekDay::parse_any_case("Mon"), None);
    }

    #[test]
    fn days_are_numbered_from_sunday() {
        let days: Vec<_> = (0..=7).map(WeekDay::from_number).collect();
        assert_eq!((days[0], days[6]), (Some(WeekDay::Sunday), Some(WeekDay::Saturday)));
        assert_eq!(days[7], None);
    }
}
