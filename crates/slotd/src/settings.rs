//! Settings: flags over `SLOTD_*` environment variables over `slotd.toml`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use ipnet::IpNet;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use slotd_domain::booking::attendee::base_address;
use slotd_domain::email;
use slotd_domain::rate_limit::Limit;
use slotd_http::{BookingSettings, LimitsStatus, RateLimitSettings};
use slotd_store::{Location, Options, ServerKeys};
use tracing_subscriber::EnvFilter;

use crate::{Failure, key_file};

/// Everything that an operator can set. Each field is a key of `slotd.toml` and,
/// in upper case behind `SLOTD_`, an environment variable.
///
/// `docs/settings.md` is made of the fields' comments: they say what a setting
/// means and what its default protects from.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(documented::DocumentedFields))]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Address and port to listen on; port 0 picks a free one. The default is reached
    /// from this machine only, because slotd speaks plain HTTP: TLS is the task of a
    /// proxy in front.
    pub(crate) listen: String,
    /// Folder of the embedded database and of the key file. slotd makes it and its
    /// files so that only their owner can read them; the mode of a folder that is
    /// there already is left as it is. A relative path begins where slotd is started.
    pub(crate) data_dir: PathBuf,
    /// A `postgres://` URL: store there instead of in the embedded database. A server on
    /// another machine is reached over TLS only, so that nobody on the way reads along:
    /// write `?sslmode=disable` behind the URL if it offers none and the network is
    /// yours. Other users of this machine can see an option; a password is safer in a
    /// variable or in the file.
    pub(crate) database_url: Option<String>,
    /// Connections to PostgreSQL, or connections that read the embedded database; 1 to
    /// 1000. Each costs memory; PostgreSQL allows 100 by default, for all processes
    /// together.
    pub(crate) database_connections: usize,
    /// Seconds after which a database statement is given up; the request answers 503.
    /// At least 1. A slow statement cannot hold a connection for long.
    pub(crate) database_timeout_seconds: u64,
    /// File with the server's key, which encrypts stored secrets and signs tokens, or
    /// with several, one per line, the current one first (docs/keys.md);
    /// `secret.key` in the data folder unless given. Who has both the key and the
    /// database has everything: put the key elsewhere if copies of the data folder
    /// travel. A file that slotd makes can be read by its owner only.
    pub(crate) key_file: Option<PathBuf>,
    /// The server's key itself, instead of a file: 32 bytes as 43 characters of
    /// base64url; or several behind commas, the current one first. Other processes of
    /// the same user can read a variable, and crash reports hold it; a file is safer
    /// where there can be one.
    pub(crate) secret_key: Option<String>,
    /// What is logged: a level, or `tracing` directives such as `info,slotd_http=debug`.
    /// Lines hold no tokens, e-mail addresses and bodies, also at `debug`.
    pub(crate) log: String,
    /// `text` or `json`.
    pub(crate) log_format: LogFormat,
    /// Base URL of an OpenTelemetry collector that takes spans over HTTP, such as
    /// `http://127.0.0.1:4318`; none are sent unless given. Needs the feature `otel`.
    pub(crate) otlp_endpoint: Option<String>,
    /// Where people reach this server, such as `https://slotd.example.com`: what
    /// one-time login addresses and private links begin with; `http://` and the address
    /// of `listen` unless given. With https, session cookies are sent over nothing else.
    pub(crate) public_url: Option<String>,
    /// Whether `/api/v2` is served like `/v2`. The access rules are the same.
    pub(crate) api_alias: bool,
    /// Whether webhooks may be sent to private networks and to this machine. Off, so
    /// that whoever can register a webhook cannot make slotd call what only your
    /// network reaches. Turn it on if your receivers run there and you trust them
    /// all. Link-local addresses, where cloud machines keep credentials, stay refused.
    pub(crate) allow_private_webhooks: bool,
    /// What API keys start with; must itself start with `cal_`, by which clients know
    /// a key. A prefix of your own helps to find leaked keys. Keys made under another
    /// prefix are refused: choose it before the first start.
    pub(crate) api_key_prefix: String,
    /// Seconds during which a token refresh whose answer was lost can be repeated; 0
    /// never. Until the new pair is used or the time is over, whoever has the used
    /// refresh token and the OAuth client's secret gets the same new pair again. 0
    /// closes that, but then a client whose answer is lost loses its session.
    pub(crate) refresh_retry_seconds: u32,
    /// Seconds after which a request is answered with 503. At least 1. Keeps slow
    /// requests from piling up. Leave it above `database_timeout_seconds`, or a
    /// request is given up before its statement is.
    pub(crate) request_timeout_seconds: u64,
    /// Networks of proxies whose `X-Forwarded-For` is believed. The default is this
    /// machine, so that nobody elsewhere can pass for another address and escape the
    /// rate limits. A proxy on another machine must be named, or all its callers
    /// count as one. Name none (`[]`) if slotd has no proxy.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Networks from which `GET /metrics` is answered; loopback unless given, none with `[]`.
    pub(crate) metrics_allow: Vec<IpNet>,
    /// `on` or `off`: whether callers may make only so many requests. On, against
    /// guessing of credentials and against one caller who takes all there is. Counted
    /// per process: several processes behind one proxy let through their number times
    /// as much.
    pub(crate) rate_limits: Switch,
    /// Requests per window of an API key that has no limits of its own. At least 1.
    pub(crate) rate_limit_api_key: u32,
    /// Requests per window of an access token. At least 1.
    pub(crate) rate_limit_access_token: u32,
    /// Requests per window of an OAuth client. At least 1.
    pub(crate) rate_limit_oauth_client: u32,
    /// Requests per window of everybody else, by address (IPv6: by network of 64 bits).
    /// At least 1. Wrong credentials count here: it bounds how fast they can be
    /// guessed.
    pub(crate) rate_limit_address: u32,
    /// Seconds that a window lasts from its first request on. At least 1.
    pub(crate) rate_limit_window_seconds: u32,
    /// Seconds for which a caller is refused after one request too many.
    pub(crate) rate_limit_block_seconds: u32,
    /// Whether a held slot can be booked by whoever names no hold, as in Cal.com. Off, a
    /// slot that somebody holds is kept from everybody else until the hold has run out.
    pub(crate) holds_are_advisory: bool,
    /// Whether all bookings of a series must be free. Off, only the first one is looked at,
    /// and the others are made over whatever is there.
    pub(crate) checks_whole_series: bool,
    /// Status of the answer when a limit of bookings or of their minutes is reached: 401, as
    /// in Cal.com, by which clients know it, or 400, which proxies and clients that repeat
    /// requests after a 401 understand better.
    pub(crate) booking_limits_status: u16,
    /// Addresses that cannot book and cannot be guests. Letter case, and what stands between
    /// `+` and `@`, do not count.
    pub(crate) blocked_emails: Vec<String>,
    /// What stands behind the `@` in the UIDs of calendar events of new bookings. Calendars
    /// know an event by its UID; a change does not touch bookings that are there.
    pub(crate) ical_host: String,
}

