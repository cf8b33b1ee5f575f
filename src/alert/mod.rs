//! Tells receivers: routes, outbox, signature, retry.
//!
//! Invariant: an alert that was committed is delivered or becomes a dead letter; it is
//! never dropped.
//! Invariant: every retry and replay of an event carries the same id and the same body.

mod config;
mod problems;
mod route;
mod format;
pub mod secret;
pub mod signature;
#[cfg(test)]
mod samples;

pub use config::{Config, Format, ReceiverConfig, RouteConfig};
pub use problems::problems;
pub use route::{News, Router};
