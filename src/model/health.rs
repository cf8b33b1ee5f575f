//! How polling a feed goes, in plain words: what is so, why, and what to do.
//!
//! Invariant: API, commands and pages say the same, because the words are made here only.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use crate::model::duration_text::in_words;
use crate::model::{Feed, FeedState, PollReason, QuietTimes, Timestamp, Trouble};

/// Trouble that lasts so long goes away by no waiting.
const LASTING: Duration = Duration::from_hours(7 * 24);

/// So long a gap is worth telling.
const GAP_TOLD: Duration = Duration::from_hours(7 * 24);

/// A feed that was empty on so many days is probably dead.
const EMPTY_DAYS_MIN: usize = 3;

/// How polling a feed goes, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FeedPhase {
    /// It was never read.
    New,
    /// The last poll went well.
    Ok,
    /// The last poll failed.
    Failing,
    /// It said that it is gone; it is polled no more.
    Gone,
    /// Somebody paused it: it is not polled.
    Paused,
}

impl FeedPhase {
    /// The phase of `feed`; `state` is none for a feed that was never polled.
    pub fn of(feed: &Feed, state: Option<&FeedState>) -> Self {
        match state {
            _ if feed.is_paused => Self::Paused,
            Some(state) if state.is_gone => Self::Gone,
            Some(state) if state.error.is_some() => Self::Failing,
            Some(state) if state.last_success.is_some() => Self::Ok,
            _ => Self::New,
        }
    }

    /// The word for outside.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Ok => "ok",
            Self::Failing => "failing",
            Self::Gone => "gone",
            Self::Paused => "paused",
        }
    }

    /// Whether it is polled at some time.
    pub fn is_polled(self) -> bool {
        !matches!(self, Self::Gone | Self::Paused)
    }

    /// Whether something is wrong with it.
    pub fn is_trouble(self) -> bool {
        matches!(self, Self::Failing | Self::Gone)
    }
}

/// Where feeds say that they move: many to one address is a lost domain, not a move.
#[derive(Clone, Debug, Default)]
pub struct Moves(HashMap<Url, usize>);

impl Moves {
    /// When so many feeds move to one address, none is followed.
    pub const FEEDS_MIN: usize = 3;

    /// The moves that `states` tell of.
    pub fn among<'a>(states: impl IntoIterator<Item = &'a FeedState>) -> Self {
        let mut moves = HashMap::new();
        for url in states.into_iter().flat_map(FeedState::destinations) {
            *moves.entry(url.clone()).or_default() += 1;
        }
        Self(moves)
    }

    /// How many feeds move to `url`, if they are too many to be followed.
    fn crowd_at(&self, url: &Url) -> Option<usize> {
        self.0.get(url).copied().filter(|n_feeds| Self::FEEDS_MIN <= *n_feeds)
    }

    /// What an operator should know of them, without whole addresses.
    pub fn problems(&self) -> Vec<String> {
        let crowds = self.0.iter().filter(|(_, n_feeds)| Self::FEEDS_MIN <= **n_feeds);
        let words = crowds.map(|(url, n_feeds)| {
            let host = url.host_str().unwrap_or_default();
            format!("{n_feeds} feeds say that they move to one address at {host}: not followed")
        });
        let mut words: Vec<String> = words.collect();
        words.sort();
        words
    }
}

/// How polling a feed goes, in words for people. Nothing private stands in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedHealth {
    /// In one word.
    pub phase: FeedPhase,
    /// In some words: `failing, 3 days`.
    pub summary: String,
    /// What is wrong and what to do; none when nothing is.
    pub advice: Option<String>,
    /// Somebody should act: waiting will not mend it.
    pub is_flagged: bool,
    /// Why the next poll is when it is.
    pub reason: String,
    /// How much it brings: `about 34 a day`; none before that is known.
    pub rate: Option<String>,
    /// Since when it has brought nothing, if that is longer than usual.
    pub silent_since: Option<Timestamp>,
    /// The same in words, and what to do; also for a feed that never brought anything.
    pub silence: Option<String>,
    /// What else is worth knowing, a sentence each.
    pub notes: Vec<String>,
}

