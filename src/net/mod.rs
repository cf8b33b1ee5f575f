//! Talks HTTP to the outside: the only user of the HTTP client.
//!
//! Invariant: no connection to a private address unless its range was opened.
//! Invariant: no body, header wait or request without a limit.

mod config;
mod request;
mod client;
mod resolver;
pub mod guard;
mod error;
pub mod backoff;
pub mod chance;

pub use client::Client;
pub use config::Config;
pub use error::NetError;
pub use request::{BodyLimit, Headers, Limits, Method, Request, Response};
