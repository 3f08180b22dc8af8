//! E-mail addresses of users.

use crate::OAuthClientId;

/// Longest address that is accepted, in characters: the limit of RFC 5321 for a path.
pub const MAX_LENGTH: usize = 254;

/// Whether `text` has the form of an address (MU-4): characters other than white
/// space and `@`, one `@`, the same again with a dot inside.
///
/// Length is checked apart ([`MAX_LENGTH`]).
///
/// ```
/// assert!(slotd_domain::email::is_address("alice@example.com"));
/// assert!(!slotd_domain::email::is_address("a@localhost"));
/// ```
#[must_use]
pub fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let clean =
        |part: &str| !part.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@');
    // A dot with at least one character on either side.
    let dotted = domain.char_indices().any(|(at, c)| c == '.' && at > 0 && at + 1 < domain.len());
    !local.is_empty() && clean(local) && clean(domain) && dotted
}

/// The address as it is stored for a managed user: `+<client id>` stands before
/// the `@` (MU-3). An address that has it already stays as it is.
#[must_use]
pub fn with_client_suffix(address: &str, client: &OAuthClientId) -> String {
    if address.contains(&format!("+{client}@")) {
        return address.to_owned();
    }
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{local}+{client}@{domain}"),
        None => format!("{address}+{client}"),
    }
}

/// The client whose managed user an address can belong to: what stands between the
/// last `+` and the `@` has the form of a client id (TY-2), in any letter case.
#[must_use]
pub fn client_of(address: &str) -> Option<OAuthClientId> {
    let (local, _) = address.rsplit_once('@')?;
    let (_, id) = local.rsplit_once('+')?;
    let is_id = id.len() == OAuthClientId::LENGTH && id.bytes().all(|b| b.is_ascii_alphanumeric());
    is_id.then(|| OAuthClientId::new(id.to_ascii_lowercase()))
}

/// What two addresses of one person have in common: the text in lower case (QI-19).
#[must_use]
pub fn comparison_key(address: &str) -> String {
    address.to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn client() -> OAuthClientId {
        OAuthClientId::new("cm8k2x0a10001qwer5tyui9op")
    }

    /// MU-3
    #[test]
    fn the_client_id_is_inserted_before_the_at_sign_once() {
        for (given, stored) in [
            ("alice@example.com", "alice+cm8k2x0a10001qwer5tyui9op@example.com"),
            ("Bob.Smith@Example.co.uk", "Bob.Smith+cm8k2x0a10001qwer5tyui9op@Example.co.uk"),
            ("zoë+test@example.com", "zoë+test+cm8k2x0a10001qwer5tyui9op@example.com"),
        ] {
            assert_eq!(with_client_suffix(given, &client()), stored);
            assert_eq!(with_client_suffix(stored, &client()), stored);
        }
    }

    #[test]
    fn the_client_of_an_address_is_found_in_any_letter_case() {
        for address in ["a+cm8k2x0a10001qwer5tyui9op@x.io", "a+b+CM8K2X0A10001QWER5TYUI9OP@x.io"] {
            assert_eq!(client_of(address), Some(client()), "{address}");
        }
        for address in [
            "a@x.io",
            "a+b@x.io",
            "cm8k2x0a10001qwer5tyui9op@x.io",
            "a+cm8k2x0a10001qwer5tyui9o-@x.io",
        ] {
            assert_eq!(client_of(address), None, "{address}");
        }
    }

    /// MU-4
    #[test]
    fn an_address_has_one_at_sign_and_a_dot_inside_its_domain() {
        for good in [
            "a@b.c",
            "alice@example.com",
            "zoë+test@example.com",
            "o'neil@mail.example.org",
            "a@b..c",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "@",
            "a",
            "a@",
            "@b.c",
            "a@localhost",
            "a@.c",
            "a@c.",
            "a@b@c.d",
            "a b@c.d",
            "a@b .c",
            "a\u{0}@b.c",
            "a@b.c\n",
            "a\u{a0}b@c.d",
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
    }

    /// QI-19
    #[test]
    fn letter_case_does_not_make_another_person() {
        assert_eq!(comparison_key("Bob@Example.COM"), comparison_key("bob@example.com"));
        assert_eq!(comparison_key("ZOË@x.io"), "zoë@x.io");
    }

    proptest! {
        /// MU-3, MU-4
        #[test]
        fn a_suffixed_address_is_an_address_and_stays_as_it_is(address in "[^@\\s\\p{C}]{1,20}@[a-z]{1,10}\\.[a-z]{2,5}") {
            prop_assert!(is_address(&address));
            let once = with_client_suffix(&address, &client());
            prop_assert!(is_address(&once));
            prop_assert_eq!(with_client_suffix(&once, &client()), once);
        }
    }
}
