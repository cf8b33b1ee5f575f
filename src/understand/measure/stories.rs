//! How well texts are grouped into stories.

use serde::Serialize;

use std::collections::BTreeMap;

use super::{Case, number};

/// Quality of a grouping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Grouping {
    /// B-cubed precision, recall and F1: the mean over texts.
    pub b_cubed: [f64; 3],
    /// Precision, recall and F1 over pairs of texts in one story.
    pub pairwise: [f64; 3],
}

impl Grouping {
    /// Measures the grouping of `cases`.
    pub fn of(cases: &[&Case]) -> Self {
        let labels: Vec<&str> = cases.iter().map(|case| case.story.as_str()).collect();
        let alone: Vec<String> = cases.iter().map(|case| format!("alone {}", case.id)).collect();
        let found: Vec<&str> = cases
            .iter()
            .zip(&alone)
            .map(|(case, alone)| case.predicted_story.as_deref().unwrap_or(alone))
            .collect();
        Self { b_cubed: b_cubed(&labels, &found), pairwise: pairwise(&labels, &found) }
    }
}

/// B-cubed precision, recall and F1 of the groups `found` against `labels`.
pub fn b_cubed(labels: &[&str], found: &[&str]) -> [f64; 3] {
    let (of_label, of_found) = (sizes(labels.iter()), sizes(found.iter()));
    let of_both = sizes(labels.iter().zip(found));
    let mut sums = [0.0; 2];
    for (label, group) in labels.iter().zip(found) {
        let both = number(of_both[&(label, group)]);
        sums[0] += both / number(of_found[group]);
        sums[1] += both / number(of_label[label]);
    }
    let n = number(labels.len().max(1));
    with_f1(sums[0] / n, sums[1] / n)
}

/// Precision, recall and F1 over pairs of items.
pub fn pairwise(labels: &[&str], found: &[&str]) -> [f64; 3] {
    let pairs = |sizes: Vec<usize>| -> f64 {
        sizes.into_iter().map(|size| number(size) * number(size.saturating_sub(1)) / 2.0).sum()
    };
    let of_label = pairs(sizes(labels.iter()).into_values().collect());
    let of_found = pairs(sizes(found.iter()).into_values().collect());
    let of_both = pairs(sizes(labels.iter().zip(found)).into_values().collect());
    let share = |whole: f64| if whole == 0.0 { 0.0 } else { of_both / whole };
    with_f1(share(of_found), share(of_label))
}

fn sizes<K: Ord>(keys: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    let mut sizes = BTreeMap::new();
    keys.for_each(|key| *sizes.entry(key).or_default() += 1);
    sizes
}

fn with_f1(precision: f64, recall: f64) -> [f64; 3] {
    let sum = precision + recall;
    [precision, recall, if sum == 0.0 { 0.0 } else { 2.0 * precision * recall / sum }]
}
