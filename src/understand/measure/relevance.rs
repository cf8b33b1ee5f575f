//! Precision, recall and their relatives.

use serde::Serialize;

use std::collections::BTreeSet;

use super::{Case, number};
use crate::model::Aspect;

/// Right and wrong answers, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// Flagged and relevant.
    pub true_positives: usize,
    /// Flagged, but not relevant.
    pub false_positives: usize,
    /// Relevant, but not flagged.
    pub false_negatives: usize,
    /// Neither.
    pub true_negatives: usize,
}

impl Confusion {
    /// Counts all cases.
    pub fn of(cases: &[Case]) -> Self {
        let mut confusion = Self::default();
        for case in cases {
            confusion.add(case.relevant, case.predicted);
        }
        confusion
    }

    /// Counts one answer.
    pub fn add(&mut self, relevant: bool, predicted: bool) {
        let count = match (relevant, predicted) {
            (true, true) => &mut self.true_positives,
            (false, true) => &mut self.false_positives,
            (true, false) => &mut self.false_negatives,
            (false, false) => &mut self.true_negatives,
        };
        *count += 1;
    }

    /// How many answers were counted.
    pub fn n_items(&self) -> usize {
        self.true_positives + self.false_positives + self.false_negatives + self.true_negatives
    }

    /// Share of flagged ones that are relevant; 0 if none is flagged.
    pub fn precision(&self) -> f64 {
        share(self.true_positives, self.true_positives + self.false_positives)
    }

    /// Share of relevant ones that are flagged; 0 if none is relevant.
    pub fn recall(&self) -> f64 {
        share(self.true_positives, self.true_positives + self.false_negatives)
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        let wrong = self.false_positives + self.false_negatives;
        share(2 * self.true_positives, 2 * self.true_positives + wrong)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { number(part) / number(whole) }
}

/// Mean precision at each relevant text, in the order of the score; ties go by id.
pub fn average_precision(cases: &[Case]) -> f64 {
    let mut ranked: Vec<&Case> = cases.iter().collect();
    ranked.sort_by(|one, other| {
        other.score.total_cmp(&one.score).then_with(|| one.id.cmp(&other.id))
    });
    let mut n_relevant = 0;
    let mut sum = 0.0;
    for (index, case) in ranked.iter().enumerate() {
        if case.relevant {
            n_relevant += 1;
            sum += share(n_relevant, index + 1);
        }
    }
    if n_relevant == 0 { 0.0 } else { sum / number(n_relevant) }
}

/// Pairs of text and aspect, for the given aspects.
pub(super) fn aspects(cases: &[&Case], of: &[Aspect]) -> Confusion {
    let mut confusion = Confusion::default();
    for case in cases {
        for aspect in of {
            let is_in = |aspects: &BTreeSet<Aspect>| aspects.contains(aspect);
            confusion.add(is_in(&case.aspects), is_in(&case.predicted_aspects));
        }
    }
    confusion
}

/// Mean F1 over the aspects that occur in the labels.
pub(super) fn aspects_macro_f1(cases: &[&Case]) -> f64 {
    let occurs = |aspect: &Aspect| cases.iter().any(|case| case.aspects.contains(aspect));
    let used: Vec<Aspect> = Aspect::ALL.iter().copied().filter(occurs).collect();
    let sum: f64 = used.iter().map(|aspect| aspects(cases, &[*aspect]).f1()).sum();
    if used.is_empty() { 0.0 } else { sum / number(used.len()) }
}
