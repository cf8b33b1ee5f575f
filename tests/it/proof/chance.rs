//! Chance that can be repeated, and how often it is tried.

/// Numbers that look random and follow from a seed.
#[derive(Clone, Debug)]
pub(super) struct Chance {
    state: u64,
}

impl Chance {
    /// The same seed gives the same numbers.
    pub(super) fn of(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number from 0 to `limit` - 1.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        // SplitMix64: seeds that are alike give numbers that are not.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed >> 1).unwrap() % limit
    }

    /// Whether an event happened that does so once in `n`.
    pub(super) fn is_one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// `SILKWIRE_SEED`, else a new one; printed so that a failure can be repeated.
pub(super) fn seed(what: &str) -> u64 {
    let given = std::env::var("SILKWIRE_SEED").ok();
    let seed = given.map_or_else(|| getrandom::u64().unwrap() >> 1, |it| it.parse().unwrap());
    println!("{what}: SILKWIRE_SEED={seed}");
    seed
}

/// How many rounds are made: `SILKWIRE_ROUNDS`, else `short`, or `long` with `SILKWIRE_LONG`.
pub(super) fn n_rounds(short: usize, long: usize) -> usize {
    match std::env::var("SILKWIRE_ROUNDS") {
        Ok(given) => given.parse().unwrap(),
        Err(_) if std::env::var_os("SILKWIRE_LONG").is_some() => long,
        Err(_) => short,
    }
}
