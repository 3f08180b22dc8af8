//! The binary itself: its command line, its first start, and a customer's journey.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]
#![expect(clippy::print_stderr, reason = "what is skipped says so")]

mod backup;
mod clients;
mod command_line;
mod journey;
mod keys;
mod process;
mod sessions;
mod starting;
#[cfg(feature = "otel")]
mod traces;
