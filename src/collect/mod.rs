//! Brings articles in: when to ask which site, how to ask politely, and how to
//! read the answer.
//!
//! Invariant: a failing feed delays itself and nobody else.
//! Invariant: at most one request per host is in flight.

mod config;
mod access;
mod hosts;
mod clocks;
mod uplink;
mod web;
mod rounds;
mod orders;
mod unwanted;
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
mod draft;
mod head;
mod json;
mod parse;
mod salvage;
mod dates;
mod html;
mod full_text;
mod selected;
pub mod discover;
pub mod page;
pub mod permission;
pub mod robots;
pub mod sitemap;
pub mod archive;
pub mod opml;
mod pattern;

pub use access::Access;
pub use clocks::ServerClocks;
pub use config::{Config, FeedConfig};
pub use dates::parse as parse_date;
pub use decode::decode;
pub use fetch::{Answered, Document, Fetched, Fetcher};
pub use fetch_error::FetchError;
pub use full_text::{FullText, NoText, PageText};
pub use hosts::{Hosts, Paused, Permit, Turn};
pub use orders::Order;
pub use read::{FeedDocument, ReadError, SitemapChild, read, read_text};
pub use rounds::{Rounds, Visitor, Who};
pub use selected::{Compiled, SelectedError};
pub use uplink::UplinkStatus;
pub use web::{Answer, Web};