impl FeedHealth {
    /// The words for `feed` at `now`; `state` is none for a feed that was never polled.
    pub fn of(feed: &Feed, state: Option<&FeedState>, now: Timestamp, moves: &Moves) -> Self {
        let phase = FeedPhase::of(feed, state);
        let mut health = Self {
            phase,
            summary: plain_summary(phase).to_owned(),
            advice: None,
            is_flagged: false,
            reason: plain_reason(phase).to_owned(),
            rate: None,
            silent_since: None,
            silence: None,
            notes: Vec::new(),
        };
        let Some(state) = state else { return health };
        health.rate = rate(state);
        health.notes = notes(state, now, moves);
        match phase {
            FeedPhase::Failing => health.add_trouble(state, now),
            FeedPhase::Gone => {
                health.advice = Some(GONE.to_owned());
                health.is_flagged = true;
            }
            FeedPhase::Ok => health.add_silence(state, now),
            FeedPhase::New | FeedPhase::Paused => {}
        }
        if phase.is_polled() {
            health.reason = reason(feed, state);
        }
        health
    }

    fn add_trouble(&mut self, state: &FeedState, now: Timestamp) {
        let lasted = state.failing_since.map(|since| now.since(since));
        let lasted = lasted.filter(|lasted| Duration::from_hours(1) <= *lasted);
        let is_lasting = lasted.is_some_and(|lasted| LASTING <= lasted);
        let times = || times(state.streak);
        self.summary = format!("failing, {}", lasted.map_or_else(times, in_words));
        let Some(trouble) = state.trouble else { return };
        let remedy = Remedy::of(trouble);
        let todo = if is_lasting { remedy.lasting } else { remedy.at_first };
        let span = lasted.map(|it| format!(" for {}", in_words(it))).unwrap_or_default();
        self.advice = Some(format!("{}{span}: {todo}", remedy.what));
        self.is_flagged = is_lasting || needs_somebody(trouble);
    }

    fn add_silence(&mut self, state: &FeedState, now: Timestamp) {
        let is_empty = state.n_entries == 0 && EMPTY_DAYS_MIN <= state.rhythm.n_days();
        self.silent_since = state.rhythm.silent_since(now);
        self.silence = match self.silent_since {
            Some(since) => Some(format!(
                "nothing new since {}, longer than usual: look at the outlet's site, its feed may \
                 have moved",
                minute_of(since)
            )),
            None if is_empty => Some(
                "there is not one entry in it: it is probably dead, look for another feed of the \
                 outlet"
                    .to_owned(),
            ),
            None => return,
        };
        "silent, longer than usual".clone_into(&mut self.summary);
    }
}

const GONE: &str = "its server says that it is gone for good (HTTP 410), so it is asked no more: \
                    look for its successor on the outlet's site, and remove it";

fn plain_summary(phase: FeedPhase) -> &'static str {
    match phase {
        FeedPhase::New => "not read yet",
        FeedPhase::Ok => "fine",
        FeedPhase::Failing => "failing",
        FeedPhase::Gone => "gone",
        FeedPhase::Paused => "paused",
    }
}

fn plain_reason(phase: FeedPhase) -> &'static str {
    match phase {
        FeedPhase::Gone => "gone: asked no more",
        FeedPhase::Paused => "paused",
        FeedPhase::New | FeedPhase::Ok | FeedPhase::Failing => "never polled so far",
    }
}

/// What a kind of trouble means, and what to do about it.
struct Remedy {
    what: &'static str,
    at_first: &'static str,
    lasting: &'static str,
}

const WAIT: &str = "nothing to do yet, it is asked again";

impl Remedy {
    const fn new(what: &'static str, at_first: &'static str, lasting: &'static str) -> Self {
        Self { what, at_first, lasting }
    }

    /// Waiting does not help.
    const fn now(what: &'static str, todo: &'static str) -> Self {
        Self::new(what, todo, todo)
    }

