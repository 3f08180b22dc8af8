/// What an OAuth client may do (section 1.4 of the platform rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the contract's and say it")]
pub enum Permission {
    EventTypeRead,
    EventTypeWrite,
    BookingRead,
    BookingWrite,
    ScheduleRead,
    ScheduleWrite,
    AppsRead,
    AppsWrite,
    ProfileRead,
    ProfileWrite,
}

impl Permission {
    /// All ten, in the order of their bits.
    pub const ALL: [Self; 10] = [
        Self::EventTypeRead,
        Self::EventTypeWrite,
        Self::BookingRead,
        Self::BookingWrite,
        Self::ScheduleRead,
        Self::ScheduleWrite,
        Self::AppsRead,
        Self::AppsWrite,
        Self::ProfileRead,
        Self::ProfileWrite,
    ];

    /// The contract's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EventTypeRead => "EVENT_TYPE_READ",
            Self::EventTypeWrite => "EVENT_TYPE_WRITE",
            Self::BookingRead => "BOOKING_READ",
            Self::BookingWrite => "BOOKING_WRITE",
            Self::ScheduleRead => "SCHEDULE_READ",
            Self::ScheduleWrite => "SCHEDULE_WRITE",
            Self::AppsRead => "APPS_READ",
            Self::AppsWrite => "APPS_WRITE",
            Self::ProfileRead => "PROFILE_READ",
            Self::ProfileWrite => "PROFILE_WRITE",
        }
    }

    /// The value of the permission's bit: 1, 2, 4, … 512.
    #[must_use]
    pub const fn bit(self) -> i32 {
        1 << self as i32
    }

    /// The permission with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }
}

/// A set of permissions, as the bit mask that is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions(i32);

impl Permissions {
    /// No permission.
    pub const NONE: Self = Self(0);
    /// All ten permissions: 1023.
    pub const ALL: Self = Self::of(&Permission::ALL);

    /// The set of the given permissions.
    #[must_use]
    pub const fn of(permissions: &[Permission]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < permissions.len() {
            bits |= permissions[i].bit();
            i += 1;
        }
        Self(bits)
    }

    /// The set with these bits; bits without a meaning are dropped.
    #[must_use]
    pub const fn from_bits(bits: i32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// The bit mask.
    #[must_use]
    pub const fn bits(self) -> i32 {
        self.0
    }

    /// Whether every permission of `required` is in this set (PM-2, PM-3).
    #[must_use]
    pub const fn contains(self, required: Self) -> bool {
        self.0 & required.0 == required.0
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names in the contract's order (OC-6).
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        Permission::ALL
            .into_iter()
            .filter(|permission| self.0 & permission.bit() != 0)
            .map(Permission::name)
            .collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | permission.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OC-6
    #[test]
    fn a_set_is_stored_as_the_sum_of_its_bits_and_read_in_table_order() {
        let set = Permissions::of(&[Permission::ProfileWrite, Permission::BookingRead]);
        assert_eq!(set.bits(), 516);
        assert_eq!(set.names(), ["BOOKING_READ", "PROFILE_WRITE"]);
        assert_eq!(Permissions::ALL.bits(), 1023);
        assert_eq!(Permissions::ALL.names().len(), 10);
        assert_eq!(Permissions::from_bits(-1), Permissions::ALL);
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.name()), Some(permission));
        }
        assert_eq!(Permission::parse("*"), None);
    }

    /// PM-2, PM-3
    #[test]
    fn all_required_permissions_must_be_there() {
        let both = Permissions::of(&[Permission::ProfileRead, Permission::ProfileWrite]);
        let one = Permissions::of(&[Permission::ProfileRead]);
        assert!(both.contains(one));
        assert!(both.contains(both));
        assert!(!one.contains(both));
        assert!(Permissions::NONE.contains(Permissions::NONE));
        assert!(Permissions::NONE.is_empty());
    }
}
