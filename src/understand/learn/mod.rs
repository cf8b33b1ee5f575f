//! Learns weights from labelled texts.
//!
//! Invariant: the same rows give the same weights, bit for bit, on every run of a build.

mod logistic;
mod spread;
mod trees;

pub use logistic::{Linear, Row, Settings, fit};
pub use spread::{scaled, spreads};
pub use trees::{Growth, Node, Split, Tree, grow};
