//! The store on both engines.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

mod keys;
mod statements;
mod units;
mod webhooks;
