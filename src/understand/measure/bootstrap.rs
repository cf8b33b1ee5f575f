//! Intervals by drawing stories with replacement, from a fixed seed.

use std::collections::BTreeMap;

use super::{Case, Confusion, Grouped};
use crate::understand::chance::SplitMix;

const DRAWS: usize = 1_000;
const SEED: u64 = 0x5eed;

/// The first and last of these are outside the 95 % interval.
const TAIL: usize = DRAWS * 25 / 1_000;

/// 95 % interval of the F1.
pub(super) fn f1_interval(cases: &[Case]) -> (f64, f64) {
    let mut stories: BTreeMap<&str, Confusion> = BTreeMap::new();
    for case in cases {
        stories.entry(&case.story).or_default().add(case.relevant, case.predicted);
    }
    let stories: Vec<Confusion> = stories.into_values().collect();
    if stories.is_empty() {
        return (0.0, 0.0);
    }
    let mut random = SplitMix::new(SEED);
    interval((0..DRAWS).map(|_| draw(&stories, &mut random).f1()).collect())
}

fn interval(mut draws: Vec<f64>) -> (f64, f64) {
    draws.sort_by(f64::total_cmp);
    (draws[TAIL], draws[DRAWS - 1 - TAIL])
}

/// 95 % intervals of the B-cubed F1 and of the pairs' F1.
pub(super) fn grouping_intervals(items: &[Grouped<'_>]) -> ((f64, f64), (f64, f64)) {
    let mut sizes: BTreeMap<(Option<&str>, Option<&str>), f64> = BTreeMap::new();
    for (_, label, found) in items {
        for key in [(Some(*label), None), (None, Some(*found)), (Some(*label), Some(*found))] {
            *sizes.entry(key).or_default() += 1.0;
        }
    }
    let mut stories: BTreeMap<&str, Sums> = BTreeMap::new();
    for (_, label, found) in items {
        let labelled = sizes[&(Some(*label), None)];
        let grouped = sizes[&(None, Some(*found))];
        let both = sizes[&(Some(*label), Some(*found))];
        let of_item = Sums {
            n_items: 1.0,
            precision: both / grouped,
            recall: both / labelled,
            // Each pair is counted from both ends.
            right_pairs: (both - 1.0) / 2.0,
            found_pairs: (grouped - 1.0) / 2.0,
            labelled_pairs: (labelled - 1.0) / 2.0,
        };
        stories.entry(label).or_default().add(&of_item);
    }
    let stories: Vec<Sums> = stories.into_values().collect();
    if stories.is_empty() {
        return ((0.0, 0.0), (0.0, 0.0));
    }
    let mut random = SplitMix::new(SEED);
    let (mut items_f1, mut pairs_f1) = (Vec::new(), Vec::new());
    for _ in 0..DRAWS {
        let mut sum = Sums::default();
        for _ in &stories {
            sum.add(&stories[random.below(stories.len())]);
        }
        let (precision, recall) = (sum.precision / sum.n_items, sum.recall / sum.n_items);
        items_f1.push(2.0 * precision * recall / (precision + recall));
        let pairs = sum.found_pairs + sum.labelled_pairs;
        pairs_f1.push(if pairs == 0.0 { 1.0 } else { 2.0 * sum.right_pairs / pairs });
    }
    (interval(items_f1), interval(pairs_f1))
}

/// What the texts of a story add to the figures.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    n_items: f64,
    precision: f64,
    recall: f64,
    right_pairs: f64,
    found_pairs: f64,
    labelled_pairs: f64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.n_items += other.n_items;
        self.precision += other.precision;
        self.recall += other.recall;
        self.right_pairs += other.right_pairs;
        self.found_pairs += other.found_pairs;
        self.labelled_pairs += other.labelled_pairs;
    }
}

fn draw(stories: &[Confusion], random: &mut SplitMix) -> Confusion {
    let mut sum = Confusion::default();
    for _ in stories {
        let story = &stories[random.below(stories.len())];
        sum.true_positives += story.true_positives;
        sum.false_positives += story.false_positives;
        sum.false_negatives += story.false_negatives;
        sum.true_negatives += story.true_negatives;
    }
    sum
}