    /// It may go away by itself.
    const fn later(what: &'static str, todo: &'static str) -> Self {
        Self::new(what, WAIT, todo)
    }

    fn of(trouble: Trouble) -> Self {
        let another = "look for another feed of the outlet, or remove this one";
        match trouble {
            Trouble::Dns => Self::later(
                "the name of its host is unknown",
                "look for the outlet's new address, or remove the feed",
            ),
            Trouble::Connect => Self::later("its server cannot be reached", STILL_THERE),
            Trouble::Broken => Self::later("the connection breaks before all has come", another),
            Trouble::Tls => Self::now(
                "its certificate is not trusted",
                "open the address in a browser; an authority of your own belongs into net.ca_file",
            ),
            Trouble::Timeout => Self::later(
                "its server takes too long",
                "raise collect.total_timeout, or look for another feed of the outlet",
            ),
            Trouble::TooLong => Self::now(
                "it is longer than we take",
                "look for a shorter feed of the outlet, or raise collect.body_bytes_max",
            ),
            Trouble::Address => Self::now(
                "its address leads to a private network",
                "open the range in net.allow_networks if that is meant, else remove the feed",
            ),
            Trouble::Throttled => Self::new(
                "its server asks for fewer requests",
                "nothing to do, it is left alone for as long as it asks",
                "pause some feeds of this host, or raise collect.host_gap",
            ),
            Trouble::Refused => Self::now(
                "its server refuses us",
                "it may want a password (user, password_file) or keep programs out: ask the \
                 outlet for access, or look for another feed of it",
            ),
            Trouble::NotFound => Self::later("nothing at this address", NEW_ADDRESS),
            Trouble::Gone => {
                Self::new("its server says that it is gone for good", ASKED_ONCE_MORE, NEW_ADDRESS)
            }
            Trouble::Status => Self::later("its server is in trouble", STILL_THERE),
            Trouble::Redirect => Self::now(
                "its redirects lead nowhere",
                "open the address in a browser, and add the feed where that ends",
            ),
            Trouble::Empty => Self::later("its server sends nothing", another),
            Trouble::NotAFeed => Self::now("what stands there is no feed", DISCOVER),
            Trouble::WebPage => Self::now(
                "a web page stands there, a wall against programs or the wrong address",
                "open the address in a browser, or look for feeds there with `silkwire feeds \
                 discover URL`",
            ),
            Trouble::Unreadable => Self::later("it is broken beyond repair", another),
            Trouble::Selectors => Self::now(
                "its selectors find nothing on the page",
                "the page was probably rebuilt: choose new ones, `silkwire feeds discover URL` \
                 shows what they find",
            ),
            Trouble::Robots => Self::now(
                "the site's robots.txt forbids it",
                "ask the outlet for access, or remove the feed",
            ),
            Trouble::Configuration => {
                Self::now("its configuration is incomplete", "mend what the error names")
            }
        }
    }
}

const STILL_THERE: &str = "look whether the outlet's site is still there, or remove the feed";

const NEW_ADDRESS: &str = "look for the new address on the outlet's site, or remove the feed";

const ASKED_ONCE_MORE: &str = "it is asked once more to be sure";

const DISCOVER: &str = "look for feeds there with `silkwire feeds discover URL`";

impl Trouble {
    /// What to do about it at first, in words.
    pub fn advice_at_first(self) -> &'static str {
        Remedy::of(self).at_first
    }

    /// What to do about it when waiting has not helped, in words.
    pub fn advice_when_lasting(self) -> &'static str {
        Remedy::of(self).lasting
    }
}

/// Whether only a person can end it.
fn needs_somebody(trouble: Trouble) -> bool {
    matches!(
        trouble,
        Trouble::Address | Trouble::NotAFeed | Trouble::Selectors | Trouble::Configuration
    )
}

