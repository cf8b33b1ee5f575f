//! Pauses after polls, in minutes.

use proptest::prelude::*;

use super::*;
use crate::model::Validators;

fn now() -> Timestamp {
    "2026-11-24T06:00:00Z".parse().unwrap()
}

fn feed() -> Feed {
    Feed::at("https://example.org/feed".parse().unwrap())
}

fn new_feed() -> FeedState {
    FeedState::new(feed().id, now())
}

fn read(n_new: usize) -> Outcome {
    let found = Found { n_entries: 30, n_new, ..Found::default() };
    Outcome::Read { answered: Answered::default(), found }
}

fn fresh(pause: Duration) -> Outcome {
    Outcome::NotModified(Answered { fresh: Some(pause), ..Answered::default() })
}

fn wishing(wishes: Wishes) -> Outcome {
    let found = Found { n_entries: 30, wishes, ..Found::default() };
    Outcome::Read { answered: Answered::default(), found }
}

fn moved(to: &str) -> Outcome {
    Outcome::NotModified(Answered { moved: Some(to.parse().unwrap()), ..Answered::default() })
}

fn failed(trouble: Trouble, retry_after: Option<Duration>) -> Outcome {
    Outcome::Failed { error: "trouble".to_owned(), trouble, retry_after }
}

fn at(now: Timestamp) -> Circumstances {
    Circumstances { now, jitter: 0.0, n_others_moving_there: 0 }
}

fn step(state: &FeedState, outcome: Outcome) -> FeedState {
    after(&Config::default(), &feed(), state, outcome, at(now()))
}

fn minutes(state: &FeedState) -> i64 {
    (state.next_poll.unix_ms() - now().unix_ms()) / 60_000
}

/// The pauses after one outcome and the next, all at the same time.
fn pauses(outcomes: impl IntoIterator<Item = Outcome>) -> Vec<i64> {
    let mut state = new_feed();
    let mut step = |outcome| {
        state = step(&state, outcome);
        minutes(&state)
    };
    outcomes.into_iter().map(&mut step).collect()
}

const HOUR: Duration = Duration::from_hours(1);

/// Goal: p14, p17: an alert comes within minutes from a busy feed, and a quiet one is left alone.
#[test]
fn busy_feeds_are_polled_more_often() {
    assert_eq!(pauses([read(0), read(2), read(9), read(1)]), [60, 60, 60, 10]);
    let dates: Vec<_> = (0..20).map(|number| later(now(), HOUR * number)).collect();
    let dates = dates.iter().map(|date| date.minus(Duration::from_hours(20))).collect();
    let found = Found { n_entries: 20, n_new: 20, dates, ..Found::default() };
    let busy_from_the_start = Outcome::Read { answered: Answered::default(), found };
    assert_eq!(pauses([busy_from_the_start, read(0)]), [10, 10]);
}

/// Goal: a person's own pace counts, but not against the publisher, and nobody is hammered.
#[test]
fn every_is_kept_within_limits() {
    let paced = |every: Duration, outcome| {
        let feed = Feed { every: Some(every), ..feed() };
        let next = after(&Config::default(), &feed, &new_feed(), outcome, at(now()));
        (minutes(&next), next.reason)
    };
    assert_eq!(paced(Duration::from_mins(5), read(0)), (5, PollReason::Pinned));
    assert_eq!(paced(Duration::from_secs(1), read(0)), (1, PollReason::Pinned));
    assert_eq!(paced(Duration::from_mins(5), fresh(HOUR)), (60, PollReason::Publisher));
    assert_eq!(paced(Duration::from_hours(48), read(0)), (48 * 60, PollReason::Pinned));
}

