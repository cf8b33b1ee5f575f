//! When to ask a feed again.
//!
//! Invariant: chance and hints only lengthen a pause; nobody is asked earlier than promised.
//! Invariant: a feed's address changes only after a permanent redirect was seen often and long.

use std::time::Duration;

use url::Url;

use super::config::EVERY_MIN;
use super::{Answered, Config, FetchError, ReadError};
use crate::model::{
    Feed, FeedState, Move, Moves, PollReason, QuietTimes, Timestamp, Trouble, Wishes,
};
use crate::net::backoff::{Backoff, with_jitter};

/// Who does not want us is not asked again soon.
const REFUSED_PAUSE_MIN: Duration = Duration::from_hours(4);

/// All new entries at once, if there are so many, mean that others were missed.
const GAP_ENTRIES_MIN: usize = 5;

/// An address that a feed moved to and that fails so often is left for the old one.
const MOVE_FAILURES_MAX: u32 = 5;

/// Who refuses the whole document is asked for it again so much later.
const WHOLE_PAUSE: Duration = Duration::from_hours(24);

const HOUR_MS: i64 = 3_600_000;

/// How a poll ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing changed.
    NotModified(Answered),
    /// A document was read.
    Read {
        /// What the answer said; without validators, there are none any more.
        answered: Answered,
        /// What was in the document.
        found: Found,
    },
    /// No document, or none that can be read: validators stay.
    Failed {
        /// Why, for the status page.
        error: String,
        /// What kind of failure it is.
        trouble: Trouble,
        /// How long the server asked us to wait.
        retry_after: Option<Duration>,
    },
}

impl Outcome {
    /// Where the feed says that it moved for good.
    pub fn moved(&self) -> Option<&Url> {
        match self {
            Self::NotModified(answered) | Self::Read { answered, .. } => answered.moved.as_ref(),
            Self::Failed { .. } => None,
        }
    }
}

/// What a document held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Entries in it.
    pub n_entries: usize,
    /// Entries that were not known.
    pub n_new: usize,
    /// When they were published, as far as they say.
    pub dates: Vec<Timestamp>,
    /// What it says about when to come back.
    pub wishes: Wishes,
    /// The hub that it names.
    pub hub: Option<Url>,
    /// Whether it was so broken that only its complete entries could be read.
    pub is_salvaged: bool,
}

impl From<&FetchError> for Outcome {
    fn from(error: &FetchError) -> Self {
        let trouble = error.trouble();
        Self::Failed { error: error.to_string(), trouble, retry_after: error.retry_after() }
    }
}

impl From<&ReadError> for Outcome {
    fn from(error: &ReadError) -> Self {
        Self::Failed { error: error.to_string(), trouble: error.trouble(), retry_after: None }
    }
}

/// What else matters for when a feed is polled next.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// The time.
    pub now: Timestamp,
    /// A number from 0 to 1.
    pub jitter: f64,
    /// How many other feeds say that they move to the same address.
    pub n_others_moving_there: usize,
}

/// How polling `feed` stands after a poll.
pub fn after(
    config: &Config,
    feed: &Feed,
    state: &FeedState,
    outcome: Outcome,
    circumstances: Circumstances,
) -> FeedState {
    let now = circumstances.now;
    let mut next = FeedState { last_poll: Some(now), not_before: None, ..state.clone() };
    if is_whole_wanted(config.whole_document_every, state, now) {
        next.whole_asked = Some(now);
    }
    let (pause, reason) = match outcome {
        Outcome::NotModified(answered) => {
            next.rhythm.note(0, &[], now);
            let fresh = succeed(config, &mut next, answered, circumstances);
            success_pause(config, feed, &next, fresh)
        }
        Outcome::Read { answered, found } => {
            let is_gap = is_gap(state, &found);
            take_over(&mut next, found, is_gap, now);
            let fresh = succeed(config, &mut next, answered, circumstances);
            let was_gap = state.reason == PollReason::Gap;
            let usual = success_pause(config, feed, &next, fresh);
            let shortest = (config.poll_interval_min, PollReason::Gap);
            if is_gap && !was_gap { lengthened(shortest, fresh) } else { usual }
        }
        Outcome::Failed { error, trouble, retry_after } => {
            fail(config, &mut next, (error, trouble, retry_after), now)
        }
    };
    next.pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    next.next_poll = later(now, with_jitter(pause, circumstances.jitter));
    next.reason = reason;
    let spread = config.poll_interval_min.mul_f64(circumstances.jitter.clamp(0.0, 1.0));
    if let Some(until) = quiet_until(next.next_poll, next.wishes.quiet, spread) {
        next.next_poll = until;
        next.reason = PollReason::QuietTimes;
    }
    next
}

