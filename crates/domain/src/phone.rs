//! Telephone numbers.

/// Whether a text is a telephone number with its country, without blanks (E.164).
///
/// ```
/// assert!(slotd_domain::phone::is_number("+4915112345678"));
/// assert!(!slotd_domain::phone::is_number("015112345678"));
/// ```
#[must_use]
pub fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_a_plus_sign_a_country_and_seven_to_fifteen_digits() {
        for good in ["+1234567", "+4915112345678", "+123456789012345"] {
            assert!(is_number(good), "{good}");
        }
        for bad in [
            "",
            "+",
            "12",
            "+123456",
            "+1234567890123456",
            "+0123456789",
            "4915112345678",
            "+49 151 12345678",
            "+4915112345678x",
            "++4915112345678",
            "+١٢٣٤٥٦٧٨",
        ] {
            assert!(!is_number(bad), "{bad}");
        }
    }
}
