//! When a delivery that failed is tried again: a pure rule.
//!
//! The schedule is the one Standard Webhooks 1.0 recommends; all pauses together are 75.6 h.

use std::time::Duration;

use crate::model::Timestamp;

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

/// The pause after the first, second, … failed attempt. There is one attempt more than
/// pauses; when it fails, the delivery is dead.
pub const SCHEDULE: [Duration; 9] = [
    Duration::from_secs(5),
    minutes(5),
    minutes(30),
    minutes(2 * 60),
    minutes(5 * 60),
    minutes(10 * 60),
    minutes(14 * 60),
    minutes(20 * 60),
    minutes(24 * 60),
];

/// Chance makes a pause shorter or longer by at most this share.
const JITTER_SHARE: f64 = 0.2;

/// A receiver that is overloaded and names no time is left alone at least so long.
pub const OVERLOAD_PAUSE_MIN: Duration = minutes(1);

/// The longest pause that a receiver can ask for with `Retry-After`.
pub const RETRY_AFTER_MAX: Duration = minutes(24 * 60);

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver took it: a status from 200 to 299.
    Delivered,
    /// The receiver wants no more alerts: 410.
    Gone,
    /// The receiver has too much to do (429, 502, 504) or did not answer in time.
    Overloaded,
    /// The receiver named the pause it wants (`Retry-After`).
    AskedToWait(Duration),
    /// Everything else.
    Failed,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing is left to do.
    Done,
    /// Try again after this pause.
    RetryIn(Duration),
    /// That was the last attempt.
    GiveUp,
}

/// What follows from attempt number `attempt_no`, counted from 1.
///
/// `jitter`, a number of [`unit`], spreads the pause from 20 % less (0) to 20 % more (1), so that
/// deliveries that failed together do not come back together. A receiver's own wish only
/// lengthens the pause. A delivery to a receiver that is gone is never given up: it waits.
///
/// [`unit`]: crate::net::chance::unit
pub fn next(attempt_no: usize, outcome: Outcome, jitter: f64) -> Next {
    let last = SCHEDULE[SCHEDULE.len() - 1];
    let planned = SCHEDULE.get(attempt_no.saturating_sub(1)).copied();
    let pause = spread(planned.unwrap_or(last), jitter);
    match outcome {
        Outcome::Delivered => Next::Done,
        Outcome::Gone => Next::RetryIn(pause),
        _ if planned.is_none() => Next::GiveUp,
        Outcome::Overloaded => Next::RetryIn(pause.max(OVERLOAD_PAUSE_MIN)),
        Outcome::AskedToWait(wish) => Next::RetryIn(pause.max(wish.min(RETRY_AFTER_MAX))),
        Outcome::Failed => Next::RetryIn(pause),
    }
}

fn spread(pause: Duration, jitter: f64) -> Duration {
    let share = 1.0 - JITTER_SHARE + 2.0 * JITTER_SHARE * jitter.clamp(0.0, 1.0);
    Duration::try_from_secs_f64(pause.as_secs_f64() * share).unwrap_or(pause)
}

/// The time `pause` after `time`; the end of all time if there is none.
pub(super) fn later(time: Timestamp, pause: Duration) -> Timestamp {
    let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_unix_ms(time.unix_ms().saturating_add(pause_ms)).unwrap_or(time)
}

/// How long it is from `now` to `time`; zero if that has passed.
pub(super) fn until(now: Timestamp, time: Timestamp) -> Duration {
    let ms = time.unix_ms().saturating_sub(now.unix_ms());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Jitter that changes nothing.
    const MIDDLE: f64 = 0.5;

    fn pause_s(next: Next) -> u64 {
        match next {
            Next::RetryIn(pause) => pause.as_secs(),
            other => panic!("{other:?}"),
        }
    }

    /// Goal: a receiver that is down for three days misses nothing, and what stays undelivered
    /// ends as a dead letter.
    #[test]
    fn b21_ten_attempts_spread_over_three_days() {
        let pauses: Vec<u64> =
            (1..=9).map(|no| pause_s(next(no, Outcome::Failed, MIDDLE))).collect();
        assert_eq!(pauses, [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]);
        for outcome in [Outcome::Failed, Outcome::Overloaded, Outcome::AskedToWait(minutes(1))] {
            assert_eq!(next(10, outcome, MIDDLE), Next::GiveUp);
            assert_eq!(next(usize::MAX, outcome, MIDDLE), Next::GiveUp);
        }
    }

    /// Goal: deliveries that failed together come back apart, but never at once.
    #[test]
    fn b21_jitter_stays_within_a_fifth() {
        let bounds = [0.0, 1.0].map(|jitter| next(2, Outcome::Failed, jitter));
        assert_eq!(bounds.map(pause_s), [240, 360]);
    }

    /// Goal: a receiver that is overloaded is not hit again within seconds.
    #[test]
    fn b15_overloaded_receiver_is_left_alone_for_a_minute() {
        assert_eq!(pause_s(next(1, Outcome::Overloaded, 0.0)), 60);
        assert_eq!(pause_s(next(2, Outcome::Overloaded, MIDDLE)), 300);
    }

    /// Goal: a receiver's wish is honoured when it is longer than our pause, up to a day.
    #[test]
    fn b14_wish_of_the_receiver_lengthens_the_pause() {
        let after = |wish_s| {
            let wish = Outcome::AskedToWait(Duration::from_secs(wish_s));
            pause_s(next(1, wish, MIDDLE))
        };
        assert_eq!([0, 3600, 99_999_999].map(after), [5, 3600, 86_400]);
    }

    /// Goal: alerts for a receiver that said 410 by mistake are still there a week later.
    #[test]
    fn b12_delivery_to_a_gone_receiver_is_never_given_up() {
        assert_eq!(pause_s(next(1, Outcome::Gone, MIDDLE)), 5);
        assert_eq!(pause_s(next(11, Outcome::Gone, MIDDLE)), 86_400);
        assert_eq!(next(1, Outcome::Delivered, MIDDLE), Next::Done);
    }
}
