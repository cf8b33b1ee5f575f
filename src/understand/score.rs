//! Weighs what is seen in a text, and decides.

use super::context::Reading;
use super::features::{Features, Strength, has_both};
use super::mentions::Side;
use super::model_file::Model;
use super::topic::Topic;
use crate::model::{Score, Verdict};

/// How far below a threshold a score is kept that must not reach it.
const BELOW: f64 = 0.001;

/// A score and what each feature brought to it, before squashing.
#[derive(Debug)]
pub(super) struct Scored {
    pub(super) score: Score,
    pub(super) verdict: Verdict,
    pub(super) contributions: Vec<f64>,
}

/// Adds up what the features weigh and squashes the sum to 0..1.
///
/// Both sides must be shown, by words or by the outlet's home; a surname, a brand or an art
/// never shows a side alone. Without that the score stays below the thresholds.
pub(super) fn score(
    topic: &Topic,
    model: &Model,
    reading: &Reading<'_>,
    features: &Features,
) -> Scored {
    let (sum, contributions) = model.sum(&features.values);
    let squashed = model.scale(reading.extent).score(sum);
    let below = |threshold: Score| (threshold.value() - BELOW).max(0.0);
    let value = if !has_both(reading, features.sides) {
        squashed.min(below(topic.near_miss_from))
    } else if !shows_both(reading, features)
        || (relies_on_home(reading, features) && squashed < topic.match_at_home_from.value())
    {
        squashed.min(below(topic.match_from))
    } else {
        squashed
    };
    let is_silent = features.sides == [Strength::None; 2];
    let value = if is_silent { 0.0 } else { value };
    // A weight is finite, so the sum is no NaN and the value lies between 0 and 1.
    let score = Score::new(value).unwrap_or(Score::ZERO);
    let verdict = match score {
        score if topic.match_from <= score => Verdict::Match,
        score if topic.near_miss_from <= score => Verdict::NearMiss,
        _ => Verdict::Irrelevant,
    };
    Scored { score, verdict, contributions }
}

/// Whether each side is shown: by words that are its own, or, where the outlet is at home, by
/// words that point home: a weak mention, "our country", or a word that tells a tie.
///
/// Without such a word an article at home is about the other side alone: foreign news.
pub(super) fn shows_both(reading: &Reading<'_>, features: &Features) -> bool {
    let shows = |side: Side| match features.sides[side.index()] {
        Strength::Strong => true,
        Strength::Weak => reading.home == Some(side),
        Strength::None => reading.home == Some(side) && features.points_home,
    };
    shows(Side::A) && shows(Side::B)
}

/// Whether only the outlet's home speaks for its side.
pub(super) fn relies_on_home(reading: &Reading<'_>, features: &Features) -> bool {
    reading.home.is_some_and(|home| features.sides[home.index()] != Strength::Strong)
}
