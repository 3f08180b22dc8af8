//! Why a user is out of office.

/// The reason of an out-of-office entry (section 16 of the availability rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names are the contract's and say it")]
pub enum Reason {
    #[default]
    Unspecified,
    Vacation,
    Travel,
    Sick,
    PublicHoliday,
}

impl Reason {
    /// All reasons, in the contract's order.
    pub const ALL: [Self; 5] =
        [Self::Unspecified, Self::Vacation, Self::Travel, Self::Sick, Self::PublicHoliday];

    /// The contract's name, under which it is stored as well.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Vacation => "vacation",
            Self::Travel => "travel",
            Self::Sick => "sick",
            Self::PublicHoliday => "public_holiday",
        }
    }

    /// What booking pages show for a day with it.
    #[must_use]
    pub const fn emoji(self) -> &'static str {
        match self {
            Self::Unspecified => "🕒",
            Self::Vacation => "🏖️",
            Self::Travel => "✈️",
            Self::Sick => "🤒",
            Self::PublicHoliday => "📆",
        }
    }

    /// The reason with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}