/// Whether something is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Switch {
    On,
    Off,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Default for Settings {
    fn default() -> Self {
        let http = slotd_http::Settings::default();
        let limits = RateLimitSettings::default();
        let seconds =
            |duration: SignedDuration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
        Self {
            listen: "127.0.0.1:3000".to_owned(),
            data_dir: "slotd-data".into(),
            database_url: None,
            database_connections: 8,
            database_timeout_seconds: 10,
            key_file: None,
            secret_key: None,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            otlp_endpoint: None,
            public_url: None,
            api_alias: true,
            allow_private_webhooks: false,
            api_key_prefix: "cal_".to_owned(),
            refresh_retry_seconds: 60,
            request_timeout_seconds: 30,
            trusted_proxies: http.trusted_proxies,
            metrics_allow: http.metrics_allow,
            rate_limits: Switch::On,
            rate_limit_window_seconds: seconds(limits.api_key.window),
            rate_limit_block_seconds: seconds(limits.api_key.block),
            rate_limit_api_key: limits.api_key.requests,
            rate_limit_access_token: limits.access_token.requests,
            rate_limit_oauth_client: limits.oauth_client.requests,
            rate_limit_address: limits.address.requests,
            holds_are_advisory: http.bookings.holds_are_advisory,
            checks_whole_series: http.bookings.checks_whole_series,
            booking_limits_status: 401,
            blocked_emails: http.bookings.blocked_emails,
            ical_host: http.bookings.ical_host,
        }
    }
}

