//! How many requests a receiver gets in a time: a pure rule.
//!
//! A limit holds in every window of its length, wherever it begins, as chat services count. Times
//! are those of [`Clock::elapsed`](crate::model::Clock::elapsed).

use std::collections::VecDeque;
use std::time::Duration;

use crate::alert::{Format, ReceiverConfig};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// At most so many requests in any window of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    /// How many; at least one.
    pub(super) n: usize,
    /// The window.
    pub(super) window: Duration,
}

/// The limits that `config` sets, else those of its format's service.
pub(super) fn limits(config: &ReceiverConfig) -> Vec<Limit> {
    let own = [(config.max_per_second, SECOND), (config.max_per_minute, MINUTE)];
    let own =
        own.into_iter().filter_map(|(n, window)| Some(Limit { n: usize::from(n?.get()), window }));
    let own: Vec<Limit> = own.collect();
    if own.is_empty() { default_limit(config.format).into_iter().collect() } else { own }
}

/// What the service behind a format allows.
fn default_limit(format: Format) -> Option<Limit> {
    match format {
        // In one channel or chat, says each one's documentation.
        Format::Slack | Format::Telegram => Some(Limit { n: 1, window: SECOND }),
        Format::Discord => Some(Limit { n: 5, window: 2 * SECOND }),
        Format::Teams => Some(Limit { n: 4, window: SECOND }),
        _ => None,
    }
}

/// When the last requests to one receiver started, as far as its limits ask.
#[derive(Debug, Default)]
pub(super) struct Pace {
    limits: Vec<(Limit, VecDeque<Duration>)>,
}

impl Pace {
    /// A pace that keeps all of `limits`; none: no limit.
    pub(super) fn new(limits: impl IntoIterator<Item = Limit>) -> Self {
        let limits = limits.into_iter().filter(|limit| 0 < limit.n && !limit.window.is_zero());
        Self { limits: limits.map(|limit| (limit, VecDeque::new())).collect() }
    }

    /// How many requests may start at `now`, at most `wanted`.
    pub(super) fn room(&self, now: Duration, wanted: usize) -> usize {
        let room = |(limit, starts): &(Limit, VecDeque<Duration>)| {
            let is_recent = |start: &&Duration| now < **start + limit.window;
            limit.n.saturating_sub(starts.iter().rev().take_while(is_recent).count())
        };
        self.limits.iter().map(room).fold(wanted, usize::min)
    }

    /// When the next request may start, if not at once.
    pub(super) fn next(&self, now: Duration) -> Option<Duration> {
        let next = |(limit, starts): &(Limit, VecDeque<Duration>)| {
            let oldest = starts.len().checked_sub(limit.n).map(|index| starts[index])?;
            Some(oldest + limit.window).filter(|next| now < *next)
        };
        self.limits.iter().filter_map(next).max()
    }

    /// Notes that a request starts at `now`.
    pub(super) fn note(&mut self, now: Duration) {
        for (limit, starts) in &mut self.limits {
            starts.push_back(now);
            if limit.n < starts.len() {
                starts.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a chat channel gets no more than its service allows, and no less.
    #[test]
    fn b30_limit_holds_in_every_window() {
        let start = Duration::from_secs(1_000);
        let mut pace = Pace::new([Limit { n: 5, window: 2 * SECOND }]);
        let mut now = start;
        let mut starts = Vec::new();
        while starts.len() < 23 {
            for _ in 0..pace.room(now, 4) {
                pace.note(now);
                starts.push(now.saturating_sub(start));
            }
            now = pace.next(now).unwrap_or(now + SECOND / 10);
        }
        assert!(starts.windows(6).all(|six| six[0] + 2 * SECOND <= six[5]), "{starts:?}");
        assert!(*starts.last().unwrap() <= 9 * SECOND, "{starts:?}");
    }

    /// Goal: a limit by second and one by minute both hold.
    #[test]
    fn b30_every_limit_holds() {
        let start = Duration::from_secs(1_000);
        let limits = [
            Limit { n: 1, window: SECOND },
            Limit { n: 3, window: 60 * SECOND },
            Limit { n: 0, window: SECOND },
        ];
        let mut pace = Pace::new(limits);
        for second in 0..3 {
            let now = start + second * SECOND;
            assert_eq!((pace.room(now, 9), pace.next(now)), (1, None));
            pace.note(now);
        }
        let now = start + 3 * SECOND;
        assert_eq!((pace.room(now, 9), pace.next(now)), (0, Some(start + 60 * SECOND)));
        assert_eq!(Pace::default().room(now, 9), 9);
    }
}
