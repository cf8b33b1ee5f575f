//! What a tie is about: the classes of its cues.

use super::context::Reading;
use super::lexicon::Kind;
use super::mentions::{Matcher, Party};
use crate::model::{Aspect, Field};

/// Points of a cue by its place; beside a mention of a side a cue of the body counts more.
const TITLE: f64 = 2.0;
const SUMMARY: f64 = 2.0;
const BODY_WITH_SIDE: f64 = 0.6;
const BODY: f64 = 0.2;

/// An aspect is named from so many points on.
const POINTS_MIN: f64 = 2.0;

/// The same cue class adds at most so many points.
const POINTS_OF_CLASS_MAX: f64 = 3.0;

/// The aspects of a text, in the guideline's order.
pub(super) fn find(matcher: &Matcher, reading: &Reading<'_>) -> Vec<Aspect> {
    let mut points = vec![0.0_f64; matcher.cues.len()];
    for sentence in &reading.sentences {
        let has_side = reading
            .mentions_of(sentence)
            .iter()
            .any(|it| matches!(it.party, Party::One(_) | Party::Both) && it.kind != Kind::Mask);
        let worth = match sentence.field {
            Field::Title => TITLE,
            Field::Summary => SUMMARY,
            Field::Body if has_side => BODY_WITH_SIDE,
            Field::Body => BODY,
        };
        for cue in reading.cues_of(sentence) {
            points[cue.class] = (points[cue.class] + worth).min(POINTS_OF_CLASS_MAX);
        }
    }
    let sum = |aspect: &Aspect| -> f64 {
        let classes = matcher.cues.iter().zip(&points);
        classes.filter(|(class, _)| class.aspects.contains(aspect)).map(|(_, points)| points).sum()
    };
    Aspect::ALL.iter().copied().filter(|aspect| POINTS_MIN <= sum(aspect)).collect()
}
