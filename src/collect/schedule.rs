//! When to ask a feed again.
//!
//! Invariant: chance and hints only lengthen a pause; nobody is asked earlier than promised.

use std::time::Duration;

use super::{Config, FetchError, ReadError};
use crate::model::{FeedState, Timestamp, Validators};
use crate::net::backoff::{Backoff, with_jitter};

/// Who does not want us is not asked again soon.
const REFUSED_PAUSE_MIN: Duration = Duration::from_hours(4);

/// How a poll ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing changed.
    NotModified {
        /// To ask with next time.
        validators: Validators,
        /// How long the publisher wants to be left alone.
        hint: Option<Duration>,
    },
    /// A document was read.
    Read {
        /// To ask with next time; empty ones clear what was there.
        validators: Validators,
        /// How long the publisher wants to be left alone, by HTTP or in the feed.
        hint: Option<Duration>,
        /// Entries in it.
        n_entries: usize,
        /// Entries that were not known.
        n_new: usize,
    },
    /// No document, or none that can be read: validators stay.
    Failed {
        /// Why, for the status page.
        error: String,
        /// How long the server asked us to wait.
        retry_after: Option<Duration>,
        /// How the next poll is affected.
        failure: Failure,
    },
}

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It may be well soon.
    Trouble,
    /// The server does not want us.
    Refused,
    /// The feed was given up.
    Gone,
}

impl From<&FetchError> for Outcome {
    fn from(error: &FetchError) -> Self {
        let failure = match error {
            FetchError::Gone => Failure::Gone,
            FetchError::Refused { .. } | FetchError::Throttled { retry_after: None } => {
                Failure::Refused
            }
            _ => Failure::Trouble,
        };
        Self::Failed { error: error.to_string(), retry_after: error.retry_after(), failure }
    }
}

impl From<&ReadError> for Outcome {
    fn from(error: &ReadError) -> Self {
        Self::Failed { error: error.to_string(), retry_after: None, failure: Failure::Trouble }
    }
}

/// How polling a feed stands after a poll that ended at `now`; `jitter` is from 0 to 1.
///
/// New entries halve the pause, down to `poll_interval_min`; none lengthen it by half, up to
/// `poll_interval_quiet`. Failures double it, up to `poll_interval_max`.
pub fn after(
    config: &Config,
    state: &FeedState,
    outcome: Outcome,
    now: Timestamp,
    jitter: f64,
) -> FeedState {
    let is_first = state.last_success.is_none();
    let mut next = FeedState { last_poll: Some(now), not_before: None, ..state.clone() };
    let pause = match outcome {
        Outcome::NotModified { validators, hint } => {
            succeed(&mut next, validators, now);
            success_pause(config, state, hint, false)
        }
        Outcome::Read { validators, hint, n_entries, n_new } => {
            succeed(&mut next, validators, now);
            next.n_entries = u32::try_from(n_entries).unwrap_or(u32::MAX);
            success_pause(config, state, hint, 0 < n_new && !is_first)
        }
        Outcome::Failed { error, retry_after, failure } => {
            next.error = Some(error);
            next.streak = state.streak.saturating_add(1);
            next.is_gone = failure == Failure::Gone;
            let wait = retry_after.map(|wait| wait.min(config.retry_after_max));
            next.not_before = wait.map(|wait| later(now, wait));
            failure_pause(config, state, failure).max(wait.unwrap_or_default())
        }
    };
    next.pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    next.next_poll = later(now, with_jitter(pause, jitter));
    next
}

fn succeed(next: &mut FeedState, validators: Validators, now: Timestamp) {
    next.validators = validators;
    next.last_success = Some(now);
    next.streak = 0;
    next.error = None;
}

fn success_pause(
    config: &Config,
    state: &FeedState,
    hint: Option<Duration>,
    is_busy: bool,
) -> Duration {
    let shortest = config.poll_interval_min;
    let quiet = config.poll_interval_quiet.max(shortest);
    let is_steady = state.streak == 0 && 0 < state.pause_ms;
    let previous = if is_steady { Duration::from_millis(state.pause_ms).min(quiet) } else { quiet };
    let wanted = if is_busy { previous / 2 } else { previous.saturating_add(previous / 2) };
    let polite = hint.unwrap_or_default().min(config.poll_interval_max);
    wanted.min(quiet).max(shortest).max(polite)
}

/// Never shorter than the pause before: a server in trouble is asked less and less.
fn failure_pause(config: &Config, state: &FeedState, failure: Failure) -> Duration {
    let shortest = config.poll_interval_min;
    let first = match failure {
        Failure::Trouble | Failure::Gone => shortest,
        Failure::Refused => REFUSED_PAUSE_MIN.max(shortest),
    };
    let longest = config.poll_interval_max.max(first);
    let backoff = Backoff { first, max: longest };
    let previous = Duration::from_millis(state.pause_ms);
    let usual = config.poll_interval_quiet;
    let previous = if state.streak == 0 { previous.min(usual) } else { previous };
    backoff.pause(state.streak.saturating_add(1), 0.0).max(previous.min(longest))
}

/// `time` and `pause`; the end of time at most.
pub(super) fn later(time: Timestamp, pause: Duration) -> Timestamp {
    let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_unix_ms(time.unix_ms().saturating_add(pause_ms)).unwrap_or(time)
}

