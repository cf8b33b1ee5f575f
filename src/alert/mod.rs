//! Tells receivers: routes, outbox, signature, retry.
//!
//! Invariant: an alert that was committed is delivered or becomes a dead letter; it is
//! never dropped, unless a newer one says the same before it was tried, or a person says that there
//! is nothing to tell.
//! Invariant: every retry and replay of an event carries the same id and the same body.
//! Invariant: the address of a receiver stands in no log, error or `Debug` text.

mod config;
mod problems;
mod quiet;
mod route;
pub mod digest;
pub mod update;
mod message;
mod format;
mod address;
mod receiver;
mod post;
mod mail;
mod key_ring;
mod circuit;
mod pace;
mod attempt;
mod answer;
mod lane;
mod dispatch;
mod record;
mod test_event;
pub mod retry;
pub mod secret;
pub mod signature;
#[cfg(test)]
mod samples;

pub use address::AddressError;
pub use config::{
    Config, DigestConfig, Format, MuteWindowConfig, Names, Payload, ReceiverConfig, RouteConfig,
};
pub use dispatch::{Dispatcher, DispatcherParts};
pub use format::{Target, TargetError};
pub use lane::{Standing, Standings};
pub use message::{Digest, DigestStory, Message, Notice, Stamp};
pub use problems::{notified_problems, problems, route_problems, topic_problems};
pub use quiet::{Kept, Quiet, Subject};
pub use receiver::{Receiver, ReceiverError, ReceiverFiles};
pub use route::{DigestRoute, Envelope, Explanation, News, Router, Routing, Tidings};
pub use test_event::test;
