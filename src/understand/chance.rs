//! Numbers that look drawn and repeat to the digit: for learning and measuring only.
//!
//! Source: Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014).

/// A sequence that its seed decides.
#[derive(Clone, Debug)]
pub(super) struct SplitMix(u64);

impl SplitMix {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `n`; the bias of the remainder is below 1 in 2^40 for any real corpus.
    pub(super) fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % n).unwrap_or(0)
    }

    /// A share of the numbers below `n`, at least one, in rising order.
    pub(super) fn sample(&mut self, n: usize, share: f64) -> Vec<usize> {
        let mut all: Vec<usize> = (0..n).collect();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a small count"
        )]
        let n_drawn = ((n as f64 * share.clamp(0.0, 1.0)).ceil() as usize).clamp(n.min(1), n);
        for place in 0..n_drawn {
            let other = place + self.below(n - place);
            all.swap(place, other);
        }
        all.truncate(n_drawn);
        all.sort_unstable();
        all
    }
}
