//! The counters of rate limits, and the headers that tell of them (RL-1 to RL-6).
//!
//! Counters live in this process: with several processes behind one proxy each
//! allows the full limit, so a caller gets at most the limit times their number.
//! A restart forgets them. Neither ever refuses a request that one process alone
//! would have let through.

use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use slotd_domain::OAuthClientId;
use slotd_domain::rate_limit::{self, Counter, Limit, Verdict};

/// Locks, so that callers rarely wait for one another.
const SHARDS: usize = 16;
/// Callers of one shard after which those whose windows have ended are forgotten.
const CROWDED: usize = 1_024;
/// Callers of one shard at most; beyond it counting starts anew for all of them.
const FULL: usize = 16_384;

/// Whose requests are counted together.
///
/// Only callers who proved who they are have a counter of their own. Everybody
/// else counts by address: a client's id is public, and whoever knows it must not
/// be able to use the client's requests up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Tracker {
    /// Digest of an API key.
    ApiKey([u8; 32]),
    /// Digest of an access token.
    AccessToken([u8; 32]),
    /// Credentials of an OAuth client.
    OAuthClient(OAuthClientId),
    /// Callers from one network who name a client without proving it.
    Visitor(IpNet),
    /// Anybody else from one network.
    Network(IpNet),
    /// One of these as the caller of an operation that has a limit of its own.
    Operation(&'static str, Box<Tracker>),
}

/// The counters of all callers.
pub(crate) struct RateLimits {
    shards: [Mutex<HashMap<Tracker, Vec<Counter>>>; SHARDS],
    hasher: std::hash::RandomState,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: std::hash::RandomState::new(),
        }
    }
}

impl RateLimits {
    /// Counts a request against all of a caller's limits.
    pub(crate) fn hit(&self, tracker: Tracker, limits: &[Limit], now: Timestamp) -> Vec<Verdict> {
        #[expect(clippy::cast_possible_truncation, reason = "a remainder of 16 fits")]
        let shard = (self.hasher.hash_one(&tracker) % SHARDS as u64) as usize;
        let mut callers = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if callers.len() >= CROWDED && !callers.contains_key(&tracker) {
            make_room(&mut callers, now);
        }
        let counters = callers.entry(tracker).or_default();
        // A key's limits can change while it is in use.
        counters.resize(limits.len(), Counter::default());
        limits.iter().zip(counters).map(|(limit, counter)| counter.hit(limit, now)).collect()
    }
}

/// Forgets whom it can; the cost is spread over the requests since the last time.
fn make_room(callers: &mut HashMap<Tracker, Vec<Counter>>, now: Timestamp) {
    if callers.len() == callers.capacity() || callers.len() >= FULL {
        callers.retain(|_, counters| !counters.iter().all(|counter| counter.is_over(now)));
    }
    if callers.len() >= FULL {
        callers.clear();
    }
}

/// What a request is told about its limits.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    headers: HeaderMap,
    is_refusal: bool,
}

impl Told {
    pub(crate) fn new(limits: &[Limit], verdicts: &[Verdict]) -> Self {
        let mut headers = HeaderMap::with_capacity(limits.len() * 3 + 1);
        for (limit, verdict) in limits.iter().zip(verdicts) {
            for (what, value) in [
                ("limit", i64::from(limit.requests)),
                ("remaining", i64::from(verdict.remaining)),
                ("reset", whole_seconds(verdict.resets_in)),
            ] {
                let name = format!("x-ratelimit-{what}-{}", limit.name.to_ascii_lowercase());
                if let Ok(name) = HeaderName::try_from(name) {
                    headers.insert(name, HeaderValue::from(value));
                }
            }
        }
        let is_refusal = rate_limit::is_refused(verdicts);
        if is_refusal && let Some(first) = verdicts.iter().map(|verdict| verdict.resets_in).min() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(first)));
        }
        Self { headers, is_refusal }
    }

    /// The same with what is told about other limits, each of which can refuse alone.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.headers.extend(other.headers);
        Self { is_refusal: self.is_refusal || other.is_refusal, ..self }
    }

    /// Whether the request is one too many.
    pub(crate) fn is_refusal(&self) -> bool {
        self.is_refusal
    }

    /// Adds the headers to an answer.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        headers.extend(self.headers);
    }
}

/// Seconds from now, never too few (RL-5).
fn whole_seconds(duration: SignedDuration) -> i64 {
    duration.as_secs() + i64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-03-02T09:15:00Z".parse().unwrap()
    }

    fn caller(number: u32) -> Tracker {
        Tracker::Network(IpNet::new(std::net::Ipv4Addr::from(number).into(), 32).unwrap())
    }

    #[test]
    fn callers_are_counted_apart() {
        let (limits, counted) = ([Limit::per_minute("default", 2)], RateLimits::default());
        for number in 0..1_000 {
            assert_eq!(counted.hit(caller(number), &limits, now())[0].remaining, 1);
        }
        assert_eq!(counted.hit(caller(7), &limits, now())[0].remaining, 0);
        let Tracker::Network(network) = caller(7) else { unreachable!("that is what it makes") };
        assert_eq!(counted.hit(Tracker::Visitor(network), &limits, now())[0].remaining, 1);
    }

    #[test]
    fn memory_is_bounded_however_many_callers_there_are() {
        let (limits, counted) = ([Limit::per_minute("default", 2)], RateLimits::default());
        let bound = SHARDS * FULL;
        let many = u32::try_from(bound + bound / 4).unwrap();
        for number in 0..many {
            counted.hit(caller(number), &limits, now());
        }
        let known = |counted: &RateLimits| -> usize {
            counted.shards.iter().map(|shard| shard.lock().unwrap().len()).sum()
        };
        assert!(known(&counted) <= bound);
        // Once their windows have ended, old callers make room for new ones.
        let later = now() + SignedDuration::from_mins(2);
        for number in 0..many {
            counted.hit(caller(number), &limits, later);
        }
        assert!(known(&counted) <= bound);
    }

    /// RL-5, QI-25
    #[test]
    fn headers_carry_the_name_of_the_limit_and_seconds_from_now() {
        let limits = [Limit::per_minute("Long", 1)];
        let counted = RateLimits::default();
        let told = Told::new(&limits, &counted.hit(caller(1), &limits, now()));
        assert_eq!(
            (told.is_refusal(), &told.headers["x-ratelimit-limit-long"]),
            (false, &HeaderValue::from(1))
        );
        assert_eq!(told.headers["x-ratelimit-reset-long"], "60");
        let later = now() + SignedDuration::from_millis(10_500);
        let told = Told::new(&limits, &counted.hit(caller(1), &limits, later));
        assert_eq!(
            (told.is_refusal(), &told.headers["retry-after"]),
            (true, &HeaderValue::from(60))
        );
        assert_eq!(told.headers["x-ratelimit-remaining-long"], "0");
        let later = later + SignedDuration::from_millis(500);
        let told = Told::new(&limits, &counted.hit(caller(1), &limits, later));
        assert_eq!(told.headers["x-ratelimit-reset-long"], "60", "59.5 seconds are not 59");
    }
}
