//! Talks HTTP to the outside: the only user of the HTTP client.
//!
//! Invariant: no connection to a private address unless its range was opened.
//! Invariant: no body, header wait or request without a limit.

mod config;
mod request;
mod client;
mod transport;
mod wire;
mod resolver;
mod dial;
pub mod guard;
mod body;
mod unpack;
mod decoders;
mod header_file;
mod error;
mod tls_fault;
pub mod backoff;
pub mod chance;

pub use body::Room;
pub use client::Client;
pub use config::{Config, Contact};
pub use dial::{Dialler, Line};
pub use error::NetError;
pub use header_file::{SecretHeader, header_lines, is_header_value};
pub use request::{BodyLimit, Headers, Limits, Method, Request, Response};
pub use tls_fault::TlsFault;
pub use transport::{Chunks, Incoming, Outgoing, Transport};
