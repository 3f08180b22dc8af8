//! The store on both engines.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

mod backup;
mod event_types;
mod idempotency;
mod keys;
mod metrics;
mod readiness;
mod schedules;
mod statements;
mod units;
mod webhooks;