/// Goal: a publisher's wish for fewer requests wins over our eagerness, up to a day.
#[test]
fn hints_lengthen_and_never_shorten() {
    assert_eq!(pauses([fresh(4 * HOUR)]), [240]);
    assert_eq!(pauses([fresh(Duration::from_secs(1))]), [60]);
    assert_eq!(pauses([fresh(365 * 24 * HOUR)]), [1440]);
    let wishes = Wishes { pause_ms: Some(3 * 3_600_000), ..Wishes::default() };
    // The document's wish holds until the next document.
    assert_eq!(
        pauses([wishing(wishes), fresh(HOUR), fresh(4 * HOUR), read(0)]),
        [180, 180, 240, 60]
    );
}

/// Goal: no request in hours and on days that the publisher excludes.
#[test]
fn quiet_times_are_kept() {
    // It is Tuesday, six o'clock; the next poll would be at seven.
    let quiet = |hours: u32, days: u8| {
        let wishes = Wishes { quiet: QuietTimes { hours, days }, ..Wishes::default() };
        let next = step(&new_feed(), wishing(wishes));
        (minutes(&next) / 60, next.reason)
    };
    assert_eq!(quiet(0b111 << 7, 0), (4, PollReason::QuietTimes));
    assert_eq!(quiet(1 << 8, 0), (1, PollReason::Quiet));
    assert_eq!(quiet(0, 0b110), (18 + 24, PollReason::QuietTimes));
    assert_eq!(quiet(!0, !0), (1, PollReason::Quiet));
}

/// Goal: after more news than the feed can hold we come back sooner, once, and people can see it.
#[test]
fn gap_is_noted_and_shortens_once() {
    let mut state = step(&new_feed(), read(0));
    state.rhythm = crate::model::Rhythm::default();
    let gap = step(&state, read(30));
    assert_eq!((minutes(&gap), gap.reason, gap.last_gap), (10, PollReason::Gap, Some(now())));
    let calm =
        FeedState { rhythm: crate::model::Rhythm::default(), reason: PollReason::Gap, ..state };
    assert_ne!(step(&calm, read(30)).reason, PollReason::Gap);
    assert_eq!(step(&new_feed(), read(30)).last_gap, None);
}

/// Goal: a server in trouble is asked less and less, and the first success forgives all.
#[test]
fn failures_back_off_until_success() {
    let fails = std::iter::repeat_with(|| failed(Trouble::Status, None)).take(9);
    let pauses = pauses(std::iter::once(read(1)).chain(fails).chain([read(0), read(1)]));
    assert_eq!(pauses, [60, 60, 60, 60, 80, 160, 320, 640, 1280, 1440, 60, 60]);
}

/// Goal: nobody who asked for a pause hears from us before its end.
#[test]
fn retry_after_is_kept_and_capped() {
    let state = step(&new_feed(), failed(Trouble::Status, Some(48 * HOUR)));
    assert_eq!(minutes(&state), 48 * 60);
    assert_eq!(
        (state.not_before, state.reason),
        (Some(later(now(), 48 * HOUR)), PollReason::RetryAfter)
    );
    let state = step(&state, failed(Trouble::Status, Some(9999 * HOUR)));
    assert_eq!(minutes(&state), 7 * 24 * 60);
    assert_eq!(step(&state, read(0)).not_before, None);
}

/// Goal: a person's "now" does not break a promise.
#[test]
fn asking_early_is_refused() {
    assert_eq!(refused_until(&step(&new_feed(), read(0)), now()), None);
    let fresh = step(&new_feed(), fresh(2 * HOUR));
    assert_eq!(refused_until(&fresh, now()), Some((later(now(), 2 * HOUR), PollReason::Publisher)));
    assert_eq!(refused_until(&fresh, later(now(), 2 * HOUR)), None);
    let paused = step(&fresh, failed(Trouble::Throttled, Some(3 * HOUR)));
    assert_eq!(
        refused_until(&paused, now()),
        Some((later(now(), 3 * HOUR), PollReason::RetryAfter))
    );
}

/// Goal: walls are not hammered.
#[test]
fn refusal_waits_hours() {
    let refused = || failed(Trouble::Refused, None);
    assert_eq!(pauses([refused(), refused()]), [240, 480]);
    let throttled = || Outcome::from(&FetchError::Throttled { retry_after: None });
    assert_eq!(pauses([throttled(), throttled()]), [240, 480]);
}

