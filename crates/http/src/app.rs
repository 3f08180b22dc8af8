use std::sync::Arc;

use jiff::SignedDuration;
use slotd_store::Store;

use crate::Clock;

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
}

/// What an operator can set about the API.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether `/api/v2` is served like `/v2` (BP-2).
    pub api_alias: bool,
    /// What API keys start with (AU-8).
    pub api_key_prefix: String,
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
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            api_alias: true,
            api_key_prefix: "cal_".to_owned(),
            lost_answer_period: SignedDuration::from_mins(1),
            max_connections: 4_096,
            write_time_out: std::time::Duration::from_secs(30),
            body_time_out: std::time::Duration::from_secs(15),
            request_time_out: std::time::Duration::from_secs(30),
        }
    }
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(store: Store, clock: Clock, settings: Settings) -> Self {
        Self(Arc::new(Inner { store, clock, settings }))
    }
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
