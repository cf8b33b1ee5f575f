//! What a tie is about: the aspects of the label guideline, each with a sum of its own.
//!
//! Aspects come in sets: carbon crediting is environment and energy, machines that clear mines
//! are rarely technology. So the sums are weighed together, as a pairwise Markov field.
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
pub(super) use weights::Tables;

use super::learn::Row;
use crate::model::Aspect;

/// Aspects of one text at most.
const SET_MAX: usize = 4;

impl Weights {
    /// The aspects of a row, in the guideline's order: all that are likely enough, else the
    /// likeliest.
    pub fn aspects(&self, row: &Row) -> Vec<Aspect> {
        let sums: Vec<f64> = self.of.iter().map(|part| part.linear.sum(row)).collect();
        let excess: Vec<(Aspect, f64)> = self
            .of
            .iter()
            .zip(self.log_odds(&sums))
            .map(|(part, odds)| (part.aspect, odds - part.threshold))
            .collect();
        let mut named: Vec<Aspect> =
            excess.iter().filter(|(_, excess)| 0.0 <= *excess).map(|(aspect, _)| *aspect).collect();
        if named.is_empty() {
            let likeliest = excess.iter().max_by(|(_, one), (_, other)| one.total_cmp(other));
            named.extend(likeliest.map(|(aspect, _)| *aspect));
        }
        named
    }

    /// How likely each aspect is, given the sum of each: over all sets of one to [`SET_MAX`]
    /// aspects, of which each weighs `exp` of its sums and of what its pairs weigh.
    fn log_odds(&self, sums: &[f64]) -> Vec<f64> {
        let mut sets = Vec::new();
        self.add_sets(&mut Vec::new(), 0.0, sums, &mut sets);
        let most = sets.iter().map(|(_, sum)| *sum).fold(f64::NEG_INFINITY, f64::max);
        let mut with = vec![0.0; sums.len()];
        let mut total = 0.0;
        for (set, sum) in &sets {
            let likelihood = (sum - most).exp();
            total += likelihood;
            for part in set {
                with[*part] += likelihood;
            }
        }
        with.iter().map(|with| with.ln() - (total - with).max(f64::MIN_POSITIVE).ln()).collect()
    }

    /// All sets that begin with `set`, each with its sum.
    fn add_sets(
        &self,
        set: &mut Vec<usize>,
        sum: f64,
        sums: &[f64],
        sets: &mut Vec<(Vec<usize>, f64)>,
    ) {
        if set.len() == SET_MAX {
            return;
        }
        let from = set.last().map_or(0, |last| last + 1);
        for (next, own) in sums.iter().enumerate().skip(from) {
            let pairs: f64 = set.iter().map(|part| self.pair(*part, next)).sum();
            let sum = sum + own + pairs;
            set.push(next);
            sets.push((set.clone(), sum));
            self.add_sets(set, sum, sums, sets);
            set.pop();
        }
    }

    /// What it weighs that two aspects come together: the mean of what each says of the other.
    fn pair(&self, one: usize, other: usize) -> f64 {
        let said = |of: usize, with: usize| self.of[of].with[self.of[with].aspect as usize];
        f64::midpoint(said(one, other), said(other, one))
    }
}
