//! Finds the weights of the aspects in labelled texts.

use std::collections::BTreeSet;

use super::Weights;
use crate::model::Aspect;
use crate::understand::learn::{self, Linear, Settings};

/// How strongly weights are held small; found by cross-validation, flat between 5 and 20.
const SETTINGS: Settings = Settings { l2: 10.0, iterations_max: 200, gradient_min: 1e-3 };

/// A column that fewer rows have is left out.
const ROWS_MIN: u32 = 4;

/// Parts of the stories that thresholds are chosen on, each judged by weights of the others.
const FOLDS: u32 = 4;

/// How much an aspect's own threshold counts; the rest is the one of all aspects together,
/// which steadies those with few texts.
const OWN_THRESHOLD: f64 = 0.7;

/// A relevant text with its labels.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// Its columns.
    pub row: Vec<(u32, f32)>,
    /// Its aspects by the label.
    pub aspects: BTreeSet<Aspect>,
    /// The event it reports: texts of one story stay together.
    pub story: String,
}

impl AsRef<learn::Row> for Lesson {
    fn as_ref(&self) -> &learn::Row {
        &self.row
    }
}

/// Learns the weights of all aspects that some lesson bears. The same lessons give the same.
pub fn fit(lessons: &[Lesson]) -> Weights {
    let lessons = without_rare_columns(lessons);
    let everything: Vec<&Lesson> = lessons.iter().collect();
    let borne = |aspect: &&Aspect| lessons.iter().any(|it| it.aspects.contains(aspect));
    let aspects: Vec<Aspect> = Aspect::ALL.iter().filter(borne).copied().collect();
    let sums: Vec<Vec<(f64, bool)>> =
        aspects.iter().map(|aspect| sums_unseen(&lessons, *aspect)).collect();
    let common = threshold(&sums.concat());
    let learnt = aspects.iter().zip(&sums).map(|(aspect, sums)| {
        let mut linear = learn(&everything, *aspect);
        linear.bias -= OWN_THRESHOLD * threshold(sums) + (1.0 - OWN_THRESHOLD) * common;
        (*aspect, linear)
    });
    Weights { of: learnt.collect() }
}

fn without_rare_columns(lessons: &[Lesson]) -> Vec<Lesson> {
    let columns =
        || lessons.iter().flat_map(|it| it.row.iter().map(|(column, _)| *column as usize));
    let mut n_rows = vec![0_u32; columns().max().map_or(0, |last| last + 1)];
    columns().for_each(|column| n_rows[column] += 1);
    let mut lessons = lessons.to_vec();
    for lesson in &mut lessons {
        lesson.row.retain(|(column, _)| ROWS_MIN <= n_rows[*column as usize]);
    }
    lessons
}

fn learn(lessons: &[&Lesson], aspect: Aspect) -> Linear {
    let labels: Vec<bool> = lessons.iter().map(|it| it.aspects.contains(&aspect)).collect();
    let rows: Vec<&learn::Row> = lessons.iter().map(|it| it.row.as_slice()).collect();
    learn::fit(SETTINGS, &rows, &labels, &vec![1.0; rows.len()])
}

/// For each lesson its label, and its sum by weights that have not seen its story.
fn sums_unseen(lessons: &[Lesson], aspect: Aspect) -> Vec<(f64, bool)> {
    let mut sums = Vec::with_capacity(lessons.len());
    for fold in 0..FOLDS {
        let (unseen, seen): (Vec<&Lesson>, Vec<&Lesson>) =
            lessons.iter().partition(|it| fold_of(&it.story) == fold);
        let linear = learn(&seen, aspect);
        sums.extend(unseen.iter().map(|it| (linear.sum(&it.row), it.aspects.contains(&aspect))));
    }
    sums
}

/// FNV-1a of the story's name: lessons keep their fold when others are added.
fn fold_of(story: &str) -> u32 {
    let hash = story
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash >> 16) % FOLDS
}

/// The threshold with the best F1: halfway between the last sum above it and the next.
fn threshold(sums: &[(f64, bool)]) -> f64 {
    let mut sums = sums.to_vec();
    sums.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let n_true: u32 = sums.iter().map(|(_, label)| u32::from(*label)).sum();
    let mut n_found = 0_u32;
    let mut best = (0.0, 0.0);
    for (n_named, (sum, label)) in (1_u32..).zip(&sums) {
        n_found += u32::from(*label);
        let next = sums.get(n_named as usize).map_or(*sum, |(next, _)| *next);
        let all = f64::from(n_named + n_true);
        let f1 = 2.0 * f64::from(n_found) / all;
        if best.0 < f1 {
            best = (f1, f64::midpoint(*sum, next));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(number: u32, columns: &[u32], aspects: &[Aspect]) -> Lesson {
        Lesson {
            row: columns.iter().map(|column| (*column, 1.0)).collect(),
            aspects: aspects.iter().copied().collect(),
            story: format!("story-{number}"),
        }
    }

    /// Goal: a theme that tells two aspects at once is learnt as such, and so is silence.
    #[test]
    fn aspects_are_learnt_from_their_themes() {
        let lessons: Vec<Lesson> = (0..40_u32)
            .flat_map(|number| {
                [
                    lesson(number, &[0], &[Aspect::Energy]),
                    lesson(number, &[1], &[Aspect::Diplomacy, Aspect::Tourism]),
                    lesson(number, &[2], &[Aspect::Diplomacy]),
                ]
            })
            .collect();
        let weights = fit(&lessons);
        assert_eq!(weights.aspects(&[(0, 1.0)]), [Aspect::Energy]);
        assert_eq!(weights.aspects(&[(1, 1.0)]), [Aspect::Diplomacy, Aspect::Tourism]);
        assert_eq!(weights.aspects(&[(2, 1.0)]), [Aspect::Diplomacy]);
        assert_eq!(weights.aspects(&[]).len(), 1, "{weights:?}");
        assert_eq!(weights, fit(&lessons));
    }

    /// Goal: no labelled texts, no aspects, no crash.
    #[test]
    fn nothing_is_learnt_from_no_lessons() {
        assert_eq!(fit(&[]).aspects(&[(0, 1.0)]), []);
    }

    /// Goal: the threshold lies between the sums, not on one of them.
    #[test]
    fn threshold_lies_where_f1_is_best() {
        let sums = [(2.0, true), (1.0, true), (-1.0, false), (-2.0, true), (-3.0, false)];
        assert!((threshold(&sums) - -2.5).abs() < 1e-9, "{}", threshold(&sums));
        assert!((threshold(&sums[..3])).abs() < 1e-9);
    }
}
