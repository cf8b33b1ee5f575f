//! Whether two texts are nearly the same words.
//!
//! Each text keeps the smallest hashes of its pieces. Below the largest hash that both samples
//! reach, each holds all pieces of its text, so that there what the texts share can be counted
//! (Broder: On the resemblance and containment of documents, 1997).

use std::cmp::Ordering;

use crate::model::Traces;

/// Fewer pieces to compare are too short a text to call a copy.
const PIECES_MIN: usize = 8;

/// How much of two texts is the same words.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sameness {
    /// Of what both have together.
    pub(super) of_both: f32,
    /// Of what the shorter one has: a text that was cut is contained in the whole one.
    pub(super) of_shorter: f32,
}

impl Sameness {
    /// Compares samples that are kept as sorted hashes; texts that are too short share nothing.
    pub(super) fn of(one: &[u32], other: &[u32]) -> Self {
        let limit = reach(one).min(reach(other));
        let (one, other) = (up_to(one, limit), up_to(other, limit));
        let less = one.len().min(other.len());
        if less < PIECES_MIN {
            return Self::default();
        }
        let n_shared = n_shared(one, other);
        Self {
            of_both: share(n_shared, one.len() + other.len() - n_shared),
            of_shorter: share(n_shared, less),
        }
    }
}

/// Up to which hash a sample holds all pieces of its text: all hashes, unless it was cut.
fn reach(sample: &[u32]) -> u32 {
    let is_cut = Traces::GRAMS_MAX <= sample.len();
    sample.last().copied().filter(|_| is_cut).unwrap_or(u32::MAX)
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

    /// Goal: a text cut to a fifth is known as a part of the whole one, another text is not.
    #[test]
    fn a_part_is_contained_in_the_whole() {
        let whole = sample(0, 2_000);
        let part = Sameness::of(&whole, &sample(0, 400));
        assert!(0.9 < part.of_shorter && part.of_both < 0.4, "{part:?}");
        let half = Sameness::of(&whole, &sample(1_000, 3_000));
        assert!((0.3..0.7).contains(&half.of_shorter), "{half:?}");
        assert_eq!(Sameness::of(&whole, &sample(5_000, 7_000)).of_shorter, 0.0);
        assert_eq!(Sameness::of(&whole, &whole), Sameness { of_both: 1.0, of_shorter: 1.0 });
    }

    /// Goal: two short titles are no copies by chance.
    #[test]
    fn few_pieces_tell_nothing() {
        assert_eq!(Sameness::of(&sample(0, 7), &sample(0, 7)), Sameness::default());
        assert_eq!(Sameness::of(&[], &[]), Sameness::default());
    }
}
