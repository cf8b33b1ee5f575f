//! Talks HTTP to the outside: the only user of the HTTP client.
//!
//! Invariant: no connection to a private address unless its range was opened.
//! Invariant: no body, header wait or request without a limit.

mod config;

pub use config::Config;
