//! Finds the weights of the aspects in labelled texts: first each for itself, then beside each
//! other, from sums that have not seen the text (pseudo-likelihood: Besag, 1975).

use std::collections::BTreeSet;

use super::weights::{Part, Weights};
use crate::model::Aspect;
use crate::understand::learn::{self, Linear, Settings};

/// How strongly weights are held small; found by cross-validation, flat between 5 and 20.
const SETTINGS: Settings = Settings { l2: 10.0, iterations_max: 200, gradient_min: 1e-3 };

/// A column that fewer rows have is left out.
const ROWS_MIN: u32 = 4;

/// Parts of the stories that thresholds are chosen on, each judged by weights of the others.
const FOLDS: u32 = 4;

/// The same for what aspects weigh beside each other.
const TOGETHER: Settings = Settings { l2: 1.0, iterations_max: 100, gradient_min: 1e-3 };

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
    let sums: Vec<Vec<f64>> = aspects.iter().map(|it| sums_unseen(&lessons, *it)).collect();
    let beside = aspects.iter().zip(&sums).map(|(aspect, sums)| beside(&lessons, *aspect, sums));
    let beside: Vec<Part> = beside.collect();
    let parts = beside.iter().map(|part| {
        let mut learnt = learn(&everything, part.aspect);
        let scale = part.linear.weights.first().copied().unwrap_or(0.0);
        learnt.weights.iter_mut().for_each(|weight| *weight *= scale);
        learnt.bias = learnt.bias * scale + part.linear.bias;
        Part { linear: learnt, ..part.clone() }
    });
    let mut weights = Weights { of: parts.collect() };
    let odds = lessons.iter().enumerate().flat_map(|(at, lesson)| {
        let sums: Vec<f64> = beside
            .iter()
            .zip(&sums)
            .map(|(part, sums)| part.linear.sum(&[(0, narrow(sums[at]))]))
            .collect();
        let labels = aspects.iter().map(|aspect| lesson.aspects.contains(aspect));
        weights.log_odds(&sums).into_iter().zip(labels).collect::<Vec<_>>()
    });
    let threshold = threshold(&odds.collect::<Vec<_>>());
    weights.of.iter_mut().for_each(|part| part.threshold = threshold);
    weights
}

/// What an aspect's sum and the other aspects weigh; its only column is the sum.
fn beside(lessons: &[Lesson], aspect: Aspect, sums: &[f64]) -> Part {
    let row = |(lesson, sum): (&Lesson, &f64)| {
        let others = lesson.aspects.iter().filter(|other| **other != aspect);
        let others =
            others.filter_map(|other| Some((u32::try_from(1 + *other as usize).ok()?, 1.0)));
        [(0, narrow(*sum))].into_iter().chain(others).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<(u32, f32)>> = lessons.iter().zip(sums).map(row).collect();
    let labels: Vec<bool> = lessons.iter().map(|it| it.aspects.contains(&aspect)).collect();
    let mut linear = learn::fit(TOGETHER, &rows, &labels, &vec![1.0; rows.len()]);
    let mut with = [0.0; Aspect::ALL.len()];
    for (weight, learnt) in with.iter_mut().zip(linear.weights.iter().skip(1)) {
        *weight = *learnt;
    }
    linear.weights.truncate(1);
    Part { aspect, linear, with, threshold: 0.0 }
}

#[expect(clippy::cast_possible_truncation, reason = "a sum needs no more digits")]
fn narrow(sum: f64) -> f32 {
    sum as f32
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

/// For each lesson its sum by weights that have not seen its story.
fn sums_unseen(lessons: &[Lesson], aspect: Aspect) -> Vec<f64> {
    let mut sums = vec![0.0; lessons.len()];
    for fold in 0..FOLDS {
        let seen: Vec<&Lesson> = lessons.iter().filter(|it| fold_of(&it.story) != fold).collect();
        let linear = learn(&seen, aspect);
        for (sum, lesson) in sums.iter_mut().zip(lessons) {
            if fold_of(&lesson.story) == fold {
                *sum = linear.sum(&lesson.row);
            }
        }
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

    /// Goal: aspects that always come together help each other; those that never do, do not.
    #[test]
    fn aspects_are_weighed_beside_each_other() {
        let lessons: Vec<Lesson> = (0..60_u32)
            .flat_map(|number| {
                [
                    lesson(number, &[0, number % 7 + 3], &[Aspect::Energy, Aspect::Environment]),
                    lesson(number, &[1, number % 5 + 3], &[Aspect::Security]),
                ]
            })
            .collect();
        let weights = fit(&lessons);
        let with = |aspect: Aspect, other: Aspect| {
            let part = weights.of.iter().find(|part| part.aspect == aspect).unwrap();
            part.with[other as usize]
        };
        assert!(0.0 < with(Aspect::Environment, Aspect::Energy), "{weights:?}");
        assert!(with(Aspect::Security, Aspect::Energy) < 0.0, "{weights:?}");
        assert_eq!(weights.aspects(&[(0, 1.0)]), [Aspect::Energy, Aspect::Environment]);
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
