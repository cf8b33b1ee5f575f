//! The sketches of recent matches, ready to be compared.

use std::sync::Arc;

use crate::model::Sketch;

/// The sketches of recent matches, ready to be compared.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    pub(super) sketches: Vec<Arc<Sketch>>,
}

impl Recent {
    /// Takes over what the store holds now: whatever is not in `sketches` is forgotten.
    pub fn sync(&mut self, sketches: &[Arc<Sketch>]) {
        self.sketches = sketches.to_vec();
    }

    /// Adds the sketch of a match that was just decided.
    pub fn add(&mut self, sketch: Arc<Sketch>) {
        self.sketches.push(sketch);
    }
}
