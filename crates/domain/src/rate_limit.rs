//! Rate limits: how many requests a caller may make, and when again (RL-4 to RL-8).

use jiff::{SignedDuration, Timestamp};

/// How many requests are allowed in a window, and what follows when there are more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Stands in the names of the headers: `default` gives `X-RateLimit-Limit-Default`.
    pub name: String,
    /// Requests allowed in one window; at least 1.
    pub requests: u32,
    /// How long a window lasts from its first request on.
    pub window: SignedDuration,
    /// How long requests are refused after one too many.
    pub block: SignedDuration,
}

impl Limit {
    /// `requests` a minute, and a minute's block (RL-2).
    #[must_use]
    pub fn per_minute(name: &str, requests: u32) -> Self {
        let minute = SignedDuration::from_mins(1);
        Self { name: name.to_owned(), requests, window: minute, block: minute }
    }
}

/// The requests of one caller under one limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counter {
    count: u32,
    /// End of the window, or of the block while there is one.
    ends_at: Option<Timestamp>,
    is_blocked: bool,
}

/// What a limit says about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the limit refuses requests now.
    pub is_blocked: bool,
    /// Requests left in this window.
    pub remaining: u32,
    /// When the window, or the block, ends.
    pub resets_in: SignedDuration,
}

impl Counter {
    /// Counts a request made at `now`.
    ///
    /// A window starts with its first request. The request that exceeds the limit
    /// starts a block; requests during a block do not prolong it, and after it
    /// counting starts anew.
    ///
    /// ```
    /// use slotd_domain::rate_limit::{Counter, Limit};
    ///
    /// let (limit, now) = (Limit::per_minute("default", 1), "2026-03-02T09:15:00Z".parse().unwrap());
    /// let mut counter = Counter::default();
    /// assert!(!counter.hit(&limit, now).is_blocked);
    /// assert!(counter.hit(&limit, now).is_blocked);
    /// ```
    pub fn hit(&mut self, limit: &Limit, now: Timestamp) -> Verdict {
        let after = |duration| now.saturating_add(duration).unwrap_or(Timestamp::MAX);
        let mut ends_at = match self.ends_at {
            Some(ends_at) if ends_at > now => ends_at,
            _ => {
                *self = Self::default();
                after(limit.window)
            }
        };
        if !self.is_blocked {
            self.count = self.count.saturating_add(1);
            if self.count > limit.requests {
                self.is_blocked = true;
                ends_at = after(limit.block);
            }
        }
        self.ends_at = Some(ends_at);
        Verdict {
            is_blocked: self.is_blocked,
            remaining: limit.requests.saturating_sub(self.count),
            resets_in: now.duration_until(ends_at),
        }
    }

    /// Whether forgetting this counter at `now` changes nothing.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|ends_at| ends_at <= now)
    }
}

/// Whether a request is refused: only when every limit refuses it (RL-8).
#[must_use]
pub fn is_refused(verdicts: &[Verdict]) -> bool {
    !verdicts.is_empty() && verdicts.iter().all(|verdict| verdict.is_blocked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Timestamp {
        let start: Timestamp = "2026-03-02T09:15:00Z".parse().unwrap();
        start + SignedDuration::from_secs_f64(seconds)
    }

    fn limit(requests: u32, window: i64, block: i64) -> Limit {
        Limit {
            name: "default".to_owned(),
            requests,
            window: SignedDuration::from_secs(window),
            block: SignedDuration::from_secs(block),
        }
    }

    /// RL-4, RL-6
    #[test]
    fn one_request_too_many_starts_a_block_and_after_it_counting_starts_anew() {
        let (limit, mut counter) = (limit(3, 60, 30), Counter::default());
        for (second, remaining) in [(0.0, 2), (1.0, 1), (59.0, 0)] {
            let verdict = counter.hit(&limit, at(second));
            assert_eq!((verdict.is_blocked, verdict.remaining), (false, remaining));
            assert_eq!(
                verdict.resets_in,
                at(second).duration_until(at(60.0)),
                "from the first request on"
            );
        }
        let refused = counter.hit(&limit, at(59.5));
        assert_eq!((refused.is_blocked, refused.remaining), (true, 0));
        assert_eq!(refused.resets_in, SignedDuration::from_secs(30));
        // Whoever keeps asking is not blocked for longer.
        for second in [60.0, 70.0, 89.0] {
            let refused = counter.hit(&limit, at(second));
            assert!(refused.is_blocked, "the block outlasts the window");
            assert_eq!(refused.resets_in, at(second).duration_until(at(89.5)));
        }
        let anew = counter.hit(&limit, at(89.5));
        assert_eq!((anew.is_blocked, anew.remaining), (false, 2));
        assert_eq!(anew.resets_in, SignedDuration::from_secs(60));
    }

    /// RL-4
    #[test]
    fn a_window_that_ended_is_forgotten() {
        let (limit, mut counter) = (limit(2, 10, 10), Counter::default());
        counter.hit(&limit, at(0.0));
        counter.hit(&limit, at(1.0));
        assert!(!counter.is_over(at(9.9)));
        assert!(counter.is_over(at(10.0)));
        assert_eq!(counter.hit(&limit, at(10.0)).remaining, 1);
        assert!(Counter::default().is_over(at(0.0)));
    }

    /// RL-8, with its example.
    #[test]
    fn of_several_limits_all_must_refuse() {
        let (short, long) = (limit(2, 1, 2), limit(3, 2, 4));
        let mut counters = [Counter::default(), Counter::default()];
        let mut hit = |second| {
            let now = at(second);
            let verdicts = [counters[0].hit(&short, now), counters[1].hit(&long, now)];
            (
                is_refused(&verdicts),
                verdicts.map(|verdict| verdict.remaining),
                verdicts.map(|verdict| verdict.resets_in),
            )
        };
        assert_eq!((hit(0.0).0, hit(0.1).0), (false, false));
        let third = hit(0.2);
        assert_eq!((third.0, third.1), (false, [0, 0]), "short refuses, long does not");
        let fourth = hit(0.2);
        assert_eq!((fourth.0, fourth.1), (true, [0, 0]));
        assert!(
            fourth.2[0] >= SignedDuration::from_secs(2)
                && fourth.2[1] >= SignedDuration::from_secs(4)
        );
        let after_short = hit(2.3);
        assert_eq!((after_short.0, after_short.1), (false, [1, 0]));
        let after_long = hit(4.5);
        assert_eq!((after_long.0, after_long.1), (false, [1, 2]), "both start anew");
        assert!(!is_refused(&[]));
    }
}
