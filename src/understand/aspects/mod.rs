//! What a tie is about: the aspects of the label guideline, each with a sum of its own.
//!
//! `columns` turns a reading into named features, `learning` finds their weights in labelled
//! texts, `weights` reads and writes them.
//!
//! Invariant: a match has at least one aspect, if the model knows any.

mod columns;
mod learning;
mod weights;

pub use learning::{Lesson, fit};
pub use weights::Weights;

pub(super) use columns::{names, row};

use super::learn::Row;
use crate::model::Aspect;

impl Weights {
    /// The aspects of a row, in the guideline's order: all whose sum is not below zero, else
    /// the likeliest.
    pub fn aspects(&self, row: &Row) -> Vec<Aspect> {
        let sums: Vec<(Aspect, f64)> =
            self.of.iter().map(|(aspect, linear)| (*aspect, linear.sum(row))).collect();
        let mut named: Vec<Aspect> =
            sums.iter().filter(|(_, sum)| 0.0 <= *sum).map(|(aspect, _)| *aspect).collect();
        if named.is_empty() {
            let likeliest = sums.iter().max_by(|(_, one), (_, other)| one.total_cmp(other));
            named.extend(likeliest.map(|(aspect, _)| *aspect));
        }
        named
    }
}
