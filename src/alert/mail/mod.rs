//! Mail: how one is written, and the way to a mail server. The one user of `lettre`.
//!
//! Invariant: no line of a header comes from outside; texts are encoded words or not there.

mod letterhead;
mod server;
mod starttls;

pub(super) use letterhead::{Letterhead, Mail};
pub(super) use server::{Mailer, Server};
