//! Which origins a client's redirect URIs allow (CO-3 to CO-5).

use url::{Origin, Url};

/// Longest origin that is looked at, in bytes: a host name has at most 253.
pub const MAX_LENGTH: usize = 300;

/// Whether `origin` is allowed by one of the client's redirect URIs.
///
/// An entry allows the identical value; an entry with `*` allows what it
/// matches, `*` standing for any text (CO-3); and an entry allows the origin of
/// the URL that it is (CO-5, QI-10). The origin `null` is only allowed by an
/// entry that is exactly `null`: any sandboxed page can send it.
///
/// Longer than [`MAX_LENGTH`], an origin is never allowed.
#[must_use]
pub fn is_allowed<S: AsRef<str>>(redirect_uris: &[S], origin: &str) -> bool {
    if origin.len() > MAX_LENGTH {
        return false;
    }
    let tuple = tuple_origin(origin).filter(|tuple| tuple.ascii_serialization() == origin);
    redirect_uris.iter().map(AsRef::as_ref).any(|entry| {
        entry == origin
            || (origin != "null"
                && (matches_pattern(entry, origin)
                    || tuple.as_ref().is_some_and(|tuple| has_origin(entry, tuple))))
    })
}

/// Whether `pattern` with its `*` matches the whole of `text`, in time
/// proportional to their lengths.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return false };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        // The leftmost place leaves the most for what follows.
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

fn has_origin(entry: &str, origin: &Origin) -> bool {
    !entry.contains('*') && tuple_origin(entry).is_some_and(|entry| entry == *origin)
}

/// Scheme, host and port of a URL; none for what is no URL or has no such origin.
fn tuple_origin(url: &str) -> Option<Origin> {
    Some(Url::parse(url).ok()?.origin()).filter(Origin::is_tuple)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allowed(entry: &str, origin: &str) -> bool {
        is_allowed(&[entry], origin)
    }

    #[test]
    fn an_origin_that_is_too_long_is_not_looked_at() {
        let fits = format!("https://{}.example", "a".repeat(MAX_LENGTH - 16));
        assert_eq!(fits.len(), MAX_LENGTH);
        assert!(allowed("*", &fits));
        assert!(!allowed("*", &format!("{fits}a")));
    }

    /// CO-3, CO-4
    #[test]
    fn an_entry_allows_its_own_text_and_what_its_wildcards_match() {
        for (entry, origin) in [
            ("https://app.cal.com/callback", "https://app.cal.com/callback"),
            ("*.shop.example", "https://a.shop.example"),
            ("*/callback", "https://x.example/callback"),
            ("*", "https://anything.example"),
            ("https://*.x.example/*", "https://s.x.example/a/b"),
            ("https://x.example/*", "https://x.example/dashboard"),
            ("https://x.example*", "https://x.example"),
            ("https://*.a.*.example", "https://1.a.2.a.3.example"),
        ] {
            assert!(allowed(entry, origin), "{entry} allows {origin}");
        }
        for (entry, origin) in [
            ("*.example.com", "https://notexample.org"),
            ("https://s.x.example/*", "https://s.x.example"),
            ("https://other.example", "https://x.example"),
            ("https://x.example", "https://xxexample"),
            ("https://x*example", "https://xample"),
            ("https://*.x.example/*", "https://s.x.example"),
            ("*", "null"),
        ] {
            assert!(!allowed(entry, origin), "{entry} refuses {origin}");
        }
        assert!(!is_allowed::<&str>(&[], "https://x.example"));
        assert!(is_allowed(&["https://a.example", "https://b.example"], "https://b.example"));
    }

    /// CO-5, QI-10
    #[test]
    fn an_entry_with_a_path_allows_the_origin_that_a_browser_sends() {
        assert!(allowed("https://app.example.com/callback", "https://app.example.com"));
        assert!(allowed("https://app.example.com:443/callback?x=1", "https://app.example.com"));
        assert!(allowed("http://localhost:4321/cb", "http://localhost:4321"));
        assert!(!allowed("https://app.example.com/callback", "http://app.example.com"));
        assert!(!allowed("https://app.example.com:8443/callback", "https://app.example.com"));
        assert!(!allowed(
            "https://app.example.com/callback",
            "https://app.example.com.evil.example"
        ));
        assert!(!allowed("https://app.example.com/callback", "https://app.example.com/other"));
        assert!(!allowed("data:text/plain,x", "null"));
    }

    proptest! {
        /// CO-3
        #[test]
        fn an_entry_always_allows_the_identical_value(value in "\\PC{1,40}") {
            prop_assert!(allowed(&value, &value));
        }

        /// CO-3
        #[test]
        fn a_wildcard_stands_for_any_text(a in "[a-z.]{0,8}", b in "[a-z./]{0,8}", c in "[a-z.]{1,8}") {
            let (pattern, origin) = (format!("{a}*{c}"), format!("{a}{b}{c}"));
            prop_assert!(allowed(&pattern, &origin));
        }
    }

    /// CO-3: a pattern of many stars is answered at once.
    #[test]
    fn many_wildcards_do_not_take_long() {
        let pattern = "*a".repeat(2_000);
        let origin = "a".repeat(1_999) + "b";
        assert!(!allowed(&pattern, &origin));
    }
}
