//! Addresses of attendees and guests (sections 7.8, 7.14 and 17).

use crate::{OAuthClientId, email};

/// The domain of attendees who have a telephone only; no mail is sent there (R23.1).
const PHONE_DOMAIN: &str = "sms.cal.com";
/// Most guests of a booking (section 17).
pub const MOST_GUESTS: usize = 30;

/// A stored address as it is shown and mailed to: without the client's suffix, which is
/// the first `+` followed by exactly 25 letters and digits (R7.29, R7.30).
///
/// ```
/// # use slotd_domain::booking::attendee;
/// let stored = "nina+clz3q8k2x0001mh08v5t7d9ab@klinik.test";
/// assert_eq!(attendee::display_address(stored), "nina@klinik.test");
/// ```
#[must_use]
pub fn display_address(stored: &str) -> String {
    for (at, _) in stored.match_indices('+') {
        let behind = &stored[at + 1..];
        let id = behind.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(behind.len());
        if id == OAuthClientId::LENGTH {
            return format!("{}{}", &stored[..at], &behind[id..]);
        }
    }
    stored.to_owned()
}

/// The address under which a person would be a managed user of the client: if there is
/// such a user, it is what is stored for the attendee or guest (R7.28, R7.31). None
/// when the address was given with a suffix: then it is stored as it is.
#[must_use]
pub fn managed_candidate(given: &str, client: &OAuthClientId) -> Option<String> {
    email::client_of(given).is_none().then(|| email::with_client_suffix(given, client))
}

/// What two addresses of one person have in common where tags do not count: lower case,
/// without anything between the first `+` and the `@` (R17.1, section 7.9).
#[must_use]
pub fn base_address(address: &str) -> String {
    let address = address.to_lowercase();
    let Some((local, domain)) = address.rsplit_once('@') else { return address };
    let base = local.split('+').next().unwrap_or(local);
    format!("{base}@{domain}")
}

/// The address of an attendee who has a telephone only (section 7.14): the digits of
/// the number.
#[must_use]
pub fn phone_address(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    format!("{digits}@{PHONE_DOMAIN}")
}

/// Whether an address stands for a telephone: no mail goes there (R23.1).
#[must_use]
pub fn is_phone_address(address: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(PHONE_DOMAIN))
}

/// There would be more than [`MOST_GUESTS`]. The text is the contract's (section 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Cannot add {added} guests. This booking already has {present} attendees. Maximum total guests allowed is {MOST_GUESTS}. You can add up to {} more guests.",
    MOST_GUESTS.saturating_sub(*.present)
)]
pub struct TooManyGuests {
    /// How many were to be added.
    pub added: usize,
    /// How many attendees there are.
    pub present: usize,
}

/// Whether so many guests can be added to a booking with so many attendees.
///
/// # Errors
///
/// [`TooManyGuests`] when there would be more than [`MOST_GUESTS`] (BK-187).
pub fn room_for_guests(present: usize, added: usize) -> Result<(), TooManyGuests> {
    if added > MOST_GUESTS.saturating_sub(present) {
        Err(TooManyGuests { added, present })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn client() -> OAuthClientId {
        OAuthClientId::new("clz3q8k2x0001mh08v5t7d9ab")
    }

    /// R7.29
    #[test]
    fn the_clients_suffix_is_not_shown() {
        for (stored, shown) in [
            ("nina+clz3q8k2x0001mh08v5t7d9ab@klinik.test", "nina@klinik.test"),
            ("nina+tag+clz3q8k2x0001mh08v5t7d9ab@klinik.test", "nina+tag@klinik.test"),
            ("Nina@Klinik.test", "Nina@Klinik.test"),
            ("nina+tag@klinik.test", "nina+tag@klinik.test"),
            (
                "nina+clz3q8k2x0001mh08v5t7d9abc@klinik.test",
                "nina+clz3q8k2x0001mh08v5t7d9abc@klinik.test",
            ),
            ("", ""),
            ("+", "+"),
            ("ü+ü", "ü+ü"),
        ] {
            assert_eq!(display_address(stored), shown, "{stored}");
        }
    }

    /// R7.28
    #[test]
    fn an_address_given_without_suffix_may_be_a_managed_users() {
        let suffixed = "nina+clz3q8k2x0001mh08v5t7d9ab@klinik.test";
        assert_eq!(managed_candidate("nina@klinik.test", &client()).as_deref(), Some(suffixed));
        assert_eq!(managed_candidate(suffixed, &client()), None);
    }

    /// R17.1
    #[test]
    fn tags_suffixes_and_letter_case_do_not_make_another_person() {
        for address in [
            "nina@klinik.test",
            "NINA@Klinik.test",
            "nina+tag@klinik.test",
            "nina+a+clz3q8k2x0001mh08v5t7d9ab@klinik.test",
        ] {
            assert_eq!(base_address(address), "nina@klinik.test", "{address}");
        }
        assert_eq!(base_address("No Address"), "no address");
    }

    /// Section 7.14, R23.1, BK-68
    #[test]
    fn an_attendee_without_address_gets_one_of_the_number() {
        let address = phone_address("+49 (151) 1234-5678");
        assert_eq!(address, "4915112345678@sms.cal.com");
        assert!(is_phone_address(&address) && is_phone_address("1@SMS.cal.com"));
        assert!(!is_phone_address("sms.cal.com") && !is_phone_address("a@xsms.cal.com"));
    }

    /// Section 17, BK-187
    #[test]
    fn a_booking_has_at_most_thirty_guests() {
        assert_eq!(room_for_guests(20, 10), Ok(()));
        assert_eq!(
            room_for_guests(25, 6).unwrap_err().to_string(),
            "Cannot add 6 guests. This booking already has 25 attendees. Maximum total guests allowed is 30. You can add up to 5 more guests."
        );
        assert!(room_for_guests(40, 1).unwrap_err().to_string().ends_with("up to 0 more guests."));
        assert!(room_for_guests(usize::MAX, usize::MAX).is_err());
    }

    proptest! {
        /// R7.28, R7.29
        #[test]
        fn what_is_stored_is_shown_as_it_was_given(address in "[a-zü.]{1,9}(\\+[a-z]{1,9})?@[a-z]{1,9}\\.[a-z]{2,4}") {
            let stored = managed_candidate(&address, &client()).unwrap();
            prop_assert_eq!(display_address(&stored), address.clone());
            prop_assert_eq!(base_address(&stored), base_address(&address));
        }

        #[test]
        fn any_text_can_be_an_address(text in "[\\PC+@]{0,60}") {
            prop_assert!(display_address(&text).len() <= text.len());
            let base = base_address(&text);
            prop_assert_eq!(base_address(&base), base);
            let _ = (managed_candidate(&text, &client()), phone_address(&text));
        }
    }
}
