//! Whether a receiver that fails nearly always is left alone for a while: a pure rule.
//!
//! Deliberately absent: storage. After a restart a receiver is tried like any other, and ten
//! failures later it is left alone again.

use std::collections::VecDeque;
use std::time::Duration;

/// What is counted is so old at most.
const WINDOW: Duration = Duration::from_mins(5);

/// Fewer attempts say nothing.
const ATTEMPTS_MIN: u64 = 10;

/// The share of failures in percent at which the circuit opens.
const FAILED_PERCENT_MIN: u64 = 70;

/// While the circuit is open, one delivery is tried so often.
const PROBE_PAUSE: Duration = Duration::from_secs(30);

/// Attempts are counted together in pieces of the window, so that a busy receiver costs no more
/// memory than a quiet one.
const PIECE: Duration = Duration::from_secs(10);

/// Failures of one receiver, and whether it is left alone because of them.
///
/// Times are those of [`Clock::elapsed`](crate::model::Clock::elapsed): a clock that is set
/// neither opens nor closes anything.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    /// Oldest first; at most [`WINDOW`] / [`PIECE`] + 2.
    pieces: VecDeque<Piece>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Piece {
    start: Duration,
    n_attempts: u64,
    n_failed: u64,
}

#[derive(Debug)]
struct Open {
    next_probe: Duration,
    is_probing: bool,
}

/// What the circuit lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    /// Everything.
    Free,
    /// One delivery, to see whether the receiver is back; [`Circuit::probe`] before it starts.
    Probe,
    /// Nothing before then.
    ClosedUntil(Duration),
    /// Nothing before the delivery that is on its way has come to its end.
    ClosedWhileProbing,
}

/// What an attempt changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// From now on the receiver is left alone.
    Opened,
    /// It is back.
    Closed,
}

impl Circuit {
    /// What may start at `now`.
    pub(super) fn passage(&self, now: Duration) -> Passage {
        match &self.open {
            None => Passage::Free,
            Some(open) if open.is_probing => Passage::ClosedWhileProbing,
            Some(open) if now < open.next_probe => Passage::ClosedUntil(open.next_probe),
            Some(_) => Passage::Probe,
        }
    }

    /// Notes that a probe starts.
    pub(super) fn probe(&mut self) {
        if let Some(open) = &mut self.open {
            open.is_probing = true;
        }
    }

    /// Notes that a probe was given up without an answer of the receiver, or not begun.
    pub(super) fn give_up(&mut self) {
        if let Some(open) = &mut self.open {
            open.is_probing = false;
        }
    }

    /// Notes how an attempt ended, and says what that changes.
    pub(super) fn note(&mut self, now: Duration, has_failed: bool) -> Option<Turn> {
        if let Some(open) = &mut self.open {
            if !has_failed {
                *self = Self::default();
                return Some(Turn::Closed);
            }
            *open = Open { next_probe: now + PROBE_PAUSE, is_probing: false };
            return None;
        }
        self.count(now, has_failed);
        let sum = |count: fn(&Piece) -> u64| self.pieces.iter().map(count).sum::<u64>();
        let (n_attempts, n_failed) = (sum(|it| it.n_attempts), sum(|it| it.n_failed));
        let is_bad =
            ATTEMPTS_MIN <= n_attempts && FAILED_PERCENT_MIN * n_attempts <= 100 * n_failed;
        // A success that leaves the share high is a sign of life all the same.
        if !has_failed || !is_bad {
            return None;
        }
        self.pieces.clear();
        self.open = Some(Open { next_probe: now + PROBE_PAUSE, is_probing: false });
        Some(Turn::Opened)
    }

    /// When the next probe may start, while the circuit is open.
    pub(super) fn next_probe(&self) -> Option<Duration> {
        self.open.as_ref().map(|open| open.next_probe)
    }

    fn count(&mut self, now: Duration, has_failed: bool) {
        let is_old = |piece: &Piece| WINDOW + PIECE <= now.saturating_sub(piece.start);
        while self.pieces.front().is_some_and(is_old) {
            self.pieces.pop_front();
        }
        let is_over = |piece: &Piece| PIECE <= now.saturating_sub(piece.start);
        if self.pieces.back().is_none_or(is_over) {
            self.pieces.push_back(Piece { start: now, n_attempts: 0, n_failed: 0 });
        }
        if let Some(piece) = self.pieces.back_mut() {
            piece.n_attempts += 1;
            piece.n_failed += u64::from(has_failed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(start: Duration, seconds: u64) -> Duration {
        start + Duration::from_secs(seconds)
    }

    /// A circuit that saw these attempts, one a second; true: failed.
    fn circuit(start: Duration, attempts: &[bool]) -> (Circuit, Vec<Option<Turn>>) {
        let mut circuit = Circuit::default();
        let turns =
            (0..).zip(attempts).map(|(at, failed)| circuit.note(second(start, at), *failed));
        let turns = turns.collect();
        (circuit, turns)
    }

    /// Goal: a receiver that fails seven times out of ten is left alone, and not one that fails
    /// less, or was tried less.
    #[test]
    fn b31_seven_failures_of_ten_open_the_circuit() {
        let start = Duration::from_secs(1_000);
        let (seven, turns) = circuit(start, &[&[false; 3][..], &[true; 7]].concat());
        assert_eq!(turns.last(), Some(&Some(Turn::Opened)));
        assert_eq!(seven.passage(second(start, 9)), Passage::ClosedUntil(second(start, 39)));
        for attempts in [[&[false; 4][..], &[true; 6]].concat(), vec![true; 9]] {
            let (circuit, turns) = circuit(start, &attempts);
            assert_eq!(turns, vec![None; attempts.len()]);
            assert_eq!(circuit.passage(second(start, 10)), Passage::Free);
        }
    }

    /// Goal: failures of the morning do not count in the evening.
    #[test]
    fn b31_what_is_older_than_five_minutes_does_not_count() {
        let start = Duration::from_secs(1_000);
        let (mut circuit, _) = circuit(start, &[true; 9]);
        assert_eq!(circuit.note(second(start, 300), true), Some(Turn::Opened));
        let (mut circuit, _) = self::circuit(start, &[true; 9]);
        assert_eq!(circuit.note(second(start, 311), true), None);
        assert!(circuit.pieces.len() <= 31);
    }

    /// Goal: a receiver that is down gets one request in half a minute, and everything as soon
    /// as it takes one.
    #[test]
    fn b31_one_probe_each_30_s_until_one_succeeds() {
        let start = Duration::from_secs(1_000);
        let (mut circuit, _) = circuit(start, &[true; 10]);
        let opened = second(start, 9);
        assert_eq!(circuit.passage(second(opened, 29)), Passage::ClosedUntil(second(opened, 30)));
        assert_eq!(circuit.passage(second(opened, 30)), Passage::Probe);
        circuit.probe();
        assert_eq!(circuit.passage(second(opened, 31)), Passage::ClosedWhileProbing);
        assert_eq!(circuit.note(second(opened, 32), true), None);
        assert_eq!(circuit.passage(second(opened, 33)), Passage::ClosedUntil(second(opened, 62)));
        circuit.probe();
        circuit.give_up();
        assert_eq!(circuit.passage(second(opened, 62)), Passage::Probe);
        assert_eq!(circuit.note(second(opened, 63), false), Some(Turn::Closed));
        assert_eq!(circuit.passage(second(opened, 63)), Passage::Free);
        assert_eq!(circuit.note(second(opened, 64), true), None, "it starts anew");
    }
}
