//! People: the HTTP API, the pages, who may do what.
//!
//! Invariant: nothing is changed by a GET, nor by a form from another site.
//! Invariant: no text from outside reaches a page unescaped.

mod app;
mod controls;
mod alerting;
mod router;
mod guard;
mod access;
pub mod csrf;
mod reading;
mod correct;
mod undo;
mod wanted;
mod found;
mod problem;
mod serve;
mod waiting;
pub mod api;
mod health;
mod pages;

pub use access::{
    Admin, LOCAL_NAME, LOOPBACK_NAME, Person, Reviewer, check_name, hash_of, new_token,
};
pub use alerting::{MuteWish, ReplayMode, ReplayOrder, ReplayWhat};
pub use app::{Access, App};
pub use controls::{
    AlertWanted, Change, ControlError, Controls, FeedAdded, FeedStanding, Health, NewFeed,
    ReceiverTest, Urgency,
};
pub use found::found_view;
pub use problem::Problem;
pub use router::router;
pub use serve::{Limits, serve};
pub use waiting::waiting;
pub use wanted::{Typing, words_of};
