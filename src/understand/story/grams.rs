//! A fair sample of the pieces of a text: two texts' samples share what the texts share.
//!
//! Windows of letters, so that a changed headline, a typo, a cut or an added tail leave most of
//! them. The smallest hashes are kept: which they are does not depend on where they stand.

use std::collections::VecDeque;
use std::ops::Range;

use crate::understand::words::Script;

/// Letters of a piece in scripts that part words, about two words.
const SPACED_LETTERS: usize = 11;

/// Letters of a piece in scripts that do not: as much.
const DENSE_LETTERS: usize = 5;

/// Hashes kept before the largest are thrown away.
const ROOM: usize = 1_024;

/// An odd number with mixed bits: powers of it tell the places of letters apart.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// The sample; pieces that stand twice count once.
pub(super) struct Grams {
    smallest: Vec<u32>,
    /// Larger ones are not kept any more.
    largest: u32,
    n_max: usize,
}

impl Grams {
    /// Keeps at most `n_max`.
    pub(super) fn new(n_max: usize) -> Self {
        Self { smallest: Vec::with_capacity(ROOM), largest: u32::MAX, n_max }
    }

    /// Adds the pieces of the parts of a folded text, which are read as one.
    pub(super) fn add(&mut self, text: &str, parts: impl Iterator<Item = Range<usize>>) {
        let mut spaced = Window::<SPACED_LETTERS>::new();
        let mut dense = Window::<DENSE_LETTERS>::new();
        for part in parts {
            let letters = text.get(part).unwrap_or_default().chars();
            for letter in letters.filter(|letter| letter.is_alphanumeric()) {
                for (window, is_dense) in [(spaced.next(letter), false), (dense.next(letter), true)]
                {
                    if let Some((first, hash)) = window
                        && is_dense != Script::of(first).has_edges()
                    {
                        self.push(hash);
                    }
                }
            }
        }
    }

    fn push(&mut self, hash: u32) {
        if hash <= self.largest {
            self.smallest.push(hash);
        }
        if self.smallest.len() == ROOM {
            self.prune();
            self.largest = self.smallest.last().copied().unwrap_or(u32::MAX);
        }
    }

    fn prune(&mut self) {
        self.smallest.sort_unstable();
        self.smallest.dedup();
        self.smallest.truncate(self.n_max);
    }

    /// The sample, sorted.
    pub(super) fn finish(mut self) -> Vec<u32> {
        self.prune();
        self.smallest.shrink_to_fit();
        self.smallest
    }
}

/// The last letters, and a hash that needs one step for the next.
struct Window<const LETTERS: usize> {
    letters: VecDeque<char>,
    hash: u64,
}

impl<const LETTERS: usize> Window<LETTERS> {
    /// What the oldest letter was multiplied with until now.
    const OLDEST: u64 = {
        let (mut power, mut n_times) = (1_u64, 1);
        while n_times < LETTERS {
            power = power.wrapping_mul(FACTOR);
            n_times += 1;
        }
        power
    };

    fn new() -> Self {
        Self { letters: VecDeque::with_capacity(LETTERS), hash: 0 }
    }

    /// The first letter and the hash of the window that ends with `letter`, once it is full.
    fn next(&mut self, letter: char) -> Option<(char, u32)> {
        if self.letters.len() == LETTERS
            && let Some(oldest) = self.letters.pop_front()
        {
            let oldest = u64::from(u32::from(oldest)).wrapping_mul(Self::OLDEST);
            self.hash = self.hash.wrapping_sub(oldest);
        }
        self.hash = self.hash.wrapping_mul(FACTOR).wrapping_add(u32::from(letter).into());
        self.letters.push_back(letter);
        let first = *self.letters.front()?;
        (self.letters.len() == LETTERS).then(|| (first, mixed(self.hash)))
    }
}

/// The upper half of a number whose bits all depend on each other (`SplitMix64`).
fn mixed(hash: u64) -> u32 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    u32::try_from(hash >> 32).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Traces;

    fn grams(text: &str) -> Vec<u32> {
        let mut grams = Grams::new(Traces::GRAMS_MAX);
        grams.add(text, std::iter::once(0..text.len()));
        grams.finish()
    }

    fn n_shared(one: &[u32], other: &[u32]) -> usize {
        one.iter().filter(|gram| other.binary_search(gram).is_ok()).count()
    }

    /// Forty sentences of the same plan.
    fn report(town: &str) -> String {
        let ships = ["barge", "trawler", "ferry", "tanker", "sloop", "cutter", "liner", "tug"];
        let lines = (0..40).map(|number| {
            let ship = ships[number % 8];
            format!("pier {number} of {town} took in a {ship} with {} men. ", 3 * number)
        });
        lines.collect()
    }

    /// Goal: a copy is known although its outlet changed the headline, cut it and added a tail.
    #[test]
    fn changed_copies_share_most() {
        let original = report("aberdeen");
        let cut = original.get(..original.len() * 4 / 5).unwrap_or_default();
        let copy =
            format!("a busy week. {} read more at the harbour desk", cut.replace("men", "mn"));
        let grams = [&original, &copy].map(|text| grams(text));
        assert!(Traces::GRAMS_MAX / 3 < n_shared(&grams[0], &grams[1]), "{grams:?}");
    }

    /// Goal: a feed that repeats the summary in the text looks like one that does not.
    #[test]
    fn repeated_parts_change_little() {
        let once = report("leith");
        let twice = format!("{once}{once}");
        assert!(Traces::GRAMS_MAX * 9 / 10 < n_shared(&grams(&once), &grams(&twice)));
    }

    /// Goal: other texts share nothing, in scripts with and without blanks.
    #[test]
    fn other_texts_share_nothing() {
        assert_eq!(
            n_shared(&grams("ships arrive in the harbour"), &grams("rain falls on hills")),
            0
        );
        let [one, same, other] =
            ["港に船が着いた朝", "今朝、港に船が着いた", "山に雨が降る夜"].map(grams);
        assert!(2 < n_shared(&one, &same));
        assert_eq!(n_shared(&one, &other), 0);
    }
}