/// The environment variables that are settings; others that start with `SLOTD_` are not ours.
pub(crate) const KEYS: [&str; 30] = [
    "listen",
    "data_dir",
    "database_url",
    "database_connections",
    "database_timeout_seconds",
    "key_file",
    "secret_key",
    "log",
    "log_format",
    "otlp_endpoint",
    "public_url",
    "api_alias",
    "allow_private_webhooks",
    "api_key_prefix",
    "refresh_retry_seconds",
    "request_timeout_seconds",
    "trusted_proxies",
    "metrics_allow",
    "rate_limits",
    "rate_limit_api_key",
    "rate_limit_access_token",
    "rate_limit_oauth_client",
    "rate_limit_address",
    "rate_limit_window_seconds",
    "rate_limit_block_seconds",
    "holds_are_advisory",
    "checks_whole_series",
    "booking_limits_status",
    "blocked_emails",
    "ical_host",
];

/// Settings whose values are never shown.
const SECRET: [&str; 2] = ["secret_key", "database_url"];

impl Settings {
    /// Reads all sources; `flags` win.
    pub(crate) fn read(file: Option<&Path>, flags: &impl Serialize) -> Result<Self, Failure> {
        let file = match file {
            Some(file) if !file.is_file() => {
                return Err(Failure::new(format!("there is no settings file {}", file.display())));
            }
            Some(file) => file,
            None => Path::new("slotd.toml"),
        };
        let mut sources = Figment::from(Serialized::defaults(Self::default()));
        if file.is_file() {
            sources = sources.merge(Toml::file_exact(file));
        }
        let settings: Self = sources
            .merge(Env::prefixed("SLOTD_").only(&KEYS))
            .merge(Serialized::globals(flags))
            .extract()
            .map_err(|error| unreadable(&error))?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), Failure> {
        let wrong = |text: String| Err(Failure::new(text));
        if let Some(url) = &self.database_url
            && !url.starts_with("postgres://")
            && !url.starts_with("postgresql://")
        {
            return wrong(
                "database_url must start with postgres://; for the embedded database set data_dir"
                    .to_owned(),
            );
        }
        if !(1..=1000).contains(&self.database_connections) {
            return wrong("database_connections must be between 1 and 1000".to_owned());
        }
        if self.database_timeout_seconds == 0 || self.request_timeout_seconds == 0 {
            return wrong("a time-out must be at least 1 second".to_owned());
        }
        let limits = [
            self.rate_limit_api_key,
            self.rate_limit_access_token,
            self.rate_limit_oauth_client,
            self.rate_limit_address,
            self.rate_limit_window_seconds,
        ];
        if limits.contains(&0) {
            return wrong(
                "a rate limit and its window must be at least 1; to have none set rate_limits = \"off\""
                    .to_owned(),
            );
        }
        if ![400, 401].contains(&self.booking_limits_status) {
            return wrong("booking_limits_status must be 400 or 401".to_owned());
        }
        if let Some(address) = self.blocked_emails.iter().find(|it| !email::is_address(it)) {
            return wrong(format!("blocked_emails holds {address:?}, which is no e-mail address"));
        }
        let is_of_host = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
        if !(1..=253).contains(&self.ical_host.len()) || !self.ical_host.chars().all(is_of_host) {
            return wrong("ical_host must be a host name, such as slotd.example.com".to_owned());
        }
        if !self.api_key_prefix.starts_with("cal_") {
            return wrong("api_key_prefix must start with cal_".to_owned());
        }
        if self.key_file.is_some() && self.secret_key.is_some() {
            return wrong("set key_file or secret_key, not both".to_owned());
        }
        if let Some(text) = &self.secret_key {
            parse_keys("secret_key", text)?;
        }
        if let Some(url) = &self.public_url {
            let is_origin = url::Url::parse(url).is_ok_and(|parsed| {
                ["http", "https"].contains(&parsed.scheme())
                    && parsed.origin().ascii_serialization() == *url
            });
            if !is_origin {
                return wrong(
                    "public_url must be like https://slotd.example.com, without a path or a slash at its end"
                        .to_owned(),
                );
            }
        }
        if let Some(endpoint) = &self.otlp_endpoint {
            if !cfg!(feature = "otel") {
                return wrong("otlp_endpoint needs a slotd built with the feature otel".to_owned());
            }
            if !endpoint.starts_with("http://") {
                return wrong("otlp_endpoint must start with http://".to_owned());
            }
        }
        self.log_filter().map(drop)
    }

