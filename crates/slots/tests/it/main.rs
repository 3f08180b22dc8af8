//! The engine from outside.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]

mod corners;
mod examples;
mod hostile;
mod properties;
mod regressions;
mod scene;
mod strategies;
mod twin;
mod verdicts;
