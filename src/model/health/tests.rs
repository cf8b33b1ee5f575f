//! What people are told, state by state.

use super::*;
use crate::model::{Move, QuietTimes, Wishes};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn now() -> Timestamp {
    "2026-11-24T06:40:00Z".parse().unwrap()
}

fn feed() -> Feed {
    Feed::at("https://example.org/a.xml".parse().unwrap())
}

/// A feed that was read an hour ago and is polled every hour.
fn read_well() -> FeedState {
    let mut state = FeedState::new(feed().id, now().plus(HOUR));
    state.last_poll = Some(now().minus(HOUR));
    state.last_success = state.last_poll;
    state.n_entries = 20;
    state.pause_ms = 3_600_000;
    state.reason = PollReason::Quiet;
    state
}

fn failing(trouble: Trouble, since: Duration) -> FeedState {
    FeedState {
        error: Some("nothing at this address (HTTP 404)".to_owned()),
        trouble: Some(trouble),
        failing_since: Some(now().minus(since)),
        streak: 3,
        reason: PollReason::Failure,
        ..read_well()
    }
}

fn health(state: &FeedState) -> FeedHealth {
    FeedHealth::of(&feed(), Some(state), now(), &Moves::among([state]))
}

const TROUBLES: [Trouble; 20] = [
    Trouble::Dns,
    Trouble::Connect,
    Trouble::Broken,
    Trouble::Tls,
    Trouble::Timeout,
    Trouble::TooLong,
    Trouble::Address,
    Trouble::Throttled,
    Trouble::Refused,
    Trouble::NotFound,
    Trouble::Gone,
    Trouble::Status,
    Trouble::Redirect,
    Trouble::Empty,
    Trouble::NotAFeed,
    Trouble::WebPage,
    Trouble::Unreadable,
    Trouble::Selectors,
    Trouble::Robots,
    Trouble::Configuration,
];

/// Goal: whatever goes wrong, an operator reads what it is and what to do, at once and when it
/// lasts.
#[test]
fn each_trouble_says_what_to_do() {
    let said = TROUBLES.map(|trouble| {
        let at_first = health(&failing(trouble, Duration::ZERO));
        let lasting = health(&failing(trouble, 8 * DAY));
        assert!(lasting.is_flagged, "{trouble:?}");
        let mark = if at_first.is_flagged { " (flagged)" } else { "" };
        let (at_first, lasting) = (at_first.advice.unwrap(), lasting.advice.unwrap());
        format!("{trouble:?}{mark}\n  {at_first}\n  {lasting}")
    });
    insta::assert_snapshot!(said.join("\n"));
}

/// Goal: an address where nothing stands is named once a week has passed, not on its first bad
/// day.
#[test]
fn e09_feed_that_is_not_found_for_a_week_is_flagged() {
    let young = health(&failing(Trouble::NotFound, 2 * DAY));
    assert_eq!((young.is_flagged, young.phase), (false, FeedPhase::Failing));
    let old = health(&failing(Trouble::NotFound, 8 * DAY));
    assert!(old.is_flagged);
    assert_eq!(old.summary, "failing, 8 days");
    assert_eq!(
        old.advice.as_deref(),
        Some(
            "nothing at this address for 8 days: look for the new address on the outlet's site, \
             or remove the feed"
        )
    );
}