/// Goal: one wrong 410 does not end a feed; a second one a day later does.
#[test]
fn gone_is_believed_the_second_time() {
    let gone = || failed(Trouble::Gone, None);
    let state = step(&new_feed(), gone());
    assert_eq!(
        (minutes(&state), state.is_gone, state.reason),
        (1440, false, PollReason::GoneCheck)
    );
    let too_early = after(&Config::default(), &feed(), &state, gone(), at(later(now(), HOUR)));
    assert!(!too_early.is_gone);
    let day = at(later(now(), 24 * HOUR));
    assert!(after(&Config::default(), &feed(), &too_early, gone(), day).is_gone);
    let back = after(&Config::default(), &feed(), &state, read(0), day);
    assert_eq!((back.gone_since, back.is_gone), (None, false));
}

/// How the state is after a permanent redirect was seen every eight hours.
fn moved_for(n_seen: usize, n_others_moving_there: usize) -> FeedState {
    let mut state = new_feed();
    for number in 0..n_seen {
        let now = later(now(), 8 * HOUR * u32::try_from(number).unwrap());
        let circumstances = Circumstances { n_others_moving_there, ..at(now) };
        let outcome = moved("https://example.org/new");
        state = after(&Config::default(), &feed(), &state, outcome, circumstances);
    }
    state
}

/// Goal: a feed that has really moved is polled at its new address, one that is redirected by
/// mistake keeps its own.
#[test]
fn moves_are_believed_late() {
    assert_eq!(moved_for(9, 0).address, None);
    let state = moved_for(10, 0);
    assert_eq!(state.url_of(&feed()).as_str(), "https://example.org/new");
    let interrupted = step(&moved_for(9, 0), read(0));
    assert_eq!(interrupted.moving, None);
    let fast = (0..50).fold(new_feed(), |state, _| step(&state, moved("https://example.org/new")));
    assert_eq!(fast.address, None, "not within an hour");
    assert_eq!(moved_for(50, 2).address, None, "not with two others");
    let failing = (0..5).fold(state, |state, _| step(&state, failed(Trouble::NotFound, None)));
    assert_eq!(failing.address, None, "back when the new address fails");
}

/// Goal: a broken page in between costs no full download and no repeated alert.
#[test]
fn failure_keeps_validators_and_success_replaces_them() {
    let validators = Validators { etag: Some(b"\"a\"".to_vec()), ..Validators::default() };
    let answered = Answered { validators: validators.clone(), ..Answered::default() };
    let state = step(&new_feed(), Outcome::NotModified(answered));
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
        pause_ms: u64, streak: u32, is_new: bool, n_new in 0_usize..3, fresh_s: Option<u64>,
        wait_s: Option<u32>, kind in 0..3, jitter in 0.0..1.0,
    ) {
        let config = Config::default();
        let last_success = (!is_new).then(now);
        let state = FeedState { last_success, pause_ms, streak, ..new_feed() };
        let wait = wait_s.map(|wait_s| Duration::from_secs(u64::from(wait_s)));
        let answered = Answered { fresh: fresh_s.map(Duration::from_secs), ..Answered::default() };
        let outcome = match kind {
            0 => Outcome::Read {
                answered,
                found: Found { n_entries: 3, n_new, ..Found::default() },
            },
            1 => failed(Trouble::Status, wait),
            _ => failed(Trouble::Refused, wait),
        };
        let circumstances = Circumstances { jitter, ..at(now()) };
        let next = after(&config, &feed(), &state, outcome, circumstances);
        let least = config.poll_interval_min.max(next.not_before.map_or(Duration::ZERO, |_| {
            wait.unwrap_or_default().min(config.retry_after_max)
        }));
        prop_assert!(later(now(), least) <= next.next_poll);
        prop_assert!(next.next_poll <= later(now(), config.retry_after_max * 11 / 10));
    }
}
