//! What a third-party app may do for a user (O2-11 to O2-13).

use std::fmt;

/// Names, and what a person who is asked for consent reads.
const SCOPES: [(&str, &str); 35] = [
    ("EVENT_TYPE_READ", "see your event types"),
    ("EVENT_TYPE_WRITE", "create, change and delete your event types"),
    ("BOOKING_READ", "see your bookings"),
    ("BOOKING_WRITE", "make, change and cancel your bookings"),
    ("SCHEDULE_READ", "see your availability"),
    ("SCHEDULE_WRITE", "change your availability"),
    ("APPS_READ", "see which calendars and apps you connected"),
    ("APPS_WRITE", "connect and disconnect calendars and apps"),
    ("PROFILE_READ", "see your name, e-mail address and other personal information"),
    ("PROFILE_WRITE", "change your personal information"),
    ("WEBHOOK_READ", "see the webhooks of your event types, with their secrets"),
    ("WEBHOOK_WRITE", "send what happens to your event types elsewhere"),
    ("TEAM_EVENT_TYPE_READ", "see the event types of your teams"),
    ("TEAM_EVENT_TYPE_WRITE", "create, change and delete the event types of your teams"),
    ("TEAM_BOOKING_READ", "see the bookings of your teams"),
    ("TEAM_BOOKING_WRITE", "make, change and cancel the bookings of your teams"),
    ("TEAM_SCHEDULE_READ", "see the availability of your teams' members"),
    ("TEAM_SCHEDULE_WRITE", "change the availability of your teams' members"),
    ("TEAM_PROFILE_READ", "see your teams"),
    ("TEAM_PROFILE_WRITE", "create, change and delete your teams"),
    ("TEAM_MEMBERSHIP_READ", "see who belongs to your teams"),
    ("TEAM_MEMBERSHIP_WRITE", "change who belongs to your teams"),
    ("ORG_EVENT_TYPE_READ", "see the event types of your organization"),
    ("ORG_EVENT_TYPE_WRITE", "create, change and delete the event types of your organization"),
    ("ORG_BOOKING_READ", "see the bookings of your organization"),
    ("ORG_BOOKING_WRITE", "make, change and cancel the bookings of your organization"),
    ("ORG_SCHEDULE_READ", "see the availability of your organization's members"),
    ("ORG_SCHEDULE_WRITE", "change the availability of your organization's members"),
    ("ORG_PROFILE_READ", "see your organization and its teams"),
    ("ORG_PROFILE_WRITE", "change your organization and its teams"),
    ("ORG_MEMBERSHIP_READ", "see who belongs to your organization"),
    ("ORG_MEMBERSHIP_WRITE", "change who belongs to your organization"),
    ("ORG_ROUTING_FORM_READ", "see the routing forms of your organization"),
    ("ORG_ATTRIBUTES_READ", "see the attributes of your organization's members"),
    ("ORG_ATTRIBUTES_WRITE", "change the attributes of your organization's members"),
];

/// A scope of an OAuth2 access token (O2-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope(usize);

impl Scope {
    /// Reading event types and what belongs to them.
    pub const EVENT_TYPE_READ: Self = Self::named("EVENT_TYPE_READ");
    /// Changing event types and what belongs to them.
    pub const EVENT_TYPE_WRITE: Self = Self::named("EVENT_TYPE_WRITE");
    /// Reading bookings.
    pub const BOOKING_READ: Self = Self::named("BOOKING_READ");
    /// Making and changing bookings.
    pub const BOOKING_WRITE: Self = Self::named("BOOKING_WRITE");
    /// Reading the bookings of an organization.
    pub const ORG_BOOKING_READ: Self = Self::named("ORG_BOOKING_READ");
    /// Reading webhooks.
    pub const WEBHOOK_READ: Self = Self::named("WEBHOOK_READ");
    /// Changing webhooks.
    pub const WEBHOOK_WRITE: Self = Self::named("WEBHOOK_WRITE");
    /// `GET /v2/me`.
    pub const PROFILE_READ: Self = Self::named("PROFILE_READ");
    /// `PATCH /v2/me`.
    pub const PROFILE_WRITE: Self = Self::named("PROFILE_WRITE");

    /// Reads of `/v2/schedules`.
    pub const SCHEDULE_READ: Self = Self::named("SCHEDULE_READ");
    /// Writes of `/v2/schedules`.
    pub const SCHEDULE_WRITE: Self = Self::named("SCHEDULE_WRITE");

