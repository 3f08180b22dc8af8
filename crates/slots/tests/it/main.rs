//! The engine from outside.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

mod examples;
mod regressions;
mod scene;
