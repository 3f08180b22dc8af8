//! Usernames of managed users (MU-5).

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The username that follows from a stored address: its local part and the first
/// two labels of its domain, joined by `-`, as a slug.
///
/// ```
/// assert_eq!(slotd_domain::username::derive("Bob.Smith+c1@Example.co.uk"), "bob.smith-c1-example-co");
/// ```
#[must_use]
pub fn derive(address: &str) -> String {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    let mut labels = domain.split('.');
    let first = labels.next().unwrap_or_default();
    let second = labels.next().unwrap_or_default();
    slugify(&format!("{local}-{first}-{second}"))
}

/// Lower case without diacritics; runs of anything but letters, digits, `.`, `*`
/// become `-`; no `-` or `.` at either end and no repeated ones.
fn slugify(text: &str) -> String {
    let plain = text.trim().to_lowercase();
    let mut slug = String::with_capacity(plain.len());
    for c in plain.nfd().filter(|c| !is_combining_mark(*c)) {
        let c = if c.is_alphanumeric() || c == '.' || c == '*' { c } else { '-' };
        if !(matches!(c, '-' | '.') && slug.ends_with(c)) {
            slug.push(c);
        }
    }
    slug.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// MU-5, with the examples of the rule; `C` stands for the client's id.
    #[test]
    fn a_username_is_the_slug_of_the_address_with_two_domain_labels() {
        for (address, username) in [
            ("alice+C@example.com", "alice-c-example-com"),
            ("Bob.Smith+C@Example.co.uk", "bob.smith-c-example-co"),
            ("a_b+C@x.io", "a-b-c-x-io"),
            ("zoë+test+C@example.com", "zoe-test-c-example-com"),
            ("o'neil+C@mail.example.org", "o-neil-c-mail-example"),
            ("_lead+C@example.com", "lead-c-example-com"),
            ("a..b--c+C@x.io", "a.b-c-c-x-io"),
            ("😀+C@x.io", "c-x-io"),
            ("日本+C@例え.jp", "日本-c-例え-jp"),
            (".-x+C@x.io", "x-c-x-io"),
        ] {
            assert_eq!(derive(address), username, "{address}");
        }
    }

    proptest! {
        /// MU-5
        #[test]
        fn a_slug_has_no_forbidden_characters_and_is_stable(text in "\\PC{0,60}") {
            let slug = slugify(&text);
            prop_assert_eq!(slugify(&slug), slug.clone());
            prop_assert!(!slug.starts_with(['-', '.']) && !slug.ends_with(['-', '.']), "{}", slug);
            prop_assert!(!slug.contains("--") && !slug.contains(".."), "{}", slug);
            prop_assert!(slug.chars().all(|c| c.is_alphanumeric() || "-.*".contains(c)), "{}", slug);
        }

        /// MU-5: the client's suffix keeps a username from being empty.
        #[test]
        fn a_managed_users_name_is_never_empty(local in "[^@\\s]{1,20}") {
            let username = derive(&format!("{local}+cm8k2x0a10001qwer5tyui9op@x.io"));
            prop_assert!(!username.is_empty());
        }
    }
}
