//! Brings articles in: when to ask which site, how to ask politely, and how to
//! read the answer.
//!
//! Invariant: a failing feed delays itself and nobody else.
//! Invariant: at most one request per host is in flight.

mod config;
mod rounds;
mod orders;
pub mod schedule;
pub mod identity;
mod fetch;
mod fetch_error;
mod hints;
mod read;
mod decode;
mod repair;
mod tags;
mod entities;
mod vocabulary;
mod json;
mod parse;
mod dates;
mod html;
mod selected;
pub mod discover;
pub mod page;
pub mod permission;
pub mod robots;
pub mod sitemap;
pub mod archive;
mod pattern;
mod unescape;

pub use config::{Config, FeedConfig};
pub use decode::decode;
pub use fetch::{Document, Fetched, Fetcher};
pub use fetch_error::FetchError;
pub use orders::Order;
pub use read::{FeedDocument, ReadError, SitemapChild, read, read_text};
pub use rounds::{Rounds, Visitor, Who};
pub use selected::{Compiled, SelectedError};