/// From `start` to `end`; zero if the end lies before.
pub(super) fn between(start: Timestamp, end: Timestamp) -> Duration {
    let ms = end.unix_ms().saturating_sub(start.unix_ms());
    Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::FeedId;

    fn now() -> Timestamp {
        "2026-11-24T06:00:00Z".parse().unwrap()
    }

    fn new_feed() -> FeedState {
        FeedState::new(FeedId::of_url("https://example.org/feed"), now())
    }

    fn read(n_new: usize) -> Outcome {
        Outcome::Read { validators: Validators::default(), hint: None, n_entries: 30, n_new }
    }

    fn hinted(hint: Duration) -> Outcome {
        Outcome::NotModified { validators: Validators::default(), hint: Some(hint) }
    }

    fn failed(failure: Failure, retry_after: Option<Duration>) -> Outcome {
        Outcome::Failed { error: "trouble".to_owned(), retry_after, failure }
    }

    fn step(state: &FeedState, outcome: Outcome) -> FeedState {
        after(&Config::default(), state, outcome, now(), 0.0)
    }

    fn minutes(state: &FeedState) -> i64 {
        (state.next_poll.unix_ms() - now().unix_ms()) / 60_000
    }

    /// The pauses, in minutes, after one outcome and the next.
    fn pauses(outcomes: impl IntoIterator<Item = Outcome>) -> Vec<i64> {
        let mut state = new_feed();
        let mut step = |outcome| {
            state = step(&state, outcome);
            minutes(&state)
        };
        outcomes.into_iter().map(&mut step).collect()
    }

    /// Goal: an alert comes within minutes from a busy feed, and a quiet one is left alone.
    #[test]
    fn busy_feeds_are_polled_more_often() {
        let busy = pauses([read(30), read(2), read(1), read(5), read(1)]);
        assert_eq!(busy, [60, 30, 15, 10, 10]);
        let calming = pauses([read(9), read(1), read(1), read(0), read(0), read(0)]);
        assert_eq!(calming, [60, 30, 15, 22, 33, 50]);
    }

    /// Goal: a publisher's wish for fewer requests wins over our eagerness, up to a day.
    #[test]
    fn hints_lengthen_and_never_shorten() {
        let hours = |hours| Duration::from_hours(hours);
        assert_eq!(pauses([hinted(hours(4))]), [240]);
        assert_eq!(pauses([hinted(Duration::from_secs(1))]), [60]);
        assert_eq!(pauses([hinted(hours(365 * 24))]), [1440]);
        assert_eq!(pauses([hinted(hours(4)), read(1)]), [240, 30]);
    }

    /// Goal: a server in trouble is asked less and less, and the first success forgives all.
    #[test]
    fn failures_back_off_until_success() {
        let trouble = || failed(Failure::Trouble, None);
        let fails = std::iter::repeat_with(trouble).take(9);
        let pauses = pauses(std::iter::once(read(1)).chain(fails).chain([read(0), read(1)]));
        assert_eq!(pauses, [60, 60, 60, 60, 80, 160, 320, 640, 1280, 1440, 60, 30]);
    }

    /// Goal: nobody who asked for a pause hears from us before its end.
    #[test]
    fn retry_after_is_kept_and_capped() {
        let hour = Duration::from_hours(1);
        let state = step(&new_feed(), failed(Failure::Trouble, Some(48 * hour)));
        assert_eq!(minutes(&state), 48 * 60);
        assert_eq!(state.not_before, Some(later(now(), 48 * hour)));
        let state = step(&state, failed(Failure::Trouble, Some(9999 * hour)));
        assert_eq!(minutes(&state), 7 * 24 * 60);
        assert_eq!(step(&state, read(0)).not_before, None);
    }

    /// Goal: walls are not hammered, and what is gone is gone.
    #[test]
    fn refusal_waits_hours_and_gone_ends_it() {
        assert_eq!(
            pauses([failed(Failure::Refused, None), failed(Failure::Refused, None)]),
            [240, 480]
        );
        assert!(step(&new_feed(), failed(Failure::Gone, None)).is_gone);
        let throttled = Outcome::from(&FetchError::Throttled { retry_after: None });
        assert_eq!(pauses([throttled]), [240]);
    }

    /// Goal: a broken page in between costs no full download and no repeated alert.
    #[test]
    fn failure_keeps_validators_and_success_replaces_them() {
        let validators = Validators { etag: Some(b"\"a\"".to_vec()), ..Validators::default() };
        let outcome = Outcome::NotModified { validators: validators.clone(), hint: None };
        let state = step(&new_feed(), outcome);
        let failed = step(&state, Outcome::from(&ReadError::WebPage));
        assert_eq!(failed.validators, validators);
        assert_eq!(failed.last_success, state.last_success);
        assert_eq!(failed.error.as_deref(), Some("a web page instead of a feed"));
        assert_eq!(step(&failed, read(0)).validators, Validators::default());
    }

    proptest! {
        /// Goal: whatever happens, a pause keeps its promises.
        #[test]
        fn pauses_stay_between_their_limits(
            pause_ms: u64, streak: u32, is_new: bool, n_new in 0_usize..3, hint_s: Option<u64>,
            wait_s: Option<u32>, kind in 0..3, jitter in 0.0..1.0,
        ) {
            let config = Config::default();
            let last_success = (!is_new).then(now);
            let state = FeedState { last_success, pause_ms, streak, ..new_feed() };
            let wait = wait_s.map(|wait_s| Duration::from_secs(u64::from(wait_s)));
            let outcome = match kind {
                0 => Outcome::Read {
                    validators: Validators::default(),
                    hint: hint_s.map(Duration::from_secs),
                    n_entries: 3,
                    n_new,
                },
                1 => failed(Failure::Trouble, wait),
                _ => failed(Failure::Refused, wait),
            };
            let next = after(&config, &state, outcome, now(), jitter);
            let least = config.poll_interval_min.max(next.not_before.map_or(Duration::ZERO, |_| {
                wait.unwrap_or_default().min(config.retry_after_max)
            }));
            prop_assert!(later(now(), least) <= next.next_poll);
            prop_assert!(next.next_poll <= later(now(), config.retry_after_max * 11 / 10));
        }
    }
}
