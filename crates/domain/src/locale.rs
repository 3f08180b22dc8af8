/// The language of a user: one of the 43 of MU-6, with their exact spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locale(&'static str);

impl Locale {
    /// All locales, in the contract's order.
    pub const ALL: [&'static str; 43] = [
        "ar", "ca", "de", "es", "eu", "he", "id", "ja", "lv", "pl", "ro", "sr", "th", "vi", "az",
        "cs", "el", "es-419", "fi", "hr", "it", "km", "nl", "pt", "ru", "sv", "tr", "zh-CN", "bg",
        "da", "en", "et", "fr", "hu", "iw", "ko", "no", "pt-BR", "sk", "ta", "uk", "zh-TW", "bn",
    ];

    /// The locale with exactly this spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| *locale == text).map(Self)
    }

    /// The locale as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MU-6
    #[test]
    fn locales_are_exact_and_case_sensitive() {
        for locale in Locale::ALL {
            assert_eq!(Locale::parse(locale).map(Locale::as_str), Some(locale));
        }
        for bad in ["", "EN", "en-US", "zh", "zh-cn", "xx"] {
            assert_eq!(Locale::parse(bad), None, "{bad}");
        }
    }
}