    /// The scope with this name; fails to compile when there is none.
    const fn named(name: &str) -> Self {
        let mut i = 0;
        while i < SCOPES.len() {
            if same(SCOPES[i].0.as_bytes(), name.as_bytes()) {
                return Self(i);
            }
            i += 1;
        }
        panic!("no scope has this name")
    }

    /// All scopes, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SCOPES.len()).map(Self)
    }

    /// The scope with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        SCOPES.iter().position(|(known, _)| *known == name).map(Self)
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        SCOPES[self.0].0
    }

    /// What an app with this scope can do, for the person who is asked:
    /// "see your bookings".
    #[must_use]
    pub fn meaning(self) -> &'static str {
        SCOPES[self.0].1
    }

    /// Whether one of the granted scopes is enough for this one. A scope of the
    /// organization includes that of its teams, not the reverse (O2-13).
    ///
    /// ```
    /// # use slotd_domain::Scope;
    /// let scope = |name| Scope::parse(name).unwrap();
    /// assert!(scope("TEAM_PROFILE_READ").is_granted_by(&[scope("ORG_PROFILE_READ")]));
    /// assert!(!scope("ORG_PROFILE_READ").is_granted_by(&[scope("TEAM_PROFILE_READ")]));
    /// assert!(!scope("TEAM_PROFILE_READ").is_granted_by(&[scope("PROFILE_READ")]));
    /// ```
    #[must_use]
    pub fn is_granted_by(self, granted: &[Self]) -> bool {
        granted.iter().any(|scope| {
            let of_team = self.name().strip_prefix("TEAM_");
            *scope == self || (of_team.is_some() && scope.name().strip_prefix("ORG_") == of_team)
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads scopes as a query writes them: separated by blanks or commas (O2-11).
///
/// # Errors
///
/// The first name that is no scope.
pub fn parse_scopes(text: &str) -> Result<Vec<Scope>, String> {
    let mut scopes = Vec::new();
    for name in text.split([' ', ',']).filter(|name| !name.is_empty()) {
        let scope = Scope::parse(name).ok_or_else(|| name.to_owned())?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    Ok(scopes)
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(scopes: &[Scope]) -> Vec<&str> {
        scopes.iter().map(|scope| scope.name()).collect()
    }

    /// O2-11
    #[test]
    fn scopes_are_separated_by_blanks_or_commas() {
        let scopes = parse_scopes("BOOKING_READ, PROFILE_READ BOOKING_READ,TEAM_MEMBERSHIP_WRITE");
        assert_eq!(
            names(&scopes.unwrap()),
            ["BOOKING_READ", "PROFILE_READ", "TEAM_MEMBERSHIP_WRITE"]
        );
        assert_eq!(parse_scopes("").unwrap(), []);
        assert_eq!(parse_scopes("PROFILE_READ profile_write").unwrap_err(), "profile_write");
    }

    /// O2-11: the ten permissions, and their families for teams and organizations.
    #[test]
    fn every_permission_is_a_scope() {
        for permission in crate::Permission::ALL {
            let scope = Scope::parse(permission.name()).unwrap();
            assert_eq!(Scope::parse(scope.name()), Some(scope));
            if !permission.name().starts_with("APPS") {
                assert!(Scope::parse(&format!("TEAM_{}", permission.name())).is_some());
                assert!(Scope::parse(&format!("ORG_{}", permission.name())).is_some());
            }
        }
        let all: Vec<_> = Scope::all().collect();
        assert_eq!(all.len(), SCOPES.len());
        assert!(all.iter().all(|scope| Scope::parse(scope.name()) == Some(*scope)));
    }

    /// O2-13
    #[test]
    fn an_organizations_scope_includes_its_teams_and_nothing_else_is_included() {
        let includes = |granted: &str, required: &str| {
            Scope::parse(required).unwrap().is_granted_by(&[Scope::parse(granted).unwrap()])
        };
        assert!(includes("ORG_MEMBERSHIP_READ", "TEAM_MEMBERSHIP_READ"));
        assert!(!includes("ORG_MEMBERSHIP_READ", "TEAM_MEMBERSHIP_WRITE"));
        assert!(!includes("ORG_PROFILE_READ", "PROFILE_READ"));
        assert!(!includes("PROFILE_READ", "ORG_PROFILE_READ"));
        assert!(includes("PROFILE_READ", "PROFILE_READ"));
        assert!(!Scope::PROFILE_READ.is_granted_by(&[]));
    }
}
