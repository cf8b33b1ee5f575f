//! How long to wait after failures: longer each time, and never all at once.

use std::time::Duration;

/// Chance lengthens a pause by at most this share: enough to spread, too little to notice.
const JITTER_SHARE: f64 = 0.1;

/// A pause that doubles with every failure in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The pause after the first failure.
    pub first: Duration,
    /// The pause never grows beyond this, jitter aside.
    pub max: Duration,
}

impl Backoff {
    /// The pause after `n_failures` in a row, counted from 1; `jitter` is a number of [`unit`].
    ///
    /// [`unit`]: super::chance::unit
    pub fn pause(self, n_failures: u32, jitter: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(n_failures.saturating_sub(1));
        with_jitter(self.first.saturating_mul(doubled).min(self.max), jitter)
    }
}

/// `pause`, or up to a tenth longer: chance never breaks a promise to wait.
pub fn with_jitter(pause: Duration, jitter: f64) -> Duration {
    let added = pause.as_secs_f64() * JITTER_SHARE * jitter.clamp(0.0, 1.0);
    Duration::try_from_secs_f64(added).map_or(pause, |added| pause.saturating_add(added))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULE: Backoff = Backoff { first: Duration::from_mins(1), max: Duration::from_hours(24) };

    /// Goal: a server in trouble is left alone longer and longer, but not for ever.
    #[test]
    fn pauses_double_up_to_the_longest() {
        let minutes = [1, 2, 3, 11, 12, 4_000_000_000]
            .map(|n_failures| RULE.pause(n_failures, 0.0).as_secs() / 60);
        assert_eq!(minutes, [1, 2, 4, 1024, 1440, 1440]);
    }

    proptest! {
        /// Goal: whoever promised to wait a minute waits a minute.
        #[test]
        fn jitter_only_adds_and_adds_little(n_failures: u32, jitter: f64) {
            let plain = RULE.pause(n_failures, 0.0);
            let pause = RULE.pause(n_failures, jitter);
            prop_assert!(plain <= pause && pause <= plain + plain / 10 + Duration::from_millis(1));
        }
    }
}