/// Whether to ask for the whole document, validators or not: some servers say "not modified" for
/// ever, whatever changes. `every` is how long they are believed.
pub(super) fn is_whole_wanted(every: Duration, state: &FeedState, now: Timestamp) -> bool {
    let is_old = |time: Option<Timestamp>, age| time.is_some_and(|time| time < now.minus(age));
    let was_asked = state.whole_asked.is_some() && !is_old(state.whole_asked, WHOLE_PAUSE);
    is_old(state.last_document, every) && !was_asked
}

/// Whether everything in a document is new although the feed is not.
fn is_gap(state: &FeedState, found: &Found) -> bool {
    let is_known = state.last_success.is_some() && 0 < state.n_entries;
    is_known && GAP_ENTRIES_MIN <= found.n_entries && found.n_new == found.n_entries
}

fn take_over(next: &mut FeedState, found: Found, is_gap: bool, now: Timestamp) {
    next.rhythm.note(found.n_new, &found.dates, now);
    next.n_entries = u32::try_from(found.n_entries).unwrap_or(u32::MAX);
    next.wishes = found.wishes;
    next.hub = found.hub.map(Into::into);
    next.is_salvaged = found.is_salvaged;
    next.last_document = Some(now);
    if is_gap {
        next.last_gap = Some(now);
    }
}

/// Notes a success and returns how long the publisher wants to be left alone.
fn succeed(
    config: &Config,
    next: &mut FeedState,
    answered: Answered,
    circumstances: Circumstances,
) -> Option<Duration> {
    let now = circumstances.now;
    next.validators = answered.validators;
    next.last_success = Some(now);
    next.streak = 0;
    next.failing_since = None;
    next.error = None;
    next.trouble = None;
    next.gone_since = None;
    let wish = next.wishes.pause_ms.map(Duration::from_millis);
    let hint = answered.fresh.max(wish).map(|hint| hint.min(config.poll_interval_max));
    next.fresh_until = hint.map(|hint| later(now, hint));
    note_move(config, next, answered.moved, circumstances);
    hint
}

/// Believes a permanent redirect once it was seen often enough for long enough.
fn note_move(
    config: &Config,
    next: &mut FeedState,
    moved: Option<Url>,
    circumstances: Circumstances,
) {
    let Some(to) = moved.filter(|to| next.address.as_ref() != Some(to)) else {
        next.moving = None;
        return;
    };
    let now = circumstances.now;
    let before = next.moving.take().filter(|moving| moving.to == to);
    let mut moving = before.unwrap_or(Move { to, since: now, n_seen: 0 });
    moving.n_seen = moving.n_seen.saturating_add(1);
    let is_old = config.move_confirmed_after <= between(moving.since, now);
    let is_alone = circumstances.n_others_moving_there + 1 < Moves::FEEDS_MIN;
    if is_old && config.n_moves_min <= moving.n_seen && is_alone {
        next.address = Some(moving.to);
    } else {
        next.moving = Some(moving);
    }
}

fn success_pause(
    config: &Config,
    feed: &Feed,
    next: &FeedState,
    hint: Option<Duration>,
) -> (Duration, PollReason) {
    let is_busy = next
        .rhythm
        .per_day()
        .is_some_and(|per_day| f64::from(config.busy_entries_a_day) <= per_day);
    let usual = match feed.every {
        Some(every) => (every.max(EVERY_MIN), PollReason::Pinned),
        None if is_busy => (config.poll_interval_min, PollReason::Busy),
        None => (config.poll_interval_quiet.max(config.poll_interval_min), PollReason::Quiet),
    };
    lengthened(usual, hint)
}

