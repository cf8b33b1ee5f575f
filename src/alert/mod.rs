//! Tells receivers: routes, outbox, signature, retry.
//!
//! Invariant: an alert that was committed is delivered or becomes a dead letter; it is
//! never dropped.
//! Invariant: every retry and replay of an event carries the same id and the same body.

mod config;
pub mod secret;
pub mod signature;

pub use config::{Config, Format, ReceiverConfig, RouteConfig};