/// Why `state` says that its feed is polled next when it is.
fn reason(feed: &Feed, state: &FeedState) -> String {
    let pause = in_words(Duration::from_millis(state.pause_ms));
    let entries = |word: &str| match rate(state) {
        Some(rate) => format!("{word}: {rate}"),
        None => word.to_owned(),
    };
    match state.reason {
        PollReason::New => plain_reason(FeedPhase::New).to_owned(),
        PollReason::Busy => entries("busy"),
        PollReason::Quiet => entries("quiet"),
        PollReason::Gap => "some entries were probably missed".to_owned(),
        PollReason::Pinned => {
            let every = feed.every.map_or(pause, in_words);
            format!("polled every {every} as configured")
        }
        PollReason::Publisher => format!("publisher asked for {pause}"),
        PollReason::QuietTimes => quiet_times(state.wishes.quiet),
        PollReason::RetryAfter => format!("server asked for a pause of {pause}"),
        PollReason::Failure => match state.streak {
            0 | 1 => "one failure".to_owned(),
            streak => format!("{streak} failures in a row"),
        },
        PollReason::Refused => format!("server does not want us, so after {pause}"),
        PollReason::GoneCheck => "410 once: asked again to be sure".to_owned(),
        PollReason::Asked => "a person asked".to_owned(),
    }
}

fn times(n: u32) -> String {
    if n == 1 { "once".to_owned() } else { format!("{n} times") }
}

/// `about 34 a day`; none before that is known.
fn rate(state: &FeedState) -> Option<String> {
    let per_day = state.rhythm.per_day()?;
    Some(match per_day {
        1.0.. => format!("about {per_day:.0} a day"),
        _ if 1.0 <= per_day * 7.0 => format!("about {:.0} a week", per_day * 7.0),
        _ if 0.0 < per_day => "less than one a week".to_owned(),
        _ if 1 < state.rhythm.n_days() => "nothing so far".to_owned(),
        _ => return None,
    })
}

const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// `no polls on Saturday and Sunday`.
fn quiet_times(quiet: QuietTimes) -> String {
    let days = DAYS.iter().enumerate().filter(|(day, _)| quiet.days >> day & 1 == 1);
    let days: Vec<&str> = days.map(|(_, name)| *name).collect();
    let mut parts = Vec::new();
    if !days.is_empty() {
        parts.push(format!("on {}", listed(&days)));
    }
    let is_quiet = |hour: u32| quiet.hours >> hour & 1 == 1;
    let mut hour = 0;
    while hour < 24 {
        let end = (hour..24).find(|it| !is_quiet(*it)).unwrap_or(24);
        if hour < end {
            parts.push(format!("from {hour:02}:00 to {end:02}:00 UTC"));
        }
        hour = end + 1;
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    format!("no polls {}", listed(&parts))
}

/// `a, b and c`.
fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn notes(state: &FeedState, now: Timestamp, moves: &Moves) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(address) = &state.address {
        notes.push(format!("polled at {address} since it moved"));
    }
    if let Some(moving) = &state.moving {
        let to = &moving.to;
        let crowd = moves.crowd_at(to).map(|n_feeds| {
            format!(
                "{n_feeds} feeds say that they move to {to}: not followed, look whether the \
                 outlets closed them"
            )
        });
        notes.push(crowd.unwrap_or_else(|| {
            let (seen, since) = (times(moving.n_seen), minute_of(moving.since));
            format!(
                "moves to {to} by its own word, seen {seen} since {since}: followed once that is \
                 sure"
            )
        }));
    }
    if let Some(gap) = state.last_gap.filter(|gap| now.since(*gap) < GAP_TOLD) {
        let at = minute_of(gap);
        notes.push(format!("some entries were probably missed before {at}: shorten `every`"));
    }
    if state.is_salvaged {
        notes.push("broken feed, read as far as possible".to_owned());
    }
    if state.hub.is_some() {
        notes.push("names a hub that would tell of changes; not used".to_owned());
    }
    notes
}

/// `2026-11-24 06:40 UTC`.
pub fn minute_of(time: Timestamp) -> String {
    let text = time.to_string();
    format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " "))
}

#[cfg(test)]
mod tests;