/// A publisher's wish lengthens a pause and never shortens it.
fn lengthened(
    (pause, reason): (Duration, PollReason),
    hint: Option<Duration>,
) -> (Duration, PollReason) {
    match hint {
        Some(hint) if pause < hint => (hint, PollReason::Publisher),
        _ => (pause, reason),
    }
}

fn fail(
    config: &Config,
    next: &mut FeedState,
    (error, trouble, retry_after): (String, Trouble, Option<Duration>),
    now: Timestamp,
) -> (Duration, PollReason) {
    let pause = failure_pause(config, next, trouble);
    next.error = Some(error);
    next.trouble = Some(trouble);
    next.streak = next.streak.saturating_add(1);
    next.failing_since = next.failing_since.or(Some(now));
    if next.address.is_some() && next.streak.is_multiple_of(MOVE_FAILURES_MAX) {
        next.address = None;
    }
    if trouble == Trouble::Gone {
        let since = *next.gone_since.get_or_insert(now);
        let left = config.gone_confirmed_after.saturating_sub(between(since, now));
        next.is_gone = left.is_zero() && since < now;
        if !next.is_gone {
            return (left.max(config.poll_interval_min), PollReason::GoneCheck);
        }
    } else {
        next.gone_since = None;
    }
    let wait = retry_after.map(|wait| wait.min(config.retry_after_max));
    next.not_before = wait.map(|wait| later(now, wait));
    match wait {
        Some(wait) if pause < wait => (wait, PollReason::RetryAfter),
        _ if is_refusal(trouble) => (pause, PollReason::Refused),
        _ => (pause, PollReason::Failure),
    }
}

fn is_refusal(trouble: Trouble) -> bool {
    matches!(trouble, Trouble::Refused | Trouble::Throttled | Trouble::Robots)
}

/// Never shorter than the pause before: a server in trouble is asked less and less.
fn failure_pause(config: &Config, state: &FeedState, trouble: Trouble) -> Duration {
    let shortest = config.poll_interval_min;
    let first = if is_refusal(trouble) { REFUSED_PAUSE_MIN.max(shortest) } else { shortest };
    let longest = config.poll_interval_max.max(first);
    let backoff = Backoff { first, max: longest };
    let previous = Duration::from_millis(state.pause_ms);
    let usual = config.poll_interval_quiet;
    let previous = if state.streak == 0 { previous.min(usual) } else { previous };
    backoff.pause(state.streak.saturating_add(1), 0.0).max(previous.min(longest))
}

/// When a feed may be polled that wants quiet at `time`; none if it does not. `spread` is added, so
/// that not everybody comes at the full hour.
pub(super) fn quiet_until(
    time: Timestamp,
    quiet: QuietTimes,
    spread: Duration,
) -> Option<Timestamp> {
    let end = after_quiet_times(time, quiet);
    (time < end).then(|| later(end, spread))
}

/// The first moment at or after `time` that is in no quiet hour and on no quiet day (UTC).
fn after_quiet_times(time: Timestamp, quiet: QuietTimes) -> Timestamp {
    let hour = time.unix_ms().div_euclid(HOUR_MS);
    let is_quiet = |hour: i64| {
        let of_day = u32::try_from(hour.rem_euclid(24)).unwrap_or_default();
        // 1970 began on a Thursday; bit 0 is Monday.
        let weekday = u32::try_from((hour.div_euclid(24) + 3).rem_euclid(7)).unwrap_or_default();
        quiet.hours >> of_day & 1 == 1 || quiet.days >> weekday & 1 == 1
    };
    let free = (hour..hour + 8 * 24).find(|hour| !is_quiet(*hour)).unwrap_or(hour);
    if free == hour {
        time
    } else {
        Timestamp::from_unix_ms(free.saturating_mul(HOUR_MS)).unwrap_or(time)
    }
}

/// Until when a person's "now" is refused, and why: the host asked for a pause, or the publisher
/// says that nothing has changed.
pub fn refused_until(state: &FeedState, now: Timestamp) -> Option<(Timestamp, PollReason)> {
    let pause = state.not_before.map(|end| (end, PollReason::RetryAfter));
    let fresh = state.fresh_until.map(|end| (end, PollReason::Publisher));
    [pause, fresh].into_iter().flatten().filter(|(end, _)| now < *end).max_by_key(|(end, _)| *end)
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
mod tests;
