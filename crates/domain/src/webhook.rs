//! What webhooks are about, and where they may be sent.
//!
//! A subscriber's URL is checked twice: as text when it is stored, and by the
//! addresses that its name resolves to when something is sent. Only the second
//! look is a defence, because a name can point anywhere later; the first tells
//! the caller at once.
//!
//! ```
//! use slotd_domain::webhook::{Reach, parse_url, reach_of_url};
//!
//! let url = parse_url("https://hooks.example.com/slotd").unwrap();
//! assert_eq!(reach_of_url(&url), Reach::Public);
//! let url = parse_url("http://0x7f.1/").unwrap();
//! assert_eq!(reach_of_url(&url), Reach::Private);
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

macro_rules! triggers {
    ($($variant:ident = $name:literal,)*) => {
        /// What a webhook is told about (section 11 of the platform rules).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names are the contract's and say it")]
        pub enum Trigger {
            $($variant,)*
        }

        impl Trigger {
            /// All triggers, in the contract's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The contract's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

triggers! {
    BookingCreated = "BOOKING_CREATED",
    BookingPaymentInitiated = "BOOKING_PAYMENT_INITIATED",
    BookingPaid = "BOOKING_PAID",
    BookingRescheduled = "BOOKING_RESCHEDULED",
    BookingRequested = "BOOKING_REQUESTED",
    BookingCancelled = "BOOKING_CANCELLED",
    BookingRejected = "BOOKING_REJECTED",
    BookingNoShowUpdated = "BOOKING_NO_SHOW_UPDATED",
    FormSubmitted = "FORM_SUBMITTED",
    MeetingEnded = "MEETING_ENDED",
    MeetingStarted = "MEETING_STARTED",
    RecordingReady = "RECORDING_READY",
    InstantMeeting = "INSTANT_MEETING",
    RecordingTranscriptionGenerated = "RECORDING_TRANSCRIPTION_GENERATED",
    OutOfOfficeCreated = "OOO_CREATED",
    AfterHostsNoShow = "AFTER_HOSTS_CAL_VIDEO_NO_SHOW",
    AfterGuestsNoShow = "AFTER_GUESTS_CAL_VIDEO_NO_SHOW",
    FormSubmittedNoEvent = "FORM_SUBMITTED_NO_EVENT",
    RoutingFormFallbackHit = "ROUTING_FORM_FALLBACK_HIT",
    DelegationCredentialError = "DELEGATION_CREDENTIAL_ERROR",
    WrongAssignmentReport = "WRONG_ASSIGNMENT_REPORT",
}

impl Trigger {
    /// The trigger with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|trigger| trigger.name() == name)
    }
}

/// The only form of payload that exists, and the default.
pub const VERSION: &str = "2021-10-20";

/// Longest subscriber URL, in bytes: it is part of an index, whose entries end at
/// 2,704 bytes on PostgreSQL.
pub const LONGEST_URL: usize = 2_048;

/// From where an address can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// From everywhere.
    Public,
    /// From a private network or from this machine: an operator can allow it.
    Private,
    /// Nothing that receives webhooks lives there, but the credentials of a cloud
    /// machine do: never allowed.
    Never,
}

impl Reach {
    /// Whether a webhook may be sent there.
    #[must_use]
    pub const fn is_allowed(self, allow_private: bool) -> bool {
        match self {
            Self::Public => true,
            Self::Private => allow_private,
            Self::Never => false,
        }
    }
}

/// An absolute http or https URL (QI-16). None for any other text: another scheme,
/// user and password, white space, or a form that browsers repair.
#[must_use]
pub fn parse_url(text: &str) -> Option<Url> {
    let has_scheme = |scheme: &str| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    // The parser would drop the white space and take `http:host` and backslashes.
    if !(has_scheme("http://") || has_scheme("https://"))
        || text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\')
        || text.len() > LONGEST_URL
    {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    (!has_user && url.as_str().len() <= LONGEST_URL).then_some(url)
}

/// What a URL's host says by itself. A name counts as public until it is resolved.
#[must_use]
pub fn reach_of_url(url: &Url) -> Reach {
    match url.host() {
        Some(Host::Ipv4(address)) => reach(address.into()),
        Some(Host::Ipv6(address)) => reach(address.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let is_local = name == "localhost" || name.ends_with(".localhost");
            if is_local { Reach::Private } else { Reach::Public }
        }
        None => Reach::Never,
    }
}

/// From where an address can be reached: for literal addresses, and for those that
/// a name resolves to.
#[must_use]
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        // "This network", link-local (where cloud machines find their credentials),
        // protocol assignments, multicast, reserved, broadcast; and the one address
        // outside link-local that serves such credentials.
        [0 | 224..=255, ..] | [169, 254, ..] | [192, 0, 0, _] | [100, 100, 100, 200] => {
            Reach::Never
        }
        // This machine, private networks, carriers' networks, documentation, benchmarks.
        [127 | 10, ..]
        | [172, 16..=31, ..]
        | [192, 168, ..]
        | [100, 64..=127, ..]
        | [192, 0, 2, _]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [198, 18..=19, ..] => Reach::Private,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        reach_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // Forms that carry an IPv4 address: mapped, NAT64, 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => embedded(high, low),
        // The IPv6 address of a cloud machine's credentials, Teredo and other
        // protocol assignments.
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] | [0x2001, 0..=0x01ff, ..] => Reach::Never,
        // This machine, unique local, documentation.
        [0, 0, 0, 0, 0, 0, 0, 1]
        | [0xfc00..=0xfdff, ..]
        | [0x2001, 0xdb8, ..]
        | [0x3fff, 0..=0x0fff, ..] => Reach::Private,
        [0x2000..=0x3fff, ..] => Reach::Public,
        // Unspecified, link-local, multicast, and what nobody has been assigned.
        _ => Reach::Never,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Option<Reach> {
        parse_url(text).map(|url| reach_of_url(&url))
    }

    fn of_address(text: &str) -> Reach {
        reach(text.parse().unwrap())
    }

    /// Section 11 of the platform rules; the examples of the contract are no triggers.
    #[test]
    fn triggers_have_the_contracts_names() {
        assert_eq!(Trigger::ALL.len(), 21);
        for trigger in Trigger::ALL {
            assert_eq!(Trigger::parse(trigger.name()), Some(*trigger));
        }
        for name in
            ["BOOKING_CONFIRMED", "BOOKING_COMPLETED", "BOOKING_NO_SHOW", "booking_created", ""]
        {
            assert_eq!(Trigger::parse(name), None, "{name}");
        }
    }

    /// QI-16
    #[test]
    fn only_absolute_http_urls_are_subscriber_urls() {
        for good in [
            "https://hooks.example.com/a?b=c",
            "http://hooks.example.com:8080",
            "HTTPS://Hooks.Example.com/ü",
            "https://intranet/hook",
            "https://[2606:4700::1111]/",
            "https://bücher.example",
            "http://example.com/a@b",
        ] {
            assert!(parse_url(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "hook",
            "/hook",
            "//example.com/hook",
            "example.com/hook",
            "ftp://example.com",
            "file:///etc/passwd",
            "gopher://example.com",
            "javascript:alert(1)",
            "data:text/plain,x",
            "http:",
            "http://",
            "https:example.com",
            "http:/example.com",
            "http:\\\\example.com",
            "http://example.com\\@127.0.0.1/",
            " http://example.com",
            "http://example.com ",
            "http://exa\nmple.com",
            "http://exa\tmple.com",
            "http://example.com/\0",
            "http://exa mple.com",
            "http://example.com:70000",
            "http://user@example.com",
            "http://user:password@example.com",
            "http://:password@example.com",
            "http://example.com@127.0.0.1/",
            "http://127.0.0.1@example.com/",
            "http://[::1",
            "http://[::1%25eth0]/",
            "http://256.256.256.256/",
            "http://1.2.3.4.5/",
        ] {
            assert_eq!(of(bad), None, "{bad:?}");
        }
        let long = |length: usize| format!("https://example.com/{}", "a".repeat(length - 20));
        assert!(parse_url(&long(LONGEST_URL)).is_some());
        assert!(parse_url(&long(LONGEST_URL + 1)).is_none());
        // Percent-encoding makes it longer than the limit.
        let encoded = format!("https://example.com/{}", "ü".repeat(1_000));
        assert!(encoded.len() <= LONGEST_URL && parse_url(&encoded).is_none());
    }

    /// QI-16: every way of writing an address leads to the address.
    #[test]
    fn hosts_are_seen_through_their_spelling() {
        for local in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://127.0.0.1./",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://017700000001/",
            "http://127.0.0.1:8080/",
            "http://１２７．０．０．１/",
            "http://①②⑦.0.0.1/",
            "http://127%2e0.0.1/",
            "http://%31%32%37.0.0.1/",
            "http://localhost/",
            "http://LOCALHOST/",
            "http://localhost./",
            "http://api.localhost/",
            "http://api.localhost.:80/",
            "http://local%68ost/",
            "http://ｌocalhost/",
            "http://loca\u{ad}lhost/",
            "http://[::1]/",
            "http://[0:0:0:0:0:0:0:1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://10.0.0.1/",
            "http://3232235777/",
            "http://[fd12:3456::1]/",
        ] {
            assert_eq!(of(local), Some(Reach::Private), "{local}");
        }
        for never in [
            "http://0.0.0.0/",
            "http://0/",
            "http://169.254.169.254/latest/meta-data/",
            "http://0xa9fea9fe/",
            "http://2852039166/",
            "http://0251.0376.0251.0376/",
            "http://[::ffff:169.254.169.254]/",
            "http://[64:ff9b::a9fe:a9fe]/",
            "http://[2002:a9fe:a9fe::1]/",
            "http://[::]/",
            "http://[::ffff:0.0.0.0]/",
            "http://[fe80::1]/",
            "http://[ff02::1]/",
            "http://[::127.0.0.1]/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
        ] {
            assert_eq!(of(never), Some(Reach::Never), "{never}");
        }
        for public in [
            "https://example.com/",
            "https://localhost.example.com/",
            "https://notlocalhost/",
            "https://127.0.0.1.example.com/",
            "https://93.184.216.34/",
            "https://example.com/?next=http://127.0.0.1/",
            "https://example.com/#@127.0.0.1",
        ] {
            assert_eq!(of(public), Some(Reach::Public), "{public}");
        }
    }

    /// QI-16
    #[test]
    fn networks_begin_and_end_where_they_should() {
        for (address, expected) in [
            ("0.255.255.255", Reach::Never),
            ("1.0.0.0", Reach::Public),
            ("9.255.255.255", Reach::Public),
            ("10.255.255.255", Reach::Private),
            ("11.0.0.0", Reach::Public),
            ("100.63.255.255", Reach::Public),
            ("100.64.0.0", Reach::Private),
            ("100.100.100.200", Reach::Never),
            ("100.127.255.255", Reach::Private),
            ("100.128.0.0", Reach::Public),
            ("126.255.255.255", Reach::Public),
            ("127.255.255.255", Reach::Private),
            ("128.0.0.0", Reach::Public),
            ("169.253.255.255", Reach::Public),
            ("169.254.0.0", Reach::Never),
            ("169.254.255.255", Reach::Never),
            ("169.255.0.0", Reach::Public),
            ("172.15.255.255", Reach::Public),
            ("172.16.0.0", Reach::Private),
            ("172.31.255.255", Reach::Private),
            ("172.32.0.0", Reach::Public),
            ("192.0.0.192", Reach::Never),
            ("192.0.1.0", Reach::Public),
            ("192.0.2.1", Reach::Private),
            ("192.167.255.255", Reach::Public),
            ("192.168.0.0", Reach::Private),
            ("192.169.0.0", Reach::Public),
            ("198.17.255.255", Reach::Public),
            ("198.19.255.255", Reach::Private),
            ("198.20.0.0", Reach::Public),
            ("223.255.255.255", Reach::Public),
            ("224.0.0.0", Reach::Never),
            ("240.0.0.1", Reach::Never),
            ("::", Reach::Never),
            ("::1", Reach::Private),
            ("::2", Reach::Never),
            ("::ffff:8.8.8.8", Reach::Public),
            ("64:ff9b::808:808", Reach::Public),
            ("64:ff9b:1::1", Reach::Never),
            ("100::1", Reach::Never),
            ("1fff:ffff::", Reach::Never),
            ("2000::", Reach::Public),
            ("2001::1", Reach::Never),
            ("2001:1ff::", Reach::Never),
            ("2001:200::", Reach::Public),
            ("2001:4860:4860::8888", Reach::Public),
            ("2001:db8::1", Reach::Private),
            ("2002:808:808::1", Reach::Public),
            ("2002:a00:1::1", Reach::Private),
            ("3ffe::1", Reach::Public),
            ("3fff::1", Reach::Private),
            ("3fff:fff::1", Reach::Private),
            ("3fff:1000::1", Reach::Public),
            ("4000::", Reach::Never),
            ("fbff::1", Reach::Never),
            ("fc00::1", Reach::Private),
            ("fd00:ec2::254", Reach::Never),
            ("fdff::1", Reach::Private),
            ("fe80::1", Reach::Never),
            ("febf::1", Reach::Never),
            ("fec0::1", Reach::Never),
            ("ff02::1", Reach::Never),
        ] {
            assert_eq!(of_address(address), expected, "{address}");
        }
    }

    /// QI-16
    #[test]
    fn a_setting_opens_private_networks_and_nothing_more() {
        assert!(Reach::Public.is_allowed(false) && Reach::Public.is_allowed(true));
        assert!(!Reach::Private.is_allowed(false) && Reach::Private.is_allowed(true));
        assert!(!Reach::Never.is_allowed(false) && !Reach::Never.is_allowed(true));
    }

    proptest! {
        /// QI-16: an address means the same however IPv6 carries it and however a
        /// URL spells it.
        #[test]
        fn carried_and_respelled_addresses_keep_their_reach(bits: u32) {
            let address = Ipv4Addr::from_bits(bits);
            let expected = reach(address.into());
            prop_assert_eq!(reach(address.to_ipv6_mapped().into()), expected);
            for url in [
                format!("http://{address}/"),
                format!("http://{bits}/"),
                format!("http://{bits:#x}/"),
                format!("http://0{bits:o}/"),
                format!("http://[::ffff:{address}]/"),
                format!("http://[64:ff9b::{address}]/"),
            ] {
                prop_assert_eq!(of(&url), Some(expected), "{}", url);
            }
        }

        /// QI-16: what is stored is never more than an http URL with a host.
        #[test]
        fn any_text_is_refused_or_a_url_with_a_host(text in "(http://|https://)?\\PC{0,30}") {
            if let Some(url) = parse_url(&text) {
                prop_assert!(["http", "https"].contains(&url.scheme()) && url.has_host());
            }
        }
    }
}
