use std::fmt;

/// Base 58: digits and letters without those that look alike (R3.1).
const ALPHABET: &[u8; 58] = b"123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
/// 58^22 is the first power of 58 above 2^128.
const LENGTH: usize = 22;

/// The uid of a booking of ours: 22 characters in base 58 (R3.1).
///
/// Whoever knows it may read, move and cancel the booking (R3.2): it is no part of
/// what `Debug` shows, so that it does not get into logs.
///
/// ```
/// # use slotd_domain::booking::BookingUid;
/// assert_eq!(BookingUid::from_bits(58).as_str(), "1111111111111111111121");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BookingUid(String);

impl BookingUid {
    /// The uid made of 128 random bits, left-padded with the alphabet's first symbol.
    #[must_use]
    pub fn from_bits(mut bits: u128) -> Self {
        let mut symbols = [char::from(ALPHABET[0]); LENGTH];
        for symbol in symbols.iter_mut().rev() {
            let digit = usize::try_from(bits % 58).expect("a digit is below 58");
            *symbol = char::from(ALPHABET[digit]);
            bits /= 58;
        }
        Self(symbols.iter().collect())
    }

    /// The uid that a text is, if it has the form of ours. Bookings that come from
    /// elsewhere may have others: a look-up takes any text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_ours = text.len() == LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte));
        is_ours.then(|| Self(text.to_owned()))
    }

    /// The uid as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The uid as text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for BookingUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BookingUid(_)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// R3.1
    #[test]
    fn a_uid_has_22_symbols_whatever_its_bits() {
        for (bits, uid) in [
            (0, "1111111111111111111111"),
            (57, "111111111111111111111Z"),
            (u128::MAX, "xBuEXKpA6iqZQK5Kf2TnkV"),
        ] {
            assert_eq!(BookingUid::from_bits(bits).as_str(), uid);
        }
        assert!(BookingUid::parse("hK3vQ9rW1xUeT5bYz7NcAm").is_some());
        for bad in [
            "",
            "hK3vQ9rW1xUeT5bYz7NcA",
            "hK3vQ9rW1xUeT5bYz7NcAmm",
            "hK3vQ9rW1xUeT5bYz7NcA0",
            "hK3vQ9rW1xUeT5bYz7NcAl",
            "hK3vQ9rW1xUeT5bYz7NcÄ",
            "9f1d1c1e-7a0b-4c56-8a57-0a3f1b7d2c11",
        ] {
            assert_eq!(BookingUid::parse(bad), None, "{bad}");
        }
    }

    /// R3.2
    #[test]
    fn a_uid_is_not_part_of_debug_output() {
        let uid = BookingUid::from_bits(7);
        assert!(!format!("{uid:?}").contains(uid.as_str()));
    }

    proptest! {
        /// R3.1
        #[test]
        fn different_bits_are_different_uids_of_the_same_form(one: u128, other: u128) {
            let [a, b] = [one, other].map(BookingUid::from_bits);
            prop_assert_eq!(BookingUid::parse(a.as_str()), Some(a.clone()));
            prop_assert_eq!(a == b, one == other);
        }

        #[test]
        fn any_text_can_be_read(text in "\\PC{0,30}") {
            let read = BookingUid::parse(&text);
            prop_assert!(read.is_none_or(|uid| uid.as_str() == text));
        }
    }
}
