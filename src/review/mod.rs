//! People: the HTTP API, the pages, who may do what.
//!
//! Invariant: nothing is changed by a GET, nor by a form from another site.
//! Invariant: no text from outside reaches a page unescaped.

mod app;
mod controls;

pub use app::{Access, App};
pub use controls::{
    AlertWanted, Change, ControlError, Controls, FeedStanding, Health, NewFeed, ReceiverTest,
};
