//! The binary itself: its command line, its first start, and a customer's journey.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]
#![expect(clippy::print_stderr, reason = "what is skipped says so")]

mod backup;
mod booking_load;
mod clients;
mod command_line;
mod crashes;
mod guides;
mod journey;
mod keys;
mod load;
mod process;
mod sessions;
mod starting;
mod tables;
#[cfg(feature = "otel")]
mod traces;
mod two_processes;