    /// What is logged.
    pub(crate) fn log_filter(&self) -> Result<EnvFilter, Failure> {
        EnvFilter::try_new(&self.log)
            .map_err(|error| Failure::new(format!("log is no level and no directives: {error}")))
    }

    /// How the store is opened.
    pub(crate) fn store_options(&self) -> Options {
        let location = match &self.database_url {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Sqlite(self.data_dir.join("slotd.db")),
        };
        Options {
            connections: self.database_connections,
            time_out: Duration::from_secs(self.database_timeout_seconds),
            ..Options::new(location)
        }
    }

    /// Where people reach this server.
    pub(crate) fn base_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.listen))
    }

    /// What the API asks about.
    pub(crate) fn http(&self) -> slotd_http::Settings {
        slotd_http::Settings {
            api_alias: self.api_alias,
            allow_private_webhooks: self.allow_private_webhooks,
            api_key_prefix: self.api_key_prefix.clone(),
            public_url: self.base_url(),
            lost_answer_period: SignedDuration::from_secs(i64::from(self.refresh_retry_seconds)),
            request_time_out: Duration::from_secs(self.request_timeout_seconds),
            trusted_proxies: self.trusted_proxies.clone(),
            metrics_allow: self.metrics_allow.clone(),
            rate_limits: match self.rate_limits {
                Switch::Off => None,
                Switch::On => Some(RateLimitSettings {
                    api_key: self.limit(self.rate_limit_api_key),
                    access_token: self.limit(self.rate_limit_access_token),
                    oauth_client: self.limit(self.rate_limit_oauth_client),
                    address: self.limit(self.rate_limit_address),
                }),
            },
            bookings: BookingSettings {
                holds_are_advisory: self.holds_are_advisory,
                checks_whole_series: self.checks_whole_series,
                limits_status: match self.booking_limits_status {
                    400 => LimitsStatus::BadRequest,
                    _ => LimitsStatus::Unauthorized,
                },
                blocked_emails: self.blocked_emails.iter().map(|it| base_address(it)).collect(),
                ical_host: self.ical_host.clone(),
            },
            ..slotd_http::Settings::default()
        }
    }

    fn limit(&self, requests: u32) -> Limit {
        Limit {
            name: "default".to_owned(),
            requests,
            window: SignedDuration::from_secs(self.rate_limit_window_seconds.into()),
            block: SignedDuration::from_secs(self.rate_limit_block_seconds.into()),
        }
    }

    /// The settings without their secrets, to be shown.
    pub(crate) fn without_secrets(&self) -> Self {
        let hidden = |secret: &Option<String>| secret.as_ref().map(|_| "(set)".to_owned());
        Self {
            secret_key: hidden(&self.secret_key),
            database_url: hidden(&self.database_url),
            ..self.clone()
        }
    }

    /// Where the key file is.
    pub(crate) fn key_path(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| self.data_dir.join("secret.key"))
    }

    /// The server's keys, if there are any yet.
    pub(crate) fn keys(&self) -> Result<Option<ServerKeys>, Failure> {
        if let Some(text) = &self.secret_key {
            return parse_keys("secret_key", text).map(Some);
        }
        let path = self.key_path();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let path = path.display();
                return Err(Failure::new(format!("the key file {path} cannot be read: {error}")));
            }
        };
        warn_of_readers(&path);
        parse_keys(&format!("the key file {}", path.display()), &text).map(Some)
    }

    /// Makes a key, in a file that only its owner can read. Of several processes
    /// that do so at once one makes it and the others read it.
    pub(crate) fn make_key(&self) -> Result<ServerKeys, Failure> {
        let path = self.key_path();
        match key_file::create(&path) {
            Ok(keys) => Ok(keys),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                self.keys()?.ok_or_else(|| Failure::new("the key file is gone again"))
            }
            Err(error) => {
                let path = path.display();
                Err(Failure::new(format!("the key file {path} cannot be made: {error}")))
            }
        }
    }

    /// Where the keys were read, for a sentence.
    pub(crate) fn key_place(&self) -> String {
        match self.secret_key {
            Some(_) => "secret_key".to_owned(),
            None => self.key_path().display().to_string(),
        }
    }
}

