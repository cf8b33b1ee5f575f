//! How well texts are grouped into stories.

use serde::Serialize;

use std::collections::BTreeMap;

use super::{bootstrap, number};

/// Quality of a grouping.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Grouping {
    /// Texts that were grouped.
    pub n_items: usize,
    /// Stories by the labels.
    pub n_labelled: usize,
    /// Stories found.
    pub n_found: usize,
    /// B-cubed precision, recall and F1: the mean over texts.
    pub b_cubed: [f64; 3],
    /// 95 % interval of the B-cubed F1, drawn over stories.
    pub b_cubed_interval: (f64, f64),
    /// Precision, recall and F1 over pairs of texts in one story.
    pub pairwise: [f64; 3],
    /// 95 % interval of the pairs' F1, drawn over stories.
    pub pairwise_interval: (f64, f64),
    /// Found stories that hold several: for each the ids of its texts, by labelled story.
    pub merges: Vec<Vec<Vec<String>>>,
    /// Labelled stories that were found in several: for each the ids of its texts, by found
    /// story.
    pub splits: Vec<Vec<Vec<String>>>,
}

/// A text that was grouped: its id, its story by the label, the story found.
pub type Grouped<'a> = (&'a str, &'a str, &'a str);

impl Grouping {
    /// Measures a grouping.
    pub fn of(items: &[Grouped<'_>]) -> Self {
        let labels: Vec<&str> = items.iter().map(|item| item.1).collect();
        let found: Vec<&str> = items.iter().map(|item| item.2).collect();
        let (b_cubed_interval, pairwise_interval) = bootstrap::grouping_intervals(items);
        Self {
            n_items: items.len(),
            n_labelled: sizes(labels.iter()).len(),
            n_found: sizes(found.iter()).len(),
            b_cubed: b_cubed(&labels, &found),
            b_cubed_interval,
            pairwise: pairwise(&labels, &found),
            pairwise_interval,
            merges: mixed(items.iter().map(|(id, label, found)| (*found, *label, *id))),
            splits: mixed(items.iter().map(|(id, label, found)| (*label, *found, *id))),
        }
    }
}

/// The groups that hold several parts: for each, the ids by part.
fn mixed<'a>(items: impl Iterator<Item = (&'a str, &'a str, &'a str)>) -> Vec<Vec<Vec<String>>> {
    let mut groups: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for (group, part, id) in items {
        groups.entry(group).or_default().entry(part).or_default().push(id.to_owned());
    }
    groups.retain(|_, parts| 1 < parts.len());
    groups.into_values().map(|parts| parts.into_values().collect()).collect()
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
