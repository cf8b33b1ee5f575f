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

/// What a text has to stand on: how both sides are shown in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Footing {
    /// Nothing speaks for either side.
    Silent,
    /// Nothing speaks for one of the sides.
    OneSided,
    /// A side is shown by nothing but what others bear too.
    Weak,
    /// Only the outlet's home speaks for its side.
    AtHome,
    /// Words of its own show each side.
    Both,
}

impl Footing {
    /// What `reading` has to stand on.
    pub(super) fn of(reading: &Reading<'_>, features: &Features) -> Self {
        if features.sides == [Strength::None; 2] {
            Self::Silent
        } else if !has_both(reading, features.sides) {
            Self::OneSided
        } else if !shows_both(reading, features) {
            Self::Weak
        } else if relies_on_home(reading, features) {
            Self::AtHome
        } else {
            Self::Both
        }
    }

    /// Whether such a text may be flagged at all.
    pub(super) fn can_match(self) -> bool {
        matches!(self, Self::AtHome | Self::Both)
    }

    /// The score that is left of `score`: below a threshold that it must not reach.
    pub(super) fn limit(self, topic: &Topic, score: f64) -> f64 {
        let below = |threshold: Score| (threshold.value() - BELOW).max(0.0);
        match self {
            Self::Silent => 0.0,
            Self::OneSided => score.min(below(topic.near_miss_from)),
            Self::Weak => score.min(below(topic.match_from)),
            Self::AtHome if score < topic.match_at_home_from.value() => {
                score.min(below(topic.match_from))
            }
            Self::AtHome | Self::Both => score,
        }
    }
}

/// Adds up what the features weigh, scales the sum to 0..1, and limits it by the footing.
pub(super) fn score(
    topic: &Topic,
    model: &Model,
    reading: &Reading<'_>,
    features: &Features,
) -> Scored {
    let (sum, contributions) = model.sum(&features.values);
    let scaled = model.scale(reading.extent).score(sum);
    let limited = Footing::of(reading, features).limit(topic, scaled);
    // A weight is finite, so the sum is no NaN and the value lies between 0 and 1.
    let score = Score::new(limited).unwrap_or(Score::ZERO);
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
