//! Learns weights from labelled texts.
//!
//! Invariant: the same rows give the same weights, bit for bit, on every run of a build.

mod logistic;

pub use logistic::{Linear, Row, Settings, fit};
