//! Everything at work on one machine: sample feeds, the real service, a receiver that
//! verifies what arrives. Nothing leaves loopback.

mod samples;
mod server;

pub(super) use samples::SAMPLES;
pub(super) use server::{Received, Server};
