//! The binary itself: its command line, its first start, and a customer's journey.

#![expect(clippy::unwrap_used, reason = "test code fails by panicking")]
#![expect(clippy::print_stderr, reason = "what is skipped says so")]

mod command_line;
mod crashes;
mod journey;
mod load;
mod process;
mod starting;
mod tables;
mod two_processes;
