//! Whether two texts are nearly the same words.
//!
//! Each text keeps the smallest hashes of its pieces. Below the largest hash that both samples
//! reach, each holds all pieces of its text, so that there what the texts share can be counted
//! (Broder: On the resemblance and containment of documents, 1997).

use std::cmp::Ordering;

use crate::model::Traces;

/// Fewer pieces to compare are too short a text to call a copy.
const PIECES_MIN: usize = 8;

/// From so many pieces on a share tells a copy at [`SHARE_MIN`]: two short reports with the same
/// background below share up to 0.6, copies that were cut and mistyped 0.65 at least. Fewer pieces
/// must nearly be equal, since titles of one topic share half of their words.
const PIECES_TELLING: usize = 48;
const SHARE_MIN: f32 = 0.62;
const SHARE_OF_FEW_MIN: f32 = 0.75;

/// How much of two texts is the same words.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sameness {
    /// From 0 to 1, of the text with fewer words: one that was cut is contained in the whole one.
    pub(super) share: f32,
    /// Whether that is enough for a copy.
    pub(super) is_telling: bool,
}

impl Sameness {
    /// Compares whole texts, and their starts, since of a long text the sample holds little of the
    /// start.
    pub(super) fn of(one: &Traces, other: &Traces) -> Self {
        let whole = Self::by_samples(&one.grams, &other.grams, Traces::GRAMS_MAX);
        let lead = Self::by_samples(&one.lead, &other.lead, Traces::LEAD_MAX);
        let is_telling = whole.is_telling || lead.is_telling;
        Self { share: whole.share.max(lead.share), is_telling }
    }

    /// Compares samples of up to `n_max` pieces; too few share nothing.
    fn by_samples(one: &[u32], other: &[u32], n_max: usize) -> Self {
        let limit = reach(one, n_max).min(reach(other, n_max));
        let (one, other) = (up_to(one, limit), up_to(other, limit));
        let less = one.len().min(other.len());
        if less < PIECES_MIN {
            return Self::default();
        }
        let share = share(n_shared(one, other), less);
        let least = if PIECES_TELLING <= less { SHARE_MIN } else { SHARE_OF_FEW_MIN };
        Self { share, is_telling: least <= share }
    }
}

/// Up to which hash a sample holds all pieces of its text: all hashes, unless it was cut.
fn reach(sample: &[u32], n_max: usize) -> u32 {
    sample.last().copied().filter(|_| n_max <= sample.len()).unwrap_or(u32::MAX)
}

fn up_to(sample: &[u32], limit: u32) -> &[u32] {
    &sample[..sample.partition_point(|hash| *hash <= limit)]
}

fn n_shared(one: &[u32], other: &[u32]) -> usize {
    let (mut at, mut behind, mut count) = (0, 0, 0);
    while let (Some(hash), Some(rival)) = (one.get(at), other.get(behind)) {
        let order = hash.cmp(rival);
        at += usize::from(order != Ordering::Greater);
        behind += usize::from(order != Ordering::Less);
        count += usize::from(order == Ordering::Equal);
    }
    count
}

/// Both are counts of at most a few hundred.
fn share(part: usize, whole: usize) -> f32 {
    let [part, whole] = [part, whole].map(|it| f32::from(u16::try_from(it).unwrap_or(u16::MAX)));
    part / whole.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pseudo-random hashes of the pieces from `from` to `to`, as a text keeps them.
    fn sample(from: u32, to: u32) -> Vec<u32> {
        let mut hashes: Vec<u32> = (from..to).map(|it| it.wrapping_mul(2_654_435_761)).collect();
        hashes.sort_unstable();
        hashes.truncate(Traces::GRAMS_MAX);
        hashes
    }

    fn of_both(one: &[u32], other: &[u32]) -> f32 {
        Sameness::by_samples(one, other, Traces::GRAMS_MAX).share
    }

    /// Goal: a text cut to a fifth is known as a part of the whole one, another text is not.
    #[test]
    fn a_part_is_contained_in_the_whole() {
        let whole = sample(0, 2_000);
        let part = of_both(&whole, &sample(0, 400));
        assert!(0.9 < part, "{part}");
        let half = of_both(&whole, &sample(1_000, 3_000));
        assert!((0.3..0.7).contains(&half), "{half}");
        assert!(of_both(&whole, &sample(5_000, 7_000)) < 0.01);
        assert!(0.99 < of_both(&whole, &whole));
    }

    /// Goal: two short titles are no copies by chance.
    #[test]
    fn few_pieces_tell_nothing() {
        assert!(of_both(&sample(0, 7), &sample(0, 7)) < 0.01);
        assert!(of_both(&[], &[]) < 0.01);
    }

    /// Goal: an outlet that gives the start of a long report alone is known as its copy.
    #[test]
    fn starts_are_compared() {
        let traces = |grams: Vec<u32>, lead: Vec<u32>| Traces { grams, lead, ..Traces::default() };
        let mut lead = sample(0, 300);
        lead.truncate(Traces::LEAD_MAX);
        let [long, short] = [(0, 30_000), (0, 300)].map(|(from, to)| sample(from, to));
        let same = Sameness::of(&traces(long, lead.clone()), &traces(short, lead));
        assert!(same.is_telling, "{same:?}");
    }
}
