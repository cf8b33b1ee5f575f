//! The world around the service, on loopback: sites with feeds, a receiver of alerts, and the
//! binary in a folder of its own.
//!
//! Invariant: ports are free ones, and nothing outlives its test.
//! Invariant: a test waits for what it wants to see, up to [`DEADLINE`]; it never sleeps.

mod watched;
mod loopback;
mod client;
mod feed_server;
mod receiver;
mod home;
mod service;
mod samples;
mod desk;
mod answer;
mod town;
mod watcher;

pub(crate) use answer::{Answer, Body, Item, rss, rss_with, small_feed};
pub(crate) use client::{Response, exchange, send, try_exchange};
pub(crate) use desk::{Desk, LOCAL_TOKEN, json, next_line};
pub(crate) use feed_server::FeedServer;
pub(crate) use home::Home;
pub(crate) use loopback::{Reply, Request};
pub(crate) use receiver::Receiver;
pub(crate) use samples::{SAMPLES, sample};
pub(crate) use service::{Finished, Service};
pub(crate) use town::{Asked, Town};
pub(crate) use watched::DEADLINE;
pub(crate) use watcher::{Setup, Watcher, feeds};
