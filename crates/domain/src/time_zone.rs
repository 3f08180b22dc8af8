use jiff::tz::TimeZoneDatabase;

/// Names in the zone database that are no zones a person can live in.
const NOT_ZONES: [&str; 2] = ["Factory", "Etc/Unknown"];
/// The longest IANA name has 32 characters.
const MAX_LENGTH: usize = 64;

/// The IANA name of a time zone, in its canonical spelling.
///
/// The zone data is part of the binary, so every machine knows the same zones.
///
/// ```
/// # use slotd_domain::TimeZoneName;
/// assert_eq!(TimeZoneName::parse("america/new_york").unwrap().as_str(), "America/New_York");
/// assert!(TimeZoneName::parse("Narnia/Woods").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZoneName(String);

impl TimeZoneName {
    /// The zone with this name in any letter case (VA-8, VA-9, QI-7). Links and
    /// legacy names (`Asia/Calcutta`, `EST`) are zones of their own.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name.len() > MAX_LENGTH || !name.is_ascii() {
            return None;
        }
        let zone = TimeZoneDatabase::bundled().get(name).ok()?;
        let canonical = zone.iana_name()?;
        (!NOT_ZONES.contains(&canonical)).then(|| Self(canonical.to_owned()))
    }

    /// The canonical spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `Europe/London`: what a managed user has who was created without a zone (MU-14).
impl Default for TimeZoneName {
    fn default() -> Self {
        Self("Europe/London".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// VA-8, VA-9, QI-7, ME-3
    #[test]
    fn zones_are_found_in_any_letter_case_and_keep_their_canonical_spelling() {
        for (given, canonical) in [
            ("europe/rome", "Europe/Rome"),
            ("America/New_york", "America/New_York"),
            ("america/new_york", "America/New_York"),
            ("america/port-au-prince", "America/Port-au-Prince"),
            ("africa/dar_es_salaam", "Africa/Dar_es_Salaam"),
            ("pst8pdt", "PST8PDT"),
            ("us/pacific", "US/Pacific"),
            ("Asia/Calcutta", "Asia/Calcutta"),
            ("egypt", "Egypt"),
            ("EST", "EST"),
            ("CET", "CET"),
            ("utc", "UTC"),
            ("gmt", "GMT"),
            ("Etc/GMT+3", "Etc/GMT+3"),
        ] {
            assert_eq!(
                TimeZoneName::parse(given).as_ref().map(TimeZoneName::as_str),
                Some(canonical)
            );
        }
        for bad in [
            "",
            " ",
            "+05:30",
            "Narnia/Woods",
            "utc/est",
            "UTC/GMT+3_EST",
            "Factory",
            "Etc/Unknown",
            "posixrules",
            "localtime",
            "Europe/Rome\0",
            "Europe/Röme",
            "../etc/passwd",
            "Europe",
        ] {
            assert_eq!(TimeZoneName::parse(bad), None, "{bad:?}");
        }
        assert_eq!(TimeZoneName::parse(&"a".repeat(100_000)), None);
    }

    /// VA-8, QI-7
    #[test]
    fn every_known_name_is_found_in_lower_and_upper_case() {
        let mut known = 0;
        for name in TimeZoneDatabase::bundled().available() {
            let name = name.as_str();
            if NOT_ZONES.contains(&name) {
                continue;
            }
            known += 1;
            for spelling in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
                assert_eq!(TimeZoneName::parse(&spelling).unwrap().as_str(), name);
            }
        }
        assert!(known > 500, "{known} zones");
        assert_eq!(TimeZoneName::parse("Europe/London"), Some(TimeZoneName::default()));
    }
}
