//! Third-party apps that regular users authorize (section 7 of the platform rules).

use jiff::SignedDuration;
use url::{Url, form_urlencoded};

/// How long an authorization code can be exchanged (O2-4, OF-14).
pub const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// How long an access token works (O2-7).
pub const ACCESS_TOKEN_LIFETIME: SignedDuration = SignedDuration::from_mins(30);
/// How long a refresh token can be exchanged (O2-7).
pub const REFRESH_TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Most redirect URIs of a client.
pub const MOST_REDIRECT_URIS: usize = 10;

/// Schemes that make a browser run or show something instead of leading to an app.
const DANGEROUS_SCHEMES: [&str; 8] =
    ["about", "blob", "data", "file", "filesystem", "javascript", "vbscript", "view-source"];

/// Whether a client can keep a secret (RFC 6749, 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientType {
    /// It can: a server.
    Confidential,
    /// It cannot: an app on somebody's machine. It proves itself by PKCE (RFC 7636).
    Public,
}

impl ClientType {
    /// The contract's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confidential => "CONFIDENTIAL",
            Self::Public => "PUBLIC",
        }
    }

    /// The type with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Confidential, Self::Public].into_iter().find(|kind| kind.name() == name)
    }
}

/// Whether the operator lets a client be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientStatus {
    /// Not decided: only the client's owner can authorize it.
    Pending,
    /// Everybody can authorize it.
    Approved,
    /// Nobody can, and its tokens do not work.
    Rejected,
}

impl ClientStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Approved, Self::Rejected];

    /// The contract's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
        }
    }

    /// The status with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether the client works for this user: for everybody, or for its owner
    /// alone (O2-3).
    #[must_use]
    pub const fn lets_in(self, is_owner: bool) -> bool {
        match self {
            Self::Pending => is_owner,
            Self::Approved => true,
            Self::Rejected => false,
        }
    }
}

/// Whether a client may register this redirect URI: an absolute URI without a
/// fragment (RFC 6749, 3.1.2) that is https, http on the user's own machine, or a
/// scheme of an app (RFC 8252, 7.1).
///
/// ```
/// use slotd_domain::oauth2::is_redirect_uri;
///
/// assert!(is_redirect_uri("https://app.example.com/callback"));
/// assert!(is_redirect_uri("com.example.app:/callback"));
/// assert!(is_redirect_uri("http://127.0.0.1:8976/callback"));
/// assert!(!is_redirect_uri("http://app.example.com/callback"));
/// assert!(!is_redirect_uri("javascript:alert(1)"));
/// ```
#[must_use]
pub fn is_redirect_uri(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    // What a parser would change could not be compared exactly later.
    if uri.contains('#') || uri.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return false;
    }
    match url.scheme() {
        "https" => url.has_host(),
        "http" => match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        },
        scheme => !DANGEROUS_SCHEMES.contains(&scheme),
    }
}

/// A redirect URI with parameters added to its query.
///
/// `uri` is one that [`is_redirect_uri`] accepted.
#[must_use]
pub fn with_parameters(uri: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    let separator = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{separator}{}", query.finish())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_addresses_that_lead_to_an_app_can_be_registered() {
        for uri in [
            "https://app.example.com",
            "https://app.example.com:8443/callback?x=1",
            "http://localhost:3000/cb",
            "http://[::1]:3000/cb",
            "myapp://callback",
        ] {
            assert!(is_redirect_uri(uri), "{uri}");
        }
        for uri in [
            "",
            "/callback",
            "app.example.com",
            "http://app.example.com",
            "http://localhost.example.com",
            "https://app.example.com/#fragment",
            "https://app.example.com/#",
            "https://app.example.com/a b",
            "https://app.example.com/\n",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
        ] {
            assert!(!is_redirect_uri(uri), "{uri}");
        }
    }

    /// O2-2
    #[test]
    fn parameters_are_added_to_a_query_that_may_be_there() {
        let code = [("code", "a b"), ("state", "x&y=ü")];
        assert_eq!(
            with_parameters("https://a.example/cb", &code),
            "https://a.example/cb?code=a+b&state=x%26y%3D%C3%BC"
        );
        assert_eq!(
            with_parameters("https://a.example/cb?z=1", &code[..1]),
            "https://a.example/cb?z=1&code=a+b"
        );
    }

    proptest! {
        /// O2-2: whatever the state is, the app reads it back unchanged, and the
        /// address stays that of the app.
        #[test]
        fn a_state_survives_the_redirect(state in "\\PC*") {
            let uri = with_parameters("https://a.example/cb", &[("state", &state)]);
            let url = Url::parse(&uri).unwrap();
            prop_assert_eq!(url.host_str(), Some("a.example"));
            let read: Vec<_> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(read, vec![("state".to_owned(), state)]);
        }
    }
}