/// Goal: why the next poll is when it is needs no knowledge of the program.
#[test]
fn reasons_are_said_in_words() {
    let mut busy = read_well();
    busy.rhythm.note(34, &[], now());
    let because = |reason: PollReason, pause: Duration| {
        let state = FeedState {
            reason,
            pause_ms: u64::try_from(pause.as_millis()).unwrap(),
            ..busy.clone()
        };
        health(&state).reason
    };
    let mut quiet_times = read_well();
    quiet_times.reason = PollReason::QuietTimes;
    quiet_times.wishes =
        Wishes { pause_ms: None, quiet: QuietTimes { hours: 0b111_1111, days: 0b110_0000 } };
    let pinned = Feed { every: Some(Duration::from_mins(5)), ..feed() };
    let pinned_state = FeedState { reason: PollReason::Pinned, ..read_well() };
    let pinned = FeedHealth::of(&pinned, Some(&pinned_state), now(), &Moves::default());
    let said = [
        because(PollReason::Busy, HOUR),
        health(&read_well()).reason,
        because(PollReason::Gap, HOUR),
        because(PollReason::Publisher, 6 * HOUR),
        because(PollReason::RetryAfter, HOUR),
        because(PollReason::Refused, 4 * HOUR),
        because(PollReason::GoneCheck, DAY),
        because(PollReason::Asked, HOUR),
        health(&failing(Trouble::Status, HOUR)).reason,
        health(&quiet_times).reason,
        pinned.reason,
        FeedHealth::of(&feed(), None, now(), &Moves::default()).reason,
    ];
    insta::assert_snapshot!(said.join("\n"), @r"
    busy: about 34 a day
    quiet
    some entries were probably missed
    publisher asked for 6 h
    server asked for a pause of 1 h
    server does not want us, so after 4 h
    410 once: asked again to be sure
    a person asked
    3 failures in a row
    no polls on Saturday and Sunday and from 00:00 to 07:00 UTC
    polled every 5 min as configured
    never polled so far
    ");
}

/// Goal: a feed that somebody paused is not counted as trouble, whatever it was before.
#[test]
fn paused_feed_is_no_trouble() {
    let paused = Feed { is_paused: true, ..feed() };
    let state = failing(Trouble::NotFound, 8 * DAY);
    let health = FeedHealth::of(&paused, Some(&state), now(), &Moves::default());
    assert_eq!((health.phase, health.is_flagged), (FeedPhase::Paused, false));
    assert_eq!((health.advice, health.reason.as_str()), (None, "paused"));
}

/// Goal: a feed that has stopped without an error is noticed: one that fell silent, and one that
/// never had an entry.
#[test]
fn silence_is_noticed() {
    let mut silent = read_well();
    let dates: Vec<_> = (0..20).map(|hours| now().minus(6 * DAY + HOUR * hours)).collect();
    silent.rhythm.note(20, &dates, now().minus(6 * DAY));
    silent.rhythm.note(0, &[], now());
    let said = health(&silent);
    assert_eq!(said.summary, "silent, longer than usual");
    assert_eq!(said.silent_since, Some(now().minus(6 * DAY)));
    assert!(said.silence.unwrap().starts_with("nothing new since 2026-11-18 06:40 UTC"));
    let mut dead = FeedState { n_entries: 0, ..read_well() };
    dead.rhythm.note(0, &[], now());
    assert_eq!(health(&dead).silence, None, "one empty answer says nothing");
    for days in 1..4 {
        dead.rhythm.note(0, &[], now().plus(DAY * days));
    }
    assert!(health(&dead).silence.unwrap().contains("not one entry"));
}

/// Goal: how much a feed brings is said in a unit that people think in.
#[test]
fn rates_are_said_in_words() {
    let rate = |per_fortnight: usize| {
        let mut state = read_well();
        for day in 0..15 {
            let n_new = if day == 1 { per_fortnight } else { 0 };
            state.rhythm.note(n_new, &[], now().plus(DAY * day));
        }
        health(&state).rate.unwrap()
    };
    assert_eq!(
        [130, 6, 1, 0].map(rate),
        ["about 10 a day", "about 3 a week", "less than one a week", "nothing so far"]
    );
}

/// Goal: a lost domain to which many feeds lead is told to the operator, and not taken for their
/// new address.
#[test]
fn r06_many_feeds_moving_to_one_address_are_told() {
    let moving = |name: &str| {
        let moving = Move {
            to: "https://parked.example/lander".parse().unwrap(),
            since: now().minus(DAY),
            n_seen: 7,
        };
        let id = crate::model::FeedId::of_url(name);
        FeedState { moving: Some(moving), feed: id, ..read_well() }
    };
    let one = moving("a");
    let said = health(&one);
    assert_eq!(
        said.notes,
        ["moves to https://parked.example/lander by its own word, seen 7 times since \
          2026-11-23 06:40 UTC: followed once that is sure"]
    );
    let many = ["a", "b", "c"].map(moving);
    let moves = Moves::among(&many);
    let said = FeedHealth::of(&feed(), Some(&one), now(), &moves);
    assert!(said.notes[0].starts_with("3 feeds say that they move to https://parked.example/"));
    assert_eq!(
        moves.problems(),
        ["3 feeds say that they move to one address at parked.example: not followed"]
    );
    assert!(Moves::among(&many[..2]).problems().is_empty());
}

/// Goal: the rest that an operator may want to know stands there too.
#[test]
fn notes_tell_the_rest() {
    let state = FeedState {
        address: Some("https://example.org/new.xml".parse().unwrap()),
        last_gap: Some(now().minus(DAY)),
        is_salvaged: true,
        hub: Some("https://hub.example/".to_owned()),
        ..read_well()
    };
    insta::assert_snapshot!(health(&state).notes.join("\n"), @r"
    polled at https://example.org/new.xml since it moved
    some entries were probably missed before 2026-11-23 06:40 UTC: shorten `every`
    broken feed, read as far as possible
    names a hub that would tell of changes; not used
    ");
    let old = FeedState { last_gap: Some(now().minus(30 * DAY)), ..read_well() };
    assert!(health(&old).notes.is_empty());
}
