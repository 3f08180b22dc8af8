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
}
