/// A member's role in an organization or team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the contract's and say it")]
pub enum Role {
    Owner,
    Admin,
    Member,
}

impl Role {
    /// The contract's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "OWNER",
            Self::Admin => "ADMIN",
            Self::Member => "MEMBER",
        }
    }

    /// Whether this role is enough where another one is required (ORG-14).
    #[must_use]
    pub const fn includes(self, required: Self) -> bool {
        match self {
            Self::Owner => true,
            Self::Admin => matches!(required, Self::Admin | Self::Member),
            Self::Member => matches!(required, Self::Member),
        }
    }

    /// The role with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Owner, Self::Admin, Self::Member].into_iter().find(|role| role.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TY-6
    #[test]
    fn roles_have_upper_case_names() {
        for (role, name) in
            [(Role::Owner, "OWNER"), (Role::Admin, "ADMIN"), (Role::Member, "MEMBER")]
        {
            assert_eq!(role.name(), name);
            assert_eq!(Role::parse(name), Some(role));
        }
        assert_eq!(Role::parse("owner"), None);
    }

    /// ORG-14
    #[test]
    fn a_role_includes_itself_and_those_below() {
        let ordered = [Role::Owner, Role::Admin, Role::Member];
        for (above, role) in ordered.into_iter().enumerate() {
            for (below, required) in ordered.into_iter().enumerate() {
                assert_eq!(role.includes(required), above <= below, "{role:?} for {required:?}");
            }
        }
    }
}
