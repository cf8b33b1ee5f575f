//! Brings articles in: when to ask which site, how to ask politely, and how to
//! read the answer.
//!
//! Invariant: a failing feed delays itself and nobody else.
//! Invariant: at most one request per host is in flight.

mod config;

pub use config::{Config, FeedConfig};