/// Says so when others than its owner can read the key file.
fn warn_of_readers(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What cannot be looked at was just read; that is all that is needed.
        let mode = std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
        if mode & 0o077 != 0 {
            tracing::warn!(
                key_file = %path.display(),
                "the key file can be read by others than its owner: chmod 600 it"
            );
        }
    }
}

fn parse_keys(place: &str, text: &str) -> Result<ServerKeys, Failure> {
    ServerKeys::parse(text).map_err(|error| Failure::new(format!("{place}: {error}")))
}

/// Names the setting and where it was read, which the error's own text leaves out
/// for some sources, and shows no secret, which that text does.
fn unreadable(error: &figment::Error) -> Failure {
    use figment::Source;
    use figment::error::Kind;

    let name = error.path.join(".");
    let what = match &error.kind {
        Kind::UnknownField(_, known) => format!("is no setting; there are: {}", known.join(", ")),
        Kind::UnknownVariant(value, known) => {
            format!("cannot be {value}; it can be: {}", known.join(", "))
        }
        _ if SECRET.contains(&name.as_str()) => "cannot be read: it must be a text".to_owned(),
        // The parser quotes the line, behind a bar, and that may be a secret's.
        Kind::Message(text) => {
            let lines: Vec<&str> = text.lines().filter(|line| !line.contains('|')).collect();
            format!("cannot be read: {}", lines.join(": "))
        }
        kind => format!("cannot be read: {kind}"),
    };
    let place = error.metadata.as_ref().map_or(String::new(), |metadata| match &metadata.source {
        Some(Source::File(path)) => format!(" ({})", path.display()),
        _ => format!(" ({})", metadata.name),
    });
    let name = if name.is_empty() { "the settings" } else { &name };
    Failure::new(format!("{name}{place} {what}"))
}

/// Makes a file that only its owner can read and write; fails where there is one.
pub(crate) fn new_private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a file that only its owner can read and write, where there is none yet.
pub(crate) fn create_private_file(path: &Path) -> std::io::Result<()> {
    match new_private_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Makes a folder that only its owner can enter.
pub(crate) fn create_private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 03 R5.6, 7.9 row 1
    #[test]
    fn settings_of_bookings_reach_the_api() {
        let bookings = Settings::default().http().bookings;
        assert!(bookings.holds_are_advisory && bookings.checks_whole_series);
        assert_eq!(bookings.limits_status, LimitsStatus::Unauthorized);
        let settings = Settings {
            holds_are_advisory: false,
            checks_whole_series: false,
            booking_limits_status: 400,
            blocked_emails: vec!["Spam+1@Mail.test".to_owned()],
            ical_host: "slotd.example.com".to_owned(),
            ..Settings::default()
        };
        let bookings = settings.http().bookings;
        assert!(!bookings.holds_are_advisory && !bookings.checks_whole_series);
        assert_eq!(bookings.limits_status, LimitsStatus::BadRequest);
        assert_eq!(bookings.blocked_emails, ["spam@mail.test"]);
        assert_eq!(bookings.ical_host, "slotd.example.com");
    }

    /// The threads stand for containers with one volume: all have the same process id.
    #[test]
    fn races_for_a_key_file_end_with_one_key_and_no_draft() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/secret.key");
        let settings = Settings { key_file: Some(path.clone()), ..Settings::default() };
        let together = std::sync::Barrier::new(16);
        let make = || {
            together.wait();
            settings.make_key().unwrap().current().to_text()
        };
        let keys: Vec<String> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..16).map(|_| scope.spawn(make)).collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(keys, vec![text.trim(); 16]);
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
