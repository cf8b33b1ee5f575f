//! How a part of the service shows that it is getting on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the rounds of some work; clones share the count.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// The work has come round once more.
    pub fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it did so far.
    pub fn beats(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
