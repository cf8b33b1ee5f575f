//! Intervals by drawing stories with replacement, from a fixed seed.

use std::collections::BTreeMap;

use super::{Case, Confusion};
use crate::understand::chance::SplitMix;

const DRAWS: usize = 1_000;

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
    let mut random = SplitMix::new(0x5eed);
    let mut draws: Vec<f64> = (0..DRAWS).map(|_| draw(&stories, &mut random).f1()).collect();
    draws.sort_by(f64::total_cmp);
    (draws[TAIL], draws[DRAWS - 1 - TAIL])
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
