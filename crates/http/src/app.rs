use std::sync::Arc;

use ipnet::IpNet;
use jiff::SignedDuration;
use slotd_domain::booking::attendee::base_address;
use slotd_domain::rate_limit::Limit;
use slotd_store::Store;

use crate::Clock;
use crate::bookings::LimitsStatus;
use crate::metrics::Metrics;
use crate::rate_limits::RateLimits;
use crate::readiness::Readiness;

/// What every request shares.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// The parts of an [`App`].
pub struct Inner {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// What an operator can set.
    pub settings: Settings,
    /// How many requests each caller made.
    pub(crate) rate_limits: RateLimits,
    /// What is counted for each request.
    pub(crate) metrics: Metrics,
    /// Whether requests should be sent here.
    pub(crate) readiness: Readiness,
}

/// What an operator can set about the API.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether `/api/v2` is served like `/v2` (BP-2).
    pub api_alias: bool,
    /// Whether webhooks may be sent to private networks and to this machine (QI-16).
    pub allow_private_webhooks: bool,
    /// What API keys start with (AU-8).
    pub api_key_prefix: String,
    /// Where people reach this server, without a slash at its end: what addresses of
    /// its pages begin with. With https, session cookies are sent over nothing else.
    pub public_url: String,
    /// How long a refresh whose answer was lost can be repeated (TK-12). Zero: never.
    pub lost_answer_period: SignedDuration,
    /// Connections that are open at once; further ones wait to be accepted.
    pub max_connections: usize,
    /// A client that has read nothing of an answer for so long is disconnected.
    pub write_time_out: std::time::Duration,
    /// A body that has not arrived by then is answered with 408.
    pub body_time_out: std::time::Duration,
    /// After this long a request is answered with 503.
    pub request_time_out: std::time::Duration,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks from which `GET /metrics` is answered; none: from nowhere.
    pub metrics_allow: Vec<IpNet>,
    /// Whether tokens may be valid that were signed with a key which is gone: then a
    /// token without a known signature is looked up all the same (TK-1).
    pub has_former_keys: bool,
    /// How many requests callers may make; none: as many as they like.
    pub rate_limits: Option<RateLimitSettings>,
    /// What can be set about bookings.
    pub bookings: BookingSettings,
}

/// What an operator can set about bookings.
#[derive(Debug, Clone)]
pub struct BookingSettings {
    /// Holds of others keep nobody out who does not name one (03 7.9.3).
    pub holds_are_advisory: bool,
    /// All bookings of a series must be free, not only the first (03 R7.52).
    pub checks_whole_series: bool,
    /// What a reached limit answers (03 R5.6).
    pub limits_status: LimitsStatus,
    /// Addresses that cannot book, in lower case and without tags (03 7.9 row 1).
    pub blocked_emails: Vec<String>,
    /// Behind the `@` of UIDs of calendar events (03 R3.4).
    pub ical_host: String,
}

impl Default for BookingSettings {
    fn default() -> Self {
        Self {
            holds_are_advisory: true,
            checks_whole_series: true,
            limits_status: LimitsStatus::default(),
            blocked_emails: Vec::new(),
            ical_host: "Cal.com".to_owned(),
        }
    }
}

impl BookingSettings {
    /// Whether an address cannot book.
    pub(crate) fn is_blocked(&self, address: &str) -> bool {
        !self.blocked_emails.is_empty() && self.blocked_emails.contains(&base_address(address))
    }
}

/// The limits of callers that have none of their own (RL-2).
#[derive(Debug, Clone)]
pub struct RateLimitSettings {
    /// Of an API key.
    pub api_key: Limit,
    /// Of an access token.
    pub access_token: Limit,
    /// Of an OAuth client.
    pub oauth_client: Limit,
    /// Of everybody else, by address.
    pub address: Limit,
}

impl Default for RateLimitSettings {
    fn default() -> Self {
        let limit = |requests| Limit::per_minute("default", requests);
        Self {
            api_key: limit(120),
            access_token: limit(500),
            oauth_client: limit(500),
            address: limit(120),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let loopback = ["127.0.0.0/8", "::1/128"]
            .map(|network| network.parse().expect("loopback networks are networks"))
            .to_vec();
        Self {
            api_alias: true,
            allow_private_webhooks: false,
            api_key_prefix: "cal_".to_owned(),
            public_url: "http://127.0.0.1:3000".to_owned(),
            lost_answer_period: SignedDuration::from_mins(1),
            max_connections: 4_096,
            write_time_out: std::time::Duration::from_secs(30),
            body_time_out: std::time::Duration::from_secs(15),
            request_time_out: std::time::Duration::from_secs(30),
            trusted_proxies: loopback.clone(),
            metrics_allow: loopback,
            has_former_keys: false,
            rate_limits: Some(RateLimitSettings::default()),
            bookings: BookingSettings::default(),
        }
    }
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(store: Store, clock: Clock, settings: Settings) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            settings,
            rate_limits: RateLimits::default(),
            metrics: Metrics::default(),
            readiness: Readiness::default(),
        }))
    }

    /// Whether it is worth looking a token up. Garbage costs nothing: without this
    /// server's signature the database is not asked. Once a key was replaced for good
    /// it is, because tokens outlive the key that signed them.
    pub(crate) fn may_know(&self, token: &str) -> bool {
        self.settings.has_former_keys || self.store.keyring().has_signed(token)
    }
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
